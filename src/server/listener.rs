//! Sockets: one listener a worker thread on the same address (SO_REUSEPORT), connections within their
//! limit, HTTP/1.1 and HTTP/2, and an orderly end.

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
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use crate::concurrency_limit::ConcurrencyLimit;
use crate::metrics::Metrics;
use crate::server::response::Response;
use crate::server::timeouts::{InFlightRequests, TimeoutStream};
use crate::server::{PublicServer, answer};

/// Connections that wait to be accepted, for each worker: what the kernel takes by default at most.
const BACKLOG: i32 = 4_096;

/// hyper refuses longer heads by itself and without a word; ours, which is far below, refuses them with
/// a problem document first.
const HARD_HEAD_BYTES: usize = 131_072;
/// Likewise for the number of lines.
const HARD_HEAD_LINES: usize = 1_000;
/// Streams at once on one HTTP/2 connection: what browsers open to one site.
const STREAMS: u32 = 100;
/// Pause after a failed accept: out of descriptors, most likely, and a loop would not free any.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// The answer to a connection beyond the limit, which no request was read of: `write::problem` would say
/// the same.
const FULL: &str = "HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/problem+json\r\nreferrer-policy: no-referrer\r\n\
cache-control: no-store\r\nx-content-type-options: nosniff\r\nretry-after: 5\r\nconnection: close\r\ncontent-length: 85\r\n\r\n\
{\"type\":\"about:blank\",\"title\":\"Service Unavailable\",\"status\":503,\"code\":\"overloaded\"}";
/// How often a draining worker looks whether the last searches are done.
const IDLE_PAUSE: Duration = Duration::from_millis(10);

/// What all connections share.
#[derive(Debug, Clone)]
pub struct ListenerState {
    /// The door, replaced as a whole on reload.
    pub door: Arc<ArcSwap<PublicServer>>,
    /// TLS, where this listener speaks it.
    pub tls: Option<Arc<ArcSwap<ServerConfig>>>,
    /// How many connections may be open.
    pub connections: ConcurrencyLimit,
    /// Time for a request's head, and for a TLS handshake.
    pub head_time: Duration,
    /// Time that a connection may stay silent.
    pub idle_time: Duration,
    /// Time for running requests once draining began.
    pub drain_time: Duration,
}

/// Binds one listener for each worker to one address. Port 0 takes a free one, the same for all.
///
/// # Errors
/// The operating system's; `AddrInUse` also where another process of ours has the address.
pub fn bind(address: SocketAddr, workers: usize) -> io::Result<(SocketAddr, Vec<TcpListener>)> {
    if address.port() != 0 {
        // With SO_REUSEPORT a second process could bind, too, and the two would share the requests. A
        // socket without it is refused where anyone listens.
        socket(address, false)?;
    }
    let first = socket(address, true)?;
    let address = first.local_addr()?;
    let mut listeners = vec![first];
    while listeners.len() < workers {
        listeners.push(socket(address, true)?);
    }
    Ok((address, listeners))
}

fn socket(address: SocketAddr, shared: bool) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    socket.set_reuse_address(true)?;
    socket.set_reuse_port(shared)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

/// Accepts and serves until `drain` turns true, then lets running requests end within their time.
///
/// # Errors
/// Where the listener cannot be handed to the runtime.
pub async fn run(listener: TcpListener, listening: ListenerState, drain: watch::Receiver<bool>) -> io::Result<()> {
    let mut draining = drain.clone();
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let mut open = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => accept(stream, &listening, &drain, &mut open),
                Err(_) => {
                    listening.door.load().parts.metrics.accepts_failed.inc();
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            },
            Some(_) = open.join_next() => {}
            () = ended(&mut draining) => break,
        }
    }
    drop(listener);
    // Searches whose client left run on in tasks of their own, and are still to be counted.
    let searches = listening.door.load().parts.searches_in_flight.clone();
    let all = async {
        while open.join_next().await.is_some() {}
        while !searches.is_idle() {
            tokio::time::sleep(IDLE_PAUSE).await;
        }
    };
    // Whoever is not done by then is cut off: the administrator asked us to stop.
    drop(tokio::time::timeout(listening.drain_time, all).await);
    Ok(())
}

/// Counts a connection as open for as long as it lives, however it ends.
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

/// Returns once draining began; a sender that is gone means the same.
async fn ended(drain: &mut watch::Receiver<bool>) {
    drop(drain.wait_for(|drain| *drain).await);
}

fn accept(stream: TcpStream, listening: &ListenerState, drain: &watch::Receiver<bool>, open: &mut JoinSet<()>) {
    let metrics = listening.door.load().parts.metrics.clone();
    metrics.connections.inc();
    let Some(permit) = listening.connections.permit() else {
        metrics.connections_refused.inc();
        if listening.tls.is_none() {
            turn_away(stream).ok();
        }
        return;
    };
    // Without it, small answers would wait for the client's acknowledgement of the ones before.
    drop(stream.set_nodelay(true));
    let (listening, drain) = (listening.clone(), drain.clone());
    open.spawn(async move {
        let _held = (permit, OpenConnection::new(metrics));
        connect(stream, &listening, drain).await;
    });
}

/// Says why, as far as it goes without waiting.
fn turn_away(stream: TcpStream) -> io::Result<()> {
    use std::io::Write as _;
    let mut stream = stream.into_std()?;
    stream.write_all(FULL.as_bytes())?;
    stream.shutdown(std::net::Shutdown::Write)
}

async fn connect(stream: TcpStream, listening: &ListenerState, drain: watch::Receiver<bool>) {
    let Some(tls) = &listening.tls else {
        return serve(stream, false, true, listening, drain).await;
    };
    let handshake = TlsAcceptor::from(tls.load_full()).accept(stream);
    // Why a handshake failed may quote the client; it ends here.
    let Ok(Ok(stream)) = tokio::time::timeout(listening.head_time, handshake).await else { return };
    let (_, session) = stream.get_ref();
    let h2 = session.alpn_protocol() == Some(b"h2");
    let known_name = session.server_name().is_none_or(|name| {
        let door = listening.door.load();
        door.hosts.iter().any(|host| without_port(host).eq_ignore_ascii_case(name))
    });
    serve(stream, h2, known_name, listening, drain).await;
}

fn without_port(host: &str) -> &str {
    host.rsplit_once(':').map_or(host, |(name, _)| name)
}

async fn serve<S>(stream: S, h2: bool, known_name: bool, listening: &ListenerState, drain: watch::Receiver<bool>)
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + 'static + std::marker::Send,
{
    let busy = InFlightRequests::default();
    let head_time = if h2 { listening.idle_time } else { listening.head_time };
    let stream = TokioIo::new(TimeoutStream::new(stream, listening.idle_time, head_time, busy.clone()));
    let door = listening.door.clone();
    let service = service_fn(move |request: Request<Incoming>| {
        let (door, busy) = (door.load_full(), busy.clone());
        async move {
            let answering = busy.begin();
            let response: Response = answer(&door, request, known_name).await;
            Ok::<_, Infallible>(response.map(|body| body.under_way(answering)))
        }
    });
    if h2 {
        serve_h2(stream, service, drain).await;
    } else {
        serve_h1(stream, service, drain).await;
    }
}

async fn serve_h1<I, S>(stream: I, service: S, mut drain: watch::Receiver<bool>)
where
    I: hyper::rt::Read + hyper::rt::Write + Unpin,
    S: Service<Request<Incoming>, Response = Response, Error = Infallible>,
{
    let mut builder = hyper::server::conn::http1::Builder::new();
    // A client that has said all may close its side and still wants its answer (RFC 9112 section 9.6).
    builder.half_close(true);
    builder.max_buf_size(HARD_HEAD_BYTES).max_headers(HARD_HEAD_LINES).header_read_timeout(None);
    let mut connection = pin!(builder.serve_connection(stream, service));
    tokio::select! {
        // Errors of a connection may quote its bytes; they end here.
        ended = connection.as_mut() => return drop(ended),
        () = ended(&mut drain) => connection.as_mut().graceful_shutdown(),
    }
    drop(connection.await);
}

async fn serve_h2<I, S>(stream: I, service: S, mut drain: watch::Receiver<bool>)
where
    I: hyper::rt::Read + hyper::rt::Write + Unpin,
    S: Service<Request<Incoming>, Response = Response, Error = Infallible>,
    S::Future: std::marker::Send + 'static,
{
    let mut builder = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
    let most = u32::try_from(HARD_HEAD_BYTES).unwrap_or(u32::MAX);
    builder.timer(TokioTimer::new()).max_concurrent_streams(STREAMS).max_header_list_size(most);
    let mut connection = pin!(builder.serve_connection(stream, service));
    tokio::select! {
        ended = connection.as_mut() => return drop(ended),
        () = ended(&mut drain) => connection.as_mut().graceful_shutdown(),
    }
    drop(connection.await);
}
