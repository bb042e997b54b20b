//! One request and its response over a connection, without a task of its own: whoever reads the response drives it. hyper is there for
//! this exchange only: its buffers, which contain the target of the request, are freed with it, and a kept connection consists of its
//! socket and the state of TLS.

use std::future::{Future as _, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::client::conn::http1::{Builder, Parts, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::io::AsyncWrite as _;

use crate::http_client::connection::Connection;
use crate::http_client::connection_pool::{ConnectionPool, Host};

/// Headers of a response. hyper's default of 100 is too low for servers that set many cookies and policies, but up to that number it
/// parses a head without allocating. The bytes of a head are bounded by `head_guard`.
const MAX_RESPONSE_HEADERS: usize = 512;

/// Pieces of a body that are read only to keep the connection: enough for the page of an error.
const MAX_DISCARDED_FRAMES: usize = 4;

type Driver = hyper::client::conn::http1::Connection<TokioIo<Connection>, Full<Bytes>>;

/// A connection in the hands of hyper, and where it goes afterwards.
struct Exchange {
    sender: SendRequest<Full<Bytes>>,
    driver: Driver,
    /// hyper is done with the connection, which cannot be used again.
    has_ended: bool,
    host: Host,
    pool: Arc<ConnectionPool>,
}

impl Exchange {
    async fn begin(
        connection: Connection,
        builder: &Builder,
        host: Host,
        pool: Arc<ConnectionPool>,
    ) -> hyper::Result<Box<Self>> {
        let (sender, driver) = builder.handshake(TokioIo::new(connection)).await?;
        Ok(Box::new(Self { sender, driver, has_ended: false, host, pool }))
    }

    /// Sends the request and waits for the head of the response.
    async fn response(
        mut self: Box<Self>,
        request: http::Request<Full<Bytes>>,
    ) -> Result<http::Response<ExchangeBody>, (hyper::Error, Box<Self>)> {
        let mut response = pin!(self.sender.send_request(request));
        let response = poll_fn(|context| {
            self.drive(context);
            response.as_mut().poll(context)
        });
        match response.await {
            Ok(response) => Ok(response.map(|incoming| ExchangeBody { incoming, exchange: Some(self) })),
            Err(error) => Err((error, self)),
        }
    }

    /// Parses a head again that hyper had no room for. The bytes are those of the response to the request that was sent; hyper sends
    /// another one that goes nowhere.
    async fn parse_again(self: Box<Self>, method: http::Method) -> hyper::Result<http::Response<ExchangeBody>> {
        let Self { driver, host, pool, .. } = *self;
        let Parts { io, read_buf, .. } = driver.into_parts();
        let connection = io.into_inner().replaying(read_buf);
        let exchange = Self::begin(connection, builder().max_headers(MAX_RESPONSE_HEADERS), host, pool).await?;
        let mut request = http::Request::new(Full::default());
        *request.method_mut() = method;
        exchange.response(request).await.map_err(|(error, _)| error)
    }

    fn drive(&mut self, context: &mut Context<'_>) {
        // The error of an exchange contains the URL. Whoever waits for the response receives it.
        self.has_ended = self.has_ended || self.driver.poll_without_shutdown(context).is_ready();
    }

    /// Returns the connection to the pool after the end of the response, or closes it if it cannot be used again.
    fn finish(mut self, context: &mut Context<'_>) {
        self.drive(context);
        // hyper takes another request only if the response has ended, and if both sides keep the connection.
        let is_reusable = !self.has_ended && matches!(self.sender.poll_ready(context), Poll::Ready(Ok(())));
        let Parts { io, read_buf, .. } = self.driver.into_parts();
        let mut connection = io.into_inner();
        if is_reusable && read_buf.is_empty() {
            self.pool.keep(self.host, connection);
        } else {
            // TLS says that it ends, if the socket takes that at once.
            let _ = Pin::new(&mut connection).poll_shutdown(context);
        }
    }
}

/// The body of a response. Reading it drives the exchange; its end returns the connection to the pool. If it is dropped before its end
/// has arrived, the connection is closed.
pub(crate) struct ExchangeBody {
    incoming: Incoming,
    exchange: Option<Box<Exchange>>,
}

impl ExchangeBody {
    fn finish(&mut self, context: &mut Context<'_>) {
        if let Some(exchange) = self.exchange.take() {
            exchange.finish(context);
        }
    }
}

impl Body for ExchangeBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<hyper::Result<Frame<Bytes>>>> {
        let mut frame = Pin::new(&mut self.incoming).poll_frame(context);
        if frame.is_pending()
            && let Some(exchange) = &mut self.exchange
        {
            exchange.drive(context);
            frame = Pin::new(&mut self.incoming).poll_frame(context);
        }
        if matches!(frame, Poll::Ready(None)) || self.incoming.is_end_stream() {
            self.finish(context);
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.size_hint()
    }
}

/// What has arrived of a response that nobody wants is discarded. If that is all of it, as of most errors, the connection is kept.
impl Drop for ExchangeBody {
    fn drop(&mut self) {
        let mut context = Context::from_waker(Waker::noop());
        for _ in 0..MAX_DISCARDED_FRAMES {
            let has_more = self.exchange.is_some();
            if !has_more || !matches!(Pin::new(&mut *self).poll_frame(&mut context), Poll::Ready(Some(Ok(_)))) {
                return;
            }
        }
    }
}

/// Sends a request over a connection, which goes to `pool` after the response.
///
/// # Errors
/// No response was received.
pub(super) async fn send(
    connection: Connection,
    request: http::Request<Full<Bytes>>,
    host: Host,
    pool: Arc<ConnectionPool>,
) -> hyper::Result<http::Response<ExchangeBody>> {
    let method = request.method().clone();
    let exchange = Exchange::begin(connection, &builder(), host, pool).await?;
    match exchange.response(request).await {
        Ok(response) => Ok(response),
        Err((error, exchange)) if error.is_parse_too_large() => Box::pin(exchange.parse_again(method)).await,
        Err((error, _)) => Err(error),
    }
}

fn builder() -> Builder {
    let mut builder = Builder::new();
    builder
        // One odd header line costs that line, as in browsers. RFC 9112 sections 5.1 and 5.2 ask for the first two.
        .allow_spaces_after_header_name_in_responses(true)
        .allow_obsolete_multiline_headers_in_responses(true)
        .ignore_invalid_headers_in_responses(true);
    builder
}
