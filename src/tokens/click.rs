//! Click tokens: the last path segment of a result's `/click/…` link, sealed with [`sealed`].
//!
//! The plaintext, big-endian:
//!
//! | bytes | field |
//! |---|---|
//! | 1 | version: 2 |
//! | 1 | result kind: 0 organic, 1 sponsored |
//! | 4 | partner |
//! | 4 | code |
//! | 4 | keyword group, 0 for none |
//! | 4 | time of issue, in seconds since 1970 |
//! | *n* | target URL, and zeros where tokens are padded |
//!
//! Partner, code and group are fingerprints of configured names ([`crate::name::ConfigName::fingerprint`]). There is no
//! field for a keyword, an ID, an address or a user agent. Version 1 has no keyword group; it is still accepted, because
//! links are in use while a new version of the program starts.

use crate::mutants::fail_point::{FailPoint, fail_at};
use crate::mutants::leak;
use crate::result_kind::ResultKind;
use crate::time::Time;
use crate::tokens::keys::TokenKey;
use crate::tokens::sealed;
pub use crate::tokens::sealed::{InvalidToken, MAX_TARGET_BYTES, TokenLength};

/// Maximum length of a token, in characters.
pub const MAX_TOKEN_CHARS: usize = sealed::max_encoded_len(MAX_TARGET_BYTES + HEADER_BYTES);

const VERSION: u8 = 2;
const VERSION_WITHOUT_GROUP: u8 = 1;

/// Bytes before the target.
const HEADER_BYTES: usize = 18;

/// Associated data: a token sealed for another purpose does not open as a click.
const AAD: &[u8] = b"qsproxy click 1";

/// The content of a click token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClickToken {
    /// Fingerprint of the partner's name.
    pub partner: u32,
    /// Fingerprint of the code's name.
    pub code: u32,
    /// Fingerprint of the keyword group's name, if the search was in one.
    pub group: Option<u32>,
    /// Sponsored or organic.
    pub kind: ResultKind,
    /// When the results were rendered. `click_ttl` counts from here.
    pub issued: Time,
    /// The result's URL.
    pub target: String,
}

/// A click token that opened.
#[derive(Debug, PartialEq, Eq)]
pub struct OpenedClick {
    /// Its content.
    pub click: ClickToken,
    /// Deduplication ID: 64 bits of a keyed hash (PRF) of the token's authentication tag. Without the key, it cannot be
    /// linked to a token; once the key is deleted, by nobody.
    pub dedup_id: u64,
}

/// Seals a click and appends the token to `out`. The target has at most [`MAX_TARGET_BYTES`].
pub fn seal(key: &TokenKey, click: &ClickToken, length: TokenLength, out: &mut String) {
    fail_at(FailPoint::Tokens, || &click.target);
    let kind = match click.kind {
        ResultKind::Organic => 0,
        ResultKind::Sponsored => 1,
    };
    let (partner, code) = (click.partner.to_be_bytes(), click.code.to_be_bytes());
    let (group, issued) = (click.group.unwrap_or(0).to_be_bytes(), sealed::encode_time(click.issued));
    let (target, padding) = (click.target.as_bytes(), length.padding(click.target.len()));
    let parts: [&[u8]; 7] = [&[VERSION, kind], &partner, &code, &group, &issued, target, padding];
    sealed::seal(key, AAD, &parts, out);
}

/// Opens a token.
///
/// # Errors
/// [`InvalidToken`] for every failure, so that a response reveals nothing about the cause.
pub fn open<'k>(keys: impl IntoIterator<Item = &'k TokenKey>, text: &[u8]) -> Result<OpenedClick, InvalidToken> {
    if text.len() > MAX_TOKEN_CHARS {
        return Err(InvalidToken);
    }
    let opened = sealed::open(keys, AAD, text, decode)?;
    Ok(OpenedClick { click: opened.value, dedup_id: opened.key.dedup_id(&opened.tag) })
}

fn decode(plaintext: &[u8]) -> Option<ClickToken> {
    let (&[version, kind], rest) = plaintext.split_first_chunk()?;
    let (partner, rest) = rest.split_first_chunk()?;
    let (code, rest) = rest.split_first_chunk()?;
    let (group, rest) = match version {
        VERSION_WITHOUT_GROUP => (&[0; 4], rest),
        VERSION => rest.split_first_chunk()?,
        _ => return None,
    };
    let (issued, target) = rest.split_first_chunk()?;
    let kind = match kind {
        0 => ResultKind::Organic,
        1 => ResultKind::Sponsored,
        _ => return None,
    };
    Some(ClickToken {
        partner: u32::from_be_bytes(*partner),
        code: u32::from_be_bytes(*code),
        group: Some(u32::from_be_bytes(*group)).filter(|group| *group != 0),
        kind,
        issued: Time(u32::from_be_bytes(*issued).into()),
        target: leak::unseal_keyword(sealed::unpadded(target)?.to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use proptest::prelude::*;

    fn click(target: &str) -> ClickToken {
        ClickToken {
            partner: 7,
            code: 8,
            group: None,
            kind: ResultKind::Sponsored,
            issued: Time(1_700_000_000),
            target: target.to_owned(),
        }
    }

    fn sealed(key: &TokenKey, click: &ClickToken) -> String {
        let mut text = String::new();
        seal(key, click, TokenLength::Exact, &mut text);
        text
    }

    #[test]
    fn a_token_of_a_120_byte_target_has_at_most_240_characters() {
        let key = TokenKey::new(1, &[1; 32]);
        let text = sealed(&key, &click(&format!("https://example.com/{}", "x".repeat(100))));
        assert!(text.len() <= 240, "{} characters", text.len());
        assert!(sealed(&key, &click(&"x".repeat(MAX_TARGET_BYTES))).len() <= MAX_TOKEN_CHARS);
    }

    #[test]
    fn padded_tokens_have_few_lengths_and_open() {
        let key = TokenKey::new(1, &[1; 32]);
        let length_of = |target_bytes: usize| {
            let (target, mut text) = ("x".repeat(target_bytes), String::new());
            seal(&key, &click(&target), TokenLength::Padded, &mut text);
            assert_eq!(open([&key], text.as_bytes()).unwrap().click.target, target);
            text.len()
        };
        let lengths: std::collections::BTreeSet<usize> = (1..=MAX_TARGET_BYTES).map(length_of).collect();
        assert!(lengths.len() == 73 && *lengths.last().unwrap() <= MAX_TOKEN_CHARS, "{lengths:?}");
        assert_eq!(length_of(1), length_of(128));
    }

    #[test]
    fn opens_tokens_of_version_1() {
        let key = TokenKey::new(1, &[1; 32]);
        let mut text = String::new();
        let parts: [&[u8]; 5] = [
            &[1, 1],
            &7_u32.to_be_bytes(),
            &8_u32.to_be_bytes(),
            &1_700_000_000_u32.to_be_bytes(),
            b"https://a.example/",
        ];
        sealed::seal(&key, AAD, &parts, &mut text);
        assert_eq!(open([&key], text.as_bytes()).unwrap().click, click("https://a.example/"));
    }

    #[test]
    fn equal_clicks_have_different_tokens_and_dedup_ids() {
        let key = TokenKey::new(1, &[1; 32]);
        let (one, two) = (sealed(&key, &click("https://a.example/")), sealed(&key, &click("https://a.example/")));
        assert_ne!(one, two);
        assert_ne!(open([&key], one.as_bytes()).unwrap().dedup_id, open([&key], two.as_bytes()).unwrap().dedup_id);
    }

    #[test]
    fn a_dedup_id_depends_on_the_key_and_is_not_part_of_the_token() {
        let (key, same, other) = (TokenKey::new(1, &[1; 32]), TokenKey::new(1, &[1; 32]), TokenKey::new(1, &[2; 32]));
        let token = sealed(&key, &click("https://a.example/"));
        let dedup_id = open([&same], token.as_bytes()).unwrap().dedup_id;
        assert_eq!(open([&key], token.as_bytes()).unwrap().dedup_id, dedup_id);
        let bytes = URL_SAFE_NO_PAD.decode(&token).unwrap();
        let tag = *bytes.last_chunk::<16>().unwrap();
        assert_eq!(key.dedup_id(&tag), dedup_id);
        assert_ne!(other.dedup_id(&tag), dedup_id);
        assert!(!bytes.windows(8).any(|part| part == dedup_id.to_be_bytes()), "the token reveals its ID");
    }

    proptest! {
        #[test]
        fn opens_what_was_sealed(
            target in "https://[a-z]{1,20}\\.example/[!-~é漢]{0,200}", partner: u32, code: u32, group: u32, sponsored: bool, issued: u32,
        ) {
            let (old, key) = (TokenKey::new(3, &[3; 32]), TokenKey::new(4, &[4; 32]));
            let kind = if sponsored { ResultKind::Sponsored } else { ResultKind::Organic };
            let group = Some(group).filter(|group| *group != 0);
            let click = ClickToken { partner, code, group, kind, issued: Time(issued.into()), target };
            prop_assert_eq!(open([&old, &key], sealed(&key, &click).as_bytes()).unwrap().click, click);
        }

        #[test]
        fn rejects_a_token_with_a_flipped_bit(bit in 0_usize..8 * 200) {
            let key = TokenKey::new(4, &[4; 32]);
            let mut token = URL_SAFE_NO_PAD.decode(sealed(&key, &click("https://a.example/path?x=1"))).unwrap();
            let at = bit / 8 % token.len();
            token[at] ^= 1 << (bit % 8);
            prop_assert_eq!(open([&key], URL_SAFE_NO_PAD.encode(&token).as_bytes()), Err(InvalidToken));
        }

        #[test]
        fn rejects_arbitrary_bytes(text in proptest::collection::vec(any::<u8>(), 0..400)) {
            let key = TokenKey::new(4, &[4; 32]);
            prop_assert_eq!(open([&key], &text), Err(InvalidToken));
        }
    }
}
