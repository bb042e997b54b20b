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

/// A text for a terminal: control characters, which files of partners may have in names, are written as escapes.
fn printable(text: &str) -> String {
    let mut printable = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_control() {
            printable.extend(character.escape_default());
        } else {
            printable.push(character);
        }
    }
    printable
}

/// Renders a table in aligned columns. A column with a number in it is aligned right.
pub(super) fn render_table(table: &Table) -> String {
    let mut rendered = comfy_table::Table::new();
    rendered.load_style(presets::NOTHING);
    rendered.set_header(table.columns);
    for row in &table.rows {
        rendered.add_row(row.iter().map(|value| printable(&value.text())));
    }
    let is_text = |column: usize| table.rows.iter().all(|row| matches!(row.get(column), Some(TableValue::Text(_))));
    for column in (0..table.columns.len()).filter(|column| !is_text(*column)) {
        if let Some(column) = rendered.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    rendered.trim_fmt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_have_no_control_characters() {
        let text = |text: &str| TableValue::Text(text.to_owned());
        let table =
            Table { columns: &["code", "name"], rows: vec![vec![text("\x1b[31mevil\x07"), text("é\u{9b}\t\r\n")]] };
        let rendered = render_table(&table);
        assert!(rendered.contains(r"\u{1b}[31mevil\u{7}") && rendered.contains(r"é\u{9b}\t\r\n"), "{rendered}");
        assert!(rendered.chars().all(|character| character == '\n' || !character.is_control()));
    }
}
