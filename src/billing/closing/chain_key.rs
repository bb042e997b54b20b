//! Which key continues the chain.

use crate::billing::closing::chain_record::ChainRecord;
use crate::billing::closing::error::ClosingError;
use crate::billing::closing::ledger::ChainLedger;
use crate::billing::closing::signing::PublicKeyText;

/// How the key of a chain is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChainKey {
    /// There is no record.
    None,
    /// The last record names it.
    Named(PublicKeyText),
    /// The last record is of version 1, and was signed with one that this function can only try.
    Unnamed,
}

impl ChainKey {
    /// Returns the key that continues the chain, as its last record tells.
    ///
    /// # Errors
    /// The last record cannot be read.
    pub fn of(ledger: &ChainLedger) -> Result<Self, ClosingError> {
        let Some(last) = ledger.links.last() else { return Ok(Self::None) };
        Ok(match ChainRecord::parse(&last.record)? {
            ChainRecord::HandOver(record) => Self::Named(record.new_key),
            record @ (ChainRecord::Closing(_) | ChainRecord::Correction(_)) => {
                record.key().map_or(Self::Unnamed, |key| Self::Named(key.clone()))
            }
        })
    }

    /// Returns whether this key continues the chain.
    #[must_use]
    pub fn is(&self, ledger: &ChainLedger, key: &PublicKeyText) -> bool {
        match self {
            Self::None => true,
            Self::Named(named) => named == key,
            Self::Unnamed => {
                let last = ledger.links.last();
                last.is_some_and(|last| key.verifying_key().verifies(&last.record, &last.signature))
            }
        }
    }
}
