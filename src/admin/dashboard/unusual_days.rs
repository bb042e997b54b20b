//! Days with far fewer or far more searches than the same weekday has had before.

use std::collections::BTreeMap;

use jiff::Span;
use jiff::civil::Date;
use strum::VariantArray as _;

use crate::admin::dashboard::panel::{cell_number, cell_text};
use crate::admin::query::{ReportQuery, StoreUnreadable};
use crate::counts::cells::SearchOutcome;
use crate::report::run::ReportKind;
use crate::report::{CountTable, ReportFilter};
use crate::time;

/// Weeks before a day whose same weekdays it is compared with: enough for a median that a holiday does not move.
const WEEKS: i32 = 8;
/// The least of these weekdays with searches.
const MIN_WEEKS: usize = 3;
/// The least median: of fewer searches, chance alone makes half or twice as many.
const MIN_MEDIAN: u64 = 50;
/// The change that is unusual, in per cent of the median.
const UNUSUAL_PER_CENT: u64 = 50;

/// A day that is far from what is usual.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct UnusualDay {
    pub(super) day: Date,
    /// Answered searches.
    pub(super) searches: u64,
    /// The median of the same weekday in the weeks before.
    pub(super) median: u64,
}

impl UnusualDay {
    /// The change in per cent of the median, with its sign: `−82 %`.
    pub(super) fn change(&self) -> String {
        let difference = u128::from(self.searches.abs_diff(self.median)) * 100 / u128::from(self.median.max(1));
        format!("{}{difference} %", if self.searches < self.median { "−" } else { "+" })
    }
}

/// The unusual days of the period, the last one first. Today is not over, so it is none.
///
/// # Errors
/// The store cannot be read.
pub(super) fn read(query: &ReportQuery, filter: &ReportFilter) -> Result<Vec<UnusualDay>, StoreUnreadable> {
    let earlier = ReportFilter { from: filter.from.saturating_sub(Span::new().weeks(WEEKS)), ..filter.clone() };
    let table = query.counts(ReportKind::Outcomes(CountTable::Searches), &earlier)?;
    let is_answer =
        |outcome: &str| SearchOutcome::VARIANTS.iter().any(|known| known.is_answer() && known.as_str() == outcome);
    let mut by_day: BTreeMap<Date, u64> = BTreeMap::new();
    for row in &table.rows {
        if let (true, Ok(day)) = (is_answer(&cell_text(&table, row, "outcome")), cell_text(&table, row, "day").parse())
        {
            let n = by_day.entry(day).or_default();
            *n = n.saturating_add(cell_number(&table, row, "n").unwrap_or(0));
        }
    }
    Ok(unusual(&by_day, filter, time::now().day().date()))
}

fn unusual(by_day: &BTreeMap<Date, u64>, filter: &ReportFilter, today: Date) -> Vec<UnusualDay> {
    let last = filter.to.min(today.saturating_sub(Span::new().days(1)));
    let days = filter.from.series(Span::new().days(1)).take_while(|day| *day <= last);
    let mut unusual: Vec<UnusualDay> = days
        .filter_map(|day| {
            let searches = by_day.get(&day).copied().unwrap_or(0);
            let mut before: Vec<u64> = (1..=WEEKS)
                .filter_map(|week| by_day.get(&day.saturating_sub(Span::new().weeks(week))).copied())
                .collect();
            before.sort_unstable();
            let median = before.get(before.len() / 2).copied().filter(|_| before.len() >= MIN_WEEKS)?;
            let is_far =
                u128::from(searches.abs_diff(median)) * 100 >= u128::from(median) * u128::from(UNUSUAL_PER_CENT);
            (median >= MIN_MEDIAN && is_far).then_some(UnusualDay { day, searches, median })
        })
        .collect();
    unusual.reverse();
    unusual
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_far_from_its_weekdays_is_unusual_and_a_young_or_small_service_has_none() {
        let date = |day: i8| Date::constant(2026, 11, day);
        let filter = ReportFilter { from: date(1), to: date(30), ..ReportFilter::default() };
        let counts = |weeks: i32, usual: u64, last: u64| {
            let days = (0..weeks).map(|week| (date(25).saturating_sub(Span::new().weeks(week)), usual));
            let mut by_day: BTreeMap<Date, u64> = days.collect();
            by_day.insert(date(25), last);
            by_day
        };
        let found = |weeks, usual, last| unusual(&counts(weeks, usual, last), &filter, date(28));
        assert_eq!(found(9, 100, 18), [UnusualDay { day: date(25), searches: 18, median: 100 }]);
        assert_eq!(found(9, 100, 18)[0].change(), "−82 %");
        assert_eq!(found(9, 100, 150)[0].change(), "+50 %");
        assert!(found(9, 100, 51).is_empty() && found(9, 49, 0).is_empty() && found(3, 100, 0).is_empty());
        let today = unusual(&counts(9, 100, 18), &filter, date(25));
        assert!(today.iter().all(|day| day.day < date(25)), "today is not over");
    }
}
