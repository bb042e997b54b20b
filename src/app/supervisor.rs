//! Notices the end of threads and tasks that must run until the process stops.

use std::future::Future;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::app::store::StoreHandle;
use crate::storage::writer::WriterThread;

/// How often the threads of the store are checked.
const CHECK_INTERVAL: Duration = Duration::from_secs(1);

/// Why the process stops.
#[derive(Debug, Clone, Copy)]
pub(super) enum StopReason {
    /// It received SIGTERM or SIGINT.
    Signal,
    /// It received SIGUSR2: the program is started again in its place.
    Restart,
    /// The thread or task of this name ended by an error or a panic.
    TaskFailed(&'static str),
}

/// Receives the names of threads and tasks that end before the process drains.
pub(super) struct Supervisor {
    failed_tx: mpsc::UnboundedSender<&'static str>,
    failed_rx: mpsc::UnboundedReceiver<&'static str>,
    drain: CancellationToken,
}

/// Reports the end of its thread or task when it is dropped: after a return as well as after a panic.
pub(super) struct EndReporter {
    task: &'static str,
    failed_tx: mpsc::UnboundedSender<&'static str>,
    drain: CancellationToken,
}

impl Drop for EndReporter {
    fn drop(&mut self) {
        if !self.drain.is_cancelled() {
            // The receiver lives as long as the process serves.
            self.failed_tx.send(self.task).ok();
        }
    }
}

impl Supervisor {
    /// Expects threads and tasks to run until `drain` is cancelled.
    pub(super) fn new(drain: CancellationToken) -> Self {
        let (failed_tx, failed_rx) = mpsc::unbounded_channel();
        Self { failed_tx, failed_rx, drain }
    }

    /// A reporter for a thread or task of this name, to be dropped when it ends.
    pub(super) fn reporter(&self, task: &'static str) -> EndReporter {
        EndReporter { task, failed_tx: self.failed_tx.clone(), drain: self.drain.clone() }
    }

    /// Spawns a task on the current runtime that must not end.
    pub(super) fn spawn<F>(&self, task: &'static str, future: F)
    where
        F: Future + Send + 'static,
        F::Output: Send,
    {
        let reporter = self.reporter(task);
        tokio::task::spawn(async move {
            let _reporter = reporter;
            future.await
        });
    }

    /// Waits until a thread or task has failed, and returns its name.
    pub(super) async fn wait_for_failure(&mut self, writer: &WriterThread, store: &StoreHandle) -> &'static str {
        loop {
            match tokio::time::timeout(CHECK_INTERVAL, self.failed_rx.recv()).await {
                Ok(Some(task)) => return task,
                Ok(None) | Err(_) if !writer.is_running() => return "writer",
                Ok(None) | Err(_) if store.forwarder.as_ref().is_some_and(|forwarder| !forwarder.is_running()) => {
                    return "forwarder";
                }
                Ok(None) | Err(_) => {}
            }
        }
    }
}
