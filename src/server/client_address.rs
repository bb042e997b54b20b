//! Who a request comes from: the address of the connection, or what a trusted proxy names. The address goes no further than
//! from here to [`Clients`](crate::clients::Clients), which hashes its prefix.

use std::net::IpAddr;

use http::HeaderMap;
use ipnet::IpNet;

use crate::clients::limiter::ClientLimiter;
use crate::clients::state::Client;
use crate::metrics::Metrics;
use crate::mutants::leak;
use crate::server::forwarded::{self, NamedClient};

/// `[listen] trusted_proxies`: the networks whose word about the client counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrustedProxies(Vec<IpNet>);

impl TrustedProxies {
    /// Trusts these networks.
    #[must_use]
    pub fn new(networks: Vec<IpNet>) -> Self {
        Self(networks)
    }

    /// Whether nobody is trusted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether this is a trusted proxy. An IPv4-mapped IPv6 address counts as IPv4.
    #[must_use]
    pub fn trusts(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }
}

/// The other end of a connection. It can be neither printed nor stored.
#[derive(Clone, Copy)]
pub enum Peer {
    /// The address of the socket, or what the PROXY protocol says in its place.
    Address(IpAddr),
    /// A trusted proxy said by the PROXY protocol that it speaks for nobody, or for somebody without an address.
    Unknown,
}

/// Shows nothing of the address.
impl std::fmt::Debug for Peer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Peer")
    }
}

impl Peer {
    /// Whether this is a trusted proxy.
    #[must_use]
    pub fn is_trusted(self, trusted: &TrustedProxies) -> bool {
        match self {
            Self::Address(address) => trusted.trusts(address),
            Self::Unknown => false,
        }
    }

    /// The client at the other end of a connection; `None` if it is a trusted proxy, which speaks for many.
    #[must_use]
    pub fn client(self, trusted: &TrustedProxies, limiter: &ClientLimiter) -> Option<Client> {
        match self {
            Self::Address(address) if trusted.trusts(address) => None,
            Self::Address(address) => {
                leak::see_peer(address);
                Some(limiter.clients().named(address))
            }
            Self::Unknown => Some(limiter.clients().unnamed()),
        }
    }

    /// The client of a request. A metric counts requests for which a trusted proxy names nobody.
    #[must_use]
    pub fn client_of(
        self,
        headers: &HeaderMap,
        trusted: &TrustedProxies,
        limiter: &ClientLimiter,
        metrics: &Metrics,
    ) -> Client {
        if let Some(client) = self.client(trusted, limiter) {
            return client;
        }
        match forwarded::named_client(headers, |address| trusted.trusts(address)) {
            NamedClient::Address(address) => limiter.clients().named(address),
            NamedClient::Unknown => {
                metrics.clients_unnamed.inc();
                limiter.clients().unnamed()
            }
        }
    }

    /// Whether a request looks as if a proxy that is not trusted had passed it on. A client can pretend it.
    #[must_use]
    pub fn is_untrusted_proxy(self, headers: &HeaderMap, trusted: &TrustedProxies) -> bool {
        !self.is_trusted(trusted) && forwarded::is_forwarded(headers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trusts_addresses_and_networks() {
        let networks = ["192.0.2.7/32", "10.0.0.0/8", "2001:db8::/32"].map(|network| network.parse().unwrap());
        let trusted = TrustedProxies::new(networks.to_vec());
        for (address, expected) in [
            ("192.0.2.7", true),
            ("192.0.2.8", false),
            ("10.255.0.1", true),
            ("::ffff:10.255.0.1", true),
            ("2001:db8:ffff::1", true),
            ("2001:db9::1", false),
            ("::1", false),
        ] {
            assert_eq!(trusted.trusts(address.parse().unwrap()), expected, "{address}");
        }
        assert!(!TrustedProxies::default().trusts("127.0.0.1".parse().unwrap()));
        assert_eq!(format!("{:?}", Peer::Address("192.0.2.7".parse().unwrap())), "Peer");
    }
}
