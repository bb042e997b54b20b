//! A limit on how many operations are in flight at once. A permit is granted or refused immediately, and returned on drop.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A limit on how many operations of one kind are in flight at once.
#[derive(Debug, Clone)]
pub struct ConcurrencyLimit {
    in_flight: Arc<AtomicUsize>,
    limit: usize,
}

/// One or more permits of a [`ConcurrencyLimit`], returned on drop.
#[derive(Debug)]
pub struct Permit {
    in_flight: Arc<AtomicUsize>,
    number: usize,
}

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
        self.permits(1)
    }

    /// This number of permits as one, or `None` if there are not as many.
    #[must_use]
    pub fn permits(&self, number: usize) -> Option<Permit> {
        // From here on dropping it gives them back.
        let before = self.in_flight.fetch_add(number, Ordering::Relaxed);
        let permit = Permit { in_flight: self.in_flight.clone(), number };
        (before.saturating_add(number) <= self.limit).then_some(permit)
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.in_flight.fetch_sub(self.number, Ordering::Relaxed);
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

    #[test]
    fn several_permits_are_granted_together_or_not() {
        let limit = ConcurrencyLimit::new(10);
        let six = limit.permits(6).unwrap();
        assert!(limit.permits(5).is_none());
        let four = limit.permits(4).unwrap();
        assert_eq!(limit.free(), 0);
        drop((six, four));
        assert_eq!(limit.free(), 10);
    }
}
