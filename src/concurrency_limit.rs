//! A limit on how many operations are in flight at once. A permit is granted or refused immediately, and returned on drop. The limit
//! can be lowered and raised again while operations are in flight.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A limit on how many operations of one kind are in flight at once.
#[derive(Debug, Clone)]
pub struct ConcurrencyLimit {
    in_flight: Arc<AtomicUsize>,
    limit: Arc<AtomicUsize>,
    max: usize,
}

/// One or more permits of a [`ConcurrencyLimit`], returned on drop.
#[derive(Debug)]
pub struct Permit {
    in_flight: Arc<AtomicUsize>,
    number: usize,
}

impl ConcurrencyLimit {
    /// Allows at most `max` operations at once.
    #[must_use]
    pub fn new(max: usize) -> Self {
        Self { in_flight: Arc::default(), limit: Arc::new(AtomicUsize::new(max)), max }
    }

    /// Another limit on the same operations: what is in flight counts against both.
    #[must_use]
    pub fn with_limit(&self, max: usize) -> Self {
        Self { in_flight: self.in_flight.clone(), ..Self::new(max) }
    }

    /// How many may be in flight at once now.
    #[must_use]
    pub fn limit(&self) -> usize {
        self.limit.load(Ordering::Relaxed)
    }

    /// How many may ever be in flight at once.
    #[must_use]
    pub fn max(&self) -> usize {
        self.max
    }

    /// Changes how many may be in flight at once, up to [`ConcurrencyLimit::max`]. What is in flight beyond it is not stopped.
    pub fn set_limit(&self, limit: usize) {
        self.limit.store(limit.min(self.max), Ordering::Relaxed);
    }

    /// How many are in flight at this moment.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.in_flight.load(Ordering::Relaxed)
    }

    /// How many permits are left at this moment.
    #[must_use]
    pub fn free(&self) -> usize {
        self.limit().saturating_sub(self.in_flight())
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
        (before.saturating_add(number) <= self.limit()).then_some(permit)
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

    #[test]
    fn a_lower_limit_applies_to_new_operations_and_is_never_above_the_maximum() {
        let limit = ConcurrencyLimit::new(3);
        let mut held: Vec<_> = (0..3).map(|_| limit.permit().unwrap()).collect();
        limit.clone().set_limit(1);
        held.pop();
        assert!(limit.permit().is_none() && limit.free() == 0 && limit.in_flight() == 2);
        limit.set_limit(9);
        assert_eq!((limit.limit(), limit.max(), limit.free()), (3, 3, 1));
    }
}
