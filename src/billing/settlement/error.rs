//! Why the money of a partner cannot be worked out.

use crate::billing::closing::error::ClosingError;
use crate::billing::contract::ContractError;
use crate::billing::year_month::YearMonth;
use crate::name::ConfigName;
use crate::storage::error::StoreError;

/// Why the money of a partner cannot be worked out.
#[derive(Debug, thiserror::Error)]
pub enum SettlementError {
    /// The store cannot be opened.
    #[error("the store cannot be read")]
    Unavailable,
    /// The store cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The contract of a removed partner cannot be read.
    #[error(transparent)]
    Contract(#[from] ContractError),
    /// A closed month cannot be read.
    #[error(transparent)]
    Closing(#[from] ClosingError),
    /// The statement of a closed month is not the one that was closed.
    #[error("{0} {1} is closed, and its statement in the store is not the one that was closed; run `qsproxy verify`")]
    Changed(ConfigName, YearMonth),
    /// A statement with money has no currency.
    #[error("{0} {1}: a statement has revenue without a currency")]
    NoCurrency(ConfigName, YearMonth),
    /// A sum does not fit.
    #[error("the amounts of {0} are too large to be added up")]
    TooLarge(ConfigName),
}
