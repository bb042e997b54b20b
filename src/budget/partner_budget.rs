//! The budget of one partner as searches use it: its price, its pools, and the share of one client.

use std::sync::Arc;

use crate::budget::plan::{Ceilings, SpendingPlan};
use crate::budget::pool::{RequestPool, Ticket};
use crate::clients::rate::Rate;
use crate::name::ConfigName;
use crate::time;

/// Requests that one client may always make within an hour, however small the budget is: a household of searching people makes fewer.
const MIN_OF_CLIENT: u64 = 60;

/// The price and the budget of a partner.
#[derive(Debug)]
pub struct PartnerBudget {
    pub(super) plan: Arc<SpendingPlan>,
    /// The pool of searches whose code has no budget of its own. None if nothing bounds them.
    pub(super) all: Option<BoundedPool>,
    /// The pools of codes with a budget of their own.
    pub(super) codes: Vec<(ConfigName, BoundedPool)>,
    pub(super) client_per_cent: u64,
}

/// A pool, and how fast one client may empty it.
#[derive(Debug)]
pub(super) struct BoundedPool {
    pub(super) pool: Arc<RequestPool>,
    /// None if a client may use all of it.
    pub(super) client_rate: Option<Rate>,
}

impl PartnerBudget {
    /// Whether it is that of this plan and of this share of a client.
    #[must_use]
    pub fn is_of(&self, plan: &SpendingPlan, client_per_cent: u64) -> bool {
        *self.plan == *plan && self.client_per_cent == client_per_cent
    }

    /// The plan.
    #[must_use]
    pub fn plan(&self) -> &SpendingPlan {
        &self.plan
    }

    fn pool(&self, code: &ConfigName) -> Option<&BoundedPool> {
        let own = self.codes.iter().find(|(name, _)| name == code).map(|(_, pool)| pool);
        own.or(self.all.as_ref())
    }

    /// How fast one client may ask this partner under a code. None if nothing bounds that.
    #[must_use]
    pub fn client_rate(&self, code: &ConfigName) -> Option<Rate> {
        self.pool(code).and_then(|bounded| bounded.client_rate)
    }

    /// Takes a request. None if the budget is used up.
    pub async fn take(&self, code: &ConfigName) -> Option<Ticket> {
        match self.pool(code) {
            Some(bounded) => bounded.pool.take().await,
            None => Some(Ticket::unbounded(&self.plan, time::now().hour())),
        }
    }
}

/// How fast one client may ask: this share of a day's budget within an hour, and never less than [`MIN_OF_CLIENT`]. None for the whole.
pub(super) fn client_rate(plan: &SpendingPlan, own: Option<Ceilings>, per_cent: u64) -> Option<Rate> {
    if per_cent >= 100 {
        return None;
    }
    let price = plan.price_on(time::now().day());
    let days = [plan.all].into_iter().chain(own).filter_map(|ceilings| ceilings.requests_in_a_day(price));
    let share = days.min().map_or(u64::MAX, |day| day / 100).saturating_mul(per_cent);
    Some(Rate::within_an_hour(u32::try_from(share.max(MIN_OF_CLIENT)).unwrap_or(u32::MAX)))
}
