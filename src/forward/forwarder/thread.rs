//! The forwarder thread: delivers all there is, waits, and starts over.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use crate::events::{self, Event};
use crate::forward::delivery;
use crate::forward::error::ForwardError;
use crate::forward::forwarder::shared::{DeliveryTarget, ForwarderShared, Requests};
use crate::forward::spool::{Release, Spool};
use crate::storage::postgres::server::PostgresServer;
use crate::storage::postgres::session::Session;
use crate::storage::roll_up;
use crate::time::Hour;
use crate::{random, time};

/// Bounds of the pause after a failed attempt. It doubles with each failure, and a random half of it is left out, so that nodes do not
/// all return at once to a server that has just started.
const MIN_BACKOFF: Duration = Duration::from_secs(1);
const MAX_BACKOFF: Duration = Duration::from_secs(30);

/// The state of the thread.
pub(super) struct ForwarderLoop {
    shared: Arc<ForwarderShared>,
    spool: Spool,
    server: PostgresServer,
    every: Duration,
    /// `[counts] k`: how many events a batch has at least within the hour.
    k: u64,
    node: String,
    /// The hour in which everything was delivered last. What a start finds of the hour of the start belongs to it: its moment must not
    /// tell of events just before it. What it finds of earlier hours is due, or a node that never runs at the turn of an hour would keep
    /// it.
    hour: Hour,
    session: Option<Session>,
    /// The failure that was reported last, by its name in events.
    reported: Option<&'static str>,
    backoff: Duration,
    rolled_up: Instant,
    /// The last field, so that the spool's file is closed before the end is signalled.
    _end: EndSignal,
}

/// Signals the end of the thread, so that nobody waits for it in vain.
struct EndSignal(Arc<ForwarderShared>);

impl Drop for EndSignal {
    fn drop(&mut self) {
        self.0.reachable.store(false, Ordering::Relaxed);
        self.0.lock().ended = true;
        self.0.reply(None);
    }
}

impl ForwarderLoop {
    pub(super) fn new(
        shared: Arc<ForwarderShared>,
        spool: Spool,
        server: PostgresServer,
        target: &DeliveryTarget<'_>,
    ) -> Self {
        let now = time::now().hour();
        // A spool that cannot be read is reported by the first attempt.
        let hour = spool.latest_hour().ok().flatten().map_or(now, |latest| latest.min(now));
        Self {
            shared: shared.clone(),
            spool,
            server,
            every: target.every,
            k: target.k,
            node: target.node.to_owned(),
            hour,
            session: None,
            reported: None,
            backoff: MIN_BACKOFF,
            rolled_up: time::instant(),
            _end: EndSignal(shared),
        }
    }

    /// Delivers until it is closed. A panic, which the panic hook reports, costs one attempt: unwinding drops the session and rolls the
    /// spool's transaction back, and the next attempt connects anew.
    pub(super) fn run(mut self) {
        let mut pause = Duration::ZERO;
        loop {
            let closing = self.wait(pause);
            pause = match catch_unwind(AssertUnwindSafe(|| self.attempt())) {
                Ok(Ok(())) => self.succeeded(),
                Ok(Err(error)) => self.failed(Some(&error)),
                Err(_) => self.failed(None),
            };
            if closing {
                return;
            }
        }
    }

    /// Waits for this long, or until there is a request. Returns whether the forwarder is being closed.
    fn wait(&self, pause: Duration) -> bool {
        let idle = |requests: &mut Requests| !requests.privacy_versions_wanted && requests.closing.is_none();
        let requests = self.shared.lock();
        let (requests, _) =
            self.shared.wake.wait_timeout_while(requests, pause, idle).unwrap_or_else(PoisonError::into_inner);
        requests.closing.is_some()
    }

    /// Delivers what is pending, and updates the gauges whether or not that succeeds.
    pub(super) fn attempt(&mut self) -> Result<(), ForwardError> {
        #[cfg(test)]
        self.panic_if_injected();
        let delivered = self.deliver_pending();
        // A spool that cannot be read is the failure to report, since the store's failure ends by itself.
        self.update_gauges()?;
        delivered
    }

    /// Delivers all batches. The session is kept unless it fails.
    fn deliver_pending(&mut self) -> Result<(), ForwardError> {
        let session = match self.session.take() {
            Some(session) => session,
            None => delivery::connect(&self.server, &self.spool, &self.node)?,
        };
        self.publish_privacy_statement(&session)?;
        let mut delivered = false;
        let hour = time::now().hour();
        let release = if hour == self.hour { Release::AtLeast(self.k) } else { Release::All };
        while let Some(batch) = self.spool.next_batch(release)? {
            delivery::deliver(&session, &self.spool, &self.node, &batch)?;
            self.shared.delivered.fetch_add(1, Ordering::Relaxed);
            delivered = true;
            if self.shared.lock().closing.is_some_and(|deadline| time::instant() >= deadline) {
                return Ok(());
            }
        }
        self.hour = hour;
        if !delivered {
            // A broken connection is detected before it is needed, and the server does not end the session as idle.
            session.execute_batch("select 1")?;
        }
        self.roll_up(&session)?;
        self.session = Some(session);
        Ok(())
    }

    #[cfg(test)]
    #[allow(clippy::panic, reason = "injected by a test")]
    fn panic_if_injected(&self) {
        let injected = self.shared.injected_panics.load(Ordering::Relaxed);
        if injected > 0 {
            self.shared.injected_panics.store(injected - 1, Ordering::Relaxed);
            panic!("injected");
        }
    }

    /// Sends this node's privacy statement to the store, if it is new or a caller wants to know the versions.
    fn publish_privacy_statement(&self, session: &Session) -> Result<(), ForwardError> {
        let wanted = self.shared.lock().privacy_versions_wanted;
        let statement = self.spool.privacy_statement()?;
        let Some((statement, is_new)) = statement.filter(|(_, is_new)| *is_new || wanted) else { return Ok(()) };
        let versions = session.publish(&statement, is_new)?;
        self.spool.mark_sent(statement.number)?;
        if wanted {
            self.shared.reply(Some(versions));
        }
        Ok(())
    }

    /// Rolls old hours up into days, as the writer does in a store in SQLite.
    fn roll_up(&mut self, session: &Session) -> Result<(), ForwardError> {
        let now = time::instant();
        if now.duration_since(self.rolled_up) < roll_up::INTERVAL {
            return Ok(());
        }
        self.rolled_up = now;
        let Some(before) = roll_up::first_kept_hour(time::now().day()) else { return Ok(()) };
        delivery::roll_up(session, before)
    }

    /// Reports success. Returns the pause until the next attempt.
    fn succeeded(&mut self) -> Duration {
        self.backoff = MIN_BACKOFF;
        self.shared.reachable.store(true, Ordering::Relaxed);
        if self.reported.take().is_some() {
            events::emit(&Event::StoreBack);
        }
        self.every
    }

    /// Counts a failure, and reports it unless it is the one reported last; None stands for a panic, which was reported. Returns the
    /// pause until the next attempt.
    fn failed(&mut self, error: Option<&ForwardError>) -> Duration {
        self.session = None;
        self.shared.reachable.store(false, Ordering::Relaxed);
        self.shared.failed.fetch_add(1, Ordering::Relaxed);
        self.shared.reply(None);
        if let Some(failure) = error.map(ForwardError::as_str)
            && self.reported.replace(failure) != Some(failure)
        {
            events::emit(&Event::StoreAway(failure));
        }
        let pause = self.backoff;
        self.backoff = (pause * 2).min(MAX_BACKOFF);
        let half = u64::try_from(pause.as_millis() / 2).unwrap_or(u64::MAX);
        pause / 2 + Duration::from_millis(random::random_below(half))
    }

    /// Updates how full the spool is, and since when counts have been waiting in it. A spool that cannot be read may have counts.
    fn update_gauges(&self) -> Result<(), ForwardError> {
        let undelivered = self.spool.has_undelivered();
        let mut requests = self.shared.lock();
        requests.undelivered_since = if matches!(undelivered, Ok(false)) {
            None
        } else {
            requests.undelivered_since.or_else(|| Some(time::instant()))
        };
        drop(requests);
        self.shared.bytes.store(self.spool.used_bytes()?, Ordering::Relaxed);
        undelivered.map(drop)
    }
}
