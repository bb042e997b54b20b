//! Computes the hash of a file while it is read.

use std::io::{self, Read};
use std::rc::Rc;

use aws_lc_rs::digest::{Context, SHA256};
use data_encoding::HEXLOWER;

use crate::billing::import::progress::Progress;

/// Bytes read at a time.
const CHUNK_BYTES: usize = 64 << 10;

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
