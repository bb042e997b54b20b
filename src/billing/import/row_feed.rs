//! Passes the rows of a file that has its header among them to the collector: the header may follow lines of titles.

use crate::billing::import::cell::FileCell;
use crate::billing::import::collector::RowCollector;
use crate::billing::import::columns::{HeaderMismatch, no_header};
use crate::billing::import::issue::{ImportError, ImportIssue};

/// Whether a row has no text, or only lines as between the header and the rows of a table in a plain text: `|---|---:|`, `=====`.
pub(super) fn is_blank_or_rule<'c>(cells: impl Iterator<Item = &'c str>) -> bool {
    let is_rule =
        |cell: &str| cell.len() >= MIN_RULE_BYTES && cell.bytes().all(|byte| matches!(byte, b'-' | b'=' | b':' | b'+'));
    cells.map(str::trim).all(|cell| cell.is_empty() || is_rule(cell))
}

/// The shortest line between rows; `--` is a number that is not told.
const MIN_RULE_BYTES: usize = 3;

/// The rows of a file from the top down.
pub(super) struct RowFeed<'f, 'p> {
    collector: &'f mut RowCollector<'p>,
    on_row: &'f mut dyn FnMut(),
    /// Rows above the header so far.
    title_rows: usize,
    /// The row above the header that has the most columns, and its number.
    closest: Option<(u64, HeaderMismatch)>,
}

impl<'f, 'p> RowFeed<'f, 'p> {
    /// The most rows above the header.
    pub(super) const MAX_TITLE_ROWS: usize = 100;

    /// A feed of no rows yet. Calls `on_row` after each row below the header.
    pub(super) fn new(collector: &'f mut RowCollector<'p>, on_row: &'f mut dyn FnMut()) -> Self {
        Self { collector, on_row, title_rows: 0, closest: None }
    }

    /// Whether the header was among the rows.
    pub(super) fn has_header(&self) -> bool {
        self.collector.has_header()
    }

    /// The number of columns in the header.
    pub(super) fn width(&self) -> usize {
        self.collector.width()
    }

    /// Adds the next row; a blank one, or one of lines between rows, is ignored. Returns whether to read on: false if no header comes, or there are enough issues.
    pub(super) fn push(&mut self, row: u64, cells: Vec<FileCell>) -> bool {
        if is_blank_or_rule(cells.iter().map(|cell| &**cell)) {
            return true;
        }
        if self.collector.has_header() {
            self.collector.push(row, cells);
            (self.on_row)();
            return !self.collector.is_full();
        }
        let Err(mismatch) = self.collector.read_header(&cells) else { return true };
        if self.closest.as_ref().is_none_or(|(_, closest)| mismatch.found > closest.found) {
            self.closest = Some((row, mismatch));
        }
        self.title_rows += 1;
        self.title_rows < Self::MAX_TITLE_ROWS
    }

    /// Checks that the file had a header.
    ///
    /// # Errors
    /// No row was the header.
    pub(super) fn finish(self) -> Result<(), ImportError> {
        if self.collector.has_header() {
            return Ok(());
        }
        if self.title_rows == 0 {
            return Err(ImportIssue::new("the file is empty; an empty statement is not a statement of zero").into());
        }
        Err(no_header(self.closest).into())
    }
}
