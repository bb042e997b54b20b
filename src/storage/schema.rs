//! What a store is: its tables by version (CONTRACT section 6), what tells it from other files, and how one
//! that an earlier version wrote is brought up to this one.

use rusqlite::{Connection, ErrorCode};

use crate::storage::postgres::PostgresError;

/// Written into the file's header (`PRAGMA application_id`), so that another program's database is
/// recognised and left alone: the letters `qspx`.
const APPLICATION: i32 = i32::from_be_bytes(*b"qspx");

/// Likewise of a spool, so that neither is ever taken for the other: the letters `qsps`.
const SPOOL_APPLICATION: i32 = i32::from_be_bytes(*b"qsps");

/// Version of the tables (`PRAGMA user_version`): 1 had clicks and searches, 2 brought the privacy statement's versions, 3
/// usage and retention, 4 billing: statements, closings, what comes after them, and days made of old hours.
const SCHEMA: i32 = 4;

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

/// What a store of version 3 lacks. Statements and closings are added to and never changed; of a closed period only hours go,
/// once they are so old that days are made of them.
const SINCE_4: &str = "
    create table clicks_daily (
        day text not null, partner text not null, code text not null, kind text not null, outcome text not null,
        n integer not null, primary key (day, partner, code, kind, outcome)) strict, without rowid;
    create table searches_daily (
        day text not null, partner text not null, code text not null, outcome text not null,
        n integer not null, primary key (day, partner, code, outcome)) strict, without rowid;
    create table adjustments (
        subject text not null, hour text not null, partner text not null, code text not null, kind text not null,
        outcome text not null, n integer not null,
        primary key (subject, hour, partner, code, kind, outcome)) strict, without rowid;
    create table statements (
        number integer not null primary key, partner text not null, sha256 text not null, revision integer not null,
        imported text not null, first text not null, last text not null, currency text not null, profile text not null,
        unique (partner, sha256)) strict;
    create table statement_rows (
        statement integer not null references statements (number), day text not null, code text not null,
        searches integer, clicks integer, revenue integer, final integer,
        primary key (statement, day, code)) strict, without rowid;
    create table closings (
        number integer not null primary key, partner text not null, month text not null, from_hour text not null,
        to_hour text not null, record text not null, signature text not null, unique (partner, month)) strict;

    create trigger statements_kept before delete on statements begin select raise(abort, 'statements are kept'); end;
    create trigger statements_fixed before update on statements begin select raise(abort, 'statements are kept'); end;
    create trigger statement_rows_kept before delete on statement_rows
        begin select raise(abort, 'statements are kept'); end;
    create trigger statement_rows_fixed before update on statement_rows
        begin select raise(abort, 'statements are kept'); end;
    create trigger closings_kept before delete on closings begin select raise(abort, 'closings are kept'); end;
    create trigger closings_fixed before update on closings begin select raise(abort, 'closings are kept'); end;

    create trigger clicks_closed_insert before insert on clicks when exists (
        select 1 from closings where partner = new.partner and from_hour <= new.hour and new.hour < to_hour)
        begin select raise(abort, 'this period is closed'); end;
    create trigger clicks_closed_update before update on clicks when exists (
        select 1 from closings where partner in (old.partner, new.partner)
        and (from_hour <= old.hour and old.hour < to_hour or from_hour <= new.hour and new.hour < to_hour))
        begin select raise(abort, 'this period is closed'); end;
    create trigger clicks_closed_delete before delete on clicks
        when old.hour >= strftime('%Y-%m-%dT%H', 'now', '-25 months') and exists (
        select 1 from closings where partner = old.partner and from_hour <= old.hour and old.hour < to_hour)
        begin select raise(abort, 'this period is closed'); end;
    create trigger searches_closed_insert before insert on searches when exists (
        select 1 from closings where partner = new.partner and from_hour <= new.hour and new.hour < to_hour)
        begin select raise(abort, 'this period is closed'); end;
    create trigger searches_closed_update before update on searches when exists (
        select 1 from closings where partner in (old.partner, new.partner)
        and (from_hour <= old.hour and old.hour < to_hour or from_hour <= new.hour and new.hour < to_hour))
        begin select raise(abort, 'this period is closed'); end;
    create trigger searches_closed_delete before delete on searches
        when old.hour >= strftime('%Y-%m-%dT%H', 'now', '-25 months') and exists (
        select 1 from closings where partner = old.partner and from_hour <= old.hour and old.hour < to_hour)
        begin select raise(abort, 'this period is closed'); end;
";

/// What a spool has beside a store's tables: who it is, after which number it began, the number of its last parcel and of the last
/// privacy statement that PostgreSQL was told of; and the parcel that is under way, one at most.
const SPOOL: &str = "
    create table spool (id text not null primary key, began integer not null, seq integer not null,
        told integer not null) strict, without rowid;
    create table parcel (seq integer not null primary key, body text not null, sha256 text not null) strict;
    insert into spool (id, began, seq, told) values (lower(hex(randomblob(16))), 0, 0, 0);
";

/// What a file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FilePurpose {
    /// The store itself.
    Store,
    /// What is on its way to a store in PostgreSQL.
    Spool,
}

impl FilePurpose {
    fn application(self) -> i32 {
        match self {
            Self::Store => APPLICATION,
            Self::Spool => SPOOL_APPLICATION,
        }
    }
}

/// Why the store cannot be opened.
#[derive(Debug)]
pub enum OpenError {
    /// SQLite's own word. Its messages name tables and files, never values.
    Sqlite(rusqlite::Error),
    /// PostgreSQL's.
    Postgres(PostgresError),
    /// The file cannot be opened or locked.
    Io(std::io::Error),
    /// Another process has it.
    InUse,
    /// The file is a database of some other program.
    Foreign,
    /// Likewise, or a store where a spool is wanted.
    NoSpool,
    /// Written by a later version of this program.
    Newer(i32),
    /// SQLite finds the file damaged.
    Damaged,
    /// There is none yet.
    Missing,
    /// An earlier version wrote it, and nothing of what is to be written has a place in it.
    Outdated,
}

impl From<rusqlite::Error> for OpenError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl From<PostgresError> for OpenError {
    fn from(error: PostgresError) -> Self {
        Self::Postgres(error)
    }
}

/// What SQLite says, and what to do where its words leave that open.
pub(crate) struct SqliteMessage<'e>(pub &'e rusqlite::Error);

impl std::fmt::Display for SqliteMessage<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let remedy = match self.0.sqlite_error_code() {
            Some(ErrorCode::DiskFull | ErrorCode::SystemIoFailure | ErrorCode::CannotOpen) => {
                "; see that its disk has room and its folder can be written to, and try again"
            }
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                "; another process is writing to it, try again in a moment"
            }
            _ => "",
        };
        write!(f, "{}{remedy}", self.0)
    }
}

impl std::fmt::Display for OpenError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Damaged => {
                f.write_str("this file is damaged; put a backup in its place, or move it away to begin anew")
            }
            Self::Missing => f.write_str("it does not exist yet; `qsproxy serve` makes it"),
            Self::Outdated => f.write_str(
                "an earlier qsproxy wrote this store; start `qsproxy serve` once, which brings it up to date",
            ),
            Self::Sqlite(error) => write!(f, "{}", SqliteMessage(error)),
            Self::Postgres(error) => write!(f, "{error}"),
            Self::Io(error) => write!(f, "{error}"),
            Self::InUse => f.write_str("another qsproxy uses this store; stop it, or give this one a store of its own"),
            Self::Foreign => f.write_str("this file is not a store of qsproxy; name another file"),
            Self::NoSpool => f.write_str("this file is not a spool of qsproxy; name another file, which it will make"),
            Self::Newer(version) => {
                write!(f, "a later qsproxy wrote this store (tables of version {version}, this one knows {SCHEMA})")
            }
        }
    }
}

/// Tells damage from other trouble.
fn damaged(error: rusqlite::Error) -> OpenError {
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => OpenError::Foreign,
        Some(ErrorCode::DatabaseCorrupt) => OpenError::Damaged,
        Some(_) | None => OpenError::Sqlite(error),
    }
}

/// What a file turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreState {
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
pub fn recognise(connection: &Connection, purpose: FilePurpose) -> Result<StoreState, OpenError> {
    let number = |pragma| connection.pragma_query_value(None, pragma, |row| row.get::<_, i32>(0));
    let application = number("application_id").map_err(damaged)?;
    let version = number("user_version")?;
    let objects: i64 =
        connection.query_row("select count(*) from sqlite_schema", [], |row| row.get(0)).map_err(damaged)?;
    if (application, version, objects) == (0, 0, 0) {
        return Ok(StoreState::Empty);
    }
    match version {
        _ if application != purpose.application() => Err(match purpose {
            FilePurpose::Store => OpenError::Foreign,
            FilePurpose::Spool => OpenError::NoSpool,
        }),
        SCHEMA => Ok(StoreState::Store),
        1..SCHEMA => Ok(StoreState::Older(version)),
        version if version > SCHEMA => Err(OpenError::Newer(version)),
        _ => Err(OpenError::Foreign),
    }
}

/// After how many pages of its log SQLite moves them into the file: about a megabyte, so that what a log takes of a small disk is
/// little, and is there to be given back when the disk is full.
const LOG_PAGES: i64 = 256;

/// Sees to it that a connection that writes leaves nothing but the store: every commit is flushed to disk, what is overwritten
/// is gone from the file instead of left in its free space, and sorting and statement journals stay in memory.
pub(crate) fn keep_no_traces(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "secure_delete", "on")?;
    connection.pragma_update(None, "temp_store", "memory")?;
    connection.pragma_update(None, "wal_autocheckpoint", LOG_PAGES)?;
    connection.pragma_update(None, "foreign_keys", "on")
}

/// Looks through the whole file: once, when its writer opens it, since that takes longer the more it holds.
///
/// # Errors
/// [`OpenError::Damaged`], or SQLite's word.
pub(crate) fn check_whole(connection: &Connection) -> Result<(), OpenError> {
    let sound: String = connection.query_row("pragma quick_check(1)", [], |row| row.get(0)).map_err(damaged)?;
    if sound == "ok" { Ok(()) } else { Err(OpenError::Damaged) }
}

/// Brings an empty file or an earlier version's store up to this version, in one transaction.
///
/// # Errors
/// SQLite's; the file is then as it was.
pub(crate) fn complete(connection: &mut Connection, found: StoreState, purpose: FilePurpose) -> rusqlite::Result<()> {
    let missing: &[&str] = match found {
        StoreState::Store => return Ok(()),
        StoreState::Older(1) => &[SINCE_2, SINCE_3, SINCE_4],
        StoreState::Older(2) => &[SINCE_3, SINCE_4],
        StoreState::Older(_) => &[SINCE_4],
        StoreState::Empty => &[TABLES, SINCE_2, SINCE_3, SINCE_4],
    };
    let transaction = connection.transaction()?;
    for tables in missing {
        transaction.execute_batch(tables)?;
    }
    if (purpose, found) == (FilePurpose::Spool, StoreState::Empty) {
        transaction.execute_batch(SPOOL)?;
    }
    transaction.pragma_update(None, "application_id", purpose.application())?;
    transaction.pragma_update(None, "user_version", SCHEMA)?;
    transaction.commit()?;
    Ok(())
}
