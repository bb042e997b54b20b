//! Sending a request to a partner and reading its answer, bounded in time and size. The only file that
//! names reqwest, beside its [`images`]. Its errors hold addresses, and so keywords: they end here and
//! become a [`Failure`].

pub mod images;

use std::io::Read as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use flate2::read::MultiGzDecoder;
use http::header;
use rustls_platform_verifier::BuilderVerifierExt as _;

use super::Partner;
use super::request::Outbound;
use crate::problem::Failure;
use crate::world;

/// How long a set of connections serves before new ones take over, so that no connection's life says
/// much about anyone (PRIVACY section 2 C), and handshakes stay rare.
const CONNECTIONS_SERVE: Duration = Duration::from_secs(300);
/// How long an unused connection is kept: below the 60 s after which many servers close theirs.
const IDLE: Duration = Duration::from_secs(50);
/// Unused connections that are kept for each partner.
const IDLE_CONNECTIONS: usize = 128;
/// How long connecting may take, handshake included; a partner's own `timeout` bounds it too.
const CONNECT: Duration = Duration::from_secs(5);

/// Bounds on what one answer may cost.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Most bytes as they come over the wire.
    pub response: usize,
    /// Most bytes after decompression.
    pub decompressed: usize,
}

/// Connections to all partners, one set for the whole process: were there one for each worker thread, a
/// toolbar that keeps its own connection would be seen on the same few ports of ours.
#[derive(Debug)]
pub struct Client {
    tls: rustls::ClientConfig,
    bounds: Bounds,
    current: Mutex<(Instant, reqwest::Client)>,
}

/// How TLS is spoken to partners: certificates judged as the operating system does, and no session
/// tickets, resumption or early data, each of which would link requests.
///
/// # Errors
/// In words, where the system's certificates cannot be read.
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

impl Client {
    /// A client with these bounds.
    ///
    /// # Errors
    /// In words, where reqwest cannot be set up.
    pub fn new(tls: rustls::ClientConfig, bounds: Bounds) -> Result<Self, String> {
        let first = connections(tls.clone()).build().map_err(|error| error.to_string())?;
        Ok(Self { tls, bounds, current: Mutex::new((world::instant(), first)) })
    }

    /// Asks a partner and returns the whole body of a good answer: status 200, a JSON media type, and
    /// within bounds.
    ///
    /// # Errors
    /// Why not, without a word of the answer.
    pub async fn ask(&self, partner: &Partner, outbound: Outbound) -> Result<Bytes, Failure> {
        let answer = self.exchange(outbound);
        tokio::time::timeout(partner.timeout, answer).await.map_err(|_| Failure::TimedOut)?
    }

    async fn exchange(&self, outbound: Outbound) -> Result<Bytes, Failure> {
        let mut request = reqwest::Request::new(outbound.method, outbound.url);
        *request.headers_mut() = outbound.headers;
        *request.body_mut() = outbound.body.map(Into::into);
        let answer = self.connections().execute(request).await.map_err(|_| Failure::Unreachable)?;
        // A redirect would name another place to send the keyword to, so it is a failure like the rest.
        if answer.status() != http::StatusCode::OK {
            return Err(Failure::Status(answer.status().as_u16()));
        }
        if !is_json(answer.headers()) {
            return Err(Failure::MediaType);
        }
        let packed = is_packed(answer.headers())?;
        let body = body(answer, self.bounds.response).await?;
        if packed { self.unpack(&body) } else { Ok(body) }
    }

    fn unpack(&self, packed: &[u8]) -> Result<Bytes, Failure> {
        let bound = self.bounds.decompressed;
        let mut body = Vec::new();
        // One byte more than the bound is read, to tell "just full" from "too much".
        let mut reader = MultiGzDecoder::new(packed).take(u64::try_from(bound).unwrap_or(u64::MAX).saturating_add(1));
        reader.read_to_end(&mut body).map_err(|_| Failure::Encoding)?;
        if body.len() > bound { Err(Failure::TooLong) } else { Ok(body.into()) }
    }

    /// The connections in use, replaced by new ones when they have served their time.
    fn connections(&self) -> reqwest::Client {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if world::instant().duration_since(current.0) >= CONNECTIONS_SERVE
            && let Ok(fresh) = connections(self.tls.clone()).build()
        {
            *current = (world::instant(), fresh);
        }
        current.1.clone()
    }
}

/// The whole body, of at most this many bytes.
async fn body(mut answer: reqwest::Response, most: usize) -> Result<Bytes, Failure> {
    let announced = answer.content_length().and_then(|length| usize::try_from(length).ok()).unwrap_or(0);
    if announced > most {
        return Err(Failure::TooLong);
    }
    let mut body = BytesMut::new();
    while let Some(chunk) = answer.chunk().await.map_err(|_| Failure::Unreachable)? {
        if body.len() + chunk.len() > most {
            return Err(Failure::TooLong);
        }
        if body.is_empty() && chunk.len() == announced {
            // Whole in one piece, as most answers are: no copy.
            return Ok(chunk);
        }
        body.reserve(chunk.len().max(announced.saturating_sub(body.len())));
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

/// Every option that could add to a request, follow an answer elsewhere or keep something of it is set
/// here, also where the default would do today.
fn connections(tls: rustls::ClientConfig) -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .http1_only()
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .no_proxy()
        .retry(reqwest::retry::never())
        .connection_verbose(false)
        .connect_timeout(CONNECT)
        .pool_idle_timeout(IDLE)
        .pool_max_idle_per_host(IDLE_CONNECTIONS)
        .tcp_nodelay(true)
        .tcp_keepalive(None)
}

/// `application/json` and its kin (RFC 6839 section 3.1).
fn is_json(headers: &http::HeaderMap) -> bool {
    let media_type = headers.get(header::CONTENT_TYPE).map_or(&b""[..], http::HeaderValue::as_bytes);
    let essence = media_type.split(|&byte| byte == b';').next().unwrap_or_default().trim_ascii();
    essence.eq_ignore_ascii_case(b"application/json")
        || essence.eq_ignore_ascii_case(b"text/json")
        || essence.to_ascii_lowercase().ends_with(b"+json")
}

/// Whether the body is gzip; an encoding that was not asked for is a failure.
fn is_packed(headers: &http::HeaderMap) -> Result<bool, Failure> {
    match headers.get(header::CONTENT_ENCODING).map(http::HeaderValue::as_bytes) {
        None => Ok(false),
        Some(coding) if coding.eq_ignore_ascii_case(b"identity") => Ok(false),
        Some(coding) if coding.eq_ignore_ascii_case(b"gzip") || coding.eq_ignore_ascii_case(b"x-gzip") => Ok(true),
        Some(_) => Err(Failure::Encoding),
    }
}
