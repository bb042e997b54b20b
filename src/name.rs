//! Names from the configuration: of partners, codes and keyword groups.
//!
//! A [`ConfigName`] can only be built from configuration, never from a request, so it may be logged, used as a metric
//! label and stored.

use std::fmt;
use std::sync::{Arc, LazyLock};

use aws_lc_rs::digest::{SHA256, digest};

/// Maximum length of a name, in bytes. Names are label values and key columns, so they stay short.
pub const MAX_NAME_BYTES: usize = 64;

/// The name under which counts are stored if partner or code is not known, as for a forged click. No partner or code
/// may use it.
pub const UNKNOWN: &str = "unknown";

static UNKNOWN_NAME: LazyLock<ConfigName> = LazyLock::new(|| ConfigName::from_valid(UNKNOWN));

/// A configured name: 1 to [`MAX_NAME_BYTES`] of `a-z A-Z 0-9 . _ -`, starting with a letter or digit. Cheap to clone.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConfigName(Arc<NameAndFingerprint>);

/// The text comes first: names are ordered by it.
#[derive(PartialEq, Eq, PartialOrd, Ord, Hash)]
struct NameAndFingerprint {
    text: Box<str>,
    fingerprint: u32,
}

impl ConfigName {
    /// Validates a name from the configuration.
    ///
    /// # Errors
    /// A message that states which names are allowed.
    pub fn new(text: &str) -> Result<Self, &'static str> {
        let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        // A name that starts with `-` would be a formula in a spreadsheet (CSV injection).
        let starts_well = text.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric());
        if !starts_well || text.len() > MAX_NAME_BYTES || !text.bytes().all(is_allowed) {
            return Err(
                "a name has 1 to 64 letters, digits, dots, hyphens and underscores, and starts with a letter or digit",
            );
        }
        if text == UNKNOWN {
            return Err("this name is reserved for counts whose partner or code is not known");
        }
        Ok(Self::from_valid(text))
    }

    fn from_valid(text: &str) -> Self {
        let digest = digest(&SHA256, text.as_bytes());
        let fingerprint = digest.as_ref().iter().take(4).fold(0, |sum, &byte| (sum << 8) | u32::from(byte));
        Self(Arc::new(NameAndFingerprint { text: text.into(), fingerprint }))
    }

    /// The reserved name [`UNKNOWN`].
    #[must_use]
    pub fn unknown() -> Self {
        UNKNOWN_NAME.clone()
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0.text
    }

    /// The first 32 bits of the name's SHA-256, which tokens carry instead of the name.
    ///
    /// Unlike a position in a list, it stays the same when the configuration changes. Validation rejects two names with
    /// the same fingerprint.
    #[must_use]
    pub fn fingerprint(&self) -> u32 {
        self.0.fingerprint
    }
}

impl fmt::Display for ConfigName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for ConfigName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_label_characters_only() {
        for valid in ["a", "9", "toolbar-main", "a.b_c", &"x".repeat(MAX_NAME_BYTES)] {
            assert_eq!(ConfigName::new(valid).unwrap().as_str(), valid);
        }
        for invalid in ["", "-a", ".a", "a b", "ä", UNKNOWN, &"x".repeat(MAX_NAME_BYTES + 1)] {
            assert!(ConfigName::new(invalid).is_err(), "{invalid}");
        }
    }

    /// Links that are already out carry the fingerprint, so it must not change between versions.
    #[test]
    fn fingerprint_is_the_start_of_sha_256() {
        assert_eq!(ConfigName::new("abc").unwrap().fingerprint(), 0xba78_16bf);
    }

    #[test]
    fn names_are_ordered_by_text() {
        let mut names = ["b", "a.b", "a", "c"].map(|text| ConfigName::new(text).unwrap());
        names.sort();
        assert_eq!(names.map(|name| name.to_string()), ["a", "a.b", "b", "c"]);
    }
}
