//! Which statement is in force. For a day and a code it is the one that was imported or used last, among those that cover both and were
//! not withdrawn since.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

use jiff::civil::Date;

use crate::billing::code_scope::CodeScope;
use crate::billing::money::Micros;
use crate::billing::statement::StatementRow;
use crate::billing::statement_event::{StatementEvent, StatementEventKind};
use crate::billing::store::stored_statement::StoredStatement;

/// The statements of one partner that were not withdrawn, the one that was imported or used last first.
#[derive(Debug)]
pub struct StatementsInForce<'s> {
    latest_first: Vec<&'s StoredStatement>,
    /// The number of the event by which each statement was imported.
    imported: BTreeMap<i64, i64>,
    /// Of the statements whose files contain the corrections of their days, the number of the event that says so.
    with_corrections: BTreeMap<i64, i64>,
    /// Those of the statements in force that cover a day.
    by_day: RefCell<BTreeMap<Date, Rc<[&'s StoredStatement]>>>,
}

impl<'s> StatementsInForce<'s> {
    /// Orders the statements of one partner by their events up to number `until`.
    #[must_use]
    pub fn new(statements: &'s [StoredStatement], events: &[StatementEvent], until: i64) -> Self {
        let mut since: BTreeMap<i64, i64> = BTreeMap::new();
        let (mut imported, mut with_corrections) = (BTreeMap::new(), BTreeMap::new());
        for StatementEvent { number, statement, kind, .. } in events.iter().filter(|event| event.number <= until) {
            match kind {
                StatementEventKind::Imported => {
                    imported.insert(*statement, *number);
                    since.insert(*statement, *number)
                }
                StatementEventKind::Used => since.insert(*statement, *number),
                StatementEventKind::Withdrawn => since.remove(statement),
                StatementEventKind::WithCorrections => with_corrections.insert(*statement, *number),
                StatementEventKind::WithoutCorrections => with_corrections.remove(statement),
            };
        }
        let since = |statement: &StoredStatement| since.get(&statement.number).copied();
        let mut latest_first: Vec<_> = statements.iter().filter(|statement| since(statement).is_some()).collect();
        latest_first.sort_by_key(|statement| std::cmp::Reverse(since(statement)));
        Self { latest_first, imported, with_corrections, by_day: RefCell::default() }
    }

    /// Returns the statement in force for a day and a code.
    #[must_use]
    pub fn of(&self, day: Date, code: &str) -> Option<&'s StoredStatement> {
        self.covering(day).iter().copied().find(|statement| statement.codes.contains(code))
    }

    /// Returns whether a statement is in force.
    #[must_use]
    pub fn state(&self, statement: &StoredStatement) -> StatementState {
        if !self.latest_first.iter().any(|other| other.number == statement.number) {
            return StatementState::Withdrawn;
        }
        let mut others = BTreeSet::new();
        let mut is_in_force_somewhere = false;
        for day in days(statement.first, statement.last) {
            let covering = self.covering(day);
            let later: Vec<_> = covering
                .iter()
                .take_while(|other| other.number != statement.number)
                .filter(|other| other.codes.overlaps(&statement.codes))
                .collect();
            let scopes: Vec<_> = later.iter().map(|other| &other.codes).collect();
            is_in_force_somewhere |= !statement.codes.is_covered_by(&scopes);
            // What is below one that speaks for all codes is not in force either.
            let speaking = later.iter().position(|other| other.codes == CodeScope::All);
            others.extend(later.iter().take(speaking.map_or(later.len(), |at| at + 1)).map(|other| other.number));
        }
        match (others.is_empty(), is_in_force_somewhere) {
            (true, _) => StatementState::InForce,
            (false, true) => StatementState::InPart(others),
            (false, false) => StatementState::Replaced(others),
        }
    }

    fn covering(&self, day: Date) -> Rc<[&'s StoredStatement]> {
        let find = || self.latest_first.iter().copied().filter(|covering| covering.covers_any(&(day..=day))).collect();
        self.by_day.borrow_mut().entry(day).or_insert_with(find).clone()
    }

    /// Returns whether this statement is in force for all days of a row: a row of several days cannot be divided.
    #[must_use]
    pub fn has_row(&self, number: i64, row: &StatementRow) -> bool {
        days(row.day, row.last).all(|day| self.is_of(number, day, &row.code))
    }

    /// Returns whether this statement is in force for some day of a row.
    #[must_use]
    pub fn has_part_of(&self, number: i64, row: &StatementRow) -> bool {
        days(row.day, row.last).any(|day| self.is_of(number, day, &row.code))
    }

    fn is_of(&self, number: i64, day: Date, code: &str) -> bool {
        self.of(day, code).is_some_and(|statement| statement.number == number)
    }

    /// Returns whether the file of a statement contains the corrections that other statements had for its days.
    #[must_use]
    pub fn contains_corrections(&self, number: i64) -> bool {
        self.with_corrections.contains_key(&number)
    }

    /// Returns whether a statement's correction is in force: as long as the statement is, for some of its days, no later statement that
    /// has one of these days corrects the same days, and the statement in force for the corrected days does not contain the correction.
    #[must_use]
    pub fn has_correction(
        &self,
        statement: &StoredStatement,
        correction: &StatementRow,
        all: &CorrectedDays<'_>,
    ) -> bool {
        let code = correction.code.as_str();
        let own = statement.first..=statement.last;
        let mut later = self.latest_first.iter().take_while(|other| other.number != statement.number);
        let is_repeated = later
            .any(|later| later.covers_any(&own) && later.codes.contains(code) && all.has(later.number, correction));
        !is_repeated
            && !self.is_contained(statement.number, correction)
            && days(statement.first, statement.last).any(|day| self.is_of(statement.number, day, code))
    }

    /// Whether the files of the statements in force for all days of a correction contain it.
    fn is_contained(&self, number: i64, correction: &StatementRow) -> bool {
        let imported = self.imported.get(&number);
        let contains = |day: Date| {
            let covering = self.of(day, &correction.code);
            let said = covering.and_then(|covering| self.with_corrections.get(&covering.number));
            said.zip(imported).is_some_and(|(said, imported)| imported < said)
        };
        days(correction.day, correction.last).all(contains)
    }
}

/// The days that statements correct.
#[derive(Debug, Default)]
pub struct CorrectedDays<'c>(HashMap<(i64, &'c str), Vec<(Date, Date)>>);

impl<'c> CorrectedDays<'c> {
    /// Indexes corrections, each with the number of its statement.
    pub fn new(corrections: impl Iterator<Item = &'c (i64, StatementRow)>) -> Self {
        let mut days: HashMap<(i64, &str), Vec<(Date, Date)>> = HashMap::new();
        for (number, row) in corrections {
            days.entry((*number, &row.code)).or_default().push((row.day, row.last));
        }
        Self(days)
    }

    /// Whether a statement corrects one of a row's days, of the same code.
    fn has(&self, number: i64, row: &StatementRow) -> bool {
        let days = self.0.get(&(number, row.code.as_str()));
        days.is_some_and(|days| days.iter().any(|(first, last)| *first <= row.last && row.day <= *last))
    }
}

/// Whether a statement is in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StatementState {
    /// For all its days and codes.
    InForce,
    /// For a part of them: these statements are, for the others.
    InPart(BTreeSet<i64>),
    /// For none: these statements are.
    Replaced(BTreeSet<i64>),
    /// For none: it was withdrawn.
    Withdrawn,
}

impl StatementState {
    /// Returns its name in lists.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::InForce => "in force",
            Self::InPart(_) => "in part",
            Self::Replaced(_) => "replaced",
            Self::Withdrawn => "withdrawn",
        }
    }
}

/// Adds corrections to the rows that cover their days; a correction without such a row becomes a row. Both have the number of the
/// statement that they come from, and a corrected row the later one. Returns None if a sum exceeds an `i64`.
#[must_use]
pub(super) fn add_corrections(
    rows: Vec<(i64, StatementRow)>,
    corrections: Vec<(i64, StatementRow)>,
) -> Option<Vec<(i64, StatementRow)>> {
    let is_corrected = |row: &StatementRow, correction: &StatementRow| {
        let is_same_money = correction.currency.is_none() || correction.currency == row.currency;
        row.code == correction.code && is_same_money && row.day <= correction.day && correction.last <= row.last
    };
    if corrections.is_empty() {
        return Some(rows);
    }
    let mut by_code: HashMap<String, Vec<(i64, StatementRow)>> = HashMap::new();
    for (number, row) in rows {
        by_code.entry(row.code.clone()).or_default().push((number, row));
    }
    for (statement, correction) in corrections {
        let of_code = by_code.entry(correction.code.clone()).or_default();
        match of_code.iter_mut().find(|(_, row)| is_corrected(row, &correction)) {
            None => of_code.push((statement, correction)),
            Some((number, row)) => {
                *number = statement.max(*number);
                add(row, &correction)?;
            }
        }
    }
    let mut rows: Vec<(i64, StatementRow)> = by_code.into_values().flatten().collect();
    let key = |row: &StatementRow| (row.day, row.code.clone(), row.last, row.currency);
    rows.sort_by_cached_key(|(_, row)| key(row));
    Some(rows)
}

/// Adds a correction to a row. A number that the row does not give stays unknown.
fn add(row: &mut StatementRow, correction: &StatementRow) -> Option<()> {
    let sum = |number: Option<i64>, change: Option<i64>| match (number, change) {
        (Some(number), Some(change)) => number.checked_add(change).map(Some),
        (number, _) => Some(number),
    };
    let micros = |amount: Option<Micros>| amount.map(|Micros(micros)| micros);
    row.searches = sum(row.searches, correction.searches)?;
    row.clicks = sum(row.clicks, correction.clicks)?;
    row.revenue = sum(micros(row.revenue), micros(correction.revenue))?.map(Micros);
    if correction.is_final == Some(false) {
        // A number is as final as what it is made of.
        row.is_final = Some(false);
    }
    Some(())
}

/// Returns the days from `first` to `last`.
fn days(first: Date, last: Date) -> impl Iterator<Item = Date> {
    first.series(jiff::Span::new().days(1)).take_while(move |day| *day <= last)
}

#[cfg(test)]
mod tests;
