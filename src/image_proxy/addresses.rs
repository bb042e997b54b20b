//! The addresses from which images may be fetched: public ones, and hosts that the operator allows. Pure.

use std::net::IpAddr;

use url::{Host, Url};

use crate::image_proxy::public_ip::is_public;
use crate::mutants::fail_point::{FailPoint, fail_at};

/// Ports of HTTP and HTTPS, the only ones used for hosts that the operator did not allow: the proxy must not talk to
/// anyone's mail server or database.
const WEB_PORTS: [u16; 2] = [80, 443];

/// An address from which an image may be fetched. [`ImageClient::fetch`](super::fetch::ImageClient::fetch) accepts nothing
/// else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageAddress {
    url: Url,
    allowed_by_operator: bool,
}

impl ImageAddress {
    /// Checks an address. It must be `http` or `https` without credentials. Its host must be one of `allowed_hosts`
    /// (spelled like [`host_and_port`]), or have a web port and a domain name or public IP address. What a domain name
    /// resolves to is checked when it is resolved.
    #[must_use]
    pub fn new(address: &str, allowed_hosts: &[String]) -> Option<Self> {
        fail_at(FailPoint::ImageProxy, || address);
        let mut url = Url::parse(address).ok()?;
        url.set_fragment(None);
        let has_credentials = !url.username().is_empty() || url.password().is_some();
        if !matches!(url.scheme(), "http" | "https") || has_credentials {
            return None;
        }
        let allowed_by_operator = allowed_hosts.contains(&host_and_port(&url)?);
        let is_on_the_web = WEB_PORTS.contains(&url.port_or_known_default()?) && may_be_public(&url);
        (allowed_by_operator || is_on_the_web).then_some(Self { url, allowed_by_operator })
    }

    /// The URL.
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// Whether the operator allowed its host and port. Otherwise only public addresses may be connected to.
    #[must_use]
    pub fn is_allowed_by_operator(&self) -> bool {
        self.allowed_by_operator
    }
}

/// Whether the host is a public IP address, or a domain name. The URL parser has normalized all spellings of an IP
/// address (`0x7f.1`, `2130706433`).
fn may_be_public(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => is_public(address.into()),
        Some(Host::Ipv6(address)) => is_public(address.into()),
        // An IP address here would be one that only another parser recognizes. It would be connected to unresolved.
        Some(Host::Domain(name)) => name.parse::<IpAddr>().is_err(),
        None => false,
    }
}

/// `host:port`, including the default port of the scheme.
#[must_use]
pub fn host_and_port(url: &Url) -> Option<String> {
    Some(format!("{}:{}", url.host_str()?, url.port_or_known_default()?))
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use proptest::prelude::*;

    use super::*;

    fn is_accepted(address: &str) -> bool {
        ImageAddress::new(address, &[]).is_some()
    }

    #[test]
    fn ip_addresses_are_checked_in_every_spelling() {
        for blocked in [
            "http://127.0.0.1/",
            "http://127.1/",
            "http://0x7f.1/",
            "http://0x7f000001/",
            "http://2130706433/",
            "http://017700000001/",
            "http://0177.0.0.1/",
            "http://127.0.0.1./",
            "http://%31%32%37.0.0.1/",
            "http://１２７.0.0.1/",
            "http://127。0。0。1/",
            "http://0/",
            "http://[::1]/",
            "http://[::ffff:127.0.0.1]/",
            "http://[::ffff:7f00:1]/",
            "http://[0:0:0:0:0:0:0:1]/",
            "http://[fe80::1]/",
            "https://169.254.169.254/latest/meta-data/",
            "http://[64:ff9b::7f00:1]/",
        ] {
            assert!(!is_accepted(blocked), "{blocked}");
        }
        assert!(is_accepted("http://8.8.8.8/x.png") && is_accepted("https://[2606:4700::1111]/x.png"));
    }

    #[test]
    fn accepts_web_addresses_only() {
        for blocked in [
            "https://a.example:8443/x.png",
            "http://a.example:25/",
            "http://8.8.8.8:22/",
            "https://user@a.example/",
            "https://:secret@a.example/",
            "ftp://a.example/x.png",
            "file:///etc/passwd",
            "data:image/png;base64,AAAA",
            "//a.example/x.png",
            "/x.png",
            "",
        ] {
            assert!(!is_accepted(blocked), "{blocked}");
        }
        assert!(
            is_accepted("http://a.example/x.png")
                && is_accepted("https://a.example/x.png")
                && is_accepted("https://a.example:80/")
        );
        let address = ImageAddress::new("HTTPS://A.example/x.png?y#z", &[]).unwrap();
        assert_eq!(address.url().as_str(), "https://a.example/x.png?y");
    }

    #[test]
    fn an_allowed_host_allows_nothing_else() {
        let allowed = ["127.0.0.1:9000".to_owned(), "images.internal:80".to_owned(), "[::1]:443".to_owned()];
        for (address, expected) in [
            ("http://127.0.0.1:9000/x.png", Some(true)),
            ("http://0x7f.1:9000/x.png", Some(true)),
            ("http://127.0.0.1/x.png", None),
            ("http://127.0.0.1:9001/x.png", None),
            ("http://127.0.0.2:9000/x.png", None),
            ("http://user@127.0.0.1:9000/x.png", None),
            ("http://[::ffff:127.0.0.1]:9000/x.png", None),
            ("http://localhost:9000/x.png", None),
            ("http://images.internal/x.png", Some(true)),
            ("http://images.internal:443/x.png", Some(false)),
            ("http://a.images.internal/x.png", Some(false)),
            ("https://[::1]/x.png", Some(true)),
            ("http://[::1]/x.png", None),
        ] {
            assert_eq!(
                ImageAddress::new(address, &allowed).map(|address| address.is_allowed_by_operator()),
                expected,
                "{address}"
            );
        }
    }

    proptest! {
        /// No spelling of a blocked address is accepted.
        #[test]
        fn every_spelling_of_an_address_is_checked(bits: u32, spelling in 0_usize..8, port in "(:80|:443|)") {
            let address = Ipv4Addr::from(bits);
            let [a, b, c, d] = address.octets();
            let host = match spelling {
                0 => address.to_string(),
                1 => bits.to_string(),
                2 => format!("{bits:#x}"),
                3 => format!("0{bits:o}"),
                4 => format!("{a:#x}.{b}.0{c:o}.{d}"),
                5 => format!("{a}.{}", bits & 0x00ff_ffff),
                6 => format!("[::ffff:{address}]"),
                _ => format!("{a}.{b}.{c}.{d}."),
            };
            prop_assert_eq!(is_accepted(&format!("http://{host}{port}/x.png")), is_public(address.into()), "{}", host);
        }

        /// Any host that the connector would take for an IP address, bypassing the resolver, is public.
        #[test]
        fn a_host_that_bypasses_the_resolver_is_public(host in "[0-9a-fA-Fx.:\\[\\]]{1,40}") {
            if let Some(address) = ImageAddress::new(&format!("http://{host}/"), &[]) {
                let host = address.url().host_str().unwrap().trim_matches(['[', ']']);
                if let Ok(literal) = host.parse::<IpAddr>() {
                    prop_assert!(is_public(literal));
                }
            }
        }
    }
}
