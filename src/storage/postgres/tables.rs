//! The tables in PostgreSQL: made and brought up to date by migrations, which are files beside this one. Whoever connects first
//! applies them, and the others wait for it.

use std::error::Error as _;

use refinery::{Migration, Runner};

use crate::storage::postgres::{PostgresError, PostgresFault, Session};

/// Each migration's name, which tells its number, and its text.
const MIGRATIONS: [(&str, &str); 1] = [("V1__tables", include_str!("V1__tables.sql"))];

/// The number of the last one.
const VERSION: i64 = 1;

/// Where it is kept which were applied.
const HISTORY: &str = "qsproxy_migrations";

/// The lock under which they are applied: any number that nobody else takes.
const LOCK: i64 = 7_813_571_932_641_580;

/// What tables there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tables {
    /// None of ours.
    Missing,
    /// Of an earlier version.
    Older,
    /// Of this version.
    Ours,
    /// Of a later version.
    Newer,
}

impl Session {
    /// Looks which tables there are.
    ///
    /// # Errors
    /// The server's.
    pub fn tables(&self) -> Result<Tables, PostgresError> {
        let known = "select count(*) from pg_catalog.pg_class where relname = 'qsproxy_migrations' and pg_table_is_visible(oid)";
        if self.number(known, &[])? != Some(1) {
            return Ok(Tables::Missing);
        }
        let last = format!("select cast(max(version) as bigint) from {HISTORY}");
        Ok(match self.number(&last, &[])? {
            None => Tables::Missing,
            Some(VERSION) => Tables::Ours,
            Some(version) if version < VERSION => Tables::Older,
            Some(_) => Tables::Newer,
        })
    }

    /// Sees to it that the tables are of this version.
    ///
    /// # Errors
    /// The server's; or that they are of a later version, and so are left alone.
    pub fn bring_up_to_date(&mut self) -> Result<(), PostgresError> {
        match self.tables()? {
            Tables::Ours => return Ok(()),
            Tables::Newer => return Err(PostgresError::of(PostgresFault::Newer)),
            Tables::Missing | Tables::Older => {}
        }
        self.change("select pg_advisory_lock(?1)", &[LOCK.into()])?;
        let applied = self.apply();
        self.change("select pg_advisory_unlock(?1)", &[LOCK.into()])?;
        applied
    }

    fn apply(&mut self) -> Result<(), PostgresError> {
        let of = |(name, text): (&str, &str)| Migration::unapplied(name, text);
        let migrations =
            MIGRATIONS.into_iter().map(of).collect::<Result<Vec<_>, _>>().map_err(|error| refused(&error))?;
        let mut runner = Runner::new(&migrations);
        runner.set_migration_table_name(HISTORY);
        let (patience, client) = (self.patience, &mut self.client);
        let running = async { tokio::time::timeout(patience, runner.run_async(client)).await };
        match self.runtime.block_on(running) {
            Ok(done) => done.map(drop).map_err(|error| refused(&error)),
            Err(_) => Err(PostgresError::of(PostgresFault::TimedOut)),
        }
    }
}

/// Its text names the migration; the server's word, which is about tables, is its cause's cause.
fn refused(error: &refinery::Error) -> PostgresError {
    let mut said = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        said = format!("{said}: {error}");
        cause = error.source();
    }
    PostgresError::said(PostgresFault::Refused, &said)
}
