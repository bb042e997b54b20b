//! Heatmaps of shares.

use maud::{Markup, html};

use crate::chart::geometry::{CHART_WIDTH, NAME_WIDTH, ROW_HEIGHT};

/// 100 % in tenths of a percent.
const WHOLE: u64 = 1_000;

/// A grid of shares in tenths of a percent. The opacity of a cell grows with its share, up to 60 % so that the number stays
/// legible. None leaves a cell empty.
#[must_use]
pub fn heatmap(caption: &str, columns: &[&str], rows: &[(String, Vec<Option<u64>>)]) -> Markup {
    let cell_width = (CHART_WIDTH - NAME_WIDTH) / (columns.len() as u64).max(1);
    let x = |column: usize| NAME_WIDTH + column as u64 * cell_width;
    let height = (rows.len() as u64 + 1) * ROW_HEIGHT;
    html! {
        figure {
            figcaption { (caption) }
            div.wide tabindex="0" role="group" aria-label=(caption) { svg viewBox=(format!("0 0 {CHART_WIDTH} {height}")) role="img" aria-label=(caption) {
                @for (column, name) in columns.iter().enumerate() { text.tick x=(x(column) + cell_width / 2) y="16" { (name) } }
                @for (row, (name, cells)) in rows.iter().enumerate() {
                    @let y = (row as u64 + 1) * ROW_HEIGHT;
                    text.scale x=(NAME_WIDTH - 8) y=(y + 16) { (name) }
                    @for (column, cell) in cells.iter().enumerate() {
                        @if let Some(share) = cell {
                            rect.c0 fill-opacity=(format!("0.{:03}", (*share).min(WHOLE) * 6 / 10)) x=(x(column)) y=(y + 1) width=(cell_width - 2) height=(ROW_HEIGHT - 2) {}
                            text.cell x=(x(column) + cell_width / 2) y=(y + 16) { (share / 10) "." (share % 10) " %" }
                        }
                    }
                }
            } }
        }
    }
}
