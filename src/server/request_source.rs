//! Where a request comes from, as far as handlers know it.

use http::HeaderMap;

use crate::clients::limiter::{LimitReached, RateKind};
use crate::clients::state::Client;
use crate::events::{self, Event};
use crate::server::client_address::Peer;
use crate::server::public_server::PublicServer;

/// Where a request comes from.
#[derive(Debug)]
pub struct RequestSource {
    /// The client whose limits apply.
    pub client: Client,
    /// The TLS handshake named no host (RFC 6066 section 3), or one of ours.
    pub sni_matches: bool,
    /// It looks as if a proxy had passed the request on that is not trusted.
    by_untrusted_proxy: bool,
}

impl RequestSource {
    /// The source of a request with these headers.
    #[must_use]
    pub fn new(peer: Peer, headers: &HeaderMap, sni_matches: bool, server: &PublicServer) -> Self {
        let (trusted, app) = (&server.trusted_proxies, &server.state);
        Self {
            client: peer.client_of(headers, trusted, &app.limiter, &app.metrics),
            sni_matches,
            by_untrusted_proxy: peer.is_untrusted_proxy(headers, trusted),
        }
    }

    /// Charges the client for one more.
    ///
    /// # Errors
    /// The client is over this rate.
    pub fn charge(&self, server: &PublicServer, kind: RateKind) -> Result<(), LimitReached> {
        server.state.limiter.charge(&self.client, kind).inspect_err(|_| self.report(server))
    }

    /// Reports, at most once an hour, that a client over its limits may be a proxy with many people behind it.
    pub fn report(&self, server: &PublicServer) {
        if self.by_untrusted_proxy && server.state.limiter.clients().may_report_proxy() {
            events::emit(&Event::ProxyUntrusted("requests"));
        }
    }
}
