//! The body of a response: in one piece, or a page whose middle comes in pieces as a partner sends it.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use http_body_util::Full;
use tokio::sync::mpsc;

use super::connection::Answering;

/// The body of a response.
#[derive(Debug)]
pub enum Body {
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
        /// Says of the connection that an answer is under way.
        answering: Option<Answering>,
    },
}

/// The pieces ended without an end: the connection is closed, so that nobody takes the page for whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BrokenOff;

impl std::fmt::Display for BrokenOff {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the page broke off")
    }
}

impl std::error::Error for BrokenOff {}

impl Body {
    /// Pieces with something around them.
    #[must_use]
    pub fn pieces(head: String, pieces: mpsc::Receiver<Bytes>, foot: String) -> Self {
        Self::Pieces { head: Some(head.into()), pieces, foot: Some(foot.into()), answering: None }
    }

    /// The same, which is being answered for as long as pieces are to come.
    #[must_use]
    pub fn under_way(mut self, guard: Answering) -> Self {
        if let Self::Pieces { answering, .. } = &mut self {
            *answering = Some(guard);
        }
        self
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = BrokenOff;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BrokenOff>>> {
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
                    None => Some(Err(BrokenOff)),
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
