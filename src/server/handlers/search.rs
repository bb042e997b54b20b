//! `GET /search` and `POST /search`.

use http::{HeaderMap, Method, Request};
use hyper::body::Incoming;

use crate::clients::limiter::{RateKind, ShareRefused};
use crate::clients::search_places::SearchPlace;
use crate::content_coding::ContentCoding;
use crate::fields::SixFields;
use crate::fields::code::{Codes, RequestedCode};
use crate::fields::keyword::KeywordChanges;
use crate::name::ConfigName;
use crate::problem::Problem;
use crate::search::{self, PageMarkup, PageStream, ResponseFormat, SearchAnswer, SearchResults};
use crate::server::accept_encoding::AcceptedCodings;
use crate::server::click_class::is_declared_robot;
use crate::server::error_response::RequestError;
use crate::server::form::SearchForm;
use crate::server::handlers::visits::{follow_stamp, person};
use crate::server::headers::{KnownHeader, contains};
use crate::server::public_server::PublicServer;
use crate::server::reply::Reply;
use crate::server::request_source::RequestSource;
use crate::server::response::{self, Response};
use crate::server::results_json;
use crate::server::search_request::{self, RejectedSearch, SearchRequest};
use crate::server::visit_stamp::{IncomingStamp, StampTransport};
use crate::ui::i18n::UiLanguage;
use crate::ui::results_page::{self, SearchReport};
use crate::ui::search_box::{self, FormSettings};
use crate::ui::service::Service;
use crate::visit;

/// Asks a partner and renders its results. Meanwhile the visit is counted, so that it delays nobody.
pub async fn search(server: &PublicServer, request: Request<Incoming>, source: &RequestSource) -> Reply {
    // Before anything is read: a refusal must cost little.
    if let Err(reached) = source.charge(server, RateKind::Searches) {
        return RequestError::LimitReached(reached).into();
    }
    let request = match search_request::read_form(&server.limits, &server.cut_off, request).await {
        Ok(request) => request,
        Err(problem) => return problem.into(),
    };
    let place = match server.state.search_places.take(&source.client).await {
        Ok(place) => place,
        Err(refused) => return refuse(server, source, refused, request.body()).into(),
    };
    // In memory of its own: a request whose body never comes does not need it.
    Box::pin(answer(server, &request, source, place)).await
}

/// Answers a search that has a place.
async fn answer(
    server: &PublicServer,
    request: &Request<Vec<u8>>,
    source: &RequestSource,
    place: SearchPlace,
) -> Reply {
    let incoming = IncomingStamp::from_request(request, server.stamp_cookie);
    if !incoming.is_visit && is_declared_robot(request.headers()) {
        return refuse_robot(server, request.body()).into();
    }
    let search = search_request::from_form(&server.field_rules, request.headers(), request.body());
    let SearchRequest { fields, wants_json, theme, unknown_code, countable_id, keyword_changes } = match search {
        Ok(search) => search,
        Err(rejected) => return reject(server, &rejected).into(),
    };
    if unknown_code {
        server.state.metrics.unknown_codes.inc();
    }
    if countable_id {
        server.state.metrics.countable_ids.inc();
    }
    let (code, posted) = (fields.code().name().clone(), *request.method() == Method::POST);
    // A client that asks for its first stamp keeps stamps and is counted by them, so its ID is not counted as well.
    let has_no_stamp = incoming.is_visit && incoming.transport == StampTransport::Both && incoming.text.is_none();
    let id = fields.anonymous_id().filter(|_| has_no_stamp).map(|id| visit::dedup_id_of(&server.state, id));
    let accepted = AcceptedCodings::from_headers(request.headers());
    let form = FormSettings { posted, is_default_code: is_default(&code, &server.field_rules.codes), theme };
    let format = if wants_json {
        ResponseFormat::List
    } else {
        // A padded page is sent once it is complete, and compressed then.
        let gzip = !server.state.pad && accepted.best(&[ContentCoding::Gzip]) == ContentCoding::Gzip;
        let service = server.service.clone();
        let markup = move |fields: &_, sent: &_| {
            let report = SearchReport { sent, changes: keyword_changes };
            page_markup(&service, fields, report, form)
        };
        ResponseFormat::Page { render: Box::new(markup), gzip }
    };
    let results = search::handle(server.state.clone(), place, fields, person(server, &incoming, source), format);
    let (answer, stamp, ()) =
        tokio::join!(results, follow_stamp(server, &incoming, &code, source), count_id(server, id, &code));
    let result = match answer {
        Ok(answer) => render(server, answer, keyword_changes, form).await,
        // Only in the window in which a person typed it: what else receives an error may log it.
        Err(failure) => Err(RequestError::NoAnswer { failure, form: is_navigation(request.headers()).then_some(form) }),
    };
    Reply { result, stamp }
}

/// Whether a browser loads the response into a window (Fetch Metadata section 2.1).
fn is_navigation(headers: &HeaderMap) -> bool {
    contains(headers, KnownHeader::SecFetchDest, b"document")
}

/// Counts a search for which there is no room, and returns why.
fn refuse(server: &PublicServer, source: &RequestSource, refused: ShareRefused, form: &[u8]) -> RequestError {
    search::count_refused(&server.state, &requested_code(server, form));
    match refused {
        ShareRefused::Total => Problem::Overloaded.into(),
        ShareRefused::Share(reached) => {
            source.report(server);
            RequestError::LimitReached(reached)
        }
    }
}

/// Counts a robot's search and returns its problem. Without a keyword it is no search; the keyword is not read any further.
fn refuse_robot(server: &PublicServer, form: &[u8]) -> Problem {
    if SearchForm::parse(form).q.is_none_or(|keyword| keyword.trim_ascii().is_empty()) {
        return Problem::KeywordMissing;
    }
    search::count_robot(&server.state, &requested_code(server, form));
    Problem::RobotRefused
}

/// The code of a search that is refused before anything else of it is read.
fn requested_code(server: &PublicServer, form: &[u8]) -> ConfigName {
    match server.field_rules.codes.resolve(SearchForm::parse(form).code.as_deref()) {
        RequestedCode::Known(code) => code.name().clone(),
        RequestedCode::Unknown(code) => {
            server.state.metrics.unknown_codes.inc();
            code.name().clone()
        }
    }
}

/// Counts a search that the personal data policy refused, and returns its problem.
fn reject(server: &PublicServer, rejected: &RejectedSearch) -> Problem {
    if rejected.problem == Problem::KeywordRefused
        && let Some(code) = &rejected.code
    {
        search::count_refused(&server.state, code.name());
    }
    rejected.problem
}

async fn count_id(server: &PublicServer, id: Option<u64>, code: &ConfigName) {
    if let Some(id) = id {
        visit::count_id(&server.state, id, code).await;
    }
}

fn is_default(code: &ConfigName, codes: &Codes) -> bool {
    codes.iter().next() == Some(code)
}

/// The markup of ours that goes into a partner's page.
fn page_markup(service: &Service, fields: &SixFields, report: SearchReport<'_>, form: FormSettings) -> PageMarkup {
    let texts = UiLanguage::from_language(fields.language()).texts();
    let search = form.search_box(fields);
    let (head, foot) = results_page::around_partner_page(service, texts, report, search);
    PageMarkup {
        head,
        foot,
        search_form: search_box::partner_form(texts, search),
        truncation_notice: results_page::truncation_notice(texts),
    }
}

/// The response. A list for a page comes with what was sent; without it, it is wanted as JSON.
async fn render(
    server: &PublicServer,
    answer: SearchAnswer,
    changes: KeywordChanges,
    form: FormSettings,
) -> Result<Response, RequestError> {
    let SearchAnswer { results, partner, fields, sent } = answer;
    Ok(match (results, sent) {
        (SearchResults::List(results), None) => response::json(results_json::json(&results, &partner)),
        (SearchResults::List(results), Some(sent)) => {
            let texts = UiLanguage::from_language(fields.language()).texts();
            let report = SearchReport { sent: &sent, changes };
            response::page(results_page::list(&server.service, texts, &results, report, form.search_box(&fields)))
        }
        (SearchResults::Page(stream), _) if server.state.pad => response::page(complete(stream).await?),
        (SearchResults::Page(stream), _) => response::streamed_page(stream),
    })
}

/// Waits for the end of a page. Pieces that are sent as they arrive would show their sizes, whatever the size of the whole.
async fn complete(mut stream: PageStream) -> Result<Vec<u8>, Problem> {
    // Each chunk keeps its part of the bytes that may wait for clients until all are there.
    let mut chunks = Vec::new();
    while let Some(chunk) = stream.chunks.recv().await {
        if chunk.is_empty() {
            return Ok(chunks.concat());
        }
        chunks.push(chunk);
    }
    Err(Problem::Overloaded)
}
