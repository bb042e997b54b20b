//! Terms of payment: on which day the money of a month is due.

use std::fmt;

use jiff::Span;
use jiff::civil::Date;

use crate::billing::year_month::YearMonth;

/// The most days of `net N`: a year.
const MAX_NET_DAYS: u16 = 366;

/// The names of the months after the month that is paid for.
const MONTHS: [(&str, u8); 4] = [("next", 1), ("first", 1), ("second", 2), ("third", 3)];

/// When the money of a month is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PaymentTerms {
    /// So many days after the last day of the month.
    Net(u16),
    /// On a day of a later month, or on its last day if it is shorter.
    DayOf {
        /// How many months later.
        months: u8,
        /// The day, from 1 to 31.
        day: i8,
    },
}

impl PaymentTerms {
    /// What [`Self::parse`] accepts, for messages.
    pub const FORMS: &str = "\"net 30\" (days after the end of the month), \"15th of the second month\" or \"end of the next month\" (next, second or third)";

    /// Parses one of [`Self::FORMS`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if let Some(days) = text.strip_prefix("net ") {
            return parse_digits(days).filter(|days| *days <= MAX_NET_DAYS).map(Self::Net);
        }
        let (day, month) = text.split_once(" of the ")?;
        let (_, months) = MONTHS.iter().find(|(name, _)| month.strip_suffix(" month") == Some(name))?;
        if day == "end" {
            return Some(Self::DayOf { months: *months, day: 31 });
        }
        let number = ["st", "nd", "rd", "th"].iter().find_map(|ending| day.strip_suffix(ending))?;
        let day = parse_digits(number).and_then(|day| i8::try_from(day).ok()).filter(|day| (1..=31).contains(day))?;
        Some(Self::DayOf { months: *months, day })
    }

    /// Returns the day on which the money of a month is due; None beyond the calendar, which ends with the year 9999.
    #[must_use]
    pub fn due(self, month: YearMonth) -> Option<Date> {
        match self {
            Self::Net(days) => month.last_day().checked_add(Span::new().days(days)).ok(),
            Self::DayOf { months, day } => {
                let later = month.first_day().checked_add(Span::new().months(months)).ok()?;
                later.with().day(day.min(later.days_in_month())).build().ok()
            }
        }
    }
}

impl Default for PaymentTerms {
    fn default() -> Self {
        Self::Net(30)
    }
}

/// As [`PaymentTerms::parse`] reads it.
impl fmt::Display for PaymentTerms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let month = |months: u8| match months {
            2 => "second",
            3 => "third",
            _ => "next",
        };
        match self {
            Self::Net(days) => write!(f, "net {days}"),
            Self::DayOf { months, day: 31 } => write!(f, "end of the {} month", month(*months)),
            Self::DayOf { months, day } => {
                let ending = match day {
                    1 | 21 => "st",
                    2 | 22 => "nd",
                    3 | 23 => "rd",
                    _ => "th",
                };
                write!(f, "{day}{ending} of the {} month", month(*months))
            }
        }
    }
}

/// Parses one to three digits.
fn parse_digits(text: &str) -> Option<u16> {
    (text.len() <= 3 && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_due_on_the_day_that_the_terms_name() {
        for (terms, month, due) in [
            ("net 0", "2026-02", "2026-02-28"),
            ("net 30", "2026-10", "2026-11-30"),
            ("net 60", "2026-12", "2027-03-01"),
            ("15th of the second month", "2026-11", "2027-01-15"),
            ("end of the next month", "2026-01", "2026-02-28"),
            ("30th of the next month", "2028-01", "2028-02-29"),
            ("1st of the third month", "2026-10", "2027-01-01"),
        ] {
            let parsed = PaymentTerms::parse(terms).unwrap();
            assert_eq!(parsed.due(YearMonth::parse(month).unwrap()).unwrap().to_string(), due, "{terms}");
            assert_eq!(parsed.to_string(), terms);
        }
        assert_eq!(PaymentTerms::Net(30).due(YearMonth::parse("9999-12").unwrap()), None);
        for text in [
            "",
            "net",
            "net -1",
            "net 367",
            "net 30 days",
            "Net 30",
            "0th of the next month",
            "32nd of the next month",
            "15 of the next month",
            "15th of the fourth month",
            "end of the month",
        ] {
            assert_eq!(PaymentTerms::parse(text), None, "{text}");
        }
    }
}
