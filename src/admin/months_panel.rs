//! The panel of months: where each month of each partner is between import and closing, and the next step.

use maud::{Markup, html};

use crate::admin::panel::{cell_text, details};
use crate::admin::query::{ReportQuery, StoreUnreadable};
use crate::chart;
use crate::report::overview::{Overview, OverviewPeriod, PaidState, SUMMARY, default_months};
use crate::time;

/// The CSS class of a month that needs attention.
const ATTENTION: &str = "attention";

/// Renders the panel: the current month and those before it, whatever period the page shows.
///
/// # Errors
/// The store cannot be read.
pub(super) fn render(query: &ReportQuery) -> Result<Markup, StoreUnreadable> {
    let (from, to) = default_months(time::now().hour(), None);
    let found = query.overview(OverviewPeriod { from, to, with_earlier: true })?;
    if found.months.is_empty() {
        return Ok(
            html! { p { "No partner has statement = { … } in the configuration, and no statement is stored." } },
        );
    }
    let whole = found.table();
    let table = whole.select(SUMMARY);
    let cells = |(row, month): (&Vec<_>, _)| {
        let month: &crate::report::overview::MonthOverview = month;
        let class = |column: &str| match column {
            "state" if month.needs_attention && month.state.is_open() => ATTENTION,
            "paid" if month.needs_attention && month.paid == Some(PaidState::Overdue) => ATTENTION,
            _ => "",
        };
        SUMMARY.iter().map(|column| (cell_text(&table, row, column), class(column))).collect()
    };
    let rows: Vec<Vec<(String, &str)>> = table.rows.iter().zip(&found.months).map(cells).collect();
    let caption = format!("Months {from} to {to} by partner, with earlier ones that need attention, and the next step");
    Ok(html! {
        p { (sentence(&found)) }
        (chart::table(&caption, SUMMARY, &rows))
        @if !found.notes.is_empty() { (details(&html! { @for note in &found.notes { p { (note) } } })) }
    })
}

/// How many months need attention, and which.
fn sentence(found: &Overview) -> String {
    let open = found.months.iter().filter(|month| month.needs_attention);
    let named: Vec<String> = open.map(|month| format!("{} {}", month.partner, month.month)).collect();
    match named.len() {
        0 => "No month needs attention.".to_owned(),
        1 => format!("1 month needs attention: {}.", named.join(", ")),
        n => format!("{n} months need attention: {}.", named.join(", ")),
    }
}
