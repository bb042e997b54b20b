//! The running program: builds every part from a [`Config`], serves, reloads and drains.
//!
//! Threads: one per worker, each with a single-threaded runtime and its own listener (`workers`); one for the writer; one
//! for the forwarder and one for shared deduplication, if they are configured. The calling thread runs the admin listener,
//! signals, reloads and [`maintenance`]. `supervisor` ends the process if one of them fails.

mod counters;
pub mod dedup;
pub mod folders;
pub mod maintenance;
mod process_state;
mod reload;
pub mod secrets;
pub mod server;
mod signals;
mod sockets;
pub mod statement;
pub mod store;
mod supervisor;
mod workers;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{anyhow, bail};
use arc_swap::ArcSwap;
use tokio_util::sync::CancellationToken;
use zeroize::Zeroizing;

use crate::admin;
use crate::admin::reports::Reports;
use crate::admin::state::AdminState;
use crate::app::maintenance::MaintenanceTask;
use crate::app::process_state::ProcessState;
use crate::app::reload::{FixedKeys, Reloader};
use crate::app::signals::{SignalRequest, Signals};
use crate::app::sockets::Sockets;
use crate::app::store::{OpenedStore, StoreHandle};
use crate::app::supervisor::{StopReason, Supervisor};
use crate::app::workers::{SHUTDOWN_TIMEOUT, Workers};
use crate::clients::open_connections::OpenConnections;
use crate::config::Config;
use crate::config::limits::LimitsConfig;
use crate::events::{self, Event};
use crate::process;
use crate::server::listener_state::ListenerState;
use crate::server::tls;
use crate::storage::writer::WriterThread;
use crate::tokens::key_ring::KeyRing;

/// Runs the proxy until SIGTERM or SIGINT. SIGHUP reloads the file at `path`; without one it changes nothing.
///
/// # Errors
/// The proxy cannot start (the message names the key to change), one of its threads or tasks failed, or the last counts
/// could not be saved.
pub fn run(config: Config, path: Option<&Path>) -> anyhow::Result<()> {
    process::disable_core_dumps();
    let open_files = process::raise_open_file_limit();
    let sockets = Sockets::bind(&config)?;
    let token = config.admin.token_file.as_deref().map(secrets::read_admin_token).transpose()?;
    let ring = KeyRing::new(&config.counts.keys, config.counts.click_ttl);
    let keys = store::open_key_ring(&config, &ring)?;
    let tls = config.listen.tls.as_ref().map(tls::server_config).transpose();
    let tls = tls.map_err(|error| anyhow!("[listen] {error}"))?;
    // After everything that an invalid configuration can fail at, because this writes the version of the privacy statement
    // to the store.
    let OpenedStore { writer, store, statement } = store::open(&config)?;
    let process = ProcessState::build(&config, keys, store, server::loopback_hosts(sockets.public_address))?;
    report_panics(&process);
    let (limits, location, fixed) = (config.limits.clone(), config.counts.store.clone(), FixedKeys::of(&config));
    let connections = sockets::max_connections(&config, open_files);
    let proxy_protocol = config.listen.proxy_protocol;
    if config.listen.hides_clients() {
        events::emit(&Event::ProxyUntrusted("configuration"));
    }
    let public_server = server::build(config, &process, &[], statement)?;
    public_server.state.report_partners();
    let listener = ListenerState {
        server: Arc::new(ArcSwap::from_pointee(public_server)),
        tls: tls.map(|tls| Arc::new(ArcSwap::new(tls))),
        connections: OpenConnections::new(connections),
        proxy_protocol,
        head_time: limits.header_time,
        idle_time: limits.idle_time,
        drain_time: limits.drain_time,
    };
    let runtime = workers::runtime()?;
    // Before the process reports that it listens: a signal without a handler would kill it.
    let mut signals = runtime.block_on(async { Signals::new() })?;
    let drain = CancellationToken::new();
    let mut supervisor = Supervisor::new(drain.clone());
    let workers = Workers::start(sockets.public, &listener, &supervisor, &drain)?;
    events::emit(&Event::Listening("public", sockets.public_address));
    events::emit(&Event::Listening("admin", sockets.admin_address));
    events::emit(&Event::Started(workers.count()));

    let draining = Arc::new(AtomicBool::new(false));
    let reports =
        Reports::new(location.clone(), ring.clone(), process.report_settings.clone(), process.metrics.clone());
    let admin_state = admin_state(&process, token, reports, draining.clone());
    let maintenance = MaintenanceTask::new(ring, &location, &process);
    let reloader = Reloader { path, listener: &listener, process: &process, fixed: &fixed };
    let reason = runtime.block_on(async {
        supervisor.spawn("admin", admin::run(sockets.admin, Arc::new(admin_state)));
        supervisor.spawn("maintenance", maintenance.run());
        tokio::select! {
            () = reload_until_stopped(&mut signals, &reloader) => StopReason::Signal,
            task = supervisor.wait_for_failure(&writer, &process.store) => StopReason::TaskFailed(task),
        }
    });

    if let StopReason::TaskFailed(task) = reason {
        events::emit(&Event::TaskFailed(task));
    }
    draining.store(true, Ordering::Relaxed);
    events::emit(&Event::Draining);
    // Within the runtime, because the admin listener answers while the workers drain.
    runtime.block_on(async {
        drain.cancel();
        tokio::select! {
            () = workers.join() => {}
            // A second signal aborts the remaining requests. The counts are still saved.
            () = reload_until_stopped(&mut signals, &reloader) => {}
        }
    });
    let saved = save_counts(writer, &process.store, &limits);
    runtime.shutdown_timeout(SHUTDOWN_TIMEOUT);
    saved?;
    match reason {
        StopReason::Signal => Ok(()),
        StopReason::TaskFailed(task) => bail!("stopped because the {task} ended unexpectedly; this is a bug"),
    }
}

fn admin_state(
    process: &ProcessState,
    token: Option<Zeroizing<String>>,
    reports: Reports,
    draining: Arc<AtomicBool>,
) -> AdminState {
    AdminState {
        metrics: process.metrics.clone(),
        writer: process.store.writer.clone(),
        forwarder: process.store.forwarder.clone(),
        dedup: process.dedup.clone(),
        token,
        reports,
        draining,
    }
}

/// Reports and counts panics.
fn report_panics(process: &ProcessState) {
    let panics = process.metrics.panics.clone();
    events::install_panic_hook(move || {
        panics.inc();
    });
}

/// Waits for the signal to stop, and reloads at each SIGHUP.
async fn reload_until_stopped(signals: &mut Signals, reloader: &Reloader<'_>) {
    while signals.next().await == SignalRequest::Reload {
        reloader.reload().await;
    }
}

/// Commits and delivers the last counts, each within `drain_time`.
fn save_counts(writer: WriterThread, store: &StoreHandle, limits: &LimitsConfig) -> anyhow::Result<()> {
    let unsaved = writer.close(limits.drain_time);
    if let Some(forwarder) = &store.forwarder {
        forwarder.close(limits.drain_time);
    }
    if unsaved > 0 {
        events::emit(&Event::CountsUnsaved(unsaved));
        bail!("{unsaved} counts could not be saved: the store did not accept them within drain_time");
    }
    events::emit(&Event::Stopped);
    Ok(())
}
