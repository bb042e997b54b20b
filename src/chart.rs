//! Pages for the office, on one sheet without script and without anything loaded: their frame, their style, their plots (SVG 2)
//! and tables. The numbers are the callers'.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};

/// The style of every page; its hash stands in [`POLICY`].
const STYLE: &str = include_str!("chart/chart.css");

/// A page's Content-Security-Policy (level 3), as a header has it; what a page says of itself leaves out `frame-ancestors`,
/// which is for headers alone (section 3.3).
pub static POLICY: LazyLock<String> = LazyLock::new(|| format!("{}; frame-ancestors 'none'", *IN_PAGE));

static IN_PAGE: LazyLock<String> = LazyLock::new(|| {
    let hash = STANDARD.encode(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, STYLE.as_bytes()));
    format!("default-src 'none'; style-src 'sha256-{hash}'; img-src data:; form-action 'none'; base-uri 'none'")
});

/// A plot, in units of its own: its width and height without the scale at its left and the names below it.
const WIDTH: u64 = 880;
const HEIGHT: u64 = 200;
const SCALE: u64 = 60;
const FOOT: u64 = 22;
const HEAD: u64 = 10;
/// The widest place of a day.
const WIDEST: u64 = 44;
/// The least width in which a day's name can be read.
const READABLE: u64 = 20;
/// How large a line's points are: one that stands alone is seen, too.
const POINT: u64 = 2;
/// Into how many parts the scale is cut.
const PARTS: u64 = 4;
/// How many colours there are; what is beyond them has the last one.
pub const COLOURS: usize = 8;

/// A row of numbers, one for each place of a plot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series {
    /// What they are of.
    pub name: String,
    /// The numbers; None where there is none.
    pub values: Vec<Option<u64>>,
}

/// What stands below a place.
#[derive(Debug, Clone)]
pub struct Tick {
    /// Short, to be read below it.
    pub short: String,
    /// In full, to be told with its numbers.
    pub full: String,
    /// It wants to be looked at.
    pub is_marked: bool,
}

/// How a day's numbers are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlotKind {
    /// Bars on top of each other: parts of a whole.
    Stacked,
    /// Bars beside each other: to be compared.
    Beside,
    /// A line for each series.
    Lines,
}

/// A page in English.
#[must_use]
pub fn frame(title: &str, main: &Markup) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(*IN_PAGE);
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                // None, so that none is asked for.
                link rel="icon" href="data:,";
                style { (PreEscaped(STYLE)) }
            }
            body { main { (main) } }
        }
    };
    page.into_string()
}

fn colour(place: usize) -> String {
    format!("c{}", place.min(COLOURS - 1))
}

fn legend<'n>(names: impl Iterator<Item = &'n str>, about: &str) -> Markup {
    html! { figcaption { @for (place, name) in names.enumerate() { span class=(colour(place)) { (name) } } (about) } }
}

/// A plot over days; `about` says of what.
#[must_use]
pub fn plot(about: &str, ticks: &[Tick], series: &[Series], form: PlotKind) -> Markup {
    let value = |series: &Series, place: usize| series.values.get(place).copied().flatten();
    let of_place = |place: usize| series.iter().map(move |series| value(series, place).unwrap_or(0));
    let highest = |place: usize| match form {
        PlotKind::Stacked => of_place(place).fold(0, u64::saturating_add),
        PlotKind::Beside | PlotKind::Lines => of_place(place).max().unwrap_or(0),
    };
    // Whole numbers at the scale.
    let most = (0..ticks.len()).map(highest).max().unwrap_or(0).max(1).div_ceil(PARTS).saturating_mul(PARTS);
    let high = |n: u64| u64::try_from(u128::from(n) * u128::from(HEIGHT) / u128::from(most)).unwrap_or(HEIGHT);
    let day = (WIDTH / (ticks.len() as u64).max(1)).clamp(1, WIDEST);
    let every = usize::try_from(READABLE.div_ceil(day)).unwrap_or(1);
    let at = |place: usize| SCALE + place as u64 * day;
    let (width, height) = (SCALE + WIDTH, HEAD + HEIGHT + FOOT);
    let bar = |place: usize, colour_of: usize, (x, wide): (u64, u64), (n, below): (u64, u64)| {
        let (name, tick) = (series.get(colour_of).map_or("", |series| &series.name), ticks.get(place));
        let top = HEAD + HEIGHT - high(below.saturating_add(n));
        html! {
            rect class=(colour(colour_of)) x=(x) y=(top) width=(wide) height=(HEAD + HEIGHT - high(below) - top) {
                title { (tick.map_or("", |tick| &tick.full)) ", " (name) ": " (n) }
            }
        }
    };
    html! {
        figure {
            (legend(series.iter().map(|series| series.name.as_str()), about))
            div.wide { svg viewBox=(format!("0 0 {width} {height}")) role="img" aria-label=(about) {
                @for part in 0..=PARTS {
                    @let y = HEAD + HEIGHT - HEIGHT * part / PARTS;
                    line.grid x1=(SCALE) x2=(width) y1=(y) y2=(y) {}
                    text.scale x=(SCALE - 6) y=(y + 4) { (most / PARTS * part) }
                }
                @match form {
                    PlotKind::Stacked => @for place in 0..ticks.len() { @for (nth, n) in of_place(place).enumerate() {
                        @let below = of_place(place).take(nth).fold(0, u64::saturating_add);
                        (bar(place, nth, (at(place) + 1, day.saturating_sub(2).max(1)), (n, below)))
                    } }
                    PlotKind::Beside => @for place in 0..ticks.len() { @for (nth, n) in of_place(place).enumerate() {
                        @let wide = (day.saturating_sub(4) / (series.len() as u64).max(1)).max(1);
                        (bar(place, nth, (at(place) + 2 + wide * nth as u64, wide), (n, 0)))
                    } }
                    PlotKind::Lines => @for (nth, one) in series.iter().enumerate() {
                        polyline class=(colour(nth)) points=(points(one, |place, n| (at(place) + day / 2, HEAD + HEIGHT - high(n)))) {}
                        @for (place, tick) in ticks.iter().enumerate() {
                            @if let Some(n) = value(one, place) {
                                circle class=(colour(nth)) cx=(at(place) + day / 2) cy=(HEAD + HEIGHT - high(n)) r=(POINT) {
                                    title { (tick.full) ", " (one.name) ": " (n) }
                                }
                            }
                        }
                    }
                }
                @for (place, tick) in ticks.iter().enumerate() {
                    @if place % every == 0 || tick.is_marked {
                        text class=(if tick.is_marked { "tick out" } else { "tick" }) x=(at(place) + day / 2) y=(height - 6) { (tick.short) }
                    }
                }
            } }
        }
    }
}

fn points(series: &Series, at: impl Fn(usize, u64) -> (u64, u64)) -> String {
    let known = series.values.iter().enumerate().filter_map(|(place, n)| Some((place, (*n)?)));
    known.map(|(place, n)| at(place, n)).map(|(x, y)| format!("{x},{y}")).collect::<Vec<_>>().join(" ")
}

/// How high a row of [`shares`] and [`heat`] is.
const ROW: u64 = 24;
/// The room for a row's name.
const NAME: u64 = 160;
/// A whole in tenths of a per cent.
const WHOLE: u64 = 1_000;

/// A bar for each row, cut by the shares of its numbers.
#[must_use]
pub fn shares(about: &str, names: &[&str], rows: &[(String, Vec<u64>)]) -> Markup {
    let room = WIDTH + SCALE - NAME;
    let height = (rows.len() as u64 * ROW).max(ROW);
    let cut = |numbers: &[u64], nth: usize| {
        let whole: u128 = numbers.iter().map(|n| u128::from(*n)).sum();
        let before: u128 = numbers.iter().take(nth).map(|n| u128::from(*n)).sum();
        u64::try_from(before * u128::from(room) / whole.max(1)).unwrap_or(room)
    };
    html! {
        figure {
            (legend(names.iter().copied(), about))
            div.wide { svg viewBox=(format!("0 0 {} {height}", WIDTH + SCALE)) role="img" aria-label=(about) {
                @for (place, (name, numbers)) in rows.iter().enumerate() {
                    @let y = place as u64 * ROW;
                    text.scale x=(NAME - 8) y=(y + 16) { (name) }
                    @for (nth, n) in numbers.iter().enumerate() {
                        rect class=(colour(nth)) x=(NAME + cut(numbers, nth)) y=(y + 4) width=(cut(numbers, nth + 1) - cut(numbers, nth)) height=(ROW - 8) {
                            title { (name) ", " (names.get(nth).copied().unwrap_or_default()) ": " (n) }
                        }
                    }
                }
            } }
        }
    }
}

/// A field for each share, the stronger the larger it is, and light enough for its number; shares are in tenths of a per cent, None where there is nothing to tell.
#[must_use]
pub fn heat(about: &str, columns: &[&str], rows: &[(String, Vec<Option<u64>>)]) -> Markup {
    let wide = (WIDTH + SCALE - NAME) / (columns.len() as u64).max(1);
    let at = |place: usize| NAME + place as u64 * wide;
    let height = (rows.len() as u64 + 1) * ROW;
    html! {
        figure {
            figcaption { (about) }
            div.wide { svg viewBox=(format!("0 0 {} {height}", WIDTH + SCALE)) role="img" aria-label=(about) {
                @for (place, name) in columns.iter().enumerate() { text.tick x=(at(place) + wide / 2) y="16" { (name) } }
                @for (row, (name, cells)) in rows.iter().enumerate() {
                    @let y = (row as u64 + 1) * ROW;
                    text.scale x=(NAME - 8) y=(y + 16) { (name) }
                    @for (place, cell) in cells.iter().enumerate() {
                        @if let Some(share) = cell {
                            rect.c0 fill-opacity=(format!("0.{:03}", (*share).min(WHOLE) * 6 / 10)) x=(at(place)) y=(y + 1) width=(wide - 2) height=(ROW - 2) {}
                            text.cell x=(at(place) + wide / 2) y=(y + 16) { (share / 10) "." (share % 10) " %" }
                        }
                    }
                }
            } }
        }
    }
}

/// A table; the cells of a row are its name first, and then texts or numbers, each with its class.
#[must_use]
pub fn table(caption: &str, columns: &[&str], rows: &[Vec<(String, &str)>]) -> Markup {
    html! {
        div.wide { table {
            caption { (caption) }
            thead { tr { @for column in columns { th scope="col" { (column) } } } }
            tbody { @for row in rows { tr { @for (place, (cell, class)) in row.iter().enumerate() {
                @if place == 0 { th scope="row" { (cell) } } @else { td class=[(!class.is_empty()).then_some(class)] { (cell) } }
            } } } }
        } }
    }
}

#[cfg(test)]
mod tests;
