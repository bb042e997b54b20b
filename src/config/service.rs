//! The tables `[listen]`, `[admin]`, `[counts]` and `[limits]`.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use url::Url;

use crate::config::path;
use crate::config::read::{At, Section};
use crate::config::store::{self, SpoolFile};
use crate::process;
use crate::server::TlsFiles;
use crate::state::AfterRestart;
use crate::storage::query::StoreLocation;

/// The longest that a sealed link may live: keys are told apart by one byte of their day.
const LONGEST_CLICK_TTL: Duration = Duration::from_secs(30 * 24 * 3_600);

/// The least `uri_bytes`: a click on the longest target must fit.
const LEAST_URI: u64 = 6_144;

/// The public listener.
#[derive(Debug)]
pub struct ListenConfig {
    /// Where it is bound.
    pub address: SocketAddr,
    /// What clients call it: scheme and authority, no path.
    pub public_url: Url,
    /// Certificate and key, where it speaks TLS itself.
    pub tls: Option<TlsFiles>,
    /// Origins that may call across origins.
    pub origins: Vec<String>,
    /// Worker threads.
    pub workers: usize,
}

/// The admin listener.
#[derive(Debug)]
pub struct AdminConfig {
    /// Where it is bound.
    pub address: SocketAddr,
    /// The file that holds the bearer token; there where the address is not loopback.
    pub token_file: Option<PathBuf>,
}

/// Counting.
#[derive(Debug)]
pub struct CountsConfig {
    /// Where the counts are.
    pub store: StoreLocation,
    /// This node's spool, where the store is a server.
    pub spool: Option<SpoolFile>,
    /// The key ring.
    pub keys: PathBuf,
    /// The key that closings are signed with; its public half stands beside it.
    pub closing_key: PathBuf,
    /// This process's name among those that write to one store.
    pub node: String,
    /// How often a value must be seen in a day before it is written, and what reports do not show below.
    pub k: u64,
    /// How long a link may be clicked.
    pub click_ttl: Duration,
    /// How long a click waits for its commit.
    pub click_wait: Duration,
    /// What becomes of tokens older than the process.
    pub after_restart: AfterRestart,
}

/// Every bound.
#[derive(Debug, Clone)]
pub struct LimitsConfig {
    /// Connections open at the public listener.
    pub connections: usize,
    /// Bytes of a request's headers, names and values.
    pub header_bytes: usize,
    /// Lines of a request's headers.
    pub header_count: usize,
    /// Bytes of a request's target.
    pub uri_bytes: usize,
    /// Bytes of a request's body.
    pub body_bytes: usize,
    /// Time from a request's first byte to the end of its headers, and for a TLS handshake.
    pub header_time: Duration,
    /// Time for a request's body.
    pub body_time: Duration,
    /// Time that a connection may stay silent.
    pub idle_time: Duration,
    /// Searches under way.
    pub searches_in_flight: usize,
    /// Requests under way to one partner.
    pub partner_requests_in_flight: usize,
    /// Bytes of a partner's answer on the wire.
    pub partner_response_bytes: usize,
    /// Bytes of a partner's answer after decompression.
    pub partner_decompressed_bytes: usize,
    /// Bytes of an image.
    pub image_bytes: usize,
    /// Time for an image, from resolving its host's name to its last byte.
    pub image_time: Duration,
    /// Images being fetched.
    pub images_in_flight: usize,
    /// Bytes of images kept in memory.
    pub image_cache_bytes: u64,
    /// Serials of clicked tokens in memory.
    pub tokens_remembered: usize,
    /// Stamps, and likewise IDs, of one day in memory.
    pub visits_remembered: usize,
    /// Time for running requests and the last counts when stopping.
    pub drain_time: Duration,
}

pub(super) fn listen(mut section: Section<'_>, folder: &Path) -> Option<ListenConfig> {
    let address = address(&mut section, "127.0.0.1:8080");
    let public_url = public_url(&mut section);
    let certificate = section.text("certificate");
    let key = section.text("key");
    let tls = match (&certificate, &key) {
        (Some(certificate), Some(key)) => {
            Some(TlsFiles { certificate: path(folder, &certificate.value), key: path(folder, &key.value) })
        }
        (None, None) => None,
        (Some(_), None) => {
            section.mistake("key", "TLS needs the certificate's private key, too: key = \"key.pem\"");
            None
        }
        (None, Some(_)) => {
            section.mistake("certificate", "TLS needs a certificate, too: certificate = \"cert.pem\"");
            None
        }
    };
    if tls.is_some() && public_url.as_ref().is_some_and(|url| url.scheme() != "https") {
        section.mistake("public_url", "this listener speaks TLS, so its public_url begins with https://");
    }
    for proxy in section.texts("trusted_proxies").unwrap_or_default() {
        section.wrong(&proxy, "rate limits by client come with a later version; leave this list empty");
    }
    let origins = section.texts("origins").unwrap_or_default();
    let origins: Vec<String> = origins.into_iter().filter_map(|origin| checked_origin(&section, origin)).collect();
    let processors = u64::try_from(process::available_processors()).unwrap_or(1);
    let workers = match section.number("workers", 0, 0..=256) {
        0 => processors,
        workers => workers,
    };
    section.end();
    Some(ListenConfig { address: address?.value, public_url: public_url?, tls, origins, workers: bounded(workers) })
}

fn address(section: &mut Section<'_>, default: &str) -> Option<At<SocketAddr>> {
    let text = section.text("address").unwrap_or_else(|| section.defaulted("address", default.to_owned()));
    let address = text.value.parse().ok();
    if address.is_none() {
        section.wrong(&text, format!("this must be an address and a port, such as \"{default}\" or \"[::1]:8080\""));
    }
    address.map(|value| At { value, span: text.span, key: text.key })
}

fn public_url(section: &mut Section<'_>) -> Option<Url> {
    let Some(text) = section.text("public_url") else { return Url::parse("http://127.0.0.1:8080").ok() };
    let url = Url::parse(&text.value).ok().filter(|url| {
        matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.path() == "/"
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
    });
    if url.is_none() {
        section.wrong(
            &text,
            "this must be the address that clients use, without a path, such as \"https://search.example.com\"",
        );
    }
    url
}

/// An origin is compared to the letter with what browsers send (RFC 6454 section 6.2).
fn checked_origin(section: &Section<'_>, origin: At<String>) -> Option<String> {
    let parts = origin.value.split_once("://");
    let sound = parts.is_some_and(|(scheme, host)| {
        !scheme.is_empty() && !host.is_empty() && !host.contains(['/', '?', '#', '@', ' ', '*'])
    });
    // Browsers say the scheme and the host in small letters, and no port that goes without saying.
    let said = Url::parse(&origin.value).ok().map(|url| url.origin()).filter(url::Origin::is_tuple);
    if let Some(said) = said.map(|said| said.ascii_serialization()).filter(|said| sound && *said != origin.value) {
        section.wrong(&origin, format!("browsers say this origin as \"{said}\"; write it so"));
        return None;
    }
    if !sound {
        section.wrong(
            &origin,
            "an origin is a scheme and a host, such as \"https://toolbar.example\" or \"moz-extension://…\"",
        );
        return None;
    }
    Some(origin.value)
}

pub(super) fn admin(mut section: Section<'_>, folder: &Path) -> Option<AdminConfig> {
    let address = address(&mut section, "127.0.0.1:9090");
    let token_file = section.text("token_file").map(|file| path(folder, &file.value));
    if let Some(address) = address.as_ref().filter(|address| !address.value.ip().is_loopback() && token_file.is_none())
    {
        section.wrong(
            address,
            "an admin listener beyond loopback needs a token_file, whose text its callers send as a bearer token",
        );
    }
    section.end();
    Some(AdminConfig { address: address?.value, token_file })
}

pub(super) fn counts(mut section: Section<'_>, folder: &Path) -> Option<CountsConfig> {
    let store = store::store(&mut section, folder);
    let keys = section.text("keys").map_or_else(|| "data/keys".to_owned(), |text| text.value);
    let closing_key = section.text("closing_key").map_or_else(|| "data/closing.key".to_owned(), |text| text.value);
    let node = node(&mut section);
    let k = section.number("k", 20, 1..=1_000_000);
    let second = Duration::from_secs(1);
    let click_ttl = section.duration("click_ttl", Duration::from_secs(3_600), second..=LONGEST_CLICK_TTL);
    let click_wait = section.duration("click_wait", second, Duration::ZERO..=Duration::from_secs(60));
    let words = [("count", AfterRestart::Count), ("skip", AfterRestart::Skip)];
    let after_restart = section.word("after_restart", AfterRestart::Count, &words);
    let (ring, closing_key) = (path(folder, &keys), path(folder, &closing_key));
    let of_store = |(store, spool): &(StoreLocation, Option<SpoolFile>)| {
        *store == StoreLocation::Sqlite(ring.clone()) || spool.as_ref().is_some_and(|spool| spool.path == ring)
    };
    if keys.is_empty() || store.as_ref().is_some_and(of_store) {
        section.mistake("keys", "the key ring needs a file of its own, such as \"data/keys\"");
    }
    section.end();
    let (store, spool) = store?;
    Some(CountsConfig { store, spool, keys: ring, closing_key, node: node?, k, click_ttl, click_wait, after_restart })
}

fn node(section: &mut Section<'_>) -> Option<String> {
    let Some(text) = section.text("node") else { return Some("node-1".to_owned()) };
    match crate::name::ConfigName::new(&text.value) {
        Ok(name) => Some(name.to_string()),
        Err(what) => {
            section.wrong(&text, what);
            None
        }
    }
}

pub(super) fn limits(mut section: Section<'_>) -> LimitsConfig {
    let mut number = |key, default, least, most: u64| bounded(section.number(key, default, least..=most));
    let connections = number("connections", 10_000, 1, 1_000_000);
    let header_bytes = number("header_bytes", 32_768, 1_024, 65_536);
    let header_count = number("header_count", 100, 10, 500);
    let uri_bytes = number("uri_bytes", 8_192, LEAST_URI, 32_768);
    let body_bytes = number("body_bytes", 16_384, 1_024, 1_048_576);
    let searches_in_flight = number("searches_in_flight", 1_024, 1, 100_000);
    let partner_requests_in_flight = number("partner_requests_in_flight", 256, 1, 100_000);
    let partner_response_bytes = number("partner_response_bytes", 2_097_152, 1_024, 67_108_864);
    let partner_decompressed_bytes = number("partner_decompressed_bytes", 8_388_608, 1_024, 268_435_456);
    let image_bytes = number("image_bytes", 1_048_576, 1_024, 16_777_216);
    let images_in_flight = number("images_in_flight", 128, 1, 10_000);
    let tokens_remembered = number("tokens_remembered", 2_000_000, 1_000, 100_000_000);
    let visits_remembered = number("visits_remembered", 10_000_000, 1_000, 100_000_000);
    let image_cache_bytes = section.number("image_cache_bytes", 67_108_864, 0..=17_179_869_184);
    let (least, most) = (Duration::from_millis(100), Duration::from_secs(3_600));
    let mut time = |key, default| section.duration(key, Duration::from_secs(default), least..=most);
    let header_time = time("header_time", 10);
    let body_time = time("body_time", 10);
    let idle_time = time("idle_time", 75);
    let drain_time = time("drain_time", 10);
    let image_time = section.duration("image_time", Duration::from_secs(3), least..=Duration::from_secs(60));
    section.end();
    LimitsConfig {
        connections,
        header_bytes,
        header_count,
        uri_bytes,
        body_bytes,
        header_time,
        body_time,
        idle_time,
        searches_in_flight,
        partner_requests_in_flight,
        partner_response_bytes,
        partner_decompressed_bytes,
        image_bytes,
        image_time,
        images_in_flight,
        image_cache_bytes,
        tokens_remembered,
        visits_remembered,
        drain_time,
    }
}

fn bounded(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
