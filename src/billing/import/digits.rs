//! Digits and marks of other scripts, as spreadsheets in Arabic, Persian, Hindi or Japanese write numbers and dates: each has one value
//! (Unicode Standard, "Nd"), so that reading it is no guess.

use std::borrow::Cow;

use crate::billing::number::NumberMarks;

/// The zeros of the scripts whose digits 0 to 9 follow one another.
const ZEROS: [char; 18] = [
    '\u{660}', '\u{6f0}', '\u{966}', '\u{9e6}', '\u{a66}', '\u{ae6}', '\u{b66}', '\u{be6}', '\u{c66}', '\u{ce6}',
    '\u{d66}', '\u{e50}', '\u{ed0}', '\u{f20}', '\u{1040}', '\u{17e0}', '\u{1810}', '\u{ff10}',
];
/// The Arabic decimal separator and thousands separator.
const ARABIC_MARKS: [char; 2] = ['\u{66b}', '\u{66c}'];
/// The full-width forms of the visible ASCII characters, and how far they are from them.
const FULL_WIDTH: std::ops::RangeInclusive<char> = '\u{ff01}'..='\u{ff5e}';
const FULL_WIDTH_OFFSET: u32 = 0xfee0;

/// Returns a text with ASCII digits, and ASCII forms of full-width characters. A text with digits of two scripts stays as it is.
pub(super) fn with_ascii_digits(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let mut script = None;
    let mut folded = String::with_capacity(text.len());
    for c in text.chars() {
        let digit = digit(c);
        if let Some((zero, _)) = digit
            && *script.get_or_insert(zero) != zero
        {
            return Cow::Borrowed(text);
        }
        folded.push(match digit {
            Some((_, digit)) => digit,
            None if FULL_WIDTH.contains(&c) => char::from_u32(u32::from(c) - FULL_WIDTH_OFFSET).unwrap_or(c),
            None => c,
        });
    }
    Cow::Owned(folded)
}

/// Whether a text has digits of another script than ASCII.
pub(super) fn has_other_digits(text: &str) -> bool {
    !text.is_ascii() && text.chars().any(|c| !c.is_ascii() && digit(c).is_some())
}

/// What to do about digits of another script, which are read only where the profile says so.
pub(super) const OTHER_DIGITS: &str = "its digits are not 0 to 9; set digits = \"any\" to read those of other scripts";

/// Returns a number with ASCII digits and with the marks of the profile in the place of the Arabic ones, which are never anything else.
pub(super) fn number_text(text: &str, marks: NumberMarks) -> Cow<'_, str> {
    let folded = with_ascii_digits(text);
    if !folded.contains(ARABIC_MARKS) {
        return folded;
    }
    let [decimal, group] = ARABIC_MARKS;
    let mark = |c: char| match c {
        c if c == decimal => marks.decimal,
        // Where no group mark is configured, the number is refused with it.
        c if c == group => marks.group.unwrap_or(c),
        c => c,
    };
    Cow::Owned(folded.chars().map(mark).collect())
}

/// The zero of a digit's script, and its ASCII form.
fn digit(c: char) -> Option<(char, char)> {
    if c.is_ascii_digit() {
        return Some(('0', c));
    }
    let value = |zero: char| u32::from(c).checked_sub(u32::from(zero)).filter(|value| *value < 10);
    ZEROS.into_iter().find_map(|zero| Some((zero, char::from_digit(value(zero)?, 10)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MARKS: NumberMarks = NumberMarks { decimal: ',', group: Some('.') };

    #[test]
    fn digits_of_each_script_are_folded() {
        for zero in ZEROS {
            let digits: String = (0..10).filter_map(|value| char::from_u32(u32::from(zero) + value)).collect();
            assert!(digits.chars().all(char::is_numeric), "{digits}");
            assert_eq!(with_ascii_digits(&digits), "0123456789", "{digits}");
        }
        for (text, folded) in [
            ("١٬٢٣٤٫٥٠", "1.234,50"),
            ("۱۲۳", "123"),
            ("１，２３４．５", "1,234.5"),
            ("￥１２０", "￥120"),
            ("1\u{202f}234 €", "1\u{202f}234 €"),
            ("1٢", "1٢"),
            ("plain", "plain"),
            ("١/١٠/٢٠٢٦", "1/10/2026"),
        ] {
            assert_eq!(number_text(text, MARKS), folded, "{text}");
        }
        assert_eq!(number_text("١٬٢٣٤", NumberMarks { decimal: '.', group: None }), "1\u{66c}234");
    }
}
