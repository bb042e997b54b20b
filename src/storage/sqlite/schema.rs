//! Files of SQLite: recognising one as a store or a spool, checking it, migrating it, and the settings of a connection that
//! writes to it. The tables are in the `.sql` files beside this one (`docs/http-api.md`, "Stored tables").

use rusqlite::{Connection, ErrorCode, Transaction};

use crate::storage::error::OpenError;
use crate::storage::migrations::{self, Migration, MigrationTarget, StoreState};

/// `PRAGMA application_id` of a store, which distinguishes it from databases of other programs: the letters `qspx`.
const STORE_ID: i32 = i32::from_be_bytes(*b"qspx");

/// `PRAGMA application_id` of a spool, so that neither is ever used as the other: the letters `qsps`.
const SPOOL_ID: i32 = i32::from_be_bytes(*b"qsps");

/// `PRAGMA user_version` is the version of the last migration that was applied.
const MIGRATIONS: [Migration; 8] = [
    Migration { version: 1, name: "tables", sql: include_str!("V1__tables.sql") },
    Migration { version: 2, name: "privacy_versions", sql: include_str!("V2__privacy_versions.sql") },
    Migration { version: 3, name: "usage", sql: include_str!("V3__usage.sql") },
    Migration { version: 4, name: "billing", sql: include_str!("V4__billing.sql") },
    Migration { version: 5, name: "books", sql: include_str!("V5__books.sql") },
    Migration { version: 6, name: "payments", sql: include_str!("V6__payments.sql") },
    Migration { version: 7, name: "costs", sql: include_str!("V7__costs.sql") },
    Migration { version: 8, name: "closed_books", sql: include_str!("V8__closed_books.sql") },
];

/// What a new spool has in addition.
const SPOOL: &str = include_str!("spool.sql");

/// Pages in the write-ahead log at which SQLite starts a checkpoint: about a megabyte, so that the log takes little of a small
/// disk, and can be truncated when the disk is full.
const CHECKPOINT_PAGES: i64 = 256;

/// What a file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FilePurpose {
    /// The store itself.
    Store,
    /// Counts on their way to a store in PostgreSQL.
    Spool,
}

impl FilePurpose {
    fn application_id(self) -> i32 {
        match self {
            Self::Store => STORE_ID,
            Self::Spool => SPOOL_ID,
        }
    }
}

/// Tells damage from other errors.
fn classify(error: rusqlite::Error) -> OpenError {
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => OpenError::Foreign,
        Some(ErrorCode::DatabaseCorrupt) => OpenError::Damaged,
        Some(_) | None => error.into(),
    }
}

fn pragma(connection: &Connection, name: &str) -> rusqlite::Result<i32> {
    connection.pragma_query_value(None, name, |row| row.get(0))
}

/// Returns the state of a file that this version can open.
///
/// # Errors
/// [`OpenError`] for a database of another program, a store of a later version, a store in place of a spool or the reverse, and
/// a damaged file.
pub fn recognise(connection: &Connection, purpose: FilePurpose) -> Result<StoreState, OpenError> {
    let application_id = pragma(connection, "application_id").map_err(classify)?;
    let version = pragma(connection, "user_version")?;
    let objects: i64 =
        connection.query_row("select count(*) from sqlite_schema", [], |row| row.get(0)).map_err(classify)?;
    if (application_id, version, objects) == (0, 0, 0) {
        return Ok(StoreState::Empty);
    }
    if application_id != purpose.application_id() {
        return Err(match purpose {
            FilePurpose::Store => OpenError::Foreign,
            FilePurpose::Spool => OpenError::NotASpool,
        });
    }
    match migrations::state(version, &MIGRATIONS) {
        StoreState::Empty => Err(OpenError::Foreign),
        StoreState::Newer(found) => Err(OpenError::Newer { found, supported: migrations::latest(&MIGRATIONS) }),
        state @ (StoreState::Older(_) | StoreState::Current) => Ok(state),
    }
}

/// Sets the pragmas of a connection that writes: every commit is flushed to disk, overwritten content is zeroed instead of staying
/// in the file's free space, and temporary tables and journals stay in memory.
pub(crate) fn set_pragmas(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "secure_delete", "on")?;
    connection.pragma_update(None, "temp_store", "memory")?;
    connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
    connection.pragma_update(None, "foreign_keys", "on")
}

/// Checks the whole file. The time grows with its size, so only the writer does this, once, when it opens the file.
///
/// # Errors
/// [`OpenError::Damaged`], or an error of SQLite.
pub(crate) fn check_integrity(connection: &Connection) -> Result<(), OpenError> {
    let result: String = connection.query_row("pragma quick_check(1)", [], |row| row.get(0)).map_err(classify)?;
    if result == "ok" { Ok(()) } else { Err(OpenError::Damaged) }
}

/// Brings an empty file or a store of an earlier version to this version, in one transaction.
///
/// # Errors
/// Errors of SQLite; the file is unchanged then.
pub(crate) fn migrate(connection: &mut Connection, found: StoreState, purpose: FilePurpose) -> rusqlite::Result<()> {
    let transaction = match found {
        StoreState::Current | StoreState::Newer(_) => return Ok(()),
        StoreState::Empty | StoreState::Older(_) => connection.transaction()?,
    };
    migrations::migrate(&SqliteTarget(&transaction), &MIGRATIONS)?;
    if (purpose, found) == (FilePurpose::Spool, StoreState::Empty) {
        transaction.execute_batch(SPOOL)?;
    }
    transaction.pragma_update(None, "application_id", purpose.application_id())?;
    transaction.commit()
}

/// All objects that a file of this purpose and schema version has: type, name and definition.
///
/// # Errors
/// Errors of SQLite.
pub fn expected_objects(purpose: FilePurpose, version: i64) -> rusqlite::Result<Vec<[String; 3]>> {
    let connection = Connection::open_in_memory()?;
    for migration in MIGRATIONS.iter().filter(|migration| i64::from(migration.version) <= version) {
        connection.execute_batch(migration.sql)?;
    }
    if purpose == FilePurpose::Spool {
        connection.execute_batch(SPOOL)?;
    }
    let mut select = connection.prepare("select type, name, coalesce(sql, '') from sqlite_schema")?;
    let objects = select.query_map([], |row| Ok([row.get(0)?, row.get(1)?, row.get(2)?]))?;
    objects.collect()
}

/// The schema version of this program.
#[must_use]
pub fn latest_version() -> i32 {
    migrations::latest(&MIGRATIONS)
}

struct SqliteTarget<'t>(&'t Transaction<'t>);

impl MigrationTarget for SqliteTarget<'_> {
    type Error = rusqlite::Error;

    fn version(&self) -> rusqlite::Result<i32> {
        pragma(self.0, "user_version")
    }

    fn apply(&self, migration: &Migration) -> rusqlite::Result<()> {
        self.0.execute_batch(migration.sql)?;
        self.0.pragma_update(None, "user_version", migration.version)
    }
}
