//! Tests of the page for a dispute.

use jiff::civil::date;
use strum::VariantArray as _;

use super::words::{filtered, verdict};
use super::*;
use crate::billing::code_scope::CodeScope;
use crate::billing::digest::Sha256Digest;
use crate::billing::reconcile::result::{ComparedDays, OwnCounts};
use crate::billing::year_month::YearMonth;
use crate::counts::cells::ClickOutcome;

fn heading() -> Heading {
    Heading {
        is_direct: false,
        partner: "<p>".to_owned(),
        month: YearMonth::parse("2026-10").unwrap(),
        zone: "UTC".to_owned(),
        currency: None,
        adjustments: 0,
        archives: Vec::new(),
    }
}

fn letterhead(statements: &[StoredStatement]) -> Letterhead<'_> {
    Letterhead {
        service: "Finder",
        operator: Some("Example <Ltd>"),
        contact: Some("mailto:billing@example.com"),
        date: date(2026, 11, 29),
        statements,
        closed: None,
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
    let page = page(&letterhead(&[]), &heading(), &reconciliation, Tolerance::default());
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

#[test]
fn the_page_stands_alone() {
    let sha256 = Sha256Digest::of("a statement");
    let statement = StoredStatement {
        number: 7,
        partner: "p".to_owned(),
        imported: date(2026, 11, 3),
        sha256,
        revision: 1,
        first: date(2026, 10, 1),
        last: date(2026, 10, 31),
        currency: None,
        profile: String::new(),
        codes: CodeScope::All,
    };
    let days: Vec<_> = (1..=31)
        .map(|day| (date(2026, 10, day), if day == 17 { Status::MissingTheirs } else { Status::Within }))
        .collect();
    let mut reconciliation = reconciliation(&days, Status::MissingTheirs, false);
    for period in &mut reconciliation.periods {
        period.row.theirs = (period.row.status == Status::Within).then_some(2);
    }
    let mut compared = row(Status::Under);
    compared.theirs = Some(2);
    reconciliation.compared = Some(ComparedDays { days: 30, row: compared });
    reconciliation.month.theirs = None;
    let text = page(&letterhead(&[statement]), &heading(), &reconciliation, Tolerance::default());
    for part in [
        "Example &lt;Ltd&gt;, Finder",
        "href=\"mailto:billing@example.com\">billing@example.com</a>",
        "<dd>2026-11-29</dd>",
        "Your statement is missing 17 October.",
        "<dt>Difference on the 30 of 31 days that both of us have</dt><dd>1 (33.33 %)</dd>",
        "Statement 7, 2026-10-01 to 2026-10-31, received 2026-11-03",
        &sha256.to_string(),
        "not in your statement",
        "within the tolerance",
    ] {
        assert!(text.contains(part), "no {part} in {text}");
    }
    // The names of statuses are for programs; as classes they colour the cells.
    let words = text_of(&text);
    for status in Status::VARIANTS.iter().filter(|status| status.as_str().contains('_')) {
        assert!(!words.contains(status.as_str()), "{}", status.as_str());
    }
}

/// The text of a page without its tags and its style.
fn text_of(page: &str) -> String {
    let body = page.split("</style>").nth(1).unwrap_or_default();
    body.split('<').filter_map(|part| part.split_once('>')).map(|(_, text)| text).collect::<Vec<_>>().join(" ")
}
