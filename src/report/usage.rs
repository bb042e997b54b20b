//! How many people there are and how many come back, out of `active` and `retention` alone.
//!
//! Rolling actives: a person is counted once in a window of days, on the first day of it on which they came. That is the
//! day whose gap reaches before the window: with `gap` days since the visit before, day `d` is the first in a window that
//! begins on day `s` where `gap` is 0 (new) or more than `d - s`. No window is longer than 30 days, and a gap of 30 means 30
//! or more. The person belongs to the code that they came with on that day, so codes add up to the total.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use strum::VariantArray as _;

use crate::counts::cells::{Age, GAP_DAYS};
use crate::report::suppression::Suppressed;
use crate::report::table::{Table, TableValue, share};
use crate::report::{CountsReader, ReportFilter, TOTAL};
use crate::storage::query::{SqlValue, StoreError};
use crate::time::Day;

/// The lengths of the windows, in days.
pub const WINDOWS: [u32; 4] = [1, 7, 28, 30];

/// By how many days the counts of the longest window reach back before its last day.
const REACH: u32 = 29;

const ACTIVE: [&str; 8] = ["day", "code", "new", "active_1", "active_7", "active_28", "active_30", "by_id_approximate"];

const RETENTION: [&str; 9] =
    ["cohort", "code", "new", "day_1", "day_7", "day_30", "day_1_per_cent", "day_7_per_cent", "day_30_per_cent"];

/// Counts of one code by day, and by gap within.
type ByDay = BTreeMap<Day, [u64; GAP_DAYS as usize + 1]>;

/// What is told of one code on one day: new, active in each of the [`WINDOWS`], and by ID.
type CodeUsage = [u64; 6];

/// Which days of birth stand in one row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CohortGrain {
    /// A day.
    Day,
    /// A week, from Monday (ISO 8601).
    Week,
}

impl CountsReader {
    /// New and rolling actives for each day up to `today` as the last of its windows, by code and altogether. Small counts
    /// are hidden, totals are not.
    ///
    /// # Errors
    /// The store's.
    pub fn active(&self, question: &ReportFilter, k: u64, today: Day) -> Result<Table, StoreError> {
        let (from, to) = (Day::from_date(question.from), Day::from_date(question.to).min(today));
        let codes = self.by_gap(Day(from.0.saturating_sub(REACH)), to)?;
        let by_id = self.by_id(question)?;
        let names: BTreeSet<&String> = codes.keys().chain(by_id.keys().map(|(_, code)| code)).collect();
        let mut rows = Vec::new();
        for day in (from.0..=to.0).map(Day) {
            let of = |code: &String| {
                let [one, seven, four_weeks, thirty] =
                    WINDOWS.map(|days| codes.get(code).map_or(0, |counts| rolling(counts, day, days)));
                let new = codes.get(code).and_then(|counts| counts.get(&day)).map_or(0, |[new, ..]| *new);
                let by_id = by_id.get(&(day, code.clone())).copied().unwrap_or(0);
                [new, one, seven, four_weeks, thirty, by_id]
            };
            let told: Vec<(&str, CodeUsage)> = names.iter().map(|code| (code.as_str(), of(code))).collect();
            let told: Vec<_> = told.into_iter().filter(|(_, told)| told.iter().any(|n| *n > 0)).collect();
            rows.extend(
                with_total(&told, question, k).into_iter().map(|(code, values)| {
                    [text(day.date()), TableValue::Text(code)].into_iter().chain(values).collect()
                }),
            );
        }
        Ok(Table { columns: &ACTIVE, rows })
    }

    /// How many of those who were new on a day, or in a week, came back 1, 7 and 30 days later, by code and altogether:
    /// for each age as far as all of them have reached it on a day before `today`. Small counts are hidden, totals are not.
    ///
    /// # Errors
    /// The store's.
    pub fn retention(
        &self,
        question: &ReportFilter,
        grain: CohortGrain,
        k: u64,
        today: Day,
    ) -> Result<Table, StoreError> {
        // A week is told whole: two questions that cut it differently would tell its days by their difference.
        let question = &if grain == CohortGrain::Week { whole_weeks(question) } else { question.clone() };
        let mut cohorts: BTreeMap<Day, BTreeMap<String, [u64; 4]>> = BTreeMap::new();
        for (day, code, age, n) in self.cells("retention", "cohort", "age", question)? {
            let cohort = if grain == CohortGrain::Week { day.monday() } else { day };
            let Some(place) = Age::VARIANTS.iter().position(|known| u64::from(known.days()) == age) else { continue };
            let counts = cohorts.entry(cohort).or_default().entry(code).or_default();
            if let Some(count) = counts.get_mut(place) {
                *count = count.saturating_add(n);
            }
        }
        let mut rows = Vec::new();
        for (cohort, codes) in cohorts {
            let last = if grain == CohortGrain::Week { Day(cohort.0.saturating_add(6)) } else { cohort };
            let told: Vec<(&str, [u64; 4])> = codes.iter().map(|(code, counts)| (code.as_str(), *counts)).collect();
            for (code, mut values) in with_total(&told, question, k) {
                for (value, age) in values.iter_mut().zip(Age::VARIANTS) {
                    if last.0.saturating_add(age.days().into()) >= today.0 {
                        *value = TableValue::Nothing;
                    }
                }
                let shares: Vec<TableValue> = match values.split_first() {
                    Some((new, later)) => later.iter().map(|n| share(n, new)).collect(),
                    None => Vec::new(),
                };
                rows.push(
                    [text(cohort.date()), TableValue::Text(code)].into_iter().chain(values).chain(shares).collect(),
                );
            }
        }
        Ok(Table { columns: &RETENTION, rows })
    }

    /// Everybody's gaps, by code and day.
    fn by_gap(&self, from: Day, to: Day) -> Result<BTreeMap<String, ByDay>, StoreError> {
        let mut codes: BTreeMap<String, ByDay> = BTreeMap::new();
        let days = ReportFilter { from: from.date(), to: to.date(), ..ReportFilter::default() };
        for (day, code, gap, n) in self.cells("active", "day", "gap", &days)? {
            let counts = codes.entry(code).or_default().entry(day).or_default();
            if let Some(count) = usize::try_from(gap).ok().and_then(|gap| counts.get_mut(gap)) {
                *count = count.saturating_add(n);
            }
        }
        Ok(codes)
    }

    fn by_id(&self, question: &ReportFilter) -> Result<BTreeMap<(Day, String), u64>, StoreError> {
        let cells = self.cells("active_by_id", "day", "0", question)?;
        Ok(cells.into_iter().map(|(day, code, _, n)| ((day, code), n)).collect())
    }

    /// Rows of a table by day, code and a number, between these days.
    fn cells(
        &self,
        table: &str,
        day: &str,
        number: &str,
        question: &ReportFilter,
    ) -> Result<Vec<(Day, String, u64, u64)>, StoreError> {
        if !self.0.has(table)? {
            return Ok(Vec::new());
        }
        let (text, from, to) = (self.0.day(day), self.0.to_day("?1"), self.0.to_day("?2"));
        let sql = format!(
            "select {text}, code, cast({number} as bigint), cast(n as bigint) from {table} where {day} between {from} and {to}"
        );
        let rows = self.0.rows(&sql, &[question.from.to_string().into(), question.to.to_string().into()])?;
        let cell = |row: Vec<SqlValue>| {
            let [day, code, number, n] = <[SqlValue; 4]>::try_from(row).ok()?;
            Some((day.text().parse().map_or(Day(0), Day::from_date), code.text().to_owned(), number.count(), n.count()))
        };
        Ok(rows.into_iter().filter_map(cell).collect())
    }
}

/// The question with every week whole that it is about.
fn whole_weeks(question: &ReportFilter) -> ReportFilter {
    let (from, to) = (Day::from_date(question.from).monday(), Day::from_date(question.to).monday());
    let sunday = Day(to.0.saturating_add(6)).date();
    // The last week that there is ends before its Sunday.
    ReportFilter { from: from.date(), to: sunday.max(question.to), ..question.clone() }
}

/// How many people of a code came on this day or one of the days before it, `days` in all.
fn rolling(counts: &ByDay, end: Day, days: u32) -> u64 {
    let start = Day(end.0.saturating_sub(days - 1));
    let first = |(day, gaps): (&Day, &[u64; GAP_DAYS as usize + 1])| {
        let reach = usize::try_from(day.days_since(start)).unwrap_or(usize::MAX);
        let before = gaps.iter().enumerate().filter(|(gap, _)| *gap == 0 || *gap > reach);
        before.map(|(_, n)| n).sum::<u64>()
    };
    counts.range(start..=end).map(first).sum()
}

/// The codes of a group with what may be told of each, and their total; of one code alone where that is asked for. What is
/// hidden does not depend on what is asked for, or two questions would answer a third.
fn with_total<const N: usize>(
    codes: &[(&str, [u64; N])],
    question: &ReportFilter,
    k: u64,
) -> Vec<(String, Vec<TableValue>)> {
    let column = |place: usize| codes.iter().filter_map(|(_, told)| told.get(place).copied()).collect::<Vec<u64>>();
    let columns: Vec<Vec<u64>> = (0..N).map(column).collect();
    let hidden: Vec<Suppressed> = columns.iter().map(|counts| Suppressed::of(counts, k)).collect();
    let asked = |code: &str| question.code.as_deref().is_none_or(|asked| asked == code);
    let told = codes.iter().filter(|(code, _)| asked(code)).map(|(code, told)| {
        let values = told.iter().zip(&hidden).map(|(n, rule)| TableValue::count(*n, rule.hides(*n))).collect();
        ((*code).to_owned(), values)
    });
    let total = || (TOTAL.to_owned(), columns.iter().map(|counts| TableValue::Count(counts.iter().sum())).collect());
    let total = (question.code.is_none() && !codes.is_empty()).then(total);
    told.chain(total).collect()
}

fn text(date: Date) -> TableValue {
    TableValue::Text(date.to_string())
}

#[cfg(test)]
mod tests;
