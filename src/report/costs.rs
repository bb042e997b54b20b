//! The report of costs: requests to partners that are paid by request, and what they cost, by currency. Costs are the counted requests
//! times the price of their day, summed exactly in millionths; a request without a price has no cost, which is not the same as 0.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::money::Currency;
use crate::report::performance::ReportGrouping;
use crate::report::reader::{CountsReader, ReportFilter, TOTAL};
use crate::report::stored_costs::StoredCost;
use crate::report::table::{Table, TableValue};
use crate::storage::error::StoreError;

/// The columns: the interval of UTC days, the partner or the code; its days within the period; the requests and their cost in a currency.
const COLUMNS: [&str; 6] = ["group", "from", "to", "currency", "requests", "cost"];

/// What the table does not say.
pub const COST_NOTE: &str = "Requests that were sent, by UTC day, to partners with a price or a budget. A request without a price has no \
currency and no cost here.";

/// Requests in one currency, and their cost in millionths of its unit.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct CostSum {
    requests: u64,
    micros: i128,
}

impl CostSum {
    /// Adds what is stored of a day. Sums of 2^63 millionths by row cannot exceed the range within any number of rows that a store holds.
    fn add(&mut self, cost: &StoredCost) {
        self.requests = self.requests.saturating_add(cost.requests);
        self.micros = self.micros.saturating_add(cost.micros.0.into());
    }
}

/// A group: its first day, which orders it, its name, and its last day.
type CostGroup = (Date, String, Date);

impl CountsReader {
    /// Reports the requests and the costs of a period, by groups that have any, then of the whole period, whose group is `*`: a row for each
    /// currency.
    ///
    /// # Errors
    /// Those of the store, or a row that cannot be decoded.
    pub fn costs(&self, filter: &ReportFilter, grouping: ReportGrouping) -> Result<Table, StoreError> {
        let mut groups: BTreeMap<(CostGroup, Option<Currency>), CostSum> = BTreeMap::new();
        let mut totals: BTreeMap<Option<Currency>, CostSum> = BTreeMap::new();
        for cost in self.stored_costs(filter)? {
            groups.entry((group(&cost, grouping, filter), cost.currency)).or_default().add(&cost);
            totals.entry(cost.currency).or_default().add(&cost);
        }
        if totals.is_empty() {
            totals.insert(None, CostSum::default());
        }
        let total: CostGroup = (filter.from, TOTAL.to_owned(), filter.to);
        let groups = groups.iter().map(|((group, currency), sum)| row(group, *currency, *sum));
        let totals = totals.iter().map(|(currency, sum)| row(&total, *currency, *sum));
        Ok(Table { columns: &COLUMNS, rows: groups.chain(totals).collect() })
    }
}

fn group(cost: &StoredCost, grouping: ReportGrouping, filter: &ReportFilter) -> CostGroup {
    let (from, to) = (filter.from, filter.to);
    match grouping.interval(cost.day) {
        Some((name, first, last)) => (first.max(from), name, last.min(to)),
        None if grouping == ReportGrouping::Partner => (from, cost.partner.clone(), to),
        None => (from, cost.code.clone(), to),
    }
}

fn row((from, name, to): &CostGroup, currency: Option<Currency>, sum: CostSum) -> Vec<TableValue> {
    let text = |text: &str| TableValue::Text(text.to_owned());
    vec![
        text(name),
        text(&from.to_string()),
        text(&to.to_string()),
        text(currency.as_ref().map_or("", Currency::as_str)),
        TableValue::Count(sum.requests),
        currency.map_or(TableValue::Empty, |currency| TableValue::money(sum.micros, currency)),
    ]
}

#[cfg(test)]
mod tests;
