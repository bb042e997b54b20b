//! The dashboard: charts of clicks, searches, active users, retention, reconciliation and partner health, each with its
//! table and with downloads of the same report.

use std::collections::BTreeMap;

use jiff::Span;
use jiff::civil::Date;
use maud::{Markup, html};

use strum::VariantArray as _;

use crate::admin::months_panel;
use crate::admin::panel::{
    cell_number, cell_text, details, downloads, period_query, plain_cells, plot, section, ticks,
};
use crate::admin::performance_panel;
use crate::admin::query::{ReportQuery, StoreUnreadable};
use crate::billing::contract::Contract;
use crate::billing::dispute_page;
use crate::billing::month::ReconciledMonth;
use crate::billing::reconcile::result::Status;
use crate::chart::{self, MAX_COLORS, PlotKind, Series, Tick};
use crate::counts::cells::{ClickOutcome, SearchOutcome};
use crate::report::filtered;
use crate::report::run::ReportKind;
use crate::report::table::{Table, TableValue};
use crate::report::usage::CohortGrain;
use crate::report::{CountTable, ReportFilter, TOTAL};
use crate::time;

/// Retention begins this many days before the end of the period: twelve weeks, so that most cohorts have had all of their
/// 30 days.
const RETENTION_DAYS: i32 = 84;

/// Renders the page for a period.
///
/// # Errors
/// The store cannot be read.
pub fn render(query: &ReportQuery, filter: &ReportFilter) -> Result<String, StoreUnreadable> {
    let ReportFilter { from, to, .. } = filter;
    let clicks = query.counts(ReportKind::Outcomes(CountTable::Clicks), filter)?;
    let filtered = query.counts(ReportKind::Filtered, filter)?;
    let searches = query.counts(ReportKind::Outcomes(CountTable::Searches), filter)?;
    let active = query.counts(ReportKind::Active, filter)?;
    let earlier = to.checked_sub(Span::new().days(RETENTION_DAYS)).unwrap_or(*from).min(*from);
    let cohorts = ReportFilter { from: earlier, ..filter.clone() };
    let retention = query.counts(ReportKind::Retention(CohortGrain::Week), &cohorts)?;
    let period = period_query(filter);
    let performance = performance_panel::render(query, filter)?;
    let months = months_panel::render(query)?;
    let main = html! {
        h1 { (query.service()) }
        p.verdict { (from) " to " (to) }
        p.twins { @for Period { name, href } in other_periods(filter) { a href=(href) { (name) } " " } }
        (section("Performance", "performance", &format!("{period}&by=day&compare=yes"), &performance))
        (section("Months", "overview", "", &months))
        (section("Clicks", "clicks", &period, &clicks_plot(&clicks, filter)))
        (section("Filtered clicks", "filtered", &period, &filtered_table(&filtered)))
        (section("Searches", "searches", &period, &searches_plot(&searches, filter)))
        (section("Active users", "active", &period, &active_plot(&active, filter)))
        (section("Retention", "retention", &period_query(&cohorts), &retention_map(&retention)))
        (section("Reconciliation", "reconciliation", &period, &reconciliation(query, filter)))
        (section("Partners", "partners", "", &partner_health(&query.partner_health())))
        h2 { "More reports" }
        @for name in ["adjustments", "slices"] { p.twins { (name) ": " (downloads(name, &period)) } }
    };
    Ok(chart::page(&format!("{}: counts", query.service()), &main))
}

/// A link to another period.
struct Period {
    name: &'static str,
    href: String,
}

/// Links to other periods, without those that have not begun. They replace a form: for its date fields, Chromium would ask Google's
/// servers how to fill them in.
fn other_periods(filter: &ReportFilter) -> Vec<Period> {
    let ReportFilter { from, to, .. } = filter;
    let today = time::now().day().date();
    let shift = |day: Date, days: i32| day.saturating_add(Span::new().days(days));
    let length = from.until(*to).map_or(0, |span| span.get_days()) + 1;
    let between = |from: Date, to: Date| period_query(&ReportFilter { from, to, ..ReportFilter::default() });
    let last_month = shift(today.first_of_month(), -1);
    let mut periods = vec![Period { name: "Earlier", href: between(shift(*from, -length), shift(*from, -1)) }];
    if *to < today {
        periods.push(Period { name: "Later", href: between(shift(*to, 1), shift(*to, length)) });
    }
    periods.push(Period { name: "Last 4 weeks", href: "/".to_owned() });
    periods.push(Period { name: "This month", href: between(today.first_of_month(), today.last_of_month()) });
    periods.push(Period { name: "Last month", href: between(last_month.first_of_month(), last_month) });
    periods
}

/// The rows for all codes together.
fn totals(table: &Table) -> Vec<&Vec<TableValue>> {
    table.rows.iter().filter(|row| cell_text(table, row, "code") == TOTAL).collect()
}

fn clicks_plot(table: &Table, filter: &ReportFilter) -> Markup {
    let series = series_by_partner(table, filter, |outcome| outcome == ClickOutcome::Counted.as_str());
    plot("Counted clicks by UTC day and partner", "clicks", &series, filter, PlotKind::Stacked)
}

/// The clicks of each day and partner that were filtered, by rule.
fn filtered_table(table: &Table) -> Markup {
    if table.rows.is_empty() {
        return html! { p { "No clicks in this period." } };
    }
    let caption = "Clicks by UTC day and partner, by outcome. Filtered are all but the counted ones; their share is rounded to a tenth of a per cent";
    let rows: Vec<_> = table.rows.iter().map(|row| plain_cells(row)).collect();
    html! { p { (filtered::totals(table)) } (details(&chart::table(caption, table.columns, &rows))) }
}

fn searches_plot(table: &Table, filter: &ReportFilter) -> Markup {
    let is_answered =
        |outcome: &str| SearchOutcome::VARIANTS.iter().any(|known| known.is_answer() && known.as_str() == outcome);
    let series = series_by_partner(table, filter, is_answered);
    plot("Answered searches by UTC day and partner", "searches", &series, filter, PlotKind::Stacked)
}

/// The counts per day of each partner, for outcomes that `is_included`. Partners beyond the number of chart colours share
/// the last series, `others`.
fn series_by_partner(table: &Table, filter: &ReportFilter, is_included: fn(&str) -> bool) -> Vec<Series> {
    let mut partners: BTreeMap<String, BTreeMap<String, u64>> = BTreeMap::new();
    for row in &table.rows {
        if is_included(&cell_text(table, row, "outcome")) {
            let days = partners.entry(cell_text(table, row, "partner")).or_default();
            let n = days.entry(cell_text(table, row, "day")).or_default();
            *n = n.saturating_add(cell_number(table, row, "n").unwrap_or(0));
        }
    }
    let named = if partners.len() > MAX_COLORS { MAX_COLORS - 1 } else { MAX_COLORS };
    let days: Vec<String> = ticks(filter).into_iter().map(|tick| tick.full).collect();
    let mut series: Vec<Series> = Vec::new();
    for (index, (name, counts)) in partners.into_iter().enumerate() {
        let values = days.iter().map(|day| Some(counts.get(day).copied().unwrap_or(0)));
        match series.last_mut() {
            Some(others) if index > named => {
                let sum = |(a, b): (&Option<u64>, Option<u64>)| Some(a.unwrap_or(0).saturating_add(b.unwrap_or(0)));
                others.values = others.values.iter().zip(values).map(sum).collect();
            }
            Some(_) | None => {
                let name = if index == named { "others".to_owned() } else { name };
                series.push(Series { name, values: values.collect() });
            }
        }
    }
    series
}

/// People active within 1, 7 and 28 days, and new people, all codes together.
fn active_plot(table: &Table, filter: &ReportFilter) -> Markup {
    let rows = totals(table);
    let series = |(name, column): (&str, &str)| {
        let value = |tick: Tick| {
            let row = rows.iter().find(|row| cell_text(table, row, "day") == tick.full);
            row.and_then(|row| cell_number(table, row, column))
        };
        Series { name: name.to_owned(), values: ticks(filter).into_iter().map(value).collect() }
    };
    let windows = [("1 day", "active_1"), ("7 days", "active_7"), ("28 days", "active_28"), ("new", "new")];
    let series: Vec<Series> = if rows.is_empty() { Vec::new() } else { windows.map(series).into() };
    let caption = "People active in the 1, 7 or 28 days up to each date, and new people";
    plot(caption, "active users", &series, filter, PlotKind::Lines)
}

/// The share of each week's new people who came back 1, 7 and 30 days later.
fn retention_map(table: &Table) -> Markup {
    let rows = totals(table);
    if rows.is_empty() {
        return html! { p { "No new visitors in this period." } };
    }
    let caption = "Percentage of the people new in the week of each Monday who came back 1, 7 and 30 days later";
    let columns = ["day_1_per_cent", "day_7_per_cent", "day_30_per_cent"];
    let shares = |row: &&Vec<TableValue>| {
        let shares = columns.map(|column| cell_number(table, row, column)).to_vec();
        (cell_text(table, row, "cohort"), shares)
    };
    let shares: Vec<_> = rows.iter().map(shares).collect();
    let rows: Vec<_> = rows.iter().map(|row| plain_cells(row)).collect();
    html! {
        (chart::heatmap(caption, &["1 day", "7 days", "30 days"], &shares))
        (details(&chart::table(caption, table.columns, &rows)))
    }
}

/// Our clicks beside each partner's, by day in the statement's time zone.
fn reconciliation(query: &ReportQuery, filter: &ReportFilter) -> Markup {
    let contracts: Vec<&Contract> = query.contracts(filter).collect();
    html! {
        @if contracts.is_empty() { p { "No partner has statement = { … } in the configuration." } }
        @for contract in contracts { @match query.months(contract, filter) {
            Err(error) => p { (contract.partner) ": " (error) },
            Ok(months) => @for month in months { (reconciled_month(&month, filter)) },
        } }
    }
}

fn reconciled_month(
    ReconciledMonth { heading, reconciliation: found, .. }: &ReconciledMonth,
    filter: &ReportFilter,
) -> Markup {
    let query = format!("{}&partner={}", period_query(filter), heading.partner);
    html! {
        h3 { (heading.partner) ", " (heading.month) ": " (found.month.status.as_str()) }
        p.twins {
            "Days in " (heading.zone) ". The last row of the table is the whole month. "
            (downloads("reconciliation", &query))
        }
        @if found.month.status.is_without_statement() { p { "No statement covers this month." } }
        @if found.is_dispute { p { "The difference exceeds the dispute threshold agreed with the partner." } }
        (dispute_page::plot(found, "theirs", Status::as_str))
        (details(&dispute_page::table(heading, found)))
    }
}

/// The outcomes of requests to each partner.
fn partner_health(table: &Table) -> Markup {
    let caption = "Requests to each partner since the start, by outcome";
    let outcomes = ["answered", "failed", "timed_out", "crowded"];
    let bar = |row: &Vec<TableValue>| {
        let counts = outcomes.map(|outcome| cell_number(table, row, outcome).unwrap_or(0));
        let is_up = cell_number(table, row, "up") == Some(1);
        let circuit = match cell_text(table, row, "circuit").as_str() {
            "closed" => String::new(),
            state => format!(", circuit {}", state.replace('_', "-")),
        };
        let budget = if cell_text(table, row, "left_today") == "0" { ", budget used up" } else { "" };
        (cell_text(table, row, "partner") + if is_up { "" } else { " (down)" } + &circuit + budget, counts.to_vec())
    };
    let bars: Vec<_> = table.rows.iter().map(bar).collect();
    let rows: Vec<_> = table.rows.iter().map(|row| plain_cells(row)).collect();
    html! {
        (chart::share_bars(caption, &outcomes, &bars))
        (details(&chart::table(caption, table.columns, &rows)))
    }
}
