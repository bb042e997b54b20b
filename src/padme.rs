//! Padmé: the lengths to which answers and tokens are padded, so that few of them differ.
//!
//! Nikitin, Barman, Lueks, Underwood, Hubaux and Ford, "Reducing Metadata Leakage from Encrypted Files and Communication with PURBs",
//! Proceedings on Privacy Enhancing Technologies 2019(4), section 4: a padded length has, written as a floating-point number, a
//! mantissa no longer than its exponent. With *E* = ⌊log₂ *L*⌋ and *S* = ⌊log₂ *E*⌋ + 1, the last *E* − *S* bits of it are zero. A length
//! grows by 12 % at most, and of what *L* says in log₂ *L* bits, O(log log *L*) remain: 49 lengths between 4 and 32 KB.

/// The least Padmé length that is not below `length`.
#[must_use]
pub fn padded_length(length: usize) -> usize {
    let Some(exponent) = length.checked_ilog2().filter(|exponent| *exponent > 0) else { return length };
    let mantissa_bits = exponent.ilog2() + 1;
    let mask = (1_usize << exponent.saturating_sub(mantissa_bits)) - 1;
    length.saturating_add(mask) & !mask
}

/// The least length of a padded body. Below it Padmé lengths are close together, in steps of 32 bytes at 512: of 90 searches with
/// answers of 0.5 to 2.5 KB, 19 were told by their size alone. It is three packets.
const MIN_BODY_BYTES: usize = 4_096;

/// The length to which a body of `length` bytes is padded: a Padmé length of at least 4,096.
#[must_use]
pub fn padded_body_length(length: usize) -> usize {
    padded_length(length.max(MIN_BODY_BYTES))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn is_the_function_of_the_paper() {
        for (length, padded) in [
            (0, 0),
            (1, 1),
            (2, 2),
            (3, 3),
            (8, 8),
            (9, 10),
            (10, 10),
            (100, 104),
            (128, 128),
            (129, 144),
            (1_000, 1_024),
            (1_025, 1_088),
            (4_096, 4_096),
            (10_000, 10_240),
            (100_000, 100_352),
            (1 << 20, 1 << 20),
            ((1 << 20) + 1, (1 << 20) + (1 << 15)),
        ] {
            assert_eq!(padded_length(length), padded, "{length}");
        }
        let lengths: std::collections::BTreeSet<usize> = (4_096..=32_768).map(padded_length).collect();
        assert_eq!(lengths.len(), 49);
    }

    proptest! {
        #[test]
        fn grows_little_never_falls_and_is_idempotent(length in 0_usize..1 << 40, more in 0_usize..1 << 20) {
            let padded = padded_length(length);
            prop_assert!(padded >= length && padded - length <= length * 12 / 100);
            prop_assert_eq!(padded_length(padded), padded);
            prop_assert!(padded_length(length + more) >= padded);
        }
    }
}
