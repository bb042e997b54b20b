//! Click tokens. The first byte of an input selects what the rest is: a token as a client sends it, the plaintext of a sealed token,
//! or a click.
//!
//! - A text opens only if it is the one encoding of its bytes.
//! - A sealed plaintext opens exactly if it has the documented layout, with the documented values; never as an image.
//! - A click that is sealed opens as the same click: with its key only, and with no byte changed, left off or added.

use qsproxy::result_kind::ResultKind;
use qsproxy::time::Time;
use qsproxy::tokens::click::{ClickToken, InvalidToken, MAX_TARGET_BYTES, MAX_TOKEN_CHARS, TokenLength, open, seal};
use qsproxy::tokens::image;

use super::input::Input;
use super::seal;

const AAD: &[u8] = b"qsproxy click 1";

fn check_text(text: &[u8]) {
    if let Ok(opened) = open(&seal::keys(), text) {
        assert!(seal::is_canonical(text) && text.len() <= MAX_TOKEN_CHARS);
        check_click(&opened.click, 0, 0);
    }
}

/// The click of a plaintext in the layout of `src/tokens/click.rs`.
fn click_of(plaintext: &[u8]) -> Option<ClickToken> {
    let number = |at: usize| Some(u32::from_be_bytes(plaintext.get(at..at + 4)?.try_into().ok()?));
    let (group, at) = match plaintext.first()? {
        1 => (0, 10),
        2 => (number(10)?, 14),
        _ => return None,
    };
    let kind = match plaintext.get(1)? {
        0 => ResultKind::Organic,
        1 => ResultKind::Sponsored,
        _ => return None,
    };
    Some(ClickToken {
        partner: number(2)?,
        code: number(6)?,
        group: (group != 0).then_some(group),
        kind,
        issued: Time(number(at)?.into()),
        target: std::str::from_utf8(plaintext.get(at + 4..)?).ok()?.trim_end_matches('\0').to_owned(),
    })
}

fn check_plaintext(plaintext: &[u8]) {
    let text = seal::seal(AAD, plaintext);
    let opened = open(&seal::keys(), text.as_bytes()).map(|opened| opened.click);
    let expected = click_of(plaintext).filter(|_| text.len() <= MAX_TOKEN_CHARS);
    assert_eq!(opened.ok(), expected);
    assert_eq!(image::open(&seal::keys(), text.as_bytes()), Err(InvalidToken));
}

fn check_click(click: &ClickToken, at: u16, byte: u8) {
    let keys = seal::keys();
    let length = if byte.is_multiple_of(2) { TokenLength::Exact } else { TokenLength::Padded };
    let mut text = String::new();
    seal(&keys[0], click, length, &mut text);
    let opened = open(&keys, text.as_bytes()).map(|opened| opened.click);
    if click.target.len() <= MAX_TARGET_BYTES {
        assert_eq!(opened.as_ref(), Ok(click));
    }
    assert_eq!(open([&seal::foreign_key()], text.as_bytes()).err(), Some(InvalidToken));
    assert_eq!(open([&keys[1]], text.as_bytes()).err(), Some(InvalidToken));
    assert_eq!(image::open(&keys, text.as_bytes()), Err(InvalidToken));
    for changed in seal::changes(&text, at, byte) {
        assert_eq!(open(&keys, &changed).err(), Some(InvalidToken), "{text} changed to {:?}", changed.escape_ascii());
    }
}

pub fn check(input: &[u8]) {
    let mut input = Input(input);
    match input.byte() % 3 {
        0 => check_text(input.0),
        1 => check_plaintext(input.0),
        _ => {
            let (at, byte, kind) = (u16::from_be_bytes(input.array()), input.byte(), input.byte());
            let mut number = || u32::from_be_bytes(input.array());
            let (partner, code, group, issued) = (number(), number(), number(), number());
            let kind = if kind % 2 == 0 { ResultKind::Organic } else { ResultKind::Sponsored };
            let group = (group != 0).then_some(group);
            // No URL contains a zero; those at the end of a target are its padding.
            let target = input.text().trim_end_matches('\0').to_owned();
            let click = ClickToken { partner, code, group, kind, issued: Time(issued.into()), target };
            check_click(&click, at, byte);
        }
    }
}
