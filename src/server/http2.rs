//! Serves HTTP/2 on a connection.

use std::pin::pin;

use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_util::sync::CancellationToken;

use crate::server::connection_service::ConnectionService;

/// Bytes of a header list beyond which a request is rejected without a response body. The configurable limit is below and
/// rejects it with a problem document first.
const MAX_HEADER_LIST_BYTES: u32 = 131_072;

/// Concurrent streams of a connection: the minimum that RFC 9113 section 6.5.2 recommends.
const MAX_CONCURRENT_STREAMS: u32 = 100;

/// Serves requests until the connection ends, or until running ones are answered once `drain` is cancelled.
pub(super) async fn serve<S>(stream: S, service: ConnectionService, drain: CancellationToken)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut builder = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
    builder
        .timer(TokioTimer::new())
        .max_concurrent_streams(MAX_CONCURRENT_STREAMS)
        .max_header_list_size(MAX_HEADER_LIST_BYTES);
    let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service));
    tokio::select! {
        // The error of a connection may quote what the client sent, so it is dropped.
        ended = connection.as_mut() => return drop(ended),
        () = drain.cancelled() => connection.as_mut().graceful_shutdown(),
    }
    drop(connection.await);
}
