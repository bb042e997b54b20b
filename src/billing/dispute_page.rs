//! The page of a dispute: what both sides say of a month, on one sheet that opens from a disk or an e-mail, without script and
//! without anything loaded. Beside it go the same numbers as CSV and JSON ([`super::told`]).

use maud::{Markup, html};

use crate::billing::reconcile::render::{self, Heading};
use crate::billing::reconcile::{ReconciledRow, Reconciliation, Status};
use crate::billing::tolerance::Tolerance;
use crate::chart::{self, PlotKind, Series, Tick};

/// The page.
#[must_use]
pub fn page(heading: &Heading, found: &Reconciliation, tolerance: Tolerance) -> String {
    let Heading { partner, month, zone, currency, adjustments } = heading;
    let title = format!("{partner}, {month}: our clicks and yours");
    let sum = &found.month;
    let money =
        sum.revenue.zip(currency.as_ref()).map(|(revenue, currency)| format!("{revenue} {}", currency.as_str()));
    let main = html! {
        h1 { (title) }
        p.verdict { (verdict(sum, found.is_dispute)) }
        dl {
            dt { "Clicks that we counted" } dd { (sum.ours()) }
            dt { "Clicks that you state" } dd { (sum.theirs.map_or("not told for every day".to_owned(), |n| n.to_string())) }
            dt { "Difference" } dd { (sum.difference().map_or("unknown".to_owned(), |n| n.to_string())) (per_cent(sum)) }
            @if let Some(money) = money { dt { "Money that you state" } dd { (money) } }
            dt { "Days of" } dd { (zone) }
            dt { "Agreed tolerance" } dd {
                (tolerance.clicks) " clicks or " (share(tolerance.day)) " a day, " (share(tolerance.month)) " a month; "
                "more than " (share(tolerance.dispute)) " is a dispute"
            }
        }
        (plot(found, "yours"))
        h2 { "Day by day" }
        (table(heading, found))
        @if let Some(shift) = found.shift {
            p { "Your days seem to begin " (shift.hours.unsigned_abs()) " hours " @if shift.hours > 0 { "later" } @else { "earlier" }
                " than those of " (zone) ": the differences of all days would sum up to " (shift.then) " instead of " (shift.now) "." }
        }
        @if !found.unmapped.is_empty() {
            h2 { "Codes that we do not know" }
            ul { @for row in &found.unmapped {
                li { (row.day) ": " (row.code) ", " (row.clicks.map_or("clicks not told".to_owned(), |n| format!("{n} clicks"))) }
            } }
        }
        h2 { "What we count" }
        p { "A click is counted once for each link that was given out, when it is followed within the link's life, by a sponsored "
            "result alone. It is written to disk before the browser is sent on. What is not counted stands in the table: second clicks of "
            "a link (duplicate), clicks after its life (expired), fetches ahead of the person (prefetch), link checkers (head), agents that "
            "call themselves robots (bot), clicks that another site's page made (cross_site). We keep sums by the UTC hour and "
            "nothing of any person, so no single click can be named." }
        @if *adjustments > 0 { p { (adjustments) " more counted clicks came after we had closed the month." } }
        p { "Beside this page: the same numbers as CSV and JSON. If the month is closed, the record and our counts by the hour are signed." }
    };
    chart::frame(&title, &main)
}

fn verdict(sum: &ReconciledRow, is_dispute: bool) -> &'static str {
    match (sum.status, is_dispute) {
        (_, true) => "The difference is larger than the contract allows: we ask you to look into it.",
        (Status::Under, _) => "You state fewer clicks than we counted, beyond the tolerance.",
        (Status::Over, _) => "You state more clicks than we counted, beyond the tolerance.",
        (Status::Matched | Status::Within, _) => "The month agrees within the tolerance.",
        (Status::MissingTheirs | Status::Suppressed | Status::Provisional, _) => {
            "Your statements do not tell of every day yet."
        }
        (Status::MissingOurs | Status::Unmapped, _) => "You state clicks that we cannot place.",
        (Status::Uncounted, _) => "Clicks of this partner are not counted here.",
    }
}

fn per_cent(line: &ReconciledRow) -> String {
    line.per_cent().map_or(String::new(), |hundredths| format!(" ({} %)", render::hundredths(hundredths)))
}

fn share(hundredths: u32) -> String {
    format!("{} %", render::hundredths(hundredths.into()))
}

/// Every day and the month, with all that became of clicks.
#[must_use]
pub fn table(heading: &Heading, found: &Reconciliation) -> Markup {
    let cell = |(place, cell): (usize, String)| {
        let class = if place == 1 { Status::class(&cell) } else { "" };
        (cell, class)
    };
    let row = |row: Vec<String>| row.into_iter().enumerate().map(cell).collect();
    let rows: Vec<Vec<(String, &str)>> = render::rows(heading, found).into_iter().map(row).collect();
    chart::table("Sponsored clicks, and what else became of clicks", &render::columns(), &rows)
}

/// Two bars for each day, ours and the partner's.
#[must_use]
pub fn plot(found: &Reconciliation, theirs: &str) -> Markup {
    let of = |name: &str, value: fn(&ReconciledRow) -> Option<u64>| Series {
        name: name.to_owned(),
        values: found.days.iter().map(|(_, line)| value(line)).collect(),
    };
    let stated = |line: &ReconciledRow| line.theirs.and_then(|n| u64::try_from(n).ok());
    let series = [of("ours", |line| Some(line.ours())), of(theirs, stated)];
    let tick = |(day, line): &(jiff::civil::Date, ReconciledRow)| Tick {
        short: day.day().to_string(),
        full: format!("{day}, {}", line.status.as_str()),
        is_marked: line.status.is_out(),
    };
    let ticks: Vec<Tick> = found.days.iter().map(tick).collect();
    chart::plot("sponsored clicks by day; the same numbers stand in the table", &ticks, &series, PlotKind::Beside)
}

#[cfg(test)]
mod tests {
    use super::*;
    use strum::VariantArray as _;

    use crate::counts::cells::ClickOutcome;

    #[test]
    fn every_outcome_is_explained() {
        let heading = Heading {
            partner: "<p>".to_owned(),
            month: "2026-10".to_owned(),
            zone: "UTC".to_owned(),
            currency: None,
            adjustments: 0,
        };
        let line = ReconciledRow {
            outcomes: [3; ClickOutcome::VARIANTS.len()],
            organic: 0,
            searches: 0,
            theirs: Some(1),
            their_searches: None,
            revenue: None,
            status: Status::Under,
        };
        let day = jiff::civil::date(2026, 10, 1);
        let found = Reconciliation {
            days: vec![(day, line.clone())],
            month: line,
            is_dispute: true,
            unmapped: Vec::new(),
            shift: None,
        };
        let page = page(&heading, &found, Tolerance::default());
        // Forged clicks have no partner, and so are in no month.
        for outcome in ClickOutcome::VARIANTS.iter().copied().filter(|outcome| *outcome != ClickOutcome::Forged) {
            let told = if outcome == ClickOutcome::Counted {
                "is counted".to_owned()
            } else {
                format!("({})", outcome.as_str())
            };
            assert!(page.contains(&told), "{told}");
        }
        assert!(page.contains("&lt;p&gt;") && !page.contains("<script") && page.contains("(66.67 %)"));
    }
}
