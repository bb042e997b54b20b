//! The period before: as many days, or as many months if the period is whole months.

use jiff::Span;
use jiff::civil::Date;

use crate::report::performance::groups::{ReportGroup, day_count, saturating_add};
use crate::report::performance::request::{PerformanceRequest, ReportGrouping};
use crate::report::reader::ReportFilter;

/// Months in a year.
const YEAR_MONTHS: i32 = 12;

/// A period that ends on the day before another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PreviousPeriod {
    /// The first day.
    pub(super) from: Date,
    /// The last day.
    pub(super) to: Date,
    /// The length in months, if both are whole months.
    months: Option<i32>,
}

impl PreviousPeriod {
    /// Returns the period before that of the filter; None if it is before the calendar begins.
    pub(super) fn of(filter: &ReportFilter) -> Option<Self> {
        let (from, to) = (filter.from, filter.to);
        let before = from.yesterday().ok()?;
        if from == from.first_of_month() && to == to.last_of_month() {
            let month = |day: Date| i32::from(day.year()) * YEAR_MONTHS + i32::from(day.month());
            let months = month(to) - month(from) + 1;
            let first = from.checked_sub(Span::new().months(months)).ok()?;
            return Some(Self { from: first, to: before, months: Some(months) });
        }
        let first = from.checked_sub(Span::new().days(day_count(from, to))).ok()?;
        Some(Self { from: first, to: before, months: None })
    }

    /// Returns what a group is compared with: the month at the same place of whole months, otherwise the days at the same places of this
    /// period; None where it has no such days, as for the 31st after a month of 30 days.
    pub(super) fn group(&self, request: &PerformanceRequest<'_>, group: &ReportGroup) -> Option<ReportGroup> {
        let filter = request.filter;
        let (from, to) = if (group.from, group.to) == (filter.from, filter.to) {
            (self.from, self.to)
        } else if let (ReportGrouping::Month, Some(months)) = (request.grouping, self.months) {
            let first = group.from.checked_sub(Span::new().months(months)).ok()?;
            (first, first.last_of_month())
        } else {
            let place = |day: Date| Span::new().days(day_count(filter.from, day).saturating_sub(1));
            (saturating_add(self.from, place(group.from)), saturating_add(self.from, place(group.to)).min(self.to))
        };
        (from <= to && to <= self.to).then(|| ReportGroup { from, to, of_days: day_count(from, to), ..group.clone() })
    }
}
