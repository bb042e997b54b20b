//! Merged cells: a spreadsheet stores the value of the upper left one only.
//!
//! Below the header, a date or a text that spans rows applies to each of them. A number that spans rows, and anything that spans columns,
//! does not tell what belongs to which cell: such cells cannot be read.

use crate::billing::import::cell::{CellKind, FileCell};
use crate::billing::import::issue::ImportIssue;
use crate::billing::import::workbook::cell_address::{MAX_COLUMNS, column_letters};

/// Merged cells of a sheet; rows from 1, columns from 0, the last ones included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct MergedCells {
    pub first_row: u64,
    pub last_row: u64,
    pub first_column: usize,
    pub last_column: usize,
}

/// The merged cells that the current row is part of.
#[derive(Default)]
pub(super) struct OpenMerges {
    open: Vec<(MergedCells, FileCell)>,
}

impl OpenMerges {
    /// Goes on to a row with these cells, in which `begin` begin.
    ///
    /// # Errors
    /// There are more merged cells in a row than columns.
    pub(super) fn enter_row(
        &mut self,
        row: u64,
        begin: Vec<MergedCells>,
        cells: &[FileCell],
    ) -> Result<(), ImportIssue> {
        self.open.retain(|(merged, _)| merged.last_row >= row);
        for merged in begin {
            // Merged cells without a value are empty cells.
            if let Some(value) = cells.get(merged.first_column).filter(|cell| !cell.trim().is_empty()) {
                self.open.push((merged, value.clone()));
            }
        }
        if self.open.len() > MAX_COLUMNS {
            return Err(ImportIssue::in_row(row, "the sheet's merged cells overlap; unmerge them"));
        }
        Ok(())
    }

    /// Writes the values of merged cells into a row below the header.
    pub(super) fn fill(&self, row: u64, cells: &mut [FileCell]) {
        for (merged, value) in &self.open {
            let width = merged.last_column.saturating_sub(merged.first_column).saturating_add(1);
            for (offset, cell) in cells.iter_mut().skip(merged.first_column).take(width).enumerate() {
                let is_first = offset == 0 && row == merged.first_row;
                if !is_first {
                    *cell = covered(merged, value, offset == 0);
                } else if merged.last_row > row && is_number(value) {
                    *cell = ambiguous(merged, value);
                }
            }
        }
    }
}

fn is_number(cell: &FileCell) -> bool {
    *cell.kind() == CellKind::Number
}

/// The value of a cell that is merged with the one above it, or beside it.
fn covered(merged: &MergedCells, value: &FileCell, is_below: bool) -> FileCell {
    if is_below && !is_number(value) { value.clone() } else { ambiguous(merged, value) }
}

fn ambiguous(merged: &MergedCells, value: &FileCell) -> FileCell {
    let MergedCells { first_row, last_row, first_column, last_column } = merged;
    let message = format!(
        "the merged cells {}{first_row}:{}{last_row} do not tell which row and column the value belongs to; unmerge them",
        column_letters(*first_column),
        column_letters(*last_column)
    );
    FileCell::new(&**value, CellKind::Unreadable(message))
}
