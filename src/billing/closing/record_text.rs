//! The text of records: a title, then one line for each key in a fixed order. What is signed is exactly this text, so a parser accepts
//! no other spelling of it.

use std::fmt::{self, Write as _};
use std::iter::Peekable;
use std::str::Lines;

/// The value of a number that the statements do not give.
pub(super) const NOT_STATED: &str = "not told";
/// The value of a number of ours that is not known, since hours were rolled up into UTC days that are in the month partly.
pub(super) const NOT_KNOWN: &str = "not known";
/// The value of a reason or a statement that does not exist.
pub(super) const NONE: &str = "none";

/// A line of text: not empty, without control characters, without spaces at its ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextLine(String);

impl TextLine {
    /// Accepts such a text.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let is_line = !text.is_empty() && text.trim() == text && !text.contains(char::is_control);
        is_line.then(|| Self(text.to_owned()))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TextLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The first line of a record that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("this record cannot be read: its line \"{key}\" is missing or invalid")]
pub struct InvalidRecord {
    /// The key of the line.
    pub key: String,
}

impl InvalidRecord {
    pub(super) fn new(key: &str) -> Self {
        Self { key: key.to_owned() }
    }
}

/// Returns the value as text, or another text if there is no value.
pub(super) fn or(value: Option<&impl fmt::Display>, otherwise: &str) -> String {
    value.map_or_else(|| otherwise.to_owned(), ToString::to_string)
}

/// The text of a record, line by line.
#[derive(Debug)]
pub(super) struct RecordText(String);

impl RecordText {
    pub(super) fn new(title: &str) -> Self {
        Self(format!("{title}\n"))
    }

    pub(super) fn line(&mut self, key: &str, value: &dyn fmt::Display) {
        // Writing to a String does not fail.
        let _ = writeln!(self.0, "{key}: {value}");
    }

    pub(super) fn lines(&mut self, key: &str, values: &[impl fmt::Display]) {
        for value in values {
            self.line(key, value);
        }
    }

    pub(super) fn finish(self) -> String {
        self.0
    }
}

/// Returns the record if `canonical`, its text, is the text that it was parsed from: what a parser accepts in another spelling, and what
/// follows the last line, is not the text that was signed.
pub(super) fn if_canonical<R>(record: R, canonical: &str, text: &str) -> Result<R, InvalidRecord> {
    if canonical == text {
        return Ok(record);
    }
    let different = canonical.lines().zip(text.lines()).find(|(expected, found)| expected != found);
    let key = different.and_then(|(expected, _)| expected.split(':').next()).unwrap_or("end of the record");
    Err(InvalidRecord::new(key))
}

/// The lines of a record's text, from the next one on.
#[derive(Debug)]
pub(super) struct RecordLines<'t>(Peekable<Lines<'t>>);

impl<'t> RecordLines<'t> {
    /// Expects this title on the first line.
    pub(super) fn new(text: &'t str, title: &str) -> Result<Self, InvalidRecord> {
        let mut lines = text.lines();
        if lines.next() == Some(title) { Ok(Self(lines.peekable())) } else { Err(InvalidRecord::new(title)) }
    }

    /// Parses the value of the next line, which must have this key.
    pub(super) fn parse<T>(&mut self, key: &str, parse: impl FnOnce(&str) -> Option<T>) -> Result<T, InvalidRecord> {
        let value = self.0.next().and_then(|line| value_of(line, key));
        value.and_then(parse).ok_or_else(|| InvalidRecord::new(key))
    }

    /// As [`Self::parse`]; None for the value `none`.
    pub(super) fn parse_or<T>(
        &mut self,
        key: &str,
        none: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, InvalidRecord> {
        self.parse(key, |value| if value == none { Some(None) } else { parse(value).map(Some) })
    }

    /// Parses the values of the next lines that have this key; there may be none.
    pub(super) fn parse_all<T>(
        &mut self,
        key: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<Vec<T>, InvalidRecord> {
        let mut values = Vec::new();
        while self.is_next(key) {
            values.push(self.parse(key, &parse)?);
        }
        Ok(values)
    }

    /// Returns whether the next line has this key.
    pub(super) fn is_next(&mut self, key: &str) -> bool {
        self.0.peek().is_some_and(|line| value_of(line, key).is_some())
    }
}

fn value_of<'l>(line: &'l str, key: &str) -> Option<&'l str> {
    line.strip_prefix(key)?.strip_prefix(": ")
}
