//! Verifies the chain against the store: every record, its archive, and that the store still has what was signed.

use crate::billing::closing::chain::{ChainError, CheckedChain, check_chain};
use crate::billing::closing::chain_record::ChainRecord;
use crate::billing::closing::compare::{Mismatch, compare_closing, compare_correction};
use crate::billing::closing::error::ClosingError;
use crate::billing::closing::ledger::ChainLedger;
use crate::billing::closing::note::Note;
use crate::billing::closing::signing::VerifyingKey;
use crate::billing::store::BillingStore;

/// A record whose place in the chain and signature are valid, compared with the store.
#[derive(Debug)]
pub struct VerifiedRecord {
    /// The record.
    pub record: ChainRecord,
    /// What changed since.
    pub notes: Vec<Note>,
    /// How the store differs.
    pub mismatches: Vec<Mismatch>,
}

/// Why the chain cannot be verified.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// A record is not valid.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// The store cannot be read.
    #[error(transparent)]
    Closing(#[from] ClosingError),
}

/// Verifies the chain with this key, and compares every record with the store. Also returns the numbers of archives that have no record.
///
/// # Errors
/// A record of the chain that is not valid, or a store that cannot be read.
pub fn verify_ledger(
    store: &BillingStore,
    ledger: &ChainLedger,
    key: &VerifyingKey,
) -> Result<(Vec<VerifiedRecord>, Vec<i64>), VerifyError> {
    let CheckedChain { records, .. } = check_chain(&ledger.links, key)?;
    let mut archived: Vec<i64> = Vec::new();
    let mut verified: Vec<VerifiedRecord> = Vec::new();
    for record in records {
        let number = record.number();
        let (mut notes, mismatches) = match &record {
            ChainRecord::Closing(closing) => {
                archived.extend(closing.details.as_ref().map(|_| number));
                compare_closing(store, ledger, closing)?
            }
            ChainRecord::Correction(correction) => {
                archived.push(number);
                compare_correction(store, ledger, correction)?
            }
            ChainRecord::HandOver(hand_over) => {
                let lone = hand_over.lost.as_ref().map(|reason| Note::Lone(reason.to_string()));
                (lone.into_iter().collect(), Vec::new())
            }
        };
        let before = verified.last().map(|before| before.record.day()).filter(|before| *before > record.day());
        notes.extend(before.map(Note::EarlierDay));
        verified.push(VerifiedRecord { record, notes, mismatches });
    }
    let orphans = ledger.archives.iter().map(|archive| archive.number).filter(|number| !archived.contains(number));
    Ok((verified, orphans.collect()))
}
