//! What the forwarder's handle and its thread share.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::storage::privacy_version::PrivacyVersions;

#[derive(Debug)]
pub(super) struct ForwarderShared {
    pub(super) requests: Mutex<Requests>,
    /// Notified when the thread has a request.
    pub(super) wake: Condvar,
    /// Notified when the thread has dealt with one.
    pub(super) done: Condvar,
    pub(super) reachable: AtomicBool,
    pub(super) delivered: AtomicU64,
    pub(super) failed: AtomicU64,
    pub(super) bytes: AtomicU64,
    pub(super) limit: u64,
    /// How many of the next attempts panic.
    #[cfg(test)]
    pub(super) injected_panics: AtomicU64,
}

/// What to deliver, for whom, and how often.
#[derive(Debug, Clone, Copy)]
pub struct DeliveryTarget<'a> {
    /// The spool's file.
    pub spool: &'a Path,
    /// The maximum size of the spool, in bytes; for the metrics.
    pub limit: u64,
    /// Interval between deliveries.
    pub every: Duration,
    /// How many events a delivery within the hour has at least.
    pub k: u64,
    /// This node's name.
    pub node: &'a str,
}

/// Requests to the thread, and its results.
#[derive(Debug, Default)]
pub(super) struct Requests {
    pub(super) privacy_versions_wanted: bool,
    pub(super) privacy_versions: Option<PrivacyVersions>,
    /// The deadline of closing, once closing was requested.
    pub(super) closing: Option<Instant>,
    /// The thread has ended.
    pub(super) ended: bool,
    /// Since when there have been counts that the store has not acknowledged.
    pub(super) undelivered_since: Option<Instant>,
}

impl ForwarderShared {
    pub(super) fn new(limit: u64) -> Self {
        Self {
            requests: Mutex::default(),
            wake: Condvar::new(),
            done: Condvar::new(),
            reachable: AtomicBool::new(false),
            delivered: AtomicU64::new(0),
            failed: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            limit,
            #[cfg(test)]
            injected_panics: AtomicU64::new(0),
        }
    }

    /// No change under the lock can stop half way, so a poisoned lock protects valid requests.
    pub(super) fn lock(&self) -> MutexGuard<'_, Requests> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Answers a request for the versions of the privacy statement.
    pub(super) fn reply(&self, versions: Option<PrivacyVersions>) {
        let mut requests = self.lock();
        requests.privacy_versions_wanted = false;
        requests.privacy_versions = versions;
        self.done.notify_all();
    }
}
