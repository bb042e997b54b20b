//! Asks one partner: sends the six fields, reads the answer, and turns its links into click links.

use crate::answer::json_mapping::JsonMapping;
use crate::answer::links::check_target;
use crate::answer::{SearchResult, json};
use crate::clients::share::ShareKind;
use crate::counts::cells::SearchOutcome;
use crate::fields::SixFields;
use crate::partner::AnswerFormat;
use crate::partner::request::PartnerRequest;
use crate::partner::route::Choice;
use crate::problem::PartnerFailure;
use crate::result_kind::ResultKind;
use crate::search::attempt::PartnerAttempt;
use crate::search::count::outcome;
use crate::search::links::LinkSealer;
use crate::search::response::ResponseFormat;
use crate::search::stream::{PageReader, StreamingPage};
use crate::state::{AppState, PartnerState};

/// The answer of one partner.
pub(super) enum PartnerResults<'a> {
    List(Vec<SearchResult>, SearchOutcome),
    Page(Box<StreamingPage<'a>>),
}

/// Asks one partner and records the attempt. The attempt of a streaming page ends with the page.
///
/// # Errors
/// Why the partner gave no usable answer.
pub(super) async fn ask<'a>(
    state: &AppState,
    attempt: PartnerAttempt<'a>,
    choice: &Choice,
    fields: &SixFields,
    format: &ResponseFormat,
) -> Result<PartnerResults<'a>, PartnerFailure> {
    let results = exchange(state, attempt, choice, fields, format).await;
    match &results {
        Ok(PartnerResults::List(..)) => attempt.finish(None),
        Ok(PartnerResults::Page(_)) => {}
        Err(failure) => attempt.finish(Some(*failure)),
    }
    results
}

async fn exchange<'a>(
    state: &AppState,
    attempt: PartnerAttempt<'a>,
    choice: &Choice,
    fields: &SixFields,
    format: &ResponseFormat,
) -> Result<PartnerResults<'a>, PartnerFailure> {
    let PartnerState { partner, in_flight, .. } = attempt.partner;
    let permit = state.limiter.take(attempt.client, ShareKind::PartnerRequests, Some(in_flight));
    let permit = permit.map_err(|_| PartnerFailure::Crowded)?;
    let keys = state.keys.load_full();
    let request = || PartnerRequest::build(partner, &choice.tag, fields, &keys.pseudonym);
    let body = state.partner_client.send(partner, request).await?;
    let sealer = LinkSealer::new(state, attempt.partner, fields);
    match (&partner.format, format) {
        (AnswerFormat::Json(mapping), _) => {
            let results = read_list(state, &sealer, &body.read_all().await?, mapping)?;
            let outcome = outcome(results.iter().map(|result| result.kind));
            Ok(PartnerResults::List(results, outcome))
        }
        (AnswerFormat::Html(rules), ResponseFormat::List) => {
            let stats = PageReader::for_links(rules, body).into_stats().await?;
            state.metrics.targets_dropped.inc_by(stats.dropped_links());
            let outcome = outcome(stats.kinds());
            let results = stats.into_results().into_iter().map(|linked| sealer.result(linked)).collect();
            Ok(PartnerResults::List(results, outcome))
        }
        (AnswerFormat::Html(rules), ResponseFormat::Page(render)) => {
            let markup = render(fields);
            let reader = PageReader::for_page(rules, body, markup.search_form, sealer);
            let page = StreamingPage::open(reader, attempt, permit, markup.truncation_notice).await?;
            Ok(PartnerResults::Page(Box::new(page)))
        }
    }
}

/// Reads the results of a JSON answer. Results whose target is not acceptable are dropped and counted in a metric.
fn read_list(
    state: &AppState,
    sealer: &LinkSealer,
    body: &[u8],
    mapping: &JsonMapping,
) -> Result<Vec<SearchResult>, PartnerFailure> {
    let entries = json::read(body, mapping).ok_or(PartnerFailure::Shape)?;
    let mut results = Vec::with_capacity(entries.len());
    for entry in entries {
        let kind = if entry.sponsored { ResultKind::Sponsored } else { ResultKind::Organic };
        let Some(target) = check_target(kind, &entry.url) else {
            state.metrics.targets_dropped.inc();
            continue;
        };
        results.push(SearchResult {
            title: entry.title.into_owned(),
            url: sealer.link(kind, target.url),
            display_url: target.display_url,
            snippet: entry.snippet.into_owned(),
            kind,
        });
    }
    Ok(results)
}
