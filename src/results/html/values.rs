//! What attributes may say, and how it is written between double quotes.

use super::allow::NUMBER_DIGITS;

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

/// Whether an inline style keeps an element from being seen. The rest of the style goes: CSS can load
/// and leak, and the page is readable without.
pub(super) fn hides(style: &str) -> bool {
    let style: String = style.chars().filter(|c| !c.is_ascii_whitespace()).map(|c| c.to_ascii_lowercase()).collect();
    style.split(';').any(|rule| rule.starts_with("display:none") || rule.starts_with("visibility:hidden"))
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
