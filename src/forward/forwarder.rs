//! The forwarder: one thread that delivers a node's counts from its spool to PostgreSQL every few seconds, if there are `k` events or
//! an hour has ended. A batch is delivered in one
//! transaction with its number, and is removed from the spool when it is acknowledged; if anything fails in between, the next attempt
//! finds out whether it was committed, so it is added once. Nobody waits for the forwarder: while the server is unreachable, counts
//! accumulate in the spool.
//!
//! A sender is identified by its spool's random ID, drawn when the file was created. A node that loses its spool starts with a new ID. A
//! spool that was restored from an old copy is detected by its batch numbers, and delivers nothing: what it contains may have been
//! delivered before.

mod shared;
mod thread;

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use crate::events::{self, Event};
use crate::forward::forwarder::shared::{ForwarderShared, Requests};
use crate::forward::forwarder::thread::ForwarderLoop;
use crate::forward::spool::Spool;
use crate::storage::error::OpenError;
use crate::storage::postgres::server::PostgresServer;
use crate::storage::privacy_version::PrivacyVersions;
use crate::time;

pub use crate::forward::forwarder::shared::DeliveryTarget;

/// How long a start or a reload waits for the version of the privacy statement that all nodes share. After that, the spool's own version
/// is shown.
const PRIVACY_VERSION_TIMEOUT: Duration = Duration::from_secs(5);

/// A handle of the forwarder thread.
#[derive(Debug, Clone)]
pub struct Forwarder(Arc<ForwarderShared>);

/// The forwarder's state, for metrics.
#[derive(Debug, Clone, Copy)]
pub struct ForwarderHealth {
    /// The last attempt reached the server.
    pub reachable: bool,
    /// Batches delivered since the start.
    pub delivered: u64,
    /// Failed attempts.
    pub failed: u64,
    /// Bytes of the spool in use.
    pub bytes: u64,
    /// The maximum size of the spool, in bytes.
    pub limit: u64,
    /// How long the oldest count has been waiting.
    pub age: Duration,
}

impl Forwarder {
    /// Starts the thread over a spool that its writer has opened.
    ///
    /// # Errors
    /// The spool cannot be opened, or the thread cannot be started.
    pub fn start(server: PostgresServer, target: &DeliveryTarget<'_>) -> Result<Self, OpenError> {
        let shared = Arc::new(ForwarderShared::new(target.limit));
        let spool = Spool::open(target.spool)?;
        let forwarder = ForwarderLoop::new(shared.clone(), spool, server, target);
        let thread = std::thread::Builder::new().name("forwarder".into());
        thread.spawn(move || forwarder.run())?;
        Ok(Self(shared))
    }

    /// Returns the versions of the privacy statement among all nodes, if the server answers in time. Blocks.
    #[must_use]
    pub fn privacy_versions(&self) -> Option<PrivacyVersions> {
        let mut requests = self.0.lock();
        requests.privacy_versions_wanted = true;
        requests.privacy_versions = None;
        self.0.wake.notify_one();
        let waiting = |requests: &mut Requests| requests.privacy_versions_wanted && !requests.ended;
        let (mut requests, _) = self
            .0
            .done
            .wait_timeout_while(requests, PRIVACY_VERSION_TIMEOUT, waiting)
            .unwrap_or_else(PoisonError::into_inner);
        requests.privacy_versions.take()
    }

    /// Tries once more to deliver, until the deadline, and ends the thread. The next process delivers what remains in the spool.
    pub fn close(&self, within: Duration) {
        let mut requests = self.0.lock();
        requests.closing = Some(time::instant() + within);
        self.0.wake.notify_one();
        let running = |requests: &mut Requests| !requests.ended;
        let (requests, _) =
            self.0.done.wait_timeout_while(requests, within, running).unwrap_or_else(PoisonError::into_inner);
        if requests.undelivered_since.is_some() {
            events::emit(&Event::SpoolKept);
        }
    }

    /// Returns false if the thread has ended, which before [`Self::close`] only a panic while handling a panic can cause.
    #[must_use]
    pub fn is_running(&self) -> bool {
        !self.0.lock().ended
    }

    /// The forwarder's state.
    #[must_use]
    pub fn health(&self) -> ForwarderHealth {
        let ForwarderShared { reachable, delivered, failed, bytes, limit, .. } = &*self.0;
        let since = self.0.lock().undelivered_since;
        ForwarderHealth {
            reachable: reachable.load(Ordering::Relaxed),
            delivered: delivered.load(Ordering::Relaxed),
            failed: failed.load(Ordering::Relaxed),
            bytes: bytes.load(Ordering::Relaxed),
            limit: *limit,
            age: since.map_or(Duration::ZERO, |since| time::instant().duration_since(since)),
        }
    }
}

#[cfg(test)]
mod tests;
