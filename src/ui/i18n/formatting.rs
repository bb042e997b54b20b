//! Language-independent parts of formatting dates and durations.

use jiff::civil::Date;

/// A unit of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TimeUnit {
    Day,
    Hour,
    Minute,
    Second,
}

/// Expresses a number of seconds as a whole number of the largest possible unit.
pub(super) fn in_largest_unit(seconds: u64) -> (u64, TimeUnit) {
    let units = [(TimeUnit::Day, 86_400), (TimeUnit::Hour, 3_600), (TimeUnit::Minute, 60)];
    let divides = |length: u64| seconds >= length && seconds.is_multiple_of(length);
    let unit = units.into_iter().find(|(_, length)| divides(*length));
    unit.map_or((seconds, TimeUnit::Second), |(unit, length)| (seconds / length, unit))
}

/// The name of the month of a date. `names` starts with January.
pub(super) fn month_name(date: Date, names: &'static [&'static str; 12]) -> &'static str {
    usize::try_from(date.month() - 1).ok().and_then(|index| names.get(index)).copied().unwrap_or_default()
}
