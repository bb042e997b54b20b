//! The tables of the page for a dispute. They are narrow enough for a sheet of paper; the attached CSV has every column.

use maud::Markup;
use strum::VariantArray as _;

use crate::billing::dispute_page::words;
use crate::billing::reconcile::render::Heading;
use crate::billing::reconcile::result::{OwnCounts, ReconciledRow, Reconciliation};
use crate::billing::tolerance::hundredths;
use crate::chart;
use crate::counts::cells::ClickOutcome;

/// What stands for a number that is not known.
const UNKNOWN: &str = "–";

/// The columns of the table of days.
const COLUMNS: [&str; 8] =
    ["day", "result", "our clicks", "your clicks", "difference", "in per cent", "your revenue", "not counted"];

/// Returns the table of all days, with the month as its last row.
pub(super) fn days(heading: &Heading, reconciliation: &Reconciliation) -> Markup {
    let mut rows: Vec<_> =
        reconciliation.periods.iter().map(|period| cells(&period.to_string(), &period.row)).collect();
    rows.push(cells(&heading.month.to_string(), &reconciliation.month));
    chart::table("Sponsored clicks by day; the last row is the month", &COLUMNS, &rows)
}

/// Returns the table of the codes, over the days that both sides have.
pub(super) fn codes(reconciliation: &Reconciliation) -> Markup {
    let rows: Vec<_> = reconciliation.codes.iter().map(|code| cells(&code.name, &code.row)).collect();
    let columns: Vec<&str> = ["code"].into_iter().chain(COLUMNS.into_iter().skip(1)).collect();
    chart::table("Sponsored clicks by code, on the days that both of us have", &columns, &rows)
}

fn cells(name: &str, row: &ReconciledRow) -> Vec<(String, &'static str)> {
    let class = if row.status.is_out_of_tolerance() { row.status.as_str() } else { "text" };
    let not_counted = row.own.map(|own| own.outcomes.iter().skip(1).fold(0, |sum: u64, n| sum.saturating_add(*n)));
    let plain = |text: String| (text, "");
    vec![
        plain(name.to_owned()),
        (words::status(row.status).to_owned(), class),
        plain(words::number_or(row.ours(), UNKNOWN)),
        plain(words::number_or(row.theirs, UNKNOWN)),
        plain(words::number_or(row.difference(), UNKNOWN)),
        plain(words::number_or(row.per_cent().map(hundredths), UNKNOWN)),
        plain(words::number_or(row.revenue, UNKNOWN)),
        plain(words::number_or(not_counted, UNKNOWN)),
    ]
}

/// Returns the clicks of the month that we did not count, by reason. Clicks on links that we did not make belong to no partner.
pub(super) fn not_counted(own: &OwnCounts) -> Markup {
    let of_partner =
        ClickOutcome::VARIANTS.iter().zip(own.outcomes).filter(|(outcome, _)| **outcome != ClickOutcome::Forged);
    let row = |(outcome, n): (&ClickOutcome, u64)| {
        let reason = words::reason(*outcome)?;
        Some(vec![(format!("{reason} ({})", outcome.as_str()), ""), (n.to_string(), "")])
    };
    let rows: Vec<_> = of_partner.filter_map(row).collect();
    chart::table("Clicks of the month that we did not count, by reason", &["reason", "clicks"], &rows)
}
