//! The page: clicks, searches, active users, retention, reconciliation and partners' health as pictures, each with its table and
//! its twins under [`super::reports`], which have every number that is here.

use std::collections::BTreeMap;

use jiff::Span;
use jiff::civil::Date;
use maud::{Markup, html};
use strum::VariantArray as _;

use crate::admin::query::{Reader, Unreadable};
use crate::admin::reports::FOLDER;
use crate::billing::contract::Contract;
use crate::billing::dispute_page;
use crate::billing::month::ReconciledMonth;
use crate::chart::{self, COLOURS, PlotKind, Series, Tick};
use crate::counts::cells::{ClickOutcome, SearchOutcome};
use crate::report::run::ReportKind;
use crate::report::table::{Table, TableValue};
use crate::report::usage::CohortGrain;
use crate::report::{CountTable, ReportFilter, TOTAL};
use crate::time;

/// How far retention is looked back for: whoever was new twelve weeks ago has had every day to come back on.
const RETENTION_DAYS: i32 = 84;

/// Writes it.
///
/// # Errors
/// A store that cannot be read.
pub fn page(reader: &Reader, question: &ReportFilter) -> Result<String, Unreadable> {
    let ReportFilter { from, to, .. } = question;
    let clicks = reader.sheet(ReportKind::Outcomes(CountTable::Clicks), question)?;
    let searches = reader.sheet(ReportKind::Outcomes(CountTable::Searches), question)?;
    let active = reader.sheet(ReportKind::Active, question)?;
    let earlier = to.checked_sub(Span::new().days(RETENTION_DAYS)).unwrap_or(*from).min(*from);
    let cohorts = ReportFilter { from: earlier, ..question.clone() };
    let retention = reader.sheet(ReportKind::Retention(CohortGrain::Week), &cohorts)?;
    let asked = days(question);
    let main = html! {
        h1 { "qsproxy" }
        p.verdict { (from) " to " (to) }
        p.twins { @for (name, href) in periods(question) { a href=(href) { (name) } " " } }
        (section("Clicks", "clicks", &asked, &by_partner("counted clicks by UTC day and partner", &clicks, question, |outcome| outcome == ClickOutcome::Counted.as_str())))
        (section("Searches", "searches", &asked, &by_partner("answered searches by UTC day and partner", &searches, question, is_answer)))
        (section("Active users", "active", &asked, &actives(&active, question)))
        (section("Retention", "retention", &days(&cohorts), &triangle(&retention)))
        (section("Reconciliation", "reconciliation", &asked, &reconciliation(reader, question)))
        (section("Partners", "partners", "", &health(&reader.partners())))
        h2 { "More" }
        @for name in ["adjustments", "slices"] { p.twins { (name) ": " (twins(name, &asked)) } }
    };
    Ok(chart::frame("qsproxy: counts", &main))
}

/// Other days to look at, as links: a form with fields for dates would make Chromium ask Google's servers how to fill them in.
fn periods(question: &ReportFilter) -> Vec<(&'static str, String)> {
    let ReportFilter { from, to, .. } = question;
    let today = time::now().day().date();
    let moved = |day: Date, days: i32| day.saturating_add(Span::new().days(days));
    let long = from.until(*to).map_or(0, |span| span.get_days()) + 1;
    let between = |from: Date, to: Date| days(&ReportFilter { from, to, ..ReportFilter::default() });
    let before = moved(today.first_of_month(), -1);
    vec![
        ("earlier", between(moved(*from, -long), moved(*from, -1))),
        ("later", between(moved(*to, 1), moved(*to, long))),
        ("last four weeks", "/".to_owned()),
        ("this month", between(today.first_of_month(), today.last_of_month())),
        ("last month", between(before.first_of_month(), before)),
    ]
}

fn is_answer(outcome: &str) -> bool {
    SearchOutcome::VARIANTS.iter().any(|known| known.is_answer() && known.as_str() == outcome)
}

/// The parameters that ask for these days.
fn days(question: &ReportFilter) -> String {
    format!("?from={}&to={}", question.from, question.to)
}

fn twins(name: &str, query: &str) -> Markup {
    let file = |ending: &str| format!("{FOLDER}{name}.{ending}{query}");
    html! { a href=(file("csv")) { ".csv" } " " a href=(file("json")) { ".json" } }
}

fn section(title: &str, name: &str, query: &str, what: &Markup) -> Markup {
    html! { section id=(name) { h2 { (title) } p.twins { "All of it: " (twins(name, query)) } (what) } }
}

fn details(table: &Markup) -> Markup {
    html! { details { summary { "Table" } (table) } }
}

/// Every day that is asked for.
fn ticks(question: &ReportFilter) -> Vec<Tick> {
    let days = question.from.series(Span::new().days(1)).take_while(|day| *day <= question.to);
    days.map(|day| Tick { short: day.day().to_string(), full: day.to_string(), is_marked: false }).collect()
}

/// The cell of a row in a column of this name.
fn cell<'s>(sheet: &Table, row: &'s [TableValue], name: &str) -> Option<&'s TableValue> {
    row.get(sheet.columns.iter().position(|column| *column == name)?)
}

fn number(value: Option<&TableValue>) -> Option<u64> {
    match value? {
        TableValue::Count(n) | TableValue::Share(n) => Some(*n),
        TableValue::Text(_) | TableValue::Hidden | TableValue::Nothing => None,
    }
}

/// A plot of series over the days, and their table.
fn plotted(about: &str, series: &[Series], question: &ReportFilter, form: PlotKind) -> Markup {
    let ticks = ticks(question);
    let columns: Vec<&str> = std::iter::once("day").chain(series.iter().map(|series| series.name.as_str())).collect();
    let told = |n: Option<Option<u64>>| (n.flatten().map_or(String::new(), |n| n.to_string()), "");
    let row = |(place, tick): (usize, &Tick)| {
        let numbers = series.iter().map(|series| told(series.values.get(place).copied()));
        std::iter::once((tick.full.clone(), "")).chain(numbers).collect()
    };
    let rows: Vec<Vec<(String, &str)>> = ticks.iter().enumerate().map(row).collect();
    html! {
        @if series.is_empty() { p { "Nothing in these days." } }
        @else { (chart::plot(about, &ticks, series, form)) (details(&chart::table(about, &columns, &rows))) }
    }
}

/// Counts of a day, by partner. There are [`COLOURS`] of them; the partners beyond share the last one.
fn by_partner(about: &str, sheet: &Table, question: &ReportFilter, is_meant: fn(&str) -> bool) -> Markup {
    let mut partners: BTreeMap<String, BTreeMap<String, u64>> = BTreeMap::new();
    for row in &sheet.rows {
        let text = |name: &str| cell(sheet, row, name).map_or(String::new(), TableValue::text);
        if is_meant(&text("outcome")) {
            let n = partners.entry(text("partner")).or_default().entry(text("day")).or_default();
            *n = n.saturating_add(number(cell(sheet, row, "n")).unwrap_or(0));
        }
    }
    let shown = if partners.len() > COLOURS { COLOURS - 1 } else { COLOURS };
    let days: Vec<String> = ticks(question).into_iter().map(|tick| tick.full).collect();
    let mut series: Vec<Series> = Vec::new();
    for (place, (name, counts)) in partners.into_iter().enumerate() {
        let values = days.iter().map(|day| Some(counts.get(day).copied().unwrap_or(0)));
        match series.last_mut() {
            Some(last) if place > shown => {
                let sum = |(one, other): (&Option<u64>, Option<u64>)| {
                    Some(one.unwrap_or(0).saturating_add(other.unwrap_or(0)))
                };
                last.values = last.values.iter().zip(values).map(sum).collect();
            }
            Some(_) | None => {
                let name = if place == shown { "others".to_owned() } else { name };
                series.push(Series { name, values: values.collect() });
            }
        }
    }
    plotted(about, &series, question, PlotKind::Stacked)
}

/// Who came within one, seven and 28 days, all codes together.
fn actives(sheet: &Table, question: &ReportFilter) -> Markup {
    let total = |row: &&Vec<TableValue>| cell(sheet, row, "code").map(TableValue::text).as_deref() == Some(TOTAL);
    let rows: Vec<&Vec<TableValue>> = sheet.rows.iter().filter(total).collect();
    let series = |(name, column): (&str, &str)| {
        let of = |tick: Tick| {
            let row =
                rows.iter().find(|row| cell(sheet, row, "day").map(TableValue::text).as_ref() == Some(&tick.full));
            row.and_then(|row| number(cell(sheet, row, column)))
        };
        Series { name: name.to_owned(), values: ticks(question).into_iter().map(of).collect() }
    };
    let windows = [("that day", "active_1"), ("7 days", "active_7"), ("28 days", "active_28"), ("new", "new")];
    let series: Vec<Series> = if rows.is_empty() { Vec::new() } else { windows.map(series).into() };
    plotted("people who came within the days that end on a day", &series, question, PlotKind::Lines)
}

/// Of whom was new in a week, who came back 1, 7 and 30 days later.
fn triangle(sheet: &Table) -> Markup {
    let about = "of those who were new in the week from this Monday, how many came back so many days later";
    let shares = ["day_1_per_cent", "day_7_per_cent", "day_30_per_cent"];
    let total = |row: &&Vec<TableValue>| cell(sheet, row, "code").map(TableValue::text).as_deref() == Some(TOTAL);
    let rows: Vec<&Vec<TableValue>> = sheet.rows.iter().filter(total).collect();
    let name = |row: &Vec<TableValue>| cell(sheet, row, "cohort").map_or(String::new(), TableValue::text);
    let cells = |row: &&Vec<TableValue>| (name(row), shares.map(|column| number(cell(sheet, row, column))).to_vec());
    let told = |row: &&Vec<TableValue>| row.iter().map(|value| (value.text(), "")).collect::<Vec<(String, &str)>>();
    html! {
        @if rows.is_empty() { p { "Nobody was new in these weeks." } } @else {
            (chart::heat(about, &["1 day", "7 days", "30 days"], &rows.iter().map(cells).collect::<Vec<_>>()))
            (details(&chart::table(about, sheet.columns, &rows.iter().map(told).collect::<Vec<_>>())))
        }
    }
}

/// Our clicks beside each partner's, in its days.
fn reconciliation(reader: &Reader, question: &ReportFilter) -> Markup {
    let terms: Vec<&Contract> = reader.terms(question).collect();
    html! {
        @if terms.is_empty() { p { "No partner has a statement = { … } in the configuration." } }
        @for terms in terms { @match reader.months(terms, question) {
            Err(what) => p { (terms.partner) ": " (what) },
            Ok(months) => @for month in months { (of_month(&month, question)) },
        } }
    }
}

fn of_month(
    ReconciledMonth { heading, reconciliation: found, .. }: &ReconciledMonth,
    question: &ReportFilter,
) -> Markup {
    let query = format!("{}&partner={}", days(question), heading.partner);
    html! {
        h3 { (heading.partner) ", " (heading.month) ": " (found.month.status.as_str()) }
        p.twins { "Days of " (heading.zone) "; the month as a whole stands in the last row of the table. " (twins("reconciliation", &query)) }
        @if found.is_dispute { p { "The month is past the share that the contract calls a dispute." } }
        (dispute_page::plot(found, "theirs"))
        (details(&dispute_page::table(heading, found)))
    }
}

/// What became of the requests to each partner.
fn health(sheet: &Table) -> Markup {
    let about = "requests to partners since the start, by what became of them";
    let outcomes = ["answered", "failed", "timed_out", "crowded"];
    let name = |row: &Vec<TableValue>| cell(sheet, row, "partner").map_or(String::new(), TableValue::text);
    let is_up = |row: &Vec<TableValue>| number(cell(sheet, row, "up")) == Some(1);
    let bar = |row: &Vec<TableValue>| {
        let numbers = outcomes.map(|outcome| number(cell(sheet, row, outcome)).unwrap_or(0));
        (name(row) + if is_up(row) { "" } else { " (down)" }, numbers.to_vec())
    };
    let told = |row: &Vec<TableValue>| row.iter().map(|value| (value.text(), "")).collect::<Vec<(String, &str)>>();
    html! {
        (chart::shares(about, &outcomes, &sheet.rows.iter().map(bar).collect::<Vec<_>>()))
        (details(&chart::table(about, sheet.columns, &sheet.rows.iter().map(told).collect::<Vec<_>>())))
    }
}
