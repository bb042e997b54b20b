//! What was agreed with a partner about money when a month was signed. It is in the record's archive, under its digest, and not in the
//! folder that is exported, since it names payees and their shares.

use crate::billing::closing::archive;
use crate::billing::closing::archive::ArchiveError;
use crate::billing::closing::chain_record::ChainRecord;
use crate::billing::closing::error::ClosingError;
use crate::billing::closing::files::AGREEMENT_FILE;
use crate::billing::digest::Sha256Digest;
use crate::billing::settlement::agreement::Agreement;
use crate::billing::settlement::agreement_text::parse_agreement;
use crate::billing::store::{BillingStore, Closing, StoredCorrection};
use crate::name::ConfigName;

/// Returns the agreement that a record signed, by its number and text; None if it signed none, as earlier versions did.
///
/// # Errors
/// A store that cannot be read, or a record or an archive that is not the signed one.
pub fn signed_agreement(store: &BillingStore, number: i64, record: &str) -> Result<Option<Agreement>, ClosingError> {
    let sha256 = match ChainRecord::parse(record)? {
        ChainRecord::Closing(record) => record.details.map(|details| details.books.archive_sha256),
        ChainRecord::Correction(record) => Some(record.books.archive_sha256),
        ChainRecord::HandOver(_) => None,
    };
    let Some(sha256) = sha256 else { return Ok(None) };
    let stored = store.archive(number)?.ok_or(ClosingError::NoArchive(number))?;
    if Sha256Digest::of(&stored.archive) != sha256 {
        return Err(ClosingError::OtherArchive(number));
    }
    let files = archive::decode(&stored.archive)?;
    let Some(file) = files.iter().find(|file| file.name == AGREEMENT_FILE) else { return Ok(None) };
    let invalid = ArchiveError::Invalid("the agreement cannot be read");
    parse_agreement(&file.text).ok_or(ClosingError::Archive(invalid)).map(Some)
}

/// Returns the agreement that the partner's last record signed.
///
/// # Errors
/// As [`signed_agreement`].
pub fn last_agreement(store: &BillingStore, partner: &ConfigName) -> Result<Option<Agreement>, ClosingError> {
    let closings = store.closings()?.into_iter().filter(|closing| closing.partner == *partner);
    let corrections = store.corrections()?.into_iter().filter(|correction| correction.partner == *partner);
    let closings = closings.map(|Closing { number, record, .. }| (number, record));
    let corrections = corrections.map(|StoredCorrection { number, record, .. }| (number, record));
    match closings.chain(corrections).max_by_key(|(number, _)| *number) {
        Some((number, record)) => signed_agreement(store, number, &record),
        None => Ok(None),
    }
}
