//! The store for one answer of the admin listener after another: a session with PostgreSQL is kept for the next answer, since each
//! login costs the server a process and both sides some round trips. A file is opened anew each time, which costs little.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::storage::postgres::Session;
use crate::storage::query::{AccessMode, Database, StoreLocation};
use crate::storage::schema::OpenError;
use crate::time;

/// How long a session is kept for a next answer: a dashboard asks more often, and the server ends sessions that say nothing for
/// twice as long.
pub const KEPT: Duration = Duration::from_secs(30);

/// Sessions that nobody uses now, each with the moment since when; as many at most as there were answers at a time.
#[derive(Debug)]
pub struct Pool {
    store: StoreLocation,
    idle: Mutex<Vec<(Session, Instant)>>,
}

impl Pool {
    /// Of a store, with no session yet.
    #[must_use]
    pub fn new(store: StoreLocation) -> Self {
        Self { store, idle: Mutex::default() }
    }

    /// The store, open for reading: over a session that was kept and still is one, or over a new one. Blocks.
    ///
    /// # Errors
    /// What is there instead of a store.
    pub fn open(&self) -> Result<Database, OpenError> {
        while let Some((session, _)) = self.take() {
            if session.is_there() {
                return Database::over(session, AccessMode::Read);
            }
        }
        Database::open(&self.store, AccessMode::Read)
    }

    /// Keeps what an answer was read from for the next one. True where there is something that [`Self::prune`] is to end.
    pub fn keep(&self, database: Database) -> bool {
        let Some(session) = database.into_session() else { return false };
        self.lock().push((session, time::instant()));
        true
    }

    /// Ends the sessions that have waited for [`KEPT`]. Not to be called within a runtime's task.
    pub fn prune(&self) {
        let now = time::instant();
        // Ended when the lock is free again: a farewell may take its time.
        let old: Vec<_> = self.lock().extract_if(.., |(_, since)| now.duration_since(*since) >= KEPT).collect();
        drop(old);
    }

    fn take(&self) -> Option<(Session, Instant)> {
        self.lock().pop()
    }

    /// Nothing is half done while it is locked, so a panic elsewhere does not matter.
    fn lock(&self) -> MutexGuard<'_, Vec<(Session, Instant)>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
