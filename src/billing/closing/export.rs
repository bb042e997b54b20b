//! Exports a record of the chain: the record with its signature and key, and the files that it has digests of. A record of version 1 has
//! no archive, and its files are made from the store.

use crate::billing::closing::archive::{self, NamedText};
use crate::billing::closing::chain::ChainLink;
use crate::billing::closing::chain_record::ChainRecord;
use crate::billing::closing::error::ClosingError;
use crate::billing::closing::files::{
    AGREEMENT_FILE, COUNTS_FILE, COUNTS_JSON_FILE, JOURNAL_FILE, KEY_FILE, RECORD_FILE, SIGNATURE_FILE, STATEMENT_FILE,
    counts_csv, counts_json,
};
use crate::billing::closing::ledger::ChainLedger;
use crate::billing::closing::record::ClosingRecord;
use crate::billing::closing::signing::PublicKeyText;
use crate::billing::closing::version_1::{closed_statement_rows, journal_1, statement_csv_1};
use crate::billing::digest::Sha256Digest;
use crate::billing::hourly::StoredCounts;
use crate::billing::store::BillingStore;

/// The files of an export, the same bytes each time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClosingExport {
    /// The files in the order in which they are written.
    pub files: Vec<NamedText>,
    /// False if the hours of the month were rolled up into days and there is no archive, so that the files of the counts are missing.
    pub has_counts: bool,
}

/// Exports the record with this number. `key` is the public key that signed it.
///
/// # Errors
/// A store that cannot be read, or a stored record or archive that is not the signed one.
pub fn export(
    store: &BillingStore,
    ledger: &ChainLedger,
    number: i64,
    key: &PublicKeyText,
) -> Result<ClosingExport, ClosingError> {
    let link = ledger.links.iter().find(|link| link.number == number).ok_or(ClosingError::NoRecord(number))?;
    if !key.verifying_key().verifies(&link.record, &link.signature) {
        return Err(ClosingError::OtherKey { number, id: key.id() });
    }
    let mut files = vec![
        file(RECORD_FILE, link.record.clone()),
        file(SIGNATURE_FILE, link.signature.clone()),
        file(KEY_FILE, key.file()),
    ];
    let mut has_counts = true;
    match ChainRecord::parse(&link.record)? {
        ChainRecord::Closing(record) => match &record.details {
            Some(details) => files.extend(archived(ledger, number, details.books.archive_sha256)?),
            None => has_counts = add_version_1(store, ledger, &record, &mut files)?,
        },
        ChainRecord::Correction(record) => files.extend(archived(ledger, number, record.books.archive_sha256)?),
        ChainRecord::HandOver(_) => {}
    }
    files.retain(|file| file.name != AGREEMENT_FILE);
    files.extend(ledger.links.iter().flat_map(hand_over_files));
    Ok(ClosingExport { files, has_counts })
}

fn file(name: &str, text: String) -> NamedText {
    NamedText { name: name.to_owned(), text }
}

/// Returns the files of a record's archive.
///
/// # Errors
/// The archive is missing, or is not the signed one.
pub(super) fn archived(
    ledger: &ChainLedger,
    number: i64,
    sha256: Sha256Digest,
) -> Result<Vec<NamedText>, ClosingError> {
    let stored = ledger.archives.iter().find(|archive| archive.number == number);
    let stored = stored.ok_or(ClosingError::NoArchive(number))?;
    if Sha256Digest::of(&stored.archive) != sha256 {
        return Err(ClosingError::OtherArchive(number));
    }
    Ok(archive::decode(&stored.archive)?)
}

/// Returns the files of a hand-over, with which a folder verifies with an earlier or a later key; nothing for other records.
pub(super) fn hand_over_files(link: &ChainLink) -> Vec<NamedText> {
    let Some(new_signature) = &link.new_signature else { return Vec::new() };
    let name = format!("hand-over-{}.txt", link.number);
    let mut files = vec![file(&name, link.record.clone())];
    if !link.signature.is_empty() {
        files.push(file(&format!("{name}.minisig"), link.signature.clone()));
    }
    files.push(file(&format!("{name}.new.minisig"), new_signature.clone()));
    files
}

/// Adds the files of a closing of version 1. Returns whether its counts are among them.
fn add_version_1(
    store: &BillingStore,
    ledger: &ChainLedger,
    record: &ClosingRecord,
    files: &mut Vec<NamedText>,
) -> Result<bool, ClosingError> {
    let closing = ledger.closing(&record.partner, record.month).ok_or(ClosingError::NoRecord(record.number))?;
    let rows = closed_statement_rows(store, closing, record)?;
    files.push(file(STATEMENT_FILE, statement_csv_1(&rows)?));
    files.extend(journal_1(record, &rows).map(|journal| file(JOURNAL_FILE, journal)));
    let counts = store.hourly_counts(&record.partner, &record.hours)?;
    let csv = counts_csv(&counts)?;
    let has_counts = Sha256Digest::of(&csv) == record.counts_sha256;
    if has_counts {
        files.push(file(COUNTS_FILE, csv));
        files.push(file(COUNTS_JSON_FILE, counts_json(&StoredCounts { hourly: counts, ..StoredCounts::default() })));
    }
    Ok(has_counts)
}
