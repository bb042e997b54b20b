//! Serves HTTP/1.1 on a connection. hyper is there from the end of a request's head to the end of its answer only: between
//! requests a connection consists of its socket and an empty buffer.

use std::future::{Future as _, poll_fn};
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use hyper::server::conn::http1::Builder;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio_util::sync::{CancellationToken, WaitForCancellationFuture};
use zeroize::Zeroize as _;

use crate::problem::Problem;
use crate::server::admission::ConnectionShare;
use crate::server::connection_service::{ConnectionService, RefusalService};
use crate::server::exchange_stream::{ExchangeState, ExchangeStream};
use crate::server::paced_stream::{PacedStream, Stalled};
use crate::server::progress::Pace;
use crate::server::request_head::{HeadBuffer, HeadLimits, NoHead};

/// hyper rejects a request with more header lines without a response body. The configurable limit is below and rejects it with
/// a problem document first.
const MAX_HEADER_LINES: usize = 1_000;

/// Lines up to which hyper parses a head within its own arrays (its default of header lines). For a higher limit it allocates arrays of that
/// length for each request, which cost more than the rest of the parsing.
const DEFAULT_HEADER_LINES: usize = 100;

/// hyper's buffer for what follows a head: the smallest that it accepts. A head that was pipelined and is longer is read by
/// [`HeadBuffer`].
const MIN_BUFFER_BYTES: usize = 8_192;

/// How long a connection may take to close: to say so under TLS, and to read what the client is still sending.
const CLOSE_TIME: Duration = Duration::from_secs(1);

/// Bytes that are read from a client before the connection closes after an answer that it did not wait for. If any were left,
/// the client's system would discard the answer (RFC 9112 section 9.6).
const MAX_DISCARDED_BYTES: usize = 1 << 20;

/// A head that stands for one that is too long, so that hyper writes the response.
const REPLACED_HEAD: &[u8] = b"GET / HTTP/1.1\r\nconnection: close\r\n\r\n";

/// What a connection needs beside its stream.
#[derive(Debug)]
pub(super) struct Http1Settings {
    /// The limits on a head.
    pub(super) head: HeadLimits,
    /// The client's share of incomplete heads.
    pub(super) heads: ConnectionShare,
    /// How slowly the client may take an answer.
    pub(super) pace: Pace,
    /// Cancelled a moment after the drain began: when the first request must have arrived.
    pub(super) cut_off: CancellationToken,
}

/// Serves requests until the connection ends, or until the running one is answered once `drain` is ready. The first request of a
/// connection has a moment longer to arrive: its client may not send it again, as it may where a kept connection was closed.
pub(super) async fn serve<S>(
    mut stream: S,
    service: &ConnectionService,
    settings: &Http1Settings,
    mut drain: Pin<&mut WaitForCancellationFuture<'_>>,
) where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut head = HeadBuffer::default();
    let mut is_kept = false;
    loop {
        let closing = async {
            drain.as_mut().await;
            if !is_kept {
                settings.cut_off.cancelled().await;
            }
        };
        let read = tokio::select! {
            biased;
            read = head.read(&mut stream, &settings.head, &settings.heads) => read,
            () = closing => Err(NoHead::Closed),
        };
        is_kept = true;
        let problem = match read {
            Ok(()) => {
                let exchange = exchange(&mut stream, head.into_bytes().into(), service, settings, drain.as_mut());
                let Some(rest) = Box::pin(exchange).await else { return };
                head = HeadBuffer::from_incomplete(&rest);
                continue;
            }
            Err(NoHead::Closed | NoHead::TimedOut | NoHead::Refused) => return close(stream).await,
            Err(NoHead::TargetTooLong) => Problem::UriTooLong,
            Err(NoHead::HeadTooLong) => Problem::HeadersTooLarge,
        };
        drop(head);
        return Box::pin(refuse(stream, service.refusal(problem), settings.pace)).await;
    }
}

/// Serves the request whose head is in `bytes`, and those that were sent with it. Returns the bytes of a next head that is
/// incomplete, or `None` if the connection ended.
async fn exchange<S>(
    stream: &mut S,
    bytes: Bytes,
    service: &ConnectionService,
    settings: &Http1Settings,
    mut drain: Pin<&mut WaitForCancellationFuture<'_>>,
) -> Option<Bytes>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let state = ExchangeState::new(service.open_answers.clone());
    let max_buffer = settings.head.head_bytes.max(MIN_BUFFER_BYTES).max(bytes.len());
    let mut builder = builder(max_buffer);
    if may_have_many_lines(&bytes) {
        builder.max_headers(MAX_HEADER_LINES);
    }
    let stalled = Stalled::default();
    let paced = PacedStream::new(&mut *stream, bytes, settings.pace, stalled.clone());
    let exchange_stream = TokioIo::new(ExchangeStream::new(paced, state.clone()));
    let mut connection = builder.serve_connection(exchange_stream, service);
    let (mut is_draining, mut closing) = (false, None);
    let is_kept = poll_fn(|context| {
        loop {
            state.begin_poll();
            // The error of a connection may quote what the client sent, so it is dropped.
            if Pin::new(&mut connection).poll(context).is_ready() {
                return Poll::Ready(false);
            }
            if is_draining || drain.as_mut().poll(context).is_pending() {
                break;
            }
            // After the request has been read: hyper closes a connection at once that has none.
            is_draining = true;
            Pin::new(&mut connection).graceful_shutdown();
        }
        if state.is_between_requests() {
            return Poll::Ready(true);
        }
        if !state.has_written_all() {
            closing = None;
            return Poll::Pending;
        }
        // It waits for the rest of a body that nobody wants.
        let closing = closing.get_or_insert_with(|| Box::pin(tokio::time::sleep(CLOSE_TIME)));
        closing.as_mut().poll(context).map(|()| false)
    });
    if is_kept.await {
        return Some(connection.into_parts().read_buf);
    }
    drop(connection);
    if stalled.is_set() {
        service.count_stalled();
    } else {
        tokio::time::timeout(CLOSE_TIME, discard(stream)).await.ok();
    }
    None
}

fn builder(max_buffer: usize) -> Builder {
    let mut builder = Builder::new();
    // A client may close its sending side after the request and still wait for the response (RFC 9112 section 9.6).
    builder.half_close(true);
    builder.max_buf_size(max_buffer).header_read_timeout(None);
    builder
}

/// Whether hyper could find a head of many lines in the course of an exchange that begins with these bytes: in them, or after the body of a
/// method that has one.
fn may_have_many_lines(bytes: &[u8]) -> bool {
    let lines = memchr::memchr_iter(b'\n', bytes).count();
    lines > DEFAULT_HEADER_LINES || !(bytes.starts_with(b"GET ") || bytes.starts_with(b"HEAD "))
}

/// Answers a request whose head is too long, and closes the connection.
async fn refuse<S>(mut stream: S, service: RefusalService, pace: Pace)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let replaced = Bytes::from_static(REPLACED_HEAD);
    let paced = PacedStream::new(&mut stream, replaced, pace, Stalled::default());
    drop(builder(MIN_BUFFER_BYTES).serve_connection(TokioIo::new(paced), service).await);
    tokio::time::timeout(CLOSE_TIME, discard(&mut stream)).await.ok();
}

/// Reads what the client is still sending.
async fn discard<S: AsyncRead + Unpin>(stream: &mut S) {
    let mut buffer = [0; MIN_BUFFER_BYTES];
    let mut left = MAX_DISCARDED_BYTES;
    while let Ok(bytes @ 1..) = stream.read(&mut buffer).await
        && left > 0
    {
        left = left.saturating_sub(bytes);
    }
    buffer.zeroize();
}

async fn close<S: AsyncWrite + Unpin>(mut stream: S) {
    let closing = pin!(stream.shutdown());
    tokio::time::timeout(CLOSE_TIME, closing).await.ok();
}
