//! What the service earns: a table by code, and money by day with the period before.

use maud::{Markup, html};

use crate::admin::dashboard::panel::{cell_decimal, cell_text, details, plain_cells, report_table, ticks};
use crate::admin::query::{ReportQuery, StoreUnreadable};
use crate::chart::{self, PlotKind, Series, Tick, grouped};
use crate::report::performance::{Performance, ReportGrouping, SUMMARY};
use crate::report::table::{Table, TableValue};
use crate::report::{ReportFilter, TOTAL};

/// Decimal places of money in a plot.
pub(super) const MONEY_PLACES: u32 = 2;

/// The codes, and below them the partners, each with the whole.
///
/// # Errors
/// The store cannot be read.
pub(super) fn by_code(query: &ReportQuery, filter: &ReportFilter) -> Result<Markup, StoreUnreadable> {
    let codes = query.performance(filter, ReportGrouping::Code, true)?;
    let partners = query.performance(filter, ReportGrouping::Partner, true)?;
    Ok(html! {
        (table("Code", &codes.table))
        (table("Partner", &partners.table))
    })
}

/// A row for each group and currency, the whole last.
fn table(group: &str, table: &Table) -> Markup {
    let cells = |row: &Vec<TableValue>| {
        let text = |column: &str| cell_text(table, row, column);
        let money = |column: &str| match (text(column), text("currency")) {
            (amount, _) if amount.is_empty() => amount,
            (amount, currency) => format!("{} {currency}", grouped_decimal(&amount)).trim_end().to_owned(),
        };
        let percent = |column: &str| match text(column) {
            share if share.is_empty() => share,
            share => format!("{share} %"),
        };
        let name = match text("group") {
            name if name == TOTAL => "all".to_owned(),
            name => name,
        };
        let change = percent("clicks_change_per_cent");
        let direction = if change.starts_with('-') { "down" } else { "up" };
        vec![
            (name, ""),
            (grouped_decimal(&text("searches")), ""),
            (percent("coverage_per_cent"), ""),
            (grouped_decimal(&text("clicks")), ""),
            (percent("ctr_per_cent"), ""),
            (money("revenue"), ""),
            (money("rpm"), ""),
            (change, direction),
        ]
    };
    let rows: Vec<Vec<(String, &'static str)>> = table.rows.iter().map(cells).collect();
    let columns = [group, "Searches", "Coverage", "Clicks", "CTR", "Revenue", "RPM", "Clicks ±"];
    chart::table(&format!("By {}", group.to_lowercase()), &columns, &rows)
}

/// `1234.50` as `1,234.50`.
pub(super) fn grouped_decimal(text: &str) -> String {
    let (sign, digits) = text.strip_prefix('-').map_or(("", text), |digits| ("-", digits));
    match digits.split_once('.') {
        Some((whole, decimals)) => format!("{sign}{}.{decimals}", grouped(whole)),
        None => format!("{sign}{}", grouped(digits)),
    }
}

/// Revenue by day in each currency, the table by day, and what the numbers mean.
pub(super) fn by_day(days: &Performance, filter: &ReportFilter) -> Markup {
    let by_day = days.table.select(SUMMARY);
    let rows: Vec<_> = by_day.rows.iter().map(|row| plain_cells(row)).collect();
    let currencies = currencies(&days.table);
    html! {
        @if currencies.is_empty() { p { "No statement has revenue of these days." } }
        @for currency in &currencies { (revenue_plot(&days.table, currency, filter)) }
        (details(&report_table("Performance by day", SUMMARY, &rows)))
        details { summary { "What the numbers mean" } @for note in &days.notes { p { (note) } } }
    }
}

/// The currencies of all revenue, in order.
pub(super) fn currencies(table: &Table) -> Vec<String> {
    let has_revenue = |row: &&Vec<_>| {
        ["revenue", "previous_revenue"].iter().any(|column| cell_decimal(table, row, column, MONEY_PLACES).is_some())
    };
    let mut currencies: Vec<String> =
        table.rows.iter().filter(has_revenue).map(|row| cell_text(table, row, "currency")).collect();
    currencies.sort_unstable();
    currencies.dedup();
    currencies
}

fn revenue_plot(table: &Table, currency: &str, filter: &ReportFilter) -> Markup {
    let ticks = ticks(filter);
    let value = |column: &str, tick: &Tick| {
        let is_day = |row: &&Vec<_>| {
            let group = cell_text(table, row, "group");
            group == tick.full && group != TOTAL && cell_text(table, row, "currency") == currency
        };
        cell_decimal(table, table.rows.iter().find(is_day)?, column, MONEY_PLACES)
    };
    let columns = [("this period", "revenue"), ("the period before", "previous_revenue")];
    let series = columns.map(|(name, column)| Series {
        name: name.to_owned(),
        values: ticks.iter().map(|tick| value(column, tick)).collect(),
    });
    let unit = if currency.is_empty() { String::new() } else { format!(" in {currency}") };
    chart::plot(&format!("Revenue by day{unit}"), &ticks, &series, PlotKind::Compared { places: MONEY_PLACES })
}
