//! The kinds of records in the chain: closings, corrections, and hand-overs of the key.

use jiff::civil::Date;

use crate::billing::closing::correction::{CORRECTION_TITLE, CorrectionRecord};
use crate::billing::closing::hand_over::{HAND_OVER_TITLE, HandOverRecord};
use crate::billing::closing::record::ClosingRecord;
use crate::billing::closing::record_text::InvalidRecord;
use crate::billing::closing::signing::PublicKeyText;
use crate::billing::digest::Sha256Digest;

/// A record of the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChainRecord {
    /// A month was closed.
    Closing(Box<ClosingRecord>),
    /// A closed month was corrected.
    Correction(Box<CorrectionRecord>),
    /// The chain continues with another key.
    HandOver(Box<HandOverRecord>),
}

impl ChainRecord {
    /// Parses the text of a record of any kind.
    ///
    /// # Errors
    /// The first line that is missing or invalid.
    pub fn parse(text: &str) -> Result<Self, InvalidRecord> {
        match text.lines().next() {
            Some(CORRECTION_TITLE) => CorrectionRecord::parse(text).map(Box::new).map(Self::Correction),
            Some(HAND_OVER_TITLE) => HandOverRecord::parse(text).map(Box::new).map(Self::HandOver),
            Some(_) | None => ClosingRecord::parse(text).map(Box::new).map(Self::Closing),
        }
    }

    /// Its position in the chain.
    #[must_use]
    pub fn number(&self) -> i64 {
        match self {
            Self::Closing(record) => record.number,
            Self::Correction(record) => record.number,
            Self::HandOver(record) => record.number,
        }
    }

    /// The digest of its predecessor.
    #[must_use]
    pub fn previous(&self) -> Sha256Digest {
        match self {
            Self::Closing(record) => record.previous,
            Self::Correction(record) => record.previous,
            Self::HandOver(record) => record.previous,
        }
    }

    /// The key that it names as its signer; None for closings of version 1, which name none.
    #[must_use]
    pub fn key(&self) -> Option<&PublicKeyText> {
        match self {
            Self::Closing(record) => record.details.as_ref().map(|details| &details.books.key),
            Self::Correction(record) => Some(&record.books.key),
            Self::HandOver(record) => Some(&record.old_key),
        }
    }

    /// The UTC day on which it was signed.
    #[must_use]
    pub fn day(&self) -> Date {
        match self {
            Self::Closing(record) => record.closed,
            Self::Correction(record) => record.day,
            Self::HandOver(record) => record.day,
        }
    }

    /// What it is about, in words.
    #[must_use]
    pub fn subject(&self) -> String {
        match self {
            Self::Closing(record) => format!("{} {}", record.partner, record.month),
            Self::Correction(record) => format!("{} {}, correction", record.partner, record.month),
            Self::HandOver(record) => {
                format!("hand-over from key {} to key {}", record.old_key.id(), record.new_key.id())
            }
        }
    }
}
