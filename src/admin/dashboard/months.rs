//! Where each month of each partner is between import and closing, and the next step.

use maud::{Markup, html};

use crate::admin::dashboard::panel::{cell_text, details, report_table};
use crate::report::overview::{MonthOverview, Overview, PaidState, SUMMARY};

/// The columns that are shown at once; the table that opens has all.
const SHOWN: &[&str] = &["month", "partner", "ours", "theirs", "state"];

/// The CSS class of a month that needs attention.
const ATTENTION: &str = "attention";

/// The current month and those before it, whatever period the page shows.
pub(super) fn render(found: &Overview) -> Markup {
    if found.months.is_empty() {
        return html! { p { "No partner has statement = { … } in the configuration, and no statement is stored." } };
    }
    let [shown, whole] = [SHOWN, SUMMARY].map(|columns| table(found, columns));
    html! {
        (shown)
        @if found.months.iter().any(|month| month.next.is_some()) {
            h3 { "Next steps" }
            ul class="steps" {
                @for month in &found.months {
                    @if let Some(next) = &month.next { li { (month.partner) " " (month.month) ": " code { (next) } } }
                }
            }
        }
        (details(&whole))
        @for note in &found.notes { p class="twins" { (note) } }
    }
}

fn table(found: &Overview, columns: &'static [&'static str]) -> Markup {
    let table = found.table().select(columns);
    let cells = |(row, month): (&Vec<_>, &MonthOverview)| {
        let class = |column: &str| match column {
            "state" if month.needs_attention && month.state.is_open() => ATTENTION,
            "paid" if month.needs_attention && month.paid == Some(PaidState::Overdue) => ATTENTION,
            "state" | "partner" | "next" => "text",
            _ => "",
        };
        let text = |column: &str| match column {
            "state" => cell_text(&table, row, column).replace('_', " "),
            _ => cell_text(&table, row, column),
        };
        columns.iter().map(|column| (text(column), class(column))).collect()
    };
    let rows: Vec<Vec<(String, &str)>> = table.rows.iter().zip(&found.months).map(cells).collect();
    report_table(
        "The current month and those before it by partner, with earlier ones that need attention",
        columns,
        &rows,
    )
}
