//! Our clicks beside each partner's, by day in the statement's time zone.

use maud::{Markup, html};

use crate::admin::dashboard::panel::{details, downloads, filter_query};
use crate::admin::query::ReportQuery;
use crate::billing::contract::Contract;
use crate::billing::dispute_page;
use crate::billing::month::ReconciledMonth;
use crate::billing::reconcile::result::Status;
use crate::report::ReportFilter;

/// The query of the report: a statement covers all codes together.
pub(super) fn query_of(filter: &ReportFilter) -> String {
    filter_query(&ReportFilter { code: None, ..filter.clone() })
}

pub(super) fn render(query: &ReportQuery, filter: &ReportFilter) -> Markup {
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
    let of_partner = ReportFilter { partner: Some(heading.partner.to_string()), ..filter.clone() };
    let status = found.month.status;
    html! {
        h3 { (heading.partner) ", " (heading.month) ": " (status.as_str().replace('_', " ")) }
        @if status == Status::NoData {
            p { "No clicks and no statement." }
        } @else {
            p class="twins" {
                "Days in " (heading.zone) ". The last row of the table is the whole month. "
                (downloads("reconciliation", &query_of(&of_partner)))
            }
            @if found.is_dispute { p { "The difference exceeds the dispute threshold agreed with the partner." } }
            // Without a statement every day differs, which says nothing.
            @if status.is_without_statement() { p { "No statement covers this month." } }
            @else { (dispute_page::plot(found, "theirs", Status::as_str)) }
            (details(&dispute_page::table(heading, found)))
        }
    }
}
