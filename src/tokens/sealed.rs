//! Sealed tokens: bytes encrypted and authenticated with an AEAD (RFC 5116), as URL-safe text.
//!
//! A token is base64url without padding (RFC 4648 section 5) of:
//!
//! | bytes | field |
//! |---|---|
//! | 1 | key ID |
//! | 12 | nonce |
//! | *n* | ciphertext |
//! | 16 | authentication tag |
//!
//! The AEAD is AES-256-GCM-SIV (RFC 8452), which resists nonce misuse: if two random nonces ever collide, an observer
//! learns only whether the two plaintexts are equal. The associated data (AAD) names the purpose, so a token of one
//! purpose does not open as another.

use std::sync::LazyLock;
use std::time::Duration;

use aws_lc_rs::aead::{Aad, NONCE_LEN, Nonce};
use base64::Engine as _;
use base64::engine::Simd;
use base64::engine::general_purpose::NO_PAD;

use crate::padme::padded_length;
use crate::random;
use crate::time::Time;
use crate::tokens::keys::TokenKey;

/// Maximum length of a target URL, in bytes. A link with a longest target stays below the 8 KB that servers accept.
pub const MAX_TARGET_BYTES: usize = 4_096;

const TAG_BYTES: usize = 16;
const OVERHEAD_BYTES: usize = 1 + NONCE_LEN + TAG_BYTES;

/// Targets that are shorter are padded to this length, where tokens are padded: most are shorter, and their tokens are equally long.
const MIN_PADDED_BYTES: usize = 128;

/// Whether a token shows the length of its target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenLength {
    /// It is as long as its target makes it.
    Exact,
    /// Zeros follow the target inside the seal, up to a Padmé length ([`crate::padme`]) of at least 128 bytes.
    Padded,
}

impl TokenLength {
    /// The zeros that follow a target of this length. No URL contains one.
    pub(super) fn padding(self, target_bytes: usize) -> &'static [u8] {
        let padded = match self {
            Self::Exact => target_bytes,
            Self::Padded => padded_length(target_bytes.max(MIN_PADDED_BYTES)),
        };
        ZEROS.get(..padded.saturating_sub(target_bytes)).unwrap_or_default()
    }
}

/// The longest padding: that of an empty target. Those of long ones have 127 bytes at most.
static ZEROS: [u8; MIN_PADDED_BYTES] = [0; MIN_PADDED_BYTES];

/// A target without its padding, as text.
pub(super) fn unpadded(target: &[u8]) -> Option<&str> {
    std::str::from_utf8(target).ok().map(|target| target.trim_end_matches('\0'))
}

/// The token was not created here, was modified, or its key has been deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidToken;

/// An opened token.
pub(super) struct Opened<'k, T> {
    /// The decoded plaintext.
    pub value: T,
    /// The key that opened it.
    pub key: &'k TokenKey,
    /// The authentication tag. It identifies the token: it is pseudorandom, and a client cannot choose it.
    pub tag: [u8; TAG_BYTES],
}

/// Maximum length in characters of a token with this many bytes of plaintext.
pub(super) const fn max_encoded_len(plaintext_bytes: usize) -> usize {
    (plaintext_bytes + OVERHEAD_BYTES).div_ceil(3) * 4
}

/// Seals the concatenation of `parts` with `aad`, and appends the encoded token to `out`.
pub(super) fn seal(key: &TokenKey, aad: &[u8], parts: &[&[u8]], out: &mut String) {
    let nonce: [u8; NONCE_LEN] = random::nonce();
    let length = OVERHEAD_BYTES + parts.iter().map(|part| part.len()).sum::<usize>();
    let mut token = Vec::with_capacity(length.next_multiple_of(BLOCK_BYTES).max(MIN_VECTOR_BYTES));
    token.push(key.id);
    token.extend_from_slice(&nonce);
    for part in parts {
        token.extend_from_slice(part);
    }
    let (_, plaintext) = token.split_at_mut(1 + NONCE_LEN);
    let nonce = Nonce::assume_unique_for_key(nonce);
    // Sealing fails only for more than 2^36 bytes. A token without its tag never opens.
    if let Ok(tag) = key.aead.seal_in_place_separate_tag(nonce, Aad::from(aad), plaintext) {
        token.extend_from_slice(tag.as_ref());
    }
    push_encoded(token, out);
}

/// Encodes with vector instructions where the processor has them.
static BASE64URL: LazyLock<Simd> = LazyLock::new(|| Simd::url_safe(NO_PAD));

/// Bytes that are encoded at once, and the least number of them for which the library uses vector instructions, rounded up.
const BLOCK_BYTES: usize = 24;
const MIN_VECTOR_BYTES: usize = 144;

/// Appends the encoded token. Zeros after it make it whole blocks, which take a tenth of the time of the rest of a block; without padding, the
/// characters of the token are the same with and without them. `encode_string` of the library would go through a buffer of a kilobyte that it
/// clears each time.
fn push_encoded(mut token: Vec<u8>, out: &mut String) {
    let length = (token.len() * 4).div_ceil(3);
    token.resize(token.len().next_multiple_of(BLOCK_BYTES).max(MIN_VECTOR_BYTES), 0);
    let mut text = std::mem::take(out).into_bytes();
    let start = text.len();
    text.resize(start + token.len().div_ceil(3) * 4, 0);
    let written = BASE64URL.encode_slice(token, text.get_mut(start..).unwrap_or_default());
    // It fails only for a buffer that is too short. A token without its end never opens.
    text.truncate(start + written.unwrap_or_default().min(length));
    *out = String::from_utf8(text).unwrap_or_default();
}

/// Opens a token with one of the keys that have its key ID, and decodes the plaintext with `decode`. The caller limits the
/// length of `text`, and the ring the number of keys with one ID.
///
/// # Errors
/// [`InvalidToken`] for every failure, so that a response reveals nothing about the cause.
pub(super) fn open<'k, T>(
    keys: impl IntoIterator<Item = &'k TokenKey>,
    aad: &[u8],
    text: &[u8],
    decode: impl FnOnce(&[u8]) -> Option<T>,
) -> Result<Opened<'k, T>, InvalidToken> {
    let token = BASE64URL.decode(text).map_err(|_| InvalidToken)?;
    let (&id, rest) = token.split_first().ok_or(InvalidToken)?;
    let tag = *rest.last_chunk().ok_or(InvalidToken)?;
    let (&nonce, ciphertext) = rest.split_first_chunk::<NONCE_LEN>().ok_or(InvalidToken)?;
    // Each attempt decrypts in place, and leaves nothing of use if the key is not the right one.
    let mut attempt = Vec::with_capacity(ciphertext.len());
    let mut keys = keys.into_iter().filter(|key| key.id == id);
    let key = keys.find(|key| {
        attempt.clear();
        attempt.extend_from_slice(ciphertext);
        let nonce = Nonce::assume_unique_for_key(nonce);
        key.aead.open_in_place(nonce, Aad::from(aad), &mut attempt).is_ok()
    });
    let key = key.ok_or(InvalidToken)?;
    let plaintext = attempt.get(..attempt.len().saturating_sub(TAG_BYTES)).ok_or(InvalidToken)?;
    let value = decode(plaintext).ok_or(InvalidToken)?;
    Ok(Opened { value, key, tag })
}

/// The time of issue as tokens encode it: seconds since 1970, 32 bits, big-endian.
pub(super) fn encode_time(issued: Time) -> [u8; 4] {
    u32::try_from(issued.0).unwrap_or(u32::MAX).to_be_bytes()
}

/// True if a token issued at `issued` is older than `lifetime`. A time of issue in the future has age 0: the clock was
/// set back.
#[must_use]
pub fn is_expired(issued: Time, now: Time, lifetime: Duration) -> bool {
    now.0.saturating_sub(issued.0) > lifetime.as_secs()
}

/// From when on a token issued at `issued` is older than `lifetime`.
#[must_use]
pub fn expiry(issued: Time, lifetime: Duration) -> Time {
    Time(issued.0.saturating_add(lifetime.as_secs()).saturating_add(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    #[test]
    fn the_zeros_of_the_last_block_are_no_part_of_a_token() {
        for length in 0..600 {
            let token: Vec<u8> = (0..=250_u8).cycle().skip(length).take(length).collect();
            let mut text = "before".to_owned();
            push_encoded(token.clone(), &mut text);
            assert_eq!(text.strip_prefix("before"), Some(URL_SAFE_NO_PAD.encode(token).as_str()), "{length} bytes");
        }
    }

    #[test]
    fn expires_after_its_lifetime() {
        let hour = Duration::from_secs(3_600);
        assert!(!is_expired(Time(1_000), Time(4_600), hour));
        assert!(is_expired(Time(1_000), Time(4_601), hour));
        assert_eq!(expiry(Time(1_000), hour), Time(4_601));
        assert!(!is_expired(Time(5_000), Time(1_000), hour), "the clock was set back");
    }

    #[test]
    fn opens_with_whichever_key_of_the_same_id_sealed() {
        let keys = [[1; 32], [2; 32], [3; 32]].map(|bytes| TokenKey::new(7, &bytes));
        let other_id = TokenKey::new(8, &[2; 32]);
        for (sealing, key) in keys.iter().enumerate() {
            let mut text = String::new();
            seal(key, b"x", &[b"plain"], &mut text);
            let open = |keys: &[&TokenKey]| {
                let decode = |plaintext: &[u8]| Some(plaintext.to_vec());
                open(keys.iter().copied(), b"x", text.as_bytes(), decode)
                    .map(|opened| (opened.value, opened.key.fingerprint))
            };
            let all: Vec<&TokenKey> = keys.iter().chain([&other_id]).collect();
            assert_eq!(open(&all), Ok((b"plain".to_vec(), key.fingerprint)));
            let others: Vec<&TokenKey> =
                keys.iter().enumerate().filter(|(at, _)| *at != sealing).map(|(_, key)| key).collect();
            assert_eq!(open(&others), Err(InvalidToken));
            assert_eq!(open(&[&other_id]), Err(InvalidToken), "another key ID");
        }
    }

    #[test]
    fn opens_with_the_same_aad_only() {
        let key = TokenKey::new(1, &[1; 32]);
        let mut text = String::new();
        seal(&key, b"one", &[b"ab", b"", b"c"], &mut text);
        assert!((max_encoded_len(3) - 3..=max_encoded_len(3)).contains(&text.len()), "a tight upper bound");
        let plaintext = |aad: &[u8]| {
            let opened = open([&key], aad, text.as_bytes(), |plaintext| Some(plaintext.to_vec()));
            opened.map(|opened| opened.value)
        };
        assert_eq!(plaintext(b"one").unwrap(), b"abc");
        assert_eq!(plaintext(b"two"), Err(InvalidToken));
    }
}
