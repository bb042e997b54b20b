//! Clicks by day and partner: how many were counted, how many were filtered and why, and the share filtered.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use strum::VariantArray as _;

use crate::counts::cells::ClickOutcome;
use crate::report::reader::{CountTable, CountsReader, ReportFilter};
use crate::report::table::{self, Table, TableValue};
use crate::storage::error::StoreError;

/// The columns: the day, the partner, a column for each outcome (`counted` first), the clicks that were filtered, and their share
/// in per cent of all clicks, rounded to a tenth, halves up.
static COLUMNS: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let outcomes = ClickOutcome::VARIANTS.iter().map(|outcome| outcome.as_str());
    ["day", "partner"].into_iter().chain(outcomes).chain(["filtered", "filtered_per_cent"]).collect()
});

/// The clicks of one day and partner, by outcome.
type Outcomes = BTreeMap<ClickOutcome, u64>;

impl CountsReader {
    /// The clicks of each day and partner. Those whose link cannot be read are `unknown`: nobody knows whose link it was.
    ///
    /// # Errors
    /// Those of the store, or a row that cannot be decoded.
    pub(super) fn filtered(&self, filter: &ReportFilter) -> Result<Table, StoreError> {
        let clicks = self.by_day(CountTable::Clicks, filter)?;
        let mut days: BTreeMap<(String, String), Outcomes> = BTreeMap::new();
        for row in &clicks.rows {
            if let [
                TableValue::Text(day),
                TableValue::Text(partner),
                ..,
                TableValue::Text(outcome),
                TableValue::Count(n),
            ] = row.as_slice()
                && let Some(outcome) = ClickOutcome::from_name(outcome)
            {
                let sum = days.entry((day.clone(), partner.clone())).or_default().entry(outcome).or_default();
                *sum = sum.saturating_add(*n);
            }
        }
        let rows = days.into_iter().map(|((day, partner), outcomes)| row(day, partner, &outcomes)).collect();
        Ok(Table { columns: &COLUMNS, rows })
    }
}

fn row(day: String, partner: String, outcomes: &Outcomes) -> Vec<TableValue> {
    let n = |outcome: &ClickOutcome| outcomes.get(outcome).copied().unwrap_or(0);
    let all = outcomes.values().fold(0_u64, |sum, n| sum.saturating_add(*n));
    let filtered = TableValue::Count(all - n(&ClickOutcome::Counted));
    let share = table::share(&filtered, &TableValue::Count(all));
    let names = [TableValue::Text(day), TableValue::Text(partner)];
    let counts = ClickOutcome::VARIANTS.iter().map(|outcome| TableValue::Count(n(outcome)));
    names.into_iter().chain(counts).chain([filtered, share]).collect()
}

/// The clicks of all rows of this report: counted, filtered, and the share filtered, as the text of a line of totals.
#[must_use]
pub fn totals(table: &Table) -> String {
    let sum = |name: &str| {
        let column = table.columns.iter().position(|column| *column == name);
        let count = |row: &Vec<TableValue>| match column.and_then(|column| row.get(column)) {
            Some(TableValue::Count(n)) => *n,
            Some(
                TableValue::Text(_)
                | TableValue::Share(_)
                | TableValue::Decimal(_)
                | TableValue::Amount(_)
                | TableValue::Suppressed
                | TableValue::Empty,
            )
            | None => 0,
        };
        table.rows.iter().map(count).fold(0_u64, u64::saturating_add)
    };
    let (counted, filtered) = (sum(ClickOutcome::Counted.as_str()), sum("filtered"));
    let share = table::share(&TableValue::Count(filtered), &TableValue::Count(counted.saturating_add(filtered)));
    let share = if share == TableValue::Empty { String::new() } else { format!(" ({} %)", share.text()) };
    format!("counted {counted}, filtered {filtered}{share}")
}
