//! The whole program: every part built from a [`Config`], started, reloaded, drained.
//!
//! Threads: one for each worker (a current-thread runtime with its own listener), one for the ledger, one for the courier and one
//! for the memory that nodes share where there are these, and the calling one for the admin listener, signals and the clockwork.

pub mod dedup;
pub mod maintenance;
mod reload;
pub mod secrets;
pub mod store;

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context as _, anyhow, bail};
use arc_swap::ArcSwap;
use strum::VariantArray as _;
use tokio::runtime::Runtime;
use tokio::sync::watch;

use crate::app::reload::{Fixed, Reload, Signals};
use crate::app::store::{OpenedStore, StoreHandle};

use crate::admin;
use crate::admin::query::ReportSettings;
use crate::admin::reports::Reports;
use crate::admin::state::AdminState;
use crate::app::maintenance::MaintenanceTask;
use crate::concurrency_limit::ConcurrencyLimit;
use crate::config::Config;
use crate::config::limits::LimitsConfig;
use crate::counts::cells::{Age, ClickOutcome, GAP_DAYS, SearchOutcome};
use crate::counts::slices::Slices;
use crate::dedup::Dedup;
use crate::events::{self, Event};
use crate::fields::FieldRules;
use crate::forward::forwarder::Forwarder;
use crate::http_client;
use crate::http_client::body::BodyLimits;
use crate::image_proxy::cache::ImageCache;
use crate::image_proxy::fetch::{ImageClient, ImageLimits};
use crate::metrics::{Metrics, Stored};
use crate::name::UNKNOWN;
use crate::partner::Partner;
use crate::partner::client::PartnerClient;
use crate::partner::health::PartnerHealth;
use crate::privacy::fact;
use crate::privacy::input::StatementInput;
use crate::privacy::statement::PrivacyStatement;
use crate::process;
use crate::result_kind::ResultKind;
use crate::search::MAX_DRAINING_PAGES;
use crate::server::listener::{self, ListenerState};
use crate::server::public_server::{PublicServer, RequestLimits};
use crate::server::{tls, visit_stamp};
use crate::state::{AppState, ClickRules, ImageState, NameIndex, PartnerState, VisitState};
use crate::storage::writer::WriterThread;
use crate::time;
use crate::tokens::key_ring::{KeyRing, KeySet};

/// What lives as long as the process, whatever is reloaded.
struct ProcessState {
    keys: Arc<ArcSwap<KeySet>>,
    store: StoreHandle,
    memory: Arc<Dedup>,
    slices: Arc<Slices>,
    metrics: Arc<Metrics>,
    searches_in_flight: ConcurrencyLimit,
    draining_pages: ConcurrencyLimit,
    /// When the process began, in seconds since 1970.
    began: Arc<AtomicU64>,
    /// What reports show, as the configuration in force says.
    shown: Arc<ArcSwap<ReportSettings>>,
    /// Names of the listener's own loopback address, which the service answers to.
    own_hosts: Vec<String>,
}

/// Runs the proxy until SIGTERM or SIGINT. `path` is read again at SIGHUP; without one, SIGHUP changes nothing.
///
/// # Errors
/// What keeps it from starting, with the key that is to be changed; or counts that no store took at the end.
pub fn run(config: Config, path: Option<&Path>) -> anyhow::Result<()> {
    process::disable_core_dumps();
    let descriptors = process::raise_open_file_limit();
    let (address, listeners) = listener::bind(config.listen.address, config.listen.workers)
        .map_err(|error| taken("[listen] address", config.listen.address, &error))?;
    let (admin_address, admin_listeners) = listener::bind(config.admin.address, 1)
        .map_err(|error| taken("[admin] address", config.admin.address, &error))?;
    let admin_listener = admin_listeners.into_iter().next().context("a listener for [admin] address")?;
    let token = config.admin.token_file.as_deref().map(secrets::read_admin_token).transpose()?;
    let ring = KeyRing::new(&config.counts.keys, config.counts.click_ttl);
    let keys = open_ring(&config, &ring)?;
    let tls =
        config.listen.tls.as_ref().map(tls::server_config).transpose().map_err(|what| anyhow!("[listen] {what}"))?;
    // After all that a configuration can get wrong: it puts the privacy statement's version into the store.
    let OpenedStore { writer, store: kept, statement } = store::open(&config)?;
    let shared = share(&config, keys, kept, own_hosts(address))?;
    let metrics = shared.metrics.clone();
    events::install_panic_hook(move || {
        metrics.panics.inc();
    });
    let connections = connections(&config, descriptors);
    let (limits, store, fixed) = (config.limits.clone(), config.counts.store.clone(), Fixed::of(&config));
    let door = build_door(config, &shared, statement)?;
    door.state.report_partners_up();
    let listening = ListenerState {
        server: Arc::new(ArcSwap::from_pointee(door)),
        tls: tls.map(|tls| Arc::new(ArcSwap::new(tls))),
        connections: ConcurrencyLimit::new(connections),
        head_time: limits.header_time,
        idle_time: limits.idle_time,
        drain_time: limits.drain_time,
    };
    let (drain, draining) = watch::channel(false);
    let worker = |listener| worker(listener, listening.clone(), draining.clone());
    let workers = listeners.into_iter().map(worker).collect::<std::io::Result<Vec<_>>>()?;
    events::emit(&Event::Listening("public", address));
    events::emit(&Event::Listening("admin", admin_address));
    events::emit(&Event::Started(workers.len()));

    let stopping = Arc::new(AtomicBool::new(false));
    let office = AdminState {
        metrics: shared.metrics.clone(),
        writer: shared.store.ledger.clone(),
        forwarder: shared.store.courier.clone(),
        dedup: shared.memory.clone(),
        token,
        reports: Reports::new(store.clone(), ring.clone(), shared.shown.clone(), shared.metrics.clone()),
        draining: stopping.clone(),
    };
    let clockwork =
        MaintenanceTask::new(ring, shared.keys.clone(), &store, shared.metrics.clone(), shared.began.clone());
    let reload = Reload { path, listening: &listening, shared: &shared, fixed: &fixed };
    let runtime = runtime()?;
    let mut signals = runtime.block_on(async { Signals::new() })?;
    runtime.block_on(async {
        tokio::task::spawn(admin::run(admin_listener, Arc::new(office)));
        tokio::task::spawn(clockwork.run());
        signals.until_stopped(&reload).await;
    });

    stopping.store(true, Ordering::Relaxed);
    events::emit(&Event::Draining);
    // The admin listener must answer while the workers drain, so they are waited for from within.
    runtime.block_on(async {
        drain.send(true).ok();
        let ended = tokio::task::spawn_blocking(move || workers.into_iter().for_each(|worker| drop(worker.join())));
        tokio::select! {
            _ = ended => {}
            // Asked a second time: whoever is still served is cut off, and the counts are saved.
            () = signals.until_stopped(&reload) => {}
        }
    });
    let stopped = stop(writer, shared.store.courier.as_ref(), &limits);
    runtime.shutdown_timeout(LAST_BREATH);
    stopped
}

/// How long a thread that is stuck in the operating system (a name being resolved, a report being read)
/// may hold up the end.
const LAST_BREATH: Duration = Duration::from_millis(500);

/// Descriptors beside connections and requests to partners: listeners, store, keys, the admin side.
const SPARE_DESCRIPTORS: usize = 64;

/// How many connections fit, with room for the requests to partners and hosts of images that they bring about.
fn connections(config: &Config, descriptors: usize) -> usize {
    let partners =
        config.limits.searches_in_flight.min(config.limits.partner_requests_in_flight * config.partners.len());
    let images = if config.partners.iter().any(Partner::shows_images) { config.limits.images_in_flight } else { 0 };
    let fit = descriptors.saturating_sub(SPARE_DESCRIPTORS + partners + images).max(descriptors / 4);
    if fit < config.limits.connections {
        events::emit(&Event::ConnectionsBounded(fit));
    }
    fit.min(config.limits.connections)
}

fn taken(key: &str, address: SocketAddr, error: &std::io::Error) -> anyhow::Error {
    let remedy =
        if error.kind() == std::io::ErrorKind::AddrInUse { "stop what uses it, or set another" } else { "set another" };
    anyhow!("{key}: {address} cannot be bound ({error}); {remedy} {key} in the configuration")
}

fn make_folder(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    folder.map_or(Ok(()), |folder| std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder))
}

fn open_ring(config: &Config, ring: &KeyRing) -> anyhow::Result<KeySet> {
    let path = &config.counts.keys;
    let key = || format!("[counts] keys: {}", path.display());
    make_folder(path).with_context(key)?;
    ring.rotate(time::now()).map_err(|error| anyhow!("{}: {error}", key()))
}

/// What the privacy statement says under a configuration, as the store keeps it.
fn statement(config: &Config) -> String {
    let Config { languages, personal_data, counts, routes, partners, keyword_groups, .. } = config;
    let (personal_data, click_ttl, k) = (*personal_data, counts.click_ttl, counts.k);
    fact::encode(&StatementInput { partners, routes, languages, personal_data, click_ttl, k, keyword_groups }.facts())
}

fn share(config: &Config, keys: KeySet, store: StoreHandle, own_hosts: Vec<String>) -> anyhow::Result<ProcessState> {
    let (limits, metrics) = (&config.limits, Arc::new(Metrics::new()));
    Ok(ProcessState {
        keys: Arc::new(ArcSwap::from_pointee(keys)),
        store,
        memory: Arc::new(dedup::build(config, &metrics)?),
        slices: Arc::default(),
        metrics,
        searches_in_flight: ConcurrencyLimit::new(limits.searches_in_flight),
        draining_pages: ConcurrencyLimit::new(MAX_DRAINING_PAGES),
        began: Arc::new(AtomicU64::new(time::now().0)),
        shown: Arc::new(ArcSwap::from_pointee(shown(config))),
        own_hosts,
    })
}

/// What reports show.
fn shown(config: &Config) -> ReportSettings {
    ReportSettings { k: config.counts.k, release: config.release, contracts: config.contracts.clone() }
}

/// Every series of the business counters that this configuration can bring about, at zero.
fn zero_business_counters(config: &Config, metrics: &Metrics) {
    let zero = |stored, labels: &[&str]| {
        let labels: Vec<String> = labels.iter().map(|label| (*label).to_owned()).collect();
        metrics.publish(stored, &labels, 0);
    };
    for route in &config.routes {
        let code = route.code.as_str();
        for partner in route.choices.iter().filter_map(|choice| config.partners.get(choice.partner)) {
            let partner = partner.name.as_str();
            for outcome in SearchOutcome::VARIANTS {
                zero(Stored::Searches, &[partner, code, outcome.as_str()]);
            }
            let clicks = ResultKind::VARIANTS
                .iter()
                .flat_map(|kind| ClickOutcome::VARIANTS.iter().map(move |outcome| (kind, outcome)));
            for (kind, outcome) in clicks {
                zero(Stored::Clicks, &[partner, code, kind.as_str(), outcome.as_str()]);
            }
        }
        for gap in 0..=GAP_DAYS {
            zero(Stored::Active, &[code, &gap.to_string()]);
        }
        for age in Age::VARIANTS {
            zero(Stored::Retention, &[&age.days().to_string(), code]);
        }
        zero(Stored::ActiveById, &[code]);
    }
    zero(Stored::Clicks, &[UNKNOWN, UNKNOWN, UNKNOWN, ClickOutcome::Forged.as_str()]);
}

/// Every name that a listener of this configuration answers to.
#[must_use]
pub fn hosts(config: &Config) -> Vec<String> {
    [public_hosts(config), own_hosts(config.listen.address)].concat()
}

/// The names of a loopback address.
fn own_hosts(bound: SocketAddr) -> Vec<String> {
    let names = [bound.to_string(), format!("localhost:{}", bound.port())];
    if bound.ip().is_loopback() { names.to_vec() } else { Vec::new() }
}

/// The names of the public URL, with its port said and unsaid.
fn public_hosts(config: &Config) -> Vec<String> {
    let url = &config.listen.public_url;
    let said = url.host_str().zip(url.port_or_known_default()).map(|(host, port)| format!("{host}:{port}"));
    std::iter::once(url.authority().to_owned()).chain(said).collect()
}

fn build_door(config: Config, shared: &ProcessState, statement: PrivacyStatement) -> anyhow::Result<PublicServer> {
    zero_business_counters(&config, &shared.metrics);
    let hosts = [public_hosts(&config), shared.own_hosts.clone()].concat();
    let Config { languages, codes, personal_data, keyword_groups, listen, counts, limits, routes, partners, .. } =
        config;
    let partner_state = |partner: Partner| PartnerState {
        in_flight: ConcurrencyLimit::new(limits.partner_requests_in_flight),
        health: PartnerHealth::default(),
        metrics: shared.metrics.partner(&partner.name),
        partner,
    };
    let partners: Vec<PartnerState> = partners.into_iter().map(partner_state).collect();
    let tls = http_client::tls().map_err(|what| anyhow!("TLS to partners: {what}"))?;
    let bounds =
        BodyLimits { wire_bytes: limits.partner_response_bytes, decompressed_bytes: limits.partner_decompressed_bytes };
    let parts = AppState {
        images: images(&tls, &limits)?,
        names: NameIndex::new(
            partners.iter().map(|state| &state.partner.name),
            routes.iter().map(|route| &route.code),
            keyword_groups.iter(),
        ),
        partners,
        routes,
        partner_client: PartnerClient::new(tls, bounds).map_err(|what| anyhow!("connections to partners: {what}"))?,
        keys: shared.keys.clone(),
        writer: shared.store.ledger.clone(),
        slices: shared.slices.clone(),
        k: counts.k,
        dedup: shared.memory.clone(),
        clicks: ClickRules {
            ttl: counts.click_ttl,
            commit_timeout: counts.click_wait,
            after_restart: counts.after_restart,
            started_at: shared.began.clone(),
        },
        visits: VisitState { host: listen.public_url.host_str().unwrap_or_default().to_owned() },
        metrics: shared.metrics.clone(),
        searches_in_flight: shared.searches_in_flight.with_limit(limits.searches_in_flight),
        draining_pages: shared.draining_pages.clone(),
    };
    Ok(PublicServer {
        state: Arc::new(parts),
        field_rules: FieldRules { languages, codes, personal_data, groups: keyword_groups },
        hosts,
        origins: listen.origins,
        stamp_cookie: visit_stamp::cookie_name(&listen.public_url),
        limits: bounds_of(&limits),
        public_url: listen.public_url.as_str().trim_end_matches('/').to_owned(),
        statement,
    })
}

fn images(tls: &rustls::ClientConfig, limits: &LimitsConfig) -> anyhow::Result<ImageState> {
    let lookups = limits.images_in_flight;
    let bounds = ImageLimits { bytes: limits.image_bytes, timeout: limits.image_time, lookups };
    Ok(ImageState {
        client: ImageClient::new(tls, bounds).map_err(|what| anyhow!("connections to hosts of images: {what}"))?,
        cache: ImageCache::new(limits.image_cache_bytes),
        in_flight: ConcurrencyLimit::new(limits.images_in_flight),
    })
}

/// The bounds on one request.
#[must_use]
pub fn bounds_of(limits: &LimitsConfig) -> RequestLimits {
    RequestLimits {
        uri: limits.uri_bytes,
        header_bytes: limits.header_bytes,
        header_count: limits.header_count,
        body: limits.body_bytes,
        body_time: limits.body_time,
    }
}

fn runtime() -> std::io::Result<Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()
}

fn worker(
    listener: TcpListener,
    listening: ListenerState,
    drain: watch::Receiver<bool>,
) -> std::io::Result<JoinHandle<()>> {
    let runtime = runtime()?;
    std::thread::Builder::new().name("worker".into()).spawn(move || {
        drop(runtime.block_on(listener::run(listener, listening, drain)));
        runtime.shutdown_timeout(LAST_BREATH);
    })
}

fn stop(writer: WriterThread, courier: Option<&Forwarder>, limits: &LimitsConfig) -> anyhow::Result<()> {
    let unsaved = writer.close(limits.drain_time);
    if let Some(courier) = courier {
        courier.close(limits.drain_time);
    }
    if unsaved > 0 {
        events::emit(&Event::CountsUnsaved(unsaved));
        bail!("{unsaved} counts could not be saved: the store did not take them within drain_time");
    }
    events::emit(&Event::Stopped);
    Ok(())
}
