//! Which client clicked which target a moment ago, in memory only, so that a repeated click is not counted again. A click is
//! forgotten by time, whether or not another one comes: after two windows at most, and when the key of its hash is redrawn.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Clicks that are remembered in each of two generations: some 20 MB in all at most. At one window of 10 seconds that is more
/// than 20,000 clicks a second, which the disk does not take.
const MAX_CLICKS: usize = 250_000;

/// The clicks that were counted within the window.
#[derive(Debug, Default)]
pub(super) struct RecentClicks(Mutex<Generations>);

/// Clicks with the time at which they were counted, in nanoseconds.
#[derive(Debug, Default)]
struct Generations {
    young: HashMap<u64, u64>,
    old: HashMap<u64, u64>,
    /// When the young generation began.
    since: u64,
    /// The window of the latest click, in nanoseconds.
    window: u64,
}

impl RecentClicks {
    /// Whether a click with this key was counted less than `window` before `now`, in nanoseconds. If not, this one is
    /// remembered as counted now. A repeated click does not prolong the window: several people behind one address may open
    /// the same page, and one of them counts in each window.
    pub(super) fn is_repeated(&self, key: u64, now: u64, window: Duration) -> bool {
        let window = u64::try_from(window.as_nanos()).unwrap_or(u64::MAX);
        let mut generations = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        generations.window = window;
        generations.age(now);
        let counted = generations.young.get(&key).or_else(|| generations.old.get(&key)).copied();
        if counted.is_some_and(|counted| now.saturating_sub(counted) < window) {
            return true;
        }
        generations.young.insert(key, now);
        false
    }

    /// Forgets what is older than the window, as far as a generation is. Called every second.
    pub(super) fn forget_old(&self, now: u64) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).age(now);
    }

    /// Forgets everything.
    pub(super) fn clear(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Generations::default();
    }
}

impl Generations {
    /// Begins a new generation once the young one is as old as the window, or full: then the old one has no click within it,
    /// or its oldest clicks are forgotten.
    fn age(&mut self, now: u64) {
        if now.saturating_sub(self.since) >= self.window || self.young.len() >= MAX_CLICKS {
            self.old = std::mem::take(&mut self.young);
            self.since = now;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn stays_bounded() {
        let recent = RecentClicks::default();
        for key in 0..1_000_000 {
            assert!(!recent.is_repeated(key, 1, Duration::from_secs(10)));
        }
        let generations = recent.0.lock().unwrap();
        assert!(generations.young.len() + generations.old.len() <= 2 * MAX_CLICKS);
    }

    #[test]
    fn clicks_are_forgotten_without_further_clicks() {
        let (recent, window) = (RecentClicks::default(), Duration::from_secs(10));
        let second = 1_000_000_000;
        assert!(!recent.is_repeated(7, 100 * second, window));
        let remembered = || {
            let generations = recent.0.lock().unwrap();
            generations.young.len() + generations.old.len()
        };
        for now in 101..110 {
            recent.forget_old(now * second);
            assert_eq!(remembered(), 1, "{now}");
        }
        for now in 110..=120 {
            recent.forget_old(now * second);
        }
        assert_eq!(remembered(), 0);
        assert!(!recent.is_repeated(8, 121 * second, window));
        recent.clear();
        assert_eq!(remembered(), 0);
    }

    proptest! {
        /// Against a list of everything that was counted.
        #[test]
        fn one_click_counts_in_each_window(clicks in proptest::collection::vec((0_u64..4, 0_u64..30), 1..200)) {
            let (recent, window) = (RecentClicks::default(), Duration::from_nanos(50));
            let (mut now, mut counted) = (0, Vec::new());
            for (key, pause) in clicks {
                now += pause;
                let expected = counted.iter().any(|(other, at)| *other == key && now - at < 50);
                prop_assert_eq!(recent.is_repeated(key, now, window), expected);
                if !expected {
                    counted.push((key, now));
                }
            }
        }
    }
}
