//! Slices: languages, browsers and keyword groups. A value is counted in memory until its count of the day reaches `[counts] k`, and only
//! then written, so that it identifies nobody. A value that stays below `k` is discarded with its day, and is included only in the
//! exact totals of `searches` and `clicks`. A crash loses values, never totals.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::counts::cells::{Cell, Slice, SliceCell};
use crate::name::ConfigName;
use crate::time::Day;

/// The values of a day and of the days before and after it, in case the clock is set back over midnight. Bounded by the number of
/// partners times that of configured languages, browser families and keyword groups.
#[derive(Debug, Default)]
pub struct Slices(Mutex<SlicesState>);

#[derive(Debug, Default)]
struct SlicesState {
    latest: Day,
    seen: HashMap<SliceCell, SliceProgress>,
}

#[derive(Debug, Clone, Copy)]
enum SliceProgress {
    /// The count, which is below `k`.
    Withheld(u64),
    /// The count reached `k` and was written.
    Written,
}

impl Slices {
    /// Counts the values of one search or one click. Returns the counts that may be written now.
    pub fn add(
        &self,
        day: Day,
        partner: &ConfigName,
        values: impl IntoIterator<Item = Slice>,
        k: u64,
    ) -> Vec<(Cell, u64)> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if day != state.latest {
            state.latest = day;
            // Tomorrow's stay as well; later days are from before the clock was corrected.
            state.seen.retain(|cell, _| cell.day.0.abs_diff(day.0) <= 1);
        }
        let cells = values.into_iter().map(|value| SliceCell { day, partner: partner.clone(), value });
        cells.filter_map(|cell| Some((state.count(&cell, k)?, cell))).map(|(n, cell)| (Cell::Slice(cell), n)).collect()
    }
}

impl SlicesState {
    /// Counts a value once more. Returns how much to write now.
    fn count(&mut self, cell: &SliceCell, k: u64) -> Option<u64> {
        let Some(seen) = self.seen.get_mut(cell) else {
            let first = if k <= 1 { SliceProgress::Written } else { SliceProgress::Withheld(1) };
            self.seen.insert(cell.clone(), first);
            return (k <= 1).then_some(1);
        };
        let n = match *seen {
            SliceProgress::Written => return Some(1),
            SliceProgress::Withheld(n) => n + 1,
        };
        *seen = if n >= k { SliceProgress::Written } else { SliceProgress::Withheld(n) };
        (n >= k).then_some(n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn name(text: &str) -> ConfigName {
        ConfigName::new(text).unwrap()
    }

    proptest! {
        /// Nothing of a value is written below k, and all of it from there on, whatever other values there are.
        #[test]
        fn a_value_is_written_completely_or_not_at_all(
            k in 1_u64..6, steps in proptest::collection::vec((0_u32..3, 0_usize..2, 0_usize..4), 0..200),
        ) {
            let slices = Slices::default();
            let (mut day, mut expected, mut written) = (100, HashMap::<_, u64>::new(), HashMap::<_, u64>::new());
            let (partners, groups) = ([name("p"), name("q")], ["a", "b", "c", "d"].map(name));
            for (later, partner, group) in steps {
                // Mostly the same day, at times the next.
                day += u32::from(later == 2);
                let value = Slice::KeywordGroup(groups[group].clone());
                let cell = SliceCell { day: Day(day), partner: partners[partner].clone(), value: value.clone() };
                *expected.entry(Cell::Slice(cell)).or_default() += 1;
                for (cell, n) in slices.add(Day(day), &partners[partner], [value], k) {
                    *written.entry(cell).or_default() += n;
                }
            }
            expected.retain(|_, n| *n >= k);
            prop_assert_eq!(written, expected);
        }
    }

    #[test]
    fn days_from_before_a_clock_correction_are_discarded() {
        let slices = Slices::default();
        for day in [50_000, 100, 101, 100, 101, 102, 103] {
            slices.add(Day(day), &name("p"), [Slice::KeywordGroup(name("a"))], 20);
        }
        let mut days: Vec<u32> = slices.0.lock().unwrap().seen.keys().map(|cell| cell.day.0).collect();
        days.sort_unstable();
        assert_eq!(days, [102, 103]);
    }

    #[test]
    fn a_lower_k_writes_what_was_withheld() {
        let (slices, partner) = (Slices::default(), name("p"));
        let add =
            |k| slices.add(Day(1), &partner, [Slice::KeywordGroup(name("a"))], k).iter().map(|(_, n)| n).sum::<u64>();
        assert_eq!((0..15).map(|_| add(20)).sum::<u64>(), 0);
        assert_eq!([add(10), add(10), add(20)], [16, 1, 1]);
    }
}
