//! Serves HTTP/1.1 or HTTP/2 on a connection.

use std::convert::Infallible;
use std::pin::pin;

use http::Request;
use hyper::body::Incoming;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_util::sync::CancellationToken;

use crate::server::client_address::Peer;
use crate::server::listener_state::ListenerState;
use crate::server::request_source::RequestSource;
use crate::server::response::Response;
use crate::server::router;
use crate::server::timeouts::{InFlightRequests, TimeoutStream};

/// hyper rejects a longer request head without a response body. The configurable limit is far below and rejects it with a
/// problem document first.
const HYPER_MAX_HEAD_BYTES: usize = 131_072;

/// The same for the number of header lines.
const HYPER_MAX_HEADER_LINES: usize = 1_000;

/// Concurrent streams of an HTTP/2 connection: the minimum that RFC 9113 section 6.5.2 recommends.
const MAX_CONCURRENT_STREAMS: u32 = 100;

/// What is known of a connection before its first request.
#[derive(Debug)]
pub(super) struct Negotiated {
    /// Who is at its other end.
    pub(super) peer: Peer,
    /// Counts its requests in flight.
    pub(super) in_flight: InFlightRequests,
    /// The client selected HTTP/2 by ALPN (RFC 7301).
    pub(super) is_h2: bool,
    /// The client named no host in SNI (RFC 6066 section 3), or one of ours.
    pub(super) sni_matches: bool,
}

/// Serves a connection until it ends, or until running requests are answered once `drain` is cancelled.
pub(super) async fn serve<S>(stream: S, negotiated: Negotiated, state: &ListenerState, drain: CancellationToken)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let Negotiated { peer, in_flight, is_h2, sni_matches } = negotiated;
    // On HTTP/2 the bytes of many requests mix, so the time of a single head cannot be measured.
    let head_time = if is_h2 { state.idle_time } else { state.head_time };
    let heads = state.head_share(peer);
    let stream = TokioIo::new(TimeoutStream::new(stream, state.idle_time, head_time, in_flight.clone(), heads));
    let server = state.server.clone();
    let service = service_fn(move |request: Request<Incoming>| {
        let (server, in_flight) = (server.load_full(), in_flight.clone());
        async move {
            let in_flight = in_flight.begin();
            let source = RequestSource::new(peer, request.headers(), sni_matches, &server);
            let response: Response = router::answer(&server, request, &source).await;
            Ok::<_, Infallible>(response.map(|body| body.hold_in_flight(in_flight)))
        }
    });
    if is_h2 {
        serve_h2(stream, service, drain).await;
    } else {
        serve_h1(stream, service, drain).await;
    }
}

async fn serve_h1<I, S>(stream: I, service: S, drain: CancellationToken)
where
    I: hyper::rt::Read + hyper::rt::Write + Unpin,
    S: Service<Request<Incoming>, Response = Response, Error = Infallible>,
{
    let mut builder = hyper::server::conn::http1::Builder::new();
    // A client may close its sending side after the request and still wait for the response (RFC 9112 section 9.6).
    builder.half_close(true);
    builder.max_buf_size(HYPER_MAX_HEAD_BYTES).max_headers(HYPER_MAX_HEADER_LINES).header_read_timeout(None);
    let mut connection = pin!(builder.serve_connection(stream, service));
    tokio::select! {
        // The error of a connection may quote what the client sent, so it is dropped.
        ended = connection.as_mut() => return drop(ended),
        () = drain.cancelled() => connection.as_mut().graceful_shutdown(),
    }
    drop(connection.await);
}

async fn serve_h2<I, S>(stream: I, service: S, drain: CancellationToken)
where
    I: hyper::rt::Read + hyper::rt::Write + Unpin,
    S: Service<Request<Incoming>, Response = Response, Error = Infallible>,
    S::Future: Send + 'static,
{
    let mut builder = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
    let max_head_bytes = u32::try_from(HYPER_MAX_HEAD_BYTES).unwrap_or(u32::MAX);
    builder
        .timer(TokioTimer::new())
        .max_concurrent_streams(MAX_CONCURRENT_STREAMS)
        .max_header_list_size(max_head_bytes);
    let mut connection = pin!(builder.serve_connection(stream, service));
    tokio::select! {
        ended = connection.as_mut() => return drop(ended),
        () = drain.cancelled() => connection.as_mut().graceful_shutdown(),
    }
    drop(connection.await);
}
