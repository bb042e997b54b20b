//! Decodes the content codings of a body as it arrives: gzip (RFC 1952), deflate (RFC 1950 and 1951), br (RFC 7932) and
//! zstd (RFC 8878). The output of each is limited, and so is the memory that each needs.

use std::io::{self, ErrorKind, Write as _};

use brotli_decompressor::{BrotliDecoderParameter, DecompressorWriter};
use bytes::Bytes;
use flate2::{Decompress, FlushDecompress, Status};

use crate::http_client::content::Coding;
use crate::http_client::gunzip::Gunzip;
use crate::http_client::limited_buffer::LimitedBuffer;
use crate::problem::PartnerFailure;

/// Largest window of zstd, as the logarithm of its bytes: eight megabytes, the most that RFC 9659 allows for HTTP.
const MAX_ZSTD_WINDOW_LOG: u32 = 23;
/// Bytes that are decompressed at once.
const SCRATCH_BYTES: usize = 16_384;

/// The decoders of a body, the last coding first.
pub(super) struct Decoders(Vec<Decoder>);

impl Decoders {
    /// Decoders for codings in the order in which they were applied. The output of each is limited to `limit` bytes.
    ///
    /// # Errors
    /// [`PartnerFailure::Encoding`] if there is no memory for one.
    pub(super) fn new(codings: &[Coding], limit: usize) -> Result<Self, PartnerFailure> {
        let decoders = codings.iter().rev().map(|coding| Decoder::new(*coding, limit)).collect::<io::Result<_>>();
        decoders.map(Self).map_err(|error| failure(&error))
    }

    /// Whether bytes pass through unchanged.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Decodes the next bytes, possibly to none.
    ///
    /// # Errors
    /// [`PartnerFailure::TooLong`] or [`PartnerFailure::Encoding`]. Nothing can be decoded further then.
    pub(super) fn push(&mut self, bytes: Bytes) -> Result<Bytes, PartnerFailure> {
        self.0.iter_mut().try_fold(bytes, |bytes, decoder| decoder.push(&bytes)).map_err(|error| failure(&error))
    }

    /// Decodes the last bytes.
    ///
    /// # Errors
    /// Those of [`Self::push`]; [`PartnerFailure::Encoding`] if the body ends too early.
    pub(super) fn finish(&mut self) -> Result<Bytes, PartnerFailure> {
        let finish_each = |bytes: Bytes, decoder: &mut Decoder| {
            let decoded = decoder.push(&bytes)?;
            decoder.finish().map(|rest| if rest.is_empty() { decoded } else { [decoded, rest].concat().into() })
        };
        self.0.iter_mut().try_fold(Bytes::new(), finish_each).map_err(|error| failure(&error))
    }
}

/// Why a decoder failed: the limit of its output, or invalid input.
fn failure(error: &io::Error) -> PartnerFailure {
    if error.kind() == ErrorKind::StorageFull { PartnerFailure::TooLong } else { PartnerFailure::Encoding }
}

/// The decoder of one coding.
enum Decoder {
    Gzip(Box<Gunzip>),
    Deflate(Box<Inflate>),
    Brotli(Box<DecompressorWriter<LimitedBuffer>>),
    Zstd(Box<zstd::stream::write::Decoder<'static, LimitedBuffer>>),
}

impl Decoder {
    fn new(coding: Coding, limit: usize) -> io::Result<Self> {
        let buffer = LimitedBuffer::new(limit);
        Ok(match coding {
            Coding::Gzip => Self::Gzip(Box::new(Gunzip::new(buffer))),
            Coding::Deflate => Self::Deflate(Box::new(Inflate::new(buffer))),
            Coding::Brotli => {
                let mut decoder = DecompressorWriter::new(buffer, SCRATCH_BYTES);
                // By default the decoder accepts windows of up to a gigabyte, which are no part of RFC 7932.
                decoder.set_parameter(BrotliDecoderParameter::BROTLI_DECODER_PARAM_LARGE_WINDOW, 0);
                Self::Brotli(Box::new(decoder))
            }
            Coding::Zstd => {
                let mut decoder = zstd::stream::write::Decoder::new(buffer)?;
                decoder.window_log_max(MAX_ZSTD_WINDOW_LOG)?;
                Self::Zstd(Box::new(decoder))
            }
        })
    }

    fn push(&mut self, bytes: &[u8]) -> io::Result<Bytes> {
        match self {
            Self::Gzip(decoder) => decoder.push(bytes),
            Self::Deflate(decoder) => decoder.push(bytes),
            Self::Brotli(decoder) => push_brotli(decoder, bytes),
            Self::Zstd(decoder) => {
                decoder.get_mut().note_input(bytes.len());
                decoder.write_all(bytes)?;
                decoder.flush()?;
                Ok(decoder.get_mut().take())
            }
        }
    }

    fn finish(&mut self) -> io::Result<Bytes> {
        match self {
            Self::Gzip(decoder) => decoder.finish(),
            Self::Deflate(decoder) => decoder.finish(),
            Self::Brotli(decoder) => decoder.close().map(|()| decoder.get_mut().take()),
            Self::Zstd(decoder) => decoder.do_finish().map(|()| decoder.get_mut().take()),
        }
    }
}

fn push_brotli(decoder: &mut DecompressorWriter<LimitedBuffer>, bytes: &[u8]) -> io::Result<Bytes> {
    decoder.get_mut().note_input(bytes.len());
    let mut left = bytes;
    loop {
        let buffered = decoder.get_ref().len();
        let read = decoder.write(left)?;
        left = left.get(read..).unwrap_or_default();
        // The decoder reads all bytes before it has given out what they become. At the end of the stream it does not read on:
        // what follows is ignored, as browsers do.
        if read == 0 && decoder.get_ref().len() == buffered {
            return Ok(decoder.get_mut().take());
        }
    }
}

/// Decodes `deflate`: the zlib format (RFC 1950), or the raw data (RFC 1951) that some servers send under this name.
struct Inflate {
    /// None until the first two bytes have shown which of the two it is.
    stream: Option<Decompress>,
    first_byte: Option<u8>,
    has_ended: bool,
    buffer: LimitedBuffer,
}

impl Inflate {
    fn new(buffer: LimitedBuffer) -> Self {
        Self { stream: None, first_byte: None, has_ended: false, buffer }
    }

    fn push(&mut self, bytes: &[u8]) -> io::Result<Bytes> {
        self.buffer.note_input(bytes.len());
        if self.stream.is_some() {
            self.inflate(bytes)?;
        } else {
            let start: Vec<u8> = self.first_byte.take().into_iter().chain(bytes.iter().copied()).collect();
            match start.as_slice() {
                [first, second, ..] => {
                    self.stream = Some(Decompress::new(is_zlib_header(*first, *second)));
                    self.inflate(&start)?;
                }
                short => self.first_byte = short.first().copied(),
            }
        }
        Ok(self.buffer.take())
    }

    /// Decompresses until everything is read, or the stream has ended. What follows the end is ignored.
    fn inflate(&mut self, bytes: &[u8]) -> io::Result<()> {
        let Some(stream) = &mut self.stream else { return Ok(()) };
        let mut scratch = [0; SCRATCH_BYTES];
        let mut left = bytes;
        while !self.has_ended {
            let (read, written) = (stream.total_in(), stream.total_out());
            let status = stream.decompress(left, &mut scratch, FlushDecompress::None).map_err(io::Error::other)?;
            let read = usize::try_from(stream.total_in() - read).map_err(io::Error::other)?;
            let written = usize::try_from(stream.total_out() - written).map_err(io::Error::other)?;
            left = left.get(read..).unwrap_or_default();
            self.buffer.write_all(scratch.get(..written).unwrap_or_default())?;
            self.has_ended = status == Status::StreamEnd;
            if written < SCRATCH_BYTES && left.is_empty() || read == 0 && written == 0 {
                break;
            }
        }
        Ok(())
    }

    fn finish(&mut self) -> io::Result<Bytes> {
        if self.has_ended { Ok(self.buffer.take()) } else { Err(ErrorKind::UnexpectedEof.into()) }
    }
}

/// Whether the first two bytes are a header of zlib for deflate (RFC 1950 section 2.2).
fn is_zlib_header(first: u8, second: u8) -> bool {
    first & 0x0f == 8 && first >> 4 <= 7 && u16::from_be_bytes([first, second]).is_multiple_of(31)
}

#[cfg(test)]
mod tests;
