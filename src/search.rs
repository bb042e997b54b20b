//! The life of one search, as a straight line: which partner, what it is sent, its answer read, its
//! links judged and sealed, the search counted.

use std::sync::Arc;
use std::time::Duration;

use crate::counts::cells::{Cell, SearchCell, SearchOutcome};
use crate::events::{self, Event};
use crate::fields::SixFields;
use crate::kind::Kind;
use crate::metrics::PartnerNumbers;
use crate::names::Name;
use crate::partner::request::Outbound;
use crate::partner::route::Choice;
use crate::parts::{Desk, Parts};
use crate::problem::{Failure, Problem};
use crate::results::{Entry, LinkPolicy, json, links};
use crate::seal::click_token::{self, Click};
use crate::seal::keys::ClickKey;
use crate::world;

/// Where click links begin.
pub const CLICK_PATH: &str = "/click/";

/// A good answer.
#[derive(Debug)]
pub struct Answer {
    /// The results, in the partner's order.
    pub entries: Vec<Entry>,
    /// Who gave them.
    pub partner: Name,
    /// The fields, for the page that shows the keyword again.
    pub fields: SixFields,
}

/// Answers a search in a task of its own: once a partner has been asked, the search is counted whether
/// or not the client waits for it.
///
/// # Errors
/// [`Problem`]; the search is counted then, too.
pub async fn answer(parts: Arc<Parts>, fields: SixFields) -> Result<Answer, Problem> {
    let task = tokio::task::spawn(async move {
        let began = world::instant();
        let answer = ask_in_order(&parts, fields).await;
        parts.metrics.searched(world::instant().duration_since(began));
        answer
    });
    // The task cannot be cancelled from outside, so this error is a panic within it.
    task.await.unwrap_or(Err(Problem::Internal))
}

/// Books a search that no partner was asked for: one refused by policy.
pub fn refuse(parts: &Parts, code: &Name) {
    let partner = parts.route(code).and_then(|route| route.choices.first()).and_then(|choice| parts.desk(choice));
    let partner = partner.map_or_else(Name::unknown, |desk| desk.partner.name.clone());
    count(parts, &partner, code, SearchOutcome::Refused);
}

async fn ask_in_order(parts: &Parts, fields: SixFields) -> Result<Answer, Problem> {
    let code = fields.code().name().clone();
    let Some(_permit) = parts.searches_in_flight.permit() else {
        refuse(parts, &code);
        return Err(Problem::Overloaded);
    };
    let order = parts.route(&code).map(|route| route.order(world::random_below)).unwrap_or_default();
    let mut booking = Booking { parts, code, partner: Name::unknown(), outcome: SearchOutcome::Refused };
    let mut last = Problem::PartnerUnavailable;
    for (desk, choice) in order.into_iter().filter_map(|choice| Some((parts.desk(choice)?, choice))) {
        booking.partner = desk.partner.name.clone();
        let asked_before = booking.outcome;
        booking.outcome = SearchOutcome::Failed;
        match ask(parts, desk, choice, &fields).await {
            Ok(entries) => {
                booking.outcome = outcome(&entries);
                let partner = booking.partner.clone();
                return Ok(Answer { entries, partner, fields });
            }
            Err(failure) => {
                last = failure.problem();
                if failure == Failure::Crowded {
                    booking.outcome = asked_before;
                }
            }
        }
    }
    Err(last)
}

/// Counts a search when it is dropped, whatever ends it: an answer, the last failure, or the end of a
/// drain that it did not live to see. Until a partner was asked it is refused, from then on failed.
struct Booking<'p> {
    parts: &'p Parts,
    code: Name,
    partner: Name,
    outcome: SearchOutcome,
}

impl Drop for Booking<'_> {
    fn drop(&mut self) {
        count(self.parts, &self.partner, &self.code, self.outcome);
    }
}

/// Asks one partner and makes its answer ready to be shown.
async fn ask(parts: &Parts, desk: &Desk, choice: &Choice, fields: &SixFields) -> Result<Vec<Entry>, Failure> {
    let began = world::instant();
    let result = exchange(parts, desk, choice, fields).await;
    let failure = result.as_ref().err().copied();
    take_numbers(&desk.numbers, failure, world::instant().duration_since(began));
    note_health(desk, failure);
    result
}

async fn exchange(parts: &Parts, desk: &Desk, choice: &Choice, fields: &SixFields) -> Result<Vec<Entry>, Failure> {
    let _permit = desk.in_flight.permit().ok_or(Failure::Crowded)?;
    let outbound = Outbound::build(&desk.partner, &choice.tag, fields, &parts.keys.load().pseudonym);
    let body = parts.client.ask(&desk.partner, outbound).await?;
    entries(parts, desk, fields.code().name(), &body)
}

fn take_numbers(numbers: &PartnerNumbers, failure: Option<Failure>, took: Duration) {
    numbers.seconds.observe(took.as_secs_f64());
    let counter = match failure {
        None => &numbers.answered,
        Some(Failure::TimedOut) => &numbers.timed_out,
        Some(Failure::Crowded) => &numbers.crowded,
        Some(
            Failure::Unreachable
            | Failure::Status(_)
            | Failure::MediaType
            | Failure::Encoding
            | Failure::TooLong
            | Failure::Shape,
        ) => &numbers.failed,
    };
    counter.inc();
}

/// An event where a partner went down or came up for longer; one per failure would be a history of searches.
fn note_health(desk: &Desk, failure: Option<Failure>) {
    if failure == Some(Failure::Crowded) {
        return;
    }
    let name = &desk.partner.name;
    if desk.health.note(failure.is_none(), world::instant()).is_some() {
        events::emit(&failure.map_or(Event::PartnerUp(name), |failure| Event::PartnerDown(name, failure)));
    }
}

fn entries(parts: &Parts, desk: &Desk, code: &Name, body: &[u8]) -> Result<Vec<Entry>, Failure> {
    let found = json::read(body, &desk.partner.shape).ok_or(Failure::Shape)?;
    let keys = parts.keys.load();
    let sealing =
        Sealing { key: &keys.sealing, partner: desk.fingerprint, code: code.fingerprint(), issued: world::now() };
    let mut entries = Vec::with_capacity(found.len());
    for found in found {
        let kind = if found.sponsored { Kind::Sponsored } else { Kind::Organic };
        let Some(target) = links::judge(kind, &found.url) else {
            parts.metrics.targets_dropped.inc();
            continue;
        };
        let url = match desk.partner.links {
            LinkPolicy::Counted => sealing.link(kind, target.url),
            LinkPolicy::Direct => target.url,
        };
        let (title, snippet) = (found.title.into_owned(), found.snippet.into_owned());
        entries.push(Entry { title, url, display_url: target.display, snippet, kind });
    }
    Ok(entries)
}

/// What the tokens of one answer share.
struct Sealing<'k> {
    key: &'k ClickKey,
    partner: u32,
    code: u32,
    issued: world::Time,
}

impl Sealing<'_> {
    fn link(&self, kind: Kind, target: String) -> String {
        let click = Click { partner: self.partner, code: self.code, kind, issued: self.issued, target };
        // Room for the token, so that the text is allocated once: four characters for three bytes.
        let mut link = String::with_capacity(CLICK_PATH.len() + (click.target.len() + 48) * 4 / 3);
        link.push_str(CLICK_PATH);
        click_token::seal(self.key, &click, &mut link);
        link
    }
}

fn outcome(entries: &[Entry]) -> SearchOutcome {
    if entries.is_empty() {
        SearchOutcome::Empty
    } else if entries.iter().any(|entry| entry.kind == Kind::Sponsored) {
        SearchOutcome::WithAds
    } else {
        SearchOutcome::Answered
    }
}

fn count(parts: &Parts, partner: &Name, code: &Name, outcome: SearchOutcome) {
    let cell = SearchCell { hour: world::now().hour(), partner: partner.clone(), code: code.clone(), outcome };
    parts.ledger.add(Cell::Search(cell));
}
