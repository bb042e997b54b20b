//! Clicks and searches by day and partner, invalid traffic, and how partners answer. A partner has one color on the whole page.

use std::collections::{BTreeMap, BTreeSet};

use maud::{Markup, html};
use strum::VariantArray as _;

use crate::admin::dashboard::heading::before;
use crate::admin::dashboard::panel::{cell_number, cell_text, details, plain_cells, plot, report_table, ticks};
use crate::admin::dashboard::unusual_days::UnusualDay;
use crate::admin::query::{ReportQuery, StoreUnreadable};
use crate::chart::{self, MAX_COLORS, PlotKind, Series, Tick};
use crate::counts::cells::{ClickOutcome, SearchOutcome};
use crate::report::filtered;
use crate::report::run::ReportKind;
use crate::report::table::{Table, TableValue};
use crate::report::{CountTable, ReportFilter};
use crate::result_kind::ResultKind;

/// The name of the series of the period before.
const BEFORE: &str = "the period before";

/// Numbers by partner and day.
type DailyCounts = BTreeMap<String, BTreeMap<String, u64>>;

/// Clicks and searches of a period and of the one before.
pub(super) struct Traffic {
    /// Counted clicks on sponsored results; on all results, if none was on a sponsored one.
    clicks: DailyCounts,
    /// Whether any was on a sponsored one.
    has_ads: bool,
    searches: DailyCounts,
    /// All partners together, by the days of the period before in order.
    clicks_before: Vec<u64>,
    searches_before: Vec<u64>,
    filtered: Table,
    ticks: Vec<Tick>,
    /// The partners with clicks or searches, in the order of their colors.
    partners: Vec<String>,
}

impl Traffic {
    /// Reads clicks and searches.
    ///
    /// # Errors
    /// The store cannot be read.
    pub(super) fn read(query: &ReportQuery, filter: &ReportFilter) -> Result<Self, StoreUnreadable> {
        let [from, to] = before(filter);
        let earlier = ReportFilter { from, to, ..filter.clone() };
        let table = |kind, filter| query.counts(ReportKind::Outcomes(kind), filter);
        let clicks = [table(CountTable::Clicks, filter)?, table(CountTable::Clicks, &earlier)?];
        let has_ads = clicks.iter().any(|table| table.rows.iter().any(|row| is_counted_ad(table, row)));
        let is_shown = if has_ads { is_counted_ad } else { is_counted };
        let [clicks, clicks_before] = clicks.map(|table| daily(&table, is_shown));
        let [searches, searches_before] =
            [table(CountTable::Searches, filter)?, table(CountTable::Searches, &earlier)?]
                .map(|table| daily(&table, is_answered));
        let in_use: BTreeSet<&String> = clicks.keys().chain(searches.keys()).collect();
        let configured: Vec<String> =
            query.partners().filter(|name| in_use.iter().any(|used| used == name)).map(str::to_owned).collect();
        let others = in_use.into_iter().filter(|name| !configured.contains(name)).cloned().collect::<Vec<_>>();
        let days_before = ticks(&earlier);
        Ok(Self {
            clicks_before: whole(&clicks_before, &days_before),
            searches_before: whole(&searches_before, &days_before),
            partners: configured.into_iter().chain(others).collect(),
            clicks,
            has_ads,
            searches,
            filtered: query.counts(ReportKind::Filtered, filter)?,
            ticks: ticks(filter),
        })
    }

    pub(super) fn clicks(&self, unusual: &[UnusualDay]) -> Markup {
        let caption = if self.has_ads {
            "Counted clicks on sponsored results by UTC day and partner"
        } else {
            "Counted clicks by UTC day and partner; none is on a sponsored result"
        };
        let (series, kind) = self.series(&self.clicks, &self.clicks_before);
        plot(caption, "clicks", &series, &self.marked(unusual), kind)
    }

    pub(super) fn searches(&self, unusual: &[UnusualDay]) -> Markup {
        let caption = "Answered searches by UTC day and partner";
        let (series, kind) = self.series(&self.searches, &self.searches_before);
        plot(caption, "searches", &series, &self.marked(unusual), kind)
    }

    /// The ticks, with the change of unusual days as their label.
    fn marked(&self, unusual: &[UnusualDay]) -> Vec<Tick> {
        let mut ticks = self.ticks.clone();
        for day in unusual {
            if let Some(tick) = ticks.iter_mut().find(|tick| tick.full == day.day.to_string()) {
                (tick.is_marked, tick.short) = (true, day.change());
            }
        }
        ticks
    }

    /// The counts per day of each partner, and the whole of the period before. Partners beyond the number of chart colors share the last
    /// one, `others`.
    fn series(&self, counts: &DailyCounts, before: &[u64]) -> (Vec<Series>, PlotKind) {
        let named = if self.partners.len() > MAX_COLORS { MAX_COLORS - 1 } else { MAX_COLORS };
        let mut series: Vec<Series> = Vec::new();
        for (index, name) in self.partners.iter().enumerate() {
            let of_day = |tick: &Tick| counts.get(name).and_then(|days| days.get(&tick.full)).copied().unwrap_or(0);
            let values = self.ticks.iter().map(|tick| Some(of_day(tick)));
            match series.last_mut() {
                Some(others) if index > named => {
                    let sum = |(a, b): (&Option<u64>, Option<u64>)| Some(a.unwrap_or(0).saturating_add(b.unwrap_or(0)));
                    others.values = others.values.iter().zip(values).map(sum).collect();
                }
                Some(_) | None => {
                    let name = if index == named { "others".to_owned() } else { name.clone() };
                    series.push(Series { name, values: values.collect() });
                }
            }
        }
        // A service that began within the period has none before.
        if before.iter().all(|n| *n == 0) {
            return (series, PlotKind::Stacked);
        }
        series.push(Series { name: BEFORE.to_owned(), values: before.iter().copied().map(Some).collect() });
        (series, PlotKind::StackedCompared)
    }

    /// The clicks of each day and partner that were filtered, by rule.
    pub(super) fn filtered_table(&self) -> Markup {
        let table = &self.filtered;
        if table.rows.is_empty() {
            return html! { p { "No clicks in this period." } };
        }
        let caption = "Clicks by UTC day and partner, by outcome. Filtered are all but the counted ones; their share is rounded to a tenth of a per cent";
        let rows: Vec<_> = table.rows.iter().map(|row| plain_cells(row)).collect();
        html! { p { (filtered::totals(table)) } (details(&report_table(caption, table.columns, &rows))) }
    }
}

fn is_counted(table: &Table, row: &[TableValue]) -> bool {
    cell_text(table, row, "outcome") == ClickOutcome::Counted.as_str()
}

fn is_counted_ad(table: &Table, row: &[TableValue]) -> bool {
    is_counted(table, row) && cell_text(table, row, "kind") == ResultKind::Sponsored.as_str()
}

fn is_answered(table: &Table, row: &[TableValue]) -> bool {
    let outcome = cell_text(table, row, "outcome");
    SearchOutcome::VARIANTS.iter().any(|known| known.is_answer() && known.as_str() == outcome)
}

/// The sums of the rows that are included, by partner and day.
fn daily(table: &Table, is_included: fn(&Table, &[TableValue]) -> bool) -> DailyCounts {
    let mut counts = DailyCounts::new();
    for row in table.rows.iter().filter(|row| is_included(table, row)) {
        let days = counts.entry(cell_text(table, row, "partner")).or_default();
        let n = days.entry(cell_text(table, row, "day")).or_default();
        *n = n.saturating_add(cell_number(table, row, "n").unwrap_or(0));
    }
    counts
}

/// All partners together, by day.
fn whole(counts: &DailyCounts, days: &[Tick]) -> Vec<u64> {
    let of_day = |day: &Tick| {
        counts.values().filter_map(|days| days.get(&day.full)).fold(0, |sum: u64, n| sum.saturating_add(*n))
    };
    days.iter().map(of_day).collect()
}

/// The outcomes of requests to each partner.
pub(super) fn partner_health(table: &Table) -> Markup {
    let caption = "Requests to each partner since the start, by outcome";
    let outcomes = ["answered", "failed", "timed_out", "crowded"];
    let bar = |row: &Vec<TableValue>| {
        let counts = outcomes.map(|outcome| cell_number(table, row, outcome).unwrap_or(0));
        (cell_text(table, row, "partner") + &state_of_partner(table, row), counts.to_vec())
    };
    let bars: Vec<_> = table.rows.iter().map(bar).collect();
    let rows: Vec<_> = table.rows.iter().map(|row| plain_cells(row)).collect();
    html! {
        (chart::share_bars(caption, &["answered", "failed", "timed out", "crowded"], &bars))
        (details(&report_table(caption, table.columns, &rows)))
    }
}

/// What is not as it should be with a partner, to follow its name: ` (down), circuit open`. Empty if all is well.
pub(super) fn state_of_partner(table: &Table, row: &[TableValue]) -> String {
    let is_up = cell_number(table, row, "up") == Some(1);
    let circuit = match cell_text(table, row, "circuit").as_str() {
        "closed" => String::new(),
        state => format!(", circuit {}", state.replace('_', "-")),
    };
    let budget = if cell_text(table, row, "left_today") == "0" { ", budget used up" } else { "" };
    format!("{}{circuit}{budget}", if is_up { "" } else { " (down)" })
}
