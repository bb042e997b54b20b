//! Rows of text with a delimiter (RFC 4180). The header is looked for: above it there may be titles.

use std::io::{self, Read};
use std::rc::Rc;

use crate::billing::import::columns::no_header;
use crate::billing::import::gather::Gather;
use crate::billing::import::{ImportError, ImportIssue, Progress, columns};

/// How many rows may stand above the header.
const TITLES: usize = 100;

/// Gives all rows below the header to `gather`.
pub(super) fn rows(
    text: impl Read,
    delimiter: u8,
    progress: &Rc<Progress>,
    gather: &mut Gather<'_>,
    step: &mut dyn FnMut(),
) -> Result<(), ImportError> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(text);
    let mut record = csv::StringRecord::new();
    let mut best: Option<(u64, columns::Near)> = None;
    let mut above = 0;
    let mut found = false;
    while reader.read_record(&mut record).map_err(refused)? {
        progress.row.set(0);
        // The line on which it begins: those that it spans, counted back from the next one, since blank ones stand before it. At
        // the end of the file there is no next one where a quotation mark is open.
        let within: u64 = record.iter().map(|cell| cell.matches('\n').count() as u64).sum();
        let from = record.position().map_or(0, csv::Position::line);
        let row = reader.position().line().saturating_sub(1 + within).max(from);
        let cells: Vec<String> = record.iter().map(str::to_owned).collect();
        if cells.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        if found {
            open_quote(row, &cells, delimiter)?;
            gather.row(row, cells);
            step();
            if gather.is_full() {
                return Ok(());
            }
            continue;
        }
        match gather.header(&cells) {
            Ok(()) => found = true,
            Err(near) => {
                if best.as_ref().is_none_or(|(_, best)| near.found > best.found) {
                    best = Some((row, near));
                }
                above += 1;
                if above >= TITLES {
                    break;
                }
            }
        }
    }
    if found {
        return Ok(());
    }
    if above == 0 {
        return Err(ImportIssue::new("the file is empty; an empty statement is not a statement of zero").into());
    }
    Err(no_header(best).into())
}

/// A mark that is not closed takes the rows below into its cell, and all that they say would be lost.
fn open_quote(row: u64, cells: &[String], delimiter: u8) -> Result<(), ImportIssue> {
    let swallows = |cell: &str| cell.contains('\n') && cell.contains(char::from(delimiter));
    let Some((place, cell)) = cells.iter().enumerate().find(|(_, cell)| swallows(cell)) else { return Ok(()) };
    let what = format!(
        "cell {} spans lines and holds what looks like rows: a quotation mark is open; close it, or double it if it is meant",
        place + 1
    );
    Err(ImportIssue { cell: ImportIssue::cell(row, "", cell, "").cell, ..ImportIssue::at(row, what) })
}

#[allow(clippy::wildcard_enum_match_arm, reason = "the crate may add kinds, and none but this one can come about")]
fn refused(error: csv::Error) -> ImportError {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error.into(),
        // The text is in UTF-8 by now, and rows may be of any length.
        _ => io::Error::new(io::ErrorKind::InvalidData, "this is no table of rows and columns").into(),
    }
}
