//! Renders reconciled months as table rows, as CSV (RFC 4180) and as JSON (RFC 8259), all with the same numbers.

use serde_json::{Map, Number, Value as Json, json};
use strum::VariantArray as _;

use crate::billing::csv_injection::escape;
use crate::billing::csv_text::into_text;
use crate::billing::money::Currency;
use crate::billing::reconcile::result::{ReconciledRow, Reconciliation, Unmapped};
use crate::billing::year_month::YearMonth;
use crate::counts::cells::ClickOutcome;

/// What a reconciliation is about.
#[derive(Debug, Clone)]
pub struct Heading {
    /// The partner.
    pub partner: String,
    /// The month.
    pub month: YearMonth,
    /// The name of the partner's time zone.
    pub zone: String,
    /// The currency of the partner's revenue.
    pub currency: Option<Currency>,
    /// Paid clicks of the month that were counted after it had been closed.
    pub adjustments: u64,
}

/// Returns the column names. The sponsored clicks that do not count follow `revenue`, one column for each outcome.
#[must_use]
pub fn columns() -> Vec<&'static str> {
    let other_outcomes = ClickOutcome::VARIANTS.iter().skip(1).map(|outcome| outcome.as_str());
    let before = ["day", "status", "ours", "theirs", "difference", "per_cent", "revenue"];
    before.into_iter().chain(other_outcomes).chain(["organic", "searches", "their_searches"]).collect()
}

/// Returns a row for each day, and the month as the last row.
#[must_use]
pub fn rows(heading: &Heading, reconciliation: &Reconciliation) -> Vec<Vec<String>> {
    let days = reconciliation.days.iter().map(|(day, row)| cells(&day.to_string(), row));
    days.chain([cells(&heading.month.to_string(), &reconciliation.month)]).collect()
}

fn cells(day: &str, row: &ReconciledRow) -> Vec<String> {
    let number = |n: Option<i64>| n.map_or(String::new(), |n| n.to_string());
    let ReconciledRow { outcomes, organic, searches, theirs, their_searches, revenue, status } = row;
    let before = [
        day.to_owned(),
        status.as_str().to_owned(),
        row.ours().to_string(),
        number(*theirs),
        number(row.difference()),
        row.per_cent().map_or(String::new(), hundredths),
        revenue.map_or(String::new(), |revenue| revenue.to_string()),
    ];
    let other_outcomes = outcomes.iter().skip(1).map(u64::to_string);
    let after = [organic.to_string(), searches.to_string(), number(*their_searches)];
    before.into_iter().chain(other_outcomes).chain(after).collect()
}

/// Returns months as CSV: for each month its days, their sum, and the unmapped rows, with the partner in the last column.
///
/// # Errors
/// Errors of the CSV writer, which do not occur in memory.
pub fn csv<'m>(months: impl IntoIterator<Item = (&'m Heading, &'m Reconciliation)>) -> Result<String, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(columns().into_iter().chain(["partner"]))?;
    for (heading, reconciliation) in months {
        let unmapped = reconciliation.unmapped.iter().map(unmapped_cells);
        for row in rows(heading, reconciliation).into_iter().chain(unmapped) {
            writer.write_record(row.iter().chain([&heading.partner]))?;
        }
    }
    into_text(writer)
}

/// The cells of an unmapped row. The status column contains the code, too.
fn unmapped_cells(Unmapped { day, code, clicks, revenue }: &Unmapped) -> Vec<String> {
    let cell = |column: &str| match column {
        "day" => day.to_string(),
        "status" => escape(&format!("unmapped {code}")).into_owned(),
        "theirs" => clicks.map_or(String::new(), |clicks| clicks.to_string()),
        "revenue" => revenue.map_or(String::new(), |revenue| revenue.to_string()),
        _ => String::new(),
    };
    columns().into_iter().map(cell).collect()
}

/// Returns a month as JSON: partner, zone, currency, `days`, their sum as `month`, `unmapped` rows and `shift`.
#[must_use]
pub fn json(heading: &Heading, reconciliation: &Reconciliation) -> Json {
    let Heading { partner, month, zone, currency, adjustments } = heading;
    let days: Vec<Json> =
        reconciliation.days.iter().map(|(day, row)| row_object("day", &day.to_string(), row)).collect();
    let mut sum = row_object("month", &month.to_string(), &reconciliation.month);
    if let Json::Object(sum) = &mut sum {
        sum.insert("dispute".to_owned(), reconciliation.is_dispute.into());
        sum.insert("adjustments".to_owned(), (*adjustments).into());
    }
    let unmapped: Vec<Json> = reconciliation
        .unmapped
        .iter()
        .map(|Unmapped { day, code, clicks, revenue }| {
            json!({ "day": day.to_string(), "code": code, "theirs": clicks, "revenue": revenue.map(|money| money.to_string()) })
        })
        .collect();
    let shift = reconciliation.shift.map(|shift| json!({ "hours": shift.hours, "now": shift.now, "then": shift.then }));
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

/// Returns JSON as indented text with a final newline.
#[must_use]
pub fn json_text(json: &Json) -> String {
    format!("{json:#}\n")
}

fn row_object(key: &str, day: &str, row: &ReconciledRow) -> Json {
    let outcomes: Map<String, Json> = ClickOutcome::VARIANTS
        .iter()
        .zip(row.outcomes)
        .map(|(outcome, n)| (outcome.as_str().to_owned(), n.into()))
        .collect();
    let per_cent = row.per_cent().and_then(|share| hundredths(share).parse::<Number>().ok());
    json!({
        (key): day,
        "ours": row.ours(),
        "theirs": row.theirs,
        "difference": row.difference(),
        "per_cent": per_cent,
        "status": row.status.as_str(),
        "revenue": row.revenue.map(|revenue| revenue.to_string()),
        "outcomes": outcomes,
        "organic": row.organic,
        "searches": row.searches,
        "their_searches": row.their_searches,
    })
}

/// Formats hundredths as a decimal number with two decimals.
#[must_use]
pub fn hundredths(n: i64) -> String {
    let (sign, n) = (if n < 0 { "-" } else { "" }, n.unsigned_abs());
    format!("{sign}{}.{:02}", n / 100, n % 100)
}
