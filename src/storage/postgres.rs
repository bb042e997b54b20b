//! The store in PostgreSQL 15 and later: a [`server`]'s address, a [`session`] with it, and what the store needs beyond SQLite's SQL.
//! Batches arrive through the [`forward`](crate::forward) module; reports and billing use [`query`](crate::storage::query).

pub mod error;
pub mod migrations;
mod privacy_versions;
pub mod server;
pub mod session;
mod values;
