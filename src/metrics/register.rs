//! Registers a metric under the prefix of the program.

use prometheus_client::registry::{Metric, Registry};

/// Registers a metric without labels, or a family, at zero.
pub(super) fn metric<M: Metric + Default + Clone>(registry: &mut Registry, name: &str, help: &str) -> M {
    let metric = M::default();
    registry.register(name, help, metric.clone());
    metric
}
