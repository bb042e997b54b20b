//! The state of one client: how far it has used up each rate, and what it has in flight.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use crate::clients::rate::RateState;

/// One client. It can be copied, compared by identity and charged, but neither printed nor stored.
#[derive(Clone)]
pub struct Client(Arc<ClientState>);

/// What is known of a client.
#[derive(Debug, Default)]
pub struct ClientState {
    /// The number of clients it stands for; more than one for requests whose client is not known.
    pub(super) shares: u32,
    pub(super) requests: RateState,
    pub(super) searches: RateState,
    pub(super) visits: RateState,
    pub(super) births: RateState,
    pub(super) connections_open: AtomicUsize,
    pub(super) heads_in_flight: AtomicUsize,
    pub(super) requests_in_flight: AtomicUsize,
    pub(super) searches_in_flight: AtomicUsize,
    pub(super) partner_requests_in_flight: AtomicUsize,
}

/// Shows nothing of the client.
impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Client")
    }
}

impl Client {
    /// A client that has done nothing yet and has the shares of this many clients.
    #[must_use]
    pub(super) fn new(shares: u32) -> Self {
        Self(Arc::new(ClientState { shares, ..ClientState::default() }))
    }

    pub(super) fn state(&self) -> &ClientState {
        &self.0
    }

    /// Whether nothing but the table refers to this client.
    pub(super) fn is_idle(&self) -> bool {
        Arc::strong_count(&self.0) == 1
    }

    /// Whether both are the same client.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}
