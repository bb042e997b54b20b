//! What lives as long as the process and survives reloads.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use arc_swap::ArcSwap;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::admin::query::ReportSettings;
use crate::app::dedup;
use crate::app::descriptors::DescriptorBudget;
use crate::app::store::StoreHandle;
use crate::budget::keeper::Keeper;
use crate::clients::Clients;
use crate::concurrency_limit::ConcurrencyLimit;
use crate::config::Config;
use crate::counts::slices::Slices;
use crate::dedup::Dedup;
use crate::metrics::Metrics;
use crate::time;
use crate::tokens::key_ring::key_set::KeySet;

/// The state of the process.
pub(super) struct ProcessState {
    /// The keys in force. Maintenance replaces them when the day changes.
    pub(super) keys: Arc<ArcSwap<KeySet>>,
    pub(super) store: StoreHandle,
    pub(super) dedup: Arc<Dedup>,
    pub(super) budgets: Keeper,
    pub(super) slices: Arc<Slices>,
    pub(super) metrics: Arc<Metrics>,
    pub(super) clients: Arc<Clients>,
    pub(super) searches: TaskTracker,
    pub(super) searches_in_flight: ConcurrencyLimit,
    pub(super) waiting_bytes: ConcurrencyLimit,
    /// Cancelled a moment after draining began.
    pub(super) cut_off: CancellationToken,
    /// The start of the process in seconds since 1970. Earlier if the clock was set back since.
    pub(super) started_at: Arc<AtomicU64>,
    /// The settings of reports under the configuration in force.
    pub(super) report_settings: Arc<ArcSwap<ReportSettings>>,
    /// The names of the listener's own loopback address.
    pub(super) loopback_hosts: Vec<String>,
    /// Connections to the public listener: what is configured, or fewer where descriptors are few.
    pub(super) max_connections: usize,
}

impl ProcessState {
    /// Builds the state of a process with this configuration.
    ///
    /// # Errors
    /// Those of [`dedup::build`].
    pub(super) fn build(
        config: &Config,
        keys: KeySet,
        store: StoreHandle,
        loopback_hosts: Vec<String>,
        budget: DescriptorBudget,
    ) -> anyhow::Result<Self> {
        let metrics = Arc::new(Metrics::new());
        Ok(Self {
            keys: Arc::new(ArcSwap::from_pointee(keys)),
            store,
            budgets: Keeper::new(config.counts.store.clone(), metrics.clone()),
            dedup: Arc::new(dedup::build(config, &metrics)?),
            slices: Arc::new(Slices::since(time::now().hour())),
            metrics,
            clients: Arc::new(Clients::new(config.limits.clients_remembered)),
            searches: TaskTracker::new(),
            searches_in_flight: ConcurrencyLimit::new(budget.searches),
            waiting_bytes: ConcurrencyLimit::new(config.limits.waiting_bytes),
            cut_off: CancellationToken::new(),
            started_at: Arc::new(AtomicU64::new(time::now().0)),
            report_settings: Arc::new(ArcSwap::from_pointee(report_settings(config))),
            loopback_hosts,
            max_connections: budget.connections,
        })
    }
}

/// The settings of reports under a configuration.
pub(super) fn report_settings(config: &Config) -> ReportSettings {
    ReportSettings {
        service: config.service.identity.name.clone(),
        k: config.counts.k,
        release: config.release,
        contracts: config.contracts.clone(),
        codes: config.routes.iter().map(|route| route.code.clone()).collect(),
        click_ttl: config.counts.click_ttl,
    }
}
