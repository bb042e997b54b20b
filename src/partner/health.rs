//! Whether a partner is up, as its answers show, told so rarely that no search shows through it.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Failures in a row after which a partner counts as down. One failure can be the doing of one search (a
/// language that the partner refuses), and an event for it would tell of that search.
const DOWN_AFTER: u32 = 5;
/// The least time between two events about one partner, for the same reason.
const QUIET: Duration = Duration::from_secs(60);

/// Whether a partner is up, as its answers show.
#[derive(Debug, Default)]
pub struct PartnerHealth(Mutex<PartnerHealthState>);

#[derive(Debug, Default)]
struct PartnerHealthState {
    failures: u32,
    down: bool,
    told: Option<Instant>,
}

impl PartnerHealth {
    /// Takes note of an answer or a failure. Some where there is something to tell: true for up.
    pub fn note(&self, answered: bool, now: Instant) -> Option<bool> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.failures = if answered { 0 } else { state.failures.saturating_add(1) };
        let down = if state.down { !answered } else { state.failures >= DOWN_AFTER };
        let quiet = state.told.is_some_and(|told| now.duration_since(told) < QUIET);
        if down == state.down || quiet {
            return None;
        }
        state.down = down;
        state.told = Some(now);
        Some(!down)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn health_tells_of_lasting_changes_alone() {
        let (health, start) = (PartnerHealth::default(), crate::time::instant());
        let at = |seconds| start + Duration::from_secs(seconds);
        for second in 0..40 {
            assert_eq!(health.note(second % 5 == 0, at(second)), None, "failures that searches bring about");
        }
        let told: Vec<_> = (100..110).map(|second| health.note(false, at(second))).collect();
        assert_eq!(told.iter().flatten().collect::<Vec<_>>(), [&false]);
        assert_eq!(health.note(true, at(120)), None, "too soon to tell");
        assert_eq!(health.note(false, at(121)), None);
        assert_eq!(health.note(true, at(170)), Some(true));
    }
}
