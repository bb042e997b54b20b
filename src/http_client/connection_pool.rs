//! Connections that are kept for later requests: one pool for all threads. With a pool for each thread, the searches of a toolbar that
//! keeps its own connection would be sent over the same few of our ports.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::http_client::connection::Connection;
use crate::random;
use crate::time;

/// A scheme and an authority: what a connection leads to.
pub(super) type Host = (http::uri::Scheme, http::uri::Authority);

/// The idle connections to each host. No runtime waits for them.
pub(super) struct ConnectionPool {
    hosts: Mutex<HashMap<Host, Vec<Connection>>>,
    /// Connections to one host.
    max: usize,
}

impl ConnectionPool {
    /// Keeps at most this many connections to a host.
    pub(super) fn new(max: usize) -> Self {
        Self { hosts: Mutex::default(), max }
    }

    /// Draws an open connection to a host at random, for an exchange on this thread: which one it is says nothing about who used it
    /// before.
    pub(super) fn take(&self, host: &Host) -> Option<Connection> {
        let now = time::instant();
        loop {
            let mut connection = self.draw(host)?;
            if connection.is_fresh(now) && connection.resume() {
                return Some(connection);
            }
        }
    }

    fn draw(&self, host: &Host) -> Option<Connection> {
        let mut hosts = self.lock();
        let idle = hosts.get_mut(host).filter(|idle| !idle.is_empty())?;
        let drawn = random::random_below(u64::try_from(idle.len()).ok()?);
        Some(idle.swap_remove(usize::try_from(drawn).ok()?))
    }

    /// Parks a connection after an exchange, unless there are enough.
    pub(super) fn keep(&self, host: Host, mut connection: Connection) {
        if self.max == 0 || !connection.park() || !connection.is_fresh(time::instant()) {
            return;
        }
        let mut hosts = self.lock();
        let idle = hosts.entry(host).or_default();
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

    fn lock(&self) -> MutexGuard<'_, HashMap<Host, Vec<Connection>>> {
        self.hosts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
