//! The sums of rows by day, code and currency.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use crate::billing::import::corrections::{OwnDays, own_days};
use crate::billing::import::dates::period::RowPeriod;
use crate::billing::import::row_values::RowValues;
use crate::billing::money::{Currency, Micros};
use crate::billing::row_rules::RowRules;

/// What rows are added up by, in the order of a statement's rows.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct RowKey {
    /// The first day.
    pub day: Date,
    pub code: String,
    /// The last day.
    pub last: Date,
    /// `None` if there is no revenue.
    pub currency: Option<Currency>,
}

impl RowKey {
    pub(super) fn period(&self) -> RowPeriod {
        RowPeriod { first: self.day, last: self.last }
    }
}

/// The sum of the rows of a key, and how many there are.
#[derive(Debug, Clone, Copy)]
pub(super) struct RowSum {
    pub values: RowValues,
    rows: u64,
}

/// What a sum is of: all rows, or those of these days, this code, or this currency.
#[derive(Debug, Clone, Copy)]
pub(super) struct TotalOf<'t> {
    pub period: Option<RowPeriod>,
    pub code: Option<&'t str>,
    pub currency: Option<Currency>,
}

/// The sums so far.
#[derive(Debug, Default)]
pub(super) struct RowSums {
    sums: BTreeMap<RowKey, RowSum>,
    /// The sums since the last row of totals.
    section: TotalsSection,
}

/// Rows between two rows of totals.
#[derive(Debug, Default)]
struct TotalsSection {
    sums: Option<ColumnSums>,
    currency: Option<Currency>,
}

/// The sums of rows, by column; `None` if a row does not report the column, if rows are in several currencies, or on overflow.
#[derive(Debug, Clone, Copy)]
pub(super) struct ColumnSums {
    pub searches: Option<i64>,
    pub clicks: Option<i64>,
    pub revenue: Option<Micros>,
    /// Rows that were added.
    pub rows: u64,
}

impl ColumnSums {
    const NOTHING: Self = Self { searches: Some(0), clicks: Some(0), revenue: Some(Micros(0)), rows: 0 };

    fn plus(self, values: &RowValues, rows: u64) -> Self {
        let sum = |one: Option<i64>, other: Option<i64>| one?.checked_add(other?);
        Self {
            searches: sum(self.searches, values.searches),
            clicks: sum(self.clicks, values.clicks),
            revenue: self.revenue.and_then(|revenue| revenue.checked_add(values.revenue?)),
            rows: self.rows.saturating_add(rows),
        }
    }
}

impl RowSums {
    /// Adds a row. `None` if a sum is too large.
    pub(super) fn add(&mut self, key: RowKey, values: RowValues) -> Option<()> {
        self.add_to_section(&values, key.currency);
        self.add_to_sum(key, values)
    }

    /// Adds a row, but not to the sums since the last row of totals. `None` if a sum is too large.
    pub(super) fn add_to_sum(&mut self, key: RowKey, values: RowValues) -> Option<()> {
        let sum = match self.sums.get(&key) {
            None => RowSum { values, rows: 1 },
            Some(sum) => RowSum { values: sum.values.plus(values)?, rows: sum.rows.saturating_add(1) },
        };
        self.sums.insert(key, sum);
        Some(())
    }

    /// Adds a row of a day that is not known yet to the sums since the last row of totals.
    pub(super) fn add_to_section(&mut self, values: &RowValues, currency: Option<Currency>) {
        let section = self.section.sums.unwrap_or(ColumnSums::NOTHING).plus(values, 1);
        let is_other_currency = self.section.sums.is_some() && self.section.currency != currency;
        let revenue = section.revenue.filter(|_| !is_other_currency);
        self.section = TotalsSection { sums: Some(ColumnSums { revenue, ..section }), currency };
    }

    /// The last days that rows cover.
    pub(super) fn last_period(&self) -> Option<RowPeriod> {
        self.sums.keys().map(RowKey::period).max_by_key(|period| period.last)
    }

    /// The sum of the rows of a key, and how many there are.
    pub(super) fn get(&self, key: &RowKey) -> Option<(RowValues, u64)> {
        self.sums.get(key).map(|sum| (sum.values, sum.rows))
    }

    /// Calls `compare` for the days that have rows without a code and rows with one: with the sum of each, and how many the latter are.
    pub(super) fn by_day(&self, compare: &mut dyn FnMut(RowValues, RowValues, u64)) {
        let mut others: BTreeMap<(RowPeriod, Option<Currency>), RowSum> = BTreeMap::new();
        for (key, sum) in self.sums.iter().filter(|(key, _)| !key.code.is_empty()) {
            let of_day = (key.period(), key.currency);
            let before = others.get(&of_day).copied();
            let added = before.map_or(Some(*sum), |before| {
                Some(RowSum { values: before.values.plus(sum.values)?, rows: before.rows.saturating_add(sum.rows) })
            });
            others.extend(added.map(|added| (of_day, added)));
        }
        for (key, sum) in self.sums.iter().filter(|(key, _)| key.code.is_empty()) {
            if let Some(others) = others.get(&(key.period(), key.currency)) {
                compare(sum.values, others.values, others.rows);
            }
        }
    }

    /// Adds a row of zeros that is not in the file.
    pub(super) fn add_zero(&mut self, key: RowKey, values: RowValues) {
        self.sums.entry(key).or_insert(RowSum { values, rows: 0 });
    }

    /// Returns the sums since the last row of totals, and begins anew.
    pub(super) fn end_section(&mut self) -> ColumnSums {
        std::mem::take(&mut self.section).sums.unwrap_or(ColumnSums::NOTHING)
    }

    /// Returns the sums of the rows of these days and this code, or of all, in this currency. There is no sum of several currencies.
    pub(super) fn total(&self, wanted: TotalOf<'_>) -> ColumnSums {
        let mut total = ColumnSums::NOTHING;
        let mut currencies = BTreeSet::new();
        let TotalOf { period, code, currency } = wanted;
        let first = RowKey {
            day: period.map_or(Date::MIN, |period| period.first),
            code: code.filter(|_| period.is_some()).unwrap_or_default().to_owned(),
            last: Date::MIN,
            currency: None,
        };
        let is_near = |key: &RowKey| {
            period.is_none_or(|period| key.day == period.first && code.is_none_or(|code| key.code == code))
        };
        let is_wanted = |key: &RowKey| {
            period.is_none_or(|period| key.period() == period)
                && code.is_none_or(|code| key.code == code)
                && (currency.is_none() || key.currency == currency)
        };
        let near = self.sums.range(first..).take_while(|(key, _)| is_near(key));
        for (key, sum) in near.filter(|(key, _)| is_wanted(key)) {
            total = total.plus(&sum.values, sum.rows);
            currencies.insert(key.currency);
        }
        ColumnSums { revenue: total.revenue.filter(|_| currencies.len() < 2), ..total }
    }

    /// The currency of all rows; `None` if there are several, or none.
    pub(super) fn only_currency(&self) -> Option<Currency> {
        let first = self.sums.keys().next()?.currency;
        first.filter(|_| self.sums.keys().all(|key| key.currency == first))
    }

    /// The days that the rows cover; `None` if there are no rows.
    pub(super) fn own_days(&self, rules: &RowRules) -> Option<OwnDays> {
        own_days(self.sums.iter().map(|(key, sum)| (key.day, key.last, sum.values.is_negative())), rules)
    }

    /// Takes the rows of days before this one, which are corrections, out of the sums.
    pub(super) fn take_before(&mut self, day: Date) -> Vec<(RowKey, RowValues)> {
        let own = self.sums.split_off(&RowKey { day, code: String::new(), last: Date::MIN, currency: None });
        let older = std::mem::replace(&mut self.sums, own);
        older.into_iter().map(|(key, sum)| (key, sum.values)).collect()
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = &RowKey> {
        self.sums.keys()
    }

    pub(super) fn into_rows(self) -> impl Iterator<Item = (RowKey, RowValues)> {
        self.sums.into_iter().map(|(key, sum)| (key, sum.values))
    }
}
