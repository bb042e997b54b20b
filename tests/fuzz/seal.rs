//! Seals tokens as `docs/http-api.md` describes them: a second implementation, which also seals what the program never would.

use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, LessSafeKey, Nonce, UnboundKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use qsproxy::tokens::keys::TokenKey;

/// The keys of the ring: ID and bytes.
const KEYS: [(u8, [u8; 32]); 2] = [(7, [7; 32]), (6, [6; 32])];

/// The keys that open tokens, the one that seals them first.
pub fn keys() -> [TokenKey; 2] {
    KEYS.map(|(id, bytes)| TokenKey::new(id, &bytes))
}

/// A key of the same ID as the one that seals, with other bytes.
pub fn foreign_key() -> TokenKey {
    TokenKey::new(KEYS[0].0, &[8; 32])
}

/// A token of this plaintext.
pub fn seal(aad: &[u8], plaintext: &[u8]) -> String {
    let (id, bytes) = KEYS[0];
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM_SIV, &bytes).unwrap());
    let nonce = [9; 12];
    let mut sealed = plaintext.to_vec();
    key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(aad), &mut sealed).unwrap();
    URL_SAFE_NO_PAD.encode([&[id][..], &nonce, &sealed].concat())
}

/// Texts that differ from a token: one byte changed to `byte`, cut before it, extended by it, repeated, with padding.
pub fn changes(token: &str, at: u16, byte: u8) -> Vec<Vec<u8>> {
    let at = usize::from(at) % token.len();
    let mut changed = token.as_bytes().to_vec();
    changed[at] = byte;
    let (head, tail) = token.as_bytes().split_at(at);
    let texts = [
        changed,
        head.to_vec(),
        tail.to_vec(),
        [head, &[byte][..], tail].concat(),
        [token.as_bytes(), &[byte][..]].concat(),
        [token.as_bytes(), &b"="[..]].concat(),
        token.repeat(2).into_bytes(),
    ];
    texts.into_iter().filter(|text| text != token.as_bytes()).collect()
}

/// Whether a text is the one base64url text of its bytes.
pub fn is_canonical(text: &[u8]) -> bool {
    URL_SAFE_NO_PAD.decode(text).is_ok_and(|bytes| URL_SAFE_NO_PAD.encode(bytes).as_bytes() == text)
}
