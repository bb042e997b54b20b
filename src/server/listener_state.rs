//! What the connections of the public listener share.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use rustls::ServerConfig;

use crate::clients::open_connections::OpenConnections;
use crate::server::admission::ConnectionShare;
use crate::server::client_address::Peer;
use crate::server::progress::Pace;
use crate::server::public_server::{PublicServer, RequestLimits};
use crate::server::request_head::{self, HeadLimits};

/// What all connections share.
#[derive(Debug, Clone)]
pub struct ListenerState {
    /// The configured service, replaced as a whole on reload.
    pub server: Arc<ArcSwap<PublicServer>>,
    /// TLS, if this listener terminates it.
    pub tls: Option<Arc<ArcSwap<ServerConfig>>>,
    /// Bounds the open connections.
    pub connections: OpenConnections,
    /// Connections from trusted proxies begin with a PROXY protocol header.
    pub proxy_protocol: bool,
    /// Time for the head of a request, for a TLS handshake, and for a PROXY protocol header.
    pub head_time: Duration,
    /// Time for which a connection may be idle.
    pub idle_time: Duration,
    /// What a client must take of an answer on average, in bytes a second.
    pub answer_bytes_per_second: u32,
    /// Time for running requests to finish once draining has begun.
    pub drain_time: Duration,
}

impl ListenerState {
    /// The share of incomplete heads and received bytes of the client at the other end of a connection.
    #[must_use]
    pub fn connection_share(&self, peer: Peer) -> ConnectionShare {
        let server = self.server.load();
        ConnectionShare::of(peer, &server.trusted_proxies, &server.state)
    }

    /// How slowly a client may take an answer.
    #[must_use]
    pub fn pace(&self) -> Pace {
        Pace { stall_time: self.idle_time, bytes_per_second: self.answer_bytes_per_second }
    }

    /// The limits on the head of a request.
    pub(super) fn head_limits(&self) -> HeadLimits {
        let RequestLimits { uri, header_bytes, header_count, .. } = self.server.load().limits;
        HeadLimits {
            idle_time: self.idle_time,
            head_time: self.head_time,
            target_bytes: uri,
            head_bytes: request_head::max_head_bytes(uri, header_bytes, header_count),
        }
    }
}
