//! Rows of text with a delimiter (RFC 4180). The header is looked for: above it there may be titles.

use std::io::{self, Read};
use std::rc::Rc;

use super::columns::no_header;
use super::gather::Gather;
use super::{Progress, Refused, Rejection, columns};

/// How many rows may stand above the header.
const TITLES: usize = 100;

/// Gives all rows below the header to `gather`.
pub(super) fn rows(
    text: impl Read,
    delimiter: u8,
    progress: &Rc<Progress>,
    gather: &mut Gather<'_>,
    step: &mut dyn FnMut(),
) -> Result<(), Refused> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(text);
    let mut record = csv::StringRecord::new();
    let mut best: Option<(u64, columns::Near)> = None;
    let mut above = 0;
    let mut found = false;
    while reader.read_record(&mut record).map_err(refused)? {
        progress.row.set(0);
        let row = record.position().map_or(0, csv::Position::line);
        let cells: Vec<String> = record.iter().map(str::to_owned).collect();
        if cells.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        if found {
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
        return Err(Rejection::new("the file is empty; an empty statement is not a statement of zero").into());
    }
    Err(no_header(best).into())
}

#[allow(clippy::wildcard_enum_match_arm, reason = "the crate may add kinds, and none but this one can come about")]
fn refused(error: csv::Error) -> Refused {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error.into(),
        // The text is in UTF-8 by now, and rows may be of any length.
        _ => io::Error::new(io::ErrorKind::InvalidData, "this is no table of rows and columns").into(),
    }
}
