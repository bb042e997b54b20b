//! The HTTP client for partners and image hosts: its settings (`HttpClient`, [`tls`]), its response [`body`], and the
//! headers that describe the [`content`] of a response.

pub mod body;
mod body_framing;
mod connection;
mod connection_pool;
mod connector;
pub mod content;
mod decoder;
mod exchange;
pub(crate) mod failure;
mod gunzip;
mod limited_buffer;
pub(crate) mod origin;
pub(crate) mod probe;
pub(crate) mod resolver;
mod response_head;
mod socket;

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use rustls_platform_verifier::BuilderVerifierExt as _;
use tower::BoxError;
use url::Url;

use crate::http_client::connection::Connection;
use crate::http_client::connection_pool::ConnectionPool;
use crate::http_client::connector::Connector;
use crate::http_client::failure::ExchangeError;
use crate::http_client::origin::Origin;
use crate::http_client::resolver::Resolve;
use crate::mutants::fail_point::{FailPoint, fail_at};
use crate::mutants::{self, Mutant};

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
    /// No connection was opened.
    #[error("no connection")]
    Connect(#[source] BoxError),
    /// The connection has failed.
    #[error("no response")]
    Exchange(#[source] ExchangeError),
}

impl HttpClient {
    /// A client that keeps at most this many idle connections to a host.
    pub(crate) fn new(tls: Arc<rustls::ClientConfig>, resolver: Arc<dyn Resolve>, idle_connections: usize) -> Self {
        Self { connector: Connector::new(tls, resolver), pool: Arc::new(ConnectionPool::new(idle_connections)) }
    }

    /// Sends a request, the bytes of which are those of [`request_bytes`].
    pub(crate) async fn send(&self, origin: Origin, request: &[u8], reuse: Reuse) -> Sent {
        fail_at(FailPoint::HttpClient, || str::from_utf8(request).unwrap_or_default());
        let connection = match self.connection(&origin, reuse).await {
            Ok(connection) => connection,
            Err(error) => return Sent { response: Err(SendError::Connect(error)), was_kept: false },
        };
        let was_kept = connection.is_kept();
        let response = exchange::send(connection, request, origin, self.pool.clone()).await;
        Sent { response: response.map_err(SendError::Exchange), was_kept }
    }

    /// Closes idle connections that have ended or are old. Called every second.
    pub(crate) fn close_old(&self, now: Instant) {
        self.pool.close_old(now);
    }

    async fn connection(&self, origin: &Origin, reuse: Reuse) -> Result<Connection, BoxError> {
        let kept = (reuse == Reuse::Allowed).then(|| self.pool.take(origin)).flatten();
        let connection = match kept {
            Some(connection) => connection,
            None => self.connector.open(origin).await?,
        };
        Ok(if reuse == Reuse::Never { connection.used_once() } else { connection })
    }
}

impl fmt::Debug for HttpClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HttpClient(…)")
    }
}

/// The bytes of a request in HTTP/1.1 (RFC 9112 section 2.1), its target in origin form (section 3.2.1). The headers are sent in their order.
pub(crate) fn request_bytes(method: &http::Method, url: &Url, headers: &http::HeaderMap, body: &[u8]) -> Vec<u8> {
    let query = url.query().map_or(["", ""], |query| ["?", query]);
    let start = [method.as_str(), " ", url.path(), query[0], query[1], " HTTP/1.1\r\n"];
    let lines = headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4);
    let length = start.iter().map(|part| part.len()).sum::<usize>() + lines.sum::<usize>() + 2 + body.len();
    let mut bytes = Vec::with_capacity(length);
    start.iter().for_each(|part| bytes.extend_from_slice(part.as_bytes()));
    for (name, value) in headers {
        for part in [name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"] {
            bytes.extend_from_slice(part);
        }
    }
    bytes.extend_from_slice(b"\r\n");
    bytes.extend_from_slice(body);
    bytes
}
