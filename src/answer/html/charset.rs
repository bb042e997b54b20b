//! Decodes a page to UTF-8. The charset is that of a byte order mark, of `Content-Type`, or of a `meta` element near the
//! start (WHATWG HTML section 13.2.3.2), in this order. Without any, it is UTF-8 if the bytes are valid, else windows-1252.

use encoding_rs::{CoderResult, Decoder, Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252, X_USER_DEFINED};

/// How many bytes at the start of a page are searched for a `meta` element, as in browsers.
const PRESCAN_BYTES: usize = 1_024;

/// Decodes a page as its bytes arrive.
pub(super) enum Charset {
    /// Not declared. Buffers the start of the page until the charset can be determined.
    Unknown(Vec<u8>),
    /// Determined.
    Known(Decoder),
}

impl Charset {
    /// `declared` is the charset of `Content-Type`. It is ignored if the Encoding standard does not define it.
    pub(super) fn new(declared: Option<&str>) -> Self {
        match declared.and_then(|label| Encoding::for_label(label.as_bytes())) {
            // A byte order mark still takes precedence (Encoding section 6, "decode").
            Some(encoding) => Self::Known(encoding.new_decoder()),
            None => Self::Unknown(Vec::new()),
        }
    }

    /// Appends the decoded bytes to `text`, except for an incomplete character at the end unless it is the last chunk.
    pub(super) fn decode(&mut self, bytes: &[u8], is_last: bool, text: &mut String) {
        let decoder = match self {
            Self::Known(decoder) => decoder,
            Self::Unknown(start) => {
                start.extend_from_slice(bytes);
                if start.len() < PRESCAN_BYTES && !is_last {
                    return;
                }
                let start = std::mem::take(start);
                let mut decoder = detect(start.get(..PRESCAN_BYTES).unwrap_or(&start)).new_decoder();
                decode(&mut decoder, &start, is_last, text);
                *self = Self::Known(decoder);
                return;
            }
        };
        decode(decoder, bytes, is_last, text);
    }
}

fn decode(decoder: &mut Decoder, mut bytes: &[u8], is_last: bool, text: &mut String) {
    loop {
        text.reserve(decoder.max_utf8_buffer_length(bytes.len()).unwrap_or(bytes.len()));
        let (result, read, _) = decoder.decode_to_string(bytes, text, is_last);
        bytes = bytes.get(read..).unwrap_or_default();
        if result == CoderResult::InputEmpty {
            return;
        }
    }
}

/// The charset of a page without a declared one, by its start.
fn detect(start: &[u8]) -> &'static Encoding {
    match meta_charset(start) {
        // Bytes in which `meta` is readable cannot be UTF-16 (same section, step 5 of "change the encoding").
        Some(encoding) if encoding == UTF_16LE || encoding == UTF_16BE => UTF_8,
        Some(encoding) if encoding == X_USER_DEFINED => WINDOWS_1252,
        Some(encoding) => encoding,
        None if is_utf8(start) => UTF_8,
        None => WINDOWS_1252,
    }
}

/// Whether the bytes are UTF-8, ignoring an incomplete character at the end.
fn is_utf8(start: &[u8]) -> bool {
    match std::str::from_utf8(start) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none(),
    }
}

/// The charset of the first `meta` that contains `charset=`, as an attribute or within `content`.
fn meta_charset(start: &[u8]) -> Option<&'static Encoding> {
    let lower = start.to_ascii_lowercase();
    let mut rest = lower.as_slice();
    while let Some(position) = memchr::memmem::find(rest, b"<meta") {
        rest = rest.get(position + 5..)?;
        let end = memchr::memchr(b'>', rest).unwrap_or(rest.len());
        let (tag, after) = rest.split_at_checked(end)?;
        if let Some(encoding) = charset_label(tag).and_then(Encoding::for_label) {
            return Some(encoding);
        }
        rest = after;
    }
    None
}

fn charset_label(tag: &[u8]) -> Option<&[u8]> {
    let position = memchr::memmem::find(tag, b"charset")?;
    let value = tag.get(position + 7..)?.trim_ascii_start().strip_prefix(b"=")?.trim_ascii_start();
    let value = value.strip_prefix(b"\"").or_else(|| value.strip_prefix(b"'")).unwrap_or(value);
    let end = value.iter().position(|byte| matches!(byte, b'"' | b'\'' | b';' | b'/') || byte.is_ascii_whitespace());
    value.get(..end.unwrap_or(value.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(declared: Option<&str>, bytes: &[u8]) -> String {
        let (mut charset, mut text) = (Charset::new(declared), String::new());
        charset.decode(bytes, true, &mut text);
        text
    }

    #[test]
    fn byte_order_mark_header_and_meta_take_precedence_in_this_order() {
        assert_eq!(decoded(Some("windows-1251"), b"\xcf\xf0"), "Пр");
        assert_eq!(decoded(Some("windows-1251"), "\u{feff}ü".as_bytes()), "ü");
        assert_eq!(decoded(Some("utf-16le"), b"a\0b\0"), "ab");
        assert_eq!(decoded(None, b"\xff\xfea\0"), "a");
        assert_eq!(
            decoded(None, b"<META content='text/html; charset = Shift_JIS'>\x83\x65").chars().last(),
            Some('テ')
        );
        assert_eq!(decoded(None, b"<meta name=x><meta charset=\"gbk\">\xc4\xe3").chars().last(), Some('你'));
        assert_eq!(decoded(None, b"<meta charset=utf-16>\xc3\xbc").chars().last(), Some('ü'));
        assert_eq!(decoded(None, b"\xc3\xbc"), "ü");
        assert_eq!(decoded(None, b"\xfc"), "ü");
        assert_eq!(decoded(Some("no-such"), b"\xfc"), "ü");
        assert_eq!(decoded(Some("utf-8"), b"\xfc"), "\u{fffd}");
    }

    #[test]
    fn splits_between_bytes_do_not_matter() {
        let page = [&b"<meta charset=euc-jp>"[..], &b"\xa4\xe2".repeat(700)].concat();
        let unsplit = decoded(None, &page);
        assert!(unsplit.ends_with("もも"));
        for split in 0..page.len() {
            let (mut charset, mut text) = (Charset::new(None), String::new());
            let (left, right) = page.split_at(split);
            charset.decode(left, false, &mut text);
            charset.decode(right, true, &mut text);
            assert_eq!(text, unsplit, "{split}");
        }
    }
}
