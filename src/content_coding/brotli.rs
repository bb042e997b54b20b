//! brotli (RFC 7932), for answers that are complete: its coder needs more memory than gzip's while it waits for more.

use std::io::Write as _;

use brotli::CompressorWriter;

use crate::content_coding::failure::CodingFailed;
use crate::padme::padded_body_length;

/// Quality 4 of 11 and a window of 2¹⁶ bytes. A page of 20 results and 12.8 KB becomes 6.2 KB in 136 µs, with 0.8 MB of memory; quality 5 makes it
/// 6.0 KB in 185 µs with 1.3 MB, and with this window in 8 ms with 34 MB.
const QUALITY: u32 = 4;
const WINDOW_BITS: u32 = 16;

/// Quality and window for what is coded once, at the start. The coder takes 8 bytes for each byte of the window, whatever the content: half
/// a megabyte with 2¹⁶, 34 MB with 2²², which stayed resident.
const BEST_QUALITY: u32 = 11;
const BEST_WINDOW_BITS: u32 = 16;

/// Bytes of memory of an encoder, beside its output.
pub(super) const ENCODER_BYTES: usize = 800 * 1024;

/// Work for a byte of content, in the units of [`crate::work`].
pub(super) const WORK_PER_BYTE: u64 = 15;

/// Bytes that the coder keeps of its output before it writes them.
const BUFFER_BYTES: usize = 4_096;

/// The last, empty meta-block (section 9.2: ISLAST and ISLASTEMPTY).
const END: u8 = 3;

/// Meta-blocks of metadata by the bytes of their header: how many bytes they can skip at most (section 9.2: MSKIPLEN). One without
/// any is a byte long.
const SKIPS: [(usize, usize); 4] = [(4, 1 << 24), (3, 1 << 16), (2, 1 << 8), (1, 0)];

/// Codes one answer.
pub struct BrotliEncoder(CompressorWriter<Vec<u8>>);

impl Default for BrotliEncoder {
    fn default() -> Self {
        Self(CompressorWriter::new(Vec::new(), BUFFER_BYTES, QUALITY, WINDOW_BITS))
    }
}

impl BrotliEncoder {
    /// An encoder for what is coded once and sent often.
    #[must_use]
    pub fn best() -> Self {
        Self(CompressorWriter::new(Vec::new(), BUFFER_BYTES, BEST_QUALITY, BEST_WINDOW_BITS))
    }

    /// Codes more content.
    ///
    /// # Errors
    /// [`CodingFailed`], which no input causes.
    pub fn push(&mut self, content: &[u8]) -> Result<(), CodingFailed> {
        self.0.write_all(content).map_err(|_| CodingFailed)
    }

    /// The coded content.
    ///
    /// # Errors
    /// [`CodingFailed`], which no input causes.
    pub fn finish(mut self, padded: bool) -> Result<Vec<u8>, CodingFailed> {
        if !padded {
            return Ok(self.0.into_inner());
        }
        // A flush ends at a byte boundary (section 9.2: an empty meta-block of metadata). What the coder writes after it is the end alone.
        self.0.flush().map_err(|_| CodingFailed)?;
        let flushed = self.0.get_ref().len();
        let mut out = self.0.into_inner();
        out.truncate(flushed);
        let length = flushed + 1;
        push_metadata(&mut out, padded_body_length(length).saturating_sub(length));
        out.push(END);
        Ok(out)
    }
}

/// Appends meta-blocks that decoders skip, of this many bytes together.
fn push_metadata(out: &mut Vec<u8>, mut bytes: usize) {
    while bytes > 0 {
        // Of more than one byte of MSKIPLEN the last must not be zero, so the shortest header is taken that suffices, and never a
        // longer one.
        let fits = |(header, _): &&(usize, usize)| {
            let least_skipped =
                SKIPS.iter().find(|(shorter, _)| shorter + 1 == *header).map_or(0, |(_, most)| most + 1);
            bytes >= header + least_skipped
        };
        let Some((header, most)) = SKIPS.iter().find(fits) else { return };
        let skipped = (bytes - header).min(*most);
        push_skipped(out, header - 1, skipped);
        bytes -= header + skipped;
    }
}

/// Appends one meta-block: ISLAST 0, MNIBBLES 3, a reserved bit, MSKIPBYTES, MSKIPLEN − 1, and what is skipped.
fn push_skipped(out: &mut Vec<u8>, length_bytes: usize, skipped: usize) {
    let bits = 0b0110 | length_bytes << 4 | skipped.saturating_sub(1) << 6;
    out.extend_from_slice(bits.to_le_bytes().get(..=length_bytes).unwrap_or_default());
    out.resize(out.len() + skipped, 0);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn decoded(mut coded: &[u8]) -> Vec<u8> {
        let mut content = Vec::new();
        brotli::BrotliDecompress(&mut coded, &mut content).unwrap();
        assert!(coded.is_empty(), "bytes after the end");
        content
    }

    #[test]
    fn metadata_has_every_length_and_is_skipped() {
        let lengths = (0..600).chain(65_500..65_600).chain([131_071, 131_072, 1 << 24, (1 << 24) + 5]);
        for length in lengths {
            let mut encoder = BrotliEncoder::default();
            encoder.push(b"content").unwrap();
            encoder.0.flush().unwrap();
            let flushed = encoder.0.get_ref().len();
            let mut out = encoder.0.into_inner();
            assert_eq!(out.split_off(flushed), [END]);
            push_metadata(&mut out, length);
            assert_eq!(out.len(), flushed + length);
            out.push(END);
            assert_eq!(decoded(&out), b"content", "{length}");
        }
    }

    proptest! {
        #[test]
        fn decodes_to_what_was_pushed(content in ".{0,3000}", times in 1_usize..20, piece in 1_usize..5_000, padded: bool) {
            let content = content.repeat(times).into_bytes();
            let mut encoder = BrotliEncoder::default();
            for piece in content.chunks(piece) {
                encoder.push(piece).unwrap();
            }
            let out = encoder.finish(padded).unwrap();
            prop_assert_eq!(decoded(&out), content);
            prop_assert!(!padded || padded_body_length(out.len()) == out.len(), "{}", out.len());
        }
    }
}
