//! What `/metrics` shows, which is renewed at intervals only.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;

use crate::mutants::{self, Mutant};

/// The metrics as they were at one moment, for all who ask until they are renewed. Whoever reads counters as they change sees each
/// request, with its moment and how long it took.
#[derive(Debug)]
pub struct MetricsSnapshot {
    interval: Duration,
    taken: Mutex<Option<(Instant, PrintedMetrics)>>,
}

/// Metrics in both formats.
#[derive(Debug, Clone)]
pub struct PrintedMetrics {
    /// Prometheus text format 0.0.4.
    pub prometheus: Bytes,
    /// OpenMetrics 1.0.
    pub open_metrics: Bytes,
}

impl MetricsSnapshot {
    /// Nothing yet. It is renewed by whoever asks, once it is as old as `interval`.
    #[must_use]
    pub fn new(interval: Duration) -> Self {
        Self { interval, taken: Mutex::default() }
    }

    /// The metrics to show at this time, `print` being how they are renewed.
    pub fn at(&self, now: Instant, print: impl FnOnce() -> PrintedMetrics) -> PrintedMetrics {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let is_current = |(at, _): &(Instant, PrintedMetrics)| {
            now.duration_since(*at) < self.interval && !mutants::is_on(Mutant::ShowsLiveMetrics)
        };
        let (at, printed) = taken.take().filter(is_current).unwrap_or_else(|| (now, print()));
        taken.insert((at, printed)).1.clone()
    }
}
