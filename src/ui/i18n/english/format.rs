//! Dates and durations in English.

use jiff::civil::Date;

use crate::ui::i18n::formatting::{TimeUnit, in_largest_unit, month_name};

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// `1 March 2026`
pub(super) fn date(date: Date) -> String {
    format!("{} {} {}", date.day(), month_name(date, &MONTHS), date.year())
}

/// `90 minutes`
pub(super) fn duration(seconds: u64) -> String {
    let (number, unit) = in_largest_unit(seconds);
    let unit = match unit {
        TimeUnit::Day => "day",
        TimeUnit::Hour => "hour",
        TimeUnit::Minute => "minute",
        TimeUnit::Second => "second",
    };
    format!("{number} {unit}{}", if number == 1 { "" } else { "s" })
}
