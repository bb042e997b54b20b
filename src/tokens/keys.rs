//! Keys in memory. Each has one purpose and no way to be printed or copied out.

use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM_SIV, LessSafeKey, UnboundKey};
use aws_lc_rs::{hkdf, hmac};

use crate::time::Day;

/// Length of every key, in bytes.
pub const KEY_BYTES: usize = 32;

/// One day's key for pseudonyms of anonymous IDs (HMAC-SHA-256).
pub struct PseudonymKey(hmac::Key);

impl PseudonymKey {
    /// Takes 32 bytes as the key.
    #[must_use]
    pub fn new(bytes: &[u8; KEY_BYTES]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, bytes))
    }

    /// The tag over these parts, one after the other.
    #[must_use]
    pub fn hmac(&self, parts: &[&[u8]]) -> [u8; KEY_BYTES] {
        hmac_sha256(&self.0, parts)
    }
}

impl fmt::Debug for PseudonymKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PseudonymKey(…)")
    }
}

/// A key for visit stamps, with the day from which they are made with it.
pub struct VisitKey {
    /// The first day on which stamps are made with it.
    pub from: Day,
    key: hmac::Key,
}

impl VisitKey {
    /// Takes 32 bytes as the key.
    #[must_use]
    pub fn new(from: Day, bytes: &[u8; KEY_BYTES]) -> Self {
        Self { from, key: hmac::Key::new(hmac::HMAC_SHA256, bytes) }
    }

    /// The number that stamps name it by: the low byte of its day. Two keys of one ring may share it.
    #[must_use]
    pub fn id(&self) -> u8 {
        let [.., low] = self.from.0.to_be_bytes();
        low
    }

    /// The tag over these parts. The first is the purpose, which no other purpose begins with.
    #[must_use]
    pub fn hmac(&self, parts: &[&[u8]]) -> [u8; KEY_BYTES] {
        hmac_sha256(&self.key, parts)
    }
}

impl fmt::Debug for VisitKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VisitKey({})", self.from.0)
    }
}

/// The key that the noise of released counts is drawn with (HMAC-SHA-256). Who has it and the released numbers has the
/// exact ones.
pub struct ReleaseKey(hmac::Key);

impl ReleaseKey {
    /// Takes 32 bytes as the key.
    #[must_use]
    pub fn new(bytes: &[u8; KEY_BYTES]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, bytes))
    }

    /// The tag over these parts, one after the other.
    #[must_use]
    pub fn hmac(&self, parts: &[&[u8]]) -> [u8; KEY_BYTES] {
        hmac_sha256(&self.0, parts)
    }
}

impl fmt::Debug for ReleaseKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ReleaseKey(…)")
    }
}

/// HMAC-SHA-256 (RFC 2104) over these parts, one after the other.
fn hmac_sha256(key: &hmac::Key, parts: &[&[u8]]) -> [u8; KEY_BYTES] {
    let mut context = hmac::Context::with_key(key);
    for part in parts {
        context.update(part);
    }
    let mut tag = [0; KEY_BYTES];
    for (to, from) in tag.iter_mut().zip(context.sign().as_ref()) {
        *to = *from;
    }
    tag
}

/// Binds a key that marks are made with to this use.
const CLICK_MARK: &[u8] = b"qsproxy click mark 1";

/// A key for click and image tokens (AES-256-GCM-SIV, RFC 8452), with the number that tokens name it by.
pub struct ClickKey {
    /// Which key of the ring: the low byte of the day it was made for.
    pub id: u8,
    pub(super) aead: LessSafeKey,
    /// For marks, expanded from the other (HKDF, RFC 5869 section 2.3), so that it goes with it.
    marks: hmac::Key,
}

impl ClickKey {
    /// Takes 32 bytes as the key.
    #[must_use]
    #[allow(clippy::expect_used, reason = "the only failure is a wrong length, and the array has the right one")]
    pub fn new(id: u8, bytes: &[u8; KEY_BYTES]) -> Self {
        let key = UnboundKey::new(&AES_256_GCM_SIV, bytes).expect("a key of 32 bytes");
        let marks = hkdf::Prk::new_less_safe(hkdf::HKDF_SHA256, bytes);
        let marks = marks.expand(&[CLICK_MARK], hmac::HMAC_SHA256).expect("a key of 32 bytes").into();
        Self { id, aead: LessSafeKey::new(key), marks }
    }

    /// What is remembered of a token with this tag: nobody without the key can tell which token it was.
    pub(super) fn mark(&self, tag: &[u8; 16]) -> u64 {
        hmac_sha256(&self.marks, &[tag]).iter().take(8).fold(0, |sum, &byte| sum << 8 | u64::from(byte))
    }
}

impl fmt::Debug for ClickKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ClickKey({})", self.id)
    }
}
