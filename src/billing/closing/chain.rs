//! The chain of records: every record contains the digest of its predecessor, so that none can be removed, inserted or changed
//! without changing all that follow.

use crate::billing::closing::record::{ClosingRecord, InvalidRecord};
use crate::billing::closing::signing::VerifyingKey;
use crate::billing::digest::Sha256Digest;

/// A stored record with its signature.
#[derive(Debug, Clone, Copy)]
pub struct ChainLink<'l> {
    /// Position in the chain, from 1.
    pub number: i64,
    /// The text of the record.
    pub record: &'l str,
    /// The signature in minisign's format.
    pub signature: &'l str,
}

/// The first record of a chain that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("record {number}: {problem}")]
pub struct ChainError {
    /// Its position.
    pub number: i64,
    /// What is wrong.
    pub problem: ChainProblem,
}

/// What is wrong with a record of a chain.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChainProblem {
    /// The record is missing.
    #[error("this record is missing from the chain")]
    Missing,
    /// The signature does not match the record and the key.
    #[error("the signature does not match this record and this key")]
    Signature,
    /// The text is not a record.
    #[error(transparent)]
    Invalid(#[from] InvalidRecord),
    /// The record has another position than its number says.
    #[error("this record is at the position of another one")]
    Number,
    /// The record does not contain the digest of its predecessor.
    #[error("this record does not follow the previous one: one of them was changed or inserted")]
    Previous,
}

/// Checks that no record is missing, that every record is signed with this key, and that each one contains the digest of its
/// predecessor. Returns the records.
///
/// # Errors
/// The first record that is wrong.
pub fn check_chain(links: &[ChainLink<'_>], key: &VerifyingKey) -> Result<Vec<ClosingRecord>, ChainError> {
    let mut previous = Sha256Digest::ZERO;
    let mut records = Vec::new();
    for (number, link) in (1..).zip(links) {
        let record = check_link(link, number, previous, key).map_err(|problem| ChainError { number, problem })?;
        previous = Sha256Digest::of(link.record);
        records.push(record);
    }
    Ok(records)
}

fn check_link(
    link: &ChainLink<'_>,
    number: i64,
    previous: Sha256Digest,
    key: &VerifyingKey,
) -> Result<ClosingRecord, ChainProblem> {
    if link.number != number {
        return Err(ChainProblem::Missing);
    }
    if !key.verifies(link.record, link.signature) {
        return Err(ChainProblem::Signature);
    }
    let record = ClosingRecord::parse(link.record)?;
    if record.number != number {
        return Err(ChainProblem::Number);
    }
    if record.previous != previous {
        return Err(ChainProblem::Previous);
    }
    Ok(record)
}

#[cfg(test)]
mod tests;
