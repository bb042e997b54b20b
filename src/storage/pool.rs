//! Reuses sessions with PostgreSQL for the admin listener: each login costs the server a process and both sides some round trips.
//! An SQLite file is opened anew for each response, which costs little.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::storage::error::OpenError;
use crate::storage::postgres::session::Session;
use crate::storage::query::{AccessMode, Database, StoreLocation};
use crate::time;

/// How long an idle session is kept: longer than a dashboard's interval, and half of the server's own idle timeout.
pub const IDLE_TIMEOUT: Duration = Duration::from_secs(30);

/// Idle sessions with the times since when they are idle: at most as many as there were responses at the same time.
#[derive(Debug)]
pub struct Pool {
    store: StoreLocation,
    idle: Mutex<Vec<(Session, Instant)>>,
}

impl Pool {
    /// An empty pool for a store.
    #[must_use]
    pub fn new(store: StoreLocation) -> Self {
        Self { store, idle: Mutex::default() }
    }

    /// Opens the store for reading, over an idle session that is still alive or a new one. Blocks. A query of an SQLite file
    /// that runs at `deadline` fails then.
    ///
    /// # Errors
    /// Why the store cannot be opened.
    pub fn open(&self, deadline: Instant) -> Result<Database, OpenError> {
        while let Some((session, _)) = self.take() {
            if session.is_alive() {
                return Database::from_session(session, AccessMode::Read);
            }
        }
        let mut database = Database::open(&self.store, AccessMode::Read)?;
        database.stop_at(deadline)?;
        Ok(database)
    }

    /// Puts the session of a store back. Returns true if there was one, which [`Self::prune`] must end later.
    pub fn put_back(&self, database: Database) -> bool {
        let Some(session) = database.into_session() else { return false };
        self.lock().push((session, time::instant()));
        true
    }

    /// Whether a session is idle.
    #[must_use]
    pub fn has_idle(&self) -> bool {
        !self.lock().is_empty()
    }

    /// Ends the sessions that have been idle for [`IDLE_TIMEOUT`]. Must not be called inside a task of a runtime.
    pub fn prune(&self) {
        let now = time::instant();
        // Dropped after the lock is released, since closing a connection may block.
        let expired: Vec<_> =
            self.lock().extract_if(.., |(_, since)| now.duration_since(*since) >= IDLE_TIMEOUT).collect();
        drop(expired);
    }

    fn take(&self) -> Option<(Session, Instant)> {
        self.lock().pop()
    }

    /// Every change under the lock is a single operation, so a poisoned lock protects a valid list.
    fn lock(&self) -> MutexGuard<'_, Vec<(Session, Instant)>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
