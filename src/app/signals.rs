//! The signals that the process handles. They are blocked in every thread and read from a file descriptor (`signalfd(2)`), so that one
//! which arrives while the program is executed again waits for the new program: the mask and what is pending survive `execve(2)`, where
//! handlers do not.

use std::ffi::c_int;

use nix::sys::signal::{SigSet, Signal};
use nix::sys::signalfd::{SfdFlags, SignalFd, siginfo};
use tokio::net::unix::pipe;
use tokio::runtime::Runtime;

use crate::app::workers;

/// The calling thread's runtime, which receives the signals. Made first of all: a signal that is not blocked kills the process, whatever
/// it is doing.
pub struct MainRuntime {
    pub(super) runtime: Runtime,
    pub(super) signals: Signals,
}

impl MainRuntime {
    /// Blocks the signals in the calling thread, and so in all that it starts. A signal that arrives from now on is handled once the proxy
    /// serves; one to stop, already while it waits for its store.
    ///
    /// # Errors
    /// Those of the operating system.
    pub fn new() -> std::io::Result<Self> {
        let mut signals = SigSet::empty();
        signals.extend(STOP.into_iter().chain(OTHERS));
        signals.thread_block()?;
        let runtime = workers::runtime()?;
        let entered = runtime.enter();
        let signals = Signals { stop: PendingSignals::open(&STOP)?, others: PendingSignals::open(&OTHERS)? };
        drop(entered);
        Ok(Self { runtime, signals })
    }
}

/// They stop the process.
const STOP: [Signal; 2] = [Signal::SIGTERM, Signal::SIGINT];
/// They reload the configuration, and restart in place.
const OTHERS: [Signal; 2] = [Signal::SIGHUP, Signal::SIGUSR2];

/// SIGTERM, SIGINT, SIGHUP and SIGUSR2.
pub(super) struct Signals {
    stop: PendingSignals,
    others: PendingSignals,
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
    /// Waits for the next signal. One to stop comes first.
    pub(super) async fn next(&mut self) -> SignalRequest {
        tokio::select! {
            biased;
            _ = self.stop.next() => SignalRequest::Stop,
            signal = self.others.next() => {
                if signal == Signal::SIGUSR2 { SignalRequest::Restart } else { SignalRequest::Reload }
            }
        }
    }

    /// Waits for a signal to stop. Others that arrive meanwhile are for [`Self::next`].
    pub(super) async fn stop(&mut self) {
        self.stop.next().await;
    }
}

/// Blocked signals of some kinds, as they arrive. A descriptor of signals is read as a pipe is.
struct PendingSignals(pipe::Receiver);

impl PendingSignals {
    /// Must be called within a runtime.
    fn open(kinds: &[Signal]) -> std::io::Result<Self> {
        let kinds: SigSet = kinds.iter().copied().collect();
        let descriptor = SignalFd::with_flags(&kinds, SfdFlags::SFD_NONBLOCK | SfdFlags::SFD_CLOEXEC)?;
        Ok(Self(pipe::Receiver::from_owned_fd_unchecked(descriptor.into())?))
    }

    /// Waits for the next one. Cancel safe: a signal is taken only when it is returned.
    async fn next(&self) -> Signal {
        // The kernel reads whole records out, each of which begins with the signal's number (`signalfd(2)`).
        let mut record = [0; size_of::<siginfo>()];
        loop {
            if self.0.readable().await.is_err() {
                // The runtime has ended.
                return std::future::pending().await;
            }
            if matches!(self.0.try_read(&mut record), Ok(length) if length == record.len()) {
                let number = record.first_chunk().copied().map(c_int::from_ne_bytes);
                if let Some(signal) = number.and_then(|number| Signal::try_from(number).ok()) {
                    return signal;
                }
            }
        }
    }
}
