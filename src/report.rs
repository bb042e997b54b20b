//! Questions to the counts: one query layer for the command line and the metrics, so that no two views
//! can disagree. Reads the store beside a running process, and writes nothing to it. What leaves the house is made safe
//! by two rules: [`suppress`] hides small counts, [`noise`] blurs shown ones.

pub mod noise;
pub mod suppress;

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, params_from_iter};

use crate::counts::schema::{self, Found, OpenError};
use crate::metrics::{Labels, Metrics};

/// How long a question waits for the writer.
const BUSY: Duration = Duration::from_secs(5);

/// What can be asked for.
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

    fn table(self) -> &'static str {
        match self {
            Self::Clicks => "clicks",
            Self::Searches => "searches",
        }
    }

    fn keys(self) -> &'static str {
        match self {
            Self::Clicks => "partner, code, kind, outcome",
            Self::Searches => "partner, code, outcome",
        }
    }
}

/// Which rows are asked for; days are UTC, both ends included.
#[derive(Debug, Clone, Default)]
pub struct Question {
    /// First day, `YYYY-MM-DD`.
    pub from: String,
    /// Last day.
    pub to: String,
    /// One partner alone.
    pub partner: Option<String>,
    /// One code alone.
    pub code: Option<String>,
}

/// One row: the key columns as text, and the count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// In the order of [`Subject::columns`], without `n`.
    pub keys: Vec<String>,
    /// The count.
    pub n: u64,
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
    pub fn by_day(&self, subject: Subject, question: &Question) -> rusqlite::Result<Vec<Row>> {
        let Question { from, to, partner, code } = question;
        let sql = format!(
            "select substr(hour, 1, 10) as day, {keys}, sum(n) from {table}
             where substr(hour, 1, 10) between ?1 and ?2 and (?3 is null or partner = ?3) and (?4 is null or code = ?4)
             group by day, {keys} order by day, {keys}",
            keys = subject.keys(),
            table = subject.table(),
        );
        self.rows(&sql, &[Some(from.clone()), Some(to.clone()), partner.clone(), code.clone()], subject.columns().len())
    }

    /// Sums over all time.
    ///
    /// # Errors
    /// SQLite's.
    pub fn totals(&self, subject: Subject) -> rusqlite::Result<Vec<Row>> {
        let keys = subject.keys();
        let sql = format!("select {keys}, sum(n) from {table} group by {keys}", table = subject.table());
        self.rows(&sql, &[], subject.columns().len() - 1)
    }

    fn rows(&self, sql: &str, values: &[Option<String>], columns: usize) -> rusqlite::Result<Vec<Row>> {
        let mut query = self.0.prepare_cached(sql)?;
        let keys = columns.saturating_sub(1);
        let rows = query.query_map(params_from_iter(values), |row| {
            let texts = (0..keys).map(|column| row.get(column)).collect::<rusqlite::Result<_>>()?;
            let n: i64 = row.get(keys)?;
            Ok(Row { keys: texts, n: u64::try_from(n).unwrap_or(0) })
        })?;
        rows.collect()
    }
}

/// Publishes the store's totals as metrics, which so survive restarts.
///
/// # Errors
/// SQLite's.
pub fn publish(counts: &Counts, metrics: &Metrics) -> rusqlite::Result<()> {
    for subject in [Subject::Clicks, Subject::Searches] {
        let names = subject.columns().iter().skip(1);
        for row in counts.totals(subject)? {
            let labels = Labels(names.clone().copied().zip(row.keys).collect());
            match subject {
                Subject::Clicks => metrics.publish_clicks(&labels, row.n),
                Subject::Searches => metrics.publish_searches(&labels, row.n),
            }
        }
    }
    Ok(())
}
