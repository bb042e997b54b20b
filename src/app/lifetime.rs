//! From the start of serving to its end: signals, reloads, the drain, and what follows it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::bail;
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

use crate::app::passed_sockets::PassedSocket;
use crate::app::reload::Reloader;
use crate::app::restart;
use crate::app::service_manager;
use crate::app::signals::{SignalRequest, Signals};
use crate::app::store::StoreHandle;
use crate::app::supervisor::{StopReason, Supervisor};
use crate::app::workers::{SHUTDOWN_TIMEOUT, Workers};
use crate::config::limits::LimitsConfig;
use crate::events::{self, Event};
use crate::mutants::leak;
use crate::storage::writer::WriterThread;

/// A process that serves.
pub(super) struct Lifetime {
    /// The runtime of the calling thread.
    pub(super) runtime: Runtime,
    pub(super) signals: Signals,
    pub(super) supervisor: Supervisor,
    pub(super) workers: Workers,
    /// Cancelled when the drain begins.
    pub(super) drain: CancellationToken,
    /// The same for the admin listener.
    pub(super) draining: Arc<AtomicBool>,
    /// Copies of the listening sockets, for a restart.
    pub(super) copies: Vec<PassedSocket>,
}

impl Lifetime {
    /// Serves until a signal or a failure, drains, and saves the last counts. Executes the program again if that was the signal.
    ///
    /// # Errors
    /// A thread or task failed, the last counts could not be saved, or the program could not be executed.
    pub(super) fn run(
        mut self,
        reloader: &Reloader<'_>,
        writer: WriterThread,
        limits: &LimitsConfig,
    ) -> anyhow::Result<()> {
        let store = &reloader.process.store;
        let reason = self.runtime.block_on(async {
            tokio::select! {
                reason = wait_for_stop(&mut self.signals, reloader) => reason,
                task = self.supervisor.wait_for_failure(&writer, store) => StopReason::TaskFailed(task),
            }
        });
        if let StopReason::TaskFailed(task) = reason {
            events::emit(&Event::TaskFailed(task));
        }
        let reason = self.drain(reason);
        leak::write_addresses();
        reloader.process.budgets.close(limits.drain_time);
        let saved = save_counts(writer, store, limits);
        self.runtime.shutdown_timeout(SHUTDOWN_TIMEOUT);
        saved?;
        match reason {
            StopReason::Signal => events::emit(&Event::Stopped),
            StopReason::Restart => {
                events::emit(&Event::Restarting);
                return Err(restart::execute(self.copies));
            }
            StopReason::TaskFailed(task) => bail!("stopped because the {task} ended unexpectedly; this is a bug"),
        }
        Ok(())
    }

    /// Waits for running requests. Returns why the process stops, which a signal can change.
    fn drain(&mut self, reason: StopReason) -> StopReason {
        self.draining.store(true, Ordering::Relaxed);
        events::emit(&Event::Draining);
        if matches!(reason, StopReason::Restart) {
            service_manager::reloading();
        } else {
            service_manager::stopping();
            // Connections are refused from now on, unless somebody else has the sockets, too.
            self.copies.clear();
        }
        let workers = std::mem::take(&mut self.workers);
        // Within the runtime, because the admin listener answers while the workers drain.
        self.runtime.block_on(async {
            self.drain.cancel();
            tokio::select! {
                () = workers.join() => reason,
                // A second signal to stop aborts the remaining requests. The counts are still saved.
                () = self.signals.stop() => StopReason::Signal,
            }
        })
    }
}

/// Reloads at each SIGHUP, and waits for another signal.
async fn wait_for_stop(signals: &mut Signals, reloader: &Reloader<'_>) -> StopReason {
    loop {
        match signals.next().await {
            SignalRequest::Stop => return StopReason::Signal,
            SignalRequest::Restart => tokio::select! {
                checked = restart::check(reloader.path, reloader.sandbox) => match checked {
                    // Counts that wait for the disk would be lost with this process, whatever follows it.
                    Ok(()) if !reloader.process.store.writer.health().writable => events::emit(&Event::RestartRefused),
                    Ok(()) => return StopReason::Restart,
                    Err(event) => events::emit(&event),
                },
                () = signals.stop() => return StopReason::Signal,
            },
            SignalRequest::Reload => {
                service_manager::reloading();
                reloader.reload().await;
                service_manager::ready();
            }
        }
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
    Ok(())
}
