//! The state of one client: how far it has used up each rate, and what it has in flight.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use crate::clients::rate::RateState;

static NEXT_SERIAL: AtomicU64 = AtomicU64::new(0);

/// One client. It can be copied, compared by identity and charged, but neither printed nor stored.
#[derive(Clone)]
pub struct Client(Arc<ClientState>);

/// What is known of a client.
#[derive(Debug, Default)]
pub struct ClientState {
    /// The number of clients it stands for; more than one for requests whose client is not known.
    pub(super) shares: u32,
    /// Another number for every client of the process: not derived from anything of it.
    serial: u64,
    pub(super) clicks: RateState,
    pub(super) requests: RateState,
    pub(super) searches: RateState,
    pub(super) visits: RateState,
    pub(super) births: RateState,
    pub(super) connections_open: AtomicUsize,
    pub(super) heads_in_flight: AtomicUsize,
    pub(super) requests_in_flight: AtomicUsize,
    pub(super) searches_in_flight: AtomicUsize,
    pub(super) partner_requests_in_flight: AtomicUsize,
    pub(super) images_in_flight: AtomicUsize,
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
        let serial = NEXT_SERIAL.fetch_add(1, Ordering::Relaxed);
        Self(Arc::new(ClientState { shares, serial, ..ClientState::default() }))
    }

    /// Another number for every client of the process.
    pub(super) fn number(&self) -> u64 {
        self.0.serial
    }

    /// The number of this client; `None` if it stands for several.
    pub(super) fn serial(&self) -> Option<u64> {
        (self.0.shares == 1).then_some(self.0.serial)
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
