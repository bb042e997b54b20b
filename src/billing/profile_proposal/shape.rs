//! What a file looks like: its format, header and rows.

use crate::billing::import::InspectedCell;

/// A row of cells.
pub(super) type FileRow = Vec<InspectedCell>;

/// A key of a profile with its value, as TOML.
pub(super) type Setting = (&'static str, String);

/// A file's format, header and rows.
#[derive(Default)]
pub(super) struct FileShape {
    /// Keys that describe the format.
    pub settings: Vec<Setting>,
    /// Questions about the format.
    pub questions: Vec<String>,
    /// The columns' names.
    pub header: Vec<String>,
    /// The names in the last row of the header.
    pub last_names: Vec<String>,
    /// The rows below the header.
    pub rows: Vec<FileRow>,
    /// Entries that are no rows, by the proposed settings.
    pub skipped: u64,
    /// The currency code that the file states beside the rows.
    pub currency: Option<String>,
    /// Whether a row of totals stands apart from the rows.
    pub has_separate_totals: bool,
}

/// Returns a cell's text without spaces around it; empty beyond the row's end.
pub(super) fn text(row: &FileRow, index: usize) -> &str {
    row.get(index).map_or("", |cell| cell.text.trim())
}
