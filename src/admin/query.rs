//! What the listener reads for a report or the page: sheets of counts, reconciled months, and how partners are doing.

use std::cell::OnceCell;
use std::rc::Rc;
use std::sync::Arc;

use jiff::civil::Date;

use crate::admin::reports::ReportSettings;
use crate::billing::contract::Contract;
use crate::billing::month::{ReconcileError, ReconciledMonth};
use crate::billing::store::BillingStore;
use crate::billing::year_month::YearMonth;
use crate::metrics::Metrics;
use crate::report::run::ReportKind;
use crate::report::slices::SliceRelease;
use crate::report::table::{Table, TableValue};
use crate::report::{CountsReader, ReportFilter};
use crate::storage::pool::Pool;
use crate::storage::query::Database;
use crate::time;
use crate::tokens::key_ring::KeyRing;

/// The columns of how partners are doing.
const PARTNERS: [&str; 6] = ["partner", "up", "answered", "failed", "timed_out", "crowded"];

/// The store or its keys cannot be read.
#[derive(Debug, Clone, Copy)]
pub struct Unreadable;

/// Everything that one answer is made of. The store is opened once for all of it, when it is first needed.
#[derive(Debug)]
pub struct Reader {
    pool: Arc<Pool>,
    ring: KeyRing,
    shown: Arc<ReportSettings>,
    metrics: Arc<Metrics>,
    database: OnceCell<Rc<Database>>,
}

impl Reader {
    /// Over a store and the key of the noise, with what the configuration in force says and how partners are doing.
    #[must_use]
    pub fn new(pool: Arc<Pool>, ring: KeyRing, shown: Arc<ReportSettings>, metrics: Arc<Metrics>) -> Self {
        Self { pool, ring, shown, metrics, database: OnceCell::new() }
    }

    /// Leaves the store to the next answer. True where the pool is to be pruned later.
    pub fn end(self) -> bool {
        self.database.into_inner().and_then(Rc::into_inner).is_some_and(|database| self.pool.keep(database))
    }

    fn database(&self) -> Result<Rc<Database>, Unreadable> {
        if let Some(database) = self.database.get() {
            return Ok(database.clone());
        }
        let database = Rc::new(self.pool.open().map_err(|_| Unreadable)?);
        Ok(self.database.get_or_init(|| database).clone())
    }

    /// Counts, as `qsproxy report` tells them.
    ///
    /// # Errors
    /// A store that cannot be read, or noise without its key: it cannot be told then, and without noise nothing is.
    pub fn sheet(&self, asked: ReportKind, question: &ReportFilter) -> Result<Table, Unreadable> {
        let counts = CountsReader::of(self.database()?);
        let key = match self.shown.release.filter(|_| asked == ReportKind::Slices) {
            Some(epsilon) => Some((epsilon, self.ring.release_key().ok().flatten().ok_or(Unreadable)?)),
            None => None,
        };
        let noise = key.as_ref().map(|(epsilon, key)| (*epsilon, key));
        let release = SliceRelease { k: self.shown.k, noise, today: time::now().day() };
        counts.answer(asked, question, release).map_err(|_| Unreadable)
    }

    /// Every partner whose statements are read; that of the question alone where it names one.
    pub fn terms(&self, question: &ReportFilter) -> impl Iterator<Item = &Contract> {
        let named = question.partner.as_deref();
        let is_asked = move |terms: &&Contract| named.is_none_or(|name| terms.partner.as_str() == name);
        self.shown.terms.iter().filter(|terms| terms.profile.is_some()).filter(is_asked)
    }

    /// The months of one partner, as `qsproxy reconcile` tells them, each without the days that are not asked for.
    ///
    /// # Errors
    /// What keeps the first one from being reconciled.
    pub fn months(&self, terms: &Contract, question: &ReportFilter) -> Result<Vec<ReconciledMonth>, ReconcileError> {
        let books = BillingStore::new(self.database().map_err(|_| ReconcileError::StoreUnavailable)?);
        let now = time::now().hour();
        let is_asked = |day: &Date| question.from <= *day && *day <= question.to;
        let read = |first| {
            let mut month = ReconciledMonth::read(&books, terms, YearMonth::containing(first), now)?;
            month.reconciliation.days.retain(|(day, _)| is_asked(day));
            month.reconciliation.unmapped.retain(|row| is_asked(&row.day));
            Ok(month)
        };
        let firsts = question.from.first_of_month().series(jiff::Span::new().months(1));
        firsts.take_while(|first| *first <= question.to).map(read).collect()
    }

    /// What became of the requests to each partner since the start, and whether it is up.
    #[must_use]
    pub fn partners(&self) -> Table {
        let row = |terms: &Contract| {
            let numbers = self.metrics.partner(&terms.partner);
            let counters = [&numbers.answered, &numbers.failed, &numbers.timed_out, &numbers.crowded];
            let up = u64::try_from(numbers.up.get()).unwrap_or(0);
            let before = [TableValue::Text(terms.partner.to_string()), TableValue::Count(up)];
            before.into_iter().chain(counters.map(|counter| TableValue::Count(counter.get()))).collect()
        };
        Table { columns: &PARTNERS, rows: self.shown.terms.iter().map(row).collect() }
    }
}
