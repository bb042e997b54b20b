//! What a partner that is paid by request cost in a month.

use std::collections::BTreeMap;

use crate::billing::money::{Currency, Micros};
use crate::billing::year_month::YearMonth;

/// The cost of a partner's requests in a UTC month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestCost {
    /// The month.
    pub month: YearMonth,
    /// The partner, of the configuration or of the store only.
    pub partner: String,
    /// The cost by currency.
    pub amounts: BTreeMap<Currency, Micros>,
}

/// Adds up costs by month and partner, in this order. None if a sum does not fit.
#[must_use]
pub fn by_month(costs: impl IntoIterator<Item = (YearMonth, String, Currency, Micros)>) -> Option<Vec<RequestCost>> {
    let mut months: BTreeMap<(YearMonth, String), BTreeMap<Currency, Micros>> = BTreeMap::new();
    for (month, partner, currency, cost) in costs {
        let sum = months.entry((month, partner)).or_default().entry(currency).or_default();
        *sum = sum.checked_add(cost)?;
    }
    let cost = |((month, partner), amounts)| RequestCost { month, partner, amounts };
    Some(months.into_iter().map(cost).collect())
}
