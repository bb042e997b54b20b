//! The body of a response: complete, or a page that arrives in chunks while its partner sends it. Over HTTP/2 no more of it is
//! handed over than the client takes, and its end only when the client has taken the rest: a stream whose end was handed over can
//! no longer be reset.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes};
use http_body::{Frame, SizeHint};
use tokio::sync::{mpsc, oneshot};

use crate::clients::share::SharePermit;
use crate::search::PageStream;
use crate::server::in_flight::InFlightRequest;
use crate::server::progress::AnswerProgress;

/// Bytes handed over to an HTTP/2 stream at once: the largest frame that every client accepts (RFC 9113 section 6.5.2).
const FRAME_BYTES: usize = 16_384;

/// Bytes that may be handed over to an HTTP/2 stream and not taken: enough to write one frame while the next is prepared.
const MAX_OUTSTANDING_BYTES: u64 = 32_768;

/// The body of a response.
#[derive(Debug)]
pub struct ResponseBody {
    content: Content,
    /// Counts the answer as open until the body is dropped.
    open: Option<InFlightRequest>,
    /// The progress of the HTTP/2 stream; `None` over HTTP/1.1.
    stream: Option<Arc<AnswerProgress>>,
    /// The part of the bytes that may wait for clients.
    held: Option<Arc<SharePermit>>,
    /// A chunk of the page of which a part was handed over.
    rest: Bytes,
}

#[derive(Debug)]
enum Content {
    /// A complete body of known length.
    Whole(Bytes),
    /// A page that is sent while a partner's page arrives.
    Streamed {
        /// The chunks. An empty chunk marks the end of the page.
        chunks: mpsc::Receiver<Bytes>,
        /// The end was reached.
        is_ended: bool,
        /// Ready when the partner sends no more. `None` once a task waits for it.
        partner_done: Option<oneshot::Receiver<()>>,
    },
}

/// Bytes of a body on their way to the client.
#[derive(Debug)]
pub struct BodyBytes {
    bytes: Bytes,
    stream: Option<Arc<AnswerProgress>>,
    _held: Option<Arc<SharePermit>>,
}

impl Buf for BodyBytes {
    fn remaining(&self) -> usize {
        self.bytes.remaining()
    }

    fn chunk(&self) -> &[u8] {
        self.bytes.chunk()
    }

    fn advance(&mut self, count: usize) {
        self.bytes.advance(count);
        if let Some(stream) = &self.stream {
            stream.take(count);
        }
    }
}

impl Drop for BodyBytes {
    fn drop(&mut self) {
        if let Some(stream) = &self.stream {
            stream.take(self.bytes.len());
        }
    }
}

/// The chunks ended without the end marker. The connection is closed, so that no client takes the page for complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TruncatedPage;

impl std::fmt::Display for TruncatedPage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the page ended early")
    }
}

impl std::error::Error for TruncatedPage {}

impl ResponseBody {
    /// A complete body.
    #[must_use]
    pub fn whole(bytes: Bytes) -> Self {
        Self { content: Content::Whole(bytes), open: None, stream: None, held: None, rest: Bytes::new() }
    }

    /// A streamed body.
    #[must_use]
    pub fn streamed(stream: PageStream) -> Self {
        let PageStream { chunks, partner_done, coding: _ } = stream;
        let content = Content::Streamed { chunks, is_ended: false, partner_done: Some(partner_done) };
        Self { content, ..Self::whole(Bytes::new()) }
    }

    /// The body if it is complete; `None` for a page that streams.
    #[must_use]
    pub fn whole_bytes(&self) -> Option<&Bytes> {
        match &self.content {
            Content::Whole(bytes) => Some(bytes),
            Content::Streamed { .. } => None,
        }
    }

    /// Keeps a part of the bytes that may wait for clients until these have left memory.
    #[must_use]
    pub fn hold(mut self, held: SharePermit) -> Self {
        self.held = Some(Arc::new(held));
        self
    }

    /// Counts the answer as open until all of it was taken from here.
    #[must_use]
    pub fn hold_open(mut self, open: InFlightRequest) -> Self {
        self.open = Some(open);
        self
    }

    /// Hands over no more than the client of an HTTP/2 stream takes.
    #[must_use]
    pub(super) fn sent_on(mut self, stream: Option<Arc<AnswerProgress>>) -> Self {
        self.stream = stream;
        self
    }

    /// Keeps the request in flight for as long as the partner sends. What remains after that waits for the client, and its pace
    /// applies, even if the connection is not polled.
    #[must_use]
    pub fn hold_in_flight(mut self, request: InFlightRequest) -> Self {
        if let Content::Streamed { partner_done, .. } = &mut self.content
            && let Some(partner_done) = partner_done.take()
        {
            tokio::task::spawn(async move {
                partner_done.await.ok();
                drop(request);
            });
        }
        self
    }

    /// The next bytes; empty at the end.
    fn poll_bytes(&mut self, context: &mut Context<'_>) -> Poll<Result<Bytes, TruncatedPage>> {
        if !self.rest.is_empty() {
            return Poll::Ready(Ok(std::mem::take(&mut self.rest)));
        }
        match &mut self.content {
            Content::Whole(bytes) => Poll::Ready(Ok(std::mem::take(bytes))),
            Content::Streamed { is_ended: true, .. } => Poll::Ready(Ok(Bytes::new())),
            Content::Streamed { chunks, is_ended, .. } => {
                let Some(chunk) = ready!(chunks.poll_recv(context)) else { return Poll::Ready(Err(TruncatedPage)) };
                *is_ended = chunk.is_empty();
                Poll::Ready(Ok(chunk))
            }
        }
    }

    /// Whether nothing is left but to end.
    fn is_at_end(&self) -> bool {
        self.rest.is_empty()
            && match &self.content {
                Content::Whole(bytes) => bytes.is_empty(),
                Content::Streamed { is_ended, .. } => *is_ended,
            }
    }

    /// Ready when no more than `outstanding` bytes are handed over and not taken.
    fn poll_taken(&self, context: &Context<'_>, outstanding: u64) -> Poll<()> {
        let Some(stream) = &self.stream else { return Poll::Ready(()) };
        if stream.outstanding() > outstanding {
            stream.wake_when_taken(context);
            if stream.outstanding() > outstanding {
                return Poll::Pending;
            }
        }
        Poll::Ready(())
    }
}

impl http_body::Body for ResponseBody {
    type Data = BodyBytes;
    type Error = TruncatedPage;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<BodyBytes>, TruncatedPage>>> {
        if self.is_at_end() {
            return self.poll_taken(context, 0).map(|()| None);
        }
        ready!(self.poll_taken(context, MAX_OUTSTANDING_BYTES));
        let mut bytes = match ready!(self.poll_bytes(context)) {
            Ok(bytes) => bytes,
            Err(truncated) => return Poll::Ready(Some(Err(truncated))),
        };
        if let Some(stream) = self.stream.clone() {
            if bytes.len() > FRAME_BYTES {
                self.rest = bytes.split_off(FRAME_BYTES);
            }
            stream.give(bytes.len());
        }
        let bytes = BodyBytes { bytes, stream: self.stream.clone(), _held: self.held.clone() };
        Poll::Ready(Some(Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.is_at_end() && self.stream.as_ref().is_none_or(|stream| stream.outstanding() == 0)
    }

    fn size_hint(&self) -> SizeHint {
        match &self.content {
            Content::Whole(bytes) => {
                let length = bytes.len().saturating_add(self.rest.len());
                SizeHint::with_exact(u64::try_from(length).unwrap_or(u64::MAX))
            }
            Content::Streamed { .. } => SizeHint::default(),
        }
    }
}
