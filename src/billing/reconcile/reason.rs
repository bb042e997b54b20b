//! States in one sentence what of a reconciled month needs an explanation: which days and codes, and by how much.

use crate::billing::reconcile::result::{ReconciledCode, ReconciledPeriod, ReconciledRow, Reconciliation, Status};
use crate::billing::tolerance::hundredths;
use crate::billing::year_month::YearMonth;

/// How many days and codes the sentence names; the rows list them all.
const MAX_NAMED: usize = 20;

/// Returns why a month is out of tolerance, as one sentence; None if it is not.
#[must_use]
pub fn reason(partner: &str, month: YearMonth, reconciliation: &Reconciliation) -> Option<String> {
    let sum = &reconciliation.month;
    match sum.status {
        Status::NoStatement => Some(format!(
            "No statement of {partner} covers {month}: import one with `qsproxy statement import --partner {partner} FILE`."
        )),
        Status::NoData | Status::Uncounted => None,
        Status::Matched
        | Status::Within
        | Status::Under
        | Status::Over
        | Status::MissingTheirs
        | Status::MissingOurs
        | Status::Unmapped
        | Status::Suppressed
        | Status::Provisional
        | Status::RolledUp
        | Status::CodesDiffer => {
            let found = findings(month, reconciliation);
            let named: Vec<&str> = found.iter().take(MAX_NAMED).map(String::as_str).collect();
            let more = found.len().saturating_sub(MAX_NAMED);
            let more = if more == 0 { String::new() } else { format!("; and {more} more") };
            (!found.is_empty()).then(|| format!("Out of tolerance: {}{more}.", named.join("; ")))
        }
    }
}

fn findings(month: YearMonth, reconciliation: &Reconciliation) -> Vec<String> {
    let mut found = Vec::new();
    let mut periods = reconciliation.periods.iter().peekable();
    while let Some(period) = periods.next() {
        if !period.row.status.is_out_of_tolerance() {
            continue;
        }
        // Neighbours without a number are named together.
        let is_alike = |next: &&ReconciledPeriod| {
            next.row.status == period.row.status
                && matches!(next.row.status, Status::MissingTheirs | Status::RolledUp | Status::Unmapped)
        };
        let mut last = period;
        while let Some(next) = periods.next_if(is_alike) {
            last = next;
        }
        let days = if period.first == last.last {
            period.first.to_string()
        } else {
            format!("{} to {}", period.first, last.last)
        };
        found.push(format!("{days} {}", difference(period)));
    }
    for code in reconciliation.codes.iter().filter(|code| code.row.status.is_out_of_tolerance()) {
        found.push(format!("code {} {}", code.name, row_difference(&code.row)));
    }
    // Only these are the month's own: its other statuses are those of its days and codes.
    if matches!(reconciliation.month.status, Status::Under | Status::Over | Status::MissingOurs) {
        found.push(format!("{month} {}", row_difference(&reconciliation.month)));
    }
    found
}

/// Returns by how much a period is out of tolerance.
fn difference(period: &ReconciledPeriod) -> String {
    if period.row.status != Status::CodesDiffer {
        return row_difference(&period.row);
    }
    let code = |ReconciledCode { name, row }: &ReconciledCode| format!("{name} {}", row_difference(row));
    let codes: Vec<String> = period.codes.iter().map(code).collect();
    format!("with codes that differ ({})", codes.join(", "))
}

/// Returns by how much a row is out of tolerance, or which of its numbers is missing.
fn row_difference(row: &ReconciledRow) -> String {
    let by = |verb: &str| {
        let clicks = row.difference().map_or(0, i64::unsigned_abs);
        let per_cent = row.per_cent().map_or(String::new(), |share| format!(" ({} %)", hundredths(share)));
        format!("{verb} by {clicks} clicks{per_cent}")
    };
    match row.status {
        Status::Under => by("under"),
        Status::Over => by("over"),
        Status::MissingTheirs => "without a row of theirs".to_owned(),
        Status::MissingOurs => {
            format!("with {} clicks of theirs and none of ours", row.theirs.unwrap_or_default())
        }
        Status::Unmapped => "with unknown codes only".to_owned(),
        Status::RolledUp => "not known, as our hours were rolled up into UTC days".to_owned(),
        Status::Matched
        | Status::Within
        | Status::Suppressed
        | Status::Provisional
        | Status::Uncounted
        | Status::CodesDiffer
        | Status::NoStatement
        | Status::NoData => row.status.as_str().to_owned(),
    }
}
