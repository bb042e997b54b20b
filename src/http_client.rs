//! The HTTP client for partners and image hosts: its settings (`HttpClient`, [`tls`]), its response [`body`], and the
//! headers that describe the [`content`] of a response.

pub mod body;
mod connector;
pub mod content;
mod decoder;
mod failure;
mod guarded_connection;
mod gunzip;
mod head_guard;
mod limited_buffer;
pub(crate) mod new_connection;
pub(crate) mod resolver;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper_util::client::legacy;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls_platform_verifier::BuilderVerifierExt as _;

use crate::http_client::connector::GuardedConnector;
use crate::http_client::resolver::Resolve;

/// The `User-Agent` for partners with `user_agent = "fixed"` and for image hosts. It contains no version: that would show
/// partners when the operator updates.
pub(crate) const FIXED_AGENT: &str = "Mozilla/5.0 (compatible; qsproxy)";
/// How long an idle connection stays open: less than the 60 s after which many servers close theirs.
const IDLE_TIMEOUT: Duration = Duration::from_secs(50);
/// Idle connections per partner.
pub(crate) const MAX_IDLE_CONNECTIONS: usize = 128;
/// Headers of a response. hyper's default of 100 is too low for servers that set many cookies and policies; the bytes of
/// a head are bounded by `head_guard`.
const MAX_RESPONSE_HEADERS: usize = 512;

/// The TLS configuration for partners and image hosts. Certificates are verified as the operating system does. There are
/// no session tickets, no resumption and no early data: each of these would link requests.
///
/// # Errors
/// A description, if the system's certificates cannot be read.
pub fn tls() -> Result<rustls::ClientConfig, String> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = rustls::ClientConfig::builder_with_provider(provider);
    let builder = builder.with_safe_default_protocol_versions().map_err(|error| error.to_string())?;
    let mut tls = builder.with_platform_verifier().map_err(|error| error.to_string())?.with_no_client_auth();
    tls.resumption = rustls::client::Resumption::disabled();
    tls.enable_early_data = false;
    tls.key_log = Arc::new(rustls::NoKeyLog {});
    tls.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(tls)
}

/// An HTTP/1.1 client with connections of its own. It sends a request as it is: it adds no header, knows no proxy, follows no
/// redirect and keeps no cookie.
#[derive(Clone)]
pub(crate) struct HttpClient(legacy::Client<GuardedConnector, Full<Bytes>>);

impl HttpClient {
    /// A client that keeps at most this many idle connections to a host.
    pub(crate) fn new(tls: Arc<rustls::ClientConfig>, resolver: Arc<dyn Resolve>, idle_connections: usize) -> Self {
        let client = legacy::Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE_TIMEOUT)
            .pool_max_idle_per_host(idle_connections)
            .http1_max_headers(MAX_RESPONSE_HEADERS)
            // One odd header line costs that line, as in browsers. RFC 9112 sections 5.1 and 5.2 ask for the first two.
            .http1_allow_spaces_after_header_name_in_responses(true)
            .http1_allow_obsolete_multiline_headers_in_responses(true)
            .http1_ignore_invalid_headers_in_responses(true)
            .build(GuardedConnector::new(tls, resolver));
        Self(client)
    }

    /// Sends a request.
    ///
    /// # Errors
    /// No response was received. The text of the error can contain the URL.
    pub(crate) async fn send(
        &self,
        request: http::Request<Full<Bytes>>,
    ) -> Result<http::Response<Incoming>, legacy::Error> {
        self.0.request(request).await
    }
}

impl fmt::Debug for HttpClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HttpClient(…)")
    }
}

/// Makes a request of its parts; `None` if the URL is none for HTTP.
pub(crate) fn request(
    method: http::Method,
    url: &url::Url,
    headers: http::HeaderMap,
    body: Option<Vec<u8>>,
) -> Option<http::Request<Full<Bytes>>> {
    let (mut head, body) = http::Request::new(Full::new(body.unwrap_or_default().into())).into_parts();
    (head.method, head.uri, head.headers) = (method, url.as_str().parse().ok()?, headers);
    Some(http::Request::from_parts(head, body))
}
