//! Serves HTTP/2 on a connection.

use std::pin::pin;
use std::time::Duration;

use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_util::sync::CancellationToken;

use crate::server::connection_service::ConnectionService;
use crate::server::timeouts::InFlightRequests;

/// Bytes of a header list beyond which a request is rejected without a response body. The configurable limit is below and
/// rejects it with a problem document first.
const MAX_HEADER_LIST_BYTES: u32 = 131_072;

/// Concurrent streams of a connection: the minimum that RFC 9113 section 6.5.2 recommends.
const MAX_CONCURRENT_STREAMS: u32 = 100;

/// How often it is checked whether the last answer of a draining connection is complete.
const END_CHECK: Duration = Duration::from_millis(50);

/// How many checks in a row must find no open answer before the connection is dropped: the last answer has this time to leave.
const CHECKS_BEFORE_END: u32 = 5;

/// Serves requests until the connection ends, or until running ones are answered once `drain` is cancelled.
///
/// A client is told to open no more streams (GOAWAY). One that does not confirm that, or leaves requests incomplete, is left soon
/// after `cut_off`.
pub(super) async fn serve<S>(
    stream: S,
    service: ConnectionService,
    drain: CancellationToken,
    cut_off: CancellationToken,
) where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut builder = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
    builder
        .timer(TokioTimer::new())
        .max_concurrent_streams(MAX_CONCURRENT_STREAMS)
        .max_header_list_size(MAX_HEADER_LIST_BYTES);
    let open_answers = service.open_answers.clone();
    let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service));
    tokio::select! {
        // The error of a connection may quote what the client sent, so it is dropped.
        ended = connection.as_mut() => return drop(ended),
        () = drain.cancelled() => connection.as_mut().graceful_shutdown(),
    }
    tokio::select! {
        ended = connection => drop(ended),
        () = wait_until_answered(&open_answers, &cut_off) => {}
    }
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
