//! Slices: which languages, browsers and keyword groups there are, on days that are over. A value that is not shown is in
//! `other`, which follows from the exact total and is stored nowhere; and so is a shown value, where `other` would give a
//! hidden one away. With `[release] epsilon` the counts have noise, the totals never.

use std::collections::{BTreeMap, BTreeSet};

use crate::counts::cells::Slice;
use crate::fields::keyword_group::OTHER;
use crate::report::noise::{Epsilon, ReleaseLabel, noise, released};
use crate::report::suppression::merged;
use crate::report::table::{Table, TableValue};
use crate::report::{CountTable, CountsReader, ReportFilter, TOTAL};
use crate::storage::query::StoreError;
use crate::time::Day;
use crate::tokens::keys::ReleaseKey;

const COLUMNS: [&str; 5] = ["day", "partner", "dimension", "value", "n"];

/// How slices are shown.
#[derive(Debug, Clone, Copy)]
pub struct SliceRelease<'k> {
    /// Counts below it are not shown (`[counts] k`).
    pub k: u64,
    /// The noise, and the key that it is drawn with.
    pub noise: Option<(Epsilon, &'k ReleaseKey)>,
    /// The day that is not over.
    pub today: Day,
}

/// Counts by day and partner.
type Totals = BTreeMap<(String, String), u64>;

impl CountsReader {
    /// The slices of days that are over, each with its total.
    ///
    /// # Errors
    /// The store's.
    pub fn slices(&self, question: &ReportFilter, release: SliceRelease<'_>) -> Result<Table, StoreError> {
        let yesterday = Day(release.today.0.saturating_sub(1)).date();
        let question = ReportFilter { to: question.to.min(yesterday), ..question.clone() };
        let mut found: BTreeMap<(String, String, String), Vec<(String, u64)>> = BTreeMap::new();
        let mut used: BTreeSet<String> = BTreeSet::new();
        for (keys, n) in self.written(&question)? {
            let Ok([day, partner, dimension, value]) = <[String; 4]>::try_from(keys) else { continue };
            used.insert(dimension.clone());
            found.entry((day, partner, dimension)).or_default().push((value, n));
        }
        let searches = self.by_partner(CountTable::Searches, "outcome <> 'refused'", &question)?;
        let clicks = self.by_partner(CountTable::Clicks, "outcome = 'counted'", &question)?;
        let mut rows = Vec::new();
        for dimension in Slice::DIMENSIONS.into_iter().filter(|dimension| used.contains(*dimension)) {
            let totals = if dimension == Slice::CLICKED { &clicks } else { &searches };
            for ((day, partner), total) in totals {
                let key = (day.clone(), partner.clone(), dimension.to_owned());
                let cells = found.get(&key).map_or(&[][..], Vec::as_slice);
                let cells: Vec<(&str, u64)> = cells.iter().map(|(value, n)| (value.as_str(), *n)).collect();
                let merged = merged(&cells, *total, release.k);
                let shown = merged.shown.iter().map(|(value, n)| (Some(*value), *n)).chain([(None, merged.other)]);
                let mut row = |value: &str, n| {
                    let key = [day, partner, dimension, value].map(|text| TableValue::Text(text.to_owned()));
                    rows.push(key.into_iter().chain([TableValue::Count(n)]).collect());
                };
                for (value, n) in shown {
                    let cell = ReleaseLabel { day, partner, dimension, value };
                    let noise = release.noise.map_or(0, |(epsilon, key)| noise(key, &cell, epsilon));
                    row(value.unwrap_or(OTHER), released(n, noise));
                }
                row(TOTAL, *total);
            }
        }
        rows.sort_by(|one: &Vec<TableValue>, other| {
            one.iter().take(2).map(TableValue::text).cmp(other.iter().take(2).map(TableValue::text))
        });
        Ok(Table { columns: &COLUMNS, rows })
    }

    /// What the table has, in the order of the columns.
    fn written(&self, question: &ReportFilter) -> Result<Vec<(Vec<String>, u64)>, StoreError> {
        if !self.0.has("slices")? {
            return Ok(Vec::new());
        }
        let (day, from, to) =
            (self.0.day("day"), self.0.to_day("substr(?1, 1, 10)"), self.0.to_day("substr(?2, 1, 10)"));
        let sql = format!(
            "select {day}, partner, dimension, value, cast(n as bigint) from slices
             where day between {from} and {to} and (cast(?3 as text) is null or partner = cast(?3 as text))
             order by 1, 2, 3, 4"
        );
        self.rows(&sql, &Self::values(question))
    }

    /// The exact sums of single outcomes by day and partner.
    fn by_partner(&self, subject: CountTable, which: &str, question: &ReportFilter) -> Result<Totals, StoreError> {
        let by_day = self.days(subject, "partner", which)?;
        let sql = format!("select day, partner, cast(sum(n) as bigint) from ({by_day}) as by_day group by 1, 2");
        let rows = self.rows(&sql, &Self::values(question))?;
        let keyed = rows.into_iter().filter_map(|(keys, n)| Some((<[String; 2]>::try_from(keys).ok()?.into(), n)));
        Ok(keyed.collect())
    }
}

#[cfg(test)]
mod tests;
