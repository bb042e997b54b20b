//! The reports of active users and of retention, from the tables `active` and `retention`.
//!
//! Rolling actives: a user counts once in a window of days, on the first day in it on which they were active. That is the day
//! whose gap reaches back before the window: with `gap` days since the previous visit, day `d` is the first in a window that starts
//! on day `s` if `gap` is 0 (new) or greater than `d - s`. No window is longer than 30 days, and a gap of 30 means 30 or more. A user
//! belongs to the code of that day's request, so the codes add up to the total.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use strum::VariantArray as _;

use crate::counts::cells::{Age, GAP_DAYS};
use crate::report::reader::{CountsReader, ReportFilter, TOTAL};
use crate::report::suppression::Suppression;
use crate::report::table::{Table, TableValue, share};
use crate::storage::error::StoreError;
use crate::storage::value::{DecodeError, Row};
use crate::time::Day;

/// The lengths of the windows of rolling actives, in days.
pub const WINDOWS: [u32; 4] = [1, 7, 28, 30];

/// How many days before its last day the longest window starts.
const LONGEST_REACH: u32 = 29;

const ACTIVE: [&str; 8] = ["day", "code", "new", "active_1", "active_7", "active_28", "active_30", "by_id_approximate"];

const RETENTION: [&str; 9] =
    ["cohort", "code", "new", "day_1", "day_7", "day_30", "day_1_per_cent", "day_7_per_cent", "day_30_per_cent"];

/// Counts of one day, by gap.
type Gaps = [u64; GAP_DAYS as usize + 1];

/// Counts of one code, by day and gap.
type ByDay = BTreeMap<Day, Gaps>;

/// The numbers of one code on one day: new, active in each of the [`WINDOWS`], and by ID.
type CodeUsage = [u64; 6];

/// Which first days share a row of the retention report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CohortGrain {
    /// One day.
    Day,
    /// One week, from Monday (ISO 8601).
    Week,
}

/// A row of `active`, `active_by_id` or `retention`.
struct UsageCell<T> {
    day: Day,
    code: String,
    key: T,
    n: u64,
}

/// Which columns a table of users has, and how its third key is decoded.
struct UsageTable<T> {
    table: &'static str,
    /// The column of the day.
    day: &'static str,
    /// The column of the third key.
    key: &'static str,
    decode: fn(&Row, &str) -> Result<T, DecodeError>,
}

const ACTIVE_TABLE: UsageTable<usize> = UsageTable {
    table: "active",
    day: "day",
    key: "gap",
    decode: |row, column| {
        let gap = |gap| usize::try_from(gap).ok().filter(|gap| *gap <= GAP_DAYS.into());
        row.parse_number(column, "a gap in days, 0 to 30", gap)
    },
};

const RETENTION_TABLE: UsageTable<Age> = UsageTable {
    table: "retention",
    day: "cohort",
    key: "age",
    decode: |row, column| {
        let age = |days| u32::try_from(days).ok().and_then(Age::from_days);
        row.parse_number(column, "an age in days: 0, 1, 7 or 30", age)
    },
};

const BY_ID_TABLE: UsageTable<()> = UsageTable { table: "active_by_id", day: "day", key: "0", decode: |_, _| Ok(()) };

impl CountsReader {
    /// New users and rolling actives for each day up to `today`, by code and in total. The day is the last one of each window.
    /// Small counts are suppressed, totals are not.
    ///
    /// # Errors
    /// Those of the store, or a row that cannot be decoded.
    pub fn active(&self, filter: &ReportFilter, k: u64, today: Day) -> Result<Table, StoreError> {
        let (from, to) = (Day::from_date(filter.from), Day::from_date(filter.to).min(today));
        let codes = self.gaps_by_code(Day(from.0.saturating_sub(LONGEST_REACH)), to)?;
        let by_id = self.usage(&BY_ID_TABLE, filter)?;
        let by_id: BTreeMap<(Day, String), u64> =
            by_id.into_iter().map(|UsageCell { day, code, n, .. }| ((day, code), n)).collect();
        let names: BTreeSet<&String> = codes.keys().chain(by_id.keys().map(|(_, code)| code)).collect();
        let mut rows = Vec::new();
        for day in (from.0..=to.0).map(Day) {
            let usage = |code: &String| {
                let active = WINDOWS.map(|days| codes.get(code).map_or(0, |counts| rolling(counts, day, days)));
                let new = codes.get(code).and_then(|counts| counts.get(&day)).map_or(0, |[new, ..]| *new);
                let by_id = by_id.get(&(day, code.clone())).copied().unwrap_or(0);
                let [one, seven, twenty_eight, thirty] = active;
                [new, one, seven, twenty_eight, thirty, by_id]
            };
            let usage: Vec<(&str, CodeUsage)> = names.iter().map(|code| (code.as_str(), usage(code))).collect();
            let usage: Vec<_> = usage.into_iter().filter(|(_, numbers)| numbers.iter().any(|n| *n > 0)).collect();
            for (code, values) in with_total(&usage, filter, k) {
                rows.push([date(day), TableValue::Text(code)].into_iter().chain(values).collect());
            }
        }
        Ok(Table { columns: &ACTIVE, rows })
    }

    /// How many of the users who were new on a day, or in a week, returned 1, 7 and 30 days later, by code and in total. A column
    /// is empty until all of them have reached that age on a day before `today`. Small counts are suppressed, totals are not.
    ///
    /// # Errors
    /// Those of the store, or a row that cannot be decoded.
    pub fn retention(
        &self,
        filter: &ReportFilter,
        grain: CohortGrain,
        k: u64,
        today: Day,
    ) -> Result<Table, StoreError> {
        // Weeks are always complete: two reports that cut a week differently would reveal its days by their difference.
        let filter = &if grain == CohortGrain::Week { whole_weeks(filter) } else { filter.clone() };
        let mut cohorts: BTreeMap<Day, BTreeMap<String, [u64; 4]>> = BTreeMap::new();
        for UsageCell { day, code, key: age, n } in self.usage(&RETENTION_TABLE, filter)? {
            let cohort = if grain == CohortGrain::Week { day.monday() } else { day };
            let counts = cohorts.entry(cohort).or_default().entry(code).or_default();
            for (count, _) in counts.iter_mut().zip(Age::VARIANTS).filter(|(_, known)| **known == age) {
                *count = count.saturating_add(n);
            }
        }
        let mut rows = Vec::new();
        for (cohort, codes) in cohorts {
            let last = if grain == CohortGrain::Week { Day(cohort.0.saturating_add(6)) } else { cohort };
            let counts: Vec<(&str, [u64; 4])> = codes.iter().map(|(code, counts)| (code.as_str(), *counts)).collect();
            for (code, mut values) in with_total(&counts, filter, k) {
                for (value, age) in values.iter_mut().zip(Age::VARIANTS) {
                    if last.0.saturating_add(age.days().into()) >= today.0 {
                        *value = TableValue::Empty;
                    }
                }
                let shares: Vec<TableValue> = match values.split_first() {
                    Some((new, later)) => later.iter().map(|n| share(n, new)).collect(),
                    None => Vec::new(),
                };
                rows.push([date(cohort), TableValue::Text(code)].into_iter().chain(values).chain(shares).collect());
            }
        }
        Ok(Table { columns: &RETENTION, rows })
    }

    /// Active users between two days, both included.
    fn gaps_by_code(&self, from: Day, to: Day) -> Result<BTreeMap<String, ByDay>, StoreError> {
        let mut codes: BTreeMap<String, ByDay> = BTreeMap::new();
        let days = ReportFilter { from: from.date(), to: to.date(), ..ReportFilter::default() };
        for UsageCell { day, code, key: gap, n } in self.usage(&ACTIVE_TABLE, &days)? {
            let counts = codes.entry(code).or_default().entry(day).or_default();
            if let Some(count) = counts.get_mut(gap) {
                *count = count.saturating_add(n);
            }
        }
        Ok(codes)
    }

    /// The rows of a table between the days of the filter, for all codes.
    fn usage<T>(&self, table: &UsageTable<T>, filter: &ReportFilter) -> Result<Vec<UsageCell<T>>, StoreError> {
        let UsageTable { table, day, key, decode } = table;
        let database = &self.database;
        if !database.has_table(table)? {
            return Ok(Vec::new());
        }
        let (from, to) = (database.to_day("?1"), database.to_day("?2"));
        let sql = format!(
            "select {day_text} as {day}, code, {integer} as \"{key}\", {n} as n from {table}
             where {day} between {from} and {to}",
            day_text = database.day(day),
            integer = database.integer(key),
            n = database.integer("n")
        );
        let mut cells = Vec::new();
        for row in database.query(table, &sql, &[filter.from.to_string().into(), filter.to.to_string().into()])? {
            let (day, code) = (row.day(day)?, row.text("code")?.to_owned());
            cells.push(UsageCell { day, code, key: decode(&row, key)?, n: row.count("n")? });
        }
        Ok(cells)
    }
}

/// The filter with its weeks complete.
fn whole_weeks(filter: &ReportFilter) -> ReportFilter {
    let (from, to) = (Day::from_date(filter.from).monday(), Day::from_date(filter.to).monday());
    let sunday = Day(to.0.saturating_add(6)).date();
    // The last week of the calendar ends before its Sunday.
    ReportFilter { from: from.date(), to: sunday.max(filter.to), ..filter.clone() }
}

/// How many users of a code were active in the window of `days` days that ends on `end`.
fn rolling(counts: &ByDay, end: Day, days: u32) -> u64 {
    let start = Day(end.0.saturating_sub(days - 1));
    let first_in_window = |(day, gaps): (&Day, &Gaps)| {
        let reach = usize::try_from(day.days_since(start)).unwrap_or(usize::MAX);
        let first = gaps.iter().enumerate().filter(|(gap, _)| *gap == 0 || *gap > reach);
        first.map(|(_, n)| n).sum::<u64>()
    };
    counts.range(start..=end).map(first_in_window).sum()
}

/// The codes of a group with their published numbers, and the total; only one code if the filter names one. What is suppressed does
/// not depend on the filter, otherwise two reports would reveal a third.
fn with_total<const N: usize>(
    codes: &[(&str, [u64; N])],
    filter: &ReportFilter,
    k: u64,
) -> Vec<(String, Vec<TableValue>)> {
    let column = |place: usize| codes.iter().filter_map(|(_, counts)| counts.get(place).copied()).collect::<Vec<u64>>();
    let columns: Vec<Vec<u64>> = (0..N).map(column).collect();
    let suppressions: Vec<Suppression> = columns.iter().map(|counts| Suppression::new(counts, k)).collect();
    let is_wanted = |code: &str| filter.code.as_deref().is_none_or(|wanted| wanted == code);
    let rows = codes.iter().filter(|(code, _)| is_wanted(code)).map(|(code, counts)| {
        let values = counts.iter().zip(&suppressions);
        let values = values.map(|(n, rule)| TableValue::count(*n, rule.is_suppressed(*n))).collect();
        ((*code).to_owned(), values)
    });
    let total = || (TOTAL.to_owned(), columns.iter().map(|counts| TableValue::Count(counts.iter().sum())).collect());
    let total = (filter.code.is_none() && !codes.is_empty()).then(total);
    rows.chain(total).collect()
}

fn date(day: Day) -> TableValue {
    TableValue::Text(Date::to_string(&day.date()))
}

#[cfg(test)]
mod tests;
