//! The body of a response, read within limits of time and size and decompressed on the way. Errors of reqwest contain
//! URLs, and thus keywords: they become a [`PartnerFailure`] here.

use std::io::Write;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use flate2::write::MultiGzDecoder;

use crate::http_client::content::{charset, content_type, is_gzip};
use crate::http_client::failure::classify;
use crate::problem::PartnerFailure;

/// Size limits of one response body.
#[derive(Debug, Clone, Copy)]
pub struct BodyLimits {
    /// Most bytes on the wire.
    pub wire_bytes: usize,
    /// Most bytes after decompression.
    pub decompressed_bytes: usize,
}

/// The body of a good response, as it arrives.
pub struct UpstreamBody {
    response: reqwest::Response,
    deadline: Instant,
    /// Bytes on the wire that may still come.
    wire_bytes_left: usize,
    content_length: Option<usize>,
    /// Present for a compressed body until its end.
    decoder: Option<MultiGzDecoder<LimitedBuffer>>,
}

impl std::fmt::Debug for UpstreamBody {
    /// Prints nothing of the response: its URL contains the keyword.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("UpstreamBody(…)")
    }
}

impl UpstreamBody {
    /// Starts reading the body of a response.
    ///
    /// # Errors
    /// [`PartnerFailure::Encoding`], or [`PartnerFailure::TooLong`] if `Content-Length` exceeds the limit.
    pub(crate) fn open(
        response: reqwest::Response,
        deadline: Instant,
        limits: BodyLimits,
    ) -> Result<Self, PartnerFailure> {
        let buffer = || LimitedBuffer::new(limits.decompressed_bytes);
        let decoder = is_gzip(response.headers())?.then(|| MultiGzDecoder::new(buffer()));
        let content_length = response.content_length().and_then(|length| usize::try_from(length).ok());
        if content_length.is_some_and(|length| length > limits.wire_bytes) {
            return Err(PartnerFailure::TooLong);
        }
        Ok(Self { response, deadline, wire_bytes_left: limits.wire_bytes, content_length, decoder })
    }

    /// The charset given in `Content-Type`.
    #[must_use]
    pub fn charset(&self) -> Option<String> {
        charset(content_type(self.response.headers()))
    }

    /// Moves the deadline, by time that was spent on waiting for somebody else than the sender.
    pub fn extend_deadline(&mut self, waited: Duration) {
        self.deadline += waited;
    }

    /// The next bytes, decompressed, possibly none; `None` at the end.
    ///
    /// # Errors
    /// [`PartnerFailure::TimedOut`], [`PartnerFailure::Connection`], [`PartnerFailure::TooLong`] or
    /// [`PartnerFailure::Encoding`]. The body cannot be read further then.
    pub async fn next(&mut self) -> Result<Option<Bytes>, PartnerFailure> {
        let Some(bytes) = before_deadline(self.deadline, self.response.chunk()).await? else {
            return self.decoder.take().map(finish).transpose();
        };
        self.wire_bytes_left = self.wire_bytes_left.checked_sub(bytes.len()).ok_or(PartnerFailure::TooLong)?;
        match &mut self.decoder {
            None => Ok(Some(bytes)),
            Some(decoder) => {
                let written = decoder.write_all(&bytes).and_then(|()| decoder.flush());
                written.map_err(|_| decoder.get_ref().failure())?;
                Ok(Some(decoder.get_mut().take()))
            }
        }
    }

    /// Reads the whole body.
    ///
    /// # Errors
    /// Those of [`Self::next`].
    pub async fn read_all(mut self) -> Result<Bytes, PartnerFailure> {
        let mut body = BytesMut::new();
        while let Some(bytes) = self.next().await? {
            if body.is_empty() && self.decoder.is_none() && Some(bytes.len()) == self.content_length {
                // The body arrived as one chunk, as most do: return it without a copy.
                return Ok(bytes);
            }
            body.reserve(bytes.len().max(self.content_length.unwrap_or(0).saturating_sub(body.len())));
            body.extend_from_slice(&bytes);
        }
        Ok(body.freeze())
    }
}

/// Awaits an operation of reqwest until the deadline.
///
/// # Errors
/// [`PartnerFailure::TimedOut`] or [`PartnerFailure::Connection`].
pub(crate) async fn before_deadline<T>(
    deadline: Instant,
    operation: impl Future<Output = reqwest::Result<T>>,
) -> Result<T, PartnerFailure> {
    let result = tokio::time::timeout_at(deadline.into(), operation).await.map_err(|_| PartnerFailure::TimedOut)?;
    result.map_err(|error| PartnerFailure::Connection(classify(&error)))
}

/// The last bytes of a compressed body.
fn finish(mut decoder: MultiGzDecoder<LimitedBuffer>) -> Result<Bytes, PartnerFailure> {
    decoder.try_finish().map_err(|_| decoder.get_ref().failure())?;
    Ok(decoder.get_mut().take())
}

/// Receives decompressed bytes, up to a total limit.
#[derive(Debug)]
struct LimitedBuffer {
    bytes: Vec<u8>,
    bytes_left: usize,
    is_exceeded: bool,
}

impl LimitedBuffer {
    fn new(limit: usize) -> Self {
        Self { bytes: Vec::new(), bytes_left: limit, is_exceeded: false }
    }

    fn take(&mut self) -> Bytes {
        std::mem::take(&mut self.bytes).into()
    }

    /// Why the decoder failed: the limit, or invalid data.
    fn failure(&self) -> PartnerFailure {
        if self.is_exceeded { PartnerFailure::TooLong } else { PartnerFailure::Encoding }
    }
}

impl Write for LimitedBuffer {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let bytes_left = self.bytes_left.checked_sub(bytes.len());
        self.is_exceeded = bytes_left.is_none();
        self.bytes_left = bytes_left.ok_or(std::io::ErrorKind::StorageFull)?;
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
