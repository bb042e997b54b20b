//! The statement rows of a closed month, as they were closed.

use crate::billing::closing::books_state::rows_of_month;
use crate::billing::closing::error::ClosingError;
use crate::billing::closing::files::statement_csv;
use crate::billing::closing::record::ClosingRecord;
use crate::billing::closing::version_1::closed_statement_rows;
use crate::billing::digest::Sha256Digest;
use crate::billing::statement::StatementRow;
use crate::billing::store::{BillingStore, Closing};

/// Returns the statement rows of a closed month, after a check that they are those that were closed; None if they are not.
///
/// # Errors
/// A store that cannot be read, or a stored record that cannot be parsed.
pub fn checked_statement_rows(
    store: &BillingStore,
    closing: &Closing,
) -> Result<Option<Vec<StatementRow>>, ClosingError> {
    let record = ClosingRecord::parse(&closing.record)?;
    let is_version_1 = record.details.is_none();
    let rows = match &record.details {
        Some(details) => {
            let days = record.month.first_day()..=record.month.last_day();
            let rows = store.statement_rows_until(&record.partner, days, details.books.last_event)?;
            rows_of_month(&rows, record.month)
        }
        None => closed_statement_rows(store, closing, &record)?,
    };
    let is_same = Sha256Digest::of(&statement_csv(&rows, is_version_1)?) == record.statement_sha256;
    Ok(is_same.then_some(rows))
}
