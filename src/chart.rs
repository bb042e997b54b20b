//! Charts and tables for the admin pages: self-contained HTML with SVG 2, no script, no external resource.

mod geometry;
mod heatmap;
mod page;
mod plot;
mod share_bars;
mod sparkline;
mod table;

#[cfg(test)]
mod tests;

pub use crate::chart::geometry::MAX_COLORS;
pub use crate::chart::heatmap::heatmap;
pub use crate::chart::page::{POLICY, page};
pub use crate::chart::plot::{PlotKind, Series, Tick, grouped, plot};
pub use crate::chart::share_bars::share_bars;
pub use crate::chart::sparkline::sparkline;
pub use crate::chart::table::table;
