//! A row of a sheet while it is read, within limits.

use crate::billing::import::cell::FileCell;
use crate::billing::import::issue::ImportIssue;
use crate::billing::import::text_reader::MAX_ROW_BYTES;
use crate::billing::import::workbook::cell_address::MAX_COLUMNS;
use crate::billing::import::workbook::merged_cells::MergedCells;

/// A row of a sheet.
pub(super) struct SheetRow {
    /// From 1.
    pub number: u64,
    /// Whether the spreadsheet hides it, by hand or by a filter.
    pub is_hidden: bool,
    /// Up to the last cell with content.
    pub cells: Vec<FileCell>,
    /// Merged cells of which this is the first row.
    pub merges: Vec<MergedCells>,
}

/// Which row is wanted next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NextRow {
    Below,
    InNextSheet,
    None,
}

/// The cells of a row so far.
#[derive(Default)]
pub(super) struct RowBuilder {
    cells: Vec<FileCell>,
    bytes: usize,
}

impl RowBuilder {
    /// Adds a cell. Empty ones need not be added.
    ///
    /// # Errors
    /// The row is too long.
    pub(super) fn put(&mut self, row: u64, column: usize, cell: FileCell) -> Result<(), ImportIssue> {
        if column >= MAX_COLUMNS {
            let message = format!("the row has more than {MAX_COLUMNS} columns; this is not a statement");
            return Err(ImportIssue::in_row(row, message));
        }
        self.bytes += cell.len();
        if self.bytes as u64 > MAX_ROW_BYTES {
            return Err(ImportIssue::in_row(row, "the row is longer than 1 MB; this is not a statement"));
        }
        if self.cells.len() <= column {
            self.cells.resize(column + 1, FileCell::text(""));
        }
        if let Some(place) = self.cells.get_mut(column) {
            *place = cell;
        }
        Ok(())
    }

    /// Returns the row's cells, and begins another row.
    pub(super) fn take(&mut self) -> Vec<FileCell> {
        self.bytes = 0;
        std::mem::take(&mut self.cells)
    }
}
