//! Wall clock, monotonic clock and the UTC hours and days that counts are keyed by.
//!
//! No other file reads a clock. Everything else takes the time as an argument, so tests pass plain values.

use std::fmt;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Seconds in an hour.
pub const HOUR_SECONDS: u64 = 3_600;
/// Seconds in a UTC day. POSIX time has no leap seconds (IEEE Std 1003.1, 4.16).
pub const DAY_SECONDS: u64 = 86_400;

/// A point in time, in whole seconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(pub u64);

impl Time {
    /// The UTC hour. Nothing finer is ever written to disk.
    #[must_use]
    pub fn hour(self) -> Hour {
        Hour(u32::try_from(self.0 / HOUR_SECONDS).unwrap_or(u32::MAX))
    }

    /// The UTC day.
    #[must_use]
    pub fn day(self) -> Day {
        Day(u32::try_from(self.0 / DAY_SECONDS).unwrap_or(u32::MAX))
    }
}

/// RFC 3339, such as `2026-11-25T15:04:05Z`.
impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = i64::try_from(self.0).ok().and_then(|seconds| jiff::Timestamp::from_second(seconds).ok());
        write!(f, "{}", time.unwrap_or(jiff::Timestamp::UNIX_EPOCH))
    }
}

/// A UTC hour, in hours since 1970-01-01T00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hour(pub u32);

impl Hour {
    /// The day that contains this hour.
    #[must_use]
    pub fn day(self) -> Day {
        Day(self.0 / 24)
    }

    /// Parses the format that [`fmt::Display`] writes, and no other spelling of it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (date, hour) = text.split_once('T')?;
        let hour: u32 = hour.parse().ok().filter(|hour| *hour < 24)?;
        let day = Day::from_date(date.parse().ok()?);
        let parsed = Self(day.0.checked_mul(24)?.checked_add(hour)?);
        (parsed.to_string() == text).then_some(parsed)
    }
}

/// `YYYY-MM-DDTHH`, as in the store's column `hour`.
impl fmt::Display for Hour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}T{:02}", self.day().date(), self.0 % 24)
    }
}

/// A UTC day, in days since 1970-01-01.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(pub u32);

impl Day {
    /// The calendar date.
    #[must_use]
    pub fn date(self) -> jiff::civil::Date {
        let time = jiff::Timestamp::from_second(i64::from(self.0) * 86_400).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        jiff::tz::Offset::UTC.to_datetime(time).date()
    }

    /// The day of a calendar date. Dates before 1970 become 1970-01-01.
    #[must_use]
    pub fn from_date(date: jiff::civil::Date) -> Self {
        let days = date.duration_since(Self(0).date()).as_hours() / 24;
        Self(u32::try_from(days).unwrap_or(0))
    }

    /// The hour that starts at midnight UTC.
    #[must_use]
    pub fn first_hour(self) -> Hour {
        Hour(self.0.saturating_mul(24))
    }

    /// The end of the day: midnight UTC, with which the next day starts.
    #[must_use]
    pub fn end(self) -> Time {
        Time((u64::from(self.0) + 1) * DAY_SECONDS)
    }

    /// Days from `earlier` to this day; 0 if `earlier` is later.
    #[must_use]
    pub fn days_since(self, earlier: Self) -> u32 {
        self.0.saturating_sub(earlier.0)
    }

    /// The Monday of this day's week (ISO 8601, 2.2.8). 1970-01-01 was a Thursday.
    #[must_use]
    pub fn monday(self) -> Self {
        Self(self.0.saturating_sub((self.0 + 3) % 7))
    }

    /// The first day of this day's month.
    #[must_use]
    pub fn first_of_month(self) -> Self {
        Self::from_date(self.date().first_of_month())
    }
}

/// Reads the wall clock. A clock set before 1970 returns 0.
#[must_use]
#[allow(clippy::disallowed_methods, reason = "the one place that reads the wall clock")]
pub fn now() -> Time {
    Time(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO).as_secs())
}

/// The time until the wall clock shows `end`, finer than seconds; zero from then on.
#[must_use]
#[allow(clippy::disallowed_methods, reason = "the one place that reads the wall clock")]
pub fn until(end: Time) -> Duration {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    Duration::from_secs(end.0).saturating_sub(now)
}

/// Reads the monotonic clock, for deadlines and durations.
#[must_use]
#[allow(clippy::disallowed_methods, reason = "the one place that reads the monotonic clock")]
pub fn instant() -> Instant {
    Instant::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_formatted_and_parsed_in_one_format_only() {
        assert_eq!(Hour(0).to_string(), "1970-01-01T00");
        assert_eq!(Hour(498_783).to_string(), "2026-11-25T15");
        assert_eq!(Hour::parse("2026-11-25T15"), Some(Hour(498_783)));
        for malformed in
            ["2026-11-25", "2026-11-25T24", "2026-11-25T5", "2026-11-25T015", "2026-11-31T00", "1969-12-31T23", "T"]
        {
            assert_eq!(Hour::parse(malformed), None, "{malformed}");
        }
    }
}
