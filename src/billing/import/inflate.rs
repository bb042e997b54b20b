//! Bounds what compressed data may become: its bytes, and how many times larger it may grow. Data that are damaged, end early or are
//! followed by others are an error.

use std::cell::Cell;
use std::io::{self, BufReader, Read};
use std::rc::Rc;

use flate2::bufread::MultiGzDecoder;

use crate::billing::import::issue::{is_refusal, refusal};

/// The most times that data may grow. Statements grow 5 to 40 times, a table of one repeated row up to 200 times; deflate can reach
/// 1,032 (RFC 1951), and only bombs do.
const MAX_RATIO: u64 = 400;
/// The size from which the ratio is checked, in bytes. Less than this harms nobody.
const RATIO_FROM: u64 = 16 << 20;

/// What compressed data are called in messages, and how large they may become.
pub(super) struct InflateLimits {
    /// Such as "the gzip data".
    pub name: String,
    /// The most bytes after decompression.
    pub max_bytes: u64,
    /// The bytes that the data claim to become, if they do.
    pub declared_bytes: Option<u64>,
}

/// Decompressed data within limits.
pub(super) struct BoundedReader<R> {
    data: R,
    limits: InflateLimits,
    /// The number of compressed bytes, so far or as a whole.
    compressed_bytes: Rc<Cell<u64>>,
    inflated_bytes: u64,
}

impl<R: Read> BoundedReader<R> {
    pub(super) fn new(data: R, limits: InflateLimits, compressed_bytes: Rc<Cell<u64>>) -> Self {
        Self { data, limits, compressed_bytes, inflated_bytes: 0 }
    }

    fn check(&self, is_at_end: bool) -> io::Result<()> {
        let InflateLimits { name, max_bytes, declared_bytes } = &self.limits;
        if self.inflated_bytes > *max_bytes {
            let limit = max_bytes >> 20;
            return Err(refusal(format!("{name} decompress to more than {limit} MB; split the file by month")));
        }
        if self.inflated_bytes > RATIO_FROM && self.inflated_bytes / MAX_RATIO > self.compressed_bytes.get() {
            return Err(refusal(format!(
                "{name} decompress to more than {MAX_RATIO} times their size; this is not a statement. Unpack the file yourself if \
                 you trust it"
            )));
        }
        let differs = declared_bytes
            .is_some_and(|declared| self.inflated_bytes > declared || (is_at_end && self.inflated_bytes != declared));
        if differs {
            return Err(refusal(format!("{name} have another size than the file declares; download it again")));
        }
        Ok(())
    }
}

impl<R: Read> Read for BoundedReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.data.read(buffer).map_err(|error| damaged(&self.limits.name, error))?;
        self.inflated_bytes += n as u64;
        self.check(n == 0 && !buffer.is_empty())?;
        Ok(n)
    }
}

/// Puts what a decoder reports into words for the operator. Errors of the file system stay as they are.
fn damaged(name: &str, error: io::Error) -> io::Error {
    if is_refusal(&error) {
        return error;
    }
    if error.kind() == io::ErrorKind::UnexpectedEof {
        return refusal(format!("{name} end early; download the file again"));
    }
    if error.kind() == io::ErrorKind::Unsupported {
        return refusal(format!("{name} are compressed with another method than deflate; pack the file again"));
    }
    if [io::ErrorKind::InvalidData, io::ErrorKind::InvalidInput].contains(&error.kind()) {
        return refusal(format!("{name} are damaged, or are followed by other bytes; download the file again"));
    }
    error
}

/// Counts the bytes that are read.
struct CountingReader<R> {
    bytes: R,
    count: Rc<Cell<u64>>,
}

impl<R: Read> Read for CountingReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.bytes.read(buffer)?;
        self.count.set(self.count.get() + n as u64);
        Ok(n)
    }
}

/// Decompresses gzip data of one or several members (RFC 1952).
pub(super) fn gunzip(bytes: impl Read, max_bytes: u64) -> impl Read {
    let count = Rc::new(Cell::new(0));
    let counted = CountingReader { bytes, count: count.clone() };
    let limits = InflateLimits { name: "the gzip data".to_owned(), max_bytes, declared_bytes: None };
    BoundedReader::new(MultiGzDecoder::new(BufReader::new(counted)), limits, count)
}
