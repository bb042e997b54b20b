//! Whether a partner is up, judged by its responses. Changes are reported so rarely that no single search shows in them.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Consecutive failures after which a partner is down. A single failure can be caused by a single search (a language
/// that the partner rejects), and an event about it would reveal that search.
const FAILURES_UNTIL_DOWN: u32 = 5;
/// Minimum time between two reported changes of one partner, for the same reason.
const MIN_INTERVAL: Duration = Duration::from_secs(60);

/// Whether a partner is up, judged by its responses. Initially it is.
#[derive(Debug, Default)]
pub struct PartnerHealth(Mutex<PartnerHealthState>);

#[derive(Debug, Default)]
struct PartnerHealthState {
    consecutive_failures: u32,
    is_down: bool,
    last_reported: Option<Instant>,
}

impl PartnerHealth {
    /// Whether it is up, as far as that was reported.
    pub fn is_up(&self) -> bool {
        !self.0.lock().unwrap_or_else(PoisonError::into_inner).is_down
    }

    /// Records a response or a failure. Returns the new state, true for up, if it changed and may be reported.
    pub fn record(&self, answered: bool, now: Instant) -> Option<bool> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.consecutive_failures = if answered { 0 } else { state.consecutive_failures.saturating_add(1) };
        let is_down = if state.is_down { !answered } else { state.consecutive_failures >= FAILURES_UNTIL_DOWN };
        let is_too_soon = state.last_reported.is_some_and(|last| now.duration_since(last) < MIN_INTERVAL);
        if is_down == state.is_down || is_too_soon {
            return None;
        }
        state.is_down = is_down;
        state.last_reported = Some(now);
        Some(!is_down)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_lasting_changes_only() {
        let (health, start) = (PartnerHealth::default(), crate::time::instant());
        let at = |seconds| start + Duration::from_secs(seconds);
        for second in 0..40 {
            assert_eq!(health.record(second % 5 == 0, at(second)), None, "failures caused by single searches");
        }
        let reported: Vec<_> = (100..110).map(|second| health.record(false, at(second))).collect();
        assert_eq!(reported.iter().flatten().collect::<Vec<_>>(), [&false]);
        assert_eq!(health.record(true, at(120)), None, "too soon to report");
        assert_eq!(health.record(false, at(121)), None);
        assert_eq!(health.record(true, at(170)), Some(true));
    }
}
