//! Counts of what is in flight on one connection.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Counts the requests in flight on a connection: at most one over HTTP/1.1, several over HTTP/2.
#[derive(Debug, Clone, Default)]
pub struct InFlightRequests(Arc<AtomicUsize>);

/// Counts one request as in flight until it is dropped.
#[derive(Debug)]
pub struct InFlightRequest(Arc<AtomicUsize>);

impl InFlightRequests {
    /// Counts in this number.
    #[must_use]
    pub fn counted_by(number: Arc<AtomicUsize>) -> Self {
        Self(number)
    }

    /// Counts a request whose head has arrived.
    #[must_use]
    pub fn begin(&self) -> InFlightRequest {
        self.0.fetch_add(1, Ordering::Relaxed);
        InFlightRequest(self.0.clone())
    }

    /// Whether there is one.
    #[must_use]
    pub fn any(&self) -> bool {
        self.0.load(Ordering::Relaxed) > 0
    }
}

impl Drop for InFlightRequest {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
