//! Exports a closed month: our counts as CSV and JSON, the statement as CSV, the signed record, and the revenue as a journal for
//! hledger. The record contains the digests of the two CSV files.

use std::fmt::Write as _;

use serde_json::json;

use crate::billing::closing::error::ClosingError;
use crate::billing::closing::record::{ClosingRecord, Revenue};
use crate::billing::csv_injection::escape;
use crate::billing::csv_text::into_text;
use crate::billing::digest::Sha256Digest;
use crate::billing::hourly::{HourCount, PartnerCounts, SearchCount};
use crate::billing::money::Micros;
use crate::billing::statement::StatementRow;
use crate::billing::store::{BillingStore, Closing};
use crate::storage::error::StoreError;

/// The file of the record.
pub const RECORD_FILE: &str = "record.txt";
/// The file of its signature, where minisign looks for it.
pub const SIGNATURE_FILE: &str = "record.txt.minisig";
/// The file of the public key.
pub const KEY_FILE: &str = "closing.pub";
/// The file of our counts.
pub const COUNTS_FILE: &str = "counts.csv";
/// The file of the statement rows.
pub const STATEMENT_FILE: &str = "statement.csv";

/// A file of an export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportFile {
    /// Its name.
    pub name: &'static str,
    /// Its content.
    pub text: String,
}

/// The files of an export, the same bytes each time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClosingExport {
    /// The files in the order in which they are written.
    pub files: Vec<ExportFile>,
    /// False if the hours of the month were rolled up into days, so that the files of the counts are missing.
    pub has_counts: bool,
}

/// Exports a closed month. `public_key` is the text of the public key's file.
///
/// # Errors
/// A store that cannot be read, or a stored record that cannot be parsed.
pub fn export(store: &BillingStore, closing: &Closing, public_key: String) -> Result<ClosingExport, ClosingError> {
    let record = ClosingRecord::parse(&closing.record)?;
    let rows = closed_statement_rows(store, closing, &record)?;
    let file = |name, text| ExportFile { name, text };
    let mut files = vec![
        file(RECORD_FILE, closing.record.clone()),
        file(SIGNATURE_FILE, closing.signature.clone()),
        file(KEY_FILE, public_key),
        file(STATEMENT_FILE, statement_csv(&rows)?),
    ];
    files.extend(journal(&record, &rows).map(|journal| file("journal.hledger", journal)));
    let has_counts = !store.is_rolled_up(&closing.partner, &closing.hours)?;
    if has_counts {
        let counts = store.hourly_counts(&closing.partner, &closing.hours)?;
        files.push(file(COUNTS_FILE, counts_csv(&counts)?));
        files.push(file("counts.json", counts_json(&counts)));
    }
    Ok(ClosingExport { files, has_counts })
}

/// Returns the statement rows that were in force when the month was closed.
pub(super) fn closed_statement_rows(
    store: &BillingStore,
    closing: &Closing,
    record: &ClosingRecord,
) -> Result<Vec<StatementRow>, StoreError> {
    let days = record.month.first_day()..=record.month.last_day();
    let until = match closing.statement_event {
        Some(event) => event,
        None => imported_by(store, record)?,
    };
    let rows = store.statement_rows_until(&record.partner, days, until)?;
    Ok(rows.into_iter().map(|(_, row)| row).collect())
}

/// Returns the statement rows of a closed month, after a check that they are those that were closed; None if they are not.
///
/// # Errors
/// A store that cannot be read, or a stored record that cannot be parsed.
pub fn checked_statement_rows(
    store: &BillingStore,
    closing: &Closing,
) -> Result<Option<Vec<StatementRow>>, ClosingError> {
    let record = ClosingRecord::parse(&closing.record)?;
    let rows = closed_statement_rows(store, closing, &record)?;
    let is_same = Sha256Digest::of(&statement_csv(&rows)?) == record.statement_sha256;
    Ok(is_same.then_some(rows))
}

/// Returns the event by which the statement that a record names was imported; 0 if it names none. Versions that kept no event withdrew no
/// statement.
fn imported_by(store: &BillingStore, record: &ClosingRecord) -> Result<i64, StoreError> {
    let Some(statement) = record.latest_statement else { return Ok(0) };
    let events = store.statement_events(Some(&record.partner))?;
    Ok(events.iter().find(|event| event.statement == statement.number).map_or(0, |event| event.number))
}

/// Returns our counts by the hour as CSV: clicks, then searches. The record contains the digest of exactly this text.
///
/// # Errors
/// Errors of the CSV writer, which do not occur in memory.
pub fn counts_csv(counts: &PartnerCounts) -> Result<String, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(["subject", "hour", "code", "kind", "outcome", "n"])?;
    for count in &counts.clicks {
        let HourCount { hour, code, outcome, n, .. } = count;
        let kind = count.kind_name();
        writer.write_record(["clicks", &hour.to_string(), code, kind, outcome.as_str(), &n.to_string()])?;
    }
    for SearchCount { hour, code, outcome, n } in &counts.searches {
        writer.write_record(["searches", &hour.to_string(), code, "none", outcome.as_str(), &n.to_string()])?;
    }
    into_text(writer)
}

/// Returns our counts by the hour as JSON.
#[must_use]
pub fn counts_json(counts: &PartnerCounts) -> String {
    let click = |count: &HourCount| {
        let HourCount { hour, code, outcome, n, .. } = count;
        let kind = count.kind_name();
        json!({ "hour": hour.to_string(), "code": code, "kind": kind, "outcome": outcome.as_str(), "n": n })
    };
    let search = |SearchCount { hour, code, outcome, n }: &SearchCount| json!({ "hour": hour.to_string(), "code": code, "outcome": outcome.as_str(), "n": n });
    let clicks: Vec<_> = counts.clicks.iter().map(click).collect();
    let searches: Vec<_> = counts.searches.iter().map(search).collect();
    format!("{:#}\n", json!({ "clicks": clicks, "searches": searches }))
}

/// Returns the statement rows as CSV. The record contains the digest of exactly this text.
///
/// # Errors
/// Errors of the CSV writer, which do not occur in memory.
pub fn statement_csv(rows: &[StatementRow]) -> Result<String, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(["day", "code", "searches", "clicks", "revenue", "final"])?;
    for StatementRow { day, code, searches, clicks, revenue, is_final, .. } in rows {
        let number = |n: Option<i64>| n.map_or(String::new(), |n| n.to_string());
        let revenue = revenue.map_or(String::new(), |revenue| revenue.to_string());
        let is_final = is_final.map_or("", |is_final| if is_final { "yes" } else { "no" });
        let code = escape(code);
        writer.write_record([&day.to_string(), &*code, &number(*searches), &number(*clicks), &revenue, is_final])?;
    }
    into_text(writer)
}

/// Returns the ledger journal entry of the month for hledger: one transaction on the last day stated, which debits the
/// partner's receivables account and credits the income of each code. None if a row has no revenue, or there is no currency.
#[must_use]
pub fn journal(record: &ClosingRecord, rows: &[StatementRow]) -> Option<String> {
    let Revenue { currency, .. } = record.statement_revenue?;
    let day = rows.iter().map(|row| row.day).max()?;
    let mut by_code: Vec<(&str, Micros)> = Vec::new();
    let mut total = Micros(0);
    for row in rows {
        let revenue = row.revenue?;
        total = total.checked_add(revenue)?;
        match by_code.iter_mut().find(|(code, _)| *code == row.code) {
            Some((_, of_code)) => *of_code = of_code.checked_add(revenue)?,
            None => by_code.push((&row.code, revenue)),
        }
    }
    let ClosingRecord { number, partner, month, .. } = record;
    let digest = Sha256Digest::of(&record.text());
    let partner_account = account_name(partner.as_str());
    let amount = |amount: Micros| Revenue { amount, currency };
    let mut text = format!("; qsproxy closing {number}, record sha256 {digest}\n");
    // Writing to a String does not fail.
    let _ = writeln!(text, "{day} ({number}) {partner} {month}");
    let _ = writeln!(text, "    assets:receivable:{partner_account}  {}", amount(total));
    for (code, revenue) in by_code {
        let code_account = account_name(if code.is_empty() { "all" } else { code });
        let _ = writeln!(text, "    income:search:{partner_account}:{code_account}  {}", amount(Micros(-revenue.0)));
    }
    Some(text)
}

/// Returns a name as part of an account name, in which two spaces, a colon and a semicolon have a meaning.
fn account_name(name: &str) -> String {
    let plain = |c: char| if c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '/') { c } else { '_' };
    name.chars().map(plain).collect()
}
