//! Storage of counts, statements and closings, in an SQLite file or in PostgreSQL.
//!
//! [`writer`] adds counts in batches. [`query`] executes the statements of reports and billing; its rows are decoded by [`value`].
//! [`migrations`] bring either engine's tables to this version.

pub mod error;
pub mod migrations;
pub mod pool;
pub mod postgres;
pub mod privacy_version;
pub mod query;
pub(crate) mod roll_up;
pub mod sqlite;
pub mod value;
pub mod writer;
