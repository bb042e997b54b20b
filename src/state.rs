//! What serving a request needs, built by `app` and handed to `search`, `click`, `visit` and `image`.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use arc_swap::ArcSwap;

use crate::concurrency_limit::ConcurrencyLimit;
use crate::counts::slices::Slices;
use crate::dedup::Dedup;
use crate::image_proxy::cache::ImageCache;
use crate::image_proxy::fetch::ImageClient;
use crate::metrics::{Metrics, PartnerNumbers};
use crate::name::ConfigName;
use crate::partner::Partner;
use crate::partner::client::PartnerClient;
use crate::partner::health::PartnerHealth;
use crate::partner::route::{Choice, CodeRoute};
use crate::storage::writer::CountWriter;
use crate::tokens::key_ring::KeySet;

/// Everything that answering a search or a click needs.
#[derive(Debug)]
pub struct AppState {
    /// The partners, in the order of the configuration.
    pub desks: Vec<PartnerState>,
    /// A route for each code, the default code's first.
    pub routes: Vec<CodeRoute>,
    /// Connections to partners, shared by all users.
    pub client: PartnerClient,
    /// What images take.
    pub images: ImageState,
    /// The keys in force; replaced when the day changes.
    pub keys: Arc<ArcSwap<KeySet>>,
    /// Where counts go.
    pub ledger: CountWriter,
    /// What was seen of languages, browsers and keyword groups.
    pub slices: Arc<Slices>,
    /// How often a value must have been seen in a day before it is written.
    pub k: u64,
    /// The names of the keyword groups.
    pub groups: Vec<ConfigName>,
    /// What was seen before: clicked links, and today's stamps and IDs.
    pub memory: Arc<Dedup>,
    /// How clicks are judged.
    pub clicks: ClickRules,
    /// What visits take.
    pub visits: VisitState,
    /// The numbers.
    pub metrics: Arc<Metrics>,
    /// Searches under way in the whole process.
    pub searches_in_flight: ConcurrencyLimit,
    /// Pages that their partner has sent and their client has not taken.
    pub pages_waiting: ConcurrencyLimit,
}

impl AppState {
    /// Says of every partner that it is up, as nothing else is known of it when these parts come into force.
    pub fn all_up(&self) {
        for desk in &self.desks {
            desk.numbers.up.set(1);
        }
    }
}

/// What counting visits takes.
#[derive(Debug)]
pub struct VisitState {
    /// The host that stamps are for: that of the public URL, without its port.
    pub host: String,
}

/// What serving images takes.
#[derive(Debug)]
pub struct ImageState {
    /// Fetches them.
    pub client: ImageClient,
    /// Those of a short while ago.
    pub album: ImageCache,
    /// Fetches under way.
    pub in_flight: ConcurrencyLimit,
}

/// A partner and its state while serving.
#[derive(Debug)]
pub struct PartnerState {
    /// The partner.
    pub partner: Partner,
    /// Its name's fingerprint, for tokens.
    pub fingerprint: u32,
    /// Requests to it under way.
    pub in_flight: ConcurrencyLimit,
    /// Whether its requests go well.
    pub health: PartnerHealth,
    /// Its numbers.
    pub numbers: PartnerNumbers,
}

/// How clicks are judged.
#[derive(Debug, Clone)]
pub struct ClickRules {
    /// How long a token may be clicked (`click_ttl`).
    pub lifetime: Duration,
    /// How long a click waits for its commit (`click_wait`).
    pub wait: Duration,
    /// What becomes of tokens older than the process.
    pub after_restart: AfterRestart,
    /// When the process began, in seconds since 1970; earlier where the clock stepped back since.
    pub began: Arc<AtomicU64>,
}

/// `[counts] after_restart`: what becomes of tokens that are older than the process, which may have been
/// clicked before it began. Not asked where the memory that nodes share knows better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AfterRestart {
    /// They count; one clicked before could count a second time.
    Count,
    /// They are duplicates; one not clicked before is not counted.
    Skip,
}

impl AppState {
    /// The route of a code.
    #[must_use]
    pub fn route(&self, code: &ConfigName) -> Option<&CodeRoute> {
        self.routes.iter().find(|route| route.code == *code)
    }

    /// The partner of a choice.
    #[must_use]
    pub fn desk(&self, choice: &Choice) -> Option<&PartnerState> {
        self.desks.get(choice.partner)
    }

    /// The partner with this fingerprint, where the configuration still has it.
    #[must_use]
    pub fn partner(&self, fingerprint: u32) -> Option<&Partner> {
        self.desks.iter().find(|desk| desk.fingerprint == fingerprint).map(|desk| &desk.partner)
    }

    /// The keyword group with this fingerprint, where the configuration still has it.
    #[must_use]
    pub fn group(&self, fingerprint: u32) -> Option<&ConfigName> {
        self.groups.iter().find(|group| group.fingerprint() == fingerprint)
    }

    /// The name of the partner with this fingerprint; one that left the configuration is unknown.
    #[must_use]
    pub fn partner_name(&self, fingerprint: u32) -> ConfigName {
        self.partner(fingerprint).map_or_else(ConfigName::unknown, |partner| partner.name.clone())
    }

    /// The code with this fingerprint; likewise.
    #[must_use]
    pub fn code_name(&self, fingerprint: u32) -> ConfigName {
        let route = self.routes.iter().find(|route| route.code.fingerprint() == fingerprint);
        route.map_or_else(ConfigName::unknown, |route| route.code.clone())
    }
}
