//! The life of one search, as a straight line: which partner, what it is sent, its answer read, its
//! links judged and sealed, the search counted. A partner's page goes on as it arrives ([`page`]).

mod attempt;
mod links;
pub mod stream;

use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::{mpsc, oneshot};

use crate::answer::json_mapping::Shape;
use crate::answer::links::judge;
use crate::answer::{Entry, json};
use crate::counts::cells::{Cell, SearchCell, SearchOutcome, Slice};
use crate::fields::SixFields;
use crate::fields::browser::Browser;
use crate::name::Name;
use crate::partner::Answers;
use crate::partner::request::Outbound;
use crate::partner::route::Choice;
use crate::problem::{Failure, Problem};
use crate::result_kind::Kind;
use crate::search::attempt::Asking;
pub use crate::search::links::CLICK_PATH;
use crate::search::links::Sealing;
use crate::search::stream::{OpenPage, Reading};
use crate::state::{Desk, Parts};
use crate::{random, time};

/// A good answer.
#[derive(Debug)]
pub struct Answer {
    /// The results.
    pub results: Results,
    /// Who gave them.
    pub partner: Name,
    /// The fields, for the page that shows the keyword again.
    pub fields: SixFields,
}

/// What a partner answered with.
#[derive(Debug)]
pub enum Results {
    /// A list, in the partner's order.
    List(Vec<Entry>),
    /// The partner's page, rewritten.
    Page(Pieces),
}

/// A page in pieces as they arrive.
#[derive(Debug)]
pub struct Pieces {
    /// An empty one is the end; where none comes, the page broke off.
    pub pieces: mpsc::Receiver<Bytes>,
    /// Ready when the partner has sent all: what is still to come waits for the client alone.
    pub over: oneshot::Receiver<()>,
}

/// What is to be made of a partner's page.
pub enum Wanted {
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
pub async fn answer(parts: Arc<Parts>, fields: SixFields, wanted: Wanted) -> Result<Answer, Problem> {
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
pub fn refuse(parts: &Parts, code: &Name) {
    let partner = parts.route(code).and_then(|route| route.choices.first()).and_then(|choice| parts.desk(choice));
    let partner = partner.map_or_else(Name::unknown, |desk| desk.partner.name.clone());
    count(parts, &partner, code, SearchOutcome::Refused, []);
}

async fn ask_in_order(
    parts: &Parts,
    fields: SixFields,
    wanted: Wanted,
    tell: oneshot::Sender<Result<Answer, Problem>>,
) {
    let code = fields.code().name().clone();
    let Some(_permit) = parts.searches_in_flight.permit() else {
        refuse(parts, &code);
        tell.send(Err(Problem::Overloaded)).ok();
        return;
    };
    let order = parts.route(&code).map(|route| route.order(random::random_below)).unwrap_or_default();
    let slices = slices(&fields);
    let mut booking = Booking { parts, code, slices, partner: Name::unknown(), outcome: SearchOutcome::Refused };
    let mut last = Problem::PartnerUnavailable;
    for (desk, choice) in order.into_iter().filter_map(|choice| Some((parts.desk(choice)?, choice))) {
        booking.partner = desk.partner.name.clone();
        let asked_before = booking.outcome;
        booking.outcome = SearchOutcome::Failed;
        match ask(parts, desk, choice, &fields, &wanted).await {
            Ok(found) => {
                let partner = booking.partner.clone();
                // The one who asked may have left; the search is counted all the same.
                let answer = |results| tell.send(Ok(Answer { results, partner, fields })).ok();
                booking.outcome = match found {
                    Found::List(entries, outcome) => {
                        answer(Results::List(entries));
                        outcome
                    }
                    Found::Page(page) => {
                        let (send, pieces) = mpsc::channel(stream::PIECES);
                        let (end, over) = oneshot::channel();
                        answer(Results::Page(Pieces { pieces, over }));
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
                if failure == Failure::Crowded {
                    booking.outcome = asked_before;
                }
            }
        }
    }
    tell.send(Err(last)).ok();
}

/// Counts a search when it is dropped, whatever ends it: an answer, the last failure, or the end of a
/// drain that it did not live to see. Until a partner was asked it is refused, from then on failed.
struct Booking<'p> {
    parts: &'p Parts,
    code: Name,
    slices: [Option<Slice>; 3],
    partner: Name,
    outcome: SearchOutcome,
}

impl Drop for Booking<'_> {
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
enum Found<'p> {
    List(Vec<Entry>, SearchOutcome),
    Page(Box<OpenPage<'p>>),
}

/// Asks one partner and makes its answer ready to be shown.
async fn ask<'p>(
    parts: &'p Parts,
    desk: &'p Desk,
    choice: &Choice,
    fields: &SixFields,
    wanted: &Wanted,
) -> Result<Found<'p>, Failure> {
    let asking = Asking::begin(desk);
    let found = exchange(parts, asking, choice, fields, wanted).await;
    match &found {
        Ok(Found::List(..)) => asking.ended(None),
        // It ends with the page.
        Ok(Found::Page(_)) => {}
        Err(failure) => asking.ended(Some(*failure)),
    }
    found
}

async fn exchange<'p>(
    parts: &Parts,
    asking: Asking<'p>,
    choice: &Choice,
    fields: &SixFields,
    wanted: &Wanted,
) -> Result<Found<'p>, Failure> {
    let desk = asking.desk;
    let permit = desk.in_flight.permit().ok_or(Failure::Crowded)?;
    let outbound = Outbound::build(&desk.partner, &choice.tag, fields, &parts.keys.load().pseudonym);
    let body = parts.client.ask(&desk.partner, outbound).await?;
    let sealing = Sealing::new(parts, desk, fields);
    match (&desk.partner.answers, wanted) {
        (Answers::Json(shape), _) => {
            let entries = list(parts, &sealing, &body.whole().await?, shape)?;
            let outcome = outcome(entries.iter().map(|entry| entry.kind));
            Ok(Found::List(entries, outcome))
        }
        (Answers::Html(page), Wanted::List) => {
            let tally = Reading::of_links(page, body).into_tally().await?;
            parts.metrics.targets_dropped.inc_by(count_of(tally.dropped));
            let outcome = outcome(tally.kinds());
            let entries = tally.into_results().into_iter().map(|linked| sealing.entry(linked)).collect();
            Ok(Found::List(entries, outcome))
        }
        (Answers::Html(page), Wanted::Page(form, broken)) => {
            let reading = Reading::of_page(page, body, form.clone(), sealing);
            let page = OpenPage::open(reading, asking, permit, broken.clone()).await?;
            Ok(Found::Page(Box::new(page)))
        }
    }
}

fn list(parts: &Parts, sealing: &Sealing, body: &[u8], shape: &Shape) -> Result<Vec<Entry>, Failure> {
    let found = json::read(body, shape).ok_or(Failure::Shape)?;
    let mut entries = Vec::with_capacity(found.len());
    for found in found {
        let kind = if found.sponsored { Kind::Sponsored } else { Kind::Organic };
        let Some(target) = judge(kind, &found.url) else {
            parts.metrics.targets_dropped.inc();
            continue;
        };
        let (title, snippet) = (found.title.into_owned(), found.snippet.into_owned());
        entries.push(Entry { title, url: sealing.link(kind, target.url), display_url: target.display, snippet, kind });
    }
    Ok(entries)
}

/// What a search is counted as, by the kinds of its results.
fn outcome(kinds: impl IntoIterator<Item = Kind>) -> SearchOutcome {
    let mut kinds = kinds.into_iter().peekable();
    if kinds.peek().is_none() {
        SearchOutcome::Empty
    } else if kinds.any(|kind| kind == Kind::Sponsored) {
        SearchOutcome::WithAds
    } else {
        SearchOutcome::Answered
    }
}

fn count_of(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

/// Counts a search, and where a partner was asked, its slices: so their totals are those of `searches` without `refused`.
fn count(parts: &Parts, partner: &Name, code: &Name, outcome: SearchOutcome, slices: impl IntoIterator<Item = Slice>) {
    let now = time::now();
    let cell = SearchCell { hour: now.hour(), partner: partner.clone(), code: code.clone(), outcome };
    let slices = slices.into_iter().filter(|_| outcome != SearchOutcome::Refused);
    let slices = parts.slices.add(now.day(), partner, slices, parts.k);
    parts.ledger.add_many(slices.into_iter().chain([(Cell::Search(cell), 1)]));
}
