//! A partner's days in UTC hours. A day has 23 or 25 of them where its zone's clock changes; zones whose clock is not whole
//! hours off UTC are refused with the configuration.

use jiff::civil::Date;
use jiff::tz::{AmbiguousOffset, TimeZone};

use crate::time::Hour;

/// Seconds in an hour.
const SECONDS: i64 = 3_600;

/// The UTC hour in which a day begins. Where the zone's clock skips midnight, it begins an hour later.
#[must_use]
pub fn first_hour(day: Date, zone: &TimeZone) -> Hour {
    let start = zone.to_timestamp(day.at(0, 0, 0, 0)).map_or(0, |start| start.as_second());
    Hour(u32::try_from(start.div_euclid(SECONDS)).unwrap_or(0))
}

/// How many hours a day has.
#[cfg(test)]
pub(super) fn hours_of(day: Date, zone: &TimeZone) -> u32 {
    let next = day.tomorrow().unwrap_or(day);
    first_hour(next, zone).0.saturating_sub(first_hour(day, zone).0)
}

/// Whether the zone's clock shows this hour of a day twice, as it goes back.
#[must_use]
pub fn comes_twice(day: Date, hour: i8, zone: &TimeZone) -> bool {
    let offset = zone.to_ambiguous_timestamp(day.at(hour, 0, 0, 0)).offset();
    matches!(offset, AmbiguousOffset::Fold { .. })
}

/// The days of the month that this day is in.
#[must_use]
pub fn of_month(day: Date) -> Vec<Date> {
    let (first, last) = (day.first_of_month(), day.last_of_month());
    first.series(jiff::Span::new().days(1)).take_while(|day| *day <= last).collect()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn zone(name: &str) -> TimeZone {
        TimeZone::get(name).unwrap()
    }

    #[test]
    fn days_have_the_hours_that_their_clocks_give_them() {
        let pacific = zone("America/Los_Angeles");
        assert_eq!(first_hour(date(2026, 10, 1), &pacific).to_string(), "2026-10-01T07");
        assert_eq!(first_hour(date(2026, 12, 1), &pacific).to_string(), "2026-12-01T08");
        assert_eq!(
            [date(2026, 3, 8), date(2026, 11, 1), date(2026, 11, 2)].map(|day| hours_of(day, &pacific)),
            [23, 25, 24]
        );
        assert_eq!(first_hour(date(2026, 10, 1), &zone("Pacific/Kiritimati")).to_string(), "2026-09-30T10");
        let twice = |day| (0..24).filter(|hour| comes_twice(day, *hour, &pacific)).collect::<Vec<_>>();
        assert_eq!(
            [twice(date(2026, 11, 1)), twice(date(2026, 11, 2)), twice(date(2026, 3, 8))],
            [vec![1], vec![], vec![]]
        );
        // Midnight itself is skipped where the clock goes ahead then.
        let havana = zone("America/Havana");
        assert_eq!(hours_of(date(2026, 3, 8), &havana), 23);
        for name in ["America/Los_Angeles", "Europe/Berlin", "Pacific/Auckland", "UTC", "America/Havana"] {
            let days = of_month(date(2026, 10, 17));
            assert_eq!((days.len(), days[0], days[30]), (31, date(2026, 10, 1), date(2026, 10, 31)));
            let hours: u32 = days.iter().map(|day| hours_of(*day, &zone(name))).sum();
            let ends = first_hour(date(2026, 11, 1), &zone(name)).0 - first_hour(date(2026, 10, 1), &zone(name)).0;
            assert_eq!(hours, ends, "{name}");
        }
    }
}
