//! What a store is: its tables by version (CONTRACT section 6), what tells it from other files, and how one
//! that an earlier version wrote is brought up to this one.

use rusqlite::Connection;

/// Written into the file's header (`PRAGMA application_id`), so that another program's database is
/// recognised and left alone: the letters `qspx`.
const APPLICATION: i32 = i32::from_be_bytes(*b"qspx");

/// Version of the tables (`PRAGMA user_version`): 1 had clicks and searches, 2 brought the privacy statement's versions, 3
/// usage and retention.
const SCHEMA: i32 = 3;

/// The tables. `strict` refuses a value of another type; `without rowid` keeps no order of insertion.
const TABLES: &str = "
    create table clicks (
        hour text not null, partner text not null, code text not null, kind text not null, outcome text not null,
        n integer not null, primary key (hour, partner, code, kind, outcome)) strict, without rowid;
    create table searches (
        hour text not null, partner text not null, code text not null, outcome text not null,
        n integer not null, primary key (hour, partner, code, outcome)) strict, without rowid;
    create table batches (node text not null primary key, seq integer not null) strict, without rowid;
";

/// What a store of version 1 lacks.
const SINCE_2: &str = "
    create table privacy_versions (
        version integer not null primary key, day text not null, statement text not null) strict, without rowid;
";

/// What a store of version 2 lacks.
const SINCE_3: &str = "
    create table active (
        day text not null, code text not null, gap integer not null,
        n integer not null, primary key (day, code, gap)) strict, without rowid;
    create table retention (
        cohort text not null, age integer not null, code text not null,
        n integer not null, primary key (cohort, age, code)) strict, without rowid;
    create table active_by_id (
        day text not null, code text not null,
        n integer not null, primary key (day, code)) strict, without rowid;
    create table slices (
        day text not null, partner text not null, dimension text not null, value text not null,
        n integer not null, primary key (day, partner, dimension, value)) strict, without rowid;
";

/// Why the store cannot be opened.
#[derive(Debug)]
pub enum OpenError {
    /// SQLite's own word. Its messages name tables and files, never values.
    Sqlite(rusqlite::Error),
    /// The file cannot be opened or locked.
    Io(std::io::Error),
    /// Another process has it.
    InUse,
    /// The file is a database of some other program.
    Foreign,
    /// Written by a later version of this program.
    Newer(i32),
    /// SQLite finds the file damaged.
    Damaged,
}

impl From<rusqlite::Error> for OpenError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl std::fmt::Display for OpenError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Damaged => {
                f.write_str("this file is damaged; put a backup in its place, or move it away to begin anew")
            }
            Self::Sqlite(error) => write!(f, "{error}"),
            Self::Io(error) => write!(f, "{error}"),
            Self::InUse => f.write_str("another qsproxy uses this store; stop it, or give this one a store of its own"),
            Self::Foreign => f.write_str("this file is not a store of qsproxy; name another file"),
            Self::Newer(version) => {
                write!(f, "a later qsproxy wrote this store (tables of version {version}, this one knows {SCHEMA})")
            }
        }
    }
}

/// Tells damage from other trouble.
fn damaged(error: rusqlite::Error) -> OpenError {
    match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::NotADatabase) => OpenError::Foreign,
        Some(rusqlite::ErrorCode::DatabaseCorrupt) => OpenError::Damaged,
        Some(_) | None => OpenError::Sqlite(error),
    }
}

/// What a file turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// A store of this version.
    Store,
    /// A store of this earlier version: it has the counts, and lacks tables that came later.
    Older(i32),
    /// Nothing yet.
    Empty,
}

/// Tells a store from another program's database, a later version's and a damaged file.
///
/// # Errors
/// [`OpenError`], for all but a store and an empty file.
pub fn recognise(connection: &Connection) -> Result<Found, OpenError> {
    let number = |pragma| connection.pragma_query_value(None, pragma, |row| row.get::<_, i32>(0));
    let application = number("application_id").map_err(damaged)?;
    let version = number("user_version")?;
    let objects: i64 =
        connection.query_row("select count(*) from sqlite_schema", [], |row| row.get(0)).map_err(damaged)?;
    match (application, version, objects) {
        (0, 0, 0) => Ok(Found::Empty),
        (APPLICATION, SCHEMA, _) => Ok(Found::Store),
        (APPLICATION, version @ 1..SCHEMA, _) => Ok(Found::Older(version)),
        (APPLICATION, version, _) if version > SCHEMA => Err(OpenError::Newer(version)),
        _ => Err(OpenError::Foreign),
    }
}

/// Looks through the whole file: once, when its writer opens it, since that takes longer the more it holds.
///
/// # Errors
/// [`OpenError::Damaged`], or SQLite's word.
pub(super) fn check_whole(connection: &Connection) -> Result<(), OpenError> {
    let sound: String = connection.query_row("pragma quick_check(1)", [], |row| row.get(0)).map_err(damaged)?;
    if sound == "ok" { Ok(()) } else { Err(OpenError::Damaged) }
}

/// Brings an empty file or an earlier version's store up to this version, in one transaction.
///
/// # Errors
/// SQLite's; the file is then as it was.
pub(super) fn complete(connection: &mut Connection, found: Found) -> rusqlite::Result<()> {
    let missing: &[&str] = match found {
        Found::Store => return Ok(()),
        Found::Older(1) => &[SINCE_2, SINCE_3],
        Found::Older(_) => &[SINCE_3],
        Found::Empty => &[TABLES, SINCE_2, SINCE_3],
    };
    let transaction = connection.transaction()?;
    for tables in missing {
        transaction.execute_batch(tables)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION)?;
    transaction.pragma_update(None, "user_version", SCHEMA)?;
    transaction.commit()?;
    Ok(())
}
