//! Errors while exporting or verifying closed months.

use crate::billing::closing::record::InvalidRecord;
use crate::storage::error::StoreError;

/// Why a closed month cannot be exported or compared with the store.
#[derive(Debug, thiserror::Error)]
pub enum ClosingError {
    /// The store cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The text in the store is not a record.
    #[error(transparent)]
    InvalidRecord(#[from] InvalidRecord),
    /// A CSV file cannot be written.
    #[error(transparent)]
    Csv(#[from] csv::Error),
}
