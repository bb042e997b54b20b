//! The marks of one day: 64-bit keyed hashes of visit stamps or anonymous IDs, in memory only, so that each counts once a day. A
//! mark takes 8 bytes, and some spare capacity.
//!
//! Marks are sorted in buckets by their upper bits, and a full bucket grows by an eighth. A hash table doubles instead: ten million marks
//! would take 151 to 226 MB of resident memory, and take 104 MB here. The marks of a day are forgotten when it ends, by time, whether
//! or not somebody visits.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::time::{Day, Time};

/// Upper bits of a mark that select its bucket. At ten million marks, a bucket has about 600, and a binary search takes ten steps; without
/// marks, the buckets take 400 KB.
const BUCKET_BITS: u32 = 14;

/// A full bucket grows by its length divided by this.
const GROWTH_DIVISOR: usize = 8;

/// A full bucket grows by at least this many marks.
const MIN_GROWTH: usize = 4;

/// Default capacity per day: twice the number for which memory was measured.
const CAPACITY: usize = 20_000_000;

/// The marks of today; those of tomorrow, too, if the clock was set back over midnight.
#[derive(Debug)]
pub struct DailyMarks {
    capacity: usize,
    days: Mutex<VecDeque<(Day, DayMarks)>>,
    rejected: AtomicU64,
}

impl Default for DailyMarks {
    fn default() -> Self {
        Self::new(CAPACITY)
    }
}

#[derive(Debug)]
struct DayMarks {
    buckets: Vec<Vec<u64>>,
    len: usize,
}

impl DailyMarks {
    /// No marks yet; at most `capacity` marks per day.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self { capacity, days: Mutex::default(), rejected: AtomicU64::new(0) }
    }

    /// Records a mark. True the first time on the day of `now`. When the day's capacity is reached, returns `when_full` for an
    /// unknown mark and does not record it.
    pub fn is_first(&self, mark: u64, now: Time, when_full: bool) -> bool {
        let today = now.day();
        let mut days = self.lock();
        forget_other_days(&mut days, today);
        if let Some((_, marks)) = days.iter_mut().find(|(day, _)| *day == today) {
            if marks.len >= self.capacity && !marks.contains(mark) {
                self.rejected.fetch_add(1, Ordering::Relaxed);
                return when_full;
            }
            return marks.insert(mark);
        }
        let mut marks = DayMarks::new();
        marks.insert(mark);
        days.push_back((today, marks));
        true
    }

    /// Forgets the marks of days that have ended. Called every second.
    pub fn forget_old(&self, now: Time) {
        forget_other_days(&mut self.lock(), now.day());
    }

    /// The number of marks.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lock().iter().map(|(_, marks)| marks.len).sum()
    }

    /// Whether there are no marks.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number of marks that were not recorded, since their day's capacity was reached.
    #[must_use]
    pub fn rejected(&self) -> u64 {
        self.rejected.load(Ordering::Relaxed)
    }

    /// Removes all marks, as a restart does.
    pub fn clear(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<(Day, DayMarks)>> {
        self.days.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Forgets all days but today, and tomorrow: others have ended, or are from before the clock was set.
fn forget_other_days(days: &mut VecDeque<(Day, DayMarks)>, today: Day) {
    days.retain(|(day, _)| (today.0..=today.0.saturating_add(1)).contains(&day.0));
}

impl DayMarks {
    fn new() -> Self {
        Self { buckets: vec![Vec::new(); 1 << BUCKET_BITS], len: 0 }
    }

    fn bucket_index(mark: u64) -> usize {
        usize::try_from(mark >> (u64::BITS - BUCKET_BITS)).unwrap_or_default()
    }

    fn contains(&self, mark: u64) -> bool {
        self.buckets.get(Self::bucket_index(mark)).is_some_and(|bucket| bucket.binary_search(&mark).is_ok())
    }

    fn insert(&mut self, mark: u64) -> bool {
        let Some(bucket) = self.buckets.get_mut(Self::bucket_index(mark)) else { return true };
        let Err(at) = bucket.binary_search(&mark) else { return false };
        if bucket.len() == bucket.capacity() {
            bucket.reserve_exact((bucket.len() / GROWTH_DIVISOR).max(MIN_GROWTH));
        }
        bucket.insert(at, mark);
        self.len += 1;
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
    fn a_million_marks_take_about_nine_megabytes() {
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
    fn marks_are_forgotten_with_their_day_and_without_further_visits() {
        let daily = DailyMarks::default();
        let midnight = 20_000 * DAY_SECONDS;
        assert!(daily.is_first(7, Time(midnight - 1), true) && !daily.is_first(7, Time(midnight - 1), true));
        daily.forget_old(Time(midnight - 1));
        assert_eq!(daily.len(), 1);
        daily.forget_old(Time(midnight));
        assert_eq!(daily.len(), 0);
    }

    #[test]
    fn a_day_starts_without_marks_and_the_clock_may_be_set_back_over_midnight() {
        let daily = DailyMarks::default();
        let midnight = 20_000 * DAY_SECONDS;
        assert!(daily.is_first(7, Time(midnight - 1), true) && daily.is_first(7, Time(midnight), true));
        assert_eq!(daily.len(), 1, "yesterday's mark is forgotten");
        assert!(daily.is_first(7, Time(midnight - 1), true), "the clock was set back");
        assert!(!daily.is_first(7, Time(midnight + 1), true), "today's mark was kept");
        assert_eq!(daily.len(), 1);
    }

    #[test]
    fn a_full_day_records_no_more_marks_and_counts_them() {
        let daily = DailyMarks::new(2);
        let first = |mark, when_full| daily.is_first(mark, Time(5), when_full);
        assert!(first(1, true) && first(2, true) && !first(1, true));
        assert!(first(3, true) && !first(3, false) && !first(2, true));
        assert_eq!((daily.len(), daily.rejected()), (2, 2));
    }

    proptest! {
        #[test]
        fn behaves_like_a_set(marks in proptest::collection::vec(prop_oneof![0_u64..50, any::<u64>()], 0..500)) {
            let (daily, mut expected) = (DailyMarks::default(), HashSet::new());
            for mark in marks {
                prop_assert_eq!(daily.is_first(mark, Time(5), true), expected.insert(mark));
            }
            prop_assert_eq!(daily.len(), expected.len());
        }
    }
}
