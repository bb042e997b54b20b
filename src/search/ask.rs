//! Asks one partner: sends the six fields, reads the answer, and turns its links into click links.

use strum::VariantArray as _;

use crate::answer::SearchResult;
use crate::answer::json::{EntryFault, JsonAnswer, JsonResult};
use crate::answer::json_mapping::{EntryField, JsonMapping};
use crate::clients::search_places::SearchPlace;
use crate::counts::cells::SearchOutcome;
use crate::events::{self, Event};
use crate::fields::SixFields;
use crate::partner::AnswerFormat;
use crate::partner::request::PartnerRequest;
use crate::partner::route::Choice;
use crate::problem::PartnerFailure;
use crate::search::attempt::PartnerAttempt;
use crate::search::count::outcome;
use crate::search::links::LinkSealer;
use crate::search::list::read_list;
use crate::search::payment::RequestPayment;
use crate::search::response::{PageMarkup, ResponseFormat, SentSearch};
use crate::search::stream::{PageReader, StreamingPage, Surroundings};
use crate::search::verdict::json_outcome;
use crate::state::{AppState, PartnerState};
use crate::time;

/// The answer of one partner.
pub(super) enum PartnerResults<'a> {
    /// With what was sent, if a page shows it.
    List(Vec<SearchResult>, SearchOutcome, Option<Box<SentSearch>>),
    Page(Box<StreamingPage<'a>>),
}

/// Asks one partner and records the attempt. The attempt of a streaming page ends with the page. `unanswered` are the partners that were
/// asked before.
///
/// # Errors
/// Why the partner gave no usable answer.
pub(super) async fn ask<'a>(
    (state, payment): (&AppState, RequestPayment<'_>),
    attempt: PartnerAttempt<'a>,
    (choice, unanswered): (&Choice, &[String]),
    fields: &SixFields,
    format: &ResponseFormat,
) -> Result<PartnerResults<'a>, PartnerFailure> {
    let (attempt, place) = attempt.with_place().await?;
    let results = exchange((state, payment), (attempt, place), (choice, unanswered), fields, format).await;
    match &results {
        Ok(PartnerResults::List(..)) => attempt.finish(None),
        Ok(PartnerResults::Page(_)) => {}
        Err(failure) => attempt.finish(Some(*failure)),
    }
    results
}

async fn exchange<'a>(
    (state, mut payment): (&AppState, RequestPayment<'_>),
    (attempt, place): (PartnerAttempt<'a>, SearchPlace),
    (choice, unanswered): (&Choice, &[String]),
    fields: &SixFields,
    format: &ResponseFormat,
) -> Result<PartnerResults<'a>, PartnerFailure> {
    let PartnerState { partner, lane, .. } = attempt.partner;
    let keys = state.keys.load_full();
    let tag = choice.tags.sent_on(time::now().day().date());
    let request = || PartnerRequest::build(partner, tag, fields, &keys.pseudonym);
    payment.send();
    let body = state.partner_client.send(partner, lane.clone(), request, payment.send_again()).await;
    payment.settle(body.as_ref().err());
    let body = body?;
    let sealer = LinkSealer::new(state, attempt.partner, fields);
    let sent = || SentSearch::new(partner, tag, fields, &keys.pseudonym, unanswered);
    match (&partner.format, format) {
        (AnswerFormat::Json(mapping), _) => {
            let answer = read_list(body, mapping).await?;
            let outcome = json_outcome(&answer);
            let answer = answer.inspect(|answer| record_answer(state, attempt.partner, mapping, answer));
            let results = answer.map(|answer| answer.results).unwrap_or_default();
            let results = results.into_iter().map(|result| search_result(&sealer, result)).collect();
            let sent = match format {
                ResponseFormat::List => None,
                ResponseFormat::Page { .. } => Some(Box::new(sent())),
            };
            Ok(PartnerResults::List(results, outcome?, sent))
        }
        (AnswerFormat::Html(rules), ResponseFormat::List) => {
            let stats = Box::pin(PageReader::for_links(rules, body).into_stats()).await?;
            state.metrics.targets_dropped.inc_by(stats.dropped_links());
            let outcome = outcome(stats.kinds());
            let results = stats.into_results().into_iter().map(|linked| sealer.result(linked)).collect();
            Ok(PartnerResults::List(results, outcome, None))
        }
        (AnswerFormat::Html(rules), ResponseFormat::Page { render, .. }) => {
            let PageMarkup { head, foot, search_form, truncation_notice } = render(fields, &sent());
            let reader = PageReader::for_page(rules, body, search_form, sealer);
            let around = Surroundings { head, foot: foot.into(), truncation_notice };
            // In memory of their own: a search for a list does not need that of pages.
            let page = Box::pin(StreamingPage::open(reader, attempt, place, around)).await?;
            Ok(PartnerResults::Page(Box::new(page)))
        }
    }
}

fn search_result(sealer: &LinkSealer, result: JsonResult) -> SearchResult {
    let JsonResult { title, target, snippet, kind, .. } = result;
    SearchResult { title, url: sealer.link(kind, target.url), display_url: target.display_url, snippet, kind }
}

/// Counts the entries of an answer and the fields found in them, and reports a field that has been missing for long.
fn record_answer(state: &AppState, partner: &PartnerState, mapping: &JsonMapping, answer: &JsonAnswer) {
    state.metrics.targets_dropped.inc_by(u64::try_from(answer.left_out(EntryFault::InvalidUrl)).unwrap_or(u64::MAX));
    let metrics = &partner.metrics.answers;
    metrics.count_entries("shown", if answer.is_understood() { answer.results.len() } else { 0 });
    metrics.count_entries("over_limit", answer.over_limit());
    for &fault in EntryFault::VARIANTS {
        metrics.count_entries(fault.as_str(), answer.left_out(fault));
    }
    for &field in EntryField::VARIANTS {
        let Some(is_found) = answer.has_field(field, mapping) else { continue };
        metrics.count_field(field.as_str(), is_found);
        if partner.pointers.record(field, is_found, time::instant()) {
            events::emit(&Event::PointerLost(&partner.partner.name, field.as_str()));
        }
    }
}
