//! Reads counts from the store: the report of single outcomes by day, and what the other reports share.

use std::rc::Rc;

use jiff::civil::Date;
use strum::VariantArray as _;

use crate::counts::cells::{ClickOutcome, SearchOutcome};
use crate::name::UNKNOWN;
use crate::report::table::{Table, TableValue};
use crate::result_kind::ResultKind;
use crate::storage::error::{OpenError, StoreError};
use crate::storage::query::{AccessMode, Database, StoreLocation};
use crate::storage::value::{DecodeError, Row, SqlValue};
use crate::time::Day;

/// The name of rows that add up all codes, or all values. It is no valid name of a code or a partner.
pub const TOTAL: &str = "*";

/// The value of the column `kind` for searches in `adjustments`.
const NO_KIND: &str = "none";

/// A table of single outcomes, which a report adds up by day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CountTable {
    /// `clicks`, and `clicks_daily` for hours that were rolled up.
    Clicks,
    /// `searches`, and `searches_daily`.
    Searches,
    /// `adjustments`: counts that arrived after their month was closed.
    Adjustments,
}

impl CountTable {
    /// The columns of the report, `n` last.
    #[must_use]
    pub fn columns(self) -> &'static [&'static str] {
        match self {
            Self::Clicks => &["day", "partner", "code", "kind", "outcome", "n"],
            Self::Searches => &["day", "partner", "code", "outcome", "n"],
            Self::Adjustments => &["day", "subject", "partner", "code", "kind", "outcome", "n"],
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Clicks => "clicks",
            Self::Searches => "searches",
            Self::Adjustments => "adjustments",
        }
    }

    /// The tables that its rows come from, for decoding errors.
    pub(super) fn sources(self) -> &'static str {
        match self {
            Self::Clicks => "clicks or clicks_daily",
            Self::Searches => "searches or searches_daily",
            Self::Adjustments => "adjustments",
        }
    }

    /// The table that its old hours are rolled up into; adjustments are not rolled up.
    fn daily(self) -> Option<&'static str> {
        match self {
            Self::Clicks => Some("clicks_daily"),
            Self::Searches => Some("searches_daily"),
            Self::Adjustments => None,
        }
    }
}

/// Which rows a report contains. Days are UTC, both ends included.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReportFilter {
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Date,
    /// Only this partner.
    pub partner: Option<String>,
    /// Only this code.
    pub code: Option<String>,
}

impl ReportFilter {
    /// The parameters `?1` to `?3` of the queries: the first hour, the last hour, and the partner or `null`.
    pub(super) fn parameters(&self) -> Vec<SqlValue> {
        let Self { from, to, partner, .. } = self;
        vec![format!("{from}T00").into(), format!("{to}T23").into(), partner.clone().into()]
    }
}

/// Returns whether a day has begun in some time zone, on the UTC day `today`: the easternmost zone is 14 hours ahead. A report of later days
/// has no counts, and is a mistake.
#[must_use]
pub fn has_begun(day: Date, today: Day) -> bool {
    today.date().tomorrow().is_ok_and(|tomorrow| day <= tomorrow)
}

/// A store, open for reading.
#[derive(Debug)]
pub struct CountsReader {
    pub(super) database: Rc<Database>,
}

impl CountsReader {
    /// Opens a store, whether or not a process is writing counts to it.
    ///
    /// # Errors
    /// Why it cannot be opened.
    pub fn open(store: &StoreLocation) -> Result<Self, OpenError> {
        Ok(Self::new(Rc::new(Database::open(store, AccessMode::Read)?)))
    }

    /// Uses a store that is open.
    #[must_use]
    pub fn new(database: Rc<Database>) -> Self {
        Self { database }
    }

    /// The sums of each outcome by day.
    ///
    /// # Errors
    /// Those of the store, or a row that cannot be decoded.
    pub fn by_day(&self, table: CountTable, filter: &ReportFilter) -> Result<Table, StoreError> {
        let columns = table.columns();
        if !self.database.has_table(table.name())? {
            return Ok(Table { columns, rows: Vec::new() });
        }
        let keys = columns.get(1..columns.len() - 1).unwrap_or_default();
        let key_list = keys.join(", ");
        let by_day = self.select_days(table, &key_list, "(cast(?4 as text) is null or code = cast(?4 as text))")?;
        let sql = format!(
            "select day, {key_list}, {n} as n from ({by_day}) as by_day group by day, {key_list} order by day, {key_list}",
            n = self.database.sum("n")
        );
        let parameters = [filter.parameters(), vec![filter.code.clone().into()]].concat();
        let rows = self.database.query(table.sources(), &sql, &parameters)?;
        let rows = rows.iter().map(|row| outcome_row(table, keys, row)).collect::<Result<_, _>>()?;
        Ok(Table { columns, rows })
    }

    /// SQL for a table's rows by day, filtered by `?1` to `?3` of [`ReportFilter::parameters`] and by `condition`: hours, and the days
    /// that earlier hours were rolled up into.
    pub(super) fn select_days(&self, table: CountTable, keys: &str, condition: &str) -> Result<String, StoreError> {
        let database = &self.database;
        let (hour, from, to) = (database.hour("hour"), database.to_hour("?1"), database.to_hour("?2"));
        let partner = "(cast(?3 as text) is null or partner = cast(?3 as text))";
        let hours = format!(
            "select substr({hour}, 1, 10) as day, {keys}, n from {table}
             where hour between {from} and {to} and {partner} and {condition}",
            table = table.name()
        );
        let Some(daily) = table.daily() else { return Ok(hours) };
        if !database.has_table(daily)? {
            return Ok(hours);
        }
        let (day, from, to) =
            (database.day("day"), database.to_day("substr(?1, 1, 10)"), database.to_day("substr(?2, 1, 10)"));
        Ok(format!(
            "{hours} union all select {day} as day, {keys}, n from {daily}
             where day between {from} and {to} and {partner} and {condition}"
        ))
    }
}

fn outcome_row(table: CountTable, keys: &[&str], row: &Row) -> Result<Vec<TableValue>, DecodeError> {
    match table {
        CountTable::Clicks => check_click(row)?,
        CountTable::Searches => check_search(row)?,
        CountTable::Adjustments => match row.text("subject")? {
            "clicks" => check_click(row)?,
            "searches" => {
                row.parse("kind", "`none`, the kind of searches", |kind| (kind == NO_KIND).then_some(()))?;
                check_search(row)?;
            }
            _ => return Err(row.error("subject", "`clicks` or `searches`")),
        },
    }
    let mut values = vec![TableValue::Text(row.day("day")?.date().to_string())];
    for key in keys {
        values.push(TableValue::Text(row.text(key)?.to_owned()));
    }
    values.push(TableValue::Count(row.count("n")?));
    Ok(values)
}

/// Checks the kind and the outcome of clicks.
pub(super) fn check_click(row: &Row) -> Result<(), DecodeError> {
    let is_kind = |kind: &str| kind == UNKNOWN || ResultKind::VARIANTS.iter().any(|known| known.as_str() == kind);
    row.parse("kind", "a kind of results", |kind| is_kind(kind).then_some(()))?;
    row.parse("outcome", "an outcome of clicks", ClickOutcome::from_name).map(drop)
}

/// Checks the outcome of searches.
pub(super) fn check_search(row: &Row) -> Result<(), DecodeError> {
    row.parse("outcome", "an outcome of searches", SearchOutcome::from_name).map(drop)
}
