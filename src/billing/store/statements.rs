//! Reads imported statements and the rows that are in force.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use jiff::civil::Date;

use crate::billing::money::Micros;
use crate::billing::statement::StatementRow;
use crate::billing::statement_event::{StatementEvent, StatementEventKind};
use crate::billing::store::in_force::{CorrectedDays, StatementsInForce, add_corrections};
use crate::billing::store::stored_statement::{StoredStatement, parse_currency, parse_day};
use crate::name::ConfigName;
use crate::storage::error::StoreError;
use crate::storage::query::Database;
use crate::storage::value::{DecodeError, Row, SqlValue};

/// Reads the statements of one partner, or of all, ordered by number.
pub(super) fn statements(
    database: &Database,
    partner: Option<&ConfigName>,
) -> Result<Vec<StoredStatement>, StoreError> {
    let [imported, first, last] = ["imported", "first", "last"].map(|column| database.day(column));
    let filter = "cast(?1 as text) is null or partner = cast(?1 as text)";
    let sql = format!(
        "select number, partner, {imported} as imported, sha256, revision, {first} as first, {last} as last, currency, profile, codes
         from statements
         where ({filter}) order by number"
    );
    let partner: [SqlValue; 1] = [partner.map(ConfigName::as_str).into()];
    let rows = database.query("statements", &sql, &partner)?;
    let codes = format!(
        "select statement, code from statement_codes
         where statement in (select number from statements where {filter}) order by statement, code"
    );
    let mut by_statement: BTreeMap<i64, BTreeSet<String>> = BTreeMap::new();
    for row in database.query("statement_codes", &codes, &partner)? {
        by_statement.entry(row.number("statement")?).or_default().insert(row.text("code")?.to_owned());
    }
    let decode = |row: &Row| StoredStatement::from_row(row, &mut by_statement);
    Ok(rows.iter().map(decode).collect::<Result<_, _>>()?)
}

/// Reads the events of the statements of one partner, or of all, ordered by number.
pub(super) fn events(database: &Database, partner: Option<&ConfigName>) -> Result<Vec<StatementEvent>, StoreError> {
    let day = database.day("day");
    let sql = format!(
        "select number, statement, event, {day} as day, reason from statement_events
         where cast(?1 as text) is null or statement in (select number from statements where partner = cast(?1 as text))
         order by number"
    );
    let rows = database.query("statement_events", &sql, &[partner.map(ConfigName::as_str).into()])?;
    let decode = |row: &Row| {
        Ok(StatementEvent {
            number: row.number("number")?,
            statement: row.number("statement")?,
            kind: row.parse("event", "the name of an event", StatementEventKind::from_name)?,
            day: row.parse("day", "a day", parse_day)?,
            reason: row.text("reason")?.to_owned(),
        })
    };
    rows.iter().map(decode).collect()
}

/// Reads the rows in force for these days, with the corrections of these days added, ordered by day, code, last day and currency.
/// Ignores events after number `until`. Each row comes with the number of its statement.
pub(super) fn rows_in_force(
    database: &Database,
    partner: &ConfigName,
    days: &RangeInclusive<Date>,
    until: i64,
) -> Result<Vec<(i64, StatementRow)>, StoreError> {
    let statements = statements(database, Some(partner))?;
    let events = events(database, Some(partner))?;
    let in_force = StatementsInForce::new(&statements, &events, until);
    let (first, last) = (database.to_day("?2"), database.to_day("?3"));
    // All rows of these statements are decoded: a day that is not a date could be in no range.
    let of_days = format!(
        "statement in (select number from statements where partner = ?1 and first <= {last} and last >= {first})"
    );
    let values = [partner.as_str().into(), days.start().to_string().into(), days.end().to_string().into()];
    let decoder = RowDecoder { statements: &statements };
    // A statement with absurd numbers that is not in force must not make others unreadable.
    let mut totals = RowTotals::default();
    let mut rows = Vec::new();
    for stored in database.query("statement_rows", &select_rows(database, "statement_rows", &of_days), &values)? {
        let (number, row) = decoder.decode_stated(&stored)?;
        if row.day <= *days.end() && row.last >= *days.start() && in_force.has_row(number, &row) {
            totals.add(&stored, &row)?;
            rows.push((number, row));
        }
    }
    let mut corrections = Vec::new();
    let mut too_large = None;
    let all = stored_corrections(database, partner, &decoder)?;
    for ((stored, (number, row)), is_in_force) in all.iter().zip(are_in_force(&all, &in_force, &statements)) {
        if row.day <= *days.end() && row.last >= *days.start() && is_in_force {
            totals.add(stored, row)?;
            corrections.push((*number, row.clone()));
            too_large = Some(stored);
        }
    }
    let error = |stored: &Row| StoreError::from(stored.error("clicks", "small enough to be added up"));
    match (add_corrections(rows, corrections), too_large) {
        (Some(rows), _) => Ok(rows),
        // The decoder has checked that all sums fit; without corrections there is nothing to add.
        (None, Some(stored)) => Err(error(stored)),
        (None, None) => Ok(Vec::new()),
    }
}

/// A statement's correction of an older day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredOlderRow {
    /// The number of the statement.
    pub statement: i64,
    /// What is added to that day.
    pub row: StatementRow,
    /// Whether it is in force.
    pub is_in_force: bool,
}

/// A stored correction of older days, with the number of its statement.
type CorrectionRow = (Row, (i64, StatementRow));

/// Reads the corrections of one partner's statements, whether or not they are in force. Their days are others than those of their statements.
fn stored_corrections(
    database: &Database,
    partner: &ConfigName,
    decoder: &RowDecoder<'_>,
) -> Result<Vec<CorrectionRow>, StoreError> {
    let of_partner = "statement in (select number from statements where partner = ?1)";
    let select = select_rows(database, "statement_corrections", of_partner);
    let stored = database.query("statement_corrections", &select, &[partner.as_str().into()])?;
    let decode = |row: Row| decoder.decode(&row).map(|decoded| (row, decoded));
    Ok(stored.into_iter().map(decode).collect::<Result<_, _>>()?)
}

/// Returns of each of a partner's corrections whether it is in force.
fn are_in_force(all: &[CorrectionRow], in_force: &StatementsInForce<'_>, statements: &[StoredStatement]) -> Vec<bool> {
    let days = CorrectedDays::new(all.iter().map(|(_, decoded)| decoded));
    let is_in_force = |(_, (number, row)): &CorrectionRow| {
        let statement = statements.iter().find(|statement| statement.number == *number);
        statement.is_some_and(|statement| in_force.has_correction(statement, row, &days))
    };
    all.iter().map(is_in_force).collect()
}

/// Reads the corrections of one partner, each with the number of its statement, and whether it is in force.
pub(super) fn corrections(database: &Database, partner: &ConfigName) -> Result<Vec<StoredOlderRow>, StoreError> {
    let (statements, events) = (statements(database, Some(partner))?, events(database, Some(partner))?);
    let in_force = StatementsInForce::new(&statements, &events, i64::MAX);
    let all = stored_corrections(database, partner, &RowDecoder { statements: &statements })?;
    let states = are_in_force(&all, &in_force, &statements);
    let correction = |((_, (statement, row)), is_in_force)| StoredOlderRow { statement, row, is_in_force };
    Ok(all.into_iter().zip(states).map(correction).collect())
}

/// Reads the last days of the corrections of one partner.
pub(super) fn corrected_days(database: &Database, partner: &ConfigName) -> Result<Vec<Date>, StoreError> {
    let sql = format!(
        "select distinct {} as last from statement_corrections
         where statement in (select number from statements where partner = ?1) order by 1",
        database.day("last")
    );
    let rows = database.query("statement_corrections", &sql, &[partner.as_str().into()])?;
    Ok(rows.iter().map(|row| row.parse("last", "a day", parse_day)).collect::<Result<_, _>>()?)
}

/// Reads all rows of a statement, or all its corrections, ordered by day, code, last day and currency.
pub(super) fn rows_of(database: &Database, table: &str, statement: i64) -> Result<Vec<StatementRow>, StoreError> {
    let decoder = RowDecoder { statements: &[] };
    let stored = database.query(table, &select_rows(database, table, "statement = ?1"), &[statement.into()])?;
    Ok(stored.iter().map(|row| decoder.decode(row).map(|(_, row)| row)).collect::<Result<_, _>>()?)
}

fn select_rows(database: &Database, table: &str, filter: &str) -> String {
    let [day, last] = ["day", "last"].map(|column| database.day(column));
    format!(
        "select statement, {day} as day, code, searches, clicks, revenue, final, {last} as last, currency from {table}
         where {filter} order by {table}.day, code, {table}.last, currency, statement"
    )
}

struct RowDecoder<'s> {
    statements: &'s [StoredStatement],
}

impl RowDecoder<'_> {
    /// Decodes a row of a statement's own days.
    fn decode_stated(&self, stored: &Row) -> Result<(i64, StatementRow), DecodeError> {
        let (number, row) = self.decode(stored)?;
        // Otherwise no statement that covers the days and the code would have the row, and it would be ignored.
        let place = self.statements.binary_search_by_key(&number, |statement| statement.number);
        let statement = place.ok().and_then(|place| self.statements.get(place));
        if !statement.is_some_and(|statement| statement.first <= row.day && row.last <= statement.last) {
            return Err(stored.error("day", "a day that its statement covers"));
        }
        if !statement.is_some_and(|statement| statement.codes.contains(&row.code)) {
            return Err(stored.error("code", "a code that its statement speaks for"));
        }
        Ok((number, row))
    }

    fn decode(&self, stored: &Row) -> Result<(i64, StatementRow), DecodeError> {
        let number = stored.number("statement")?;
        let day = stored.parse("day", "a day", parse_day)?;
        let last = stored.parse("last", "a day", parse_day)?;
        if last < day {
            return Err(stored.error("last", "not before the first day"));
        }
        let is_final = match stored.optional_number("final")? {
            None => None,
            Some(0) => Some(false),
            Some(1) => Some(true),
            Some(_) => return Err(stored.error("final", "0, 1 or null")),
        };
        let row = StatementRow {
            day,
            last,
            code: stored.text("code")?.to_owned(),
            searches: stored.optional_number("searches")?,
            clicks: stored.optional_number("clicks")?,
            revenue: stored.optional_number("revenue")?.map(Micros),
            currency: stored.parse("currency", "a currency or empty", parse_currency)?,
            is_final,
        };
        Ok((number, row))
    }
}

/// Checks that the numbers of a query can be added up, in any selection, within an `i64`.
#[derive(Debug, Default)]
struct RowTotals {
    searches: i64,
    clicks: i64,
    revenue: i64,
}

impl RowTotals {
    fn add(&mut self, stored: &Row, row: &StatementRow) -> Result<(), DecodeError> {
        let revenue = row.revenue.map(|Micros(micros)| micros);
        for (column, total, number) in [
            ("searches", &mut self.searches, row.searches),
            ("clicks", &mut self.clicks, row.clicks),
            ("revenue", &mut self.revenue, revenue),
        ] {
            let magnitude = number.unwrap_or(0).checked_abs();
            let sum = magnitude.and_then(|magnitude| total.checked_add(magnitude));
            *total = sum.ok_or_else(|| stored.error(column, "small enough to be added up"))?;
        }
        Ok(())
    }
}
