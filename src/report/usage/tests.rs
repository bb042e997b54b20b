//! Tests of rolling actives and retention, compared with users whose visits are all known.

use crate::storage::query::StoreLocation;
use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::counts::cells::{ActiveByIdCell, ActiveCell, Cell, RetentionCell};
use crate::name::ConfigName;
use crate::storage::sqlite::{SqliteStore, Sums};

/// A leap day follows soon, and the end of a year with a week 53.
const START: Day = Day(18_300);

fn name(code: usize) -> ConfigName {
    ConfigName::new(["alpha", "beta", "gamma"][code]).unwrap()
}

/// The cells of a user's visits: days after [`START`], each with a code.
fn cells(visits: &[(u32, usize)]) -> Vec<Cell> {
    let mut cells = Vec::new();
    let birth = visits.first().map(|(day, _)| *day).unwrap();
    let mut last: Option<u32> = None;
    for &(day, code) in visits {
        let gap = last.map_or(0, |last| (day - last).min(30));
        cells.push(Cell::Active(ActiveCell {
            day: Day(START.0 + day),
            code: name(code),
            gap: u8::try_from(gap).unwrap(),
        }));
        if let Some(age) = Age::from_days(day - birth) {
            cells.push(Cell::Retention(RetentionCell { cohort: Day(START.0 + birth), age, code: name(code) }));
        }
        last = Some(day);
    }
    cells
}

fn store(people: &[Vec<(u32, usize)>]) -> (tempfile::TempDir, CountsReader) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("counts.db");
    let mut sums = Sums::new();
    for cell in people.iter().flat_map(|visits| cells(visits)) {
        *sums.entry(cell).or_default() += 1;
    }
    sums.insert(Cell::ActiveById(ActiveByIdCell { day: START, code: name(0) }), 9);
    SqliteStore::open(&path, "one").unwrap().apply(1, &sums).unwrap();
    let counts = CountsReader::open(&StoreLocation::Sqlite(path.clone())).unwrap();
    (folder, counts)
}

fn filter(from: u32, to: u32) -> ReportFilter {
    ReportFilter { from: Day(START.0 + from).date(), to: Day(START.0 + to).date(), ..ReportFilter::default() }
}

fn counted(value: &TableValue) -> u64 {
    if let TableValue::Count(n) = value { *n } else { panic!("{value:?} is not a count") }
}

/// Distinct days in order, each with a code.
fn visits() -> impl Strategy<Value = Vec<(u32, usize)>> {
    let step = prop_oneof![4 => 1_u32..3, 2 => 3_u32..10, 1 => 25_u32..35];
    (0_u32..10, proptest::collection::vec((step, 0_usize..3), 0..12), 0_usize..3).prop_map(|(birth, steps, code)| {
        let later = steps.into_iter().scan(birth, |day, (step, code)| {
            *day += step;
            Some((*day, code))
        });
        std::iter::once((birth, code)).chain(later).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn rolling_actives_are_the_users_of_the_window(people in proptest::collection::vec(visits(), 1..12)) {
        let (_folder, counts) = store(&people);
        let table = counts.active(&filter(0, 120), 1, Day(START.0 + 120)).unwrap();
        for row in &table.rows {
            let (day, code) = (Day::from_date(row[0].text().parse().unwrap()).days_since(START), row[1].text());
            for (value, length) in row[3..7].iter().zip(WINDOWS) {
                // A user belongs to the code of their first visit in the window.
                let first = |visits: &&Vec<(u32, usize)>| {
                    let within = visits.iter().find(|(at, _)| (day + 1).saturating_sub(length) <= *at && *at <= day);
                    within.is_some_and(|(_, of)| code == TOTAL || name(*of).as_str() == code)
                };
                prop_assert_eq!(counted(value), people.iter().filter(first).count() as u64, "{} {} {}", day, code, length);
            }
            let new = people.iter().filter(|visits| visits[0].0 == day && (code == TOTAL || name(visits[0].1).as_str() == code));
            prop_assert_eq!(counted(&row[2]), new.count() as u64);
        }
        let rows: BTreeSet<String> = table.rows.iter().map(|row| row[0].text()).collect();
        // On the first day, toolbars are counted by ID.
        let active = (0..=120).filter(|day| *day == 0 || people.iter().flatten().any(|(at, _)| at <= day && day - at < 30));
        prop_assert_eq!(rows.len(), active.count(), "every day with a user in its longest window has rows");
    }

    #[test]
    fn retention_is_empty_until_the_whole_cohort_has_reached_the_age(people in proptest::collection::vec(visits(), 1..12), today in 0_u32..60) {
        let (_folder, counts) = store(&people);
        for grain in [CohortGrain::Day, CohortGrain::Week] {
            let table = counts.retention(&filter(0, 9), grain, 1, Day(START.0 + today)).unwrap();
            for row in table.rows.iter().filter(|row| row[1].text() == TOTAL) {
                let cohort = Day::from_date(row[0].text().parse().unwrap());
                let of = |day: u32| if grain == CohortGrain::Week { Day(START.0 + day).monday() } else { Day(START.0 + day) };
                let members: Vec<_> = people.iter().filter(|visits| of(visits[0].0) == cohort).collect();
                let last = if grain == CohortGrain::Week { (cohort.0 + 6).saturating_sub(START.0) } else { cohort.days_since(START) };
                for (value, age) in row[2..6].iter().zip([0, 1, 7, 30]) {
                    let back = members.iter().filter(|visits| visits.iter().any(|(at, _)| *at == visits[0].0 + age));
                    let wanted = if last + age < today { TableValue::Count(back.count() as u64) } else { TableValue::Empty };
                    prop_assert_eq!(value, &wanted);
                }
            }
        }
    }
}

#[test]
fn small_counts_are_suppressed_with_what_would_reveal_them_and_totals_are_not() {
    let person = |code| vec![(0, code)];
    let people: Vec<_> = [vec![person(0); 30], vec![person(1); 3], vec![person(2); 25]].concat();
    let (_folder, counts) = store(&people);
    let rows = |filter: &ReportFilter| {
        let rows = counts.active(filter, 20, START).unwrap().rows;
        rows.into_iter().map(|row| (row[1].text(), row[2].text())).collect::<Vec<_>>()
    };
    let row = |code: &str, new: &str| (code.to_owned(), new.to_owned());
    let all = [row("alpha", "30"), row("beta", "hidden"), row("gamma", "hidden"), row(TOTAL, "58")];
    assert_eq!(rows(&filter(0, 0)), all);
    for (place, code) in ["alpha", "beta", "gamma"].into_iter().enumerate() {
        let one = ReportFilter { code: Some(code.into()), ..filter(0, 0) };
        assert_eq!(rows(&one), all[place..=place], "a filter reveals no more");
    }
}

#[test]
fn toolbars_counted_by_id_have_a_column_of_their_own() {
    let (_folder, counts) = store(&[vec![(0, 0)]]);
    let rows = counts.active(&filter(0, 1), 1, Day(START.0 + 1)).unwrap().rows;
    let rows: Vec<_> = rows.iter().map(|row| (row[1].text(), counted(&row[3]), counted(&row[7]))).collect();
    let wanted = [("alpha", 1, 9), (TOTAL, 1, 9), ("alpha", 0, 0), (TOTAL, 0, 0)];
    assert_eq!(rows, wanted.map(|(code, one, by_id)| (code.to_owned(), one, by_id)));
}

#[test]
fn a_store_of_an_earlier_version_has_no_users() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("counts.db");
    std::fs::write(&path, include_bytes!("../../../tests/golden/counts-1.db")).unwrap();
    let counts = CountsReader::open(&StoreLocation::Sqlite(path.clone())).unwrap();
    assert!(counts.active(&filter(0, 9), 20, START).unwrap().rows.is_empty());
    assert!(counts.retention(&filter(0, 9), CohortGrain::Week, 20, START).unwrap().rows.is_empty());
}

#[test]
fn weeks_are_complete_whatever_the_filter_is() {
    let born = |day, n| vec![vec![(day, 0)]; n];
    let (_folder, counts) = store(&[born(3, 30), born(4, 30), born(5, 1)].concat());
    let monday = Day(START.0 + 5).monday().days_since(START);
    let rows = |from, to| counts.retention(&filter(from, to), CohortGrain::Week, 20, Day(START.0 + 60)).unwrap().rows;
    let whole = rows(monday, monday + 6);
    assert!(!whole.is_empty());
    for (from, to) in [(monday, monday + 5), (monday + 1, monday + 6), (monday + 3, monday + 3)] {
        assert_eq!(rows(from, to), whole);
    }
    let last = ReportFilter { to: jiff::civil::Date::MAX, ..filter(monday, 0) };
    assert_eq!(counts.retention(&last, CohortGrain::Week, 20, Day(START.0 + 60)).unwrap().rows, whole);
}

#[test]
fn future_days_have_no_rows() {
    let (_folder, counts) = store(&[vec![(0, 0)], vec![(1, 0)]]);
    let rows = |filter: &ReportFilter| counts.active(filter, 1, Day(START.0 + 1)).unwrap().rows;
    let known = rows(&filter(0, 1));
    assert_eq!(known.len(), 4);
    assert_eq!(rows(&ReportFilter { to: jiff::civil::Date::MAX, ..filter(0, 0) }), known);
}
