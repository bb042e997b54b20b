//! A connection to a partner or an image host, with or without TLS. It fails when a response does not begin: the HTTP client skips
//! interim responses (1xx, RFC 9110 section 15.2) without end, and within one go as long as bytes are there.

use std::error::Error;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::task::{Context, Poll, Waker, ready};
use std::time::{Duration, Instant};
use std::{fmt, io};

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_rustls::client::TlsStream;
use zeroize::Zeroize as _;

use crate::http_client::head_guard::HeadGuard;
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

/// Most bytes that are read at once, so that other tasks of the thread do not wait for long while they are processed.
const READ_BYTES: usize = 16_384;

/// A response has too many interim responses before it, or too long a head.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HeadTooLong;

impl fmt::Display for HeadTooLong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the response does not begin")
    }
}

impl Error for HeadTooLong {}

/// What a connection consists of below HTTP.
pub(super) enum Transport {
    Plain(PartnerSocket),
    Tls(Box<TlsStream<WipedStream<PartnerSocket>>>),
}

/// A connection that judges what precedes the body of each response.
pub(super) struct Connection {
    transport: Transport,
    guard: HeadGuard,
    opened: Instant,
    used: Instant,
    exchanges: u32,
    /// It serves no exchange but the current one.
    is_last: bool,
    /// A response that is read again.
    replay: Option<Replay>,
}

/// Bytes that are read a second time, once something was written. Nothing of that goes out.
struct Replay {
    bytes: Bytes,
    is_asked_for: bool,
}

impl Connection {
    /// A connection that was just opened.
    pub(super) fn new(transport: Transport) -> Self {
        let opened = time::instant();
        Self {
            transport,
            guard: HeadGuard::default(),
            opened,
            used: opened,
            exchanges: 0,
            is_last: false,
            replay: None,
        }
    }

    /// The same connection for one exchange only.
    pub(super) fn used_once(mut self) -> Self {
        self.is_last = true;
        self
    }

    /// The same connection for the rest of its exchange, read from these bytes on, which were read before. What is written goes nowhere.
    pub(super) fn replaying(mut self, bytes: Bytes) -> Self {
        self.replay = Some(Replay { bytes, is_asked_for: false });
        self.used_once()
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

    /// Reads into a part of the buffer only.
    fn poll_read_part(&mut self, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let mut space = [const { MaybeUninit::uninit() }; READ_BYTES];
        let mut part = ReadBuf::uninit(&mut space);
        ready!(self.poll_transport(context, &mut part))?;
        let judged = self.judge(part.filled());
        buffer.put_slice(part.filled());
        // The stack is not freed.
        part.filled_mut().zeroize();
        judged
    }

    fn judge(&mut self, received: &[u8]) -> Poll<io::Result<()>> {
        Poll::Ready(if self.guard.push(received) { Ok(()) } else { Err(io::Error::other(HeadTooLong)) })
    }

    /// Notes that a request, or a part of one, was written.
    fn wrote(&mut self, written: usize) {
        if written > 0 {
            self.guard.request_sent();
        }
    }
}

impl AsyncRead for Connection {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let connection = self.get_mut();
        if let Some(Replay { bytes, is_asked_for }) = &mut connection.replay
            && !bytes.is_empty()
        {
            if !*is_asked_for {
                return Poll::Pending;
            }
            buffer.put_slice(&bytes.split_to(bytes.len().min(buffer.remaining())));
            return Poll::Ready(Ok(()));
        }
        if buffer.remaining() > READ_BYTES {
            return connection.poll_read_part(context, buffer);
        }
        let filled = buffer.filled().len();
        ready!(connection.poll_transport(context, buffer))?;
        connection.judge(buffer.filled().get(filled..).unwrap_or_default())
    }
}

impl AsyncWrite for Connection {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(context, &[io::IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let connection = self.get_mut();
        if let Some(replay) = &mut connection.replay {
            replay.is_asked_for = true;
            context.waker().wake_by_ref();
            return Poll::Ready(Ok(pieces.iter().map(|piece| piece.len()).sum()));
        }
        let written = ready!(match &mut connection.transport {
            Transport::Plain(socket) => Pin::new(socket).poll_write_vectored(context, pieces),
            Transport::Tls(stream) => Pin::new(stream.as_mut()).poll_write_vectored(context, pieces),
        })?;
        connection.wrote(written);
        Poll::Ready(Ok(written))
    }

    fn is_write_vectored(&self) -> bool {
        true
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
