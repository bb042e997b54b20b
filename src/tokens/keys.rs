//! Keys in memory. Each has one purpose, and none can be cloned, serialized or printed.

use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM_SIV, LessSafeKey, UnboundKey};
use aws_lc_rs::{hkdf, hmac};

use crate::time::Day;

/// Length of every key, in bytes (256 bits).
pub const KEY_BYTES: usize = 32;

/// The day's HMAC-SHA-256 key for pseudonyms of anonymous IDs.
pub struct PseudonymKey(hmac::Key);

impl PseudonymKey {
    /// Builds the key from its 256 bits.
    #[must_use]
    pub fn new(bytes: &[u8; KEY_BYTES]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, bytes))
    }

    /// HMAC-SHA-256 over the concatenation of `parts`.
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

/// An HMAC-SHA-256 key for visit stamps.
pub struct VisitKey {
    /// The first day whose stamps are issued with this key.
    pub valid_from: Day,
    key: hmac::Key,
}

impl VisitKey {
    /// Builds the key from its 256 bits.
    #[must_use]
    pub fn new(valid_from: Day, bytes: &[u8; KEY_BYTES]) -> Self {
        Self { valid_from, key: hmac::Key::new(hmac::HMAC_SHA256, bytes) }
    }

    /// The key ID in a stamp: the low byte of [`VisitKey::valid_from`]. Not unique within a ring.
    #[must_use]
    pub fn id(&self) -> u8 {
        low_byte(self.valid_from)
    }

    /// HMAC-SHA-256 over the concatenation of `parts`. The first part must be a label that is no prefix of another label
    /// used with these keys (domain separation).
    #[must_use]
    pub fn hmac(&self, parts: &[&[u8]]) -> [u8; KEY_BYTES] {
        hmac_sha256(&self.key, parts)
    }
}

impl fmt::Debug for VisitKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VisitKey({})", self.valid_from.0)
    }
}

/// The HMAC-SHA-256 key from which the noise of released counts is derived. Whoever has it can subtract the noise from a
/// released report.
pub struct ReleaseKey(hmac::Key);

impl ReleaseKey {
    /// Builds the key from its 256 bits.
    #[must_use]
    pub fn new(bytes: &[u8; KEY_BYTES]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, bytes))
    }

    /// HMAC-SHA-256 over the concatenation of `parts`.
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

/// HMAC-SHA-256 (RFC 2104) over the concatenation of `parts`.
fn hmac_sha256(key: &hmac::Key, parts: &[&[u8]]) -> [u8; KEY_BYTES] {
    let mut context = hmac::Context::with_key(key);
    for part in parts {
        context.update(part);
    }
    let mut mac = [0; KEY_BYTES];
    for (to, from) in mac.iter_mut().zip(context.sign().as_ref()) {
        *to = *from;
    }
    mac
}

/// The first 64 bits of a MAC, big-endian.
pub(super) fn first_u64(mac: &[u8; KEY_BYTES]) -> u64 {
    mac.iter().take(8).fold(0, |number, &byte| number << 8 | u64::from(byte))
}

/// The key ID of a key that was made for `day`. It recurs after 256 days.
pub(super) fn low_byte(day: Day) -> u8 {
    let [.., low] = day.0.to_be_bytes();
    low
}

/// Label of a key's fingerprint (domain separation).
const FINGERPRINT_INFO: &[u8] = b"qsproxy key fingerprint 1";

/// 32 bits that identify a key without revealing it: HMAC-SHA-256 under the key, over a label. For `qsproxy keys list`, so that
/// nodes can be compared.
pub(super) fn fingerprint(key: &[u8; KEY_BYTES]) -> u32 {
    let mac = hmac_sha256(&hmac::Key::new(hmac::HMAC_SHA256, key), &[FINGERPRINT_INFO]);
    mac.iter().take(4).fold(0, |number, &byte| number << 8 | u32::from(byte))
}

/// HKDF `info` of the key that deduplication IDs are computed with. Changing it makes running nodes disagree.
const DEDUP_KEY_INFO: &[u8] = b"qsproxy click mark 1";

/// A key for click and image tokens (AES-256-GCM-SIV, RFC 8452).
pub struct TokenKey {
    /// The key ID in a token: the low byte of the day for which the key was made. Not unique within a ring.
    pub id: u8,
    /// Identifies the key without revealing it.
    pub(super) fingerprint: u32,
    pub(super) aead: LessSafeKey,
    /// Computes deduplication IDs. Derived from the same bytes (HKDF-Expand, RFC 5869 section 2.3), so it is deleted
    /// with them.
    dedup: hmac::Key,
}

impl TokenKey {
    /// Builds the key from its 256 bits.
    #[must_use]
    #[allow(clippy::expect_used, reason = "the only failure is a wrong length, and the array has the right one")]
    pub fn new(id: u8, bytes: &[u8; KEY_BYTES]) -> Self {
        let key = UnboundKey::new(&AES_256_GCM_SIV, bytes).expect("a key of 32 bytes");
        let prk = hkdf::Prk::new_less_safe(hkdf::HKDF_SHA256, bytes);
        let dedup = prk.expand(&[DEDUP_KEY_INFO], hmac::HMAC_SHA256).expect("a key of 32 bytes").into();
        Self { id, fingerprint: fingerprint(bytes), aead: LessSafeKey::new(key), dedup }
    }

    /// The deduplication ID of the token with this authentication tag. Without the key, it cannot be linked to the token.
    pub(super) fn dedup_id(&self, tag: &[u8; 16]) -> u64 {
        first_u64(&hmac_sha256(&self.dedup, &[tag]))
    }
}

impl fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TokenKey({})", self.id)
    }
}
