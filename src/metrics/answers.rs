//! Metrics of the JSON answers of one partner: what became of their entries, and whether the configured pointers lead to
//! values.

use prometheus_client::metrics::counter::Counter;

/// What becomes of an entry.
pub const ENTRY_OUTCOMES: [&str; 5] = ["shown", "unreadable", "no_url", "invalid_url", "over_limit"];

/// The fields of an entry.
pub const ENTRY_FIELDS: [&str; 4] = ["title", "url", "snippet", "sponsored"];

/// Counters of the JSON answers of one partner.
#[derive(Debug)]
pub struct AnswerMetrics {
    entries: [(&'static str, Counter); ENTRY_OUTCOMES.len()],
    /// Of each field, answers in which it was found in no entry, and in some.
    fields: [(&'static str, [Counter; 2]); ENTRY_FIELDS.len()],
}

impl AnswerMetrics {
    /// Counters made by these functions, by outcome, and by field and whether it was found.
    #[must_use]
    pub fn new(entry: impl Fn(&'static str) -> Counter, field: impl Fn(&'static str, bool) -> Counter) -> Self {
        Self {
            entries: ENTRY_OUTCOMES.map(|outcome| (outcome, entry(outcome))),
            fields: ENTRY_FIELDS.map(|name| (name, [field(name, false), field(name, true)])),
        }
    }

    /// Counts entries with this outcome.
    pub fn count_entries(&self, outcome: &str, n: usize) {
        if let Some((_, counter)) = self.entries.iter().find(|(known, _)| *known == outcome) {
            counter.inc_by(u64::try_from(n).unwrap_or(u64::MAX));
        }
    }

    /// Counts an answer with entries in which a field was found, or not.
    pub fn count_field(&self, field: &str, is_found: bool) {
        let counters = self.fields.iter().find(|(known, _)| *known == field);
        if let Some(counter) = counters.and_then(|(_, counters)| counters.get(usize::from(is_found))) {
            counter.inc();
        }
    }
}
