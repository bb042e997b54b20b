//! A request to a partner as its numbers and its health see it: when it began, and what it came to.

use std::time::{Duration, Instant};

use crate::events::{self, Event};
use crate::metrics::PartnerNumbers;
use crate::problem::PartnerFailure;
use crate::state::PartnerState;
use crate::time;

/// A request that is under way.
#[derive(Clone, Copy)]
pub(super) struct PartnerAttempt<'p> {
    /// Whom it goes to.
    pub(super) desk: &'p PartnerState,
    began: Instant,
}

impl<'p> PartnerAttempt<'p> {
    /// Begins now.
    pub(super) fn begin(desk: &'p PartnerState) -> Self {
        Self { desk, began: time::instant() }
    }

    /// Takes the numbers of a request that is over.
    pub(super) fn ended(self, failure: Option<PartnerFailure>) {
        take_numbers(&self.desk.numbers, failure, time::instant().duration_since(self.began));
        note_health(self.desk, failure);
    }
}

fn take_numbers(numbers: &PartnerNumbers, failure: Option<PartnerFailure>, took: Duration) {
    numbers.seconds.observe(took.as_secs_f64());
    let counter = match failure {
        None => &numbers.answered,
        Some(PartnerFailure::TimedOut) => &numbers.timed_out,
        Some(PartnerFailure::Crowded) => &numbers.crowded,
        Some(
            PartnerFailure::Unreachable
            | PartnerFailure::Status(_)
            | PartnerFailure::MediaType
            | PartnerFailure::Encoding
            | PartnerFailure::TooLong
            | PartnerFailure::Shape,
        ) => &numbers.failed,
    };
    counter.inc();
}

/// An event where a partner went down or came up for longer; one per failure would be a history of searches.
fn note_health(desk: &PartnerState, failure: Option<PartnerFailure>) {
    if failure == Some(PartnerFailure::Crowded) {
        return;
    }
    let name = &desk.partner.name;
    if let Some(up) = desk.health.note(failure.is_none(), time::instant()) {
        desk.numbers.up.set(up.into());
        events::emit(&failure.map_or(Event::PartnerUp(name), |failure| Event::PartnerDown(name, failure)));
    }
}
