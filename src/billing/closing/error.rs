//! Errors while exporting or verifying closed months.

use std::error::Error;
use std::fmt;

use crate::billing::closing::record::InvalidRecord;
use crate::billing::store::BillingStoreError;

/// Why a closed month cannot be exported or verified.
#[derive(Debug)]
pub enum ClosingError {
    /// The store cannot be read.
    Store(BillingStoreError),
    /// The text in the store is not a record.
    InvalidRecord(InvalidRecord),
    /// A CSV file cannot be written.
    Csv(csv::Error),
}

impl fmt::Display for ClosingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Store(error) => error.fmt(f),
            Self::InvalidRecord(error) => error.fmt(f),
            Self::Csv(error) => error.fmt(f),
        }
    }
}

impl Error for ClosingError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Store(error) => error.source(),
            Self::InvalidRecord(error) => error.source(),
            Self::Csv(error) => error.source(),
        }
    }
}

impl From<BillingStoreError> for ClosingError {
    fn from(error: BillingStoreError) -> Self {
        Self::Store(error)
    }
}

impl From<InvalidRecord> for ClosingError {
    fn from(error: InvalidRecord) -> Self {
        Self::InvalidRecord(error)
    }
}

impl From<csv::Error> for ClosingError {
    fn from(error: csv::Error) -> Self {
        Self::Csv(error)
    }
}
