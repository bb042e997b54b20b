//! What a report or the dashboard reads: tables of counts, reconciled months, and the health of partners.

use std::cell::OnceCell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::civil::Date;

use crate::billing::contract::Contract;
use crate::billing::month::{ReconcileError, ReconciledMonth};
use crate::billing::settlement::error::SettlementError;
use crate::billing::settlement::partner::PartnerSettlement;
use crate::billing::settlement::report::{COLUMNS, SettlementReport, ShownMonths};
use crate::billing::store::BillingStore;
use crate::billing::year_month::YearMonth;
use crate::metrics::Metrics;
use crate::name::ConfigName;
use crate::report::names::UnknownName;
use crate::report::noise::Epsilon;
use crate::report::overview::{Overview, OverviewPeriod, OverviewRequest, overview};
use crate::report::performance::{Performance, PerformanceRequest, ReportGrouping};
use crate::report::run::ReportKind;
use crate::report::slices::SliceRelease;
use crate::report::table::{Table, TableValue};
use crate::report::{CountsReader, ReportFilter};
use crate::storage::pool::Pool;
use crate::storage::query::Database;
use crate::time;
use crate::tokens::key_ring::KeyRing;

/// The columns of the health of partners.
const PARTNER_COLUMNS: [&str; 11] = [
    "partner",
    "up",
    "answered",
    "failed",
    "timed_out",
    "crowded",
    "circuit",
    "skipped",
    "over_budget",
    "spent_today",
    "left_today",
];

/// The part of the configuration that reports depend on. A reload replaces it.
#[derive(Debug, Clone)]
pub struct ReportSettings {
    /// The name of the service.
    pub service: String,
    /// Counts of people below this number are suppressed.
    pub k: u64,
    /// The strength of the noise in released slices. None adds no noise.
    pub release: Option<Epsilon>,
    /// The contract with each partner.
    pub contracts: Vec<Contract>,
    /// The codes.
    pub codes: Vec<ConfigName>,
    /// How long a link can be clicked.
    pub click_ttl: Duration,
}

/// The store, or a key that the report needs, cannot be read.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the store cannot be read")]
pub struct StoreUnreadable;

/// The data of one response. The store is opened at the first query and used for all of them.
#[derive(Debug)]
pub struct ReportQuery {
    pool: Arc<Pool>,
    ring: KeyRing,
    settings: Arc<ReportSettings>,
    metrics: Arc<Metrics>,
    database: OnceCell<Rc<Database>>,
    deadline: Instant,
}

impl ReportQuery {
    /// Queries over a store. The key ring has the key for noise; the metrics have the health of partners. A query of an SQLite
    /// file that runs at `deadline` fails then.
    #[must_use]
    pub fn new(
        pool: Arc<Pool>,
        ring: KeyRing,
        settings: Arc<ReportSettings>,
        metrics: Arc<Metrics>,
        deadline: Instant,
    ) -> Self {
        Self { pool, ring, settings, metrics, database: OnceCell::new(), deadline }
    }

    /// The name of the service.
    #[must_use]
    pub fn service(&self) -> &str {
        &self.settings.service
    }

    /// The partners of the configuration, in its order.
    pub fn partners(&self) -> impl Iterator<Item = &str> {
        self.settings.contracts.iter().map(|contract| contract.partner.as_str())
    }

    /// The codes of the configuration, in its order.
    pub fn codes(&self) -> impl Iterator<Item = &str> {
        self.settings.codes.iter().map(ConfigName::as_str)
    }

    /// Returns the session to the pool. True if the pool now has an idle session, to be pruned later.
    pub fn release_session(self) -> bool {
        self.database.into_inner().and_then(Rc::into_inner).is_some_and(|database| self.pool.put_back(database))
    }

    fn database(&self) -> Result<Rc<Database>, StoreUnreadable> {
        if let Some(database) = self.database.get() {
            return Ok(database.clone());
        }
        let database = Rc::new(self.pool.open(self.deadline).map_err(|_| StoreUnreadable)?);
        Ok(self.database.get_or_init(|| database).clone())
    }

    /// Counts, as `qsproxy report` prints them.
    ///
    /// # Errors
    /// The store cannot be read, or the configuration requires noise and its key cannot be read.
    pub fn counts(&self, kind: ReportKind, filter: &ReportFilter) -> Result<Table, StoreUnreadable> {
        let counts = CountsReader::new(self.database()?);
        let noise = match self.settings.release.filter(|_| kind == ReportKind::Slices) {
            Some(epsilon) => Some((epsilon, self.ring.release_key().ok().flatten().ok_or(StoreUnreadable)?)),
            None => None,
        };
        let noise = noise.as_ref().map(|(epsilon, key)| (*epsilon, key));
        let release = SliceRelease { k: self.settings.k, noise, today: time::now().day() };
        counts.run(kind, filter, release).map_err(|_| StoreUnreadable)
    }

    /// The performance of a period, as `qsproxy report performance` prints it.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn performance(
        &self,
        filter: &ReportFilter,
        grouping: ReportGrouping,
        is_compared: bool,
    ) -> Result<Performance, StoreUnreadable> {
        let ReportSettings { contracts, .. } = &*self.settings;
        let request = PerformanceRequest { filter, grouping, is_compared, contracts, now: time::now().hour() };
        CountsReader::new(self.database()?).performance(&request).map_err(|_| StoreUnreadable)
    }

    /// The months of all partners, as `qsproxy overview` prints them.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn overview(&self, period: OverviewPeriod) -> Result<Overview, StoreUnreadable> {
        let ReportSettings { contracts, click_ttl, .. } = &*self.settings;
        let request = OverviewRequest { period, contracts, click_ttl: *click_ttl, now: time::now().hour() };
        overview(&BillingStore::new(self.database()?), &request).map_err(|_| StoreUnreadable)
    }

    /// The first filter with a name that neither the configuration nor the store has.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn unknown_name(&self, filter: &ReportFilter) -> Result<Option<UnknownName>, StoreUnreadable> {
        if filter.partner.is_none() && filter.code.is_none() {
            return Ok(None);
        }
        let partners: Vec<ConfigName> =
            self.settings.contracts.iter().map(|contract| contract.partner.clone()).collect();
        let counts = CountsReader::new(self.database()?);
        counts.unknown_name(filter, &partners, &self.settings.codes).map_err(|_| StoreUnreadable)
    }

    /// The contracts of partners with statements; if the filter names a partner, only its contract.
    pub fn contracts(&self, filter: &ReportFilter) -> impl Iterator<Item = &Contract> {
        let partner = filter.partner.as_deref();
        let matches = move |contract: &&Contract| partner.is_none_or(|name| contract.partner.as_str() == name);
        self.settings.contracts.iter().filter(|contract| contract.profile.is_some()).filter(matches)
    }

    /// The reconciled months of a partner, as `qsproxy reconcile` prints them, without the days outside the filter.
    ///
    /// # Errors
    /// The first month that cannot be reconciled.
    pub fn months(&self, contract: &Contract, filter: &ReportFilter) -> Result<Vec<ReconciledMonth>, ReconcileError> {
        let store = BillingStore::new(self.database().map_err(|_| ReconcileError::StoreUnavailable)?);
        let now = time::now().hour();
        let is_requested = |first: Date, last: Date| filter.from <= last && first <= filter.to;
        let read = |first_day| {
            let mut month = ReconciledMonth::read(&store, contract, YearMonth::containing(first_day), now)?;
            month.reconciliation.periods.retain(|period| is_requested(period.first, period.last));
            month.reconciliation.unmapped.retain(|row| is_requested(row.day, row.last));
            Ok(month)
        };
        let first_days = filter.from.first_of_month().series(jiff::Span::new().months(1));
        first_days.take_while(|first_day| *first_day <= filter.to).map(read).collect()
    }

    /// The settlement of the months that have a requested day; None if the filter names a partner that neither the
    /// configuration nor the store has.
    ///
    /// # Errors
    /// The first partner whose money cannot be worked out.
    pub fn settlement(&self, filter: &ReportFilter) -> Result<Option<Table>, SettlementError> {
        let store = BillingStore::new(self.database().map_err(|_| SettlementError::Unavailable)?);
        let [from, to] = [filter.from, filter.to].map(|day| Some(YearMonth::containing(day)));
        let partner = filter.partner.as_deref();
        let mut contracts = Contract::all(&self.settings.contracts, &store)?;
        contracts.retain(|contract| partner.is_none_or(|name| contract.partner.as_str() == name));
        let mut report = SettlementReport::default();
        for contract in &contracts {
            let settlement = PartnerSettlement::read(&store, contract, time::now().day().date())?;
            let added = report.add(&settlement, ShownMonths { from, to });
            added.ok_or_else(|| SettlementError::TooLarge(contract.partner.clone()))?;
        }
        let rows = report.rows.into_iter().map(|row| row.map(TableValue::Text).into()).collect();
        Ok((!contracts.is_empty()).then_some(Table { columns: &COLUMNS, rows }))
    }

    /// The outcomes of requests to each partner since the start, whether the partner is up, the state of its circuit, and the
    /// requests of its budget of today.
    #[must_use]
    pub fn partner_health(&self) -> Table {
        let row = |contract: &Contract| {
            let metrics = self.metrics.partner(&contract.partner);
            let outcomes = [&metrics.answered, &metrics.failed, &metrics.timed_out, &metrics.crowded];
            let up = u64::try_from(metrics.up.get()).unwrap_or(0);
            let first = [TableValue::Text(contract.partner.to_string()), TableValue::Count(up)];
            let circuit = TableValue::Text(metrics.circuit().as_str().to_owned());
            let today = self.metrics.budgets.today(&contract.partner);
            let [spent, left] = today.map(|n| n.map_or(TableValue::Empty, TableValue::Count));
            let skipped = [&metrics.skipped, &metrics.over_budget].map(|counter| TableValue::Count(counter.get()));
            let last = [circuit].into_iter().chain(skipped).chain([spent, left]);
            first.into_iter().chain(outcomes.map(|counter| TableValue::Count(counter.get()))).chain(last).collect()
        };
        Table { columns: &PARTNER_COLUMNS, rows: self.settings.contracts.iter().map(row).collect() }
    }
}
