//! A stream whose client must take what is written: it ends if the client takes nothing, or less than a rate.

use std::future::Future as _;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Instant;

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Sleep;

use crate::server::admission::ConnectionShare;
use crate::server::progress::{Allowance, ConnectionProgress, Pace};
use crate::time;

/// Bytes read in one turn of a connection, after which other tasks run. PING and SETTINGS frames of so many bytes take about 0.3 ms
/// to answer, as long as one slice of any other work; what a client sends otherwise, heads and forms, is shorter.
const READ_TURN_BYTES: usize = 16 * 1024;

/// Set when a client took too little.
#[derive(Debug, Clone, Default)]
pub(super) struct Stalled(Arc<AtomicBool>);

impl Stalled {
    /// Whether the client took too little.
    pub(super) fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// A stream that begins with bytes that were read before, and fails with `TimedOut` when its client takes too little.
#[derive(Debug)]
pub(super) struct PacedStream<S> {
    stream: S,
    first: Bytes,
    /// Bytes read since the last turn ended.
    read_in_turn: usize,
    /// Bounds how often a turn may begin.
    share: ConnectionShare,
    /// When the next turn may begin, if the client has used up its share.
    next_turn: Option<Pin<Box<Sleep>>>,
    allowance: Allowance,
    /// Since when the client takes nothing, and when that ends the connection.
    blocked: Option<(Instant, Pin<Box<Sleep>>)>,
    stalled: Stalled,
    /// Told when the client takes nothing.
    progress: Option<Arc<ConnectionProgress>>,
}

impl<S> PacedStream<S> {
    /// Wraps a stream of which `first` was read before.
    pub(super) fn new(stream: S, first: Bytes, pace: Pace, stalled: Stalled) -> Self {
        Self {
            stream,
            first,
            read_in_turn: 0,
            share: ConnectionShare::default(),
            next_turn: None,
            allowance: Allowance::new(pace),
            blocked: None,
            stalled,
            progress: None,
        }
    }

    /// Tells `progress` when the client takes nothing.
    pub(super) fn reporting_to(mut self, progress: Arc<ConnectionProgress>) -> Self {
        self.progress = Some(progress);
        self
    }

    /// Lets the client send no faster than its share.
    pub(super) fn reading_within(mut self, share: ConnectionShare) -> Self {
        self.share = share;
        self
    }

    /// Ready when bytes may be read. After each turn other tasks run first, and a client that has used up its share waits.
    fn poll_turn(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if self.read_in_turn < READ_TURN_BYTES {
            return Poll::Ready(());
        }
        loop {
            if let Some(timer) = &mut self.next_turn {
                ready!(timer.as_mut().poll(context));
            }
            self.next_turn = self.share.wait_before_reading().map(|wait| Box::pin(tokio::time::sleep(wait)));
            if self.next_turn.is_none() {
                self.read_in_turn = self.read_in_turn.saturating_sub(READ_TURN_BYTES);
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
        }
    }

    fn after_write(&mut self, context: &mut Context<'_>, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if let Poll::Ready(result) = written {
            if let Some((since, _)) = self.blocked.take() {
                self.allowance.wait(time::instant().saturating_duration_since(since));
                self.report(false);
            }
            let bytes = result.as_ref().map_or(0, |bytes| *bytes);
            self.allowance.refill(u64::try_from(bytes).unwrap_or(u64::MAX), 1);
            return Poll::Ready(result);
        }
        if self.blocked.is_none() {
            self.blocked = Some((time::instant(), Box::pin(tokio::time::sleep(self.allowance.left()))));
            self.report(true);
        }
        let is_late = self.blocked.as_mut().is_some_and(|(_, timer)| timer.as_mut().poll(context).is_ready());
        if !is_late {
            return Poll::Pending;
        }
        self.stalled.0.store(true, Ordering::Relaxed);
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }

    fn report(&self, is_blocked: bool) {
        if let Some(progress) = &self.progress {
            progress.set_blocked(is_blocked);
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for PacedStream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        ready!(self.poll_turn(context));
        if self.first.is_empty() {
            let filled = buffer.filled().len();
            let read = Pin::new(&mut self.stream).poll_read(context, buffer);
            self.read_in_turn = self.read_in_turn.saturating_add(buffer.filled().len().saturating_sub(filled));
            return read;
        }
        let length = self.first.len().min(buffer.remaining());
        buffer.put_slice(&self.first.split_to(length));
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for PacedStream<S> {
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

    /// TLS keeps bytes that the socket does not take, and writes them here.
    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(context).map_ok(|()| 0);
        self.after_write(context, flushed).map_ok(|_| ())
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let closed = Pin::new(&mut self.stream).poll_shutdown(context).map_ok(|()| 0);
        self.after_write(context, closed).map_ok(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::poll_fn;
    use std::time::Duration;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    /// Writes 4 kB to a client that takes `bytes` every 50 ms. Returns whether all of it was taken.
    async fn is_written(bytes: usize) -> bool {
        let (mut client, server) = tokio::io::duplex(64);
        let pace = Pace { stall_time: Duration::from_millis(500), bytes_per_second: 500 };
        let mut stream = PacedStream::new(server, Bytes::new(), pace, Stalled::default());
        let writing = tokio::spawn(async move { stream.write_all(&[0; 4_000]).await });
        let mut buffer = vec![0; bytes];
        while bytes > 0 && !writing.is_finished() {
            tokio::time::sleep(Duration::from_millis(50)).await;
            client.read_exact(&mut buffer).await.ok();
        }
        writing.await.is_ok_and(|written| written.is_ok())
    }

    #[tokio::test]
    async fn a_client_that_takes_little_does_not_keep_the_stream() {
        assert!(is_written(1_000).await, "20 kB/s");
        assert!(is_written(200).await, "4 kB/s");
        assert!(!is_written(1).await, "20 B/s");
        assert!(!is_written(0).await);
    }

    #[tokio::test]
    async fn a_client_that_sends_without_end_gives_others_their_turn() {
        const SENT: usize = 1 << 20;
        let (sent, pace) = (vec![0; SENT], Pace { stall_time: Duration::from_secs(5), bytes_per_second: 1 });
        let mut stream = PacedStream::new(sent.as_slice(), Bytes::new(), pace, Stalled::default());
        let (mut read, mut turns) = (0, 0);
        loop {
            let mut space = [0; 4096];
            let mut buffer = ReadBuf::new(&mut space);
            let polled = poll_fn(|context| Poll::Ready(Pin::new(&mut stream).poll_read(context, &mut buffer))).await;
            match (polled, buffer.filled().len()) {
                (Poll::Pending, _) => turns += 1,
                (Poll::Ready(_), 0) => break,
                (Poll::Ready(_), bytes) => read += bytes,
            }
        }
        assert_eq!((read, turns), (SENT, SENT / READ_TURN_BYTES));
    }

    #[tokio::test]
    async fn begins_with_what_was_read_before() {
        let (mut client, server) = tokio::io::duplex(64);
        let pace = Pace { stall_time: Duration::from_secs(5), bytes_per_second: 1 };
        let mut stream = PacedStream::new(server, Bytes::from_static(b"abc"), pace, Stalled::default());
        client.write_all(b"def").await.unwrap();
        drop(client);
        let mut read = Vec::new();
        stream.read_to_end(&mut read).await.unwrap();
        assert_eq!(read, b"abcdef");
    }
}
