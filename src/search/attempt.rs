//! Records duration, outcome and health of one partner request.

use std::time::{Duration, Instant};

use crate::clients::state::Client;
use crate::events::{self, Event};
use crate::metrics::PartnerMetrics;
use crate::problem::PartnerFailure;
use crate::state::PartnerState;
use crate::time;

/// A partner request in flight.
#[derive(Clone, Copy)]
pub(super) struct PartnerAttempt<'a> {
    /// The partner.
    pub(super) partner: &'a PartnerState,
    /// The client that searches, whose share of places at partners applies.
    pub(super) client: &'a Client,
    started: Instant,
}

impl<'a> PartnerAttempt<'a> {
    /// Starts the clock.
    pub(super) fn start(partner: &'a PartnerState, client: &'a Client) -> Self {
        Self { partner, client, started: time::instant() }
    }

    /// Records the end of the request; `failure` is `None` for a good answer.
    pub(super) fn finish(self, failure: Option<PartnerFailure>) {
        update_metrics(&self.partner.metrics, failure, time::instant().duration_since(self.started));
        update_health(self.partner, failure);
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
            | PartnerFailure::Status(_)
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
