//! Image tokens: what an image's address on a results page carries, sealed so that only we can make or
//! read it ([`super::token`]): nobody can have an address asked for that did not stand in a partner's
//! answer. Sealed inside, big-endian: `version (1) | partner (4) | second of issue (4) | address`. The
//! partner is the fingerprint of its name, since hosts that one partner may have asked
//! (`image_hosts`) are closed to the images of another. Nothing in it depends on who searched.

use crate::time::Time;
use crate::tokens::keys::ClickKey;
use crate::tokens::sealed::{self, InvalidToken, TARGET_BYTES};

/// Where image links begin.
pub const IMAGE_PATH: &str = "/image/";

/// The longest token text.
pub const TOKEN_BYTES: usize = sealed::text_bytes(TARGET_BYTES + HEAD_BYTES);

const VERSION: u8 = 1;
const HEAD_BYTES: usize = 9;

/// Binds a seal to its use: a click does not open as an image, nor an image as a click.
const PURPOSE: &[u8] = b"qsproxy image 1";

/// What an image token holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageToken<'a> {
    /// Fingerprint of the name of the partner in whose answer it stands.
    pub partner: u32,
    /// When the results were made.
    pub issued: Time,
    /// Its absolute address, at most [`TARGET_BYTES`] long; the token of a longer one never opens.
    pub url: std::borrow::Cow<'a, str>,
}

/// Seals an image and appends the token's text to `out`, which ends with [`IMAGE_PATH`] as a rule.
pub fn seal(key: &ClickKey, image: &ImageToken<'_>, out: &mut String) {
    let parts: [&[u8]; 4] =
        [&[VERSION], &image.partner.to_be_bytes(), &sealed::stamp(image.issued), image.url.as_bytes()];
    sealed::seal(key, PURPOSE, &parts, out);
}

/// Opens a token with the ring's keys.
///
/// # Errors
/// [`InvalidToken`], whatever was wrong.
pub fn open<'k>(
    keys: impl IntoIterator<Item = &'k ClickKey>,
    text: &[u8],
) -> Result<ImageToken<'static>, InvalidToken> {
    if text.len() > TOKEN_BYTES {
        return Err(InvalidToken);
    }
    sealed::open(keys, PURPOSE, text, read).map(|(image, ..)| image)
}

fn read(plain: &[u8]) -> Option<ImageToken<'static>> {
    let (&[version], rest) = plain.split_first_chunk()?;
    let (partner, rest) = rest.split_first_chunk()?;
    let (issued, url) = rest.split_first_chunk()?;
    (version == VERSION).then_some(())?;
    Some(ImageToken {
        partner: u32::from_be_bytes(*partner),
        issued: Time(u32::from_be_bytes(*issued).into()),
        url: String::from_utf8(url.to_vec()).ok()?.into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::result_kind::ResultKind;
    use crate::tokens::click::{self, ClickToken};
    use proptest::prelude::*;

    fn image(url: &str) -> ImageToken<'_> {
        ImageToken { partner: 7, issued: Time(1_700_000_000), url: url.into() }
    }

    fn sealed(key: &ClickKey, image: &ImageToken<'_>) -> String {
        let mut text = String::new();
        seal(key, image, &mut text);
        text
    }

    #[test]
    fn a_click_is_no_image_and_an_image_no_click() {
        let key = ClickKey::new(1, &[1; 32]);
        let target = "https://a.example/x.png";
        let mut click = String::new();
        let issued = Time(1_700_000_000);
        click::seal(
            &key,
            &ClickToken { partner: 7, code: 8, group: None, kind: ResultKind::Organic, issued, target: target.into() },
            &mut click,
        );
        assert_eq!(open([&key], click.as_bytes()), Err(InvalidToken));
        let text = sealed(&key, &image(target));
        assert_eq!(click::open([&key], text.as_bytes()), Err(InvalidToken));
        assert_eq!(open([&key], text.as_bytes()), Ok(image(target)));
    }

    #[test]
    fn the_longest_address_opens_and_a_longer_one_never() {
        let key = ClickKey::new(1, &[1; 32]);
        let opens = |length| open([&key], sealed(&key, &image(&"x".repeat(length))).as_bytes()).is_ok();
        assert!(opens(TARGET_BYTES) && !opens(TARGET_BYTES + 3));
    }

    proptest! {
        #[test]
        fn what_is_sealed_opens_again_and_no_other_key_opens_it(url in "https://[a-z]{1,20}\\.example/[!-~é漢]{0,200}", partner: u32, issued: u32) {
            let (old, key) = (ClickKey::new(3, &[3; 32]), ClickKey::new(4, &[4; 32]));
            let image = ImageToken { partner, issued: Time(issued.into()), url: url.into() };
            let text = sealed(&key, &image);
            prop_assert_eq!(open([&old, &key], text.as_bytes()), Ok(image));
            prop_assert_eq!(open([&ClickKey::new(4, &[5; 32])], text.as_bytes()), Err(InvalidToken));
        }
    }
}
