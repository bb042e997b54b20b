//! Click tokens: what a result's link carries, sealed so that only we can make or read it.
//!
//! A token is base64url (RFC 4648 section 5, no padding) of `key id (1) | nonce (12) | sealed | tag (16)`
//! under AES-256-GCM-SIV (RFC 8452), whose random nonces are safe for ever: should two ever coincide,
//! all that shows is whether the two messages were equal. Sealed inside, big-endian:
//! `version (1) | kind (1) | partner (4) | code (4) | second of issue (4) | target`. Partner and code are
//! fingerprints of names. There is no room for a keyword, an ID, an address or an agent.

use aws_lc_rs::aead::{Aad, NONCE_LEN, Nonce};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::keys::ClickKey;
use crate::kind::Kind;
use crate::world::{self, Time};

/// The longest target that is sealed, in bytes: with it a link stays below the 8 KB that servers take.
pub const TARGET_BYTES: usize = 4_096;

/// The longest token text: [`TARGET_BYTES`] and the frame, in base64.
pub const TOKEN_BYTES: usize = (TARGET_BYTES + FRAME_BYTES).div_ceil(3) * 4;

const VERSION: u8 = 1;
const HEAD_BYTES: usize = 14;
const TAG_BYTES: usize = 16;
const FRAME_BYTES: usize = 1 + NONCE_LEN + HEAD_BYTES + TAG_BYTES;

/// Binds a seal to its use: a value sealed for anything else does not open as a click.
const PURPOSE: &[u8] = b"qsproxy click 1";

/// What a click token holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Click {
    /// Fingerprint of the partner's name.
    pub partner: u32,
    /// Fingerprint of the code's name.
    pub code: u32,
    /// Sponsored or organic.
    pub kind: Kind,
    /// When the results were made; a click is older than `click_ttl` by this.
    pub issued: Time,
    /// Where the result leads.
    pub target: String,
}

/// The token does not open: forged, damaged, or sealed under a key that is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Forged;

/// A token that opened, with the 64 bits that tell it from every other: part of its authentication
/// tag, so that they are as good as random and nobody can choose them.
#[derive(Debug, PartialEq, Eq)]
pub struct Opened {
    /// What it holds.
    pub click: Click,
    /// Which token it is.
    pub serial: u64,
}

/// Seals a click and appends the token's text to `out`. `target` is at most [`TARGET_BYTES`] long.
pub fn seal(key: &ClickKey, click: &Click, out: &mut String) {
    let mut nonce = [0; NONCE_LEN];
    world::fill_nonce(&mut nonce);
    let mut token = Vec::with_capacity(FRAME_BYTES + click.target.len());
    token.push(key.id);
    token.extend_from_slice(&nonce);
    token.push(VERSION);
    token.push(match click.kind {
        Kind::Organic => 0,
        Kind::Sponsored => 1,
    });
    token.extend_from_slice(&click.partner.to_be_bytes());
    token.extend_from_slice(&click.code.to_be_bytes());
    token.extend_from_slice(&u32::try_from(click.issued.0).unwrap_or(u32::MAX).to_be_bytes());
    token.extend_from_slice(click.target.as_bytes());
    let (_, message) = token.split_at_mut(1 + NONCE_LEN);
    let nonce = Nonce::assume_unique_for_key(nonce);
    // Sealing fails only beyond 2^36 bytes; a token without its tag would simply never open.
    if let Ok(tag) = key.aead.seal_in_place_separate_tag(nonce, Aad::from(PURPOSE), message) {
        token.extend_from_slice(tag.as_ref());
    }
    URL_SAFE_NO_PAD.encode_string(&token, out);
}

/// Opens a token with the ring's keys.
///
/// # Errors
/// [`Forged`], whatever was wrong: there is nothing to learn from the difference.
pub fn open<'k>(keys: impl IntoIterator<Item = &'k ClickKey>, text: &[u8]) -> Result<Opened, Forged> {
    if text.len() > TOKEN_BYTES {
        return Err(Forged);
    }
    let mut token = URL_SAFE_NO_PAD.decode(text).map_err(|_| Forged)?;
    let (&id, rest) = token.split_first().ok_or(Forged)?;
    let serial = rest.last_chunk::<8>().map(|tail| u64::from_be_bytes(*tail)).ok_or(Forged)?;
    let key = keys.into_iter().find(|key| key.id == id).ok_or(Forged)?;
    let (_, rest) = token.split_first_mut().ok_or(Forged)?;
    let (nonce, sealed) = rest.split_first_chunk_mut::<NONCE_LEN>().ok_or(Forged)?;
    let nonce = Nonce::assume_unique_for_key(*nonce);
    let plain = key.aead.open_in_place(nonce, Aad::from(PURPOSE), sealed).map_err(|_| Forged)?;
    read(plain).map(|click| Opened { click, serial }).ok_or(Forged)
}

fn read(plain: &[u8]) -> Option<Click> {
    let (&[version, kind], rest) = plain.split_first_chunk()?;
    let (partner, rest) = rest.split_first_chunk()?;
    let (code, rest) = rest.split_first_chunk()?;
    let (issued, target) = rest.split_first_chunk()?;
    let kind = match (version, kind) {
        (VERSION, 0) => Kind::Organic,
        (VERSION, 1) => Kind::Sponsored,
        _ => return None,
    };
    Some(Click {
        partner: u32::from_be_bytes(*partner),
        code: u32::from_be_bytes(*code),
        kind,
        issued: Time(u32::from_be_bytes(*issued).into()),
        target: String::from_utf8(target.to_vec()).ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn click(target: &str) -> Click {
        Click { partner: 7, code: 8, kind: Kind::Sponsored, issued: Time(1_700_000_000), target: target.to_owned() }
    }

    fn sealed(key: &ClickKey, click: &Click) -> String {
        let mut text = String::new();
        seal(key, click, &mut text);
        text
    }

    #[test]
    fn a_target_of_120_bytes_makes_a_token_within_240_characters() {
        let key = ClickKey::new(1, &[1; 32]);
        let text = sealed(&key, &click(&format!("https://example.com/{}", "x".repeat(100))));
        assert!(text.len() <= 240, "{} characters", text.len());
        assert!(sealed(&key, &click(&"x".repeat(TARGET_BYTES))).len() <= TOKEN_BYTES);
    }

    #[test]
    fn equal_clicks_give_different_tokens_and_serials() {
        let key = ClickKey::new(1, &[1; 32]);
        let (one, two) = (sealed(&key, &click("https://a.example/")), sealed(&key, &click("https://a.example/")));
        assert_ne!(one, two);
        assert_ne!(open([&key], one.as_bytes()).unwrap().serial, open([&key], two.as_bytes()).unwrap().serial);
    }

    proptest! {
        #[test]
        fn what_is_sealed_opens_again(
            target in "https://[a-z]{1,20}\\.example/[!-~é漢]{0,200}", partner: u32, code: u32, sponsored: bool, issued: u32,
        ) {
            let (old, key) = (ClickKey::new(3, &[3; 32]), ClickKey::new(4, &[4; 32]));
            let kind = if sponsored { Kind::Sponsored } else { Kind::Organic };
            let click = Click { partner, code, kind, issued: Time(issued.into()), target };
            prop_assert_eq!(open([&old, &key], sealed(&key, &click).as_bytes()).unwrap().click, click);
        }

        #[test]
        fn one_changed_bit_and_it_stays_shut(bit in 0_usize..8 * 200) {
            let key = ClickKey::new(4, &[4; 32]);
            let mut token = URL_SAFE_NO_PAD.decode(sealed(&key, &click("https://a.example/path?x=1"))).unwrap();
            let at = bit / 8 % token.len();
            token[at] ^= 1 << (bit % 8);
            prop_assert_eq!(open([&key], URL_SAFE_NO_PAD.encode(&token).as_bytes()), Err(Forged));
        }

        #[test]
        fn any_bytes_stay_shut(text in proptest::collection::vec(any::<u8>(), 0..400)) {
            let key = ClickKey::new(4, &[4; 32]);
            prop_assert_eq!(open([&key], &text), Err(Forged));
        }
    }
}
