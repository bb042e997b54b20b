//! A partner's days as ranges of UTC hours. A day has 23 or 25 hours where the clock of its zone changes. The configuration
//! rejects zones whose offset from UTC is not a whole number of hours.

use std::ops::Range;

use jiff::civil::Date;
use jiff::tz::{AmbiguousOffset, TimeZone};

use crate::time::Hour;

/// Seconds in an hour.
const HOUR_SECONDS: i64 = 3_600;

/// Returns the UTC hour in which a day begins: the hour after midnight where the zone's clock skips midnight, and hour 0 for
/// days before 1970.
#[must_use]
pub fn first_hour(day: Date, zone: &TimeZone) -> Hour {
    let start = zone.to_timestamp(day.at(0, 0, 0, 0)).map_or(0, |start| start.as_second());
    Hour(u32::try_from(start.div_euclid(HOUR_SECONDS)).unwrap_or(0))
}

/// Returns the UTC hours of a day.
#[must_use]
pub fn hours_of_day(day: Date, zone: &TimeZone) -> Range<Hour> {
    first_hour(day, zone)..first_hour(day.tomorrow().unwrap_or(day), zone)
}

/// Returns whether the zone's clock shows this hour of the day twice, because the clock goes back.
#[must_use]
pub fn is_repeated_hour(day: Date, hour: i8, zone: &TimeZone) -> bool {
    let offset = zone.to_ambiguous_timestamp(day.at(hour, 0, 0, 0)).offset();
    matches!(offset, AmbiguousOffset::Fold { .. })
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn zone(name: &str) -> TimeZone {
        TimeZone::get(name).unwrap()
    }

    fn hour_count(day: Date, zone: &TimeZone) -> u32 {
        let hours = hours_of_day(day, zone);
        hours.end.0 - hours.start.0
    }

    #[test]
    fn a_day_has_23_24_or_25_hours() {
        let pacific = zone("America/Los_Angeles");
        assert_eq!(first_hour(date(2026, 10, 1), &pacific).to_string(), "2026-10-01T07");
        assert_eq!(first_hour(date(2026, 12, 1), &pacific).to_string(), "2026-12-01T08");
        assert_eq!(
            [date(2026, 3, 8), date(2026, 11, 1), date(2026, 11, 2)].map(|day| hour_count(day, &pacific)),
            [23, 25, 24]
        );
        assert_eq!(first_hour(date(2026, 10, 1), &zone("Pacific/Kiritimati")).to_string(), "2026-09-30T10");
        let repeated = |day| (0..24).filter(|hour| is_repeated_hour(day, *hour, &pacific)).collect::<Vec<_>>();
        assert_eq!(
            [repeated(date(2026, 11, 1)), repeated(date(2026, 11, 2)), repeated(date(2026, 3, 8))],
            [vec![1], vec![], vec![]]
        );
        // In Havana the clock goes forward at midnight, so that midnight itself does not exist.
        assert_eq!(hour_count(date(2026, 3, 8), &zone("America/Havana")), 23);
    }
}
