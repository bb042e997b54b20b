//! Writes counts to the store. Increments are merged by cell in memory; one thread commits them in batches, each in a transaction
//! with its sequence number. All callers that wait for a commit at the same time share it (group commit). A batch is repeated until the
//! store has acknowledged it, and is added once. The number of cells bounds the memory.

mod queue;
mod thread;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::{oneshot, watch};

use crate::counts::cells::Cell;
use crate::storage::error::OpenError;
use crate::storage::privacy_version::PrivacyVersions;
use crate::storage::sqlite::SqliteStore;
use crate::storage::writer::queue::{PublishRequest, WriteQueue};
use crate::storage::writer::thread::WriterLoop;
use crate::time::{self, Day};

/// How long a privacy statement waits for a writer that is repeating a batch: as long as a batch waits for another process's lock.
const PUBLISH_TIMEOUT: Duration = Duration::from_secs(5);

/// Adds counts. Clones share one writer thread.
#[derive(Debug, Clone)]
pub struct CountWriter(Arc<WriteQueue>);

/// A batch that is being committed. The writer stores nothing for it, so that clicks which wait for a store that does not accept
/// batches need no memory there.
#[derive(Debug)]
pub struct Committed {
    batch: u64,
    committed: watch::Receiver<u64>,
}

impl Committed {
    /// Waits for the commit. Returns false if the writer has ended and will not commit it.
    pub async fn wait(mut self) -> bool {
        self.committed.wait_for(|committed| *committed >= self.batch).await.is_ok()
    }
}

/// The writer's state, for metrics and readiness.
#[derive(Debug, Clone, Copy)]
pub struct WriterHealth {
    /// The store accepted the last batch.
    pub writable: bool,
    /// Batches committed since the start.
    pub batches: u64,
    /// Failed attempts to commit.
    pub retries: u64,
    /// Cells that wait in memory.
    pub pending: usize,
}

impl CountWriter {
    /// Starts the writer thread.
    ///
    /// # Errors
    /// The store's last sequence number cannot be read, or the thread cannot be started.
    pub fn start(store: SqliteStore) -> Result<(Self, WriterThread), OpenError> {
        let sequence = store.last_sequence()?;
        let queue = Arc::new(WriteQueue::new());
        let writer = WriterLoop::new(queue.clone(), store, sequence);
        let thread = std::thread::Builder::new().name("writer".into()).spawn(move || writer.run())?;
        Ok((Self(queue.clone()), WriterThread { queue, thread }))
    }

    /// Adds one to a cell. It is committed within about a second.
    pub fn add(&self, cell: Cell) {
        self.add_many([(cell, 1)]);
    }

    /// Adds to several cells. They are committed within about a second, in one batch.
    pub fn add_many(&self, cells: impl IntoIterator<Item = (Cell, u64)>) {
        let mut pending = self.0.lock();
        cells.into_iter().for_each(|(cell, n)| pending.add(cell, n));
    }

    /// Adds to several cells and requests their commit, in one batch. The counts are queued when this returns, whether or not
    /// the result is waited for. Without cells, the result waits for what was added before.
    #[must_use]
    pub fn add_and_commit(&self, cells: impl IntoIterator<Item = (Cell, u64)>) -> Committed {
        let batch = {
            let mut pending = self.0.lock();
            cells.into_iter().for_each(|(cell, n)| pending.add(cell, n));
            pending.commit_now = true;
            pending.batch
        };
        self.0.wake.notify_one();
        Committed { batch, committed: self.0.committed.subscribe() }
    }

    /// Inserts a privacy statement, as [`SqliteStore::publish`] does. One caller at a time. Returns None if the store rejects it, or
    /// if the writer is busy repeating a batch; nothing is inserted then.
    pub async fn publish(&self, statement: String, day: Day) -> Option<PrivacyVersions> {
        let (reply, mut response) = oneshot::channel();
        self.0.lock().publish = Some(PublishRequest { statement, day, reply });
        self.0.wake.notify_one();
        if let Ok(response) = tokio::time::timeout(PUBLISH_TIMEOUT, &mut response).await {
            return response.ok()?.ok();
        }
        // Withdraws the request. If the thread has taken it, its single attempt ends soon.
        let withdrawn = self.0.lock().publish.take();
        if withdrawn.is_some() { None } else { response.await.ok()?.ok() }
    }

    /// The writer's state.
    #[must_use]
    pub fn health(&self) -> WriterHealth {
        WriterHealth {
            writable: self.0.healthy.load(Ordering::Relaxed),
            batches: self.0.batches.load(Ordering::Relaxed),
            retries: self.0.retries.load(Ordering::Relaxed),
            pending: self.0.lock().sums.len(),
        }
    }
}

/// Closes the writer; owned by whoever started it.
#[derive(Debug)]
pub struct WriterThread {
    queue: Arc<WriteQueue>,
    thread: JoinHandle<u64>,
}

impl WriterThread {
    /// Returns false if the thread has ended, which before [`Self::close`] only a panic while handling a panic can cause.
    #[must_use]
    pub fn is_running(&self) -> bool {
        !self.thread.is_finished()
    }

    /// Commits what is pending and closes the store, trying until the deadline. Returns how many counts were not committed.
    #[must_use]
    pub fn close(self, within: Duration) -> u64 {
        self.queue.lock().closing = Some(time::instant() + within);
        self.queue.wake.notify_one();
        // The thread ends without a result only if it panics while it handles a panic.
        self.thread.join().unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests;
