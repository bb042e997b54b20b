//! Periodic work: keys are rotated when the UTC day changes and read again when their file does, the key of clients every hour, counts of slices
//! are written at the turn of an hour, clock changes are detected, and the business counters are read from the store once a minute. Whatever is
//! remembered of people in memory is forgotten here by time, at most one `TICK` late (docs/operations.md, "What is held in memory").

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::task::JoinHandle;

use crate::admin::query::ReportSettings;
use crate::app::process_state::ProcessState;
use crate::clients::Clients;
use crate::counts::slices::Slices;
use crate::dedup::Dedup;
use crate::events::{self, Event};
use crate::metrics::Metrics;
use crate::mutants::fail_point::{FailPoint, fail_at};
use crate::report::{self, CountsReader};
use crate::server::public_server::PublicServer;
use crate::storage::error::OpenError;
use crate::storage::query::StoreLocation;
use crate::storage::writer::CountWriter;
use crate::time::{self, Time};
use crate::tokens::key_ring::KeyRing;
use crate::tokens::key_ring::file_stamp::FileStamp;
use crate::tokens::key_ring::key_set::KeySet;
use crate::tokens::key_ring::rotation::latest_valid_day;

/// Interval of the checks, and so the longest that yesterday's keys stay in use, and a new key unknown.
const TICK: Duration = Duration::from_secs(1);
/// Interval of reading the business counters, in ticks: once a minute (`docs/http-api.md`, "Admin listener").
const PUBLISH_TICKS: u64 = 60;
/// A clock that steps back by less than this is being adjusted, not wrong.
const MIN_CLOCK_STEP: Duration = Duration::from_secs(2);

/// The maintenance task.
#[derive(Debug)]
pub struct MaintenanceTask {
    ring: KeyRing,
    keys: Arc<ArcSwap<KeySet>>,
    store: StoreLocation,
    metrics: Arc<Metrics>,
    reports: Arc<ArcSwap<ReportSettings>>,
    server: Arc<ArcSwap<PublicServer>>,
    clients: Arc<Clients>,
    dedup: Arc<Dedup>,
    slices: Arc<Slices>,
    writer: CountWriter,
    started_at: Arc<AtomicU64>,
    /// The latest time that the wall clock has shown.
    latest: Time,
    key_rotation_failed: bool,
    counters_failed: bool,
}

impl MaintenanceTask {
    /// A task for this process.
    #[must_use]
    pub(super) fn new(
        ring: KeyRing,
        store: &StoreLocation,
        process: &ProcessState,
        server: Arc<ArcSwap<PublicServer>>,
    ) -> Self {
        Self {
            ring,
            keys: process.keys.clone(),
            store: store.clone(),
            metrics: process.metrics.clone(),
            reports: process.report_settings.clone(),
            server,
            clients: process.clients.clone(),
            dedup: process.dedup.clone(),
            slices: process.slices.clone(),
            writer: process.store.writer.clone(),
            started_at: process.started_at.clone(),
            latest: time::now(),
            key_rotation_failed: false,
            counters_failed: false,
        }
    }

    /// Runs until the runtime ends.
    pub async fn run(mut self) {
        let mut ticks = 0_u64;
        let mut publication: Option<JoinHandle<bool>> = None;
        // On a thread of its own, because a shared file system may hang.
        let mut key_file: Option<JoinHandle<Option<FileStamp>>> = None;
        loop {
            // A store that hangs is not queried again while the last query is still running.
            if ticks.is_multiple_of(PUBLISH_TICKS) && publication.is_none() {
                let (store, metrics, k) = (self.store.clone(), self.metrics.clone(), self.reports.load().k);
                publication = Some(tokio::task::spawn_blocking(move || publish(&store, &metrics, k)));
            }
            tokio::time::sleep(TICK).await;
            ticks = ticks.wrapping_add(1);
            if let Some(finished) = publication.take_if(|publication| publication.is_finished()) {
                // A panic counts as a failure, too; the panic hook has reported it.
                self.report_publication(finished.await.unwrap_or(false));
            }
            let now = time::now();
            fail_at(FailPoint::App, || "");
            self.writer.add_many(self.slices.due(now.hour()));
            self.forget_old(now);
            let found = match key_file.take_if(|look| look.is_finished()) {
                Some(look) => look.await.ok().flatten(),
                None => None,
            };
            self.tick(now, found);
            if key_file.is_none() {
                let ring = self.ring.clone();
                key_file = Some(tokio::task::spawn_blocking(move || ring.stamp()));
            }
        }
    }

    /// Ends every memory of people whose time is over. None waits for another request.
    fn forget_old(&self, now: Time) {
        let instant = time::instant();
        let are_clients_new = self.clients.forget_old(instant);
        self.slices.forget_people(self.clients.key_number(), now.day());
        self.dedup.forget_old(now, instant);
        self.server.load().state.forget_old(instant, are_clients_new);
    }

    /// Reports the first failure in a row, and the first success after it.
    fn report_publication(&mut self, is_published: bool) {
        if is_published && self.counters_failed {
            events::emit(&Event::CountersRecovered);
        }
        if !is_published && !self.counters_failed {
            events::emit(&Event::CountersFailed);
        }
        self.counters_failed = !is_published;
    }

    /// `key_file` is the key ring's stamp of a moment ago, if it is known.
    fn tick(&mut self, now: Time, key_file: Option<FileStamp>) {
        let step = self.latest.0.saturating_sub(now.0);
        if step >= MIN_CLOCK_STEP.as_secs() {
            events::emit(&Event::ClockStepped(step));
            self.latest = now;
            // Tokens issued from now on belong to this process, although they are dated before its start.
            self.started_at.fetch_min(now.0, Ordering::Relaxed);
        }
        self.latest = self.latest.max(now);
        let keys = self.keys.load();
        let is_of_today = (now.day()..=latest_valid_day(now)).contains(&keys.day);
        let is_replaced = key_file.is_some() && key_file != keys.file;
        let another_seals = keys.next_primary_at.is_some_and(|since| since <= now);
        if is_of_today && !is_replaced && !another_seals && !self.key_rotation_failed {
            return;
        }
        match self.ring.rotate(now) {
            Ok(keys) => {
                let before = self.keys.swap(Arc::new(keys));
                self.key_rotation_failed = false;
                // Another process may have replaced the file by the same keys.
                if !before.is_like(&self.keys.load()) {
                    events::emit(&Event::KeysRotated);
                }
            }
            Err(_) => {
                if keys.day < now.day()
                    && let Ok(keys) = self.ring.keys_in_memory(now)
                {
                    self.keys.store(Arc::new(keys));
                }
                // Reported once, retried at every tick.
                if !std::mem::replace(&mut self.key_rotation_failed, true) {
                    events::emit(&Event::KeysFailed);
                }
            }
        }
    }
}

/// Copies the totals of the store to the metrics. Returns false if they cannot be read.
fn publish(store: &StoreLocation, metrics: &Metrics, k: u64) -> bool {
    match CountsReader::open(store) {
        Ok(counts) => report::publish(&counts, metrics, k).is_ok(),
        // The forwarder creates the tables, and reports a server that is away.
        Err(OpenError::Missing | OpenError::Postgres(_)) => true,
        Err(_) => false,
    }
}
