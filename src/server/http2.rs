//! Serves HTTP/2 on a connection. PING, SETTINGS and WINDOW_UPDATE frames keep nothing: a connection stays open for requests and
//! for the bytes of answers, and each answer for its own bytes. Whatever a client sends, it sends no faster than its rate of requests
//! needs.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use hyper::server::conn::http2::Builder;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_util::sync::CancellationToken;
use zeroize::Zeroize as _;

use crate::server::admission::ConnectionShare;
use crate::server::connection_service::ConnectionService;
use crate::server::http2_stream::StreamExecutor;
use crate::server::in_flight::InFlightRequests;
use crate::server::paced_stream::{PacedStream, Stalled};
use crate::server::progress::{ConnectionProgress, Pace};

/// Concurrent streams of a connection: the minimum that RFC 9113 section 6.5.2 recommends.
const MAX_CONCURRENT_STREAMS: u32 = 100;

/// How often it is checked whether the last answer of a draining connection is complete.
const END_CHECK: Duration = Duration::from_millis(50);

/// How many checks in a row must find no open answer before the connection is dropped: the last answer has this time to leave.
const CHECKS_BEFORE_END: u32 = 5;

/// The window for the bodies of requests, for a stream and for the connection: the initial one of RFC 9113 section 6.9.2. A
/// client may send as much of bodies that nobody reads.
const MIN_WINDOW_BYTES: u32 = 65_535;

/// Bytes of an answer that hyper passes on at once.
const SEND_BUFFER_BYTES: usize = 32_768;

/// Bytes of earlier requests' fields that a client may refer to (RFC 7541 section 4.2): they would stay in memory for as long as the
/// connection, and some clients put the target of a search among them.
const HEADER_TABLE_BYTES: u32 = 0;

/// What RFC 9113 section 10.5.1 counts for a field beside its name and value.
const FIELD_OVERHEAD: usize = 32;

/// How long an idle connection may take to close after GOAWAY.
const CLOSE_TIME: Duration = Duration::from_secs(1);

/// What a connection needs beside its stream.
#[derive(Debug)]
pub(super) struct Http2Settings {
    /// How long no request may begin and no byte of an answer move.
    pub(super) idle_time: Duration,
    /// How slowly the client may take an answer.
    pub(super) pace: Pace,
    /// Bytes of a head. hyper rejects a longer one without a response body; the limit on headers is below and rejects it with
    /// a problem document first.
    pub(super) head_bytes: usize,
    /// Fields of a head.
    pub(super) head_fields: usize,
    /// Bytes of a request body.
    pub(super) body_bytes: usize,
    /// How much the client may send.
    pub(super) share: ConnectionShare,
}

/// Serves requests until the connection ends, or until running ones are answered once `drain` is cancelled.
///
/// A client is told to open no more streams (GOAWAY). One that does not confirm that, or leaves requests incomplete, is left soon
/// after `cut_off`.
pub(super) async fn serve<S>(
    mut stream: S,
    service: ConnectionService,
    settings: &Http2Settings,
    drain: CancellationToken,
    cut_off: CancellationToken,
) where
    S: AsyncRead + AsyncWrite + Unpin,
{
    // Nothing is built for a connection that is silent.
    let first = tokio::select! {
        first = tokio::time::timeout(settings.idle_time, first_bytes(&mut stream)) => first,
        () = cut_off.cancelled() => return,
    };
    let Ok(Some(first)) = first else { return };
    let progress = ConnectionProgress::new(service.in_flight.clone());
    let stalled = service.server.load().state.metrics.answers_stalled.clone();
    let paced = PacedStream::new(stream, first, settings.pace, Stalled::default())
        .reporting_to(progress.clone())
        .reading_within(settings.share.clone());
    let executor = StreamExecutor { progress: progress.clone(), pace: settings.pace, stalled };
    let open_answers = service.open_answers.clone();
    let mut connection = pin!(builder(executor, settings).serve_connection(TokioIo::new(paced), service));
    let (mut idle, mut is_draining) = (pin!(progress.idle(settings.idle_time)), false);
    let mut answered = pin!(wait_until_answered(&open_answers, &cut_off));
    loop {
        tokio::select! {
            // The error of a connection may quote what the client sent, so it is dropped.
            ended = connection.as_mut() => return drop(ended),
            () = idle.as_mut() => break,
            () = answered.as_mut(), if is_draining => return,
            () = drain.cancelled(), if !is_draining => {
                is_draining = true;
                connection.as_mut().graceful_shutdown();
            }
        }
    }
    connection.as_mut().graceful_shutdown();
    drop(tokio::time::timeout(CLOSE_TIME, connection).await);
}

fn builder(executor: StreamExecutor, settings: &Http2Settings) -> Builder<StreamExecutor> {
    let mut builder = Builder::new(executor);
    let list_bytes = settings.head_bytes.saturating_add(settings.head_fields.saturating_mul(FIELD_OVERHEAD));
    let window = u32::try_from(settings.body_bytes).unwrap_or(u32::MAX).max(MIN_WINDOW_BYTES);
    builder
        .timer(TokioTimer::new())
        .max_concurrent_streams(MAX_CONCURRENT_STREAMS)
        .header_table_size(HEADER_TABLE_BYTES)
        .max_header_list_size(u32::try_from(list_bytes).unwrap_or(u32::MAX))
        .initial_stream_window_size(window)
        .initial_connection_window_size(window)
        .max_send_buf_size(SEND_BUFFER_BYTES);
    builder
}

/// Waits for `cut_off`, and until no answer has been open for a while.
async fn wait_until_answered(open_answers: &InFlightRequests, cut_off: &CancellationToken) {
    cut_off.cancelled().await;
    let mut quiet = 0;
    while quiet < CHECKS_BEFORE_END {
        tokio::time::sleep(END_CHECK).await;
        quiet = if open_answers.any() { 0 } else { quiet + 1 };
    }
}

/// Waits for the first bytes; `None` if the connection ended.
async fn first_bytes<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut S) -> Option<Bytes> {
    poll_fn(|context| {
        let mut space = [0; 64];
        let mut buffer = ReadBuf::new(&mut space);
        match Pin::new(&mut *stream).poll_read(context, &mut buffer) {
            Poll::Ready(Ok(())) if !buffer.filled().is_empty() => {
                let first = Bytes::copy_from_slice(buffer.filled());
                buffer.filled_mut().zeroize();
                Poll::Ready(Some(first))
            }
            Poll::Ready(_) => Poll::Ready(None),
            // TLS may have to answer what was read.
            Poll::Pending => match Pin::new(&mut *stream).poll_flush(context) {
                Poll::Ready(Err(_)) => Poll::Ready(None),
                Poll::Ready(Ok(())) | Poll::Pending => Poll::Pending,
            },
        }
    })
    .await
}
