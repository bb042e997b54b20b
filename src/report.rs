//! Questions to the counts: one query layer for the command line and the metrics, so that no two views
//! can disagree. Reads the store beside a running process, and writes nothing to it. [`mod@answer`] puts a question to [`usage`] or [`slices`], and the
//! answer is a [`sheet`]; what leaves the house is made safe by two rules: [`suppress`] hides small counts, [`noise`] blurs shown ones.

pub mod noise;
pub mod run;
pub mod slices;
pub mod suppression;
pub mod table;
pub mod usage;

use std::rc::Rc;

use jiff::civil::Date;
use strum::VariantArray as _;

use crate::metrics::{Metrics, Stored};
use crate::report::table::{Table, TableValue};
use crate::storage::query::{AccessMode, Database, SqlValue, StoreError, StoreLocation};
use crate::storage::schema::OpenError;

/// What is shown for all codes, or all values, together. No name can be this.
pub const TOTAL: &str = "*";

/// The tables of single outcomes, summed up by day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CountTable {
    /// The table `clicks`, and the days that were made of its old hours.
    Clicks,
    /// The table `searches`, likewise.
    Searches,
    /// The table `adjustments`: what came for periods that were closed.
    Adjustments,
}

impl CountTable {
    /// The columns of a report, `n` last.
    #[must_use]
    pub fn columns(self) -> &'static [&'static str] {
        match self {
            Self::Clicks => &["day", "partner", "code", "kind", "outcome", "n"],
            Self::Searches => &["day", "partner", "code", "outcome", "n"],
            Self::Adjustments => &["day", "subject", "partner", "code", "kind", "outcome", "n"],
        }
    }

    fn table(self) -> &'static str {
        match self {
            Self::Clicks => "clicks",
            Self::Searches => "searches",
            Self::Adjustments => "adjustments",
        }
    }

    /// The table of days that were made of old hours; adjustments stay as they are.
    fn daily(self) -> Option<&'static str> {
        match self {
            Self::Clicks => Some("clicks_daily"),
            Self::Searches => Some("searches_daily"),
            Self::Adjustments => None,
        }
    }
}

/// Which rows are asked for; days are UTC, both ends included.
#[derive(Debug, Clone, Default)]
pub struct ReportFilter {
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Date,
    /// One partner alone.
    pub partner: Option<String>,
    /// One code alone.
    pub code: Option<String>,
}

/// The store, open for reading.
#[derive(Debug)]
pub struct CountsReader(Rc<Database>);

impl CountsReader {
    /// Opens the store of a running or stopped process.
    ///
    /// # Errors
    /// What the store is instead.
    pub fn open(store: &StoreLocation) -> Result<Self, OpenError> {
        Ok(Self::of(Rc::new(Database::open(store, AccessMode::Read)?)))
    }

    /// Over a store that is open.
    #[must_use]
    pub fn of(database: Rc<Database>) -> Self {
        Self(database)
    }

    /// Sums by day.
    ///
    /// # Errors
    /// The store's.
    pub fn by_day(&self, subject: CountTable, question: &ReportFilter) -> Result<Table, StoreError> {
        let columns = subject.columns();
        let keys = columns.get(1..columns.len() - 1).unwrap_or_default().join(", ");
        if !self.0.has(subject.table())? {
            return Ok(Table { columns, rows: Vec::new() });
        }
        let by_day = self.days(subject, &keys, "(cast(?4 as text) is null or code = cast(?4 as text))")?;
        let sql = format!(
            "select day, {keys}, cast(sum(n) as bigint) from ({by_day}) as by_day group by day, {keys} order by day, {keys}"
        );
        let values = [Self::values(question), vec![question.code.clone().into()]].concat();
        let rows = self.rows(&sql, &values)?;
        let row = |(keys, n): (Vec<String>, u64)| {
            keys.into_iter().map(TableValue::Text).chain([TableValue::Count(n)]).collect()
        };
        Ok(Table { columns, rows: rows.into_iter().map(row).collect() })
    }

    /// The question after single outcomes by day, within the days and of the partner of [`Self::values`].
    fn days(&self, subject: CountTable, keys: &str, which: &str) -> Result<String, StoreError> {
        let database = &self.0;
        let (hour, from, to) = (database.hour("hour"), database.to_hour("?1"), database.to_hour("?2"));
        let partner = "(cast(?3 as text) is null or partner = cast(?3 as text))";
        let hours = format!(
            "select substr({hour}, 1, 10) as day, {keys}, n from {table}
             where hour between {from} and {to} and {partner} and {which}",
            table = subject.table()
        );
        let Some(daily) = subject.daily() else { return Ok(hours) };
        if !database.has(daily)? {
            return Ok(hours);
        }
        let (day, from, to) =
            (database.day("day"), database.to_day("substr(?1, 1, 10)"), database.to_day("substr(?2, 1, 10)"));
        Ok(format!(
            "{hours} union all select {day} as day, {keys}, n from {daily}
             where day between {from} and {to} and {partner} and {which}"
        ))
    }

    /// The first and the last hour of the days that are asked for, and the partner.
    fn values(question: &ReportFilter) -> Vec<SqlValue> {
        let ReportFilter { from, to, partner, .. } = question;
        vec![format!("{from}T00").into(), format!("{to}T23").into(), partner.clone().into()]
    }

    /// Rows of texts with a number at their end.
    fn rows(&self, sql: &str, values: &[SqlValue]) -> Result<Vec<(Vec<String>, u64)>, StoreError> {
        let row = |mut row: Vec<SqlValue>| {
            let n = row.pop().map_or(0, |n| n.count());
            (row.iter().map(|field| field.text().to_owned()).collect(), n)
        };
        Ok(self.0.rows(sql, values)?.into_iter().map(row).collect())
    }
}

/// Publishes the store's totals as metrics, which so survive restarts: with the days made of old hours, and what came for
/// closed periods, so that no counter ever falls.
///
/// # Errors
/// The store's.
pub fn publish(counts: &CountsReader, metrics: &Metrics) -> Result<(), StoreError> {
    for &stored in Stored::VARIANTS {
        let columns = stored.columns().join(", ");
        let mut parts = Vec::new();
        for (table, which) in stored.sources() {
            if counts.0.has(table)? {
                parts.push(format!("select {columns}, n from {table} where {which}"));
            }
        }
        if parts.is_empty() {
            continue;
        }
        let texts: Vec<String> = stored.columns().iter().map(|column| format!("cast({column} as text)")).collect();
        let (texts, parts) = (texts.join(", "), parts.join(" union all "));
        let sql = format!("select {texts}, cast(sum(n) as bigint) from ({parts}) as all_of_it group by {columns}");
        for (values, n) in counts.rows(&sql, &[])? {
            metrics.publish(stored, &values, n);
        }
    }
    Ok(())
}
