//! Names that the operator gave: of partners and of codes. A [`ConfigName`] can be made from configuration
//! only, so it is safe to print, to label a metric with and to store.

use std::fmt;
use std::sync::Arc;

/// The longest name, in bytes: names are label values and key columns, so they stay short.
pub const NAME_BYTES: usize = 64;

/// The name that counts are booked under where none is known (a forged click has no partner); no
/// partner or code may take it.
pub const UNKNOWN: &str = "unknown";

/// A configured name: 1 to [`NAME_BYTES`] of `a-z A-Z 0-9 . _ -`, beginning with a letter or digit.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConfigName(Arc<str>);

impl ConfigName {
    /// Checks and takes a name from configuration.
    ///
    /// # Errors
    /// Says what a name may hold.
    pub fn new(text: &str) -> Result<Self, &'static str> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        // The first is a letter or digit, so that no spreadsheet takes a name for a formula.
        let begins = text.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric());
        if !begins || text.len() > NAME_BYTES || !text.bytes().all(plain) {
            return Err(
                "a name is 1 to 64 letters, digits, dots, hyphens and underscores, beginning with a letter or digit",
            );
        }
        if text == UNKNOWN {
            return Err("this name is taken: counts without a known partner or code are booked under it");
        }
        Ok(Self(text.into()))
    }

    /// The name of what is not known.
    #[must_use]
    pub fn unknown() -> Self {
        Self(UNKNOWN.into())
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A 32-bit fingerprint that sealed tokens carry instead of the name: stable across restarts and
    /// changes of the configuration, where a position in a list would not be. `check` refuses two
    /// names with one fingerprint.
    #[must_use]
    pub fn fingerprint(&self) -> u32 {
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, self.0.as_bytes());
        digest.as_ref().iter().take(4).fold(0, |sum, &byte| (sum << 8) | u32::from(byte))
    }
}

impl fmt::Display for ConfigName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ConfigName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
