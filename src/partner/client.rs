//! Sends a request to a partner and checks status and media type of the response. Errors of the HTTP client contain URLs, and
//! thus keywords: they become a [`PartnerFailure`] here.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::Instant;

use crate::http_client::body::{BodyLimits, UpstreamBody};
use crate::http_client::content::{content_type, essence};
use crate::http_client::failure::classify;
use crate::http_client::origin::Origin;
use crate::http_client::resolver::SystemResolver;
use crate::http_client::{ExchangeBody, HttpClient, MAX_IDLE_CONNECTIONS, Reuse, Sent};
use crate::mutants::{self, Mutant, leak};
use crate::partner::request::PartnerRequest;
use crate::partner::retry_after;
use crate::partner::{AnswerFormat, Partner};
use crate::problem::{ConnectionFailure, PartnerFailure};
use crate::time;
use crate::work::WorkLane;

/// Media types under which servers send JSON, in lower case. The last is that of a response without a type.
const JSON_TYPES: [&[u8]; 13] = [
    b"application/json",
    b"text/json",
    b"application/x-ndjson",
    b"application/ndjson",
    b"application/jsonl",
    b"application/x-jsonlines",
    b"application/json-lines",
    b"text/plain",
    b"text/javascript",
    b"application/javascript",
    b"application/x-javascript",
    b"application/octet-stream",
    b"",
];

/// HTTP client for all partners, with one connection pool for the whole process.
#[derive(Debug)]
pub struct PartnerClient {
    tls: Arc<rustls::ClientConfig>,
    limits: BodyLimits,
    http: HttpClient,
}

impl PartnerClient {
    /// Creates a client that reads response bodies within `limits`.
    #[must_use]
    pub fn new(tls: Arc<rustls::ClientConfig>, limits: BodyLimits) -> Self {
        let http = http_client(&tls);
        Self { tls, limits, http }
    }

    /// Closes idle connections that have ended or are old. Called every second.
    pub fn close_old(&self, now: Instant) {
        self.http.close_old(now);
    }

    /// Sends a request and returns the body of a good response, yet to be read. A good response has a status of
    /// `is_answer` and the media type of the partner's configured format. The partner's `timeout` starts here and covers
    /// the body.
    ///
    /// Dear answers take turns in `lane`. `request` builds the request. It is called again, and must build the same, if the request goes out a second time, which
    /// `may_repeat` allows.
    ///
    /// # Errors
    /// Why there is no good response, without any part of it.
    pub async fn send(
        &self,
        partner: &Partner,
        lane: WorkLane,
        request: impl Fn() -> PartnerRequest,
        may_repeat: impl Future<Output = bool>,
    ) -> Result<UpstreamBody, PartnerFailure> {
        let deadline = time::instant() + partner.timeout;
        let response = self.exchange(deadline, &request, may_repeat).await?;
        // A redirect is a failure, too: it would send the keyword to another place.
        if !is_answer(response.status()) {
            leak::print(Mutant::LogsFailedRequests, || request().to_bytes());
            let retry_after = retry_after::of(response.status(), response.headers(), time::now());
            return Err(PartnerFailure::Status(response.status().as_u16(), retry_after));
        }
        let media_type = essence(content_type(response.headers()));
        let is_expected = match partner.format {
            AnswerFormat::Json(_) => is_json(media_type),
            AnswerFormat::Html(_) => is_html(media_type),
        };
        if !is_expected {
            return Err(PartnerFailure::MediaType);
        }
        UpstreamBody::open(response, deadline, self.limits, lane)
    }

    /// Sends a request over a kept connection or a new one. If a kept connection was closed before the response began, the
    /// request goes out once more, over a new connection: a search is safe to repeat (RFC 9110 section 9.2.2), whatever
    /// its method.
    async fn exchange(
        &self,
        deadline: Instant,
        request: impl Fn() -> PartnerRequest,
        may_repeat: impl Future<Output = bool>,
    ) -> Result<http::Response<ExchangeBody>, PartnerFailure> {
        let (response, was_kept) = send(&self.http(), deadline, request(), Reuse::Allowed).await;
        if mutants::is_on(Mutant::FollowsRedirects)
            && let Some(url) = response.as_ref().ok().and_then(redirected_to)
        {
            return send(&self.http(), deadline, PartnerRequest { url, ..request() }, Reuse::Allowed).await.0;
        }
        if !was_kept || !was_closed(&response) || !may_repeat.await {
            return response;
        }
        let mut request = request();
        leak::mark_retry(&mut request.headers);
        send(&self.http, deadline, request, Reuse::Never).await.0
    }

    fn http(&self) -> HttpClient {
        if let Some(client) = leak::kept(Mutant::TiesConnectionsToClients, "address") {
            static TIED: LazyLock<Mutex<HashMap<String, HttpClient>>> = LazyLock::new(Mutex::default);
            let mut tied = TIED.lock().unwrap_or_else(PoisonError::into_inner);
            return tied.entry(client).or_insert_with(|| http_client(&self.tls)).clone();
        }
        self.http.clone()
    }
}

/// Where a redirect leads; for [`Mutant::FollowsRedirects`].
fn redirected_to(response: &http::Response<ExchangeBody>) -> Option<url::Url> {
    response.headers().get(http::header::LOCATION)?.to_str().ok()?.parse().ok()
}

fn http_client(tls: &Arc<rustls::ClientConfig>) -> HttpClient {
    HttpClient::new(tls.clone(), Arc::new(SystemResolver), MAX_IDLE_CONNECTIONS)
}

/// Sends a request. Returns the response, and whether the connection was kept from an earlier request, if that is known: a request that
/// timed out is not repeated.
async fn send(
    client: &HttpClient,
    deadline: Instant,
    request: PartnerRequest,
    reuse: Reuse,
) -> (Result<http::Response<ExchangeBody>, PartnerFailure>, bool) {
    let (origin, bytes) = (Origin::of(&request.url), request.to_bytes());
    match tokio::time::timeout_at(deadline.into(), client.send(origin, &bytes, reuse)).await {
        Ok(Sent { response, was_kept }) => (response.map_err(|error| classify(&error)), was_kept),
        Err(_) => (Err(PartnerFailure::TimedOut), false),
    }
}

/// Whether the partner closed a kept connection instead of answering. With status 408 it says so: servers send it to
/// connections that were idle for too long, and a request may cross it (RFC 9110 section 15.5.9).
fn was_closed(response: &Result<http::Response<ExchangeBody>, PartnerFailure>) -> bool {
    match response {
        Ok(response) => response.status() == http::StatusCode::REQUEST_TIMEOUT,
        Err(failure) => *failure == PartnerFailure::Connection(ConnectionFailure::Closed),
    }
}

/// Whether a response with this status contains the answer to the search: 200; 201, with which some frameworks answer
/// every `POST`; or 203, if a proxy of the partner's changed it (RFC 9110 section 15.3.4).
fn is_answer(status: http::StatusCode) -> bool {
    matches!(status, http::StatusCode::OK | http::StatusCode::CREATED | http::StatusCode::NON_AUTHORITATIVE_INFORMATION)
}

/// Whether a response with this media type may be JSON; its parser decides. JSON types are `application/json`, `text/json`,
/// those with the suffix `+json` (RFC 6839 section 3.1) and those of JSON lines. Many servers send JSON as a script, as plain text, as bytes
/// or without a type, which leaves it to the recipient to look at the content (RFC 9110 section 8.3). A page is no answer.
fn is_json(media_type: &[u8]) -> bool {
    let media_type = media_type.to_ascii_lowercase();
    media_type.ends_with(b"+json") || JSON_TYPES.contains(&media_type.as_slice())
}

/// Whether a media type is HTML, or XHTML (RFC 3236).
fn is_html(media_type: &[u8]) -> bool {
    media_type.eq_ignore_ascii_case(b"text/html") || media_type.eq_ignore_ascii_case(b"application/xhtml+xml")
}
