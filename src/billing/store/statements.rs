//! Reads imported statements and the rows that are in force.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use jiff::civil::Date;

use crate::billing::digest::Sha256Digest;
use crate::billing::money::{Currency, Micros};
use crate::billing::statement::StatementRow;
use crate::name::ConfigName;
use crate::storage::error::StoreError;
use crate::storage::query::Database;
use crate::storage::value::{DecodeError, Row};

/// An imported statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredStatement {
    /// Number, counted from 1 over all partners.
    pub number: i64,
    /// The partner.
    pub partner: String,
    /// The UTC day of the import.
    pub imported: Date,
    /// SHA-256 of the file.
    pub sha256: Sha256Digest,
    /// Revision: the number of the partner's statements covering any of these days, including this one.
    pub revision: i64,
    /// The first day covered.
    pub first: Date,
    /// The last day covered.
    pub last: Date,
    /// The currency of the revenue; None if the statement has no revenue.
    pub currency: Option<Currency>,
    /// The text of the profile that the file was read with.
    pub profile: String,
}

impl StoredStatement {
    fn from_row(row: &Row) -> Result<Self, DecodeError> {
        let currency = |text: &str| if text.is_empty() { Some(None) } else { Currency::new(text).map(Some) };
        Ok(Self {
            number: row.number("number")?,
            partner: row.text("partner")?.to_owned(),
            imported: row.parse("imported", "a day", parse_day)?,
            sha256: row.parse("sha256", "a SHA-256 digest", Sha256Digest::parse)?,
            revision: row.number("revision")?,
            first: row.parse("first", "a day", parse_day)?,
            last: row.parse("last", "a day", parse_day)?,
            currency: row.parse("currency", "a currency or empty", currency)?,
            profile: row.text("profile")?.to_owned(),
        })
    }

    /// Returns whether the statement covers any of these days.
    #[must_use]
    pub fn covers_any(&self, days: &RangeInclusive<Date>) -> bool {
        self.first <= *days.end() && self.last >= *days.start()
    }
}

/// Reads the statements of one partner, or of all, ordered by number.
pub(super) fn statements(
    database: &Database,
    partner: Option<&ConfigName>,
) -> Result<Vec<StoredStatement>, StoreError> {
    let [imported, first, last] = ["imported", "first", "last"].map(|column| database.day(column));
    let sql = format!(
        "select number, partner, {imported} as imported, sha256, revision, {first} as first, {last} as last, currency, profile
         from statements
         where (cast(?1 as text) is null or partner = cast(?1 as text)) order by number"
    );
    let rows = database.query("statements", &sql, &[partner.map(ConfigName::as_str).into()])?;
    Ok(rows.iter().map(StoredStatement::from_row).collect::<Result<_, _>>()?)
}

/// Reads the rows in force for these days, ordered by day, then code: each day from the latest statement that covers it,
/// ignoring statements after number `until`. Each row comes with the number of its statement.
pub(super) fn rows_in_force(
    database: &Database,
    partner: &ConfigName,
    days: &RangeInclusive<Date>,
    until: i64,
) -> Result<Vec<(i64, StatementRow)>, StoreError> {
    let statements = statements(database, Some(partner))?;
    let (day, first, last) = (database.day("day"), database.to_day("?2"), database.to_day("?3"));
    // All rows of these statements are decoded: a day that is not a date could be in no range.
    let sql = format!(
        "select statement, {day} as day, code, searches, clicks, revenue, final from statement_rows
         where statement in (select number from statements where partner = ?1 and first <= {last} and last >= {first})
         order by day, code, statement"
    );
    let values = [partner.as_str().into(), days.start().to_string().into(), days.end().to_string().into()];
    let mut decoder = RowDecoder { statements: &statements, totals: RowTotals::default() };
    let mut latest_by_day: BTreeMap<Date, Option<i64>> = BTreeMap::new();
    let mut rows = Vec::new();
    for stored in database.query("statement_rows", &sql, &values)? {
        let (number, row) = decoder.decode(&stored)?;
        if !days.contains(&row.day) {
            continue;
        }
        let latest = latest_by_day.entry(row.day).or_insert_with(|| {
            let covering = statements.iter().filter(|statement| statement.number <= until);
            covering.rev().find(|statement| statement.covers_any(&(row.day..=row.day))).map(|latest| latest.number)
        });
        if *latest == Some(number) {
            rows.push((number, row));
        }
    }
    Ok(rows)
}

struct RowDecoder<'s> {
    statements: &'s [StoredStatement],
    totals: RowTotals,
}

impl RowDecoder<'_> {
    fn decode(&mut self, stored: &Row) -> Result<(i64, StatementRow), DecodeError> {
        let number = stored.number("statement")?;
        let day = stored.parse("day", "a day", parse_day)?;
        // Otherwise no statement that covers the day would have the row, and it would be ignored.
        let is_covered =
            self.statements.iter().any(|statement| statement.number == number && statement.covers_any(&(day..=day)));
        if !is_covered {
            return Err(stored.error("day", "a day that its statement covers"));
        }
        let is_final = match stored.optional_number("final")? {
            None => None,
            Some(0) => Some(false),
            Some(1) => Some(true),
            Some(_) => return Err(stored.error("final", "0, 1 or null")),
        };
        let row = StatementRow {
            day,
            code: stored.text("code")?.to_owned(),
            searches: stored.optional_number("searches")?,
            clicks: stored.optional_number("clicks")?,
            revenue: stored.optional_number("revenue")?.map(Micros),
            is_final,
        };
        self.totals.add(stored, &row)?;
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

/// Parses `YYYY-MM-DD` and nothing else that jiff accepts as a date.
fn parse_day(text: &str) -> Option<Date> {
    text.parse::<Date>().ok().filter(|day| day.to_string() == text)
}
