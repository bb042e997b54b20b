//! An imported statement without its rows.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use jiff::civil::Date;

use crate::billing::code_scope::CodeScope;
use crate::billing::digest::Sha256Digest;
use crate::billing::money::Currency;
use crate::storage::value::{DecodeError, Row};

/// An imported statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredStatement {
    /// Number, counted from 1 over all partners.
    pub number: i64,
    /// The partner.
    pub partner: String,
    /// The UTC day of the import.
    pub imported: Date,
    /// SHA-256 of the file.
    pub sha256: Sha256Digest,
    /// Revision: the number of the partner's statements whose scope overlaps this one's, including this one.
    pub revision: i64,
    /// The first day covered.
    pub first: Date,
    /// The last day covered.
    pub last: Date,
    /// The one currency of the revenue; None if there is no revenue, or if rows are in several currencies.
    pub currency: Option<Currency>,
    /// The text of the profile that the file was read with.
    pub profile: String,
    /// The codes that it speaks for.
    pub codes: CodeScope,
}

impl StoredStatement {
    /// Decodes a row, and takes the statement's codes out of `codes`.
    pub(super) fn from_row(row: &Row, codes: &mut BTreeMap<i64, BTreeSet<String>>) -> Result<Self, DecodeError> {
        let number = row.number("number")?;
        let codes = codes.remove(&number).unwrap_or_default();
        let codes = match row.optional_number("codes")? {
            None if codes.is_empty() => CodeScope::All,
            Some(n) if n > 0 && usize::try_from(n) == Ok(codes.len()) => CodeScope::Only(codes),
            None | Some(_) => return Err(row.error("codes", "the number of its codes")),
        };
        Ok(Self {
            number,
            partner: row.text("partner")?.to_owned(),
            imported: row.parse("imported", "a day", parse_day)?,
            sha256: row.parse("sha256", "a SHA-256 digest", Sha256Digest::parse)?,
            revision: row.number("revision")?,
            first: row.parse("first", "a day", parse_day)?,
            last: row.parse("last", "a day", parse_day)?,
            currency: row.parse("currency", "a currency or empty", parse_currency)?,
            profile: row.text("profile")?.to_owned(),
            codes,
        })
    }

    /// Returns whether the statement covers any of these days.
    #[must_use]
    pub fn covers_any(&self, days: &RangeInclusive<Date>) -> bool {
        self.first <= *days.end() && self.last >= *days.start()
    }
}

/// Parses `YYYY-MM-DD` and nothing else that jiff accepts as a date.
pub(super) fn parse_day(text: &str) -> Option<Date> {
    text.parse::<Date>().ok().filter(|day| day.to_string() == text)
}

/// Parses a currency code, or an empty text.
pub(super) fn parse_currency(text: &str) -> Option<Option<Currency>> {
    if text.is_empty() { Some(None) } else { Currency::new(text).map(Some) }
}
