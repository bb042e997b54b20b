//! The Unicode normalization form of keywords, NFKC (UAX #15).

use icu_normalizer::ComposingNormalizerBorrowed;

/// Normalizes a text to NFKC.
pub(crate) const NFKC: ComposingNormalizerBorrowed<'static> = ComposingNormalizerBorrowed::new_nfkc();

/// The NFKC mapping of one character.
pub(super) fn map(c: char) -> String {
    NFKC.normalize(c.encode_utf8(&mut [0; 4])).into_owned()
}
