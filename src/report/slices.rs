//! Slices: which languages, browsers and keyword groups there are, on days that are over. A value that is not shown is in
//! `other`, which follows from the exact total and is stored nowhere; and so is a shown value, where `other` would give a
//! hidden one away. With `[release] epsilon` the counts have noise, the totals never.

use std::collections::{BTreeMap, BTreeSet};

use super::noise::{Epsilon, SliceCell, noise, released};
use super::sheet::{Sheet, Value};
use super::suppress::merged;
use super::{Counts, Question, TOTAL};
use crate::counts::cells::Slice;
use crate::fields::keyword_group::OTHER;
use crate::seal::keys::ReleaseKey;
use crate::world::Day;

const COLUMNS: [&str; 5] = ["day", "partner", "dimension", "value", "n"];

/// What the table has, in the order of the columns.
const WRITTEN: &str = "
    select day, partner, dimension, value, n from slices
    where day between ?1 and ?2 and (?3 is null or partner = ?3) order by day, partner, dimension, value";

/// How slices are shown.
#[derive(Debug, Clone, Copy)]
pub struct Release<'k> {
    /// Counts below it are not shown (`[counts] k`).
    pub k: u64,
    /// The noise, and the key that it is drawn with.
    pub noise: Option<(Epsilon, &'k ReleaseKey)>,
    /// The day that is not over.
    pub today: Day,
}

/// Counts by day and partner.
type Totals = BTreeMap<(String, String), u64>;

impl Counts {
    /// The slices of days that are over, each with its total.
    ///
    /// # Errors
    /// SQLite's.
    pub fn slices(&self, question: &Question, release: Release<'_>) -> rusqlite::Result<Sheet> {
        let yesterday = Day(release.today.0.saturating_sub(1)).date();
        let question = Question { to: question.to.min(yesterday), ..question.clone() };
        let mut found: BTreeMap<(String, String, String), Vec<(String, u64)>> = BTreeMap::new();
        let mut used: BTreeSet<String> = BTreeSet::new();
        let written =
            if self.has("slices")? { self.rows(WRITTEN, &values(&question), COLUMNS.len())? } else { Vec::new() };
        for (keys, n) in written {
            let Ok([day, partner, dimension, value]) = <[String; 4]>::try_from(keys) else { continue };
            used.insert(dimension.clone());
            found.entry((day, partner, dimension)).or_default().push((value, n));
        }
        let searches = self.by_partner("searches", "outcome <> 'refused'", &question)?;
        let clicks = self.by_partner("clicks", "outcome = 'counted'", &question)?;
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
                    let key = [day, partner, dimension, value].map(|text| Value::Text(text.to_owned()));
                    rows.push(key.into_iter().chain([Value::Count(n)]).collect());
                };
                for (value, n) in shown {
                    let cell = SliceCell { day, partner, dimension, value };
                    let noise = release.noise.map_or(0, |(epsilon, key)| noise(key, &cell, epsilon));
                    row(value.unwrap_or(OTHER), released(n, noise));
                }
                row(TOTAL, *total);
            }
        }
        rows.sort_by(|one: &Vec<Value>, other| {
            one.iter().take(2).map(Value::text).cmp(other.iter().take(2).map(Value::text))
        });
        Ok(Sheet { columns: &COLUMNS, rows })
    }

    /// The exact sums of a table by day and partner.
    fn by_partner(&self, table: &str, which: &str, question: &Question) -> rusqlite::Result<Totals> {
        let sql = format!(
            "select substr(hour, 1, 10) as day, partner, sum(n) from {table}
             where substr(hour, 1, 10) between ?1 and ?2 and (?3 is null or partner = ?3) and {which} group by 1, 2"
        );
        let rows = self.rows(&sql, &values(question), 3)?;
        let keyed = rows.into_iter().filter_map(|(keys, n)| Some((<[String; 2]>::try_from(keys).ok()?.into(), n)));
        Ok(keyed.collect())
    }
}

fn values(question: &Question) -> [Option<String>; 3] {
    [Some(question.from.to_string()), Some(question.to.to_string()), question.partner.clone()]
}

#[cfg(test)]
mod tests;
