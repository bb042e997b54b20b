//! The body of a response, read within limits of time and size and decompressed on the way. Errors of reqwest contain
//! URLs, and thus keywords: they become a [`PartnerFailure`] here.

use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};

use crate::http_client::content::{charset, codings, content_type, essence};
use crate::http_client::decoder::Decoders;
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
    decoders: Decoders,
    /// Whether the end of the body was reached.
    has_ended: bool,
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
        let decoders = Decoders::new(&codings(response.headers())?, limits.decompressed_bytes)?;
        let content_length = response.content_length().and_then(|length| usize::try_from(length).ok());
        if content_length.is_some_and(|length| length > limits.wire_bytes) {
            return Err(PartnerFailure::TooLong);
        }
        Ok(Self { response, deadline, wire_bytes_left: limits.wire_bytes, content_length, decoders, has_ended: false })
    }

    /// The charset given in `Content-Type`.
    #[must_use]
    pub fn charset(&self) -> Option<String> {
        charset(content_type(self.response.headers()))
    }

    /// Whether the media type is `application/xhtml+xml`.
    #[must_use]
    pub fn is_xhtml(&self) -> bool {
        essence(content_type(self.response.headers())).eq_ignore_ascii_case(b"application/xhtml+xml")
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
        if self.has_ended {
            return Ok(None);
        }
        let Some(bytes) = before_deadline(self.deadline, self.response.chunk()).await? else {
            self.has_ended = true;
            return if self.decoders.is_empty() { Ok(None) } else { self.decoders.finish().map(Some) };
        };
        self.wire_bytes_left = self.wire_bytes_left.checked_sub(bytes.len()).ok_or(PartnerFailure::TooLong)?;
        self.decoders.push(bytes).map(Some)
    }

    /// Reads the whole body.
    ///
    /// # Errors
    /// Those of [`Self::next`].
    pub async fn read_all(mut self) -> Result<Bytes, PartnerFailure> {
        let mut body = BytesMut::new();
        while let Some(bytes) = self.next().await? {
            if body.is_empty() && self.decoders.is_empty() && Some(bytes.len()) == self.content_length {
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
