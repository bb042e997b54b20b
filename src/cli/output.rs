//! What commands share: output formats, exit codes, and printing.

use std::io::Write as _;

use clap::ValueEnum;
use comfy_table::{CellAlignment, presets};

use crate::report::table::{Table, TableValue};

/// The format of a command's output.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum OutputFormat {
    /// Aligned columns for reading
    Table,
    /// Comma-separated values (RFC 4180)
    Csv,
    /// JSON (RFC 8259)
    Json,
}

/// The result of a command that ran.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommandOutcome {
    /// Exit code 0.
    Success,
    /// Exit code 1: the check that the command performs found a problem.
    ProblemFound,
}

/// Writes a command's output to standard output. A closed pipe is not an error: the reader has seen enough.
///
/// # Errors
/// Standard output cannot be written.
pub(super) fn print(text: &str) -> anyhow::Result<CommandOutcome> {
    match std::io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
        Ok(()) | Err(_) => Ok(CommandOutcome::Success),
    }
}

/// Renders a table in aligned columns. A column with a number in it is aligned right.
pub(super) fn render_table(table: &Table) -> String {
    let mut rendered = comfy_table::Table::new();
    rendered.load_style(presets::NOTHING);
    rendered.set_header(table.columns);
    for row in &table.rows {
        rendered.add_row(row.iter().map(TableValue::text));
    }
    let is_text = |column: usize| table.rows.iter().all(|row| matches!(row.get(column), Some(TableValue::Text(_))));
    for column in (0..table.columns.len()).filter(|column| !is_text(*column)) {
        if let Some(column) = rendered.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    rendered.trim_fmt()
}
