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

use crate::clients::open_connections::OpenConnections;
use crate::metrics::Metrics;
use crate::server::admission::{self, AdmittedConnection, ConnectionRefusal, HeadShare};
use crate::server::client_address::Peer;
use crate::server::proxy_protocol::{self, ProxiedPeer};
use crate::server::public_server::PublicServer;
use crate::server::request_source::RequestSource;
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

/// What all connections share.
#[derive(Debug, Clone)]
pub struct ListenerState {
    /// The configured service, replaced as a whole on reload.
    pub server: Arc<ArcSwap<PublicServer>>,
    /// TLS, if this listener terminates it.
    pub tls: Option<Arc<ArcSwap<ServerConfig>>>,
    /// Bounds the open connections.
    pub connections: OpenConnections,
    /// Connections from trusted proxies begin with a PROXY protocol header.
    pub proxy_protocol: bool,
    /// Time for the head of a request, for a TLS handshake, and for a PROXY protocol header.
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
                Ok((stream, address)) => {
                    accept(stream, Peer::Address(address.ip()), &state, &drain, &mut connections);
                }
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

/// Counts a connection in the gauge until it is dropped.
struct CountedConnection(Arc<Metrics>);

impl CountedConnection {
    fn new(metrics: Arc<Metrics>) -> Self {
        metrics.connections_open.inc();
        Self(metrics)
    }
}

impl Drop for CountedConnection {
    fn drop(&mut self) {
        self.0.connections_open.dec();
    }
}

fn accept(
    stream: TcpStream,
    peer: Peer,
    state: &ListenerState,
    drain: &CancellationToken,
    connections: &mut JoinSet<()>,
) {
    let metrics = state.server.load().state.metrics.clone();
    metrics.connections.inc();
    let admitted = match admit(peer, state) {
        Ok(admitted) => admitted,
        Err(refusal) => return state.refuse(stream, refusal),
    };
    // Nagle's algorithm would delay a small response until the client acknowledges the previous one.
    drop(stream.set_nodelay(true));
    let (state, drain) = (state.clone(), drain.clone());
    connections.spawn(async move {
        let _counted = CountedConnection::new(metrics);
        if !state.proxy_protocol || !peer.is_trusted(&state.server.load().trusted_proxies) {
            return serve_until_evicted(stream, peer, admitted, &state, drain).await;
        }
        let Some((stream, peer)) = read_proxied_peer(stream, &state).await else { return };
        // The client that the proxy names takes the place of the proxy.
        drop(admitted);
        match admit(peer, &state) {
            Ok(admitted) => serve_until_evicted(stream, peer, admitted, &state, drain).await,
            Err(refusal) => state.refuse(stream, refusal),
        }
    });
}

fn admit(peer: Peer, state: &ListenerState) -> Result<AdmittedConnection, ConnectionRefusal> {
    let server = state.server.load();
    let app = &server.state;
    admission::admit(peer, &server.trusted_proxies, &app.limiter, &state.connections, &app.metrics)
}

async fn serve_until_evicted(
    stream: TcpStream,
    peer: Peer,
    admitted: AdmittedConnection,
    state: &ListenerState,
    drain: CancellationToken,
) {
    let in_flight = InFlightRequests::counted_by(admitted.requests.clone());
    tokio::select! {
        () = handshake(stream, peer, in_flight, state, drain) => {}
        () = admitted.evicted() => {}
    }
}

impl ListenerState {
    fn refuse(&self, stream: TcpStream, refusal: ConnectionRefusal) {
        // A response before the handshake would not be TLS.
        if self.tls.is_none() {
            admission::refuse(stream, refusal).ok();
        }
    }
}

/// Reads the PROXY protocol header with which a trusted proxy begins a connection. `None` if there is no valid one within
/// `head_time`; a metric counts that.
async fn read_proxied_peer(mut stream: TcpStream, state: &ListenerState) -> Option<(TcpStream, Peer)> {
    // The error is dropped: the metric says enough.
    match tokio::time::timeout(state.head_time, proxy_protocol::read(&mut stream)).await {
        Ok(Ok(ProxiedPeer::Address(address))) => Some((stream, Peer::Address(address))),
        Ok(Ok(ProxiedPeer::Unknown)) => Some((stream, Peer::Unknown)),
        Ok(Err(_)) | Err(_) => {
            state.server.load().state.metrics.proxy_headers_rejected.inc();
            None
        }
    }
}

/// Performs the TLS handshake, if there is one, and serves the connection.
async fn handshake(
    stream: TcpStream,
    peer: Peer,
    in_flight: InFlightRequests,
    state: &ListenerState,
    drain: CancellationToken,
) {
    let Some(tls) = &state.tls else {
        let negotiated = Negotiated { peer, in_flight, is_h2: false, sni_matches: true };
        return serve(stream, negotiated, state, drain).await;
    };
    let Ok(head) = head_share(peer, state).begin() else { return };
    let handshake = TlsAcceptor::from(tls.load_full()).accept(stream);
    // The error of a failed handshake may quote what the client sent, so it is dropped.
    let Ok(Ok(stream)) = tokio::time::timeout(state.head_time, handshake).await else { return };
    drop(head);
    let (_, session) = stream.get_ref();
    let is_h2 = session.alpn_protocol() == Some(b"h2");
    let sni_matches = session.server_name().is_none_or(|name| {
        let server = state.server.load();
        server.hosts.iter().any(|host| without_port(host).eq_ignore_ascii_case(name))
    });
    serve(stream, Negotiated { peer, in_flight, is_h2, sni_matches }, state, drain).await;
}

fn head_share(peer: Peer, state: &ListenerState) -> HeadShare {
    let server = state.server.load();
    HeadShare::of(peer, &server.trusted_proxies, &server.state.limiter)
}

fn without_port(host: &str) -> &str {
    host.rsplit_once(':').map_or(host, |(name, _)| name)
}

/// What is known of a connection before its first request.
#[derive(Debug)]
struct Negotiated {
    /// Who is at its other end.
    peer: Peer,
    /// Counts its requests in flight.
    in_flight: InFlightRequests,
    /// The client selected HTTP/2 by ALPN (RFC 7301).
    is_h2: bool,
    /// The client named no host in SNI (RFC 6066 section 3), or one of ours.
    sni_matches: bool,
}

async fn serve<S>(stream: S, negotiated: Negotiated, state: &ListenerState, drain: CancellationToken)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let Negotiated { peer, in_flight, is_h2, sni_matches } = negotiated;
    // On HTTP/2 the bytes of many requests mix, so the time of a single head cannot be measured.
    let head_time = if is_h2 { state.idle_time } else { state.head_time };
    let heads = head_share(peer, state);
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
