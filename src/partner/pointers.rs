//! Whether the pointers of a mapping still lead to values. A partner that renames a field of its answers breaks them without
//! an error: results lose their snippets, or advertisements their label.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::answer::json_mapping::{EntryField, FIELD_COUNT};

/// Consecutive answers with entries, none of which has the field, after which it is reported. Every entry has a title, a URL
/// and mostly a snippet.
const ANSWERS_WITHOUT_FIELD: u32 = 20;
/// The same for the mark of sponsored results, which many partners omit where it is false: with advertisements for one search
/// in a hundred, 500 searches in a row have none with a probability of 0.7 %.
const ANSWERS_WITHOUT_MARK: u32 = 500;
/// Minimum time between two reports about one partner.
const MIN_INTERVAL: Duration = Duration::from_secs(3_600);

/// The recent answers of one partner in JSON.
#[derive(Debug, Default)]
pub struct PointerHealth(Mutex<PointerHealthState>);

#[derive(Debug, Default)]
struct PointerHealthState {
    /// Of each field, consecutive answers without it.
    missing: [u32; FIELD_COUNT],
    last_reported: Option<Instant>,
}

impl PointerHealth {
    /// Records an answer with entries. Returns whether it is to be reported that the field is missing.
    pub fn record(&self, field: EntryField, is_found: bool, now: Instant) -> bool {
        let threshold = match field {
            EntryField::Title | EntryField::Url | EntryField::Snippet => ANSWERS_WITHOUT_FIELD,
            EntryField::Sponsored => ANSWERS_WITHOUT_MARK,
        };
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_too_soon = state.last_reported.is_some_and(|last| now.duration_since(last) < MIN_INTERVAL);
        let Some(missing) = state.missing.get_mut(field.index()) else { return false };
        if is_found {
            *missing = 0;
            return false;
        }
        *missing = missing.saturating_add(1);
        if *missing < threshold || is_too_soon {
            return false;
        }
        *missing = 0;
        state.last_reported = Some(now);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_fields_that_are_missing_for_long() {
        let (health, start) = (PointerHealth::default(), crate::time::instant());
        let reports = |field, answers: u32, now| (0..answers).filter(|_| health.record(field, false, now)).count();
        assert_eq!(reports(EntryField::Sponsored, ANSWERS_WITHOUT_MARK - 1, start), 0, "advertisements may be rare");
        assert!(!health.record(EntryField::Sponsored, true, start));
        assert_eq!(reports(EntryField::Sponsored, ANSWERS_WITHOUT_MARK - 1, start), 0);
        assert_eq!(reports(EntryField::Sponsored, 1, start), 1);
        assert_eq!(reports(EntryField::Title, 10 * ANSWERS_WITHOUT_FIELD, start), 0, "too soon after another report");
        let later = start + MIN_INTERVAL;
        assert_eq!(reports(EntryField::Title, 10 * ANSWERS_WITHOUT_FIELD, later), 1);
    }
}
