//! The page that is sent to a partner in a dispute: both sides' numbers of a month, on one self-contained HTML page that opens
//! from a disk or an email and prints on A4, without script and without external resources. It names who sends it, when, and which statements
//! it is about. The same numbers as CSV and JSON come from [`render`].

mod tables;
mod words;

#[cfg(test)]
mod tests;

use jiff::civil::Date;
use maud::{Markup, html};

use crate::billing::reconcile::render::{self, Heading};
use crate::billing::reconcile::result::{
    ReconciledPeriod, ReconciledRow, Reconciliation, SharedPeriod, Status, Unmapped,
};
use crate::billing::reconcile::zone::ZoneShift;
use crate::billing::store::StoredStatement;
use crate::billing::tolerance::Tolerance;
use crate::chart::{self, PlotKind, Series, Tick};

/// Who sends the page, when, and what it is about.
#[derive(Debug, Clone, Copy)]
pub struct Letterhead<'l> {
    /// The name of the service.
    pub service: &'l str,
    /// The person or company that runs it.
    pub operator: Option<&'l str>,
    /// Where to reach them: an `https:` or `mailto:` address.
    pub contact: Option<&'l str>,
    /// The day on which the page is made.
    pub date: Date,
    /// The statements whose numbers are compared.
    pub statements: &'l [StoredStatement],
    /// The number of the closing record, if the month is closed.
    pub closed: Option<i64>,
}

/// Returns the page.
#[must_use]
pub fn page(from: &Letterhead<'_>, heading: &Heading, reconciliation: &Reconciliation, tolerance: Tolerance) -> String {
    let Heading { partner, month, zone, adjustments, .. } = heading;
    let title = format!("{partner}, {month}: our clicks and yours");
    let main = html! {
        h1 { (title) }
        (sender(from))
        p.verdict { (words::verdict(reconciliation)) }
        (summary(heading, reconciliation, tolerance))
        (plot(reconciliation, "yours", words::status))
        h2 { "Day by day" }
        (tables::days(heading, reconciliation))
        @if has_uncertain_days(reconciliation) {
            p { "Your days do not begin on a full UTC hour. We divide the clicks of the hours in which they begin in proportion to the "
                "time. The true number of a day may differ by the clicks that are called uncertain in the attached CSV, which are allowed "
                "besides the tolerance." }
        }
        @for shared in &reconciliation.shared { (shared_note(shared)) }
        @if reconciliation.codes.len() > 1 { h2 { "Code by code" } (tables::codes(reconciliation)) }
        @if let Some(shift) = reconciliation.shift { (zone_note(zone, shift)) }
        @if !reconciliation.unmapped.is_empty() {
            h2 { "Codes that we do not know" }
            ul { @for row in &reconciliation.unmapped { (unmapped(row)) } }
        }
        h2 { "Your statements" }
        (statements(from.statements))
        h2 { "What we count" }
        p { "We count one click for each link that we sent out: when somebody follows the link of a sponsored result before the link "
            "expires. The click is written to disk before the browser is redirected. We store totals by UTC hour and nothing about any "
            "person, so we cannot list individual clicks." }
        @if !heading.archives.is_empty() {
            p { "The hours of old months are rolled up into days. Our numbers above are from the hours that we signed when we closed the month." }
        }
        @if let Some(own) = reconciliation.month.own { (tables::not_counted(&own)) }
        @if *adjustments > 0 { p { (adjustments) " more clicks were counted after we closed the month." } }
        p { "The same numbers are attached as CSV and JSON, with every column. "
            @match from.closed {
                Some(number) => { "We closed the month with record " (number) ": the record and our hourly counts are signed." },
                None => "We have not closed the month."
            } }
    };
    chart::page(&title, &main)
}

/// Who sends the page and when.
fn sender(from: &Letterhead<'_>) -> Markup {
    let Letterhead { service, operator, contact, date, .. } = from;
    html! {
        dl {
            dt { "From" } dd { @if let Some(operator) = operator { (operator) ", " } (service) }
            @if let Some(contact) = contact { dt { "Contact" } dd { a href=(contact) { (contact.trim_start_matches("mailto:")) } } }
            dt { "Date" } dd { (date) }
        }
    }
}

/// Which files the partner's numbers are from.
fn statements(statements: &[StoredStatement]) -> Markup {
    html! {
        @if statements.is_empty() { p { "We have no statement of yours for this month." } }
        @else {
            ul { @for statement in statements {
                li { "Statement " (statement.number) ", " (statement.first) " to " (statement.last) ", received " (statement.imported)
                    ", SHA-256 of the file: " code { (statement.sha256) } }
            } }
        }
    }
}

fn summary(heading: &Heading, reconciliation: &Reconciliation, tolerance: Tolerance) -> Markup {
    let sum = &reconciliation.month;
    let revenue = sum.revenue.zip(heading.currency.as_ref());
    let days = reconciliation.total_days;
    let partly = reconciliation.compared.as_ref().filter(|compared| compared.days < days);
    html! {
        dl {
            dt { "Clicks that we counted" } dd { (words::number_or(sum.ours(), "no longer known by hour")) }
            dt { "Clicks that we did not count" } dd { (words::filtered(sum)) }
            dt { "Clicks that you reported" } dd { (words::number_or(sum.theirs, "not reported for every day")) }
            dt { "Difference" } dd { (words::number_or(sum.difference(), "unknown")) (words::per_cent(sum)) }
            @if let Some(compared) = partly {
                dt { "Difference on the " (compared.days) " of " (days) " days that both of us have" }
                dd { (words::number_or(compared.row.difference(), "unknown")) (words::per_cent(&compared.row)) }
            }
            @if let Some((revenue, currency)) = revenue {
                dt { "Revenue that you reported" }
                dd { (revenue) " " (currency.as_str()) @if reconciliation.revenue_days < days {
                    ", for " (reconciliation.revenue_days) " of " (days) " days"
                } }
            }
            dt { "Time zone of the days" } dd { (heading.zone) }
            dt { "Agreed tolerance" } dd {
                (tolerance.clicks) " clicks or " (words::share(tolerance.day)) " a day, " (words::share(tolerance.month)) " a month; "
                "more than " (words::share(tolerance.dispute)) " is a dispute"
            }
        }
    }
}

fn zone_note(zone: &str, shift: ZoneShift) -> Markup {
    html! {
        p { "Your days seem to begin " (shift.hours.unsigned_abs()) " hours " @if shift.hours > 0 { "later" } @else { "earlier" }
            " than days in " (zone) ": the differences of all days would then add up to " (shift.then) " instead of " (shift.now) "." }
    }
}

fn unmapped(row: &Unmapped) -> Markup {
    let clicks = row.clicks.map_or("clicks not reported".to_owned(), |clicks| format!("{clicks} clicks"));
    html! { li { (row.day) ": " (row.code) ", " (clicks) } }
}

/// Returns a table of every day and the month, with the clicks of every outcome.
#[must_use]
pub fn table(heading: &Heading, reconciliation: &Reconciliation) -> Markup {
    let cell = |(column, cell): (usize, String)| {
        let class = if column == 1 { status_class(&cell) } else { "" };
        (cell, class)
    };
    let row = |row: Vec<String>| row.into_iter().enumerate().map(cell).collect();
    let rows: Vec<Vec<(String, &str)>> = render::rows(heading, reconciliation).into_iter().map(row).collect();
    chart::table("Sponsored clicks by day and outcome", &render::columns(reconciliation), &rows)
}

fn has_uncertain_days(reconciliation: &Reconciliation) -> bool {
    reconciliation.periods.iter().filter_map(|period| period.row.own).any(|own| own.uncertain > 0)
}

fn shared_note(SharedPeriod { first, last, inside, outside }: &SharedPeriod) -> Markup {
    html! {
        p { (first) " to " (last) " is in two months and belongs to the month in which it ends. Of our clicks, "
            (words::number_or(*inside, "an unknown number")) " are of its days in this month and "
            (words::number_or(*outside, "an unknown number")) " of its days in the other." }
    }
}

/// Returns the CSS class of a status: its own name if it is out of tolerance, so that it stands out.
fn status_class(name: &str) -> &'static str {
    Status::parse(name).filter(|status| status.is_out_of_tolerance()).map_or("text", Status::as_str)
}

/// Returns a plot with two bars for each day, ours and the partner's. `theirs` is the label of the latter, and `describe` returns the words
/// for a status.
#[must_use]
pub fn plot(reconciliation: &Reconciliation, theirs: &str, describe: fn(Status) -> &'static str) -> Markup {
    let series = |name: &str, value: fn(&ReconciledRow) -> Option<u64>| Series {
        name: name.to_owned(),
        values: reconciliation.periods.iter().map(|period| value(&period.row)).collect(),
    };
    let reported = |row: &ReconciledRow| row.theirs.and_then(|clicks| u64::try_from(clicks).ok());
    let series = [series("ours", ReconciledRow::ours), series(theirs, reported)];
    let tick = |period: &ReconciledPeriod| Tick {
        short: period.first.day().to_string(),
        full: format!("{period}, {}", describe(period.row.status)),
        is_marked: period.row.status.is_out_of_tolerance(),
    };
    let ticks: Vec<Tick> = reconciliation.periods.iter().map(tick).collect();
    chart::plot("Sponsored clicks by day (see the table for the numbers)", &ticks, &series, PlotKind::Grouped)
}
