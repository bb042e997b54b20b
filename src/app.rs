//! The whole program: every part built from a [`Config`], started, reloaded, drained.
//!
//! Threads: one for each worker (a current-thread runtime with its own listener and its own connections to
//! partners), one for the ledger, and the calling one for the admin listener, signals and the clockwork.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use anyhow::{Context as _, anyhow, bail};
use arc_swap::ArcSwap;
use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use zeroize::Zeroizing;

use crate::admin::{self, Office};
use crate::clockwork::Clockwork;
use crate::config::service::Limits;
use crate::config::{Config, ConfigError};
use crate::counts::cells::{ClickOutcome, SearchOutcome};
use crate::counts::ledger::{Ledger, Writer};
use crate::counts::once::Once;
use crate::counts::sqlite::Sqlite;
use crate::door::listen::{self, Listening};
use crate::door::{Bounds, Door, Rules, pages, tls};
use crate::events::{self, Event};
use crate::kind::Kind;
use crate::metrics::{Labels, Metrics};
use crate::names::{Name, UNKNOWN};
use crate::partner::client::{self, Client};
use crate::parts::{ClickRules, Desk, Health, Limit, Parts};
use crate::seal::ring::{Keys, Ring};
use crate::world;

/// What lives as long as the process, whatever is reloaded.
struct Shared {
    keys: Arc<ArcSwap<Keys>>,
    ledger: Ledger,
    once: Arc<Once>,
    metrics: Arc<Metrics>,
    began: world::Time,
}

/// Runs the proxy until SIGTERM or SIGINT. `path` is read again at SIGHUP; without one, SIGHUP changes nothing.
///
/// # Errors
/// What keeps it from starting, with the key that is to be changed; or counts that no store took at the end.
pub fn run(config: Config, path: Option<&Path>) -> anyhow::Result<()> {
    let (address, listeners) = listen::bind(config.listen.address, config.listen.workers)
        .with_context(|| taken("[listen] address", config.listen.address))?;
    let (admin_address, admin_listeners) =
        listen::bind(config.admin.address, 1).with_context(|| taken("[admin] address", config.admin.address))?;
    let admin_listener = admin_listeners.into_iter().next().context("a listener for [admin] address")?;
    let token = config.admin.token_file.as_deref().map(read_token).transpose()?;
    let ring = Ring::new(&config.counts.keys, config.counts.click_ttl);
    let keys = open_ring(&config, &ring)?;
    let (ledger, writer) = open_store(&config)?;
    let shared = share(&config, keys, ledger);
    {
        let metrics = shared.metrics.clone();
        events::hook_panics(move || {
            metrics.panics.inc();
        });
    }
    let tls = config.listen.tls.as_ref().map(tls::server).transpose().map_err(|what| anyhow!("[listen] {what}"))?;
    let tls = tls.map(|tls| Arc::new(ArcSwap::new(tls)));
    let start = Start { limits: config.limits.clone(), store: config.counts.store.clone(), ring };
    let fixed = Fixed::of(&config);
    let hosts = hosts(&config, address);
    let doors: Vec<_> =
        build_doors(config, &shared, &hosts)?.into_iter().map(|door| Arc::new(ArcSwap::from_pointee(door))).collect();

    let (drain, draining) = watch::channel(false);
    let connections = Limit::new(start.limits.connections);
    let mut workers = Vec::new();
    for (door, listener) in doors.iter().zip(listeners) {
        let listening = Listening {
            door: door.clone(),
            tls: tls.clone(),
            connections: connections.clone(),
            head_time: start.limits.header_time,
            idle_time: start.limits.idle_time,
            drain_time: start.limits.drain_time,
        };
        workers.push(worker(listener, listening, draining.clone())?);
    }
    events::emit(&Event::Listening("public", address));
    events::emit(&Event::Listening("admin", admin_address));
    events::emit(&Event::Started(workers.len()));

    let stopping = Arc::new(AtomicBool::new(false));
    let office = Office {
        metrics: shared.metrics.clone(),
        ledger: shared.ledger.clone(),
        once: shared.once.clone(),
        token,
        draining: stopping.clone(),
    };
    let reload = Reload { path, doors: &doors, tls: tls.as_ref(), shared: &shared, hosts: &hosts, fixed: &fixed };
    let clockwork = Clockwork::new(start.ring, shared.keys.clone(), &start.store, shared.metrics.clone());
    let runtime = runtime()?;
    runtime.block_on(async {
        tokio::task::spawn(admin::run(admin_listener, Arc::new(office)));
        tokio::task::spawn(clockwork.run());
        until_stopped(&reload).await
    })?;

    stopping.store(true, Ordering::Relaxed);
    events::emit(&Event::Draining);
    // The admin listener must answer while the workers drain, so they are waited for from within.
    runtime.block_on(async {
        drain.send(true).ok();
        let ended = tokio::task::spawn_blocking(move || workers.into_iter().for_each(|worker| drop(worker.join())));
        ended.await
    })?;
    stop(writer, &start.limits)
}

/// What the start needs once the configuration is used up.
struct Start {
    limits: Limits,
    store: PathBuf,
    ring: Ring,
}

fn taken(key: &str, address: std::net::SocketAddr) -> String {
    format!("{key}: {address} cannot be bound; stop what uses it, or set another {key} in the configuration")
}

fn read_token(path: &Path) -> anyhow::Result<Zeroizing<String>> {
    let text = std::fs::read_to_string(path).with_context(|| format!("[admin] token_file: {}", path.display()))?;
    let token = Zeroizing::new(text.trim().to_owned());
    if token.is_empty() {
        bail!("[admin] token_file: {} is empty; put a long random text into it", path.display());
    }
    Ok(token)
}

fn make_folder(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    folder.map_or(Ok(()), |folder| std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder))
}

fn open_ring(config: &Config, ring: &Ring) -> anyhow::Result<Keys> {
    let path = &config.counts.keys;
    let key = || format!("[counts] keys: {}", path.display());
    make_folder(path).with_context(key)?;
    ring.advance(world::now().day()).map_err(|error| anyhow!("{}: {error}", key()))
}

fn open_store(config: &Config) -> anyhow::Result<(Ledger, Writer)> {
    let path = &config.counts.store;
    let key = || format!("[counts] store: {}", path.display());
    make_folder(path).with_context(key)?;
    let store = Sqlite::open(path, &config.counts.node).map_err(|error| anyhow!("{}: {error}", key()))?;
    Ledger::start(store).map_err(|error| anyhow!("{}: {error}", key()))
}

fn share(config: &Config, keys: Keys, ledger: Ledger) -> Shared {
    let began = world::now();
    let partners: Vec<Name> = config.partners.iter().map(|partner| partner.name.clone()).collect();
    let metrics = Arc::new(Metrics::new(&partners));
    zero_business_counters(config, &metrics);
    Shared {
        keys: Arc::new(ArcSwap::from_pointee(keys)),
        ledger,
        once: Arc::new(Once::new(config.counts.click_ttl, config.limits.tokens_remembered, began)),
        metrics,
        began,
    }
}

/// Every series of the business counters that this configuration can bring about, at zero.
fn zero_business_counters(config: &Config, metrics: &Metrics) {
    let label = |name, value: &str| (name, value.to_owned());
    for route in &config.routes {
        for choice in &route.choices {
            let Some(partner) = config.partners.get(choice.partner) else { continue };
            let pair = [label("partner", partner.name.as_str()), label("code", route.code.as_str())];
            for outcome in SearchOutcome::ALL {
                let outcome = [label("outcome", outcome.as_str())];
                metrics.publish_searches(&Labels([&pair[..], &outcome].concat()), 0);
            }
            for (kind, outcome) in
                Kind::ALL.into_iter().flat_map(|kind| ClickOutcome::ALL.map(|outcome| (kind, outcome)))
            {
                let rest = [label("kind", kind.as_str()), label("outcome", outcome.as_str())];
                metrics.publish_clicks(&Labels([&pair[..], &rest].concat()), 0);
            }
        }
    }
    let forged =
        [("partner", UNKNOWN), ("code", UNKNOWN), ("kind", UNKNOWN), ("outcome", ClickOutcome::Forged.as_str())];
    metrics.publish_clicks(&Labels(forged.map(|(name, value)| label(name, value)).to_vec()), 0);
}

/// Names that this service answers to: its public one, and on loopback those of the bound address.
fn hosts(config: &Config, bound: std::net::SocketAddr) -> Vec<String> {
    let url = &config.listen.public_url;
    let mut hosts = vec![url.authority().to_owned()];
    if let (Some(host), Some(port)) = (url.host_str(), url.port_or_known_default()) {
        hosts.push(format!("{host}:{port}"));
    }
    if bound.ip().is_loopback() {
        hosts.extend([bound.to_string(), format!("localhost:{}", bound.port())]);
    }
    hosts
}

fn build_doors(config: Config, shared: &Shared, hosts: &[String]) -> anyhow::Result<Vec<Door>> {
    let limits = &config.limits;
    let rules = Rules { languages: config.languages, codes: config.codes, personal_data: config.personal_data };
    let desk = |partner: crate::partner::Partner| Desk {
        fingerprint: partner.name.fingerprint(),
        partner,
        in_flight: Limit::new(limits.partner_requests_in_flight),
        health: Health::default(),
    };
    let desks: Arc<[Desk]> = config.partners.into_iter().map(desk).collect();
    let routes: Arc<[_]> = config.routes.into();
    let partners: Vec<_> = desks.iter().map(|desk| &desk.partner).collect();
    let privacy = pages::privacy(&partners);
    let searches_in_flight = Limit::new(limits.searches_in_flight);
    let tls = client::tls().map_err(|what| anyhow!("TLS to partners: {what}"))?;
    let bounds =
        client::Bounds { response: limits.partner_response_bytes, decompressed: limits.partner_decompressed_bytes };
    let door = |_| {
        let parts = Parts {
            desks: desks.clone(),
            routes: routes.clone(),
            client: Client::new(tls.clone(), bounds).map_err(|what| anyhow!("connections to partners: {what}"))?,
            keys: shared.keys.clone(),
            ledger: shared.ledger.clone(),
            once: shared.once.clone(),
            clicks: ClickRules {
                lifetime: config.counts.click_ttl,
                wait: config.counts.click_wait,
                after_restart: config.counts.after_restart,
                began: shared.began,
            },
            metrics: shared.metrics.clone(),
            searches_in_flight: searches_in_flight.clone(),
        };
        Ok(Door {
            parts: Arc::new(parts),
            rules: rules.clone(),
            hosts: hosts.to_vec(),
            origins: config.listen.origins.clone(),
            bounds: Bounds {
                uri: limits.uri_bytes,
                header_bytes: limits.header_bytes,
                header_count: limits.header_count,
                body: limits.body_bytes,
                body_time: limits.body_time,
            },
            privacy: privacy.clone(),
        })
    };
    (0..config.listen.workers).map(door).collect()
}

fn runtime() -> std::io::Result<Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()
}

fn worker(
    listener: TcpListener,
    listening: Listening,
    drain: watch::Receiver<bool>,
) -> std::io::Result<JoinHandle<()>> {
    let runtime = runtime()?;
    std::thread::Builder::new().name("worker".into()).spawn(move || {
        drop(runtime.block_on(listen::run(listener, listening, drain)));
    })
}

/// What a reload may not change: it would need another socket, store or memory.
#[derive(PartialEq, Eq)]
struct Fixed(String);

impl Fixed {
    fn of(config: &Config) -> Self {
        let Config { listen, admin, counts, limits, .. } = config;
        let Limits { connections, header_time, idle_time, tokens_remembered, drain_time, .. } = limits;
        Self(format!(
            "{} {} {} {admin:?} {counts:?} {connections} {header_time:?} {idle_time:?} {tokens_remembered} {drain_time:?}",
            listen.address,
            listen.workers,
            listen.tls.is_some()
        ))
    }
}

struct Reload<'a> {
    path: Option<&'a Path>,
    doors: &'a [Arc<ArcSwap<Door>>],
    tls: Option<&'a Arc<ArcSwap<rustls::ServerConfig>>>,
    shared: &'a Shared,
    hosts: &'a [String],
    fixed: &'a Fixed,
}

impl Reload<'_> {
    /// All or nothing: everything new is built before anything is put in force.
    fn reload(&self) {
        match self.build() {
            Ok((doors, tls)) => {
                if let (Some(current), Some(fresh)) = (self.tls, tls) {
                    current.store(fresh);
                }
                for (current, fresh) in self.doors.iter().zip(doors) {
                    current.store(Arc::new(fresh));
                }
                events::emit(&Event::Reloaded);
            }
            Err(mistakes) => events::emit(&Event::ReloadRefused(mistakes)),
        }
    }

    /// The number of mistakes where there are any; `qsproxy check` tells them.
    fn build(&self) -> Result<(Vec<Door>, Option<Arc<rustls::ServerConfig>>), usize> {
        let config = Config::load(self.path.ok_or(1_usize)?).map_err(|error| match error {
            ConfigError::Unreadable(..) => 1,
            ConfigError::Mistakes(_, mistakes) => mistakes.len(),
        })?;
        if Fixed::of(&config) != *self.fixed {
            return Err(1);
        }
        let tls = config.listen.tls.as_ref().map(tls::server).transpose().map_err(|_| 1_usize)?;
        let address = self.hosts.get(2..).unwrap_or_default();
        let mut hosts = hosts(&config, config.listen.address);
        hosts.extend_from_slice(address);
        Ok((build_doors(config, self.shared, &hosts).map_err(|_| 1_usize)?, tls))
    }
}

/// Waits for the signal to stop, reloading at each SIGHUP.
async fn until_stopped(reload: &Reload<'_>) -> std::io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut hangup = signal(SignalKind::hangup())?;
    loop {
        tokio::select! {
            _ = terminate.recv() => return Ok(()),
            _ = interrupt.recv() => return Ok(()),
            _ = hangup.recv() => reload.reload(),
        }
    }
}

fn stop(writer: Writer, limits: &Limits) -> anyhow::Result<()> {
    let unsaved = writer.close(limits.drain_time);
    if unsaved > 0 {
        events::emit(&Event::CountsUnsaved(unsaved));
        bail!("{unsaved} counts could not be saved: the store did not take them within drain_time");
    }
    events::emit(&Event::Stopped);
    Ok(())
}
