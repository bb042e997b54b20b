//! The months before the first one of an overview in which something may be open: what was left open is an alarm until it is closed.

use std::collections::BTreeMap;

use jiff::Span;

use crate::billing::contract::Contract;
use crate::billing::statement_event::StatementEvent;
use crate::billing::store::Closing;
use crate::billing::year_month::YearMonth;
use crate::name::ConfigName;
use crate::report::overview::month::MonthReader;
use crate::report::overview::paid::{PaidMonths, PaidState};
use crate::report::overview::request::MAX_MONTHS;
use crate::storage::error::StoreError;

/// Finds such months.
pub(super) struct EarlierMonths<'r> {
    reader: &'r MonthReader<'r>,
    /// The month of the first counts of any partner.
    counted: Option<YearMonth>,
    /// The last event of each statement.
    last_events: BTreeMap<i64, i64>,
}

impl<'r> EarlierMonths<'r> {
    /// Reads what they are found by.
    ///
    /// # Errors
    /// Those of the store.
    pub(super) fn new(reader: &'r MonthReader<'r>, events: &[StatementEvent]) -> Result<Self, StoreError> {
        let counted = reader.store.first_counted_day()?.map(|day| YearMonth::containing(day.date()));
        let last_events = events.iter().map(|event| (event.statement, event.number)).collect();
        Ok(Self { reader, counted, last_events })
    }

    /// Returns the months of a partner, none more than [`MAX_MONTHS`] before the first one of the overview, that have statements or counts
    /// and are not closed, whose money is overdue, or of which something came since they were closed.
    ///
    /// # Errors
    /// Those of the store.
    pub(super) fn of(
        &self,
        partner: &ConfigName,
        contract: Option<&Contract>,
        paid: &PaidMonths,
    ) -> Result<Vec<YearMonth>, StoreError> {
        let first = self.reader.request.period.from;
        let statements = self.reader.statements.iter().filter(|statement| statement.partner == partner.as_str());
        let stated = statements.map(|statement| YearMonth::containing(statement.first));
        let closed = self.reader.closings.iter().filter(|closing| closing.partner == *partner);
        let known = stated.chain(closed.map(|closing| closing.month)).chain(self.counted);
        let Some(earliest) = known.min() else { return Ok(Vec::new()) };
        let months = earliest.max(first.minus(MAX_MONTHS)).first_day().series(Span::new().months(1));
        let mut open = Vec::new();
        for month in months.map(YearMonth::containing).take_while(|month| *month < first) {
            let may_be_open = match self.reader.closing(partner, month) {
                Some(closing) => self.may_be_changed(partner, closing)?,
                None => self.reader.has_statement(partner, month) || self.has_counts(partner, contract, month)?,
            };
            if may_be_open || paid.month(month).state == Some(PaidState::Overdue) {
                open.push(month);
            }
        }
        Ok(open)
    }

    fn has_counts(
        &self,
        partner: &ConfigName,
        contract: Option<&Contract>,
        month: YearMonth,
    ) -> Result<bool, StoreError> {
        let zone = contract.and_then(|contract| contract.zone.as_ref());
        zone.map_or(Ok(false), |zone| self.reader.store.has_counts(partner, &month.hours(zone)))
    }

    /// Whether a statement of the month had an event since it was closed, or counts arrived.
    fn may_be_changed(&self, partner: &ConfigName, closing: &Closing) -> Result<bool, StoreError> {
        let days = closing.month.first_day()..=closing.month.last_day();
        let is_later = |number: i64| self.last_events.get(&number) > closing.statement_event.as_ref();
        let mut statements = self.reader.statements.iter().filter(|statement| statement.partner == partner.as_str());
        let has_event = closing.statement_event.is_some()
            && statements.any(|statement| statement.covers_any(&days) && is_later(statement.number));
        Ok(has_event || !self.reader.store.adjustments(partner, &closing.hours)?.is_empty())
    }
}
