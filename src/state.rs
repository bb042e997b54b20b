//! What serving a request needs. `app` builds it; `search`, `click`, `visit` and `image` use it.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use tokio_util::task::TaskTracker;

use crate::budget::partner_budget::PartnerBudget;
use crate::clients::limiter::{ClientLimiter, ShareRefused};
use crate::clients::search_places::SearchPlaces;
use crate::clients::share::SharePermit;
use crate::clients::state::Client;
use crate::concurrency_limit::ConcurrencyLimit;
use crate::counts::slices::Slices;
use crate::dedup::Dedup;
use crate::image_proxy::cache::ImageCache;
use crate::image_proxy::fetch::ImageClient;
use crate::metrics::{CircuitState, Metrics, PartnerMetrics};
use crate::name::ConfigName;
use crate::partner::Partner;
use crate::partner::adaptive_limit::AdaptiveLimit;
use crate::partner::circuit::Circuit;
use crate::partner::client::PartnerClient;
use crate::partner::health::PartnerHealth;
use crate::partner::pointers::PointerHealth;
use crate::partner::route::{Choice, CodeRoute};
use crate::storage::writer::CountWriter;
use crate::tokens::key_ring::key_set::KeySet;
use crate::work::WorkLane;

/// Shared state of all requests under one configuration. A reload replaces it as a whole.
#[derive(Debug)]
pub struct AppState {
    /// The partners, in the order of the configuration.
    pub partners: Vec<PartnerState>,
    /// One route per code; the default code's is first.
    pub routes: Vec<CodeRoute>,
    /// Finds partners, codes and keyword groups by fingerprint.
    pub names: NameIndex,
    /// HTTP client for partners. All users share its connections.
    pub partner_client: PartnerClient,
    /// State of the image proxy.
    pub images: ImageState,
    /// Keys in force; replaced when the day changes.
    pub keys: Arc<ArcSwap<KeySet>>,
    /// Writes counts to the store.
    pub writer: CountWriter,
    /// Today's counts by language, browser and keyword group, held back until `k` different people had them.
    pub slices: Arc<Slices>,
    /// `[counts] k`: how many different people must have a value in a day before it is written.
    pub k: usize,
    /// Recognizes repeated clicks, stamps and IDs.
    pub dedup: Arc<Dedup>,
    /// How clicks are classified.
    pub clicks: ClickRules,
    /// State for counting visits.
    pub visits: VisitState,
    /// Metrics of the process.
    pub metrics: Arc<Metrics>,
    /// All searches of the process, which continue in tasks of their own when their client disconnects. Draining waits for them.
    pub searches: TaskTracker,
    /// What one client may use.
    pub limiter: ClientLimiter,
    /// Bounds the searches in flight in the whole process, and lets some wait.
    pub search_places: Arc<SearchPlaces>,
    /// Bounds the bytes of answers that wait for clients, in the whole process.
    pub waiting_bytes: ConcurrencyLimit,
    /// The least bytes of an answer that is compressed (`[listen] compress_bytes`).
    pub compress_bytes: usize,
    /// Answers and tokens are padded to Padmé lengths (`[listen] pad`).
    pub pad: bool,
    /// Where answers take turns that are dear to compress.
    pub coding_lane: WorkLane,
}

impl AppState {
    /// Forgets what has been remembered for as long as it may be of images and partners; `are_clients_new` is whether all clients got
    /// other numbers. Called every second.
    pub fn forget_old(&self, now: Instant, are_clients_new: bool) {
        self.images.cache.forget_old();
        self.partner_client.close_old(now);
        for circuit in self.partners.iter().map(|partner| &partner.circuit) {
            circuit.forget_old(now);
            if are_clients_new {
                circuit.forget_callers(now);
            }
        }
    }

    /// Takes a part of the bytes that may wait for clients, out of the share of this one.
    ///
    /// # Errors
    /// There is not as much left.
    pub fn hold_bytes(&self, client: &Client, bytes: usize) -> Result<SharePermit, ShareRefused> {
        self.limiter.take_bytes(client, bytes, &self.waiting_bytes)
    }
}

/// State for counting visits.
#[derive(Debug)]
pub struct VisitState {
    /// The host that visit stamps are bound to: that of the public URL, without its port.
    pub host: String,
}

/// State of the image proxy.
#[derive(Debug)]
pub struct ImageState {
    /// Fetches images.
    pub client: ImageClient,
    /// Recently fetched images and recent failures.
    pub cache: ImageCache,
    /// Bounds the fetches in flight.
    pub in_flight: ConcurrencyLimit,
}

/// A partner and its runtime state.
#[derive(Debug)]
pub struct PartnerState {
    /// Its configuration.
    pub partner: Partner,
    /// Bounds the requests to it in flight, by `adaptive_limit`, and lets some searches wait.
    pub places: Arc<SearchPlaces>,
    /// How many may be in flight at once, judged by its latency.
    pub adaptive_limit: Arc<AdaptiveLimit>,
    /// Where its dear answers take turns.
    pub lane: WorkLane,
    /// Whether it is up, judged by its recent responses.
    pub health: Arc<PartnerHealth>,
    /// Whether it is asked or skipped.
    pub circuit: Arc<Circuit>,
    /// Whether its JSON answers have the configured fields.
    pub pointers: PointerHealth,
    /// Its price and its budget. None if it is not paid by request.
    pub budget: Option<Arc<PartnerBudget>>,
    /// Its metrics.
    pub metrics: PartnerMetrics,
}

/// How clicks are classified.
#[derive(Debug, Clone)]
pub struct ClickRules {
    /// How long a click token is valid (`click_ttl`).
    pub ttl: Duration,
    /// How long a click waits for its count to be committed (`click_wait`).
    pub commit_timeout: Duration,
    /// Within this time, one click of a client on a target counts. Zero counts all.
    pub repeat_window: Duration,
    /// How to treat tokens issued before the process started.
    pub after_restart: AfterRestart,
    /// When the process started, in Unix seconds; moved back if the clock was set back since.
    pub started_at: Arc<AtomicU64>,
}

/// `[counts] after_restart`: how to treat tokens issued before the process started. They may have been clicked
/// before, and the memory of clicks does not survive a restart. Ignored where a shared dedup store knows the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AfterRestart {
    /// Count them. A token clicked before the restart may be counted twice.
    Count,
    /// Treat them as duplicates. A token not clicked before the restart is not counted.
    Skip,
}

impl AppState {
    /// The route of a code.
    #[must_use]
    pub fn route(&self, code: &ConfigName) -> Option<&CodeRoute> {
        self.route_by_fingerprint(code.fingerprint()).filter(|route| route.code == *code)
    }

    /// The partner that a route's choice refers to.
    #[must_use]
    pub fn partner(&self, choice: &Choice) -> Option<&PartnerState> {
        self.partners.get(choice.partner)
    }

    /// The partner with this fingerprint, or `None` if the configuration no longer contains it.
    #[must_use]
    pub fn partner_by_fingerprint(&self, fingerprint: u32) -> Option<&Partner> {
        let position = self.names.partners.get(&fingerprint)?;
        self.partners.get(*position).map(|state| &state.partner)
    }

    /// The keyword group with this fingerprint, or `None` if the configuration no longer contains it.
    #[must_use]
    pub fn keyword_group(&self, fingerprint: u32) -> Option<&ConfigName> {
        self.names.keyword_groups.get(&fingerprint)
    }

    /// The name of the partner with this fingerprint, or `unknown` if the configuration no longer contains it.
    #[must_use]
    pub fn partner_name(&self, fingerprint: u32) -> ConfigName {
        self.partner_by_fingerprint(fingerprint).map_or_else(ConfigName::unknown, |partner| partner.name.clone())
    }

    /// The code with this fingerprint, or `unknown` if the configuration no longer contains it.
    #[must_use]
    pub fn code_name(&self, fingerprint: u32) -> ConfigName {
        self.route_by_fingerprint(fingerprint).map_or_else(ConfigName::unknown, |route| route.code.clone())
    }

    fn route_by_fingerprint(&self, fingerprint: u32) -> Option<&CodeRoute> {
        self.routes.get(*self.names.routes.get(&fingerprint)?)
    }

    /// Limits searches to the requests that all partners that are asked may have in flight at once: one more would be read and then
    /// refused. Call this when one of these limits or the state of a circuit has changed.
    pub fn limit_searches(&self) {
        let is_asked = |partner: &&PartnerState| partner.circuit.state() == CircuitState::Closed;
        let places: usize = self.partners.iter().filter(is_asked).map(|partner| partner.places.total.limit()).sum();
        // Searches that skip all partners need no place at any.
        self.search_places.total.set_limit(if places == 0 { usize::MAX } else { places });
    }

    /// Sets the gauges of every partner, and the limit of searches. Call this when the state comes into force.
    pub fn report_partners(&self) {
        for partner in &self.partners {
            partner.metrics.up.set(partner.health.is_up().into());
            partner.metrics.set_circuit(partner.circuit.state());
            partner.metrics.set_limit(partner.places.total.limit());
        }
        self.limit_searches();
    }
}

/// Partners, codes and keyword groups by the fingerprints of their names, which tokens carry instead of the names.
/// Of two names with the same fingerprint the first one wins; the configuration rejects such pairs.
#[derive(Debug)]
pub struct NameIndex {
    /// Positions in [`AppState::partners`].
    partners: HashMap<u32, usize>,
    /// Positions in [`AppState::routes`].
    routes: HashMap<u32, usize>,
    keyword_groups: HashMap<u32, ConfigName>,
}

impl NameIndex {
    /// Indexes the names of a configuration, in the order in which [`AppState`] lists them.
    pub fn new<'a>(
        partners: impl IntoIterator<Item = &'a ConfigName>,
        codes: impl IntoIterator<Item = &'a ConfigName>,
        keyword_groups: impl IntoIterator<Item = &'a ConfigName>,
    ) -> Self {
        let mut groups = HashMap::new();
        for name in keyword_groups {
            groups.entry(name.fingerprint()).or_insert_with(|| name.clone());
        }
        Self { partners: positions(partners), routes: positions(codes), keyword_groups: groups }
    }
}

fn positions<'a>(names: impl IntoIterator<Item = &'a ConfigName>) -> HashMap<u32, usize> {
    let mut positions = HashMap::new();
    for (position, name) in names.into_iter().enumerate() {
        positions.entry(name.fingerprint()).or_insert(position);
    }
    positions
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> ConfigName {
        ConfigName::new(text).unwrap()
    }

    /// Two names with one fingerprint: some 77,000 random ones contain such a pair with a probability of one half.
    fn colliding_pair() -> (ConfigName, ConfigName) {
        let mut seen = HashMap::new();
        let names = (0..).map(|n: u32| name(&format!("n{n}")));
        names.into_iter().find_map(|name| Some((seen.insert(name.fingerprint(), name.clone())?, name))).unwrap()
    }

    #[test]
    fn names_are_found_by_fingerprint() {
        let names = [name("a"), name("b"), name("c")];
        let index = NameIndex::new(&names, &names[1..], &names[2..]);
        let [a, b, c] = names.map(|name| name.fingerprint());
        assert_eq!([a, b, c].map(|fingerprint| index.partners.get(&fingerprint).copied()), [Some(0), Some(1), Some(2)]);
        assert_eq!([a, b, c].map(|fingerprint| index.routes.get(&fingerprint).copied()), [None, Some(0), Some(1)]);
        assert_eq!(index.keyword_groups.get(&c), Some(&name("c")));
        assert_eq!(index.keyword_groups.get(&a), None);
    }

    #[test]
    fn the_first_of_two_colliding_names_wins() {
        let (first, second) = colliding_pair();
        assert_ne!(first, second);
        assert_eq!(first.fingerprint(), second.fingerprint());
        let names = [name("other"), first.clone(), second];
        let index = NameIndex::new(&names, &names, &names);
        assert_eq!(index.partners.get(&first.fingerprint()), Some(&1));
        assert_eq!(index.routes.get(&first.fingerprint()), Some(&1));
        assert_eq!(index.keyword_groups.get(&first.fingerprint()), Some(&first));
    }
}
