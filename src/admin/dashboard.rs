//! The dashboard: one screen that answers whether all is well, what it earns, and what needs somebody; below it the charts, each with its
//! table and with downloads of the same report.

mod attention;
mod cards;
mod filters;
mod heading;
mod months;
mod panel;
mod people;
mod performance;
mod reconciliation;
mod traffic;
mod unusual_days;

use maud::html;

use crate::admin::dashboard::panel::{downloads, filter_query, section};
use crate::admin::process_status::ProcessStatus;
use crate::admin::query::{ReportQuery, StoreUnreadable};
use crate::chart;
use crate::report::ReportFilter;
use crate::report::overview::{OverviewPeriod, default_months};
use crate::report::performance::ReportGrouping;
use crate::time;

/// Renders the page for a period, and for one partner or code if the filter names it.
///
/// # Errors
/// The store cannot be read.
pub fn render(query: &ReportQuery, filter: &ReportFilter, status: ProcessStatus) -> Result<String, StoreUnreadable> {
    let (from, to) = default_months(time::now().hour(), None);
    let overview = query.overview(OverviewPeriod { from, to, with_earlier: true })?;
    let days = query.performance(filter, ReportGrouping::Day, true)?;
    let health = query.partner_health();
    let traffic = traffic::Traffic::read(query, filter)?;
    let people = people::People::read(query, filter)?;
    let unusual = unusual_days::read(query, filter)?;
    let attention = attention::list(&overview, &health, &unusual, status);
    let period = filter_query(filter);
    let by_code = performance::by_code(query, filter)?;
    let compared = |by: &str| format!("{period}&by={by}&compare=yes");
    let main = html! {
        (heading::render(query.service(), filter, status))
        (filters::render(query, filter))
        (attention)
        (cards::render(&days.table, &people, filter))
        (section("Clicks by day", ["clicks"; 2], &period, &traffic.clicks(&unusual)))
        div class="two" {
            (section("By code", ["codes", "performance"], &compared("code"), &by_code))
            (section("Months and statements", ["overview"; 2], "", &months::render(&overview)))
        }
        (section("Searches by day", ["searches"; 2], &period, &traffic.searches(&unusual)))
        (section("Revenue and rates", ["performance"; 2], &compared("day"), &performance::by_day(&days, filter)))
        (section("Partners", ["partners"; 2], "", &traffic::partner_health(&health)))
        (section("Active users", ["active"; 2], &people.query, &people.active_plot(filter)))
        (section("Retention", ["retention"; 2], &people.retention_query, &people.retention_map()))
        (section("Invalid traffic", ["filtered"; 2], &period, &traffic.filtered_table()))
        (section("Reconciliation", ["reconciliation"; 2], &reconciliation::query_of(filter), &reconciliation::render(query, filter)))
        section class="more" {
            h2 { "More reports" }
            @for (name, query) in [("adjustments", period.clone()), ("slices", reconciliation::query_of(filter))] {
                p class="twins" { (name) ": " (downloads(name, &query)) }
            }
        }
    };
    Ok(chart::page(&format!("{}: overview", query.service()), &main))
}
