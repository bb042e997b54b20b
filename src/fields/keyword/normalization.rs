//! Normalization of a keyword: NFKC (UAX #15) without loss of meaning, no invisible characters, folded white space.
//!
//! The result is in NFKC, except for the few letters of [`compatibility::is_kept`].

use std::borrow::Cow;

use icu_properties::props::{DefaultIgnorableCodePoint, GeneralCategory};
use icu_properties::{CodePointMapData, CodePointMapDataBorrowed, CodePointSetData, CodePointSetDataBorrowed};

use crate::fields::keyword::compatibility;
use crate::fields::keyword::nfkc::NFKC;

/// Characters that Unicode classifies as letters, symbols or marks but that are invisible or a replacement: blank Braille
/// pattern, null notehead, Khitan filler and object replacement character.
const BLANK: [char; 4] = ['\u{2800}', '\u{1d159}', '\u{16fe4}', '\u{fffc}'];

/// Maximum number of normalization passes. Removing a character can join two others that compose; real text is stable after
/// one pass, hostile text after two.
const MAX_PASSES: usize = 4;

const CATEGORY: CodePointMapDataBorrowed<'static, GeneralCategory> = CodePointMapData::<GeneralCategory>::new();
const IGNORABLE: CodePointSetDataBorrowed<'static> = CodePointSetData::new::<DefaultIgnorableCodePoint>();

/// A text without invisible characters, and with folded white space. Normalizing it gives what normalizing the text gives.
pub(crate) fn visible(text: &str) -> String {
    fold_spaces(&remove_invisible(text))
}

/// Normalizes a text, without the maximum length and the policy for personal data. Idempotent.
pub(crate) fn normalize(text: &str) -> Cow<'_, str> {
    normalize_start(text, |_| None).0
}

/// Normalizes as much of a text as `start` returns; `None` is all of it. The second value is true if that is not all. One character
/// may stand for 33 bytes, so what is normalized is cut after each pass.
pub(crate) fn normalize_start(text: &str, start: impl Fn(&str) -> Option<&str>) -> (Cow<'_, str>, bool) {
    if is_normal_ascii(text) {
        return start(text).map_or((Cow::Borrowed(text), false), |start| (Cow::Borrowed(start), true));
    }
    let (mut text, mut is_cut) = (text.to_owned(), false);
    for _ in 0..MAX_PASSES {
        let mut next = fold_spaces(&compose(&compatibility::respell(&remove_invisible(&text))));
        if let Some(length) = start(&next).map(str::len) {
            next.truncate(length);
            is_cut = true;
        }
        if next == text {
            break;
        }
        text = next;
    }
    (Cow::Owned(text), is_cut)
}

/// True for printable ASCII with single inner spaces, which needs no normalization. Most keywords are.
fn is_normal_ascii(text: &str) -> bool {
    let bytes = text.as_bytes();
    let printable = bytes.iter().all(|byte| (b' '..=b'~').contains(byte));
    let double = bytes.windows(2).any(|pair| pair == b"  ");
    printable && !double && bytes.first() != Some(&b' ') && bytes.last() != Some(&b' ')
}

/// Normalizes the text between the letters that are kept.
fn compose(text: &str) -> String {
    let mut composed = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((at, kept)) = rest.char_indices().find(|(_, c)| compatibility::is_kept(*c)) {
        let (before, from_kept) = rest.split_at_checked(at).unwrap_or((rest, ""));
        composed.push_str(&NFKC.normalize(before));
        composed.push(kept);
        rest = from_kept.get(kept.len_utf8()..).unwrap_or_default();
    }
    composed.push_str(&NFKC.normalize(rest));
    compatibility::restore(composed)
}

/// Removes invisible characters: default-ignorable, control, format, private-use and unassigned code points. White space is
/// kept for [`fold_spaces`]: a line break separates words.
fn remove_invisible(text: &str) -> String {
    text.chars().filter(|c| c.is_whitespace() || !is_invisible(*c)).collect()
}

fn is_invisible(c: char) -> bool {
    match CATEGORY.get(c) {
        GeneralCategory::Control
        | GeneralCategory::Format
        | GeneralCategory::PrivateUse
        | GeneralCategory::Surrogate
        | GeneralCategory::Unassigned => true,
        // To look in the list for each character would take longer than all else.
        GeneralCategory::OtherLetter | GeneralCategory::NonspacingMark => IGNORABLE.contains(c) || BLANK.contains(&c),
        GeneralCategory::OtherSymbol => BLANK.contains(&c),
        GeneralCategory::UppercaseLetter
        | GeneralCategory::LowercaseLetter
        | GeneralCategory::TitlecaseLetter
        | GeneralCategory::ModifierLetter
        | GeneralCategory::SpacingMark
        | GeneralCategory::EnclosingMark
        | GeneralCategory::DecimalNumber
        | GeneralCategory::LetterNumber
        | GeneralCategory::OtherNumber
        | GeneralCategory::SpaceSeparator
        | GeneralCategory::LineSeparator
        | GeneralCategory::ParagraphSeparator
        | GeneralCategory::DashPunctuation
        | GeneralCategory::OpenPunctuation
        | GeneralCategory::ClosePunctuation
        | GeneralCategory::ConnectorPunctuation
        | GeneralCategory::InitialPunctuation
        | GeneralCategory::FinalPunctuation
        | GeneralCategory::OtherPunctuation
        | GeneralCategory::MathSymbol
        | GeneralCategory::CurrencySymbol
        | GeneralCategory::ModifierSymbol => false,
    }
}

/// Replaces each run of white space by one space, and trims.
fn fold_spaces(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for word in text.split(char::is_whitespace).filter(|word| !word.is_empty()) {
        if !folded.is_empty() {
            folded.push(' ');
        }
        folded.push_str(word);
    }
    folded
}

#[cfg(test)]
mod tests;
