//! Where the body of a response ends (RFC 9112 sections 6.3 and 7.1), and the bytes of it that have arrived.

use bytes::{Buf as _, Bytes, BytesMut};

use crate::http_client::failure::ExchangeError;

/// Most bytes of the line before a chunk, and of all chunk extensions of a body together. Nobody uses them.
const MAX_EXTENSION_BYTES: usize = 16_384;
/// Most bytes of the trailer section, which nobody reads.
const MAX_TRAILER_BYTES: usize = 16_384;

const LINE_END: &[u8] = b"\r\n";

/// How the rest of a body ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum BodyFraming {
    /// After so many bytes.
    Length(u64),
    /// With a chunk of length 0.
    Chunked(ChunkReader),
    /// With the connection.
    UntilClose,
}

/// The place within a body of chunks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ChunkReader {
    next: ChunkPart,
    /// Bytes of extensions, and of trailers, that may still come.
    extension_bytes_left: usize,
    trailer_bytes_left: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ChunkPart {
    /// The line with the size of a chunk.
    Size,
    /// So many bytes of data.
    Data(u64),
    /// The line end after the data.
    DataEnd,
    /// A trailer, or the empty line at the end.
    Trailer,
    Ended,
}

impl BodyFraming {
    /// A body of this many bytes.
    pub(super) fn with_length(length: u64) -> Self {
        Self::Length(length)
    }

    /// A body of chunks.
    pub(super) fn chunked() -> Self {
        Self::Chunked(ChunkReader {
            next: ChunkPart::Size,
            extension_bytes_left: MAX_EXTENSION_BYTES,
            trailer_bytes_left: MAX_TRAILER_BYTES,
        })
    }

    /// How many bytes are left, if the head told it.
    pub(super) fn length(&self) -> Option<u64> {
        match self {
            Self::Length(left) => Some(*left),
            Self::Chunked(_) | Self::UntilClose => None,
        }
    }

    /// Whether nothing of the body is left.
    pub(super) fn has_ended(&self) -> bool {
        match self {
            Self::Length(left) => *left == 0,
            Self::Chunked(chunks) => chunks.next == ChunkPart::Ended,
            Self::UntilClose => false,
        }
    }

    /// Takes bytes of the body out of what has arrived, without a copy; `None` if there are none.
    ///
    /// # Errors
    /// [`ExchangeError::NotHttp`] or [`ExchangeError::HeadTooLong`] for invalid chunks.
    pub(super) fn take(&mut self, buffer: &mut BytesMut) -> Result<Option<Bytes>, ExchangeError> {
        match self {
            Self::Length(left) => Ok(take(buffer, left)),
            Self::Chunked(chunks) => chunks.take(buffer),
            Self::UntilClose => Ok((!buffer.is_empty()).then(|| buffer.split().freeze())),
        }
    }
}

/// At most `left` bytes.
fn take(buffer: &mut BytesMut, left: &mut u64) -> Option<Bytes> {
    let length = buffer.len().min(usize::try_from(*left).unwrap_or(usize::MAX));
    // A length in memory fits.
    *left = left.saturating_sub(u64::try_from(length).unwrap_or(u64::MAX));
    (length > 0).then(|| buffer.split_to(length).freeze())
}

impl ChunkReader {
    fn take(&mut self, buffer: &mut BytesMut) -> Result<Option<Bytes>, ExchangeError> {
        loop {
            match &mut self.next {
                ChunkPart::Ended => return Ok(None),
                ChunkPart::Data(0) => self.next = ChunkPart::DataEnd,
                ChunkPart::Data(left) => return Ok(take(buffer, left)),
                ChunkPart::DataEnd if buffer.starts_with(LINE_END) => {
                    buffer.advance(LINE_END.len());
                    self.next = ChunkPart::Size;
                }
                ChunkPart::DataEnd if LINE_END.starts_with(buffer) => return Ok(None),
                ChunkPart::DataEnd => return Err(ExchangeError::NotHttp),
                ChunkPart::Size => {
                    let Some(line) = line(buffer, self.extension_bytes_left)? else { return Ok(None) };
                    self.read_size(&line)?;
                }
                ChunkPart::Trailer => {
                    let Some(line) = line(buffer, self.trailer_bytes_left)? else { return Ok(None) };
                    self.trailer_bytes_left = self.trailer_bytes_left.saturating_sub(line.len());
                    if line.is_empty() {
                        self.next = ChunkPart::Ended;
                    }
                }
            }
        }
    }

    fn read_size(&mut self, line: &[u8]) -> Result<(), ExchangeError> {
        let (size, extension) = chunk_size(line).ok_or(ExchangeError::NotHttp)?;
        let left = self.extension_bytes_left.checked_sub(extension);
        self.extension_bytes_left = left.ok_or(ExchangeError::HeadTooLong)?;
        self.next = if size == 0 { ChunkPart::Trailer } else { ChunkPart::Data(size) };
        Ok(())
    }
}

/// Takes a line of at most this many bytes and its end, CR LF, out of what has arrived; `None` if it is not complete.
fn line(buffer: &mut BytesMut, max: usize) -> Result<Option<BytesMut>, ExchangeError> {
    let Some(end) = memchr::memchr(b'\n', buffer) else {
        // One more byte can be the CR.
        return if buffer.len() > max + 1 { Err(ExchangeError::HeadTooLong) } else { Ok(None) };
    };
    let mut line = buffer.split_to(end + 1);
    let length = end.checked_sub(1).filter(|&last| line.get(last) == Some(&b'\r')).ok_or(ExchangeError::NotHttp)?;
    if length > max {
        return Err(ExchangeError::HeadTooLong);
    }
    line.truncate(length);
    Ok(Some(line))
}

/// The size of a chunk, and how many bytes of its line are not the size.
fn chunk_size(line: &[u8]) -> Option<(u64, usize)> {
    let digits = line.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
    let (size, extension) = line.split_at_checked(digits)?;
    // Servers pad the size with spaces (RFC 9112 appendix C.1 had them); anything else begins with a semicolon.
    let is_extension = matches!(extension.trim_ascii_start().first(), None | Some(b';'));
    let size = str::from_utf8(size).ok().filter(|_| is_extension)?;
    Some((u64::from_str_radix(size, 16).ok()?, extension.len()))
}

#[cfg(test)]
mod tests;
