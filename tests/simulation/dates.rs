//! Date arithmetic of the program against `jiff`: days are UTC days of 86,400 seconds, and neither leap days nor ends of years,
//! ISO week 53 or daylight saving time make one longer or shorter.

use jiff::ToSpan as _;
use jiff::civil::date;
use qsproxy::time::{DAY_SECONDS, Day, Time};
use qsproxy::tokens::visit_stamp::{CohortPrecision, VisitStamp};

#[test]
fn days_weeks_and_months_agree_with_the_calendar_for_a_century() {
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
fn daylight_saving_time_does_not_change_a_day() {
    // In Berlin, 2026-03-29 has 23 hours and 2026-10-25 has 25.
    for changed in [date(2026, 3, 29), date(2026, 10, 25)] {
        let first = Time(u64::from(Day::from_date(changed).0) * DAY_SECONDS);
        let days: Vec<Day> = (0..48).map(|hour| Time(first.0 + hour * 3_600).day()).collect();
        assert!(days[..24].iter().all(|day| day.date() == changed));
        assert!(days[24..].iter().all(|day| day.date() == changed.tomorrow().unwrap()));
    }
}

#[test]
fn cohorts_become_coarser_at_the_same_ages_all_year_round() {
    for cohort in (18_000..20_000).map(Day) {
        let stamp = VisitStamp { cohort, last: cohort, serial: None, provisional: false };
        for age in [0, 1, 30, 31, 100, 182, 183, 396] {
            let today = Day(cohort.0 + age);
            let reported = stamp.cohort_on(today).date();
            let (born, expected) = (cohort.date(), VisitStamp { last: today, ..stamp }.cohort_precision());
            match age {
                ..=30 => assert_eq!((reported, expected), (born, CohortPrecision::Day)),
                31..=182 => {
                    assert_eq!(
                        (reported, expected),
                        (born.iso_week_date().first_of_week().unwrap().date(), CohortPrecision::Week)
                    )
                }
                _ => assert_eq!((reported, expected), (born.first_of_month(), CohortPrecision::Month)),
            }
        }
        let end = cohort.date().checked_add(13.months()).unwrap();
        assert_eq!(stamp.expiry().date(), end);
    }
}
