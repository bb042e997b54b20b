//! Dates, numbers and durations in German.

use std::sync::LazyLock;

use jiff::civil::Date;

use crate::ui::i18n::formatting::{DurationUnits, LocaleFormats, Plural};

/// The rules of German.
pub(super) static FORMATS: LazyLock<LocaleFormats> = LazyLock::new(|| LocaleFormats::new("de"));

const UNITS: DurationUnits = DurationUnits {
    day: Plural::new("{} Tag", "{} Tage"),
    hour: Plural::new("{} Stunde", "{} Stunden"),
    minute: Plural::new("{} Minute", "{} Minuten"),
    second: Plural::new("{} Sekunde", "{} Sekunden"),
};

/// `1. März 2026`
pub(super) fn date(date: Date) -> String {
    FORMATS.date(date)
}

/// `90 Minuten`
pub(super) fn duration(seconds: u64) -> String {
    FORMATS.duration(seconds, &UNITS)
}

/// A text with a number: `1.234 Ergebnisse`
pub(super) fn counted(number: usize, plural: &Plural) -> String {
    FORMATS.counted(u64::try_from(number).unwrap_or(u64::MAX), plural)
}
