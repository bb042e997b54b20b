//! How the process and its store are, for the head of the dashboard.

use std::time::Duration;

/// How the process and its store are.
#[derive(Debug, Clone, Copy)]
pub struct ProcessStatus {
    /// For how long the process has run.
    pub uptime: Duration,
    /// Whether the store, or the spool in front of it, can be written.
    pub is_writable: bool,
    /// The spool; None if counts are written to the store itself.
    pub spool: Option<SpoolStatus>,
}

/// How the spool is.
#[derive(Debug, Clone, Copy)]
pub struct SpoolStatus {
    /// Whether the store can be reached.
    pub is_reachable: bool,
    /// How full the spool is, in per cent.
    pub full_per_cent: u64,
    /// How long its oldest count has waited.
    pub age: Duration,
}
