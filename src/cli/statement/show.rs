//! `qsproxy statement list` and `show`: the statements in the store, whether they are in force, and their rows.

use std::collections::BTreeMap;

use anyhow::Context as _;
use serde_json::json;

use crate::billing::code_scope::CodeScope;
use crate::billing::revision::{CurrencySums, sums};
use crate::billing::statement::StatementRow;
use crate::billing::statement_event::{StatementEvent, StatementEventKind};
use crate::billing::store::{BillingStore, StatementState, StatementsInForce, StoredOlderRow, StoredStatement};
use crate::billing::year_month::YearMonth;
use crate::cli::billing::{find_recorded_contract, open_store, parse_month};
use crate::cli::output::{CommandOutcome, OutputFormat, print, render_table};
use crate::cli::statement::changes_text::state_text;
use crate::cli::statement::profile_words::profile_words;
use crate::cli::statement::summary::{scope_text, sums_text};
use crate::config::Config;
use crate::name::ConfigName;
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
    let columns = &[
        "number",
        "partner",
        "imported",
        "first",
        "last",
        "revision",
        "currency",
        "sha256",
        "state",
        "codes",
        "corrections",
    ];
    let month = filter.month.map(parse_month).transpose()?;
    let store = open_store(config)?;
    let partner = filter.partner.map(|partner| find_recorded_contract(config, &store, partner)).transpose()?;
    let (statements, states) = statements_with_states(&store)?;
    let mut listed = Vec::new();
    for (statement, state) in statements.into_iter().zip(states) {
        let is_of_partner = partner.as_ref().is_none_or(|of| of.partner.as_str() == statement.partner);
        if is_of_partner && month.map_or(Ok(true), |month| is_about(&store, &statement, month))? {
            let corrections = corrections_text(&store, &statement)?;
            listed.push((statement, state, corrections));
        }
    }
    let row = |(entry, state, corrections): (StoredStatement, StatementState, String)| {
        let texts = [entry.imported, entry.first, entry.last].map(|day| TableValue::Text(day.to_string()));
        let number = |n: i64| TableValue::Count(n.unsigned_abs());
        let currency = entry.currency.map_or(String::new(), |currency| currency.as_str().to_owned());
        let sha256 = TableValue::Text(entry.sha256.to_string());
        let ends = [number(entry.revision), TableValue::Text(currency), sha256];
        let codes = match &entry.codes {
            CodeScope::All => "all".to_owned(),
            CodeScope::Only(codes) => codes.iter().map(String::as_str).collect::<Vec<_>>().join(" "),
        };
        let added = [state.as_str().to_owned(), codes, corrections].map(TableValue::Text);
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

/// Returns how many of a statement's corrections of older days are in force; empty if it has none.
fn corrections_text(store: &BillingStore, statement: &StoredStatement) -> Result<String, StoreError> {
    let older = older_rows(store, statement)?;
    let in_force = older.iter().filter(|older| older.is_in_force).count();
    Ok(if older.is_empty() { String::new() } else { format!("{in_force} of {} in force", older.len()) })
}

/// Returns a statement's corrections of older days.
fn older_rows(store: &BillingStore, statement: &StoredStatement) -> Result<Vec<StoredOlderRow>, StoreError> {
    let Ok(partner) = ConfigName::new(&statement.partner) else { return Ok(Vec::new()) };
    let mut older = store.older_rows(&partner)?;
    older.retain(|older| older.statement == statement.number);
    Ok(older)
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
    let [rows, _] = store.rows_of_statement(number)?;
    let shown = ShownStatement { statement, state, events, rows, corrections: older_rows(&store, statement)? };
    let table = shown.table(&store)?;
    print(&match format {
        OutputFormat::Table => shown.heading() + &format!("{}\n", render_table(&table)),
        OutputFormat::Csv => table.csv()?,
        OutputFormat::Json => shown.json(&table)?,
    })
}

/// A statement, and what is shown of it.
struct ShownStatement<'s> {
    statement: &'s StoredStatement,
    state: &'s StatementState,
    events: Vec<StatementEvent>,
    rows: Vec<StatementRow>,
    corrections: Vec<StoredOlderRow>,
}

impl ShownStatement<'_> {
    fn correction_rows(&self) -> Vec<StatementRow> {
        self.corrections.iter().map(|older| older.row.clone()).collect()
    }

    fn heading(&self) -> String {
        let StoredStatement { number, partner, sha256, revision, first, last, profile, codes, .. } = self.statement;
        let mut text = format!(
            "statement {number} of {partner}: {first} to {last}, {}, revision {revision}\nstate: {}\n",
            scope_text(codes),
            state_text(self.state)
        );
        for StatementEvent { kind, day, reason, .. } in &self.events {
            let reason = if reason.is_empty() { String::new() } else { format!(": {reason}") };
            text += &format!("{day}: {}{reason}\n", event_text(*kind));
        }
        text += &format!("sha256 of the file: {sha256}\nsums: {}\n", sums_text(&self.rows));
        let in_force = self.corrections.iter().filter(|older| older.is_in_force).count();
        if !self.corrections.is_empty() {
            let n = self.corrections.len();
            let sums = sums_text(&self.correction_rows());
            text += &format!("corrections of older days: {sums}; {in_force} of {n} in force\n");
        }
        text += "read with:\n";
        for (key, value) in profile_words(profile) {
            text += &format!("  {key} = {value}\n");
        }
        text
    }

    /// The corrections, then the rows of the statement's own days.
    fn table(&self, store: &BillingStore) -> Result<Table, StoreError> {
        let columns =
            &["day", "last", "code", "searches", "clicks", "revenue", "currency", "final", "kind", "in_force"];
        let (statements, events) = (store.statements(None)?, store.statement_events(None)?);
        let of_partner = statements.into_iter().filter(|other| other.partner == self.statement.partner);
        let of_partner: Vec<StoredStatement> = of_partner.collect();
        let in_force = StatementsInForce::new(&of_partner, &events, i64::MAX);
        let stated = self.rows.iter().map(|row| line(row, "stated", in_force.has_row(self.statement.number, row)));
        let corrections = self.corrections.iter().map(|older| line(&older.row, "correction", older.is_in_force));
        Ok(Table { columns, rows: corrections.chain(stated).collect() })
    }

    fn json(&self, table: &Table) -> anyhow::Result<String> {
        let StoredStatement { number, partner, imported, sha256, revision, first, last, currency, profile, codes } =
            self.statement;
        let codes = match codes {
            CodeScope::All => json!(null),
            CodeScope::Only(codes) => json!(codes),
        };
        let others = match self.state {
            StatementState::InPart(others) | StatementState::Replaced(others) => json!(others),
            StatementState::InForce | StatementState::Withdrawn => json!([]),
        };
        let event = |event: &StatementEvent| json!({ "event": event.kind.as_str(), "day": event.day.to_string(), "reason": event.reason });
        let rows: serde_json::Value = serde_json::from_str(&table.json())?;
        let read_with: serde_json::Map<String, serde_json::Value> =
            profile_words(profile).into_iter().map(|(key, value)| (key, value.into())).collect();
        let value = json!({
            "number": number, "partner": partner, "imported": imported.to_string(), "sha256": sha256.to_string(),
            "revision": revision, "first": first.to_string(), "last": last.to_string(),
            "currency": currency.as_ref().map(|currency| currency.as_str()), "codes": codes,
            "state": self.state.as_str(), "replaced_by": others,
            "events": self.events.iter().map(event).collect::<Vec<_>>(),
            "sums": sums_json(&self.rows), "correction_sums": sums_json(&self.correction_rows()),
            "read_with": read_with, "profile": profile, "rows": rows,
        });
        Ok(format!("{value:#}\n"))
    }
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

/// The sums of rows by currency; null for a number that a row does not state.
fn sums_json(rows: &[StatementRow]) -> serde_json::Value {
    let sum = |sums: CurrencySums| {
        json!({
            "currency": sums.currency.as_ref().map(|currency| currency.as_str()), "searches": sums.searches,
            "clicks": sums.clicks, "revenue": sums.revenue.map(|revenue| revenue.to_string()),
        })
    };
    sums(rows.iter()).into_iter().map(sum).collect()
}

fn line(row: &StatementRow, kind: &str, is_in_force: bool) -> Vec<TableValue> {
    let StatementRow { day, last, code, searches, clicks, revenue, currency, is_final } = row;
    let number = |n: Option<i64>| n.map_or(TableValue::Empty, |n| TableValue::Text(n.to_string()));
    let text = |text: &str| TableValue::Text(text.to_owned());
    let yes_or_no = |is_so: bool| if is_so { "yes" } else { "no" };
    vec![
        text(&day.to_string()),
        text(&last.to_string()),
        text(code),
        number(*searches),
        number(*clicks),
        revenue.map_or(TableValue::Empty, |revenue| TableValue::Text(revenue.to_string())),
        text(currency.as_ref().map_or("", |currency| currency.as_str())),
        text(is_final.map_or("", yes_or_no)),
        text(kind),
        text(yes_or_no(is_in_force)),
    ]
}
