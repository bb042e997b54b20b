//! Numbers of spreadsheets that are dates (ECMA-376 part 1 section 18.17.4): days since a first day, and the time as a fraction.

use jiff::civil::{Date, Time, date};

use crate::billing::import::cell::{CellKind, FileCell};

/// Seconds of a day.
const DAY_SECONDS: f64 = 86_400.0;
/// The last day that a spreadsheet knows: 9999-12-31.
const LAST_SERIAL: f64 = 2_958_466.0;

/// From which day a workbook counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DateSystem {
    /// Day 1 is 1900-01-01, and day 60 the 29 February 1900, which did not exist.
    From1900,
    /// Day 0 is 1904-01-01.
    From1904,
}

/// Which parts of a moment a number format shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MomentPart {
    /// The date, perhaps with the time.
    Date,
    /// The time of day.
    Time,
}

/// Returns the cell of a moment: the date in ISO 8601, with the time unless it is midnight; or the time alone.
///
/// # Errors
/// The number is no date; the message is for the operator.
pub(super) fn moment(serial: f64, part: MomentPart, system: DateSystem) -> Result<FileCell, String> {
    let not_a_date = || "this number is not a date; correct the cell, or its number format".to_owned();
    if !(0.0..LAST_SERIAL).contains(&serial) {
        return Err(not_a_date());
    }
    // Times are stored in binary fractions of a day; a second is a hundred thousand times coarser than their rounding.
    let seconds = (serial.fract() * DAY_SECONDS).round();
    let (days, seconds) = if seconds >= DAY_SECONDS { (serial.trunc() + 1.0, 0.0) } else { (serial.trunc(), seconds) };
    let (days, seconds) = (whole(days).ok_or_else(not_a_date)?, whole(seconds).ok_or_else(not_a_date)?);
    let time = clock_time(seconds).ok_or_else(not_a_date)?;
    if part == MomentPart::Time {
        return Ok(FileCell::new(time.to_string(), CellKind::Time));
    }
    let day = day(days, system)?;
    let text = if time == Time::midnight() { day.to_string() } else { day.to_datetime(time).to_string() };
    Ok(FileCell::new(text, CellKind::Time))
}

fn day(serial: i64, system: DateSystem) -> Result<Date, String> {
    let first = match (system, serial) {
        (DateSystem::From1904, _) => date(1904, 1, 1),
        (DateSystem::From1900, 60) => {
            return Err("this is 29 February 1900, a day that spreadsheets have and the calendar has not; correct it"
                .to_owned());
        }
        (DateSystem::From1900, ..60) => date(1899, 12, 31),
        (DateSystem::From1900, 61..) => date(1899, 12, 30),
    };
    first
        .checked_add(jiff::Span::new().days(serial.min(3_000_000)))
        .map_err(|_| "this date is too far off; correct it".to_owned())
}

fn clock_time(seconds: i64) -> Option<Time> {
    let part = |n: i64| i8::try_from(n).ok();
    Time::new(part(seconds / 3_600)?, part(seconds / 60 % 60)?, part(seconds % 60)?, 0).ok()
}

/// Converts a number without a fraction.
fn whole(number: f64) -> Option<i64> {
    format!("{number:.0}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(serial: f64, part: MomentPart, system: DateSystem) -> String {
        moment(serial, part, system).map_or_else(|message| message, |cell| cell.to_string())
    }

    #[test]
    fn serials_become_dates_of_both_systems() {
        for (serial, expected) in [
            (1.0, "1900-01-01"),
            (59.0, "1900-02-28"),
            (61.0, "1900-03-01"),
            (46_296.0, "2026-10-01"),
            (46_296.208_333_333_336, "2026-10-01T05:00:00"),
            (46_296.999_999_999, "2026-10-02"),
            (2_958_465.0, "9999-12-31"),
        ] {
            assert_eq!(text(serial, MomentPart::Date, DateSystem::From1900), expected, "{serial}");
        }
        assert_eq!(text(44_834.0, MomentPart::Date, DateSystem::From1904), "2026-10-01");
        assert_eq!(text(0.0, MomentPart::Date, DateSystem::From1904), "1904-01-01");
        assert_eq!(text(46_296.958_333_333_336, MomentPart::Time, DateSystem::From1900), "23:00:00");
        assert!(text(60.0, MomentPart::Date, DateSystem::From1900).contains("29 February 1900"));
        for serial in [-1.0, 2_958_466.0, 1e300, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert!(text(serial, MomentPart::Date, DateSystem::From1900).contains("not a date"), "{serial}");
        }
        assert!(text(2_958_465.0, MomentPart::Date, DateSystem::From1904).contains("too far off"));
    }
}
