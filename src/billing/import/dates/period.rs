//! The days that a row covers, and the hour if it names one.

use jiff::civil::Date;

use crate::billing::row_rules::Grain;

/// The years that a statement may be about. Another one is a date in another format, or a mistake.
const YEARS: std::ops::RangeInclusive<i16> = 2000..=2099;
/// Days of a week.
const WEEK_DAYS: i32 = 7;
/// The most days of a month.
const MONTH_DAYS: i32 = 31;

/// The days that a row covers; both are the same for a row of one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct RowPeriod {
    /// The first day.
    pub first: Date,
    /// The last day.
    pub last: Date,
}

impl RowPeriod {
    /// Returns the period from `first` to `last`.
    ///
    /// # Errors
    /// The order is wrong, a year is far off, or there are more days than the grain has.
    pub(super) fn new(first: Date, last: Date, grain: Grain) -> Result<Self, String> {
        for day in [first, last] {
            if !YEARS.contains(&day.year()) {
                return Err(format!(
                    "the year would be {}; correct the date, or date_format (%Y is a year of four digits, %y one of two)",
                    day.year()
                ));
            }
        }
        let days = first.until(last).map_or(0, |span| span.get_days()) + 1;
        let most = match grain {
            Grain::Day => 1,
            Grain::Week => WEEK_DAYS,
            Grain::Month => MONTH_DAYS,
        };
        if days < 1 || days > most {
            return Err(format!(
                "this row is from {first} to {last}; a row of grain = \"{}\" has 1 to {most} days",
                grain.as_str()
            ));
        }
        Ok(Self { first, last })
    }

    /// Whether two periods have a day in common.
    pub(crate) fn overlaps(&self, other: &Self) -> bool {
        self.first <= other.last && other.first <= self.last
    }
}

/// What the cells of a row's date say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Moment {
    /// The days.
    pub period: RowPeriod,
    /// The time of the day, if the date has one.
    pub clock: Option<Clock>,
}

/// The time of the day at which the row's hour begins, in the partner's zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Clock {
    /// The hour.
    pub hour: i8,
    /// The time, with the offset if the file gives one: different for each hour of a day.
    pub text: String,
    /// Whether the file gives an offset from UTC, so that an hour which clocks repeat is told apart.
    pub has_offset: bool,
    /// Whether it is midnight in the file, whatever the offset.
    pub is_midnight_in_file: bool,
}
