//! What the panels of the dashboard share: sections with downloads, values of reports, and plots with their tables.

use jiff::Span;
use maud::{Markup, html};

use crate::admin::paths;
use crate::chart::{self, PlotKind, Series, Tick};
use crate::report::ReportFilter;
use crate::report::table::{Table, TableValue};

/// The period as a query.
pub(super) fn period_query(filter: &ReportFilter) -> String {
    format!("?from={}&to={}", filter.from, filter.to)
}

/// Links to a report as CSV and JSON.
pub(super) fn downloads(name: &str, query: &str) -> Markup {
    let href = |extension: &str| format!("{}{name}.{extension}{query}", paths::REPORTS);
    html! { "Download " a href=(href("csv")) { "CSV" } " · " a href=(href("json")) { "JSON" } }
}

/// A section of the page: a report with its downloads.
pub(super) fn section(title: &str, name: &str, query: &str, content: &Markup) -> Markup {
    html! { section id=(name) { h2 { (title) } p.twins { (downloads(name, query)) } (content) } }
}

/// A table that opens.
pub(super) fn details(table: &Markup) -> Markup {
    html! { details { summary { "Table" } (table) } }
}

/// One tick for each day of the period.
pub(super) fn ticks(filter: &ReportFilter) -> Vec<Tick> {
    let days = filter.from.series(Span::new().days(1)).take_while(|day| *day <= filter.to);
    days.map(|day| Tick { short: day.day().to_string(), full: day.to_string(), is_marked: false }).collect()
}

/// The value of a row in the column of this name.
pub(super) fn cell<'t>(table: &Table, row: &'t [TableValue], column: &str) -> Option<&'t TableValue> {
    row.get(table.columns.iter().position(|name| *name == column)?)
}

/// The text of a row in the column of this name.
pub(super) fn cell_text(table: &Table, row: &[TableValue], column: &str) -> String {
    cell(table, row, column).map_or(String::new(), TableValue::text)
}

/// The count, or the share in tenths of a per cent, of a row in the column of this name.
pub(super) fn cell_number(table: &Table, row: &[TableValue], column: &str) -> Option<u64> {
    match cell(table, row, column)? {
        TableValue::Count(n) | TableValue::Share(n) => Some(*n),
        TableValue::Text(_)
        | TableValue::Decimal(_)
        | TableValue::Amount(_)
        | TableValue::Suppressed
        | TableValue::Empty => None,
    }
}

/// The cells of a row for an HTML table, without a CSS class.
pub(super) fn plain_cells(row: &[TableValue]) -> Vec<(String, &'static str)> {
    row.iter().map(|value| (value.text(), "")).collect()
}

/// A chart of series over the days of the period, and its table. `subject` names what there is none of if it is empty.
pub(super) fn plot(caption: &str, subject: &str, series: &[Series], filter: &ReportFilter, kind: PlotKind) -> Markup {
    if series.is_empty() {
        return html! { p { "No " (subject) " in this period." } };
    }
    let ticks = ticks(filter);
    let columns: Vec<&str> = std::iter::once("day").chain(series.iter().map(|series| series.name.as_str())).collect();
    let row = |(index, tick): (usize, &Tick)| {
        let number = |series: &Series| series.values.get(index).copied().flatten();
        let numbers = series.iter().map(|series| (number(series).map_or(String::new(), |n| n.to_string()), ""));
        std::iter::once((tick.full.clone(), "")).chain(numbers).collect()
    };
    let rows: Vec<Vec<(String, &str)>> = ticks.iter().enumerate().map(row).collect();
    html! { (chart::plot(caption, &ticks, series, kind)) (details(&chart::table(caption, &columns, &rows))) }
}

/// The amount of money of a row in the column of this name, in hundredths if `places` is 2, rounded down; 0 if it is negative.
pub(super) fn cell_amount(table: &Table, row: &[TableValue], column: &str, places: u32) -> Option<u64> {
    match cell(table, row, column)? {
        TableValue::Amount(amount) => Some(amount.scaled_to(places)),
        TableValue::Text(_)
        | TableValue::Count(_)
        | TableValue::Share(_)
        | TableValue::Decimal(_)
        | TableValue::Suppressed
        | TableValue::Empty => None,
    }
}
