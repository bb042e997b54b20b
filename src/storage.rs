//! Storage of counts: the writer, the tables, and reads, on SQLite or PostgreSQL.

pub mod pool;
pub mod postgres;
pub mod query;
pub mod schema;
pub mod sqlite;
pub mod writer;
