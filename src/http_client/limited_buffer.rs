//! Receives decompressed bytes, up to a limit.

use std::io::{self, ErrorKind, Write};

use bytes::Bytes;

/// Bytes of one piece of the buffer. A buffer that grows by doubling would need up to three times what it contains, and leave holes
/// of all sizes behind that the allocator keeps. Most answers fit into one piece or a few.
const PIECE_BYTES: usize = 65_536;

/// Bytes that compressed ones may become whatever their number is, and what each of them may become beyond: the size of a bomb is
/// thus in proportion to what its sender pays. Pages of results become 3 to 30 times as long; 28,000 equal results 340 times, which
/// are two megabytes and within these two numbers. Deflate reaches 1,030, other codings a million.
const FREE_BYTES: usize = 1 << 20;
const MAX_RATIO: usize = 250;

/// Receives bytes, up to a total limit and in proportion to the input. Writing more is an error of the kind `StorageFull`.
#[derive(Debug)]
pub(super) struct LimitedBuffer {
    /// All but the last are full.
    pieces: Vec<Vec<u8>>,
    bytes_left: usize,
    /// Bytes left by the ratio.
    allowed: usize,
}

impl LimitedBuffer {
    pub(super) fn new(limit: usize) -> Self {
        Self { pieces: Vec::new(), bytes_left: limit, allowed: FREE_BYTES }
    }

    /// Notes that this many compressed bytes are about to be decoded.
    pub(super) fn note_input(&mut self, bytes: usize) {
        self.allowed = self.allowed.saturating_add(bytes.saturating_mul(MAX_RATIO));
    }

    /// How many bytes [`Self::take`] would return.
    pub(super) fn len(&self) -> usize {
        self.pieces.iter().map(Vec::len).sum()
    }

    /// The bytes received since the last call.
    pub(super) fn take(&mut self) -> Bytes {
        let mut pieces = std::mem::take(&mut self.pieces);
        match pieces.pop() {
            None => Bytes::new(),
            Some(only) if pieces.is_empty() => only.into(),
            Some(last) => {
                pieces.push(last);
                pieces.concat().into()
            }
        }
    }
}

impl Write for LimitedBuffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.allowed = self.allowed.checked_sub(bytes.len()).ok_or(ErrorKind::StorageFull)?;
        self.bytes_left = self.bytes_left.checked_sub(bytes.len()).ok_or(ErrorKind::StorageFull)?;
        let mut left = bytes;
        while !left.is_empty() {
            let room = self.pieces.last().map_or(0, |piece| PIECE_BYTES.saturating_sub(piece.len()));
            if room == 0 {
                self.pieces.push(Vec::new());
                continue;
            }
            let (now, later) = left.split_at(room.min(left.len()));
            if let Some(piece) = self.pieces.last_mut() {
                piece.extend_from_slice(now);
            }
            left = later;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn returns_what_was_written_and_no_more_than_the_limit(writes in proptest::collection::vec(0..200_000_usize, 0..8), limit in 0..600_000_usize) {
            let mut buffer = LimitedBuffer::new(limit);
            buffer.note_input(limit);
            let (mut expected, mut taken) = (Vec::new(), Vec::new());
            for (nth, length) in writes.iter().enumerate() {
                let bytes: Vec<u8> = (0..=250_u8).cycle().take(*length).collect();
                let fits = expected.len() + length <= limit;
                prop_assert_eq!(buffer.write_all(&bytes).is_ok(), fits || bytes.is_empty());
                if !fits && !bytes.is_empty() {
                    break;
                }
                expected.extend_from_slice(&bytes);
                prop_assert_eq!(taken.len() + buffer.len(), expected.len());
                if nth % 3 == 2 {
                    taken.extend_from_slice(&buffer.take());
                }
            }
            taken.extend_from_slice(&buffer.take());
            prop_assert_eq!(taken, expected);
        }

        #[test]
        fn no_more_is_accepted_than_the_input_may_become(input in 0..10_000_usize) {
            let mut buffer = LimitedBuffer::new(usize::MAX);
            buffer.note_input(input);
            let allowed = FREE_BYTES + input * MAX_RATIO;
            let pieces = std::iter::repeat_n([0; 1_000].as_slice(), allowed / 1_000);
            prop_assert!(pieces.into_iter().all(|piece| buffer.write_all(piece).is_ok() && buffer.take().len() == 1_000));
            prop_assert!(buffer.write_all(&vec![0; allowed % 1_000]).is_ok());
            prop_assert_eq!(buffer.write_all(&[0]).unwrap_err().kind(), ErrorKind::StorageFull);
        }
    }
}
