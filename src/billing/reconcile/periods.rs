//! The periods of a month: what the rows of a statement cover, and the days that no row covers.

use jiff::Span;
use jiff::civil::Date;

use crate::billing::statement::StatementRow;
use crate::billing::year_month::YearMonth;

/// One day or several, with the rows that cover it.
#[derive(Debug, Clone)]
pub(super) struct StatedPeriod<'r> {
    /// The first day.
    pub first: Date,
    /// The last day.
    pub last: Date,
    /// The rows, which together cover every day; none for days that no row covers.
    pub rows: Vec<&'r StatementRow>,
}

/// The periods that have a day in a month.
#[derive(Debug, Clone)]
pub(super) struct MonthPeriods<'r> {
    /// Those that end in the month, in order. A period of two months is reconciled with the month in which it ends.
    pub ending: Vec<StatedPeriod<'r>>,
    /// Those that end later.
    pub ending_later: Vec<StatedPeriod<'r>>,
}

/// Returns the periods of a month. Rows that share a day are one period. Days that no row covers are periods of their own: each
/// day where all rows cover a day, otherwise all days up to the next row.
pub(super) fn of_month(month: YearMonth, rows: &[StatementRow]) -> MonthPeriods<'_> {
    let stated = stated_periods(rows);
    let is_daily = stated.iter().all(|period| period.first == period.last);
    let (first, last) = (month.first_day(), month.last_day());
    let (ending, later): (Vec<_>, Vec<_>) = stated
        .into_iter()
        .filter(|period| first <= period.last && period.first <= last)
        .partition(|period| period.last <= last);
    let mut periods = Vec::new();
    let mut next = first;
    for period in ending {
        push_uncovered(&mut periods, next, period.first, is_daily);
        next = period.last.tomorrow().unwrap_or(period.last);
        periods.push(period);
    }
    let end = later.first().map_or(last.tomorrow().unwrap_or(last), |period| period.first);
    push_uncovered(&mut periods, next, end, is_daily);
    MonthPeriods { ending: periods, ending_later: later }
}

/// Returns the first and the last day that the periods of these rows and this month have.
pub(super) fn span(month: YearMonth, rows: &[StatementRow]) -> (Date, Date) {
    let first = rows.iter().map(|row| row.day).min().unwrap_or(month.first_day());
    let last = rows.iter().map(|row| row.last).max().unwrap_or(month.last_day());
    (first.min(month.first_day()), last.max(month.last_day()))
}

fn stated_periods(rows: &[StatementRow]) -> Vec<StatedPeriod<'_>> {
    let mut rows: Vec<&StatementRow> = rows.iter().collect();
    rows.sort_by_key(|row| (row.day, row.last));
    let mut periods: Vec<StatedPeriod<'_>> = Vec::new();
    for row in rows {
        match periods.last_mut().filter(|period| row.day <= period.last) {
            Some(period) => {
                period.last = period.last.max(row.last);
                period.rows.push(row);
            }
            None => periods.push(StatedPeriod { first: row.day, last: row.last, rows: vec![row] }),
        }
    }
    periods
}

/// Adds the days from `first` up to `end`, which is not one of them.
fn push_uncovered(periods: &mut Vec<StatedPeriod<'_>>, first: Date, end: Date, is_daily: bool) {
    if is_daily {
        let days = first.series(Span::new().days(1)).take_while(|day| *day < end);
        periods.extend(days.map(|day| StatedPeriod { first: day, last: day, rows: Vec::new() }));
    } else if first < end {
        periods.push(StatedPeriod { first, last: end.yesterday().unwrap_or(first), rows: Vec::new() });
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    fn row(first: Date, last: Date) -> StatementRow {
        StatementRow {
            day: first,
            last,
            code: String::new(),
            searches: None,
            clicks: Some(1),
            revenue: None,
            currency: None,
            is_final: None,
        }
    }

    fn days(periods: &[StatedPeriod<'_>]) -> Vec<(String, String, usize)> {
        periods.iter().map(|period| (period.first.to_string(), period.last.to_string(), period.rows.len())).collect()
    }

    #[test]
    fn a_week_belongs_to_the_month_in_which_it_ends() {
        let month = YearMonth::containing(date(2026, 10, 1));
        let weeks = [(date(2026, 9, 28), date(2026, 10, 4)), (date(2026, 10, 12), date(2026, 10, 18))];
        let later = (date(2026, 10, 26), date(2026, 11, 1));
        let rows: Vec<StatementRow> = weeks.into_iter().chain([later]).map(|(first, last)| row(first, last)).collect();
        let found = of_month(month, &rows);
        let wanted = [
            ("2026-09-28", "2026-10-04", 1),
            ("2026-10-05", "2026-10-11", 0),
            ("2026-10-12", "2026-10-18", 1),
            ("2026-10-19", "2026-10-25", 0),
        ];
        assert_eq!(days(&found.ending), wanted.map(|(first, last, n)| (first.to_owned(), last.to_owned(), n)));
        assert_eq!(days(&found.ending_later), [("2026-10-26".to_owned(), "2026-11-01".to_owned(), 1)]);
        assert_eq!(span(month, &rows), (date(2026, 9, 28), date(2026, 11, 1)));
        assert_eq!(of_month(month, &[]).ending.len(), 31);
    }

    proptest! {
        /// Every day of the month is in one period, in order, whatever the rows cover.
        #[test]
        fn periods_have_every_day_once(rows in proptest::collection::vec((-40_i64..70, 0_i64..40), 0..12)) {
            let month = YearMonth::containing(date(2026, 10, 1));
            let day = |offset: i64| month.first_day().saturating_add(Span::new().days(offset));
            let rows: Vec<StatementRow> =
                rows.into_iter().map(|(first, length)| row(day(first), day(first + length))).collect();
            let MonthPeriods { ending, ending_later } = of_month(month, &rows);
            let all: Vec<&StatedPeriod<'_>> = ending.iter().chain(&ending_later).collect();
            for pair in all.windows(2) {
                prop_assert_eq!(pair[0].last.tomorrow().unwrap(), pair[1].first);
            }
            prop_assert!(all[0].first <= month.first_day() && all[all.len() - 1].last >= month.last_day());
            prop_assert!(ending.iter().all(|period| period.last >= month.first_day() && period.last <= month.last_day()));
            prop_assert!(ending_later.iter().all(|period| period.first <= month.last_day() && period.last > month.last_day()));
        }
    }
}
