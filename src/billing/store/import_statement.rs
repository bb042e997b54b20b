//! Inserts a statement.

use crate::billing::money::Micros;
use crate::billing::statement::{Statement, StatementRow};
use crate::name::ConfigName;
use crate::storage::error::StoreError;
use crate::storage::query::Database;
use crate::storage::value::SqlValue;
use crate::time::Day;

/// The result of importing a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportOutcome {
    /// The same file was imported before.
    Same {
        /// Its number, counted from 1 over all partners.
        number: i64,
    },
    /// The statement was imported.
    New {
        /// Its number, counted from 1 over all partners.
        number: i64,
        /// Revision: the number of the partner's statements covering any of these days, including this one.
        revision: i64,
    },
}

/// Inserts a statement and its rows, unless the partner's statement with this hash exists. To be called in a transaction.
pub(super) fn insert(
    database: &Database,
    partner: &ConfigName,
    statement: &Statement,
    today: Day,
) -> Result<ImportOutcome, StoreError> {
    let Statement { sha256, profile, first, last, currency, rows, .. } = statement;
    let partner = SqlValue::from(partner.as_str());
    let same = "select number from statements where partner = ?1 and sha256 = ?2";
    if let Some(number) = number(database, same, &[partner.clone(), sha256.as_str().into()])? {
        return Ok(ImportOutcome::Same { number });
    }
    let number_of_last = number(database, "select max(number) as number from statements", &[])?.unwrap_or(0);
    let number = number_of_last + 1;
    let [first, last] = [first, last].map(|day| SqlValue::from(day.to_string()));
    let revision = 1 + count_overlapping(database, &partner, &first, &last)?;
    let day = |value: &str| database.to_day(value);
    let insert = format!(
        "insert into statements (number, partner, sha256, revision, imported, first, last, currency, profile)
         values (?1, ?2, ?3, ?4, {}, {}, {}, ?8, ?9)",
        day("?5"),
        day("?6"),
        day("?7")
    );
    let currency = currency.as_ref().map_or("", |currency| currency.as_str());
    let imported = today.date().to_string().into();
    let values = [number.into(), partner, sha256.as_str().into(), revision.into(), imported, first, last];
    database.execute(&insert, &[&values[..], &[currency.into(), profile.as_str().into()]].concat())?;
    let columns = ["statement", "day", "code", "searches", "clicks", "revenue", "final"];
    let values = rows.iter().map(|row| {
        let StatementRow { day, code, searches, clicks, revenue, is_final } = row;
        let (revenue, is_final) = (revenue.map(|Micros(micros)| micros), is_final.map(i64::from));
        let key = [number.into(), day.to_string().into(), code.as_str().into()];
        key.into_iter().chain([(*searches).into(), (*clicks).into(), revenue.into(), is_final.into()]).collect()
    });
    database.insert_rows("statement_rows", &columns, values)?;
    Ok(ImportOutcome::New { number, revision })
}

/// Counts the partner's statements that cover any of these days.
fn count_overlapping(
    database: &Database,
    partner: &SqlValue,
    first: &SqlValue,
    last: &SqlValue,
) -> Result<i64, StoreError> {
    let sql = format!(
        "select count(*) as number from statements where partner = ?1 and first <= {} and last >= {}",
        database.to_day("?3"),
        database.to_day("?2")
    );
    Ok(number(database, &sql, &[partner.clone(), first.clone(), last.clone()])?.unwrap_or(0))
}

/// Returns the column `number` of the first row; None without rows, or for null.
fn number(database: &Database, sql: &str, values: &[SqlValue]) -> Result<Option<i64>, StoreError> {
    match database.query("statements", sql, values)?.first() {
        Some(row) => Ok(row.optional_number("number")?),
        None => Ok(None),
    }
}
