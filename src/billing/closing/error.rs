//! Errors while exporting or verifying closed months.

use crate::billing::closing::archive::ArchiveError;
use crate::billing::closing::record_text::InvalidRecord;
use crate::billing::closing::stated::Overflow;
use crate::storage::error::StoreError;

/// Why a closed month cannot be exported or compared with the store.
#[derive(Debug, thiserror::Error)]
pub enum ClosingError {
    /// The store cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The text in the store is not a record.
    #[error(transparent)]
    InvalidRecord(#[from] InvalidRecord),
    /// A CSV file cannot be written.
    #[error(transparent)]
    Csv(#[from] csv::Error),
    /// The archive cannot be read.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// The numbers of a month cannot be added up.
    #[error(transparent)]
    Overflow(#[from] Overflow),
    /// The counts in the archive of the record are not in the form in which they are written.
    #[error("closing_archives: the counts in the row of record {0} cannot be read")]
    UnreadableCounts(i64),
    /// There is no record with this number.
    #[error("there is no record {0}")]
    NoRecord(i64),
    /// The record has no archive.
    #[error("closing_archives: the row of record {0} is missing")]
    NoArchive(i64),
    /// The archive is not the one that the record has the digest of.
    #[error("closing_archives: the row of record {0} is not the archive that was signed")]
    OtherArchive(i64),
    /// Another key signed the record.
    #[error("record {number} was not signed with key {id}")]
    OtherKey {
        /// The record.
        number: i64,
        /// The identifier of the key.
        id: String,
    },
}
