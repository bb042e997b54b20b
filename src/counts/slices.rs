//! Slices: languages, browsers and keyword groups. A value is counted in memory until `[counts] k` different people had it that day, and
//! written only at the turn of an hour, so that neither the count nor its moment identifies anyone. A value that fewer people had is
//! discarded with its day, and is included only in the exact totals of `searches` and `clicks`. A stop or a crash loses what
//! was not written, never totals.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::counts::cells::{Cell, SliceCell};
use crate::counts::people::{DistinctPeople, Person};
use crate::mutants::fail_point::{FailPoint, fail_at};
use crate::mutants::{self, Mutant};
use crate::time::{Day, Hour};

/// The values of a day and of the days before and after it, in case the clock is set back over midnight; people of this and later days
/// only. Bounded by the number of partners times that of configured languages, browser families and keyword groups, each with at most
/// `k` clients and stamps.
#[derive(Debug)]
pub struct Slices(Mutex<SlicesState>);

#[derive(Debug)]
struct SlicesState {
    /// The hour of the last turn.
    hour: Hour,
    values: HashMap<SliceCell, SliceCount>,
}

#[derive(Debug)]
struct SliceCount {
    /// What is not written yet.
    unwritten: u64,
    /// The people who had the value; `None` once they were enough.
    people: Option<DistinctPeople>,
}

impl Default for SliceCount {
    fn default() -> Self {
        Self { unwritten: 0, people: Some(DistinctPeople::default()) }
    }
}

impl Slices {
    /// No values yet. The first turn is at the end of this hour.
    #[must_use]
    pub fn since(hour: Hour) -> Self {
        Self(Mutex::new(SlicesState { hour, values: HashMap::new() }))
    }

    /// Counts the values of one search or one click of a person. `k` is how many people must have a value.
    pub fn add(&self, cells: impl IntoIterator<Item = SliceCell>, person: Person, k: usize) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for cell in cells {
            fail_at(FailPoint::Counts, || cell.partner.as_str());
            let count = state.values.entry(cell).or_default();
            count.unwritten = count.unwritten.saturating_add(1);
            if count.people.as_mut().is_some_and(|people| people.add(person, k)) {
                count.people = None;
            }
        }
    }

    /// Forgets the hashes of clients under all keys but this one, and the people of days that have ended, with the counts of values
    /// that too few of them had. Called every second; what a request adds to a day that has ended is forgotten as soon.
    pub fn forget_people(&self, epoch: u64, today: Day) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.values.retain(|cell, count| match &mut count.people {
            Some(people) => {
                people.forget_clients(epoch);
                cell.day >= today
            }
            None => true,
        });
    }

    /// The counts that are to be written now: at the turn of an hour those of the values that enough people had. Values of days
    /// other than today, yesterday and tomorrow are forgotten.
    pub fn due(&self, hour: Hour) -> Vec<(Cell, u64)> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if state.hour == hour && !mutants::is_on(Mutant::WritesSlicesAtOnce) {
            return Vec::new();
        }
        state.hour = hour;
        let mut due = Vec::new();
        state.values.retain(|cell, count| {
            let is_enough = count.people.is_none() || mutants::is_on(Mutant::WritesSmallSlices);
            if is_enough && count.unwritten > 0 {
                due.push((Cell::Slice(cell.clone()), std::mem::take(&mut count.unwritten)));
            }
            cell.day.0.abs_diff(hour.day().0) <= 1
        });
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clients::state::ClientId;
    use crate::counts::cells::Slice;
    use crate::name::ConfigName;
    use crate::time::Day;
    use proptest::prelude::*;

    fn name(text: &str) -> ConfigName {
        ConfigName::new(text).unwrap()
    }

    fn person(hash: u64) -> Person {
        Person { client: Some(ClientId { epoch: 1, hash }), stamp: None }
    }

    fn cell(day: u32) -> SliceCell {
        SliceCell { day: Day(day), partner: name("p"), value: Slice::KeywordGroup(name("a")) }
    }

    fn hour(day: u32, hour: u32) -> Hour {
        Hour(day * 24 + hour)
    }

    proptest! {
        /// At the turn of an hour a value is written in full once k people had it that day, and before not at all.
        #[test]
        fn a_value_is_written_in_full_or_not_at_all(
            k in 1_usize..6,
            steps in proptest::collection::vec((0_u32..8, 0_usize..2, 0_usize..3, 0_u64..8), 0..300),
        ) {
            let slices = Slices::since(hour(100, 0));
            let (mut now, mut written) = (hour(100, 0), HashMap::<_, u64>::new());
            let mut expected = HashMap::<_, (u64, std::collections::HashSet<u64>)>::new();
            let (partners, groups) = ([name("p"), name("q")], ["a", "b", "c"].map(name));
            let due = |now| slices.due(now);
            for (later, partner, group, who) in steps {
                // Mostly the same hour, at times the next.
                now = Hour(now.0 + u32::from(later == 7));
                for (cell, n) in due(now) {
                    *written.entry(cell).or_default() += n;
                }
                let before_turn = expected.iter().filter(|(cell, _): &(&Cell, _)| matches!(cell, Cell::Slice(cell) if cell.day < now.day()));
                for (cell, (n, people)) in before_turn {
                    prop_assert_eq!(written.get(cell).copied().unwrap_or(0), if people.len() >= k { *n } else { 0 });
                }
                let value = Slice::KeywordGroup(groups[group].clone());
                let cell = SliceCell { day: now.day(), partner: partners[partner].clone(), value: value.clone() };
                let (n, people) = expected.entry(Cell::Slice(cell)).or_default();
                *n += 1;
                people.insert(who);
                slices.add([SliceCell { day: now.day(), partner: partners[partner].clone(), value }], person(who), k);
                prop_assert!(due(now).is_empty(), "written within the hour");
            }
            for (cell, n) in due(Hour(now.0 + 1)) {
                *written.entry(cell).or_default() += n;
            }
            let expected: HashMap<_, _> =
                expected.into_iter().filter(|(_, (_, people))| people.len() >= k).map(|(cell, (n, _))| (cell, n)).collect();
            prop_assert_eq!(written, expected);
        }
    }

    fn remembered(slices: &Slices) -> usize {
        format!("{:?}", slices.0.lock().unwrap().values).matches("PersonHash").count()
    }

    #[test]
    fn clients_are_forgotten_with_their_key() {
        let slices = Slices::since(hour(100, 0));
        slices.add([cell(100)], person(1), 20);
        slices.forget_people(1, Day(100));
        assert_eq!(remembered(&slices), 1);
        slices.forget_people(2, Day(100));
        assert_eq!(remembered(&slices), 0);
    }

    #[test]
    fn stamps_are_forgotten_with_their_day_and_what_enough_had_is_written() {
        let slices = Slices::since(hour(100, 23));
        let stamp = |stamp| Person { client: None, stamp: Some(stamp) };
        let group = |text| SliceCell { value: Slice::KeywordGroup(name(text)), ..cell(100) };
        for n in 0..3 {
            slices.add([group("many")], stamp(n), 3);
            slices.add([group("few")], stamp(n % 2), 3);
        }
        slices.forget_people(1, Day(100));
        assert_eq!(remembered(&slices), 2, "of those that too few had");
        // A request that began before midnight may be counted after it, and before or after the turn.
        slices.add([group("many"), group("few")], stamp(7), 4);
        assert_eq!(slices.due(hour(101, 0)), [(Cell::Slice(group("many")), 4)]);
        slices.add([group("many"), group("late")], stamp(8), 3);
        slices.forget_people(1, Day(101));
        assert_eq!(remembered(&slices), 0);
        assert_eq!(slices.due(hour(101, 1)), [(Cell::Slice(group("many")), 1)]);
    }

    #[test]
    fn days_from_before_a_clock_correction_are_discarded() {
        let slices = Slices::since(hour(100, 0));
        for day in [50_000, 100, 101, 100, 101, 102, 103] {
            slices.add([cell(day)], person(1), 20);
            slices.due(hour(day, day % 24));
        }
        let mut days: Vec<u32> = slices.0.lock().unwrap().values.keys().map(|cell| cell.day.0).collect();
        days.sort_unstable();
        assert_eq!(days, [102, 103]);
    }
}
