//! Detects rows that are in a file more than once: a row that repeats another one counts once, and a row that contradicts
//! another one is an error.

use std::collections::HashMap;

use aws_lc_rs::digest::{SHA256, digest};
use jiff::tz::TimeZone;

use crate::billing::days::is_repeated_hour;
use crate::billing::import::cell::FileCell;
use crate::billing::import::columns::ColumnIndexes;
use crate::billing::import::dates::period::Moment;
use crate::billing::import::hours::{NamedHour, parse_hour};
use crate::billing::import::issue::ImportIssue;

/// The most rows in a file. Each one takes about 100 bytes of memory here.
const MAX_ROWS: usize = 4_000_000;

/// Separates the parts of a key. No cell contains it: `text_reader` rejects NUL.
const SEPARATOR: &str = "\u{0}";

/// The first 128 bits of a SHA-256: among four million rows, the chance that any two collide is below one in 10^25.
type RowHash = [u8; 16];

/// The rows seen so far, by key: date, hour, code and dimensions.
pub(super) struct DuplicateFilter<'p> {
    /// The zone of the partner's days, in which an hour may occur twice.
    zone: &'p TimeZone,
    seen: HashMap<RowHash, SeenRow>,
}

struct SeenRow {
    row: u64,
    content: RowHash,
}

impl<'p> DuplicateFilter<'p> {
    pub(super) fn new(zone: &'p TimeZone) -> Self {
        Self { zone, seen: HashMap::new() }
    }

    /// Whether there is no room for a further row.
    pub(super) fn is_full(&self) -> bool {
        self.seen.len() >= MAX_ROWS
    }

    fn check_room(&self, row: u64) -> Result<(), ImportIssue> {
        let message = "the file has more than 4 million rows; split it by month";
        if self.is_full() { Err(ImportIssue::in_row(row, message)) } else { Ok(()) }
    }

    /// Adds a row without a day. Returns whether the same row was there before; others are never in its place.
    ///
    /// # Errors
    /// There are more than [`MAX_ROWS`] rows.
    pub(super) fn is_repeated_text(&mut self, row: u64, cells: &[FileCell]) -> Result<bool, ImportIssue> {
        self.check_room(row)?;
        let content = hash(&cells.iter().map(|cell| &**cell).collect::<Vec<_>>().join(SEPARATOR));
        Ok(self.seen.insert(content, SeenRow { row, content }).is_some())
    }

    /// Adds a row. Returns whether the same row was there before.
    ///
    /// # Errors
    /// Another row has the same key and other content; the hour is invalid; or there are more than [`MAX_ROWS`] rows.
    pub(super) fn is_repeated(
        &mut self,
        columns: &ColumnIndexes,
        row: u64,
        cells: &[FileCell],
        moment: &Moment,
    ) -> Result<bool, ImportIssue> {
        self.check_room(row)?;
        let cell = |index: &usize| cells.get(*index).map_or("", |cell| cell.trim());
        let days = format!("{} {}", moment.period.first, moment.period.last);
        let clock = moment.clock.as_ref().map_or("", |clock| clock.text.as_str());
        let dimensions = columns.hour.iter().chain(&columns.code).chain(&columns.dimensions).chain(&columns.currency);
        let key_text =
            [days.as_str(), clock].into_iter().chain(dimensions.map(cell)).collect::<Vec<_>>().join(SEPARATOR);
        let content = hash(&cells.iter().map(|cell| &**cell).collect::<Vec<_>>().join(SEPARATOR));
        let mut key = hash(&key_text);
        let hour = match (columns.hour, &moment.clock) {
            (Some(index), _) => {
                let text = cell(&index);
                let wrong = |message| ImportIssue::in_cell(row, columns.name(index), text, message);
                let NamedHour { hour, day } = parse_hour(text).ok_or_else(|| {
                    wrong("not an hour; expected 0 to 23, 05:00, 5 PM, 05:00 - 06:00 or 2026-10-01 05")
                })?;
                if day.is_some_and(|day| day != moment.period.first) {
                    return Err(wrong("this hour is of another day than the row; correct the cell, or date"));
                }
                Some(hour)
            }
            // An offset tells the two hours of one number apart.
            (None, clock) => clock.as_ref().filter(|clock| !clock.has_offset).map(|clock| clock.hour),
        };
        if let Some(hour) = hour
            && self.seen.contains_key(&key)
            && is_repeated_hour(moment.period.first, hour, self.zone)
        {
            // Clocks went back: this is the second of two hours with the same number, not a repetition of the first.
            key = hash(&[key_text.as_str(), "again"].join(SEPARATOR));
        }
        match self.seen.insert(key, SeenRow { row, content }) {
            None => Ok(false),
            Some(before) if before.content == content => Ok(true),
            Some(before) => Err(ImportIssue::in_row(
                row,
                format!(
                    "row {} has the same day and code and other values; list the columns that distinguish them in dimensions",
                    before.row
                ),
            )),
        }
    }
}

fn hash(text: &str) -> RowHash {
    let sha256 = digest(&SHA256, text.as_bytes());
    let (first, _) = sha256.as_ref().split_first_chunk().unwrap_or((&[0; 16], &[]));
    *first
}
