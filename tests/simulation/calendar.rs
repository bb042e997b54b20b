//! The calendar: leap days, ends of years, ISO week 53, changes of daylight saving time, and the expiry of stamps. Dates and
//! expected results are typed by hand.

use std::sync::Arc;

use jiff::civil::{Date, date};
use qsproxy::dedup::daily::DailyMarks;
use qsproxy::time::{DAY_SECONDS, Day, Time};
use qsproxy_test_support::random::Random;

use super::clients::{Browser, Network};
use super::figures::StoreContents;
use super::service::{Design, Service, shared_marks};

/// What is stored of toolbars that visit at these times, with windows that end up to 30 days after the last visit.
fn visits_at(clients: &[Vec<Time>]) -> StoreContents {
    let marks = Arc::new(DailyMarks::default());
    let service = Service::start();
    let mut network = Network::new(vec![service.node(Design::Real, 0, shared_marks(&marks))], Random::new(1), 0);
    let mut visits: Vec<(Time, usize)> =
        (0..).zip(clients).flat_map(|(who, at)| at.iter().map(move |at| (*at, who))).collect();
    visits.sort_unstable();
    let mut browsers = vec![Browser { is_browser: false, ..Browser::new(0) }; clients.len()];
    for (at, who) in &visits {
        // A search, and one that confirms the stamp.
        (0..2).for_each(|_| drop(network.send_at_once(&mut browsers[*who], *at, 1)));
    }
    drop(network);
    StoreContents::read(service, visits[0].0.day().0..visits[visits.len() - 1].0.day().0 + 31)
}

fn day_number(date: Date) -> u32 {
    Day::from_date(date).0
}

fn noon(date: Date) -> Time {
    Time(u64::from(day_number(date)) * DAY_SECONDS + DAY_SECONDS / 2)
}

/// What is stored of one toolbar that visits on these days.
pub fn visits_on(days: &[Date]) -> StoreContents {
    visits_at(&[days.iter().map(|day| noon(*day)).collect()])
}

#[test]
fn gaps_and_ages_cross_leap_days_and_ends_of_years() {
    for (days, gaps, ages) in [
        // A leap day in between, and as the first day.
        (
            vec![date(2024, 2, 28), date(2024, 2, 29), date(2024, 3, 1), date(2024, 3, 6)],
            vec![0, 1, 1, 5],
            vec![0, 1, 7],
        ),
        (
            vec![date(2024, 2, 29), date(2024, 3, 1), date(2024, 3, 7), date(2024, 3, 30)],
            vec![0, 1, 6, 23],
            vec![0, 1, 7, 30],
        ),
        (vec![date(2024, 1, 30), date(2024, 2, 29)], vec![0, 30], vec![0, 30]),
        // No leap day in a year that is not divisible by four, nor in 2100.
        (vec![date(2023, 2, 28), date(2023, 3, 1), date(2023, 3, 30)], vec![0, 1, 29], vec![0, 1, 30]),
        (vec![date(2100, 2, 28), date(2100, 3, 1)], vec![0, 1], vec![0, 1]),
        // The end of a year of 53 weeks, and of years of 52.
        (
            vec![date(2020, 12, 31), date(2021, 1, 1), date(2021, 1, 7), date(2021, 1, 30)],
            vec![0, 1, 6, 23],
            vec![0, 1, 7, 30],
        ),
        (vec![date(2026, 12, 31), date(2027, 1, 1), date(2027, 1, 30)], vec![0, 1, 29], vec![0, 1, 30]),
        (vec![date(2024, 12, 31), date(2025, 1, 7), date(2025, 3, 1)], vec![0, 7, 30], vec![0, 7]),
    ] {
        let StoreContents { rows, .. } = visits_on(&days);
        let stored: Vec<(u32, u32)> = rows.active.keys().map(|(day, _, gap)| (*day, *gap)).collect();
        let expected: Vec<(u32, u32)> = days.iter().map(|day| day_number(*day)).zip(gaps).collect();
        assert_eq!(stored, expected, "{days:?}");
        let stored: Vec<(u32, u32)> = rows.retention.keys().map(|(cohort, age, _)| (*cohort, *age)).collect();
        assert_eq!(stored, ages.into_iter().map(|age| (day_number(days[0]), age)).collect::<Vec<_>>(), "{days:?}");
    }
}

/// An ISO 8601 week is the window of 7 days that ends on its Sunday, whatever its number and its year.
#[test]
fn week_53_is_a_week_like_any_other() {
    for (monday, sunday) in [(date(2020, 12, 28), date(2021, 1, 3)), (date(2026, 12, 28), date(2027, 1, 3))] {
        for day in [monday, sunday] {
            assert_eq!((day.iso_week_date().week(), day.iso_week_date().year()), (53, monday.year()));
        }
        let [before, after] = [day_number(monday) - 1, day_number(sunday) + 1].map(|day| Day(day).date());
        let clients = [vec![monday, sunday], vec![before, sunday], vec![monday, after], vec![before], vec![after]];
        let clients: Vec<Vec<Time>> = clients.iter().map(|days| days.iter().map(|day| noon(*day)).collect()).collect();
        let figures = visits_at(&clients).figures;
        let weekly = [day_number(monday) - 1, day_number(sunday), day_number(sunday) + 7]
            .map(|end| figures.total("rolling 7", end));
        assert_eq!(weekly, [2, 3, 2], "weeks 52, 53 and 1 around {sunday}");
    }
}

/// A day is 86,400 seconds from midnight UTC. A client that visits every hour is counted once a day around the days on which
/// daylight saving time begins and ends in Europe and America.
#[test]
fn daylight_saving_time_changes_no_count() {
    for change in [date(2024, 3, 10), date(2024, 3, 31), date(2024, 10, 27), date(2024, 11, 3)] {
        let midnight = (u64::from(day_number(change)) - 1) * DAY_SECONDS;
        let visits = (0..3 * 24).flat_map(|hour| [hour * 3_600, hour * 3_600 + 3_599]);
        let StoreContents { rows, .. } = visits_at(&[visits.map(|second| Time(midnight + second)).collect()]);
        let stored: Vec<(u32, u32, u64)> = rows.active.iter().map(|((day, _, gap), n)| (*day, *gap, *n)).collect();
        let day = day_number(change);
        assert_eq!(stored, [(day - 1, 0, 1), (day, 1, 1), (day + 1, 1, 1)], "{change}");
    }
}

/// A client that visits every week becomes a new visitor thirteen months after the first of the month of the Monday of its
/// first week. The stamp of a client that visited only in its first 30 days contains the day, and expires thirteen months after
/// it.
#[test]
fn stamps_expire_after_thirteen_calendar_months() {
    for (first_day, new_again) in [
        (date(2023, 1, 31), date(2024, 2, 1)),
        // A Wednesday whose week begins in January: only twelve months.
        (date(2023, 2, 1), date(2024, 2, 1)),
        (date(2024, 2, 29), date(2025, 3, 1)),
        (date(2020, 12, 31), date(2022, 1, 1)),
        // The Friday of 2020-W53.
        (date(2021, 1, 1), date(2022, 1, 1)),
    ] {
        let (first, last) = (day_number(first_day), day_number(new_again));
        let days = (first..last - 1).step_by(7).chain(last - 1..last + 2);
        let days: Vec<Date> = days.map(|day| Day(day).date()).collect();
        let rows = visits_on(&days).rows;
        let new_days: Vec<Date> = rows.retention.keys().filter(|key| key.1 == 0).map(|key| Day(key.0).date()).collect();
        assert_eq!(new_days, [first_day, new_again]);
    }
    // After a pause: the last day on which the client is known; it is new on the next. February 2024 has 29 days.
    for (days, last) in [
        (vec![date(2023, 1, 31), date(2023, 2, 10)], date(2024, 2, 28)),
        // The last visit at an age of 30 days, and of 31, when the cohort becomes its Monday, 2023-02-27.
        (vec![date(2023, 3, 2), date(2023, 4, 1)], date(2024, 4, 1)),
        (vec![date(2023, 3, 2), date(2023, 4, 2)], date(2024, 3, 26)),
        // The last visit 26 weeks after the Monday, 2023-01-30, and a day later, when the cohort becomes its month.
        (vec![date(2023, 1, 31), date(2023, 3, 10), date(2023, 7, 31)], date(2024, 2, 28)),
        (vec![date(2023, 1, 31), date(2023, 3, 10), date(2023, 8, 1)], date(2024, 1, 31)),
    ] {
        let gap_on = |day| {
            let days: Vec<Date> = days.iter().copied().chain([day]).collect();
            visits_on(&days).rows.active.into_keys().last().unwrap().2
        };
        assert_eq!([last, last.tomorrow().unwrap()].map(gap_on), [30, 0], "{days:?}");
        // Further visits on the last day are still those of the client that returned.
        let noon = |date: &Date| Time(u64::from(day_number(*date)) * DAY_SECONDS + 12 * 3_600);
        let times = days.iter().chain([&last; 4]).zip(0..).map(|(date, second)| Time(noon(date).0 + second));
        let rows = visits_at(&[times.collect()]).rows;
        let on_last: Vec<(u32, u64)> = rows
            .active
            .iter()
            .filter(|((day, ..), _)| *day == day_number(last))
            .map(|((_, _, gap), n)| (*gap, *n))
            .collect();
        assert_eq!(on_last, [(30, 1)], "{days:?}");
    }
}
