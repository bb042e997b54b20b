//! How many requests to a partner may be in flight at once: as many as it answers without becoming slower by it.
//!
//! It follows `Gradient2Limit` of Netflix's `concurrency-limits` and the gradient controller of Envoy's adaptive concurrency filter: what the
//! latency should be is compared with what it is; as long as they agree, the limit grows by its square root, otherwise it is multiplied
//! by a factor below one. The median of a window of requests is judged, and only requests that began after the last change.
//!
//! What the latency should be is found in another way. Envoy lets hardly anything pass once a minute, and Netflix's average drifts to whatever
//! lasts. Here every step down is an experiment, by Little's law: if requests queue for one another, with fewer of them in flight they are faster
//! in proportion. If they are not, the partner is slow for another reason; the step is taken back, and what it takes now is what it should
//! take.
//!
//! What this process takes itself is left out of the times (`own_delay`), and a tenth of a second is tolerated: to refuse somebody is
//! worse than that. So a load that keeps this process busy, or all of the machine, is no reason to refuse anybody.
//!
//! Time is an argument. Only times of requests are kept, of one window.

#[cfg(test)]
mod tests;

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Lowest limit, where the configured maximum is not lower: as many as a circuit needs to judge a partner.
pub const MIN_LIMIT: usize = 10;
/// A window has at least so many requests, so that its median says something, and takes at least so long.
const MIN_SAMPLES: usize = 60;
const MIN_WINDOW: Duration = Duration::from_millis(100);
/// Requests that began less than the longest request ago are not judged: of those only the fast ones have ended. What a request takes that
/// timed out counts as this at most.
const MAX_LONGEST: Duration = Duration::from_secs(5);
/// Requests of a window that are kept at once; of more, every second one, then every fourth one, and so on.
const MAX_SAMPLES: usize = 200;
/// A window that took longer is thrown away: its requests have nothing to do with one another.
const MAX_WINDOW: Duration = Duration::from_secs(60);
/// Latency that is not seen as queueing: half more than the lowest, and what a person does not notice (R. Miller, "Response time in
/// man-computer conversational transactions", 1968). Waits of a busy machine are shorter.
const TOLERANCE: f64 = 1.5;
const SLACK_SECONDS: f64 = 0.1;
/// How far what a request should take follows what it takes: down with each window that is faster, and up with one that is slower
/// within the tolerance, while so few are in flight that they hardly wait for one another.
const FALL: f64 = 0.1;
const RISE: f64 = 0.1;
/// A step down. It is an experiment, so it should not hurt if it was wrong, and its effect must be larger than chance.
const STEP_DOWN: f64 = 0.7;
/// Smallest change of what is in flight that says something about the latency, as a part of it.
const MIN_CHANGE: f64 = 0.1;
/// No experiment for so long after one that showed that the partner is not slow because of us.
const PAUSE: Duration = Duration::from_secs(10);

/// The limit for one partner.
#[derive(Debug)]
pub struct AdaptiveLimit {
    min: f64,
    max: f64,
    state: Mutex<LimitState>,
}

/// A request that was answered, or took too long.
#[derive(Debug, Clone, Copy)]
pub struct LatencySample {
    /// When it began.
    pub started: Instant,
    /// When it ended.
    pub ended: Instant,
    /// How long it took, without the time that the partner had to wait for the client.
    pub duration: Duration,
    /// How much of that is an answer's wait for this process, by an estimate.
    pub own_delay: Duration,
    /// How many were in flight when it began, itself among them.
    pub in_flight: usize,
}

#[derive(Debug)]
struct LimitState {
    limit: f64,
    /// What a request takes if none waits for another one, in seconds.
    base: Option<f64>,
    experiment: Option<Experiment>,
    pause_until: Option<Instant>,
    window: Option<LatencyWindow>,
}

/// A change whose effect on the latency is awaited.
#[derive(Debug, Clone, Copy)]
struct Experiment {
    limit_before: f64,
    seconds_before: f64,
    /// How many were in flight before.
    in_flight_before: f64,
    /// Whether more may be in flight now, not fewer.
    is_up: bool,
}

/// The requests since the last change.
#[derive(Debug)]
struct LatencyWindow {
    since: Instant,
    longest: Duration,
    /// Those that were kept.
    kept: Vec<KeptSample>,
    /// One in so many is kept, and how many there were.
    one_in: usize,
    ended: usize,
}

/// What is kept of a request.
#[derive(Debug, Clone, Copy)]
struct KeptSample {
    started: Instant,
    seconds: f64,
    /// The same without what this process itself took.
    seconds_of_partner: f64,
    /// How many were in flight when it began.
    in_flight: f64,
}

impl AdaptiveLimit {
    /// Begins at `max`: nothing is held back before there is a reason.
    #[must_use]
    pub fn new(max: usize) -> Self {
        let max = as_float(max);
        let state = LimitState { limit: max, base: None, experiment: None, pause_until: None, window: None };
        Self { min: as_float(MIN_LIMIT).min(max), max, state: Mutex::new(state) }
    }

    /// The limit.
    #[must_use]
    pub fn limit(&self) -> usize {
        as_limit(self.lock().limit)
    }

    /// The highest limit.
    #[must_use]
    pub fn max(&self) -> usize {
        as_limit(self.max)
    }

    /// Adds a request, and returns the limit if it has changed.
    pub fn record(&self, sample: LatencySample) -> Option<usize> {
        let mut state = self.lock();
        let before = as_limit(state.limit);
        if let Some(window) = state.add(sample) {
            state.judge(&window, sample.ended, self.min, self.max);
        }
        let after = as_limit(state.limit);
        (after != before).then_some(after)
    }

    fn lock(&self) -> MutexGuard<'_, LimitState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl LimitState {
    /// Adds a request to the window, and returns the window if it is complete.
    fn add(&mut self, sample: LatencySample) -> Option<LatencyWindow> {
        let LatencySample { started, ended, .. } = sample;
        let is_old = |window: &LatencyWindow| ended.saturating_duration_since(window.since) > MAX_WINDOW;
        if self.window.as_ref().is_none_or(is_old) {
            self.window = Some(LatencyWindow::since(started));
        }
        let window = self.window.as_mut()?;
        if started < window.since {
            return None;
        }
        window.add(sample);
        if window.complete(ended) { self.window.take() } else { None }
    }

    /// Changes the limit by the requests of a window.
    fn judge(&mut self, window: &LatencyWindow, now: Instant, min: f64, max: f64) {
        self.window = Some(LatencyWindow::since(now));
        let median = |of: fn(&KeptSample) -> f64| median(window.kept.iter().map(of).collect());
        let Some((all_seconds, in_flight)) = median(|one| one.seconds).zip(median(|one| one.in_flight)) else { return };
        let Some(seconds) = median(|one| one.seconds_of_partner) else { return };
        // An estimate that is too high must not lower it.
        let base = self.base.unwrap_or(all_seconds);
        let base = base + FALL * (all_seconds - base).min(0.0);
        self.base = Some(base);
        let expected = (base * TOLERANCE).max(base + SLACK_SECONDS);
        let experiment = self.experiment.take();
        if seconds <= expected {
            if in_flight < self.limit / 2.0 {
                self.base = Some(base + RISE * (seconds - base).max(0.0));
            }
            self.limit = (self.limit + self.limit.sqrt()).min(max);
            return;
        }
        let result = experiment.and_then(|experiment| experiment.shows_queueing(seconds, in_flight));
        match (experiment, result) {
            (Some(experiment), Some(false)) => {
                // It is not slow because of us: this is what it takes now.
                self.base = Some(seconds);
                self.limit = self.limit.max(experiment.limit_before);
                self.pause_until = Some(now + PAUSE);
            }
            // The limit is not what decides how many are in flight.
            (Some(experiment), None) if !experiment.is_up => self.limit = self.limit.max(experiment.limit_before),
            // A higher limit that as few use does no harm.
            (Some(experiment), None) if experiment.is_up => {}
            (Some(experiment), _) if experiment.is_up => {
                self.limit = experiment.limit_before;
                self.pause_until = Some(now + PAUSE);
            }
            _ if self.pause_until.is_none_or(|until| now >= until) => {
                self.experiment(window, (in_flight, seconds), (min, max));
            }
            _ => {}
        }
    }

    /// A step down. Where there is none left, a step up, if the limit was reached: a partner that is slow for another reason must not
    /// stay at the lowest limit.
    fn experiment(&mut self, window: &LatencyWindow, (in_flight, seconds): (f64, f64), (min, max): (f64, f64)) {
        let used = self.limit.min(in_flight);
        let down = (used * STEP_DOWN).max(min);
        let is_up = down > used * (1.0 - 2.0 * MIN_CHANGE);
        let limit = if is_up { (self.limit + self.limit.sqrt()).min(max) } else { down };
        let is_reached = window.kept.iter().any(|one| one.in_flight >= self.limit.floor());
        if is_up && (limit <= self.limit || !is_reached) {
            // There is no choice, or so few are in flight that the limit is not what they depend on.
            return;
        }
        self.experiment =
            Some(Experiment { limit_before: self.limit, seconds_before: seconds, in_flight_before: in_flight, is_up });
        self.limit = limit;
    }
}

impl Experiment {
    /// Whether the latency has changed by at least half of what it would change by if all requests queued for one another. `None` if
    /// about as many are in flight as before.
    fn shows_queueing(&self, seconds: f64, in_flight: f64) -> Option<bool> {
        let factor = in_flight / self.in_flight_before.max(1.0);
        let halfway = self.seconds_before * f64::midpoint(1.0, factor);
        match factor {
            fewer if fewer < 1.0 - MIN_CHANGE => Some(seconds <= halfway),
            more if more > 1.0 + MIN_CHANGE => Some(seconds >= halfway),
            _ => None,
        }
    }
}

impl LatencyWindow {
    fn since(since: Instant) -> Self {
        Self { since, longest: Duration::ZERO, kept: Vec::new(), one_in: 1, ended: 0 }
    }

    fn add(&mut self, sample: LatencySample) {
        let LatencySample { started, duration, own_delay, in_flight, ended } = sample;
        self.longest = self.longest.max(ended.saturating_duration_since(started)).min(MAX_LONGEST);
        self.ended = self.ended.saturating_add(1);
        if !self.ended.is_multiple_of(self.one_in) {
            return;
        }
        if self.kept.len() == MAX_SAMPLES {
            let mut number = 0;
            self.kept.retain(|_| {
                number += 1;
                number % 2 == 0
            });
            self.one_in = self.one_in.saturating_mul(2);
        }
        let (seconds, in_flight) = (duration.as_secs_f64(), as_float(in_flight));
        let seconds_of_partner = duration.saturating_sub(own_delay).as_secs_f64();
        self.kept.push(KeptSample { started, seconds, seconds_of_partner, in_flight });
    }

    /// Whether it says enough. Then it keeps only requests that say something.
    fn complete(&mut self, now: Instant) -> bool {
        if self.kept.len() < MIN_SAMPLES || now.saturating_duration_since(self.since) < MIN_WINDOW {
            return false;
        }
        let longest = self.longest;
        let is_judged = |one: &KeptSample| now.saturating_duration_since(one.started) >= longest;
        let is_complete = self.kept.iter().filter(|one| is_judged(one)).count() >= MIN_SAMPLES;
        if is_complete {
            self.kept.retain(is_judged);
        }
        is_complete
    }
}

/// The median; `None` without numbers.
fn median(mut sorted: Vec<f64>) -> Option<f64> {
    sorted.sort_unstable_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied()
}

fn as_float(n: usize) -> f64 {
    u32::try_from(n).map_or(f64::from(u32::MAX), f64::from)
}

/// Limits are at most some 100,000, so nothing is lost.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "positive and small")]
fn as_limit(limit: f64) -> usize {
    limit.max(1.0) as usize
}
