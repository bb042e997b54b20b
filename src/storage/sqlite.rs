//! The store as an SQLite file (`docs/http-api.md`, "Stored tables"). It has one writer, and a write-ahead log whose commits are
//! flushed to disk. The log is truncated at least once a minute, so that it is no history of single events.

pub(crate) mod query;
pub mod schema;
mod upsert;

use std::collections::HashMap;
use std::fs::{File, Permissions, TryLockError};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, TransactionBehavior, ffi, params};
use rustix::fs::StatVfsMountFlags;

use crate::counts::cells::Cell;
use crate::storage::error::{OpenError, StoreError};
use crate::storage::privacy_version::{PrivacyVersion, PrivacyVersions};
use crate::storage::sqlite::schema::FilePurpose;
use crate::time::{Day, Hour};

/// SQLite's busy timeout for what is tried once: another process's transaction rarely takes longer.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// SQLite's busy timeout for what is tried again: a lock that lasts longer is reported, within a second of its beginning.
const SHORT_BUSY_TIMEOUT: Duration = Duration::from_millis(500);

/// Bytes that the file system must have left. A batch is smaller, with its pages in the write-ahead log.
const MIN_FREE_BYTES: u64 = 65_536;

/// Counts to add, each cell once.
pub type Sums = HashMap<Cell, u64>;

/// The store or the spool, open for its only writer.
#[derive(Debug)]
pub struct SqliteStore {
    connection: Connection,
    /// Locks the file against a second writer while this value lives.
    lock: File,
    node: String,
    purpose: FilePurpose,
}

impl SqliteStore {
    /// Opens or creates the store of this node, and locks it.
    ///
    /// # Errors
    /// Why it cannot be opened.
    pub fn open(path: &Path, node: &str) -> Result<Self, OpenError> {
        Self::open_for(FilePurpose::Store, path, node)
    }

    /// Opens or creates the spool of this node, and locks it. Through this connection it grows to `bytes` at most: beyond that,
    /// SQLite reports a full disk for new rows, while existing rows can still be updated.
    ///
    /// # Errors
    /// Why it cannot be opened.
    pub fn open_spool(path: &Path, node: &str, bytes: u64) -> Result<Self, OpenError> {
        let spool = Self::open_for(FilePurpose::Spool, path, node)?;
        let page_size: i64 = spool.connection.pragma_query_value(None, "page_size", |row| row.get(0))?;
        let pages = i64::try_from(bytes).unwrap_or(i64::MAX) / page_size.max(1);
        spool.connection.pragma_update(None, "max_page_count", pages)?;
        Ok(spool)
    }

    fn open_for(purpose: FilePurpose, path: &Path, node: &str) -> Result<Self, OpenError> {
        let lock = File::options().read(true).append(true).create(true).mode(0o600).open(path)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(OpenError::InUse),
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
        // A file from a backup may be readable for others, and SQLite creates its log with the same mode.
        lock.set_permissions(Permissions::from_mode(0o600))?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        prepare(&mut connection, purpose)?;
        connection.busy_timeout(SHORT_BUSY_TIMEOUT)?;
        Ok(Self { connection, lock, node: node.to_owned(), purpose })
    }

    /// Returns the sequence number of this node's last batch in the store; 0 before the first.
    ///
    /// # Errors
    /// Those of SQLite, or a number that cannot be decoded.
    pub fn last_sequence(&self) -> Result<u64, StoreError> {
        last_sequence(&self.connection, &self.node)
    }

    /// Adds a batch in one transaction with its sequence number, so that a repeated batch is added once. A commit is flushed to disk.
    ///
    /// # Errors
    /// Those of SQLite; the batch may then be committed or not, and it is correct to repeat it in either case.
    pub fn apply(&mut self, sequence: u64, sums: &Sums) -> Result<(), StoreError> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        if last_sequence(&transaction, &self.node)? >= sequence {
            // An earlier attempt was committed without an acknowledgement.
            return Ok(());
        }
        for (cell, n) in sums {
            upsert::add(&transaction, cell, to_integer(*n)?)?;
        }
        transaction
            .prepare_cached(
                "insert into batches (node, seq) values (?1, ?2) on conflict do update set seq = excluded.seq",
            )?
            .execute(params![self.node, to_integer(sequence)?])?;
        Ok(transaction.commit()?)
    }

    /// Checks whether a batch could be written now: no other process holds the lock for writing, and the file system has room.
    /// Nothing is written.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn check_writable(&self) -> Result<(), StoreError> {
        self.connection.execute_batch("begin immediate; rollback")?;
        // A file system that does not know how full it is says nothing.
        let Ok(system) = rustix::fs::fstatvfs(&self.lock) else { return Ok(()) };
        // Some blocks are reserved for root.
        let free = if rustix::process::geteuid().is_root() { system.f_bfree } else { system.f_bavail };
        let failure = if system.f_flag.contains(StatVfsMountFlags::RDONLY) {
            ffi::SQLITE_READONLY
        } else if system.f_blocks > 0 && free.saturating_mul(system.f_frsize) < MIN_FREE_BYTES {
            ffi::SQLITE_FULL
        } else {
            return Ok(());
        };
        Err(rusqlite::Error::SqliteFailure(ffi::Error::new(failure), None).into())
    }

    /// Rolls the hours before this one up into days, in one transaction. A spool is left as it is: its hours are rolled up in the
    /// store that it delivers to.
    ///
    /// # Errors
    /// Those of SQLite; the hours are unchanged then.
    pub fn roll_up(&mut self, before: Hour) -> rusqlite::Result<()> {
        if self.purpose == FilePurpose::Spool {
            return Ok(());
        }
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for (table, keys) in [("clicks", "partner, code, kind, outcome"), ("searches", "partner, code, outcome")] {
            let insert = format!(
                "insert into {table}_daily (day, {keys}, n) select substr(hour, 1, 10), {keys}, sum(n) from {table}
                 where hour < ?1 group by substr(hour, 1, 10), {keys} on conflict do update set n = n + excluded.n"
            );
            transaction.execute(&insert, [before.to_string()])?;
            transaction.execute(&format!("delete from {table} where hour < ?1"), [before.to_string()])?;
        }
        transaction.commit()
    }

    /// Inserts a privacy statement as the next version, unless it equals the latest one. A commit is flushed to disk.
    ///
    /// # Errors
    /// Those of SQLite, or a version that cannot be decoded; nothing is inserted then.
    pub fn publish(&self, statement: &str, day: Day) -> Result<PrivacyVersions, StoreError> {
        // Nobody else writes to this file, so reading needs no transaction; and a store on a full disk can still be read.
        let (latest, before) = latest_privacy_versions(&self.connection)?;
        let number = match latest {
            Some(latest) if latest.statement == statement => {
                return Ok(PrivacyVersions { current: latest, previous: before });
            }
            Some(ref latest) => latest.number.saturating_add(1),
            None => 1,
        };
        let current = PrivacyVersion { number, day: day.date().to_string(), statement: statement.to_owned() };
        self.connection.busy_timeout(BUSY_TIMEOUT)?;
        let inserted = self.connection.execute(
            "insert into privacy_versions (version, day, statement) values (?1, ?2, ?3)",
            params![current.number, current.day, current.statement],
        );
        self.connection.busy_timeout(SHORT_BUSY_TIMEOUT)?;
        inserted?;
        Ok(PrivacyVersions { current, previous: latest })
    }

    /// Checkpoints the write-ahead log into the file and truncates it. Returns false if a reader prevents that; it is not waited for.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn checkpoint(&self) -> rusqlite::Result<bool> {
        self.connection.busy_timeout(Duration::ZERO)?;
        let busy = self.connection.query_row("pragma wal_checkpoint(truncate)", [], |row| row.get::<_, bool>(0));
        self.connection.busy_timeout(SHORT_BUSY_TIMEOUT)?;
        Ok(!busy?)
    }
}

fn prepare(connection: &mut Connection, purpose: FilePurpose) -> Result<(), OpenError> {
    let found = schema::recognise(connection, purpose)?;
    schema::check_integrity(connection)?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    schema::set_pragmas(connection)?;
    Ok(schema::migrate(connection, found, purpose)?)
}

/// The latest version of the privacy statement and the one before it.
///
/// # Errors
/// Those of SQLite, or a version that cannot be decoded.
pub(crate) fn latest_privacy_versions(
    connection: &Connection,
) -> Result<(Option<PrivacyVersion>, Option<PrivacyVersion>), StoreError> {
    let sql = "select version, day, statement from privacy_versions order by version desc limit 2";
    let rows = query::query(connection, "privacy_versions", sql, &[])?;
    let mut versions = rows.iter().map(PrivacyVersion::from_row);
    Ok((versions.next().transpose()?, versions.next().transpose()?))
}

fn last_sequence(connection: &Connection, node: &str) -> Result<u64, StoreError> {
    let rows = query::query(connection, "batches", "select seq from batches where node = ?1", &[node.into()])?;
    Ok(rows.first().map(|row| row.count("seq")).transpose()?.unwrap_or(0))
}

/// SQLite's whole numbers are signed.
fn to_integer(n: u64) -> rusqlite::Result<i64> {
    i64::try_from(n).map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))
}

#[cfg(test)]
mod tests;
