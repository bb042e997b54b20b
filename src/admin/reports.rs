//! `/reports/NAME.{csv,json}?from=&to=&partner=&code=&by=`: what `qsproxy report` and `qsproxy reconcile` print, to the byte, and
//! how partners are doing. `NAME` is one of [`NAMES`].

use std::sync::Arc;

use arc_swap::ArcSwap;
use http::StatusCode;
use jiff::civil::Date;
use tokio::sync::Semaphore;

use crate::admin::dashboard;
use crate::admin::query::{Reader, Unreadable};
use crate::billing::contract::Contract;
use crate::billing::month::{ReconcileError, ReconciledMonth};
use crate::billing::reconcile::render;
use crate::metrics::Metrics;
use crate::report::noise::Epsilon;
use crate::report::run::ReportKind;
use crate::report::table::Table;
use crate::report::usage::CohortGrain;
use crate::report::{CountTable, ReportFilter};
use crate::storage::pool::{KEPT, Pool};
use crate::storage::query::StoreLocation;
use crate::time;
use crate::tokens::key_ring::KeyRing;

/// Where reports are.
pub const FOLDER: &str = "/reports/";
/// Their names.
pub const NAMES: [&str; 8] =
    ["clicks", "searches", "adjustments", "active", "retention", "slices", "reconciliation", "partners"];
/// How many are answered at a time: each holds a thread and its answer; those who look at them are few.
const AT_A_TIME: usize = 2;
/// The most days that one report tells of: a little more than two years, so that an answer stays in the megabytes. The command
/// line has no such bound.
const MOST_DAYS: i32 = 800;
/// The most days that the page tells of: a quarter of a year, so that a day still has its place in a picture.
const MOST_DAYS_OF_PAGE: i32 = 92;
/// How many days the page tells of when it is not asked for others: four weeks, so that each day of the week is there as often.
const DAYS_OF_PAGE: i32 = 28;

const CSV: &str = "text/csv; charset=utf-8";
const JSON: &str = "application/json";
const PLAIN: &str = "text/plain; charset=utf-8";
const HTML: &str = "text/html; charset=utf-8";

/// What a reload may change of it.
#[derive(Debug, Clone)]
pub struct ReportSettings {
    /// Counts below it are not shown.
    pub k: u64,
    /// How strong the noise of slices is.
    pub release: Option<Epsilon>,
    /// What is agreed with each partner.
    pub terms: Vec<Contract>,
}

/// What reports are answered from.
#[derive(Debug)]
pub struct Reports {
    pool: Arc<Pool>,
    ring: KeyRing,
    shown: Arc<ArcSwap<ReportSettings>>,
    metrics: Arc<Metrics>,
    free: Arc<Semaphore>,
}

/// A status, a media type and a body.
type ReportResponse = (StatusCode, &'static str, String);

/// What a report is about.
#[derive(Debug, Clone, Copy)]
enum About {
    Counts(ReportKind),
    Reconciliation,
    Partners,
}

impl Reports {
    /// Over a store.
    #[must_use]
    pub fn new(
        store: StoreLocation,
        ring: KeyRing,
        shown: Arc<ArcSwap<ReportSettings>>,
        metrics: Arc<Metrics>,
    ) -> Self {
        Self { pool: Arc::new(Pool::new(store)), ring, shown, metrics, free: Arc::new(Semaphore::new(AT_A_TIME)) }
    }

    /// Answers a request for one.
    pub(super) async fn answer(&self, path: &str, query: Option<&str>) -> ReportResponse {
        let file = path.strip_prefix(FOLDER).and_then(|file| file.rsplit_once('.'));
        let Some((name, ending)) = file.filter(|(_, ending)| matches!(*ending, "csv" | "json")) else {
            return unknown();
        };
        let pairs = match pairs(query, &["from", "to", "partner", "code", "by"]) {
            Ok(pairs) => pairs,
            Err(what) => return refuse(what),
        };
        let Some(about) = about(name, &pairs) else { return unknown() };
        let question = match about {
            About::Partners => Ok(ReportFilter::default()),
            About::Counts(_) | About::Reconciliation => question(&pairs, MOST_DAYS),
        };
        let question = match question.and_then(|question| sound(about, question)) {
            Ok(question) => question,
            Err(what) => return refuse(what),
        };
        let is_csv = ending == "csv";
        self.read(move |reader| match about {
            About::Counts(asked) => {
                reader.sheet(asked, &question).map_or_else(unreadable, |sheet| told(&sheet, is_csv))
            }
            About::Partners => told(&reader.partners(), is_csv),
            About::Reconciliation => reconciliation(reader, &question, is_csv),
        })
        .await
    }

    /// The page: the last four weeks, or the days that are asked for.
    pub(super) async fn page(&self, query: Option<&str>) -> ReportResponse {
        let today = time::now().day().date();
        let asked = pairs(query, &["from", "to"]).and_then(|pairs| match pairs.as_slice() {
            [] => {
                let from = today.checked_sub(jiff::Span::new().days(DAYS_OF_PAGE - 1)).unwrap_or(today);
                Ok(ReportFilter { from, to: today, ..ReportFilter::default() })
            }
            _ => question(&pairs, MOST_DAYS_OF_PAGE),
        });
        match asked {
            Err(what) => refuse(what),
            Ok(question) => {
                let page = move |reader: &Reader| match dashboard::page(reader, &question) {
                    Ok(page) => (StatusCode::OK, HTML, page),
                    Err(error) => unreadable(error),
                };
                self.read(page).await
            }
        }
    }

    /// Works on the store beside the listener.
    async fn read(&self, work: impl FnOnce(&Reader) -> ReportResponse + Send + 'static) -> ReportResponse {
        let Ok(permit) = self.free.clone().try_acquire_owned() else {
            let what = "other reports are being answered; ask again in a moment\n".to_owned();
            return (StatusCode::SERVICE_UNAVAILABLE, PLAIN, what);
        };
        let (pool, ring, shown) = (self.pool.clone(), self.ring.clone(), self.shown.load_full());
        let metrics = self.metrics.clone();
        let work = move || {
            let _permit = permit;
            let reader = Reader::new(pool, ring, shown, metrics);
            (work(&reader), reader.end())
        };
        let Ok((answer, is_kept)) = tokio::task::spawn_blocking(work).await else { return unreadable(Unreadable) };
        if is_kept {
            let pool = self.pool.clone();
            tokio::task::spawn(async move {
                tokio::time::sleep(KEPT).await;
                tokio::task::spawn_blocking(move || pool.prune()).await
            });
        }
        answer
    }
}

fn unknown() -> ReportResponse {
    let what = format!("reports are {}, each as .csv and .json\n", NAMES.join(", "));
    (StatusCode::NOT_FOUND, PLAIN, what)
}

fn refuse(what: String) -> ReportResponse {
    (StatusCode::BAD_REQUEST, PLAIN, what + "\n")
}

fn unreadable(_: Unreadable) -> ReportResponse {
    (StatusCode::INTERNAL_SERVER_ERROR, PLAIN, "the store cannot be read\n".to_owned())
}

fn told(sheet: &Table, is_csv: bool) -> ReportResponse {
    if is_csv {
        sheet.csv().map_or_else(|_| unreadable(Unreadable), |text| (StatusCode::OK, CSV, text))
    } else {
        (StatusCode::OK, JSON, sheet.json())
    }
}

/// One month of one partner as the command line tells it; several as the rows below each other, and as a list.
fn reconciliation(reader: &Reader, question: &ReportFilter, is_csv: bool) -> ReportResponse {
    let asked: Vec<&Contract> = reader.terms(question).collect();
    if asked.is_empty() && question.partner.is_some() {
        return refuse("partner: no partner with a statement = { … } is called so".to_owned());
    }
    let read: Result<Vec<Vec<ReconciledMonth>>, _> = asked.iter().map(|terms| reader.months(terms, question)).collect();
    let months: Vec<ReconciledMonth> = match read {
        Ok(months) => months.into_iter().flatten().collect(),
        Err(ReconcileError::Store(_) | ReconcileError::StoreUnavailable) => return unreadable(Unreadable),
        Err(what) => return (StatusCode::CONFLICT, PLAIN, format!("{what}\n")),
    };
    if is_csv {
        let csv = render::csv(months.iter().map(|month| (&month.heading, &month.reconciliation)));
        return csv.map_or_else(|_| unreadable(Unreadable), |text| (StatusCode::OK, CSV, text));
    }
    let mut objects: Vec<_> = months.iter().map(|month| render::json(&month.heading, &month.reconciliation)).collect();
    let json = match (&question.partner, objects.pop()) {
        (Some(_), Some(only)) if objects.is_empty() => only,
        (_, last) => objects.into_iter().chain(last).collect(),
    };
    (StatusCode::OK, JSON, render::json_text(&json))
}

fn about(name: &str, pairs: &[(String, String)]) -> Option<About> {
    let by_day = pairs.iter().any(|(key, value)| key == "by" && value == "day");
    Some(About::Counts(match name {
        "clicks" => ReportKind::Outcomes(CountTable::Clicks),
        "searches" => ReportKind::Outcomes(CountTable::Searches),
        "adjustments" => ReportKind::Outcomes(CountTable::Adjustments),
        "active" => ReportKind::Active,
        "retention" => ReportKind::Retention(if by_day { CohortGrain::Day } else { CohortGrain::Week }),
        "slices" => ReportKind::Slices,
        "reconciliation" => return Some(About::Reconciliation),
        "partners" => return Some(About::Partners),
        _ => return None,
    }))
}

/// The question, if it can be asked about this.
fn sound(about: About, question: ReportFilter) -> Result<ReportFilter, String> {
    let refusal = match about {
        About::Counts(asked) => asked.refusal(&question),
        About::Reconciliation if question.code.is_some() => {
            Some(("code", "a statement is held against the clicks of all codes; leave it out"))
        }
        About::Reconciliation | About::Partners => None,
    };
    refusal.map_or(Ok(question), |(parameter, what)| Err(format!("{parameter}: {what}")))
}

/// The parameters. Nothing of what was sent stands in a refusal.
fn pairs(query: Option<&str>, known: &[&str]) -> Result<Vec<(String, String)>, String> {
    let pairs: Result<Vec<(String, String)>, _> = serde_urlencoded::from_str(query.unwrap_or_default());
    let pairs = pairs.map_err(|_| format!("the parameters cannot be read; they are {}", known.join(", ")))?;
    if pairs.iter().any(|(key, _)| !known.contains(&key.as_str())) {
        return Err(format!("a parameter is unknown; known are {}", known.join(", ")));
    }
    Ok(pairs)
}

fn question(pairs: &[(String, String)], most_days: i32) -> Result<ReportFilter, String> {
    let value = |wanted: &str| pairs.iter().find(|(key, _)| key == wanted).map(|(_, value)| value.clone());
    if value("by").is_some_and(|by| by != "day" && by != "week") {
        return Err("by: this must be week or day".to_owned());
    }
    let day = |key: &str| {
        let text = value(key).unwrap_or_default();
        let date = text.parse::<Date>().ok().filter(|date| date.to_string() == text);
        date.ok_or_else(|| format!("{key}: this must be a day of the calendar, YYYY-MM-DD"))
    };
    let (from, to) = (day("from")?, day("to")?);
    if from > to {
        return Err("from is after to; swap them".to_owned());
    }
    if from.until(to).is_ok_and(|span| span.get_days() >= most_days) {
        return Err(format!("from and to may span {most_days} days; `qsproxy report` tells of more"));
    }
    Ok(ReportFilter { from, to, partner: value("partner"), code: value("code") })
}
