//! `[listen]` and `[admin]`: the two listeners.

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use ipnet::IpNet;
use url::Url;

use crate::config::paths;
use crate::config::table_reader::TableReader;
use crate::config::toml_value::Located;
use crate::process;
use crate::server::client_address::TrustedProxies;
use crate::server::tls::TlsFiles;

/// The shortest prefix of a trusted network: that of the largest private one (RFC 1918), and a little more than a content
/// delivery network announces.
const SHORTEST_PREFIX_V4: u8 = 8;

/// The same for IPv6: `fc00::/7` (RFC 4193).
const SHORTEST_PREFIX_V6: u8 = 7;

/// Default of `hsts`: a year, so that nobody who comes rarely asks in the clear.
const DEFAULT_HSTS: Duration = Duration::from_secs(31_536_000);

/// The longest `hsts`: two years, the most that lists of browsers recommend.
const MAX_HSTS: Duration = Duration::from_secs(63_072_000);

/// Default of `metrics_interval`: what Prometheus scrapes at in most installations, and too long to tell one request from another on all
/// but the quietest services.
const DEFAULT_METRICS_INTERVAL: Duration = Duration::from_secs(15);

/// The longest such interval: Prometheus takes a series that is older than five minutes for gone.
const MAX_METRICS_INTERVAL: Duration = Duration::from_secs(300);

/// Default number of connections to the admin listener: scrapers and a few browsers, with six each.
const DEFAULT_ADMIN_CONNECTIONS: u64 = 64;

/// Default of `compress_bytes`: 30 segments of 1,460 bytes, which a server may send within the first two round trips (RFC 6928: ten, then
/// twenty more). Compression makes results half as long, or a third: of less than this it saves one round trip at most, of the end of the
/// answer, and costs several times what the rest of the search costs.
const DEFAULT_COMPRESS_BYTES: u64 = 43_800;

/// The least `compress_bytes`: with their headers, shorter answers are one packet.
const MIN_COMPRESS_BYTES: u64 = 1_024;

/// The most: no answer is longer.
const MAX_COMPRESS_BYTES: u64 = 1 << 30;

/// The public listener.
#[derive(Debug)]
pub struct ListenConfig {
    /// The address to bind.
    pub address: SocketAddr,
    /// The URL that clients use: scheme and authority, no path.
    pub public_url: Url,
    /// Certificate and key if the listener terminates TLS itself.
    pub tls: Option<TlsFiles>,
    /// For how long browsers are told to use TLS for this host, where this listener terminates it. Zero sends no header.
    pub hsts: Duration,
    /// The proxies that may name the client.
    pub trusted_proxies: TrustedProxies,
    /// Connections from trusted proxies begin with a PROXY protocol header.
    pub proxy_protocol: bool,
    /// Bodies of at least so many bytes are compressed.
    pub compress_bytes: usize,
    /// Bodies are padded to Padmé sizes.
    pub pad: bool,
    /// Origins that may make cross-origin requests.
    pub origins: Vec<String>,
    /// Number of worker threads.
    pub workers: usize,
}

impl ListenConfig {
    /// Whether a proxy must be in front that is not in `trusted_proxies`: clients use https, and this listener does not speak
    /// it. Everybody behind that proxy is one client then.
    #[must_use]
    pub fn hides_clients(&self) -> bool {
        self.public_url.scheme() == "https" && self.tls.is_none() && self.trusted_proxies.is_empty()
    }
}

/// The admin listener.
#[derive(Debug)]
pub struct AdminConfig {
    /// The address to bind.
    pub address: SocketAddr,
    /// The file with the bearer token. Required unless the address is loopback.
    pub token_file: Option<PathBuf>,
    /// Open connections.
    pub connections: usize,
    /// How old what `/metrics` shows may be.
    pub metrics_interval: Duration,
}

/// Reads `[listen]`.
pub(super) fn read(mut table: TableReader<'_>, folder: &Path) -> Option<ListenConfig> {
    let address = address(&mut table, "127.0.0.1:8080");
    let public_url = public_url(&mut table);
    let tls = tls(&mut table, folder);
    if tls.is_some() && public_url.as_ref().is_some_and(|url| url.scheme() != "https") {
        table.error_at_key("public_url", "must begin with https://, because this listener has a certificate");
    }
    let hsts = table.duration("hsts", DEFAULT_HSTS, Duration::ZERO..=MAX_HSTS);
    let proxies = table.string_list("trusted_proxies").unwrap_or_default();
    let is_any_named = !proxies.is_empty();
    let proxies = proxies.into_iter().filter_map(|proxy| trusted_proxy(&table, &proxy)).collect();
    let proxy_protocol = table.boolean("proxy_protocol", false);
    if proxy_protocol && !is_any_named {
        table.error_at_key("proxy_protocol", "only proxies of trusted_proxies are believed; name them there");
    }
    let compress_bytes =
        table.integer("compress_bytes", DEFAULT_COMPRESS_BYTES, MIN_COMPRESS_BYTES..=MAX_COMPRESS_BYTES);
    let compress_bytes = usize::try_from(compress_bytes).unwrap_or(usize::MAX);
    let pad = table.boolean("pad", false);
    let origins = table.string_list("origins").unwrap_or_default();
    let origins: Vec<String> = origins.into_iter().filter_map(|origin| checked_origin(&table, origin)).collect();
    let workers = match table.integer("workers", 0, 0..=256) {
        0 => process::available_processors(),
        workers => usize::try_from(workers).unwrap_or(1),
    };
    table.finish();
    Some(ListenConfig {
        address: address?.value,
        public_url: public_url?,
        tls,
        hsts,
        trusted_proxies: TrustedProxies::new(proxies),
        proxy_protocol,
        compress_bytes,
        pad,
        origins,
        workers,
    })
}

/// Checks an address or a network (CIDR, RFC 4632 section 3.1) whose word about clients is to count.
fn trusted_proxy(table: &TableReader<'_>, proxy: &Located<String>) -> Option<IpNet> {
    let text = proxy.value.as_str();
    let Some(network) = text.parse::<IpNet>().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from)) else {
        table.error_at(proxy, "must be an address or a network, such as \"192.0.2.7\", \"10.0.0.0/8\" or \"fd00::/8\"");
        return None;
    };
    let (shortest, is_mapped) = match network {
        IpNet::V4(_) => (SHORTEST_PREFIX_V4, false),
        IpNet::V6(network) => (SHORTEST_PREFIX_V6, network.addr().to_ipv4_mapped().is_some()),
    };
    if is_mapped {
        table.error_at(proxy, "write this IPv4 address as IPv4, without ::ffff:");
    } else if network.prefix_len() < shortest {
        let message = format!("trusts too many: any of these could name any client; at least /{shortest}");
        table.error_at(proxy, message);
    } else if network.addr().is_unspecified() || network.addr().is_multicast() {
        table.error_at(proxy, "no proxy connects from this address; name the one that it connects from");
    } else if network.network() != network.addr() {
        table.error_at(proxy, format!("has bits beyond its length; write it as \"{}\"", network.trunc()));
    } else {
        return Some(network);
    }
    None
}

fn tls(table: &mut TableReader<'_>, folder: &Path) -> Option<TlsFiles> {
    let (certificate, key) = (table.string("certificate"), table.string("key"));
    match (certificate, key) {
        (Some(certificate), Some(key)) => Some(TlsFiles {
            certificate: paths::resolve(folder, &certificate.value),
            key: paths::resolve(folder, &key.value),
        }),
        (None, None) => None,
        (Some(_), None) => {
            table.error_at_key("key", "TLS also needs the certificate's private key: key = \"key.pem\"");
            None
        }
        (None, Some(_)) => {
            table.error_at_key("certificate", "TLS also needs a certificate: certificate = \"cert.pem\"");
            None
        }
    }
}

fn address(table: &mut TableReader<'_>, default: &str) -> Option<Located<SocketAddr>> {
    let text = table.string("address").unwrap_or_else(|| table.default_value("address", default.to_owned()));
    let Ok(address) = text.value.parse() else {
        table.error_at(&text, format!("must be an address and a port, such as \"{default}\" or \"[::1]:8080\""));
        return None;
    };
    Some(text.with(address))
}

fn public_url(table: &mut TableReader<'_>) -> Option<Url> {
    let Some(text) = table.string("public_url") else { return Url::parse("http://127.0.0.1:8080").ok() };
    let url = Url::parse(&text.value).ok().filter(|url| {
        matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.path() == "/"
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none()
    });
    if url.is_none() {
        table.error_at(
            &text,
            "must be the URL that clients use, without a path, such as \"https://search.example.com\"",
        );
    }
    url
}

/// Checks an origin (RFC 6454). It is later compared byte for byte with the `Origin` header, so it must be written as
/// browsers serialize it (section 6.2): lower case, and without a default port.
fn checked_origin(table: &TableReader<'_>, origin: Located<String>) -> Option<String> {
    let is_valid = origin.value.split_once("://").is_some_and(|(scheme, host)| {
        !scheme.is_empty() && !host.is_empty() && !host.contains(['/', '?', '#', '@', ' ', '*'])
    });
    if !is_valid {
        table.error_at(
            &origin,
            "must be a scheme and a host, such as \"https://toolbar.example\" or \"moz-extension://…\"",
        );
        return None;
    }
    let parsed = Url::parse(&origin.value).ok().map(|url| url.origin()).filter(url::Origin::is_tuple);
    if let Some(serialized) = parsed.map(|parsed| parsed.ascii_serialization()).filter(|text| *text != origin.value) {
        table.error_at(&origin, format!("browsers send this origin as \"{serialized}\"; write it that way"));
        return None;
    }
    Some(origin.value)
}

/// Reads `[admin]`.
pub(super) fn read_admin(mut table: TableReader<'_>, folder: &Path) -> Option<AdminConfig> {
    let address = address(&mut table, "127.0.0.1:9090");
    let token_file = table.string("token_file").map(|file| paths::resolve(folder, &file.value));
    if let Some(address) = address.as_ref().filter(|address| !address.value.ip().is_loopback() && token_file.is_none())
    {
        table.error_at(
            address,
            "an admin listener outside loopback needs a token_file, whose content clients send as a bearer token",
        );
    }
    let connections = table.integer("connections", DEFAULT_ADMIN_CONNECTIONS, 2..=10_000);
    let metrics_interval =
        table.duration("metrics_interval", DEFAULT_METRICS_INTERVAL, Duration::ZERO..=MAX_METRICS_INTERVAL);
    table.finish();
    let connections = usize::try_from(connections).unwrap_or(usize::MAX);
    Some(AdminConfig { address: address?.value, token_file, connections, metrics_interval })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use crate::config::Config;

    fn errors(lines: &str) -> Vec<String> {
        let text = include_str!("../../proxy.toml");
        let text = text.replace("trusted_proxies = []\n", "").replace("proxy_protocol = false\n", lines);
        Config::parse(&text, Path::new(".")).err().into_iter().flatten().map(|error| error.message).collect()
    }

    #[test]
    fn trusted_proxies_are_addresses_and_networks_of_proxies() {
        for valid in ["127.0.0.1", "10.0.0.0/8", "192.0.2.7/32", "fc00::/7", "2400:cb00::/32", "::1", "104.16.0.0/13"] {
            assert_eq!(errors(&format!("trusted_proxies = [\"{valid}\"]\n")), [""; 0], "{valid}");
        }
        for (invalid, expected) in [
            ("0.0.0.0/0", "trusts too many"),
            ("::/0", "trusts too many"),
            ("128.0.0.0/1", "trusts too many"),
            ("10.0.0.0/7", "trusts too many"),
            ("10.0.0.1/8", "write it as \"10.0.0.0/8\""),
            ("0.0.0.0", "no proxy connects from this address"),
            ("::", "no proxy connects from this address"),
            ("224.0.0.1", "no proxy connects from this address"),
            ("::ffff:10.0.0.1", "write this IPv4 address as IPv4"),
            ("10.0.0.1:80", "must be an address or a network"),
            ("proxy.example", "must be an address or a network"),
            ("10.0.0.0/33", "must be an address or a network"),
            ("*", "must be an address or a network"),
            ("", "must be an address or a network"),
        ] {
            let found = errors(&format!("trusted_proxies = [\"10.1.1.1\", \"{invalid}\"]\n"));
            assert!(found.len() == 1 && found[0].contains(expected), "{invalid}: {found:?}");
        }
    }

    #[test]
    fn the_public_url_is_an_origin() {
        let is_valid = |url: &str| {
            let text = include_str!("../../proxy.toml");
            let text = text.replace("public_url = \"http://127.0.0.1:8080\"", &format!("public_url = {url:?}"));
            Config::parse(&text, Path::new(".")).is_ok()
        };
        for valid in ["https://search.example", "http://[::1]:8080/", "HTTPS://search.example:443"] {
            assert!(is_valid(valid), "{valid}");
        }
        for invalid in [
            "https://a@s.example",
            "https://:b@s.example",
            "https://a:b@s.example",
            "https://s.example/x",
            "ftp://s.example",
        ] {
            assert!(!is_valid(invalid), "{invalid}");
        }
    }

    #[test]
    fn the_proxy_protocol_needs_trusted_proxies() {
        assert_eq!(errors("trusted_proxies = [\"::1\"]\nproxy_protocol = true\n"), [""; 0]);
        for lines in ["proxy_protocol = true\n", "trusted_proxies = []\nproxy_protocol = true\n"] {
            let found = errors(lines);
            assert!(found.len() == 1 && found[0].contains("name them there"), "{found:?}");
        }
        assert!(errors("proxy_protocol = \"on\"\n")[0].contains("true or false"));
    }
}
