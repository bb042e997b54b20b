//! Dates, numbers and durations in Hebrew.

use std::sync::LazyLock;

use jiff::civil::Date;

use crate::ui::i18n::formatting::{DurationUnits, LocaleFormats, Plural};

/// The rules of Hebrew.
pub(super) static FORMATS: LazyLock<LocaleFormats> = LazyLock::new(|| LocaleFormats::new("he"));

const UNITS: DurationUnits = DurationUnits {
    day: forms("יום אחד", "יומיים", "{} ימים"),
    hour: forms("שעה אחת", "שעתיים", "{} שעות"),
    minute: forms("דקה אחת", "שתי דקות", "{} דקות"),
    second: forms("שנייה אחת", "שתי שניות", "{} שניות"),
};

const MONTHS: Plural = forms("חודש אחד", "חודשיים", "{} חודשים");

/// A text in the forms that Hebrew has.
pub(super) const fn forms(one: &'static str, two: &'static str, other: &'static str) -> Plural {
    Plural { one: Some(one), two: Some(two), ..Plural::invariable(other) }
}

/// `1 במרץ 2026`
pub(super) fn date(date: Date) -> String {
    FORMATS.date(date)
}

/// `90 דקות`
pub(super) fn duration(seconds: u64) -> String {
    FORMATS.duration(seconds, &UNITS)
}

/// `30 ימים`
pub(super) fn days(number: impl TryInto<u64>) -> String {
    FORMATS.counted(number.try_into().unwrap_or(0), &UNITS.day)
}

/// `13 חודשים`
pub(super) fn months(number: impl TryInto<u64>) -> String {
    FORMATS.counted(number.try_into().unwrap_or(0), &MONTHS)
}

/// A text with a number: `1,234 תוצאות`
pub(super) fn counted(number: usize, plural: &Plural) -> String {
    FORMATS.counted(u64::try_from(number).unwrap_or(u64::MAX), plural)
}
