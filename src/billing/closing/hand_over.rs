//! The hand-over of the chain from one key to the next: a record of the chain that names both and is signed by both. Where the old key
//! is lost, the new key signs alone, and whoever trusts the old key sees that.

use jiff::civil::Date;

use crate::billing::closing::record_text::{InvalidRecord, NONE, RecordLines, RecordText, TextLine, if_canonical, or};
use crate::billing::closing::signing::PublicKeyText;
use crate::billing::digest::Sha256Digest;

/// The first line: what it is, and the version of its form.
pub(super) const HAND_OVER_TITLE: &str = "qsproxy hand-over 1";

/// The record of a hand-over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandOverRecord {
    /// Position in the chain, from 1.
    pub number: i64,
    /// The key of the records before.
    pub old_key: PublicKeyText,
    /// The key of the records after.
    pub new_key: PublicKeyText,
    /// Why the old key does not sign; None if it does.
    pub lost: Option<TextLine>,
    /// The version of the program.
    pub versions: TextLine,
    /// The UTC day.
    pub day: Date,
    /// The digest of the previous record.
    pub previous: Sha256Digest,
}

impl HandOverRecord {
    /// Returns the text that is hashed and signed.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = RecordText::new(HAND_OVER_TITLE);
        text.line("number", &self.number);
        text.line("old_key", &self.old_key);
        text.line("new_key", &self.new_key);
        text.line("old_key_lost", &or(self.lost.as_ref(), NONE));
        text.line("versions", &self.versions);
        text.line("day", &self.day);
        text.line("previous", &self.previous);
        text.finish()
    }

    /// Parses exactly the text that [`Self::text`] returns.
    ///
    /// # Errors
    /// The first line that is missing or invalid.
    pub fn parse(text: &str) -> Result<Self, InvalidRecord> {
        let mut lines = RecordLines::new(text, HAND_OVER_TITLE)?;
        let record = Self {
            number: lines.parse("number", |text| text.parse().ok())?,
            old_key: lines.parse("old_key", PublicKeyText::parse)?,
            new_key: lines.parse("new_key", PublicKeyText::parse)?,
            lost: lines.parse_or("old_key_lost", NONE, TextLine::new)?,
            versions: lines.parse("versions", TextLine::new)?,
            day: lines.parse("day", |text| text.parse().ok())?,
            previous: lines.parse("previous", Sha256Digest::parse)?,
        };
        let canonical = record.text();
        if_canonical(record, &canonical, text)
    }
}
