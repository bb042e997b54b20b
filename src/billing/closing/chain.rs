//! The chain of records: every record contains the digest of its predecessor, so that none can be removed, inserted or changed
//! without changing all that follow. The key changes only by a hand-over, which is a record itself.

use crate::billing::closing::chain_record::ChainRecord;
use crate::billing::closing::hand_over::HandOverRecord;
use crate::billing::closing::record_text::InvalidRecord;
use crate::billing::closing::signing::{PublicKeyText, VerifyingKey};
use crate::billing::digest::Sha256Digest;

/// A stored record with its signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainLink {
    /// Position in the chain, from 1.
    pub number: i64,
    /// The text of the record.
    pub record: String,
    /// The signature in minisign's format; of a hand-over, the old key's, and empty if the old key was lost.
    pub signature: String,
    /// The signature of the new key, which a hand-over has besides.
    pub new_signature: Option<String>,
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
    /// The new key's signature does not match the record of the hand-over.
    #[error("the signature of the new key does not match this record")]
    NewSignature,
    /// The text is not a record.
    #[error(transparent)]
    Invalid(#[from] InvalidRecord),
    /// The record has another position than its number says.
    #[error("this record is at the position of another one")]
    Number,
    /// The record does not contain the digest of its predecessor.
    #[error("this record does not follow the previous one: one of them was changed or inserted")]
    Previous,
    /// The hand-over is from another key than the one in use.
    #[error("this hand-over is not from the key that signed the records before it")]
    OtherKey,
    /// The key to verify with is none of the chain's.
    #[error("the chain is signed by key {0} at its end, and the key to verify with is none of its keys")]
    ForeignKey(String),
    /// The old key did not sign the hand-over, and the old key is the one to verify with.
    #[error("the new key alone signed this hand-over ({0}); the key to verify with does not cover what follows")]
    Lone(String),
}

/// A valid chain.
#[derive(Debug)]
pub struct CheckedChain {
    /// The records.
    pub records: Vec<ChainRecord>,
    /// The key that continues the chain.
    pub key: VerifyingKey,
}

/// Checks that no record is missing, that every record is signed with the key in use at its place, and that each one contains the digest
/// of its predecessor. `trusted` must be one of the chain's keys; keys before it need not have signed the hand-over to the next one.
///
/// # Errors
/// The first record that is wrong.
pub fn check_chain(links: &[ChainLink], trusted: &VerifyingKey) -> Result<CheckedChain, ChainError> {
    let hand_overs = hand_overs(links)?;
    let first = hand_overs.first().map_or_else(|| trusted.key_text(), |(_, hand_over)| hand_over.old_key.clone());
    let mut keys = vec![first];
    for (link, hand_over) in &hand_overs {
        let is_continued = keys.last() == Some(&hand_over.old_key);
        let error = |problem| ChainError { number: link.number, problem };
        check_hand_over(link, hand_over).map_err(error)?;
        if !is_continued {
            return Err(error(ChainProblem::OtherKey));
        }
        keys.push(hand_over.new_key.clone());
    }
    check_trust(&hand_overs, &keys, trusted)?;
    let mut keys = keys.iter();
    let mut key = next_key(&mut keys, trusted);
    let mut previous = Sha256Digest::ZERO;
    let mut records = Vec::new();
    for (number, link) in (1..).zip(links) {
        let record = check_link(link, number, previous, &key).map_err(|problem| ChainError { number, problem })?;
        previous = Sha256Digest::of(&link.record);
        if link.new_signature.is_some() {
            key = next_key(&mut keys, trusted);
        }
        records.push(record);
    }
    Ok(CheckedChain { records, key })
}

fn next_key<'k>(keys: &mut impl Iterator<Item = &'k PublicKeyText>, trusted: &VerifyingKey) -> VerifyingKey {
    keys.next().map_or_else(|| trusted.key_text(), Clone::clone).verifying_key()
}

/// Returns the hand-overs with their records.
fn hand_overs(links: &[ChainLink]) -> Result<Vec<(&ChainLink, HandOverRecord)>, ChainError> {
    let hand_overs = links.iter().filter(|link| link.new_signature.is_some());
    let parse = |link: &'_ ChainLink| HandOverRecord::parse(&link.record);
    hand_overs
        .map(|link| match parse(link) {
            Ok(record) => Ok((link, record)),
            Err(error) => Err(ChainError { number: link.number, problem: error.into() }),
        })
        .collect()
}

/// Checks the signatures of a hand-over, with the keys that it names.
pub(super) fn check_hand_over(link: &ChainLink, record: &HandOverRecord) -> Result<(), ChainProblem> {
    let ChainLink { record: text, signature, new_signature, .. } = link;
    let is_signed_by_old = match record.lost {
        None => record.old_key.verifying_key().verifies(text, signature),
        Some(_) => signature.is_empty(),
    };
    if !is_signed_by_old {
        return Err(ChainProblem::Signature);
    }
    let is_signed_by_new =
        new_signature.as_ref().is_some_and(|signature| record.new_key.verifying_key().verifies(text, signature));
    if is_signed_by_new { Ok(()) } else { Err(ChainProblem::NewSignature) }
}

/// Checks that `trusted` is one of the keys, and that the old keys signed all hand-overs after it.
fn check_trust(
    hand_overs: &[(&ChainLink, HandOverRecord)],
    keys: &[PublicKeyText],
    trusted: &VerifyingKey,
) -> Result<(), ChainError> {
    let number = hand_overs.last().map_or(1, |(link, _)| link.number);
    let Some(at) = keys.iter().rposition(|key| *key == trusted.key_text()) else {
        let last = keys.last().map_or_else(String::new, PublicKeyText::id);
        return Err(ChainError { number, problem: ChainProblem::ForeignKey(last) });
    };
    let lone = hand_overs.iter().skip(at).find_map(|(link, record)| Some((link.number, record.lost.as_ref()?)));
    match lone {
        Some((number, reason)) => Err(ChainError { number, problem: ChainProblem::Lone(reason.to_string()) }),
        None => Ok(()),
    }
}

fn check_link(
    link: &ChainLink,
    number: i64,
    previous: Sha256Digest,
    key: &VerifyingKey,
) -> Result<ChainRecord, ChainProblem> {
    if link.number != number {
        return Err(ChainProblem::Missing);
    }
    // The signatures of hand-overs were checked before.
    if link.new_signature.is_none() && !key.verifies(&link.record, &link.signature) {
        return Err(ChainProblem::Signature);
    }
    let record = ChainRecord::parse(&link.record)?;
    if record.number() != number {
        return Err(ChainProblem::Number);
    }
    if record.previous() != previous {
        return Err(ChainProblem::Previous);
    }
    if record.key().is_some_and(|named| *named != key.key_text()) {
        return Err(ChainProblem::OtherKey);
    }
    Ok(record)
}

#[cfg(test)]
mod tests;
