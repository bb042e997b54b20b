//! Checks rows of totals and sub-totals against the sums of the rows that they add up.

use crate::billing::import::cell::FileCell;
use crate::billing::import::columns::ColumnIndexes;
use crate::billing::import::currency_columns::{NO_CURRENCY, cell_currency};
use crate::billing::import::dates::period::RowPeriod;
use crate::billing::import::issue::ImportIssue;
use crate::billing::import::row_values::{ParsedRow, RowValues, is_not_told};
use crate::billing::import::sums::{ColumnSums, RowSums, TotalOf};
use crate::billing::money::{Currency, Micros};
use crate::billing::profile::{CurrencySource, Profile};

/// A row of totals.
pub(super) struct TotalsRow {
    /// Its number, if it is among the rows.
    pub row: Option<u64>,
    pub cells: Vec<FileCell>,
    /// The days that it names, if any.
    pub period: Option<RowPeriod>,
    /// The sums of the rows since the previous row of totals.
    pub section: ColumnSums,
    /// Whether its code is that of the rows which it is the sum of.
    pub is_of_code: bool,
}

/// What rows of totals are checked against.
pub(super) struct TotalsCheck<'c> {
    pub profile: &'c Profile,
    pub columns: &'c ColumnIndexes,
    pub sums: &'c RowSums,
    /// The currency of all rows, if it is not in a column.
    pub currency: Option<Currency>,
    /// The most decimals of an amount in a row.
    pub decimals: u32,
}

impl TotalsCheck<'_> {
    /// Checks a row of totals. It must agree with the sum of all rows, of the rows since the previous row of totals, or of its day.
    /// Counts must be equal; an amount may differ by the rounding of each row. Returns by how much its amount differs, in
    /// millionths.
    ///
    /// # Errors
    /// A total that differs, or a row of totals of which nothing can be checked.
    pub(super) fn check(&self, totals: &TotalsRow) -> Result<u64, ImportIssue> {
        let TotalsRow { row, cells, period, section, is_of_code } = totals;
        let row = row.unwrap_or(0);
        self.columns.check_readable(self.columns.sums(), row, cells)?;
        let currency = self.currency_of(row, cells)?;
        let ParsedRow { values: total, decimals, .. } =
            RowValues::parse(self.profile, self.columns, row, cells, currency)?;
        let own = Total { row, cells, values: total, decimals };
        let currency = currency.filter(|_| self.columns.currency.is_some());
        let code = self.columns.code.and_then(|index| cells.get(index)).map_or("", |cell| cell.trim());
        // A row of totals that lacks a dimension is the sum of its code.
        let code = Some(code).filter(|code| *is_of_code && !is_not_told(code, self.profile));
        let whole = self.sums.total(TotalOf { period: *period, code, currency });
        let first = self.compare(&own, &whole);
        if first.is_err() && period.is_none() && section.rows > 0 {
            return self.compare(&own, section).or(first);
        }
        first
    }

    /// The currency of a row of totals: its own if it names one.
    fn currency_of(&self, row: u64, cells: &[FileCell]) -> Result<Option<Currency>, ImportIssue> {
        let (CurrencySource::Column(_), Some(index)) = (&self.profile.currency, self.columns.currency) else {
            return Ok(self.currency);
        };
        let text = cells.get(index).map_or("", |cell| cell.trim());
        if is_not_told(text, self.profile) {
            return Ok(self.sums.only_currency());
        }
        cell_currency(text)
            .map(Some)
            .ok_or_else(|| ImportIssue::in_cell(row, self.columns.name(index), text, NO_CURRENCY))
    }

    fn compare(&self, total: &Total<'_>, sum: &ColumnSums) -> Result<u64, ImportIssue> {
        let Total { row, cells, values: total, decimals } = *total;
        let reports = total.searches.is_some() || total.clicks.is_some() || total.revenue.is_some();
        let can_be_checked = total.searches.and(sum.searches).is_some()
            || total.clicks.and(sum.clicks).is_some()
            || total.revenue.and(sum.revenue).is_some();
        if reports && !can_be_checked {
            let message = "this row of totals cannot be checked: the columns it reports are empty in some rows above, or in several \
                           currencies; ask the partner for complete rows, or name the row's beginning in footers";
            return Err(ImportIssue::in_row(row, message));
        }
        let differs = |index: Option<usize>, sum: String| {
            let cell = index.and_then(|index| cells.get(index)).map_or("", |cell| cell);
            let message = format!(
                "this total differs from the sum of the rows above, {sum}; a row is missing, or a row of totals was counted"
            );
            ImportIssue::in_cell(row, index.map_or("", |index| self.columns.name(index)), cell, message)
        };
        let counts =
            [(self.columns.searches, total.searches, sum.searches), (self.columns.clicks, total.clicks, sum.clicks)];
        for (index, total, sum) in counts {
            if let (Some(total), Some(sum)) = (total, sum)
                && total != sum
            {
                return Err(differs(index, sum.to_string()));
            }
        }
        let revenue = (total.revenue, sum.revenue, self.columns.revenue);
        let (Some(Micros(total)), Some(Micros(expected)), Some(index)) = revenue else { return Ok(0) };
        let tolerance = self.rounding_tolerance(sum.rows, decimals);
        let difference = total.abs_diff(expected);
        if difference > tolerance {
            return Err(differs(Some(index), Micros(expected).to_string()));
        }
        Ok(difference)
    }

    /// What rounding explains, in millionths: half a unit of the last decimal that rows are written with for each of them, and half a unit of
    /// the total's own last decimal.
    fn rounding_tolerance(&self, rows: u64, decimals: u32) -> u64 {
        let unit = |decimals: u32| 10_u64.pow(self.profile.unit.decimals().saturating_sub(decimals));
        unit(self.decimals).saturating_mul(rows).saturating_add(unit(decimals)) / 2
    }
}

/// A row of totals with its values.
struct Total<'t> {
    row: u64,
    cells: &'t [FileCell],
    values: RowValues,
    /// The decimals of its amount.
    decimals: u32,
}
