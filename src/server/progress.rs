//! Progress of answers: how much of them a client has taken, and how long it may keep the rest waiting.
//!
//! What keeps an answer is that its bytes move, not that the connection is alive: over HTTP/2 a client can open no window for a
//! stream and send a PING every second. So the time is measured at the bytes of each answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::task::Context;
use std::time::{Duration, Instant};

use futures_util::task::AtomicWaker;

use crate::server::in_flight::InFlightRequests;
use crate::time;

/// How slowly a client may take an answer.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// How long it may take nothing.
    pub stall_time: Duration,
    /// What it must take on average, in bytes a second.
    pub bytes_per_second: u32,
}

/// How much longer a client may keep bytes waiting: a leaky bucket that time empties and bytes that move fill again.
#[derive(Debug)]
pub(super) struct Allowance {
    pace: Pace,
    left: Duration,
}

impl Allowance {
    pub(super) fn new(pace: Pace) -> Self {
        Self { pace, left: pace.stall_time }
    }

    /// Bytes have waited for this long.
    pub(super) fn wait(&mut self, waited: Duration) {
        self.left = self.left.saturating_sub(waited);
    }

    /// The client has taken bytes. `answers` is how many answers of its connection wait: each gets its part of what moves.
    pub(super) fn refill(&mut self, bytes: u64, answers: usize) {
        let answers = u64::try_from(answers).unwrap_or(u64::MAX).max(1);
        let rate = u64::from(self.pace.bytes_per_second.max(1));
        let earned = Duration::from_millis(bytes.saturating_mul(1_000).saturating_mul(answers) / rate);
        self.left = self.left.saturating_add(earned).min(self.pace.stall_time);
    }

    /// How much longer bytes may wait.
    pub(super) fn left(&self) -> Duration {
        self.left
    }
}

/// The progress of all answers on an HTTP/2 connection.
#[derive(Debug)]
pub(super) struct ConnectionProgress {
    /// The requests that are being answered.
    in_flight: InFlightRequests,
    started: Instant,
    /// When a request began or a byte of an answer moved, in milliseconds from `started`.
    moved_at: AtomicU64,
    /// Since when the socket takes no bytes, in milliseconds from `started`, plus one; 0 while it takes some.
    blocked_since: AtomicU64,
    /// For how long it took none before that, in milliseconds.
    blocked: AtomicU64,
    /// The answers that wait for the client.
    waiting: AtomicUsize,
}

impl ConnectionProgress {
    pub(super) fn new(in_flight: InFlightRequests) -> Arc<Self> {
        let [moved_at, blocked_since, blocked] = [const { AtomicU64::new(0) }; 3];
        let waiting = AtomicUsize::new(0);
        Arc::new(Self { in_flight, started: time::instant(), moved_at, blocked_since, blocked, waiting })
    }

    fn now(&self) -> u64 {
        let elapsed = time::instant().saturating_duration_since(self.started);
        u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX)
    }

    /// Notes that a request began or a byte of an answer moved.
    pub(super) fn moved(&self) {
        self.moved_at.store(self.now(), Ordering::Relaxed);
    }

    /// Notes whether the socket takes bytes.
    pub(super) fn set_blocked(&self, is_blocked: bool) {
        let since = self.blocked_since.load(Ordering::Relaxed);
        if is_blocked && since == 0 {
            self.blocked_since.store(self.now() + 1, Ordering::Relaxed);
        } else if !is_blocked && since > 0 {
            self.blocked.fetch_add(self.now().saturating_sub(since - 1), Ordering::Relaxed);
            self.blocked_since.store(0, Ordering::Relaxed);
        }
    }

    /// The age of the connection without the time in which the socket took no bytes: then all answers wait for the connection,
    /// which has an allowance of its own, and not for their windows.
    pub(super) fn unblocked_time(&self) -> Duration {
        let (now, since) = (self.now(), self.blocked_since.load(Ordering::Relaxed));
        let current = if since == 0 { 0 } else { now.saturating_sub(since - 1) };
        Duration::from_millis(now.saturating_sub(current).saturating_sub(self.blocked.load(Ordering::Relaxed)))
    }

    /// The answers that wait for the client.
    pub(super) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    /// Waits until no request was in flight, none began and no byte of an answer moved for `idle_time`.
    pub(super) async fn idle(&self, idle_time: Duration) {
        loop {
            if self.in_flight.any() {
                self.moved();
            }
            let idle = Duration::from_millis(self.now().saturating_sub(self.moved_at.load(Ordering::Relaxed)));
            match idle_time.checked_sub(idle) {
                Some(left) if !left.is_zero() => tokio::time::sleep(left).await,
                Some(_) | None => return,
            }
        }
    }
}

/// The progress of one answer on an HTTP/2 connection.
#[derive(Debug)]
pub(super) struct AnswerProgress {
    pub(super) connection: Arc<ConnectionProgress>,
    /// Bytes handed over to be sent.
    given: AtomicU64,
    /// Bytes of those that were written to the socket.
    taken: AtomicU64,
    waker: AtomicWaker,
}

impl AnswerProgress {
    pub(super) fn new(connection: Arc<ConnectionProgress>) -> Arc<Self> {
        let [given, taken] = [const { AtomicU64::new(0) }; 2];
        Arc::new(Self { connection, given, taken, waker: AtomicWaker::new() })
    }

    /// Notes that bytes were handed over to be sent.
    pub(super) fn give(&self, bytes: usize) {
        if self.outstanding() == 0 && bytes > 0 {
            self.connection.waiting.fetch_add(1, Ordering::Relaxed);
        }
        self.given.fetch_add(u64::try_from(bytes).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// Notes that bytes were written, or will never be. Wakes the answer.
    pub(super) fn take(&self, bytes: usize) {
        if bytes == 0 {
            return;
        }
        self.taken.fetch_add(u64::try_from(bytes).unwrap_or(u64::MAX), Ordering::Relaxed);
        if self.outstanding() == 0 {
            self.connection.waiting.fetch_sub(1, Ordering::Relaxed);
        }
        self.connection.moved();
        self.waker.wake();
    }

    /// Bytes that were written.
    pub(super) fn taken(&self) -> u64 {
        self.taken.load(Ordering::Relaxed)
    }

    /// Bytes that were handed over and not written.
    pub(super) fn outstanding(&self) -> u64 {
        self.given.load(Ordering::Relaxed).saturating_sub(self.taken())
    }

    /// Wakes this task when bytes are written.
    pub(super) fn wake_when_taken(&self, context: &Context<'_>) {
        self.waker.register(context.waker());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PACE: Pace = Pace { stall_time: Duration::from_secs(60), bytes_per_second: 250 };

    /// The seconds after which an answer of `size` bytes ends, and whether all of it was taken, if `bytes` move every `period` seconds.
    fn answer(size: u64, bytes: u64, period: u64, answers: usize) -> (u64, bool) {
        let (mut allowance, mut taken, mut seconds) = (Allowance::new(PACE), 0, 0);
        while taken < size {
            let waited = Duration::from_secs(period).min(allowance.left());
            allowance.wait(waited);
            seconds += waited.as_secs();
            if allowance.left().is_zero() {
                return (seconds, false);
            }
            taken += bytes;
            allowance.refill(bytes, answers);
        }
        (seconds, true)
    }

    #[test]
    fn a_slow_line_gets_its_answer_and_a_stalled_one_ends() {
        assert_eq!(answer(300_000, 2_000, 1, 1), (150, true), "2 kB/s");
        assert_eq!(answer(300_000, 65_536, 33, 1), (165, true), "2 kB/s in large pieces");
        assert_eq!(answer(300_000, 250, 1, 1), (1_200, true), "just fast enough");
        assert_eq!(answer(300_000, 0, 60, 1), (60, false));
        let (seconds, complete) = answer(300_000, 1, 1, 1);
        assert!(!complete && seconds <= 61, "{seconds}");
        assert_eq!(answer(30_000, 20, 1, 20), (1_500, true), "20 answers share a line");
        assert!(!answer(30_000, 1, 1, 20).1);
    }

    proptest! {
        /// Whatever a client does, its answer has ended after the time that the pace grants for its bytes.
        #[test]
        fn no_answer_waits_longer_than_its_bytes_allow(
            steps in proptest::collection::vec((0_u64..120, 0_u64..50_000), 1..100)
        ) {
            let (mut allowance, mut waited, mut moved) = (Allowance::new(PACE), 0, 0);
            for (seconds, bytes) in steps {
                let left = allowance.left();
                allowance.wait(Duration::from_secs(seconds));
                if allowance.left().is_zero() {
                    waited += left.as_secs() + 1;
                    break;
                }
                waited += seconds;
                moved += bytes;
                allowance.refill(bytes, 1);
            }
            prop_assert!(waited <= 61 + moved / 250);
        }
    }

    #[test]
    fn counts_what_waits() {
        let connection = ConnectionProgress::new(InFlightRequests::default());
        let [first, second] = [(); 2].map(|()| AnswerProgress::new(connection.clone()));
        first.give(10);
        first.give(5);
        second.give(1);
        assert_eq!((connection.waiting(), first.outstanding()), (2, 15));
        first.take(15);
        second.take(0);
        assert_eq!((connection.waiting(), first.outstanding(), second.outstanding()), (1, 0, 1));
    }
}
