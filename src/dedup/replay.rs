//! A replay cache: the serials of clicked tokens, in memory only, so that each token counts once.
//!
//! A serial is remembered until its token expires, and for at most a `PERIODS`th of the lifetime of tokens and `MAX_CLOCK_STEP`
//! longer. Then it is forgotten by time, whether or not somebody clicks. Time is that of the monotonic clock, since a step of the
//! wall clock must not evict serials. Memory is bounded: when it is full, the serials whose tokens expire first are evicted.
//! They are counted, since a replay of their token counts twice.

use std::collections::{HashSet, VecDeque};
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Periods of a lifetime. The serials of a period are forgotten together, so more periods forget earlier, and each click looks at each.
const PERIODS: u32 = 16;

/// A full cache evicts this part of its serials at once.
const MAX_GROUPS: usize = 16;

/// How far the wall clock may be set back unnoticed: tokens are valid for so much longer then.
const MAX_CLOCK_STEP: Duration = Duration::from_secs(2);

/// Returns the serial as its hash: serials are 64 random bits.
#[derive(Default)]
struct IdentityHasher(u64);

impl Hasher for IdentityHasher {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, _: &[u8]) {}
    fn write_u64(&mut self, serial: u64) {
        self.0 = serial;
    }
}

type Serials = HashSet<u64, BuildHasherDefault<IdentityHasher>>;

/// The serials of clicked tokens.
#[derive(Debug)]
pub struct ReplayCache {
    started: Instant,
    lifetime: Duration,
    /// Length of a period, in nanoseconds.
    period: u128,
    capacity: usize,
    state: Mutex<ReplayState>,
}

#[derive(Debug, Default)]
struct ReplayState {
    /// By the end of their time, the earliest first.
    groups: VecDeque<SerialGroup>,
    len: usize,
    evicted: u64,
}

/// Serials that are forgotten together.
#[derive(Debug)]
struct SerialGroup {
    /// The period after which they are forgotten, counted from `started`.
    last_period: u128,
    serials: Serials,
}

impl ReplayCache {
    /// An empty cache for tokens that are valid for `lifetime`, with at most `capacity` serials of about 9 to 18 bytes each.
    #[must_use]
    pub fn new(lifetime: Duration, capacity: usize, now: Instant) -> Self {
        let period = (lifetime / PERIODS).as_nanos().max(1);
        Self { started: now, lifetime, period, capacity, state: Mutex::default() }
    }

    /// Records the serial of a token that is valid for `remaining` from now. True the first time, false afterwards.
    pub fn is_first(&self, serial: u64, remaining: Duration, now: Instant) -> bool {
        let mut state = self.lock();
        state.forget_before(self.period_of(now));
        if state.groups.iter().any(|group| group.serials.contains(&serial)) {
            return false;
        }
        // A token from before the clock was set back has more left than any has.
        let end = now + remaining.min(self.lifetime) + MAX_CLOCK_STEP;
        if state.len >= self.capacity {
            state.evict();
        }
        state.insert(serial, self.period_of(end), (self.capacity / MAX_GROUPS).max(1));
        true
    }

    /// Forgets the serials whose tokens have expired. Called every second.
    pub fn forget_old(&self, now: Instant) {
        self.lock().forget_before(self.period_of(now));
    }

    /// The number of serials, and of those that were evicted before their token expired.
    #[must_use]
    pub fn size_and_evicted(&self) -> (usize, u64) {
        let state = self.lock();
        (state.len, state.evicted)
    }

    fn period_of(&self, at: Instant) -> u128 {
        at.saturating_duration_since(self.started).as_nanos() / self.period
    }

    /// No change under the lock can stop half way, so a poisoned lock protects a valid state.
    fn lock(&self) -> MutexGuard<'_, ReplayState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ReplayState {
    fn forget_before(&mut self, period: u128) {
        while let Some(group) = self.groups.pop_front_if(|group| group.last_period < period) {
            self.len -= group.serials.len();
        }
    }

    /// Evicts the group that would be forgotten first.
    fn evict(&mut self) {
        let evicted = self.groups.pop_front().map_or(0, |group| group.serials.len());
        self.len -= evicted;
        self.evicted = self.evicted.saturating_add(u64::try_from(evicted).unwrap_or(u64::MAX));
    }

    /// Adds a serial to the newest group of its period, or to a new one if that has `max_group` serials.
    fn insert(&mut self, serial: u64, last_period: u128, max_group: usize) {
        self.len += 1;
        let after = self.groups.partition_point(|group| group.last_period <= last_period);
        let newest = after.checked_sub(1).and_then(|index| self.groups.get_mut(index));
        match newest.filter(|group| group.last_period == last_period && group.serials.len() < max_group) {
            Some(group) => {
                group.serials.insert(serial);
            }
            None => self.groups.insert(after, SerialGroup { last_period, serials: Serials::from_iter([serial]) }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HOUR: Duration = Duration::from_secs(3_600);
    /// How much longer than its token a serial may be remembered.
    const SLACK: Duration = Duration::from_secs(3_600 / 16 + 2);

    #[test]
    fn a_full_cache_evicts_the_oldest_serials_and_counts_them() {
        let now = crate::time::instant();
        let cache = ReplayCache::new(HOUR, 4, now);
        for serial in 0..6 {
            assert!(cache.is_first(serial, HOUR, now));
        }
        assert_eq!(cache.size_and_evicted(), (4, 2));
        assert!(cache.is_first(0, HOUR, now), "evicted");
        assert!(!cache.is_first(5, HOUR, now));
    }

    #[test]
    fn a_full_cache_evicts_a_sixteenth_at_once_and_first_what_expires_first() {
        let now = crate::time::instant();
        let cache = ReplayCache::new(HOUR, 1_600, now);
        for serial in 0..1_600 {
            let remaining = if serial % 2 == 0 { HOUR } else { HOUR / 2 };
            assert!(cache.is_first(serial, remaining, now));
        }
        assert!(cache.is_first(9_999, HOUR, now));
        assert_eq!(cache.size_and_evicted(), (1_501, 100));
        assert!(
            (0..1_600).step_by(2).all(|serial| !cache.is_first(serial, HOUR, now)),
            "those that are valid for longer"
        );
    }

    #[test]
    fn serials_are_forgotten_with_their_tokens_and_without_further_clicks() {
        for (remaining, lifetime) in [(HOUR, HOUR), (HOUR / 2, HOUR), (Duration::ZERO, HOUR), (25 * HOUR, HOUR)] {
            let now = crate::time::instant();
            let (cache, valid) = (ReplayCache::new(lifetime, 10, now), remaining.min(lifetime));
            assert!(cache.is_first(7, remaining, now));
            cache.forget_old(now + valid + MAX_CLOCK_STEP);
            assert_eq!(cache.size_and_evicted(), (1, 0), "{remaining:?}");
            cache.forget_old(now + valid + SLACK + Duration::from_nanos(1));
            assert_eq!(cache.size_and_evicted(), (0, 0), "{remaining:?}");
        }
    }

    #[test]
    fn the_shortest_lifetime_is_forgotten_within_seconds() {
        let (now, second) = (crate::time::instant(), Duration::from_secs(1));
        let cache = ReplayCache::new(second, 10, now);
        assert!(cache.is_first(7, second, now) && !cache.is_first(7, second, now + second));
        cache.forget_old(now + 4 * second);
        assert_eq!(cache.size_and_evicted(), (0, 0));
    }

    proptest! {
        /// Compared with a plain map: no serial is first twice while its token is valid, and none is remembered for longer than said.
        #[test]
        fn a_serial_is_first_once_while_its_token_is_valid(
            steps in proptest::collection::vec((0_u64..40, 0_u64..2_000, 0_u64..=3_600), 1..400)
        ) {
            let mut now = crate::time::instant();
            let cache = ReplayCache::new(HOUR, 10_000, now);
            let mut first: std::collections::HashMap<u64, Instant> = std::collections::HashMap::new();
            for (serial, step, remaining) in steps {
                now += Duration::from_secs(step);
                let remaining = Duration::from_secs(remaining);
                let answer = cache.is_first(serial, remaining, now);
                match first.get(&serial) {
                    Some(&end) if now < end => prop_assert!(!answer),
                    Some(&end) if now > end + SLACK => prop_assert!(answer),
                    Some(_) => {}
                    None => prop_assert!(answer),
                }
                if answer {
                    first.insert(serial, now + remaining);
                }
                let remembered = first.values().filter(|end| now <= **end + SLACK).count();
                prop_assert!(cache.size_and_evicted().0 <= remembered);
            }
        }
    }
}
