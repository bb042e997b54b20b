//! Registers a metric under the prefix of the program.

use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Metric, Registry};

/// Upper bounds of the histogram buckets, in seconds: from a partner on the same machine to the longest useful timeout.
const DURATION_BUCKETS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0];

/// Registers a metric without labels, or a family, at zero.
pub(super) fn metric<M: Metric + Default + Clone>(registry: &mut Registry, name: &str, help: &str) -> M {
    let metric = M::default();
    registry.register(name, help, metric.clone());
    metric
}

/// A histogram of durations in seconds.
pub(super) fn duration_histogram() -> Histogram {
    Histogram::new(DURATION_BUCKETS)
}

/// Registers a histogram of durations without labels.
pub(super) fn histogram(registry: &mut Registry, name: &str, help: &str) -> Histogram {
    let histogram = duration_histogram();
    registry.register(name, help, histogram.clone());
    histogram
}
