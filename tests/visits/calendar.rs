//! The calendar: leap days, ends of years, ISO week 53, days on which clocks change, and the ends of stamps. Dates and
//! results are typed by hand.

use std::sync::Arc;

use jiff::civil::{Date, date};
use qsproxy::dedup::daily::DailyMarks;
use qsproxy::time::{DAY_SECONDS, Day, Time};

use super::clients::{Browser, Net};
use super::figures::Tally;
use super::service::{Rules, Service, remembering};
use qsproxy_test_support::random::Random;

/// Toolbars, each of which comes at these times; what is counted of them from the first to 30 days after the last.
fn tally(clients: &[Vec<Time>]) -> Tally {
    let memory = Arc::new(DailyMarks::default());
    let service = Service::start();
    let mut net = Net::new(vec![service.node(Rules::Real, 0, remembering(&memory))], Random::new(1), 0);
    let mut visits: Vec<(Time, usize)> =
        (0..).zip(clients).flat_map(|(who, at)| at.iter().map(move |at| (*at, who))).collect();
    visits.sort_unstable();
    let mut browsers = vec![Browser { is_browser: false, ..Browser::new(0) }; clients.len()];
    for (at, who) in &visits {
        // What asks, and what confirms.
        (0..2).for_each(|_| drop(net.volley(&mut browsers[*who], *at, 1)));
    }
    drop(net);
    Tally::of(service, visits[0].0.day().0..visits[visits.len() - 1].0.day().0 + 31)
}

fn number(date: Date) -> u32 {
    Day::from_date(date).0
}

/// Noon of a day.
fn noon(date: Date) -> Time {
    Time(u64::from(number(date)) * DAY_SECONDS + DAY_SECONDS / 2)
}

/// One client on these days.
fn on(days: &[Date]) -> Tally {
    tally(&[days.iter().map(|day| noon(*day)).collect()])
}

#[test]
fn gaps_and_ages_cross_leap_days_and_ends_of_years() {
    for (days, gaps, ages) in [
        // A leap day in between, and as the day of birth.
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
        // No leap day in a year that 4 does not divide, nor in 2100.
        (vec![date(2023, 2, 28), date(2023, 3, 1), date(2023, 3, 30)], vec![0, 1, 29], vec![0, 1, 30]),
        (vec![date(2100, 2, 28), date(2100, 3, 1)], vec![0, 1], vec![0, 1]),
        // The year's end, after 53 weeks and after 52.
        (
            vec![date(2020, 12, 31), date(2021, 1, 1), date(2021, 1, 7), date(2021, 1, 30)],
            vec![0, 1, 6, 23],
            vec![0, 1, 7, 30],
        ),
        (vec![date(2026, 12, 31), date(2027, 1, 1), date(2027, 1, 30)], vec![0, 1, 29], vec![0, 1, 30]),
        (vec![date(2024, 12, 31), date(2025, 1, 7), date(2025, 3, 1)], vec![0, 7, 30], vec![0, 7]),
    ] {
        let Tally { cells, .. } = on(&days);
        let told: Vec<(u32, u32)> = cells.active.keys().map(|(day, _, gap)| (*day, *gap)).collect();
        let wanted: Vec<(u32, u32)> = days.iter().map(|day| number(*day)).zip(gaps).collect();
        assert_eq!(told, wanted, "{days:?}");
        let told: Vec<(u32, u32)> = cells.retention.keys().map(|(cohort, age, _)| (*cohort, *age)).collect();
        assert_eq!(told, ages.into_iter().map(|age| (number(days[0]), age)).collect::<Vec<_>>(), "{days:?}");
    }
}

/// A week of ISO 8601 is the window of 7 days that ends on its Sunday, whatever its number and whichever year it
/// belongs to.
#[test]
fn week_53_is_a_week() {
    for (monday, sunday) in [(date(2020, 12, 28), date(2021, 1, 3)), (date(2026, 12, 28), date(2027, 1, 3))] {
        for day in [monday, sunday] {
            assert_eq!((day.iso_week_date().week(), day.iso_week_date().year()), (53, monday.year()));
        }
        let [before, after] = [number(monday) - 1, number(sunday) + 1].map(|day| Day(day).date());
        let clients = [vec![monday, sunday], vec![before, sunday], vec![monday, after], vec![before], vec![after]];
        let clients: Vec<Vec<Time>> = clients.iter().map(|days| days.iter().map(|day| noon(*day)).collect()).collect();
        let figures = tally(&clients).figures;
        let weekly = [number(monday) - 1, number(sunday), number(sunday) + 7].map(|end| figures.of("rolling 7", end));
        assert_eq!(weekly, [2, 3, 2], "weeks 52, 53 and 1 around {sunday}");
    }
}

/// A day is 86,400 seconds from midnight UTC. Around the days on which Europe and America change their clocks somebody
/// comes in every hour, and is counted once a day: there is no zone in it that could change.
#[test]
fn clocks_that_change_change_nothing() {
    for change in [date(2024, 3, 10), date(2024, 3, 31), date(2024, 10, 27), date(2024, 11, 3)] {
        let midnight = (u64::from(number(change)) - 1) * DAY_SECONDS;
        let visits = (0..3 * 24).flat_map(|hour| [hour * 3_600, hour * 3_600 + 3_599]);
        let Tally { cells, .. } = tally(&[visits.map(|second| Time(midnight + second)).collect()]);
        let told: Vec<(u32, u32, u64)> = cells.active.iter().map(|((day, _, gap), n)| (*day, *gap, *n)).collect();
        let day = number(change);
        assert_eq!(told, [(day - 1, 0, 1), (day, 1, 1), (day + 1, 1, 1)], "{change}");
    }
}

/// When somebody who comes every week is born again: thirteen months after the first of the month of the Monday of
/// their first week. Who came twice only is told by the day, and ends thirteen months after it.
#[test]
fn stamps_end_on_the_day_that_the_calendar_says() {
    for (born, again) in [
        (date(2023, 1, 31), date(2024, 2, 1)),
        // A Wednesday, whose week began in January: twelve months only.
        (date(2023, 2, 1), date(2024, 2, 1)),
        (date(2024, 2, 29), date(2025, 3, 1)),
        (date(2020, 12, 31), date(2022, 1, 1)),
        // The Friday of 2020-W53.
        (date(2021, 1, 1), date(2022, 1, 1)),
    ] {
        let (first, last) = (number(born), number(again));
        let days = (first..last - 1).step_by(7).chain(last - 1..last + 2);
        let days: Vec<Date> = days.map(|day| Day(day).date()).collect();
        let cells = on(&days).cells;
        let births: Vec<Date> = cells.retention.keys().filter(|key| key.1 == 0).map(|key| Day(key.0).date()).collect();
        assert_eq!(births, [born, again]);
    }
    // Who then stays away: the last days on which they are known, and are new on the next. February 2024 has a 29th.
    for (days, last) in [
        (vec![date(2023, 1, 31), date(2023, 2, 10)], date(2024, 2, 28)),
        // Seen at the age of 30 days, and of 31, when the day is told by its Monday, the 27th of February.
        (vec![date(2023, 3, 2), date(2023, 4, 1)], date(2024, 4, 1)),
        (vec![date(2023, 3, 2), date(2023, 4, 2)], date(2024, 3, 26)),
        // Seen 26 weeks after the Monday, the 30th of January, and a day later, when it is told by its month.
        (vec![date(2023, 1, 31), date(2023, 3, 10), date(2023, 7, 31)], date(2024, 2, 28)),
        (vec![date(2023, 1, 31), date(2023, 3, 10), date(2023, 8, 1)], date(2024, 1, 31)),
    ] {
        let seen_again = |day| {
            let days: Vec<Date> = days.iter().copied().chain([day]).collect();
            on(&days).cells.active.into_keys().last().unwrap().2
        };
        assert_eq!([last, last.tomorrow().unwrap()].map(seen_again), [30, 0], "{days:?}");
    }
}
