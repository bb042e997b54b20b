//! A replay cache: the serials of clicked tokens, in memory only, so that each token counts once.
//!
//! Time is that of the monotonic clock, since a step of the wall clock must not evict serials. There are two generations of
//! serials, each as long as a token is valid. When the younger generation reaches that age, the older one is dropped, so a serial stays
//! for one to two lifetimes. Memory is bounded: a full generation ends early. Serials evicted that way are counted, since a replay
//! of their token counts twice.

use std::collections::HashSet;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

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
    lifetime: Duration,
    capacity: usize,
    state: Mutex<ReplayState>,
}

#[derive(Debug)]
struct ReplayState {
    /// When the younger generation started.
    started: Instant,
    young: Serials,
    old: Serials,
    evicted: u64,
}

impl ReplayCache {
    /// An empty cache for tokens that are valid for `lifetime`, with at most `capacity` serials of about 9 to 18 bytes each.
    #[must_use]
    pub fn new(lifetime: Duration, capacity: usize, now: Instant) -> Self {
        let state = ReplayState { started: now, young: Serials::default(), old: Serials::default(), evicted: 0 };
        Self { lifetime, capacity, state: Mutex::new(state) }
    }

    /// Records a serial. True the first time, false afterwards.
    pub fn is_first(&self, serial: u64, now: Instant) -> bool {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let (age, lifetime) = (now.saturating_duration_since(state.started), self.lifetime);
        if age > lifetime || state.young.len() >= self.capacity.div_ceil(2) {
            if age <= lifetime {
                state.evicted = state.evicted.saturating_add(u64::try_from(state.old.len()).unwrap_or(u64::MAX));
            }
            state.old = std::mem::take(&mut state.young);
            if age > 2 * lifetime {
                state.old.clear();
            }
            state.started = now;
        }
        !state.old.contains(&serial) && state.young.insert(serial)
    }

    /// The number of serials, and of those that were evicted before their token expired.
    #[must_use]
    pub fn size_and_evicted(&self) -> (usize, u64) {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        (state.young.len() + state.old.len(), state.evicted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HOUR: Duration = Duration::from_secs(3_600);

    #[test]
    fn a_full_cache_evicts_the_oldest_serials_and_counts_them() {
        let now = crate::time::instant();
        let cache = ReplayCache::new(HOUR, 4, now);
        for serial in 0..6 {
            assert!(cache.is_first(serial, now));
        }
        assert_eq!(cache.size_and_evicted(), (4, 2));
        assert!(cache.is_first(0, now), "evicted");
        assert!(!cache.is_first(5, now));
    }

    proptest! {
        /// Compared with a plain map: no serial is first twice within a token's lifetime.
        #[test]
        fn a_serial_is_first_once_within_a_lifetime(steps in proptest::collection::vec((0_u64..40, 0_u64..2_000), 1..400)) {
            let mut now = crate::time::instant();
            let cache = ReplayCache::new(HOUR, 10_000, now);
            let mut first: std::collections::HashMap<u64, Instant> = std::collections::HashMap::new();
            for (serial, step) in steps {
                now += Duration::from_secs(step);
                let answer = cache.is_first(serial, now);
                match first.get(&serial) {
                    Some(&at) if now.duration_since(at) <= HOUR => prop_assert!(!answer),
                    Some(_) => {}
                    None => prop_assert!(answer),
                }
                if answer {
                    first.insert(serial, now);
                }
            }
        }
    }
}
