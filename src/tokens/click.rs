//! Click tokens: what a result's link carries, sealed so that only we can make or read it
//! ([`super::token`]). Sealed inside, big-endian:
//! `version (1) | kind (1) | partner (4) | code (4) | keyword group (4) | second of issue (4) | target`. Partner, code and
//! group are fingerprints of configured names, which a reload cannot shift as it can a position in a list; the group's is 0
//! where the search was in none. There is no room for a keyword, an ID, an address or an agent.
//! Version 1 had no group, and still opens: links are out when a new version of the program starts.

use crate::result_kind::ResultKind;
use crate::time::Time;
use crate::tokens::keys::ClickKey;
use crate::tokens::sealed;
pub use crate::tokens::sealed::{InvalidToken, TARGET_BYTES};

/// The longest token text: [`TARGET_BYTES`] and the frame, in base64.
pub const TOKEN_BYTES: usize = sealed::text_bytes(TARGET_BYTES + HEAD_BYTES);

const VERSION: u8 = 2;
const WITHOUT_GROUP: u8 = 1;
const HEAD_BYTES: usize = 18;

/// Binds a seal to its use: a value sealed for anything else does not open as a click.
const PURPOSE: &[u8] = b"qsproxy click 1";

/// What a click token holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClickToken {
    /// Fingerprint of the partner's name.
    pub partner: u32,
    /// Fingerprint of the code's name.
    pub code: u32,
    /// Fingerprint of the name of the search's keyword group; None for a search in none.
    pub group: Option<u32>,
    /// Sponsored or organic.
    pub kind: ResultKind,
    /// When the results were made; a click is older than `click_ttl` by this.
    pub issued: Time,
    /// Where the result leads.
    pub target: String,
}

/// A token that opened, with the 64 bits that tell it from every other: a keyed hash of its authentication tag. Whoever
/// sees what is remembered cannot find the link that it is of, and after the key's days nobody can.
#[derive(Debug, PartialEq, Eq)]
pub struct OpenedClick {
    /// What it holds.
    pub click: ClickToken,
    /// Which token it is.
    pub mark: u64,
}

/// Seals a click and appends the token's text to `out`. `target` is at most [`TARGET_BYTES`] long.
pub fn seal(key: &ClickKey, click: &ClickToken, out: &mut String) {
    let kind = match click.kind {
        ResultKind::Organic => 0,
        ResultKind::Sponsored => 1,
    };
    let (partner, code) = (click.partner.to_be_bytes(), click.code.to_be_bytes());
    let (group, issued) = (click.group.unwrap_or(0).to_be_bytes(), sealed::stamp(click.issued));
    let parts: [&[u8]; 6] = [&[VERSION, kind], &partner, &code, &group, &issued, click.target.as_bytes()];
    sealed::seal(key, PURPOSE, &parts, out);
}

/// Opens a token with the ring's keys.
///
/// # Errors
/// [`InvalidToken`], whatever was wrong: there is nothing to learn from the difference.
pub fn open<'k>(keys: impl IntoIterator<Item = &'k ClickKey>, text: &[u8]) -> Result<OpenedClick, InvalidToken> {
    if text.len() > TOKEN_BYTES {
        return Err(InvalidToken);
    }
    let (click, key, tag) = sealed::open(keys, PURPOSE, text, read)?;
    Ok(OpenedClick { click, mark: key.mark(&tag) })
}

fn read(plain: &[u8]) -> Option<ClickToken> {
    let (&[version, kind], rest) = plain.split_first_chunk()?;
    let (partner, rest) = rest.split_first_chunk()?;
    let (code, rest) = rest.split_first_chunk()?;
    let (group, rest) = match version {
        WITHOUT_GROUP => (&[0; 4], rest),
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
        target: String::from_utf8(target.to_vec()).ok()?,
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

    fn sealed(key: &ClickKey, click: &ClickToken) -> String {
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
    fn links_of_the_version_before_open() {
        let key = ClickKey::new(1, &[1; 32]);
        let mut text = String::new();
        let parts: [&[u8]; 5] = [
            &[1, 1],
            &7_u32.to_be_bytes(),
            &8_u32.to_be_bytes(),
            &1_700_000_000_u32.to_be_bytes(),
            b"https://a.example/",
        ];
        sealed::seal(&key, PURPOSE, &parts, &mut text);
        assert_eq!(open([&key], text.as_bytes()).unwrap().click, click("https://a.example/"));
    }

    #[test]
    fn equal_clicks_give_different_tokens_and_marks() {
        let key = ClickKey::new(1, &[1; 32]);
        let (one, two) = (sealed(&key, &click("https://a.example/")), sealed(&key, &click("https://a.example/")));
        assert_ne!(one, two);
        assert_ne!(open([&key], one.as_bytes()).unwrap().mark, open([&key], two.as_bytes()).unwrap().mark);
    }

    #[test]
    fn every_node_with_the_key_marks_a_token_alike_and_nobody_else_does() {
        let (key, same, other) = (ClickKey::new(1, &[1; 32]), ClickKey::new(1, &[1; 32]), ClickKey::new(1, &[2; 32]));
        let token = sealed(&key, &click("https://a.example/"));
        let mark = open([&same], token.as_bytes()).unwrap().mark;
        assert_eq!(open([&key], token.as_bytes()).unwrap().mark, mark);
        let bytes = URL_SAFE_NO_PAD.decode(&token).unwrap();
        let tag = *bytes.last_chunk::<16>().unwrap();
        assert_eq!(key.mark(&tag), mark);
        assert_ne!(other.mark(&tag), mark);
        assert!(!bytes.windows(8).any(|part| part == mark.to_be_bytes()), "it does not stand in the token");
    }

    proptest! {
        #[test]
        fn what_is_sealed_opens_again(
            target in "https://[a-z]{1,20}\\.example/[!-~é漢]{0,200}", partner: u32, code: u32, group: u32, sponsored: bool, issued: u32,
        ) {
            let (old, key) = (ClickKey::new(3, &[3; 32]), ClickKey::new(4, &[4; 32]));
            let kind = if sponsored { ResultKind::Sponsored } else { ResultKind::Organic };
            let group = Some(group).filter(|group| *group != 0);
            let click = ClickToken { partner, code, group, kind, issued: Time(issued.into()), target };
            prop_assert_eq!(open([&old, &key], sealed(&key, &click).as_bytes()).unwrap().click, click);
        }

        #[test]
        fn one_changed_bit_and_it_stays_shut(bit in 0_usize..8 * 200) {
            let key = ClickKey::new(4, &[4; 32]);
            let mut token = URL_SAFE_NO_PAD.decode(sealed(&key, &click("https://a.example/path?x=1"))).unwrap();
            let at = bit / 8 % token.len();
            token[at] ^= 1 << (bit % 8);
            prop_assert_eq!(open([&key], URL_SAFE_NO_PAD.encode(&token).as_bytes()), Err(InvalidToken));
        }

        #[test]
        fn any_bytes_stay_shut(text in proptest::collection::vec(any::<u8>(), 0..400)) {
            let key = ClickKey::new(4, &[4; 32]);
            prop_assert_eq!(open([&key], &text), Err(InvalidToken));
        }
    }
}
