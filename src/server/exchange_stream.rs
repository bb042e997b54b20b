//! The stream of one exchange over HTTP/1.1: begins with the head that was read before, tells when hyper waits for the next
//! request, and ends a connection whose client does not take its answer.

use std::future::Future as _;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Sleep;

use crate::server::timeouts::InFlightRequests;

/// What hyper did with the stream while it was polled last.
#[derive(Debug)]
pub(super) struct ExchangeState {
    /// The answers that hyper has not written completely.
    open_answers: InFlightRequests,
    /// It asked for bytes while every request was answered, and there were none.
    waits_for_head: AtomicBool,
    /// It has bytes to write, or writes no more.
    is_writing: AtomicBool,
    /// The client took nothing in time.
    is_stalled: AtomicBool,
}

impl ExchangeState {
    pub(super) fn new(open_answers: InFlightRequests) -> Arc<Self> {
        let [waits_for_head, is_writing, is_stalled] = [const { AtomicBool::new(false) }; 3];
        Arc::new(Self { open_answers, waits_for_head, is_writing, is_stalled })
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

    pub(super) fn is_stalled(&self) -> bool {
        self.is_stalled.load(Ordering::Relaxed)
    }
}

/// A stream that begins with `head` and fails with `TimedOut` when its client takes nothing for `stall_time`.
#[derive(Debug)]
pub(super) struct ExchangeStream<S> {
    stream: S,
    head: Bytes,
    stall_time: Duration,
    state: Arc<ExchangeState>,
    /// Set while the client takes nothing.
    stalled: Option<Pin<Box<Sleep>>>,
}

impl<S> ExchangeStream<S> {
    pub(super) fn new(stream: S, head: Bytes, stall_time: Duration, state: Arc<ExchangeState>) -> Self {
        Self { stream, head, stall_time, state, stalled: None }
    }

    fn after_write(&mut self, context: &mut Context<'_>, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        self.state.is_writing.store(true, Ordering::Relaxed);
        if written.is_ready() {
            self.stalled = None;
            return written;
        }
        let stall_time = self.stall_time;
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(tokio::time::sleep(stall_time)));
        match stalled.as_mut().poll(context) {
            Poll::Ready(()) => {
                self.state.is_stalled.store(true, Ordering::Relaxed);
                Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
            }
            Poll::Pending => Poll::Pending,
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for ExchangeStream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.head.is_empty() {
            let length = self.head.len().min(buffer.remaining());
            buffer.put_slice(&self.head.split_to(length));
            return Poll::Ready(Ok(()));
        }
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        let waits_for_head = read.is_pending() && !self.state.open_answers.any();
        self.state.waits_for_head.store(waits_for_head, Ordering::Relaxed);
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for ExchangeStream<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.after_write(context, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.after_write(context, written)
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
