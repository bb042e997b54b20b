//! Dates, numbers and durations in Arabic.

use std::sync::LazyLock;

use jiff::civil::Date;

use crate::ui::i18n::formatting::{DurationUnits, LocaleFormats, Plural};

/// The rules of Arabic, which write the digits 0 to 9.
pub(super) static FORMATS: LazyLock<LocaleFormats> = LazyLock::new(|| LocaleFormats::new("ar"));

/// In the genitive, since durations follow a preposition.
const UNITS: DurationUnits = DurationUnits {
    day: Plural {
        zero: Some("{} يوم"),
        one: Some("يوم واحد"),
        two: Some("يومين"),
        few: Some("{} أيام"),
        many: Some("{} يومًا"),
        other: "{} يوم",
    },
    hour: Plural {
        zero: Some("{} ساعة"),
        one: Some("ساعة واحدة"),
        two: Some("ساعتين"),
        few: Some("{} ساعات"),
        many: Some("{} ساعة"),
        other: "{} ساعة",
    },
    minute: Plural {
        zero: Some("{} دقيقة"),
        one: Some("دقيقة واحدة"),
        two: Some("دقيقتين"),
        few: Some("{} دقائق"),
        many: Some("{} دقيقة"),
        other: "{} دقيقة",
    },
    second: Plural {
        zero: Some("{} ثانية"),
        one: Some("ثانية واحدة"),
        two: Some("ثانيتين"),
        few: Some("{} ثوانٍ"),
        many: Some("{} ثانية"),
        other: "{} ثانية",
    },
};

/// In the genitive, as the units.
const MONTHS: Plural = Plural {
    zero: Some("{} شهر"),
    one: Some("شهر واحد"),
    two: Some("شهرين"),
    few: Some("{} أشهر"),
    many: Some("{} شهرًا"),
    other: "{} شهر",
};

/// `1 مارس 2026`
pub(super) fn date(date: Date) -> String {
    FORMATS.date(date)
}

/// `90 دقيقة`
pub(super) fn duration(seconds: u64) -> String {
    FORMATS.duration(seconds, &UNITS)
}

/// `30 يومًا`
pub(super) fn days(number: impl TryInto<u64>) -> String {
    FORMATS.counted(number.try_into().unwrap_or(0), &UNITS.day)
}

/// `13 شهرًا`
pub(super) fn months(number: impl TryInto<u64>) -> String {
    FORMATS.counted(number.try_into().unwrap_or(0), &MONTHS)
}

/// A text with a number: `1,234 نتيجة`
pub(super) fn counted(number: usize, plural: &Plural) -> String {
    FORMATS.counted(u64::try_from(number).unwrap_or(u64::MAX), plural)
}
