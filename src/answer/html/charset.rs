//! A partner's bytes as UTF-8, whatever charset it declares: by a byte order mark, else by its
//! `Content-Type`, else by a `meta` element near the beginning (WHATWG HTML section 13.2.3.2), else UTF-8
//! where the bytes are that, and windows-1252 where not.

use encoding_rs::{CoderResult, Decoder, Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252, X_USER_DEFINED};

/// Bytes from a page's beginning in which its own declaration is looked for, as browsers do.
const DECLARED_WITHIN: usize = 1_024;

/// Turns a page into UTF-8 as its bytes arrive.
pub(super) enum Charset {
    /// Nobody said; the beginning is gathered until it can be judged.
    Unknown(Vec<u8>),
    /// Settled.
    Known(Decoder),
}

impl Charset {
    /// With the charset that the answer's `Content-Type` names, if it does and it is one of the Encoding standard.
    pub(super) fn new(declared: Option<&str>) -> Self {
        match declared.and_then(|label| Encoding::for_label(label.as_bytes())) {
            // A byte order mark still decides over it (Encoding section 6, "decode").
            Some(encoding) => Self::Known(encoding.new_decoder()),
            None => Self::Unknown(Vec::new()),
        }
    }

    /// Appends what can be told of these bytes to `text`; at the `last` ones, all of it.
    pub(super) fn decode(&mut self, bytes: &[u8], last: bool, text: &mut String) {
        let decoder = match self {
            Self::Known(decoder) => decoder,
            Self::Unknown(beginning) => {
                beginning.extend_from_slice(bytes);
                if beginning.len() < DECLARED_WITHIN && !last {
                    return;
                }
                let beginning = std::mem::take(beginning);
                let mut decoder = judge(beginning.get(..DECLARED_WITHIN).unwrap_or(&beginning)).new_decoder();
                decode(&mut decoder, &beginning, last, text);
                *self = Self::Known(decoder);
                return;
            }
        };
        decode(decoder, bytes, last, text);
    }
}

fn decode(decoder: &mut Decoder, mut bytes: &[u8], last: bool, text: &mut String) {
    loop {
        text.reserve(decoder.max_utf8_buffer_length(bytes.len()).unwrap_or(bytes.len()));
        let (result, read, _) = decoder.decode_to_string(bytes, text, last);
        bytes = bytes.get(read..).unwrap_or_default();
        if result == CoderResult::InputEmpty {
            return;
        }
    }
}

/// What the beginning of a page says of itself.
fn judge(beginning: &[u8]) -> &'static Encoding {
    match meta(beginning) {
        // Bytes in which `meta` can be read are neither (same section, step 5 of "change the encoding").
        Some(encoding) if encoding == UTF_16LE || encoding == UTF_16BE => UTF_8,
        Some(encoding) if encoding == X_USER_DEFINED => WINDOWS_1252,
        Some(encoding) => encoding,
        None if is_utf8(beginning) => UTF_8,
        None => WINDOWS_1252,
    }
}

/// A character that the cut divides is no fault.
fn is_utf8(beginning: &[u8]) -> bool {
    match std::str::from_utf8(beginning) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none(),
    }
}

/// The label in the first `meta` that holds `charset=`, be it an attribute or within `content`.
fn meta(beginning: &[u8]) -> Option<&'static Encoding> {
    let lower = beginning.to_ascii_lowercase();
    let mut rest = lower.as_slice();
    while let Some(at) = memchr::memmem::find(rest, b"<meta") {
        rest = rest.get(at + 5..)?;
        let end = memchr::memchr(b'>', rest).unwrap_or(rest.len());
        let (tag, after) = rest.split_at_checked(end)?;
        if let Some(encoding) = label(tag).and_then(Encoding::for_label) {
            return Some(encoding);
        }
        rest = after;
    }
    None
}

fn label(tag: &[u8]) -> Option<&[u8]> {
    let at = memchr::memmem::find(tag, b"charset")?;
    let value = tag.get(at + 7..)?.trim_ascii_start().strip_prefix(b"=")?.trim_ascii_start();
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
    fn the_mark_then_the_header_then_the_page_itself_decide() {
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
    fn where_the_bytes_are_cut_makes_no_difference() {
        let page = [&b"<meta charset=euc-jp>"[..], &b"\xa4\xe2".repeat(700)].concat();
        let whole = decoded(None, &page);
        assert!(whole.ends_with("もも"));
        for cut in 0..page.len() {
            let (mut charset, mut text) = (Charset::new(None), String::new());
            let (left, right) = page.split_at(cut);
            charset.decode(left, false, &mut text);
            charset.decode(right, true, &mut text);
            assert_eq!(text, whole, "{cut}");
        }
    }
}
