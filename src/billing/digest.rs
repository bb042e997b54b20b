//! SHA-256 digests (FIPS 180-4).

use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};
use data_encoding::HEXLOWER;

/// The size of a digest, in bytes.
const SIZE: usize = 32;

/// A SHA-256 digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sha256Digest([u8; SIZE]);

impl Sha256Digest {
    /// The digest that stands for "no predecessor" in the first record of a chain.
    pub const ZERO: Self = Self([0; SIZE]);

    /// Returns the digest of a text.
    #[must_use]
    pub fn of(text: &str) -> Self {
        Self::of_bytes(text.as_bytes())
    }

    /// Returns the digest of some bytes.
    #[must_use]
    pub fn of_bytes(content: &[u8]) -> Self {
        let mut bytes = [0; SIZE];
        for (byte, hashed) in bytes.iter_mut().zip(digest(&SHA256, content).as_ref()) {
            *byte = *hashed;
        }
        Self(bytes)
    }

    /// Parses 64 lowercase hexadecimal digits.
    #[must_use]
    pub fn parse(hex: &str) -> Option<Self> {
        let bytes = HEXLOWER.decode(hex.as_bytes()).ok()?;
        bytes.try_into().ok().map(Self)
    }
}

/// As 64 lowercase hexadecimal digits.
impl fmt::Display for Sha256Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER.encode(&self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_hexadecimal() {
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(Sha256Digest::of("abc").to_string(), abc, "FIPS 180-4");
        assert_eq!(Sha256Digest::parse(abc), Some(Sha256Digest::of("abc")));
        assert_eq!(Sha256Digest::ZERO.to_string(), "0".repeat(64));
        for wrong in [&abc[1..], &abc.to_uppercase(), &abc.replace('b', "g"), "", &abc.replace("ba", "€")] {
            assert_eq!(Sha256Digest::parse(wrong), None, "{wrong}");
        }
    }
}
