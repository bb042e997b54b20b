//! The page of a dispute: what both sides say of a month, on one sheet that opens from a disk or an e-mail, without script and
//! without anything loaded. Beside it go the same numbers as CSV and JSON ([`super::told`]).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::told::{self, Heading};
use super::{Line, Reconciliation, Status};
use crate::billing::tolerance::Tolerance;

/// The page's style; the policy of the page names its hash.
const STYLE: &str = include_str!("pack.css");

/// The plot, in units of its own: its height without the days below it, and the width of a day.
const HEIGHT: u64 = 220;
const DAY: u64 = 28;
/// The width of one of a day's two bars.
const BAR: u64 = 11;
/// Room for the scale at the left, and for the days below.
const SCALE: u64 = 60;
const FOOT: u64 = 22;

/// The page.
#[must_use]
pub fn page(heading: &Heading, found: &Reconciliation, tolerance: Tolerance) -> String {
    let Heading { partner, month, zone, currency, adjustments } = heading;
    let policy = format!("default-src 'none'; style-src 'sha256-{}'", hash(STYLE));
    let title = format!("{partner}, {month}: our clicks and yours");
    let sum = &found.month;
    let money =
        sum.revenue.zip(currency.as_ref()).map(|(revenue, currency)| format!("{revenue} {}", currency.as_str()));
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy);
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                main {
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
                    (plot(found))
                    h2 { "Day by day" }
                    div.wide { (table(heading, found)) }
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
                }
            }
        }
    };
    page.into_string()
}

fn verdict(sum: &Line, is_dispute: bool) -> &'static str {
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

fn per_cent(line: &Line) -> String {
    line.per_cent().map_or(String::new(), |hundredths| format!(" ({} %)", told::hundredths(hundredths)))
}

fn share(hundredths: u32) -> String {
    format!("{} %", told::hundredths(hundredths.into()))
}

fn table(heading: &Heading, found: &Reconciliation) -> Markup {
    let columns = told::columns();
    html! {
        table {
            caption { "Sponsored clicks, and what else became of clicks" }
            thead { tr { @for column in &columns { th scope="col" { (column) } } } }
            tbody {
                @for row in told::rows(heading, found) {
                    tr { @for (place, cell) in row.iter().enumerate() {
                        @if place == 0 { th scope="row" { (cell) } } @else { td class=[(place == 1).then_some(cell)] { (cell) } }
                    } }
                }
            }
        }
    }
}

/// Two bars for each day.
fn plot(found: &Reconciliation) -> Markup {
    let theirs = |line: &Line| line.theirs.and_then(|n| u64::try_from(n).ok()).unwrap_or(0);
    let most = found.days.iter().map(|(_, line)| line.ours().max(theirs(line))).max().unwrap_or(0).max(1);
    let high = |n: u64| n.saturating_mul(HEIGHT) / most;
    let days = found.days.len() as u64;
    let (width, height) = (SCALE + days * DAY, HEIGHT + FOOT + 20);
    let at = |place: usize| SCALE + place as u64 * DAY;
    html! {
        figure {
            figcaption { span.ours { "ours" } " " span.theirs { "yours" } ", sponsored clicks by day; the same numbers stand in the table" }
            div.wide { svg viewBox=(format!("0 0 {width} {height}")) role="img" aria-label="Sponsored clicks by day, ours beside yours" {
                @for part in 0..=4_u64 {
                    @let y = 10 + HEIGHT - HEIGHT * part / 4;
                    line.grid x1=(SCALE) x2=(width) y1=(y) y2=(y) {}
                    text.scale x=(SCALE - 6) y=(y + 4) { (most * part / 4) }
                }
                @for (place, (day, line)) in found.days.iter().enumerate() {
                    rect.ours x=(at(place) + 2) y=(10 + HEIGHT - high(line.ours())) width=(BAR) height=(high(line.ours())) {}
                    rect.theirs x=(at(place) + 2 + BAR + 1) y=(10 + HEIGHT - high(theirs(line))) width=(BAR) height=(high(theirs(line))) {}
                    text class=(if line.status.is_out() { "day out" } else { "day" }) x=(at(place) + DAY / 2) y=(HEIGHT + 10 + FOOT - 6) { (day.day()) }
                }
            } }
        }
    }
}

fn hash(style: &str) -> String {
    STANDARD.encode(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, style.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
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
        let line = Line {
            outcomes: [3; ClickOutcome::ALL.len()],
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
        for outcome in ClickOutcome::ALL.into_iter().filter(|outcome| *outcome != ClickOutcome::Forged) {
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
