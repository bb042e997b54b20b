//! A file's bytes into text: unpacked, hashed as they came, decoded strictly, every line ended by a line feed. What is no text is
//! an error with its place, and never replaced by something else.

use std::cell::Cell;
use std::io::{self, Read};
use std::rc::Rc;

use aws_lc_rs::digest::{Context, SHA256};
use data_encoding::HEXLOWER;
use encoding_rs::{Decoder, DecoderResult, UTF_8, UTF_16BE, UTF_16LE};
use flate2::read::MultiGzDecoder;

use crate::billing::profile::Encoding;

/// The most that a file may hold once unpacked: a year of hourly rows by code and country has some 100 MB.
pub(super) const LARGEST_TEXT: u64 = 4 << 30;
/// The longest row, with what is read ahead of it: a hundred columns of some kilobytes. Beyond it a quotation mark is open, or
/// it is no table.
pub(super) const LONGEST_ROW: u64 = 1 << 20;
/// How much is read at a time.
const CHUNK: usize = 64 << 10;

/// How far reading has come, shared with whoever reads.
#[derive(Debug, Default)]
pub struct Progress {
    /// Bytes of the file that were taken.
    pub taken: Cell<u64>,
    /// Bytes of text given out since the last row began.
    pub row: Cell<u64>,
}

/// What reads a file and hashes it.
pub(super) struct Hashed<R> {
    file: R,
    digest: Context,
    progress: Rc<Progress>,
}

impl<R: Read> Hashed<R> {
    /// Over a file.
    pub(super) fn new(file: R, progress: Rc<Progress>) -> Self {
        Self { file, digest: Context::new(&SHA256), progress }
    }

    /// The hash of the whole file, in hexadecimal; what was not read yet is read now.
    pub(super) fn finish(mut self) -> io::Result<String> {
        let mut rest = vec![0; CHUNK];
        while self.read(&mut rest)? > 0 {}
        Ok(HEXLOWER.encode(self.digest.finish().as_ref()))
    }
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.file.read(buffer)?;
        self.digest.update(buffer.get(..n).unwrap_or_default());
        self.progress.taken.set(self.progress.taken.get() + n as u64);
        Ok(n)
    }
}

/// The text of a file, in UTF-8 and without its byte order mark.
pub(super) struct StatementText<R> {
    bytes: R,
    decoder: Decoder,
    longest_row: u64,
    progress: Rc<Progress>,
    /// What was taken and not decoded yet.
    raw: Vec<u8>,
    ended: bool,
    done: bool,
    /// What was decoded and not given out yet, from `given` on.
    text: String,
    given: usize,
    /// A carriage return was decoded last, and is not given out yet.
    returned: bool,
    /// What was given out ends a line, or there is nothing yet.
    line_ended: bool,
    read: u64,
}

fn wrong(what: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.into())
}

/// The text of a file that may be packed with gzip.
///
/// # Errors
/// The file's.
pub(super) fn text<'r, R: Read + 'r>(
    mut bytes: R,
    encoding: Encoding,
    longest_row: u64,
    progress: Rc<Progress>,
) -> io::Result<StatementText<Box<dyn Read + 'r>>> {
    let mut start = Vec::new();
    bytes.by_ref().take(2).read_to_end(&mut start)?;
    let packed = start == [0x1f, 0x8b];
    let whole = io::Cursor::new(start).chain(bytes);
    let mut bytes: Box<dyn Read + 'r> = if packed { Box::new(MultiGzDecoder::new(whole)) } else { Box::new(whole) };
    let mut raw = Vec::new();
    bytes.by_ref().take(3).read_to_end(&mut raw)?;
    let marked = match raw.as_slice() {
        [0xef, 0xbb, 0xbf] => Some((Encoding::Utf8, 3)),
        [0xff, 0xfe, ..] => Some((Encoding::Utf16Le, 2)),
        [0xfe, 0xff, ..] => Some((Encoding::Utf16Be, 2)),
        _ => None,
    };
    let found = match (encoding, marked) {
        (Encoding::Auto, Some((found, _))) => found,
        (Encoding::Auto, None) => Encoding::Utf8,
        (said, Some((found, _))) if said != found => {
            return Err(wrong(
                "the file's byte order mark names another encoding than the profile; set encoding = \"auto\"",
            ));
        }
        (said, _) => said,
    };
    raw.drain(..marked.map_or(0, |(_, length)| length));
    let decoder = match found {
        Encoding::Auto | Encoding::Utf8 => UTF_8,
        Encoding::Utf16Le => UTF_16LE,
        Encoding::Utf16Be => UTF_16BE,
    };
    let decoder = decoder.new_decoder_without_bom_handling();
    Ok(StatementText {
        bytes,
        decoder,
        longest_row,
        progress,
        raw,
        ended: false,
        done: false,
        text: String::new(),
        given: 0,
        returned: false,
        line_ended: true,
        read: 0,
    })
}

impl<R: Read> StatementText<R> {
    /// Decodes the next piece; false at the end.
    fn decode(&mut self) -> io::Result<bool> {
        self.text.clear();
        if self.done {
            return Ok(false);
        }
        while self.text.is_empty() {
            if self.raw.is_empty() && !self.ended {
                let mut chunk = vec![0; CHUNK];
                let n = self.bytes.read(&mut chunk)?;
                chunk.truncate(n);
                self.ended = n == 0;
                self.raw = chunk;
            }
            self.text.reserve(self.decoder.max_utf8_buffer_length(self.raw.len()).unwrap_or(CHUNK * 4));
            let (result, taken) =
                self.decoder.decode_to_string_without_replacement(&self.raw, &mut self.text, self.ended);
            self.read += taken as u64;
            self.raw.drain(..taken);
            if let DecoderResult::Malformed(..) = result {
                let at = self.read;
                self.done = true;
                return Err(wrong(format!(
                    "byte {at} of the text is not of its encoding; export the file anew in UTF-8, or set encoding"
                )));
            }
            if self.read > LARGEST_TEXT {
                return Err(wrong("the file unpacks to more than 4 GB; split it by month"));
            }
            if self.ended && self.raw.is_empty() {
                // The decoder was told that this is the end, and is not to be asked again.
                self.done = true;
                break;
            }
        }
        if memchr::memchr(0, self.text.as_bytes()).is_some() {
            return Err(wrong(
                "there is a NUL character in the text; it is no table, or its encoding is another (encoding = \"utf-16le\"?)",
            ));
        }
        Ok(!self.text.is_empty())
    }

    /// The next piece with line feeds alone, as lines are counted by them; the last line ends, too. False at the end.
    fn fill(&mut self) -> io::Result<bool> {
        self.given = 0;
        loop {
            let more = self.decode()?;
            if std::mem::take(&mut self.returned) {
                self.text.insert(0, '\r');
            } else if !more && !self.line_ended {
                self.text.push('\n');
            }
            // Whether a line feed follows it, only the next piece tells.
            self.returned = more && self.text.ends_with('\r');
            if self.returned {
                self.text.pop();
            }
            if memchr::memchr(b'\r', self.text.as_bytes()).is_some() {
                self.text = self.text.replace("\r\n", "\n").replace('\r', "\n");
            }
            if !self.text.is_empty() {
                self.line_ended = self.text.ends_with('\n') && !self.returned;
                return Ok(true);
            }
            if !more {
                return Ok(false);
            }
        }
    }
}

impl<R: Read> Read for StatementText<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.given == self.text.len() && !self.fill()? {
            return Ok(0);
        }
        let left = self.text.as_bytes().get(self.given..).unwrap_or_default();
        let n = left.len().min(buffer.len());
        if let (Some(to), Some(from)) = (buffer.get_mut(..n), left.get(..n)) {
            to.copy_from_slice(from);
        }
        self.given += n;
        let row = self.progress.row.get() + n as u64;
        if row > self.longest_row {
            return Err(wrong("a row is longer than 1 MB; a quotation mark is open, or the delimiter is another"));
        }
        self.progress.row.set(row);
        Ok(n)
    }
}
