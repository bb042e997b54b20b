//! Which addresses images may be fetched from: public ones, and hosts that the operator allows. Pure.
//!
//! An address is public if the IANA special-purpose address registries (RFC 6890, as of 2026-11) leave it as globally
//! reachable unicast. Where a registry has small exceptions inside a range (anycast services such as 192.0.0.9/32 or
//! 2001:1::1/128), the whole range is blocked: no image is served there. Translation prefixes (6to4, NAT64, Teredo) are
//! blocked, too, because they can embed any address.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

/// IPv4 ranges that are not public: first address and prefix length in bits.
const BLOCKED_V4: [(Ipv4Addr, u32); 15] = [
    (Ipv4Addr::new(0, 0, 0, 0), 8),       // this network (RFC 791)
    (Ipv4Addr::new(10, 0, 0, 0), 8),      // private use (RFC 1918)
    (Ipv4Addr::new(100, 64, 0, 0), 10),   // carrier-grade NAT (RFC 6598)
    (Ipv4Addr::new(127, 0, 0, 0), 8),     // loopback (RFC 1122)
    (Ipv4Addr::new(169, 254, 0, 0), 16),  // link-local, and cloud metadata services (RFC 3927)
    (Ipv4Addr::new(172, 16, 0, 0), 12),   // private use (RFC 1918)
    (Ipv4Addr::new(192, 0, 0, 0), 24),    // protocol assignments (RFC 6890)
    (Ipv4Addr::new(192, 0, 2, 0), 24),    // documentation (RFC 5737)
    (Ipv4Addr::new(192, 88, 99, 0), 24),  // 6to4 relays (RFC 7526)
    (Ipv4Addr::new(192, 168, 0, 0), 16),  // private use (RFC 1918)
    (Ipv4Addr::new(198, 18, 0, 0), 15),   // benchmarking (RFC 2544)
    (Ipv4Addr::new(198, 51, 100, 0), 24), // documentation (RFC 5737)
    (Ipv4Addr::new(203, 0, 113, 0), 24),  // documentation (RFC 5737)
    (Ipv4Addr::new(224, 0, 0, 0), 4),     // multicast (RFC 5771)
    (Ipv4Addr::new(240, 0, 0, 0), 4),     // reserved, and limited broadcast (RFC 1112, RFC 919)
];

/// The IPv6 range allocated for global unicast (RFC 4291 section 2.4; IANA IPv6 address space).
const GLOBAL_V6: (Ipv6Addr, u32) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);

/// Ranges within it that are not public.
const BLOCKED_V6: [(Ipv6Addr, u32); 4] = [
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23), // protocol assignments, including Teredo (RFC 2928, RFC 4380)
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32), // documentation (RFC 3849)
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16), // 6to4 (RFC 3056)
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20), // documentation (RFC 9637)
];

/// Ports of HTTP and HTTPS, the only ones used for hosts that the operator did not allow: the proxy must not talk to
/// anyone's mail server or database.
const WEB_PORTS: [u16; 2] = [80, 443];

/// Whether an address is public. An IPv4-mapped IPv6 address (`::ffff:0:0/96`, RFC 4291 section 2.5.5.2) is public if the
/// IPv4 address is.
#[must_use]
pub fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => !BLOCKED_V4.iter().any(|&range| is_in_v4(address, range)),
        IpAddr::V6(address) => {
            is_in_v6(address, GLOBAL_V6) && !BLOCKED_V6.iter().any(|&range| is_in_v6(address, range))
        }
    }
}

fn is_in_v4(address: Ipv4Addr, (first, bits): (Ipv4Addr, u32)) -> bool {
    (u32::from(address) ^ u32::from(first)).leading_zeros() >= bits
}

fn is_in_v6(address: Ipv6Addr, (first, bits): (Ipv6Addr, u32)) -> bool {
    (u128::from(address) ^ u128::from(first)).leading_zeros() >= bits
}

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
    use super::*;
    use proptest::prelude::*;

    fn public(address: &str) -> bool {
        is_public(address.parse().unwrap())
    }

    /// First and last address of every range, and the addresses before and after it.
    #[test]
    fn ranges_have_the_bounds_of_the_registries() {
        for (first, last, before, after) in [
            ("0.0.0.0", "0.255.255.255", None, Some("1.0.0.0")),
            ("10.0.0.0", "10.255.255.255", Some("9.255.255.255"), Some("11.0.0.0")),
            ("100.64.0.0", "100.127.255.255", Some("100.63.255.255"), Some("100.128.0.0")),
            ("127.0.0.0", "127.255.255.255", Some("126.255.255.255"), Some("128.0.0.0")),
            ("169.254.0.0", "169.254.255.255", Some("169.253.255.255"), Some("169.255.0.0")),
            ("172.16.0.0", "172.31.255.255", Some("172.15.255.255"), Some("172.32.0.0")),
            ("192.0.0.0", "192.0.0.255", Some("191.255.255.255"), Some("192.0.1.0")),
            ("192.0.2.0", "192.0.2.255", Some("192.0.1.255"), Some("192.0.3.0")),
            ("192.88.99.0", "192.88.99.255", Some("192.88.98.255"), Some("192.88.100.0")),
            ("192.168.0.0", "192.168.255.255", Some("192.167.255.255"), Some("192.169.0.0")),
            ("198.18.0.0", "198.19.255.255", Some("198.17.255.255"), Some("198.20.0.0")),
            ("198.51.100.0", "198.51.100.255", Some("198.51.99.255"), Some("198.51.101.0")),
            ("203.0.113.0", "203.0.113.255", Some("203.0.112.255"), Some("203.0.114.0")),
            ("224.0.0.0", "255.255.255.255", Some("223.255.255.255"), None),
            ("::", "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", None, Some("2000::")),
            ("2001::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff", Some("2000:ffff::"), Some("2001:200::")),
            ("2001:db8::", "2001:db8:ffff::", Some("2001:db7:ffff::"), Some("2001:db9::")),
            ("2002::", "2002:ffff::", Some("2001:ffff::"), Some("2003::")),
            ("3fff::", "3fff:fff:ffff::", Some("3ffe:ffff::"), Some("3fff:1000::")),
            ("4000::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", Some("3fff:ffff::"), None),
        ] {
            for blocked in [first, last] {
                assert!(!public(blocked), "{blocked}");
            }
            for open in [before, after].into_iter().flatten() {
                assert!(public(open), "{open}");
            }
        }
    }

    #[test]
    fn embedded_ipv4_addresses_are_checked_or_blocked() {
        for blocked in [
            "::1",
            "::",
            "::127.0.0.1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::ffff:169.254.169.254",
            "64:ff9b::7f00:1",
            "64:ff9b::808:808",
            "64:ff9b:1::a00:1",
            "2002:7f00:1::",
            "2001:0:4136:e378:8000:63bf:3fff:fdd2",
            "fe80::1",
            "fec0::1",
            "fc00::1",
            "fd00::1",
            "ff02::1",
            "100::1",
            "5f00::1",
        ] {
            assert!(!public(blocked), "{blocked}");
        }
        for open in ["::ffff:8.8.8.8", "8.8.8.8", "2606:4700::1111", "2a00:1450:4001::1"] {
            assert!(public(open), "{open}");
        }
    }

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
