//! One request and its response over a connection. hyper is there for this exchange only: its buffers, which contain the target
//! of the request, are freed with it, and a kept connection consists of its socket and the state of TLS.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::client::conn::http1::{Builder, Parts, SendRequest};
use hyper::rt::Write as _;

use crate::http_client::connector::Connection;
use crate::http_client::idle_connections::IdleSlot;

/// Headers of a response. hyper's default of 100 is too low for servers that set many cookies and policies; the bytes of
/// a head are bounded by `head_guard`.
const MAX_RESPONSE_HEADERS: usize = 512;

/// How long a connection may take to say that it closes, under TLS.
const CLOSE_TIME: Duration = Duration::from_secs(1);

/// Sends a request over a connection. A task returns the connection to `slot` once the response was read to its end, and closes it if
/// it cannot be used again.
///
/// # Errors
/// No response was received.
pub(super) async fn send(
    connection: Connection,
    request: http::Request<Full<Bytes>>,
    slot: IdleSlot,
) -> hyper::Result<http::Response<Incoming>> {
    let (mut sender, driver) = builder().handshake(connection).await?;
    let response = sender.send_request(request);
    tokio::task::spawn(drive(sender, driver, slot));
    response.await
}

fn builder() -> Builder {
    let mut builder = Builder::new();
    builder
        .max_headers(MAX_RESPONSE_HEADERS)
        // One odd header line costs that line, as in browsers. RFC 9112 sections 5.1 and 5.2 ask for the first two.
        .allow_spaces_after_header_name_in_responses(true)
        .allow_obsolete_multiline_headers_in_responses(true)
        .ignore_invalid_headers_in_responses(true);
    builder
}

type Driver = hyper::client::conn::http1::Connection<Connection, Full<Bytes>>;

/// Runs the exchange to its end, then keeps the connection or closes it.
async fn drive(mut sender: SendRequest<Full<Bytes>>, mut driver: Driver, slot: IdleSlot) {
    let is_reusable = poll_fn(|context| {
        // The error of an exchange contains the URL. Whoever waits for the response receives it.
        if driver.poll_without_shutdown(context).is_ready() {
            return Poll::Ready(false);
        }
        // hyper takes another request only after the response has ended, and if both sides keep the connection.
        sender.poll_ready(context).map(|ready| ready.is_ok())
    })
    .await;
    let Parts { io: mut connection, read_buf, .. } = driver.into_parts();
    drop(sender);
    if is_reusable && read_buf.is_empty() {
        return slot.keep(connection).await;
    }
    let closing = poll_fn(|context| Pin::new(&mut connection).poll_shutdown(context));
    tokio::time::timeout(CLOSE_TIME, closing).await.ok();
}
