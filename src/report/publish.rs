//! Publishes the store's totals as metrics, so that business counters survive restarts.

use std::collections::HashMap;

use strum::VariantArray as _;

use crate::counts::cells::{Age, GAP_DAYS};
use crate::metrics::{Metrics, Stored};
use crate::report::reader::{CountsReader, check_click, check_search};
use crate::storage::error::StoreError;
use crate::storage::value::{DecodeError, Row};

/// Reads the totals over all days and sets the counters. They include days that hours were rolled up into and counts that arrived
/// after their month was closed, so that no counter ever falls. Counts of people are rounded down to a multiple of `k`: otherwise each
/// step of a counter would be somebody's visit, to within a minute.
///
/// # Errors
/// Those of the store, or a row that cannot be decoded.
pub fn publish(counts: &CountsReader, metrics: &Metrics, k: u64) -> Result<(), StoreError> {
    let database = &counts.database;
    for &stored in Stored::VARIANTS {
        let columns = stored.columns();
        let key_list = columns.join(", ");
        let mut parts = Vec::new();
        for (table, condition) in stored.sources() {
            if database.has_table(table)? {
                parts.push(format!("select {key_list}, n from {table} where {condition}"));
            }
        }
        if parts.is_empty() {
            continue;
        }
        let keys: Vec<String> = columns
            .iter()
            .map(|column| if is_number(column) { database.integer(column) } else { (*column).to_owned() })
            .zip(columns)
            .map(|(value, column)| format!("{value} as {column}"))
            .collect();
        let (keys, parts, n) = (keys.join(", "), parts.join(" union all "), database.sum("n"));
        let sql = format!("select {keys}, {n} as n from ({parts}) as total group by {key_list}");
        let mut sums = HashMap::new();
        for row in database.query(stored.table(), &sql, &[])? {
            let sum = sums.entry(labels(stored, &row)?).or_insert(0_u64);
            *sum = sum.saturating_add(row.count("n")?);
        }
        for (labels, n) in sums {
            metrics.publish(stored, &labels, if stored.is_people() { n - n % k.max(1) } else { n });
        }
    }
    Ok(())
}

fn is_number(column: &str) -> bool {
    matches!(column, "gap" | "age")
}

/// The values of the labels. Every column is decoded, those that are no label too: a row that cannot be decoded is an error.
fn labels(stored: Stored, row: &Row) -> Result<Vec<String>, DecodeError> {
    match stored {
        Stored::Clicks => check_click(row)?,
        Stored::Searches => check_search(row)?,
        Stored::Active | Stored::ActiveById | Stored::Retention => {}
    }
    let label = |column: &&str| match *column {
        "gap" => row.parse_number("gap", "a gap in days, 0 to 30", gap).map(|gap| gap.to_string()),
        "age" => row.parse_number("age", "an age in days: 0, 1, 7 or 30", age).map(|age| age.days().to_string()),
        column => row.text(column).map(str::to_owned),
    };
    let decoded = stored.columns().iter().map(|column| Ok((column, label(column)?))).collect::<Result<Vec<_>, _>>()?;
    Ok(decoded.into_iter().filter(|(column, _)| stored.labels().contains(column)).map(|(_, value)| value).collect())
}

fn gap(days: i64) -> Option<u8> {
    u8::try_from(days).ok().filter(|days| *days <= GAP_DAYS)
}

fn age(days: i64) -> Option<Age> {
    u32::try_from(days).ok().and_then(Age::from_days)
}
