//! Plots over days: stacked bars, grouped bars or lines.

use maud::{Markup, html};

use crate::chart::geometry::{AXIS_WIDTH, CHART_WIDTH, PLOT_WIDTH, color_class, legend};
use crate::mutants::fail_point::{FailPoint, fail_at};

const PLOT_HEIGHT: u64 = 200;
/// Height of the tick labels below the plot area.
const LABEL_HEIGHT: u64 = 22;
const TOP_MARGIN: u64 = 10;
/// The y coordinate of the value 0.
const BASELINE: u64 = TOP_MARGIN + PLOT_HEIGHT;
const CHART_HEIGHT: u64 = BASELINE + LABEL_HEIGHT;
/// Maximum width of a day.
const MAX_DAY_WIDTH: u64 = 44;
/// Radius of a line's points, which make an isolated value visible.
const POINT_RADIUS: u64 = 2;
/// Number of colors of lines, which are shades of one: none of them is that of a bar.
const MAX_LINES: usize = 4;
/// Most intervals of the axis. There are at least half as many.
const MAX_INTERVALS: u64 = 5;
/// Leading digits of the steps of an axis, which are round numbers.
const ROUND_STEPS: [u64; 3] = [1, 2, 5];

/// A series of numbers, one per tick.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series {
    /// Its name in the legend and in tooltips.
    pub name: String,
    /// The numbers. None where there is no value.
    pub values: Vec<Option<u64>>,
}

/// A position on the horizontal axis.
#[derive(Debug, Clone)]
pub struct Tick {
    /// The label below the axis; empty for none.
    pub short: String,
    /// The label in tooltips.
    pub full: String,
    /// True if the tick is highlighted.
    pub is_marked: bool,
}

/// How series are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlotKind {
    /// Stacked bars, for parts of a whole.
    Stacked,
    /// Stacked bars, and a dashed line for the last series: the whole of the period before.
    StackedCompared,
    /// Grouped bars, for comparison.
    Grouped,
    /// One line per series.
    Lines,
    /// Two lines: a period, and the one before, which is dashed. The values have this many decimal places.
    Compared {
        /// Decimal places of the values.
        places: u32,
    },
}

impl PlotKind {
    /// The CSS classes of the series with this index, of so many. Series differ on paper, too: grouped bars after the first are hollow, and
    /// the line of the period before is dashed. A color stands for one series of all charts of a page; a whole has none.
    fn classes(self, index: usize, count: usize) -> String {
        match self {
            Self::Stacked => color_class(index),
            Self::Lines => format!("u{}", index.min(MAX_LINES - 1)),
            Self::StackedCompared if index + 1 == count => "before dashed".to_owned(),
            Self::StackedCompared => color_class(index),
            Self::Grouped if index > 0 => color_class(index) + " hollow",
            Self::Grouped => color_class(index),
            Self::Compared { .. } if index > 0 => "before dashed".to_owned(),
            Self::Compared { .. } => "whole".to_owned(),
        }
    }

    /// How many of the series are bars.
    fn bars(self, count: usize) -> usize {
        match self {
            Self::Stacked | Self::Grouped => count,
            Self::StackedCompared => count.saturating_sub(1),
            Self::Lines | Self::Compared { .. } => 0,
        }
    }
}

/// Draws series over days.
#[must_use]
pub fn plot(caption: &str, ticks: &[Tick], series: &[Series], kind: PlotKind) -> Markup {
    fail_at(FailPoint::Chart, || caption);
    let chart = Plot::new(ticks, series, kind);
    html! {
        figure {
            (legend(series.iter().map(|series| series.name.as_str()), |index| kind.classes(index, series.len()), caption))
            div.wide tabindex="0" role="group" aria-label=(caption) { svg viewBox=(format!("0 0 {CHART_WIDTH} {CHART_HEIGHT}")) role="img" aria-label=(caption) {
                desc { (chart.description()) }
                (chart.axis())
                @match kind {
                    PlotKind::Stacked | PlotKind::StackedCompared => (chart.stacked_bars()),
                    PlotKind::Grouped => (chart.grouped_bars()),
                    PlotKind::Lines | PlotKind::Compared { .. } => {},
                }
                (chart.lines())
                (chart.tick_labels())
            } }
        }
    }
}

/// The data of a plot and its scales.
struct Plot<'a> {
    ticks: &'a [Tick],
    series: &'a [Series],
    /// The value at the top of the axis, a multiple of the step.
    max: u64,
    /// The difference between two labels of the axis.
    step: u64,
    day_width: u64,
    kind: PlotKind,
}

impl<'a> Plot<'a> {
    fn new(ticks: &'a [Tick], series: &'a [Series], kind: PlotKind) -> Self {
        let day_width = (PLOT_WIDTH / (ticks.len() as u64).max(1)).clamp(1, MAX_DAY_WIDTH);
        let mut chart = Self { ticks, series, max: 0, step: 1, day_width, kind };
        let height = |tick: usize| match kind {
            PlotKind::Stacked | PlotKind::StackedCompared => {
                let bars = kind.bars(series.len());
                let stack = chart.values_at(tick).take(bars).fold(0, u64::saturating_add);
                chart.values_at(tick).skip(bars).fold(stack, u64::max)
            }
            PlotKind::Grouped | PlotKind::Lines | PlotKind::Compared { .. } => chart.values_at(tick).max().unwrap_or(0),
        };
        let max = (0..ticks.len()).map(height).max().unwrap_or(0).max(1);
        chart.step = round_step(max);
        chart.max = max.div_ceil(chart.step).saturating_mul(chart.step);
        chart
    }

    /// What the chart shows, for those who do not see it: the first and last day, and the total and the highest value of each series. The
    /// table has all values.
    fn description(&self) -> String {
        let day = |tick: Option<&Tick>| tick.map_or(String::new(), |tick| tick.full.clone());
        let mut text = format!("{} to {}.", day(self.ticks.first()), day(self.ticks.last()));
        for series in self.series {
            let known = || series.values.iter().enumerate().filter_map(|(tick, n)| Some((tick, (*n)?)));
            let total = known().fold(0, |sum: u64, (_, n)| sum.saturating_add(n));
            let highest = known().max_by_key(|(tick, n)| (*n, std::cmp::Reverse(*tick)));
            text += &match highest {
                None => format!(" {}: no values.", series.name),
                Some((tick, n)) if self.kind == PlotKind::Lines => {
                    format!(" {}: highest {} ({}).", series.name, self.label(n), day(self.ticks.get(tick)))
                }
                Some((tick, n)) => format!(
                    " {}: {} in total, highest {} ({}).",
                    series.name,
                    self.label(total),
                    self.label(n),
                    day(self.ticks.get(tick))
                ),
            };
        }
        text
    }

    /// A value as text.
    fn label(&self, n: u64) -> String {
        let places = match self.kind {
            PlotKind::Compared { places } => usize::try_from(places).unwrap_or_default(),
            PlotKind::Stacked | PlotKind::StackedCompared | PlotKind::Grouped | PlotKind::Lines => 0,
        };
        let digits = format!("{n:0>width$}", width = places + 1);
        match digits.split_at_checked(digits.len() - places) {
            Some((whole, decimals)) if places > 0 => format!("{}.{decimals}", grouped(whole)),
            Some(_) | None => grouped(&digits),
        }
    }

    /// The values of all series at a tick, 0 where there is none.
    fn values_at(&self, tick: usize) -> impl Iterator<Item = u64> + use<'a> {
        self.series.iter().map(move |series| value_at(series, tick).unwrap_or(0))
    }

    fn scale(&self, n: u64) -> u64 {
        u64::try_from(u128::from(n) * u128::from(PLOT_HEIGHT) / u128::from(self.max)).unwrap_or(PLOT_HEIGHT)
    }

    /// The x coordinate of a day's left edge.
    fn day_start(&self, tick: usize) -> u64 {
        AXIS_WIDTH + tick as u64 * self.day_width
    }

    fn day_center(&self, tick: usize) -> u64 {
        self.day_start(tick) + self.day_width / 2
    }

    fn axis(&self) -> Markup {
        html! {
            @for interval in 0..=self.max / self.step {
                @let n = self.step * interval;
                @let y = BASELINE - self.scale(n);
                line.grid x1=(AXIS_WIDTH) x2=(CHART_WIDTH) y1=(y) y2=(y) {}
                text.scale x=(AXIS_WIDTH - 6) y=(y + 4) { (self.label(n)) }
            }
        }
    }

    fn bars(&self) -> usize {
        self.kind.bars(self.series.len())
    }

    fn classes(&self, index: usize) -> String {
        self.kind.classes(index, self.series.len())
    }

    fn stacked_bars(&self) -> Markup {
        let width = self.day_width.saturating_sub(2).max(1);
        html! {
            @for tick in 0..self.ticks.len() { @for (index, n) in self.values_at(tick).take(self.bars()).enumerate() {
                @let below = self.values_at(tick).take(index).fold(0, u64::saturating_add);
                (self.bar(tick, index, Bar { x: self.day_start(tick) + 1, width, n, below }))
            } }
        }
    }

    fn grouped_bars(&self) -> Markup {
        let width = (self.day_width.saturating_sub(4) / (self.series.len() as u64).max(1)).max(1);
        html! {
            // A value that is not known has no bar: one of height 0 would say 0.
            @for tick in 0..self.ticks.len() { @for (index, series) in self.series.iter().enumerate() {
                @if let Some(n) = series.values.get(tick).copied().flatten() {
                    @let x = self.day_start(tick) + 2 + width * index as u64;
                    (self.bar(tick, index, Bar { x, width, n, below: 0 }))
                }
            } }
        }
    }

    fn bar(&self, tick: usize, index: usize, bar: Bar) -> Markup {
        let (series, tick) = (self.series.get(index), self.ticks.get(tick));
        let top = BASELINE - self.scale(bar.below.saturating_add(bar.n));
        let height = BASELINE - self.scale(bar.below) - top;
        html! {
            rect class=(self.classes(index)) x=(bar.x) y=(top) width=(bar.width) height=(height) {
                title { (tick.map_or("", |tick| &tick.full)) ", " (series.map_or("", |series| &series.name)) ": " (self.label(bar.n)) }
            }
        }
    }

    fn lines(&self) -> Markup {
        html! {
            @for (index, series) in self.series.iter().enumerate().skip(self.bars()) {
                polyline class=(self.classes(index)) points=(self.points(series)) {}
                @for (tick, label) in self.ticks.iter().enumerate() {
                    @if let Some(n) = value_at(series, tick) {
                        circle class=(self.classes(index)) cx=(self.day_center(tick)) cy=(BASELINE - self.scale(n)) r=(POINT_RADIUS) {
                            title { (label.full) ", " (series.name) ": " (self.label(n)) }
                        }
                    }
                }
            }
        }
    }

    /// The attribute `points` of a polyline through all known values.
    fn points(&self, series: &Series) -> String {
        let known = series.values.iter().enumerate().filter_map(|(tick, n)| Some((tick, (*n)?)));
        let point = |(tick, n)| format!("{},{}", self.day_center(tick), BASELINE - self.scale(n));
        known.map(point).collect::<Vec<_>>().join(" ")
    }

    fn tick_labels(&self) -> Markup {
        html! {
            @for (index, tick) in self.ticks.iter().enumerate().filter(|(_, tick)| !tick.short.is_empty()) {
                text class=(if tick.is_marked { "tick out" } else { "tick" }) x=(self.day_center(index)) y=(CHART_HEIGHT - 6) { (tick.short) }
            }
        }
    }
}

/// The smallest round step with which [`MAX_INTERVALS`] reach `max`.
fn round_step(max: u64) -> u64 {
    let least = max.div_ceil(MAX_INTERVALS).max(1);
    let powers = std::iter::successors(Some(1_u64), |power| power.checked_mul(10));
    let mut steps = powers.flat_map(|power| ROUND_STEPS.into_iter().filter_map(move |digit| power.checked_mul(digit)));
    // Beyond the last round number that fits, one interval is all there is.
    steps.find(|step| *step >= least && step.checked_mul(MAX_INTERVALS).is_some()).unwrap_or(max)
}

/// Digits in groups of three: `12,345`.
pub fn grouped(digits: &str) -> String {
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The position and value of a bar.
struct Bar {
    x: u64,
    width: u64,
    n: u64,
    /// The sum of the values that it is stacked on.
    below: u64,
}

fn value_at(series: &Series, tick: usize) -> Option<u64> {
    series.values.get(tick).copied().flatten()
}
