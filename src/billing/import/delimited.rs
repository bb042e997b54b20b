//! Reads rows of delimited text (RFC 4180).

use std::io::{self, Read};
use std::rc::Rc;

use crate::billing::import::cell::FileCell;
use crate::billing::import::collector::RowCollector;
use crate::billing::import::issue::{ImportError, ImportIssue};
use crate::billing::import::progress::Progress;
use crate::billing::import::row_feed::RowFeed;

/// Passes all rows below the header to `collector`.
///
/// # Errors
/// The text cannot be read or decoded, it has no header, or a quotation mark is not closed.
pub(super) fn read_rows(
    text: impl Read,
    delimiter: u8,
    progress: &Rc<Progress>,
    collector: &mut RowCollector<'_>,
    on_row: &mut dyn FnMut(),
) -> Result<(), ImportError> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(text);
    let mut record = csv::StringRecord::new();
    let mut feed = RowFeed::new(collector, on_row);
    while reader.read_record(&mut record).map_err(not_a_table)? {
        progress.row_bytes.set(0);
        let row = first_line(&record, reader.position());
        let cells: Vec<FileCell> = record.iter().map(|cell| FileCell::text(formula_text(cell))).collect();
        if !feed.has_header() {
            check_named_delimiter(row, &cells)?;
        }
        if feed.has_header() {
            check_quotes(row, &cells, delimiter)?;
        }
        if !feed.push(row, cells) {
            break;
        }
    }
    feed.finish()
}

/// The line on which a record begins, as an editor counts lines. The reader reports the position before blank lines, so this
/// counts back from the next record; at the end of the file inside an open quotation mark, there is no next record.
fn first_line(record: &csv::StringRecord, next: &csv::Position) -> u64 {
    let lines_inside: u64 = record.iter().map(|cell| cell.matches('\n').count() as u64).sum();
    let reported = record.position().map_or(0, csv::Position::line);
    next.line().saturating_sub(1 + lines_inside).max(reported)
}

/// Returns the text of a formula that is only a text, as programs write what Excel is not to change: `="0042"`. Other cells are their text.
pub(super) fn formula_text(cell: &str) -> &str {
    let inside = || cell.trim().strip_prefix("=\"")?.strip_suffix('"').filter(|text| !text.contains('"'));
    inside().unwrap_or(cell)
}

/// Excel takes the delimiter from a first line such as `sep=;`, which is one cell where the profile has another one.
fn check_named_delimiter(row: u64, cells: &[FileCell]) -> Result<(), ImportIssue> {
    let [cell] = cells else { return Ok(()) };
    let named = cell.strip_prefix("sep=").filter(|named| row == 1 && named.chars().count() == 1);
    named.map_or(Ok(()), |named| {
        let message =
            format!("the first line says that the delimiter is \"{}\"; set delimiter to it", named.escape_debug());
        Err(ImportIssue::quoting(row, cell, message))
    })
}

/// A quotation mark that is not closed moves the rows below it into one cell, and their values would be lost.
fn check_quotes(row: u64, cells: &[FileCell], delimiter: u8) -> Result<(), ImportIssue> {
    let contains_rows = |cell: &FileCell| cell.contains('\n') && cell.contains(char::from(delimiter));
    let Some((index, cell)) = cells.iter().enumerate().find(|(_, cell)| contains_rows(cell)) else { return Ok(()) };
    let message = format!(
        "cell {} spans several lines that look like rows: a quotation mark is open; close it, or double it if it is part of \
         the text",
        index + 1
    );
    Err(ImportIssue::quoting(row, cell, message))
}

#[allow(clippy::wildcard_enum_match_arm, reason = "csv may add kinds; only I/O errors can occur here")]
fn not_a_table(error: csv::Error) -> ImportError {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error.into(),
        // The text is valid UTF-8, and rows may have any length.
        _ => io::Error::new(io::ErrorKind::InvalidData, "this is not a table of rows and columns").into(),
    }
}
