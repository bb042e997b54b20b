//! The texts that a record has digests of: our counts, the statement's rows, and the books. Their forms never change: version 1 has six
//! columns of statement rows, version 2 two more.

use serde_json::{Map, Value, json};

use crate::billing::csv_injection::escape;
use crate::billing::csv_text::into_text;
use crate::billing::hourly::{HourCount, PartnerCounts, SearchCount, StoredCounts};
use crate::billing::statement::StatementRow;
use crate::billing::store::BooksRow;
use crate::time::Hour;

/// The file of the record.
pub const RECORD_FILE: &str = "record.txt";
/// The file of its signature, where minisign looks for it.
pub const SIGNATURE_FILE: &str = "record.txt.minisig";
/// The file of the public key.
pub const KEY_FILE: &str = "closing.pub";
/// The file of our counts.
pub const COUNTS_FILE: &str = "counts.csv";
/// The file of our counts by the UTC day, of days whose hours were rolled up before the month was closed.
pub const COUNTS_DAILY_FILE: &str = "counts_daily.csv";
/// The file of our counts as JSON.
pub const COUNTS_JSON_FILE: &str = "counts.json";
/// The file of the statement rows in force.
pub const STATEMENT_FILE: &str = "statement.csv";
/// The file of the rows of the store's tables of statements.
pub const BOOKS_FILE: &str = "books.csv";
/// The file of the counts that arrived after the closing.
pub const ADJUSTMENTS_FILE: &str = "adjustments.csv";
/// What was agreed about money. It is in the archive only, and not in the exported folder.
pub const AGREEMENT_FILE: &str = "agreement.json";
/// The file of the journal.
pub const JOURNAL_FILE: &str = "journal.hledger";

/// Returns our counts by the hour as CSV: clicks, then searches.
///
/// # Errors
/// Errors of the CSV writer, which do not occur in memory.
pub fn counts_csv(counts: &PartnerCounts) -> Result<String, csv::Error> {
    csv_by("hour", |hour| hour.to_string(), counts)
}

/// Returns our counts by the UTC day as CSV: clicks, then searches.
///
/// # Errors
/// Errors of the CSV writer, which do not occur in memory.
pub fn counts_daily_csv(counts: &PartnerCounts) -> Result<String, csv::Error> {
    csv_by("day", |hour| hour.day().date().to_string(), counts)
}

fn csv_by(unit: &str, time: impl Fn(Hour) -> String, counts: &PartnerCounts) -> Result<String, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(["subject", unit, "code", "kind", "outcome", "n"])?;
    for count in &counts.clicks {
        let HourCount { hour, code, outcome, n, .. } = count;
        let kind = count.kind_name();
        writer.write_record(["clicks", &time(*hour), code, kind, outcome.as_str(), &n.to_string()])?;
    }
    for SearchCount { hour, code, outcome, n } in &counts.searches {
        writer.write_record(["searches", &time(*hour), code, "none", outcome.as_str(), &n.to_string()])?;
    }
    into_text(writer)
}

/// Returns our counts by the hour as JSON, and with them those of UTC days, if there are any.
#[must_use]
pub fn counts_json(counts: &StoredCounts) -> String {
    let mut text = members_by("", "hour", |hour| hour.to_string(), &counts.hourly);
    if !counts.daily.is_empty() {
        text.extend(members_by("_daily", "day", |hour| hour.day().date().to_string(), &counts.daily));
    }
    format!("{:#}\n", Value::Object(text))
}

fn members_by(suffix: &str, unit: &str, time: impl Fn(Hour) -> String, counts: &PartnerCounts) -> Map<String, Value> {
    let click = |count: &HourCount| {
        let HourCount { hour, code, outcome, n, .. } = count;
        let kind = count.kind_name();
        json!({ unit: time(*hour), "code": code, "kind": kind, "outcome": outcome.as_str(), "n": n })
    };
    let search = |SearchCount { hour, code, outcome, n }: &SearchCount| json!({ unit: time(*hour), "code": code, "outcome": outcome.as_str(), "n": n });
    let clicks: Vec<_> = counts.clicks.iter().map(click).collect();
    let searches: Vec<_> = counts.searches.iter().map(search).collect();
    [(format!("clicks{suffix}"), clicks.into()), (format!("searches{suffix}"), searches.into())].into_iter().collect()
}

/// Returns the statement rows as CSV, in the form of records of version 1 or of version 2.
///
/// # Errors
/// Errors of the CSV writer, which do not occur in memory.
pub fn statement_csv(rows: &[StatementRow], is_version_1: bool) -> Result<String, csv::Error> {
    let columns = ["day", "code", "searches", "clicks", "revenue", "final", "last", "currency"];
    let shown = if is_version_1 { 6 } else { columns.len() };
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(columns.iter().take(shown))?;
    for StatementRow { day, last, code, searches, clicks, revenue, currency, is_final } in rows {
        let number = |n: Option<i64>| n.map_or(String::new(), |n| n.to_string());
        let cells = [
            day.to_string(),
            escape(code).into_owned(),
            number(*searches),
            number(*clicks),
            revenue.map_or(String::new(), |revenue| revenue.to_string()),
            is_final.map_or("", |is_final| if is_final { "yes" } else { "no" }).to_owned(),
            last.to_string(),
            currency.map_or(String::new(), |currency| currency.as_str().to_owned()),
        ];
        writer.write_record(cells.iter().take(shown))?;
    }
    into_text(writer)
}

/// Returns rows of the books as CSV: their table, their key, and their values.
///
/// # Errors
/// Errors of the CSV writer, which do not occur in memory.
pub fn books_csv(rows: &[BooksRow]) -> Result<String, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(["table", "key", "values"])?;
    for BooksRow { place, values } in rows {
        let (table, key) = place.split_first().map_or(("", &[][..]), |(table, key)| (table.as_str(), key));
        writer.write_record([table, &key.join(", "), &values.join(", ")])?;
    }
    into_text(writer)
}

/// Returns the first row of the books in which what was closed differs from what the store has, in words.
#[must_use]
pub fn books_difference(closed: &str, stored: &str) -> Option<String> {
    if closed == stored {
        return None;
    }
    let [closed, stored] = [closed, stored].map(|text| {
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let rows = reader.records().flatten();
        let cell = |row: &csv::StringRecord, at: usize| row.get(at).unwrap_or_default().to_owned();
        rows.map(|row| (format!("{} {}", cell(&row, 0), cell(&row, 1)), cell(&row, 2))).collect::<Vec<_>>()
    });
    for (closed_row, stored_row) in closed.iter().zip(&stored) {
        let ((place, values), (stored_place, stored_values)) = (closed_row, stored_row);
        if place == stored_place && values != stored_values {
            return Some(format!("{place}: closed with {values}; the store has {stored_values}"));
        }
        if place != stored_place {
            let is_missing = stored.iter().all(|(other, _)| other != place);
            let row = if is_missing { place } else { stored_place };
            return Some(format!("{row}: this row {}", if is_missing { "is missing" } else { "was not there" }));
        }
    }
    let missing = closed.get(stored.len()).map(|(place, _)| format!("{place}: this row is missing"));
    let more = stored.get(closed.len()).map(|(place, _)| format!("{place}: this row was not there"));
    missing.or(more).or_else(|| Some("the texts of the rows differ".to_owned()))
}
