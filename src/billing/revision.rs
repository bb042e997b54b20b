//! What a change of the books changes in the rows in force, and what of it needs the operator's word: a lower number, a row that is
//! gone, a file that looks older than what it replaces.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use crate::billing::money::{Currency, Micros};
use crate::billing::statement::StatementRow;

/// A row that changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowChange<'r> {
    /// The row in force; `None` if there was none.
    pub before: Option<&'r StatementRow>,
    /// The row that is in force then; `None` if there is none any more.
    pub after: Option<&'r StatementRow>,
    /// The first day of either.
    pub day: Date,
    /// The last day of either.
    pub last: Date,
    /// The code of either.
    pub code: &'r str,
    /// The currency of either.
    pub currency: Option<Currency>,
}

impl RowChange<'_> {
    /// Returns whether clicks or revenue are lower than before, or are no longer stated.
    #[must_use]
    pub fn is_lower(&self) -> bool {
        let (Some(before), Some(after)) = (self.before, self.after) else { return false };
        let is_less = |before: Option<i64>, after: Option<i64>| before.is_some_and(|n| after.is_none_or(|m| m < n));
        let micros = |row: &StatementRow| row.revenue.map(|Micros(micros)| micros);
        is_less(before.clicks, after.clicks) || is_less(micros(before), micros(after))
    }

    /// Returns whether a row that was not marked as preliminary is replaced by one that is.
    #[must_use]
    pub fn is_less_final(&self) -> bool {
        let (Some(before), Some(after)) = (self.before, self.after) else { return false };
        before.is_final != Some(false) && after.is_final == Some(false)
    }
}

/// Compares the rows in force before and after. Returns the differences by day, code, last day and currency.
///
/// Each list has at most one row for each of these.
#[must_use]
pub fn changes<'r>(before: &'r [StatementRow], after: &'r [StatementRow]) -> Vec<RowChange<'r>> {
    let mut found: BTreeMap<_, RowChange<'_>> = BTreeMap::new();
    let key = |row: &'r StatementRow| (row.day, row.code.as_str(), row.last, row.currency);
    let no_rows = |row: &'r StatementRow| {
        let StatementRow { day, last, code, currency, .. } = row;
        RowChange { before: None, after: None, day: *day, last: *last, code, currency: *currency }
    };
    for row in before {
        found.entry(key(row)).or_insert_with(|| no_rows(row)).before = Some(row);
    }
    for row in after {
        found.entry(key(row)).or_insert_with(|| no_rows(row)).after = Some(row);
    }
    found.into_values().filter(|change| change.before != change.after).collect()
}

/// The sums of rows in one currency. A number is None if a row does not state it, or if the sum exceeds an `i64`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CurrencySums {
    /// The currency; None for rows without money.
    pub currency: Option<Currency>,
    /// Searches.
    pub searches: Option<i64>,
    /// Clicks.
    pub clicks: Option<i64>,
    /// Revenue.
    pub revenue: Option<Micros>,
}

/// Returns the sums of rows, by currency.
#[must_use]
pub fn sums<'r>(rows: impl Iterator<Item = &'r StatementRow> + Clone) -> Vec<CurrencySums> {
    let currencies: BTreeSet<Option<Currency>> = rows.clone().map(|row| row.currency).collect();
    let of = |currency: Option<Currency>| {
        let of_currency = rows.clone().filter(move |row| row.currency == currency);
        let sum = |number: fn(&StatementRow) -> Option<i64>| {
            of_currency.clone().try_fold(0_i64, |sum, row| sum.checked_add(number(row)?))
        };
        CurrencySums {
            currency,
            searches: sum(|row| row.searches),
            clicks: sum(|row| row.clicks),
            revenue: sum(|row| row.revenue.map(|Micros(micros)| micros)).map(Micros),
        }
    };
    currencies.into_iter().map(of).collect()
}

/// Returns the days with day and month exchanged, if the exchanged days follow one another without a gap and none is after `latest`: then
/// the rows may mean those days. None if they cannot.
#[must_use]
pub fn exchanged_days<'r>(rows: impl Iterator<Item = &'r StatementRow>, latest: Date) -> Option<[Date; 2]> {
    let is_empty = |row: &StatementRow| {
        row.clicks.unwrap_or(0) == 0 && row.searches.unwrap_or(0) == 0 && row.revenue.unwrap_or_default() == Micros(0)
    };
    let stated: BTreeSet<Date> = rows.filter(|row| !is_empty(row)).map(|row| row.day).collect();
    let exchange = |day: &Date| Date::new(day.year(), day.day(), day.month()).ok();
    let exchanged: BTreeSet<Date> = stated.iter().map(exchange).collect::<Option<_>>()?;
    let (first, last) = (*exchanged.first()?, *exchanged.last()?);
    let follow = exchanged.iter().zip(exchanged.iter().skip(1)).all(|(day, next)| day.tomorrow().ok() == Some(*next));
    (exchanged != stated && follow && last <= latest).then_some([first, last])
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn row(day: i8, code: &str, clicks: i64) -> StatementRow {
        let day = date(2026, 10, day);
        let (code, clicks) = (code.to_owned(), Some(clicks));
        StatementRow { day, last: day, code, searches: None, clicks, revenue: None, currency: None, is_final: None }
    }

    #[test]
    fn changes_are_rows_added_changed_and_dropped_in_order() {
        let before = [row(1, "a", 1), row(1, "b", 2), row(2, "a", 3)];
        let after = [row(2, "a", 4), row(1, "a", 1), row(3, "c", 5)];
        let found: Vec<_> = changes(&before, &after)
            .into_iter()
            .map(|change| {
                let clicks = |row: Option<&StatementRow>| row.and_then(|row| row.clicks);
                (change.day.day(), change.code, clicks(change.before), clicks(change.after))
            })
            .collect();
        assert_eq!(found, [(1, "b", Some(2), None), (2, "a", Some(3), Some(4)), (3, "c", None, Some(5))]);
        assert_eq!(changes(&before, &before), []);
    }

    #[test]
    fn a_lower_number_a_number_that_is_gone_and_a_final_row_are_told() {
        let before = [row(1, "a", 5)];
        let with = |clicks, is_final| [StatementRow { clicks, is_final, ..row(1, "a", 0) }];
        for (clicks, is_final, told) in [
            (Some(6), None, [false, false]),
            (Some(4), None, [true, false]),
            (None, None, [true, false]),
            (Some(5), Some(false), [false, true]),
            (Some(5), Some(true), [false, false]),
        ] {
            let after = with(clicks, is_final);
            let found = changes(&before, &after);
            assert_eq!([found[0].is_lower(), found[0].is_less_final()], told, "{clicks:?} {is_final:?}");
        }
    }

    #[test]
    fn sums_are_apart_by_currency_and_never_wrap() {
        let money = |currency: &str, micros| StatementRow {
            currency: Currency::new(currency),
            revenue: Some(Micros(micros)),
            ..row(1, "a", 2)
        };
        let rows = [money("USD", 5), money("EUR", 7), money("USD", i64::MAX)];
        let found: Vec<_> = sums(rows.iter()).iter().map(|sum| (sum.currency, sum.clicks, sum.revenue)).collect();
        let currency = Currency::new;
        assert_eq!(found, [(currency("EUR"), Some(2), Some(Micros(7))), (currency("USD"), Some(4), None)]);
    }

    #[test]
    fn days_may_be_exchanged_if_both_readings_are_days_in_a_row() {
        let on = |day: Date| StatementRow { day, last: day, ..row(1, "a", 1) };
        let latest = date(2026, 11, 29);
        let exchanged = |days: &[Date]| {
            let rows: Vec<StatementRow> = days.iter().map(|day| on(*day)).collect();
            exchanged_days(rows.iter(), latest)
        };
        assert_eq!(exchanged(&[date(2026, 1, 10)]), Some([date(2026, 10, 1); 2]));
        assert_eq!(exchanged(&[date(2026, 1, 10), date(2026, 2, 10)]), Some([date(2026, 10, 1), date(2026, 10, 2)]));
        assert_eq!(exchanged(&[date(2026, 10, 1), date(2026, 10, 2)]), None, "not in a row");
        assert_eq!(exchanged(&[date(2026, 10, 13)]), None, "no month 13");
        assert_eq!(exchanged(&[date(2026, 10, 10)]), None, "the same day");
        assert_eq!(exchanged(&[date(2026, 1, 12)]), None, "in the future");
    }
}
