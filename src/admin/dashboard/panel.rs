//! What the panels of the dashboard share: sections with downloads, values of reports, and plots with their tables.

use jiff::Span;
use jiff::civil::{Date, Weekday};
use maud::{Markup, html};

use crate::admin::paths;
use crate::chart::{self, PlotKind, Series, Tick};
use crate::report::ReportFilter;
use crate::report::table::{Table, TableValue};

/// The period, the partner and the code as a query.
pub(super) fn filter_query(filter: &ReportFilter) -> String {
    let ReportFilter { from, to, partner, code } = filter;
    let (from, to) = (from.to_string(), to.to_string());
    let names = [("partner", partner), ("code", code)];
    let names = names.into_iter().filter_map(|(key, name)| Some((key, name.as_deref()?)));
    let pairs: Vec<_> = [("from", from.as_str()), ("to", to.as_str())].into_iter().chain(names).collect();
    // Serializing pairs of strings cannot fail.
    format!("?{}", serde_urlencoded::to_string(pairs).unwrap_or_default())
}

/// Links to a report as CSV and JSON.
pub(super) fn downloads(name: &str, query: &str) -> Markup {
    let href = |extension: &str| format!("{}{name}.{extension}{query}", paths::REPORTS);
    html! { "Download " a href=(href("csv")) { "CSV" } " · " a href=(href("json")) { "JSON" } }
}

/// A section of the page with an ID, and the downloads of a report.
pub(super) fn section(title: &str, [id, report]: [&str; 2], query: &str, content: &Markup) -> Markup {
    html! { section id=(id) { div class="head" { h2 { (title) } p class="twins" { (downloads(report, query)) } } (content) } }
}

/// A table that opens.
pub(super) fn details(table: &Markup) -> Markup {
    html! { details { summary { "Table" } (table) } }
}

/// Days up to which each has a label; then Mondays have one, and beyond [`MAX_WEEKS`] weeks the first days of months.
const MAX_LABELS: usize = 14;
const MAX_WEEKS: usize = 9;

/// One tick for each day of the period. The first one has a label, and the others as many as fit.
pub(super) fn ticks(filter: &ReportFilter) -> Vec<Tick> {
    let days: Vec<Date> = filter.from.series(Span::new().days(1)).take_while(|day| *day <= filter.to).collect();
    let has_label = |index: usize, day: &Date| match days.len() {
        length if length <= MAX_LABELS => true,
        length if length <= MAX_WEEKS * 7 => day.weekday() == Weekday::Monday && index > 1,
        _ => day.day() == 1 && index > 1,
    };
    let label =
        |index, day: &Date| if index == 0 || has_label(index, day) { day_and_month(*day) } else { String::new() };
    let tick =
        |(index, day): (usize, &Date)| Tick { short: label(index, day), full: day.to_string(), is_marked: false };
    days.iter().enumerate().map(tick).collect()
}

/// `2 Nov`
pub(super) fn day_and_month(day: Date) -> String {
    day.strftime("%-d %b").to_string()
}

/// The heading of a column for people.
pub(super) fn column_heading(column: &str) -> String {
    let known = match column {
        "ctr_per_cent" => "CTR",
        "rpm" => "RPM",
        "epc" => "EPC",
        "searches_change_per_cent" => "Searches ± %",
        "clicks_change_per_cent" => "Clicks ± %",
        "revenue_change_per_cent" => "Revenue ± %",
        "rpm_change_per_cent" => "RPM ± %",
        "coverage_per_cent" => "Coverage %",
        "filtered_per_cent" => "Filtered %",
        "active_1" => "Active 1 day",
        "active_7" => "Active 7 days",
        "active_28" => "Active 28 days",
        "up" => "Up",
        _ => "",
    };
    if !known.is_empty() {
        return known.to_owned();
    }
    let mut words = column.replace("_per_cent", " %").replace('_', " ");
    if let Some(first) = words.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    words
}

/// A table of a report, with headings for people.
pub(super) fn report_table(caption: &str, columns: &[&str], rows: &[Vec<(String, &'static str)>]) -> Markup {
    let headings: Vec<String> = columns.iter().map(|column| column_heading(column)).collect();
    let headings: Vec<&str> = headings.iter().map(String::as_str).collect();
    chart::table(caption, &headings, rows)
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
pub(super) fn plot(caption: &str, subject: &str, series: &[Series], ticks: &[Tick], kind: PlotKind) -> Markup {
    if series.iter().all(|series| series.values.iter().all(|value| matches!(value, None | Some(0)))) {
        return html! { p { "No " (subject) " in this period." } };
    }
    let columns: Vec<&str> = std::iter::once("Day").chain(series.iter().map(|series| series.name.as_str())).collect();
    let row = |(index, tick): (usize, &Tick)| {
        let number = |series: &Series| series.values.get(index).copied().flatten();
        let numbers = series.iter().map(|series| (number(series).map_or(String::new(), |n| n.to_string()), ""));
        std::iter::once((tick.full.clone(), "")).chain(numbers).collect()
    };
    let rows: Vec<Vec<(String, &str)>> = ticks.iter().enumerate().map(row).collect();
    html! { (chart::plot(caption, ticks, series, kind)) (details(&chart::table(caption, &columns, &rows))) }
}

/// The decimal number of a row in the column of this name, in hundredths if `places` is 2, rounded down; 0 if it is negative.
pub(super) fn cell_decimal(table: &Table, row: &[TableValue], column: &str, places: u32) -> Option<u64> {
    match cell(table, row, column)? {
        TableValue::Amount(number) | TableValue::Decimal(number) => Some(number.scaled_to(places)),
        TableValue::Text(_)
        | TableValue::Count(_)
        | TableValue::Share(_)
        | TableValue::Suppressed
        | TableValue::Empty => None,
    }
}
