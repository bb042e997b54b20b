//! The HTTP client that partners and image hosts are asked with: its settings, and the body of an answer, bounded in time
//! and size. Errors of reqwest contain URLs, and so keywords: they become a [`PartnerFailure`] here.

use std::io::Write;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use flate2::write::MultiGzDecoder;
use http::header;
use rustls_platform_verifier::BuilderVerifierExt as _;

use crate::problem::PartnerFailure;

/// The agent that every partner sees under `user_agent = "fixed"`, and every host of images. Without a version: it would tell
/// partners when the operator updates.
pub(crate) const FIXED_AGENT: &str = "Mozilla/5.0 (compatible; qsproxy)";
/// How long an unused connection is kept: below the 60 s after which many servers close theirs.
const IDLE: Duration = Duration::from_secs(50);
/// Unused connections that are kept for each partner.
const IDLE_CONNECTIONS: usize = 128;
/// How long connecting may take, handshake included; a partner's own `timeout` bounds it too.
const CONNECT: Duration = Duration::from_secs(5);

/// Bounds on what one answer may cost.
#[derive(Debug, Clone, Copy)]
pub struct AnswerLimits {
    /// Most bytes as they come over the wire.
    pub response: usize,
    /// Most bytes after decompression.
    pub decompressed: usize,
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

/// The body of a good answer, as it arrives.
pub struct AnswerBody {
    answer: reqwest::Response,
    until: Instant,
    /// Bytes of the answer that may still come.
    left: usize,
    announced: Option<usize>,
    /// There where the answer is packed, until its end was seen.
    unpacker: Option<MultiGzDecoder<Room>>,
}

impl std::fmt::Debug for AnswerBody {
    /// reqwest's own would show the address, and so the keyword.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AnswerBody(…)")
    }
}

impl AnswerBody {
    pub(crate) fn open(
        answer: reqwest::Response,
        until: Instant,
        bounds: AnswerLimits,
    ) -> Result<Self, PartnerFailure> {
        let unpacker = is_packed(answer.headers())?.then(|| MultiGzDecoder::new(Room::new(bounds.decompressed)));
        let announced = answer.content_length().and_then(|length| usize::try_from(length).ok());
        if announced.is_some_and(|length| length > bounds.response) {
            return Err(PartnerFailure::TooLong);
        }
        Ok(Self { answer, until, left: bounds.response, announced, unpacker })
    }

    /// The charset that the answer's `Content-Type` names.
    #[must_use]
    pub fn charset(&self) -> Option<String> {
        charset(media_type(self.answer.headers()))
    }

    /// Gives the partner this much more time, since it was spent on waiting for somebody else.
    pub fn excuse(&mut self, waited: Duration) {
        self.until += waited;
    }

    /// The next piece, unpacked, which may be empty; None at the end.
    ///
    /// # Errors
    /// [`PartnerFailure::TimedOut`], [`PartnerFailure::Unreachable`], [`PartnerFailure::TooLong`] or [`PartnerFailure::Encoding`]; there is
    /// nothing more to come then.
    pub async fn next(&mut self) -> Result<Option<Bytes>, PartnerFailure> {
        let Some(piece) = within(self.until, self.answer.chunk()).await? else {
            return self.unpacker.take().map(last).transpose();
        };
        self.left = self.left.checked_sub(piece.len()).ok_or(PartnerFailure::TooLong)?;
        match &mut self.unpacker {
            None => Ok(Some(piece)),
            Some(unpacker) => {
                let unpacked = unpacker.write_all(&piece).and_then(|()| unpacker.flush());
                unpacked.map_err(|_| unpacker.get_ref().failure())?;
                Ok(Some(unpacker.get_mut().take()))
            }
        }
    }

    /// The whole body.
    ///
    /// # Errors
    /// As [`Self::next`].
    pub async fn whole(mut self) -> Result<Bytes, PartnerFailure> {
        let mut body = BytesMut::new();
        while let Some(piece) = self.next().await? {
            if body.is_empty() && self.unpacker.is_none() && Some(piece.len()) == self.announced {
                // In one piece, as most answers are: no copy.
                return Ok(piece);
            }
            body.reserve(piece.len().max(self.announced.unwrap_or(0).saturating_sub(body.len())));
            body.extend_from_slice(&piece);
        }
        Ok(body.freeze())
    }
}

/// What is left in an unpacker at the end of an answer.
fn last(mut unpacker: MultiGzDecoder<Room>) -> Result<Bytes, PartnerFailure> {
    unpacker.try_finish().map_err(|_| unpacker.get_ref().failure())?;
    Ok(unpacker.get_mut().take())
}

/// Where unpacked bytes go: never more than `partner_decompressed_bytes` of them.
#[derive(Debug)]
struct Room {
    bytes: Vec<u8>,
    left: usize,
    full: bool,
}

impl Room {
    fn new(left: usize) -> Self {
        Self { bytes: Vec::new(), left, full: false }
    }

    fn take(&mut self) -> Bytes {
        std::mem::take(&mut self.bytes).into()
    }

    fn failure(&self) -> PartnerFailure {
        if self.full { PartnerFailure::TooLong } else { PartnerFailure::Encoding }
    }
}

impl Write for Room {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let left = self.left.checked_sub(bytes.len());
        self.full = left.is_none();
        self.left = left.ok_or(std::io::ErrorKind::StorageFull)?;
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Every option that could add to a request, follow an answer elsewhere or keep something of it is set
/// here, also where the default would do today.
pub(crate) fn connections(tls: rustls::ClientConfig) -> reqwest::ClientBuilder {
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

pub(crate) async fn within<T>(
    until: Instant,
    work: impl Future<Output = reqwest::Result<T>>,
) -> Result<T, PartnerFailure> {
    let done = tokio::time::timeout_at(until.into(), work).await.map_err(|_| PartnerFailure::TimedOut)?;
    done.map_err(|_| PartnerFailure::Unreachable)
}

pub(crate) fn media_type(headers: &http::HeaderMap) -> &[u8] {
    headers.get(header::CONTENT_TYPE).map_or(&b""[..], http::HeaderValue::as_bytes)
}

pub(crate) fn essence(media_type: &[u8]) -> &[u8] {
    media_type.split(|&byte| byte == b';').next().unwrap_or_default().trim_ascii()
}

/// The parameter `charset` of a media type (RFC 9110 section 8.3.2).
fn charset(media_type: &[u8]) -> Option<String> {
    let parameter = |part: &[u8]| {
        let (name, value) = part.split_at_checked(part.iter().position(|&byte| byte == b'=')?)?;
        let value = std::str::from_utf8(value.get(1..)?).ok()?;
        name.trim_ascii().eq_ignore_ascii_case(b"charset").then(|| value.trim().trim_matches('"').to_owned())
    };
    media_type.split(|&byte| byte == b';').skip(1).find_map(parameter)
}

/// Whether the body is gzip; an encoding that was not asked for is a failure.
pub(crate) fn is_packed(headers: &http::HeaderMap) -> Result<bool, PartnerFailure> {
    match headers.get(header::CONTENT_ENCODING).map(http::HeaderValue::as_bytes) {
        None => Ok(false),
        Some(coding) if coding.eq_ignore_ascii_case(b"identity") => Ok(false),
        Some(coding) if coding.eq_ignore_ascii_case(b"gzip") || coding.eq_ignore_ascii_case(b"x-gzip") => Ok(true),
        Some(_) => Err(PartnerFailure::Encoding),
    }
}
