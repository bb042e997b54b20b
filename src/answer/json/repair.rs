//! Repairs what partners' JSON encoders and truncated texts get wrong within a value, so that it costs at most that value:
//! bytes that are not UTF-8, half a surrogate pair, raw control characters and unknown escapes in strings; `NaN` and other
//! scalars that JSON does not have; a comma after the last element.

use std::borrow::Cow;

/// Escape of U+FFFD, the replacement character.
const REPLACEMENT: &[u8] = b"\\ufffd";

/// Returns the text with these repaired. Whatever else is wrong stays as it is, above all a text that ends early.
pub(super) fn repair(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len() + 64);
    let mut depth = 0_usize;
    let mut rest = body;
    while let Some((&byte, after)) = rest.split_first() {
        match byte {
            b'"' => {
                let end = end_of_string(after);
                let (content, tail) = after.split_at(end);
                out.push(b'"');
                push_string(&mut out, content);
                if let Some((quote, tail)) = tail.split_first() {
                    out.push(*quote);
                    rest = tail;
                    continue;
                }
                rest = tail;
                continue;
            }
            b'[' | b'{' => depth += 1,
            b']' | b'}' => {
                depth = depth.saturating_sub(1);
                drop_trailing_comma(&mut out);
            }
            _ if is_scalar(byte) && depth > 0 => {
                let end = after.iter().position(|&byte| !is_scalar(byte)).unwrap_or(after.len());
                let (scalar, tail) = rest.split_at(end + 1);
                out.extend_from_slice(if is_json_scalar(scalar) { scalar } else { b"null" });
                rest = tail;
                continue;
            }
            _ => {}
        }
        out.push(byte);
        rest = after;
    }
    out
}

fn is_scalar(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.' | b'_')
}

/// Whether this is a literal or a number that fits into a floating-point number.
fn is_json_scalar(scalar: &[u8]) -> bool {
    matches!(scalar, b"true" | b"false" | b"null") || serde_json::from_slice::<serde_json::Number>(scalar).is_ok()
}

fn drop_trailing_comma(out: &mut Vec<u8>) {
    let end = out.iter().rposition(|byte| !byte.is_ascii_whitespace());
    if let Some(end) = end.filter(|&end| out.get(end) == Some(&b',')) {
        out.truncate(end);
    }
}

/// The number of bytes up to the closing quote, or to the end.
fn end_of_string(bytes: &[u8]) -> usize {
    let mut position = 0;
    while let Some(found) = bytes.get(position..).and_then(|rest| memchr::memchr2(b'"', b'\\', rest)) {
        position += found;
        if bytes.get(position) == Some(&b'"') {
            return position;
        }
        position = (position + 2).min(bytes.len());
    }
    bytes.len()
}

/// Appends the content of a string, between its quotes.
fn push_string(out: &mut Vec<u8>, content: &[u8]) {
    let text = String::from_utf8_lossy(content);
    let mut rest = text.as_ref();
    while let Some(position) = rest.bytes().position(|byte| byte == b'\\' || byte < b' ') {
        let (plain, special) = rest.split_at(position);
        out.extend_from_slice(plain.as_bytes());
        let bytes = special.as_bytes();
        let length = match bytes.first() {
            Some(b'\\') => push_escape(out, bytes),
            Some(&control) => {
                out.extend_from_slice(format!("\\u{control:04x}").as_bytes());
                1
            }
            None => 0,
        };
        rest = special.get(length..).unwrap_or_default();
    }
    out.extend_from_slice(rest.as_bytes());
}

/// Appends the escape at the start of a text and returns its length in bytes.
fn push_escape(out: &mut Vec<u8>, text: &[u8]) -> usize {
    match text.get(1) {
        Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => {
            out.extend_from_slice(text.get(..2).unwrap_or_default());
            2
        }
        Some(b'u') => match (unicode_escape(text), text.get(6..).and_then(unicode_escape)) {
            (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => {
                out.extend_from_slice(text.get(..12).unwrap_or_default());
                12
            }
            (Some(0xd800..=0xdfff), _) => {
                out.extend_from_slice(REPLACEMENT);
                6
            }
            (Some(_), _) => {
                out.extend_from_slice(text.get(..6).unwrap_or_default());
                6
            }
            (None, _) => {
                out.extend_from_slice(REPLACEMENT);
                2
            }
        },
        // An escape of another language, such as \' or \x: the backslash is not part of the text.
        Some(_) | None => 1,
    }
}

/// The code unit of `\uXXXX` at the start of a text.
fn unicode_escape(text: &[u8]) -> Option<u16> {
    let digits = text.strip_prefix(b"\\u")?.get(..4)?;
    let digits =
        std::str::from_utf8(digits).ok().filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
    u16::from_str_radix(digits, 16).ok()
}

/// The text decoded to UTF-8: by its byte order mark, or by this charset if it is not UTF-8. RFC 8259 section 8.1 demands
/// UTF-8, but not everyone complies.
pub(super) fn decode<'a>(body: &'a [u8], charset: Option<&str>) -> Cow<'a, [u8]> {
    let marked = encoding_rs::Encoding::for_bom(body).map(|(encoding, _)| encoding);
    let encoding = marked.or_else(|| encoding_rs::Encoding::for_label(charset?.as_bytes()));
    match encoding {
        Some(encoding) if encoding != encoding_rs::UTF_8 => {
            Cow::Owned(encoding.decode(body).0.into_owned().into_bytes())
        }
        Some(_) | None => Cow::Borrowed(body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn repaired(body: &[u8]) -> String {
        String::from_utf8(repair(body)).unwrap()
    }

    #[test]
    fn repairs_within_values_only() {
        for (body, expected) in [
            (&b"[\"cut \\ud83d\"]"[..], "[\"cut \\ufffd\"]"),
            (b"[\"\\ud83d\\ude00 \\ude00\\ud83d\"]", "[\"\\ud83d\\ude00 \\ufffd\\ufffd\"]"),
            (b"[\"\\ud83d\\u0041\\\\ud83d\"]", "[\"\\ufffd\\u0041\\\\ud83d\"]"),
            (b"[\"\\u12\",\"\\u\",\"\\uzzzz\"]", "[\"\\ufffd12\",\"\\ufffd\",\"\\ufffdzzzz\"]"),
            (b"[\"a\xffb\",\"\xe2\x82\"]", "[\"a\u{fffd}b\",\"\u{fffd}\"]"),
            (b"[\"a\nb\tc\x00\"]", "[\"a\\u000ab\\u0009c\\u0000\"]"),
            (b"[\"it\\'s \\x41 \\\"q\\\"\"]", "[\"it's x41 \\\"q\\\"\"]"),
            (b"[NaN,-Infinity,undefined,1e999,01,true,-1.5e3]", "[null,null,null,null,null,true,-1.5e3]"),
            (b"{\"a\":[1, 2, ],\n}", "{\"a\":[1, 2]}"),
            (b"nonsense", "nonsense"),
            (b"<html>x</html>", "<html>x</html>"),
            (b"[\"cut off", "[\"cut off"),
            (b"[\"cut off\\", "[\"cut off"),
        ] {
            assert_eq!(repaired(body), expected);
        }
    }

    #[test]
    fn decodes_other_charsets() {
        assert_eq!(decode(b"\"\xe9\"", Some("iso-8859-1")).as_ref(), "\"é\"".as_bytes());
        assert_eq!(decode(b"\xff\xfe\"\x00x\x00\"\x00", None).as_ref(), b"\"x\"");
        assert_eq!(decode(b"\xef\xbb\xbf1", Some("iso-8859-1")).as_ref(), b"1", "the mark wins");
        for charset in [None, Some("utf-8"), Some("UTF8"), Some("no-such-charset")] {
            assert_eq!(decode("é\u{1}".as_bytes(), charset).as_ref(), "é\u{1}".as_bytes());
        }
    }

    proptest! {
        #[test]
        fn good_json_keeps_its_meaning(text in ".{0,40}", number: f64, flag: bool) {
            let value = serde_json::json!({"a": [text, number, flag, null, {}], "b": {&text: [[]]}});
            let body = value.to_string();
            let parse = |body: &[u8]| serde_json::from_slice::<serde_json::Value>(body).unwrap();
            prop_assert_eq!(parse(&repair(body.as_bytes())), parse(body.as_bytes()));
        }

        /// Whatever bytes a string has, other than quotes and backslashes: the string is repaired, and nothing else changes.
        #[test]
        fn any_bytes_in_a_string_are_repaired(bytes in proptest::collection::vec(any::<u8>(), 0..40), escapes in "(\\\\u[dD][89a-fA-F][0-9a-f]{2}|\\\\[a-z]|\\\\u[0-9a-z]{0,4}){0,4}") {
            let bytes: Vec<u8> = bytes.into_iter().filter(|byte| !matches!(byte, b'"' | b'\\')).collect();
            let body = [b"{\"before\":1,\"text\":\"", bytes.as_slice(), escapes.as_bytes(), b"\",\"after\":[2]}"].concat();
            let value: serde_json::Value = serde_json::from_slice(&repair(&body)).unwrap();
            prop_assert_eq!((&value["before"], &value["after"][0], value["text"].is_string()), (&1.into(), &2.into(), true));
        }

        #[test]
        fn repairing_twice_changes_nothing(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            let once = repair(&bytes);
            prop_assert_eq!(repair(&once), once);
        }
    }
}
