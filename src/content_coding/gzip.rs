//! gzip (RFC 1952): one member, written as the content arrives.

use flate2::{Compress, Compression, Crc, FlushCompress, Status};

use crate::content_coding::failure::CodingFailed;
use crate::padme::padded_body_length;

/// Level 4 of 9. A page of 20 results and 12.8 KB becomes 6.4 KB in 69 µs; level 1 makes it 8.1 KB in 31 µs, level 6 6.4 KB in 75 µs, and level
/// 9 makes nothing smaller: half of such a page is sealed links, which do not compress.
const LEVEL: u32 = 4;

/// Work for a byte of content, in the units of [`crate::work`].
pub(super) const WORK_PER_BYTE: u64 = 10;

/// Bytes of memory of an encoder: the window, its hash tables, and symbols that wait for their block.
pub const ENCODER_BYTES: usize = 448 * 1024;

/// The header of a member: deflate, no flags, no time, from an unknown system (RFC 1952 section 2.3).
const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];

/// Bytes after the compressed blocks: checksum and length.
const TRAILER_BYTES: usize = 8;

/// Most bytes in a stored block, and the bytes before them where the block begins at a byte boundary (RFC 1951 section 3.2.4).
const STORED_BYTES: usize = 0xffff;
const STORED_HEADER_BYTES: usize = 5;

/// Room that is made for output at once.
const OUTPUT_BYTES: usize = 4_096;

/// Writes one member.
#[derive(Debug)]
pub struct GzipEncoder {
    deflate: Compress,
    checksum: Crc,
    is_begun: bool,
}

impl Default for GzipEncoder {
    fn default() -> Self {
        Self { deflate: Compress::new(Compression::new(LEVEL), false), checksum: Crc::new(), is_begun: false }
    }
}

impl GzipEncoder {
    /// Codes more content and appends what is complete to `out`.
    ///
    /// # Errors
    /// [`CodingFailed`], which no input causes.
    pub fn push(&mut self, content: &[u8], out: &mut Vec<u8>) -> Result<(), CodingFailed> {
        self.checksum.update(content);
        self.deflate(content, FlushCompress::None, out)
    }

    /// Appends everything that was pushed, up to a byte boundary.
    ///
    /// # Errors
    /// [`CodingFailed`], which no input causes.
    pub fn flush(&mut self, out: &mut Vec<u8>) -> Result<(), CodingFailed> {
        self.deflate(&[], FlushCompress::Sync, out)
    }

    /// Appends the end of the member.
    ///
    /// # Errors
    /// [`CodingFailed`], which no input causes.
    pub fn finish(mut self, out: &mut Vec<u8>) -> Result<(), CodingFailed> {
        self.deflate(&[], FlushCompress::Finish, out)?;
        self.trailer(out);
        Ok(())
    }

    /// Appends the end of the member, before it so much white space that all of `out` has the length of a padded body. The white space is part of the
    /// content, but it is stored, not compressed: that way its length is exact, and no decoder sees anything unusual.
    ///
    /// # Errors
    /// [`CodingFailed`], which no input causes.
    pub fn finish_padded(mut self, out: &mut Vec<u8>) -> Result<(), CodingFailed> {
        self.flush(out)?;
        // Padding is less than an eighth of a long body, so this many blocks hold it.
        let blocks = 1 + out.len() / 8 / STORED_BYTES;
        let length = out.len() + blocks * STORED_HEADER_BYTES + TRAILER_BYTES;
        let mut padding = padded_body_length(length).saturating_sub(length);
        for block in 1..=blocks {
            let stored = padding.min(STORED_BYTES);
            padding -= stored;
            let [low, high] = u16::try_from(stored).unwrap_or(u16::MAX).to_le_bytes();
            out.extend_from_slice(&[u8::from(block == blocks), low, high, !low, !high]);
            let start = out.len();
            out.resize(start + stored, b' ');
            self.checksum.update(out.get(start..).unwrap_or_default());
        }
        self.trailer(out);
        Ok(())
    }

    /// CRC-32 and length of the content (RFC 1952 section 2.3.1).
    fn trailer(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.checksum.sum().to_le_bytes());
        out.extend_from_slice(&self.checksum.amount().to_le_bytes());
    }

    fn deflate(&mut self, mut content: &[u8], flush: FlushCompress, out: &mut Vec<u8>) -> Result<(), CodingFailed> {
        if !self.is_begun {
            self.is_begun = true;
            out.extend_from_slice(&HEADER);
        }
        loop {
            out.reserve(OUTPUT_BYTES);
            let before = self.deflate.total_in();
            let status = self.deflate.compress_vec(content, out, flush).map_err(|_| CodingFailed)?;
            let read = usize::try_from(self.deflate.total_in() - before).map_err(|_| CodingFailed)?;
            content = content.get(read..).unwrap_or_default();
            // Output that did not fit waits in the coder; room that is left says that none does.
            let is_written = content.is_empty() && out.len() < out.capacity();
            let ends = matches!(flush, FlushCompress::Finish);
            if if ends { status == Status::StreamEnd } else { is_written } {
                return Ok(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::Read as _;

    fn decoded(coded: &[u8]) -> Vec<u8> {
        let mut content = Vec::new();
        let mut decoder = flate2::read::GzDecoder::new(coded);
        decoder.read_to_end(&mut content).unwrap();
        assert!(decoder.into_inner().is_empty(), "bytes after the member");
        content
    }

    /// Text of this length that compresses, or bytes that do not.
    fn content(length: usize, is_random: bool) -> Vec<u8> {
        let mut state = 1_u64;
        let mut byte = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            if is_random { state.to_be_bytes()[0] } else { b'a' + state.to_be_bytes()[0] % 4 }
        };
        (0..length).map(|_| byte()).collect()
    }

    proptest! {
        #[test]
        fn decodes_to_what_was_pushed_in_whatever_pieces(
            length in 0_usize..60_000, is_random: bool, piece in 1_usize..20_000, flushes: bool, padded: bool,
        ) {
            let content = content(length, is_random);
            let (mut encoder, mut out) = (GzipEncoder::default(), Vec::new());
            for piece in content.chunks(piece) {
                encoder.push(piece, &mut out).unwrap();
                if flushes {
                    encoder.flush(&mut out).unwrap();
                }
            }
            if padded { encoder.finish_padded(&mut out).unwrap() } else { encoder.finish(&mut out).unwrap() }
            let decoded = decoded(&out);
            prop_assert!(decoded.starts_with(&content));
            prop_assert!(decoded[content.len()..].iter().all(|byte| *byte == b' '));
            prop_assert!(padded || decoded.len() == content.len());
            prop_assert!(!padded || padded_body_length(out.len()) == out.len(), "{}", out.len());
        }
    }

    #[test]
    fn pads_answers_of_megabytes() {
        for length in [1 << 19, (1 << 20) + 1, (1 << 21) + 1, (1 << 22) + 1, 5_000_000] {
            let content = content(length, true);
            let (mut encoder, mut out) = (GzipEncoder::default(), Vec::new());
            encoder.push(&content, &mut out).unwrap();
            encoder.finish_padded(&mut out).unwrap();
            assert_eq!(padded_body_length(out.len()), out.len());
            assert!(decoded(&out).starts_with(&content));
        }
    }

    #[test]
    fn what_was_flushed_can_be_decoded() {
        let (mut encoder, mut out) = (GzipEncoder::default(), Vec::new());
        encoder.push(b"the first result", &mut out).unwrap();
        encoder.flush(&mut out).unwrap();
        let mut decoder = flate2::write::GzDecoder::new(Vec::new());
        std::io::Write::write_all(&mut decoder, &out).unwrap();
        std::io::Write::flush(&mut decoder).unwrap();
        assert_eq!(decoder.get_ref(), b"the first result");
    }
}
