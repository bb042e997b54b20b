//! Dimensions, colors and legend that all charts share. Lengths are in SVG user units.

use maud::{Markup, html};

/// Width of the plot area, without the axis labels on its left.
pub(super) const PLOT_WIDTH: u64 = 880;
/// Width of the axis labels.
pub(super) const AXIS_WIDTH: u64 = 60;
/// Width of a chart.
pub(super) const CHART_WIDTH: u64 = AXIS_WIDTH + PLOT_WIDTH;
/// Height of a row in a chart with one row per name.
pub(super) const ROW_HEIGHT: u64 = 24;
/// Width of a row's name.
pub(super) const NAME_WIDTH: u64 = 160;

/// Number of colors. Series beyond it share the last color.
pub const MAX_COLORS: usize = 8;

/// Number of colors of outcomes.
const MAX_OUTCOMES: usize = 4;

/// The CSS class with the color of the series with this index.
pub(super) fn color_class(index: usize) -> String {
    format!("c{}", index.min(MAX_COLORS - 1))
}

/// The CSS class of the outcome with this index: what is well is quiet, and what is not is not.
pub(super) fn outcome_class(index: usize) -> String {
    format!("o{}", index.min(MAX_OUTCOMES - 1))
}

/// The names of the series, each with its CSS classes.
pub(super) fn legend<'n>(
    names: impl Iterator<Item = &'n str>,
    classes: impl Fn(usize) -> String,
    caption: &str,
) -> Markup {
    html! { figcaption { @for (index, name) in names.enumerate() {
        span class=(classes(index)) { (name) }
    } (caption) } }
}
