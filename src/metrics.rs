//! Numbers for the administrator. Every label is an enum or a configured name, so neither cardinality
//! nor privacy depends on what a client sends; every series exists at zero from the start.
//! `EMISSIONS.md` lists them all.

pub mod labels;

use std::fmt::Debug;
use std::hash::Hash;
use std::sync::atomic::{AtomicU64, Ordering};

use prometheus_client::encoding::{EncodeLabelSet, LabelSetEncoder, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Metric, Registry};
use strum::VariantArray as _;

pub use crate::metrics::labels::{ImageOutcome, Route, Stored, VisitOutcome};
use crate::name::ConfigName;
use crate::problem::Problem;

/// Bounds of the duration histograms, in seconds: from a partner on the same machine to the longest
/// timeout that makes sense.
const SECONDS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0];

/// The numbers of one partner: what became of the requests to it, and how long they took.
#[derive(Debug)]
pub struct PartnerNumbers {
    /// Usable answers.
    pub answered: Counter,
    /// Unreachable, or an answer that cannot be used.
    pub failed: Counter,
    /// No answer in time.
    pub timed_out: Counter,
    /// Not asked: too many requests to it in flight.
    pub crowded: Counter,
    /// Time to an answer or a failure, in seconds.
    pub seconds: Histogram,
    /// 1 where it answers, 0 after failures in a row.
    pub up: Gauge,
}

/// A set of labels with their values.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Labels(pub Vec<(&'static str, String)>);

impl EncodeLabelSet for Labels {
    fn encode(&self, encoder: &mut LabelSetEncoder<'_>) -> Result<(), std::fmt::Error> {
        for label in &self.0 {
            prometheus_client::encoding::EncodeLabel::encode(label, encoder.encode_label())?;
        }
        Ok(())
    }
}

/// A counter for each value of a closed list; counting is one atomic addition.
#[derive(Debug)]
struct Counters<T>(Vec<(T, Counter)>);

impl<T: PartialEq> Counters<T> {
    fn add(&self, value: &T) {
        if let Some((_, counter)) = self.0.iter().find(|(known, _)| known == value) {
            counter.inc();
        }
    }
}

/// Every number, with the registry that prints them.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    requests: Counters<Route>,
    problems: Counters<Problem>,
    images: Counters<ImageOutcome>,
    visits: Counters<VisitOutcome>,
    stored: Vec<(Stored, Family<Labels, Counter>)>,
    partner_requests: Family<Labels, Counter>,
    partner_seconds: Family<Labels, Histogram, fn() -> Histogram>,
    partner_up: Family<Labels, Gauge>,
    search_seconds: Histogram,
    /// Searches whose `code` is not configured.
    pub unknown_codes: Counter,
    /// Entries left out because their target is no web address.
    pub targets_dropped: Counter,
    /// Clicks redirected before their count was committed.
    pub click_waits_exceeded: Counter,
    /// Visits whose count was not committed in time, so that their stamp follows later.
    pub visit_waits_exceeded: Counter,
    /// Connections accepted.
    pub connections: Counter,
    /// Connections that could not be accepted, most likely for want of file descriptors.
    pub accepts_failed: Counter,
    /// Connections closed at once because `connections` were open.
    pub connections_refused: Counter,
    /// Connections open.
    pub connections_open: Gauge,
    /// Panics, each of which ended one connection.
    pub panics: Counter,
    /// Batches committed.
    pub ledger_batches: Counter,
    /// Tries to commit a batch that failed.
    pub ledger_retries: Counter,
    /// Cells that wait in memory for a commit.
    pub ledger_pending: Gauge,
    /// 1 where the last batch was taken, else 0.
    pub store_writable: Gauge,
    /// 1 where the store is a file or a server that took the last try, else 0.
    pub store_reachable: Gauge,
    /// Parcels of counts that reached PostgreSQL.
    pub parcels_delivered: Counter,
    /// Tries to deliver that failed.
    pub parcels_failed: Counter,
    /// Bytes of the spool that are in use.
    pub spool_bytes: Gauge,
    /// How many they may be; 0 without a spool.
    pub spool_limit_bytes: Gauge,
    /// How long the oldest count in the spool has been waiting.
    pub spool_age_seconds: Gauge,
    /// Serials of clicked tokens in memory.
    pub tokens_remembered: Gauge,
    /// Serials that had to go before their token expired.
    pub tokens_forgotten: Counter,
    /// Marks of stamps and IDs in memory.
    pub visits_remembered: Gauge,
    /// Marks that were not kept, as their day was full.
    pub visits_forgotten: Counter,
    /// Marks that the memory which nodes share was not asked about, or not in time.
    pub dedupe_failures: Counter,
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// All numbers at zero; those of partners come with [`Metrics::partner`].
    #[must_use]
    pub fn new() -> Self {
        let mut registry = Registry::with_prefix("qsproxy");
        let r = &mut registry;
        let build = Family::<Labels, Gauge>::default();
        build.get_or_create(&Labels(vec![("version", env!("CARGO_PKG_VERSION").to_owned())])).set(1);
        r.register("build_info", "Version of the running program", build);
        let route = |route: &Route| vec![("route", format!("{route:?}").to_lowercase())];
        let problem = |problem: &Problem| vec![("code", problem.code().to_owned())];
        let visit = |outcome: &VisitOutcome| vec![("outcome", outcome.as_str().to_owned())];
        let image = |outcome: &ImageOutcome| vec![("outcome", outcome.as_str().to_owned())];
        let partner_seconds = Family::new_with_constructor(seconds as fn() -> Histogram);
        r.register("partner_duration_seconds", "Time that a partner took to answer or fail", partner_seconds.clone());
        Self {
            requests: counters(r, "requests", "Requests to the public listener", Route::VARIANTS, route),
            problems: counters(
                r,
                "problems",
                "Requests answered with an error, by its code",
                Problem::VARIANTS,
                problem,
            ),
            images: counters(r, "images", "Requests for images, by what became of them", ImageOutcome::VARIANTS, image),
            visits: counters(r, "visits", "What requests said of visits", VisitOutcome::VARIANTS, visit),
            partner_requests: metric(r, "partner_requests", "Requests to partners, by what became of them"),
            partner_seconds,
            partner_up: metric(r, "partner_up", "1 where the partner answers, 0 after failures in a row"),
            search_seconds: histogram(r, "search_duration_seconds", "Time from a search's six fields to its answer"),
            stored: Stored::VARIANTS.iter().map(|&stored| (stored, metric(r, stored.table(), stored.help()))).collect(),
            unknown_codes: metric(r, "unknown_codes", "Searches whose code is not configured"),
            targets_dropped: metric(r, "targets_dropped", "Results left out because their target is no web address"),
            click_waits_exceeded: metric(
                r,
                "click_waits_exceeded",
                "Clicks redirected before their count was committed",
            ),
            visit_waits_exceeded: metric(
                r,
                "visit_waits_exceeded",
                "Visits whose count was not committed in time; their stamp follows later",
            ),
            connections: metric(r, "connections", "Connections accepted by the public listener"),
            accepts_failed: metric(
                r,
                "accepts_failed",
                "Connections that could not be accepted, as when descriptors run out",
            ),
            connections_refused: metric(r, "connections_refused", "Connections closed at once at the limit"),
            connections_open: metric(r, "connections_open", "Connections open at the public listener"),
            panics: metric(r, "panics", "Panics; each ended one connection"),
            ledger_batches: metric(r, "ledger_batches", "Batches of counts committed"),
            ledger_retries: metric(r, "ledger_retries", "Tries to commit a batch that failed"),
            ledger_pending: metric(r, "ledger_pending", "Cells of counts that wait in memory"),
            store_writable: metric(r, "store_writable", "1 where the store took the last batch, else 0"),
            store_reachable: metric(
                r,
                "store_reachable",
                "1 where the store is a file or a server that can be reached",
            ),
            parcels_delivered: metric(r, "parcels_delivered", "Parcels of counts that reached PostgreSQL"),
            parcels_failed: metric(r, "parcels_failed", "Tries to deliver counts to PostgreSQL that failed"),
            spool_bytes: metric(r, "spool_bytes", "Bytes of the spool in use"),
            spool_limit_bytes: metric(r, "spool_limit_bytes", "Bytes that the spool may use; 0 without one"),
            spool_age_seconds: metric(r, "spool_age_seconds", "How long the oldest count has waited in the spool"),
            tokens_remembered: metric(r, "tokens_remembered", "Clicked tokens held in memory"),
            tokens_forgotten: metric(r, "tokens_forgotten", "Clicked tokens dropped from memory before they expired"),
            visits_forgotten: metric(r, "visits_forgotten", "Marks of visits that were not kept, as memory was full"),
            visits_remembered: metric(r, "visits_remembered", "Marks of visits held in memory"),
            dedupe_failures: metric(r, "dedupe_failures", "Marks judged while the shared memory was away or late"),
            registry,
        }
    }

    /// Counts a request.
    pub fn request(&self, route: Route) {
        self.requests.add(&route);
    }

    /// Counts a problem.
    pub fn problem(&self, problem: Problem) {
        self.problems.add(&problem);
    }

    /// Counts a request for an image.
    pub fn image(&self, outcome: ImageOutcome) {
        self.images.add(&outcome);
    }

    /// Counts what a request said of visits.
    pub fn visit(&self, outcome: VisitOutcome) {
        self.visits.add(&outcome);
    }

    /// The numbers of a partner, at zero where it is new; the same again after a reload.
    #[must_use]
    pub fn partner(&self, name: &ConfigName) -> PartnerNumbers {
        let counter = |outcome: &str| {
            let labels = vec![("partner", name.to_string()), ("outcome", outcome.to_owned())];
            self.partner_requests.get_or_create_owned(&Labels(labels))
        };
        PartnerNumbers {
            answered: counter("answered"),
            failed: counter("failed"),
            timed_out: counter("timed_out"),
            crowded: counter("crowded"),
            seconds: self.partner_seconds.get_or_create_owned(&Labels(vec![("partner", name.to_string())])),
            up: self.partner_up.get_or_create_owned(&Labels(vec![("partner", name.to_string())])),
        }
    }

    /// Takes the time of a search.
    pub fn searched(&self, took: std::time::Duration) {
        self.search_seconds.observe(took.as_secs_f64());
    }

    /// Publishes what a table of the store holds under these labels, all days together.
    pub fn publish(&self, stored: Stored, values: &[String], n: u64) {
        let labels = Labels(stored.columns().iter().copied().zip(values.iter().cloned()).collect());
        if let Some((_, sums)) = self.stored.iter().find(|(known, _)| *known == stored) {
            raise(&sums.get_or_create(&labels), n);
        }
    }

    /// The exposition in OpenMetrics 1.0 text.
    #[must_use]
    pub fn open_metrics(&self) -> String {
        let mut out = String::new();
        // Writing to a String cannot fail.
        text::encode(&mut out, &self.registry).ok();
        out
    }

    /// The exposition in Prometheus text format 0.0.4, in which a counter's HELP and TYPE name the
    /// sample itself, `_total` included, and units and the end mark do not exist.
    #[must_use]
    pub fn prometheus(&self) -> String {
        let open = self.open_metrics();
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

/// Sets a counter that counts elsewhere; it never falls while the process runs.
pub fn raise(counter: &Counter, n: u64) {
    let inner: &AtomicU64 = counter.inner();
    inner.fetch_max(n, Ordering::Relaxed);
}

fn metric<M: Metric + Default + Clone>(registry: &mut Registry, name: &str, help: &str) -> M {
    let metric = M::default();
    registry.register(name, help, metric.clone());
    metric
}

fn counters<T: Copy>(
    registry: &mut Registry,
    name: &str,
    help: &str,
    values: &[T],
    labels: impl Fn(&T) -> Vec<(&'static str, String)>,
) -> Counters<T> {
    let family: Family<Labels, Counter> = metric(registry, name, help);
    let counter = |&value: &T| {
        let counter = family.get_or_create_owned(&Labels(labels(&value)));
        (value, counter)
    };
    Counters(values.iter().map(counter).collect())
}

fn seconds() -> Histogram {
    Histogram::new(SECONDS)
}

fn histogram(registry: &mut Registry, name: &str, help: &str) -> Histogram {
    let histogram = seconds();
    registry.register(name, help, histogram.clone());
    histogram
}
