//! Errors of the billing store.

use crate::billing::store::stored_row::InvalidRow;
use crate::storage::error::StoreError;

/// Why billing data could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum BillingStoreError {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A stored row cannot be decoded.
    #[error(transparent)]
    InvalidRow(#[from] InvalidRow),
}
