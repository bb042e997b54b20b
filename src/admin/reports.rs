//! `/reports/NAME.{csv,json}?from=&to=&partner=&code=&by=` and the dashboard. A report is byte for byte what
//! `qsproxy report` or `qsproxy reconcile` prints; `partners` is the health of each partner. [`NAMES`] lists them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use http::StatusCode;

use crate::admin::dashboard;
use crate::admin::parameters::{Parameters, last_days};
use crate::admin::paths;
use crate::admin::process_status::ProcessStatus;
use crate::admin::query::{ReportQuery, ReportSettings, StoreUnreadable};
use crate::admin::response::{AdminResponse, CSV, HTML, JSON};
use crate::billing::contract::Contract;
use crate::billing::month::{ReconcileError, ReconciledMonth};
use crate::billing::reconcile::render;
use crate::billing::settlement::error::SettlementError;
use crate::clients::share::{self, ShareKind, SharePermit};
use crate::clients::state::Client;
use crate::concurrency_limit::ConcurrencyLimit;
use crate::metrics::{AdminRefusal, Metrics};
use crate::report::overview::OverviewPeriod;
use crate::report::performance::ReportGrouping;
use crate::report::run::ReportKind;
use crate::report::table::Table;
use crate::report::{CountTable, ReportFilter};
use crate::storage::pool::{IDLE_TIMEOUT, Pool};
use crate::storage::query::StoreLocation;
use crate::time;
use crate::tokens::key_ring::KeyRing;

/// The names of all reports.
pub const NAMES: [&str; 13] = [
    "clicks",
    "filtered",
    "searches",
    "adjustments",
    "active",
    "retention",
    "slices",
    "reconciliation",
    "partners",
    "settlement",
    "performance",
    "overview",
    "costs",
];
/// Reports at the same time, from the computation until the client has taken the answer. Each takes a thread and memory.
const MAX_CONCURRENT: usize = 4;
/// How many of them one client can have, so that others can always have one.
const MAX_OF_ONE_CLIENT: usize = 2;
/// Time to compute a report. What takes longer is for the command line.
const REPORT_TIME: Duration = Duration::from_secs(30);
/// How often idle sessions are looked at.
const PRUNE_INTERVAL: Duration = Duration::from_secs(IDLE_TIMEOUT.as_secs() / 3);
/// Maximum number of days of one report: somewhat more than two years, so that a response is a few megabytes at most. The
/// command line has no such limit.
const MAX_REPORT_DAYS: i32 = 800;
/// Maximum number of months of the overview: as many as days.
const MAX_REPORT_MONTHS: i32 = 26;
/// Maximum number of days on the dashboard: a quarter, so that a day is still wide enough to see in a chart.
const MAX_DASHBOARD_DAYS: i32 = 92;
/// Default number of days on the dashboard: four weeks, so that every day of the week occurs equally often.
const DASHBOARD_DAYS: i32 = 28;

/// Computes reports and the dashboard from the store.
#[derive(Debug)]
pub struct Reports {
    pool: Arc<Pool>,
    ring: KeyRing,
    settings: Arc<ArcSwap<ReportSettings>>,
    metrics: Arc<Metrics>,
    slots: ConcurrencyLimit,
    /// Whether a task ends idle sessions.
    is_pruning: Arc<AtomicBool>,
}

#[derive(Debug, Clone, Copy)]
enum Report {
    Counts(ReportKind),
    Reconciliation,
    Partners,
    Settlement,
    Overview(OverviewPeriod),
    Performance { grouping: ReportGrouping, is_compared: bool },
}

#[derive(Debug, Clone, Copy)]
enum ReportFormat {
    Csv,
    Json,
}

impl Reports {
    /// Reports over this store. `settings` are replaced on reload.
    #[must_use]
    pub fn new(
        store: StoreLocation,
        ring: KeyRing,
        settings: Arc<ArcSwap<ReportSettings>>,
        metrics: Arc<Metrics>,
    ) -> Self {
        let slots = ConcurrencyLimit::new(MAX_CONCURRENT);
        Self { pool: Arc::new(Pool::new(store)), ring, settings, metrics, slots, is_pruning: Arc::default() }
    }

    /// Answers a request for a report or the dashboard. The permit is to be kept until the client has taken the answer.
    pub(super) async fn answer(
        &self,
        path: &str,
        query: Option<&str>,
        client: &Client,
        status: ProcessStatus,
    ) -> (AdminResponse, Option<SharePermit>) {
        let work = match path.strip_prefix(paths::REPORTS) {
            Some(file) => report(file, query),
            None => page(query, status),
        };
        match work {
            Ok(work) => self.compute(work, client).await,
            Err(response) => (response, None),
        }
    }

    /// Runs work that reads the store on a blocking thread. A panic in it is reported by the panic hook and answered like an
    /// unreadable store.
    async fn compute(&self, work: Work, client: &Client) -> (AdminResponse, Option<SharePermit>) {
        let place = share::take(client, ShareKind::Requests, MAX_OF_ONE_CLIENT, Some(&self.slots), false);
        let Ok(permit) = place else {
            return (self.refuse(AdminRefusal::Reports, "too many reports at once; try again in a moment"), None);
        };
        let (pool, ring, settings) = (self.pool.clone(), self.ring.clone(), self.settings.load_full());
        let (metrics, deadline) = (self.metrics.clone(), time::instant() + REPORT_TIME);
        let work = move || {
            let query = ReportQuery::new(pool, ring, settings, metrics, deadline);
            let response = work(&query);
            (response, query.release_session(), permit)
        };
        // The thread keeps the permit for as long as it runs, whether or not anybody waits for it.
        let Ok(computed) = tokio::time::timeout(REPORT_TIME, tokio::task::spawn_blocking(work)).await else {
            let message = "the report takes too long; ask for fewer days, or use `qsproxy report`";
            return (self.refuse(AdminRefusal::ReportTime, message), None);
        };
        let Ok((response, is_session_idle, permit)) = computed else { return (AdminResponse::unreadable(), None) };
        if is_session_idle && !self.is_pruning.swap(true, Ordering::AcqRel) {
            tokio::task::spawn(prune_until_empty(self.pool.clone(), self.is_pruning.clone()));
        }
        (response, Some(permit))
    }

    fn refuse(&self, refusal: AdminRefusal, message: &str) -> AdminResponse {
        self.metrics.admin.count_refusal(refusal);
        AdminResponse::error(StatusCode::SERVICE_UNAVAILABLE, message)
    }
}

/// Ends idle sessions until none is left. There is one such task at most, however many reports are computed.
async fn prune_until_empty(pool: Arc<Pool>, is_pruning: Arc<AtomicBool>) {
    loop {
        tokio::time::sleep(PRUNE_INTERVAL).await;
        let pruned = pool.clone();
        // A panic in it is reported by the panic hook.
        tokio::task::spawn_blocking(move || pruned.prune()).await.ok();
        if pool.has_idle() {
            continue;
        }
        is_pruning.store(false, Ordering::Release);
        // A session may have become idle between the two, when this task was still taken for the one that ends it.
        if !pool.has_idle() || is_pruning.swap(true, Ordering::AcqRel) {
            return;
        }
    }
}

/// What is computed for a request, on a blocking thread.
type Work = Box<dyn FnOnce(&ReportQuery) -> AdminResponse + Send>;

/// The work for a report in a file of this name, or why there is none.
fn report(file: &str, query: Option<&str>) -> Result<Work, AdminResponse> {
    let (name, format) = match file.rsplit_once('.') {
        Some((name, "csv")) => (name, ReportFormat::Csv),
        Some((name, "json")) => (name, ReportFormat::Json),
        Some(_) | None => return Err(unknown_report()),
    };
    if !NAMES.contains(&name) {
        return Err(unknown_report());
    }
    let known: &[&str] = match name {
        "partners" => &[],
        "overview" => &["from", "to"],
        "retention" | "costs" => &["from", "to", "code", "partner", "by"],
        "settlement" => &["from", "to", "partner"],
        "performance" => &["from", "to", "partner", "code", "by", "compare"],
        _ => &["from", "to", "partner", "code"],
    };
    let parsed = Parameters::parse(query, known).and_then(|parameters| parse_report(name, &parameters));
    let (report, filter) = parsed.map_err(|message| AdminResponse::error(StatusCode::BAD_REQUEST, &message))?;
    Ok(Box::new(move |query| match report {
        Report::Counts(kind) => counts(query, kind, &filter, format),
        Report::Partners => render_table(&query.partner_health(), format),
        Report::Reconciliation => reconciliation(query, &filter, format),
        Report::Settlement => settlement(query, &filter, format),
        Report::Overview(period) => {
            let overview = query.overview(period);
            overview.map_or_else(|_| AdminResponse::unreadable(), |found| render_table(&found.table(), format))
        }
        Report::Performance { grouping, is_compared } => refuse_unknown(query, &filter).unwrap_or_else(|| {
            let performance = query.performance(&filter, grouping, is_compared);
            performance.map_or_else(|_| AdminResponse::unreadable(), |found| render_table(&found.table, format))
        }),
    }))
}

fn counts(query: &ReportQuery, kind: ReportKind, filter: &ReportFilter, format: ReportFormat) -> AdminResponse {
    refuse_unknown(query, filter).unwrap_or_else(|| match query.counts(kind, filter) {
        Ok(table) => render_table(&table, format),
        Err(_) => AdminResponse::unreadable(),
    })
}

/// The refusal of a filter with a name that nothing has.
fn refuse_unknown(query: &ReportQuery, filter: &ReportFilter) -> Option<AdminResponse> {
    match query.unknown_name(filter) {
        Ok(None) => None,
        Ok(Some(unknown)) => {
            Some(AdminResponse::error(StatusCode::BAD_REQUEST, &format!("{}: {}", unknown.filter, unknown.message)))
        }
        Err(_) => Some(AdminResponse::unreadable()),
    }
}

/// The work for the dashboard of the requested days, partner and code.
fn page(query: Option<&str>, status: ProcessStatus) -> Result<Work, AdminResponse> {
    let parsed = Parameters::parse(query, &["from", "to", "partner", "code"]).and_then(|parameters| {
        let days = if parameters.has_no_days() { None } else { Some(parameters.filter(MAX_DASHBOARD_DAYS)?) };
        Ok((parameters, days))
    });
    let (parameters, days) = parsed.map_err(|message| AdminResponse::error(StatusCode::BAD_REQUEST, &message))?;
    Ok(Box::new(move |query| {
        let filter = match days {
            Some(days) => Ok(days),
            None => default_days(query).map(|days| parameters.of_days(days)),
        };
        let Ok(filter) = filter else { return AdminResponse::unreadable() };
        refuse_unknown(query, &filter).unwrap_or_else(|| match dashboard::render(query, &filter, status) {
            Ok(page) => AdminResponse::ok(HTML, page),
            Err(_) => AdminResponse::unreadable(),
        })
    }))
}

/// The last four weeks of whole days, which can be compared with those before; those that end today while the service has counted nothing
/// before today.
fn default_days(query: &ReportQuery) -> Result<ReportFilter, StoreUnreadable> {
    let today = time::now().day().date();
    let whole = last_days(today.yesterday().unwrap_or(today), DASHBOARD_DAYS);
    let is_empty = query.counts(ReportKind::Outcomes(CountTable::Searches), &whole)?.rows.is_empty();
    Ok(if is_empty { last_days(today, DASHBOARD_DAYS) } else { whole })
}

fn unknown_report() -> AdminResponse {
    let message = format!("the reports are {}, each as .csv and .json", NAMES.join(", "));
    AdminResponse::error(StatusCode::NOT_FOUND, &message)
}

fn parse_report(name: &str, parameters: &Parameters) -> Result<(Report, ReportFilter), String> {
    if name == "partners" {
        return Ok((Report::Partners, ReportFilter::default()));
    }
    if name == "overview" {
        let period = parameters.months(MAX_REPORT_MONTHS)?;
        return Ok((Report::Overview(period), ReportFilter::default()));
    }
    let report = match name {
        "reconciliation" => Report::Reconciliation,
        "settlement" => Report::Settlement,
        "performance" => {
            Report::Performance { grouping: parameters.grouping()?, is_compared: parameters.is_compared()? }
        }
        "filtered" => Report::Counts(ReportKind::Filtered),
        "searches" => Report::Counts(ReportKind::Outcomes(CountTable::Searches)),
        "adjustments" => Report::Counts(ReportKind::Outcomes(CountTable::Adjustments)),
        "active" => Report::Counts(ReportKind::Active),
        "retention" => Report::Counts(ReportKind::Retention(parameters.cohort_grain()?)),
        "slices" => Report::Counts(ReportKind::Slices),
        "costs" => Report::Counts(ReportKind::Costs(parameters.grouping()?)),
        _ => Report::Counts(ReportKind::Outcomes(CountTable::Clicks)),
    };
    let filter = parameters.filter(MAX_REPORT_DAYS)?;
    let unsupported = match report {
        Report::Counts(kind) => kind.unsupported_filter(&filter),
        Report::Reconciliation if filter.code.is_some() => {
            Some(("code", "a statement covers all codes together; remove this parameter"))
        }
        Report::Reconciliation
        | Report::Partners
        | Report::Settlement
        | Report::Overview(_)
        | Report::Performance { .. } => None,
    };
    match unsupported {
        Some((parameter, reason)) => Err(format!("{parameter}: {reason}")),
        None => Ok((report, filter)),
    }
}

/// The months that have a requested day, as `qsproxy settlement` prints them.
fn settlement(query: &ReportQuery, filter: &ReportFilter, format: ReportFormat) -> AdminResponse {
    match query.settlement(filter) {
        Ok(Some(table)) => render_table(&table, format),
        Ok(None) => AdminResponse::error(StatusCode::BAD_REQUEST, "partner: no partner of this name is configured"),
        Err(SettlementError::Store(_) | SettlementError::Unavailable) => AdminResponse::unreadable(),
        Err(error) => AdminResponse::error(StatusCode::CONFLICT, &error.to_string()),
    }
}

fn render_table(table: &Table, format: ReportFormat) -> AdminResponse {
    match format {
        ReportFormat::Csv => {
            table.csv().map_or_else(|_| AdminResponse::unreadable(), |text| AdminResponse::ok(CSV, text))
        }
        ReportFormat::Json => AdminResponse::ok(JSON, table.json()),
    }
}

/// Renders the months of the requested days. One month of one partner is rendered as on the command line; several are
/// concatenated rows in CSV and a list in JSON.
fn reconciliation(query: &ReportQuery, filter: &ReportFilter, format: ReportFormat) -> AdminResponse {
    let contracts: Vec<&Contract> = query.contracts(filter).collect();
    if contracts.is_empty() && filter.partner.is_some() {
        let message = "partner: no partner of this name has statement = { … }";
        return AdminResponse::error(StatusCode::BAD_REQUEST, message);
    }
    let months: Result<Vec<Vec<ReconciledMonth>>, _> =
        contracts.iter().map(|contract| query.months(contract, filter)).collect();
    let months: Vec<ReconciledMonth> = match months {
        Ok(months) => months.into_iter().flatten().collect(),
        Err(ReconcileError::Store(_) | ReconcileError::StoreUnavailable | ReconcileError::Archive(_)) => {
            return AdminResponse::unreadable();
        }
        Err(error) => return AdminResponse::error(StatusCode::CONFLICT, &error.to_string()),
    };
    match format {
        ReportFormat::Csv => {
            let csv = render::csv(months.iter().map(|month| (&month.heading, &month.reconciliation)));
            csv.map_or_else(|_| AdminResponse::unreadable(), |text| AdminResponse::ok(CSV, text))
        }
        ReportFormat::Json => {
            let mut objects: Vec<_> =
                months.iter().map(|month| render::json(&month.heading, &month.reconciliation)).collect();
            let json = match (&filter.partner, objects.pop()) {
                (Some(_), Some(only)) if objects.is_empty() => only,
                (_, last) => objects.into_iter().chain(last).collect(),
            };
            AdminResponse::ok(JSON, render::json_text(&json))
        }
    }
}
