//! The state of one client: how far it has used up each rate, and what it has in flight.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use crate::clients::rate::RateState;

static NEXT_SERIAL: AtomicU64 = AtomicU64::new(0);

/// One client. It can be copied, compared by identity and charged, but neither printed nor stored.
#[derive(Clone)]
pub struct Client(Arc<ClientState>);

/// By what two requests of an hour can be told to be of different clients. It is derived from the prefix and says nothing of it
/// without the key, which is in memory only.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ClientId {
    /// The number of the key. Hashes under two keys cannot be compared.
    pub epoch: u64,
    /// The keyed hash of the prefix.
    pub hash: u64,
}

/// Shows nothing of the client.
impl std::fmt::Debug for ClientId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ClientId")
    }
}

/// What is known of a client.
#[derive(Debug, Default)]
pub struct ClientState {
    /// The number of clients it stands for; more than one for requests whose client is not known.
    pub(super) shares: u32,
    /// Another number for every client of the process: not derived from anything of it.
    serial: u64,
    /// `None` if it stands for several clients.
    id: Option<ClientId>,
    pub(super) clicks: RateState,
    /// Turns of reading over HTTP/2.
    pub(super) read_turns: RateState,
    pub(super) requests: RateState,
    pub(super) searches: RateState,
    pub(super) visits: RateState,
    pub(super) births: RateState,
    /// Requests out of the budgets of partners, all of them together: each charges its part of what the client may have of its budget.
    pub(super) budgets: RateState,
    /// Wrong tokens at the admin listener.
    wrong_tokens: RateState,
    pub(super) connections_open: AtomicUsize,
    pub(super) heads_in_flight: AtomicUsize,
    pub(super) requests_in_flight: AtomicUsize,
    pub(super) searches_in_flight: AtomicUsize,
    pub(super) searches_waiting: AtomicUsize,
    pub(super) partner_requests_in_flight: AtomicUsize,
    pub(super) images_in_flight: AtomicUsize,
    pub(super) waiting_bytes: AtomicUsize,
}

/// Shows nothing of the client.
impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Client")
    }
}

impl Client {
    /// One client that has done nothing yet.
    #[must_use]
    pub(super) fn new(id: ClientId) -> Self {
        Self::with(1, Some(id))
    }

    /// Clients that are not known, with the shares of this many.
    #[must_use]
    pub(super) fn unnamed(shares: u32) -> Self {
        Self::with(shares, None)
    }

    fn with(shares: u32, id: Option<ClientId>) -> Self {
        let serial = NEXT_SERIAL.fetch_add(1, Ordering::Relaxed);
        Self(Arc::new(ClientState { shares, serial, id, ..ClientState::default() }))
    }

    /// By what it can be told from other clients within the hour; `None` if it stands for several.
    #[must_use]
    pub fn id(&self) -> Option<ClientId> {
        self.0.id
    }

    /// Another number for every client of the process, to tell clients apart. It is not derived from anything of the client.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.0.serial
    }

    /// The number of this client; `None` if it stands for several.
    pub(super) fn serial(&self) -> Option<u64> {
        self.0.id.map(|_| self.0.serial)
    }

    /// How far it has used up its rate of wrong tokens at the admin listener.
    #[must_use]
    pub fn wrong_tokens(&self) -> &RateState {
        &self.0.wrong_tokens
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
