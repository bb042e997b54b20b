//! Dates, numbers and durations in English.

use std::sync::LazyLock;

use jiff::civil::Date;

use crate::ui::i18n::formatting::{DurationUnits, LocaleFormats, Plural};

/// English as it is written outside of the United States: day, month, year.
pub(super) static FORMATS: LazyLock<LocaleFormats> = LazyLock::new(|| LocaleFormats::new("en-GB"));

const UNITS: DurationUnits = DurationUnits {
    day: Plural::new("{} day", "{} days"),
    hour: Plural::new("{} hour", "{} hours"),
    minute: Plural::new("{} minute", "{} minutes"),
    second: Plural::new("{} second", "{} seconds"),
};

/// `1 March 2026`
pub(super) fn date(date: Date) -> String {
    FORMATS.date(date)
}

/// `90 minutes`
pub(super) fn duration(seconds: u64) -> String {
    FORMATS.duration(seconds, &UNITS)
}

/// A text with a number: `1,234 results`
pub(super) fn counted(number: usize, plural: &Plural) -> String {
    FORMATS.counted(u64::try_from(number).unwrap_or(u64::MAX), plural)
}
