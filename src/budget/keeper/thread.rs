//! The thread of the keeper.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use crate::budget::ledger::{BudgetAccount, BudgetLedger, Purpose, Reservation};
use crate::budget::pool::{PoolWork, RequestPool};
use crate::budget::rule::Notice;
use crate::budget::signal::{KeeperSignal, Unsent};
use crate::events::{self, Event};
use crate::metrics::Metrics;
use crate::metrics::budget::{ALL_CODES, BudgetUse, ShownPeriod};
use crate::name::ConfigName;
use crate::storage::error::OpenError;
use crate::storage::query::StoreLocation;
use crate::time::{self, Hour};

/// How often the thread looks at the pools by itself.
const TICK: Duration = Duration::from_secs(1);

/// How often the gauges of a pool are read from the store while nothing is reserved. Often enough that a server does not end the session.
const GAUGE_INTERVAL: Duration = Duration::from_secs(15);

/// Pause after the store failed.
const RETRY_PAUSE: Duration = Duration::from_secs(1);

/// The state of the thread.
pub(super) struct KeeperLoop {
    signal: Arc<KeeperSignal>,
    pools: Arc<Mutex<Vec<Weak<RequestPool>>>>,
    store: StoreLocation,
    metrics: Arc<Metrics>,
    ledger: Option<BudgetLedger>,
    /// When the store may be tried again after a failure.
    retry_at: Option<Instant>,
    gauges_read_at: Option<Instant>,
}

impl Drop for KeeperLoop {
    fn drop(&mut self) {
        self.signal.end();
    }
}

impl KeeperLoop {
    pub(super) fn new(
        signal: Arc<KeeperSignal>,
        pools: Arc<Mutex<Vec<Weak<RequestPool>>>>,
        store: StoreLocation,
        metrics: Arc<Metrics>,
    ) -> Self {
        Self { signal, pools, store, metrics, ledger: None, retry_at: None, gauges_read_at: None }
    }

    /// Runs until it is closed. A panic, which the panic hook reports, costs one turn: what it was about to give back counts as sent.
    pub(super) fn run(mut self) {
        loop {
            let (unsent, is_closing) = self.signal.wait(TICK);
            if catch_unwind(AssertUnwindSafe(|| self.turn(unsent, is_closing))).is_err() {
                self.ledger = None;
            }
            if is_closing {
                return;
            }
        }
    }

    fn turn(&mut self, unsent: Vec<Unsent>, is_closing: bool) {
        let (hour, now) = (time::now().hour(), time::instant());
        for unsent in unsent {
            self.give_back(unsent);
        }
        let pools = self.live_pools();
        let reads_gauges = self.gauges_read_at.is_none_or(|read| now.duration_since(read) >= GAUGE_INTERVAL);
        for pool in &pools {
            let PoolWork { unsent, wanted, stamp } = pool.work(hour, now, is_closing);
            if let Some(unsent) = unsent {
                self.give_back(unsent);
            }
            let is_due = wanted > 0 || reads_gauges && !is_closing;
            if is_due && self.retry_at.is_none_or(|retry_at| now >= retry_at) {
                self.fill(pool, stamp, wanted);
            }
        }
        if reads_gauges {
            self.gauges_read_at = Some(now);
        }
        self.metrics.budgets.keep(&pools.iter().flat_map(|pool| shown_periods(pool, hour)).collect());
    }

    fn live_pools(&self) -> Vec<Arc<RequestPool>> {
        let mut pools = self.pools.lock().unwrap_or_else(PoisonError::into_inner);
        pools.retain(|pool| pool.strong_count() > 0);
        pools.iter().filter_map(Weak::upgrade).collect()
    }

    /// Reserves requests and adds them to the pool. With 0, only the gauges are set.
    fn fill(&mut self, pool: &Arc<RequestPool>, stamp: Hour, wanted: u64) {
        let Some(reservation) = self.reserve(pool.purpose(stamp), wanted) else {
            if wanted > 0 {
                pool.fail();
            }
            return;
        };
        if wanted > 0
            && let Some(unsent) = pool.refill(stamp, &reservation, time::instant())
        {
            self.give_back(unsent);
        }
        let plan = pool.purpose(stamp).plan;
        for account in &reservation.accounts {
            self.report(&plan.partner, account, &reservation);
        }
    }

    fn reserve(&mut self, purpose: Purpose<'_>, wanted: u64) -> Option<Reservation> {
        let had_session = self.ledger.is_some();
        let first = self.attempt(|ledger| ledger.reserve(purpose, wanted).map_err(OpenError::from));
        let reserved = match first {
            // The server may have ended the session. A block that was reserved all the same counts as sent.
            Err(_) if had_session => self.attempt(|ledger| ledger.reserve(purpose, wanted).map_err(OpenError::from)),
            first => first,
        };
        self.note(reserved.is_ok());
        reserved.ok()
    }

    /// Gives requests back. It is tried once: an error leaves open whether it was committed.
    fn give_back(&mut self, unsent: Unsent) {
        let Unsent { plan, code, stamp, price, n } = unsent;
        let purpose = Purpose { plan: &plan, code: code.as_ref(), hour: stamp };
        self.attempt(|ledger| ledger.give_back(purpose, n, price).map_err(OpenError::from)).ok();
    }

    /// Runs `work` on the open ledger, which is opened anew after an error.
    fn attempt<T>(&mut self, work: impl FnOnce(&BudgetLedger) -> Result<T, OpenError>) -> Result<T, OpenError> {
        let ledger = match self.ledger.take() {
            Some(ledger) => ledger,
            None => BudgetLedger::open(&self.store)?,
        };
        let done = work(&ledger)?;
        self.ledger = Some(ledger);
        Ok(done)
    }

    /// Reports the first failure in a row, and the first success after it.
    fn note(&mut self, is_good: bool) {
        self.metrics.budgets.readable.set(is_good.into());
        match (is_good, self.retry_at) {
            (true, Some(_)) => events::emit(&Event::BudgetsRecovered),
            (false, None) => events::emit(&Event::BudgetsFailed),
            (true, None) | (false, Some(_)) => {}
        }
        self.retry_at = (!is_good).then(|| time::instant() + RETRY_PAUSE);
    }

    fn report(&self, partner: &ConfigName, account: &BudgetAccount, reservation: &Reservation) {
        let BudgetAccount { code, kind, ceiling, used, notice, .. } = account;
        let code = code.as_ref().map_or(ALL_CODES, ConfigName::as_str);
        let left = used.left(*ceiling, reservation.price.price);
        self.metrics.budgets.set(&BudgetUse {
            partner,
            code,
            period: kind.as_str(),
            currency: reservation.price.currency,
            price: reservation.price.price,
            requests: used.requests,
            money: used.money,
            left: ceiling.is_some().then_some(left),
        });
        match notice {
            Some(Notice::Low) => events::emit(&Event::BudgetLow(partner, code, kind.as_str())),
            Some(Notice::Reached) => events::emit(&Event::BudgetReached(partner, code, kind.as_str())),
            None => {}
        }
    }
}

/// The periods of which a pool sets the gauges.
fn shown_periods(pool: &RequestPool, hour: Hour) -> BTreeSet<ShownPeriod> {
    let Purpose { plan, code, .. } = pool.purpose(hour);
    let shown = |code: Option<&ConfigName>| code.map_or(ALL_CODES, ConfigName::as_str).to_owned();
    plan.periods(code).into_iter().map(|(code, kind, _)| (plan.partner.clone(), shown(code), kind.as_str())).collect()
}
