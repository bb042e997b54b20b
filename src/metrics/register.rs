//! Registers metrics under the prefix of the program, each series at zero.

use std::fmt::Debug;
use std::hash::Hash;

use prometheus_client::encoding::{EncodeLabelSet, LabelSetEncoder};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
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

/// Label names with their values.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Labels(pub Vec<(&'static str, String)>);

impl EncodeLabelSet for Labels {
    fn encode(&self, encoder: &mut LabelSetEncoder<'_>) -> Result<(), std::fmt::Error> {
        for label in &self.0 {
            prometheus_client::encoding::EncodeLabel::encode(label, encoder.encode_label())?;
        }
        Ok(())
    }
}

/// A counter for each value of a closed list. Counting is one atomic addition.
#[derive(Debug)]
pub(super) struct Counters<T>(pub(super) Vec<(T, Counter)>);

impl<T: PartialEq> Counters<T> {
    pub(super) fn add(&self, value: &T) {
        if let Some((_, counter)) = self.0.iter().find(|(known, _)| known == value) {
            counter.inc();
        }
    }
}

/// Registers a counter for each value, with these labels.
pub(super) fn counters<T: Copy>(
    registry: &mut Registry,
    name: &str,
    help: &str,
    values: &[T],
    labels: impl Fn(&T) -> Vec<(&'static str, String)>,
) -> Counters<T> {
    let family: Family<Labels, Counter> = metric(registry, name, help);
    let counter = |&value: &T| {
        let counter = family.get_or_create_owned(&Labels(labels(&value)));
        (value, counter)
    };
    Counters(values.iter().map(counter).collect())
}
