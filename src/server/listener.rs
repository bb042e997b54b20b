//! Sockets and connections: one listener for each worker thread on the same address (`SO_REUSEPORT`), a limit on open
//! connections, HTTP/1.1 and HTTP/2, and draining at shutdown.

use std::convert::Infallible;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use http::Request;
use hyper::body::Incoming;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use rustls::ServerConfig;
use socket2::{Domain, Socket, Type};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use crate::concurrency_limit::ConcurrencyLimit;
use crate::metrics::Metrics;
use crate::server::public_server::PublicServer;
use crate::server::response::Response;
use crate::server::router;
use crate::server::timeouts::{InFlightRequests, TimeoutStream};

/// Connections that may wait to be accepted, for each worker: the kernel's default maximum.
const BACKLOG: i32 = 4_096;

/// hyper rejects a longer request head without a response body. The configurable limit is far below and rejects it with a
/// problem document first.
const HYPER_MAX_HEAD_BYTES: usize = 131_072;

/// The same for the number of header lines.
const HYPER_MAX_HEADER_LINES: usize = 1_000;

/// Concurrent streams of an HTTP/2 connection: the minimum that RFC 9113 section 6.5.2 recommends.
const MAX_CONCURRENT_STREAMS: u32 = 100;

/// Pause after a failed accept. The most likely cause is a lack of file descriptors, which an immediate retry would not
/// cure.
const ACCEPT_RETRY_PAUSE: Duration = Duration::from_millis(50);

/// The response on a connection beyond the limit, from which no request was read. It equals the problem document of
/// `overloaded`, without its `detail`.
const OVERLOADED_RESPONSE: &str = "HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/problem+json\r\nreferrer-policy: no-referrer\r\n\
cache-control: no-store\r\nx-content-type-options: nosniff\r\nretry-after: 5\r\nconnection: close\r\ncontent-length: 85\r\n\r\n\
{\"type\":\"about:blank\",\"title\":\"Service Unavailable\",\"status\":503,\"code\":\"overloaded\"}";

/// What all connections share.
#[derive(Debug, Clone)]
pub struct ListenerState {
    /// The configured service, replaced as a whole on reload.
    pub server: Arc<ArcSwap<PublicServer>>,
    /// TLS, if this listener terminates it.
    pub tls: Option<Arc<ArcSwap<ServerConfig>>>,
    /// Bounds the open connections.
    pub connections: ConcurrencyLimit,
    /// Time for the head of a request, and for a TLS handshake.
    pub head_time: Duration,
    /// Time for which a connection may be idle.
    pub idle_time: Duration,
    /// Time for running requests to finish once draining has begun.
    pub drain_time: Duration,
}

/// Binds one listener for each worker to the same address. Port 0 selects a free port, the same for all workers.
///
/// # Errors
/// Those of the operating system: `AddrInUse` also if another process of this program listens on the address.
pub fn bind(address: SocketAddr, workers: usize) -> io::Result<(SocketAddr, Vec<TcpListener>)> {
    if address.port() != 0 {
        // With SO_REUSEPORT, a second process could bind to the address and would get a share of the connections. A
        // socket without it cannot be bound while anyone listens there.
        bind_socket(address, false)?;
    }
    let first = bind_socket(address, true)?;
    let address = first.local_addr()?;
    let mut listeners = vec![first];
    while listeners.len() < workers {
        listeners.push(bind_socket(address, true)?);
    }
    Ok((address, listeners))
}

fn bind_socket(address: SocketAddr, reuse_port: bool) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    socket.set_reuse_address(true)?;
    socket.set_reuse_port(reuse_port)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

/// Accepts and serves connections until `drain` is cancelled, then waits up to `drain_time` for running requests.
///
/// # Errors
/// If the runtime cannot take over the listener.
pub async fn run(listener: TcpListener, state: ListenerState, drain: CancellationToken) -> io::Result<()> {
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => accept(stream, &state, &drain, &mut connections),
                Err(_) => {
                    state.server.load().state.metrics.accepts_failed.inc();
                    tokio::time::sleep(ACCEPT_RETRY_PAUSE).await;
                }
            },
            // A panic in a connection has been reported by the panic hook.
            Some(_) = connections.join_next() => {}
            () = drain.cancelled() => break,
        }
    }
    drop(listener);
    // A search whose client disconnected continues in a task of its own and has yet to be counted.
    let searches = state.server.load().state.searches.clone();
    let all_finished = async {
        while connections.join_next().await.is_some() {}
        searches.close();
        searches.wait().await;
    };
    // What has not finished in time is aborted: the administrator asked for the shutdown.
    drop(tokio::time::timeout(state.drain_time, all_finished).await);
    Ok(())
}

/// Counts a connection as open until it is dropped.
struct OpenConnection(Arc<Metrics>);

impl OpenConnection {
    fn new(metrics: Arc<Metrics>) -> Self {
        metrics.connections_open.inc();
        Self(metrics)
    }
}

impl Drop for OpenConnection {
    fn drop(&mut self) {
        self.0.connections_open.dec();
    }
}

fn accept(stream: TcpStream, state: &ListenerState, drain: &CancellationToken, connections: &mut JoinSet<()>) {
    let metrics = state.server.load().state.metrics.clone();
    metrics.connections.inc();
    let Some(permit) = state.connections.permit() else {
        metrics.connections_refused.inc();
        if state.tls.is_none() {
            refuse(stream).ok();
        }
        return;
    };
    // Nagle's algorithm would delay a small response until the client acknowledges the previous one.
    drop(stream.set_nodelay(true));
    let (state, drain) = (state.clone(), drain.clone());
    connections.spawn(async move {
        let _guards = (permit, OpenConnection::new(metrics));
        handshake(stream, &state, drain).await;
    });
}

/// Writes the response for a connection beyond the limit, as far as the socket takes it without blocking.
fn refuse(stream: TcpStream) -> io::Result<()> {
    use std::io::Write as _;
    let mut stream = stream.into_std()?;
    stream.write_all(OVERLOADED_RESPONSE.as_bytes())?;
    stream.shutdown(std::net::Shutdown::Write)
}

/// Performs the TLS handshake, if there is one, and serves the connection.
async fn handshake(stream: TcpStream, state: &ListenerState, drain: CancellationToken) {
    let Some(tls) = &state.tls else {
        return serve(stream, Negotiated { is_h2: false, sni_matches: true }, state, drain).await;
    };
    let handshake = TlsAcceptor::from(tls.load_full()).accept(stream);
    // The error of a failed handshake may quote what the client sent, so it is dropped.
    let Ok(Ok(stream)) = tokio::time::timeout(state.head_time, handshake).await else { return };
    let (_, session) = stream.get_ref();
    let is_h2 = session.alpn_protocol() == Some(b"h2");
    let sni_matches = session.server_name().is_none_or(|name| {
        let server = state.server.load();
        server.hosts.iter().any(|host| without_port(host).eq_ignore_ascii_case(name))
    });
    serve(stream, Negotiated { is_h2, sni_matches }, state, drain).await;
}

fn without_port(host: &str) -> &str {
    host.rsplit_once(':').map_or(host, |(name, _)| name)
}

/// What the TLS handshake established.
#[derive(Debug, Clone, Copy)]
struct Negotiated {
    /// The client selected HTTP/2 by ALPN (RFC 7301).
    is_h2: bool,
    /// The client named no host in SNI (RFC 6066 section 3), or one of ours.
    sni_matches: bool,
}

async fn serve<S>(stream: S, negotiated: Negotiated, state: &ListenerState, drain: CancellationToken)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let Negotiated { is_h2, sni_matches } = negotiated;
    let in_flight = InFlightRequests::default();
    // On HTTP/2 the bytes of many requests mix, so the time of a single head cannot be measured.
    let head_time = if is_h2 { state.idle_time } else { state.head_time };
    let stream = TokioIo::new(TimeoutStream::new(stream, state.idle_time, head_time, in_flight.clone()));
    let server = state.server.clone();
    let service = service_fn(move |request: Request<Incoming>| {
        let (server, in_flight) = (server.load_full(), in_flight.clone());
        async move {
            let in_flight = in_flight.begin();
            let response: Response = router::answer(&server, request, sni_matches).await;
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
