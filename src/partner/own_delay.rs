//! How long this process itself lets something wait that has arrived: a busy thread looks at its sockets late, and the answer of a partner
//! seems to have taken longer than it did.
//!
//! Each thread that serves has one runtime, which runs tasks in turns: it looks at the sockets, runs what has become ready, and looks again.
//! While searches are under way a task measures how long a turn takes. What arrives at any moment of a turn is handled one turn later
//! at most. A thread without searches measures nothing.

use std::cell::Cell;
use std::time::Duration;

use crate::time;

/// Turns that an answer waits: its head arrives in one, and the rest of a short body in the same or in the next one.
const TURNS_OF_AN_ANSWER: f64 = 2.0;

/// How far the estimate follows each turn that was measured.
const FOLLOW: f64 = 0.2;

/// One request in so many measures a turn: a task costs a hundredth of a search.
const REQUESTS_BETWEEN: u32 = 4;

thread_local! {
    static THREAD: TurnEstimate = const { TurnEstimate { seconds: Cell::new(0.0), requests: Cell::new(0), is_measured: Cell::new(false) } };
}

/// What is known of the turns of one thread.
struct TurnEstimate {
    /// How long a turn takes.
    seconds: Cell<f64>,
    /// Requests since a turn was measured.
    requests: Cell<u32>,
    /// Whether a task measures it now.
    is_measured: Cell<bool>,
}

/// Says that it is measured, until it is dropped: with its task, or with the runtime.
struct Measuring;

impl Drop for Measuring {
    fn drop(&mut self) {
        // A thread that ends has no estimate any more.
        THREAD.try_with(|thread| thread.is_measured.set(false)).ok();
    }
}

/// Measures a turn of this thread's runtime now and then. Call this when a request to a partner begins.
pub fn measure() {
    let is_due = THREAD.with(|thread| {
        let requests = thread.requests.get().wrapping_add(1) % REQUESTS_BETWEEN;
        thread.requests.set(requests);
        requests == 1 && !thread.is_measured.replace(true)
    });
    if !is_due {
        return;
    }
    let measuring = Measuring;
    tokio::task::spawn(async move {
        let _measuring = measuring;
        let begun = time::instant();
        tokio::task::yield_now().await;
        let turn = time::instant().duration_since(begun).as_secs_f64();
        THREAD.with(|thread| thread.seconds.set(thread.seconds.get() + FOLLOW * (turn - thread.seconds.get())));
    });
}

/// How long this thread lets the answer of a partner wait at present.
#[must_use]
pub fn of_an_answer() -> Duration {
    Duration::from_secs_f64(THREAD.with(|thread| thread.seconds.get()) * TURNS_OF_AN_ANSWER)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The estimate of a thread after some requests, while another task keeps it busy or not.
    fn estimate(is_busy: bool) -> Duration {
        let run = move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                if is_busy {
                    tokio::task::spawn(std::future::poll_fn(|context| {
                        std::thread::sleep(Duration::from_millis(1));
                        context.waker().wake_by_ref();
                        std::task::Poll::<()>::Pending
                    }));
                }
                for _ in 0..20 {
                    (0..REQUESTS_BETWEEN).for_each(|_| measure());
                    tokio::task::yield_now().await;
                }
            });
            // The runtime may end while a turn is measured.
            measure_in(&runtime);
            drop(runtime);
            assert!(!THREAD.with(|thread| thread.is_measured.get()));
            of_an_answer()
        };
        std::thread::spawn(run).join().unwrap()
    }

    fn measure_in(runtime: &tokio::runtime::Runtime) {
        let _entered = runtime.enter();
        (0..REQUESTS_BETWEEN).for_each(|_| measure());
    }

    #[test]
    fn answers_wait_for_a_busy_thread_and_for_no_other() {
        let (busy, idle) = (estimate(true), estimate(false));
        assert!(busy >= Duration::from_millis(20), "{busy:?}");
        assert!(idle < Duration::from_millis(10), "{idle:?}");
        assert_eq!(of_an_answer(), Duration::ZERO, "other threads have estimates of their own");
    }
}
