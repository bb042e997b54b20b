//! One connection up to its first request: admits it within the limits, reads for whom a trusted proxy opened it, and performs
//! the TLS handshake.

use std::sync::Arc;

use socket2::SockRef;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_util::sync::CancellationToken;

use crate::metrics::Metrics;
use crate::server::admission::{self, AdmittedConnection, ConnectionRefusal};
use crate::server::client_address::Peer;
use crate::server::http_connection::{self, Negotiated};
use crate::server::in_flight::InFlightRequests;
use crate::server::listener_state::ListenerState;
use crate::server::proxy_protocol::{self, ProxiedPeer};
use crate::wiped_stream::WipedStream;

/// Bytes that the kernel takes for a client before they can be sent. It would take some megabytes, and it would be long before
/// a slow client is seen to take any of them. The usual value where answers are multiplexed.
const MAX_UNSENT_BYTES: u32 = 16_384;

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

/// Starts a task that serves a connection, or refuses it.
pub(super) fn accept(
    stream: TcpStream,
    peer: Peer,
    state: &Arc<ListenerState>,
    drain: &CancellationToken,
    connections: &mut JoinSet<()>,
) {
    let metrics = state.server.load().state.metrics.clone();
    metrics.connections.inc();
    let admitted = match admit(peer, state) {
        Ok(admitted) => admitted,
        Err(refusal) => return refuse(stream, refusal, state),
    };
    set_options(&stream, state);
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
            Err(refusal) => refuse(stream, refusal, &state),
        }
    });
}

/// Sets the options of a socket. None of them is needed, so errors are dropped.
fn set_options(stream: &TcpStream, state: &ListenerState) {
    // Nagle's algorithm would delay a small response until the client acknowledges the previous one.
    drop(stream.set_nodelay(true));
    let socket = SockRef::from(stream);
    drop(socket.set_tcp_notsent_lowat(MAX_UNSENT_BYTES));
    // What a client does not acknowledge stays in the kernel's memory, even after the socket is closed.
    drop(socket.set_tcp_user_timeout(Some(state.idle_time)));
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
        () = serve(stream, peer, in_flight, state, drain) => {}
        () = admitted.evicted() => {}
    }
}

fn refuse(stream: TcpStream, refusal: ConnectionRefusal, state: &ListenerState) {
    // A response before the handshake would not be TLS.
    if state.tls.is_none() {
        admission::refuse(stream, refusal).ok();
    }
}

/// Reads the PROXY protocol header with which a trusted proxy begins a connection. `None` if there is no valid one within
/// `head_time`; a metric counts that.
async fn read_proxied_peer(mut stream: TcpStream, state: &ListenerState) -> Option<(TcpStream, Peer)> {
    // The error is dropped: the metric says enough.
    match in_time(proxy_protocol::read(&mut stream), state).await {
        Some(Ok(ProxiedPeer::Address(address))) => Some((stream, Peer::Address(address))),
        Some(Ok(ProxiedPeer::Unknown)) => Some((stream, Peer::Unknown)),
        Some(Err(_)) | None => {
            state.server.load().state.metrics.proxy_headers_rejected.inc();
            None
        }
    }
}

/// Performs the TLS handshake, if there is one, and serves the connection.
async fn serve(
    stream: TcpStream,
    peer: Peer,
    in_flight: InFlightRequests,
    state: &ListenerState,
    drain: CancellationToken,
) {
    if let Some(tls) = &state.tls {
        let acceptor = TlsAcceptor::from(tls.load_full());
        // On the heap, so that connections without TLS do not have room for it.
        let Some((stream, is_h2, sni_matches)) = Box::pin(handshake(stream, acceptor, peer, state)).await else {
            return;
        };
        let negotiated = Negotiated { peer, in_flight, is_h2, sni_matches };
        return Box::pin(http_connection::serve(stream, negotiated, state, drain)).await;
    }
    http_connection::serve(stream, Negotiated { peer, in_flight, is_h2: false, sni_matches: true }, state, drain).await;
}

/// Performs the TLS handshake. Returns the stream, whether HTTP/2 was selected, and whether the host named in SNI is one of ours.
async fn handshake(
    stream: TcpStream,
    acceptor: TlsAcceptor,
    peer: Peer,
    state: &ListenerState,
) -> Option<(Box<TlsStream<WipedStream<TcpStream>>>, bool, bool)> {
    let handshake = async {
        // Nothing is built for a connection that is silent.
        stream.readable().await.ok()?;
        let head = state.connection_share(peer).begin().ok()?;
        // The error of a failed handshake may quote what the client sent, so it is dropped.
        let stream = acceptor.accept(WipedStream::new(stream)).await.ok()?;
        drop(head);
        Some(Box::new(stream))
    };
    let stream = in_time(handshake, state).await.flatten()?;
    let (_, session) = stream.get_ref();
    let is_h2 = session.alpn_protocol() == Some(b"h2");
    let sni_matches = session.server_name().is_none_or(|name| {
        let server = state.server.load();
        server.hosts.iter().any(|host| without_port(host).eq_ignore_ascii_case(name))
    });
    Some((stream, is_h2, sni_matches))
}

/// Waits for what precedes the first request, for `head_time` and until the drain cuts it off.
async fn in_time<F: Future>(arrival: F, state: &ListenerState) -> Option<F::Output> {
    let cut_off = state.server.load().cut_off.clone();
    cut_off.run_until_cancelled(tokio::time::timeout(state.head_time, arrival)).await?.ok()
}

fn without_port(host: &str) -> &str {
    host.rsplit_once(':').map_or(host, |(name, _)| name)
}
