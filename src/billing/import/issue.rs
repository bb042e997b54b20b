//! Why a statement's file is rejected: the issues found, each with its place in the file.

use std::fmt;
use std::io;

/// The most issues reported for one file. More than that usually have one cause.
pub const MAX_ISSUES: usize = 20;

/// The most characters of a cell that a message quotes.
const MAX_QUOTED_CHARS: usize = 40;

/// One issue in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportIssue {
    /// The sheet, if the file is a spreadsheet.
    pub sheet: Option<String>,
    /// The line of the file, the number of the sheet's row, or the index in the list of rows, from 1.
    pub row: Option<u64>,
    /// The column's name.
    pub column: Option<String>,
    /// The cell's text, truncated, with control characters escaped.
    pub cell: Option<String>,
    /// What is wrong and what to do.
    pub message: String,
}

impl ImportIssue {
    /// An issue of the whole file.
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self { sheet: None, row: None, column: None, cell: None, message: message.into() }
    }

    /// An issue of a row.
    pub(super) fn in_row(row: u64, message: impl Into<String>) -> Self {
        Self { row: Some(row), ..Self::new(message) }
    }

    /// An issue of a row, quoting part of it.
    pub(super) fn quoting(row: u64, text: &str, message: impl Into<String>) -> Self {
        Self { cell: Some(quoted(text)), ..Self::in_row(row, message) }
    }

    /// An issue of a cell.
    pub(super) fn in_cell(row: u64, column: &str, cell: &str, message: impl Into<String>) -> Self {
        let column = column.chars().take(MAX_QUOTED_CHARS).flat_map(char::escape_debug).collect();
        Self { column: Some(column), ..Self::quoting(row, cell, message) }
    }
}

/// Truncates a text that a message quotes, and escapes its control characters.
pub(super) fn quoted(text: &str) -> String {
    let mut quoted: String = text.chars().take(MAX_QUOTED_CHARS).flat_map(char::escape_debug).collect();
    if text.chars().nth(MAX_QUOTED_CHARS).is_some() {
        quoted.push('…');
    }
    quoted
}

/// What is wrong with the bytes of a file, for code that reads them through [`io::Read`].
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct RejectedBytes(String);

/// An error of a file's contents.
pub(super) fn refusal(message: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, RejectedBytes(message.into()))
}

/// Whether an error was made by [`refusal`], and needs no other words.
pub(super) fn is_refusal(error: &io::Error) -> bool {
    error.get_ref().is_some_and(|error| error.is::<RejectedBytes>())
}

impl fmt::Display for ImportIssue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(sheet) = &self.sheet {
            write!(f, "sheet \"{sheet}\": ")?;
        }
        if let Some(row) = self.row {
            write!(f, "row {row}: ")?;
        }
        if let Some(column) = &self.column {
            write!(f, "column \"{column}\": ")?;
        }
        if let Some(cell) = &self.cell {
            write!(f, "\"{cell}\": ")?;
        }
        f.write_str(&self.message)
    }
}

/// Why a file was not imported.
#[derive(Debug)]
pub enum ImportError {
    /// The file cannot be read.
    File(io::Error),
    /// The file's contents are rejected.
    Rejected(Vec<ImportIssue>),
}

impl ImportError {
    /// The error of an I/O operation; of rejected contents, the first issue.
    pub(super) fn into_io(self) -> io::Error {
        match self {
            Self::File(error) => error,
            Self::Rejected(issues) => {
                let message = issues.first().map_or(String::new(), ToString::to_string);
                io::Error::new(io::ErrorKind::InvalidData, message)
            }
        }
    }
}

impl From<ImportIssue> for ImportError {
    fn from(issue: ImportIssue) -> Self {
        Self::Rejected(vec![issue])
    }
}

impl From<io::Error> for ImportError {
    /// Decoding and decompression report their errors through [`io::Read`], too: those are issues of the file's contents.
    fn from(error: io::Error) -> Self {
        let content_errors = [io::ErrorKind::InvalidData, io::ErrorKind::InvalidInput, io::ErrorKind::UnexpectedEof];
        if content_errors.contains(&error.kind()) {
            ImportIssue::new(error.to_string()).into()
        } else {
            Self::File(error)
        }
    }
}
