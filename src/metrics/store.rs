//! Metrics of the store and of deduplication. The admin listener copies them from the parts that count them.

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use crate::metrics::register::metric;

/// Metrics of the writer, the spool and the forwarder.
#[derive(Debug)]
pub struct StoreMetrics {
    /// Committed batches of counts.
    pub batches_committed: Counter,
    /// Failed attempts to commit a batch.
    pub batch_retries: Counter,
    /// Cells in memory that are not committed yet.
    pub pending_cells: Gauge,
    /// 1 if the store can be written, else 0.
    pub writable: Gauge,
    /// 1 if the store is a file, or a server that the last delivery reached; else 0.
    pub reachable: Gauge,
    /// Batches delivered to PostgreSQL.
    pub batches_delivered: Counter,
    /// Failed deliveries to PostgreSQL.
    pub deliveries_failed: Counter,
    /// Bytes used by the spool.
    pub spool_bytes: Gauge,
    /// Maximum size of the spool in bytes; 0 without a spool.
    pub spool_limit_bytes: Gauge,
    /// Age of the oldest count in the spool, in seconds.
    pub spool_age_seconds: Gauge,
}

impl StoreMetrics {
    pub(super) fn register(r: &mut Registry) -> Self {
        let reachable = "1 if the store is a file, or a server that the last delivery reached; else 0";
        let limit = "Maximum size of the spool in bytes; 0 without a spool";
        Self {
            batches_committed: metric(r, "ledger_batches", "Batches of counts committed"),
            batch_retries: metric(r, "ledger_retries", "Failed attempts to commit a batch of counts"),
            pending_cells: metric(r, "ledger_pending", "Cells of counts in memory that are not committed yet"),
            writable: metric(r, "store_writable", "1 if the store can be written, else 0"),
            reachable: metric(r, "store_reachable", reachable),
            batches_delivered: metric(r, "parcels_delivered", "Batches of counts delivered to PostgreSQL"),
            deliveries_failed: metric(r, "parcels_failed", "Failed deliveries of counts to PostgreSQL"),
            spool_bytes: metric(r, "spool_bytes", "Bytes used by the spool"),
            spool_limit_bytes: metric(r, "spool_limit_bytes", limit),
            spool_age_seconds: metric(r, "spool_age_seconds", "Age of the oldest count in the spool"),
        }
    }
}

/// Metrics of the deduplication caches.
#[derive(Debug)]
pub struct DedupMetrics {
    /// Clicked tokens that are remembered.
    pub tokens_remembered: Gauge,
    /// Clicked tokens that were evicted before they expired.
    pub tokens_forgotten: Counter,
    /// Stamps and IDs that are remembered.
    pub visits_remembered: Gauge,
    /// Stamps and IDs that were not remembered because the memory of their day was full.
    pub visits_forgotten: Counter,
}

impl DedupMetrics {
    pub(super) fn register(r: &mut Registry) -> Self {
        let visits_forgotten = "Stamps and IDs that were not remembered because the memory of their day was full";
        Self {
            tokens_remembered: metric(r, "tokens_remembered", "Clicked tokens that are remembered"),
            tokens_forgotten: metric(r, "tokens_forgotten", "Clicked tokens evicted before they expired"),
            visits_remembered: metric(r, "visits_remembered", "Stamps and IDs that are remembered"),
            visits_forgotten: metric(r, "visits_forgotten", visits_forgotten),
        }
    }
}
