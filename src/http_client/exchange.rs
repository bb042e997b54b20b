//! One request and its response over a connection (RFC 9112), without a task of its own: whoever reads the response drives it. Its
//! buffer is freed with it, and a kept connection consists of its socket and the state of TLS.

use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Waker};

use bytes::{BufMut as _, Bytes, BytesMut};
use tokio::io::{AsyncReadExt as _, AsyncWrite as _, AsyncWriteExt as _};

use crate::http_client::body_framing::BodyFraming;
use crate::http_client::connection::Connection;
use crate::http_client::connection_pool::ConnectionPool;
use crate::http_client::failure::ExchangeError;
use crate::http_client::origin::Origin;
use crate::http_client::response_head::HeadReader;

/// Most bytes that are read at once: most lists of results with their head, and little enough that other tasks of the thread do not wait for
/// long while a piece of a page is processed.
const READ_BYTES: usize = 16_384;

/// Pieces of a body that are read only to keep the connection: enough for the page of an error.
const MAX_DISCARDED_PIECES: usize = 4;

/// A connection in use, and where it goes afterwards.
struct Exchange {
    connection: Connection,
    is_kept_alive: bool,
    origin: Origin,
    pool: Arc<ConnectionPool>,
}

/// The body of a response. Its end returns the connection to the pool. If it is dropped before its end has arrived, the connection is
/// closed.
pub(crate) struct ExchangeBody {
    /// What was read and not yet returned.
    buffer: BytesMut,
    framing: BodyFraming,
    /// None after the end, or after an error.
    exchange: Option<Exchange>,
}

/// Sends a request over a connection, which goes to `pool` after the response.
///
/// # Errors
/// No response was received.
pub(super) async fn send(
    mut connection: Connection,
    request: &[u8],
    origin: Origin,
    pool: Arc<ConnectionPool>,
) -> Result<http::Response<ExchangeBody>, ExchangeError> {
    // A server that does not read the request to its end may have answered all the same.
    let written = write(&mut connection, request).await;
    let mut head = HeadReader::default();
    let mut buffer = BytesMut::new();
    loop {
        let read = read(&mut connection, &mut buffer).await;
        if !matches!(read, Ok(1..)) {
            written?;
            read?;
            return Err(ExchangeError::Closed);
        }
        if let Some(head) = head.read(&mut buffer)? {
            let exchange = Exchange { connection, is_kept_alive: head.is_kept_alive, origin, pool };
            let mut body = ExchangeBody { buffer, framing: head.framing, exchange: Some(exchange) };
            if body.framing.has_ended() {
                body.finish();
            }
            return Ok(head.response.map(|()| body));
        }
    }
}

async fn write(connection: &mut Connection, request: &[u8]) -> Result<(), ExchangeError> {
    connection.write_all(request).await?;
    Ok(connection.flush().await?)
}

/// Reads a piece. Returns its length, 0 at the end of the connection.
async fn read(connection: &mut Connection, buffer: &mut BytesMut) -> Result<usize, ExchangeError> {
    buffer.reserve(READ_BYTES);
    Ok(connection.read_buf(&mut buffer.limit(READ_BYTES)).await?)
}

impl ExchangeBody {
    /// How long the body is, if the head told it. Called before the body is read.
    pub(super) fn length(&self) -> Option<u64> {
        self.framing.length()
    }

    /// The next bytes; `None` at the end. Trailers (RFC 9110 section 6.5) are ignored. Nothing is lost if the future is dropped.
    ///
    /// # Errors
    /// The body is invalid, or the connection failed or ended within it. Nothing follows an error.
    pub(super) async fn next(&mut self) -> Result<Option<Bytes>, ExchangeError> {
        let next = self.read_next().await;
        if next.is_err() {
            self.exchange = None;
        }
        next
    }

    async fn read_next(&mut self) -> Result<Option<Bytes>, ExchangeError> {
        loop {
            let taken = self.framing.take(&mut self.buffer)?;
            if self.framing.has_ended() {
                self.finish();
            }
            let (None, Some(exchange)) = (&taken, &mut self.exchange) else { return Ok(taken) };
            if read(&mut exchange.connection, &mut self.buffer).await? == 0 {
                if self.framing != BodyFraming::UntilClose {
                    return Err(ExchangeError::Closed);
                }
                self.finish();
            }
        }
    }

    /// Returns the connection to the pool, or closes it if it cannot be used again.
    fn finish(&mut self) {
        let Some(Exchange { mut connection, is_kept_alive, origin, pool }) = self.exchange.take() else { return };
        // What follows the end of a response was not asked for.
        if is_kept_alive && self.framing.has_ended() && self.buffer.is_empty() {
            pool.keep(origin, connection);
        } else {
            // TLS says that it ends, if the socket takes that at once.
            let _ = Pin::new(&mut connection).poll_shutdown(&mut Context::from_waker(Waker::noop()));
        }
    }
}

/// What has arrived of a response that nobody wants is discarded. If that is all of it, as of most errors, the connection is kept.
impl Drop for ExchangeBody {
    fn drop(&mut self) {
        let mut context = Context::from_waker(Waker::noop());
        for _ in 0..MAX_DISCARDED_PIECES {
            if self.exchange.is_none() || !pin!(self.next()).poll(&mut context).is_ready() {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests;
