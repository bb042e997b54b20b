//! Seen before? The serials of clicked tokens, in memory only, so that a token counts once.
//!
//! Time is the monotonic clock's: a wall clock that steps must not make anything be forgotten. Serials are
//! kept in two generations, each as long as a token lives: when the younger is that old, the
//! elder is dropped, so a serial is remembered for at least one lifetime and at most two. Memory is
//! bounded: a full generation ends early, which is counted, since a replay could then count twice.

use std::collections::HashSet;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Serials are 64 random bits already: hashing them again would cost and add nothing.
#[derive(Default)]
struct AsIs(u64);

impl Hasher for AsIs {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, _: &[u8]) {}
    fn write_u64(&mut self, serial: u64) {
        self.0 = serial;
    }
}

type Serials = HashSet<u64, BuildHasherDefault<AsIs>>;

/// The memory of clicked tokens.
#[derive(Debug)]
pub struct ReplayCache {
    lifetime: Duration,
    capacity: usize,
    state: Mutex<ReplayState>,
}

#[derive(Debug)]
struct ReplayState {
    began: Instant,
    young: Serials,
    old: Serials,
    forgotten: u64,
}

impl ReplayCache {
    /// A memory for tokens that live `lifetime`, of at most `capacity` serials (about 9 to 18 bytes each).
    #[must_use]
    pub fn new(lifetime: Duration, capacity: usize, now: Instant) -> Self {
        let state = ReplayState { began: now, young: Serials::default(), old: Serials::default(), forgotten: 0 };
        Self { lifetime, capacity, state: Mutex::new(state) }
    }

    /// True the first time that this serial is shown, false from then on.
    pub fn is_first(&self, serial: u64, now: Instant) -> bool {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let (age, lifetime) = (now.saturating_duration_since(state.began), self.lifetime);
        if age > lifetime || state.young.len() >= self.capacity.div_ceil(2) {
            if age <= lifetime {
                state.forgotten = state.forgotten.saturating_add(u64::try_from(state.old.len()).unwrap_or(u64::MAX));
            }
            state.old = std::mem::take(&mut state.young);
            if age > 2 * lifetime {
                state.old.clear();
            }
            state.began = now;
        }
        !state.old.contains(&serial) && state.young.insert(serial)
    }

    /// How many serials are held, and how many had to go before their token's time.
    #[must_use]
    pub fn held_and_forgotten(&self) -> (usize, u64) {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        (state.young.len() + state.old.len(), state.forgotten)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HOUR: Duration = Duration::from_secs(3_600);

    #[test]
    fn full_memory_forgets_the_eldest_and_says_so() {
        let now = crate::time::instant();
        let once = ReplayCache::new(HOUR, 4, now);
        for serial in 0..6 {
            assert!(once.is_first(serial, now));
        }
        assert_eq!(once.held_and_forgotten(), (4, 2));
        assert!(once.is_first(0, now), "forgotten");
        assert!(!once.is_first(5, now));
    }

    proptest! {
        /// Against the plain truth: within a token's lifetime no serial is first twice.
        #[test]
        fn a_serial_is_first_once_within_its_life(steps in proptest::collection::vec((0_u64..40, 0_u64..2_000), 1..400)) {
            let mut now = crate::time::instant();
            let once = ReplayCache::new(HOUR, 10_000, now);
            let mut first: std::collections::HashMap<u64, Instant> = std::collections::HashMap::new();
            for (serial, step) in steps {
                now += Duration::from_secs(step);
                let answer = once.is_first(serial, now);
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
