//! What happens by the clock: keys change with the UTC day, and business counters are read from the
//! store once a minute.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::task::JoinHandle;

use crate::events::{self, Event};
use crate::metrics::Metrics;
use crate::report::{self, CountsReader};
use crate::storage::query::StoreLocation;
use crate::time::{self, Time};
use crate::tokens::key_ring::{KeyRing, KeySet, latest_valid_day};

/// How often the clock is looked at: the longest that yesterday's keys outlive their day.
const TICK: Duration = Duration::from_secs(1);
/// How often the business counters are read, in ticks: once a minute (CONTRACT section 7).
const PUBLISH_TICKS: u64 = 60;
/// A clock that steps back by less is being disciplined, not wrong.
const STEP: Duration = Duration::from_secs(2);

/// The state between ticks.
#[derive(Debug)]
pub struct MaintenanceTask {
    ring: KeyRing,
    keys: Arc<ArcSwap<KeySet>>,
    store: StoreLocation,
    metrics: Arc<Metrics>,
    began: Arc<AtomicU64>,
    latest: Time,
    keys_failed: bool,
}

impl MaintenanceTask {
    /// A clockwork over these parts. `began` is when the process began, in seconds since 1970.
    #[must_use]
    pub fn new(
        ring: KeyRing,
        keys: Arc<ArcSwap<KeySet>>,
        store: &StoreLocation,
        metrics: Arc<Metrics>,
        began: Arc<AtomicU64>,
    ) -> Self {
        Self { ring, keys, store: store.clone(), metrics, began, latest: time::now(), keys_failed: false }
    }

    /// Ticks for ever.
    pub async fn run(mut self) {
        let mut ticks = 0_u64;
        let mut reading: Option<JoinHandle<()>> = None;
        loop {
            // A server that hangs is not asked again while it is waited for.
            if ticks.is_multiple_of(PUBLISH_TICKS) && reading.as_ref().is_none_or(JoinHandle::is_finished) {
                let (store, metrics) = (self.store.clone(), self.metrics.clone());
                reading = Some(tokio::task::spawn_blocking(move || publish(&store, &metrics)));
            }
            tokio::time::sleep(TICK).await;
            ticks = ticks.wrapping_add(1);
            self.tick(time::now());
        }
    }

    fn tick(&mut self, now: Time) {
        let back = self.latest.0.saturating_sub(now.0);
        if back >= STEP.as_secs() {
            events::emit(&Event::ClockStepped(back));
            self.latest = now;
            // What is issued from now on is ours, whatever the clock said when we began.
            self.began.fetch_min(now.0, Ordering::Relaxed);
        }
        self.latest = self.latest.max(now);
        let day = self.keys.load().day;
        if (now.day()..=latest_valid_day(now)).contains(&day) {
            return;
        }
        match self.ring.rotate(now) {
            Ok(keys) => {
                self.keys.store(Arc::new(keys));
                self.keys_failed = false;
                events::emit(&Event::KeysRotated);
            }
            // Said once; tried again every tick.
            Err(_) if self.keys_failed => {}
            Err(_) => {
                self.keys_failed = true;
                events::emit(&Event::KeysFailed);
            }
        }
    }
}

/// A store that cannot be read leaves the numbers as they were; the ledger tells of its trouble.
fn publish(store: &StoreLocation, metrics: &Metrics) {
    if let Ok(counts) = CountsReader::open(store) {
        report::publish(&counts, metrics).ok();
    }
}
