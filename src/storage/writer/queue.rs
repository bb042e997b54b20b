//! What callers and the writer thread share: counts that wait for a commit, and how far commits have come.

use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::sync::{oneshot, watch};

use crate::counts::cells::Cell;
use crate::storage::error::StoreError;
use crate::storage::privacy_version::PrivacyVersions;
use crate::storage::sqlite::Sums;
use crate::time::Day;

/// The state shared by [`CountWriter`](crate::storage::writer::CountWriter) and its thread.
#[derive(Debug)]
pub(super) struct WriteQueue {
    pub(super) pending: Mutex<Pending>,
    /// Notified when the thread should not wait for its flush interval.
    pub(super) wake: Condvar,
    /// The number of the last batch on disk, among the batches of this process.
    pub(super) committed: watch::Sender<u64>,
    pub(super) healthy: AtomicBool,
    pub(super) batches: AtomicU64,
    pub(super) retries: AtomicU64,
    /// How many of the next attempts to commit panic.
    #[cfg(test)]
    pub(super) injected_panics: AtomicU64,
}

/// Counts that wait, merged by cell, and requests to the writer thread.
#[derive(Debug, Default)]
pub(super) struct Pending {
    pub(super) sums: Sums,
    /// The number of the batch that these counts will be committed in.
    pub(super) batch: u64,
    /// Somebody waits for the commit.
    pub(super) commit_now: bool,
    pub(super) publish: Option<PublishRequest>,
    /// The deadline of closing, once closing was requested.
    pub(super) closing: Option<Instant>,
}

/// A privacy statement to insert.
#[derive(Debug)]
pub(super) struct PublishRequest {
    pub(super) statement: String,
    pub(super) day: Day,
    pub(super) reply: oneshot::Sender<Result<PrivacyVersions, StoreError>>,
}

impl Pending {
    pub(super) fn add(&mut self, cell: Cell, n: u64) {
        let sum = self.sums.entry(cell).or_default();
        *sum = sum.saturating_add(n);
    }
}

impl WriteQueue {
    pub(super) fn new() -> Self {
        Self {
            pending: Mutex::new(Pending { batch: 1, ..Pending::default() }),
            wake: Condvar::new(),
            committed: watch::Sender::new(0),
            healthy: AtomicBool::new(true),
            batches: AtomicU64::new(0),
            retries: AtomicU64::new(0),
            #[cfg(test)]
            injected_panics: AtomicU64::new(0),
        }
    }

    /// No change under the lock can stop half way, so a poisoned lock protects valid sums.
    pub(super) fn lock(&self) -> MutexGuard<'_, Pending> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
