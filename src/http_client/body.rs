//! The body of a response, read within limits of time, size and work, and decompressed on the way. Errors of the HTTP client
//! contain URLs, and thus keywords: they become a [`PartnerFailure`] here.

use std::error::Error;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};

use crate::http_client::ExchangeBody;
use crate::http_client::content::{charset, codings, content_type, essence};
use crate::http_client::decoder::Decoders;
use crate::http_client::failure::classify;
use crate::problem::PartnerFailure;
use crate::work::{AnswerWork, WorkLane, WorkTurn, work_of};

/// Bytes on the wire that are decompressed in one turn. Members of gzip need 20 bytes and a new decoder each, so that hostile ones
/// cost a microsecond a byte.
const COMPRESSED_SLICE: usize = 512;

/// The work for a piece of the body, however short it is: the connection is polled for it.
const PIECE_WORK: u64 = 3_000;
/// The work for a compressed byte, and for one that it becomes.
const COMPRESSED_WORK: u64 = 10;
const DECOMPRESSED_WORK: u64 = 3;

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
    headers: http::HeaderMap,
    body: ExchangeBody,
    deadline: Instant,
    /// Bytes on the wire that may still come.
    wire_bytes_left: usize,
    content_length: Option<usize>,
    /// Bytes on the wire that were not decoded yet.
    received: Bytes,
    decoders: Decoders,
    work: AnswerWork,
    /// Whether the end of the body was reached.
    has_ended: bool,
}

impl std::fmt::Debug for UpstreamBody {
    /// Prints nothing of the response.
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
        response: http::Response<ExchangeBody>,
        deadline: Instant,
        limits: BodyLimits,
        lane: WorkLane,
    ) -> Result<Self, PartnerFailure> {
        let (head, body) = response.into_parts();
        let decoders = Decoders::new(&codings(&head.headers)?, limits.decompressed_bytes)?;
        let content_length = body.length().and_then(|length| usize::try_from(length).ok());
        if content_length.is_some_and(|length| length > limits.wire_bytes) {
            return Err(PartnerFailure::TooLong);
        }
        Ok(Self {
            headers: head.headers,
            body,
            deadline,
            wire_bytes_left: limits.wire_bytes,
            content_length,
            received: Bytes::new(),
            decoders,
            work: AnswerWork::new(lane),
            has_ended: false,
        })
    }

    /// The charset given in `Content-Type`.
    #[must_use]
    pub fn charset(&self) -> Option<String> {
        charset(content_type(&self.headers))
    }

    /// How long the content is, if the sender says so: with `Content-Length`, and without a coding.
    #[must_use]
    pub fn content_length(&self) -> Option<usize> {
        self.content_length.filter(|_| self.decoders.is_empty())
    }

    /// Whether the media type is `application/xhtml+xml`.
    #[must_use]
    pub fn is_xhtml(&self) -> bool {
        essence(content_type(&self.headers)).eq_ignore_ascii_case(b"application/xhtml+xml")
    }

    /// Moves the deadline, by time that was spent on waiting for somebody else than the sender.
    pub fn extend_deadline(&mut self, waited: Duration) {
        self.deadline += waited;
    }

    /// The next bytes, decompressed, possibly none; `None` at the end. Nothing is lost if the future is dropped.
    ///
    /// # Errors
    /// [`PartnerFailure::TimedOut`], [`PartnerFailure::Connection`], [`PartnerFailure::TooLong`] or
    /// [`PartnerFailure::Encoding`]. The body cannot be read further then.
    pub async fn next(&mut self) -> Result<Option<Bytes>, PartnerFailure> {
        if self.has_ended {
            return Ok(None);
        }
        if self.received.is_empty() {
            let Some(bytes) = before_deadline(self.deadline, self.body.next()).await? else {
                self.has_ended = true;
                return if self.decoders.is_empty() { Ok(None) } else { self.decoders.finish().map(Some) };
            };
            self.wire_bytes_left = self.wire_bytes_left.checked_sub(bytes.len()).ok_or(PartnerFailure::TooLong)?;
            self.charge(PIECE_WORK)?;
            self.received = bytes;
        }
        if self.decoders.is_empty() {
            return Ok(Some(std::mem::take(&mut self.received)));
        }
        let _turn = self.turn().await?;
        let slice = self.received.split_to(COMPRESSED_SLICE.min(self.received.len()));
        let compressed = work_of(slice.len(), COMPRESSED_WORK);
        let bytes = self.decoders.push(slice)?;
        self.charge(compressed.saturating_add(work_of(bytes.len(), DECOMPRESSED_WORK)))?;
        Ok(Some(bytes))
    }

    /// Waits until a slice of work may be done for this body ([`AnswerWork::turn`]).
    ///
    /// # Errors
    /// [`PartnerFailure::TimedOut`].
    pub async fn turn(&mut self) -> Result<WorkTurn, PartnerFailure> {
        let turn = tokio::time::timeout_at(self.deadline.into(), self.work.turn());
        turn.await.map_err(|_| PartnerFailure::TimedOut)
    }

    /// Counts work for this body.
    ///
    /// # Errors
    /// [`PartnerFailure::TooLong`] if it is more than one answer may cost.
    pub fn charge(&mut self, work: u64) -> Result<(), PartnerFailure> {
        self.work.charge(work).map_err(|_| PartnerFailure::TooLong)
    }

    /// Reads the whole body.
    ///
    /// # Errors
    /// Those of [`Self::next`].
    pub async fn read_all(&mut self) -> Result<Bytes, PartnerFailure> {
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

/// Awaits an operation of the HTTP client until the deadline.
///
/// # Errors
/// [`PartnerFailure::TimedOut`], [`PartnerFailure::Connection`], or [`PartnerFailure::TooLong`] if a response does not begin.
pub(crate) async fn before_deadline<T, E: Error + 'static>(
    deadline: Instant,
    operation: impl Future<Output = Result<T, E>>,
) -> Result<T, PartnerFailure> {
    let result = tokio::time::timeout_at(deadline.into(), operation).await.map_err(|_| PartnerFailure::TimedOut)?;
    result.map_err(|error| classify(&error))
}
