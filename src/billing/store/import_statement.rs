//! Inserts statements and their events.

use crate::billing::code_scope::CodeScope;
use crate::billing::money::{Currency, Micros};
use crate::billing::statement::{Statement, StatementRow};
use crate::billing::statement_event::StatementEventKind;
use crate::billing::store::statements::statements;
use crate::billing::store::stored_statement::StoredStatement;
use crate::name::ConfigName;
use crate::storage::error::StoreError;
use crate::storage::query::Database;
use crate::storage::value::SqlValue;
use crate::time::Day;

/// The result of importing a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportOutcome {
    /// The same file was imported before, with the same profile and for the same codes.
    Same {
        /// Its number, counted from 1 over all partners.
        number: i64,
    },
    /// The statement was imported.
    New {
        /// Its number, counted from 1 over all partners.
        number: i64,
        /// Revision: the number of the partner's statements whose scope overlaps this one's, including this one.
        revision: i64,
    },
}

/// Inserts a statement and its rows, unless the partner's statement of this file, profile and scope exists. To be called in a
/// transaction.
pub(super) fn insert(
    database: &Database,
    partner: &ConfigName,
    statement: &Statement,
    today: Day,
) -> Result<ImportOutcome, StoreError> {
    let before = statements(database, Some(partner))?;
    if let Some(same) = before.iter().find(|before| is_same(before, statement)) {
        return Ok(ImportOutcome::Same { number: same.number });
    }
    let number = next_number(database, "statements")?;
    let overlapping = before.iter().filter(|before| {
        before.covers_any(&(statement.first..=statement.last)) && before.codes.overlaps(&statement.codes)
    });
    let revision = 1 + i64::try_from(overlapping.count()).unwrap_or(i64::MAX - 1);
    insert_statement(database, partner, statement, [number, revision], today)?;
    if let CodeScope::Only(codes) = &statement.codes {
        let rows = codes.iter().map(|code| vec![number.into(), code.as_str().into()]);
        database.insert_rows("statement_codes", &["statement", "code"], rows)?;
    }
    for (table, rows) in [("statement_rows", &statement.rows), ("statement_corrections", &statement.corrections)] {
        database.insert_rows(table, &ROW_COLUMNS, rows.iter().map(|row| values(number, row)))?;
    }
    insert_event(database, number, StatementEventKind::Imported, today, "")?;
    Ok(ImportOutcome::New { number, revision })
}

/// Returns whether a stored statement is of the same file, read in the same way, for the same codes.
#[must_use]
pub fn is_same(stored: &StoredStatement, statement: &Statement) -> bool {
    stored.sha256.to_string() == statement.sha256
        && stored.profile == statement.profile
        && stored.codes == statement.codes
}

fn insert_statement(
    database: &Database,
    partner: &ConfigName,
    statement: &Statement,
    [number, revision]: [i64; 2],
    today: Day,
) -> Result<(), StoreError> {
    let Statement { sha256, profile, first, last, currency, codes, .. } = statement;
    let day = |value: &str| database.to_day(value);
    let insert = format!(
        "insert into statements (number, partner, sha256, revision, imported, first, last, currency, profile, codes)
         values (?1, ?2, ?3, ?4, {}, {}, {}, ?8, ?9, ?10)",
        day("?5"),
        day("?6"),
        day("?7")
    );
    let codes = match codes {
        CodeScope::All => None,
        CodeScope::Only(codes) => Some(i64::try_from(codes.len()).unwrap_or(i64::MAX)),
    };
    let [imported, first, last] = [&today.date(), first, last].map(|day| SqlValue::from(day.to_string()));
    let key = [number.into(), partner.as_str().into(), sha256.as_str().into(), revision.into(), imported, first, last];
    let rest = [currency_text(*currency).into(), profile.as_str().into(), codes.into()];
    database.execute(&insert, &[&key[..], &rest].concat())
}

/// Appends an event of a statement. To be called in a transaction.
pub(super) fn insert_event(
    database: &Database,
    statement: i64,
    kind: StatementEventKind,
    today: Day,
    reason: &str,
) -> Result<(), StoreError> {
    let number = next_number(database, "statement_events")?;
    let sql = format!(
        "insert into statement_events (number, statement, event, day, reason) values (?1, ?2, ?3, {}, ?5)",
        database.to_day("?4")
    );
    let texts = [kind.as_str(), &today.date().to_string(), reason].map(SqlValue::from);
    database.execute(&sql, &[&[number.into(), statement.into()][..], &texts].concat())
}

/// Returns the number of the last event; 0 if there is none.
pub(super) fn last_event(database: &Database) -> Result<i64, StoreError> {
    Ok(next_number(database, "statement_events")? - 1)
}

/// Returns the number that the next row of this table gets.
fn next_number(database: &Database, table: &str) -> Result<i64, StoreError> {
    let sql = format!("select coalesce(max(number), 0) as number from {table}");
    let rows = database.query(table, &sql, &[])?;
    let last = rows.first().map_or(Ok(0), |row| row.number("number"))?;
    Ok(last.saturating_add(1))
}

/// The columns of rows and of corrections, in the order of [`values`].
const ROW_COLUMNS: [&str; 9] =
    ["statement", "day", "code", "searches", "clicks", "revenue", "final", "last", "currency"];

fn values(statement: i64, row: &StatementRow) -> Vec<SqlValue> {
    let StatementRow { day, last, code, searches, clicks, revenue, currency, is_final } = row;
    let (revenue, is_final) = (revenue.map(|Micros(micros)| micros), is_final.map(i64::from));
    let key = [statement.into(), day.to_string().into(), code.as_str().into()];
    let numbers = [(*searches).into(), (*clicks).into(), revenue.into(), is_final.into()];
    let ends = [last.to_string().into(), currency_text(*currency).into()];
    key.into_iter().chain(numbers).chain(ends).collect()
}

fn currency_text(currency: Option<Currency>) -> String {
    currency.map_or_else(String::new, |currency| currency.as_str().to_owned())
}
