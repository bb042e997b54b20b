//! The life of one search, as a straight line: which partner, what it is sent, its answer read, its
//! links judged and sealed, the search counted. A partner's page goes on as it arrives ([`page`]).

mod attempt;
mod links;
pub mod stream;

use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::{mpsc, oneshot};

use crate::answer::json_mapping::JsonMapping;
use crate::answer::links::judge;
use crate::answer::{SearchResult, json};
use crate::counts::cells::{Cell, SearchCell, SearchOutcome, Slice};
use crate::fields::SixFields;
use crate::fields::browser::Browser;
use crate::name::ConfigName;
use crate::partner::AnswerFormat;
use crate::partner::request::Outbound;
use crate::partner::route::Choice;
use crate::problem::{PartnerFailure, Problem};
use crate::result_kind::ResultKind;
use crate::search::attempt::PartnerAttempt;
pub use crate::search::links::CLICK_PATH;
use crate::search::links::LinkSealer;
use crate::search::stream::{PageReader, StreamingPage};
use crate::state::{AppState, PartnerState};
use crate::{random, time};

/// A good answer.
#[derive(Debug)]
pub struct SearchAnswer {
    /// The results.
    pub results: SearchResults,
    /// Who gave them.
    pub partner: ConfigName,
    /// The fields, for the page that shows the keyword again.
    pub fields: SixFields,
}

/// What a partner answered with.
#[derive(Debug)]
pub enum SearchResults {
    /// A list, in the partner's order.
    List(Vec<SearchResult>),
    /// The partner's page, rewritten.
    Page(PageStream),
}

/// A page in pieces as they arrive.
#[derive(Debug)]
pub struct PageStream {
    /// An empty one is the end; where none comes, the page broke off.
    pub pieces: mpsc::Receiver<Bytes>,
    /// Ready when the partner has sent all: what is still to come waits for the client alone.
    pub over: oneshot::Receiver<()>,
}

/// What is to be made of a partner's page.
pub enum ResponseFormat {
    /// The list of its links.
    List,
    /// The page, with this for its search forms, and with this at its end where the partner broke off.
    Page(String, Bytes),
}

/// Answers a search in a task of its own: once a partner has been asked, the search is counted whether
/// or not the client waits for it.
///
/// # Errors
/// [`Problem`]; the search is counted then, too.
pub async fn answer(parts: Arc<AppState>, fields: SixFields, wanted: ResponseFormat) -> Result<SearchAnswer, Problem> {
    let (tell, told) = oneshot::channel();
    tokio::task::spawn(async move {
        let began = time::instant();
        ask_in_order(&parts, fields, wanted, tell).await;
        parts.metrics.searched(time::instant().duration_since(began));
    });
    // Nothing cancels the task, so this error is a panic within it.
    told.await.unwrap_or(Err(Problem::Internal))
}

/// Books a search that no partner was asked for: one refused by policy.
pub fn refuse(parts: &AppState, code: &ConfigName) {
    let partner = parts.route(code).and_then(|route| route.choices.first()).and_then(|choice| parts.desk(choice));
    let partner = partner.map_or_else(ConfigName::unknown, |desk| desk.partner.name.clone());
    count(parts, &partner, code, SearchOutcome::Refused, []);
}

async fn ask_in_order(
    parts: &AppState,
    fields: SixFields,
    wanted: ResponseFormat,
    tell: oneshot::Sender<Result<SearchAnswer, Problem>>,
) {
    let code = fields.code().name().clone();
    let Some(_permit) = parts.searches_in_flight.permit() else {
        refuse(parts, &code);
        tell.send(Err(Problem::Overloaded)).ok();
        return;
    };
    let order = parts.route(&code).map(|route| route.order(random::random_below)).unwrap_or_default();
    let slices = slices(&fields);
    let mut booking =
        CountOnDrop { parts, code, slices, partner: ConfigName::unknown(), outcome: SearchOutcome::Refused };
    let mut last = Problem::PartnerUnavailable;
    for (desk, choice) in order.into_iter().filter_map(|choice| Some((parts.desk(choice)?, choice))) {
        booking.partner = desk.partner.name.clone();
        let asked_before = booking.outcome;
        booking.outcome = SearchOutcome::Failed;
        match ask(parts, desk, choice, &fields, &wanted).await {
            Ok(found) => {
                let partner = booking.partner.clone();
                // The one who asked may have left; the search is counted all the same.
                let answer = |results| tell.send(Ok(SearchAnswer { results, partner, fields })).ok();
                booking.outcome = match found {
                    PartnerResults::List(entries, outcome) => {
                        answer(SearchResults::List(entries));
                        outcome
                    }
                    PartnerResults::Page(page) => {
                        let (send, pieces) = mpsc::channel(stream::PIECES);
                        let (end, over) = oneshot::channel();
                        answer(SearchResults::Page(PageStream { pieces, over }));
                        let (tally, whole) = page.pass_on(send, &parts.pages_waiting).await;
                        drop(end);
                        parts.metrics.targets_dropped.inc_by(count_of(tally.dropped));
                        if whole { outcome(tally.kinds()) } else { SearchOutcome::Failed }
                    }
                };
                return;
            }
            Err(failure) => {
                last = failure.problem();
                if failure == PartnerFailure::Crowded {
                    booking.outcome = asked_before;
                }
            }
        }
    }
    tell.send(Err(last)).ok();
}

/// Counts a search when it is dropped, whatever ends it: an answer, the last failure, or the end of a
/// drain that it did not live to see. Until a partner was asked it is refused, from then on failed.
struct CountOnDrop<'p> {
    parts: &'p AppState,
    code: ConfigName,
    slices: [Option<Slice>; 3],
    partner: ConfigName,
    outcome: SearchOutcome,
}

impl Drop for CountOnDrop<'_> {
    fn drop(&mut self) {
        let slices = std::mem::take(&mut self.slices);
        count(self.parts, &self.partner, &self.code, self.outcome, slices.into_iter().flatten());
    }
}

/// By what a search is counted beside its cell. The family `other` is in no slice: reports call so what is in none.
fn slices(fields: &SixFields) -> [Option<Slice>; 3] {
    let browser = Some(fields.browser()).filter(|browser| *browser != Browser::Other);
    [
        Some(Slice::Language(fields.language().clone())),
        browser.map(Slice::Browser),
        fields.keyword_group().cloned().map(Slice::KeywordGroup),
    ]
}

/// What one partner answered.
enum PartnerResults<'p> {
    List(Vec<SearchResult>, SearchOutcome),
    Page(Box<StreamingPage<'p>>),
}

/// Asks one partner and makes its answer ready to be shown.
async fn ask<'p>(
    parts: &'p AppState,
    desk: &'p PartnerState,
    choice: &Choice,
    fields: &SixFields,
    wanted: &ResponseFormat,
) -> Result<PartnerResults<'p>, PartnerFailure> {
    let asking = PartnerAttempt::begin(desk);
    let found = exchange(parts, asking, choice, fields, wanted).await;
    match &found {
        Ok(PartnerResults::List(..)) => asking.ended(None),
        // It ends with the page.
        Ok(PartnerResults::Page(_)) => {}
        Err(failure) => asking.ended(Some(*failure)),
    }
    found
}

async fn exchange<'p>(
    parts: &AppState,
    asking: PartnerAttempt<'p>,
    choice: &Choice,
    fields: &SixFields,
    wanted: &ResponseFormat,
) -> Result<PartnerResults<'p>, PartnerFailure> {
    let desk = asking.desk;
    let permit = desk.in_flight.permit().ok_or(PartnerFailure::Crowded)?;
    let outbound = Outbound::build(&desk.partner, &choice.tag, fields, &parts.keys.load().pseudonym);
    let body = parts.client.ask(&desk.partner, outbound).await?;
    let sealing = LinkSealer::new(parts, desk, fields);
    match (&desk.partner.answers, wanted) {
        (AnswerFormat::Json(shape), _) => {
            let entries = list(parts, &sealing, &body.whole().await?, shape)?;
            let outcome = outcome(entries.iter().map(|entry| entry.kind));
            Ok(PartnerResults::List(entries, outcome))
        }
        (AnswerFormat::Html(page), ResponseFormat::List) => {
            let tally = PageReader::of_links(page, body).into_tally().await?;
            parts.metrics.targets_dropped.inc_by(count_of(tally.dropped));
            let outcome = outcome(tally.kinds());
            let entries = tally.into_results().into_iter().map(|linked| sealing.entry(linked)).collect();
            Ok(PartnerResults::List(entries, outcome))
        }
        (AnswerFormat::Html(page), ResponseFormat::Page(form, broken)) => {
            let reading = PageReader::of_page(page, body, form.clone(), sealing);
            let page = StreamingPage::open(reading, asking, permit, broken.clone()).await?;
            Ok(PartnerResults::Page(Box::new(page)))
        }
    }
}

fn list(
    parts: &AppState,
    sealing: &LinkSealer,
    body: &[u8],
    shape: &JsonMapping,
) -> Result<Vec<SearchResult>, PartnerFailure> {
    let found = json::read(body, shape).ok_or(PartnerFailure::Shape)?;
    let mut entries = Vec::with_capacity(found.len());
    for found in found {
        let kind = if found.sponsored { ResultKind::Sponsored } else { ResultKind::Organic };
        let Some(target) = judge(kind, &found.url) else {
            parts.metrics.targets_dropped.inc();
            continue;
        };
        let (title, snippet) = (found.title.into_owned(), found.snippet.into_owned());
        entries.push(SearchResult {
            title,
            url: sealing.link(kind, target.url),
            display_url: target.display,
            snippet,
            kind,
        });
    }
    Ok(entries)
}

/// What a search is counted as, by the kinds of its results.
fn outcome(kinds: impl IntoIterator<Item = ResultKind>) -> SearchOutcome {
    let mut kinds = kinds.into_iter().peekable();
    if kinds.peek().is_none() {
        SearchOutcome::Empty
    } else if kinds.any(|kind| kind == ResultKind::Sponsored) {
        SearchOutcome::WithAds
    } else {
        SearchOutcome::Answered
    }
}

fn count_of(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

/// Counts a search, and where a partner was asked, its slices: so their totals are those of `searches` without `refused`.
fn count(
    parts: &AppState,
    partner: &ConfigName,
    code: &ConfigName,
    outcome: SearchOutcome,
    slices: impl IntoIterator<Item = Slice>,
) {
    let now = time::now();
    let cell = SearchCell { hour: now.hour(), partner: partner.clone(), code: code.clone(), outcome };
    let slices = slices.into_iter().filter(|_| outcome != SearchOutcome::Refused);
    let slices = parts.slices.add(now.day(), partner, slices, parts.k);
    parts.ledger.add_many(slices.into_iter().chain([(Cell::Search(cell), 1)]));
}
