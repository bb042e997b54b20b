//! Dates, numbers and durations in Japanese.

use std::sync::LazyLock;

use jiff::civil::Date;

use crate::ui::i18n::formatting::{DurationUnits, LocaleFormats, Plural};

/// The rules of Japanese.
pub(super) static FORMATS: LazyLock<LocaleFormats> = LazyLock::new(|| LocaleFormats::new("ja"));

const UNITS: DurationUnits = DurationUnits {
    day: Plural::invariable("{}日間"),
    hour: Plural::invariable("{}時間"),
    minute: Plural::invariable("{}分間"),
    second: Plural::invariable("{}秒間"),
};

/// `2026年3月1日`
pub(super) fn date(date: Date) -> String {
    FORMATS.date(date)
}

/// `90分間`
pub(super) fn duration(seconds: u64) -> String {
    FORMATS.duration(seconds, &UNITS)
}

/// A text with a number: `検索結果1,234件`
pub(super) fn counted(number: usize, plural: &Plural) -> String {
    FORMATS.counted(u64::try_from(number).unwrap_or(u64::MAX), plural)
}
