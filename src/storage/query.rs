//! The store as reports and billing use it: SQL statements, and rows of values, on either engine. Counts are added by the
//! [`writer`](crate::storage::writer) only.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rusqlite::{Connection, OpenFlags, params_from_iter};

use crate::storage::error::{OpenError, StoreError};
use crate::storage::migrations::StoreState;
use crate::storage::postgres::error::{PostgresError, PostgresFault};
use crate::storage::postgres::server::PostgresServer;
use crate::storage::postgres::session::{Session, SessionPurpose};
use crate::storage::sqlite;
use crate::storage::sqlite::schema::{self, FilePurpose};
use crate::storage::value::{Row, SqlValue};
use crate::time;

/// SQLite's busy timeout: the writer holds its lock for one batch.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Steps of SQLite's virtual machine between two looks at the clock: well below a millisecond.
const STEPS_BETWEEN_CHECKS: i32 = 10_000;

/// Starts a transaction of billing. Deliveries share this lock and billing takes it alone, so that what a closing has read does not
/// change before it commits.
const BEGIN_BILLING: &str = "begin; select pg_advisory_xact_lock(books_lock())";

/// Starts an import: deliveries and other imports of counts go on, while closings and other imports of statements wait.
const BEGIN_IMPORT: &str = "begin; select pg_advisory_xact_lock(books_lock() + 2);
    select pg_advisory_xact_lock_shared(books_lock())";

/// Starts a transaction of the budgets: nodes reserve one after another.
const BEGIN_BUDGETS: &str = "begin; select pg_advisory_xact_lock(books_lock() + 3)";

/// Where the store is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreLocation {
    /// An SQLite file.
    Sqlite(PathBuf),
    /// A PostgreSQL server, to which several nodes may deliver.
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

/// What a store is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccessMode {
    /// Reports.
    Read,
    /// Statements and closings.
    Write,
}

/// An open store.
#[derive(Debug)]
pub struct Database(Backend);

#[derive(Debug)]
enum Backend {
    Sqlite(Connection),
    Postgres(Session),
}

impl Database {
    /// Opens a store, whether or not a process is writing counts to it.
    ///
    /// # Errors
    /// Why it cannot be opened; [`OpenError::Outdated`] only for [`AccessMode::Write`].
    pub fn open(store: &StoreLocation, access: AccessMode) -> Result<Self, OpenError> {
        match store {
            StoreLocation::Sqlite(path) => Self::open_file(path, access),
            StoreLocation::Postgres(server) => Self::open_server(server, access),
        }
    }

    /// Opens a node's spool for reading, beside its writer and its forwarder.
    ///
    /// # Errors
    /// Why it cannot be opened.
    pub fn open_spool(path: &Path) -> Result<Self, OpenError> {
        Self::open_for(FilePurpose::Spool, path, AccessMode::Read)
    }

    fn open_file(path: &Path, access: AccessMode) -> Result<Self, OpenError> {
        Self::open_for(FilePurpose::Store, path, access)
    }

    fn open_for(purpose: FilePurpose, path: &Path, access: AccessMode) -> Result<Self, OpenError> {
        if !path.exists() {
            return Err(OpenError::Missing);
        }
        // In write-ahead mode, even readers write to the shared memory file; `query_only` prevents writes to the store.
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        match access {
            AccessMode::Read => {
                connection.pragma_update(None, "query_only", "on")?;
                // A long report is sorted in memory: the process may not write temporary files.
                connection.pragma_update(None, "temp_store", "memory")?;
            }
            AccessMode::Write => schema::set_pragmas(&connection)?,
        }
        match (schema::recognise(&connection, purpose)?, access) {
            (StoreState::Current, _) | (StoreState::Older(_), AccessMode::Read) => {
                Ok(Self(Backend::Sqlite(connection)))
            }
            (StoreState::Older(_), AccessMode::Write) => Err(OpenError::Outdated),
            (StoreState::Empty | StoreState::Newer(_), _) => Err(OpenError::Foreign),
        }
    }

    fn open_server(server: &PostgresServer, access: AccessMode) -> Result<Self, OpenError> {
        let purpose = match access {
            AccessMode::Read => SessionPurpose::Reports,
            AccessMode::Write => SessionPurpose::Billing,
        };
        Self::from_session(Session::open(server, &purpose)?, access)
    }

    /// Uses the store of an open session.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub(super) fn from_session(session: Session, access: AccessMode) -> Result<Self, OpenError> {
        match (session.schema_state()?, access) {
            (StoreState::Current, _) | (StoreState::Older(_), AccessMode::Read) => Ok(Self(Backend::Postgres(session))),
            (StoreState::Older(_), AccessMode::Write) => Err(OpenError::Outdated),
            (StoreState::Empty, _) => Err(OpenError::Missing),
            (StoreState::Newer(_), _) => Err(PostgresError::new(PostgresFault::Newer).into()),
        }
    }

    /// Ends a query of an SQLite file that runs at this time. A server has a timeout for each statement.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn stop_at(&mut self, deadline: Instant) -> Result<(), StoreError> {
        match &mut self.0 {
            Backend::Sqlite(connection) => {
                connection.progress_handler(STEPS_BETWEEN_CHECKS, Some(move || time::instant() >= deadline))?;
            }
            Backend::Postgres(_) => {}
        }
        Ok(())
    }

    /// Returns the session, if the store is on a server.
    pub(super) fn into_session(self) -> Option<Session> {
        match self.0 {
            Backend::Sqlite(_) => None,
            Backend::Postgres(session) => Some(session),
        }
    }

    /// Returns the rows of a result. `table` names their source in decoding errors.
    ///
    /// # Errors
    /// Those of the engine.
    pub fn query(&self, table: &str, sql: &str, values: &[SqlValue]) -> Result<Vec<Row>, StoreError> {
        match &self.0 {
            Backend::Sqlite(connection) => Ok(sqlite::query::query(connection, table, sql, values)?),
            Backend::Postgres(session) => Ok(session.query(table, sql, values)?),
        }
    }

    /// Executes a statement without a result.
    ///
    /// # Errors
    /// Those of the engine.
    pub fn execute(&self, sql: &str, values: &[SqlValue]) -> Result<(), StoreError> {
        match &self.0 {
            Backend::Sqlite(connection) => {
                connection.prepare_cached(sql)?.execute(params_from_iter(values))?;
                Ok(())
            }
            Backend::Postgres(session) => Ok(session.execute(sql, values)?),
        }
    }

    /// Runs `work` in a transaction, while nobody else writes counts or statements. A commit is flushed to disk.
    ///
    /// # Errors
    /// Those of the engine, or of `work`; the transaction is rolled back then.
    pub fn transaction<T, E: From<StoreError>>(&self, work: impl FnOnce(&Self) -> Result<T, E>) -> Result<T, E> {
        self.transact(BEGIN_BILLING, work)
    }

    /// As [`Self::transaction`], for a statement: in PostgreSQL, deliveries of counts do not wait for it.
    ///
    /// # Errors
    /// As [`Self::transaction`].
    pub fn import_transaction<T, E: From<StoreError>>(&self, work: impl FnOnce(&Self) -> Result<T, E>) -> Result<T, E> {
        self.transact(BEGIN_IMPORT, work)
    }

    /// Runs `work` in a transaction while no other process reserves anything of a budget; in PostgreSQL, nothing else waits for it.
    ///
    /// # Errors
    /// As [`Self::transaction`]. An error of the commit leaves open whether it was committed.
    pub fn budget_transaction<T, E: From<StoreError>>(&self, work: impl FnOnce(&Self) -> Result<T, E>) -> Result<T, E> {
        self.transact(BEGIN_BUDGETS, work)
    }

    fn transact<T, E: From<StoreError>>(
        &self,
        begin_in_postgres: &str,
        work: impl FnOnce(&Self) -> Result<T, E>,
    ) -> Result<T, E> {
        let result = self.begin(begin_in_postgres).map_err(E::from).and_then(|()| work(self));
        let result = result.and_then(|done| self.execute("commit", &[]).map(|()| done).map_err(E::from));
        if result.is_err() {
            // The first error is the one to report; if rolling back fails, the end of the connection does it.
            self.execute("rollback", &[]).ok();
        }
        result
    }

    fn begin(&self, begin_in_postgres: &str) -> Result<(), StoreError> {
        match &self.0 {
            Backend::Sqlite(_) => self.execute("begin immediate", &[]),
            Backend::Postgres(session) => Ok(session.execute_batch(begin_in_postgres)?),
        }
    }

    /// Inserts rows in bulk, each with a value for every column: one prepared statement in SQLite, `COPY` in PostgreSQL, which
    /// parses days and hours from their text.
    ///
    /// # Errors
    /// Those of the engine; inside a transaction, nothing is inserted then.
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

    /// Writes a consistent copy of the whole store into this empty file, while the process that writes counts continues.
    ///
    /// # Errors
    /// Those of SQLite or the disk; [`StoreError::Unsupported`] for PostgreSQL.
    pub fn copy_into(&self, file: &Path) -> Result<(), StoreError> {
        let Backend::Sqlite(connection) = &self.0 else {
            return Err(StoreError::Unsupported("PostgreSQL has its own backup tools: use pg_dump or pg_basebackup"));
        };
        // `vacuum into` writes to the other file only, but counts as a write.
        connection.pragma_update(None, "query_only", "off")?;
        self.execute("vacuum into ?1", &[file.to_string_lossy().into_owned().into()])
    }

    /// Returns whether the store has this table. A store of an earlier version lacks tables that came later, and so has counted
    /// nothing that belongs there.
    ///
    /// # Errors
    /// Those of the engine.
    pub fn has_table(&self, table: &str) -> Result<bool, StoreError> {
        let (catalog, sql) = match &self.0 {
            Backend::Sqlite(_) => {
                ("sqlite_schema", "select 1 as found from sqlite_schema where type = 'table' and name = ?1")
            }
            Backend::Postgres(_) => (
                "pg_class",
                "select 1 as found from pg_catalog.pg_class
                 where relkind in ('r', 'v') and cast(relname as text) = ?1 and pg_table_is_visible(oid)",
            ),
        };
        Ok(!self.query(catalog, sql, &[table.into()])?.is_empty())
    }

    /// SQL for a column of hours as text, `YYYY-MM-DDTHH`.
    #[must_use]
    pub fn hour(&self, column: &str) -> String {
        match self.0 {
            Backend::Sqlite(_) => column.to_owned(),
            Backend::Postgres(_) => format!(r#"to_char({column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24')"#),
        }
    }

    /// SQL for a column of days as text, `YYYY-MM-DD`.
    #[must_use]
    pub fn day(&self, column: &str) -> String {
        match self.0 {
            Backend::Sqlite(_) => column.to_owned(),
            Backend::Postgres(_) => format!("to_char({column}, 'YYYY-MM-DD')"),
        }
    }

    /// SQL that converts the text of an hour to the type of the columns of hours.
    #[must_use]
    pub fn to_hour(&self, value: &str) -> String {
        match self.0 {
            Backend::Sqlite(_) => value.to_owned(),
            Backend::Postgres(_) => format!("cast(cast({value} as text) || ':00:00Z' as timestamptz)"),
        }
    }

    /// SQL that converts the text of a day to the type of the columns of days.
    #[must_use]
    pub fn to_day(&self, value: &str) -> String {
        match self.0 {
            Backend::Sqlite(_) => value.to_owned(),
            Backend::Postgres(_) => format!("cast(cast({value} as text) as date)"),
        }
    }

    /// SQL for a column of whole numbers. SQLite would convert any other value to 0 in a cast.
    #[must_use]
    pub fn integer(&self, column: &str) -> String {
        match self.0 {
            Backend::Sqlite(_) => column.to_owned(),
            Backend::Postgres(_) => format!("cast({column} as bigint)"),
        }
    }

    /// SQL for the sum of a column of counts. It is `null`, which is not a count, if any value is negative or `null`; in SQLite it is
    /// a floating-point number if any value is not a whole number.
    #[must_use]
    pub fn sum(&self, column: &str) -> String {
        let sum = match self.0 {
            Backend::Sqlite(_) => format!("sum({column})"),
            Backend::Postgres(_) => format!("cast(sum({column}) as bigint)"),
        };
        format!("case when count({column}) = count(*) and min({column}) >= 0 then {sum} end")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_ends_at_its_deadline() {
        let mut database = Database(Backend::Sqlite(Connection::open_in_memory().unwrap()));
        let endless = "with recursive n(x) as (select 1 union all select x + 1 from n) select count(*) as x from n";
        let began = time::instant();
        database.stop_at(began + Duration::from_millis(200)).unwrap();
        let answer = database.query("n", endless, &[]);
        assert!(answer.is_err() && began.elapsed() >= Duration::from_millis(200), "{:?}", began.elapsed());
        assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
        database.stop_at(time::instant() + Duration::from_secs(60)).unwrap();
        assert_eq!(database.query("n", "select 1 as x", &[]).unwrap().len(), 1);
    }
}
