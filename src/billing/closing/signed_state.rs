//! What each record of a closed month signed of the partner's money: the closing, then its corrections.

use jiff::civil::Date;

use crate::billing::closing::closed_rows::checked_statement_rows;
use crate::billing::closing::correction::CorrectionRecord;
use crate::billing::closing::error::ClosingError;
use crate::billing::closing::record::ClosingRecord;
use crate::billing::closing::stated::{StatedSums, stated};
use crate::billing::store::{BillingStore, Closing, StoredCorrection};

/// What a record of a month signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedState {
    /// The number of the record.
    pub number: i64,
    /// The UTC day on which it was signed.
    pub day: Date,
    /// What the partner stated by then, by code and currency: all of it, not what changed.
    pub stated: Vec<StatedSums>,
}

/// Returns what the records of a closed month signed, in their order: first the closing, then those of `corrections` that are the
/// month's. None if the statement in the store is not the one that was closed.
///
/// # Errors
/// A store that cannot be read, or a stored record that cannot be parsed.
pub fn signed_states(
    store: &BillingStore,
    closing: &Closing,
    corrections: &[StoredCorrection],
) -> Result<Option<Vec<SignedState>>, ClosingError> {
    let Some(rows) = checked_statement_rows(store, closing)? else { return Ok(None) };
    let of_month =
        corrections.iter().filter(|stored| stored.partner == closing.partner && stored.month == closing.month);
    let corrections = of_month.map(|stored| CorrectionRecord::parse(&stored.record)).collect::<Result<Vec<_>, _>>()?;
    let closed = ClosingRecord::parse(&closing.record)?;
    let at_closing = match closed.details {
        Some(details) => details.books.stated,
        // A record of version 1 does not tell which codes were configured. Its first correction does.
        None => {
            let later = corrections.first().map(|record| record.books.stated.as_slice()).unwrap_or_default();
            stated(&rows, |row| later.iter().all(|later| later.is_mapped || later.code != row.code))?
        }
    };
    let mut states = vec![SignedState { number: closing.number, day: closed.closed, stated: at_closing }];
    let corrected = |CorrectionRecord { number, day, books, .. }| SignedState { number, day, stated: books.stated };
    states.extend(corrections.into_iter().map(corrected));
    Ok(Some(states))
}
