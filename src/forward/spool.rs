//! The spool as the forwarder sees it: the SQLite file that the writer adds counts to. Batches are taken out of it one at a time. Creating
//! a batch and deleting its rows is one transaction, and the batch stays until it is acknowledged; every count is therefore
//! either in the tables, or in the pending batch, or delivered.

use std::path::Path;
use std::time::Duration;

use aws_lc_rs::digest;
use rusqlite::{Connection, OpenFlags, OptionalExtension as _, Row, TransactionBehavior, params};

use crate::forward::error::ForwardError;
use crate::mutants::fail_point::{FailPoint, fail_at};
use crate::mutants::{self, Mutant};
use crate::storage::error::OpenError;
use crate::storage::migrations::StoreState;
use crate::storage::privacy_version::PrivacyVersion;
use crate::storage::sqlite::latest_privacy_versions;
use crate::storage::sqlite::schema::{self, FilePurpose};
use crate::time::Hour;

/// SQLite's busy timeout: the writer locks the file for one batch.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Rows of one table in a batch. A row is about 100 bytes of text, so that a batch is a few megabytes at most and PostgreSQL commits
/// it well within its timeout, however long it was unreachable.
const BATCH_ROWS: u32 = 10_000;

/// The tables that are delivered, with their keys in the order in which the SQL function `deliver` reads them; `n` follows.
const TABLES: [(&str, &str); 7] = [
    ("clicks", "hour, partner, code, kind, outcome"),
    ("searches", "hour, partner, code, outcome"),
    ("active", "day, code, gap"),
    ("retention", "cohort, age, code"),
    ("active_by_id", "day, code"),
    ("slices", "day, partner, dimension, value"),
    ("partner_requests", "day, partner, code, currency, price"),
];

/// What a batch must contain to be created. The server may log every statement: a batch of one event would be a record of it and its
/// moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Release {
    /// So many events or more.
    AtLeast(u64),
    /// Whatever there is: an hour has ended.
    All,
}

/// Counts to deliver in one transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// Its number, one more than that of the batch before.
    pub number: i64,
    /// Its rows by table, as JSON: each row a list of its columns.
    pub body: String,
    /// SHA-256 of the body, in hexadecimal.
    pub sha256: String,
}

/// The spool, open beside its writer.
#[derive(Debug)]
pub struct Spool {
    connection: Connection,
    /// A random ID, drawn when the file was created.
    id: String,
}

/// An SQLite error on this connection is an error of the spool.
impl From<rusqlite::Error> for ForwardError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Spool(error.into())
    }
}

impl Spool {
    /// Opens a spool that a writer has opened before.
    ///
    /// # Errors
    /// Why it cannot be opened.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        if schema::recognise(&connection, FilePurpose::Spool)? != StoreState::Current {
            return Err(OpenError::Outdated);
        }
        schema::set_pragmas(&connection)?;
        let id = connection.query_row("select id from spool", [], |row| row.get(0))?;
        Ok(Self { connection, id })
    }

    /// The ID that distinguishes this spool from all others.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Returns the number of the last batch that was created here; 0 before the first.
    ///
    /// # Errors
    /// [`ForwardError::Spool`].
    pub fn last_number(&self) -> Result<i64, ForwardError> {
        Ok(self.connection.query_row("select seq from spool", [], |row| row.get(0))?)
    }

    /// Continues after this number, if no batch was created here yet.
    ///
    /// # Errors
    /// [`ForwardError::Spool`].
    pub fn begin_after(&self, number: i64) -> Result<(), ForwardError> {
        self.connection.execute("update spool set began = ?1, seq = ?1 where seq = 0", [number])?;
        Ok(())
    }

    /// Returns the number after which this spool began.
    ///
    /// # Errors
    /// [`ForwardError::Spool`].
    pub fn began_after(&self) -> Result<i64, ForwardError> {
        Ok(self.connection.query_row("select began from spool", [], |row| row.get(0))?)
    }

    /// Returns the pending batch, or else creates one; None if there are no counts, or too few.
    ///
    /// # Errors
    /// [`ForwardError::Spool`]; nothing has changed then.
    pub fn next_batch(&mut self, release: Release) -> Result<Option<Batch>, ForwardError> {
        if let Some(batch) = self.pending_batch()? {
            return Ok(Some(batch));
        }
        fail_at(FailPoint::Forward, || "");
        let may_release = match release {
            Release::AtLeast(_) if mutants::is_on(Mutant::DeliversSingleEvents) => self.waiting_events()? > 0,
            Release::AtLeast(events) => self.waiting_events()? >= events.max(1),
            Release::All => self.waiting_cells()? > 0,
        };
        if !may_release {
            return Ok(None);
        }
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let body: String = transaction.query_row(&select_body(), [], |row| row.get(0))?;
        for (table, keys) in TABLES {
            let first = format!("select {keys} from {table} order by {keys} limit {BATCH_ROWS}");
            transaction.execute(&format!("delete from {table} where ({keys}) in ({first})"), [])?;
        }
        transaction.execute("update spool set seq = seq + 1", [])?;
        let insert = "insert into parcel (seq, body, sha256) select seq, ?1, ?2 from spool";
        transaction.execute(insert, params![body, sha256(&body)])?;
        transaction.commit()?;
        self.pending_batch()
    }

    fn pending_batch(&self) -> Result<Option<Batch>, ForwardError> {
        let batch = |row: &Row<'_>| Ok(Batch { number: row.get(0)?, body: row.get(1)?, sha256: row.get(2)? });
        Ok(self.connection.query_row("select seq, body, sha256 from parcel", [], batch).optional()?)
    }

    /// Returns the SHA-256 of the pending batch.
    ///
    /// # Errors
    /// [`ForwardError::Spool`].
    pub fn pending_sha256(&self) -> Result<Option<String>, ForwardError> {
        Ok(self.connection.query_row("select sha256 from parcel", [], |row| row.get(0)).optional()?)
    }

    /// Removes a batch that the store has acknowledged.
    ///
    /// # Errors
    /// [`ForwardError::Spool`]; the batch is then delivered again, and recognised by its number.
    pub fn acknowledge(&self, number: i64) -> Result<(), ForwardError> {
        self.connection.execute("delete from parcel where seq = ?1", [number])?;
        Ok(())
    }

    /// Returns the number of cells that wait, without those of the pending batch.
    ///
    /// # Errors
    /// [`ForwardError::Spool`].
    pub fn waiting_cells(&self) -> Result<i64, ForwardError> {
        let counts = TABLES.map(|(table, _)| format!("(select count(*) from {table})"));
        let sql = format!("select {}", counts.join(" + "));
        Ok(self.connection.prepare_cached(&sql)?.query_row([], |row| row.get(0))?)
    }

    /// Returns how many events at least the waiting counts are of. A search or a click is one count; so is a visit, which may also
    /// have been a search.
    fn waiting_events(&self) -> Result<u64, ForwardError> {
        let sum = |tables: &[&str]| {
            let sums = tables.iter().map(|table| format!("coalesce((select sum(n) from {table}), 0)"));
            sums.collect::<Vec<_>>().join(" + ")
        };
        let sql = format!("select max({}, {})", sum(&["clicks", "searches"]), sum(&["active", "active_by_id"]));
        let events: i64 = self.connection.prepare_cached(&sql)?.query_row([], |row| row.get(0))?;
        Ok(events.unsigned_abs())
    }

    /// Returns the latest hour that waiting counts can be of; `None` if there are none. Counts of people have a day only, and are taken
    /// for those of its last hour.
    ///
    /// # Errors
    /// [`ForwardError::Spool`].
    pub fn latest_hour(&self) -> Result<Option<Hour>, ForwardError> {
        let hours = TABLES.map(|(table, keys)| match keys.split(", ").next() {
            Some(key @ "hour") => format!("select max({key}) as hour from {table}"),
            Some("day") => format!("select max(day) || 'T23' from {table}"),
            // A cohort is counted with the visit that it is counted for, which is in another table.
            Some(_) | None => "select null".to_owned(),
        });
        let sql = format!("select max(hour) from ({})", hours.join(" union all "));
        let latest: Option<String> = self.connection.query_row(&sql, [], |row| row.get(0))?;
        Ok(latest.and_then(|hour| Hour::parse(&hour)))
    }

    /// Returns whether there are counts that the store has not acknowledged.
    ///
    /// # Errors
    /// [`ForwardError::Spool`].
    pub fn has_undelivered(&self) -> Result<bool, ForwardError> {
        Ok(self.pending_sha256()?.is_some() || self.waiting_cells()? > 0)
    }

    /// Returns the bytes of the file that are in use.
    ///
    /// # Errors
    /// [`ForwardError::Spool`].
    pub fn used_bytes(&self) -> Result<u64, ForwardError> {
        let pragma = |name| self.connection.pragma_query_value(None, name, |row| row.get::<_, u32>(0)).map(u64::from);
        let pages = pragma("page_count")?.saturating_sub(pragma("freelist_count")?);
        Ok(pages.saturating_mul(pragma("page_size")?))
    }

    /// Returns this node's latest privacy statement with the spool's own version number, and whether the store has not received it yet.
    ///
    /// # Errors
    /// [`ForwardError::Spool`].
    pub fn privacy_statement(&self) -> Result<Option<(PrivacyVersion, bool)>, ForwardError> {
        let sent: u32 = self.connection.query_row("select told from spool", [], |row| row.get(0))?;
        let (latest, _) = latest_privacy_versions(&self.connection).map_err(ForwardError::Spool)?;
        Ok(latest.map(|latest| {
            let is_new = latest.number > sent;
            (latest, is_new)
        }))
    }

    /// Records that the store has received the privacy statement of this number.
    ///
    /// # Errors
    /// [`ForwardError::Spool`].
    pub fn mark_sent(&self, number: u32) -> Result<(), ForwardError> {
        self.connection.execute("update spool set told = ?1", [number])?;
        Ok(())
    }
}

/// The query for the body of the next batch.
fn select_body() -> String {
    let list = |(table, keys): (&str, &str)| {
        let first = format!("select * from {table} order by {keys} limit {BATCH_ROWS}");
        format!("'{table}', json((select json_group_array(json_array({keys}, n)) from ({first})))")
    };
    format!("select json_object({})", TABLES.map(list).join(", "))
}

fn sha256(text: &str) -> String {
    data_encoding::HEXLOWER.encode(digest::digest(&digest::SHA256, text.as_bytes()).as_ref())
}

#[cfg(test)]
mod tests;
