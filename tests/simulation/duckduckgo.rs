//! Weekly and monthly active users against the published test cases of another project.
//!
//! On a day of use, DuckDuckGo's mobile apps tell their service whether it is the first of its week, and of its month. The cases
//! are facts from `DuckDuckGoTests/mobile_segments_test_cases.json` in the repository `duckduckgo/iOS`; how a day is numbered is
//! in `Core/Atb.swift`. Week 99 is in January 2018, weeks begin on Wednesday (day 1), and a month is four weeks, which begins
//! with a week whose number is divisible by four, or one, two or three weeks later.
//!
//! Comparable are the uses that count in a block of theirs with the visitors that we count in the window of 7 or 28 days that
//! ends with the block. Their day of installation does not count, thus nobody visits on it here. Not comparable are their
//! segments (regular, intermittent, returned), for which a client must know more of its past than a stamp contains.

use jiff::civil::date;
use qsproxy::time::Day;

use super::calendar::visits_on;

/// A day of use (week and day), and where it counts: `W` for the week, a digit for each of the four ways to divide weeks into
/// months.
type Use = ((u32, u32), &'static str);

/// The published cases: the day of installation, and the days of use.
const CASES: [((u32, u32), &[Use]); 16] = [
    ((122, 1), &[((123, 1), "W0123"), ((123, 7), "")]),
    ((122, 1), &[((123, 1), "W0123"), ((124, 1), "W0")]),
    ((122, 1), &[((123, 7), "W0123"), ((124, 1), "W0")]),
    ((122, 1), &[((123, 1), "W0123"), ((124, 5), "W0")]),
    ((122, 1), &[((123, 1), "W0123"), ((200, 1), "W0123")]),
    ((122, 1), &[((125, 5), "W0123"), ((129, 6), "W0123")]),
    ((122, 1), &[((126, 5), "W0123"), ((129, 6), "W013")]),
    ((122, 1), &[((127, 5), "W0123"), ((129, 6), "W01")]),
    ((122, 1), &[((128, 5), "W0123"), ((129, 6), "W1")]),
    ((122, 1), &[((128, 7), "W0123"), ((129, 1), "W1")]),
    ((122, 1), &[((125, 5), "W0123"), ((133, 6), "W0123")]),
    ((123, 7), &[((126, 7), "W0123")]),
    ((123, 1), &[((123, 1), ""), ((124, 1), "W0123")]),
    ((123, 1), &[((123, 2), "W0123"), ((124, 2), "W0"), ((125, 2), "W1"), ((126, 2), "W2"), ((127, 2), "W3")]),
    (
        (123, 1),
        &[
            ((123, 2), "W0123"),
            ((123, 3), ""),
            ((123, 7), ""),
            ((124, 1), "W0"),
            ((124, 2), ""),
            ((124, 7), ""),
            ((125, 1), "W1"),
            ((127, 1), "W23"),
        ],
    ),
    ((100, 1), &[((123, 1), "W0123"), ((123, 2), ""), ((124, 1), "W0"), ((124, 7), ""), ((127, 2), "W123")]),
];

#[test]
fn weeks_and_months_are_counted_as_duckduckgo_counts_them() {
    // Week 1 begins on Wednesday, 2016-02-24.
    let first = |week: u32| Day::from_date(date(2016, 2, 24)).0 + 7 * (week - 1);
    assert_eq!((Day(first(99)).date().year(), Day(first(99)).date().month()), (2018, 1));
    for (install, uses) in CASES {
        let uses: Vec<&Use> = uses.iter().filter(|(day, _)| *day != install).collect();
        let days: Vec<_> = uses.iter().map(|((week, day), _)| Day(first(*week) + day - 1).date()).collect();
        let figures = visits_on(&days).figures;
        for ((week, _), _) in &uses {
            let expected = |from: u32, to: u32, sign| {
                let within = |one: &&&Use| (from..=to).contains(&one.0.0) && one.1.contains(sign);
                uses.iter().filter(within).count() as u64
            };
            let weekly = figures.total("rolling 7", first(week + 1) - 1);
            assert_eq!(weekly, expected(*week, *week, 'W'), "{install:?}: {week}");
            for (sign, shift) in ['0', '1', '2', '3'].into_iter().zip(0..) {
                let from = (week - shift) / 4 * 4 + shift;
                let monthly = figures.total("rolling 28", first(from + 4) - 1);
                assert_eq!(monthly, expected(from, from + 3, sign), "{install:?}: four weeks from {from}");
            }
        }
    }
}
