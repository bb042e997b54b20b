//! Questions to the counts: one query layer for the command line and the metrics, so that no two views
//! can disagree. Reads the store beside a running process, and writes nothing to it. [`usage`] and [`slices`] answer with a
//! [`sheet`]; what leaves the house is made safe by two rules: [`suppress`] hides small counts, [`noise`] blurs shown ones.

pub mod noise;
pub mod sheet;
pub mod slices;
pub mod suppress;
pub mod usage;

use std::path::Path;
use std::time::Duration;

use jiff::civil::Date;
use rusqlite::{Connection, OpenFlags, params_from_iter};

use crate::counts::schema::{self, Found, OpenError};
use crate::metrics::{Metrics, Stored};
use sheet::{Sheet, Value};

/// How long a question waits for the writer.
const BUSY: Duration = Duration::from_secs(5);

/// What is shown for all codes, or all values, together. No name can be this.
pub const TOTAL: &str = "*";

/// The tables of single outcomes, summed up by day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// The table `clicks`.
    Clicks,
    /// The table `searches`.
    Searches,
}

impl Subject {
    /// The columns of a report, `n` last.
    #[must_use]
    pub fn columns(self) -> &'static [&'static str] {
        match self {
            Self::Clicks => &["day", "partner", "code", "kind", "outcome", "n"],
            Self::Searches => &["day", "partner", "code", "outcome", "n"],
        }
    }
}

/// Which rows are asked for; days are UTC, both ends included.
#[derive(Debug, Clone, Default)]
pub struct Question {
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
pub struct Counts(Connection);

impl Counts {
    /// Opens the store of a running or stopped process.
    ///
    /// # Errors
    /// What the file is instead.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        // Reading a store in write-ahead mode needs its shared memory file, and so the right to write;
        // `query_only` sees to it that nothing is written all the same.
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(BUSY)?;
        connection.pragma_update(None, "query_only", "on")?;
        match schema::recognise(&connection)? {
            Found::Store | Found::Older(_) => Ok(Self(connection)),
            Found::Empty => Err(OpenError::Foreign),
        }
    }

    /// Sums by day.
    ///
    /// # Errors
    /// SQLite's.
    pub fn by_day(&self, subject: Subject, question: &Question) -> rusqlite::Result<Sheet> {
        let Question { from, to, partner, code } = question;
        let (table, keys) = match subject {
            Subject::Clicks => ("clicks", "partner, code, kind, outcome"),
            Subject::Searches => ("searches", "partner, code, outcome"),
        };
        let sql = format!(
            "select substr(hour, 1, 10) as day, {keys}, sum(n) from {table}
             where substr(hour, 1, 10) between ?1 and ?2 and (?3 is null or partner = ?3) and (?4 is null or code = ?4)
             group by day, {keys} order by day, {keys}"
        );
        let values = [Some(from.to_string()), Some(to.to_string()), partner.clone(), code.clone()];
        let rows = self.rows(&sql, &values, subject.columns().len())?;
        let row = |(keys, n): (Vec<String>, u64)| keys.into_iter().map(Value::Text).chain([Value::Count(n)]).collect();
        Ok(Sheet { columns: subject.columns(), rows: rows.into_iter().map(row).collect() })
    }

    /// Rows of texts with a number at their end.
    fn rows(&self, sql: &str, values: &[Option<String>], columns: usize) -> rusqlite::Result<Vec<(Vec<String>, u64)>> {
        let mut query = self.0.prepare_cached(sql)?;
        let keys = columns.saturating_sub(1);
        let rows = query.query_map(params_from_iter(values), |row| {
            let texts = (0..keys).map(|column| row.get(column)).collect::<rusqlite::Result<_>>()?;
            let n: i64 = row.get(keys)?;
            Ok((texts, u64::try_from(n).unwrap_or(0)))
        })?;
        rows.collect()
    }

    /// Whether the store has this table. One of an earlier version lacks what came later, and so has counted nothing of it.
    fn has(&self, table: &str) -> rusqlite::Result<bool> {
        let sql = "select exists (select 1 from sqlite_schema where type = 'table' and name = ?1)";
        self.0.prepare_cached(sql)?.query_row([table], |row| row.get(0))
    }
}

/// Publishes the store's totals as metrics, which so survive restarts.
///
/// # Errors
/// SQLite's.
pub fn publish(counts: &Counts, metrics: &Metrics) -> rusqlite::Result<()> {
    for stored in Stored::ALL {
        if !counts.has(stored.table())? {
            continue;
        }
        let texts: Vec<String> = stored.columns().iter().map(|column| format!("cast({column} as text)")).collect();
        let (texts, keys) = (texts.join(", "), stored.columns().join(", "));
        let sql = format!("select {texts}, sum(n) from {table} group by {keys}", table = stored.table());
        for (values, n) in counts.rows(&sql, &[], stored.columns().len() + 1)? {
            metrics.publish(stored, &values, n);
        }
    }
    Ok(())
}
