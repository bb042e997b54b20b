//! A socket under TLS that zeroes the buffer it is to read into whenever it has nothing to read. rustls decrypts in the buffer of
//! the records and keeps the buffer for the next one: the request before would stay in it for as long as the connection is idle.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use zeroize::Zeroize as _;

/// A socket that zeroes the buffer of a read that has to wait.
#[derive(Debug)]
pub(crate) struct WipedStream<S>(S);

impl<S> WipedStream<S> {
    /// Wraps a socket.
    pub(crate) fn new(stream: S) -> Self {
        Self(stream)
    }

    /// The socket.
    pub(crate) fn get_mut(&mut self) -> &mut S {
        &mut self.0
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for WipedStream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let read = Pin::new(&mut self.0).poll_read(context, buffer);
        if read.is_pending() {
            buffer.initialize_unfilled().zeroize();
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for WipedStream<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.0.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::poll_fn;
    use tokio::io::AsyncWriteExt as _;

    #[tokio::test]
    async fn a_read_that_waits_zeroes_its_buffer_and_no_other_byte() {
        let (mut client, server) = tokio::io::duplex(64);
        let mut stream = WipedStream::new(server);
        let mut bytes = *b"read before, and decrypted here";
        let poll = |stream: &mut WipedStream<_>, bytes: &mut [u8], context: &mut Context<'_>| {
            let mut buffer = ReadBuf::new(bytes);
            buffer.put_slice(b"kept");
            (Pin::new(stream).poll_read(context, &mut buffer).is_ready(), buffer.filled().len())
        };
        let waited = poll_fn(|context| Poll::Ready(poll(&mut stream, &mut bytes, context))).await;
        assert_eq!(waited, (false, 4));
        assert_eq!((&bytes[..4], bytes[4..].iter().all(|byte| *byte == 0)), (b"kept".as_slice(), true));
        client.write_all(b"abc").await.unwrap();
        let read = poll_fn(|context| Poll::Ready(poll(&mut stream, &mut bytes, context))).await;
        assert_eq!((read, &bytes[..7]), ((true, 7), b"keptabc".as_slice()));
    }
}
