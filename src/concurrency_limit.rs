//! Bounds on how much is under way at once: a place is taken or refused, and given back when dropped.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A bound on how many of something are under way at once.
#[derive(Debug, Clone)]
pub struct ConcurrencyLimit {
    used: Arc<AtomicUsize>,
    most: usize,
}

/// One of a [`ConcurrencyLimit`]'s places, given back when dropped.
#[derive(Debug)]
pub struct Permit(Arc<AtomicUsize>);

impl ConcurrencyLimit {
    /// At most this many.
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self { used: Arc::default(), most }
    }

    /// Another bound on the same things: what is under way counts for both.
    #[must_use]
    pub fn with_most(&self, most: usize) -> Self {
        Self { used: self.used.clone(), most }
    }

    /// Whether nothing is under way.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.used.load(Ordering::Relaxed) == 0
    }

    /// A place, or None where all are taken: nobody queues.
    #[must_use]
    pub fn permit(&self) -> Option<Permit> {
        if self.used.fetch_add(1, Ordering::Relaxed) < self.most {
            return Some(Permit(self.used.clone()));
        }
        self.used.fetch_sub(1, Ordering::Relaxed);
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
    fn places_come_back() {
        let limit = ConcurrencyLimit::new(2);
        let first = limit.permit().unwrap();
        let _second = limit.permit().unwrap();
        assert!(limit.permit().is_none() && limit.permit().is_none());
        drop(first);
        assert!(limit.permit().is_some());
    }
}
