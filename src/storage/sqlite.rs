//! The store as an SQLite file: CONTRACT section 6's tables, one writer, write-ahead logging with every
//! commit flushed to disk, and a log that is emptied at least once a minute so that it holds no history. Single counts are
//! added by `rows`.

mod rows;

use std::collections::HashMap;
use std::fs::{File, Permissions};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, OptionalExtension as _, params};

use crate::counts::cells::Cell;
use crate::storage::schema::{self, FilePurpose, OpenError};
use crate::time::{Day, Hour};

/// How long a statement waits for another process's lock: readers hold none for long.
const BUSY: Duration = Duration::from_secs(5);

/// Counts to be added, each cell once.
pub type Sums = HashMap<Cell, u64>;

/// One version of the privacy statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementVersion {
    /// Counted from 1.
    pub number: u32,
    /// The UTC day from which it held, `YYYY-MM-DD`.
    pub day: String,
    /// The statement, as `privacy` writes it.
    pub statement: String,
}

/// The statement's version in force and the one before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementVersions {
    /// The one in force.
    pub current: StatementVersion,
    /// The one before; the first has none.
    pub previous: Option<StatementVersion>,
}

/// The store, open for its one writer.
#[derive(Debug)]
pub struct SqliteStore {
    connection: Connection,
    /// Keeps the file locked against a second writer for as long as this lives.
    _lock: File,
    node: String,
    purpose: FilePurpose,
}

impl SqliteStore {
    /// Opens or makes the store at this path for this node, alone.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn open(path: &Path, node: &str) -> Result<Self, OpenError> {
        Self::open_for(FilePurpose::Store, path, node)
    }

    /// Opens or makes the spool at this path, which this connection lets grow to so many bytes: past them SQLite says that the
    /// disk is full, and so does the ledger. Rows that are there go on growing.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn open_spool(path: &Path, node: &str, bytes: u64) -> Result<Self, OpenError> {
        let spool = Self::open_for(FilePurpose::Spool, path, node)?;
        let page: i64 = spool.connection.pragma_query_value(None, "page_size", |row| row.get(0))?;
        let pages = i64::try_from(bytes).unwrap_or(i64::MAX) / page.max(1);
        spool.connection.pragma_update(None, "max_page_count", pages)?;
        Ok(spool)
    }

    fn open_for(purpose: FilePurpose, path: &Path, node: &str) -> Result<Self, OpenError> {
        let lock =
            File::options().read(true).append(true).create(true).mode(0o600).open(path).map_err(OpenError::Io)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(std::fs::TryLockError::WouldBlock) => return Err(OpenError::InUse),
            Err(std::fs::TryLockError::Error(error)) => return Err(OpenError::Io(error)),
        }
        // An older or copied file may be open to others, and SQLite makes its log like it.
        lock.set_permissions(Permissions::from_mode(0o600)).map_err(OpenError::Io)?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(BUSY)?;
        prepare(&mut connection, purpose)?;
        Ok(Self { connection, _lock: lock, node: node.to_owned(), purpose })
    }

    /// The sequence number of this node's last batch in the store; 0 before the first.
    ///
    /// # Errors
    /// SQLite's.
    pub fn last_sequence(&self) -> rusqlite::Result<u64> {
        last_sequence(&self.connection, &self.node)
    }

    /// Adds a batch, in one transaction with its number, so that a batch tried again is added once.
    /// Committed means flushed to disk.
    ///
    /// # Errors
    /// SQLite's; the batch may then be in the store or not, and trying it again is right either way.
    pub fn apply(&mut self, sequence: u64, sums: &Sums) -> rusqlite::Result<()> {
        let transaction = self.connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        if last_sequence(&transaction, &self.node)? >= sequence {
            // An earlier try was committed, though its answer was lost.
            return Ok(());
        }
        for (cell, n) in sums {
            rows::add(&transaction, cell, i64::try_from(*n).unwrap_or(i64::MAX))?;
        }
        transaction
            .prepare_cached(
                "insert into batches (node, seq) values (?1, ?2) on conflict do update set seq = excluded.seq",
            )?
            .execute(params![self.node, i64::try_from(sequence).unwrap_or(i64::MAX)])?;
        transaction.commit()
    }

    /// Makes days of the hours before this one, in one transaction: the finest that is kept for so long. What is in a spool
    /// stays as it is: its days are made where it goes.
    ///
    /// # Errors
    /// SQLite's; the hours are then as they were.
    pub fn fold(&mut self, before: Hour) -> rusqlite::Result<()> {
        if self.purpose == FilePurpose::Spool {
            return Ok(());
        }
        let transaction = self.connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        for (table, keys) in [("clicks", "partner, code, kind, outcome"), ("searches", "partner, code, outcome")] {
            let fold = format!(
                "insert into {table}_daily (day, {keys}, n) select substr(hour, 1, 10), {keys}, sum(n) from {table}
                 where hour < ?1 group by substr(hour, 1, 10), {keys} on conflict do update set n = n + excluded.n"
            );
            transaction.execute(&fold, [before.to_string()])?;
            transaction.execute(&format!("delete from {table} where hour < ?1"), [before.to_string()])?;
        }
        transaction.commit()
    }

    /// Takes a privacy statement as its next version, unless it is the last one's to the letter. Committed
    /// means flushed to disk.
    ///
    /// # Errors
    /// SQLite's; the statement is then not in the store.
    pub fn publish(&self, statement: &str, day: Day) -> rusqlite::Result<StatementVersions> {
        // Nobody else writes here, so what is read stays true; and a store that takes nothing at present can be read.
        let (last, before) = last_versions(&self.connection)?;
        let number = match last {
            Some(last) if last.statement == statement => {
                return Ok(StatementVersions { current: last, previous: before });
            }
            Some(ref last) => last.number.saturating_add(1),
            None => 1,
        };
        let current = StatementVersion { number, day: day.date().to_string(), statement: statement.to_owned() };
        self.connection.execute(
            "insert into privacy_versions (version, day, statement) values (?1, ?2, ?3)",
            params![current.number, current.day, current.statement],
        )?;
        Ok(StatementVersions { current, previous: last })
    }

    /// Moves the write-ahead log into the file and cuts it to nothing. False where a reader is in the
    /// way, who is not waited for.
    ///
    /// # Errors
    /// SQLite's.
    pub fn empty_log(&self) -> rusqlite::Result<bool> {
        self.connection.busy_timeout(Duration::ZERO)?;
        let busy = self.connection.query_row("pragma wal_checkpoint(truncate)", [], |row| row.get::<_, bool>(0));
        self.connection.busy_timeout(BUSY)?;
        Ok(!busy?)
    }
}

fn prepare(connection: &mut Connection, purpose: FilePurpose) -> Result<(), OpenError> {
    let found = schema::recognise(connection, purpose)?;
    schema::check_whole(connection)?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    schema::keep_no_traces(connection)?;
    Ok(schema::complete(connection, found, purpose)?)
}

pub(crate) fn last_versions(
    connection: &Connection,
) -> rusqlite::Result<(Option<StatementVersion>, Option<StatementVersion>)> {
    let mut query =
        connection.prepare("select version, day, statement from privacy_versions order by version desc limit 2")?;
    let version = |row: &rusqlite::Row<'_>| {
        Ok(StatementVersion { number: row.get(0)?, day: row.get(1)?, statement: row.get(2)? })
    };
    let mut versions = query.query_map([], version)?;
    Ok((versions.next().transpose()?, versions.next().transpose()?))
}

fn last_sequence(connection: &Connection, node: &str) -> rusqlite::Result<u64> {
    let mut query = connection.prepare_cached("select seq from batches where node = ?1")?;
    let sequence: Option<i64> = query.query_row([node], |row| row.get(0)).optional()?;
    Ok(sequence.and_then(|sequence| u64::try_from(sequence).ok()).unwrap_or(0))
}

#[cfg(test)]
mod tests;
