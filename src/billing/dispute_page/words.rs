//! The words of the page for a dispute: what each status and each outcome means to the partner.

use jiff::civil::Date;

use crate::billing::reconcile::result::{ReconciledPeriod, ReconciledRow, Reconciliation, Status};
use crate::billing::tolerance::hundredths;
use crate::counts::cells::ClickOutcome;

/// The number of missing days that the verdict names; the table lists them all.
const NAMED_DAYS: usize = 5;

/// Returns what the month comes to, as a sentence or two.
pub(super) fn verdict(reconciliation: &Reconciliation) -> String {
    let sum = &reconciliation.month;
    let sentence = if reconciliation.is_dispute {
        "The difference is larger than the contract allows. Please look into it.".to_owned()
    } else {
        match sum.status {
            Status::Under => "You reported fewer clicks than we counted, beyond the tolerance.".to_owned(),
            Status::Over => "You reported more clicks than we counted, beyond the tolerance.".to_owned(),
            Status::Matched => "The month agrees: we have the same number of clicks.".to_owned(),
            Status::Within => {
                let difference = sum.difference().unwrap_or_default();
                format!(
                    "The month agrees within the tolerance: the difference is {difference} clicks{}.",
                    per_cent(sum)
                )
            }
            Status::CodesDiffer => "The month agrees in total, but codes differ beyond the tolerance.".to_owned(),
            Status::MissingTheirs => String::new(),
            Status::NoStatement | Status::NoData => "We have no statement of yours for this month.".to_owned(),
            Status::Suppressed => "Your statement does not report the clicks of every day.".to_owned(),
            Status::Provisional => "The month is provisional: some days are not over or not final.".to_owned(),
            Status::MissingOurs | Status::Unmapped => "You reported clicks that we cannot assign.".to_owned(),
            Status::Uncounted => "We do not count the clicks of this partner.".to_owned(),
            Status::RolledUp => {
                "We no longer have our clicks of this month by hour, and cannot cut your days.".to_owned()
            }
        }
    };
    let missing = if sum.status.is_without_statement() { String::new() } else { missing_days(reconciliation) };
    [sentence, missing].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" ")
}

/// As "Your statement is missing 17 October."; empty if no day is missing.
fn missing_days(reconciliation: &Reconciliation) -> String {
    let is_missing = |period: &&ReconciledPeriod| period.row.status == Status::MissingTheirs;
    let missing: Vec<&ReconciledPeriod> = reconciliation.periods.iter().filter(is_missing).collect();
    let name = |period: &&ReconciledPeriod| match (day_name(period.first), day_name(period.last)) {
        (first, last) if first == last => first,
        (first, last) => format!("{first} to {last}"),
    };
    let names: Vec<String> = missing.iter().map(name).collect();
    match names.as_slice() {
        [] => String::new(),
        [day] => format!("Your statement is missing {day}."),
        [days @ .., last] if names.len() <= NAMED_DAYS => {
            format!("Your statement is missing {} and {last}.", days.join(", "))
        }
        _ => {
            format!("Your statement is missing {} days.", missing.iter().map(|period| period.day_count()).sum::<u32>())
        }
    }
}

/// A day as "17 October".
fn day_name(day: Date) -> String {
    day.strftime("%-d %B").to_string()
}

/// Returns what a status means, to the partner.
pub(super) fn status(status: Status) -> &'static str {
    match status {
        Status::Matched => "the same",
        Status::Within => "within the tolerance",
        Status::Under => "you report fewer",
        Status::Over => "you report more",
        Status::MissingTheirs => "not in your statement",
        Status::MissingOurs => "we counted none",
        Status::Unmapped => "only codes that we do not know",
        Status::Suppressed => "you withhold the number",
        Status::Provisional => "not final",
        Status::Uncounted => "we do not count these",
        Status::RolledUp => "our hours are no longer known",
        Status::CodesDiffer => "the total agrees, codes do not",
        Status::NoStatement | Status::NoData => "no statement",
    }
}

/// Returns why clicks of an outcome are not counted; None for those that are.
pub(super) fn reason(outcome: ClickOutcome) -> Option<&'static str> {
    match outcome {
        ClickOutcome::Counted => None,
        ClickOutcome::Duplicate => Some("further clicks on the same link"),
        ClickOutcome::Expired => Some("clicks after the link expired"),
        ClickOutcome::Forged => Some("links that we did not make"),
        ClickOutcome::Prefetch => Some("prefetches by the browser"),
        ClickOutcome::Head => Some("link checkers"),
        ClickOutcome::Bot => Some("robots, and clients that are no known browser"),
        ClickOutcome::CrossSite => Some("clicks triggered by another site's page"),
        ClickOutcome::Library => Some("HTTP libraries"),
        ClickOutcome::Embedded => Some("requests that open no page"),
        ClickOutcome::Excess => Some("clicks of one network beyond the rate that people reach"),
        ClickOutcome::Repeated => Some("clicks of one network and browser on the same target within moments"),
    }
}

/// A number, or what there is otherwise.
pub(super) fn number_or(number: Option<impl ToString>, otherwise: &str) -> String {
    number.map_or(otherwise.to_owned(), |number| number.to_string())
}

/// The difference in per cent of ours, as " (8.33 %)"; empty if it is not known.
pub(super) fn per_cent(row: &ReconciledRow) -> String {
    row.per_cent().map_or(String::new(), |share| format!(" ({} %)", hundredths(share)))
}

/// The clicks that are not counted, with their share of all clicks: the rate of invalid traffic.
pub(super) fn filtered(row: &ReconciledRow) -> String {
    let Some((own, ours)) = row.own.zip(row.ours()) else { return "no longer known by hour".to_owned() };
    let all: u64 = own.outcomes.iter().sum();
    let filtered = all.saturating_sub(ours);
    match (filtered * 10_000 + all / 2).checked_div(all).and_then(|hundredths| u32::try_from(hundredths).ok()) {
        Some(rate) => format!("{filtered} ({})", share(rate)),
        None => filtered.to_string(),
    }
}

/// A share in hundredths of a per cent, as "2.00 %".
pub(super) fn share(share: u32) -> String {
    format!("{} %", hundredths(share.into()))
}
