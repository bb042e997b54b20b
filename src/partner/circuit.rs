//! Whether a partner is asked or skipped: a circuit breaker with the states that resilience4j documents for its
//! `CircuitBreaker`. A closed circuit lets all requests pass and opens if too many of a sliding window failed or were slow.
//! An open one lets none pass. After a wait it is half-open: a few probes decide whether it closes or opens again.
//!
//! It differs in four points. The window is as long as it needs to be for `min_calls` requests, from `window` to six times
//! that, so a busy partner is judged soon and a quiet one at all. One failed probe opens the circuit again, because
//! each further one would be a person who waits. The wait grows with each failed probe, is as long as the partner's
//! `Retry-After` at least, and has jitter, so that several nodes do not probe at once. Requests whose failure their own
//! search may have caused count neither way.
//!
//! Time and randomness are arguments. Nothing of a search is kept but the number of requests in each tenth of the window.

mod call_window;
#[cfg(test)]
mod tests;

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::metrics::CircuitState;
use crate::partner::circuit::call_window::{CallTotals, CallWindow};

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

/// When a circuit opens and for how long (`circuit` of a `[[partner]]`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CircuitRules {
    /// Minimum number of requests in the window. Fewer open nothing, so that no few searches of one person do.
    pub min_calls: u32,
    /// Opens if at least this percentage of the requests failed.
    pub failure_per_cent: u32,
    /// A request that takes at least this long is slow.
    pub slow_after: Duration,
    /// Opens if at least this percentage of the requests was slow.
    pub slow_per_cent: u32,
    /// The shortest window.
    pub window: Duration,
    /// The first wait.
    pub open: Duration,
    /// The longest wait, without jitter and `Retry-After`.
    pub max_open: Duration,
    /// Probes at once, and good probes that close the circuit.
    pub probes: u32,
}

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
    state: PhaseState,
    /// Whether an event said that it is open, and when the last event was.
    is_reported_open: bool,
    last_reported: Option<Instant>,
}

#[derive(Debug)]
enum PhaseState {
    Closed(CallWindow),
    Open { until: Instant },
    HalfOpen { since: Instant, in_flight: u32, good: u32 },
}

impl Circuit {
    /// A closed circuit.
    #[must_use]
    pub fn new(rules: CircuitRules) -> Self {
        let phase = CircuitPhase {
            generation: 0,
            next_wait: rules.open,
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

    /// Lets a request pass, or returns `None`: then the partner is not to be asked.
    pub fn admit(&self, now: Instant) -> Option<CircuitCall> {
        let mut phase = self.lock();
        let may_probe = match phase.state {
            PhaseState::Closed(_) => false,
            PhaseState::Open { until } => now >= until,
            PhaseState::HalfOpen { since, .. } => now.saturating_duration_since(since) >= MAX_HALF_OPEN,
        };
        if may_probe {
            phase.enter(PhaseState::HalfOpen { since: now, in_flight: 0, good: 0 });
        }
        let call = CircuitCall { generation: phase.generation, is_first_probe: may_probe };
        match &mut phase.state {
            PhaseState::Closed(_) => Some(call),
            PhaseState::Open { .. } => None,
            PhaseState::HalfOpen { in_flight, good, .. } => {
                let is_free = in_flight.saturating_add(*good) < self.rules.probes;
                *in_flight = in_flight.saturating_add(is_free.into());
                is_free.then_some(call)
            }
        }
    }

    /// Records the end of a request that passed. `random_below` returns a random number below its argument.
    pub fn record(&self, call: CircuitCall, end: CallEnd, random_below: impl FnOnce(u64) -> u64) -> CircuitChange {
        let mut phase = self.lock();
        if call.generation != phase.generation {
            return CircuitChange::default();
        }
        let before = phase.state();
        phase.update(&self.rules, end, random_below);
        let after = phase.state();
        CircuitChange { state: (after != before).then_some(after), reported: phase.report(end.at) }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, CircuitPhase> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl CircuitRules {
    /// Whether a circuit with these requests in its window opens.
    fn is_bad(&self, totals: &CallTotals) -> bool {
        let reaches = |n: u32, per_cent: u32| u64::from(n) * 100 >= u64::from(totals.calls) * u64::from(per_cent);
        totals.calls >= self.min_calls
            && (reaches(totals.failed, self.failure_per_cent) || reaches(totals.slow, self.slow_per_cent))
    }
}

impl CircuitPhase {
    fn update(&mut self, rules: &CircuitRules, end: CallEnd, random_below: impl FnOnce(u64) -> u64) {
        let CallEnd { verdict, duration, at: now } = end;
        let (is_failed, retry_after) = match verdict {
            CallVerdict::Failed { retry_after } => (true, retry_after.map(|after| after.min(MAX_RETRY_AFTER))),
            CallVerdict::Good => (false, None),
            CallVerdict::Neutral => return self.forget(),
        };
        let is_slow = duration >= rules.slow_after;
        match &mut self.state {
            PhaseState::Open { .. } => {}
            PhaseState::Closed(window) => {
                let retry_at = retry_after.map(|after| now + after);
                window.record(now, CallTotals { calls: 1, failed: is_failed.into(), slow: is_slow.into(), retry_at });
                let totals = window.totals(now, rules.min_calls);
                if rules.is_bad(&totals) {
                    let retry_after = totals.retry_at.map(|at| at.saturating_duration_since(now));
                    self.open(rules, now, retry_after, random_below);
                }
            }
            PhaseState::HalfOpen { .. } if is_failed || is_slow => {
                self.open(rules, now, retry_after, random_below);
            }
            PhaseState::HalfOpen { in_flight, good, .. } => {
                *in_flight = in_flight.saturating_sub(1);
                *good = good.saturating_add(1);
                if *good >= rules.probes {
                    self.next_wait = rules.open;
                    self.enter(closed(rules));
                }
            }
        }
    }

    fn state(&self) -> CircuitState {
        match self.state {
            PhaseState::Closed(_) => CircuitState::Closed,
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
    fn open(
        &mut self,
        rules: &CircuitRules,
        now: Instant,
        retry_after: Option<Duration>,
        random_below: impl FnOnce(u64) -> u64,
    ) {
        let wait = self.next_wait.max(retry_after.unwrap_or_default());
        let most = (wait / JITTER_DIVISOR).min(MAX_JITTER);
        let jitter = random_below(u64::try_from(most.as_millis()).unwrap_or(u64::MAX).saturating_add(1));
        self.next_wait = self.next_wait.saturating_mul(2).min(rules.max_open);
        self.enter(PhaseState::Open { until: now + wait + Duration::from_millis(jitter).min(most) });
    }
}

fn closed(rules: &CircuitRules) -> PhaseState {
    PhaseState::Closed(CallWindow::new(rules.window))
}
