//! Rates: the generic cell rate algorithm (ITU-T I.371, annex A.1, virtual scheduling). Its whole state is one point in time.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

const NANOSECONDS_PER_MINUTE: u64 = 60_000_000_000;

/// A rate with a burst: `burst` at once, then one for each `interval`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Nanoseconds between two: the emission interval.
    interval: u64,
    burst: u32,
}

impl Rate {
    /// `per_minute` on average, and `burst` at once. Zero counts as one.
    #[must_use]
    pub fn per_minute(per_minute: u32, burst: u32) -> Self {
        Self { interval: NANOSECONDS_PER_MINUTE / u64::from(per_minute.max(1)), burst: burst.max(1) }
    }

    /// At most `n` within any hour: half of them at once, and then one for each interval. Two are the least.
    #[must_use]
    pub fn within_an_hour(n: u32) -> Self {
        let half = (n / 2).max(1);
        Self { interval: NANOSECONDS_PER_MINUTE * 60 / u64::from(half), burst: half }
    }

    /// How many may come at once: the quota of a window.
    #[must_use]
    pub fn burst(self) -> u32 {
        self.burst
    }

    /// The time after which a burst is possible again, in seconds, rounded up: the window of the quota.
    #[must_use]
    pub fn window_seconds(self) -> u64 {
        self.interval.saturating_mul(self.burst.into()).div_ceil(1_000_000_000).max(1)
    }

    /// The rate of what comes `on_average` times more rarely, and of a burst `at_once` times smaller.
    #[must_use]
    pub(super) fn divided(self, on_average: u32, at_once: u32) -> Self {
        Self {
            interval: self.interval.saturating_mul(on_average.max(1).into()),
            burst: (self.burst / at_once.max(1)).max(1),
        }
    }

    /// The same for `n` clients together.
    #[must_use]
    pub(super) fn times(self, n: u32) -> Self {
        Self { interval: self.interval / u64::from(n.max(1)), burst: self.burst.saturating_mul(n) }
    }
}

/// How far a client has used up one rate.
#[derive(Debug, Default)]
pub struct RateState {
    /// The theoretical arrival time of the next one, in nanoseconds since the process started.
    next: AtomicU64,
}

impl RateState {
    /// The time after which one would be admitted; zero if that is at once. Nothing is used up.
    #[must_use]
    pub fn wait(&self, rate: Rate, now: u64) -> Duration {
        let tolerance = rate.interval.saturating_mul(u64::from(rate.burst) - 1);
        let ahead = self.next.load(Ordering::Relaxed).saturating_sub(now);
        Duration::from_nanos(ahead.saturating_sub(tolerance))
    }

    /// Whether anything was ever admitted.
    #[must_use]
    pub fn was_used(&self) -> bool {
        self.next.load(Ordering::Relaxed) > 0
    }

    /// Admits one at the time `now`, in nanoseconds since the process started.
    ///
    /// # Errors
    /// Nothing is used up, and the time after which one would be admitted is returned.
    pub fn admit(&self, rate: Rate, now: u64) -> Result<(), Duration> {
        let tolerance = rate.interval.saturating_mul(u64::from(rate.burst) - 1);
        let mut next = self.next.load(Ordering::Relaxed);
        loop {
            let due = next.max(now);
            let early = (due - now).saturating_sub(tolerance);
            if early > 0 {
                return Err(Duration::from_nanos(early));
            }
            let after = due.saturating_add(rate.interval);
            match self.next.compare_exchange_weak(next, after, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => return Ok(()),
                Err(current) => next = current,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SECOND: u64 = 1_000_000_000;

    #[test]
    fn admits_a_burst_and_then_the_rate() {
        let (rate, state) = (Rate::per_minute(60, 3), RateState::default());
        let admitted = |now: u64| (0..10).filter(|_| state.admit(rate, now).is_ok()).count();
        assert_eq!(admitted(0), 3);
        assert_eq!(state.admit(rate, 0), Err(Duration::from_secs(1)));
        assert_eq!(admitted(SECOND), 1);
        assert_eq!(admitted(3 * SECOND), 2);
        assert_eq!(admitted(1_000 * SECOND), 3, "what is not used is not saved beyond the burst");
        assert_eq!(rate.window_seconds(), 3);
        assert_eq!(rate.divided(5, 2), Rate::per_minute(12, 1));
        assert_eq!(rate.divided(2, 100).burst(), 1, "never none at all");
        assert_eq!(Rate::per_minute(1_200, 600).window_seconds(), 30);
    }

    #[test]
    fn no_hour_has_more_than_the_rate_of_an_hour() {
        for n in [2, 60, 61, 10_000] {
            let (rate, state) = (Rate::within_an_hour(n), RateState::default());
            let admitted = (0..3_600).flat_map(|second| (0..100).map(move |_| second * SECOND));
            let admitted = admitted.filter(|now| state.admit(rate, *now).is_ok()).count();
            assert!(admitted <= n as usize && admitted + 2 >= n as usize, "{n}: {admitted}");
        }
    }

    #[test]
    fn threads_cannot_exceed_it_together() {
        let (rate, state) = (Rate::per_minute(1, 1_000), RateState::default());
        let admit = || (0..5_000).filter(|_| state.admit(rate, 7).is_ok()).count();
        let admitted: usize = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(admit)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).sum()
        });
        assert_eq!(admitted, 1_000);
    }

    proptest! {
        /// In every stretch of time at most the burst and one for each interval.
        #[test]
        fn no_stretch_of_time_has_more(
            per_minute in 1_u32..10_000, burst in 1_u32..100,
            pauses in proptest::collection::vec(0_u64..2 * SECOND, 1..300),
        ) {
            let (rate, state) = (Rate::per_minute(per_minute, burst), RateState::default());
            let (mut now, mut admitted) = (0, Vec::new());
            for pause in pauses {
                now += pause;
                let is_due = state.wait(rate, now).is_zero();
                match state.admit(rate, now) {
                    Ok(()) => {
                        prop_assert!(is_due && state.was_used());
                        admitted.push(now);
                    }
                    Err(expected) => {
                        prop_assert!(state.wait(rate, now) == expected && state.was_used());
                        let wait = u64::try_from(expected.as_nanos()).unwrap();
                        prop_assert!(wait > 0 && wait <= rate.interval);
                    }
                }
            }
            for (first, start) in admitted.iter().enumerate() {
                for (last, end) in admitted.iter().enumerate().skip(first) {
                    let most = u64::from(burst) + (end - start) / rate.interval;
                    prop_assert!((last - first + 1) as u64 <= most);
                }
            }
        }
    }
}
