//! A change of the books, made in a transaction and then judged: an import, or an event of a statement. What it changes is read from the
//! store before and after it, so what is shown is what would be in force; whoever refuses it, or only tries it, rolls it back.

use std::collections::BTreeSet;
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
        let is_concerned = |row: &StatementRow| {
            let meets = |first: Date, last: Date| first <= row.last && row.day <= last;
            meets(*own.start(), *own.end()) || corrected.iter().any(|(first, last)| meets(*first, *last))
        };
        let read = || -> Result<Vec<(i64, StatementRow)>, StoreError> {
            let mut rows = store.statement_rows(partner, first..=last)?;
            rows.retain(|(_, row)| is_concerned(row));
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
        let is_stated_anew = |row: &StatementRow| {
            changes.iter().any(|change| change.code == row.code && change.day <= row.last && row.day <= change.last)
        };
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
        let changes = self.changes();
        let is_replaced = |change: &&RowChange<'_>| change.day <= *own.end() && *own.start() <= change.last;
        let mut replaced = changes.iter().filter(is_replaced);
        let less_final = replaced.find(|change| !may_be_less_final && self.is_less_final(change));
        if let Some(RowChange { day, code, .. }) = less_final {
            return Ok(Some(BooksRefusal::LessFinal { day: *day, code: (*code).to_owned() }));
        }
        let is_after = |row: &StatementRow| self.after.binary_search_by_key(&key(row), key).is_ok();
        let gone = self.before.iter().zip(&self.sources).filter(|(row, _)| row.day < row.last && !is_after(row));
        let (statements, events) = (store.statements(Some(partner))?, store.statement_events(Some(partner))?);
        let in_force = StatementsInForce::new(&statements, &events, i64::MAX);
        let divided = gone.into_iter().find(|(row, source)| in_force.has_part_of(**source, row));
        Ok(divided.map(|(row, source)| BooksRefusal::Divided { first: row.day, last: row.last, statement: *source }))
    }

    /// Whether a row that is not preliminary is replaced by a preliminary one, or dropped by a statement that has only preliminary ones.
    fn is_less_final(&self, change: &RowChange<'_>) -> bool {
        let is_preliminary = |row: &StatementRow| row.is_final == Some(false);
        let of_day = || self.after.iter().filter(|row| row.day <= change.day && change.last <= row.last);
        let is_dropped = change.after.is_none() && change.before.is_some_and(|before| !is_preliminary(before));
        change.is_less_final() || is_dropped && of_day().next().is_some() && of_day().all(is_preliminary)
    }

    /// Whether a correction that is gone has none in its place that gives as much.
    fn is_lost(&self, gone: &StatementRow) -> bool {
        let gives_as_much = |came: &StatementRow| {
            came.clicks.unwrap_or(0) >= gone.clicks.unwrap_or(0)
                && came.revenue.unwrap_or_default() >= gone.revenue.unwrap_or_default()
        };
        !self.came.iter().any(|came| key(came) == key(gone) && gives_as_much(came))
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
        let lost: Vec<&StatementRow> =
            self.gone.iter().filter(|gone| self.is_lost(gone) && !is_contained(gone)).collect();
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
