//! Image tokens, in the same way as click tokens.
//!
//! - A text opens only if it is the one encoding of its bytes.
//! - A sealed plaintext opens exactly if it has the documented layout, with the documented values; never as a click.
//! - An image that is sealed opens as the same image: with its key only, and with no byte changed, left off or added.

use qsproxy::time::Time;
use qsproxy::tokens::click;
use qsproxy::tokens::image::{ImageToken, MAX_TOKEN_CHARS, open, seal};
use qsproxy::tokens::sealed::{InvalidToken, MAX_TARGET_BYTES, TokenLength};

use super::input::Input;
use super::seal;

const AAD: &[u8] = b"qsproxy image 1";

fn check_text(text: &[u8]) {
    if let Ok(image) = open(&seal::keys(), text) {
        assert!(seal::is_canonical(text) && text.len() <= MAX_TOKEN_CHARS);
        check_image(&image, 0, 0);
    }
}

/// The image of a plaintext in the layout of `src/tokens/image.rs`.
fn image_of(plaintext: &[u8]) -> Option<ImageToken<'static>> {
    let number = |at: usize| Some(u32::from_be_bytes(plaintext.get(at..at + 4)?.try_into().ok()?));
    let url = std::str::from_utf8(plaintext.get(9..)?).ok()?.trim_end_matches('\0').to_owned();
    let image = ImageToken { partner: number(1)?, issued: Time(number(5)?.into()), url: url.into() };
    (plaintext.first() == Some(&1)).then_some(image)
}

fn check_plaintext(plaintext: &[u8]) {
    let text = seal::seal(AAD, plaintext);
    let expected = image_of(plaintext).filter(|_| text.len() <= MAX_TOKEN_CHARS);
    assert_eq!(open(&seal::keys(), text.as_bytes()).ok(), expected);
    assert_eq!(click::open(&seal::keys(), text.as_bytes()).err(), Some(InvalidToken));
}

fn check_image(image: &ImageToken<'_>, at: u16, byte: u8) {
    let keys = seal::keys();
    let length = if byte.is_multiple_of(2) { TokenLength::Exact } else { TokenLength::Padded };
    let mut text = String::new();
    seal(&keys[0], image, length, &mut text);
    let opened = open(&keys, text.as_bytes());
    if image.url.len() <= MAX_TARGET_BYTES {
        assert_eq!(opened.as_ref(), Ok(image));
    }
    assert_eq!(open([&seal::foreign_key()], text.as_bytes()), Err(InvalidToken));
    assert_eq!(open([&keys[1]], text.as_bytes()), Err(InvalidToken));
    assert_eq!(click::open(&keys, text.as_bytes()).err(), Some(InvalidToken));
    for changed in seal::changes(&text, at, byte) {
        assert_eq!(open(&keys, &changed), Err(InvalidToken), "{text} changed to {:?}", changed.escape_ascii());
    }
}

pub fn check(input: &[u8]) {
    let mut input = Input(input);
    match input.byte() % 3 {
        0 => check_text(input.0),
        1 => check_plaintext(input.0),
        _ => {
            let (at, byte) = (u16::from_be_bytes(input.array()), input.byte());
            let mut number = || u32::from_be_bytes(input.array());
            let (partner, issued) = (number(), Time(number().into()));
            // No URL contains a zero; those at the end are padding.
            let url = input.text().trim_end_matches('\0').to_owned();
            check_image(&ImageToken { partner, issued, url: url.into() }, at, byte);
        }
    }
}
