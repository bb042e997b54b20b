//! A reconciled month in one line, and each of its codes in one.

use crate::billing::money::Micros;
use crate::billing::reconcile::render::Heading;
use crate::billing::reconcile::result::{ReconciledCode, ReconciledRow, Reconciliation, Status};
use crate::billing::tolerance::hundredths;

/// Returns a month in one line: its status, both sides' clicks and their difference on the days that both have, and the revenue.
#[must_use]
pub fn month_line(heading: &Heading, reconciliation: &Reconciliation) -> String {
    let Reconciliation { month, compared, revenue_days, .. } = reconciliation;
    let days = reconciliation.total_days;
    let status = month.status.as_str();
    let ours = match month.ours() {
        _ if heading.is_direct => "clicks of this partner are not counted here (links = \"direct\")".to_owned(),
        Some(ours) => format!("ours {ours}"),
        None => "our clicks are not known".to_owned(),
    };
    let numbers = match compared {
        _ if month.status == Status::NoData => {
            "no statement covers the month, and qsproxy counted nothing in it".to_owned()
        }
        _ if month.status == Status::NoStatement => format!("no statement covers the month; {ours}"),
        Some(compared) if compared.days == days => difference(&compared.row),
        Some(compared) => format!(
            "on the {} of {days} days that can be compared {} ({})",
            compared.days,
            difference(&compared.row),
            compared.row.status.as_str()
        ),
        None => format!("no day can be compared; {ours}"),
    };
    let revenue = month.revenue.map_or(String::new(), |revenue| revenue_text(heading, revenue, *revenue_days, days));
    let later = match heading.adjustments {
        0 => String::new(),
        1 => "; 1 click more was counted after the month was closed".to_owned(),
        later => format!("; {later} clicks more were counted after the month was closed"),
    };
    format!("{}: {status}: {numbers}{later}{revenue}", heading.month)
}

fn revenue_text(heading: &Heading, revenue: Micros, revenue_days: u32, days: u32) -> String {
    let currency = heading.currency.map_or(String::new(), |currency| format!(" {}", currency.as_str()));
    let of_days = if revenue_days == days { String::new() } else { format!(" for {revenue_days} of {days} days") };
    format!("; revenue {revenue}{currency}{of_days}")
}

/// Returns a line for each code; none for a month with one code that agrees.
#[must_use]
pub fn code_lines(reconciliation: &Reconciliation) -> String {
    let codes = &reconciliation.codes;
    if codes.len() < 2 && !codes.iter().any(|code| code.row.status.is_out_of_tolerance()) {
        return String::new();
    }
    let line = |ReconciledCode { name, row }: &ReconciledCode| {
        format!("code {name}: {}: {}\n", row.status.as_str(), difference(row))
    };
    codes.iter().map(line).collect()
}

/// As `ours 240, theirs 220, difference 20 (8.33 %)`.
fn difference(row: &ReconciledRow) -> String {
    let number = |n: Option<i64>| n.map_or("not reported".to_owned(), |n| n.to_string());
    let ours = row.ours().map_or("not known".to_owned(), |ours| ours.to_string());
    let per_cent = row.per_cent().map_or(String::new(), |share| format!(" ({} %)", hundredths(share)));
    let difference =
        row.difference().map_or(String::new(), |difference| format!(", difference {difference}{per_cent}"));
    let uncertain = row.own.map_or(0, |own| own.uncertain);
    let uncertain = if uncertain == 0 { String::new() } else { format!(", uncertain {uncertain}") };
    format!("ours {ours}, theirs {}{difference}{uncertain}", number(row.theirs))
}
