//! Worker threads: each runs a single-threaded runtime with its own listener on the public address.

use std::net::TcpListener;
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

use crate::app::stalls::StallWatch;
use crate::app::supervisor::Supervisor;
use crate::process;
use crate::server::listener;
use crate::server::listener_state::ListenerState;

/// How long the shutdown of a runtime waits for threads that are blocked in the operating system, such as in a name lookup
/// or in reading a report.
pub(super) const SHUTDOWN_TIMEOUT: Duration = Duration::from_millis(500);

/// How often the stack of a worker is cleared, and so how long it may contain parts of a search that was answered.
const CLEAR_STACK_INTERVAL: Duration = Duration::from_secs(1);

/// The worker threads.
#[derive(Default)]
pub(super) struct Workers(Vec<JoinHandle<()>>);

impl Workers {
    /// Starts one thread for each of these groups of listeners. The threads end after `drain` is cancelled; the supervisor notices
    /// an earlier end.
    pub(super) fn start(
        listeners: Vec<Vec<TcpListener>>,
        state: &ListenerState,
        supervisor: &Supervisor,
        stalls: &mut StallWatch,
        drain: &CancellationToken,
    ) -> std::io::Result<Self> {
        let start = |(number, listeners)| {
            let (runtime, state, drain) = (runtime()?, state.clone(), drain.clone());
            let (reporter, pulse) = (supervisor.reporter("worker"), stalls.pulse(&format!("{number}")));
            std::thread::Builder::new().name("worker".into()).spawn(move || {
                let _reporter = reporter;
                let serve = async {
                    tokio::task::spawn(pulse.run());
                    tokio::task::spawn(clear_stack());
                    listener::run(listeners, state, drain).await
                };
                // An error ends the thread, which the reporter tells the supervisor.
                runtime.block_on(serve).ok();
                runtime.shutdown_timeout(SHUTDOWN_TIMEOUT);
            })
        };
        (1..).zip(listeners).map(start).collect::<std::io::Result<_>>().map(Self)
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

/// Clears the stack of this thread now and then, as long as its runtime.
async fn clear_stack() {
    loop {
        tokio::time::sleep(CLEAR_STACK_INTERVAL).await;
        process::clear_stack();
    }
}

/// A runtime for the calling thread.
pub(super) fn runtime() -> std::io::Result<Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()
}
