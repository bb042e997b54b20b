//! Timeouts of one connection, measured at its bytes: how long it may be idle, and how long the head of a request may take
//! from its first byte on. hyper has one timer for both, but a browser that keeps its connection open needs a long one,
//! and an attacker that sends a byte a second a short one.

use std::future::Future as _;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Sleep;

use crate::clients::share::SharePermit;
use crate::server::admission::{HeadShare, TooManyHeads};
use crate::time;

/// Counts the requests in flight on a connection: at most one over HTTP/1.1, several over HTTP/2.
#[derive(Debug, Clone, Default)]
pub struct InFlightRequests(Arc<AtomicUsize>);

/// Counts one request as in flight until it is dropped.
#[derive(Debug)]
pub struct InFlightRequest(Arc<AtomicUsize>);

impl InFlightRequests {
    /// Counts in this number.
    #[must_use]
    pub fn counted_by(number: Arc<AtomicUsize>) -> Self {
        Self(number)
    }

    /// Counts a request whose head has arrived.
    #[must_use]
    pub fn begin(&self) -> InFlightRequest {
        self.0.fetch_add(1, Ordering::Relaxed);
        InFlightRequest(self.0.clone())
    }

    /// Whether there is one.
    #[must_use]
    pub fn any(&self) -> bool {
        self.0.load(Ordering::Relaxed) > 0
    }
}

impl Drop for InFlightRequest {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The head of a request that is arriving.
#[derive(Debug)]
struct IncompleteHead {
    started: Instant,
    _permit: Option<SharePermit>,
}

/// A stream that fails with `TimedOut` when a timeout expires, and with `ConnectionRefused` when the head of a request begins
/// for which the client's share has no place.
#[derive(Debug)]
pub struct TimeoutStream<S> {
    stream: S,
    idle_timeout: Duration,
    head_timeout: Duration,
    in_flight: InFlightRequests,
    /// When a byte was last read or written.
    last_activity: Instant,
    /// The last write is pending: the client does not read.
    write_blocked: bool,
    /// The head of a request that has begun to arrive. `None` once it is complete.
    head: Option<IncompleteHead>,
    heads: HeadShare,
    timer: Pin<Box<Sleep>>,
}

impl<S> TimeoutStream<S> {
    /// Wraps a stream. `in_flight` tells it whether the server is working on a request, `heads` is the client's share of
    /// incomplete heads.
    pub fn new(
        stream: S,
        idle_timeout: Duration,
        head_timeout: Duration,
        in_flight: InFlightRequests,
        heads: HeadShare,
    ) -> Self {
        let now = time::instant();
        Self {
            stream,
            idle_timeout,
            head_timeout,
            in_flight,
            last_activity: now,
            write_blocked: false,
            head: None,
            heads,
            timer: Box::pin(tokio::time::sleep(head_timeout.min(idle_timeout))),
        }
    }

    /// Ready when a timeout has expired. The timer is not reset with every byte: when it fires, it is set to the time that
    /// remains.
    fn poll_timeouts(&mut self, context: &mut Context<'_>) -> Poll<()> {
        while self.timer.as_mut().poll(context).is_ready() {
            let now = time::instant();
            if self.in_flight.any() && !self.write_blocked {
                // A client that waits for a response is not idle. Requests to partners have timeouts of their own.
                self.last_activity = now;
                self.head = None;
            }
            let idle_left = self.idle_timeout.checked_sub(now.duration_since(self.last_activity));
            let head_left = match &self.head {
                Some(head) => self.head_timeout.checked_sub(now.duration_since(head.started)),
                None => Some(self.head_timeout),
            };
            match (idle_left, head_left) {
                (Some(idle), Some(head)) => self.timer.as_mut().reset((now + idle.min(head)).into()),
                (None, _) | (_, None) => return Poll::Ready(()),
            }
        }
        Poll::Pending
    }

    /// Notes that bytes have arrived.
    ///
    /// # Errors
    /// They begin a head, and the client's share has no place for it.
    fn after_read(&mut self, bytes: usize) -> io::Result<()> {
        if bytes == 0 {
            return Ok(());
        }
        self.last_activity = time::instant();
        if self.in_flight.any() {
            self.head = None;
        } else if self.head.is_none() {
            let permit = self.heads.begin().map_err(|TooManyHeads| io::ErrorKind::ConnectionRefused)?;
            self.head = Some(IncompleteHead { started: self.last_activity, _permit: permit });
        }
        Ok(())
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
        if self.in_flight.any() {
            self.head = None;
        }
        self.after_read(buffer.filled().len().saturating_sub(before))?;
        if read.is_pending() && self.poll_timeouts(context).is_ready() {
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
    /// A client that does not read its response is idle, like one that sends no request.
    fn after_write(&mut self, context: &mut Context<'_>, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        self.write_blocked = written.is_pending();
        if written.is_ready() {
            self.last_activity = time::instant();
            self.head = None;
        } else if self.poll_timeouts(context).is_ready() {
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
                bytes => total += bytes,
            }
        }
    }

    #[tokio::test]
    async fn idle_and_slow_connections_time_out_and_one_with_a_request_in_flight_does_not() {
        let (_client, server) = tokio::io::duplex(64);
        let idle = read_all(TimeoutStream::new(
            server,
            50 * MS,
            5_000 * MS,
            InFlightRequests::default(),
            HeadShare::default(),
        ))
        .await;
        assert_eq!(idle.unwrap_err().kind(), io::ErrorKind::TimedOut);

        for (has_request, times_out) in [(false, true), (true, false)] {
            let (mut client, server) = tokio::io::duplex(64);
            let in_flight = InFlightRequests::default();
            let _request = has_request.then(|| in_flight.begin());
            let stream = TimeoutStream::new(server, 5_000 * MS, 100 * MS, in_flight.clone(), HeadShare::default());
            let reading = tokio::spawn(read_all(stream));
            for _ in 0..10 {
                if client.write_all(b"x").await.is_err() {
                    break;
                }
                tokio::time::sleep(25 * MS).await;
            }
            drop(client);
            assert_eq!(reading.await.unwrap().is_err(), times_out, "request in flight: {has_request}");
        }
    }
}
