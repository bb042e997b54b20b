//! Dates, numbers and durations in French.

use std::sync::LazyLock;

use jiff::civil::Date;

use crate::ui::i18n::formatting::{DurationUnits, LocaleFormats, Plural};

/// The rules of French.
pub(super) static FORMATS: LazyLock<LocaleFormats> = LazyLock::new(|| LocaleFormats::new("fr"));

const UNITS: DurationUnits = DurationUnits {
    day: Plural { one: Some("{} jour"), many: Some("{} de jours"), ..Plural::invariable("{} jours") },
    hour: Plural { one: Some("{} heure"), many: Some("{} d’heures"), ..Plural::invariable("{} heures") },
    minute: Plural { one: Some("{} minute"), many: Some("{} de minutes"), ..Plural::invariable("{} minutes") },
    second: Plural { one: Some("{} seconde"), many: Some("{} de secondes"), ..Plural::invariable("{} secondes") },
};

/// `1er mars 2026`: CLDR has no ordinal for the first of a month.
pub(super) fn date(date: Date) -> String {
    let text = FORMATS.date(date);
    match text.strip_prefix("1 ") {
        Some(month) => format!("1er {month}"),
        None => text,
    }
}

/// `90 minutes`
pub(super) fn duration(seconds: u64) -> String {
    FORMATS.duration(seconds, &UNITS)
}

/// A text with a number: `1 234 résultats`
pub(super) fn counted(number: usize, plural: &Plural) -> String {
    FORMATS.counted(u64::try_from(number).unwrap_or(u64::MAX), plural)
}

/// A name after the preposition: `de Firefox`, `d’Opera`
pub(super) fn de(name: &str) -> String {
    let is_elided = name.starts_with(|first: char| "aâeéèêiîoôuAÂEÉÈÊIÎOÔU".contains(first));
    if is_elided { format!("d’{name}") } else { format!("de {name}") }
}
