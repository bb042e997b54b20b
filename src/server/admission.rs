//! Whether a new connection is served: within the total, and within its client's share. A refusal is one write.

use std::io;

use tokio::net::TcpStream;

use crate::clients::limiter::{ClientLimiter, ShareRefused};
use crate::clients::share::{ShareKind, SharePermit};
use crate::clients::state::Client;
use crate::concurrency_limit::{ConcurrencyLimit, Permit};
use crate::metrics::Metrics;
use crate::server::client_address::{Peer, TrustedProxies};

/// The response on a connection beyond the limit, from which no request was read. It equals the problem document of
/// `overloaded`, without its `detail`.
const OVERLOADED_RESPONSE: &str = "HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/problem+json\r\nreferrer-policy: no-referrer\r\n\
cache-control: no-store\r\nx-content-type-options: nosniff\r\nretry-after: 5\r\nconnection: close\r\ncontent-length: 85\r\n\r\n\
{\"type\":\"about:blank\",\"title\":\"Service Unavailable\",\"status\":503,\"code\":\"overloaded\"}";

/// The same for a connection beyond its client's share: `too_many_requests`.
const TOO_MANY_RESPONSE: &str = "HTTP/1.1 429 Too Many Requests\r\ncontent-type: application/problem+json\r\nreferrer-policy: no-referrer\r\n\
cache-control: no-store\r\nx-content-type-options: nosniff\r\nretry-after: 5\r\nconnection: close\r\ncontent-length: 90\r\n\r\n\
{\"type\":\"about:blank\",\"title\":\"Too Many Requests\",\"status\":429,\"code\":\"too_many_requests\"}";

/// The permit of an open connection, returned on drop.
#[derive(Debug)]
pub(super) enum ConnectionPermit {
    /// Out of a client's share.
    Client { _permit: SharePermit },
    /// Of a trusted proxy, which speaks for many clients and has no share.
    Proxy { _permit: Permit },
}

/// Why a connection is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ConnectionRefusal {
    /// All connections are in use.
    Total,
    /// The client has its share of them.
    Share,
}

/// A permit for a connection from this peer.
///
/// # Errors
/// [`ConnectionRefusal`]; a metric counts it.
pub(super) fn admit(
    peer: Peer,
    trusted: &TrustedProxies,
    limiter: &ClientLimiter,
    total: &ConcurrencyLimit,
    metrics: &Metrics,
) -> Result<ConnectionPermit, ConnectionRefusal> {
    let permit = match peer.client(trusted, limiter) {
        Some(client) => match limiter.take(&client, ShareKind::Connections, Some(total)) {
            Ok(_permit) => Ok(ConnectionPermit::Client { _permit }),
            Err(ShareRefused::Total) => Err(ConnectionRefusal::Total),
            Err(ShareRefused::Share(_)) => Err(ConnectionRefusal::Share),
        },
        None => total.permit().map(|_permit| ConnectionPermit::Proxy { _permit }).ok_or(ConnectionRefusal::Total),
    };
    if permit.is_err() {
        metrics.connections_refused.inc();
    }
    permit
}

/// A client's share of incomplete heads and handshakes, for one of its connections.
#[derive(Debug, Clone, Default)]
pub struct HeadShare(Option<(Client, ClientLimiter)>);

/// The client has its share of incomplete heads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooManyHeads;

impl HeadShare {
    /// The share of the client at the other end. A trusted proxy, which speaks for many, has none.
    #[must_use]
    pub fn of(peer: Peer, trusted: &TrustedProxies, limiter: &ClientLimiter) -> Self {
        Self(peer.client(trusted, limiter).map(|client| (client, limiter.clone())))
    }

    /// A permit for a head or handshake that begins; `None` where there is no share.
    ///
    /// # Errors
    /// [`TooManyHeads`]; a metric counts it.
    pub fn begin(&self) -> Result<Option<SharePermit>, TooManyHeads> {
        let Some((client, limiter)) = &self.0 else { return Ok(None) };
        limiter.take(client, ShareKind::Heads, None).map(Some).map_err(|_| TooManyHeads)
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
