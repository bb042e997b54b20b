//! The body of a response: complete, or a page whose middle part arrives from a partner in chunks.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use http_body_util::Full;
use tokio::sync::{mpsc, oneshot};

use crate::search::PageStream;
use crate::server::timeouts::InFlightRequest;

/// The body of a response.
#[derive(Debug)]
pub struct ResponseBody {
    content: Content,
    /// Counts the answer as open until the body is dropped.
    open: Option<InFlightRequest>,
}

#[derive(Debug)]
enum Content {
    /// A complete body of known length.
    Whole(Full<Bytes>),
    /// A page that is sent while a partner's page arrives.
    Streamed {
        /// Sent first. `None` once it was sent.
        head: Option<Bytes>,
        /// The rewritten chunks. An empty chunk marks the end of the page.
        chunks: mpsc::Receiver<Bytes>,
        /// Sent after the chunks. `None` once it was sent.
        foot: Option<Bytes>,
        /// Ready when the partner sends no more. `None` once a task waits for it.
        partner_done: Option<oneshot::Receiver<()>>,
    },
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
        Self { content: Content::Whole(Full::new(bytes)), open: None }
    }

    /// A streamed body between a head and a foot.
    #[must_use]
    pub fn streamed(head: String, stream: PageStream, foot: String) -> Self {
        let PageStream { chunks, partner_done } = stream;
        let (head, foot) = (Some(head.into()), Some(foot.into()));
        Self { content: Content::Streamed { head, chunks, foot, partner_done: Some(partner_done) }, open: None }
    }

    /// Counts the answer as open until all of it was taken from here.
    #[must_use]
    pub fn hold_open(mut self, open: InFlightRequest) -> Self {
        self.open = Some(open);
        self
    }

    /// Keeps the request in flight for as long as the partner sends. What remains after that waits for the client, and the
    /// client's idle timeout applies, even if the connection is not polled.
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
}

impl http_body::Body for ResponseBody {
    type Data = Bytes;
    type Error = TruncatedPage;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, TruncatedPage>>> {
        match &mut self.content {
            Content::Whole(body) => Pin::new(body).poll_frame(context).map_err(|never| match never {}),
            Content::Streamed { head, chunks, foot, .. } => {
                if let Some(head) = head.take() {
                    return Poll::Ready(Some(Ok(Frame::data(head))));
                }
                if foot.is_none() {
                    return Poll::Ready(None);
                }
                Poll::Ready(match ready!(chunks.poll_recv(context)) {
                    Some(chunk) if chunk.is_empty() => foot.take().map(|foot| Ok(Frame::data(foot))),
                    Some(chunk) => Some(Ok(Frame::data(chunk))),
                    None => Some(Err(TruncatedPage)),
                })
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.content {
            Content::Whole(body) => body.is_end_stream(),
            Content::Streamed { foot, .. } => foot.is_none(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.content {
            Content::Whole(body) => body.size_hint(),
            Content::Streamed { .. } => SizeHint::default(),
        }
    }
}
