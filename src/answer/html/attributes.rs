//! What attributes may say, and how it is written between double quotes.

use crate::answer::html::allowlist::NUMBER_DIGITS;

/// Appends a value as the source has it: its character references stay what they are.
pub(super) fn escape(out: &mut String, value: &str) {
    write(out, value, "&");
}

/// Appends a text in which nothing is a character reference.
pub(super) fn escape_text(out: &mut String, text: &str) {
    write(out, text, "&amp;");
}

fn write(out: &mut String, value: &str, ampersand: &str) {
    let mut begin = 0;
    for (at, byte) in value.bytes().enumerate() {
        let instead = match byte {
            b'&' => ampersand,
            b'<' => "&lt;",
            b'>' => "&gt;",
            b'"' => "&quot;",
            b'\0' => "",
            _ => continue,
        };
        out.push_str(value.get(begin..at).unwrap_or_default());
        out.push_str(instead);
        begin = at + 1;
    }
    out.push_str(value.get(begin..).unwrap_or_default());
}

/// The declarations of an inline style, without white space and in small letters. What of a style is not
/// looked at here goes: CSS can load and leak, and the page is readable without.
fn declarations(style: &str) -> impl Iterator<Item = String> {
    let small = |c: char| (!c.is_ascii_whitespace()).then(|| c.to_ascii_lowercase());
    style.split(';').map(move |declaration| declaration.chars().filter_map(small).collect())
}

/// Whether an inline style keeps an element from being seen.
pub(super) fn hides(style: &str) -> bool {
    // Most styles say nothing of the kind, and are not taken apart.
    let says = |word: &[u8]| style.as_bytes().windows(word.len()).any(|part| part.eq_ignore_ascii_case(word));
    (says(b"none") || says(b"hidden"))
        && declarations(style).any(|rule| rule.starts_with("display:none") || rule.starts_with("visibility:hidden"))
}

/// Whether an inline style makes an image of one pixel.
pub(super) fn shrinks(style: &str) -> bool {
    let sizes = ["width:", "height:", "max-width:", "max-height:"];
    declarations(style).any(|rule| {
        let size =
            sizes.into_iter().find_map(|name| rule.strip_prefix(name)).map(|size| size.trim_end_matches("!important"));
        let pixels = size.map(|size| size.strip_suffix("px").unwrap_or(size)).and_then(|size| size.parse::<f64>().ok());
        pixels.is_some_and(|pixels| pixels < 2.0)
    })
}

/// Whether a length in pixels is below two, read as HTML reads dimensions: leading digits, whatever follows
/// but a per cent sign (WHATWG HTML section 2.3.4.4).
pub(super) fn is_tiny(length: &str) -> bool {
    let digits = length.trim_start().trim_start_matches('+');
    let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
    let (number, rest) = digits.split_at_checked(end).unwrap_or((digits, ""));
    number.parse::<u64>().is_ok_and(|number| number < 2) && !rest.contains('%')
}

/// A whole number of at most [`NUMBER_DIGITS`] digits.
pub(super) fn is_number(value: &str) -> bool {
    let digits = value.strip_prefix('-').unwrap_or(value);
    (1..=NUMBER_DIGITS).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// Letters, digits and hyphens, as many as RFC 5646 section 4.4.1 asks a reader to bear.
pub(super) fn is_language(value: &str) -> bool {
    (1..=35).contains(&value.len()) && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}
