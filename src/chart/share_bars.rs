//! Horizontal bars of full width, divided by shares.

use maud::{Markup, html};

use crate::chart::geometry::{CHART_WIDTH, NAME_WIDTH, ROW_HEIGHT, legend, outcome_class};

/// One bar per row, divided in proportion to its numbers. `names` are those of the parts: outcomes, the good one first.
#[must_use]
pub fn share_bars(caption: &str, names: &[&str], rows: &[(String, Vec<u64>)]) -> Markup {
    let height = (rows.len() as u64 * ROW_HEIGHT).max(ROW_HEIGHT);
    html! {
        figure {
            (legend(names.iter().copied(), outcome_class, caption))
            div.wide tabindex="0" role="group" aria-label=(caption) { svg viewBox=(format!("0 0 {CHART_WIDTH} {height}")) role="img" aria-label=(caption) {
                @for (index, (row_name, numbers)) in rows.iter().enumerate() {
                    @let y = index as u64 * ROW_HEIGHT;
                    text.scale x=(NAME_WIDTH - 8) y=(y + 16) { (row_name) }
                    @for (part, n) in numbers.iter().enumerate() {
                        @let (start, end) = (part_start(numbers, part), part_start(numbers, part + 1));
                        rect class=(outcome_class(part)) x=(NAME_WIDTH + start) y=(y + 4) width=(end - start) height=(ROW_HEIGHT - 8) {
                            title { (row_name) ", " (names.get(part).copied().unwrap_or_default()) ": " (n) }
                        }
                    }
                }
            } }
        }
    }
}

/// The offset at which a part of a bar starts: the end of the part before it.
fn part_start(numbers: &[u64], part: usize) -> u64 {
    const BAR_WIDTH: u64 = CHART_WIDTH - NAME_WIDTH;
    let total: u128 = numbers.iter().map(|n| u128::from(*n)).sum();
    let before: u128 = numbers.iter().take(part).map(|n| u128::from(*n)).sum();
    u64::try_from(before * u128::from(BAR_WIDTH) / total.max(1)).unwrap_or(BAR_WIDTH)
}
