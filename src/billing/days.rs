//! A partner's days as ranges of UTC seconds and hours. A day has 23 or 25 hours where the clock of its zone changes, and begins
//! within a UTC hour where the zone is not offset from UTC by whole hours.

use std::ops::Range;

use jiff::civil::Date;
use jiff::tz::{AmbiguousOffset, TimeZone};

use crate::time::Hour;

/// Seconds in an hour.
pub const SECONDS_OF_HOUR: i64 = 3_600;
/// The year in which seconds begin to be counted.
const FIRST_YEAR: i16 = 1970;
/// 10000-01-01T00:00:00Z, after the last day of the calendar.
const END_OF_CALENDAR: i64 = 253_402_300_800;

/// Returns the second, since 1970-01-01T00:00:00Z, in which a day begins: that after midnight where the zone's clock skips
/// midnight, 0 for days before 1970, and that of the year 10000 for a day that ends with the calendar.
#[must_use]
pub fn first_second(day: Date, zone: &TimeZone) -> i64 {
    let beyond = if day.year() < FIRST_YEAR { 0 } else { END_OF_CALENDAR };
    zone.to_timestamp(day.at(0, 0, 0, 0)).map_or(beyond, |start| start.as_second()).max(0)
}

/// Returns the seconds of the days from `first` to `last`.
#[must_use]
pub fn seconds_of_days(first: Date, last: Date, zone: &TimeZone) -> Range<i64> {
    first_second(first, zone)..first_second(last.tomorrow().unwrap_or(last), zone)
}

/// Returns the UTC hours that have a second in the days from `first` to `last`. Where the zone is not offset from UTC by whole
/// hours, the first and the last of them belong partly to other days.
#[must_use]
pub fn hours_of_days(first: Date, last: Date, zone: &TimeZone) -> Range<Hour> {
    let seconds = seconds_of_days(first, last, zone);
    let hour = |second: i64| Hour(u32::try_from(second.div_euclid(SECONDS_OF_HOUR)).unwrap_or(0));
    hour(seconds.start)..hour(seconds.end.saturating_add(SECONDS_OF_HOUR - 1))
}

/// Returns how many of `n` counts of an hour lie in these of its seconds: as many as lie before their end, without those before
/// their start, each rounded down.
#[must_use]
pub fn share_of_hour(n: u64, part: &Range<i64>) -> u64 {
    let until = |second: i64| {
        let share = i128::from(n) * i128::from(second) / i128::from(SECONDS_OF_HOUR);
        u64::try_from(share).unwrap_or(0)
    };
    until(part.end).saturating_sub(until(part.start))
}

/// Returns the UTC hour in which a day begins.
#[must_use]
pub fn first_hour(day: Date, zone: &TimeZone) -> Hour {
    hours_of_days(day, day, zone).start
}

/// Returns the UTC hours that have a second in a day.
#[must_use]
pub fn hours_of_day(day: Date, zone: &TimeZone) -> Range<Hour> {
    hours_of_days(day, day, zone)
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
        let hours = hours_of_days(day, day, zone);
        hours.end.0 - hours.start.0
    }

    #[test]
    fn a_day_has_23_24_or_25_hours() {
        let pacific = zone("America/Los_Angeles");
        let first_hour = |day, zone: &TimeZone| hours_of_days(day, day, zone).start.to_string();
        assert_eq!(first_hour(date(2026, 10, 1), &pacific), "2026-10-01T07");
        assert_eq!(first_hour(date(2026, 12, 1), &pacific), "2026-12-01T08");
        assert_eq!(
            [date(2026, 3, 8), date(2026, 11, 1), date(2026, 11, 2)].map(|day| hour_count(day, &pacific)),
            [23, 25, 24]
        );
        assert_eq!(first_hour(date(2026, 10, 1), &zone("Pacific/Kiritimati")), "2026-09-30T10");
        let repeated = |day| (0..24).filter(|hour| is_repeated_hour(day, *hour, &pacific)).collect::<Vec<_>>();
        assert_eq!(
            [repeated(date(2026, 11, 1)), repeated(date(2026, 11, 2)), repeated(date(2026, 3, 8))],
            [vec![1], vec![], vec![]]
        );
        // In Havana the clock goes forward at midnight, so that midnight itself does not exist.
        assert_eq!(hour_count(date(2026, 3, 8), &zone("America/Havana")), 23);
    }
    #[test]
    fn days_of_a_zone_off_the_whole_hour_share_their_first_and_last_hours() {
        let kolkata = zone("Asia/Kolkata");
        let day = date(2026, 10, 1);
        let hours = hours_of_days(day, day, &kolkata);
        assert_eq!([hours.start, hours.end].map(|hour| hour.to_string()), ["2026-09-30T18", "2026-10-01T19"]);
        // The clock of Lord Howe changes by half an hour.
        let seconds = |day: Date| {
            let seconds = seconds_of_days(day, day, &zone("Australia/Lord_Howe"));
            seconds.end - seconds.start
        };
        assert_eq!([date(2026, 4, 5), date(2026, 10, 4)].map(seconds), [88_200, 84_600]);
        // In Samoa there was no 30 December 2011.
        let samoa = seconds_of_days(date(2011, 12, 30), date(2011, 12, 30), &zone("Pacific/Apia"));
        assert!(samoa.is_empty(), "{samoa:?}");
    }
}
