//! The body of a response: in one piece, or a page whose middle comes in pieces as a partner sends it.

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
pub enum ResponseBody {
    /// In one piece, its length known.
    Whole(Full<Bytes>),
    /// What stands before the pieces, until it was sent; the pieces; and what follows them, until it was sent.
    Pieces {
        /// Before them.
        head: Option<Bytes>,
        /// An empty one is the end.
        pieces: mpsc::Receiver<Bytes>,
        /// After them.
        foot: Option<Bytes>,
        /// Ready when no more is to come from the partner.
        over: Option<oneshot::Receiver<()>>,
    },
}

/// The pieces ended without an end: the connection is closed, so that nobody takes the page for whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TruncatedPage;

impl std::fmt::Display for TruncatedPage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the page broke off")
    }
}

impl std::error::Error for TruncatedPage {}

impl ResponseBody {
    /// Pieces with something around them.
    #[must_use]
    pub fn pieces(head: String, pieces: PageStream, foot: String) -> Self {
        let PageStream { chunks: pieces, partner_done: over } = pieces;
        Self::Pieces { head: Some(head.into()), pieces, foot: Some(foot.into()), over: Some(over) }
    }

    /// The same; an answer is under way for as long as the partner sends. What then waits for the client does
    /// so on the client's time, even where the connection does not look for it.
    #[must_use]
    pub fn under_way(mut self, answering: InFlightRequest) -> Self {
        if let Self::Pieces { over, .. } = &mut self
            && let Some(over) = over.take()
        {
            tokio::task::spawn(async move {
                over.await.ok();
                drop(answering);
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
        match &mut *self {
            Self::Whole(body) => Pin::new(body).poll_frame(context).map_err(|never| match never {}),
            Self::Pieces { head, pieces, foot, .. } => {
                if let Some(head) = head.take() {
                    return Poll::Ready(Some(Ok(Frame::data(head))));
                }
                if foot.is_none() {
                    return Poll::Ready(None);
                }
                Poll::Ready(match ready!(pieces.poll_recv(context)) {
                    Some(piece) if piece.is_empty() => foot.take().map(|foot| Ok(Frame::data(foot))),
                    Some(piece) => Some(Ok(Frame::data(piece))),
                    None => Some(Err(TruncatedPage)),
                })
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Whole(body) => body.is_end_stream(),
            Self::Pieces { foot, .. } => foot.is_none(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(body) => body.size_hint(),
            Self::Pieces { .. } => SizeHint::default(),
        }
    }
}
