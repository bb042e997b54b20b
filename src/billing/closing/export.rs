//! What is closed, written out: our counts and the statement as CSV, whose hashes stand in the record, the counts as JSON, and
//! the money as a journal for hledger.

use std::fmt::Write as _;

use serde_json::json;

use crate::billing::closing::Record;
use crate::billing::csv_injection::neutral;
use crate::billing::hourly::{HourCount, SearchCount};
use crate::billing::money::{Currency, Micros};
use crate::billing::statement::Row;

/// Our counts by the hour: first clicks, then searches, each by hour, code, kind and outcome. This very text is hashed.
///
/// # Errors
/// The writer's, which a text in memory does not bring about.
pub fn counts_csv(clicks: &[HourCount], searches: &[SearchCount]) -> Result<String, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(["subject", "hour", "code", "kind", "outcome", "n"])?;
    for HourCount { hour, code, kind, outcome, n } in clicks {
        writer.write_record(["clicks", &hour.to_string(), code, kind, outcome.as_str(), &n.to_string()])?;
    }
    for SearchCount { hour, code, outcome, n } in searches {
        writer.write_record(["searches", &hour.to_string(), code, "none", outcome.as_str(), &n.to_string()])?;
    }
    text(writer)
}

/// The same as JSON.
#[must_use]
pub fn counts_json(clicks: &[HourCount], searches: &[SearchCount]) -> String {
    let clicks: Vec<_> = clicks
        .iter()
        .map(|HourCount { hour, code, kind, outcome, n }| {
            json!({ "hour": hour.to_string(), "code": code, "kind": kind, "outcome": outcome.as_str(), "n": n })
        })
        .collect();
    let searches: Vec<_> = searches
        .iter()
        .map(|SearchCount { hour, code, outcome, n }| {
            json!({ "hour": hour.to_string(), "code": code, "outcome": outcome.as_str(), "n": n })
        })
        .collect();
    serde_json::to_string_pretty(&json!({ "clicks": clicks, "searches": searches })).unwrap_or_default() + "\n"
}

/// What the partner states, by day and code. This very text is hashed.
///
/// # Errors
/// The writer's, which a text in memory does not bring about.
pub fn statement_csv(rows: &[Row]) -> Result<String, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(["day", "code", "searches", "clicks", "revenue", "final"])?;
    for Row { day, code, searches, clicks, revenue, is_final } in rows {
        let number = |n: Option<i64>| n.map_or(String::new(), |n| n.to_string());
        let money = revenue.map_or(String::new(), |money| money.to_string());
        let is_final = is_final.map_or("", |is_final| if is_final { "yes" } else { "no" });
        let code = neutral(code);
        writer.write_record([&day.to_string(), &*code, &number(*searches), &number(*clicks), &money, is_final])?;
    }
    text(writer)
}

fn text(writer: csv::Writer<Vec<u8>>) -> Result<String, csv::Error> {
    let bytes = writer.into_inner().map_err(csv::IntoInnerError::into_error)?;
    Ok(String::from_utf8(bytes).unwrap_or_default())
}

/// The month's money as a journal that hledger reads: one transaction on the month's last day, what is receivable from the
/// partner against the income of each code. None where no money is stated, or no currency.
#[must_use]
pub fn journal(record: &Record, rows: &[Row], currency: Option<Currency>) -> Option<String> {
    let currency = currency?;
    let day = rows.iter().map(|row| row.day).max()?;
    let mut by_code: Vec<(&str, Micros)> = Vec::new();
    let mut sum = Micros(0);
    for row in rows {
        let revenue = row.revenue?;
        sum = sum.plus(revenue)?;
        match by_code.iter_mut().find(|(code, _)| *code == row.code) {
            Some((_, of_code)) => *of_code = of_code.plus(revenue)?,
            None => by_code.push((&row.code, revenue)),
        }
    }
    let (partner, month) = (record.value("partner"), record.value("month"));
    let (number, hash) = (record.value("number"), crate::billing::closing::sha256(&record.text()));
    let mut text = format!("; qsproxy closing {number}, record sha256 {hash}\n");
    let amount = |micros: Micros| format!("{micros} {}", currency.as_str());
    // Writing to a String does not fail.
    let _ = writeln!(text, "{day} ({number}) {partner} {month}");
    let _ = writeln!(text, "    assets:receivable:{}  {}", account(partner), amount(sum));
    for (code, revenue) in by_code {
        let code = if code.is_empty() { "all" } else { code };
        let _ =
            writeln!(text, "    income:search:{}:{}  {}", account(partner), account(code), amount(Micros(-revenue.0)));
    }
    Some(text)
}

/// A name as part of an account's: two spaces end an account, a colon divides it, and a semicolon begins a comment.
fn account(name: &str) -> String {
    let plain = |c: char| if c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '/') { c } else { '_' };
    name.chars().map(plain).collect()
}
