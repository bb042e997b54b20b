//! The sliding window of a closed circuit: numbers of requests, failed and slow ones among them, by slices of time.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Slices of the shortest window: how smoothly it slides.
const SLICES: u32 = 10;
/// The longest window, as a multiple of the shortest.
pub(super) const LONGEST_WINDOW: u32 = 6;

/// The numbers of requests in a window.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct CallTotals {
    pub(super) calls: u32,
    pub(super) failed: u32,
    pub(super) slow: u32,
    /// The latest time before which the partner asked not to be asked again.
    pub(super) retry_at: Option<Instant>,
    /// The start of the time that they cover.
    pub(super) since: Option<Instant>,
}

impl CallTotals {
    pub(super) fn add(&mut self, other: Self) {
        self.calls = self.calls.saturating_add(other.calls);
        self.failed = self.failed.saturating_add(other.failed);
        self.slow = self.slow.saturating_add(other.slow);
        self.retry_at = self.retry_at.max(other.retry_at);
    }
}

/// The recent requests to one partner, at most 60 slices of them.
#[derive(Debug)]
pub(super) struct CallWindow {
    slice: Duration,
    /// Each with the end of its time, oldest first.
    slices: VecDeque<(Instant, CallTotals)>,
}

impl CallWindow {
    /// A window without requests. `shortest` is its length at least.
    pub(super) fn new(shortest: Duration) -> Self {
        Self { slice: shortest / SLICES, slices: VecDeque::new() }
    }

    /// Forgets the slices that the longest window no longer covers. Returns the start of the first one that is left; `None` if none is.
    pub(super) fn forget_old(&mut self, now: Instant) -> Option<Instant> {
        let longest = self.slice * (SLICES * LONGEST_WINDOW);
        while self.slices.pop_front_if(|(end, _)| now.saturating_duration_since(*end) >= longest).is_some() {}
        self.slices.front().and_then(|(end, _)| end.checked_sub(self.slice))
    }

    /// Adds a request that ended now.
    pub(super) fn record(&mut self, now: Instant, call: CallTotals) {
        self.forget_old(now);
        match self.slices.back_mut() {
            Some((end, totals)) if now < *end => totals.add(call),
            Some(_) | None => self.slices.push_back((now + self.slice, call)),
        }
    }

    /// The requests of the shortest window, and of older slices as far as there are fewer than `min_calls` without them.
    pub(super) fn totals(&self, now: Instant, min_calls: u32) -> CallTotals {
        let mut totals = CallTotals::default();
        for (end, slice) in self.slices.iter().rev() {
            let age = now.saturating_duration_since(*end);
            let is_recent = age < self.slice * SLICES;
            let is_needed = totals.calls < min_calls && age < self.slice * (SLICES * LONGEST_WINDOW);
            if !is_recent && !is_needed {
                break;
            }
            totals.add(*slice);
            totals.since = end.checked_sub(self.slice);
        }
        totals
    }
}
