//! Reads the head of an HTTP/1.1 request before anything is built for it: a connection that is silent, or sends a head byte by
//! byte, has a buffer of that length and nothing else. The head is parsed only once it is complete.

use std::mem::MaybeUninit;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use zeroize::Zeroize as _;

use crate::clients::share::SharePermit;
use crate::server::admission::{ConnectionShare, TooManyHeads};

/// Bytes read at once: more than the head of nearly every request.
const READ_BYTES: usize = 4_096;

/// Bytes of a head that do not count in the bytes that may wait for clients: the number of connections bounds them. The heads of
/// browsers are shorter.
const FREE_BYTES: usize = 4_096;

/// The buffer grows by at least this many bytes, and by a quarter of its length, so that it is never much larger than what it
/// contains.
const MIN_GROWTH: usize = 256;

/// Bytes of a head beside its target, names and values: method, version and line end of the request line, generously.
const REQUEST_LINE_OVERHEAD: usize = 64;

/// Bytes of a header line beside its name and value: a colon, a space, and the line end.
const LINE_OVERHEAD: usize = 4;

/// The limits on one head.
#[derive(Debug, Clone, Copy)]
pub(super) struct HeadLimits {
    /// Time until the first byte.
    pub(super) idle_time: Duration,
    /// Time from the first byte to the end of the head.
    pub(super) head_time: Duration,
    /// Bytes of the request target.
    pub(super) target_bytes: usize,
    /// Bytes of the head: a longer one exceeds a limit on its target or its headers, whatever follows.
    pub(super) head_bytes: usize,
}

/// The bytes that a head within these limits can have.
pub(super) fn max_head_bytes(target_bytes: usize, header_bytes: usize, header_count: usize) -> usize {
    let overhead = REQUEST_LINE_OVERHEAD.saturating_add(header_count.saturating_mul(LINE_OVERHEAD));
    target_bytes.saturating_add(header_bytes).saturating_add(overhead)
}

/// Why there is no head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoHead {
    /// The client closed its sending side, or the connection broke.
    Closed,
    /// The client sent nothing, or no complete head, in time.
    TimedOut,
    /// The client has its share of incomplete heads.
    Refused,
    /// The request target is too long.
    TargetTooLong,
    /// The headers are too long.
    HeadTooLong,
}

/// Bytes of a request that have arrived: a head, and what was sent with it.
#[derive(Debug, Default)]
pub(super) struct HeadBuffer {
    bytes: Vec<u8>,
    /// Where the search for the end of the head continues.
    searched: usize,
}

impl HeadBuffer {
    /// Continues with bytes of a head that were read with the previous request. They are searched again: the empty line may begin in
    /// them.
    pub(super) fn from_incomplete(bytes: &[u8]) -> Self {
        let mut buffer = Self::default();
        buffer.extend(bytes);
        buffer
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// Appends bytes. Line ends before a request line are skipped (RFC 9112 section 2.2).
    fn extend(&mut self, bytes: &[u8]) {
        let skipped = if self.bytes.is_empty() {
            bytes.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count()
        } else {
            0
        };
        let bytes = bytes.get(skipped..).unwrap_or_default();
        if self.bytes.capacity() - self.bytes.len() < bytes.len() {
            self.bytes.reserve_exact(bytes.len().max(MIN_GROWTH).max(self.bytes.len() / 4));
        }
        self.bytes.extend_from_slice(bytes);
    }

    /// Whether the head is complete: an empty line has arrived, ended by LF or CRLF, as hyper's parser has it.
    fn is_complete(&mut self) -> bool {
        while let Some(at) = self.bytes.get(self.searched..).and_then(|rest| memchr::memchr(b'\n', rest)) {
            let next = self.searched + at + 1;
            match self.bytes.get(next..).unwrap_or_default() {
                [b'\n', ..] | [b'\r', b'\n', ..] => return true,
                // Not known yet: the search continues at this line end.
                [] | [b'\r'] => {
                    self.searched = next - 1;
                    return false;
                }
                _ => self.searched = next,
            }
        }
        self.searched = self.bytes.len();
        false
    }

    /// Which limit a head exceeds that is too long.
    fn excess(&self, target_bytes: usize) -> NoHead {
        let line = memchr::memchr(b'\n', &self.bytes).unwrap_or(self.bytes.len());
        if line > target_bytes.saturating_add(REQUEST_LINE_OVERHEAD) {
            NoHead::TargetTooLong
        } else {
            NoHead::HeadTooLong
        }
    }

    fn poll_read<S>(&mut self, stream: &mut S, context: &mut Context<'_>) -> Poll<Option<usize>>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let mut space = [const { MaybeUninit::uninit() }; READ_BYTES];
        let mut buffer = ReadBuf::uninit(&mut space);
        let Poll::Ready(read) = Pin::new(&mut *stream).poll_read(context, &mut buffer) else {
            // TLS may have to answer what was read: a renegotiation (RFC 5246 section 7.4.1.1), an update of keys.
            return match Pin::new(stream).poll_flush(context) {
                Poll::Ready(Err(_)) => Poll::Ready(None),
                Poll::Ready(Ok(())) | Poll::Pending => Poll::Pending,
            };
        };
        let bytes = buffer.filled_mut();
        if read.is_err() || bytes.is_empty() {
            return Poll::Ready(None);
        }
        self.extend(bytes);
        // The stack is not freed.
        bytes.zeroize();
        Poll::Ready(Some(bytes.len()))
    }

    /// Reads until the head is complete. More may have been read than the head.
    ///
    /// # Errors
    /// [`NoHead`].
    pub(super) async fn read<S>(
        &mut self,
        stream: &mut S,
        limits: &HeadLimits,
        share: &ConnectionShare,
    ) -> Result<(), NoHead>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        if self.bytes.is_empty() {
            let first = std::future::poll_fn(|context| self.poll_read(stream, context));
            match tokio::time::timeout(limits.idle_time, first).await {
                Err(_) => return Err(NoHead::TimedOut),
                Ok(None) => return Err(NoHead::Closed),
                Ok(Some(_)) if self.is_complete() => return Ok(()),
                Ok(Some(_)) => {}
            }
        }
        let permit = share.begin().map_err(|TooManyHeads| NoHead::Refused)?;
        Box::pin(self.read_rest(stream, limits, share, permit)).await
    }

    /// Reads the rest of a head that arrives in parts.
    async fn read_rest<S>(
        &mut self,
        stream: &mut S,
        limits: &HeadLimits,
        share: &ConnectionShare,
        _permit: Option<SharePermit>,
    ) -> Result<(), NoHead>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let mut time = pin!(tokio::time::sleep(limits.head_time));
        let mut held = None;
        while self.bytes.len() <= limits.head_bytes {
            if held.is_none() && self.bytes.len() > FREE_BYTES {
                held = Some(share.hold(limits.head_bytes).map_err(|TooManyHeads| NoHead::Refused)?);
            }
            let read = tokio::select! {
                biased;
                read = std::future::poll_fn(|context| self.poll_read(stream, context)) => read,
                () = time.as_mut() => return Err(NoHead::TimedOut),
            };
            if read.is_none() {
                return Err(NoHead::Closed);
            }
            if self.is_complete() {
                return Ok(());
            }
        }
        Err(self.excess(limits.target_bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use tokio::io::AsyncWriteExt as _;

    const LIMITS: HeadLimits = HeadLimits {
        idle_time: Duration::from_secs(5),
        head_time: Duration::from_secs(5),
        target_bytes: 1_000,
        head_bytes: 3_000,
    };

    /// Reads a head from a client that sends `parts`, one after another.
    async fn read(parts: &[&[u8]]) -> (Result<(), NoHead>, Vec<u8>) {
        let (mut client, mut server) = tokio::io::duplex(64);
        let mut buffer = HeadBuffer::default();
        let sends = async {
            for part in parts {
                client.write_all(part).await.ok();
            }
            client.shutdown().await.ok();
        };
        let share = ConnectionShare::default();
        let (read, ()) = tokio::join!(buffer.read(&mut server, &LIMITS, &share), async {
            tokio::time::timeout(Duration::from_secs(1), sends).await.ok();
        });
        (read, buffer.into_bytes())
    }

    #[tokio::test]
    async fn reads_until_the_empty_line() {
        for end in ["\r\n\r\n", "\n\n", "\n\r\n", "\r\n\n"] {
            let head = format!("GET / HTTP/1.1\r\nhost: a{end}");
            assert_eq!(read(&[head.as_bytes()]).await, (Ok(()), head.clone().into_bytes()), "{end:?}");
            let cut = head.as_bytes();
            assert_eq!(read(&[&cut[..cut.len() - 1]]).await.0, Err(NoHead::Closed), "{end:?}");
        }
        let (read, bytes) = read(&[b"\r\n\n\r\n", b"GET / HTTP/1.1\r\n", b"\r", b"\n"]).await;
        assert_eq!((read, bytes.as_slice()), (Ok(()), b"GET / HTTP/1.1\r\n\r\n".as_slice()));
    }

    #[tokio::test]
    async fn a_head_that_is_too_long_is_not_read_to_its_end() {
        let target = format!("GET /{}", "a".repeat(5_000));
        let header = format!("GET / HTTP/1.1\r\nx: {}", "a".repeat(5_000));
        let lines = format!("GET / HTTP/1.1\r\n{}", "x: a\r\n".repeat(1_000));
        for (head, expected) in
            [(target, NoHead::TargetTooLong), (header, NoHead::HeadTooLong), (lines, NoHead::HeadTooLong)]
        {
            let (read, bytes) = read(&[head.as_bytes()]).await;
            assert_eq!(read, Err(expected));
            assert!(bytes.len() <= LIMITS.head_bytes + READ_BYTES, "{}", bytes.len());
            assert!(bytes.capacity() <= bytes.len() + bytes.len() / 4 + MIN_GROWTH, "{}", bytes.capacity());
        }
    }

    /// The end of a head, found in one search over all of it.
    fn reference_end(bytes: &[u8]) -> bool {
        let start = bytes.iter().position(|byte| !matches!(byte, b'\r' | b'\n')).unwrap_or(bytes.len());
        let head = &bytes[start..];
        head.windows(2).any(|pair| pair == b"\n\n") || head.windows(3).any(|three| three == b"\n\r\n")
    }

    /// A head that begins with the bytes that were read with the request before.
    #[test]
    fn finds_the_end_wherever_the_previous_request_was_read_to() {
        for end in ["\r\n\r\n", "\n\n", "\n\r\n", "\r\n\n"] {
            let head = format!("GET / HTTP/1.1\r\nhost: a{end}");
            for cut in 0..head.len() {
                let (first, rest) = head.as_bytes().split_at(cut);
                let mut buffer = HeadBuffer::from_incomplete(first);
                buffer.extend(rest);
                assert!(buffer.is_complete(), "{end:?} after {cut} bytes");
                assert_eq!(buffer.into_bytes(), head.as_bytes());
            }
        }
    }

    proptest! {
        #[test]
        fn finds_the_end_however_the_bytes_arrive(
            parts in proptest::collection::vec("[\r\na]{1,5}", 1..12)
        ) {
            let mut buffer = HeadBuffer::default();
            let mut all = Vec::new();
            for part in parts {
                buffer.extend(part.as_bytes());
                all.extend_from_slice(part.as_bytes());
                let complete = buffer.is_complete();
                prop_assert_eq!(complete, reference_end(&all), "{:?}", String::from_utf8_lossy(&all));
                if complete {
                    break;
                }
            }
        }
    }
}
