//! Metrics for the administrator, printed by the admin listener.
//!
//! Every label value is an enum variant or a configured name, so neither the number of series nor privacy depends on what
//! clients send. Every series exists from the start, at zero. `docs/emissions.md` lists all metrics.

pub mod admin;
pub mod answers;
pub mod budget;
pub mod labels;
mod partner;
mod register;
pub mod store;
pub mod workers;

use std::sync::atomic::{AtomicU64, Ordering};

use prometheus_client::encoding::text;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use strum::VariantArray as _;

use crate::metrics::admin::AdminMetrics;
use crate::metrics::budget::BudgetMetrics;
pub use crate::metrics::labels::{AdminRefusal, CircuitState, ClientLimit, ImageOutcome, Route, Stored, VisitOutcome};
use crate::metrics::partner::PartnerFamilies;
pub use crate::metrics::partner::PartnerMetrics;
pub use crate::metrics::register::Labels;
use crate::metrics::register::{Counters, counters, histogram, metric};
use crate::metrics::store::{DedupMetrics, StoreMetrics};
use crate::metrics::workers::WorkerMetrics;
use crate::mutants::fail_point::{FailPoint, fail_at};
use crate::name::ConfigName;
use crate::problem::Problem;

/// All metrics, and the registry that prints them.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    requests: Counters<Route>,
    problems: Counters<Problem>,
    images: Counters<ImageOutcome>,
    visits: Counters<VisitOutcome>,
    client_limits: Counters<ClientLimit>,
    /// The admin listener.
    pub admin: AdminMetrics,
    stored: Vec<(Stored, Family<Labels, Counter>)>,
    partners: PartnerFamilies,
    search_duration: Histogram,
    /// Searches with a `code` that is not configured.
    pub unknown_codes: Counter,
    /// Searches whose ID could be counted through.
    pub countable_ids: Counter,
    /// Results that were removed because their target is not an http or https URL.
    pub targets_dropped: Counter,
    /// Clicks that were redirected before their count was committed.
    pub click_waits_exceeded: Counter,
    /// Visits whose count was not committed in time; the stamp is renewed by a later request.
    pub visit_waits_exceeded: Counter,
    /// Accepted connections.
    pub connections: Counter,
    /// Connections that could not be accepted, most likely for lack of file descriptors.
    pub accepts_failed: Counter,
    /// Connections that were refused because `connections` were open.
    pub connections_refused: Counter,
    /// Open connections.
    pub connections_open: Gauge,
    /// Answers that ended because their client took too little of them.
    pub answers_stalled: Counter,
    /// Requests from a trusted proxy that named no client, or no single one.
    pub clients_unnamed: Counter,
    /// Connections closed because a trusted proxy sent no valid PROXY protocol header in time.
    pub proxy_headers_rejected: Counter,
    /// Panics. Each ends one connection.
    pub panics: Counter,
    /// The threads that serve.
    pub workers: WorkerMetrics,
    /// The writer, the spool and the forwarder.
    pub store: StoreMetrics,
    /// The budgets of partners.
    pub budgets: BudgetMetrics,
    /// The deduplication caches.
    pub dedup: DedupMetrics,
    /// Lookups that the shared deduplication server did not answer in time.
    pub dedupe_failures: Counter,
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// All metrics at zero. [`Metrics::partner`] adds those of a partner.
    #[must_use]
    pub fn new() -> Self {
        let mut registry = Registry::with_prefix("qsproxy");
        let r = &mut registry;
        register_build_info(r);
        let route = |route: &Route| vec![("route", format!("{route:?}").to_lowercase())];
        let problem = |problem: &Problem| vec![("code", problem.code().to_owned())];
        let visit = |outcome: &VisitOutcome| vec![("outcome", outcome.as_str().to_owned())];
        let client_limit = |limit: &ClientLimit| vec![("limit", limit.as_str().to_owned())];
        let image = |outcome: &ImageOutcome| vec![("outcome", outcome.as_str().to_owned())];
        Self {
            requests: counters(r, "requests", "Requests to the public listener, by route", Route::VARIANTS, route),
            problems: counters(r, "problems", "Error responses, by problem code", Problem::VARIANTS, problem),
            images: counters(r, "images", "Requests for images, by outcome", ImageOutcome::VARIANTS, image),
            visits: counters(r, "visits", "Results of counting visits, by outcome", VisitOutcome::VARIANTS, visit),
            client_limits: counters(
                r,
                "client_limits_reached",
                "Refusals because one client had reached a limit, by limit",
                ClientLimit::VARIANTS,
                client_limit,
            ),
            admin: AdminMetrics::register(r),
            partners: PartnerFamilies::register(r),
            search_duration: histogram(r, "search_duration_seconds", "Time from a search's six fields to its answer"),
            stored: Stored::VARIANTS.iter().map(|&stored| (stored, metric(r, stored.table(), stored.help()))).collect(),
            unknown_codes: metric(r, "unknown_codes", "Searches with a code that is not configured"),
            countable_ids: metric(
                r,
                "countable_ids",
                "Searches whose ID was not used because it could be counted through",
            ),
            targets_dropped: metric(r, "targets_dropped", "Results removed because of an invalid target URL"),
            click_waits_exceeded: metric(r, "click_waits_exceeded", "Clicks redirected before their commit"),
            visit_waits_exceeded: metric(
                r,
                "visit_waits_exceeded",
                "Visits whose count was not committed in time; a later request renews the stamp",
            ),
            connections: metric(r, "connections", "Connections accepted by the public listener"),
            accepts_failed: metric(r, "accepts_failed", "Failed accepts, for example for lack of file descriptors"),
            connections_refused: metric(r, "connections_refused", "Connections refused at the limit"),
            connections_open: metric(r, "connections_open", "Open connections at the public listener"),
            answers_stalled: metric(r, "answers_stalled", "Answers that ended because their client took too little"),
            clients_unnamed: metric(
                r,
                "clients_unnamed",
                "Requests from a trusted proxy that named no client, or no single one",
            ),
            proxy_headers_rejected: metric(
                r,
                "proxy_headers_rejected",
                "Connections closed for lack of a valid PROXY protocol header from a trusted proxy",
            ),
            panics: metric(r, "panics", "Panics; each ends one connection"),
            workers: WorkerMetrics::register(r),
            store: StoreMetrics::register(r),
            budgets: BudgetMetrics::register(r),
            dedup: DedupMetrics::register(r),
            dedupe_failures: metric(
                r,
                "dedupe_failures",
                "Lookups that the shared deduplication server did not answer in time",
            ),
            registry,
        }
    }

    /// Counts a request.
    pub fn count_request(&self, route: Route) {
        fail_at(FailPoint::Metrics, || "");
        self.requests.add(&route);
    }

    /// Counts a problem.
    pub fn count_problem(&self, problem: Problem) {
        self.problems.add(&problem);
    }

    /// Counts a request for an image.
    pub fn count_image(&self, outcome: ImageOutcome) {
        self.images.add(&outcome);
    }

    /// Counts a request that could count a visit.
    pub fn count_visit(&self, outcome: VisitOutcome) {
        self.visits.add(&outcome);
    }

    /// Counts a refusal because a client had reached a limit.
    pub fn count_client_limit(&self, limit: ClientLimit) {
        self.client_limits.add(&limit);
    }

    /// The metrics of a partner: at zero for a new name, the same counters for a known one, so that a reload keeps them.
    #[must_use]
    pub fn partner(&self, name: &ConfigName) -> PartnerMetrics {
        self.partners.of(name)
    }

    /// Records the duration of a search.
    pub fn record_search_duration(&self, duration: std::time::Duration) {
        self.search_duration.observe(duration.as_secs_f64());
    }

    /// Sets the total of a table of the store for these label values, all days together.
    pub fn publish(&self, stored: Stored, values: &[String], n: u64) {
        let labels = Labels(stored.labels().iter().copied().zip(values.iter().cloned()).collect());
        if let Some((_, sums)) = self.stored.iter().find(|(known, _)| *known == stored) {
            raise_to(&sums.get_or_create(&labels), n);
        }
    }

    /// The metrics in OpenMetrics 1.0 text format.
    #[must_use]
    pub fn open_metrics(&self) -> String {
        let mut out = String::new();
        // Writing to a `String` cannot fail.
        text::encode(&mut out, &self.registry).ok();
        // A family whose only series has no labels is printed with empty braces: valid, and not what readers look for.
        out.replace("{} ", " ")
    }

    /// Metrics of [`Metrics::open_metrics`] in Prometheus text format 0.0.4. Unlike in OpenMetrics, the HELP and TYPE lines of a counter have the
    /// suffix `_total`, and there are no UNIT and EOF lines.
    #[must_use]
    pub fn prometheus(open: &str) -> String {
        let counters: Vec<&str> =
            open.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.strip_suffix(" counter")).collect();
        let mut out = String::with_capacity(open.len() + 1_024);
        for line in open.lines() {
            if line == "# EOF" || line.starts_with("# UNIT ") {
                continue;
            }
            let about = line.strip_prefix("# HELP ").or_else(|| line.strip_prefix("# TYPE "));
            let name = about.and_then(|about| about.split(' ').next()).filter(|name| counters.contains(name));
            match name {
                Some(name) => out.push_str(&line.replacen(name, &format!("{name}_total"), 1)),
                None => out.push_str(line),
            }
            out.push('\n');
        }
        out
    }
}

/// Raises a counter to a total that is counted elsewhere. It never decreases.
pub fn raise_to(counter: &Counter, n: u64) {
    let inner: &AtomicU64 = counter.inner();
    inner.fetch_max(n, Ordering::Relaxed);
}

fn register_build_info(r: &mut Registry) {
    let build = Family::<Labels, Gauge>::default();
    build.get_or_create(&Labels(vec![("version", env!("CARGO_PKG_VERSION").to_owned())])).set(1);
    r.register("build_info", "Version of the running program", build);
}
