//! `/reports/{clicks,searches,adjustments,active,retention,slices}.{csv,json}?from=&to=&partner=&code=&by=`: what `qsproxy report`
//! prints, to the byte.

use std::sync::Arc;

use arc_swap::ArcSwap;
use http::StatusCode;
use jiff::civil::Date;
use tokio::sync::Semaphore;

use crate::counts::database::Store;
use crate::report::answer::Asked;
use crate::report::noise::Epsilon;
use crate::report::slices::Release;
use crate::report::usage::Grain;
use crate::report::{Counts, Question, Subject};
use crate::seal::ring::Ring;
use crate::world;

/// Where reports are.
pub const FOLDER: &str = "/reports/";
/// How many are answered at a time: each holds a thread and its answer; those who look at them are few.
const AT_A_TIME: usize = 2;
/// The most days that one report tells of: a little more than two years, so that an answer stays in the megabytes. The command
/// line has no such bound.
const MOST_DAYS: i32 = 800;

const CSV: &str = "text/csv; charset=utf-8";
const JSON: &str = "application/json";
const PLAIN: &str = "text/plain; charset=utf-8";

/// What a reload may change of it.
#[derive(Debug, Clone, Copy)]
pub struct Shown {
    /// Counts below it are not shown.
    pub k: u64,
    /// How strong the noise of slices is.
    pub release: Option<Epsilon>,
}

/// What reports are answered from.
#[derive(Debug)]
pub struct Reports {
    store: Store,
    ring: Ring,
    shown: Arc<ArcSwap<Shown>>,
    free: Arc<Semaphore>,
}

/// A status, a media type and a body.
type Answer = (StatusCode, &'static str, String);

impl Reports {
    /// Over a store.
    #[must_use]
    pub fn new(store: Store, ring: Ring, shown: Arc<ArcSwap<Shown>>) -> Self {
        Self { store, ring, shown, free: Arc::new(Semaphore::new(AT_A_TIME)) }
    }

    /// Answers a request for one.
    pub(super) async fn answer(&self, path: &str, query: Option<&str>) -> Answer {
        let refuse = |what: String| (StatusCode::BAD_REQUEST, PLAIN, what + "\n");
        let Some((name, ending)) = path.strip_prefix(FOLDER).and_then(|file| file.rsplit_once('.')) else {
            return unknown();
        };
        let pairs: Vec<(String, String)> = match serde_urlencoded::from_str(query.unwrap_or_default()) {
            Ok(pairs) => pairs,
            Err(_) => return refuse("the parameters cannot be read; they are from, to, partner, code, by".to_owned()),
        };
        let asked = asked(name, &pairs);
        let (Some(asked), true) = (asked, matches!(ending, "csv" | "json")) else { return unknown() };
        let question = match question(&pairs) {
            Ok(question) => question,
            Err(what) => return refuse(what),
        };
        if let Some((parameter, what)) = asked.refusal(&question) {
            return refuse(format!("{parameter}: {what}"));
        }
        let Ok(permit) = self.free.clone().try_acquire_owned() else {
            let what = "other reports are being answered; ask again in a moment\n".to_owned();
            return (StatusCode::SERVICE_UNAVAILABLE, PLAIN, what);
        };
        let (store, ring, shown) = (self.store.clone(), self.ring.clone(), **self.shown.load());
        let is_csv = ending == "csv";
        let work = move || {
            let _permit = permit;
            told(&store, &ring, shown, (asked, &question), is_csv)
        };
        let failed = || (StatusCode::INTERNAL_SERVER_ERROR, PLAIN, "the store cannot be read\n".to_owned());
        tokio::task::spawn_blocking(work).await.ok().flatten().unwrap_or_else(failed)
    }
}

fn unknown() -> Answer {
    let what = "reports are clicks, searches, adjustments, active, retention and slices, each as .csv and .json\n";
    (StatusCode::NOT_FOUND, PLAIN, what.to_owned())
}

fn asked(name: &str, pairs: &[(String, String)]) -> Option<Asked> {
    let by_day = pairs.iter().any(|(key, value)| key == "by" && value == "day");
    Some(match name {
        "clicks" => Asked::Outcomes(Subject::Clicks),
        "searches" => Asked::Outcomes(Subject::Searches),
        "adjustments" => Asked::Outcomes(Subject::Adjustments),
        "active" => Asked::Active,
        "retention" => Asked::Retention(if by_day { Grain::Day } else { Grain::Week }),
        "slices" => Asked::Slices,
        _ => return None,
    })
}

/// Nothing of what was sent stands in a refusal.
fn question(pairs: &[(String, String)]) -> Result<Question, String> {
    let value = |wanted: &str| pairs.iter().find(|(key, _)| key == wanted).map(|(_, value)| value.clone());
    let known = ["from", "to", "partner", "code", "by"];
    if pairs.iter().any(|(key, _)| !known.contains(&key.as_str())) {
        return Err(format!("a parameter is unknown; known are {}", known.join(", ")));
    }
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
    if from.until(to).is_ok_and(|span| span.get_days() >= MOST_DAYS) {
        return Err(format!("from and to may span {MOST_DAYS} days; `qsproxy report` tells of more"));
    }
    Ok(Question { from, to, partner: value("partner"), code: value("code") })
}

/// The report's text. None where the store or its key cannot be read.
fn told(
    store: &Store,
    ring: &Ring,
    shown: Shown,
    (asked, question): (Asked, &Question),
    is_csv: bool,
) -> Option<Answer> {
    let counts = Counts::open(store).ok()?;
    let key = match shown.release.filter(|_| asked == Asked::Slices) {
        // Without its key noise cannot be told, and without noise nothing is.
        Some(epsilon) => Some((epsilon, ring.release_key().ok()??)),
        None => None,
    };
    let noise = key.as_ref().map(|(epsilon, key)| (*epsilon, key));
    let release = Release { k: shown.k, noise, today: world::now().day() };
    let sheet = counts.answer(asked, question, release).ok()?;
    Some(if is_csv { (StatusCode::OK, CSV, sheet.csv().ok()?) } else { (StatusCode::OK, JSON, sheet.json()) })
}
