//! Accepts and serves connections to the admin listener: a bounded number, of which one client has a share, each with deadlines.

use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};

use crate::admin::caller::Caller;
use crate::admin::deadlines::{Deadlines, WatchedStream};
use crate::admin::router;
use crate::admin::state::AdminState;
use crate::clients::state::Client;
use crate::metrics::AdminRefusal;

/// Bytes of a request head. hyper answers a longer one with 431; no request to this listener needs more.
const MAX_HEAD_BYTES: usize = 16_384;
/// Header lines of a request.
const MAX_HEADER_LINES: usize = 100;
/// Pause after a failed accept. The most likely cause is a lack of file descriptors, which an immediate retry would not
/// cure.
const ACCEPT_RETRY_PAUSE: Duration = Duration::from_millis(50);
/// How often it is checked whether the key by which clients are known is too old.
const KEY_CHECK_INTERVAL: Duration = Duration::from_secs(30);

/// The answer to a connection that has no place.
const REFUSED: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\ncontent-type: text/plain; charset=utf-8\r\ncache-control: no-store\r\n\
x-content-type-options: nosniff\r\nretry-after: 1\r\nconnection: close\r\ncontent-length: 21\r\n\r\ntoo many connections\n";

/// Serves until the process ends, also while it drains: metrics and health matter most then.
///
/// # Errors
/// The listener cannot be registered with the runtime.
pub async fn run(listener: std::net::TcpListener, state: Arc<AdminState>) -> io::Result<()> {
    let listener = TcpListener::from_std(listener)?;
    let mut key_checks = tokio::time::interval(KEY_CHECK_INTERVAL);
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, address)) => {
                    accept(stream, state.connections.client(address.ip()), &state);
                    // The tasks of connections that were closed for this one must run before the next one needs a place.
                    tokio::task::yield_now().await;
                }
                Err(_) => {
                    state.metrics.accepts_failed.inc();
                    tokio::time::sleep(ACCEPT_RETRY_PAUSE).await;
                }
            },
            _ = key_checks.tick() => state.connections.forget_old(),
        }
    }
}

fn accept(stream: TcpStream, client: Client, state: &Arc<AdminState>) {
    let requests = Arc::<AtomicUsize>::default();
    let Some(place) = state.connections.admit(&client, &requests) else {
        state.metrics.admin.count_refusal(AdminRefusal::Connections);
        // As far as the socket takes it without blocking.
        stream.try_write(REFUSED).ok();
        return;
    };
    // An answer is one write, which Nagle's algorithm would only delay.
    drop(stream.set_nodelay(true));
    let state = state.clone();
    tokio::task::spawn(async move {
        let deadlines = Deadlines::begin();
        tokio::select! {
            () = serve(stream, client, &requests, &deadlines, &state) => {}
            () = place.evicted.cancelled() => state.metrics.admin.count_refusal(AdminRefusal::Evicted),
            () = deadlines.passed() => state.metrics.admin.count_refusal(AdminRefusal::Deadline),
        }
    });
}

async fn serve(
    stream: TcpStream,
    client: Client,
    requests: &Arc<AtomicUsize>,
    deadlines: &Deadlines,
    state: &Arc<AdminState>,
) {
    let caller = Arc::new(Caller::new(client));
    let service = service_fn(|request| {
        let (state, caller, deadlines) = (state.clone(), caller.clone(), deadlines.clone());
        let in_flight = InFlight::begin(requests);
        async move {
            deadlines.request_began();
            let (response, report) = router::answer(&state, &caller, &request).await;
            deadlines.answered(report);
            drop(in_flight);
            Ok::<_, Infallible>(response)
        }
    });
    let mut builder = hyper::server::conn::http1::Builder::new();
    builder.max_buf_size(MAX_HEAD_BYTES).max_headers(MAX_HEADER_LINES).header_read_timeout(None);
    let stream = TokioIo::new(WatchedStream::new(stream, deadlines.clone()));
    // A connection that ends with an error concerns only its client, and the error may quote the request.
    drop(builder.serve_connection(stream, service).await);
}

/// Counts a request while it is being answered; a connection with one is not closed for others.
struct InFlight(Arc<AtomicUsize>);

impl InFlight {
    fn begin(requests: &Arc<AtomicUsize>) -> Self {
        requests.fetch_add(1, Ordering::Relaxed);
        Self(requests.clone())
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_refusal_is_complete() {
        let text = std::str::from_utf8(REFUSED).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(head.contains(&format!("content-length: {}", body.len())), "{} bytes", body.len());
    }
}
