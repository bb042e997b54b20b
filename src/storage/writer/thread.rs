//! The thread that writes counts to the store: batches, the privacy statement, checkpoints and roll-ups.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use crate::events::{self, Event};
use crate::mutants::fail_point::{FailPoint, fail_at};
use crate::storage::error::StoreError;
use crate::storage::roll_up;
use crate::storage::sqlite::{SqliteStore, Sums};
use crate::storage::writer::queue::{Pending, PublishRequest, WriteQueue};
use crate::time;

/// How long counts that nobody waits for may stay in memory: the most that a crash can lose of them (of searches; clicks are waited
/// for). One second keeps the disk quiet, and is no visible delay in reports.
const FLUSH_INTERVAL: Duration = Duration::from_secs(1);

/// Interval between checkpoints that truncate the write-ahead log. At most a minute of single events may be in it
/// (`docs/privacy-requirements.md`).
const CHECKPOINT_INTERVAL: Duration = Duration::from_secs(30);

/// When to report that a reader prevents the log from being truncated.
const CHECKPOINT_LATE: Duration = Duration::from_secs(60);

/// How often it is checked that the store can be written, while there is nothing to write. With the time that SQLite waits for a
/// lock, less than the second within which `/readyz` reports one.
const CHECK_INTERVAL: Duration = Duration::from_millis(250);

/// Pause before a failed batch is tried again.
const RETRY_PAUSE: Duration = Duration::from_millis(200);

/// The state of the writer thread.
pub(super) struct WriterLoop {
    queue: Arc<WriteQueue>,
    store: SqliteStore,
    /// The sequence number of the last batch, committed or not.
    sequence: u64,
    /// The batch that is not committed yet. A panic leaves it here, to be tried again under the same sequence number.
    batch: Option<WriteBatch>,
    checkpointed: Instant,
    checkpoint_tried: Instant,
    rolled_up: Instant,
    late_checkpoint_reported: bool,
}

/// Counts to commit in one transaction.
struct WriteBatch {
    sequence: u64,
    /// The number that callers wait for.
    number: u64,
    sums: Sums,
}

impl Drop for WriterLoop {
    /// A writer that is gone is not ready.
    fn drop(&mut self) {
        self.queue.healthy.store(false, Ordering::Relaxed);
    }
}

impl WriterLoop {
    pub(super) fn new(queue: Arc<WriteQueue>, store: SqliteStore, sequence: u64) -> Self {
        let now = time::instant();
        Self {
            queue,
            store,
            sequence,
            batch: None,
            checkpointed: now,
            checkpoint_tried: now,
            rolled_up: now,
            late_checkpoint_reported: false,
        }
    }

    /// Writes until it is closed. Returns how many counts were not committed by the deadline.
    ///
    /// A panic, which the panic hook reports, does not end the thread: unwinding rolls the transaction back, and the batch is tried
    /// again.
    pub(super) fn run(mut self) -> u64 {
        loop {
            if let Ok(unsaved) = catch_unwind(AssertUnwindSafe(|| self.write_until_closed())) {
                return unsaved;
            }
            if self.batch.is_some() {
                self.queue.healthy.store(false, Ordering::Relaxed);
            }
            if self.is_past_deadline() {
                return self.unsaved();
            }
            std::thread::sleep(RETRY_PAUSE);
        }
    }

    fn write_until_closed(&mut self) -> u64 {
        loop {
            let closing = self.next_batch();
            if !self.commit() {
                return self.unsaved();
            }
            self.checkpoint(closing);
            if closing {
                return 0;
            }
            self.roll_up();
        }
    }

    /// Waits until a commit is requested, [`FLUSH_INTERVAL`] has passed or the writer is closed, then takes all pending counts.
    /// Returns whether this is the last batch, since the writer is being closed.
    fn next_batch(&mut self) -> bool {
        if self.batch.is_some() {
            // Left by a panic; more counts may have been added since.
            return false;
        }
        fail_at(FailPoint::Storage, || "");
        let (pending, closing) = self.take_pending();
        let Pending { sums, batch: number, publish, .. } = pending;
        if !sums.is_empty() {
            self.sequence += 1;
        }
        self.batch = Some(WriteBatch { sequence: self.sequence, number, sums });
        // Before the counts, which are tried for as long as the store rejects them.
        if let Some(PublishRequest { statement, day, reply }) = publish {
            // The statement may wait long for another process's lock. It is reported before that.
            self.check_writable();
            // A caller that no longer waits has given up.
            reply.send(self.store.publish(&statement, day)).ok();
        }
        closing
    }

    fn take_pending(&self) -> (Pending, bool) {
        let idle =
            |pending: &mut Pending| !pending.commit_now && pending.publish.is_none() && pending.closing.is_none();
        let flush_at = time::instant() + FLUSH_INTERVAL;
        let mut pending = loop {
            let (pending, waited) = self
                .queue
                .wake
                .wait_timeout_while(self.queue.lock(), CHECK_INTERVAL, idle)
                .unwrap_or_else(PoisonError::into_inner);
            if !waited.timed_out() || time::instant() >= flush_at {
                break pending;
            }
            drop(pending);
            self.check_writable();
        };
        let closing = pending.closing.is_some();
        let next = Pending { batch: pending.batch + 1, closing: pending.closing, ..Pending::default() };
        (std::mem::replace(&mut *pending, next), closing)
    }

    /// Tries the batch until it is committed. Returns false if it is not by the deadline of closing.
    fn commit(&mut self) -> bool {
        let Some(batch) = &self.batch else { return true };
        // Who waits without having added anything waits for earlier batches, which are committed.
        if !batch.sums.is_empty() {
            #[cfg(test)]
            self.panic_if_injected();
            while let Err(error) = self.store.apply(batch.sequence, &batch.sums) {
                self.queue.retries.fetch_add(1, Ordering::Relaxed);
                self.report_unwritable(&error);
                // On a full disk, truncating the log may be what makes room. The commit's own error is the one to report.
                self.store.checkpoint().ok();
                if self.is_past_deadline() {
                    return false;
                }
                std::thread::sleep(RETRY_PAUSE);
            }
            self.queue.batches.fetch_add(1, Ordering::Relaxed);
            if !self.queue.healthy.load(Ordering::Relaxed) {
                self.check_writable();
            }
        }
        self.queue.committed.send_replace(batch.number);
        self.batch = None;
        true
    }

    #[cfg(test)]
    #[allow(clippy::panic, reason = "injected by a test")]
    fn panic_if_injected(&self) {
        let injected = self.queue.injected_panics.load(Ordering::Relaxed);
        if injected > 0 {
            self.queue.injected_panics.store(injected - 1, Ordering::Relaxed);
            panic!("injected");
        }
    }

    /// Reports a store that cannot be written any more, or can be again.
    fn check_writable(&self) {
        match self.store.check_writable() {
            Err(error) => self.report_unwritable(&error),
            Ok(()) if !self.queue.healthy.swap(true, Ordering::Relaxed) => events::emit(&Event::StoreRecovered),
            Ok(()) => {}
        }
    }

    fn report_unwritable(&self, error: &StoreError) {
        if self.queue.healthy.swap(false, Ordering::Relaxed) {
            events::emit(&Event::StoreFailed(error.sqlite_code()));
        }
    }

    fn is_past_deadline(&self) -> bool {
        self.queue.lock().closing.is_some_and(|deadline| time::instant() >= deadline)
    }

    /// Counts of the batch, and those added since.
    fn unsaved(&self) -> u64 {
        let in_batch = self.batch.iter().flat_map(|batch| batch.sums.values());
        let pending = self.queue.lock();
        in_batch.chain(pending.sums.values()).fold(0, |sum, n| sum.saturating_add(*n))
    }

    /// Truncates the log once the interval has passed. A reader that prevents it is not waited for: commits come first, and the next
    /// second tries again. An error is reported like a reader's delay, once it lasts.
    fn checkpoint(&mut self, closing: bool) {
        let now = time::instant();
        let due = now.duration_since(self.checkpointed) >= CHECKPOINT_INTERVAL
            && now.duration_since(self.checkpoint_tried) >= FLUSH_INTERVAL;
        if !closing && !due {
            return;
        }
        self.checkpoint_tried = now;
        if matches!(self.store.checkpoint(), Ok(true)) {
            self.checkpointed = now;
            self.late_checkpoint_reported = false;
        } else if now.duration_since(self.checkpointed) >= CHECKPOINT_LATE && !self.late_checkpoint_reported {
            self.late_checkpoint_reported = true;
            events::emit(&Event::LogKept);
        }
    }

    /// Rolls old hours up into days. A roll-up that fails is reported, and tried again after the interval; nothing waits for it.
    fn roll_up(&mut self) {
        let now = time::instant();
        if now.duration_since(self.rolled_up) < roll_up::INTERVAL {
            return;
        }
        self.rolled_up = now;
        let Some(before) = roll_up::first_kept_hour(time::now().day()) else { return };
        if let Err(error) = self.store.roll_up(before) {
            events::emit(&Event::RollUpFailed(StoreError::from(error).sqlite_code()));
        }
    }
}
