//! Dates, numbers and durations in Spanish.

use std::sync::LazyLock;

use jiff::civil::Date;

use crate::ui::i18n::formatting::{DurationUnits, LocaleFormats, Plural};

/// The rules of Spanish.
pub(super) static FORMATS: LazyLock<LocaleFormats> = LazyLock::new(|| LocaleFormats::new("es"));

const UNITS: DurationUnits = DurationUnits {
    day: Plural { one: Some("{} día"), many: Some("{} de días"), ..Plural::invariable("{} días") },
    hour: Plural { one: Some("{} hora"), many: Some("{} de horas"), ..Plural::invariable("{} horas") },
    minute: Plural { one: Some("{} minuto"), many: Some("{} de minutos"), ..Plural::invariable("{} minutos") },
    second: Plural { one: Some("{} segundo"), many: Some("{} de segundos"), ..Plural::invariable("{} segundos") },
};

/// `1 de marzo de 2026`
pub(super) fn date(date: Date) -> String {
    FORMATS.date(date)
}

/// `90 minutos`
pub(super) fn duration(seconds: u64) -> String {
    FORMATS.duration(seconds, &UNITS)
}

/// A text with a number: `12.345 resultados`
pub(super) fn counted(number: usize, plural: &Plural) -> String {
    FORMATS.counted(u64::try_from(number).unwrap_or(u64::MAX), plural)
}
