//! Searches for a byte that is mostly near: the end of a string, a value, or a text. A call of `memchr` costs as much as looking at 32 bytes here.

/// Bytes of a machine word, and how many of these are searched before `memchr2` is called.
const WORD_BYTES: usize = 8;
const SHORT_WORDS: usize = 4;

/// A word whose bytes are all 1.
const LOWEST_BITS: u64 = u64::MAX / 0xff;

/// How many bytes precede the first that is one of two; `None` if there is none.
#[inline(always)]
#[expect(clippy::inline_always, reason = "one of the bytes is mostly a constant")]
pub(super) fn first_of(text: &[u8], [one, other]: [u8; 2]) -> Option<usize> {
    let (words, _) = text.as_chunks::<WORD_BYTES>();
    let (ones, others) = (LOWEST_BITS * u64::from(one), LOWEST_BITS * u64::from(other));
    let mut searched = 0;
    for word in words.iter().take(SHORT_WORDS) {
        let word = u64::from_le_bytes(*word);
        let found = zero_bytes(word ^ ones) | zero_bytes(word ^ others);
        if found != 0 {
            // The lowest mark is exact; its position in bits is less than 64.
            return Some(searched + usize::try_from(found.trailing_zeros() / u8::BITS).unwrap_or(0));
        }
        searched += WORD_BYTES;
    }
    let rest = text.get(searched..).unwrap_or_default();
    memchr::memchr2(one, other, rest).map(|length| searched + length)
}

/// Marks the bytes of a word that are zero, and perhaps some above the lowest of them, by their highest bit (Mycroft 1987).
#[inline]
fn zero_bytes(word: u64) -> u64 {
    word.wrapping_sub(LOWEST_BITS) & !word & (LOWEST_BITS << 7)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn finds_what_memchr_finds(text in proptest::collection::vec(prop_oneof![any::<u8>(), Just(b'a'), Just(b'b')], 0..80), one in any::<u8>()) {
            for bytes in [[b'a', b'b'], [b'a', b'a'], [one, b'"']] {
                prop_assert_eq!(first_of(&text, bytes), memchr::memchr2(bytes[0], bytes[1], &text));
            }
        }
    }
}
