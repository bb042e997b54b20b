//! Time limits of one connection, at its bytes: how long it may stay silent, and how long a request's
//! headers may take from their first byte on. hyper has one timer for both; a browser that keeps a
//! connection open and an attacker that sends a byte a second need two.

use std::future::Future as _;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Sleep;

use crate::time;

/// How many requests of a connection are being answered: one over HTTP/1.1, several over HTTP/2.
#[derive(Debug, Clone, Default)]
pub struct InFlightRequests(Arc<AtomicUsize>);

/// A request that is being answered, until it is dropped.
#[derive(Debug)]
pub struct InFlightRequest(Arc<AtomicUsize>);

impl InFlightRequests {
    /// Says that a request has arrived whole.
    #[must_use]
    pub fn begin(&self) -> InFlightRequest {
        self.0.fetch_add(1, Ordering::Relaxed);
        InFlightRequest(self.0.clone())
    }

    fn is_busy(&self) -> bool {
        self.0.load(Ordering::Relaxed) > 0
    }
}

impl Drop for InFlightRequest {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A stream with time limits.
#[derive(Debug)]
pub struct TimeoutStream<S> {
    stream: S,
    idle: Duration,
    head: Duration,
    busy: InFlightRequests,
    /// When bytes last moved.
    moved: Instant,
    /// Whether the client does not take what was written last.
    stuck: bool,
    /// When the first byte of a request came, until the request is whole.
    begun: Option<Instant>,
    timer: Pin<Box<Sleep>>,
}

impl<S> TimeoutStream<S> {
    /// Wraps a stream.
    pub fn new(stream: S, idle: Duration, head: Duration, busy: InFlightRequests) -> Self {
        let now = time::instant();
        Self {
            stream,
            idle,
            head,
            busy,
            moved: now,
            stuck: false,
            begun: None,
            timer: Box::pin(tokio::time::sleep(head.min(idle))),
        }
    }

    /// Ready where a limit is passed. The timer is looked at when it fires and set anew for what is
    /// left, so that bytes cost no timer.
    fn poll_limits(&mut self, context: &mut Context<'_>) -> Poll<()> {
        while self.timer.as_mut().poll(context).is_ready() {
            let now = time::instant();
            if self.busy.is_busy() && !self.stuck {
                // Who waits for an answer is not idle; partners have time limits of their own.
                self.moved = now;
                self.begun = None;
            }
            let idle_left = self.idle.checked_sub(now.duration_since(self.moved));
            let head_left = match self.begun {
                Some(begun) => self.head.checked_sub(now.duration_since(begun)),
                None => Some(self.head),
            };
            match (idle_left, head_left) {
                (Some(idle), Some(head)) => self.timer.as_mut().reset((now + idle.min(head)).into()),
                (None, _) | (_, None) => return Poll::Ready(()),
            }
        }
        Poll::Pending
    }

    fn note_read(&mut self, got: usize) {
        if got == 0 {
            return;
        }
        self.moved = time::instant();
        if self.busy.is_busy() {
            self.begun = None;
        } else {
            self.begun.get_or_insert(self.moved);
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for TimeoutStream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        if self.busy.is_busy() {
            self.begun = None;
        }
        self.note_read(buffer.filled().len().saturating_sub(before));
        if read.is_pending() && self.poll_limits(context).is_ready() {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for TimeoutStream<S> {
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

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

impl<S> TimeoutStream<S> {
    /// A client that does not take its answer is as silent as one that does not ask.
    fn after_write(&mut self, context: &mut Context<'_>, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        self.stuck = written.is_pending();
        if written.is_ready() {
            self.moved = time::instant();
            self.begun = None;
        } else if self.poll_limits(context).is_ready() {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        written
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    const MS: Duration = Duration::from_millis(1);

    async fn read_all(mut stream: TimeoutStream<tokio::io::DuplexStream>) -> io::Result<usize> {
        let mut total = 0;
        let mut buffer = [0; 64];
        loop {
            match stream.read(&mut buffer).await? {
                0 => return Ok(total),
                got => total += got,
            }
        }
    }

    #[tokio::test]
    async fn silence_and_dripping_end_and_a_busy_stream_goes_on() {
        let (_client, server) = tokio::io::duplex(64);
        let silent = read_all(TimeoutStream::new(server, 50 * MS, 5_000 * MS, InFlightRequests::default())).await;
        assert_eq!(silent.unwrap_err().kind(), io::ErrorKind::TimedOut);

        for (busy, ends) in [(false, true), (true, false)] {
            let (mut client, server) = tokio::io::duplex(64);
            let state = InFlightRequests::default();
            let _answering = busy.then(|| state.begin());
            let reading = tokio::spawn(read_all(TimeoutStream::new(server, 5_000 * MS, 100 * MS, state.clone())));
            for _ in 0..10 {
                if client.write_all(b"x").await.is_err() {
                    break;
                }
                tokio::time::sleep(25 * MS).await;
            }
            drop(client);
            assert_eq!(reading.await.unwrap().is_err(), ends, "busy: {busy}");
        }
    }
}
