//! Records duration, outcome, health and circuit of one partner request.

use std::time::{Duration, Instant};

use crate::clients::search_places::SearchPlace;
use crate::clients::state::Client;
use crate::events::{self, Event};
use crate::metrics::{CircuitState, PartnerMetrics};
use crate::partner::adaptive_limit::LatencySample;
use crate::partner::circuit::{CallEnd, CallVerdict, CircuitCall};
use crate::partner::own_delay;
use crate::problem::PartnerFailure;
use crate::random;
use crate::state::{AppState, PartnerState};
use crate::time;

/// A partner request in flight.
#[derive(Clone, Copy)]
pub(super) struct PartnerAttempt<'a> {
    state: &'a AppState,
    /// The partner.
    pub(super) partner: &'a PartnerState,
    /// The client that searches, whose share of places at partners applies.
    pub(super) client: &'a Client,
    started: Instant,
    /// Requests to the partner in flight when it began, itself among them.
    in_flight: usize,
    /// No other partner can be asked instead.
    is_last: bool,
    call: CircuitCall,
}

impl<'a> PartnerAttempt<'a> {
    /// Starts the clock; `None` if the partner's circuit lets the request not pass.
    pub(super) fn start(
        state: &'a AppState,
        partner: &'a PartnerState,
        client: &'a Client,
        is_last: bool,
    ) -> Option<Self> {
        let started = time::instant();
        let Some(call) = partner.circuit.admit(client.number(), started) else {
            partner.metrics.skipped.inc();
            return None;
        };
        if call.is_first_probe {
            partner.metrics.set_circuit(CircuitState::HalfOpen);
        }
        Some(Self { state, partner, client, started, in_flight: 0, is_last, call })
    }

    /// Takes a place at the partner, and starts the clock anew. At the last partner it waits for one, if all its searches are not more than
    /// it could ever have in flight, or if as many places for other searches are left as wait there already.
    ///
    /// # Errors
    /// All places are in use. Then the attempt is finished.
    pub(super) async fn with_place(mut self) -> Result<(Self, SearchPlace), PartnerFailure> {
        let places = &self.partner.places;
        let (waiting, in_flight) = (places.waiting(), places.total.in_flight());
        let is_room_left =
            waiting.saturating_add(in_flight) < places.total.max() || waiting < self.state.search_places.total.free();
        let may_wait = self.is_last && is_room_left;
        let place = if may_wait { places.take(self.client).await } else { places.take_free(self.client) };
        let Ok(place) = place else {
            self.finish(Some(PartnerFailure::Crowded));
            return Err(PartnerFailure::Crowded);
        };
        self.started = time::instant();
        self.in_flight = places.total.in_flight();
        own_delay::measure();
        Ok((self, place))
    }

    /// Records the end of the request; `failure` is `None` for a good answer.
    pub(super) fn finish(self, failure: Option<PartnerFailure>) {
        self.finish_with(failure, Duration::ZERO);
    }

    /// Likewise; `waited` is how long the partner had to wait for the client.
    pub(super) fn finish_with(self, failure: Option<PartnerFailure>, waited: Duration) {
        let duration = time::instant().duration_since(self.started);
        update_metrics(&self.partner.metrics, failure, duration);
        update_health(self.partner, failure);
        let duration = duration.saturating_sub(waited);
        let has_circuit_changed = update_circuit(self.partner, self.call, failure, duration);
        if self.update_limit(failure, duration) || has_circuit_changed {
            self.state.limit_searches();
        }
    }

    /// Adapts how many requests may be in flight to how long this one took. Failures say nothing about that: many are fast.
    /// Returns whether that number changed.
    fn update_limit(&self, failure: Option<PartnerFailure>, duration: Duration) -> bool {
        if failure.is_some_and(|failure| failure != PartnerFailure::TimedOut) {
            return false;
        }
        let PartnerState { places, adaptive_limit, metrics, .. } = self.partner;
        let (started, ended) = (self.started, time::instant());
        let own_delay = own_delay::of_an_answer();
        let sample = LatencySample { started, ended, duration, own_delay, in_flight: self.in_flight };
        let Some(limit) = adaptive_limit.record(sample) else { return false };
        places.total.set_limit(limit);
        metrics.set_limit(limit);
        true
    }
}

fn update_metrics(metrics: &PartnerMetrics, failure: Option<PartnerFailure>, duration: Duration) {
    metrics.duration.observe(duration.as_secs_f64());
    let counter = match failure {
        None => &metrics.answered,
        Some(PartnerFailure::TimedOut) => &metrics.timed_out,
        Some(PartnerFailure::Crowded) => &metrics.crowded,
        Some(
            PartnerFailure::Connection(_)
            | PartnerFailure::Status(..)
            | PartnerFailure::MediaType
            | PartnerFailure::Encoding
            | PartnerFailure::TooLong
            | PartnerFailure::Shape
            | PartnerFailure::Reported
            | PartnerFailure::Wall,
        ) => &metrics.failed,
    };
    counter.inc();
    if let Some(failure) = failure {
        metrics.count_failure(failure);
    }
}

/// Emits an event only if the partner went down or came up for longer: an event per failure would be a log of searches.
fn update_health(partner: &PartnerState, failure: Option<PartnerFailure>) {
    if failure == Some(PartnerFailure::Crowded) {
        return;
    }
    let name = &partner.partner.name;
    if let Some(up) = partner.health.record(failure.is_none(), time::instant()) {
        partner.metrics.up.set(up.into());
        events::emit(&failure.map_or(Event::PartnerUp(name), |failure| Event::PartnerDown(name, failure)));
    }
}

/// Emits an event only if the circuit opened or closed for longer, for the same reason. Returns whether its state changed.
fn update_circuit(
    partner: &PartnerState,
    call: CircuitCall,
    failure: Option<PartnerFailure>,
    duration: Duration,
) -> bool {
    let end = CallEnd { verdict: verdict(failure), duration, at: time::instant() };
    let change = partner.circuit.record(call, end, random::random_below);
    if let Some(state) = change.state {
        partner.metrics.set_circuit(state);
    }
    let name = &partner.partner.name;
    match change.reported {
        Some(true) => events::emit(&Event::CircuitClosed(name)),
        Some(false) => events::emit(&Event::CircuitOpened(name)),
        None => {}
    }
    change.state.is_some()
}

/// What a failure says about the partner.
fn verdict(failure: Option<PartnerFailure>) -> CallVerdict {
    match failure {
        None => CallVerdict::Good,
        Some(PartnerFailure::Crowded) => CallVerdict::Neutral,
        Some(PartnerFailure::Status(status, _)) if is_about_the_search(status) => CallVerdict::Neutral,
        Some(PartnerFailure::Status(_, retry_after)) => CallVerdict::Failed { retry_after },
        Some(
            PartnerFailure::Connection(_)
            | PartnerFailure::MediaType
            | PartnerFailure::Encoding
            | PartnerFailure::TooLong
            | PartnerFailure::Shape
            | PartnerFailure::Reported
            | PartnerFailure::Wall
            | PartnerFailure::TimedOut,
        ) => CallVerdict::Failed { retry_after: None },
    }
}

/// Whether what was searched for can be the cause of a status, so that one person could make a partner skipped for all: it
/// says that the request is wrong (RFC 9110 section 15.5), or that nothing was found (204, 404). Keys, addresses and methods
/// (401, 403, 405, 3xx) are those of all searches.
fn is_about_the_search(status: u16) -> bool {
    matches!(status, 204 | 400 | 404 | 406 | 409 | 413 | 414 | 415 | 422 | 431 | 451)
}
