//! Reads bytes as text: decodes strictly, and ends every line with a line feed. Bytes that do not decode are an error with their position;
//! they are never replaced.

use std::io::{self, Read};
use std::rc::Rc;

use encoding_rs::{Decoder, DecoderResult};

use crate::billing::import::encoding_errors::{ByteError, control_character, count_lines};
use crate::billing::import::issue::refusal;
use crate::billing::import::progress::Progress;
use crate::billing::profile::Encoding;

/// The largest text after decompression. A year of hourly rows by code and country takes about 100 MB.
pub(super) const MAX_TEXT_BYTES: u64 = 4 << 30;
/// The longest row, read-ahead included: a hundred columns of several kilobytes. A longer one has an open quotation mark, or is
/// not a row.
pub(super) const MAX_ROW_BYTES: u64 = 1 << 20;
/// Bytes read at a time.
const CHUNK_BYTES: usize = 64 << 10;
/// The start of a text in which a byte order mark or an XML declaration is looked for.
const START_BYTES: u64 = 256;

/// How a text is read.
#[derive(Clone, Copy)]
pub(super) struct TextOptions {
    pub encoding: Encoding,
    /// The most bytes of text between two resets of [`Progress::row_bytes`].
    pub max_row_bytes: u64,
    /// Whether the text is XML, which may declare its encoding (XML 1.0 section 4.3.3).
    pub is_xml: bool,
}

/// Reads a text as UTF-8, without its byte order mark.
pub(super) struct TextReader<'r> {
    bytes: Box<dyn Read + 'r>,
    encoding: Encoding,
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
    /// Bytes decoded so far, the byte order mark included.
    decoded_bytes: u64,
    /// Line feeds in the text before `text`.
    lines: u64,
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

/// Returns the encoding of a text: the configured one, or that of its byte order mark, or that of its XML declaration.
fn choose_encoding(options: TextOptions, start: &[u8], mark: Option<Encoding>) -> io::Result<Encoding> {
    match (options.encoding, mark) {
        (Encoding::Auto, Some(marked)) => Ok(marked),
        (Encoding::Auto, None) if options.is_xml => declared_encoding(start),
        (Encoding::Auto, None) => Ok(Encoding::Utf8),
        (configured, Some(marked)) if configured != marked => {
            Err(refusal("the file's byte order mark names another encoding than the profile; set encoding = \"auto\""))
        }
        (configured, _) => Ok(configured),
    }
}

fn declared_encoding(start: &[u8]) -> io::Result<Encoding> {
    let start = String::from_utf8_lossy(start);
    let label = || {
        let (declaration, _) = start.trim_start().strip_prefix("<?xml")?.split_once("?>")?;
        let (_, value) = declaration.split_once("encoding")?;
        value.trim_start().strip_prefix('=')?.split(['"', '\'']).nth(1)
    };
    let Some(label) = label() else { return Ok(Encoding::Utf8) };
    match Encoding::from_label(label) {
        // The declaration was readable as ASCII, so the text is not in UTF-16.
        Some(Encoding::Auto | Encoding::Utf16Le | Encoding::Utf16Be) => Ok(Encoding::Utf8),
        Some(encoding) => Ok(encoding),
        None => Err(refusal("the XML declares an encoding that is not known; set encoding")),
    }
}

impl<'r> TextReader<'r> {
    /// Opens a text.
    ///
    /// # Errors
    /// I/O errors; [`io::ErrorKind::InvalidData`] if a byte order mark contradicts the encoding, or XML declares one that is not known.
    pub(super) fn open(
        mut bytes: Box<dyn Read + 'r>,
        options: TextOptions,
        progress: Rc<Progress>,
    ) -> io::Result<Self> {
        let mut undecoded = Vec::new();
        bytes.by_ref().take(START_BYTES).read_to_end(&mut undecoded)?;
        let mark = byte_order_mark(&undecoded);
        let encoding = choose_encoding(options, &undecoded, mark.map(|(marked, _)| marked))?;
        let mark_length = mark.map_or(0, |(_, length)| length);
        undecoded.drain(..mark_length);
        Ok(Self {
            bytes,
            encoding,
            decoder: encoding.decoding().new_decoder_without_bom_handling(),
            max_row_bytes: options.max_row_bytes,
            progress,
            undecoded,
            at_end_of_bytes: false,
            at_end_of_text: false,
            text: String::new(),
            returned: 0,
            pending_carriage_return: false,
            at_line_start: true,
            decoded_bytes: mark_length as u64,
            lines: 0,
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
            self.decode_bytes()?;
            if self.decoded_bytes > MAX_TEXT_BYTES {
                return Err(refusal("the file is larger than 4 GB; split it by month"));
            }
            if self.at_end_of_bytes && self.undecoded.is_empty() {
                // The decoder was told that this was the last piece, and must not be called again.
                self.at_end_of_text = true;
                break;
            }
        }
        if memchr::memchr(0, self.text.as_bytes()).is_some() {
            return Err(refusal(
                "the text contains a NUL character; it is not a table, or is in another encoding (encoding = \"utf-16le\"?)",
            ));
        }
        Ok(!self.text.is_empty())
    }

    /// Decodes the bytes that were read.
    fn decode_bytes(&mut self) -> io::Result<()> {
        let capacity = self.decoder.max_utf8_buffer_length(self.undecoded.len()).unwrap_or(CHUNK_BYTES * 4);
        self.text.reserve(capacity);
        let (result, consumed) =
            self.decoder.decode_to_string_without_replacement(&self.undecoded, &mut self.text, self.at_end_of_bytes);
        let piece_start = self.decoded_bytes;
        self.decoded_bytes += consumed as u64;
        let error_at = match result {
            DecoderResult::Malformed(length, after) => {
                Some(self.decoded_bytes.saturating_sub(u64::from(length) + u64::from(after)))
            }
            DecoderResult::InputEmpty | DecoderResult::OutputFull => {
                let found = control_character(self.encoding, &self.text);
                found.map(|(before, bytes)| {
                    self.text.truncate(before);
                    piece_start + bytes
                })
            }
        };
        if let Some(offset) = error_at {
            self.at_end_of_text = true;
            let before = if self.pending_carriage_return { "\r" } else { "" };
            let line = self.lines + count_lines(before, &self.text) + 1;
            let in_chunk = offset.checked_sub(piece_start).and_then(|index| usize::try_from(index).ok());
            let byte = in_chunk.and_then(|index| self.undecoded.get(index)).copied();
            let error = ByteError { line, offset, byte, encoding: self.encoding };
            return Err(refusal(error.message(&self.undecoded)));
        }
        self.undecoded.drain(..consumed);
        Ok(())
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
            self.lines += memchr::memchr_iter(b'\n', self.text.as_bytes()).count() as u64;
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
            return Err(refusal(
                "a row is longer than 1 MB; a quotation mark is open, the delimiter is wrong, or this is not a statement",
            ));
        }
        self.progress.row_bytes.set(row_bytes);
        Ok(n)
    }
}
