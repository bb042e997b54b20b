//! Days are whole UTC days: leap days, the ends of years, ISO week 53 and daylight saving time make none longer or shorter.

use jiff::ToSpan as _;
use jiff::civil::date;
use qsproxy::seal::visit_stamp::{Grain, Stamp};
use qsproxy::world::{DAY_SECONDS, Day, Time};

#[test]
fn days_follow_the_calendar_for_a_century() {
    let mut at = date(1970, 1, 5);
    for day in (4..47_500).map(Day) {
        assert_eq!((day.date(), Day::of(at)), (at, day));
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
        let first = Time(u64::from(Day::of(changed).0) * DAY_SECONDS);
        let days: Vec<Day> = (0..48).map(|hour| Time(first.0 + hour * 3_600).day()).collect();
        assert!(days[..24].iter().all(|day| day.date() == changed));
        assert!(days[24..].iter().all(|day| day.date() == changed.tomorrow().unwrap()));
    }
}

#[test]
fn cohorts_grow_coarser_on_the_same_ages_all_year_round() {
    for cohort in (18_000..20_000).map(Day) {
        let stamp = Stamp { cohort, last: cohort, serial: None, provisional: false };
        for age in [0, 1, 30, 31, 100, 182, 183, 396] {
            let today = Day(cohort.0 + age);
            let told = stamp.cohort_on(today).date();
            let (born, expected) = (cohort.date(), Stamp { last: today, ..stamp }.grain());
            match age {
                ..=30 => assert_eq!((told, expected), (born, Grain::Day)),
                31..=182 => {
                    assert_eq!((told, expected), (born.iso_week_date().first_of_week().unwrap().date(), Grain::Week))
                }
                _ => assert_eq!((told, expected), (born.first_of_month(), Grain::Month)),
            }
        }
        let end = cohort.date().checked_add(13.months()).unwrap();
        assert_eq!(stamp.end().date(), end);
    }
}
