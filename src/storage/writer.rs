//! The ledger: counts on their way to the disk. Increments are merged by cell in memory; one thread
//! writes them as batches, each in one transaction with its sequence number. Whoever waits for a commit
//! shares it with all who came in the meantime (group commit). A batch stays in hand until the store has
//! acknowledged it, so a failed try is repeated and lands once. Memory is bounded by the number of cells.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tokio::sync::{oneshot, watch};

use crate::counts::cells::Cell;
use crate::events::{self, Event};
use crate::storage::sqlite::{SqliteStore, StatementVersions, Sums};
use crate::time::{self, Day, Hour};

/// How long counts that nobody waits for may stay in memory: the most that a crash can lose of them
/// (searches; clicks are waited for). A second keeps the disk quiet at no visible delay in reports.
const FLUSH: Duration = Duration::from_secs(1);
/// How often the write-ahead log is emptied; the contract allows a minute at most.
const EMPTY_LOG: Duration = Duration::from_secs(30);
/// When it is said that a reader keeps the log from being emptied.
const LOG_LATE: Duration = Duration::from_secs(60);
/// How often it is looked for hours that are old enough to be made into days; first after as much, so that a machine whose
/// clock is set right soon after its start loses no hours to a wrong one.
pub(crate) const FOLD: Duration = Duration::from_secs(3_600);
/// How long hours are kept: two years to compare, and the month that is closed last.
const MONTHS_BY_HOUR: i32 = 25;
/// Pause before a failed batch is tried again.
const RETRY: Duration = Duration::from_millis(200);
/// How long a privacy statement waits for a writer that is busy with a store which refuses its batch: as long
/// as a batch waits for another process's lock.
const PUBLISH: Duration = Duration::from_secs(5);

/// The handle that counts are added through.
#[derive(Debug, Clone)]
pub struct CountWriter(Arc<WriterShared>);

#[derive(Debug)]
struct WriterShared {
    pending: Mutex<Pending>,
    wake: Condvar,
    /// The number of the last batch that is on disk, among those of this process.
    committed: watch::Sender<u64>,
    healthy: AtomicBool,
    batches: AtomicU64,
    retries: AtomicU64,
}

#[derive(Debug, Default)]
struct Pending {
    sums: Sums,
    /// The number that these sums will be committed under.
    batch: u64,
    /// Someone waits for them.
    wanted: bool,
    publish: Option<Publish>,
    closing: Option<Instant>,
}

/// A privacy statement on its way to the disk, and who waits for it.
#[derive(Debug)]
struct Publish {
    statement: String,
    day: Day,
    answer: oneshot::Sender<rusqlite::Result<StatementVersions>>,
}

/// A count on its way to the disk. The ledger keeps nothing for it, so that clicks which wait for a store
/// that is down cost no memory.
#[derive(Debug)]
pub struct Committed {
    batch: u64,
    committed: watch::Receiver<u64>,
}

impl Committed {
    /// Waits for the commit; false where the writer is gone and it will not come.
    pub async fn wait(mut self) -> bool {
        self.committed.wait_for(|done| *done >= self.batch).await.is_ok()
    }
}

/// Numbers for the metrics.
#[derive(Debug, Clone, Copy)]
pub struct WriterHealth {
    /// The last batch was taken.
    pub writable: bool,
    /// Batches committed since the start.
    pub batches: u64,
    /// Tries that failed.
    pub retries: u64,
    /// Cells waiting in memory.
    pub pending: usize,
}

impl CountWriter {
    /// Starts the writer over an open store.
    ///
    /// # Errors
    /// The store's, or the thread's, in words.
    pub fn start(store: SqliteStore) -> Result<(Self, WriterThread), String> {
        let sequence = store.last_sequence().map_err(|error| error.to_string())?;
        let shared = Arc::new(WriterShared {
            pending: Mutex::new(Pending { batch: 1, ..Pending::default() }),
            committed: watch::Sender::new(0),
            wake: Condvar::new(),
            healthy: AtomicBool::new(true),
            batches: AtomicU64::new(0),
            retries: AtomicU64::new(0),
        });
        let now = time::instant();
        let state = WriterState {
            shared: shared.clone(),
            store,
            sequence,
            emptied: now,
            tried: now,
            folded: now,
            log_told: false,
        };
        let thread = std::thread::Builder::new().name("ledger".into());
        let thread = thread.spawn(move || state.run()).map_err(|error| error.to_string())?;
        Ok((Self(shared.clone()), WriterThread { shared, thread }))
    }

    /// Adds one to a cell; committed within about a second.
    pub fn add(&self, cell: Cell) {
        self.add_many([(cell, 1)]);
    }

    /// Adds to these cells; committed within about a second, in one batch.
    pub fn add_many(&self, cells: impl IntoIterator<Item = (Cell, u64)>) {
        let mut pending = self.0.lock();
        cells.into_iter().for_each(|(cell, n)| add(&mut pending, cell, n));
    }

    /// Adds to these cells and has them committed at once, in one batch. The counts are in hand when this returns,
    /// whether or not anyone waits for the commit. Whoever adds nothing waits for what others added before.
    #[must_use]
    pub fn add_and_commit(&self, cells: impl IntoIterator<Item = (Cell, u64)>) -> Committed {
        let batch = {
            let mut pending = self.0.lock();
            cells.into_iter().for_each(|(cell, n)| add(&mut pending, cell, n));
            pending.wanted = true;
            pending.batch
        };
        self.0.wake.notify_one();
        Committed { batch, committed: self.0.committed.subscribe() }
    }

    /// Has the store take a privacy statement, as [`SqliteStore::publish`] does. For one caller at a time. None where
    /// the store refuses it or its writer does not come to it: nothing is in the store then.
    pub async fn publish(&self, statement: String, day: Day) -> Option<StatementVersions> {
        let (answer, mut answered) = oneshot::channel();
        self.0.lock().publish = Some(Publish { statement, day, answer });
        self.0.wake.notify_one();
        if let Ok(answer) = tokio::time::timeout(PUBLISH, &mut answered).await {
            return answer.ok()?.ok();
        }
        // What the writer has not taken up is taken back; once it has, it tries once, so its answer is near.
        let waiting = self.0.lock().publish.take();
        if waiting.is_some() { None } else { answered.await.ok()?.ok() }
    }

    /// How the writer fares.
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

/// The first hour that is kept as one; older ones are made into days.
pub(crate) fn folded_before(today: Day) -> Option<Hour> {
    let months = jiff::Span::new().months(MONTHS_BY_HOUR);
    Some(Day::from_date(today.first_of_month().date().checked_sub(months).ok()?).first_hour())
}

fn add(pending: &mut Pending, cell: Cell, n: u64) {
    let sum = pending.sums.entry(cell).or_default();
    *sum = sum.saturating_add(n);
}

/// The writer's end, held by whoever started it.
#[derive(Debug)]
pub struct WriterThread {
    shared: Arc<WriterShared>,
    thread: JoinHandle<u64>,
}

impl WriterThread {
    /// False if the thread has ended, which before [`WriterThread::close`] only a panic can cause.
    #[must_use]
    pub fn is_running(&self) -> bool {
        !self.thread.is_finished()
    }

    /// Commits what is in hand and closes the store, trying until the deadline. Returns how many counts
    /// no store took.
    #[must_use]
    pub fn close(self, within: Duration) -> u64 {
        self.shared.lock().closing = Some(time::instant() + within);
        self.shared.wake.notify_one();
        self.thread.join().unwrap_or(u64::MAX)
    }
}

impl WriterShared {
    /// A panic elsewhere cannot leave sums half added, so a poisoned lock is good to go on with.
    fn lock(&self) -> MutexGuard<'_, Pending> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct WriterState {
    shared: Arc<WriterShared>,
    store: SqliteStore,
    sequence: u64,
    /// When the log was last cut to nothing, and when that was last tried.
    emptied: Instant,
    tried: Instant,
    /// When it was last looked for old hours.
    folded: Instant,
    log_told: bool,
}

impl Drop for WriterState {
    /// Also where the thread panics: readiness must not outlive the writer.
    fn drop(&mut self) {
        self.shared.healthy.store(false, Ordering::Relaxed);
    }
}

impl WriterState {
    fn run(mut self) -> u64 {
        loop {
            let (mut batch, closing) = self.next();
            // Before the counts, which are tried for as long as the store refuses them.
            if let Some(Publish { statement, day, answer }) = batch.publish.take() {
                answer.send(self.store.publish(&statement, day)).ok();
            }
            let unsaved = self.commit(batch);
            if unsaved > 0 {
                return unsaved;
            }
            self.empty_log(closing);
            if closing {
                return 0;
            }
            self.fold();
        }
    }

    /// Empties the log when its time has come. A reader that is in the way is not waited for: clicks
    /// come first, and the next second tries again.
    fn empty_log(&mut self, closing: bool) {
        let now = time::instant();
        let due = now.duration_since(self.emptied) >= EMPTY_LOG && now.duration_since(self.tried) >= FLUSH;
        if !closing && !due {
            return;
        }
        self.tried = now;
        if self.store.empty_log().unwrap_or(false) {
            self.emptied = now;
            self.log_told = false;
        } else if now.duration_since(self.emptied) >= LOG_LATE && !self.log_told {
            self.log_told = true;
            events::emit(&Event::LogKept);
        }
    }

    /// Makes days of hours that are older than [`MONTHS_BY_HOUR`]. What fails is done the next time: nothing waits for it.
    fn fold(&mut self) {
        let now = time::instant();
        if now.duration_since(self.folded) < FOLD {
            return;
        }
        self.folded = now;
        if let Some(before) = folded_before(time::now().day()) {
            self.store.fold(before).ok();
        }
    }

    /// Sleeps until someone waits for a commit, [`FLUSH`] has passed or the end has come, then takes all
    /// that is pending.
    fn next(&self) -> (Pending, bool) {
        let pending = self.shared.lock();
        let idle = |pending: &mut Pending| !pending.wanted && pending.publish.is_none() && pending.closing.is_none();
        let (mut pending, _) =
            self.shared.wake.wait_timeout_while(pending, FLUSH, idle).unwrap_or_else(PoisonError::into_inner);
        let closing = pending.closing.is_some();
        let next = Pending { batch: pending.batch + 1, closing: pending.closing, ..Pending::default() };
        (std::mem::replace(&mut *pending, next), closing)
    }

    /// Tries a batch until the store has it. Returns what is lost, which only a deadline can bring about.
    fn commit(&mut self, batch: Pending) -> u64 {
        if batch.sums.is_empty() {
            // Whoever waits without having added anything waits for those before.
            self.shared.committed.send_replace(batch.batch);
            return 0;
        }
        self.sequence += 1;
        loop {
            match self.store.apply(self.sequence, &batch.sums) {
                Ok(_) => break,
                Err(error) => self.failed(&error),
            }
            // On a full disk its own log may be what is in the way.
            self.store.empty_log().ok();
            if self.shared.lock().closing.is_some_and(|deadline| time::instant() >= deadline) {
                let late: u64 = self.shared.lock().sums.values().sum();
                return batch.sums.values().sum::<u64>().saturating_add(late);
            }
            std::thread::sleep(RETRY);
        }
        self.shared.batches.fetch_add(1, Ordering::Relaxed);
        if !self.shared.healthy.swap(true, Ordering::Relaxed) {
            events::emit(&Event::StoreRecovered);
        }
        self.shared.committed.send_replace(batch.batch);
        0
    }

    fn failed(&self, error: &rusqlite::Error) {
        self.shared.retries.fetch_add(1, Ordering::Relaxed);
        if self.shared.healthy.swap(false, Ordering::Relaxed) {
            events::emit(&Event::StoreFailed(error.sqlite_error().map_or(0, |error| error.extended_code)));
        }
    }
}

#[cfg(test)]
mod tests;
