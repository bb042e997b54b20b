//! What all tokens share: bytes sealed so that only we can make or read them, as text for an address.
//!
//! A token is base64url (RFC 4648 section 5, no padding) of `key id (1) | nonce (12) | sealed | tag (16)`
//! under AES-256-GCM-SIV (RFC 8452), whose random nonces are safe for ever: should two ever coincide,
//! all that shows is whether the two messages were equal. A purpose is bound to every seal: what was
//! sealed for one use does not open for another.

use std::time::Duration;

use aws_lc_rs::aead::{Aad, NONCE_LEN, Nonce};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::random;
use crate::time::Time;
use crate::tokens::keys::ClickKey;

/// The longest target that is sealed, in bytes: with it a link stays below the 8 KB that servers take.
pub const TARGET_BYTES: usize = 4_096;

const TAG_BYTES: usize = 16;
const FRAME_BYTES: usize = 1 + NONCE_LEN + TAG_BYTES;

/// The token does not open: forged, damaged, or sealed under a key that is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidToken;

/// The most characters that a token takes in which this many bytes are sealed.
pub(super) const fn text_bytes(plain: usize) -> usize {
    (plain + FRAME_BYTES).div_ceil(3) * 4
}

/// Seals these parts, one after the other, for one purpose, and appends the token's text to `out`.
pub(super) fn seal(key: &ClickKey, purpose: &[u8], parts: &[&[u8]], out: &mut String) {
    let mut nonce = [0; NONCE_LEN];
    random::fill_nonce(&mut nonce);
    let mut token = Vec::with_capacity(FRAME_BYTES + parts.iter().map(|part| part.len()).sum::<usize>());
    token.push(key.id);
    token.extend_from_slice(&nonce);
    for part in parts {
        token.extend_from_slice(part);
    }
    let (_, message) = token.split_at_mut(1 + NONCE_LEN);
    let nonce = Nonce::assume_unique_for_key(nonce);
    // Sealing fails only beyond 2^36 bytes; a token without its tag would simply never open.
    if let Ok(tag) = key.aead.seal_in_place_separate_tag(nonce, Aad::from(purpose), message) {
        token.extend_from_slice(tag.as_ref());
    }
    URL_SAFE_NO_PAD.encode_string(&token, out);
}

/// Opens a token of this purpose with the ring's keys. Gives what `read` makes of the sealed bytes, the key that opened
/// it, and what tells this token from every other: its authentication tag, which is as good as random and which nobody
/// can choose. The caller bounds the length of `text`.
///
/// # Errors
/// [`InvalidToken`], whatever was wrong: there is nothing to learn from the difference.
pub(super) fn open<'k, T>(
    keys: impl IntoIterator<Item = &'k ClickKey>,
    purpose: &[u8],
    text: &[u8],
    read: impl FnOnce(&[u8]) -> Option<T>,
) -> Result<(T, &'k ClickKey, [u8; TAG_BYTES]), InvalidToken> {
    let mut token = URL_SAFE_NO_PAD.decode(text).map_err(|_| InvalidToken)?;
    let (&id, rest) = token.split_first().ok_or(InvalidToken)?;
    let tag = *rest.last_chunk().ok_or(InvalidToken)?;
    let key = keys.into_iter().find(|key| key.id == id).ok_or(InvalidToken)?;
    let (_, rest) = token.split_first_mut().ok_or(InvalidToken)?;
    let (nonce, sealed) = rest.split_first_chunk_mut::<NONCE_LEN>().ok_or(InvalidToken)?;
    let nonce = Nonce::assume_unique_for_key(*nonce);
    let plain = key.aead.open_in_place(nonce, Aad::from(purpose), sealed).map_err(|_| InvalidToken)?;
    read(plain).map(|read| (read, key, tag)).ok_or(InvalidToken)
}

/// The second of issue as it is sealed, big-endian.
pub(super) fn stamp(issued: Time) -> [u8; 4] {
    u32::try_from(issued.0).unwrap_or(u32::MAX).to_be_bytes()
}

/// Older than its lifetime. A token from the future is as fresh as can be: the clock stepped back.
#[must_use]
pub fn is_expired(issued: Time, now: Time, lifetime: Duration) -> bool {
    now.0.saturating_sub(issued.0) > lifetime.as_secs()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expiry_counts_from_the_second_of_issue() {
        let hour = Duration::from_secs(3_600);
        assert!(!is_expired(Time(1_000), Time(4_600), hour));
        assert!(is_expired(Time(1_000), Time(4_601), hour));
        assert!(!is_expired(Time(5_000), Time(1_000), hour), "the clock stepped back");
    }

    #[test]
    fn a_seal_opens_for_its_purpose_alone() {
        let key = ClickKey::new(1, &[1; 32]);
        let mut text = String::new();
        seal(&key, b"one", &[b"ab", b"", b"c"], &mut text);
        assert!((text_bytes(3) - 3..=text_bytes(3)).contains(&text.len()), "a bound, and a close one");
        let opened = |purpose: &[u8]| {
            let opened = open([&key], purpose, text.as_bytes(), |plain| Some(plain.to_vec()));
            opened.map(|(plain, _, _)| plain)
        };
        assert_eq!(opened(b"one").unwrap(), b"abc");
        assert_eq!(opened(b"two"), Err(InvalidToken));
    }
}
