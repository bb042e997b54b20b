//! The socket of a connection. A runtime waits for it during an exchange only: between two, whichever thread has the next request may
//! take it, and no other thread wakes up for it.

use std::io::{self, Read as _};
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// A connected socket.
#[derive(Debug)]
pub(super) enum PartnerSocket {
    /// The runtime of one thread waits for it.
    Registered(TcpStream),
    /// No runtime does. Reading returns what is there, and wakes nobody later. Writing fails.
    Parked(std::net::TcpStream),
    /// The operating system refused one of the two.
    Closed,
}

impl PartnerSocket {
    /// Takes the socket away from its runtime.
    ///
    /// # Errors
    /// Those of the operating system. The socket is closed then.
    pub(super) fn park(&mut self) -> io::Result<()> {
        *self = match std::mem::replace(self, Self::Closed) {
            Self::Registered(stream) => Self::Parked(stream.into_std()?),
            parked @ (Self::Parked(_) | Self::Closed) => parked,
        };
        Ok(())
    }

    /// Gives the socket to the runtime of this thread.
    ///
    /// # Errors
    /// Those of the operating system. The socket is closed then.
    pub(super) fn register(&mut self) -> io::Result<()> {
        *self = match std::mem::replace(self, Self::Closed) {
            Self::Parked(stream) => Self::Registered(TcpStream::from_std(stream)?),
            registered @ (Self::Registered(_) | Self::Closed) => registered,
        };
        Ok(())
    }
}

impl AsyncRead for PartnerSocket {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Registered(stream) => Pin::new(stream).poll_read(context, buffer),
            Self::Parked(stream) => match stream.read(buffer.initialize_unfilled()) {
                Ok(read) => {
                    buffer.advance(read);
                    Poll::Ready(Ok(()))
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => Poll::Pending,
                Err(error) => Poll::Ready(Err(error)),
            },
            Self::Closed => Poll::Ready(Err(io::ErrorKind::NotConnected.into())),
        }
    }
}

impl AsyncWrite for PartnerSocket {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Registered(stream) => Pin::new(stream).poll_write(context, bytes),
            Self::Parked(_) | Self::Closed => Poll::Ready(Err(io::ErrorKind::NotConnected.into())),
        }
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Registered(stream) => Pin::new(stream).poll_write_vectored(context, pieces),
            Self::Parked(_) | Self::Closed => Poll::Ready(Err(io::ErrorKind::NotConnected.into())),
        }
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        // A socket keeps nothing back.
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Registered(stream) => Pin::new(stream).poll_shutdown(context),
            Self::Parked(_) | Self::Closed => Poll::Ready(Err(io::ErrorKind::NotConnected.into())),
        }
    }
}
