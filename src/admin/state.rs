//! What the admin listener answers from.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use zeroize::Zeroizing;

use crate::admin::access::WrongTokens;
use crate::admin::connections::AdminConnections;
use crate::admin::metrics_snapshot::MetricsSnapshot;
use crate::admin::reports::Reports;
use crate::dedup::Dedup;
use crate::forward::forwarder::Forwarder;
use crate::metrics::Metrics;
use crate::storage::writer::CountWriter;

/// What the admin listener answers from.
#[derive(Debug)]
pub struct AdminState {
    /// The metrics registry.
    pub metrics: Arc<Metrics>,
    /// What `/metrics` shows.
    pub snapshot: MetricsSnapshot,
    /// The writer: its health decides readiness.
    pub writer: CountWriter,
    /// The forwarder, if the store is PostgreSQL.
    pub forwarder: Option<Forwarder>,
    /// The deduplication caches, for their sizes.
    pub dedup: Arc<Dedup>,
    /// The bearer token, if one is required.
    pub token: Option<Zeroizing<String>>,
    /// What wrong tokens have used up.
    pub wrong_tokens: WrongTokens,
    /// The open connections.
    pub connections: AdminConnections,
    /// The reports and the dashboard.
    pub reports: Reports,
    /// True once the process is draining.
    pub draining: Arc<AtomicBool>,
    /// When the process started.
    pub started: Instant,
}
