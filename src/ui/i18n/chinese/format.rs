//! Dates, numbers and durations in Simplified Chinese.

use std::sync::LazyLock;

use jiff::civil::Date;

use crate::ui::i18n::formatting::{DurationUnits, LocaleFormats, Plural};

/// The rules of Simplified Chinese.
pub(super) static FORMATS: LazyLock<LocaleFormats> = LazyLock::new(|| LocaleFormats::new("zh-Hans"));

const UNITS: DurationUnits = DurationUnits {
    day: Plural::invariable("{} 天"),
    hour: Plural::invariable("{} 小时"),
    minute: Plural::invariable("{} 分钟"),
    second: Plural::invariable("{} 秒"),
};

/// `2026年3月1日`
pub(super) fn date(date: Date) -> String {
    FORMATS.date(date)
}

/// `90 分钟`
pub(super) fn duration(seconds: u64) -> String {
    FORMATS.duration(seconds, &UNITS)
}

/// A text with a number: `1,234 条结果`
pub(super) fn counted(number: usize, plural: &Plural) -> String {
    FORMATS.counted(u64::try_from(number).unwrap_or(u64::MAX), plural)
}
