//! Listening sockets: one for each worker thread on the same address (`SO_REUSEPORT`), and draining at shutdown.

use std::future::poll_fn;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use socket2::{Domain, Socket, Type};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::server::client_address::Peer;
use crate::server::connection;
use crate::server::listener_state::ListenerState;

/// Connections that may wait to be accepted, for each worker: the kernel's default maximum.
const BACKLOG: i32 = 4_096;

/// Pause after a failed accept. The most likely cause is a lack of file descriptors, which an immediate retry would not
/// cure.
const ACCEPT_RETRY_PAUSE: Duration = Duration::from_millis(50);

/// How long requests that are under way may still arrive once draining has begun: the first of a connection, and bodies. A client
/// that has just connected would see its connection closed otherwise, and may not try again. Longer than it takes to reach a
/// phone, and short, because nobody is served meanwhile.
const ARRIVAL_TIME: Duration = Duration::from_millis(500);

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

/// Accepts and serves connections until `drain` is cancelled, then those that wait to be accepted, and waits up to `drain_time` for
/// running requests.
///
/// # Errors
/// If the runtime cannot take over a listener.
pub async fn run(listeners: Vec<TcpListener>, state: ListenerState, drain: CancellationToken) -> io::Result<()> {
    let listeners = listeners.into_iter().map(tokio::net::TcpListener::from_std).collect::<io::Result<Vec<_>>>()?;
    let state = Arc::new(state);
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = accept_from(&listeners) => match accepted {
                Ok((stream, address)) => {
                    connection::accept(stream, Peer::Address(address.ip()), &state, &drain, &mut connections);
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
    for listener in listeners {
        accept_waiting(listener, |stream, address| {
            connection::accept(stream, Peer::Address(address.ip()), &state, &drain, &mut connections);
        });
    }
    let cut_off = state.server.load().cut_off.clone();
    tokio::task::spawn(async move {
        tokio::time::sleep(ARRIVAL_TIME).await;
        cut_off.cancel();
    });
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

/// Accepts a connection from any of the listeners.
async fn accept_from(listeners: &[tokio::net::TcpListener]) -> io::Result<(TcpStream, SocketAddr)> {
    poll_fn(|context| {
        let accepted = listeners.iter().find_map(|listener| match listener.poll_accept(context) {
            Poll::Ready(accepted) => Some(accepted),
            Poll::Pending => None,
        });
        accepted.map_or(Poll::Pending, Poll::Ready)
    })
    .await
}

/// Accepts the connections that wait, and closes the listener. What the kernel had queued would be reset otherwise, unless another
/// process has the socket, too.
fn accept_waiting(listener: tokio::net::TcpListener, mut accept: impl FnMut(TcpStream, SocketAddr)) {
    // The operating system is asked, not the runtime, which learns of new connections later.
    let Ok(listener) = listener.into_std() else { return };
    for _ in 0..BACKLOG {
        let Ok((stream, address)) = listener.accept() else { return };
        let stream = stream.set_nonblocking(true).and_then(|()| TcpStream::from_std(stream));
        if let Ok(stream) = stream {
            accept(stream, address);
        }
    }
}
