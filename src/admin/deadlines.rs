//! Deadlines of one connection to the admin listener: for the head of a request, for its answer until the client has taken it,
//! and for being idle in between. Each is absolute: a byte now and then does not move it.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::clients::share::SharePermit;
use crate::time;

/// Time for the head of a request, from its first byte on; for the first one from the connection's beginning.
pub(super) const HEAD_TIME: Duration = Duration::from_secs(10);
/// Time from a request's head until the client has taken the whole answer: enough for a few megabytes over a slow line.
pub(super) const ANSWER_TIME: Duration = Duration::from_secs(60);
/// Time between an answer and the next request: longer than the usual interval of scrapes.
pub(super) const IDLE_TIME: Duration = Duration::from_secs(75);

/// What a connection is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// It waits for the first byte of a request.
    Idle,
    /// A head is arriving; the first one is expected from the beginning on.
    Head,
    /// A request is being answered.
    Answer,
    /// The answer is complete and the client takes it.
    Write,
}

#[derive(Debug)]
struct DeadlineState {
    phase: Phase,
    deadline: Instant,
    /// The places of reports whose answers the client has not taken yet.
    reports: Vec<SharePermit>,
}

/// The deadlines of a connection, shared by its stream and its requests.
#[derive(Debug, Clone)]
pub(super) struct Deadlines(Arc<Mutex<DeadlineState>>);

impl Deadlines {
    /// Of a connection that begins now.
    pub(super) fn begin() -> Self {
        let deadline = time::instant() + HEAD_TIME;
        Self(Arc::new(Mutex::new(DeadlineState { phase: Phase::Head, deadline, reports: Vec::new() })))
    }

    /// Waits until a deadline has passed.
    pub(super) async fn passed(&self) {
        loop {
            let deadline = self.lock().deadline;
            if time::instant() >= deadline {
                return;
            }
            tokio::time::sleep_until(deadline.into()).await;
        }
    }

    /// The head of a request is complete. One that was sent before the client has taken the previous answer has the deadline of
    /// that answer.
    pub(super) fn request_began(&self) {
        let mut progress = self.lock();
        if !matches!(progress.phase, Phase::Answer | Phase::Write) {
            progress.deadline = time::instant() + ANSWER_TIME;
        }
        progress.phase = Phase::Answer;
    }

    /// The answer is complete. `report` is returned once the client has taken it.
    pub(super) fn answered(&self, report: Option<SharePermit>) {
        let mut progress = self.lock();
        progress.phase = Phase::Write;
        progress.reports.extend(report);
    }

    fn bytes_arrived(&self) {
        let mut progress = self.lock();
        if progress.phase == Phase::Idle {
            progress.phase = Phase::Head;
            progress.deadline = time::instant() + HEAD_TIME;
        }
    }

    fn all_written(&self) {
        let mut progress = self.lock();
        if progress.phase == Phase::Write {
            progress.phase = Phase::Idle;
            progress.deadline = time::instant() + IDLE_TIME;
            progress.reports.clear();
        }
    }

    /// Every change under the lock is complete, so a poisoned lock protects a valid state.
    fn lock(&self) -> std::sync::MutexGuard<'_, DeadlineState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A stream that tells the deadlines what it moves. hyper flushes it when everything that it had to write is written.
#[derive(Debug)]
pub(super) struct WatchedStream<S> {
    stream: S,
    deadlines: Deadlines,
}

impl<S> WatchedStream<S> {
    /// Watches a stream.
    pub(super) fn new(stream: S, deadlines: Deadlines) -> Self {
        Self { stream, deadlines }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for WatchedStream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        if buffer.filled().len() > before {
            self.deadlines.bytes_arrived();
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for WatchedStream<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(context);
        if matches!(flushed, Poll::Ready(Ok(()))) {
            self.deadlines.all_written();
        }
        flushed
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    fn state(deadlines: &Deadlines) -> (Phase, Duration) {
        let progress = deadlines.lock();
        (progress.phase, progress.deadline.saturating_duration_since(time::instant()))
    }

    #[tokio::test]
    async fn a_deadline_is_set_at_each_step_and_not_moved_by_bytes() {
        let (mut client, server) = tokio::io::duplex(64);
        let deadlines = Deadlines::begin();
        let mut stream = WatchedStream::new(server, deadlines.clone());
        let first = deadlines.lock().deadline;
        for _ in 0..3 {
            client.write_all(b"x").await.unwrap();
            stream.read_exact(&mut [0]).await.unwrap();
        }
        stream.flush().await.unwrap();
        assert_eq!(state(&deadlines).0, Phase::Head);
        assert_eq!(deadlines.lock().deadline, first);
        deadlines.request_began();
        stream.flush().await.unwrap();
        let (phase, left) = state(&deadlines);
        assert!(phase == Phase::Answer && left > IDLE_TIME.min(ANSWER_TIME) - HEAD_TIME, "{phase:?} {left:?}");
        let answer = deadlines.lock().deadline;
        deadlines.answered(None);
        deadlines.request_began();
        deadlines.answered(None);
        assert_eq!(deadlines.lock().deadline, answer, "a request behind an answer that was not taken");
        stream.flush().await.unwrap();
        assert_eq!(state(&deadlines).0, Phase::Idle);
        assert!(state(&deadlines).1 > ANSWER_TIME);
        client.write_all(b"x").await.unwrap();
        stream.read_exact(&mut [0]).await.unwrap();
        assert!(state(&deadlines).0 == Phase::Head && state(&deadlines).1 <= HEAD_TIME);
    }

    #[test]
    fn a_stream_that_is_not_taken_keeps_its_report() {
        use crate::clients::Clients;
        use crate::clients::share::{self, ShareKind};
        use crate::concurrency_limit::ConcurrencyLimit;
        let (total, clients) = (ConcurrencyLimit::new(4), Clients::new(1_000));
        let client = clients.named("192.0.2.1".parse().unwrap());
        let permit = share::take(&client, ShareKind::Requests, 2, Some(&total), false).unwrap();
        let deadlines = Deadlines::begin();
        deadlines.request_began();
        deadlines.answered(Some(permit));
        assert_eq!(total.free(), 3);
        deadlines.all_written();
        assert_eq!(total.free(), 4);
    }
}
