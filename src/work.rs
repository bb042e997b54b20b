//! Bounds what one answer of a partner may cost, and how long a thread works for it without doing something for others.
//!
//! Work is counted, not measured: its units are the nanoseconds that it takes a usual server core, by the constants of whoever
//! counts. The same answer thus costs the same under any load.
//!
//! Yielding alone would not do: a worker thread that has a hundred dear answers looks at its connections once per round, after all
//! of them did a slice. So the answers of one partner that turn out to be dear work in turns, in its [`WorkLane`], and on threads
//! of their own with a low priority: a thread that always has work waits for its processor like any other busy program, and
//! everybody whom it serves would wait with it.

use std::sync::{Arc, LazyLock};

use tokio::runtime::Runtime;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::process;

/// Work after which an answer lets others have the thread: a quarter of a millisecond. A search goes through a dozen tasks, each of
/// which may have to wait for one slice. Where other programs use the cores, too, each turn that passes to another thread costs
/// milliseconds: shorter slices made four pages take more than ten seconds beside two busy programs.
pub const SLICE: u64 = 250_000;

/// Work that is done at once on a thread for dear answers, where it delays nobody else. Each turn costs two changes of the thread.
const DEAR_SLICE: u64 = 8 * SLICE;

/// How much lower the priority of threads for dear answers is: a third of the share that other threads get of a busy core. With a tenth, a
/// page that takes 150 ms would exceed its timeout beside two busy programs.
const NICENESS: i32 = 5;

/// Work of an answer that needs no turn: four slices. A page of 100 KB with 20 results costs less.
const UNSHARED: u64 = 4 * SLICE;

/// Most work of one answer: 150 milliseconds. The largest page of results that was measured, 250 KB with 3,900 elements, costs
/// 5 milliseconds, and 8 MB of JSON 75.
pub const BUDGET: u64 = 150_000_000;

/// Limits how many dear answers of one partner are worked on at once: one for each core.
#[derive(Debug, Clone)]
pub struct WorkLane(Arc<Semaphore>);

impl Default for WorkLane {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(process::available_processors())))
    }
}

/// The threads for dear answers, of which there are as many as cores. Only the runtime's threads for blocking work are used.
static THREADS: LazyLock<Option<Runtime>> = LazyLock::new(|| {
    let lower_priority = || {
        // Only a delay, if it cannot be lowered.
        rustix::process::setpriority_process(None, NICENESS).ok();
    };
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder
        .max_blocking_threads(process::available_processors())
        .thread_name("dear-answers")
        .on_thread_start(lower_priority);
    builder.build().ok()
});

/// The right to do a slice of work, until it is dropped.
#[derive(Debug)]
pub struct WorkTurn {
    /// A place in the lane, for a dear answer.
    place: Option<OwnedSemaphorePermit>,
}

impl WorkTurn {
    /// How much should be done in this turn.
    #[must_use]
    pub fn slice(&self) -> u64 {
        if self.place.is_some() { DEAR_SLICE } else { SLICE }
    }

    /// Does a slice of work, on a thread of its own if the answer is dear.
    ///
    /// # Errors
    /// [`WorkLost`].
    pub async fn run<T: Send + 'static>(self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, WorkLost> {
        if self.place.is_none() {
            return Ok(work());
        }
        self.run_aside(work).await
    }

    /// The same, on a thread of its own in any case.
    ///
    /// # Errors
    /// [`WorkLost`].
    pub async fn run_aside<T: Send + 'static>(self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, WorkLost> {
        let Some(threads) = THREADS.as_ref() else { return Ok(work()) };
        let running = threads.spawn_blocking(move || {
            let (_turn, _clear) = (self, ClearStack);
            work()
        });
        running.await.map_err(|_| WorkLost)
    }
}

/// Clears the stack of the thread when work has ended, also by a panic: the thread may end, and the C library keeps its stack for another
/// one.
struct ClearStack;

impl Drop for ClearStack {
    fn drop(&mut self) {
        process::clear_stack();
    }
}

/// The work panicked on its thread; the panic was reported there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WorkLost;

/// The answer costs more than [`BUDGET`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BudgetExceeded;

/// The work for one answer.
#[derive(Debug)]
pub struct AnswerWork {
    lane: WorkLane,
    done: u64,
    /// Work since others had the thread.
    since_yield: u64,
}

impl AnswerWork {
    /// No work so far, for an answer of the partner of this lane.
    #[must_use]
    pub fn new(lane: WorkLane) -> Self {
        Self { lane, done: 0, since_yield: 0 }
    }

    /// Waits until the next slice may be done. A slice must not wait for anything before its turn is dropped.
    pub async fn turn(&mut self) -> WorkTurn {
        if self.since_yield >= SLICE {
            tokio::task::yield_now().await;
            self.since_yield = 0;
        }
        if self.done < UNSHARED {
            return WorkTurn { place: None };
        }
        // The semaphore is never closed.
        WorkTurn { place: self.lane.0.clone().acquire_owned().await.ok() }
    }

    /// Counts work that was done, or is about to be.
    ///
    /// # Errors
    /// [`BudgetExceeded`]. No more must be done then.
    pub fn charge(&mut self, work: u64) -> Result<(), BudgetExceeded> {
        self.done = self.done.saturating_add(work);
        self.since_yield = self.since_yield.saturating_add(work);
        if self.done > BUDGET { Err(BudgetExceeded) } else { Ok(()) }
    }
}

/// The work of this many units of something, each of which costs `each`.
#[must_use]
pub fn work_of(count: usize, each: u64) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX).saturating_mul(each)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;
    use std::pin::Pin;
    use std::rc::Rc;
    use std::task::Poll;

    fn run(task: impl Future<Output = ()>) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        tokio::task::LocalSet::new().block_on(&runtime, task);
    }

    async fn is_pending(turn: &mut (impl Future + Unpin)) -> bool {
        std::future::poll_fn(|context| Poll::Ready(Pin::new(&mut *turn).poll(context).is_pending())).await
    }

    #[test]
    fn the_budget_is_exact_and_final() {
        let mut work = AnswerWork::new(WorkLane::default());
        assert_eq!(work.charge(BUDGET), Ok(()));
        assert_eq!(work.charge(1), Err(BudgetExceeded));
        assert_eq!(work.charge(u64::MAX), Err(BudgetExceeded));
        assert_eq!((work_of(3, 5), work_of(usize::MAX, u64::MAX)), (15, u64::MAX));
    }

    #[test]
    fn an_answer_yields_between_slices() {
        run(async {
            let others = Rc::new(Cell::new(0));
            let counted = others.clone();
            let other = tokio::task::spawn_local(async move {
                loop {
                    counted.set(counted.get() + 1);
                    tokio::task::yield_now().await;
                }
            });
            let mut work = AnswerWork::new(WorkLane::default());
            for _ in 0..20 {
                drop(work.turn().await);
                work.charge(SLICE).unwrap();
            }
            assert!(others.get() >= 19, "others ran {} times", others.get());
            other.abort();
        });
    }

    #[test]
    fn dear_answers_of_a_partner_take_turns_and_those_of_another_do_not_wait() {
        run(async {
            let lane = WorkLane(Arc::new(Semaphore::new(1)));
            let mut dear = AnswerWork::new(lane.clone());
            dear.charge(UNSHARED).unwrap();
            let turn = dear.turn().await;
            let mut other = AnswerWork::new(lane.clone());
            assert!(other.turn().await.place.is_none(), "a cheap answer needs no turn");
            other.charge(UNSHARED).unwrap();
            let mut waiting = Box::pin(other.turn());
            assert!(is_pending(&mut waiting).await);
            assert!(is_pending(&mut waiting).await);
            let mut of_another_partner = AnswerWork::new(WorkLane::default());
            of_another_partner.charge(UNSHARED).unwrap();
            assert!(of_another_partner.turn().await.place.is_some());
            drop(turn);
            assert!(waiting.await.place.is_some());
        });
    }
}
