//! A connection of which little is read at once, and that fails when a response does not begin: the HTTP client skips interim
//! responses (1xx, RFC 9110 section 15.2) without end, and within one go as long as bytes are there.

use std::error::Error;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::{fmt, io};

use hyper::rt::{Read, ReadBuf, ReadBufCursor, Write};
use zeroize::Zeroize as _;

use crate::http_client::head_guard::HeadGuard;

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

/// A connection that judges what precedes the body of each response.
#[derive(Debug)]
pub(super) struct GuardedConnection<T> {
    inner: T,
    scan: HeadGuard,
}

impl<T> GuardedConnection<T> {
    pub(super) fn new(inner: T) -> Self {
        Self { inner, scan: HeadGuard::default() }
    }

    /// Notes that a request, or a part of one, was written.
    fn wrote(&mut self, written: usize) {
        if written > 0 {
            self.scan.request_sent();
        }
    }
}

impl<T: Read + Unpin> GuardedConnection<T> {
    /// Ready if a connection on which nothing is expected has ended, or has received something.
    pub(super) fn poll_end(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let mut byte = [0];
        Pin::new(self).poll_read(context, ReadBuf::new(&mut byte).unfilled()).map(drop)
    }
}

impl<T: Read + Unpin> Read for GuardedConnection<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        mut buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let mut scratch = [MaybeUninit::uninit(); READ_BYTES];
        let room = buffer.remaining().min(READ_BYTES);
        let mut read = ReadBuf::uninit(scratch.get_mut(..room).unwrap_or_default());
        ready!(Pin::new(&mut self.inner).poll_read(context, read.unfilled()))?;
        if !self.scan.push(read.filled()) {
            return Poll::Ready(Err(io::Error::other(HeadTooLong)));
        }
        let bytes = read.filled().len();
        buffer.put_slice(read.filled());
        // The stack is not freed.
        scratch.get_mut(..bytes).unwrap_or_default().zeroize();
        Poll::Ready(Ok(()))
    }
}

impl<T: Write + Unpin> Write for GuardedConnection<T> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.inner).poll_write(context, bytes))?;
        self.wrote(written);
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(context)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.inner).poll_write_vectored(context, pieces))?;
        self.wrote(written);
        Poll::Ready(Ok(written))
    }
}
