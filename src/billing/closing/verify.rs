//! Verifies closed months: the chain of records against the store, or one exported folder on its own.

use std::fmt;

use crate::billing::closing::chain::{ChainError, ChainLink, check_chain};
use crate::billing::closing::error::ClosingError;
use crate::billing::closing::export::{
    COUNTS_FILE, RECORD_FILE, SIGNATURE_FILE, STATEMENT_FILE, closed_statement_rows, counts_csv, statement_csv,
};
use crate::billing::closing::record::{ClosingRecord, InvalidRecord};
use crate::billing::closing::signing::VerifyingKey;
use crate::billing::digest::Sha256Digest;
use crate::billing::store::{BillingStore, Closing};

/// How the store differs from a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mismatch {
    /// A column of the closing differs from the line with this key.
    Column(&'static str),
    /// The statement rows have another digest.
    Statement,
    /// The counts have another digest.
    Counts,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Column(key) => write!(f, "the store has another {key} than the record"),
            Self::Statement => f.write_str("the statement in the store is not the one that was closed"),
            Self::Counts => f.write_str("the counts in the store are not those that were closed"),
        }
    }
}

/// What happened to a closed month since, without making its record wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Note {
    /// Its hours were rolled up into days.
    RolledUp,
    /// This many clicks and searches were counted later.
    Adjustments(u64),
    /// This many statements that cover one of its days were imported later.
    LaterStatements(usize),
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RolledUp => {
                f.write_str("its hours were rolled up into days, so the hash of its counts can no longer be checked")
            }
            Self::Adjustments(n) => {
                write!(f, "{n} clicks and searches were counted later (`qsproxy report adjustments`)")
            }
            Self::LaterStatements(n) => {
                write!(f, "{n} statements were imported later (`qsproxy reconcile` shows what they change)")
            }
        }
    }
}

/// A record whose place in the chain and signature are valid, compared with the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedClosing {
    /// The record.
    pub record: ClosingRecord,
    /// What changed since, or how the store differs.
    pub result: Result<Vec<Note>, Mismatch>,
}

/// Why closed months cannot be verified.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// A record is not valid.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// The store cannot be read.
    #[error(transparent)]
    Closing(#[from] ClosingError),
}

/// Verifies the chain of all closings with this key, and compares every record with the store.
///
/// # Errors
/// A record of the chain that is not valid, or a store that cannot be read.
pub fn verify_closings(
    store: &BillingStore,
    closings: &[Closing],
    key: &VerifyingKey,
) -> Result<Vec<VerifiedClosing>, VerifyError> {
    let links: Vec<ChainLink<'_>> = closings
        .iter()
        .map(|Closing { number, record, signature, .. }| ChainLink { number: *number, record, signature })
        .collect();
    let records = check_chain(&links, key)?;
    let mut verified = Vec::new();
    for (closing, record) in closings.iter().zip(records) {
        let result = compare_with_store(store, closing, &record)?;
        verified.push(VerifiedClosing { record, result });
    }
    Ok(verified)
}

/// Compares a record with the store.
fn compare_with_store(
    store: &BillingStore,
    closing: &Closing,
    record: &ClosingRecord,
) -> Result<Result<Vec<Note>, Mismatch>, ClosingError> {
    let Closing { partner, month, hours, .. } = closing;
    let columns = [
        ("partner", *partner == record.partner),
        ("month", *month == record.month),
        ("from_hour", hours.start == record.hours.start),
        ("to_hour", hours.end == record.hours.end),
    ];
    if let Some((key, _)) = columns.into_iter().find(|(_, is_same)| !is_same) {
        return Ok(Err(Mismatch::Column(key)));
    }
    let rows = closed_statement_rows(store, closing, record)?;
    if Sha256Digest::of(&statement_csv(&rows)?) != record.statement_sha256 {
        return Ok(Err(Mismatch::Statement));
    }
    let mut notes = Vec::new();
    if store.is_rolled_up(partner, hours)? {
        notes.push(Note::RolledUp);
    } else if Sha256Digest::of(&counts_csv(&store.hourly_counts(partner, hours)?)?) != record.counts_sha256 {
        return Ok(Err(Mismatch::Counts));
    }
    let adjustments = store.adjustments(partner, hours)?.total();
    if adjustments > 0 {
        notes.push(Note::Adjustments(adjustments));
    }
    let days = month.first_day()..=month.last_day();
    let known = record.latest_statement.map_or(0, |statement| statement.number);
    let statements = store.statements(Some(partner))?;
    let later = statements.iter().filter(|later| later.number > known && later.covers_any(&days)).count();
    if later > 0 {
        notes.push(Note::LaterStatements(later));
    }
    Ok(Ok(notes))
}

/// What is wrong with an exported folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExportMismatch {
    /// The signature does not match the record and the key.
    Signature,
    /// The text is not a record.
    Invalid(InvalidRecord),
    /// The file with this name does not have the digest in the record.
    File(&'static str),
}

impl fmt::Display for ExportMismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Signature => write!(f, "{RECORD_FILE}: the signature does not match this record and this key"),
            Self::Invalid(error) => write!(f, "{RECORD_FILE}: {error}"),
            Self::File(name) => write!(f, "{name} does not have the sha256 that is in the record"),
        }
    }
}

/// Verifies the files of an export without a store. `read` returns the content of the file with this name. Returns the record,
/// or what is wrong.
///
/// # Errors
/// Errors of `read`.
pub fn verify_export<E>(
    read: impl Fn(&str) -> Result<String, E>,
    key: &VerifyingKey,
) -> Result<Result<ClosingRecord, ExportMismatch>, E> {
    let text = read(RECORD_FILE)?;
    if !key.verifies(&text, &read(SIGNATURE_FILE)?) {
        return Ok(Err(ExportMismatch::Signature));
    }
    let record = match ClosingRecord::parse(&text) {
        Ok(record) => record,
        Err(error) => return Ok(Err(ExportMismatch::Invalid(error))),
    };
    for (name, digest) in [(COUNTS_FILE, record.counts_sha256), (STATEMENT_FILE, record.statement_sha256)] {
        if Sha256Digest::of(&read(name)?) != digest {
            return Ok(Err(ExportMismatch::File(name)));
        }
    }
    Ok(Ok(record))
}
