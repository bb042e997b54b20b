//! Reads a file's bytes as text: hashes them as they are, decompresses, decodes strictly, and ends every line with a line feed.
//! Bytes that do not decode are an error with their position; they are never replaced.

use std::io::{self, Read};
use std::rc::Rc;

use aws_lc_rs::digest::{Context, SHA256};
use data_encoding::HEXLOWER;
use encoding_rs::{Decoder, DecoderResult, UTF_8, UTF_16BE, UTF_16LE};
use flate2::read::MultiGzDecoder;

use crate::billing::import::progress::Progress;
use crate::billing::profile::Encoding;

/// The largest text after decompression. A year of hourly rows by code and country takes about 100 MB.
pub(super) const MAX_TEXT_BYTES: u64 = 4 << 30;
/// The longest row, read-ahead included: a hundred columns of several kilobytes. A longer one has an open quotation mark, or is
/// not a row.
pub(super) const MAX_ROW_BYTES: u64 = 1 << 20;
/// Bytes read at a time.
const CHUNK_BYTES: usize = 64 << 10;
/// The first bytes of gzip data (RFC 1952 section 2.3.1).
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// Computes the SHA-256 of a file while it is read.
pub(super) struct HashingReader<R> {
    file: R,
    digest: Context,
    progress: Rc<Progress>,
}

impl<R: Read> HashingReader<R> {
    pub(super) fn new(file: R, progress: Rc<Progress>) -> Self {
        Self { file, digest: Context::new(&SHA256), progress }
    }

    /// Reads the rest of the file and returns the hash of all of it, in hexadecimal.
    pub(super) fn finish(mut self) -> io::Result<String> {
        let mut rest = vec![0; CHUNK_BYTES];
        while self.read(&mut rest)? > 0 {}
        Ok(HEXLOWER.encode(self.digest.finish().as_ref()))
    }
}

impl<R: Read> Read for HashingReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.file.read(buffer)?;
        self.digest.update(buffer.get(..n).unwrap_or_default());
        self.progress.bytes_read.set(self.progress.bytes_read.get() + n as u64);
        Ok(n)
    }
}

/// Reads a file's text as UTF-8, without its byte order mark.
pub(super) struct TextReader<'r> {
    bytes: Box<dyn Read + 'r>,
    decoder: Decoder,
    max_row_bytes: u64,
    progress: Rc<Progress>,
    /// Bytes read and not decoded yet.
    undecoded: Vec<u8>,
    at_end_of_bytes: bool,
    at_end_of_text: bool,
    /// Decoded text, returned up to `returned`.
    text: String,
    returned: usize,
    /// The decoded text ended with a carriage return, which is not in `text` yet: a line feed may follow.
    pending_carriage_return: bool,
    /// The text returned so far ends with a line feed, or is empty.
    at_line_start: bool,
    decoded_bytes: u64,
}

fn invalid(message: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, message.into())
}

/// Returns the encoding that a byte order mark names, and the mark's length.
fn byte_order_mark(start: &[u8]) -> Option<(Encoding, usize)> {
    match start {
        [0xef, 0xbb, 0xbf, ..] => Some((Encoding::Utf8, 3)),
        [0xff, 0xfe, ..] => Some((Encoding::Utf16Le, 2)),
        [0xfe, 0xff, ..] => Some((Encoding::Utf16Be, 2)),
        _ => None,
    }
}

impl<'r> TextReader<'r> {
    /// Opens a file, which may be compressed with gzip.
    ///
    /// # Errors
    /// I/O errors; [`io::ErrorKind::InvalidData`] if a byte order mark contradicts the encoding.
    pub(super) fn open(
        mut file: impl Read + 'r,
        encoding: Encoding,
        max_row_bytes: u64,
        progress: Rc<Progress>,
    ) -> io::Result<Self> {
        let mut start = Vec::new();
        file.by_ref().take(GZIP_MAGIC.len() as u64).read_to_end(&mut start)?;
        let is_compressed = start == GZIP_MAGIC;
        let whole = io::Cursor::new(start).chain(file);
        let mut bytes: Box<dyn Read + 'r> =
            if is_compressed { Box::new(MultiGzDecoder::new(whole)) } else { Box::new(whole) };
        let mut undecoded = Vec::new();
        bytes.by_ref().take(3).read_to_end(&mut undecoded)?;
        let mark = byte_order_mark(&undecoded);
        let encoding = match (encoding, mark) {
            (Encoding::Auto, Some((marked, _))) => marked,
            (Encoding::Auto, None) => Encoding::Utf8,
            (configured, Some((marked, _))) if configured != marked => {
                return Err(invalid(
                    "the file's byte order mark names another encoding than the profile; set encoding = \"auto\"",
                ));
            }
            (configured, _) => configured,
        };
        undecoded.drain(..mark.map_or(0, |(_, length)| length));
        let decoder = match encoding {
            Encoding::Auto | Encoding::Utf8 => UTF_8,
            Encoding::Utf16Le => UTF_16LE,
            Encoding::Utf16Be => UTF_16BE,
        };
        Ok(Self {
            bytes,
            decoder: decoder.new_decoder_without_bom_handling(),
            max_row_bytes,
            progress,
            undecoded,
            at_end_of_bytes: false,
            at_end_of_text: false,
            text: String::new(),
            returned: 0,
            pending_carriage_return: false,
            at_line_start: true,
            decoded_bytes: 0,
        })
    }

    /// Decodes the next piece into `text`. Returns false at the end.
    fn decode(&mut self) -> io::Result<bool> {
        self.text.clear();
        if self.at_end_of_text {
            return Ok(false);
        }
        while self.text.is_empty() {
            if self.undecoded.is_empty() && !self.at_end_of_bytes {
                let mut chunk = vec![0; CHUNK_BYTES];
                let n = self.bytes.read(&mut chunk)?;
                chunk.truncate(n);
                self.at_end_of_bytes = n == 0;
                self.undecoded = chunk;
            }
            let capacity = self.decoder.max_utf8_buffer_length(self.undecoded.len()).unwrap_or(CHUNK_BYTES * 4);
            self.text.reserve(capacity);
            let (result, consumed) = self.decoder.decode_to_string_without_replacement(
                &self.undecoded,
                &mut self.text,
                self.at_end_of_bytes,
            );
            self.decoded_bytes += consumed as u64;
            self.undecoded.drain(..consumed);
            if let DecoderResult::Malformed(..) = result {
                self.at_end_of_text = true;
                return Err(invalid(format!(
                    "the text is invalid in its encoding at byte {}; export the file again in UTF-8, or set encoding",
                    self.decoded_bytes
                )));
            }
            if self.decoded_bytes > MAX_TEXT_BYTES {
                return Err(invalid("the file decompresses to more than 4 GB; split it by month"));
            }
            if self.at_end_of_bytes && self.undecoded.is_empty() {
                // The decoder was told that this was the last piece, and must not be called again.
                self.at_end_of_text = true;
                break;
            }
        }
        if memchr::memchr(0, self.text.as_bytes()).is_some() {
            return Err(invalid(
                "the text contains a NUL character; it is not a table, or is in another encoding (encoding = \"utf-16le\"?)",
            ));
        }
        Ok(!self.text.is_empty())
    }

    /// Decodes the next piece and ends its lines with line feeds, also the last line. Returns false at the end.
    fn fill(&mut self) -> io::Result<bool> {
        self.returned = 0;
        loop {
            let has_more = self.decode()?;
            if std::mem::take(&mut self.pending_carriage_return) {
                self.text.insert(0, '\r');
            } else if !has_more && !self.at_line_start {
                self.text.push('\n');
            }
            // Only the next piece tells whether a line feed follows.
            self.pending_carriage_return = has_more && self.text.ends_with('\r');
            if self.pending_carriage_return {
                self.text.pop();
            }
            if memchr::memchr(b'\r', self.text.as_bytes()).is_some() {
                self.text = self.text.replace("\r\n", "\n").replace('\r', "\n");
            }
            if !self.text.is_empty() {
                self.at_line_start = self.text.ends_with('\n') && !self.pending_carriage_return;
                return Ok(true);
            }
            if !has_more {
                return Ok(false);
            }
        }
    }
}

impl Read for TextReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.returned == self.text.len() && !self.fill()? {
            return Ok(0);
        }
        let rest = self.text.as_bytes().get(self.returned..).unwrap_or_default();
        let n = rest.len().min(buffer.len());
        if let (Some(to), Some(from)) = (buffer.get_mut(..n), rest.get(..n)) {
            to.copy_from_slice(from);
        }
        self.returned += n;
        let row_bytes = self.progress.row_bytes.get() + n as u64;
        if row_bytes > self.max_row_bytes {
            return Err(invalid("a row is longer than 1 MB; a quotation mark is open, or the delimiter is wrong"));
        }
        self.progress.row_bytes.set(row_bytes);
        Ok(n)
    }
}
