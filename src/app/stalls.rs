//! Notices threads whose runtime makes no progress: a worker that computes or blocks for a second serves none of its connections.
//!
//! A task in each runtime notes the time every [`BEAT`]; a thread of its own compares these times. The service manager's watchdog is
//! fed by that thread, while no runtime is stalled.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::app::service_manager;
use crate::app::supervisor::EndReporter;
use crate::events::{self, Event};
use crate::metrics::Metrics;
use crate::time;

/// How often a runtime shows that it makes progress, and how often this is checked.
const BEAT: Duration = Duration::from_millis(200);
/// A runtime without progress for longer is stalled: a client notices a second, and nothing that a runtime does takes a tenth of it.
const STALL_TIME: Duration = Duration::from_secs(1);
/// If the checks themselves are this late, the process or the machine was stopped, and no runtime could make progress.
const LATE_CHECK: Duration = Duration::from_millis(500);

/// In place of a time: the runtime has ended.
const ENDED: u64 = u64::MAX;

/// When one runtime showed progress last, in nanoseconds of the watch.
#[derive(Debug, Clone)]
pub(super) struct Pulse {
    last: Arc<AtomicU64>,
    start: Instant,
}

impl Pulse {
    /// Shows progress until it is dropped, with the runtime that it runs in.
    pub(super) async fn run(self) {
        /// Tells the watch that there is nothing to expect any more.
        struct Ending(Arc<AtomicU64>);
        impl Drop for Ending {
            fn drop(&mut self) {
                self.0.store(ENDED, Ordering::Relaxed);
            }
        }
        let ending = Ending(self.last);
        loop {
            ending.0.store(nanoseconds(self.start, time::instant()), Ordering::Relaxed);
            tokio::time::sleep(BEAT).await;
        }
    }
}

fn nanoseconds(start: Instant, now: Instant) -> u64 {
    u64::try_from(now.duration_since(start).as_nanos()).unwrap_or(ENDED - 1)
}

/// A watched runtime.
#[derive(Debug)]
struct Watched {
    thread: String,
    last: Arc<AtomicU64>,
    /// Since when it is stalled, if it is.
    stalled: Option<u64>,
}

/// What a check found.
#[derive(Debug, PartialEq, Eq)]
enum Change {
    /// The runtime of this thread is stalled.
    Stalled(String),
    /// It makes progress again, after this number of seconds.
    Recovered(String, u64),
}

/// Watches runtimes.
#[derive(Debug)]
pub(super) struct StallWatch {
    start: Instant,
    watched: Vec<Watched>,
    checked: u64,
    /// When the process ran again after it was stopped.
    resumed: u64,
}

impl StallWatch {
    pub(super) fn new() -> Self {
        Self { start: time::instant(), watched: Vec::new(), checked: 0, resumed: 0 }
    }

    /// A pulse for the runtime of this thread, which events call by this name. It is expected from its first beat on.
    pub(super) fn pulse(&mut self, thread: &str) -> Pulse {
        let last = Arc::new(AtomicU64::new(ENDED));
        self.watched.push(Watched { thread: thread.to_owned(), last: last.clone(), stalled: None });
        Pulse { last, start: self.start }
    }

    /// Starts the thread that checks and reports, until the process ends.
    ///
    /// # Errors
    /// The operating system refuses a thread.
    pub(super) fn start(mut self, metrics: Arc<Metrics>, reporter: EndReporter) -> std::io::Result<JoinHandle<()>> {
        std::thread::Builder::new().name("stalls".into()).spawn(move || {
            let _reporter = reporter;
            let interval = service_manager::alive_interval();
            let mut fed = self.start;
            loop {
                let now = time::instant();
                for change in self.check(nanoseconds(self.start, now)) {
                    report(&change, &metrics);
                }
                let stalled = self.watched.iter().filter(|watched| watched.stalled.is_some()).count();
                metrics.workers.stalled.set(i64::try_from(stalled).unwrap_or(i64::MAX));
                if stalled == 0 && interval.is_some_and(|interval| now.duration_since(fed) + BEAT >= interval) {
                    service_manager::alive();
                    fed = now;
                }
                std::thread::sleep(BEAT);
            }
        })
    }

    /// Compares the times of all runtimes with this one.
    fn check(&mut self, now: u64) -> Vec<Change> {
        let late = u64::try_from((BEAT + LATE_CHECK).as_nanos()).unwrap_or(u64::MAX);
        if now.saturating_sub(self.checked) >= late {
            self.resumed = now;
        }
        self.checked = now;
        let resumed = self.resumed;
        self.watched.iter_mut().filter_map(|watched| watched.check(now, resumed)).collect()
    }
}

impl Watched {
    fn check(&mut self, now: u64, resumed: u64) -> Option<Change> {
        let last = self.last.load(Ordering::Relaxed);
        let expected = last != ENDED && Duration::from_nanos(now.saturating_sub(last.max(resumed))) >= STALL_TIME;
        match self.stalled {
            None if expected => {
                self.stalled = Some(last);
                Some(Change::Stalled(self.thread.clone()))
            }
            // The process was stopped meanwhile, but the runtime has shown no progress since.
            Some(since) if last != since => {
                self.stalled = None;
                let seconds = Duration::from_nanos(now.saturating_sub(since)).as_secs();
                Some(Change::Recovered(self.thread.clone(), seconds))
            }
            None | Some(_) => None,
        }
    }
}

fn report(change: &Change, metrics: &Metrics) {
    match change {
        Change::Stalled(thread) => {
            metrics.workers.stalls.inc();
            events::emit(&Event::WorkerStalled(thread));
        }
        Change::Recovered(thread, seconds) => events::emit(&Event::WorkerRecovered(thread, *seconds)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;

    /// Checks every 200 ms from `from` to `to`, in seconds.
    fn check(watch: &mut StallWatch, from: f64, to: f64) -> Vec<Change> {
        let (mut now, mut changes) = (from, Vec::new());
        while now <= to {
            changes.extend(watch.check(nanoseconds(watch.start, watch.start + Duration::from_secs_f64(now))));
            now += 0.2;
        }
        changes
    }

    #[test]
    fn a_runtime_that_blocks_is_reported_and_one_that_waits_is_not() {
        let mut watch = StallWatch::new();
        let (blocked, waiting) = (watch.pulse("1"), watch.pulse("2"));
        let start = watch.start;
        let run = |pulse: Pulse, blocks: bool| {
            std::thread::spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                runtime.block_on(async move {
                    tokio::task::spawn(pulse.run());
                    tokio::time::sleep(Duration::from_millis(300)).await;
                    if blocks {
                        std::thread::sleep(Duration::from_millis(2_500));
                    }
                    tokio::time::sleep(Duration::from_millis(if blocks { 1_000 } else { 3_500 })).await;
                });
            })
        };
        let threads = [run(blocked, true), run(waiting, false)];
        let mut changes = Vec::new();
        while threads.iter().any(|thread| !thread.is_finished()) {
            changes.extend(watch.check(nanoseconds(start, time::instant())));
            std::thread::sleep(Duration::from_millis(20));
        }
        let of_blocked = |change: &&Change| match change {
            Change::Stalled(thread) | Change::Recovered(thread, _) => thread == "1",
        };
        let found: Vec<_> = changes.iter().filter(of_blocked).collect();
        assert!(matches!(found[..], [Change::Stalled(_), Change::Recovered(_, 2..)]), "{changes:?}");
        for thread in threads {
            thread.join().unwrap();
        }
        assert!(check(&mut watch, 10.0, 30.0).is_empty(), "a runtime that has ended is not stalled");
    }

    #[test]
    fn a_process_that_was_stopped_has_no_stalled_runtime() {
        let mut watch = StallWatch::new();
        let pulse = watch.pulse("1");
        assert!(check(&mut watch, 0.0, 5.0).is_empty(), "nothing is expected before the first beat");
        pulse.last.store(5 * SECOND, Ordering::Relaxed);
        // Stopped from 5 to 60 seconds.
        assert!(check(&mut watch, 60.0, 60.8).is_empty());
        pulse.last.store(61 * SECOND, Ordering::Relaxed);
        assert!(check(&mut watch, 61.0, 61.8).is_empty());
        // Now it is the runtime.
        assert_eq!(check(&mut watch, 62.0, 63.0), [Change::Stalled("1".into())]);
        // Stopped again, and still stalled after that: reported once.
        assert!(check(&mut watch, 100.0, 104.0).is_empty());
        pulse.last.store(104 * SECOND, Ordering::Relaxed);
        assert_eq!(check(&mut watch, 104.2, 104.8), [Change::Recovered("1".into(), 43)]);
    }
}
