//! The metrics of budgets: what partners that are paid by request have used, by partner, code and period.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

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
    /// The periods that have series, with the currency of their money.
    shown: Mutex<BTreeMap<ShownPeriod, Option<Currency>>>,
}

/// One period of one budget, as its series name it: the partner, the code with a budget of its own or `*`, and `hour`, `day` or `month`.
pub type ShownPeriod = (ConfigName, String, &'static str);

/// What is left and what is used.
const STATES: [&str; 2] = ["spent", "remaining"];

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
            shown: Mutex::default(),
        }
    }

    /// The requests of a partner's budget of this day that are spent, and those that are left; None for what is not known or not bounded.
    #[must_use]
    pub fn today(&self, partner: &ConfigName) -> [Option<u64>; 2] {
        STATES.map(|state| {
            let labels = labels(partner, ALL_CODES, TODAY, state);
            self.requests.get(&Labels(labels)).and_then(|gauge| u64::try_from(gauge.get()).ok())
        })
    }

    /// Removes the series of all periods but these: a reload removed their budget.
    pub fn keep(&self, live: &BTreeSet<ShownPeriod>) {
        // No change under the lock can stop half way.
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        shown.retain(|period, currency| {
            let is_live = live.contains(period);
            if !is_live {
                self.remove(period, *currency, &STATES);
            }
            is_live
        });
    }

    fn remove(&self, (partner, code, period): &ShownPeriod, currency: Option<Currency>, states: &[&str]) {
        for state in states {
            let labels = labels(partner, code, period, state);
            self.requests.remove(&Labels(labels.clone()));
            if let Some(currency) = currency {
                self.money.remove(&Labels(with_currency(labels, currency)));
            }
        }
    }

    /// Sets the series of one period. Those of an earlier currency, and of a ceiling that it no longer has, are removed.
    pub fn set(&self, now: &BudgetUse<'_>) {
        let period = (now.partner.clone(), now.code.to_owned(), now.period);
        let before = {
            let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
            shown.insert(period.clone(), now.currency)
        };
        match before {
            Some(currency) if currency != now.currency => self.remove(&period, currency, &STATES),
            Some(currency) if now.left.is_none() => self.remove(&period, currency, &["remaining"]),
            Some(_) | None => {}
        }
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
                self.money.get_or_create(&Labels(with_currency(labels(state), currency))).set(n);
            }
        }
    }
}

fn labels(partner: &ConfigName, code: &str, period: &str, state: &str) -> Vec<(&'static str, String)> {
    let values = [partner.as_str(), code, period, state].map(str::to_owned);
    ["partner", "code", "period", "state"].into_iter().zip(values).collect()
}

fn with_currency(mut labels: Vec<(&'static str, String)>, currency: Currency) -> Vec<(&'static str, String)> {
    labels.push(("currency", currency.as_str().to_owned()));
    labels
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(metrics: &BudgetMetrics) -> String {
        let mut registry = Registry::default();
        for (name, family) in [("requests", &metrics.requests), ("money", &metrics.money)] {
            registry.register(name, "", family.clone());
        }
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &registry).unwrap();
        let series: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
        series.join("\n")
    }

    #[test]
    fn what_a_reload_removed_has_no_series() {
        let metrics = BudgetMetrics::register(&mut Registry::default());
        let [first, second] = ["first", "second"].map(|name| ConfigName::new(name).unwrap());
        let usage = |partner, currency, left| BudgetUse {
            partner,
            code: ALL_CODES,
            period: "day",
            currency: Currency::new(currency),
            price: Micros(5),
            requests: 2,
            money: Micros(10),
            left,
        };
        metrics.set(&usage(&first, "USD", Some(3)));
        metrics.set(&usage(&second, "USD", Some(3)));
        assert_eq!(text(&metrics).lines().count(), 8);
        // The ceiling is removed, then the price is in another currency, then there is none, then the partner is removed.
        metrics.set(&usage(&first, "USD", None));
        assert!(!text(&metrics).contains(r#"partner="first",code="*",period="day",state="remaining""#));
        metrics.set(&usage(&first, "EUR", Some(4)));
        let euros = text(&metrics);
        assert_eq!((euros.matches("EUR").count(), euros.matches("USD").count()), (2, 2), "{euros}");
        metrics.set(&usage(&first, "", Some(4)));
        assert!(!text(&metrics).contains("EUR"));
        assert_eq!(metrics.today(&first), [Some(2), Some(4)]);
        metrics.keep(&BTreeSet::from([(second.clone(), ALL_CODES.to_owned(), "day")]));
        assert_eq!((metrics.today(&first), metrics.today(&second)), ([None, None], [Some(2), Some(3)]));
        assert_eq!(text(&metrics).lines().count(), 4);
        metrics.keep(&BTreeSet::new());
        assert_eq!(text(&metrics), "");
    }
}
