//! A connection to a partner or an image host, with or without TLS, and for how long it is used.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_rustls::client::TlsStream;

use crate::http_client::socket::PartnerSocket;
use crate::time;
use crate::wiped_stream::WipedStream;

/// For how long a connection is used: long enough that handshakes are rare, short enough that the lifetime of a connection says little
/// about anyone (`docs/privacy-requirements.md`).
const LIFETIME: Duration = Duration::from_secs(300);

/// How many requests go over a connection, for the same reason. Servers close theirs after about as many.
const MAX_EXCHANGES: u32 = 1_000;

/// How long an idle connection stays open: less than the 60 s after which many servers close theirs.
const IDLE_TIMEOUT: Duration = Duration::from_secs(50);

/// What a connection consists of below HTTP.
pub(super) enum Transport {
    Plain(PartnerSocket),
    Tls(Box<TlsStream<WipedStream<PartnerSocket>>>),
}

/// A connection.
pub(super) struct Connection {
    transport: Transport,
    opened: Instant,
    used: Instant,
    exchanges: u32,
    /// It serves no exchange but the current one.
    is_last: bool,
}

impl Connection {
    /// A connection that was just opened.
    pub(super) fn new(transport: Transport) -> Self {
        let opened = time::instant();
        Self { transport, opened, used: opened, exchanges: 0, is_last: false }
    }

    /// The same connection for one exchange only.
    pub(super) fn used_once(mut self) -> Self {
        self.is_last = true;
        self
    }

    /// Whether an earlier exchange used it.
    pub(super) fn is_kept(&self) -> bool {
        self.exchanges > 0
    }

    /// Ends an exchange: takes the connection away from the runtime of this thread, and zeroes the buffers of TLS, which contain the
    /// response. Returns false if it cannot be used again.
    pub(super) fn park(&mut self) -> bool {
        self.exchanges = self.exchanges.saturating_add(1);
        self.used = time::instant();
        let is_parked = self.socket().park().is_ok();
        is_parked && (matches!(self.transport, Transport::Plain(_)) || self.is_silent())
    }

    /// Begins an exchange of a parked connection, on the runtime of this thread. Returns false if the other end has closed it, or has
    /// sent what nobody asked for: that must not become the response to this request.
    pub(super) fn resume(&mut self) -> bool {
        self.is_silent() && self.socket().register().is_ok()
    }

    /// Whether a parked connection has neither ended nor received anything for HTTP.
    pub(super) fn is_silent(&mut self) -> bool {
        let mut byte = [0];
        let mut context = Context::from_waker(Waker::noop());
        self.poll_transport(&mut context, &mut ReadBuf::new(&mut byte)).is_pending()
    }

    /// Whether a parked connection may be used for another exchange, by age and by number of exchanges.
    pub(super) fn is_fresh(&self, now: Instant) -> bool {
        !self.is_last
            && self.exchanges < MAX_EXCHANGES
            && now.saturating_duration_since(self.opened) < LIFETIME
            && now.saturating_duration_since(self.used) < IDLE_TIMEOUT
    }

    fn socket(&mut self) -> &mut PartnerSocket {
        match &mut self.transport {
            Transport::Plain(socket) => socket,
            Transport::Tls(stream) => stream.get_mut().0.get_mut(),
        }
    }

    fn poll_transport(&mut self, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match &mut self.transport {
            Transport::Plain(socket) => Pin::new(socket).poll_read(context, buffer),
            Transport::Tls(stream) => Pin::new(stream.as_mut()).poll_read(context, buffer),
        }
    }
}

impl AsyncRead for Connection {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.get_mut().poll_transport(context, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match &mut self.get_mut().transport {
            Transport::Plain(socket) => Pin::new(socket).poll_write(context, bytes),
            Transport::Tls(stream) => Pin::new(stream.as_mut()).poll_write(context, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.get_mut().transport {
            Transport::Plain(socket) => Pin::new(socket).poll_flush(context),
            Transport::Tls(stream) => Pin::new(stream.as_mut()).poll_flush(context),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.get_mut().transport {
            Transport::Plain(socket) => Pin::new(socket).poll_shutdown(context),
            Transport::Tls(stream) => Pin::new(stream.as_mut()).poll_shutdown(context),
        }
    }
}
