//! Sends a request to a partner and checks status and media type of the response. Errors of reqwest contain URLs, and
//! thus keywords: they become a [`PartnerFailure`] here.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::http_client;
use crate::http_client::body::{BodyLimits, UpstreamBody, before_deadline};
use crate::http_client::content::{content_type, essence};
use crate::http_client::resolver::SystemResolver;
use crate::partner::request::PartnerRequest;
use crate::partner::{AnswerFormat, Partner};
use crate::problem::PartnerFailure;
use crate::time;

/// How long a connection pool is used before a new one replaces it: long enough that handshakes are rare, short enough
/// that the lifetime of a connection says little about anyone (`docs/privacy-requirements.md`).
const POOL_LIFETIME: Duration = Duration::from_secs(300);

/// HTTP client for all partners, with one connection pool for the whole process. A pool per worker thread would send the
/// searches of a toolbar that keeps its own connection over the same few of our ports.
#[derive(Debug)]
pub struct PartnerClient {
    tls: rustls::ClientConfig,
    limits: BodyLimits,
    /// The current client and when it was created.
    current: Mutex<(Instant, reqwest::Client)>,
}

impl PartnerClient {
    /// Creates a client that reads response bodies within `limits`.
    ///
    /// # Errors
    /// A description, if reqwest cannot be set up.
    pub fn new(tls: rustls::ClientConfig, limits: BodyLimits) -> Result<Self, String> {
        let client = builder(tls.clone()).build().map_err(|error| error.to_string())?;
        Ok(Self { tls, limits, current: Mutex::new((time::instant(), client)) })
    }

    /// Sends a request and returns the body of a good response, yet to be read. A good response has status 200 and the
    /// media type of the partner's configured format. The partner's `timeout` starts here and covers the body.
    ///
    /// # Errors
    /// Why there is no good response, without any part of it.
    pub async fn send(&self, partner: &Partner, request: PartnerRequest) -> Result<UpstreamBody, PartnerFailure> {
        let deadline = time::instant() + partner.timeout;
        let response = before_deadline(deadline, self.client().execute(request.into_reqwest())).await?;
        // A redirect is a failure, too: it would send the keyword to another place.
        if response.status() != http::StatusCode::OK {
            return Err(PartnerFailure::Status(response.status().as_u16()));
        }
        let media_type = essence(content_type(response.headers()));
        let is_expected = match partner.format {
            AnswerFormat::Json(_) => is_json(media_type),
            AnswerFormat::Html(_) => is_html(media_type),
        };
        if !is_expected {
            return Err(PartnerFailure::MediaType);
        }
        UpstreamBody::open(response, deadline, self.limits)
    }

    /// The current client, replaced by a new one at the end of its lifetime.
    fn client(&self) -> reqwest::Client {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if time::instant().duration_since(current.0) >= POOL_LIFETIME
            && let Ok(client) = builder(self.tls.clone()).build()
        {
            *current = (time::instant(), client);
        }
        current.1.clone()
    }
}

fn builder(tls: rustls::ClientConfig) -> reqwest::ClientBuilder {
    http_client::builder(tls).dns_resolver(Arc::new(SystemResolver))
}

impl PartnerRequest {
    fn into_reqwest(self) -> reqwest::Request {
        let mut request = reqwest::Request::new(self.method, self.url);
        *request.headers_mut() = self.headers;
        *request.body_mut() = self.body.map(Into::into);
        request
    }
}

/// Whether a media type is `application/json`, `text/json` or has the suffix `+json` (RFC 6839 section 3.1).
fn is_json(media_type: &[u8]) -> bool {
    media_type.eq_ignore_ascii_case(b"application/json")
        || media_type.eq_ignore_ascii_case(b"text/json")
        || media_type.to_ascii_lowercase().ends_with(b"+json")
}

/// `application/xhtml+xml` is not HTML here: it must be parsed as XML, in which tags such as `<div/>` are self-closing.
fn is_html(media_type: &[u8]) -> bool {
    media_type.eq_ignore_ascii_case(b"text/html")
}
