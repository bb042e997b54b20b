//! Forwards counts from a node's spool to PostgreSQL: the [`forwarder`] thread takes batches out of the [`spool`] and delivers each
//! exactly once.

mod delivery;
pub mod error;
pub mod forwarder;
pub mod spool;
