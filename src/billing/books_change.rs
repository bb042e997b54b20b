//! A change of the books, made in a transaction and then judged: an import, or an event of a statement. What it changes is read from the
//! store before and after it, so what is shown is what would be in force; whoever refuses it, or only tries it, rolls it back.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::RangeInclusive;

use jiff::civil::Date;

use crate::billing::code_scope::CodeScope;
use crate::billing::money::Currency;
use crate::billing::revision::{RowChange, changes};
use crate::billing::statement::StatementRow;
use crate::billing::store::{BillingStore, StatementsInForce, StoredOlderRow, StoredStatement};
use crate::name::ConfigName;
use crate::storage::error::StoreError;

/// What a change of the books changes.
#[derive(Debug)]
pub struct BooksChange {
    /// The rows in force before, for the days concerned.
    pub before: Vec<StatementRow>,
    /// The rows in force after, for the same days.
    pub after: Vec<StatementRow>,
    /// The statement that each row was from, in the order of `before`.
    sources: Vec<i64>,
    /// The corrections of older days that are no longer in force.
    gone: Vec<StatementRow>,
    /// The corrections of older days that were not in force before.
    came: Vec<StatementRow>,
    /// The corrections of older days after the change, whether or not they are in force.
    older: Vec<StoredOlderRow>,
}

/// What nobody may do: another command is needed first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BooksRefusal {
    /// A preliminary row would replace one that is not.
    LessFinal {
        /// The first such day.
        day: Date,
        /// Its code.
        code: String,
    },
    /// A row of several days would be in force for some of them only.
    Divided {
        /// The first of its days.
        first: Date,
        /// The last of its days.
        last: Date,
        /// The statement that it is from.
        statement: i64,
    },
}

/// What needs the operator's word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Doubt {
    /// Clicks or revenue of so many rows are lower than before, or no longer stated.
    Lower(usize),
    /// So many rows are gone.
    Dropped(usize),
    /// So many corrections of older days are gone, or lower than before; the first of these days.
    Corrections(usize, Date),
    /// It replaces rows of this statement, which ends later, on this day.
    EndsEarlier(i64, Date),
}

impl BooksChange {
    /// Makes a change of a statement of the days `own`, with these corrections of older days, with `act`, and reads what is in force before
    /// and after: for these days, and for the days that this statement or another one of its days corrects. Call this in
    /// [`BillingStore::change`].
    ///
    /// # Errors
    /// Errors of the store, or of `act`.
    pub fn make<T>(
        store: &BillingStore,
        partner: &ConfigName,
        (own, corrections): (&RangeInclusive<Date>, &[StatementRow]),
        act: impl FnOnce() -> Result<T, StoreError>,
    ) -> Result<(Self, T), StoreError> {
        let older_before = store.older_rows(partner)?;
        let statements = store.statements(Some(partner))?;
        let overlapping: BTreeSet<i64> =
            statements.iter().filter(|other| other.covers_any(own)).map(|other| other.number).collect();
        let of_others = older_before.iter().filter(|older| overlapping.contains(&older.statement));
        let corrected: BTreeSet<(Date, Date)> =
            of_others.map(|older| &older.row).chain(corrections).map(|row| (row.day, row.last)).collect();
        let first = corrected.iter().map(|(first, _)| *first).fold(*own.start(), Date::min);
        let last = corrected.iter().map(|(_, last)| *last).fold(*own.end(), Date::max);
        let concerned = DayRanges::new(corrected.into_iter().chain([(*own.start(), *own.end())]));
        let read = || -> Result<Vec<(i64, StatementRow)>, StoreError> {
            let mut rows = store.statement_rows(partner, first..=last)?;
            rows.retain(|(_, row)| concerned.meet(row.day, row.last));
            Ok(rows)
        };
        let before = read()?;
        let done = act()?;
        let after = read()?;
        let older_after = store.older_rows(partner)?;
        let (sources, before) = before.into_iter().unzip();
        let after = after.into_iter().map(|(_, row)| row).collect();
        let gone = missing(&older_before, &older_after);
        let came = missing(&older_after, &older_before);
        Ok((Self { before, after, sources, gone, came, older: older_after }, done))
    }

    /// Returns the corrections by other statements than `number` that are added to what this one states anew of the days `own` and `codes`.
    /// Nobody can tell from its file whether that contains them already.
    #[must_use]
    pub fn added_corrections(
        &self,
        number: i64,
        (own, codes): (&RangeInclusive<Date>, &CodeScope),
    ) -> Vec<&StoredOlderRow> {
        let changes = self.changes();
        let mut by_code: HashMap<&str, Vec<(Date, Date)>> = HashMap::new();
        for change in &changes {
            by_code.entry(change.code).or_default().push((change.day, change.last));
        }
        let by_code: HashMap<&str, DayRanges> =
            by_code.into_iter().map(|(code, days)| (code, DayRanges::new(days.into_iter()))).collect();
        let is_stated_anew =
            |row: &StatementRow| by_code.get(row.code.as_str()).is_some_and(|days| days.meet(row.day, row.last));
        let others = self.older.iter().filter(|older| older.is_in_force && older.statement != number);
        others.filter(|StoredOlderRow { row, .. }| is_about(row, own, codes) && is_stated_anew(row)).collect()
    }

    /// Returns the rows that differ.
    #[must_use]
    pub fn changes(&self) -> Vec<RowChange<'_>> {
        changes(&self.before, &self.after)
    }

    /// Returns why the change of a statement of the days `own` is refused, if it is. `may_be_less_final` is true if it takes a statement back.
    /// Days that a preliminary statement corrects are preliminary then, and replace nothing.
    ///
    /// # Errors
    /// Errors of the store.
    pub fn refusal(
        &self,
        store: &BillingStore,
        partner: &ConfigName,
        own: &RangeInclusive<Date>,
        may_be_less_final: bool,
    ) -> Result<Option<BooksRefusal>, StoreError> {
        let less_final = if may_be_less_final { None } else { self.less_final(own) };
        if less_final.is_some() {
            return Ok(less_final);
        }
        let is_after = |row: &StatementRow| self.after.binary_search_by_key(&key(row), key).is_ok();
        let gone = self.before.iter().zip(&self.sources).filter(|(row, _)| row.day < row.last && !is_after(row));
        let (statements, events) = (store.statements(Some(partner))?, store.statement_events(Some(partner))?);
        let in_force = StatementsInForce::new(&statements, &events, i64::MAX);
        let divided = gone.into_iter().find(|(row, source)| in_force.has_part_of(**source, row));
        Ok(divided.map(|(row, source)| BooksRefusal::Divided { first: row.day, last: row.last, statement: *source }))
    }

    /// The first row of the days `own` that is not preliminary and is replaced by a preliminary one, or dropped by a statement that has only
    /// preliminary ones for its days.
    fn less_final(&self, own: &RangeInclusive<Date>) -> Option<BooksRefusal> {
        let is_preliminary = |row: &StatementRow| row.is_final == Some(false);
        // Days, not rows: a file may have thousands of codes a day.
        let mut periods: BTreeMap<(Date, Date), bool> = BTreeMap::new();
        for row in &self.after {
            *periods.entry((row.day, row.last)).or_insert(true) &= is_preliminary(row);
        }
        let mut known: HashMap<(Date, Date), bool> = HashMap::new();
        let mut are_all_preliminary = |day: Date, last: Date| {
            *known.entry((day, last)).or_insert_with(|| {
                let mut around = periods.iter().filter(|((first, end), _)| *first <= day && last <= *end).peekable();
                around.peek().is_some() && around.all(|(_, is_preliminary)| *is_preliminary)
            })
        };
        let mut is_less_final = |change: &RowChange<'_>| {
            let is_dropped = change.after.is_none() && change.before.is_some_and(|before| !is_preliminary(before));
            change.is_less_final() || is_dropped && are_all_preliminary(change.day, change.last)
        };
        let changes = self.changes();
        let is_replaced = |change: &&RowChange<'_>| change.day <= *own.end() && *own.start() <= change.last;
        let found = changes.iter().filter(is_replaced).find(|change| is_less_final(change))?;
        Some(BooksRefusal::LessFinal { day: found.day, code: found.code.to_owned() })
    }

    /// The corrections that are gone, and have none in their place that gives as much.
    fn lost(&self) -> Vec<&StatementRow> {
        let mut came: BTreeMap<_, Vec<&StatementRow>> = BTreeMap::new();
        for row in &self.came {
            came.entry(key(row)).or_default().push(row);
        }
        let gives_as_much = |came: &StatementRow, gone: &StatementRow| {
            came.clicks.unwrap_or(0) >= gone.clicks.unwrap_or(0)
                && came.revenue.unwrap_or_default() >= gone.revenue.unwrap_or_default()
        };
        let is_lost = |gone: &&StatementRow| {
            !came.get(&key(gone)).is_some_and(|came| came.iter().any(|came| gives_as_much(came, gone)))
        };
        self.gone.iter().filter(is_lost).collect()
    }

    /// Returns what needs the operator's word: what is lower or gone among the days `own`, and which of the statements that lose rows
    /// ends after them. Rows of other days change by corrections, which are meant to lower them. `is_contained` says of a correction that the
    /// operator has said where it went.
    #[must_use]
    pub fn doubts(
        &self,
        own: &RangeInclusive<Date>,
        statements: &[StoredStatement],
        is_contained: impl Fn(&StatementRow) -> bool,
    ) -> Vec<Doubt> {
        let changes = self.changes();
        let replaced = || changes.iter().filter(|change| own.contains(&change.day) && change.before.is_some());
        let lower = replaced().filter(|change| change.is_lower()).count();
        let dropped = replaced().filter(|change| change.after.is_none()).count();
        let keys: BTreeSet<_> = replaced().filter_map(|change| change.before.map(key)).collect();
        let losing = self.before.iter().zip(&self.sources).filter(|(row, _)| keys.contains(&key(row)));
        let losing: BTreeSet<i64> = losing.map(|(_, source)| *source).collect();
        let later =
            statements.iter().find(|statement| losing.contains(&statement.number) && statement.last > *own.end());
        let lost: Vec<&StatementRow> = self.lost().into_iter().filter(|gone| !is_contained(gone)).collect();
        let doubts = [
            (lower > 0).then_some(Doubt::Lower(lower)),
            (dropped > 0).then_some(Doubt::Dropped(dropped)),
            lost.iter().map(|row| row.day).min().map(|first| Doubt::Corrections(lost.len(), first)),
            later.map(|statement| Doubt::EndsEarlier(statement.number, statement.last)),
        ];
        doubts.into_iter().flatten().collect()
    }
}

/// Returns whether a correction is of days and a code that a statement speaks for.
#[must_use]
pub fn is_about(correction: &StatementRow, own: &RangeInclusive<Date>, codes: &CodeScope) -> bool {
    own.contains(&correction.day) && own.contains(&correction.last) && codes.contains(&correction.code)
}

/// Ranges of days that have no day in common, in order.
struct DayRanges(Vec<(Date, Date)>);

impl DayRanges {
    fn new(ranges: impl Iterator<Item = (Date, Date)>) -> Self {
        let mut sorted: Vec<(Date, Date)> = ranges.collect();
        sorted.sort_unstable();
        let mut merged: Vec<(Date, Date)> = Vec::new();
        for (first, last) in sorted {
            match merged.last_mut().filter(|(_, end)| first <= *end) {
                Some((_, end)) => *end = last.max(*end),
                None => merged.push((first, last)),
            }
        }
        Self(merged)
    }

    /// Whether a range has a day in common with one of these.
    fn meet(&self, first: Date, last: Date) -> bool {
        let next = self.0.partition_point(|(_, end)| *end < first);
        self.0.get(next).is_some_and(|(start, _)| *start <= last)
    }
}

/// The corrections in force that others do not have in force.
fn missing(of: &[StoredOlderRow], others: &[StoredOlderRow]) -> Vec<StatementRow> {
    let in_force = |older: &&StoredOlderRow| older.is_in_force;
    let others: BTreeSet<_> = others.iter().filter(in_force).map(|older| (older.statement, key(&older.row))).collect();
    let is_missing = |older: &&StoredOlderRow| !others.contains(&(older.statement, key(&older.row)));
    of.iter().filter(in_force).filter(is_missing).map(|older| older.row.clone()).collect()
}

/// What rows are ordered by.
fn key(row: &StatementRow) -> (Date, String, Date, Option<Currency>) {
    (row.day, row.code.clone(), row.last, row.currency)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use jiff::civil::date;

    use super::*;

    fn row(day: i8, code: usize, is_final: Option<bool>) -> StatementRow {
        let (day, code) = (date(2026, 10, day), format!("c{code:06}"));
        StatementRow { day, last: day, code, searches: None, clicks: Some(1), revenue: None, currency: None, is_final }
    }

    /// A change of 20 days that leaves one code of two, preliminary or not.
    fn half(codes: usize, is_final: Option<bool>) -> BooksChange {
        let rows = |step: usize, is_final| -> Vec<StatementRow> {
            (1..=20).flat_map(|day| (0..codes).step_by(step).map(move |code| row(day, code, is_final))).collect()
        };
        let (before, after) = (rows(1, Some(true)), rows(2, is_final));
        let sources = vec![1; before.len()];
        // Each code also had a correction, of which every second comes again.
        let of_july = |row: StatementRow| StatementRow { day: date(2026, 7, 1), last: date(2026, 7, 1), ..row };
        let corrections = |step: usize| (0..codes).step_by(step).map(|code| of_july(row(1, code, None))).collect();
        BooksChange { before, after, sources, gone: corrections(1), came: corrections(2), older: older(codes) }
    }

    /// A correction of the first day of each code, by another statement.
    fn older(codes: usize) -> Vec<StoredOlderRow> {
        let older = |code| StoredOlderRow { statement: 7, row: row(1, code, None), is_in_force: true };
        (0..codes).map(older).collect()
    }

    fn own() -> RangeInclusive<Date> {
        date(2026, 10, 1)..=date(2026, 10, 20)
    }

    #[test]
    fn dropped_rows_are_less_final_only_under_preliminary_ones() {
        let preliminary = half(4, Some(false)).less_final(&own());
        let code = "c000000".to_owned();
        assert_eq!(preliminary, Some(BooksRefusal::LessFinal { day: date(2026, 10, 1), code }));
        for is_final in [None, Some(true)] {
            assert_eq!(half(4, is_final).less_final(&own()), None, "{is_final:?}");
        }
        // A preliminary row of the whole month around the days drops what was final, too.
        let mut month = half(4, Some(true));
        month.after = vec![StatementRow { last: date(2026, 10, 31), ..row(1, 9, Some(false)) }];
        assert!(month.less_final(&own()).is_some());
        month.after.push(row(2, 1, Some(true)));
        assert!(month.less_final(&(date(2026, 10, 2)..=date(2026, 10, 2))).is_none(), "a final row of that day");
        let doubts = half(4, None).doubts(&own(), &[], |_| false);
        assert_eq!(doubts, [Doubt::Dropped(40), Doubt::Corrections(2, date(2026, 7, 1))]);
    }

    #[test]
    fn days_meet_ranges_that_have_a_day_in_common() {
        let day = |day| date(2026, 10, day);
        let ranges =
            DayRanges::new([(day(20), day(21)), (day(3), day(5)), (day(4), day(9)), (day(12), day(12))].into_iter());
        assert_eq!(ranges.0.len(), 3);
        for (first, last, is_met) in [
            (1, 2, false),
            (1, 3, true),
            (9, 9, true),
            (10, 11, false),
            (10, 12, true),
            (1, 31, true),
            (13, 19, false),
            (22, 31, false),
        ] {
            assert_eq!(ranges.meet(day(first), day(last)), is_met, "{first} to {last}");
        }
    }

    /// The shortest time of three, so that other work on the machine does not matter.
    fn time(codes: usize) -> Duration {
        let change = half(codes, Some(true));
        let judge = || {
            let start = Instant::now();
            assert_eq!(change.less_final(&own()), None);
            assert_eq!(change.doubts(&own(), &[], |_| false).len(), 2);
            let added = change.added_corrections(1, (&own(), &CodeScope::All));
            assert_eq!(added.len(), codes / 2);
            start.elapsed()
        };
        (0..3).map(|_| judge()).min().unwrap_or_default()
    }

    #[test]
    fn the_time_grows_with_the_rows_and_not_with_their_square() {
        let (few, many) = (time(1_000), time(10_000));
        // Ten times as many rows, 200,000: a hundred times the time if each were compared with each.
        assert!(many < few * 40, "{few:?} for 20,000 rows, {many:?} for 200,000");
    }
}
