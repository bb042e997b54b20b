//! The panel of performance: revenue, clicks and searches by day with the period before, and a table by partner.

use maud::{Markup, html};

use crate::admin::panel::{cell_amount, cell_number, cell_text, details, plain_cells, ticks};
use crate::admin::query::{ReportQuery, StoreUnreadable};
use crate::chart::{self, PlotKind, Series, Tick};
use crate::report::performance::{COMPARED_SUMMARY, Performance, ReportGrouping, SUMMARY};
use crate::report::table::{Table, TableValue};
use crate::report::{ReportFilter, TOTAL};

/// Decimal places of money in a plot.
const MONEY_PLACES: u32 = 2;

/// A number by day, of a table of performance.
struct Measure {
    /// The title of the plot.
    title: String,
    /// The column, and that of the period before.
    columns: [&'static str; 2],
    /// The currency of the rows; None for counts, which are in the first row of a day.
    currency: Option<String>,
}

/// Renders the panel.
///
/// # Errors
/// The store cannot be read.
pub(super) fn render(query: &ReportQuery, filter: &ReportFilter) -> Result<Markup, StoreUnreadable> {
    let Performance { table: days, .. } = query.performance(filter, ReportGrouping::Day, true)?;
    let Performance { table: partners, notes } = query.performance(filter, ReportGrouping::Partner, true)?;
    if days.rows.iter().all(|row| is_empty(&days, row)) {
        return Ok(html! { p { "No searches, clicks or statements in this period." } });
    }
    let mut measures: Vec<Measure> = currencies(&days).into_iter().map(revenue).collect();
    measures.push(counts("Counted sponsored clicks by day", ["clicks", "previous_clicks"]));
    measures.push(counts("Answered searches by day", ["searches", "previous_searches"]));
    let rows = |table: &Table| table.rows.iter().map(|row| plain_cells(row)).collect::<Vec<_>>();
    let summary = partners.select(COMPARED_SUMMARY);
    let by_day = days.select(SUMMARY);
    let caption = "The period by partner, and as a whole (*); changes against the period before";
    Ok(html! {
        (chart::table(caption, summary.columns, &rows(&summary)))
        @for measure in &measures { (plot(&days, measure, filter)) }
        (details(&chart::table("Performance by day", by_day.columns, &rows(&by_day))))
        details { summary { "Notes" } @for note in &notes { p { (note) } } }
    })
}

fn counts(title: &str, columns: [&'static str; 2]) -> Measure {
    Measure { title: title.to_owned(), columns, currency: None }
}

fn revenue(currency: String) -> Measure {
    let unit = if currency.is_empty() { String::new() } else { format!(" in {currency}") };
    let columns = ["revenue", "previous_revenue"];
    Measure { title: format!("Revenue by day{unit}"), columns, currency: Some(currency) }
}

/// Whether a row has no counts and no revenue, of either period.
fn is_empty(table: &Table, row: &[TableValue]) -> bool {
    let is_zero = |column: &&str| matches!(cell_number(table, row, column), None | Some(0));
    let has_revenue = |column: &&str| cell_amount(table, row, column, MONEY_PLACES).is_some();
    ["searches", "clicks", "previous_searches", "previous_clicks"].iter().all(is_zero)
        && !["revenue", "previous_revenue"].iter().any(has_revenue)
}

/// The currencies of all revenue, in order.
fn currencies(table: &Table) -> Vec<String> {
    let has_revenue = |row: &&Vec<TableValue>| {
        ["revenue", "previous_revenue"].iter().any(|column| cell_amount(table, row, column, MONEY_PLACES).is_some())
    };
    let mut currencies: Vec<String> =
        table.rows.iter().filter(has_revenue).map(|row| cell_text(table, row, "currency")).collect();
    currencies.sort_unstable();
    currencies.dedup();
    currencies
}

fn plot(table: &Table, measure: &Measure, filter: &ReportFilter) -> Markup {
    let ticks = ticks(filter);
    let value = |column: &str, tick: &Tick| {
        let is_day = |row: &&Vec<TableValue>| cell_text(table, row, "group") == tick.full;
        let mut rows = table.rows.iter().filter(is_day).filter(|row| cell_text(table, row, "group") != TOTAL);
        match &measure.currency {
            None => cell_number(table, rows.next()?, column),
            Some(currency) => {
                let row = rows.find(|row| cell_text(table, row, "currency") == *currency)?;
                cell_amount(table, row, column, MONEY_PLACES)
            }
        }
    };
    let [now, before] = measure.columns;
    let series = [("this period", now), ("the period before", before)].map(|(name, column)| Series {
        name: name.to_owned(),
        values: ticks.iter().map(|tick| value(column, tick)).collect(),
    });
    let places = if measure.currency.is_some() { MONEY_PLACES } else { 0 };
    chart::plot(&measure.title, &ticks, &series, PlotKind::Compared { places })
}
