//! Forwarding counts from a node's spool to PostgreSQL.

mod delivery;
pub mod forwarder;
pub mod spool;
