//! Character references in text that may not be HTML.

use std::borrow::Cow;

/// The longest character reference, in bytes: `&CounterClockwiseContourIntegral;`.
const MAX_REFERENCE_BYTES: usize = 33;

/// Decodes the character references that end with a semicolon. HTML also knows some without, but in a plain text they are
/// more likely part of a URL (`?a=1&copy=2`).
pub(super) fn decode(text: &str) -> Cow<'_, str> {
    let Some(first) = memchr::memchr(b'&', text.as_bytes()) else { return Cow::Borrowed(text) };
    let (before, mut rest) = text.split_at_checked(first).unwrap_or((text, ""));
    let mut out = before.to_owned();
    while !rest.is_empty() {
        let length = reference_length(rest.as_bytes()).unwrap_or(1);
        let (reference, after) = rest.split_at_checked(length).unwrap_or((rest, ""));
        if length > 1 {
            out.push_str(&htmlize::unescape(reference));
        } else {
            out.push_str(reference);
        }
        let next = memchr::memchr(b'&', after.as_bytes()).unwrap_or(after.len());
        let (plain, next) = after.split_at_checked(next).unwrap_or((after, ""));
        out.push_str(plain);
        rest = next;
    }
    Cow::Owned(out)
}

/// The length of the character reference at the start, with its semicolon.
fn reference_length(text: &[u8]) -> Option<usize> {
    let window = text.get(..MAX_REFERENCE_BYTES).unwrap_or(text);
    let end = window.iter().position(|&byte| byte == b';')?;
    let name = window.get(1..end)?;
    let name = name.strip_prefix(b"#").unwrap_or(name);
    (!name.is_empty() && name.iter().all(u8::is_ascii_alphanumeric)).then_some(end + 1)
}
