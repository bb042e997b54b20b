//! Imports a partner's statement from a file: its bytes become text (`text_reader`), the text becomes rows (`delimited` or
//! `json`), and the rows are checked and summed by day and code (`collector`).
//!
//! A file is accepted as a whole or rejected as a whole, with up to [`MAX_ISSUES`] issues, each with its row, column and cell.

mod cell;
mod collector;
mod columns;
mod coverage;
mod dates;
mod delimited;
mod duplicates;
mod header;
mod issue;
mod json;
pub mod name_folding;
mod progress;
mod row_class;
mod row_feed;
mod row_values;
mod sums;
mod text_reader;
mod totals;

use std::io::{self, Read};
use std::rc::Rc;

use crate::billing::import::collector::RowCollector;
use crate::billing::import::text_reader::{HashingReader, TextReader};
use crate::billing::profile::{Encoding, FileFormat, Profile};
use crate::billing::statement::Statement;

pub use crate::billing::import::issue::{ImportError, ImportIssue, MAX_ISSUES};
pub use crate::billing::import::name_folding::fold_name;
pub use crate::billing::import::progress::Progress;

/// Reads a statement. Calls `on_row` after each row; by then, `progress` has the number of bytes read.
///
/// # Errors
/// [`ImportError`]: the file cannot be read, or its contents are rejected.
pub fn read(
    file: impl Read,
    profile: &Profile,
    progress: &Rc<Progress>,
    on_row: &mut dyn FnMut(),
) -> Result<Statement, ImportError> {
    let mut file = HashingReader::new(file, progress.clone());
    let mut collector = RowCollector::new(profile);
    match &profile.format {
        FileFormat::Table(delimiter) => {
            let text = TextReader::open(&mut file, profile.encoding, text_reader::MAX_ROW_BYTES, progress.clone())?;
            delimited::read_rows(text, *delimiter, progress, &mut collector, on_row)?;
        }
        FileFormat::Json { list, headers, totals } => {
            // JSON has no rows at this level; `json` bounds the whole text instead.
            let text = TextReader::open(&mut file, profile.encoding, u64::MAX, progress.clone())?;
            let layout = json::JsonLayout { list, headers: headers.as_deref(), totals: totals.as_deref() };
            json::read_rows(text, &layout, &mut collector, on_row)?;
        }
    }
    let sha256 = file.finish()?;
    collector.finish(sha256).map_err(ImportError::Rejected)
}

/// Whether the names of months are known in a language (BCP 47).
#[must_use]
pub fn is_date_language(language: &str) -> bool {
    dates::month_names::MonthNames::new(Some(language)).is_some()
}

/// Returns the decompressed, decoded text of a file, for code that inspects a file without a profile.
///
/// # Errors
/// The bytes are not text in this encoding.
pub fn decoded<'r>(bytes: &'r [u8], encoding: Encoding, progress: &Rc<Progress>) -> io::Result<impl Read + 'r> {
    TextReader::open(bytes, encoding, u64::MAX, progress.clone())
}

#[cfg(test)]
mod row_tests;
#[cfg(test)]
mod tests;
