//! The keeper: one thread that fills the pools from the ledger, gives back what they do not need, and reports what is used. It starts with
//! the first budget.

mod thread;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use crate::budget::keeper::thread::KeeperLoop;
use crate::budget::partner_budget::{BoundedPool, PartnerBudget, client_rate};
use crate::budget::plan::{Ceilings, SpendingPlan};
use crate::budget::pool::RequestPool;
use crate::budget::signal::KeeperSignal;
use crate::metrics::Metrics;
use crate::name::ConfigName;
use crate::storage::query::StoreLocation;
use crate::time;

/// The keeper of all budgets of the process.
#[derive(Debug)]
pub struct Keeper {
    signal: Arc<KeeperSignal>,
    pools: Arc<Mutex<Vec<Weak<RequestPool>>>>,
    store: StoreLocation,
    metrics: Arc<Metrics>,
    is_started: Mutex<bool>,
}

impl Keeper {
    /// A keeper of the budgets in this store.
    #[must_use]
    pub fn new(store: StoreLocation, metrics: Arc<Metrics>) -> Self {
        Self { signal: Arc::default(), pools: Arc::default(), store, metrics, is_started: Mutex::new(false) }
    }

    /// The budget of a partner. `client_per_cent` is the share of a day's budget that one client may use within an hour.
    ///
    /// # Errors
    /// The thread cannot be started.
    pub fn budget(&self, plan: &SpendingPlan, client_per_cent: u64) -> std::io::Result<Option<PartnerBudget>> {
        if !plan.is_counted() {
            return Ok(None);
        }
        let plan = Arc::new(plan.clone());
        let pool = |code: Option<&ConfigName>, own: Option<Ceilings>| {
            let pool = Arc::new(RequestPool::new(plan.clone(), code.cloned(), self.signal.clone()));
            lock(&self.pools).push(Arc::downgrade(&pool));
            BoundedPool { pool, client_rate: client_rate(&plan, own, client_per_cent) }
        };
        let all = (!plan.all.is_empty()).then(|| pool(None, None));
        let codes = plan.codes.iter().map(|(code, own)| (code.clone(), pool(Some(code), Some(*own)))).collect();
        if plan.has_budget() {
            self.start()?;
        }
        Ok(Some(PartnerBudget { plan: plan.clone(), all, codes, client_per_cent }))
    }

    fn start(&self) -> std::io::Result<()> {
        let mut is_started = lock(&self.is_started);
        if !*is_started {
            let keeper =
                KeeperLoop::new(self.signal.clone(), self.pools.clone(), self.store.clone(), self.metrics.clone());
            std::thread::Builder::new().name("budgets".into()).spawn(move || keeper.run())?;
            *is_started = true;
        }
        Ok(())
    }

    /// Gives back what was reserved and not sent, and ends the thread. Waits for that no longer than this.
    pub fn close(&self, within: Duration) {
        if *lock(&self.is_started) {
            let now = time::instant();
            self.signal.close(now + within, now);
        }
    }
}

/// No change under these locks can stop half way.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
