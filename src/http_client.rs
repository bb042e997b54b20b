//! The HTTP client for partners and image hosts: its settings (`HttpClient`, [`tls`]), its response [`body`], and the
//! headers that describe the [`content`] of a response.

pub mod body;
mod connector;
pub mod content;
mod decoder;
mod exchange;
mod failure;
mod guarded_connection;
mod gunzip;
mod head_guard;
mod idle_connections;
mod limited_buffer;
pub(crate) mod new_connection;
pub(crate) mod probe;
pub(crate) mod resolver;

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use http::Uri;
use http_body_util::Full;
use hyper::body::Incoming;
use rustls_platform_verifier::BuilderVerifierExt as _;
use tower::BoxError;

use crate::http_client::connector::GuardedConnector;
use crate::http_client::idle_connections::{Host, IdleConnections};
use crate::http_client::resolver::Resolve;
use crate::mutants::fail_point::{FailPoint, fail_at};
use crate::mutants::{self, Mutant, leak};

/// The `User-Agent` for partners with `user_agent = "fixed"` and for image hosts. It contains no version: that would show
/// partners when the operator updates.
pub(crate) const FIXED_AGENT: &str = "Mozilla/5.0 (compatible; qsproxy)";
/// Idle connections per partner.
pub(crate) const MAX_IDLE_CONNECTIONS: usize = 128;
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
    if mutants::is_on(Mutant::ResumesTlsSessions) {
        tls.resumption = rustls::client::Resumption::default();
    }
    if mutants::is_on(Mutant::LogsTlsKeys) {
        tls.key_log = Arc::new(rustls::KeyLogFile::new());
    }
    Ok(tls)
}

/// An HTTP/1.1 client with connections of its own. It sends a request as it is: it adds no header, knows no proxy, follows no
/// redirect and keeps no cookie.
#[derive(Clone)]
pub(crate) struct HttpClient {
    connector: GuardedConnector,
    idle: Arc<IdleConnections>,
}

/// Why no response was received. The text of a source can contain the URL.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SendError {
    /// The URL has no host.
    #[error("no host")]
    Host,
    /// No connection was opened.
    #[error("no connection")]
    Connect(#[source] BoxError),
    /// The connection has failed.
    #[error("no response")]
    Exchange(#[source] hyper::Error),
}

impl HttpClient {
    /// A client that keeps at most this many idle connections to a host.
    pub(crate) fn new(tls: Arc<rustls::ClientConfig>, resolver: Arc<dyn Resolve>, idle_connections: usize) -> Self {
        let connector = GuardedConnector::new(tls, resolver);
        Self { connector, idle: IdleConnections::new(idle_connections) }
    }

    /// Sends a request.
    ///
    /// # Errors
    /// No response was received.
    pub(crate) async fn send(
        &self,
        mut request: http::Request<Full<Bytes>>,
    ) -> Result<http::Response<Incoming>, SendError> {
        fail_at(FailPoint::HttpClient, || request.uri().path_and_query().map_or("", |target| target.as_str()));
        let mut parts = std::mem::take(request.uri_mut()).into_parts();
        let (scheme, authority) = parts.scheme.take().zip(parts.authority.take()).ok_or(SendError::Host)?;
        // A copy: the authority is a part of the URL's buffer, which would stay in memory as long as the connection.
        let host = (scheme, authority.as_str().parse().map_err(|_| SendError::Host)?);
        // The target is the path and the query (RFC 9112 section 3.2.1).
        *request.uri_mut() = Uri::from_parts(parts).map_err(|_| SendError::Host)?;
        let connection = match self.idle.take(&host) {
            Some(connection) => connection,
            None => self.connector.open(address(&host)?).await.map_err(SendError::Connect)?,
        };
        let answer = exchange::send(connection, request, self.idle.slot(host)).await.map_err(SendError::Exchange);
        answer.inspect(leak::see_answer)
    }
}

/// The address of a host, without what is asked of it.
fn address((scheme, authority): &Host) -> Result<Uri, SendError> {
    let builder = Uri::builder().scheme(scheme.clone()).authority(authority.clone()).path_and_query("/");
    builder.build().map_err(|_| SendError::Host)
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
