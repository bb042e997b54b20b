//! The metrics of partners: outcomes and durations of the requests to them, and what became of their answers.

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use strum::VariantArray as _;

use crate::metrics::answers::AnswerMetrics;
use crate::metrics::labels::CircuitState;
use crate::metrics::register::{Counters, Labels, duration_histogram, metric};
use crate::name::ConfigName;
use crate::problem::PartnerFailure;

/// The metrics of one partner: outcomes and durations of the requests to it.
#[derive(Debug)]
pub struct PartnerMetrics {
    /// Requests with a usable answer.
    pub answered: Counter,
    /// Requests that failed: the partner was unreachable, or its answer was unusable.
    pub failed: Counter,
    /// Requests without an answer within `timeout`.
    pub timed_out: Counter,
    /// Requests that were not sent because too many were in flight.
    pub crowded: Counter,
    /// Time to an answer or a failure, in seconds.
    pub duration: Histogram,
    /// 1 while the partner answers, 0 after several failures in a row.
    pub up: Gauge,
    /// Requests without a usable answer, by reason.
    failures: Counters<&'static str>,
    /// Searches that did not ask it because of its circuit.
    pub skipped: Counter,
    /// Searches that did not ask it because of its budget.
    pub over_budget: Counter,
    /// Requests that may be in flight at once.
    limit: Gauge,
    /// 1 for the state of its circuit, 0 for the others.
    circuit: Vec<(CircuitState, Gauge)>,
    /// Entries and fields of its answers in JSON.
    pub answers: AnswerMetrics,
}

impl PartnerMetrics {
    /// Counts a failure under its reason.
    pub fn count_failure(&self, failure: PartnerFailure) {
        self.failures.add(&failure.reason());
    }

    /// Sets the state of the circuit.
    pub fn set_circuit(&self, state: CircuitState) {
        for (known, gauge) in &self.circuit {
            gauge.set((*known == state).into());
        }
    }

    /// Sets how many requests may be in flight at once.
    pub fn set_limit(&self, limit: usize) {
        self.limit.set(i64::try_from(limit).unwrap_or(i64::MAX));
    }

    /// The state of the circuit that was set last.
    #[must_use]
    pub fn circuit(&self) -> CircuitState {
        let current = self.circuit.iter().find(|(_, gauge)| gauge.get() == 1);
        current.map_or(CircuitState::Closed, |(state, _)| *state)
    }
}

/// The metrics of all partners.
#[derive(Debug)]
pub(super) struct PartnerFamilies {
    requests: Family<Labels, Counter>,
    failures: Family<Labels, Counter>,
    entries: Family<Labels, Counter>,
    fields: Family<Labels, Counter>,
    duration: Family<Labels, Histogram, fn() -> Histogram>,
    up: Family<Labels, Gauge>,
    circuit: Family<Labels, Gauge>,
    limit: Family<Labels, Gauge>,
    skips: Family<Labels, Counter>,
    budget_skips: Family<Labels, Counter>,
}

impl PartnerFamilies {
    pub(super) fn register(r: &mut Registry) -> Self {
        let duration = Family::new_with_constructor(duration_histogram as fn() -> Histogram);
        r.register("partner_duration_seconds", "Time from a request to its answer or failure", duration.clone());
        Self {
            requests: metric(r, "partner_requests", "Requests to partners, by outcome"),
            failures: metric(r, "partner_failures", "Requests to partners without a usable answer, by reason"),
            entries: metric(r, "answer_entries", "Entries of JSON answers, by what became of them"),
            fields: metric(r, "answer_fields", "JSON answers, by whether an entry has the field"),
            duration,
            up: metric(r, "partner_up", "1 while the partner answers, 0 after several failures in a row"),
            circuit: metric(r, "partner_circuit", "1 for the state of the partner's circuit, 0 for the others"),
            limit: metric(r, "partner_requests_in_flight_limit", "Requests that a partner may have in flight"),
            skips: metric(r, "partner_skips", "Searches that skipped a partner because of its circuit"),
            budget_skips: metric(r, "partner_budget_skips", "Searches that skipped a partner because of its budget"),
        }
    }

    /// The metrics of one partner.
    pub(super) fn of(&self, name: &ConfigName) -> PartnerMetrics {
        let counter = |outcome: &str| {
            let labels = vec![("partner", name.to_string()), ("outcome", outcome.to_owned())];
            self.requests.get_or_create_owned(&Labels(labels))
        };
        let failure = |reason: &'static str| {
            let labels = vec![("partner", name.to_string()), ("reason", reason.to_owned())];
            (reason, self.failures.get_or_create_owned(&Labels(labels)))
        };
        let entry = |outcome: &'static str| {
            let labels = vec![("partner", name.to_string()), ("outcome", outcome.to_owned())];
            self.entries.get_or_create_owned(&Labels(labels))
        };
        let field = |field: &'static str, is_found: bool| {
            let labels =
                vec![("partner", name.to_string()), ("field", field.to_owned()), ("found", is_found.to_string())];
            self.fields.get_or_create_owned(&Labels(labels))
        };
        let circuit = |&state: &CircuitState| {
            let labels = vec![("partner", name.to_string()), ("state", state.as_str().to_owned())];
            (state, self.circuit.get_or_create_owned(&Labels(labels)))
        };
        PartnerMetrics {
            circuit: CircuitState::VARIANTS.iter().map(circuit).collect(),
            limit: self.limit.get_or_create_owned(&Labels(vec![("partner", name.to_string())])),
            skipped: self.skips.get_or_create_owned(&Labels(vec![("partner", name.to_string())])),
            over_budget: self.budget_skips.get_or_create_owned(&Labels(vec![("partner", name.to_string())])),
            answered: counter("answered"),
            failed: counter("failed"),
            timed_out: counter("timed_out"),
            crowded: counter("crowded"),
            failures: Counters(PartnerFailure::reasons().map(failure).collect()),
            duration: self.duration.get_or_create_owned(&Labels(vec![("partner", name.to_string())])),
            answers: AnswerMetrics::new(entry, field),
            up: self.up.get_or_create_owned(&Labels(vec![("partner", name.to_string())])),
        }
    }
}
