//! Small lines without an axis: how a number went, beside the number.

use maud::{Markup, html};

const WIDTH: u64 = 120;
const HEIGHT: u64 = 32;
/// Above the highest and below the lowest value, so that the line is not cut.
const MARGIN: u64 = 2;

/// A line through the known values, from 0 to the highest. It says nothing that the number and the table beside it do not, so it is
/// hidden from screen readers. Nothing without two values.
#[must_use]
pub fn sparkline(values: &[Option<u64>]) -> Markup {
    let known: Vec<(u64, u64)> = (0..).zip(values).filter_map(|(index, value)| Some((index, (*value)?))).collect();
    let last = (values.len() as u64).saturating_sub(1).max(1);
    let max = known.iter().map(|(_, n)| *n).max().unwrap_or(0).max(1);
    let y = |n: u64| {
        let height = u128::from(n) * u128::from(HEIGHT - 2 * MARGIN) / u128::from(max);
        HEIGHT - MARGIN - u64::try_from(height).unwrap_or(HEIGHT - 2 * MARGIN)
    };
    let points: Vec<String> = known.iter().map(|(index, n)| format!("{},{}", index * WIDTH / last, y(*n))).collect();
    let ends = [known.first(), known.last()].map(|end| end.map_or(0, |(index, _)| index * WIDTH / last));
    let area = format!("{},{HEIGHT} {} {},{HEIGHT}", ends[0], points.join(" "), ends[1]);
    html! {
        @if known.len() > 1 {
            svg class="spark" viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) preserveAspectRatio="none" aria-hidden="true" {
                polygon points=(area) {}
                polyline points=(points.join(" ")) {}
            }
        }
    }
}
