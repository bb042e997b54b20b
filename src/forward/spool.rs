//! The spool as the courier sees it: the same file that the ledger adds counts to, taken out of it parcel by parcel. A parcel is
//! made in one transaction with the deletion of the rows that are in it, and stays until it is acknowledged, so that every count is
//! either in the tables, or in the one parcel, or delivered.

use std::path::Path;
use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use data_encoding::HEXLOWER;
use rusqlite::{Connection, OpenFlags, OptionalExtension as _, TransactionBehavior, params};

use crate::storage::postgres::{PostgresError, PostgresFault};
use crate::storage::schema::{self, FilePurpose, OpenError, StoreState};
use crate::storage::sqlite::{StatementVersion, last_versions};

/// How long a statement waits for the ledger, which holds the file for one batch.
const BUSY: Duration = Duration::from_secs(5);

/// Rows of one table in a parcel: some 100 bytes each as text, so that a parcel is a few megabytes at most and PostgreSQL takes it
/// well within its time, however long it was away.
const PARCEL_ROWS: u32 = 10_000;

/// The tables whose rows travel: their keys in the order in which `deliver` reads them, n comes last.
const TABLES: [(&str, &str); 6] = [
    ("clicks", "hour, partner, code, kind, outcome"),
    ("searches", "hour, partner, code, outcome"),
    ("active", "day, code, gap"),
    ("retention", "cohort, age, code"),
    ("active_by_id", "day, code"),
    ("slices", "day, partner, dimension, value"),
];

/// Counts on their way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// Its number, one more than the last one's.
    pub number: i64,
    /// Its rows by table, as JSON: lists of columns.
    pub body: String,
    /// SHA-256 of the body, in hex.
    pub sha256: String,
}

/// The spool, open beside its ledger.
#[derive(Debug)]
pub struct Spool {
    connection: Connection,
    /// Drawn by chance when the file was made.
    id: String,
}

/// What SQLite said of it the ledger tells, which writes to the same file.
impl From<rusqlite::Error> for PostgresError {
    fn from(_: rusqlite::Error) -> Self {
        Self::of(PostgresFault::File)
    }
}

impl Spool {
    /// Opens the spool that a ledger has opened before.
    ///
    /// # Errors
    /// SQLite's, or what is there instead.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(BUSY)?;
        if schema::recognise(&connection, FilePurpose::Spool)? != StoreState::Store {
            return Err(OpenError::Outdated);
        }
        schema::keep_no_traces(&connection)?;
        let id = connection.query_row("select id from spool", [], |row| row.get(0))?;
        Ok(Self { connection, id })
    }

    /// Who this spool is, among all that ever delivered.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The number of the last parcel that was made here; 0 before the first.
    ///
    /// # Errors
    /// That the file fails.
    pub fn last_number(&self) -> Result<i64, PostgresError> {
        Ok(self.connection.query_row("select seq from spool", [], |row| row.get(0))?)
    }

    /// Goes on after this number, where no parcel was made here yet.
    ///
    /// # Errors
    /// That the file fails.
    pub fn begin_after(&self, number: i64) -> Result<(), PostgresError> {
        self.connection.execute("update spool set began = ?1, seq = ?1 where seq = 0", [number])?;
        Ok(())
    }

    /// The number after which it began.
    ///
    /// # Errors
    /// That the file fails.
    pub fn began_after(&self) -> Result<i64, PostgresError> {
        Ok(self.connection.query_row("select began from spool", [], |row| row.get(0))?)
    }

    /// The parcel that is under way, or else a new one of what there is; None where nothing is.
    ///
    /// # Errors
    /// That the file fails; everything is then as it was.
    pub fn parcel(&mut self) -> Result<Option<Batch>, PostgresError> {
        if let Some(parcel) = self.under_way()? {
            return Ok(Some(parcel));
        }
        if self.waiting()? == 0 {
            return Ok(None);
        }
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let body: String = transaction.query_row(&packed(), [], |row| row.get(0))?;
        for (table, keys) in TABLES {
            let first = format!("select {keys} from {table} order by {keys} limit {PARCEL_ROWS}");
            transaction.execute(&format!("delete from {table} where ({keys}) in ({first})"), [])?;
        }
        transaction.execute("update spool set seq = seq + 1", [])?;
        let insert = "insert into parcel (seq, body, sha256) select seq, ?1, ?2 from spool";
        transaction.execute(insert, params![body, sha256(&body)])?;
        transaction.commit()?;
        self.under_way()
    }

    fn under_way(&self) -> Result<Option<Batch>, PostgresError> {
        let parcel =
            |row: &rusqlite::Row<'_>| Ok(Batch { number: row.get(0)?, body: row.get(1)?, sha256: row.get(2)? });
        Ok(self.connection.query_row("select seq, body, sha256 from parcel", [], parcel).optional()?)
    }

    /// The SHA-256 of the parcel that is under way.
    ///
    /// # Errors
    /// That the file fails.
    pub fn sha256_under_way(&self) -> Result<Option<String>, PostgresError> {
        Ok(self.connection.query_row("select sha256 from parcel", [], |row| row.get(0)).optional()?)
    }

    /// Forgets a parcel that has arrived.
    ///
    /// # Errors
    /// That the file fails; the parcel is then delivered again, and recognised there.
    pub fn acknowledge(&self, number: i64) -> Result<(), PostgresError> {
        self.connection.execute("delete from parcel where seq = ?1", [number])?;
        Ok(())
    }

    /// Cells that wait, beside the parcel that is under way.
    ///
    /// # Errors
    /// That the file fails.
    pub fn waiting(&self) -> Result<i64, PostgresError> {
        let counts = TABLES.map(|(table, _)| format!("(select count(*) from {table})"));
        Ok(self
            .connection
            .prepare_cached(&format!("select {}", counts.join(" + ")))?
            .query_row([], |row| row.get(0))?)
    }

    /// Bytes of the file that are in use.
    ///
    /// # Errors
    /// That the file fails.
    pub fn bytes(&self) -> Result<u64, PostgresError> {
        let number = |pragma| self.connection.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0));
        let pages = number("page_count")?.saturating_sub(number("freelist_count")?);
        Ok(u64::try_from(pages.saturating_mul(number("page_size")?)).unwrap_or(0))
    }

    /// What this node's privacy statement says, under the spool's own number; and whether the store was not told of it yet.
    ///
    /// # Errors
    /// That the file fails.
    pub fn statement(&self) -> Result<Option<(StatementVersion, bool)>, PostgresError> {
        let told: u32 = self.connection.query_row("select told from spool", [], |row| row.get(0))?;
        let (last, _) = last_versions(&self.connection)?;
        Ok(last.map(|last| {
            let new = last.number > told;
            (last, new)
        }))
    }

    /// Keeps that the store was told of the statement of this number.
    ///
    /// # Errors
    /// That the file fails.
    pub fn told(&self, number: u32) -> Result<(), PostgresError> {
        self.connection.execute("update spool set told = ?1", [number])?;
        Ok(())
    }
}

/// The question for the next parcel's body.
fn packed() -> String {
    let list = |(table, keys): (&str, &str)| {
        let first = format!("select * from {table} order by {keys} limit {PARCEL_ROWS}");
        format!("'{table}', json((select json_group_array(json_array({keys}, n)) from ({first})))")
    };
    format!("select json_object({})", TABLES.map(list).join(", "))
}

fn sha256(text: &str) -> String {
    HEXLOWER.encode(digest(&SHA256, text.as_bytes()).as_ref())
}

#[cfg(test)]
mod tests;
