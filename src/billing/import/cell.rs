//! A cell of a row, as a file's reader passes it to the collector.
//!
//! A text file has texts only, and the profile describes how its numbers and dates are written. A spreadsheet or JSON has typed cells, which
//! the profile must not reinterpret: their text is canonical. A number is written with digits and `.` whatever `decimal_mark` and
//! `group_mark` are; a date is written as in ISO 8601 whatever `date_format` is.

use std::ops::Deref;
use std::rc::Rc;

use crate::billing::number::NumberMarks;

/// The marks of a number cell.
const CANONICAL_MARKS: NumberMarks = NumberMarks { decimal: '.', group: None };

/// What the text of a cell is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum CellKind {
    /// Text as the file has it. The profile's `date_format`, `decimal_mark` and `group_mark` apply.
    Text,
    /// A number: an optional `-`, digits, an optional `.` with decimals, an optional exponent (`e3`), an optional `%`.
    Number,
    /// A date, a date with a time, or a time: `2026-10-01`, `2026-10-01T05:00:00` or `05:00:00`.
    Time,
    /// The value cannot be known; the message states why and what to do. The text is what is shown for the cell, and is not empty.
    Unreadable(String),
}

/// A cell. Dereferences to its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FileCell {
    text: String,
    kind: CellKind,
    /// The sign or code of the currency that a spreadsheet shows beside the number.
    currency: Option<Rc<str>>,
}

impl FileCell {
    /// A cell of this kind.
    pub(super) fn new(text: impl Into<String>, kind: CellKind) -> Self {
        Self { text: text.into(), kind, currency: None }
    }

    /// A cell of a text file, or an empty one.
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::new(text, CellKind::Text)
    }

    /// The cell, which is shown with the sign or code of a currency.
    pub(super) fn with_currency(self, currency: Option<Rc<str>>) -> Self {
        Self { currency, ..self }
    }

    /// The sign or code of the currency that the cell is shown with, as its format has it.
    pub(super) fn currency(&self) -> Option<&str> {
        self.currency.as_deref()
    }

    pub(super) fn kind(&self) -> &CellKind {
        &self.kind
    }

    /// The marks inside of the cell's number, where those of the profile are `marks`.
    pub(super) fn marks(&self, marks: NumberMarks) -> NumberMarks {
        if self.kind == CellKind::Number { CANONICAL_MARKS } else { marks }
    }

    /// Whether the text is a number as a program wrote it, with all of its digits.
    pub(super) fn is_number(&self) -> bool {
        self.kind == CellKind::Number
    }

    /// Whether the text is a date or a time in the form of ISO 8601.
    pub(super) fn is_time(&self) -> bool {
        self.kind == CellKind::Time
    }

    /// Why the cell has no value that can be known. A cell that no column of the profile uses may be unreadable.
    pub(super) fn problem(&self) -> Option<&str> {
        if let CellKind::Unreadable(message) = &self.kind { Some(message) } else { None }
    }
}

impl Deref for FileCell {
    type Target = str;

    fn deref(&self) -> &str {
        &self.text
    }
}
