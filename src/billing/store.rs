//! The billing store: imported statements, closed months, and read access to our counts, in the same database as the counts.
//! Commands write to it beside a running proxy, each in one transaction. Statements and closings are never changed.
//!
//! A statement (`statements`) has rows for its own days (`statement_rows`) and may have corrections of other days
//! (`statement_corrections`), which are added to what is in force for those days. It speaks for its days and for all codes, or for some
//! (`statement_codes`). An append-only list (`statement_events`) says when each was imported, withdrawn and used again, and so which one
//! is in force at the end of the list or at any earlier event (`in_force`). A closing keeps the number of the last event before it.

mod books;
mod closings;
mod counts;
mod import_statement;
mod in_force;
mod payments;
mod statements;
mod stored_statement;

use std::ops::{Range, RangeInclusive};
use std::rc::Rc;

use jiff::civil::Date;

use crate::billing::hourly::{PartnerCounts, StoredCounts};
use crate::billing::settlement::payment::StoredPayment;
use crate::billing::statement::{Statement, StatementRow};
use crate::billing::statement_event::{StatementEvent, StatementEventKind};
use crate::name::ConfigName;
use crate::storage::error::{OpenError, StoreError};
use crate::storage::query::{AccessMode, Database, StoreLocation};
use crate::time::{Day, Hour};

pub use crate::billing::store::books::{BooksExtent, BooksRow};
pub use crate::billing::store::closings::{Closing, StoredArchive, StoredCorrection, StoredHandOver};
pub use crate::billing::store::import_statement::{ImportOutcome, is_same};
pub use crate::billing::store::in_force::{StatementState, StatementsInForce};
pub use crate::billing::store::payments::NewPayment;
pub use crate::billing::store::statements::StoredOlderRow;
pub use crate::billing::store::stored_statement::StoredStatement;

/// An open billing store.
#[derive(Debug)]
pub struct BillingStore(Rc<Database>);

impl BillingStore {
    /// Opens the store of a running or stopped process for writing.
    ///
    /// # Errors
    /// A store that is missing, of another version, or not a store.
    pub fn open(location: &StoreLocation) -> Result<Self, OpenError> {
        Ok(Self::new(Rc::new(Database::open(location, AccessMode::Write)?)))
    }

    /// Uses an open database. If that is open for reading, writing fails.
    #[must_use]
    pub fn new(database: Rc<Database>) -> Self {
        Self(database)
    }

    /// Runs `work` in a transaction that excludes counts and other commands from writing. Rolls back if `work` fails.
    ///
    /// # Errors
    /// Errors of the database, or of `work`.
    pub fn transaction<T, E: From<StoreError>>(&self, work: impl FnOnce(&Self) -> Result<T, E>) -> Result<T, E> {
        self.0.transaction(|_| work(self))
    }

    /// Runs `work` in a transaction that excludes closings and other changes of statements. In PostgreSQL, counts are delivered meanwhile.
    /// Rolls back if `work` fails.
    ///
    /// # Errors
    /// Errors of the database, or of `work`.
    pub fn change<T, E: From<StoreError>>(&self, work: impl FnOnce(&Self) -> Result<T, E>) -> Result<T, E> {
        self.0.import_transaction(|_| work(self))
    }

    /// Imports a statement, unless the same file was imported for this partner before, with the same profile and for the same codes.
    /// Call this in [`Self::change`].
    ///
    /// # Errors
    /// Errors of the database.
    pub fn add_statement(
        &self,
        partner: &ConfigName,
        statement: &Statement,
        today: Day,
    ) -> Result<ImportOutcome, StoreError> {
        import_statement::insert(&self.0, partner, statement, today)
    }

    /// Returns the statements of one partner, or of all, in the order of their import.
    ///
    /// # Errors
    /// Errors of the database, or a row that cannot be decoded.
    pub fn statements(&self, partner: Option<&ConfigName>) -> Result<Vec<StoredStatement>, StoreError> {
        statements::statements(&self.0, partner)
    }

    /// Appends an event of a statement: it is withdrawn, or used again. Call this in [`Self::change`].
    ///
    /// # Errors
    /// Errors of the database.
    pub fn add_event(
        &self,
        statement: i64,
        kind: StatementEventKind,
        today: Day,
        reason: &str,
    ) -> Result<(), StoreError> {
        import_statement::insert_event(&self.0, statement, kind, today, reason)
    }

    /// Returns the events of the statements of one partner, or of all, in their order.
    ///
    /// # Errors
    /// Errors of the database, or a row that cannot be decoded.
    pub fn statement_events(&self, partner: Option<&ConfigName>) -> Result<Vec<StatementEvent>, StoreError> {
        statements::events(&self.0, partner)
    }

    /// Returns the number of the last event of any statement, to be kept with a closing; 0 if there is none.
    ///
    /// # Errors
    /// Errors of the database.
    pub fn last_statement_event(&self) -> Result<i64, StoreError> {
        import_statement::last_event(&self.0)
    }

    /// Returns all rows of a statement and its corrections, whether or not they are in force.
    ///
    /// # Errors
    /// Errors of the database, or a row that cannot be decoded.
    pub fn rows_of_statement(&self, number: i64) -> Result<[Vec<StatementRow>; 2], StoreError> {
        let rows = |table| statements::rows_of(&self.0, table, number);
        Ok([rows("statement_rows")?, rows("statement_corrections")?])
    }

    /// Returns the days of older months that statements of a partner correct, whether or not they are in force.
    ///
    /// # Errors
    /// Errors of the database, or a day that cannot be decoded.
    pub fn corrected_days(&self, partner: &ConfigName) -> Result<Vec<Date>, StoreError> {
        statements::corrected_days(&self.0, partner)
    }

    /// Returns what statements of a partner add to days of older months.
    ///
    /// # Errors
    /// Errors of the database, or a row that cannot be decoded.
    pub fn older_rows(&self, partner: &ConfigName) -> Result<Vec<StoredOlderRow>, StoreError> {
        statements::corrections(&self.0, partner)
    }

    /// Returns the statement rows for these days, ordered by day, code, last day and currency, each with the number of its statement.
    /// Each day and code comes from the statement in force; corrections are added. A row of several days that are not all among these
    /// days is included.
    ///
    /// # Errors
    /// Errors of the database, or a row that cannot be decoded.
    pub fn statement_rows(
        &self,
        partner: &ConfigName,
        days: RangeInclusive<Date>,
    ) -> Result<Vec<(i64, StatementRow)>, StoreError> {
        statements::rows_in_force(&self.0, partner, &days, i64::MAX)
    }

    /// Returns what [`Self::statement_rows`] returned when the event of this number was the latest one; no rows for `until` 0.
    ///
    /// # Errors
    /// Errors of the database, or a row that cannot be decoded.
    pub fn statement_rows_until(
        &self,
        partner: &ConfigName,
        days: RangeInclusive<Date>,
        until: i64,
    ) -> Result<Vec<(i64, StatementRow)>, StoreError> {
        statements::rows_in_force(&self.0, partner, &days, until)
    }

    /// Returns the clicks and searches of a partner that were counted in these hours.
    ///
    /// # Errors
    /// Errors of the database, or a row that cannot be decoded.
    pub fn hourly_counts(&self, partner: &ConfigName, hours: &Range<Hour>) -> Result<PartnerCounts, StoreError> {
        counts::hourly_counts(&self.0, partner, hours)
    }

    /// Returns the counts of these hours, and those of the UTC days with one of these hours that were rolled up.
    ///
    /// # Errors
    /// Errors of the database, or a row that cannot be decoded.
    pub fn stored_counts(&self, partner: &ConfigName, hours: &Range<Hour>) -> Result<StoredCounts, StoreError> {
        counts::stored_counts(&self.0, partner, hours)
    }

    /// Returns whether a partner has counts in these hours, or in a UTC day with one of them that was rolled up.
    ///
    /// # Errors
    /// Errors of the database.
    pub fn has_counts(&self, partner: &ConfigName, hours: &Range<Hour>) -> Result<bool, StoreError> {
        counts::has_counts(&self.0, partner, hours)
    }

    /// Returns the UTC day of the first counts of any partner; None without any.
    ///
    /// # Errors
    /// Errors of the database, or a row that cannot be decoded.
    pub fn first_counted_day(&self) -> Result<Option<Day>, StoreError> {
        counts::first_day(&self.0)
    }

    /// Returns the clicks and searches of these hours that were counted after their month had been closed.
    ///
    /// # Errors
    /// Errors of the database, or a row that cannot be decoded.
    pub fn adjustments(&self, partner: &ConfigName, hours: &Range<Hour>) -> Result<PartnerCounts, StoreError> {
        counts::adjustments(&self.0, partner, hours)
    }

    /// Returns the closed months, in the order of the chain.
    ///
    /// # Errors
    /// Errors of the database, or a row that cannot be decoded.
    pub fn closings(&self) -> Result<Vec<Closing>, StoreError> {
        closings::closings(&self.0)
    }

    /// Inserts a closed month. Call this in the [`Self::transaction`] that read the month.
    ///
    /// # Errors
    /// Errors of the database, for example if the month is closed already.
    pub fn insert_closing(&self, closing: &Closing) -> Result<(), StoreError> {
        closings::insert(&self.0, closing)
    }

    /// Returns the payments of one partner, or of all, in the order in which they were entered; withdrawn ones are among them. A
    /// store of an earlier version has none.
    ///
    /// # Errors
    /// Errors of the database, or a row that cannot be decoded.
    pub fn payments(&self, partner: Option<&ConfigName>) -> Result<Vec<StoredPayment>, StoreError> {
        if self.0.has_table("payments")? { payments::payments(&self.0, partner) } else { Ok(Vec::new()) }
    }

    /// Inserts payments, and returns the number of the first one. Call this in the [`Self::transaction`] that read the others.
    ///
    /// # Errors
    /// Errors of the database.
    pub fn insert_payments(&self, payments: &[NewPayment], today: Day) -> Result<i64, StoreError> {
        payments::insert(&self.0, payments, today)
    }

    /// Withdraws a payment: it stays in the store, and settles nothing any more.
    ///
    /// # Errors
    /// Errors of the database, for example if the payment is withdrawn already.
    pub fn withdraw_payment(&self, number: i64, reason: &str, today: Day) -> Result<(), StoreError> {
        payments::withdraw(&self.0, number, reason, today)
    }

    /// Returns the corrections of closed months, in the order of the chain.
    ///
    /// # Errors
    /// Errors of the database, or a row that cannot be decoded.
    pub fn corrections(&self) -> Result<Vec<StoredCorrection>, StoreError> {
        closings::corrections(&self.0)
    }

    /// Returns the hand-overs of the key, in the order of the chain.
    ///
    /// # Errors
    /// Errors of the database, or a row that cannot be decoded.
    pub fn hand_overs(&self) -> Result<Vec<StoredHandOver>, StoreError> {
        closings::hand_overs(&self.0)
    }

    /// Returns the archives of records, in the order of the chain.
    ///
    /// # Errors
    /// Errors of the database, or a row that cannot be decoded.
    pub fn archives(&self) -> Result<Vec<StoredArchive>, StoreError> {
        closings::archives(&self.0)
    }

    /// Returns the archive of one record.
    ///
    /// # Errors
    /// Errors of the database, or a row that cannot be decoded.
    pub fn archive(&self, number: i64) -> Result<Option<StoredArchive>, StoreError> {
        closings::archive(&self.0, number)
    }

    /// Inserts a correction. Call this in the [`Self::transaction`] that read the month, as for the next two.
    ///
    /// # Errors
    /// Errors of the database.
    pub fn insert_correction(&self, correction: &StoredCorrection) -> Result<(), StoreError> {
        closings::insert_correction(&self.0, correction)
    }

    /// Inserts a hand-over of the key.
    ///
    /// # Errors
    /// Errors of the database.
    pub fn insert_hand_over(&self, hand_over: &StoredHandOver) -> Result<(), StoreError> {
        closings::insert_hand_over(&self.0, hand_over)
    }

    /// Inserts the archive of a record.
    ///
    /// # Errors
    /// Errors of the database.
    pub fn insert_archive(&self, archive: &StoredArchive) -> Result<(), StoreError> {
        closings::insert_archive(&self.0, archive)
    }

    /// Returns the rows of the tables of statements that a closed month is made of, whether or not they are in force.
    ///
    /// # Errors
    /// Errors of the database, or a row that cannot be decoded.
    pub fn books_rows(&self, extent: &BooksExtent<'_>) -> Result<Vec<BooksRow>, StoreError> {
        books::books_rows(&self.0, extent)
    }

    /// Returns the rows of the tables of days for a partner.
    ///
    /// # Errors
    /// Errors of the database, or a row that cannot be decoded.
    pub fn daily_rows(&self, partner: &ConfigName, days: RangeInclusive<Date>) -> Result<Vec<BooksRow>, StoreError> {
        books::daily_rows(&self.0, partner, &days)
    }
}

#[cfg(test)]
mod tests;
