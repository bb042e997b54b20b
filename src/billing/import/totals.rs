//! Checks rows of totals against the sum of the rows.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::billing::import::cell::Cell;
use crate::billing::import::columns::ColumnIndexes;
use crate::billing::import::issue::ImportIssue;
use crate::billing::import::row_values::RowValues;
use crate::billing::money::Micros;
use crate::billing::number::decimal_places;
use crate::billing::profile::Profile;

/// The sums of all rows, by column; `None` if a row does not report the column.
pub(super) struct ColumnSums {
    searches: Option<i64>,
    clicks: Option<i64>,
    revenue: Option<i64>,
    /// Rows that were added.
    rows: u64,
}

impl ColumnSums {
    pub(super) fn new(sums: &BTreeMap<(Date, String), RowValues>, rows: u64) -> Self {
        let sum = |column: fn(&RowValues) -> Option<i64>| {
            sums.values().try_fold(0_i64, |sum, values| sum.checked_add(column(values)?))
        };
        Self {
            searches: sum(|values| values.searches),
            clicks: sum(|values| values.clicks),
            revenue: sum(|values| values.revenue.map(|Micros(micros)| micros)),
            rows,
        }
    }

    /// Checks a row of totals. Counts must be equal; an amount may differ by the rounding of each row.
    ///
    /// # Errors
    /// A total that differs, or a row of totals of which nothing can be checked.
    pub(super) fn check(
        &self,
        profile: &Profile,
        columns: &ColumnIndexes,
        row: u64,
        cells: &[Cell],
    ) -> Result<(), ImportIssue> {
        columns.check_readable(columns.sums(), row, cells)?;
        let total = RowValues::parse(profile, columns, row, cells)?.values;
        let reports = total.searches.is_some() || total.clicks.is_some() || total.revenue.is_some();
        let can_be_checked = total.searches.and(self.searches).is_some()
            || total.clicks.and(self.clicks).is_some()
            || total.revenue.and(self.revenue).is_some();
        if reports && !can_be_checked {
            let message = "this row of totals cannot be checked: the columns it reports are empty in some rows above; ask the \
                           partner for complete rows, or name the row's beginning in footers";
            return Err(ImportIssue::in_row(row, message));
        }
        let differs = |index: Option<usize>, sum: String| {
            let cell = index.and_then(|index| cells.get(index)).map_or("", |cell| cell);
            let message = format!(
                "this total differs from the sum of the rows above, {sum}; a row is missing, or a row of totals was counted"
            );
            ImportIssue::in_cell(row, index.map_or("", |index| columns.name(index)), cell, message)
        };
        for (index, total, sum) in
            [(columns.searches, total.searches, self.searches), (columns.clicks, total.clicks, self.clicks)]
        {
            if let (Some(total), Some(sum)) = (total, sum)
                && total != sum
            {
                return Err(differs(index, sum.to_string()));
            }
        }
        if let (Some(Micros(total)), Some(sum), Some(index)) = (total.revenue, self.revenue, columns.revenue) {
            let tolerance = cells.get(index).map_or(0, |cell| self.rounding_tolerance(profile, cell));
            if total.abs_diff(sum) > tolerance {
                return Err(differs(Some(index), Micros(sum).to_string()));
            }
        }
        Ok(())
    }

    /// Half a unit of the total's last decimal for each row and for the total itself, in millionths.
    fn rounding_tolerance(&self, profile: &Profile, total: &Cell) -> u64 {
        let unit = if profile.in_micros {
            1
        } else {
            let decimals = u32::try_from(decimal_places(total, total.marks(profile.marks))).unwrap_or(u32::MAX);
            10_u64.pow(6_u32.saturating_sub(decimals))
        };
        unit.saturating_mul(self.rows.saturating_add(1)) / 2
    }
}
