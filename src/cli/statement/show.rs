//! `qsproxy statement list` and `show`: the statements in the store, whether they are in force, and their rows.

use std::collections::BTreeMap;

use anyhow::Context as _;
use serde_json::json;

use crate::billing::code_scope::CodeScope;
use crate::billing::statement::StatementRow;
use crate::billing::statement_event::{StatementEvent, StatementEventKind};
use crate::billing::store::{BillingStore, StatementState, StatementsInForce, StoredStatement};
use crate::billing::year_month::YearMonth;
use crate::cli::billing::{find_recorded_contract, open_store, parse_month};
use crate::cli::output::{CommandOutcome, OutputFormat, print, render_table};
use crate::cli::statement::changes_text::state_text;
use crate::cli::statement::summary::{scope_text, sums_text};
use crate::config::Config;
use crate::report::table::{Table, TableValue};
use crate::storage::error::StoreError;

/// Which statements are listed.
#[derive(Debug, Clone, Copy)]
pub(super) struct ListFilter<'f> {
    /// Those of this partner only.
    pub(super) partner: Option<&'f str>,
    /// Those with a day of this month only, `YYYY-MM`.
    pub(super) month: Option<&'f str>,
}

/// Lists statements.
///
/// # Errors
/// An unknown partner, an invalid month, or a store that cannot be opened or read.
pub(super) fn list(config: &Config, filter: &ListFilter<'_>, format: OutputFormat) -> anyhow::Result<CommandOutcome> {
    let columns =
        &["number", "partner", "imported", "first", "last", "revision", "currency", "sha256", "state", "codes"];
    let month = filter.month.map(parse_month).transpose()?;
    let store = open_store(config)?;
    let partner = filter.partner.map(|partner| find_recorded_contract(config, &store, partner)).transpose()?;
    let (statements, states) = statements_with_states(&store)?;
    let mut listed = Vec::new();
    for (statement, state) in statements.into_iter().zip(states) {
        let is_of_partner = partner.as_ref().is_none_or(|of| of.partner.as_str() == statement.partner);
        if is_of_partner && month.map_or(Ok(true), |month| is_about(&store, &statement, month))? {
            listed.push((statement, state));
        }
    }
    let row = |(entry, state): (StoredStatement, StatementState)| {
        let texts = [entry.imported, entry.first, entry.last].map(|day| TableValue::Text(day.to_string()));
        let number = |n: i64| TableValue::Count(n.unsigned_abs());
        let currency = entry.currency.map_or(String::new(), |currency| currency.as_str().to_owned());
        let sha256 = TableValue::Text(entry.sha256.to_string());
        let ends = [number(entry.revision), TableValue::Text(currency), sha256];
        let codes = match &entry.codes {
            CodeScope::All => "all".to_owned(),
            CodeScope::Only(codes) => codes.iter().map(String::as_str).collect::<Vec<_>>().join(" "),
        };
        let added = [TableValue::Text(state.as_str().to_owned()), TableValue::Text(codes)];
        let start = [number(entry.number), TableValue::Text(entry.partner)];
        start.into_iter().chain(texts).chain(ends).chain(added).collect()
    };
    let rows = listed.into_iter().map(row).collect();
    let table = Table { columns, rows };
    print(&match format {
        OutputFormat::Table => format!("{}\n", render_table(&table)),
        OutputFormat::Csv => table.csv()?,
        OutputFormat::Json => table.json(),
    })
}

/// Returns whether a statement covers a day of a month, or corrects one.
fn is_about(store: &BillingStore, statement: &StoredStatement, month: YearMonth) -> Result<bool, StoreError> {
    let days = month.first_day()..=month.last_day();
    if statement.covers_any(&days) {
        return Ok(true);
    }
    let [_, corrections] = store.rows_of_statement(statement.number)?;
    Ok(corrections.iter().any(|row| row.day <= *days.end() && row.last >= *days.start()))
}

/// Returns all statements, and the state of each.
fn statements_with_states(store: &BillingStore) -> Result<(Vec<StoredStatement>, Vec<StatementState>), StoreError> {
    let (statements, events) = (store.statements(None)?, store.statement_events(None)?);
    let mut by_partner: BTreeMap<&str, Vec<StoredStatement>> = BTreeMap::new();
    for statement in &statements {
        by_partner.entry(&statement.partner).or_default().push(statement.clone());
    }
    let in_force: BTreeMap<&str, StatementsInForce<'_>> = by_partner
        .iter()
        .map(|(partner, statements)| (*partner, StatementsInForce::new(statements, &events, i64::MAX)))
        .collect();
    let state = |statement: &StoredStatement| {
        let of_partner = in_force.get(statement.partner.as_str());
        of_partner.map_or(StatementState::Withdrawn, |in_force| in_force.state(statement))
    };
    let states = statements.iter().map(state).collect();
    Ok((statements, states))
}

/// Shows one statement.
///
/// # Errors
/// There is no such statement, or the store cannot be opened or read.
pub(super) fn show(config: &Config, number: i64, format: OutputFormat) -> anyhow::Result<CommandOutcome> {
    let store = open_store(config)?;
    let (statements, states) = statements_with_states(&store)?;
    let found = statements.iter().zip(&states).find(|(statement, _)| statement.number == number);
    let (statement, state) = found.with_context(|| {
        format!("there is no statement {number}; `qsproxy statement list` prints those that there are")
    })?;
    let events: Vec<StatementEvent> =
        store.statement_events(None)?.into_iter().filter(|event| event.statement == number).collect();
    let [rows, corrections] = store.rows_of_statement(number)?;
    let table = rows_table(&rows, &corrections);
    print(&match format {
        OutputFormat::Table => {
            heading(statement, state, &events, &rows, &corrections) + &format!("{}\n", render_table(&table))
        }
        OutputFormat::Csv => table.csv()?,
        OutputFormat::Json => show_json(statement, state, &events, &table)?,
    })
}

fn heading(
    statement: &StoredStatement,
    state: &StatementState,
    events: &[StatementEvent],
    rows: &[StatementRow],
    corrections: &[StatementRow],
) -> String {
    let StoredStatement { number, partner, sha256, revision, first, last, profile, codes, .. } = statement;
    let mut text = format!(
        "statement {number} of {partner}: {first} to {last}, {}, revision {revision}\nstate: {}\n",
        scope_text(codes),
        state_text(state)
    );
    for StatementEvent { kind, day, reason, .. } in events {
        let reason = if reason.is_empty() { String::new() } else { format!(": {reason}") };
        text += &format!("{day}: {}{reason}\n", event_text(*kind));
    }
    text += &format!("sha256 of the file: {sha256}\nsums: {}\n", sums_text(rows));
    if !corrections.is_empty() {
        text += &format!("corrections of older days: {}\n", sums_text(corrections));
    }
    text += "read with:\n";
    for line in profile.lines().filter_map(readable) {
        text += &format!("  {line}\n");
    }
    text
}

/// A line of a stored profile ([`Profile::text`]), whose form is signed and never changes, for a reader. `None` for a key that is not set.
fn readable(line: &str) -> Option<String> {
    let (key, value) = line.split_once(" = ")?;
    let inside = |start: &str, end: &str| value.strip_prefix(start)?.strip_suffix(end);
    let text = |list: &str| list.split(", ").map(|byte| byte.parse().ok().map(|byte: u8| char::from(byte))).collect();
    let currency: Option<String> = inside("In(Currency([", "]))").and_then(text);
    let delimiter: Option<String> = inside("Table(", ")").and_then(text);
    if let Some(code) = currency {
        return Some(format!("{key} = {code:?}"));
    }
    if let Some(delimiter) = delimiter {
        return Some(format!("delimiter = {delimiter:?}"));
    }
    (!matches!(value, "[]" | "false" | "None")).then(|| line.to_owned())
}

fn event_text(kind: StatementEventKind) -> &'static str {
    match kind {
        StatementEventKind::Imported => "imported",
        StatementEventKind::Withdrawn => "withdrawn",
        StatementEventKind::Used => "put in force again",
        StatementEventKind::WithCorrections => {
            "its file contains what other statements corrected of its days by then, which is not added to it"
        }
        StatementEventKind::WithoutCorrections => "what other statements correct of its days is added to it",
    }
}

fn rows_table(rows: &[StatementRow], corrections: &[StatementRow]) -> Table {
    let columns = &["day", "last", "code", "searches", "clicks", "revenue", "currency", "final", "kind"];
    let line = |row: &StatementRow, kind: &str| {
        let StatementRow { day, last, code, searches, clicks, revenue, currency, is_final } = row;
        let number = |n: Option<i64>| n.map_or(TableValue::Empty, |n| TableValue::Text(n.to_string()));
        let text = |text: &str| TableValue::Text(text.to_owned());
        let is_final = is_final.map_or("", |is_final| if is_final { "yes" } else { "no" });
        vec![
            text(&day.to_string()),
            text(&last.to_string()),
            text(code),
            number(*searches),
            number(*clicks),
            revenue.map_or(TableValue::Empty, |revenue| TableValue::Text(revenue.to_string())),
            text(currency.as_ref().map_or("", |currency| currency.as_str())),
            text(is_final),
            text(kind),
        ]
    };
    let stated = rows.iter().map(|row| line(row, "stated"));
    Table { columns, rows: corrections.iter().map(|row| line(row, "correction")).chain(stated).collect() }
}

fn show_json(
    statement: &StoredStatement,
    state: &StatementState,
    events: &[StatementEvent],
    table: &Table,
) -> anyhow::Result<String> {
    let StoredStatement { number, partner, imported, sha256, revision, first, last, currency, profile, codes } =
        statement;
    let codes = match codes {
        CodeScope::All => json!(null),
        CodeScope::Only(codes) => json!(codes),
    };
    let others = match state {
        StatementState::InPart(others) | StatementState::Replaced(others) => json!(others),
        StatementState::InForce | StatementState::Withdrawn => json!([]),
    };
    let events: Vec<_> = events
        .iter()
        .map(|event| json!({ "event": event.kind.as_str(), "day": event.day.to_string(), "reason": event.reason }))
        .collect();
    let rows: serde_json::Value = serde_json::from_str(&table.json())?;
    let value = json!({
        "number": number, "partner": partner, "imported": imported.to_string(), "sha256": sha256.to_string(),
        "revision": revision, "first": first.to_string(), "last": last.to_string(),
        "currency": currency.as_ref().map(|currency| currency.as_str()), "codes": codes, "state": state.as_str(),
        "replaced_by": others, "events": events, "profile": profile, "rows": rows,
    });
    Ok(format!("{value:#}\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stored_profile_is_shown_in_words() {
        for (stored, shown) in [
            ("currency = In(Currency([85, 83, 68]))", Some("currency = \"USD\"")),
            ("currency = Header", Some("currency = Header")),
            ("format = Table(59)", Some("delimiter = \";\"")),
            ("format = Table(9)", Some("delimiter = \"\\t\"")),
            ("footers = []", None),
            ("in_micros = false", None),
            ("date = [\"Day\"]", Some("date = [\"Day\"]")),
        ] {
            assert_eq!(readable(stored).as_deref(), shown, "{stored}");
        }
    }
}
