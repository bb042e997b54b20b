//! What records of version 2 state besides: the contract, what was accepted, the amounts as what they are, and the digests of all files.

use std::fmt;

use crate::billing::closing::condition::Accepted;
use crate::billing::closing::record_text::{InvalidRecord, NONE, RecordLines, RecordText, or};
use crate::billing::closing::signing::PublicKeyText;
use crate::billing::closing::stated::StatedSums;
use crate::billing::digest::Sha256Digest;
use crate::billing::tolerance::Tolerance;

/// A file of an export with its digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileDigest {
    /// The name of the file.
    pub name: String,
    /// The digest of its content.
    pub sha256: Sha256Digest,
}

impl FileDigest {
    fn parse(text: &str) -> Option<Self> {
        let (name, sha256) = text.split_once(' ')?;
        Some(Self { name: name.to_owned(), sha256: Sha256Digest::parse(sha256)? })
    }
}

impl fmt::Display for FileDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name, self.sha256)
    }
}

/// What a record of version 2 states about the state of the books, in a closing and in a correction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BooksState {
    /// The public key that signs the record.
    pub key: PublicKeyText,
    /// The number of the partner's last statement; 0 before the first.
    pub last_statement: i64,
    /// The number of the last event of the partner's statements; 0 before the first.
    pub last_event: i64,
    /// What was accepted.
    pub accepted: Vec<Accepted>,
    /// What the partner stated, by code and currency.
    pub stated: Vec<StatedSums>,
    /// The files of the export besides the record, its signature and the key.
    pub files: Vec<FileDigest>,
    /// The digest of the archive's text.
    pub archive_sha256: Sha256Digest,
}

impl BooksState {
    pub(super) fn write(&self, text: &mut RecordText) {
        text.line("key", &self.key);
        text.line("last_statement", &self.last_statement);
        text.line("last_event", &self.last_event);
        text.lines("accepted", &self.accepted);
        text.lines("stated", &self.stated);
        text.lines("file", &self.files);
        text.line("archive_sha256", &self.archive_sha256);
    }

    pub(super) fn parse(lines: &mut RecordLines<'_>) -> Result<Self, InvalidRecord> {
        Ok(Self {
            key: lines.parse("key", PublicKeyText::parse)?,
            last_statement: lines.parse("last_statement", |text| text.parse().ok())?,
            last_event: lines.parse("last_event", |text| text.parse().ok())?,
            accepted: lines.parse_all("accepted", Accepted::parse)?,
            stated: lines.parse_all("stated", StatedSums::parse)?,
            files: lines.parse_all("file", FileDigest::parse)?,
            archive_sha256: lines.parse("archive_sha256", Sha256Digest::parse)?,
        })
    }
}

/// What a closing of version 2 states besides the lines of version 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClosingDetails {
    /// The tolerance of the contract.
    pub tolerance: Tolerance,
    /// Whether the partner's links lead directly to their targets, so that its clicks are not counted here.
    pub is_direct: bool,
    /// Our counted clicks minus the partner's; None if the partner does not tell its clicks for every day.
    pub difference: Option<i64>,
    /// The state of the books.
    pub books: BooksState,
}

impl ClosingDetails {
    pub(super) fn write(&self, text: &mut RecordText) {
        let Tolerance { clicks, day, month, dispute } = self.tolerance;
        text.line("tolerance", &format_args!("clicks {clicks}, day {day}, month {month}, dispute {dispute}"));
        text.line("links", &if self.is_direct { "direct" } else { "counted" });
        text.line("difference", &or(self.difference.as_ref(), NONE));
        self.books.write(text);
    }

    pub(super) fn parse(lines: &mut RecordLines<'_>) -> Result<Self, InvalidRecord> {
        let is_direct = |text: &str| match text {
            "direct" => Some(true),
            "counted" => Some(false),
            _ => None,
        };
        Ok(Self {
            tolerance: lines.parse("tolerance", parse_tolerance)?,
            is_direct: lines.parse("links", is_direct)?,
            difference: lines.parse_or("difference", NONE, |text| text.parse().ok())?,
            books: BooksState::parse(lines)?,
        })
    }
}

/// Parses a number of clicks and three shares in hundredths of a per cent.
fn parse_tolerance(text: &str) -> Option<Tolerance> {
    let [clicks, day, month, dispute]: [&str; 4] = text.split(", ").collect::<Vec<_>>().try_into().ok()?;
    Some(Tolerance {
        clicks: clicks.strip_prefix("clicks ")?.parse().ok()?,
        day: day.strip_prefix("day ")?.parse().ok()?,
        month: month.strip_prefix("month ")?.parse().ok()?,
        dispute: dispute.strip_prefix("dispute ")?.parse().ok()?,
    })
}
