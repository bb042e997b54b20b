//! The life of one search: choose the partners of its code, ask them in turn, answer with the first good answer, and
//! count the search.
//!
//! A search that reached a partner is counted whether or not the client waits for the answer: [`handle`] leaves it to a task of its own
//! once nobody waits for it any more. A list of results is sent as a whole. A partner's page is streamed: the answer is sent
//! when its first bytes arrive, and the search is counted at its end.

mod ask;
mod attempt;
mod count;
mod detach;
mod downstream;
mod links;
mod list;
mod payment;
mod response;
mod stream;
pub mod verdict;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use crate::clients::search_places::SearchPlace;
use crate::clients::state::Client;
use crate::content_coding::ContentCoding;
use crate::counts::cells::SearchOutcome;
use crate::counts::people::Person;
use crate::fields::SixFields;
use crate::metrics::CircuitState;
use crate::partner::route::Choice;
use crate::problem::{PartnerFailure, Problem};
use crate::random;
use crate::search::ask::{PartnerResults, ask};
use crate::search::attempt::PartnerAttempt;
use crate::search::count::{CountOnDrop, outcome};
use crate::search::detach::DetachOnDrop;
use crate::search::downstream::{CHANNEL_CHUNKS, StreamEncoder};
use crate::search::payment::RequestPayment;
use crate::search::stream::StreamingPage;
use crate::state::{AppState, PartnerState};
use crate::time;

pub use crate::search::count::{count_refused, count_robot};
pub use crate::search::links::CLICK_PATH;
pub use crate::search::response::{
    MarkupRenderer, PageMarkup, PageStream, ResponseFormat, SearchAnswer, SearchResults, SentParameter, SentSearch,
};

/// Sends the answer to the client's connection. An error means that the client disconnected; the search is counted all
/// the same.
type AnswerSender = oneshot::Sender<Result<SearchAnswer, SearchFailure>>;

/// When to try again after a request that a partner had no place for: most of those in flight are answered by then.
const CROWDED_TIME: Duration = Duration::from_secs(1);

/// Why a search has no answer.
#[derive(Debug)]
pub struct SearchFailure {
    /// The problem to respond with.
    pub problem: Problem,
    /// After which time one of the code's partners can be asked, for those that could not be asked now.
    pub retry_after: Option<Duration>,
    /// The fields of the search, so that a page keeps its keyword in the search box.
    pub fields: Option<Box<SixFields>>,
}

impl From<Problem> for SearchFailure {
    fn from(problem: Problem) -> Self {
        Self { problem, retry_after: None, fields: None }
    }
}

/// Performs a search. `place` is its place among the searches in flight; `person` asked for it.
///
/// # Errors
/// Returns the [`SearchFailure`] to respond with. The search is counted in this case, too.
pub async fn handle(
    state: Arc<AppState>,
    place: SearchPlace,
    fields: SixFields,
    person: Person,
    format: ResponseFormat,
) -> Result<SearchAnswer, SearchFailure> {
    let (answer_tx, mut answer_rx) = oneshot::channel();
    let searches = state.searches.clone();
    let mut search = DetachOnDrop::new(&searches, async move {
        let started = time::instant();
        search(&state, place.client(), RequestedSearch { fields, person, format }, answer_tx).await;
        state.metrics.record_search_duration(time::instant().duration_since(started));
    });
    let answer = tokio::select! {
        biased;
        () = &mut search => answer_rx.try_recv().ok(),
        // A page is still being forwarded then.
        answer = &mut answer_rx => answer.ok(),
    };
    // Nothing cancels the search, so that there is no answer only after a panic within it.
    answer.unwrap_or(Err(Problem::Internal.into()))
}

/// One search as it was requested.
struct RequestedSearch {
    fields: SixFields,
    person: Person,
    format: ResponseFormat,
}

async fn search(state: &AppState, client: &Client, search: RequestedSearch, answer_tx: AnswerSender) {
    let RequestedSearch { fields, person, format } = search;
    let mut count = CountOnDrop::new(state, &fields, person);
    let code = fields.code().name().clone();
    let (mut problem, mut retry_after, mut unanswered) = (Problem::PartnerUnavailable, None, Vec::new());
    let partners = partners_in_order(state, &fields);
    for (number, (partner, choice)) in (1..).zip(partners.iter().copied()) {
        let payment = match RequestPayment::reserve(state, partner, client, &code).await {
            Ok(payment) => payment,
            Err(wait) => {
                count.skipping(&partner.partner);
                retry_after = soonest(retry_after, wait);
                continue;
            }
        };
        let Some(attempt) = PartnerAttempt::start(state, partner, client, is_last(&partners, number)) else {
            count.skipping(&partner.partner);
            retry_after = soonest(retry_after, partner.circuit.wait(time::instant()));
            continue;
        };
        count.asking(&partner.partner);
        match ask((state, payment), attempt, (choice, &unanswered), &fields, &format).await {
            Ok(results) => {
                let outcome = deliver(state, results, fields, partner, (answer_tx, format.compresses_page())).await;
                count.ended(outcome);
                return;
            }
            Err(failure) => {
                count.failed(failure);
                problem = failure.problem();
                if failure == PartnerFailure::Crowded {
                    retry_after = soonest(retry_after, CROWDED_TIME);
                } else if failure.may_have_been_sent() {
                    unanswered.push(partner.partner.identity.display_name.clone());
                }
            }
        }
    }
    let fields = Some(Box::new(fields));
    answer_tx.send(Err(SearchFailure { problem, retry_after, fields })).ok();
}

/// Whether none of the partners after the first `number` of them can be asked.
fn is_last(partners: &[(&PartnerState, &Choice)], number: usize) -> bool {
    partners.iter().skip(number).all(|(partner, _)| partner.circuit.state() != CircuitState::Closed)
}

fn soonest(known: Option<Duration>, time: Duration) -> Option<Duration> {
    Some(known.map_or(time, |known| known.min(time)))
}

/// The partners of the search's code, in the order in which this search asks them.
fn partners_in_order<'a>(state: &'a AppState, fields: &SixFields) -> Vec<(&'a PartnerState, &'a Choice)> {
    let route = state.route(fields.code().name());
    let order = route.map(|route| route.order(random::random_below)).unwrap_or_default();
    order.into_iter().filter_map(|choice| Some((state.partner(choice)?, choice))).collect()
}

/// Sends the answer, forwards a page to its end, and returns the search's outcome.
async fn deliver(
    state: &AppState,
    results: PartnerResults<'_>,
    fields: SixFields,
    partner: &PartnerState,
    (answer_tx, gzip): (AnswerSender, bool),
) -> SearchOutcome {
    let partner = partner.partner.name.clone();
    let answer = |results, sent| answer_tx.send(Ok(SearchAnswer { results, partner, fields, sent })).ok();
    match results {
        PartnerResults::List(results, outcome, sent) => {
            answer(SearchResults::List(results), sent);
            outcome
        }
        PartnerResults::Page(page) => {
            let encoder = if gzip { page.encoder(state) } else { None };
            let coding = if encoder.is_some() { ContentCoding::Gzip } else { ContentCoding::Identity };
            let (chunk_tx, chunks) = mpsc::channel(CHANNEL_CHUNKS);
            let (done_tx, partner_done) = oneshot::channel();
            answer(SearchResults::Page(PageStream { chunks, partner_done, coding }), None);
            Box::pin(forward_page(state, *page, (chunk_tx, encoder), done_tx)).await
        }
    }
}

async fn forward_page(
    state: &AppState,
    page: StreamingPage<'_>,
    (chunk_tx, encoder): (mpsc::Sender<bytes::Bytes>, Option<StreamEncoder>),
    done_tx: oneshot::Sender<()>,
) -> SearchOutcome {
    let (stats, is_complete) = page.forward(chunk_tx, encoder, state).await;
    drop(done_tx);
    state.metrics.targets_dropped.inc_by(stats.dropped_links());
    if is_complete { outcome(stats.kinds()) } else { SearchOutcome::Failed }
}
