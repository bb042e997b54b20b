//! Receives decompressed bytes, up to a limit.

use std::io::{self, ErrorKind, Write};

use bytes::Bytes;

/// Receives bytes, up to a total limit. Writing more is an error of the kind `StorageFull`.
#[derive(Debug)]
pub(super) struct LimitedBuffer {
    bytes: Vec<u8>,
    bytes_left: usize,
}

impl LimitedBuffer {
    pub(super) fn new(limit: usize) -> Self {
        Self { bytes: Vec::new(), bytes_left: limit }
    }

    /// How many bytes [`Self::take`] would return.
    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// The bytes received since the last call.
    pub(super) fn take(&mut self) -> Bytes {
        std::mem::take(&mut self.bytes).into()
    }
}

impl Write for LimitedBuffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes_left = self.bytes_left.checked_sub(bytes.len()).ok_or(ErrorKind::StorageFull)?;
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
