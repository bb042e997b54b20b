//! Closing: a month of a partner is frozen in a record, a text that a person can read and any tool can hash. Records form a
//! chain, each with the hash of the one before, and each is signed ([`signing`]: Ed25519 in minisign's format). What is
//! closed can be written out ([`export`]) and verified without us: `sha256sum counts.csv`, `minisign -V`. Pure.

pub mod export;
pub mod signing;

use std::fmt::Write as _;

use aws_lc_rs::digest::{SHA256, digest};
use data_encoding::HEXLOWER;

/// The first line of a record: what it is, and the version of its form.
const TITLE: &str = "qsproxy closing 1";

/// The hash that the first record names.
pub const NOTHING_BEFORE: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// A record's keys, in their order.
pub const KEYS: [&str; 28] = [
    "number",
    "partner",
    "month",
    "zone",
    "from_hour",
    "to_hour",
    "counts_sha256",
    "statement_sha256",
    "statements",
    "clicks_counted",
    "clicks_duplicate",
    "clicks_expired",
    "clicks_forged",
    "clicks_prefetch",
    "clicks_head",
    "clicks_bot",
    "clicks_cross_site",
    "clicks_organic",
    "searches",
    "statement_clicks",
    "statement_revenue",
    "status",
    "reason",
    "profile_sha256",
    "configuration_sha256",
    "versions",
    "closed",
    "previous",
];

/// A record: a value for each of the [`KEYS`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record(Vec<String>);

impl Record {
    /// A record of these values. None where one has a line end or begins or ends with a space: it could not be read back.
    #[must_use]
    pub fn new(values: [String; KEYS.len()]) -> Option<Self> {
        let sound = |value: &String| !value.is_empty() && value.trim() == value && !value.contains(char::is_control);
        values.iter().all(sound).then(|| Self(values.into()))
    }

    /// Reads a record's text, to the letter as [`Self::text`] writes it.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let mut lines = text.strip_suffix('\n')?.split('\n');
        if lines.next()? != TITLE {
            return None;
        }
        let values: Option<Vec<String>> =
            KEYS.iter().map(|key| Some(lines.next()?.strip_prefix(key)?.strip_prefix(": ")?.to_owned())).collect();
        let record = Self::new(<[String; KEYS.len()]>::try_from(values?).ok()?)?;
        (lines.next().is_none() && record.text() == text).then_some(record)
    }

    /// The text that is hashed and signed: a title, then a line for each key, each with its end.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = format!("{TITLE}\n");
        for (key, value) in KEYS.iter().zip(&self.0) {
            // Writing to a String does not fail.
            let _ = writeln!(text, "{key}: {value}");
        }
        text
    }

    /// The value of a key; empty where there is no such key.
    #[must_use]
    pub fn value(&self, key: &str) -> &str {
        KEYS.iter().zip(&self.0).find(|(known, _)| **known == key).map_or("", |(_, value)| value)
    }
}

/// SHA-256 in hexadecimal (FIPS 180-4).
#[must_use]
pub fn sha256(text: &str) -> String {
    HEXLOWER.encode(digest(&SHA256, text.as_bytes()).as_ref())
}

/// A link of the chain as it is kept.
#[derive(Debug, Clone, Copy)]
pub struct Link<'l> {
    /// Its place, from 1.
    pub number: i64,
    /// The record's text.
    pub record: &'l str,
    /// Its signature.
    pub signature: &'l str,
}

/// Checks a chain: every place is there, every record can be read and names the one before by its hash, every signature is
/// of this key. Returns the records, or the first place that is wrong and what is wrong there.
///
/// # Errors
/// The number of the record, and what is wrong with it.
pub fn check_chain(links: &[Link<'_>], key: &signing::Public) -> Result<Vec<Record>, (i64, &'static str)> {
    let mut previous = NOTHING_BEFORE.to_owned();
    let mut records = Vec::new();
    for (place, link) in (1..).zip(links) {
        let wrong = |what| Err((place, what));
        if link.number != place {
            return wrong("this record is missing from the chain");
        }
        if !key.verifies(link.record, link.signature) {
            return wrong("the signature is not of this record by this key");
        }
        let Some(record) = Record::read(link.record) else { return wrong("this record cannot be read") };
        if record.value("number") != place.to_string() {
            return wrong("this record stands in another's place");
        }
        if record.value("previous") != previous {
            return wrong("this record does not follow the one before: one of the two was changed or put in");
        }
        previous = sha256(link.record);
        records.push(record);
    }
    Ok(records)
}

#[cfg(test)]
mod tests;
