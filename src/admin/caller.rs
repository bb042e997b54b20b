//! The other end of a connection to the admin listener.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::clients::state::Client;

/// The other end of a connection.
#[derive(Debug)]
pub(super) struct Caller {
    /// The client, for its limits.
    pub(super) client: Client,
    is_known: AtomicBool,
}

impl Caller {
    /// A client that has not shown the token on this connection.
    pub(super) fn new(client: Client) -> Self {
        Self { client, is_known: AtomicBool::new(false) }
    }

    /// Whether it has shown the right token on this connection.
    pub(super) fn is_known(&self) -> bool {
        self.is_known.load(Ordering::Relaxed)
    }

    /// Notes that it has shown the right token.
    pub(super) fn set_known(&self) {
        self.is_known.store(true, Ordering::Relaxed);
    }
}
