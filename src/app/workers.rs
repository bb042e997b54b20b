//! Worker threads: each runs a single-threaded runtime with its own listener on the public address.

use std::net::TcpListener;
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

use crate::app::supervisor::Supervisor;
use crate::server::listener;
use crate::server::listener_state::ListenerState;

/// How long the shutdown of a runtime waits for threads that are blocked in the operating system, such as in a name lookup
/// or in reading a report.
pub(super) const SHUTDOWN_TIMEOUT: Duration = Duration::from_millis(500);

/// The worker threads.
pub(super) struct Workers(Vec<JoinHandle<()>>);

impl Workers {
    /// Starts one thread for each listener. The threads end after `drain` is cancelled; the supervisor notices an
    /// earlier end.
    pub(super) fn start(
        listeners: Vec<TcpListener>,
        state: &ListenerState,
        supervisor: &Supervisor,
        drain: &CancellationToken,
    ) -> std::io::Result<Self> {
        let start = |listener| {
            let (runtime, state, drain) = (runtime()?, state.clone(), drain.clone());
            let reporter = supervisor.reporter("worker");
            std::thread::Builder::new().name("worker".into()).spawn(move || {
                let _reporter = reporter;
                // An error ends the thread, which the reporter tells the supervisor.
                runtime.block_on(listener::run(listener, state, drain)).ok();
                runtime.shutdown_timeout(SHUTDOWN_TIMEOUT);
            })
        };
        listeners.into_iter().map(start).collect::<std::io::Result<_>>().map(Self)
    }

    /// The number of threads.
    pub(super) fn count(&self) -> usize {
        self.0.len()
    }

    /// Waits until all threads have ended.
    pub(super) async fn join(self) {
        let join = move || {
            for thread in self.0 {
                // The panic hook has reported a panic, and nothing else can fail here.
                thread.join().ok();
            }
        };
        tokio::task::spawn_blocking(join).await.ok();
    }
}

/// A runtime for the calling thread.
pub(super) fn runtime() -> std::io::Result<Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()
}
