//! Requests that are reserved and not sent yet, for the searches of one partner under one budget. A search takes one and goes on; it waits
//! for the store only if the pool is empty, and no longer than `REFILL_WAIT`.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use crate::budget::ledger::{Purpose, Reservation};
use crate::budget::plan::SpendingPlan;
use crate::budget::rule::RequestPrice;
use crate::budget::signal::{KeeperSignal, Unsent};
use crate::money::Micros;
use crate::name::ConfigName;
use crate::time::{self, Hour};

/// How long a search waits for an empty pool to be filled, before the partner is skipped: a transaction takes some milliseconds, and a
/// person notices more.
const REFILL_WAIT: Duration = Duration::from_millis(250);

/// Requests that are reserved at once: the least, and the most, which a crash can lose. In between, a block doubles if the last one did not
/// last for [`BLOCK_TIME`].
const MIN_BLOCK: u64 = 4;
const MAX_BLOCK: u64 = 1_024;
const BLOCK_TIME: Duration = Duration::from_secs(2);

/// A pool that nobody asks gives back what it has, for other nodes.
const IDLE_TIME: Duration = Duration::from_secs(10);

/// How often it is looked whether something was given back below a ceiling that was reached.
const RECHECK_TIME: Duration = Duration::from_secs(1);

/// A pool.
#[derive(Debug)]
pub struct RequestPool {
    plan: Arc<SpendingPlan>,
    /// The code, if it has a budget of its own.
    code: Option<ConfigName>,
    state: Mutex<PoolState>,
    /// Notified after each attempt to fill it.
    refilled: Notify,
    /// Searches that wait.
    waiting: AtomicU64,
    signal: Arc<KeeperSignal>,
}

#[derive(Debug)]
struct PoolState {
    /// The period that the requests are reserved in ([`SpendingPlan::stamp`]), and their price.
    stamp: Hour,
    price: RequestPrice,
    left: u64,
    /// How many are reserved next.
    block: u64,
    /// More are needed.
    is_wanted: bool,
    /// The period in which nothing more could be reserved.
    dry: Option<Hour>,
    /// The store could not be used.
    is_away: bool,
    /// Somebody has asked since the keeper looked.
    is_asked: bool,
    is_closed: bool,
    idle_since: Instant,
    refilled_at: Instant,
}

/// What the keeper has to do for a pool.
#[derive(Debug)]
pub(super) struct PoolWork {
    /// To give back.
    pub(super) unsent: Option<Unsent>,
    /// To reserve, and for which period.
    pub(super) wanted: u64,
    pub(super) stamp: Hour,
}

/// What became of an attempt to take a request.
#[derive(Debug)]
pub(super) enum Taken {
    Ticket(Ticket),
    /// The pool is empty, and is being filled.
    Empty,
    /// Nothing is to be had now.
    Shut,
}

/// The permission to send one request to a partner. Unless it was sent, it goes back when this is dropped.
#[derive(Debug)]
pub struct Ticket {
    pool: Option<Arc<RequestPool>>,
    stamp: Hour,
    price: RequestPrice,
    is_sent: bool,
}

impl Ticket {
    /// For a partner without a budget.
    #[must_use]
    pub fn unbounded(plan: &SpendingPlan, hour: Hour) -> Self {
        let price = RequestPrice { price: plan.price_on(hour.day()), currency: plan.currency() };
        Self { pool: None, stamp: hour, price, is_sent: false }
    }

    /// Notes that the request is about to be sent. From here on a panic or a crash does not give it back.
    pub fn send(&mut self) {
        self.is_sent = true;
    }

    /// Notes that nothing of the request was sent after all.
    pub fn unsend(&mut self) {
        self.is_sent = false;
    }

    /// The hour whose day it is booked on, and its price, if it was sent.
    #[must_use]
    pub fn booking(&self) -> Option<(Hour, RequestPrice)> {
        self.is_sent.then_some((self.stamp, self.price))
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        if let Some(pool) = self.pool.take().filter(|_| !self.is_sent) {
            pool.put_back(self.stamp, self.price);
        }
    }
}

impl RequestPool {
    pub(super) fn new(plan: Arc<SpendingPlan>, code: Option<ConfigName>, signal: Arc<KeeperSignal>) -> Self {
        let now = time::instant();
        let state = PoolState {
            stamp: Hour(0),
            price: RequestPrice { price: Micros(0), currency: None },
            left: 0,
            block: MIN_BLOCK,
            is_wanted: false,
            dry: None,
            is_away: false,
            is_asked: false,
            is_closed: false,
            idle_since: now,
            refilled_at: now,
        };
        Self { plan, code, state: Mutex::new(state), refilled: Notify::new(), waiting: AtomicU64::new(0), signal }
    }

    /// What a reservation for this hour is for.
    pub(super) fn purpose(&self, hour: Hour) -> Purpose<'_> {
        Purpose { plan: &self.plan, code: self.code.as_ref(), hour }
    }

    /// No change under the lock can stop half way, so a poisoned lock protects a valid state.
    fn lock(&self) -> MutexGuard<'_, PoolState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a request; None if none is left, or the store cannot tell in time.
    pub async fn take(self: &Arc<Self>) -> Option<Ticket> {
        match self.try_take(time::now().hour()) {
            Taken::Ticket(ticket) => return Some(ticket),
            Taken::Shut => return None,
            Taken::Empty => {}
        }
        let deadline = time::instant() + REFILL_WAIT;
        let _waiting = Waiting::new(&self.waiting);
        loop {
            let refilled = self.refilled.notified();
            tokio::pin!(refilled);
            // Before looking again: a notification in between is not missed.
            refilled.as_mut().enable();
            match self.try_take(time::now().hour()) {
                Taken::Ticket(ticket) => return Some(ticket),
                Taken::Shut => return None,
                Taken::Empty => {}
            }
            tokio::time::timeout_at(deadline.into(), refilled).await.ok()?;
        }
    }

    pub(super) fn try_take(self: &Arc<Self>, now: Hour) -> Taken {
        let stamp = self.plan.stamp(now);
        let mut state = self.lock();
        state.is_asked = true;
        let has_one = state.stamp == stamp && state.left > 0;
        if has_one {
            state.left -= 1;
        }
        let is_low = state.stamp != stamp || state.left <= state.block / 2;
        let may_refill = !state.is_closed && is_low && state.dry != Some(stamp);
        let wakes = may_refill && !state.is_wanted && !state.is_away;
        // The keeper looks again by itself after a while if the ceiling was reached, or the store failed.
        state.is_wanted |= !state.is_closed && is_low;
        let is_shut = state.is_closed || state.is_away || state.dry == Some(stamp);
        let price = state.price;
        drop(state);
        if wakes {
            self.signal.wake();
        }
        match (has_one, is_shut) {
            (true, _) => Taken::Ticket(Ticket { pool: Some(self.clone()), stamp, price, is_sent: false }),
            (false, true) => Taken::Shut,
            (false, false) => Taken::Empty,
        }
    }

    fn put_back(&self, stamp: Hour, price: RequestPrice) {
        let mut state = self.lock();
        if state.stamp == stamp && state.price == price && !state.is_closed {
            state.left += 1;
            drop(state);
            self.refilled.notify_waiters();
        } else {
            drop(state);
            self.signal.give_back(self.unsent(stamp, price, 1));
        }
    }

    fn unsent(&self, stamp: Hour, price: RequestPrice, n: u64) -> Unsent {
        Unsent { plan: self.plan.clone(), code: self.code.clone(), stamp, price, n }
    }

    /// What is to be done now. What is to be given back is no longer in the pool. With `is_closing`, all of it is, and no more can be taken.
    pub(super) fn work(&self, hour: Hour, now: Instant, is_closing: bool) -> PoolWork {
        let stamp = self.plan.stamp(hour);
        let waiting = self.waiting.load(Ordering::Relaxed);
        let mut state = self.lock();
        state.is_closed |= is_closing;
        if std::mem::take(&mut state.is_asked) {
            state.idle_since = now;
        }
        let is_idle = now.duration_since(state.idle_since) >= IDLE_TIME;
        let unsent = (state.left > 0 && (state.stamp != stamp || is_idle || state.is_closed)).then(|| {
            let left = std::mem::take(&mut state.left);
            self.unsent(state.stamp, state.price, left)
        });
        if is_idle {
            state.is_wanted = false;
            state.block = MIN_BLOCK;
        }
        let is_dry = state.dry == Some(stamp) && now.duration_since(state.refilled_at) < RECHECK_TIME;
        let is_due = state.is_wanted && !is_dry && !state.is_closed;
        let wanted = if is_due { state.block.max(waiting.saturating_add(1)).min(MAX_BLOCK) } else { 0 };
        PoolWork { unsent, wanted, stamp }
    }

    /// Adds what was reserved for a period. What was left of another one is returned, to be given back.
    pub(super) fn refill(&self, stamp: Hour, reservation: &Reservation, now: Instant) -> Option<Unsent> {
        let mut state = self.lock();
        let is_other = state.stamp != stamp || state.price != reservation.price;
        let before = (state.stamp, state.price, if is_other { std::mem::take(&mut state.left) } else { 0 });
        (state.stamp, state.price) = (stamp, reservation.price);
        state.left = state.left.saturating_add(reservation.granted);
        let is_fast = now.duration_since(state.refilled_at) < BLOCK_TIME;
        let block = if is_fast { state.block.saturating_mul(2) } else { state.block / 2 };
        state.block = block.clamp(MIN_BLOCK, MAX_BLOCK);
        (state.refilled_at, state.is_away, state.is_wanted) = (now, false, false);
        state.dry = (reservation.granted == 0).then_some(stamp);
        drop(state);
        self.refilled.notify_waiters();
        (before.2 > 0).then(|| self.unsent(before.0, before.1, before.2))
    }

    /// Notes that the store could not be used. What is left may be sent; then the partner is skipped until the store is back.
    pub(super) fn fail(&self) {
        self.lock().is_away = true;
        self.refilled.notify_waiters();
    }
}

impl Drop for RequestPool {
    /// A reload has replaced it.
    fn drop(&mut self) {
        let state = self.state.get_mut().unwrap_or_else(PoisonError::into_inner);
        let (stamp, price, left) = (state.stamp, state.price, std::mem::take(&mut state.left));
        if left > 0 {
            self.signal.give_back(self.unsent(stamp, price, left));
        }
    }
}

/// Counts a waiting search.
struct Waiting<'a>(&'a AtomicU64);

impl<'a> Waiting<'a> {
    fn new(waiting: &'a AtomicU64) -> Self {
        waiting.fetch_add(1, Ordering::Relaxed);
        Self(waiting)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
