//! Rows without a day, such as a deduction for the whole month: they are added to the last day of the file, so that the sums of the month
//! are those of the partner.

use crate::billing::import::issue::ImportIssue;
use crate::billing::import::row_values::RowValues;
use crate::billing::import::sums::{RowKey, RowSums};
use crate::billing::money::{Currency, Micros};
use crate::billing::statement::LeftOut;

/// A row without a day.
#[derive(Debug)]
struct UndatedRow {
    row: u64,
    code: String,
    currency: Option<Currency>,
    change: RowValues,
}

/// The rows without a day so far.
#[derive(Debug, Default)]
pub(super) struct UndatedRows(Vec<UndatedRow>);

impl UndatedRows {
    pub(super) fn push(&mut self, row: u64, code: String, (currency, change): (Option<Currency>, RowValues)) {
        self.0.push(UndatedRow { row, code, currency, change });
    }

    /// Adds the rows to the last day, and counts them.
    ///
    /// # Errors
    /// No row has a day, or a sum is too large.
    pub(super) fn add_to_last(self, sums: &mut RowSums, left_out: &mut LeftOut) -> Result<(), ImportIssue> {
        let Some(first) = self.0.first().map(|row| row.row) else { return Ok(()) };
        let Some(last) = sums.last_period() else {
            return Err(ImportIssue::in_row(
                first,
                "no row of this file has a day to which those without one can be added",
            ));
        };
        for UndatedRow { row, code, currency, change } in self.0 {
            left_out.undated += 1;
            left_out.undated_clicks = left_out.undated_clicks.saturating_add(change.clicks.unwrap_or(0));
            let revenue = change.revenue.map_or(0, |Micros(micros)| micros);
            left_out.undated_revenue = Micros(left_out.undated_revenue.0.saturating_add(revenue));
            let key = RowKey { day: last.first, code, last: last.last, currency };
            sums.add_to_sum(key, change)
                .ok_or_else(|| ImportIssue::in_row(row, "the sum for the last day and this code is too large"))?;
        }
        Ok(())
    }
}
