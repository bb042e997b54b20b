//! Whether a partner is asked or skipped: a circuit breaker with the states that resilience4j documents for its
//! `CircuitBreaker`. A closed circuit lets all requests pass and opens if too many of a sliding window failed or were slow.
//! An open one lets none pass. After a wait it is half-open: a few probes decide whether it closes or opens again.
//!
//! It differs in five points. The window is as long as it needs to be for `min_calls` requests, from `window` to six times
//! that, so a busy partner is judged soon and a quiet one at all. One failed probe opens the circuit again, because
//! each further one would be a person who waits. The wait grows with each failed probe, is as long as the partner's
//! `Retry-After` at least, and has jitter, so that several nodes do not probe at once. Requests whose failure their own
//! search may have caused count neither way. And one client alone takes a partner from nobody else: each client has one vote on
//! whether it fails, a circuit that opened by the failures of one client is open for that client only, and
//! whose probe failed lets others probe first.
//!
//! Time and randomness are arguments. Nothing of a search is kept but the number of requests in each tenth of the window, and of the last
//! requests the number of their client. Both are forgotten by time, whether or not another search comes: with the window, and whose
//! requests failed when clients get other numbers.

mod call_window;
mod recent_callers;
mod rules;
#[cfg(test)]
mod tests;

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::metrics::CircuitState;
use crate::partner::circuit::call_window::{CallTotals, CallWindow};
pub use crate::partner::circuit::recent_callers::CallerNumber;
use crate::partner::circuit::recent_callers::RecentCallers;
pub use crate::partner::circuit::rules::CircuitRules;

/// Longest `Retry-After` that is heeded. A partner that says more, perhaps by mistake, is probed once an hour.
pub const MAX_RETRY_AFTER: Duration = Duration::from_secs(3_600);
/// The jitter is at most this part of the wait, and at most this long: enough to spread the probes of several nodes.
const JITTER_DIVISOR: u32 = 4;
const MAX_JITTER: Duration = Duration::from_secs(30);
/// Minimum time between two reported changes of one circuit, as for the health of a partner.
const MIN_REPORT_INTERVAL: Duration = Duration::from_secs(60);
/// After this time without a decision a half-open circuit allows new probes, in case that a probe never ended. No request
/// takes as long: `timeout` is one minute at most.
const MAX_HALF_OPEN: Duration = Duration::from_secs(120);
/// When to try again while probes are under way: most are answered by then.
const PROBE_TIME: Duration = Duration::from_secs(1);

/// What a request says about its partner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallVerdict {
    /// It was answered.
    Good,
    /// It failed.
    Failed {
        /// After which time the partner asks to be asked again, if it says so.
        retry_after: Option<Duration>,
    },
    /// Nothing: it was not sent, or what was searched for may have made it fail.
    Neutral,
}

/// A request that a circuit let pass.
#[derive(Debug, Clone, Copy)]
pub struct CircuitCall {
    caller: CallerNumber,
    /// The state's number at its start. Requests of an earlier state decide nothing.
    generation: u64,
    /// Whether it is the first probe.
    pub is_first_probe: bool,
}

/// The end of a request.
#[derive(Debug, Clone, Copy)]
pub struct CallEnd {
    /// What it says about the partner.
    pub verdict: CallVerdict,
    /// How long it took.
    pub duration: Duration,
    /// When it ended.
    pub at: Instant,
}

/// What the end of a request changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CircuitChange {
    /// The state, if it is another one now.
    pub state: Option<CircuitState>,
    /// Whether requests pass, if that may be reported as an event.
    pub reported: Option<bool>,
}

/// The circuit of one partner.
#[derive(Debug)]
pub struct Circuit {
    rules: CircuitRules,
    inner: Mutex<CircuitPhase>,
}

#[derive(Debug)]
struct CircuitPhase {
    generation: u64,
    /// The wait after the next failure of a probe.
    next_wait: Duration,
    /// The client whose probe failed last, or that alone made the circuit open. Others probe before it.
    last_failed: Option<CallerNumber>,
    state: PhaseState,
    /// Whether an event said that it is open, and when the last event was.
    is_reported_open: bool,
    last_reported: Option<Instant>,
}

#[derive(Debug)]
enum PhaseState {
    Closed(CallWindow, RecentCallers),
    /// `only_for`: all failures were of this client, so others are let pass, as probes.
    Open {
        until: Instant,
        only_for: Option<CallerNumber>,
    },
    /// `waits`: this client does not probe before `open` has passed.
    HalfOpen {
        since: Instant,
        in_flight: u32,
        good: u32,
        waits: Option<CallerNumber>,
    },
}

impl Circuit {
    /// A closed circuit.
    #[must_use]
    pub fn new(rules: CircuitRules) -> Self {
        let phase = CircuitPhase {
            generation: 0,
            next_wait: rules.open,
            last_failed: None,
            state: closed(&rules),
            is_reported_open: false,
            last_reported: None,
        };
        Self { rules, inner: Mutex::new(phase) }
    }

    /// The state. It changes only when a request starts or ends.
    #[must_use]
    pub fn state(&self) -> CircuitState {
        self.lock().state()
    }

    /// Lets a request of this client pass, or returns `None`: then the partner is not to be asked.
    pub fn admit(&self, caller: CallerNumber, now: Instant) -> Option<CircuitCall> {
        let mut phase = self.lock();
        let may_probe = match phase.state {
            PhaseState::Closed(..) => false,
            PhaseState::Open { until, only_for: Some(only) } => only != caller || now >= until,
            PhaseState::Open { until, only_for: None } => {
                let is_last = phase.last_failed == Some(caller);
                now >= if is_last { until + self.rules.open } else { until }
            }
            PhaseState::HalfOpen { since, .. } => now.saturating_duration_since(since) >= MAX_HALF_OPEN,
        };
        if may_probe {
            let waits = phase.last_failed.filter(|last| *last != caller);
            phase.enter(PhaseState::HalfOpen { since: now, in_flight: 0, good: 0, waits });
        }
        let call = CircuitCall { caller, generation: phase.generation, is_first_probe: may_probe };
        match &mut phase.state {
            PhaseState::Closed(..) => Some(call),
            PhaseState::Open { .. } => None,
            PhaseState::HalfOpen { since, in_flight, good, waits } => {
                let is_waiting = *waits == Some(caller) && now < *since + self.rules.open;
                let is_free = !is_waiting && in_flight.saturating_add(*good) < self.rules.probes;
                *in_flight = in_flight.saturating_add(is_free.into());
                is_free.then_some(call)
            }
        }
    }

    /// After which time a request may pass, as far as is known now; zero while the circuit is closed.
    #[must_use]
    pub fn wait(&self, now: Instant) -> Duration {
        match self.lock().state {
            PhaseState::Closed(..) => Duration::ZERO,
            PhaseState::Open { until, .. } => until.saturating_duration_since(now),
            PhaseState::HalfOpen { .. } => PROBE_TIME,
        }
    }

    /// Records the end of a request that passed. `random_below` returns a random number below its argument.
    pub fn record(&self, call: CircuitCall, end: CallEnd, random_below: impl FnOnce(u64) -> u64) -> CircuitChange {
        let mut phase = self.lock();
        if call.generation != phase.generation {
            return CircuitChange::default();
        }
        let before = phase.state();
        phase.update(&self.rules, call.caller, end, random_below);
        let after = phase.state();
        CircuitChange { state: (after != before).then_some(after), reported: phase.report(end.at) }
    }

    /// Forgets the requests that the window no longer covers. Called every second.
    pub fn forget_old(&self, now: Instant) {
        if let PhaseState::Closed(window, callers) = &mut self.lock().state {
            callers.forget_before(window.forget_old(now).unwrap_or(now));
        }
    }

    /// Forgets whose requests failed. Called when all clients get other numbers: then a circuit that is open for one of them only lets
    /// everybody probe anyway.
    pub fn forget_callers(&self, now: Instant) {
        let mut phase = self.lock();
        phase.last_failed = None;
        match &mut phase.state {
            PhaseState::Open { until, only_for } => {
                if only_for.take().is_some() {
                    *until = now.min(*until);
                }
            }
            PhaseState::HalfOpen { waits, .. } => *waits = None,
            PhaseState::Closed(..) => {}
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, CircuitPhase> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl CircuitPhase {
    fn update(
        &mut self,
        rules: &CircuitRules,
        caller: CallerNumber,
        end: CallEnd,
        random_below: impl FnOnce(u64) -> u64,
    ) {
        let CallEnd { verdict, duration, at: now } = end;
        let (is_failed, retry_after) = match verdict {
            CallVerdict::Failed { retry_after } => (true, retry_after.map(|after| after.min(MAX_RETRY_AFTER))),
            CallVerdict::Good => (false, None),
            CallVerdict::Neutral => return self.forget(),
        };
        let is_slow = duration >= rules.slow_after;
        match &mut self.state {
            PhaseState::Open { .. } => {}
            PhaseState::Closed(window, callers) => {
                let retry_at = retry_after.map(|after| now + after);
                let (failed, slow) = (is_failed.into(), is_slow.into());
                window.record(now, CallTotals { calls: 1, failed, slow, retry_at, since: None });
                callers.record(now, caller, is_failed, is_slow);
                let totals = window.totals(now, rules.min_calls);
                if let Some(only_for) = judge(rules, &totals, callers, now) {
                    let retry_after = totals.retry_at.map(|at| at.saturating_duration_since(now));
                    self.open(rules, now, Opening { only_for, retry_after }, random_below);
                }
            }
            PhaseState::HalfOpen { .. } if is_failed || is_slow => {
                let only_for = self.last_failed.filter(|last| *last == caller);
                self.last_failed = Some(caller);
                self.open(rules, now, Opening { only_for, retry_after }, random_below);
            }
            PhaseState::HalfOpen { in_flight, good, .. } => {
                *in_flight = in_flight.saturating_sub(1);
                *good = good.saturating_add(1);
                if *good >= rules.probes {
                    self.next_wait = rules.open;
                    self.last_failed = None;
                    self.enter(closed(rules));
                }
            }
        }
    }

    fn state(&self) -> CircuitState {
        match self.state {
            PhaseState::Closed(..) => CircuitState::Closed,
            PhaseState::Open { .. } => CircuitState::Open,
            PhaseState::HalfOpen { .. } => CircuitState::HalfOpen,
        }
    }

    /// Whether requests pass, if that differs from the last event and the last event is old enough. Otherwise the end of a
    /// later request reports it.
    fn report(&mut self, now: Instant) -> Option<bool> {
        let is_open = self.state() != CircuitState::Closed;
        let is_too_soon =
            self.last_reported.is_some_and(|last| now.saturating_duration_since(last) < MIN_REPORT_INTERVAL);
        if is_open == self.is_reported_open || is_too_soon {
            return None;
        }
        (self.is_reported_open, self.last_reported) = (is_open, Some(now));
        Some(!is_open)
    }

    /// Returns the place of a probe that decides nothing.
    fn forget(&mut self) {
        if let PhaseState::HalfOpen { in_flight, .. } = &mut self.state {
            *in_flight = in_flight.saturating_sub(1);
        }
    }

    fn enter(&mut self, state: PhaseState) {
        self.generation = self.generation.wrapping_add(1);
        self.state = state;
    }

    /// Opens for the next wait, or for the longer time that the partner asked for, with jitter.
    fn open(&mut self, rules: &CircuitRules, now: Instant, opening: Opening, random_below: impl FnOnce(u64) -> u64) {
        let wait = self.next_wait.max(opening.retry_after.unwrap_or_default());
        let most = (wait / JITTER_DIVISOR).min(MAX_JITTER);
        let jitter = random_below(u64::try_from(most.as_millis()).unwrap_or(u64::MAX).saturating_add(1));
        self.next_wait = self.next_wait.saturating_mul(2).min(rules.max_open);
        // What the partner asks for, it asks of all.
        let only_for = opening.only_for.filter(|_| opening.retry_after.is_none());
        self.last_failed = only_for.or(self.last_failed);
        let until = now + wait + Duration::from_millis(jitter).min(most);
        self.enter(PhaseState::Open { until, only_for });
    }
}

/// Why a circuit opens.
struct Opening {
    /// The client whose failures they all were.
    only_for: Option<CallerNumber>,
    retry_after: Option<Duration>,
}

/// Whether a closed circuit opens; if so, for which client only, or for all.
fn judge(
    rules: &CircuitRules,
    totals: &CallTotals,
    callers: &RecentCallers,
    now: Instant,
) -> Option<Option<CallerNumber>> {
    let per_cent = rules.reached_percentage(totals).filter(|_| totals.calls >= rules.min_calls)?;
    let votes = callers.votes(totals.since.unwrap_or(now), |own| rules.reached_percentage(own).is_some());
    votes.reach(per_cent).then(|| votes.a_bad_one.filter(|_| votes.bad == 1))
}

fn closed(rules: &CircuitRules) -> PhaseState {
    PhaseState::Closed(CallWindow::new(rules.window), RecentCallers::default())
}
