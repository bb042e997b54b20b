//! How far an import has read, shared between the reader and whoever shows it.

use std::cell::Cell;

/// Progress of reading a file.
#[derive(Debug, Default)]
pub struct Progress {
    /// Bytes of the file read.
    pub bytes_read: Cell<u64>,
    /// Bytes of decoded text returned since the current row began. Whoever parses rows resets it.
    pub(super) row_bytes: Cell<u64>,
}
