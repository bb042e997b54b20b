//! A statement out of a file: its `text`, its rows as a `table` or as `json`, and what they say by day and code
//! (`gather`). A file is taken whole or refused with every place that is wrong, up to [`MOST_REJECTIONS`].

mod columns;
mod gather;
mod json;
mod numbers;
mod table;
mod text;

use std::fmt;
use std::io::{self, Read};
use std::rc::Rc;

use crate::billing::import::gather::Gather;
use crate::billing::import::text::Hashed;
use crate::billing::profile::{Encoding, FileFormat, Profile};
use crate::billing::statement::Statement;

pub use crate::billing::import::columns::folded;
pub use crate::billing::import::text::Progress;

/// How many mistakes are told at once: more of them have one cause, mostly.
pub const MOST_REJECTIONS: usize = 20;
/// How much of a cell is shown, in characters.
const SHOWN: usize = 40;

/// One thing that is wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportIssue {
    /// The line of the file, or the row of the list, counted from 1.
    pub row: Option<u64>,
    /// The column by its name.
    pub column: Option<String>,
    /// The cell, cut short, with control characters made visible.
    pub cell: Option<String>,
    /// What is wrong and what to do.
    pub what: String,
}

impl ImportIssue {
    fn new(what: impl Into<String>) -> Self {
        Self { row: None, column: None, cell: None, what: what.into() }
    }

    fn at(row: u64, what: impl Into<String>) -> Self {
        Self { row: Some(row), ..Self::new(what) }
    }

    fn cell(row: u64, column: &str, cell: &str, what: impl Into<String>) -> Self {
        let cut: String = cell.chars().take(SHOWN).flat_map(char::escape_debug).collect();
        let cut = if cell.chars().nth(SHOWN).is_some() { cut + "…" } else { cut };
        let column = column.chars().take(SHOWN).flat_map(char::escape_debug).collect();
        Self { column: Some(column), cell: Some(cut), ..Self::at(row, what) }
    }
}

impl fmt::Display for ImportIssue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(row) = self.row {
            write!(f, "row {row}: ")?;
        }
        if let Some(column) = &self.column {
            write!(f, "column \"{column}\": ")?;
        }
        if let Some(cell) = &self.cell {
            write!(f, "\"{cell}\": ")?;
        }
        f.write_str(&self.what)
    }
}

/// Why a file is refused.
#[derive(Debug)]
pub enum ImportError {
    /// It cannot be read.
    File(io::Error),
    /// It says what cannot be taken.
    Rejected(Vec<ImportIssue>),
}

impl From<ImportIssue> for ImportError {
    fn from(rejection: ImportIssue) -> Self {
        Self::Rejected(vec![rejection])
    }
}

/// What is no text, or unpacks wrongly, is the file's matter; the rest is the disk's.
impl From<io::Error> for ImportError {
    fn from(error: io::Error) -> Self {
        let of_the_text = [io::ErrorKind::InvalidData, io::ErrorKind::InvalidInput, io::ErrorKind::UnexpectedEof];
        if of_the_text.contains(&error.kind()) { ImportIssue::new(error.to_string()).into() } else { Self::File(error) }
    }
}

/// Reads a statement. `step` is called after each row; `progress` says how far the file was read by then.
///
/// # Errors
/// [`ImportError`]; nothing of the file is taken then.
pub fn read(
    file: impl Read,
    profile: &Profile,
    progress: &Rc<Progress>,
    step: &mut dyn FnMut(),
) -> Result<Statement, ImportError> {
    let mut file = Hashed::new(file, progress.clone());
    let mut gather = Gather::new(profile);
    {
        let longest_row = match profile.format {
            FileFormat::Table(_) => text::LONGEST_ROW,
            // Read as a whole, within a bound of its own.
            FileFormat::Json { .. } => u64::MAX,
        };
        let text = text::text(&mut file, profile.encoding, longest_row, progress.clone())?;
        match &profile.format {
            FileFormat::Table(delimiter) => table::rows(text, *delimiter, progress, &mut gather, step)?,
            FileFormat::Json { list, headers, totals } => {
                let places = json::Places { list, headers: headers.as_deref(), totals: totals.as_deref() };
                json::rows(text, &places, &mut gather, step)?;
            }
        }
    }
    let sha256 = file.finish()?;
    gather.end(sha256).map_err(ImportError::Rejected)
}

/// The text of a file's bytes, unpacked and decoded, for whoever looks at it without a profile.
///
/// # Errors
/// It is no text.
pub fn unpacked<'r>(bytes: &'r [u8], encoding: Encoding, progress: &Rc<Progress>) -> io::Result<impl Read + 'r> {
    text::text(bytes, encoding, u64::MAX, progress.clone())
}

#[cfg(test)]
mod tests;
