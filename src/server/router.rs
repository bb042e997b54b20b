//! From a request to its response: checks the request, finds its endpoint, calls the handler. Requests and problems are
//! counted here and nowhere else.

use bytes::Bytes;
use http::{Method, Request, StatusCode};
use http_body::Body as _;
use hyper::body::Incoming;

use crate::clients::limiter::{RateKind, ShareRefused};
use crate::clients::share::ShareKind;
use crate::metrics::Route;
use crate::problem::Problem;
use crate::server::accept_encoding::AcceptedCodings;
use crate::server::answer_coding;
use crate::server::body::ResponseBody;
use crate::server::endpoint::Endpoint;
use crate::server::error_response::RequestError;
use crate::server::handlers::{documents, sealed, search, visits};
use crate::server::page_request::PageRequest;
use crate::server::public_server::PublicServer;
use crate::server::reply::Reply;
use crate::server::request;
use crate::server::request_source::RequestSource;
use crate::server::response::{self, Response};

/// Bytes of memory that an answer keeps beside its body while it waits for a client: its task, its head, and the state of its
/// stream in hyper.
const ANSWER_OVERHEAD: usize = 4_096;

/// Answers one request. One whose TLS handshake named a host that is not this service is rejected as [`Problem::WrongHost`].
pub async fn answer(server: &PublicServer, request: Request<Incoming>, source: &RequestSource) -> Response {
    let page_request = PageRequest::from_request(&request);
    let is_head = *request.method() == Method::HEAD;
    let accepted = AcceptedCodings::from_headers(request.headers());
    let origin = request::allowed_origin(request.headers(), &server.origins);
    let hosts: &[String] = if source.sni_matches { &server.hosts } else { &[] };
    let admitted = request::admit(&request, &server.limits, hosts);
    let endpoint = admitted.map(|()| Endpoint::from_path(request.uri().path(), &server.service));

    let metrics = &server.state.metrics;
    metrics.count_request(endpoint.ok().flatten().map_or(Route::Other, Endpoint::metric_label));
    let reply = match endpoint {
        Ok(Some(endpoint)) => limited(server, endpoint, request, &page_request, source).await,
        Ok(None) => Problem::NotFound.into(),
        Err(problem) => problem.into(),
    };
    let response = reply.result.unwrap_or_else(|error| {
        metrics.count_problem(error.problem());
        error.into_response(page_request.error_context(&server.field_rules, &server.service).as_ref())
    });
    let endpoint = endpoint.ok().flatten();
    let mut response = answer_coding::apply(&server.state, &source.client, endpoint, accepted, response).await;
    if let Some(stamp) = reply.stamp {
        response::set_stamp(&mut response, stamp, server.stamp_cookie);
    }
    if let Some(origin) = origin {
        response::allow_origin(&mut response, origin);
    }
    response::leak(&mut response);
    if let Some(policy) = &server.strict_transport {
        response::require_tls(&mut response, policy.clone());
    }
    if is_head { response::without_body(response) } else { held(server, source, response) }
}

/// Counts the body of a response in the bytes that may wait for clients, or replaces it by why it cannot.
fn held(server: &PublicServer, source: &RequestSource, response: Response) -> Response {
    // A redirect has no body, or padding that is the same for all, and keeps no memory.
    if response.body().is_end_stream() || response.status() == StatusCode::SEE_OTHER {
        return response;
    }
    let refused = match server.state.hold_bytes(&source.client, held_bytes(&response)) {
        Ok(held) => return response.map(|body| body.hold(held)),
        Err(refused) => refused,
    };
    let error = refusal(server, source, refused);
    server.state.metrics.count_problem(error.problem());
    let response = error.into_response(None);
    match server.state.hold_bytes(&source.client, held_bytes(&response)) {
        Ok(held) => response.map(|body| body.hold(held)),
        // What has no body waits for nobody.
        Err(_) => response.map(|_| ResponseBody::whole(Bytes::new())),
    }
}

fn held_bytes(response: &Response) -> usize {
    response.body().whole_bytes().map_or(0, Bytes::len).saturating_add(ANSWER_OVERHEAD)
}

fn refusal(server: &PublicServer, source: &RequestSource, refused: ShareRefused) -> RequestError {
    match refused {
        ShareRefused::Total => Problem::Overloaded.into(),
        ShareRefused::Share(reached) => {
            source.report(server);
            RequestError::LimitReached(reached)
        }
    }
}

/// Answers a request if its client is within its limits.
async fn limited(
    server: &PublicServer,
    endpoint: Endpoint<'_>,
    request: Request<Incoming>,
    page_request: &PageRequest,
    source: &RequestSource,
) -> Reply {
    // A click is redirected whatever its client did before. It has a rate of its own, beyond which it is not counted.
    if !matches!(endpoint, Endpoint::Click)
        && let Err(reached) = source.charge(server, RateKind::Requests)
    {
        return RequestError::LimitReached(reached).into();
    }
    // Before any work is done for an answer that could not wait. A redirect has no body, which is all that waits.
    if !matches!(endpoint, Endpoint::Click)
        && let Err(refused) = server.state.hold_bytes(&source.client, ANSWER_OVERHEAD)
    {
        return refusal(server, source, refused).into();
    }
    match server.state.limiter.take(&source.client, ShareKind::Requests, None) {
        Ok(_permit) => dispatch(server, endpoint, request, page_request, source).await,
        Err(refused) => refusal(server, source, refused).into(),
    }
}

async fn dispatch(
    server: &PublicServer,
    endpoint: Endpoint<'_>,
    request: Request<Incoming>,
    page_request: &PageRequest,
    source: &RequestSource,
) -> Reply {
    if *request.method() == Method::OPTIONS && endpoint.answers_preflight() {
        return response::preflight().into();
    }
    if !endpoint.methods().contains(request.method()) {
        return RequestError::MethodNotAllowed { allowed: endpoint.methods() }.into();
    }
    match endpoint {
        Endpoint::Search => search::search(server, request, source).await,
        Endpoint::Click => sealed::click(server, &request, page_request, source).await,
        Endpoint::Image => sealed::image(server, &request, source).await,
        Endpoint::Visit => visits::visit(server, &request, page_request, source).await,
        Endpoint::Forget => visits::forget(server, &request, page_request),
        Endpoint::Home => visits::home(server, &request, page_request, source).await,
        Endpoint::Privacy => documents::privacy(server, &request, page_request).into(),
        Endpoint::PersonalData => documents::personal_data(server, page_request).into(),
        Endpoint::About => documents::about(server, page_request).into(),
        Endpoint::PrivacyJson => documents::privacy_json(server).into(),
        Endpoint::Robots => documents::robots().into(),
        Endpoint::Gpc => documents::gpc(server).into(),
        Endpoint::Favicon => documents::favicon(server).into(),
        Endpoint::OpenSearch(method) => documents::opensearch(server, method, page_request).into(),
        Endpoint::Asset(asset) => response::asset(asset, AcceptedCodings::from_headers(request.headers())).into(),
    }
}
