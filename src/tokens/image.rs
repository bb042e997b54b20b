//! Image tokens: the last path segment of an image's `/image/…` link, sealed with [`sealed`].
//!
//! Because only this service can create one, nobody can make it fetch a URL that was not in a partner's answer.
//! The plaintext, big-endian:
//!
//! | bytes | field |
//! |---|---|
//! | 1 | version: 1 |
//! | 4 | partner |
//! | 4 | time of issue, in seconds since 1970 |
//! | *n* | image URL, and zeros where tokens are padded |
//!
//! The partner is the fingerprint of its name: images of one partner must not be fetched from hosts that only another
//! one may use (`image_hosts`). Nothing in a token depends on who searched.

use crate::time::Time;
use crate::tokens::keys::TokenKey;
use crate::tokens::sealed::{self, InvalidToken, MAX_TARGET_BYTES, TokenLength};

/// Path prefix of image links.
pub const IMAGE_PATH: &str = "/image/";

/// Maximum length of a token, in characters.
pub const MAX_TOKEN_CHARS: usize = sealed::max_encoded_len(MAX_TARGET_BYTES + HEADER_BYTES);

const VERSION: u8 = 1;

/// Bytes before the URL.
const HEADER_BYTES: usize = 9;

/// Associated data: a click token does not open as an image token, nor the other way round.
const AAD: &[u8] = b"qsproxy image 1";

/// The content of an image token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageToken<'a> {
    /// Fingerprint of the name of the partner whose answer links to the image.
    pub partner: u32,
    /// When the results were rendered.
    pub issued: Time,
    /// The absolute URL of the image. The token of a URL longer than [`MAX_TARGET_BYTES`] does not open.
    pub url: std::borrow::Cow<'a, str>,
}

/// Seals an image and appends the token to `out`, usually after [`IMAGE_PATH`].
pub fn seal(key: &TokenKey, image: &ImageToken<'_>, length: TokenLength, out: &mut String) {
    let (url, padding) = (image.url.as_bytes(), length.padding(image.url.len()));
    let parts: [&[u8]; 5] =
        [&[VERSION], &image.partner.to_be_bytes(), &sealed::encode_time(image.issued), url, padding];
    sealed::seal(key, AAD, &parts, out);
}

/// Opens a token.
///
/// # Errors
/// [`InvalidToken`] for every failure.
pub fn open<'k>(
    keys: impl IntoIterator<Item = &'k TokenKey>,
    text: &[u8],
) -> Result<ImageToken<'static>, InvalidToken> {
    if text.len() > MAX_TOKEN_CHARS {
        return Err(InvalidToken);
    }
    sealed::open(keys, AAD, text, decode).map(|opened| opened.value)
}

fn decode(plaintext: &[u8]) -> Option<ImageToken<'static>> {
    let (&[version], rest) = plaintext.split_first_chunk()?;
    let (partner, rest) = rest.split_first_chunk()?;
    let (issued, url) = rest.split_first_chunk()?;
    (version == VERSION).then_some(())?;
    Some(ImageToken {
        partner: u32::from_be_bytes(*partner),
        issued: Time(u32::from_be_bytes(*issued).into()),
        url: sealed::unpadded(url)?.to_owned().into(),
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

    fn sealed(key: &TokenKey, image: &ImageToken<'_>) -> String {
        let mut text = String::new();
        seal(key, image, TokenLength::Exact, &mut text);
        text
    }

    #[test]
    fn click_and_image_tokens_are_not_interchangeable() {
        let key = TokenKey::new(1, &[1; 32]);
        let target = "https://a.example/x.png";
        let mut click = String::new();
        let issued = Time(1_700_000_000);
        click::seal(
            &key,
            &ClickToken { partner: 7, code: 8, group: None, kind: ResultKind::Organic, issued, target: target.into() },
            TokenLength::Exact,
            &mut click,
        );
        assert_eq!(open([&key], click.as_bytes()), Err(InvalidToken));
        let text = sealed(&key, &image(target));
        assert_eq!(click::open([&key], text.as_bytes()), Err(InvalidToken));
        assert_eq!(open([&key], text.as_bytes()), Ok(image(target)));
    }

    #[test]
    fn opens_a_url_of_the_maximum_length_and_no_longer_one() {
        let key = TokenKey::new(1, &[1; 32]);
        let opens = |length| open([&key], sealed(&key, &image(&"x".repeat(length))).as_bytes()).is_ok();
        assert!(opens(MAX_TARGET_BYTES) && !opens(MAX_TARGET_BYTES + 3));
    }

    proptest! {
        #[test]
        fn opens_with_the_sealing_key_only(url in "https://[a-z]{1,20}\\.example/[!-~é漢]{0,200}", partner: u32, issued: u32) {
            let (old, key) = (TokenKey::new(3, &[3; 32]), TokenKey::new(4, &[4; 32]));
            let image = ImageToken { partner, issued: Time(issued.into()), url: url.into() };
            let text = sealed(&key, &image);
            let mut padded = String::new();
            seal(&key, &image, TokenLength::Padded, &mut padded);
            prop_assert_eq!(open([&key], padded.as_bytes()), Ok(image.clone()));
            prop_assert_eq!(open([&old, &key], text.as_bytes()), Ok(image));
            prop_assert_eq!(open([&TokenKey::new(4, &[5; 32])], text.as_bytes()), Err(InvalidToken));
        }
    }
}
