//! The store as questions and the books see it: rows of plain values for texts of SQL, whatever keeps them. Counts are added by
//! the ledger alone ([`super::ledger`]).

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, OpenFlags, params_from_iter};

use crate::storage::postgres::tables::Tables;
use crate::storage::postgres::{PostgresError, PostgresFault, PostgresServer, Session, SessionPurpose};
use crate::storage::schema::{self, FilePurpose, OpenError, SqliteMessage, StoreState};

/// How long a statement waits for another process's lock: the ledger holds it for one batch.
const BUSY: Duration = Duration::from_secs(5);

/// Takes the lock that deliveries hold together, and books alone: what a closing has read stays as it was.
const BEGIN_BOOKS: &str = "begin; select pg_advisory_xact_lock(books_lock())";

/// Starts an import: deliveries and other imports of counts go on, while closings and other imports of statements wait.
const BEGIN_IMPORT: &str = "begin; select pg_advisory_xact_lock(books_lock() + 2);
    select pg_advisory_xact_lock_shared(books_lock())";

/// Where the counts are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreLocation {
    /// In an SQLite file.
    Sqlite(PathBuf),
    /// In PostgreSQL, where several nodes deliver to.
    Postgres(Box<PostgresServer>),
}

impl std::fmt::Display for StoreLocation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "{}", path.display()),
            Self::Postgres(server) => write!(f, "{server}"),
        }
    }
}

/// What a database is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccessMode {
    /// Questions.
    Read,
    /// Statements and closings.
    Write,
}

/// A value of a row, or of a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SqlValue {
    /// A text.
    Text(String),
    /// A whole number.
    Number(i64),
    /// None.
    Null,
}

impl SqlValue {
    /// The text; empty where it is none.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Self::Text(text) => text,
            Self::Number(_) | Self::Null => "",
        }
    }

    /// The number, where it is one.
    #[must_use]
    pub fn number(&self) -> Option<i64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Text(_) | Self::Null => None,
        }
    }

    /// A count; 0 where it is none.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.number().and_then(|number| u64::try_from(number).ok()).unwrap_or(0)
    }
}

impl From<&str> for SqlValue {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for SqlValue {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for SqlValue {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl<F: Into<Self>> From<Option<F>> for SqlValue {
    fn from(value: Option<F>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl rusqlite::ToSql for SqlValue {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Self::Text(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
            Self::Number(number) => ToSqlOutput::from(*number),
            Self::Null => ToSqlOutput::Borrowed(ValueRef::Null),
        })
    }
}

/// Why the store did not answer. Its messages name tables and files, never values.
#[derive(Debug)]
pub enum StoreError {
    /// SQLite's word.
    Sqlite(rusqlite::Error),
    /// PostgreSQL's.
    Postgres(PostgresError),
    /// The store has tools of its own for this: what to do instead.
    Elsewhere(&'static str),
}

impl From<PostgresError> for StoreError {
    fn from(error: PostgresError) -> Self {
        Self::Postgres(error)
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl std::fmt::Display for StoreError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Sqlite(error) => write!(f, "{}", SqliteMessage(error)),
            Self::Postgres(error) => write!(f, "{error}"),
            Self::Elsewhere(what) => f.write_str(what),
        }
    }
}

impl std::error::Error for StoreError {}

/// The store, open.
#[derive(Debug)]
pub struct Database(Backend);

#[derive(Debug)]
enum Backend {
    Sqlite(Connection),
    Postgres(Session),
}

impl Database {
    /// Opens the store of a running or stopped process.
    ///
    /// # Errors
    /// What is there instead of a store; for [`AccessMode::Write`] also one of an earlier version.
    pub fn open(store: &StoreLocation, access: AccessMode) -> Result<Self, OpenError> {
        match store {
            StoreLocation::Sqlite(path) => Self::open_file(path, access),
            StoreLocation::Postgres(server) => Self::open_server(server, access),
        }
    }

    fn open_file(path: &Path, access: AccessMode) -> Result<Self, OpenError> {
        if !path.exists() {
            return Err(OpenError::Missing);
        }
        // Reading a store in write-ahead mode needs its shared memory file, and so the right to write;
        // `query_only` sees to it that nothing is written all the same.
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(BUSY)?;
        match access {
            AccessMode::Read => connection.pragma_update(None, "query_only", "on")?,
            AccessMode::Write => schema::keep_no_traces(&connection)?,
        }
        match (schema::recognise(&connection, FilePurpose::Store)?, access) {
            (StoreState::Store, _) | (StoreState::Older(_), AccessMode::Read) => Ok(Self(Backend::Sqlite(connection))),
            (StoreState::Older(_), AccessMode::Write) => Err(OpenError::Outdated),
            (StoreState::Empty, _) => Err(OpenError::Foreign),
        }
    }

    fn open_server(server: &PostgresServer, access: AccessMode) -> Result<Self, OpenError> {
        let errand = match access {
            AccessMode::Read => SessionPurpose::Questions,
            AccessMode::Write => SessionPurpose::Books,
        };
        Self::over(Session::open(server, &errand)?, access)
    }

    /// The store at the other end of a session.
    ///
    /// # Errors
    /// What is there instead of a store; for [`AccessMode::Write`] also one of an earlier version.
    pub(super) fn over(session: Session, access: AccessMode) -> Result<Self, OpenError> {
        match (session.tables()?, access) {
            (Tables::Ours, _) | (Tables::Older, AccessMode::Read) => Ok(Self(Backend::Postgres(session))),
            (Tables::Older, AccessMode::Write) => Err(OpenError::Outdated),
            (Tables::Missing, _) => Err(OpenError::Missing),
            (Tables::Newer, _) => Err(PostgresError::of(PostgresFault::Newer).into()),
        }
    }

    /// The session, where the store is a server.
    pub(super) fn into_session(self) -> Option<Session> {
        match self.0 {
            Backend::Sqlite(_) => None,
            Backend::Postgres(session) => Some(session),
        }
    }

    /// The rows that a question finds.
    ///
    /// # Errors
    /// The store's.
    pub fn rows(&self, sql: &str, values: &[SqlValue]) -> Result<Vec<Vec<SqlValue>>, StoreError> {
        let connection = match &self.0 {
            Backend::Sqlite(connection) => connection,
            Backend::Postgres(session) => return Ok(session.rows(sql, values)?),
        };
        let mut query = connection.prepare_cached(sql)?;
        let columns = query.column_count();
        let rows = query.query_map(params_from_iter(values), |row| {
            (0..columns).map(|column| Ok(field(row.get_ref(column)?))).collect::<rusqlite::Result<Vec<SqlValue>>>()
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// Changes rows. Returns how many.
    ///
    /// # Errors
    /// The store's.
    pub fn change(&self, sql: &str, values: &[SqlValue]) -> Result<usize, StoreError> {
        match &self.0 {
            Backend::Sqlite(connection) => Ok(connection.prepare_cached(sql)?.execute(params_from_iter(values))?),
            Backend::Postgres(session) => Ok(session.change(sql, values)?),
        }
    }

    /// Does all of it or nothing, with nobody else writing in between. Committed means flushed to disk.
    ///
    /// # Errors
    /// The store's, or what `work` finds.
    pub fn transaction<T, E: From<StoreError>>(&self, work: impl FnOnce(&Self) -> Result<T, E>) -> Result<T, E> {
        self.transact(BEGIN_BOOKS, work)
    }

    /// As [`Self::transaction`], for a statement: in PostgreSQL, deliveries of counts do not wait for it.
    ///
    /// # Errors
    /// Errors of the store, or of `work`.
    pub fn import_transaction<T, E: From<StoreError>>(&self, work: impl FnOnce(&Self) -> Result<T, E>) -> Result<T, E> {
        self.transact(BEGIN_IMPORT, work)
    }

    fn transact<T, E: From<StoreError>>(
        &self,
        begin_in_postgres: &str,
        work: impl FnOnce(&Self) -> Result<T, E>,
    ) -> Result<T, E> {
        match self.begin(begin_in_postgres).map_err(E::from).and_then(|()| work(self)) {
            Ok(done) => {
                if let Err(error) = self.change("commit", &[]) {
                    self.change("rollback", &[]).ok();
                    return Err(error.into());
                }
                Ok(done)
            }
            Err(error) => {
                // Where it fails the connection's end does it.
                self.change("rollback", &[]).ok();
                Err(error)
            }
        }
    }

    fn begin(&self, begin_in_postgres: &str) -> Result<(), StoreError> {
        match &self.0 {
            Backend::Sqlite(_) => self.change("begin immediate", &[]).map(drop),
            Backend::Postgres(session) => Ok(session.batch(begin_in_postgres)?),
        }
    }

    /// Inserts rows in bulk, each with a value for every column: one prepared statement in SQLite, `COPY` in PostgreSQL, which
    /// parses days and hours from their text.
    ///
    /// # Errors
    /// Errors of the store; inside a transaction, nothing is inserted then.
    pub fn insert_rows(
        &self,
        table: &str,
        columns: &[&str],
        rows: impl Iterator<Item = Vec<SqlValue>>,
    ) -> Result<(), StoreError> {
        match &self.0 {
            Backend::Sqlite(connection) => {
                let places: Vec<String> = (1..=columns.len()).map(|place| format!("?{place}")).collect();
                let sql = format!("insert into {table} ({}) values ({})", columns.join(", "), places.join(", "));
                let mut insert = connection.prepare(&sql)?;
                for row in rows {
                    insert.execute(params_from_iter(&row))?;
                }
                Ok(())
            }
            Backend::Postgres(session) => Ok(session.copy_in(table, columns, rows)?),
        }
    }

    /// Writes a copy of the whole store, as it is at one moment, into this empty file; the process that writes to the store
    /// goes on.
    ///
    /// # Errors
    /// The store's, or the disk's.
    pub fn copy_into(&self, file: &Path) -> Result<(), StoreError> {
        let Backend::Sqlite(connection) = &self.0 else {
            return Err(StoreError::Elsewhere("PostgreSQL has its own tools for copies: use pg_dump or pg_basebackup"));
        };
        // It writes to the other file alone.
        connection.pragma_update(None, "query_only", "off")?;
        self.change("vacuum into ?1", &[file.to_string_lossy().into_owned().into()]).map(drop)
    }

    /// Whether the store has this table. One of an earlier version lacks what came later, and so has counted nothing of it.
    ///
    /// # Errors
    /// The store's.
    pub fn has(&self, table: &str) -> Result<bool, StoreError> {
        let sql = match &self.0 {
            Backend::Sqlite(_) => "select 1 from sqlite_schema where type = 'table' and name = ?1",
            Backend::Postgres(_) => {
                "select 1 from pg_catalog.pg_class
                 where relkind in ('r', 'v') and cast(relname as text) = ?1 and pg_table_is_visible(oid)"
            }
        };
        Ok(!self.rows(sql, &[table.into()])?.is_empty())
    }

    /// A column of hours as text, `YYYY-MM-DDTHH`.
    #[must_use]
    pub fn hour(&self, column: &str) -> String {
        match self.0 {
            Backend::Sqlite(_) => column.to_owned(),
            Backend::Postgres(_) => format!(r#"to_char({column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24')"#),
        }
    }

    /// A column of days as text, `YYYY-MM-DD`.
    #[must_use]
    pub fn day(&self, column: &str) -> String {
        match self.0 {
            Backend::Sqlite(_) => column.to_owned(),
            Backend::Postgres(_) => format!("to_char({column}, 'YYYY-MM-DD')"),
        }
    }

    /// A value that is the text of an hour, as columns of hours are compared with and written.
    #[must_use]
    pub fn to_hour(&self, value: &str) -> String {
        match self.0 {
            Backend::Sqlite(_) => value.to_owned(),
            Backend::Postgres(_) => format!("cast(cast({value} as text) || ':00:00Z' as timestamptz)"),
        }
    }

    /// A value that is the text of a day, likewise.
    #[must_use]
    pub fn to_day(&self, value: &str) -> String {
        match self.0 {
            Backend::Sqlite(_) => value.to_owned(),
            Backend::Postgres(_) => format!("cast(cast({value} as text) as date)"),
        }
    }
}

fn field(value: ValueRef<'_>) -> SqlValue {
    match value {
        ValueRef::Integer(number) => SqlValue::Number(number),
        ValueRef::Text(text) => SqlValue::Text(String::from_utf8_lossy(text).into_owned()),
        // No table of ours has such a column.
        ValueRef::Real(_) | ValueRef::Blob(_) | ValueRef::Null => SqlValue::Null,
    }
}
