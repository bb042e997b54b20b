//! Dates and durations in German.

use jiff::civil::Date;

use crate::ui::i18n::formatting::{TimeUnit, in_largest_unit, month_name};

const MONTHS: [&str; 12] = [
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
];

/// `1. März 2026`
pub(super) fn date(date: Date) -> String {
    format!("{}. {} {}", date.day(), month_name(date, &MONTHS), date.year())
}

/// `90 Minuten`
pub(super) fn duration(seconds: u64) -> String {
    let (number, unit) = in_largest_unit(seconds);
    let (singular, plural) = match unit {
        TimeUnit::Day => ("Tag", "Tage"),
        TimeUnit::Hour => ("Stunde", "Stunden"),
        TimeUnit::Minute => ("Minute", "Minuten"),
        TimeUnit::Second => ("Sekunde", "Sekunden"),
    };
    format!("{number} {}", if number == 1 { singular } else { plural })
}
