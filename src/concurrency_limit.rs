//! A limit on how many operations are in flight at once. A permit is granted or refused immediately, and returned on drop.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A limit on how many operations of one kind are in flight at once.
#[derive(Debug, Clone)]
pub struct ConcurrencyLimit {
    in_flight: Arc<AtomicUsize>,
    limit: usize,
}

/// A permit of a [`ConcurrencyLimit`], returned on drop.
#[derive(Debug)]
pub struct Permit(Arc<AtomicUsize>);

impl ConcurrencyLimit {
    /// Allows at most `limit` operations at once.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self { in_flight: Arc::default(), limit }
    }

    /// Another limit on the same operations: what is in flight counts against both.
    #[must_use]
    pub fn with_limit(&self, limit: usize) -> Self {
        Self { in_flight: self.in_flight.clone(), limit }
    }

    /// How many may be in flight at once.
    #[must_use]
    pub fn limit(&self) -> usize {
        self.limit
    }

    /// How many permits are left at this moment.
    #[must_use]
    pub fn free(&self) -> usize {
        self.limit.saturating_sub(self.in_flight.load(Ordering::Relaxed))
    }

    /// A permit, or `None` at the limit: nothing queues.
    #[must_use]
    pub fn permit(&self) -> Option<Permit> {
        if self.in_flight.fetch_add(1, Ordering::Relaxed) < self.limit {
            return Some(Permit(self.in_flight.clone()));
        }
        self.in_flight.fetch_sub(1, Ordering::Relaxed);
        None
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dropped_permit_is_available_again() {
        let limit = ConcurrencyLimit::new(2);
        let first = limit.permit().unwrap();
        let _second = limit.permit().unwrap();
        assert!(limit.permit().is_none() && limit.permit().is_none());
        drop(first);
        assert!(limit.permit().is_some());
    }
}
