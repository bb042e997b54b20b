//! Dates, numbers and durations in Portuguese.

use std::sync::LazyLock;

use jiff::civil::Date;

use crate::ui::i18n::formatting::{DurationUnits, LocaleFormats, Plural};

/// The rules of Portuguese as it is written in Brazil.
pub(super) static FORMATS: LazyLock<LocaleFormats> = LazyLock::new(|| LocaleFormats::new("pt-BR"));

const UNITS: DurationUnits = DurationUnits {
    day: Plural { one: Some("{} dia"), many: Some("{} de dias"), ..Plural::invariable("{} dias") },
    hour: Plural { one: Some("{} hora"), many: Some("{} de horas"), ..Plural::invariable("{} horas") },
    minute: Plural { one: Some("{} minuto"), many: Some("{} de minutos"), ..Plural::invariable("{} minutos") },
    second: Plural { one: Some("{} segundo"), many: Some("{} de segundos"), ..Plural::invariable("{} segundos") },
};

/// `1º de março de 2026`: CLDR has no ordinal for the first of a month.
pub(super) fn date(date: Date) -> String {
    let text = FORMATS.date(date);
    match text.strip_prefix("1 ") {
        Some(month) => format!("1º {month}"),
        None => text,
    }
}

/// `90 minutos`
pub(super) fn duration(seconds: u64) -> String {
    FORMATS.duration(seconds, &UNITS)
}

/// A text with a number: `1.234 resultados`
pub(super) fn counted(number: usize, plural: &Plural) -> String {
    FORMATS.counted(u64::try_from(number).unwrap_or(u64::MAX), plural)
}
