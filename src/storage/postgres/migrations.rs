//! The tables in PostgreSQL, created and upgraded by the migrations beside this file. The first node to connect applies them, while
//! the others wait for its transaction.

use aws_lc_rs::digest;

use crate::storage::error::StoreError;
use crate::storage::migrations::{self, Migration, MigrationTarget, StoreState};
use crate::storage::postgres::error::{PostgresError, PostgresFault};
use crate::storage::postgres::session::Session;

const MIGRATIONS: [Migration; 5] = [
    Migration { version: 1, name: "tables", sql: include_str!("V1__tables.sql") },
    Migration { version: 2, name: "books", sql: include_str!("V2__books.sql") },
    Migration { version: 3, name: "payments", sql: include_str!("V3__payments.sql") },
    Migration { version: 4, name: "costs", sql: include_str!("V4__costs.sql") },
    Migration { version: 5, name: "closed_books", sql: include_str!("V5__closed_books.sql") },
];

/// Starts the transaction that migrates. The lock's number is arbitrary, and the same for all versions. The history table has the
/// columns of refinery, which applied the migrations of earlier versions.
const BEGIN: &str = "begin; select pg_advisory_xact_lock(7813571932641580);
    create table if not exists qsproxy_migrations(
        version int4 primary key, name varchar(255), applied_on varchar(255), checksum varchar(255))";

const HISTORY: &str = "qsproxy_migrations";

/// The definitions of everything in the database, as text.
#[must_use]
pub fn definitions() -> String {
    MIGRATIONS.iter().map(|migration| migration.sql).collect()
}

impl Session {
    /// The state of the tables.
    ///
    /// # Errors
    /// Those of the server, or a version that is not a number.
    pub fn schema_state(&self) -> Result<StoreState, StoreError> {
        let exists = "select count(*) as n from pg_catalog.pg_class
            where relname = 'qsproxy_migrations' and pg_table_is_visible(oid)";
        if self.query_row("pg_class", exists, &[])?.count("n")? == 0 {
            return Ok(StoreState::Empty);
        }
        Ok(migrations::state(self.version()?, &MIGRATIONS))
    }

    /// Applies the migrations that the database lacks, in one transaction.
    ///
    /// # Errors
    /// Those of the server; or [`PostgresFault::Newer`], with nothing changed.
    pub fn migrate(&self) -> Result<(), StoreError> {
        match self.schema_state()? {
            StoreState::Current => Ok(()),
            StoreState::Newer(_) => Err(PostgresError::new(PostgresFault::Newer).into()),
            StoreState::Empty | StoreState::Older(_) => {
                self.transaction(BEGIN, || migrations::migrate(self, &MIGRATIONS))
            }
        }
    }
}

impl MigrationTarget for Session {
    type Error = StoreError;

    fn version(&self) -> Result<i32, StoreError> {
        let row =
            self.query_row(HISTORY, "select coalesce(max(version), 0) as version from qsproxy_migrations", &[])?;
        Ok(row.parse_number("version", "a schema version", |version| i32::try_from(version).ok())?)
    }

    fn apply(&self, migration: &Migration) -> Result<(), StoreError> {
        let Migration { version, name, sql } = migration;
        self.execute_batch(sql)?;
        let checksum = data_encoding::HEXLOWER.encode(digest::digest(&digest::SHA256, sql.as_bytes()).as_ref());
        let insert = r#"insert into qsproxy_migrations (version, name, applied_on, checksum)
            values (?1, ?2, to_char(now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), ?3)"#;
        let values = [i64::from(*version).into(), (*name).into(), checksum.into()];
        Ok(self.execute(insert, &values)?)
    }
}
