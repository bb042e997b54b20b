//! The running program: builds every part from a [`Config`], serves, reloads and drains.
//!
//! Threads: one per worker, each with a single-threaded runtime and its own listener (`workers`); one for the writer; one
//! for the forwarder and one for shared deduplication, if they are configured. The calling thread runs the admin listener,
//! signals, reloads and [`maintenance`]. `sandbox` restricts the process before any of them starts, `supervisor` ends it if one of them fails, `stalls` watches their progress.
//! `sockets` takes over listening sockets that were passed to the process, and `restart` passes them on.

mod counters;
pub mod dedup;
mod descriptors;
pub mod folders;
mod lifetime;
pub mod maintenance;
mod passed_sockets;
mod process_state;
mod reload;
mod restart;
pub mod sandbox;
pub mod secrets;
pub mod server;
mod service_manager;
mod signals;
mod sockets;
mod stalls;
pub mod statement;
pub mod store;
mod supervisor;
mod workers;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use anyhow::anyhow;
use arc_swap::ArcSwap;
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;
use zeroize::Zeroizing;

use crate::admin::WrongTokens;
use crate::admin::connections::AdminConnections;
use crate::admin::listener as admin_listener;
use crate::admin::metrics_snapshot::MetricsSnapshot;
use crate::admin::reports::Reports;
use crate::admin::state::AdminState;
use crate::app::lifetime::Lifetime;
use crate::app::maintenance::MaintenanceTask;
use crate::app::process_state::ProcessState;
use crate::app::reload::{FixedKeys, Reloader};
use crate::app::sandbox::Sandbox;
use crate::app::signals::Signals;
use crate::app::sockets::Sockets;
use crate::app::stalls::StallWatch;
use crate::app::store::OpenedStore;
use crate::app::supervisor::Supervisor;
use crate::app::workers::Workers;
use crate::clients::open_connections::OpenConnections;
use crate::config::Config;
use crate::events::{self, Event};
use crate::process;
use crate::server::listener_state::ListenerState;
use crate::server::tls;
use crate::time;
use crate::tokens::key_ring::KeyRing;

pub use crate::app::signals::MainRuntime;

/// How long a process waits for a store that another one uses, which may just be ending.
const STORE_PATIENCE: Duration = Duration::from_secs(5);
/// Pause between two attempts to open a store that another process uses.
const STORE_PAUSE: Duration = Duration::from_millis(20);

/// Runs the proxy until SIGTERM or SIGINT. SIGHUP reloads the file at `path`; without one it changes nothing. SIGUSR2 executes the
/// program file again. The caller has installed the handlers of signals, and restricted the process.
///
/// # Errors
/// The proxy cannot start (the message names the key to change), one of its threads or tasks failed, or the last counts
/// could not be saved.
pub fn run(main: MainRuntime, config: Config, path: Option<&Path>, sandbox: &Sandbox) -> anyhow::Result<()> {
    let MainRuntime { runtime, mut signals } = main;
    let open_files = process::raise_open_file_limit();
    let sockets = Sockets::open(&config)?;
    let token = config.admin.token_file.as_deref().map(secrets::read_admin_token).transpose()?;
    let ring = KeyRing::new(&config.counts.keys, config.counts.click_ttl);
    let keys = store::open_key_ring(&config, &ring)?;
    let tls = config.listen.tls.as_ref().map(tls::server_config).transpose();
    let tls = tls.map_err(|error| anyhow!("[listen] {error}"))?;
    // After everything that an invalid configuration can fail at, because this writes the version of the privacy statement
    // to the store.
    let Some(OpenedStore { writer, store, statement }) =
        open_store(&config, sockets.are_passed, &runtime, &mut signals)?
    else {
        return Ok(());
    };
    let budget = descriptors::descriptor_budget(&config, open_files);
    let admin_settings =
        AdminSettings { connections: budget.admin_connections, metrics_interval: config.admin.metrics_interval };
    let process = ProcessState::build(&config, keys, store, sockets.addresses.loopback_hosts(), budget)?;
    report_panics(&process);
    let (limits, location, fixed) = (config.limits.clone(), config.counts.store.clone(), FixedKeys::of(&config));
    let proxy_protocol = config.listen.proxy_protocol;
    if config.listen.hides_clients() {
        events::emit(&Event::ProxyUntrusted("configuration"));
    }
    if !config.warnings.is_empty() {
        events::emit(&Event::CodesIdentify(config.warnings.len()));
    }
    let public_server = server::build(config, &process, &[], statement)?;
    public_server.state.report_partners();
    let listener = ListenerState {
        server: Arc::new(ArcSwap::from_pointee(public_server)),
        tls: tls.map(|tls| Arc::new(ArcSwap::new(tls))),
        connections: OpenConnections::new(budget.connections),
        proxy_protocol,
        head_time: limits.header_time,
        idle_time: limits.idle_time,
        answer_bytes_per_second: limits.answer_bytes_per_second,
        drain_time: limits.drain_time,
    };
    let drain = CancellationToken::new();
    let (supervisor, mut stalls) = (Supervisor::new(drain.clone()), StallWatch::new());
    let Sockets { public, admin, addresses, copies, .. } = sockets;
    let workers = Workers::start(public, &listener, &supervisor, &mut stalls, &drain)?;
    let draining = Arc::new(AtomicBool::new(false));
    let reports =
        Reports::new(location.clone(), ring.clone(), process.report_settings.clone(), process.metrics.clone());
    let admin_state = admin_state(&process, token, admin_settings, reports, draining.clone());
    let maintenance = MaintenanceTask::new(ring, &location, &process, listener.server.clone());
    let pulse = stalls.pulse("main");
    stalls.start(process.metrics.clone(), supervisor.reporter("stalls"))?;
    runtime.block_on(async {
        tokio::task::spawn(pulse.run());
        supervisor.spawn("admin", admin_listener::run(admin, Arc::new(admin_state)));
        supervisor.spawn("maintenance", maintenance.run());
    });
    addresses.report();
    events::emit(&Event::Started(workers.count()));
    service_manager::ready();

    let reloader = Reloader { path, listener: &listener, process: &process, fixed: &fixed, sandbox };
    let lifetime = Lifetime { runtime, signals, supervisor, workers, drain, draining, copies };
    lifetime.run(&reloader, writer, &limits)
}

/// Opens the store. While another process uses it, its end is waited for: if the sockets were passed, this is its successor, and clients
/// wait in their queue while it drains. Returns `None` if this process is told to stop before that.
fn open_store(
    config: &Config,
    is_successor: bool,
    runtime: &Runtime,
    signals: &mut Signals,
) -> anyhow::Result<Option<OpenedStore>> {
    // A drain takes `drain_time` at most, and saving the last counts as long again.
    let drain = if is_successor { config.limits.drain_time * 2 } else { Duration::ZERO };
    let deadline = time::instant() + STORE_PATIENCE + drain;
    let mut is_reported = false;
    loop {
        match store::open(config) {
            Ok(opened) => return Ok(Some(opened)),
            Err(error) if !store::is_in_use(&error) || time::instant() >= deadline => return Err(error),
            Err(_) => {}
        }
        if !is_reported {
            is_reported = true;
            events::emit(&Event::StoreAwaited);
        }
        let pause = async { tokio::time::timeout(STORE_PAUSE, signals.stop()).await };
        if runtime.block_on(pause).is_ok() {
            return Ok(None);
        }
    }
}

/// Settings of the admin listener.
#[derive(Clone, Copy)]
struct AdminSettings {
    connections: usize,
    metrics_interval: Duration,
}

fn admin_state(
    process: &ProcessState,
    token: Option<Zeroizing<String>>,
    settings: AdminSettings,
    reports: Reports,
    draining: Arc<AtomicBool>,
) -> AdminState {
    AdminState {
        metrics: process.metrics.clone(),
        snapshot: MetricsSnapshot::new(settings.metrics_interval),
        writer: process.store.writer.clone(),
        forwarder: process.store.forwarder.clone(),
        dedup: process.dedup.clone(),
        token,
        wrong_tokens: WrongTokens::default(),
        connections: AdminConnections::new(settings.connections),
        reports,
        draining,
        started: time::instant(),
    }
}

/// Reports and counts panics.
fn report_panics(process: &ProcessState) {
    let panics = process.metrics.panics.clone();
    events::install_panic_hook(move || {
        panics.inc();
    });
}
