//! Connections that are kept for later requests: one pool for all threads. With a pool for each thread, the searches of a toolbar that
//! keeps its own connection would be sent over the same few of our ports.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use foldhash::fast::RandomState;

use crate::http_client::connection::Connection;
use crate::http_client::origin::Origin;
use crate::random;
use crate::time;

/// The idle connections to each origin. No runtime waits for them.
pub(super) struct ConnectionPool {
    origins: Mutex<HashMap<Origin, Vec<Connection>, RandomState>>,
    /// Connections to one origin.
    max: usize,
}

impl ConnectionPool {
    /// Keeps at most this many connections to an origin.
    pub(super) fn new(max: usize) -> Self {
        Self { origins: Mutex::default(), max }
    }

    /// Draws an open connection to an origin at random, for an exchange on this thread: which one it is says nothing about who used it
    /// before.
    pub(super) fn take(&self, origin: &Origin) -> Option<Connection> {
        let now = time::instant();
        loop {
            let mut connection = self.draw(origin)?;
            if connection.is_fresh(now) && connection.resume() {
                return Some(connection);
            }
        }
    }

    fn draw(&self, origin: &Origin) -> Option<Connection> {
        let mut origins = self.lock();
        let idle = origins.get_mut(origin).filter(|idle| !idle.is_empty())?;
        let drawn = random::random_below(u64::try_from(idle.len()).ok()?);
        Some(idle.swap_remove(usize::try_from(drawn).ok()?))
    }

    /// Parks a connection after an exchange, unless there are enough.
    pub(super) fn keep(&self, origin: Origin, mut connection: Connection) {
        if self.max == 0 || !connection.park() || !connection.is_fresh(time::instant()) {
            return;
        }
        let mut origins = self.lock();
        let idle = origins.entry(origin).or_default();
        if idle.len() < self.max {
            idle.push(connection);
        }
    }

    /// Closes the connections that have ended, or have served their time.
    pub(super) fn close_old(&self, now: Instant) {
        self.lock().retain(|_, idle| {
            idle.retain_mut(|connection| connection.is_fresh(now) && connection.is_silent());
            !idle.is_empty()
        });
    }

    /// Whether there is an idle connection to this origin.
    #[cfg(test)]
    pub(super) fn has_idle(&self, origin: &Origin) -> bool {
        self.lock().contains_key(origin)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Origin, Vec<Connection>, RandomState>> {
        self.origins.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
