//! What serving a request needs, built once by `app` and handed to `search` and `click`. Each worker
//! thread has its own `Parts`; what counts or limits the whole process is shared behind them.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;

use crate::counts::ledger::Ledger;
use crate::counts::once::Once;
use crate::metrics::Metrics;
use crate::names::Name;
use crate::partner::Partner;
use crate::partner::client::Client;
use crate::partner::route::{Choice, Route};
use crate::seal::ring::Keys;
use crate::world::Time;

/// Everything that answering a search or a click needs.
#[derive(Debug)]
pub struct Parts {
    /// The partners, in the order of the configuration.
    pub desks: Arc<[Desk]>,
    /// A route for each code, the default code's first.
    pub routes: Arc<[Route]>,
    /// This worker's connections to partners.
    pub client: Client,
    /// The keys in force; replaced when the day changes.
    pub keys: Arc<ArcSwap<Keys>>,
    /// Where counts go.
    pub ledger: Ledger,
    /// Which tokens were clicked.
    pub once: Arc<Once>,
    /// How clicks are judged.
    pub clicks: ClickRules,
    /// The numbers.
    pub metrics: Arc<Metrics>,
    /// Searches under way in the whole process.
    pub searches_in_flight: Limit,
}

/// A partner and its state while serving.
#[derive(Debug)]
pub struct Desk {
    /// The partner.
    pub partner: Partner,
    /// Its name's fingerprint, for tokens.
    pub fingerprint: u32,
    /// Requests to it under way.
    pub in_flight: Limit,
    /// Whether its requests go well.
    pub health: Health,
}

/// How clicks are judged.
#[derive(Debug, Clone, Copy)]
pub struct ClickRules {
    /// How long a token may be clicked (`click_ttl`).
    pub lifetime: Duration,
    /// How long a click waits for its commit (`click_wait`).
    pub wait: Duration,
    /// What becomes of tokens older than the process.
    pub after_restart: AfterRestart,
    /// When the process began.
    pub began: Time,
}

/// `[counts] after_restart`: what becomes of tokens that are older than the process, which may have been
/// clicked before it began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AfterRestart {
    /// They count; one clicked before could count a second time.
    Count,
    /// They are duplicates; one not clicked before is not counted.
    Skip,
}

impl Parts {
    /// The route of a code.
    #[must_use]
    pub fn route(&self, code: &Name) -> Option<&Route> {
        self.routes.iter().find(|route| route.code == *code)
    }

    /// The partner of a choice.
    #[must_use]
    pub fn desk(&self, choice: &Choice) -> Option<&Desk> {
        self.desks.get(choice.partner)
    }

    /// The partner with this fingerprint; one that left the configuration is unknown.
    #[must_use]
    pub fn partner_name(&self, fingerprint: u32) -> Name {
        let desk = self.desks.iter().find(|desk| desk.fingerprint == fingerprint);
        desk.map_or_else(Name::unknown, |desk| desk.partner.name.clone())
    }

    /// The code with this fingerprint; likewise.
    #[must_use]
    pub fn code_name(&self, fingerprint: u32) -> Name {
        let route = self.routes.iter().find(|route| route.code.fingerprint() == fingerprint);
        route.map_or_else(Name::unknown, |route| route.code.clone())
    }
}

/// A bound on how many of something are under way at once.
#[derive(Debug, Clone)]
pub struct Limit {
    used: Arc<AtomicUsize>,
    most: usize,
}

/// One of a [`Limit`]'s places, given back when dropped.
#[derive(Debug)]
pub struct Permit(Arc<AtomicUsize>);

impl Limit {
    /// At most this many.
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self { used: Arc::default(), most }
    }

    /// A place, or None where all are taken: nobody queues.
    #[must_use]
    pub fn permit(&self) -> Option<Permit> {
        if self.used.fetch_add(1, Ordering::Relaxed) < self.most {
            return Some(Permit(self.used.clone()));
        }
        self.used.fetch_sub(1, Ordering::Relaxed);
        None
    }
}

impl Limit {
    /// Whether nothing is under way.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.used.load(Ordering::Relaxed) == 0
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Failures in a row after which a partner counts as down. One failure can be the doing of one search (a
/// language that the partner refuses), and an event for it would tell of that search.
const DOWN_AFTER: u32 = 5;
/// The least time between two events about one partner, for the same reason.
const QUIET: Duration = Duration::from_secs(60);

/// Whether a partner is up, as its answers show.
#[derive(Debug, Default)]
pub struct Health(Mutex<HealthState>);

#[derive(Debug, Default)]
struct HealthState {
    failures: u32,
    down: bool,
    told: Option<Instant>,
}

impl Health {
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
    fn places_come_back() {
        let limit = Limit::new(2);
        let first = limit.permit().unwrap();
        let _second = limit.permit().unwrap();
        assert!(limit.permit().is_none() && limit.permit().is_none());
        drop(first);
        assert!(limit.permit().is_some());
    }

    #[test]
    fn health_tells_of_lasting_changes_alone() {
        let (health, start) = (Health::default(), crate::world::instant());
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
