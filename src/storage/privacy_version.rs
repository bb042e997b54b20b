//! Versions of the privacy statement, as the table `privacy_versions` stores them.

use crate::storage::value::{DecodeError, Row};

/// One version of the privacy statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrivacyVersion {
    /// Counted from 1.
    pub number: u32,
    /// The first UTC day on which it was in force, `YYYY-MM-DD`.
    pub day: String,
    /// The statement as plain text.
    pub statement: String,
}

impl PrivacyVersion {
    /// Decodes the columns `version`, `day` and `statement`.
    ///
    /// # Errors
    /// A column of another type, or a version that is not a whole number from 0.
    pub(super) fn from_row(row: &Row) -> Result<Self, DecodeError> {
        let number = row.parse_number("version", "a version number", |number| u32::try_from(number).ok())?;
        let day = row.day("day")?.date().to_string();
        Ok(Self { number, day, statement: row.text("statement")?.to_owned() })
    }
}

/// The version in force and the one before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrivacyVersions {
    /// The version in force.
    pub current: PrivacyVersion,
    /// The version before; None for the first.
    pub previous: Option<PrivacyVersion>,
}
