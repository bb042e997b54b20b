//! The metrics of budgets: what partners that are paid by request have used, by partner, code and period.

use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use crate::metrics::register::{Labels, metric};
use crate::money::{Currency, Micros};
use crate::name::ConfigName;

/// The label `code` of all codes together. It is no valid name of a code.
pub const ALL_CODES: &str = "*";

/// The label `period` of the current day.
const TODAY: &str = "day";

/// The metrics of all budgets.
#[derive(Debug)]
pub struct BudgetMetrics {
    requests: Family<Labels, Gauge>,
    money: Family<Labels, Gauge>,
    /// 1 if the store accepts reservations, or none was needed yet; 0 if it does not.
    pub readable: Gauge,
}

/// What one period of one budget has used.
#[derive(Debug, Clone, Copy)]
pub struct BudgetUse<'a> {
    /// The partner.
    pub partner: &'a ConfigName,
    /// The code with a budget of its own, or `*`.
    pub code: &'a str,
    /// `hour`, `day` or `month`.
    pub period: &'static str,
    /// The currency of the price. None without a price.
    pub currency: Option<Currency>,
    /// The price of a request.
    pub price: Micros,
    /// Requests that were sent or reserved.
    pub requests: u64,
    /// What they cost.
    pub money: Micros,
    /// How many requests are left. None if the period has no ceiling.
    pub left: Option<u64>,
}

impl BudgetMetrics {
    pub(super) fn register(r: &mut Registry) -> Self {
        let readable = Gauge::default();
        readable.set(1);
        r.register(
            "partner_budgets_readable",
            "1 if the store accepts reservations of budgets, else 0",
            readable.clone(),
        );
        Self {
            requests: metric(r, "partner_budget_requests", "Requests of a budget in the current period, by state"),
            money: metric(
                r,
                "partner_budget_money_micros",
                "Money of a budget in the current period, in millionths of the currency's unit, by state",
            ),
            readable,
        }
    }

    /// The requests of a partner's budget of this day that are spent, and those that are left; None for what is not known or not bounded.
    #[must_use]
    pub fn today(&self, partner: &ConfigName) -> [Option<u64>; 2] {
        ["spent", "remaining"].map(|state| {
            let labels = labels(partner, ALL_CODES, TODAY, state);
            self.requests.get(&Labels(labels)).and_then(|gauge| u64::try_from(gauge.get()).ok())
        })
    }

    /// Sets the series of one period.
    pub fn set(&self, now: &BudgetUse<'_>) {
        let labels = |state: &str| labels(now.partner, now.code, now.period, state);
        let number = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
        let left = now.left.map(number);
        for (state, n) in [("spent", Some(number(now.requests))), ("remaining", left)] {
            if let Some(n) = n {
                self.requests.get_or_create(&Labels(labels(state))).set(n);
            }
        }
        let Some(currency) = now.currency else { return };
        let money = left.map(|left| left.saturating_mul(now.price.0));
        for (state, n) in [("spent", Some(now.money.0)), ("remaining", money)] {
            if let Some(n) = n {
                let mut labels = labels(state);
                labels.push(("currency", currency.as_str().to_owned()));
                self.money.get_or_create(&Labels(labels)).set(n);
            }
        }
    }
}

fn labels(partner: &ConfigName, code: &str, period: &str, state: &str) -> Vec<(&'static str, String)> {
    let values = [partner.as_str(), code, period, state].map(str::to_owned);
    ["partner", "code", "period", "state"].into_iter().zip(values).collect()
}
