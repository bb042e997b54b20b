//! Lines of the key ring file: `use day key`.

use std::fmt::Write as _;

use data_encoding::{HEXLOWER, HEXLOWER_PERMISSIVE};
use strum::VariantArray;
use zeroize::Zeroizing;

use crate::random;
use crate::time::Day;
use crate::tokens::keys::KEY_BYTES;

/// What a key is for.
#[derive(Clone, Copy, PartialEq, Eq, VariantArray)]
pub(super) enum KeyUse {
    Click,
    Pseudonym,
    Visit,
    Release,
}

impl KeyUse {
    /// Its name in the file.
    fn as_str(self) -> &'static str {
        match self {
            Self::Click => "click",
            Self::Pseudonym => "pseudonym",
            Self::Visit => "visit",
            Self::Release => "release",
        }
    }
}

/// A line of the file.
pub(super) struct KeyEntry {
    pub(super) key_use: KeyUse,
    /// The day for which the key was made; for a visit key, its first day.
    pub(super) day: Day,
    pub(super) key: Zeroizing<[u8; KEY_BYTES]>,
}

impl KeyEntry {
    /// A new random key.
    pub(super) fn generate(key_use: KeyUse, day: Day) -> Self {
        let mut key = Zeroizing::new([0; KEY_BYTES]);
        random::fill_random(key.as_mut());
        Self { key_use, day, key }
    }

    /// Parses a line without its line feed.
    pub(super) fn parse(line: &[u8]) -> Option<Self> {
        let mut fields = std::str::from_utf8(line).ok()?.split(' ');
        let name = fields.next()?;
        let key_use = KeyUse::VARIANTS.iter().copied().find(|known| known.as_str() == name)?;
        let day = Day(fields.next()?.parse().ok()?);
        let hex = fields.next()?.as_bytes();
        let mut key = Zeroizing::new([0; KEY_BYTES]);
        if hex.len() != 2 * KEY_BYTES || fields.next().is_some() {
            return None;
        }
        HEXLOWER_PERMISSIVE.decode_mut(hex, key.as_mut()).ok()?;
        Some(Self { key_use, day, key })
    }

    /// Appends the line to `text`.
    pub(super) fn write(&self, text: &mut String) {
        // Writing to a String cannot fail.
        write!(text, "{} {} ", self.key_use.as_str(), self.day.0).ok();
        HEXLOWER.encode_append(self.key.as_ref(), text);
        text.push('\n');
    }
}
