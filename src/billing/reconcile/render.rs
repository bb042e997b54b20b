//! A reconciliation as rows for people and as CSV (RFC 4180), and as JSON (RFC 8259), with the same numbers in each.

use serde_json::{Map, Number, Value as Json, json};
use strum::VariantArray as _;

use crate::billing::csv_injection::neutral;
use crate::billing::money::{Currency, Micros};
use crate::billing::reconcile::{ReconciledRow, Reconciliation, Unmapped};
use crate::counts::cells::ClickOutcome;

/// What is reconciled.
#[derive(Debug, Clone)]
pub struct Heading {
    /// Whose statement.
    pub partner: String,
    /// The month, `YYYY-MM`.
    pub month: String,
    /// The zone's name.
    pub zone: String,
    /// What the money is in.
    pub currency: Option<Currency>,
    /// Counted clicks that came for the month after it had been closed.
    pub adjustments: u64,
}

/// The columns of a day. After `ours` stands what else became of sponsored clicks.
#[must_use]
pub fn columns() -> Vec<&'static str> {
    let others = ClickOutcome::VARIANTS.iter().skip(1).map(|outcome| outcome.as_str());
    let before = ["day", "status", "ours", "theirs", "difference", "per_cent", "revenue"];
    before.into_iter().chain(others).chain(["organic", "searches", "their_searches"]).collect()
}

/// The rows below them: every day, and the month as the last one.
#[must_use]
pub fn rows(heading: &Heading, found: &Reconciliation) -> Vec<Vec<String>> {
    let days = found.days.iter().map(|(day, line)| cells(&day.to_string(), line));
    days.chain([cells(&heading.month, &found.month)]).collect()
}

fn cells(day: &str, line: &ReconciledRow) -> Vec<String> {
    let number = |n: Option<i64>| n.map_or(String::new(), |n| n.to_string());
    let ReconciledRow { outcomes, organic, searches, theirs, their_searches, revenue, status } = line;
    let before = [
        day.to_owned(),
        status.as_str().to_owned(),
        line.ours().to_string(),
        number(*theirs),
        number(line.difference()),
        line.per_cent().map_or(String::new(), hundredths),
        revenue.map_or(String::new(), |revenue| revenue.to_string()),
    ];
    let others = outcomes.iter().skip(1).map(u64::to_string);
    let after = [organic.to_string(), searches.to_string(), number(*their_searches)];
    before.into_iter().chain(others).chain(after).collect()
}

/// As CSV: of each month the days, their sum, and below them what no day holds; whose they are stands last.
///
/// # Errors
/// The writer's, which a text in memory does not bring about.
pub fn csv<'m>(months: impl IntoIterator<Item = (&'m Heading, &'m Reconciliation)>) -> Result<String, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(columns().into_iter().chain(["partner"]))?;
    for (heading, found) in months {
        for row in rows(heading, found).into_iter().chain(found.unmapped.iter().map(unmapped)) {
            writer.write_record(row.iter().chain([&heading.partner]))?;
        }
    }
    let bytes = writer.into_inner().map_err(csv::IntoInnerError::into_error)?;
    Ok(String::from_utf8(bytes).unwrap_or_default())
}

/// Its code stands beside the status, in the status's column.
fn unmapped(Unmapped { day, code, clicks, revenue }: &Unmapped) -> Vec<String> {
    let cell = |column: &str| match column {
        "day" => day.to_string(),
        "status" => neutral(&format!("unmapped {code}")).into_owned(),
        "theirs" => clicks.map_or(String::new(), |clicks| clicks.to_string()),
        "revenue" => revenue.map_or(String::new(), |revenue| revenue.to_string()),
        _ => String::new(),
    };
    columns().into_iter().map(cell).collect()
}

/// As JSON: partner, zone, days, their sum as `month` (with the month's name), what no day holds.
#[must_use]
pub fn json(heading: &Heading, found: &Reconciliation) -> Json {
    let Heading { partner, month, zone, currency, adjustments } = heading;
    let days: Vec<Json> = found.days.iter().map(|(day, line)| object("day", &day.to_string(), line)).collect();
    let mut sum = object("month", month, &found.month);
    if let Json::Object(sum) = &mut sum {
        sum.insert("dispute".to_owned(), found.is_dispute.into());
        sum.insert("adjustments".to_owned(), (*adjustments).into());
    }
    let unmapped: Vec<Json> = found
        .unmapped
        .iter()
        .map(|Unmapped { day, code, clicks, revenue }| {
            json!({ "day": day.to_string(), "code": code, "theirs": clicks, "revenue": revenue.map(|money| money.to_string()) })
        })
        .collect();
    let shift = found.shift.map(|shift| json!({ "hours": shift.hours, "now": shift.now, "then": shift.then }));
    json!({
        "partner": partner,
        "zone": zone,
        "currency": currency.as_ref().map(Currency::as_str),
        "days": days,
        "month": sum,
        "unmapped": unmapped,
        "shift": shift,
    })
}

/// JSON as it is printed.
#[must_use]
pub fn printed(json: &Json) -> String {
    // Texts and numbers always serialise.
    serde_json::to_string_pretty(json).unwrap_or_default() + "\n"
}

fn object(key: &str, day: &str, line: &ReconciledRow) -> Json {
    let outcomes: Map<String, Json> = ClickOutcome::VARIANTS
        .iter()
        .zip(line.outcomes)
        .map(|(outcome, n)| (outcome.as_str().to_owned(), n.into()))
        .collect();
    let per_cent = line.per_cent().and_then(|share| hundredths(share).parse::<Number>().ok());
    json!({
        (key): day,
        "ours": line.ours(),
        "theirs": line.theirs,
        "difference": line.difference(),
        "per_cent": per_cent,
        "status": line.status.as_str(),
        "revenue": line.revenue.map(|Micros(micros)| Micros(micros).to_string()),
        "outcomes": outcomes,
        "organic": line.organic,
        "searches": line.searches,
        "their_searches": line.their_searches,
    })
}

/// Hundredths as a decimal number.
#[must_use]
pub fn hundredths(n: i64) -> String {
    let (sign, n) = (if n < 0 { "-" } else { "" }, n.unsigned_abs());
    format!("{sign}{}.{:02}", n / 100, n % 100)
}
