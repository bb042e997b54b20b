//! A calendar month, the period in which partners settle.

use std::fmt;
use std::ops::Range;

use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::billing::days::hours_of_days;
use crate::time::Hour;

/// A month of the Gregorian calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct YearMonth(Date);

impl YearMonth {
    /// Returns the month that contains this day.
    #[must_use]
    pub fn containing(day: Date) -> Self {
        Self(day.first_of_month())
    }

    /// Parses `YYYY-MM`, exactly as [`fmt::Display`] writes it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let month = Self(format!("{text}-01").parse().ok()?);
        (month.to_string() == text).then_some(month)
    }

    /// The first day.
    #[must_use]
    pub fn first_day(self) -> Date {
        self.0
    }

    /// The last day.
    #[must_use]
    pub fn last_day(self) -> Date {
        self.0.last_of_month()
    }

    /// The month so many months before; the first of the calendar if there is none.
    #[must_use]
    pub fn minus(self, months: i32) -> Self {
        Self::containing(self.0.saturating_sub(jiff::Span::new().months(months)))
    }

    /// The days in order.
    pub fn days(self) -> impl Iterator<Item = Date> {
        let last = self.last_day();
        self.0.series(jiff::Span::new().days(1)).take_while(move |day| *day <= last)
    }

    /// The UTC hours of the month in a zone. Where the zone is not offset from UTC by whole hours, the first belongs partly to the
    /// month before, and the last to the month after.
    #[must_use]
    pub fn hours(self, zone: &TimeZone) -> Range<Hour> {
        hours_of_days(self.0, self.last_day(), zone)
    }
}

/// As `YYYY-MM`.
impl fmt::Display for YearMonth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.0.year(), self.0.month())
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn the_hours_of_the_days_add_up_to_the_month() {
        let month = YearMonth::containing(date(2026, 10, 17));
        let days: Vec<Date> = month.days().collect();
        assert_eq!((days.len(), days[0], days[30]), (31, date(2026, 10, 1), date(2026, 10, 31)));
        for name in ["America/Los_Angeles", "Europe/Berlin", "Pacific/Auckland", "UTC", "America/Havana"] {
            let zone = TimeZone::get(name).unwrap();
            let hours = month.hours(&zone);
            let mut next = hours.start;
            for day in &days {
                let hours = hours_of_days(*day, *day, &zone);
                assert_eq!(hours.start, next, "{name}");
                next = hours.end;
            }
            assert_eq!(next, hours.end, "{name}");
        }
    }

    #[test]
    fn parses_year_and_month_only() {
        assert_eq!(YearMonth::parse("2026-10"), Some(YearMonth(date(2026, 10, 1))));
        assert_eq!(YearMonth::parse("2026-10").unwrap().to_string(), "2026-10");
        for text in ["", "2026-13", "2026-1", "2026-10-01", "26-10", "+2026-10", " 2026-10", "2026-00"] {
            assert_eq!(YearMonth::parse(text), None, "{text}");
        }
    }
}
