//! The page that is sent to a partner in a dispute: both sides' numbers of a month, on one self-contained HTML page that opens
//! from a disk or an email, without script and without external resources. The same numbers as CSV and JSON come from
//! [`render`].

use jiff::civil::Date;
use maud::{Markup, html};

use crate::billing::reconcile::render::{self, Heading};
use crate::billing::reconcile::result::{
    ReconciledCode, ReconciledPeriod, ReconciledRow, Reconciliation, SharedPeriod, Status, Unmapped,
};
use crate::billing::reconcile::zone::ZoneShift;
use crate::billing::tolerance::{Tolerance, hundredths};
use crate::chart::{self, PlotKind, Series, Tick};

/// The number of missing days that the verdict names; the table lists them all.
const NAMED_DAYS: usize = 5;

/// Returns the page. `sender` is who sends it.
#[must_use]
pub fn page(sender: &str, heading: &Heading, reconciliation: &Reconciliation, tolerance: Tolerance) -> String {
    let Heading { partner, month, zone, adjustments, .. } = heading;
    let title = format!("{partner}, {month}: our clicks and yours");
    let main = html! {
        h1 { (title) }
        p { "From " (sender) }
        p.verdict { (verdict(reconciliation)) }
        (summary(heading, reconciliation, tolerance))
        (plot(reconciliation, "yours"))
        h2 { "Day by day" }
        (table(heading, reconciliation))
        @if has_uncertain_days(reconciliation) {
            p { "Your days do not begin on a full UTC hour. We divide the clicks of the hours in which they begin in proportion to the "
                "time; \"uncertain\" is by how many clicks the true number of a day may differ, and is allowed besides the tolerance." }
        }
        @for shared in &reconciliation.shared { (shared_note(shared)) }
        @if reconciliation.codes.len() > 1 { h2 { "Code by code" } (code_table(reconciliation)) }
        @if let Some(shift) = reconciliation.shift { (zone_note(zone, shift)) }
        @if !reconciliation.unmapped.is_empty() {
            h2 { "Codes that we do not know" }
            ul { @for row in &reconciliation.unmapped { (unmapped(row)) } }
        }
        h2 { "What we count" }
        p { "We count one click for each link that we sent out: when somebody follows the link of a sponsored result before the link "
            "expires. The click is written to disk before the browser is redirected. The table also lists the clicks that we do not "
            "count: further clicks on the same link (duplicate), clicks after the link expired (expired), prefetches by the browser "
            "(prefetch), link checkers (head), robots and clients that are no known browser (bot), HTTP libraries (library), "
            "requests that open no page (embedded), clicks triggered by another site's page (cross_site), clicks of one network beyond "
            "the rate that people reach (excess), and clicks of one network and browser on the same target within moments "
            "(repeated). We store totals by UTC hour and nothing about any person, so we cannot list individual clicks." }
        @if *adjustments > 0 { p { (adjustments) " more clicks were counted after we closed the month." } }
        p { "The same numbers are attached as CSV and JSON. If the month is closed, the record and our hourly counts are signed." }
    };
    chart::page(&title, &main)
}

fn summary(heading: &Heading, reconciliation: &Reconciliation, tolerance: Tolerance) -> Markup {
    let sum = &reconciliation.month;
    let revenue = sum.revenue.zip(heading.currency.as_ref());
    let days = reconciliation.total_days;
    let partly = reconciliation.compared.as_ref().filter(|compared| compared.days < days);
    html! {
        dl {
            dt { "Clicks that we counted" } dd { (number_or(sum.ours(), "no longer known by hour")) }
            dt { "Clicks that we filtered" } dd { (filtered(sum)) }
            dt { "Clicks that you reported" } dd { (number_or(sum.theirs, "not reported for every day")) }
            dt { "Difference" } dd { (number_or(sum.difference(), "unknown")) (per_cent(sum)) }
            @if let Some(compared) = partly {
                dt { "Difference on the " (compared.days) " of " (days) " days that both of us have" }
                dd { (number_or(compared.row.difference(), "unknown")) (per_cent(&compared.row)) }
            }
            @if let Some((revenue, currency)) = revenue {
                dt { "Revenue that you reported" }
                dd { (revenue) " " (currency.as_str()) @if reconciliation.revenue_days < days {
                    ", for " (reconciliation.revenue_days) " of " (days) " days"
                } }
            }
            dt { "Time zone of the days" } dd { (heading.zone) }
            dt { "Agreed tolerance" } dd {
                (tolerance.clicks) " clicks or " (share(tolerance.day)) " a day, " (share(tolerance.month)) " a month; "
                "more than " (share(tolerance.dispute)) " is a dispute"
            }
        }
    }
}

fn verdict(reconciliation: &Reconciliation) -> String {
    if reconciliation.is_dispute {
        return "The difference is larger than the contract allows. Please look into it.".to_owned();
    }
    match reconciliation.month.status {
        Status::Under => "You reported fewer clicks than we counted, beyond the tolerance.".to_owned(),
        Status::Over => "You reported more clicks than we counted, beyond the tolerance.".to_owned(),
        Status::Matched => "The month agrees: we have the same number of clicks.".to_owned(),
        Status::Within => {
            let difference = reconciliation.month.difference().unwrap_or_default();
            let per_cent = per_cent(&reconciliation.month);
            format!("The month agrees within the tolerance: the difference is {difference} clicks{per_cent}.")
        }
        Status::CodesDiffer => "The month agrees in total, but codes differ beyond the tolerance.".to_owned(),
        Status::MissingTheirs => missing_days(reconciliation),
        Status::NoStatement | Status::NoData => "We have no statement of yours for this month.".to_owned(),
        Status::Suppressed => "Your statement does not report the clicks of every day.".to_owned(),
        Status::Provisional => "The month is provisional: some days are not over or not final.".to_owned(),
        Status::MissingOurs | Status::Unmapped => "You reported clicks that we cannot assign.".to_owned(),
        Status::Uncounted => "We do not count the clicks of this partner.".to_owned(),
        Status::RolledUp => "We no longer have our clicks of this month by hour, and cannot cut your days.".to_owned(),
    }
}

/// As "Your statement is missing 17 October."
fn missing_days(reconciliation: &Reconciliation) -> String {
    let is_missing = |period: &&ReconciledPeriod| period.row.status == Status::MissingTheirs;
    let missing: Vec<&ReconciledPeriod> = reconciliation.periods.iter().filter(is_missing).collect();
    let name = |period: &&ReconciledPeriod| match (day_name(period.first), day_name(period.last)) {
        (first, last) if first == last => first,
        (first, last) => format!("{first} to {last}"),
    };
    let names: Vec<String> = missing.iter().map(name).collect();
    match names.as_slice() {
        [day] => format!("Your statement is missing {day}."),
        [days @ .., last] if names.len() <= NAMED_DAYS => {
            format!("Your statement is missing {} and {last}.", days.join(", "))
        }
        _ => {
            format!("Your statement is missing {} days.", missing.iter().map(|period| period.day_count()).sum::<u32>())
        }
    }
}

fn day_name(day: Date) -> String {
    day.strftime("%-d %B").to_string()
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

fn number_or(number: Option<impl ToString>, otherwise: &str) -> String {
    number.map_or(otherwise.to_owned(), |number| number.to_string())
}

fn per_cent(row: &ReconciledRow) -> String {
    row.per_cent().map_or(String::new(), |share| format!(" ({} %)", hundredths(share)))
}

/// The clicks that are not counted, with their share of all clicks: the rate of invalid traffic.
fn filtered(row: &ReconciledRow) -> String {
    let Some((own, ours)) = row.own.zip(row.ours()) else { return "no longer known by hour".to_owned() };
    let all: u64 = own.outcomes.iter().sum();
    let filtered = all.saturating_sub(ours);
    match (filtered * 10_000 + all / 2).checked_div(all).and_then(|hundredths| u32::try_from(hundredths).ok()) {
        Some(rate) => format!("{filtered} ({})", share(rate)),
        None => filtered.to_string(),
    }
}

fn share(share: u32) -> String {
    format!("{} %", hundredths(share.into()))
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

/// Returns a table of the codes, over the days that both sides have.
fn code_table(reconciliation: &Reconciliation) -> Markup {
    let row = |ReconciledCode { name, row }: &ReconciledCode| {
        let number = |number: Option<i64>| number_or(number, "");
        let status = row.status.as_str().to_owned();
        let class = status_class(&status);
        vec![
            (name.clone(), ""),
            (status, class),
            (number_or(row.ours(), ""), ""),
            (number(row.theirs), ""),
            (number(row.difference()), ""),
            (row.per_cent().map_or(String::new(), hundredths), ""),
        ]
    };
    let rows: Vec<Vec<(String, &str)>> = reconciliation.codes.iter().map(row).collect();
    let columns = ["code", "status", "ours", "theirs", "difference", "per_cent"];
    chart::table("Sponsored clicks by code, on the days that both of us have", &columns, &rows)
}

fn has_uncertain_days(reconciliation: &Reconciliation) -> bool {
    reconciliation.periods.iter().filter_map(|period| period.row.own).any(|own| own.uncertain > 0)
}

fn shared_note(SharedPeriod { first, last, inside, outside }: &SharedPeriod) -> Markup {
    html! {
        p { (first) " to " (last) " is in two months and belongs to the month in which it ends. Of our clicks, "
            (number_or(*inside, "an unknown number")) " are of its days in this month and "
            (number_or(*outside, "an unknown number")) " of its days in the other." }
    }
}

/// Returns the CSS class of a status: its own name if it is out of tolerance, so that it stands out.
fn status_class(name: &str) -> &'static str {
    Status::parse(name).filter(|status| status.is_out_of_tolerance()).map_or("text", Status::as_str)
}

/// Returns a plot with two bars for each day, ours and the partner's. `theirs` is the label of the latter.
#[must_use]
pub fn plot(reconciliation: &Reconciliation, theirs: &str) -> Markup {
    let series = |name: &str, value: fn(&ReconciledRow) -> Option<u64>| Series {
        name: name.to_owned(),
        values: reconciliation.periods.iter().map(|period| value(&period.row)).collect(),
    };
    let reported = |row: &ReconciledRow| row.theirs.and_then(|clicks| u64::try_from(clicks).ok());
    let series = [series("ours", ReconciledRow::ours), series(theirs, reported)];
    let tick = |period: &ReconciledPeriod| Tick {
        short: period.first.day().to_string(),
        full: format!("{period}, {}", period.row.status.as_str()),
        is_marked: period.row.status.is_out_of_tolerance(),
    };
    let ticks: Vec<Tick> = reconciliation.periods.iter().map(tick).collect();
    chart::plot("Sponsored clicks by day (see the table for the numbers)", &ticks, &series, PlotKind::Grouped)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use strum::VariantArray as _;

    use super::*;
    use crate::billing::reconcile::result::OwnCounts;
    use crate::billing::year_month::YearMonth;
    use crate::counts::cells::ClickOutcome;

    fn heading() -> Heading {
        Heading {
            partner: "<p>".to_owned(),
            month: YearMonth::parse("2026-10").unwrap(),
            zone: "UTC".to_owned(),
            currency: None,
            adjustments: 0,
        }
    }

    fn row(status: Status) -> ReconciledRow {
        let outcomes = [3; ClickOutcome::VARIANTS.len()];
        ReconciledRow {
            own: Some(OwnCounts { outcomes, ..OwnCounts::default() }),
            theirs: Some(1),
            their_searches: None,
            revenue: None,
            status,
        }
    }

    fn reconciliation(days: &[(Date, Status)], month: Status, is_dispute: bool) -> Reconciliation {
        Reconciliation {
            periods: days
                .iter()
                .map(|(day, status)| ReconciledPeriod { first: *day, last: *day, row: row(*status), codes: Vec::new() })
                .collect(),
            month: row(month),
            compared: None,
            total_days: 31,
            revenue_days: 0,
            codes: Vec::new(),
            shared: Vec::new(),
            is_dispute,
            unmapped: Vec::new(),
            shift: None,
        }
    }

    #[test]
    fn explains_every_outcome() {
        let reconciliation = reconciliation(&[(date(2026, 10, 1), Status::Under)], Status::Under, true);
        let page = page("Finder, Example Ltd", &heading(), &reconciliation, Tolerance::default());
        // Forged clicks belong to no partner, and so to no month.
        for outcome in ClickOutcome::VARIANTS.iter().filter(|outcome| **outcome != ClickOutcome::Forged) {
            let explanation = if *outcome == ClickOutcome::Counted {
                "We count one click".to_owned()
            } else {
                format!("({})", outcome.as_str())
            };
            assert!(page.contains(&explanation), "{explanation}");
        }
        assert!(page.contains("&lt;p&gt;") && !page.contains("<script") && page.contains("(66.67 %)"));
    }

    #[test]
    fn states_the_rate_of_invalid_traffic() {
        let row = |outcomes: &[u64]| {
            let mut row = row(Status::Matched);
            let outcomes = std::array::from_fn(|nth| outcomes.get(nth).copied().unwrap_or_default());
            row.own = Some(OwnCounts { outcomes, ..OwnCounts::default() });
            row
        };
        assert_eq!(filtered(&row(&[])), "0");
        assert_eq!(filtered(&row(&[8])), "0 (0.00 %)");
        assert_eq!(filtered(&row(&[9_999, 1])), "1 (0.01 %)");
        assert_eq!(filtered(&row(&[2, 0, 0, 0, 0, 0, 0, 0, 1])), "1 (33.33 %)");
        assert_eq!(filtered(&row(&[0, 5])), "5 (100.00 %)");
    }

    #[test]
    fn the_verdict_names_missing_days() {
        let missing = |days: &[i8]| {
            let days: Vec<_> = days.iter().map(|day| (date(2026, 10, *day), Status::MissingTheirs)).collect();
            let days = [&days[..], &[(date(2026, 10, 31), Status::Matched)]].concat();
            verdict(&reconciliation(&days, Status::MissingTheirs, false))
        };
        assert_eq!(missing(&[17]), "Your statement is missing 17 October.");
        assert_eq!(missing(&[1, 2, 17]), "Your statement is missing 1 October, 2 October and 17 October.");
        assert_eq!(missing(&[1, 2, 3, 4, 5, 6]), "Your statement is missing 6 days.");
    }

    #[test]
    fn only_a_status_out_of_tolerance_stands_out() {
        assert_eq!(["under", "missing_theirs"].map(status_class), ["under", "missing_theirs"]);
        assert_eq!(["matched", "provisional", "x"].map(status_class), ["text", "text", "text"]);
    }
}
