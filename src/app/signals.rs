//! The signals that the process handles.

use tokio::runtime::Runtime;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::app::workers;

/// The calling thread's runtime, which receives the signals. Made first of all: a signal without a handler kills the process, whatever
/// it is doing.
pub struct MainRuntime {
    pub(super) runtime: Runtime,
    pub(super) signals: Signals,
}

impl MainRuntime {
    /// Installs the handlers. A signal that arrives from now on is handled once the proxy serves; one to stop, already while it waits for
    /// its store.
    ///
    /// # Errors
    /// Those of the operating system.
    pub fn new() -> std::io::Result<Self> {
        let runtime = workers::runtime()?;
        let signals = runtime.block_on(async { Signals::new() })?;
        Ok(Self { runtime, signals })
    }
}

/// Handlers for SIGTERM, SIGINT, SIGHUP and SIGUSR2.
pub(super) struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hangup: Signal,
    user: Signal,
}

/// What a signal asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SignalRequest {
    /// SIGTERM or SIGINT: stop.
    Stop,
    /// SIGHUP: reload the configuration.
    Reload,
    /// SIGUSR2: restart in place.
    Restart,
}

impl Signals {
    /// Installs the handlers. Must be called within a runtime.
    fn new() -> std::io::Result<Self> {
        let kinds =
            [SignalKind::terminate(), SignalKind::interrupt(), SignalKind::hangup(), SignalKind::user_defined2()];
        let [terminate, interrupt, hangup, user] = kinds.map(signal);
        Ok(Self { terminate: terminate?, interrupt: interrupt?, hangup: hangup?, user: user? })
    }

    /// Waits for the next signal.
    pub(super) async fn next(&mut self) -> SignalRequest {
        tokio::select! {
            _ = self.terminate.recv() => SignalRequest::Stop,
            _ = self.interrupt.recv() => SignalRequest::Stop,
            _ = self.hangup.recv() => SignalRequest::Reload,
            _ = self.user.recv() => SignalRequest::Restart,
        }
    }

    /// Waits for a signal to stop. Others that arrive meanwhile are for [`Self::next`].
    pub(super) async fn stop(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
