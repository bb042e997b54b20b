//! The signals that the process handles.

use tokio::signal::unix::{Signal, SignalKind, signal};

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
    pub(super) fn new() -> std::io::Result<Self> {
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
