//! `/metrics`: gauges and counters that are kept elsewhere are copied to the registry, then all are printed, every 15 seconds by
//! default.

use bytes::Bytes;

use crate::admin::metrics_snapshot::PrintedMetrics;
use crate::admin::state::AdminState;
use crate::forward::forwarder::Forwarder;
use crate::metrics::store::StoreMetrics;
use crate::metrics::{self, Metrics};
use crate::mutants::fail_point::{FailPoint, fail_at};
use crate::mutants::{Mutant, leak};
use crate::time;

/// Media type of the Prometheus text format 0.0.4.
const PROMETHEUS: &str = "text/plain; version=0.0.4; charset=utf-8";
/// Media type of OpenMetrics 1.0.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The metrics in one of the two formats.
pub(super) struct Exposition {
    pub(super) media_type: &'static str,
    pub(super) body: Bytes,
}

/// Prints all metrics: as OpenMetrics if the `Accept` header names it, else in the Prometheus text format.
pub(super) fn exposition(state: &AdminState, accept: &[u8]) -> Exposition {
    let PrintedMetrics { prometheus, open_metrics } = state.snapshot.at(time::instant(), || print(state));
    if memchr::memmem::find(accept, b"application/openmetrics-text").is_some() {
        Exposition { media_type: OPEN_METRICS, body: open_metrics }
    } else {
        Exposition { media_type: PROMETHEUS, body: prometheus }
    }
}

fn print(state: &AdminState) -> PrintedMetrics {
    fail_at(FailPoint::Admin, || "");
    update(state);
    let mut open_metrics = state.metrics.open_metrics();
    if let Some(keyword) = leak::kept(Mutant::ShowsKeywordInMetrics, "keyword") {
        open_metrics = open_metrics.replace("# EOF", &format!("# HELP qsproxy_last {keyword}\n# EOF"));
    }
    PrintedMetrics { prometheus: Metrics::prometheus(&open_metrics).into(), open_metrics: open_metrics.into() }
}

/// Copies the values of the writer, the forwarder and the deduplication caches.
fn update(state: &AdminState) {
    let (metrics, health) = (&state.metrics.store, state.writer.health());
    metrics::raise_to(&metrics.batches_committed, health.batches);
    metrics::raise_to(&metrics.batch_retries, health.retries);
    metrics.pending_cells.set(to_gauge(health.pending));
    metrics.writable.set(health.writable.into());
    match &state.forwarder {
        None => drop(metrics.reachable.set(1)),
        Some(forwarder) => update_forwarder(metrics, forwarder),
    }
    let metrics = &state.metrics.dedup;
    let size = state.dedup.size();
    metrics.tokens_remembered.set(to_gauge(size.clicks));
    metrics::raise_to(&metrics.tokens_forgotten, size.clicks_evicted);
    metrics.visits_remembered.set(to_gauge(size.visits));
    metrics::raise_to(&metrics.visits_forgotten, size.visits_rejected);
}

fn update_forwarder(metrics: &StoreMetrics, forwarder: &Forwarder) {
    let health = forwarder.health();
    metrics.reachable.set(health.reachable.into());
    metrics::raise_to(&metrics.batches_delivered, health.delivered);
    metrics::raise_to(&metrics.deliveries_failed, health.failed);
    metrics.spool_bytes.set(to_gauge(health.bytes));
    metrics.spool_limit_bytes.set(to_gauge(health.limit));
    metrics.spool_age_seconds.set(to_gauge(health.age.as_secs()));
}

fn to_gauge<N: TryInto<i64>>(n: N) -> i64 {
    n.try_into().unwrap_or(i64::MAX)
}
