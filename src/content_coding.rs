//! The content codings of answers (RFC 9110 section 8.4.1): gzip and brotli, and what they cost.
//!
//! Padding comes after compression: it is added to the coded bytes, so that their number says less about the content. Decoders skip
//! it, or return it as white space at the end.

pub mod brotli;
mod failure;
pub mod gzip;

pub use crate::content_coding::failure::CodingFailed;
use crate::work::work_of;

/// How the bytes of an answer are coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContentCoding {
    /// Not at all.
    Identity,
    /// RFC 1952.
    Gzip,
    /// RFC 7932.
    Brotli,
}

impl ContentCoding {
    /// Its name in the field `Content-Encoding`; `None` for identity, which is not named there (RFC 9110 section 8.4).
    #[must_use]
    pub fn name(self) -> Option<&'static str> {
        match self {
            Self::Identity => None,
            Self::Gzip => Some("gzip"),
            Self::Brotli => Some("br"),
        }
    }

    /// The work of coding this many bytes, in the units of [`crate::work`]: measured with pages of 3 KB to 2 MB, rounded up.
    #[must_use]
    pub fn work(self, bytes: usize) -> u64 {
        work_of(bytes, self.work_per_byte())
    }

    /// How many bytes can be coded with this work, at least one.
    #[must_use]
    pub fn bytes_of(self, work: u64) -> usize {
        let bytes = work.checked_div(self.work_per_byte()).and_then(|bytes| usize::try_from(bytes).ok());
        bytes.unwrap_or(usize::MAX).max(1)
    }

    /// Bytes of memory that coding content of this length takes, its output included.
    #[must_use]
    pub fn encoder_bytes(self, content: usize) -> usize {
        match self {
            Self::Identity => 0,
            Self::Gzip => gzip::ENCODER_BYTES.saturating_add(content),
            Self::Brotli => brotli::ENCODER_BYTES.saturating_add(content),
        }
    }

    fn work_per_byte(self) -> u64 {
        match self {
            Self::Identity => 0,
            Self::Gzip => gzip::WORK_PER_BYTE,
            Self::Brotli => brotli::WORK_PER_BYTE,
        }
    }
}
