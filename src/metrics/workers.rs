//! Metrics of the threads that serve.

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use crate::metrics::register::metric;

/// Metrics of the runtimes of threads.
#[derive(Debug)]
pub struct WorkerMetrics {
    /// How often a runtime made no progress for a second.
    pub stalls: Counter,
    /// Runtimes that make no progress.
    pub stalled: Gauge,
}

impl WorkerMetrics {
    pub(super) fn register(r: &mut Registry) -> Self {
        Self {
            stalls: metric(r, "worker_stalls", "How often a thread that serves made no progress for a second"),
            stalled: metric(r, "workers_stalled", "Threads that serve and make no progress"),
        }
    }
}
