//! The courier: one thread that takes counts from this node's spool to PostgreSQL every few seconds. A parcel is delivered in one
//! transaction with its number, and goes from the spool once it is acknowledged; whatever is cut when, the next try finds it
//! there or not, so it is added once. Nobody waits for the courier: while the server is away, counts gather in the spool.
//!
//! Who delivers is told apart by the spool's identity, which chance gave it when its file was made. A spool that was lost begins
//! anew with a new one; a spool that was put back from an old copy is noticed by its numbers, and delivers nothing: what
//! is in it may have been delivered.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::events::{self, Event};
use crate::forward::spool::Spool;
use crate::storage::postgres::{PostgresError, PostgresFault, PostgresServer, Session};
use crate::storage::schema::OpenError;
use crate::storage::sqlite::StatementVersions;
use crate::storage::writer::{FOLD, folded_before};
use crate::{random, time};

/// How long it is waited after a failed try: twice as long each time, and by chance down to half of it, so that nodes do not all come
/// at once to a server that has just begun.
const LEAST_BACKOFF: Duration = Duration::from_secs(1);
const MOST_BACKOFF: Duration = Duration::from_secs(30);

/// How long a start or a reload waits for the privacy statement's number among all nodes; past it the spool's own is shown.
const SETTLE: Duration = Duration::from_secs(5);

/// What is delivered, for whom, and how often.
#[derive(Debug, Clone, Copy)]
pub struct DeliveryTarget<'a> {
    /// The spool's file.
    pub spool: &'a Path,
    /// How many bytes of it may be in use; for the metrics.
    pub limit: u64,
    /// How often parcels are taken.
    pub every: Duration,
    /// This node's name.
    pub node: &'a str,
}

/// The courier, as others see it.
#[derive(Debug, Clone)]
pub struct Forwarder(Arc<ForwarderShared>);

#[derive(Debug)]
struct ForwarderShared {
    orders: Mutex<Orders>,
    /// For the courier: there is an order. For others: it has been dealt with.
    wake: Condvar,
    done: Condvar,
    reachable: AtomicBool,
    delivered: AtomicU64,
    failed: AtomicU64,
    bytes: AtomicU64,
    limit: u64,
}

#[derive(Debug, Default)]
struct Orders {
    /// Someone wants to know the statement's number.
    settle: bool,
    settled: Option<StatementVersions>,
    closing: Option<Instant>,
    ended: bool,
    /// Since when something has been waiting to be delivered.
    waiting: Option<Instant>,
}

/// Numbers for the metrics.
#[derive(Debug, Clone, Copy)]
pub struct ForwarderHealth {
    /// The last try reached the server.
    pub reachable: bool,
    /// Parcels delivered since the start.
    pub delivered: u64,
    /// Tries that failed.
    pub failed: u64,
    /// Bytes of the spool in use.
    pub bytes: u64,
    /// How many it may be.
    pub limit: u64,
    /// How long the oldest count has been waiting.
    pub age: Duration,
}

impl Forwarder {
    /// Starts the thread over a spool that its ledger has opened.
    ///
    /// # Errors
    /// The spool's, or the thread's.
    pub fn start(server: PostgresServer, route: &DeliveryTarget<'_>) -> Result<Self, OpenError> {
        let &DeliveryTarget { spool, limit, every, node } = route;
        let shared = Arc::new(ForwarderShared {
            orders: Mutex::default(),
            wake: Condvar::new(),
            done: Condvar::new(),
            reachable: AtomicBool::new(false),
            delivered: AtomicU64::new(0),
            failed: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            limit,
        });
        let round = ForwarderThread {
            shared: shared.clone(),
            spool: Spool::open(spool)?,
            server,
            every,
            node: node.to_owned(),
            session: None,
            told: None,
            backoff: LEAST_BACKOFF,
            folded: time::instant(),
            _end: EndSignal(shared.clone()),
        };
        let thread = std::thread::Builder::new().name("courier".into());
        thread.spawn(move || round.run()).map_err(OpenError::Io)?;
        Ok(Self(shared))
    }

    /// The privacy statement's versions among all nodes, where the server tells them soon. Blocks.
    #[must_use]
    pub fn settle(&self) -> Option<StatementVersions> {
        let mut orders = self.0.lock();
        orders.settle = true;
        orders.settled = None;
        self.0.wake.notify_one();
        let waiting = |orders: &mut Orders| orders.settle && !orders.ended;
        let (mut orders, _) =
            self.0.done.wait_timeout_while(orders, SETTLE, waiting).unwrap_or_else(PoisonError::into_inner);
        orders.settled.take()
    }

    /// Tries once more to deliver, until the deadline, and ends. What stays in the spool is delivered by the next process.
    pub fn close(&self, within: Duration) {
        let mut orders = self.0.lock();
        orders.closing = Some(time::instant() + within);
        self.0.wake.notify_one();
        let waiting = |orders: &mut Orders| !orders.ended;
        let closed = self.0.done.wait_timeout_while(orders, within, waiting).unwrap_or_else(PoisonError::into_inner);
        if closed.0.waiting.is_some() {
            events::emit(&Event::SpoolKept);
        }
    }

    /// False if the thread has ended, which before [`Forwarder::close`] only a panic can cause.
    #[must_use]
    pub fn is_running(&self) -> bool {
        !self.0.lock().ended
    }

    /// How it fares.
    #[must_use]
    pub fn health(&self) -> ForwarderHealth {
        let ForwarderShared { reachable, delivered, failed, bytes, limit, .. } = &*self.0;
        let waiting = self.0.lock().waiting;
        ForwarderHealth {
            reachable: reachable.load(Ordering::Relaxed),
            delivered: delivered.load(Ordering::Relaxed),
            failed: failed.load(Ordering::Relaxed),
            bytes: bytes.load(Ordering::Relaxed),
            limit: *limit,
            age: waiting.map_or(Duration::ZERO, |since| time::instant().duration_since(since)),
        }
    }
}

impl ForwarderShared {
    /// A panic elsewhere leaves no order half given, so a poisoned lock is good to go on with.
    fn lock(&self) -> MutexGuard<'_, Orders> {
        self.orders.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The thread's state.
struct ForwarderThread {
    shared: Arc<ForwarderShared>,
    spool: Spool,
    server: PostgresServer,
    every: Duration,
    node: String,
    session: Option<Session>,
    /// The fault that was told last.
    told: Option<PostgresFault>,
    backoff: Duration,
    /// When it was last looked for old hours.
    folded: Instant,
    /// The last field, so that the spool's file is closed before the end is told.
    _end: EndSignal,
}

/// Tells the end, also where the thread panics: nobody waits for it in vain.
struct EndSignal(Arc<ForwarderShared>);

impl Drop for EndSignal {
    fn drop(&mut self) {
        self.0.reachable.store(false, Ordering::Relaxed);
        let mut orders = self.0.lock();
        (orders.settle, orders.ended) = (false, true);
        self.0.done.notify_all();
    }
}

impl ForwarderThread {
    fn run(mut self) {
        let mut pause = Duration::ZERO;
        loop {
            let closing = self.rest(pause);
            pause = match self.visit() {
                Ok(()) => self.arrived(),
                Err(error) => self.failed(error.fault),
            };
            self.look();
            if closing {
                return;
            }
        }
    }

    /// Sleeps until it is time, or there is an order. True where the end has come.
    fn rest(&self, pause: Duration) -> bool {
        let idle = |orders: &mut Orders| !orders.settle && orders.closing.is_none();
        let orders = self.shared.lock();
        let (orders, _) =
            self.shared.wake.wait_timeout_while(orders, pause, idle).unwrap_or_else(PoisonError::into_inner);
        orders.closing.is_some()
    }

    /// Delivers all there is. The session is kept where nothing went wrong with it.
    fn visit(&mut self) -> Result<(), PostgresError> {
        let session = match self.session.take() {
            Some(session) => session,
            None => crate::forward::delivery::connect(&self.server, &self.spool, &self.node)?,
        };
        self.settle(&session)?;
        let mut delivered = false;
        while let Some(parcel) = self.spool.parcel()? {
            crate::forward::delivery::deliver(&session, &self.spool, &self.node, &parcel)?;
            self.shared.delivered.fetch_add(1, Ordering::Relaxed);
            delivered = true;
            if self.shared.lock().closing.is_some_and(|deadline| time::instant() >= deadline) {
                break;
            }
        }
        if !delivered {
            // Whether it is there is to be known before it is needed; and a session that says nothing is ended.
            session.batch("select 1")?;
        }
        self.fold(&session)?;
        self.session = Some(session);
        Ok(())
    }

    /// Tells the store what this node's privacy statement says, where that is new or someone asks.
    fn settle(&self, session: &Session) -> Result<(), PostgresError> {
        let asked = self.shared.lock().settle;
        let said = self.spool.statement()?;
        let Some((said, is_new)) = said.filter(|(_, is_new)| *is_new || asked) else { return Ok(()) };
        let versions = session.publish(&said, is_new)?;
        self.spool.told(said.number)?;
        if asked {
            self.answer(Some(versions));
        }
        Ok(())
    }

    fn answer(&self, versions: Option<StatementVersions>) {
        let mut orders = self.shared.lock();
        (orders.settle, orders.settled) = (false, versions);
        self.shared.done.notify_all();
    }

    /// Has days made of old hours, as the ledger does in a store of its own.
    fn fold(&mut self, session: &Session) -> Result<(), PostgresError> {
        let now = time::instant();
        if now.duration_since(self.folded) < FOLD {
            return Ok(());
        }
        self.folded = now;
        let Some(before) = folded_before(time::now().day()) else { return Ok(()) };
        crate::forward::delivery::fold(session, before)
    }

    fn arrived(&mut self) -> Duration {
        self.backoff = LEAST_BACKOFF;
        self.shared.reachable.store(true, Ordering::Relaxed);
        if self.told.take().is_some() {
            events::emit(&Event::StoreBack);
        }
        self.every
    }

    fn failed(&mut self, fault: PostgresFault) -> Duration {
        self.shared.reachable.store(false, Ordering::Relaxed);
        self.shared.failed.fetch_add(1, Ordering::Relaxed);
        self.answer(None);
        if self.told.replace(fault) != Some(fault) {
            events::emit(&Event::StoreAway(fault.as_str()));
        }
        let pause = self.backoff;
        self.backoff = (pause * 2).min(MOST_BACKOFF);
        let half = u64::try_from(pause.as_millis() / 2).unwrap_or(u64::MAX);
        pause / 2 + Duration::from_millis(random::random_below(half))
    }

    /// Looks how full the spool is, and whether something waits in it.
    fn look(&self) {
        let bytes = self.spool.bytes().unwrap_or(u64::MAX);
        self.shared.bytes.store(bytes, Ordering::Relaxed);
        let waits = !matches!(self.spool.sha256_under_way(), Ok(None)) || self.spool.waiting().unwrap_or(1) > 0;
        let mut orders = self.shared.lock();
        orders.waiting = if waits { orders.waiting.or_else(|| Some(time::instant())) } else { None };
    }
}
