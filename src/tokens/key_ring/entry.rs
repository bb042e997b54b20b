//! Lines of the key ring file: `use day key`.

use std::fmt::Write as _;

use data_encoding::{HEXLOWER, HEXLOWER_PERMISSIVE};
use strum::VariantArray;
use zeroize::Zeroizing;

use crate::random;
use crate::time::{DAY_SECONDS, Day, Time};
use crate::tokens::keys::{KEY_BYTES, fingerprint};

/// What a key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, VariantArray)]
pub enum KeyUse {
    /// Click and image tokens: the sealing keys.
    Click,
    /// Pseudonyms of anonymous IDs.
    Pseudonym,
    /// Visit stamps.
    Visit,
    /// Noise of released slices.
    Release,
}

impl KeyUse {
    /// Its name in the file and in `qsproxy keys list`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
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
    /// The second of the day from which a sealing key seals. 0 for the key of the day, and for all other uses.
    pub(super) second: u32,
    pub(super) key: Zeroizing<[u8; KEY_BYTES]>,
}

impl KeyEntry {
    /// A new random key for a day.
    pub(super) fn generate(key_use: KeyUse, day: Day) -> Self {
        let mut key = Zeroizing::new([0; KEY_BYTES]);
        random::fill_random(key.as_mut());
        Self { key_use, day, second: 0, key }
    }

    /// A new random key that seals from this second on, which is not the first of its day.
    pub(super) fn generate_sealing(since: Time) -> Self {
        let second = u32::try_from(since.0 % DAY_SECONDS).unwrap_or(0).max(1);
        Self { second, ..Self::generate(KeyUse::Click, since.day()) }
    }

    /// The time from which the key is in use.
    pub(super) fn since(&self) -> Time {
        Time(u64::from(self.day.0) * DAY_SECONDS + u64::from(self.second))
    }

    /// Identifies the key without revealing it.
    pub(super) fn fingerprint(&self) -> u32 {
        fingerprint(&self.key)
    }

    /// Parses a line without its line feed.
    pub(super) fn parse(line: &[u8]) -> Option<Self> {
        let mut fields = std::str::from_utf8(line).ok()?.split(' ');
        let name = fields.next()?;
        let key_use = KeyUse::VARIANTS.iter().copied().find(|known| known.as_str() == name)?;
        let when = fields.next()?;
        let (day, second) = match when.split_once('@') {
            Some((day, second)) if key_use == KeyUse::Click => (day, second.parse().ok()?),
            Some(_) => return None,
            None => (when, 0),
        };
        let day = Day(day.parse().ok()?);
        let hex = fields.next()?.as_bytes();
        let mut key = Zeroizing::new([0; KEY_BYTES]);
        if hex.len() != 2 * KEY_BYTES || fields.next().is_some() || u64::from(second) >= DAY_SECONDS {
            return None;
        }
        HEXLOWER_PERMISSIVE.decode_mut(hex, key.as_mut()).ok()?;
        Some(Self { key_use, day, second, key })
    }

    /// Appends the line to `text`.
    pub(super) fn write(&self, text: &mut String) {
        // Writing to a String cannot fail.
        write!(text, "{} {}", self.key_use.as_str(), self.day.0).ok();
        if self.second > 0 {
            write!(text, "@{}", self.second).ok();
        }
        text.push(' ');
        HEXLOWER.encode_append(self.key.as_ref(), text);
        text.push('\n');
    }
}
