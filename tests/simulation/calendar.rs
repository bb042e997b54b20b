//! Days are whole UTC days: leap days, the ends of years, ISO week 53 and daylight saving time make none longer or shorter.
//! And weekly and monthly actives against the published cases of somebody else.

use jiff::ToSpan as _;
use jiff::civil::date;
use qsproxy::dedup::daily::DailyMarks;
use qsproxy::report::{CountsReader, ReportFilter};
use qsproxy::time::{DAY_SECONDS, Day, Time};
use qsproxy::tokens::visit_stamp::{CohortPrecision, VisitStamp};
use qsproxy::visit::TrackingPreference;

use crate::service::{Answer, Memory, Service, Way};

#[test]
fn days_follow_the_calendar_for_a_century() {
    let mut at = date(1970, 1, 5);
    for day in (4..47_500).map(Day) {
        assert_eq!((day.date(), Day::from_date(at)), (at, day));
        let monday = day.monday().date();
        assert_eq!(monday.iso_week_date(), at.iso_week_date().first_of_week().unwrap(), "{at}");
        assert_eq!(day.first_of_month().date(), at.first_of_month());
        at = at.tomorrow().unwrap();
    }
}

#[test]
fn a_day_of_daylight_saving_is_a_day_like_any_other() {
    // 2026-03-29 and 2026-10-25 have 23 and 25 hours in Berlin, and 24 here.
    for changed in [date(2026, 3, 29), date(2026, 10, 25)] {
        let first = Time(u64::from(Day::from_date(changed).0) * DAY_SECONDS);
        let days: Vec<Day> = (0..48).map(|hour| Time(first.0 + hour * 3_600).day()).collect();
        assert!(days[..24].iter().all(|day| day.date() == changed));
        assert!(days[24..].iter().all(|day| day.date() == changed.tomorrow().unwrap()));
    }
}

#[test]
fn cohorts_grow_coarser_on_the_same_ages_all_year_round() {
    for cohort in (18_000..20_000).map(Day) {
        let stamp = VisitStamp { cohort, last: cohort, serial: None, provisional: false };
        for age in [0, 1, 30, 31, 100, 182, 183, 396] {
            let today = Day(cohort.0 + age);
            let told = stamp.cohort_on(today).date();
            let (born, expected) = (cohort.date(), VisitStamp { last: today, ..stamp }.cohort_precision());
            match age {
                ..=30 => assert_eq!((told, expected), (born, CohortPrecision::Day)),
                31..=182 => {
                    assert_eq!(
                        (told, expected),
                        (born.iso_week_date().first_of_week().unwrap().date(), CohortPrecision::Week)
                    )
                }
                _ => assert_eq!((told, expected), (born.first_of_month(), CohortPrecision::Month)),
            }
        }
        let end = cohort.date().checked_add(13.months()).unwrap();
        assert_eq!(stamp.expiry().date(), end);
    }
}

/// What an app reports on a day of use: whether that counts as active in the week, and in each of four ways to lay months.
type Use = ((u32, u32), &'static str);

/// DuckDuckGo's mobile apps tell their service on a day of use whether it is the first of its week, and of its month. Facts
/// of their published cases: repository `duckduckgo/iOS`, `DuckDuckGoTests/mobile_segments_test_cases.json`; what a day is
/// called: `Core/Atb.swift`. Week 99 lies in January 2018, weeks begin on Wednesday (day 1), and a month is four weeks,
/// beginning with a week that 4 divides, or one, two or three weeks later. Typed here: the day of installation, the
/// days of use, and where these count: `W` for the week, a digit for each of the four ways to lay months.
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

/// What is counted of somebody who comes on these days.
fn counts_of(days: &[Day]) -> (tempfile::TempDir, CountsReader) {
    let mut service = Service::new(Way::Ours, Memory::Own(vec![DailyMarks::default()]), &[0], 1);
    let mut jar: Option<String> = None;
    for day in days {
        // A page, and what confirms it.
        for _ in 0..2 {
            if let Answer::Stamp(stamp) = service.request(0, *day, jar.as_deref(), TrackingPreference::Unset) {
                jar = Some(stamp);
            }
        }
    }
    service.counts()
}

/// How many people were active in the 7 and in the 28 days that end with a day.
fn rolling(counts: &CountsReader, end: Day) -> [u64; 2] {
    let question = ReportFilter { from: end.date(), to: end.date(), ..ReportFilter::default() };
    let rows = counts.active(&question, 1, Day(u32::MAX)).unwrap().rows;
    let total = rows.iter().find(|row| row[1].text() == "*");
    [4, 5].map(|column| total.map_or(0, |row| row[column].text().parse().unwrap()))
}

/// What can be compared: the uses that count in a block of theirs are those whom we count in the window that ends with it,
/// of 7 or of 28 days. Their day of installation counts nothing, so nobody comes on it here. What cannot: their segments
/// (regular, intermittent, returned), for which a client must know more of its past than a stamp tells.
#[test]
fn weeks_and_months_are_counted_as_duckduckgo_counts_them() {
    // Week 1 began on Wednesday, 2016-02-24, so that week 99 lies in January 2018.
    let first = |week: u32| Day::from_date(date(2016, 2, 24)).0 + 7 * (week - 1);
    assert_eq!((Day(first(99)).date().year(), Day(first(99)).date().month()), (2018, 1));
    for (install, uses) in CASES {
        let uses: Vec<&Use> = uses.iter().filter(|(day, _)| *day != install).collect();
        let days: Vec<Day> = uses.iter().map(|((week, day), _)| Day(first(*week) + day - 1)).collect();
        let (_folder, counts) = counts_of(&days);
        for ((week, _), _) in &uses {
            let count = |from: u32, to: u32, sign| {
                let within = |use_: &&&Use| (from..=to).contains(&use_.0.0) && use_.1.contains(sign);
                uses.iter().filter(within).count() as u64
            };
            let [weekly, _] = rolling(&counts, Day(first(week + 1) - 1));
            assert_eq!(weekly, count(*week, *week, 'W'), "{install:?}: {week}");
            for (sign, shift) in ['0', '1', '2', '3'].into_iter().zip(0..) {
                let from = (week - shift) / 4 * 4 + shift;
                let [_, monthly] = rolling(&counts, Day(first(from + 4) - 1));
                assert_eq!(monthly, count(from, from + 3, sign), "{install:?}: four weeks from {from}");
            }
        }
    }
}
