//! The report of slices: languages, browsers and keyword groups, for days that have ended. Values that may not be published are added up
//! in `other`, which follows from the exact total and is stored nowhere; if `other` would reveal a suppressed value, it includes a
//! published one as well. With `[release] epsilon`, counts have noise; totals never have.

use std::collections::{BTreeMap, BTreeSet};

use crate::counts::cells::{ClickOutcome, SearchOutcome, Slice};
use crate::fields::keyword_group::OTHER;
use crate::report::noise::{Epsilon, ReleaseLabel, noise, released};
use crate::report::reader::{CountTable, CountsReader, ReportFilter, TOTAL};
use crate::report::suppression::merge_suppressed;
use crate::report::table::{Table, TableValue};
use crate::storage::error::StoreError;
use crate::time::Day;
use crate::tokens::keys::ReleaseKey;

const COLUMNS: [&str; 5] = ["day", "partner", "dimension", "value", "n"];

/// How slices are published.
#[derive(Debug, Clone, Copy)]
pub struct SliceRelease<'k> {
    /// Smaller counts are suppressed (`[counts] k`).
    pub k: u64,
    /// The noise, with the key that it is derived from.
    pub noise: Option<(Epsilon, &'k ReleaseKey)>,
    /// The current UTC day, which is not published yet.
    pub today: Day,
}

/// A day and a partner.
type SliceGroup = (String, String);

/// Exact sums by day and partner.
type Totals = BTreeMap<SliceGroup, u64>;

/// A row of the table `slices`.
struct StoredSlice {
    group: SliceGroup,
    dimension: &'static str,
    value: String,
    n: u64,
}

impl CountsReader {
    /// The slices of days that have ended, each group with its total.
    ///
    /// # Errors
    /// Those of the store, or a row that cannot be decoded.
    pub fn slices(&self, filter: &ReportFilter, release: SliceRelease<'_>) -> Result<Table, StoreError> {
        let yesterday = Day(release.today.0.saturating_sub(1)).date();
        let filter = ReportFilter { to: filter.to.min(yesterday), ..filter.clone() };
        let mut values: BTreeMap<(SliceGroup, &str), Vec<(String, u64)>> = BTreeMap::new();
        let mut dimensions: BTreeSet<&str> = BTreeSet::new();
        for StoredSlice { group, dimension, value, n } in self.stored_slices(&filter)? {
            dimensions.insert(dimension);
            values.entry((group, dimension)).or_default().push((value, n));
        }
        let was_asked = |name: &str| SearchOutcome::from_name(name).map(SearchOutcome::was_asked);
        let searches = self.totals(CountTable::Searches, "an outcome of searches", was_asked, &filter)?;
        let is_counted = |name: &str| Some(ClickOutcome::from_name(name)? == ClickOutcome::Counted);
        let clicks = self.totals(CountTable::Clicks, "an outcome of clicks", is_counted, &filter)?;
        let mut rows = Vec::new();
        for dimension in Slice::DIMENSIONS.into_iter().filter(|dimension| dimensions.contains(dimension)) {
            let totals = if dimension == Slice::CLICKED { &clicks } else { &searches };
            for (group, total) in totals {
                let cells = values.get(&(group.clone(), dimension)).map_or(&[][..], Vec::as_slice);
                rows.extend(group_rows(group, dimension, cells, *total, release));
            }
        }
        rows.sort_by(|one: &Vec<TableValue>, other| {
            one.iter().take(2).map(TableValue::text).cmp(other.iter().take(2).map(TableValue::text))
        });
        Ok(Table { columns: &COLUMNS, rows })
    }

    fn stored_slices(&self, filter: &ReportFilter) -> Result<Vec<StoredSlice>, StoreError> {
        let database = &self.database;
        if !database.has_table("slices")? {
            return Ok(Vec::new());
        }
        let (day, from, to) =
            (database.day("day"), database.to_day("substr(?1, 1, 10)"), database.to_day("substr(?2, 1, 10)"));
        let sql = format!(
            "select {day} as day, partner, dimension, value, {n} as n from slices
             where day between {from} and {to} and (cast(?3 as text) is null or partner = cast(?3 as text))
             order by 1, 2, 3, 4",
            n = database.integer("n")
        );
        let known = |name: &str| Slice::DIMENSIONS.into_iter().find(|dimension| *dimension == name);
        let mut slices = Vec::new();
        for row in database.query("slices", &sql, &filter.parameters())? {
            slices.push(StoredSlice {
                group: (row.day("day")?.date().to_string(), row.text("partner")?.to_owned()),
                dimension: row.parse("dimension", "a dimension of slices", known)?,
                value: row.text("value")?.to_owned(),
                n: row.count("n")?,
            });
        }
        Ok(slices)
    }

    /// Exact sums over the outcomes for which `is_included` returns true; None is an unknown outcome, and an error.
    fn totals(
        &self,
        table: CountTable,
        expected: &'static str,
        is_included: impl Fn(&str) -> Option<bool>,
        filter: &ReportFilter,
    ) -> Result<Totals, StoreError> {
        let by_day = self.select_days(table, "partner, outcome", "true")?;
        let n = self.database.sum("n");
        let sql =
            format!("select day, partner, outcome, {n} as n from ({by_day}) as by_day group by day, partner, outcome");
        let mut totals = Totals::new();
        for row in self.database.query(table.sources(), &sql, &filter.parameters())? {
            let group = (row.day("day")?.date().to_string(), row.text("partner")?.to_owned());
            let n = row.count("n")?;
            if row.parse("outcome", expected, &is_included)? {
                let total = totals.entry(group).or_default();
                *total = total.saturating_add(n);
            }
        }
        Ok(totals)
    }
}

/// The published rows of one group: its values, the others, and the total.
fn group_rows(
    group: &SliceGroup,
    dimension: &str,
    cells: &[(String, u64)],
    total: u64,
    release: SliceRelease<'_>,
) -> Vec<Vec<TableValue>> {
    let (day, partner) = group;
    let cells: Vec<(&str, u64)> = cells.iter().map(|(value, n)| (value.as_str(), *n)).collect();
    let merged = merge_suppressed(&cells, total, release.k);
    let row = |value: &str, n| {
        let key = [day, partner, dimension, value].map(|text| TableValue::Text(text.to_owned()));
        key.into_iter().chain([TableValue::Count(n)]).collect()
    };
    let noisy = |value: Option<&str>, n| {
        let label = ReleaseLabel { day, partner, dimension, value };
        let noise = release.noise.map_or(0, |(epsilon, key)| noise(key, &label, epsilon));
        row(value.unwrap_or(OTHER), released(n, noise))
    };
    let published = merged.published.iter().map(|(value, n)| noisy(Some(value), *n));
    published.chain([noisy(None, merged.other), row(TOTAL, total)]).collect()
}

#[cfg(test)]
mod tests;
