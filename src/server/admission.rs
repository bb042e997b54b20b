//! Whether a new connection is served: within the total, and within its client's share. A refusal is one write.

use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use tokio::net::TcpStream;

use crate::clients::limiter::{ClientLimiter, RateKind, ShareRefused};
use crate::clients::open_connections::{OpenConnections, RegisteredConnection};
use crate::clients::share::{ShareKind, SharePermit};
use crate::clients::state::Client;
use crate::concurrency_limit::Permit;
use crate::metrics::Metrics;
use crate::server::client_address::{Peer, TrustedProxies};
use crate::state::AppState;

/// The response on a connection beyond the limit, from which no request was read. It equals the problem document of
/// `overloaded`, without its `detail`.
const OVERLOADED_RESPONSE: &str = "HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/problem+json\r\nreferrer-policy: no-referrer\r\n\
cache-control: no-store\r\nx-content-type-options: nosniff\r\nretry-after: 5\r\nconnection: close\r\ncontent-length: 85\r\n\r\n\
{\"type\":\"about:blank\",\"title\":\"Service Unavailable\",\"status\":503,\"code\":\"overloaded\"}";

/// The same for a connection beyond its client's share: `too_many_requests`.
const TOO_MANY_RESPONSE: &str = "HTTP/1.1 429 Too Many Requests\r\ncontent-type: application/problem+json\r\nreferrer-policy: no-referrer\r\n\
cache-control: no-store\r\nx-content-type-options: nosniff\r\nretry-after: 5\r\nconnection: close\r\ncontent-length: 90\r\n\r\n\
{\"type\":\"about:blank\",\"title\":\"Too Many Requests\",\"status\":429,\"code\":\"too_many_requests\"}";

/// How often room is made for one newcomer: another connection can take the place that became free.
const EVICTIONS_FOR_ONE: usize = 3;

/// An admitted connection. Its place is returned on drop.
#[derive(Debug)]
pub(super) struct AdmittedConnection {
    place: ConnectionPlace,
    /// The number of its requests in flight.
    pub(super) requests: Arc<AtomicUsize>,
}

#[derive(Debug)]
enum ConnectionPlace {
    /// Out of a client's share. The connection may have to close for others.
    Client(RegisteredConnection),
    /// Of a trusted proxy, which speaks for many clients and has no share.
    Proxy { _permit: Permit },
}

impl AdmittedConnection {
    /// Waits until the connection must close, because somebody with fewer connections needs its place.
    pub(super) async fn evicted(&self) {
        match &self.place {
            ConnectionPlace::Client(registered) => registered.evicted.cancelled().await,
            ConnectionPlace::Proxy { .. } => std::future::pending().await,
        }
    }
}

/// Why a connection is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ConnectionRefusal {
    /// All connections are in use.
    Total,
    /// The client has its share of them.
    Share,
}

/// Admits a connection from this peer. If all are in use, the client that has most gives one up for somebody who has fewer.
///
/// # Errors
/// [`ConnectionRefusal`]; a metric counts it.
pub(super) fn admit(
    peer: Peer,
    trusted: &TrustedProxies,
    limiter: &ClientLimiter,
    open: &OpenConnections,
    metrics: &Metrics,
) -> Result<AdmittedConnection, ConnectionRefusal> {
    let client = peer.client(trusted, limiter);
    let requests = Arc::<AtomicUsize>::default();
    let mut place = place(client.as_ref(), limiter, open, &requests, false);
    for _ in 0..EVICTIONS_FOR_ONE {
        let may_evict = matches!(place, Err(ConnectionRefusal::Total))
            && limiter.shares_out(ShareKind::Connections, &open.total)
            && open.evict_for(client.as_ref());
        if !may_evict {
            break;
        }
        limiter.count_given_up(ShareKind::Connections);
        place = self::place(client.as_ref(), limiter, open, &requests, true);
    }
    place.map(|place| AdmittedConnection { place, requests }).inspect_err(|_| {
        metrics.connections_refused.inc();
    })
}

fn place(
    client: Option<&Client>,
    limiter: &ClientLimiter,
    open: &OpenConnections,
    requests: &Arc<AtomicUsize>,
    is_room_made: bool,
) -> Result<ConnectionPlace, ConnectionRefusal> {
    let Some(client) = client else {
        let permit = open.total.permit().map(|_permit| ConnectionPlace::Proxy { _permit });
        return permit.ok_or(ConnectionRefusal::Total);
    };
    let permit = if is_room_made {
        limiter.take_given_up(client, ShareKind::Connections, &open.total)
    } else {
        limiter.take(client, ShareKind::Connections, Some(&open.total))
    };
    match permit {
        Ok(permit) => Ok(ConnectionPlace::Client(open.register(permit, requests.clone()))),
        Err(ShareRefused::Total) => Err(ConnectionRefusal::Total),
        Err(ShareRefused::Share(_)) => Err(ConnectionRefusal::Share),
    }
}

/// A client's share of incomplete heads, handshakes and received bytes, for one of its connections.
#[derive(Clone, Default)]
pub struct ConnectionShare(Option<(Client, Arc<AppState>)>);

/// Shows nothing of the client.
impl std::fmt::Debug for ConnectionShare {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ConnectionShare")
    }
}

/// The client has its share of incomplete heads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooManyHeads;

impl ConnectionShare {
    /// The share of the client at the other end. A trusted proxy, which speaks for many, has none.
    #[must_use]
    pub fn of(peer: Peer, trusted: &TrustedProxies, state: &Arc<AppState>) -> Self {
        Self(peer.client(trusted, &state.limiter).map(|client| (client, state.clone())))
    }

    /// A permit for the bytes of a long head, out of those that may wait for clients; `None` where there is no share.
    ///
    /// # Errors
    /// [`TooManyHeads`].
    pub fn hold(&self, bytes: usize) -> Result<Option<SharePermit>, TooManyHeads> {
        let Some((client, state)) = &self.0 else { return Ok(None) };
        state.hold_bytes(client, bytes).map(Some).map_err(|_| TooManyHeads)
    }

    /// How long to wait until another turn of reading; `None` where that may be now, and the client is charged for it.
    pub fn wait_before_reading(&self) -> Option<Duration> {
        let (client, state) = self.0.as_ref()?;
        state.limiter.charge(client, RateKind::ReadTurns).err().map(|reached| reached.retry_after)
    }

    /// A permit for a head or handshake that begins; `None` where there is no share.
    ///
    /// # Errors
    /// [`TooManyHeads`]; a metric counts it.
    pub fn begin(&self) -> Result<Option<SharePermit>, TooManyHeads> {
        let Some((client, state)) = &self.0 else { return Ok(None) };
        state.limiter.take(client, ShareKind::Heads, None).map(Some).map_err(|_| TooManyHeads)
    }
}

/// Writes the response to a refused connection, as far as the socket takes it without blocking.
///
/// # Errors
/// Those of the socket.
pub(super) fn refuse(stream: TcpStream, refusal: ConnectionRefusal) -> io::Result<()> {
    use std::io::Write as _;
    let response = match refusal {
        ConnectionRefusal::Total => OVERLOADED_RESPONSE,
        ConnectionRefusal::Share => TOO_MANY_RESPONSE,
    };
    let mut stream = stream.into_std()?;
    stream.write_all(response.as_bytes())?;
    stream.shutdown(std::net::Shutdown::Write)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::Problem;

    #[test]
    fn responses_are_complete_and_say_what_the_problem_says() {
        for (response, problem) in
            [(OVERLOADED_RESPONSE, Problem::Overloaded), (TOO_MANY_RESPONSE, Problem::TooManyRequests)]
        {
            let (head, body) = response.split_once("\r\n\r\n").unwrap();
            let status = problem.status();
            assert!(head.starts_with(&format!("HTTP/1.1 {status}\r\n")), "{head}");
            assert!(head.contains(&format!("content-length: {}", body.len())), "{head} has {}", body.len());
            let body: serde_json::Value = serde_json::from_str(body).unwrap();
            assert_eq!((&body["status"], &body["code"]), (&status.as_u16().into(), &problem.code().into()));
            assert_eq!(body["title"], status.canonical_reason().unwrap());
        }
    }
}
