//! The stream of one exchange over HTTP/1.1: tells when hyper waits for the next request.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::server::in_flight::InFlightRequests;
use crate::server::paced_stream::PacedStream;

/// What hyper did with the stream while it was polled last.
#[derive(Debug)]
pub(super) struct ExchangeState {
    /// The answers that hyper has not written completely.
    open_answers: InFlightRequests,
    /// It asked for bytes while every request was answered, and there were none.
    waits_for_head: AtomicBool,
    /// It has bytes to write, or writes no more.
    is_writing: AtomicBool,
}

impl ExchangeState {
    pub(super) fn new(open_answers: InFlightRequests) -> Arc<Self> {
        let [waits_for_head, is_writing] = [const { AtomicBool::new(false) }; 2];
        Arc::new(Self { open_answers, waits_for_head, is_writing })
    }

    /// Forgets what hyper asked for before.
    pub(super) fn begin_poll(&self) {
        self.waits_for_head.store(false, Ordering::Relaxed);
    }

    /// Whether hyper waits for the head of the next request: every request is answered, everything is written, and it asked for
    /// bytes after that. If it asks for the rest of a body after the answer, it closes the connection before it waits again.
    pub(super) fn is_between_requests(&self) -> bool {
        self.waits_for_head.load(Ordering::Relaxed) && self.has_written_all()
    }

    /// Whether every request is answered and everything is written.
    pub(super) fn has_written_all(&self) -> bool {
        !self.open_answers.any() && !self.is_writing.load(Ordering::Relaxed)
    }
}

/// The stream of one exchange.
#[derive(Debug)]
pub(super) struct ExchangeStream<S> {
    stream: PacedStream<S>,
    state: Arc<ExchangeState>,
}

impl<S> ExchangeStream<S> {
    pub(super) fn new(stream: PacedStream<S>, state: Arc<ExchangeState>) -> Self {
        Self { stream, state }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for ExchangeStream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        let waits_for_head = read.is_pending() && !self.state.open_answers.any();
        self.state.waits_for_head.store(waits_for_head, Ordering::Relaxed);
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for ExchangeStream<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.state.is_writing.store(true, Ordering::Relaxed);
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.state.is_writing.store(true, Ordering::Relaxed);
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    /// hyper flushes after it has written everything.
    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(context);
        self.state.is_writing.store(!matches!(flushed, Poll::Ready(Ok(()))), Ordering::Relaxed);
        flushed
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.state.is_writing.store(true, Ordering::Relaxed);
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
