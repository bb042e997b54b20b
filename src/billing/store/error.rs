//! Errors of the billing store.

use std::error::Error;
use std::fmt;

use crate::billing::store::stored_row::InvalidRow;
use crate::storage::query::StoreError;

/// Why billing data could not be read or written.
#[derive(Debug)]
pub enum BillingStoreError {
    /// The database failed.
    Store(StoreError),
    /// A stored row cannot be decoded.
    InvalidRow(InvalidRow),
}

impl fmt::Display for BillingStoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Store(error) => error.fmt(f),
            Self::InvalidRow(error) => error.fmt(f),
        }
    }
}

impl Error for BillingStoreError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Store(error) => error.source(),
            Self::InvalidRow(error) => error.source(),
        }
    }
}

impl From<StoreError> for BillingStoreError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<InvalidRow> for BillingStoreError {
    fn from(error: InvalidRow) -> Self {
        Self::InvalidRow(error)
    }
}
