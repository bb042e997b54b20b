//! HTML tables.

use maud::{Markup, html};

/// A table. The first cell of each row is its header. Each cell has a text and a CSS class, which may be empty.
#[must_use]
pub fn table(caption: &str, columns: &[&str], rows: &[Vec<(String, &str)>]) -> Markup {
    html! {
        div.wide tabindex="0" role="group" aria-label=(caption) { table {
            caption { (caption) }
            thead { tr { @for (index, column) in columns.iter().enumerate() {
                th scope="col" class=[is_text(rows, index).then_some("text")] { (column) }
            } } }
            tbody { @for row in rows { tr { @for (index, (cell, class)) in row.iter().enumerate() {
                @if index == 0 { th scope="row" { (cell) } } @else { td class=[(!class.is_empty()).then_some(class)] { (cell) } }
            } } } }
        } }
    }
}

/// Whether every cell of a column is text, so that its heading is aligned as its cells are.
fn is_text(rows: &[Vec<(String, &str)>], column: usize) -> bool {
    !rows.is_empty()
        && rows.iter().all(|row| row.get(column).is_some_and(|(_, class)| ["text", "attention"].contains(class)))
}
