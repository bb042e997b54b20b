//! The HTTP client for partners and image hosts: its settings (`HttpClient`, [`tls`]), its response [`body`], and the
//! headers that describe the [`content`] of a response.

pub mod body;
mod connection;
mod connection_pool;
mod connector;
pub mod content;
mod decoder;
mod exchange;
pub(crate) mod failure;
mod gunzip;
mod head_guard;
mod limited_buffer;
pub(crate) mod probe;
pub(crate) mod resolver;
mod socket;

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use http::Uri;
use http_body_util::Full;
use rustls_platform_verifier::BuilderVerifierExt as _;
use tower::BoxError;

use crate::http_client::connection::Connection;
use crate::http_client::connection_pool::{ConnectionPool, Host};
use crate::http_client::connector::Connector;
use crate::http_client::resolver::Resolve;
use crate::mutants::fail_point::{FailPoint, fail_at};
use crate::mutants::{self, Mutant, leak};

pub(crate) use crate::http_client::exchange::ExchangeBody;

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
    connector: Connector,
    pool: Arc<ConnectionPool>,
}

/// Over which connection a request goes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reuse {
    /// A kept one, if there is one. It is kept afterwards.
    Allowed,
    /// A new one, which is closed afterwards.
    Never,
}

/// How the sending of a request ended.
pub(crate) struct Sent {
    /// The response, its body yet to be read.
    pub(crate) response: Result<http::Response<ExchangeBody>, SendError>,
    /// The connection was kept from an earlier request.
    pub(crate) was_kept: bool,
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
        Self { connector: Connector::new(tls, resolver), pool: Arc::new(ConnectionPool::new(idle_connections)) }
    }

    /// Sends a request.
    pub(crate) async fn send(&self, mut request: http::Request<Full<Bytes>>, reuse: Reuse) -> Sent {
        fail_at(FailPoint::HttpClient, || request.uri().path_and_query().map_or("", |target| target.as_str()));
        let (connection, host) = match self.connection(&mut request, reuse).await {
            Ok(connection) => connection,
            Err(error) => return Sent { response: Err(error), was_kept: false },
        };
        let was_kept = connection.is_kept();
        let response = exchange::send(connection, request, host, self.pool.clone()).await;
        Sent { response: response.map_err(SendError::Exchange).inspect(leak::see_answer), was_kept }
    }

    /// Closes idle connections that have ended or are old. Called every second.
    pub(crate) fn close_old(&self, now: Instant) {
        self.pool.close_old(now);
    }

    /// A connection to the host of a request, whose URL becomes the target (RFC 9112 section 3.2.1): path and query.
    async fn connection(
        &self,
        request: &mut http::Request<Full<Bytes>>,
        reuse: Reuse,
    ) -> Result<(Connection, Host), SendError> {
        let mut parts = std::mem::take(request.uri_mut()).into_parts();
        let (scheme, authority) = parts.scheme.take().zip(parts.authority.take()).ok_or(SendError::Host)?;
        // A copy: the authority is a part of the URL's buffer, which would stay in memory as long as the connection.
        let host = (scheme, authority.as_str().parse().map_err(|_| SendError::Host)?);
        *request.uri_mut() = Uri::from_parts(parts).map_err(|_| SendError::Host)?;
        let kept = (reuse == Reuse::Allowed).then(|| self.pool.take(&host)).flatten();
        let connection = match kept {
            Some(connection) => connection,
            None => self.connector.open(address(&host)?).await.map_err(SendError::Connect)?,
        };
        let connection = if reuse == Reuse::Never { connection.used_once() } else { connection };
        Ok((connection, host))
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
