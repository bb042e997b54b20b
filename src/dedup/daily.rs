//! Seen today? 64-bit marks of visit stamps and of anonymous IDs, in memory only, so that each counts once a day. A mark is
//! a keyed hash already; this keeps nothing else, in 8 bytes and a little room to grow.
//!
//! Marks lie sorted in buckets by their upper bits, and a bucket grows by an eighth: a hash table doubles, and would take
//! 151 to 226 MB for the ten million that take 104 here, resident. Yesterday's are kept for the first hour of a day, in case
//! the clock is set back over midnight.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::time::{Day, HOUR_SECONDS, Time};

/// Upper bits of a mark that choose its bucket: at ten million marks a bucket holds some 600, which a search halves ten
/// times; an empty memory takes 400 KB.
const BUCKET_BITS: u32 = 14;

/// How much a full bucket grows, as a part of what it holds; and at least by so many marks.
const GROWTH: usize = 8;
const LEAST_GROWTH: usize = 4;

/// How long yesterday's marks are kept.
const KEPT_SECONDS: u64 = HOUR_SECONDS;

/// How many marks of a day there may be where nobody says: twice the day for which this was measured.
const CAPACITY: usize = 20_000_000;

/// The memory of the last days.
#[derive(Debug)]
pub struct DailyMarks {
    capacity: usize,
    days: Mutex<VecDeque<(Day, DayMarks)>>,
    untold: AtomicU64,
}

impl Default for DailyMarks {
    fn default() -> Self {
        Self::new(CAPACITY)
    }
}

#[derive(Debug)]
struct DayMarks {
    buckets: Vec<Vec<u64>>,
    held: usize,
}

impl DailyMarks {
    /// A memory of at most so many marks of a day.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self { capacity, days: Mutex::default(), untold: AtomicU64::new(0) }
    }

    /// True the first time that this mark is shown on the day of `now`, false from then on. Where the day is full, a mark
    /// that it has not is told as `full` says, and is not kept.
    pub fn is_first(&self, mark: u64, now: Time, full: bool) -> bool {
        let today = now.day();
        let mut days = self.days.lock().unwrap_or_else(PoisonError::into_inner);
        // Two days are needed only around midnight; others are from before the clock was set.
        let keep_from = Time(now.0.saturating_sub(KEPT_SECONDS)).day();
        days.retain(|(day, _)| (keep_from.0..=today.0.saturating_add(1)).contains(&day.0));
        if let Some((_, marks)) = days.iter_mut().find(|(day, _)| *day == today) {
            if marks.held >= self.capacity && !marks.has(mark) {
                self.untold.fetch_add(1, Ordering::Relaxed);
                return full;
            }
            return marks.insert(mark);
        }
        let mut marks = DayMarks::new();
        marks.insert(mark);
        days.push_back((today, marks));
        true
    }

    /// Marks in memory.
    #[must_use]
    pub fn held(&self) -> usize {
        self.days.lock().unwrap_or_else(PoisonError::into_inner).iter().map(|(_, marks)| marks.held).sum()
    }

    /// Marks that were not kept, as their day was full.
    #[must_use]
    pub fn untold(&self) -> u64 {
        self.untold.load(Ordering::Relaxed)
    }

    /// Forgets everything, as a restart does.
    pub fn wipe(&self) {
        self.days.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

impl DayMarks {
    fn new() -> Self {
        Self { buckets: vec![Vec::new(); 1 << BUCKET_BITS], held: 0 }
    }

    fn place(mark: u64) -> usize {
        usize::try_from(mark >> (u64::BITS - BUCKET_BITS)).unwrap_or_default()
    }

    fn has(&self, mark: u64) -> bool {
        self.buckets.get(Self::place(mark)).is_some_and(|bucket| bucket.binary_search(&mark).is_ok())
    }

    fn insert(&mut self, mark: u64) -> bool {
        let Some(bucket) = self.buckets.get_mut(Self::place(mark)) else { return true };
        let Err(at) = bucket.binary_search(&mark) else { return false };
        if bucket.len() == bucket.capacity() {
            bucket.reserve_exact((bucket.len() / GROWTH).max(LEAST_GROWTH));
        }
        bucket.insert(at, mark);
        self.held += 1;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::DAY_SECONDS;
    use proptest::prelude::*;
    use std::collections::HashSet;

    #[test]
    fn a_million_marks_take_some_nine_megabytes() {
        let mut marks = DayMarks::new();
        let mut mark = 1_u64;
        for _ in 0..1_000_000 {
            mark = mark.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            assert!(marks.insert(mark));
        }
        let bytes: usize = marks.buckets.iter().map(|bucket| bucket.capacity() * 8).sum();
        assert!(bytes < 9_200_000, "{bytes} bytes for a million marks");
    }

    #[test]
    fn a_day_begins_anew_and_yesterday_is_known_for_an_hour() {
        let daily = DailyMarks::default();
        let midnight = 20_000 * DAY_SECONDS;
        assert!(daily.is_first(7, Time(midnight - 1), true));
        assert!(daily.is_first(7, Time(midnight), true));
        assert!(!daily.is_first(7, Time(midnight + 1), true));
        assert!(!daily.is_first(7, Time(midnight - 1), true), "the clock was set back");
        assert_eq!(daily.held(), 2);
        assert!(!daily.is_first(7, Time(midnight + KEPT_SECONDS), true));
        assert_eq!(daily.held(), 1);
    }

    #[test]
    fn a_full_day_takes_no_more_and_says_so() {
        let daily = DailyMarks::new(2);
        let first = |mark, full| daily.is_first(mark, Time(5), full);
        assert!(first(1, true) && first(2, true) && !first(1, true));
        assert!(first(3, true) && !first(3, false) && !first(2, true));
        assert_eq!((daily.held(), daily.untold()), (2, 2));
    }

    proptest! {
        #[test]
        fn it_is_a_set(marks in proptest::collection::vec(prop_oneof![0_u64..50, any::<u64>()], 0..500)) {
            let (daily, mut truth) = (DailyMarks::default(), HashSet::new());
            for mark in marks {
                prop_assert_eq!(daily.is_first(mark, Time(5), true), truth.insert(mark));
            }
            prop_assert_eq!(daily.held(), truth.len());
        }
    }
}
