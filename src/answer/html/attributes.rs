//! Attribute values: checking and escaping them. Values are written between double quotes.

use std::borrow::Cow;

use crate::answer::html::allowlist::MAX_DIGITS;

/// Decodes the character references of a value (WHATWG HTML section 13.2.5.72).
pub(super) fn unescape(value: &str) -> Cow<'_, str> {
    unescape_with(value, |value| htmlize::unescape_attribute(value))
}

/// Decodes those of a text, some of which need no semicolon there.
pub(super) fn unescape_text(text: &str) -> Cow<'_, str> {
    unescape_with(text, |text| htmlize::unescape(text))
}

/// Most values have no character reference, or `&amp;` alone: `all` decodes the others.
fn unescape_with(value: &str, all: fn(&str) -> Cow<'_, str>) -> Cow<'_, str> {
    const AMPERSAND: &str = "&amp;";
    let Some(first) = memchr::memchr(b'&', value.as_bytes()) else { return Cow::Borrowed(value) };
    let mut text = String::with_capacity(value.len());
    let (mut plain, mut rest) = value.split_at_checked(first).unwrap_or((value, ""));
    while !rest.is_empty() {
        let Some(after) = rest.strip_prefix(AMPERSAND) else { return all(value) };
        text.push_str(plain);
        text.push('&');
        let next = memchr::memchr(b'&', after.as_bytes()).unwrap_or(after.len());
        (plain, rest) = after.split_at_checked(next).unwrap_or((after, ""));
    }
    text.push_str(plain);
    Cow::Owned(text)
}

/// Appends a value as the source contains it: its character references are not decoded.
pub(super) fn escape_source(out: &mut String, value: &str) {
    escape_with(out, value, "&");
}

/// Appends a plain text, without character references.
pub(super) fn escape_text(out: &mut String, text: &str) {
    escape_with(out, text, "&amp;");
}

fn escape_with(out: &mut String, value: &str, ampersand: &str) {
    // Most values contain nothing of the kind. Looking at every byte without a branch is faster than stopping at the first.
    let is_special = |byte| matches!(byte, b'&' | b'<' | b'>' | b'"' | b'\0');
    if !value.bytes().fold(false, |found, byte| found | is_special(byte)) {
        out.push_str(value);
        return;
    }
    let mut start = 0;
    for (position, byte) in value.bytes().enumerate() {
        let replacement = match byte {
            b'&' => ampersand,
            b'<' => "&lt;",
            b'>' => "&gt;",
            b'"' => "&quot;",
            b'\0' => "",
            _ => continue,
        };
        out.push_str(value.get(start..position).unwrap_or_default());
        out.push_str(replacement);
        start = position + 1;
    }
    out.push_str(value.get(start..).unwrap_or_default());
}

/// Whether an inline style hides an element.
pub(super) fn hides(style: &str) -> bool {
    // Most styles contain neither word and need not be parsed.
    let contains = |word: &str| {
        let first = word.as_bytes().first().copied().unwrap_or_default();
        let is_here = |at: usize| style.get(at..at + word.len()).is_some_and(|part| part.eq_ignore_ascii_case(word));
        memchr::memchr2_iter(first, first.to_ascii_uppercase(), style.as_bytes()).any(is_here)
    };
    let is_hiding =
        |declaration: &str| declaration.starts_with("display:none") || declaration.starts_with("visibility:hidden");
    (contains("none") || contains("hidden")) && declarations(style).any(|declaration| is_hiding(&declaration))
}

/// Whether an inline style limits an image to less than two pixels.
pub(super) fn shrinks(style: &str) -> bool {
    let properties = ["width:", "height:", "max-width:", "max-height:"];
    declarations(style).any(|declaration| {
        let value = properties.into_iter().find_map(|property| declaration.strip_prefix(property));
        let value = value.map(|value| value.trim_end_matches("!important"));
        let pixels = value.map(|value| value.strip_suffix("px").unwrap_or(value));
        pixels.and_then(|pixels| pixels.parse::<f64>().ok()).is_some_and(|pixels| pixels < 2.0)
    })
}

/// The declarations of an inline style, in lowercase and without white space. Styles themselves are never kept: CSS can
/// load resources and leak, and the page is readable without.
fn declarations(style: &str) -> impl Iterator<Item = String> {
    let normalize = |c: char| (!c.is_ascii_whitespace()).then(|| c.to_ascii_lowercase());
    style.split(';').map(move |declaration| declaration.chars().filter_map(normalize).collect())
}

/// Whether a dimension attribute is less than two pixels, parsed as HTML specifies: leading digits, and whatever follows
/// them unless it is a percent sign (WHATWG HTML section 2.3.4.4).
pub(super) fn is_tiny(dimension: &str) -> bool {
    let dimension = dimension.trim_start().trim_start_matches('+');
    let digits_end = dimension.find(|c: char| !c.is_ascii_digit()).unwrap_or(dimension.len());
    let (digits, rest) = dimension.split_at_checked(digits_end).unwrap_or((dimension, ""));
    digits.parse::<u64>().is_ok_and(|pixels| pixels < 2) && !rest.contains('%')
}

/// Whether a value is an integer of at most [`MAX_DIGITS`] digits.
pub(super) fn is_integer(value: &str) -> bool {
    let digits = value.strip_prefix('-').unwrap_or(value);
    (1..=MAX_DIGITS).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a value consists of letters, digits and hyphens and is at most 35 characters long (RFC 5646 section 4.4.1).
pub(super) fn is_language(value: &str) -> bool {
    (1..=35).contains(&value.len()) && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn unescapes_as_the_standard_says(value in "(&amp;|&amp|&|&#38;|&lt;|&copy|=|amp;|;|[a-zé]){0,12}") {
            prop_assert_eq!(unescape(&value), htmlize::unescape_attribute(value.as_str()));
            prop_assert_eq!(unescape_text(&value), htmlize::unescape(value.as_str()));
        }
    }
}
