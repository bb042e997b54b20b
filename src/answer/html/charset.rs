//! Decodes a page to UTF-8. The charset is that of a byte order mark, of `Content-Type`, or of a `meta` element or an XML
//! declaration (WHATWG HTML section 13.2.3.2), in this order. Without any, it is UTF-8 if the bytes are valid, else
//! windows-1252.
//!
//! Browsers search one kilobyte for the `meta`, and start again with the page if it stands later. A page that streams
//! cannot start again. But ASCII means the same in every charset that a `meta` can declare, so text is passed on up to the first
//! other byte, and from there the rest of the head is buffered.

use encoding_rs::{CoderResult, Decoder, Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252, X_USER_DEFINED};

/// How many bytes are searched for a `meta` at least, whatever they are, as in browsers. [`MAX_HEAD_BYTES`] is a power of two times as
/// many.
const PRESCAN_BYTES: usize = 1_024;

/// Most bytes of a head that are buffered in search of a `meta`: ten times a usual head with its styles.
const MAX_HEAD_BYTES: usize = 65_536;

/// The elements of a head (WHATWG HTML section 4.2), and those around it. Any other element ends it.
const HEAD_ELEMENTS: [&[u8]; 10] =
    [b"html", b"head", b"title", b"meta", b"link", b"style", b"script", b"base", b"noscript", b"template"];

/// Elements whose content is text, in which nothing is a tag.
const TEXT_ELEMENTS: [&[u8]; 3] = [b"script", b"style", b"title"];

/// Decodes a page as its bytes arrive.
pub(super) enum Charset {
    /// Not declared so far.
    Unknown(UndeclaredHead),
    /// Determined.
    Known(Decoder),
}

/// The start of a page, of which the charset is not known.
///
/// Whether the charset has to be guessed is decided at fixed lengths of the page: after one kilobyte, and after twice as much each
/// time. In which pieces the page arrives thus makes no difference.
pub(super) struct UndeclaredHead {
    /// The bytes that were not passed on.
    buffer: Vec<u8>,
    /// Number of bytes that were.
    passed_on: usize,
    /// Whether an element of the body was found.
    is_over: bool,
    /// The length of the page at which it is decided next.
    limit: usize,
}

impl Charset {
    /// `declared` is the charset of `Content-Type`. It is ignored if the Encoding standard does not define it.
    pub(super) fn new(declared: Option<&str>) -> Self {
        match declared.and_then(|label| Encoding::for_label(label.as_bytes())) {
            // A byte order mark still takes precedence (Encoding section 6, "decode").
            Some(encoding) => Self::Known(encoding.new_decoder()),
            None => {
                Self::Unknown(UndeclaredHead { buffer: Vec::new(), passed_on: 0, is_over: false, limit: PRESCAN_BYTES })
            }
        }
    }

    /// Appends the decoded bytes to `text`, except for an incomplete character at the end unless it is the last chunk.
    pub(super) fn decode(&mut self, bytes: &[u8], is_last: bool, text: &mut String) {
        let head = match self {
            Self::Known(decoder) => return decode(decoder, bytes, is_last, text),
            Self::Unknown(head) => head,
        };
        head.buffer.extend_from_slice(bytes);
        while let Some(outcome) = head.look(is_last, text) {
            if let Some(mut decoder) = outcome {
                decode(&mut decoder, &head.buffer, is_last, text);
                *self = Self::Known(decoder);
                return;
            }
        }
    }
}

impl UndeclaredHead {
    /// Looks at the bytes up to the next limit, and passes on what means the same in every charset. Returns the decoder for what is
    /// left once the charset is known, and `None` if more bytes are needed.
    fn look(&mut self, is_last: bool, text: &mut String) -> Option<Option<Decoder>> {
        let received = self.passed_on + self.buffer.len();
        let is_start = self.passed_on == 0;
        if is_start && received < 4 && !is_last {
            return None;
        }
        let part = self.buffer.get(..self.limit.saturating_sub(self.passed_on)).unwrap_or(&self.buffer);
        let found = if is_start { by_first_bytes(part) } else { None };
        // An escape starts another character set in ISO-2022-JP.
        let ascii = part.iter().position(|byte| !byte.is_ascii() || matches!(byte, 0x1b | 0)).unwrap_or(part.len());
        let scan = HeadScan::of(part, ascii);
        self.is_over |= scan.is_over;
        let is_at_limit = received >= self.limit;
        let is_end = is_last && received <= self.limit;
        let must_guess = is_end || (is_at_limit && (self.is_over || self.limit >= MAX_HEAD_BYTES));
        if let Some(encoding) = found.or(scan.encoding).or_else(|| must_guess.then(|| guess(part))) {
            // A byte order mark stands only at the start.
            return Some(Some(if is_start {
                encoding.new_decoder()
            } else {
                encoding.new_decoder_without_bom_handling()
            }));
        }
        text.push_str(std::str::from_utf8(part.get(..scan.ready).unwrap_or_default()).unwrap_or_default());
        self.buffer.drain(..scan.ready);
        self.passed_on += scan.ready;
        if !is_at_limit {
            return None;
        }
        self.limit = self.limit.saturating_mul(2);
        Some(None)
    }
}

/// What the start of a page, or a later part of its head, says about the charset.
struct HeadScan {
    /// The declared one.
    encoding: Option<&'static Encoding>,
    /// Whether an element of the body was found.
    is_over: bool,
    /// Position up to which the bytes are ASCII and all tags, comments and elements with text are complete: a later scan that begins
    /// there sees the same tags.
    ready: usize,
}

impl HeadScan {
    /// Scans bytes that are ASCII up to the position `ascii`.
    fn of(bytes: &[u8], ascii: usize) -> Self {
        let mut scan = Self { encoding: None, is_over: false, ready: 0 };
        let mut at = 0;
        while let Some(tag) = memchr::memchr(b'<', bytes.get(at..).unwrap_or_default()).map(|found| at + found) {
            if scan.ready == at {
                scan.ready = ascii.min(tag);
            }
            let rest = bytes.get(tag + 1..).unwrap_or_default();
            let is_comment = rest.starts_with(b"!--");
            let end: &[u8] = if is_comment { b"-->" } else { b">" };
            let Some(length) = memchr::memmem::find(rest, end) else { return scan };
            let inside = rest.get(..length).unwrap_or_default();
            at = tag + 1 + length + end.len();
            let name_end = inside.iter().position(|byte| !byte.is_ascii_alphanumeric()).unwrap_or(inside.len());
            let name = inside.get(..name_end).unwrap_or_default().to_ascii_lowercase();
            scan.encoding = match name.as_slice() {
                b"meta" => charset_of_meta(inside),
                b"" if inside.starts_with(b"?xml") => charset_of_xml(inside),
                _ => None,
            };
            if scan.encoding.is_some() {
                return scan;
            }
            if TEXT_ELEMENTS.contains(&name.as_slice()) && !inside.ends_with(b"/") {
                let Some(end) = find_end_tag(bytes.get(at..).unwrap_or_default(), &name) else { return scan };
                at += end;
            }
            scan.is_over |= !name.is_empty() && !HEAD_ELEMENTS.contains(&name.as_slice());
            if scan.ready == tag && ascii >= at {
                scan.ready = at;
            }
        }
        if scan.ready == at {
            scan.ready = ascii.min(bytes.len());
        }
        scan
    }
}

/// The position of `</name`.
fn find_end_tag(bytes: &[u8], name: &[u8]) -> Option<usize> {
    memchr::memmem::find_iter(bytes, b"</")
        .find(|&at| bytes.get(at + 2..at + 2 + name.len()).is_some_and(|found| found.eq_ignore_ascii_case(name)))
}

/// The charset of a byte order mark; UTF-16 without one by the zero beside the first `<`.
fn by_first_bytes(bytes: &[u8]) -> Option<&'static Encoding> {
    Encoding::for_bom(bytes).map(|(encoding, _)| encoding).or(match bytes {
        [b'<', 0, ..] => Some(UTF_16LE),
        [0, b'<', ..] => Some(UTF_16BE),
        _ => None,
    })
}

fn decode(decoder: &mut Decoder, mut bytes: &[u8], is_last: bool, text: &mut String) {
    loop {
        // Most bytes are ASCII, whatever the charset. Room for what they can become at most would be three times as much, and is wiped.
        text.reserve(bytes.len().saturating_add(SPARE_BYTES));
        let (result, read, _) = decoder.decode_to_string(bytes, text, is_last);
        bytes = bytes.get(read..).unwrap_or_default();
        if result == CoderResult::InputEmpty {
            return;
        }
    }
}

/// Room beyond one byte for each byte: enough that decoding goes on whatever the bytes are (a character and a replacement for what precedes
/// it).
const SPARE_BYTES: usize = 64;

/// The charset of a page that declares none, by the part of it that is known.
fn guess(start: &[u8]) -> &'static Encoding {
    if is_utf8(start) { UTF_8 } else { WINDOWS_1252 }
}

/// Whether the bytes are UTF-8, ignoring an incomplete character at the end.
fn is_utf8(start: &[u8]) -> bool {
    match std::str::from_utf8(start) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none(),
    }
}

/// The charset of a `meta` that contains `charset=`, as an attribute or within `content`.
fn charset_of_meta(tag: &[u8]) -> Option<&'static Encoding> {
    readable(charset_label(&tag.to_ascii_lowercase(), b"charset"))
}

/// The charset of an XML declaration (XML 1.0 section 4.3.3).
fn charset_of_xml(declaration: &[u8]) -> Option<&'static Encoding> {
    readable(charset_label(declaration, b"encoding"))
}

/// The charset that a declaration means, given that it was readable as ASCII.
fn readable(label: Option<&[u8]>) -> Option<&'static Encoding> {
    match label.and_then(Encoding::for_label)? {
        // Bytes in which it is readable cannot be UTF-16 (same section, step 5 of "change the encoding").
        encoding if encoding == UTF_16LE || encoding == UTF_16BE => Some(UTF_8),
        encoding if encoding == X_USER_DEFINED => Some(WINDOWS_1252),
        encoding => Some(encoding),
    }
}

fn charset_label<'a>(tag: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let position = memchr::memmem::find(tag, name)?;
    let value = tag.get(position + name.len()..)?.trim_ascii_start().strip_prefix(b"=")?.trim_ascii_start();
    let value = value.strip_prefix(b"\"").or_else(|| value.strip_prefix(b"'")).unwrap_or(value);
    let end = value.iter().position(|byte| matches!(byte, b'"' | b'\'' | b';' | b'/') || byte.is_ascii_whitespace());
    value.get(..end.unwrap_or(value.len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn decoded(declared: Option<&str>, bytes: &[u8]) -> String {
        let (mut charset, mut text) = (Charset::new(declared), String::new());
        charset.decode(bytes, true, &mut text);
        text
    }

    /// What decides about a charset, and what fills the kilobytes before it.
    fn fragment() -> impl Strategy<Value = Vec<u8>> {
        let fixed = [
            "<head><title>ü</title>",
            "<meta charset=windows-1251>",
            "<meta charset=utf-8",
            ">",
            "<body><p>",
            "<!-- ",
            " -->",
            "<script>",
            "</script>",
            "ü",
            "<",
        ];
        let fixed = proptest::sample::select(fixed.map(|text| text.as_bytes().to_vec()).to_vec());
        let bytes = proptest::sample::select(vec![vec![0xff], vec![0xe4, b't'], vec![0], vec![0x1b]]);
        let filler = (200_usize..1_500).prop_map(|length| vec![b'a'; length]);
        prop_oneof![4 => fixed, 1 => bytes, 2 => filler]
    }

    proptest! {
        #[test]
        fn where_a_page_is_cut_makes_no_difference(
            fragments in proptest::collection::vec(fragment(), 1..12),
            lengths in proptest::collection::vec(1_usize..1_200, 1..8),
        ) {
            let page = fragments.concat();
            let (mut charset, mut text) = (Charset::new(None), String::new());
            let (mut rest, mut next) = (page.as_slice(), lengths.iter().cycle());
            while !rest.is_empty() {
                let (piece, after) = rest.split_at(rest.len().min(*next.next().unwrap()));
                charset.decode(piece, false, &mut text);
                rest = after;
            }
            charset.decode(&[], true, &mut text);
            prop_assert_eq!(text, decoded(None, &page));
        }
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
    fn a_late_declaration_applies_to_the_whole_page() {
        let filler = "<link rel=x href=/style.css>".repeat(100);
        for (label, bytes, expected) in [
            ("windows-1251", &b"\xcf\xf0"[..], "Пр"),
            ("windows-1250", b"\xe8", "č"),
            ("windows-1253", b"\xe1", "α"),
            ("windows-1254", b"\xfe", "ş"),
            ("windows-1255", b"\xf9", "ש"),
            ("windows-1256", b"\xe3", "م"),
            ("windows-1257", b"\xe8", "č"),
            ("windows-1258", b"\xd0", "Đ"),
            ("shift_jis", b"\x83\x65", "テ"),
            ("euc-kr", b"\xc7\xd1", "한"),
            ("gb18030", b"\x81\x30\x81\x30\xc4\xe3", "\u{80}你"),
            ("big5", b"\xa7\x41", "你"),
            ("iso-2022-jp", b"\x1b$B%F\x1b(B", "テ"),
            ("utf-8", "ü".as_bytes(), "ü"),
        ] {
            // The title stands before the declaration, and contains a `>`.
            let page = [b"<!doctype html><head><title>a > b ", bytes, b"</title>", filler.as_bytes()].concat();
            let declaration =
                format!("<!-- <meta charset=koi8-r> --><script>'<meta charset=ibm866>'</script><meta charset={label}>");
            let page = [page, declaration.into_bytes(), b"<body>".to_vec(), bytes.to_vec()].concat();
            let text = decoded(None, &page);
            assert!(text.contains(&format!("b {expected}</title>")) && text.ends_with(expected), "{label}: {text}");
        }
    }

    #[test]
    fn ascii_is_passed_on_before_the_charset_is_known() {
        let (mut charset, mut text) = (Charset::new(None), String::new());
        charset.decode(b"<!doctype html><title>x</title><p><a href=/x>First</a> <b", false, &mut text);
        assert_eq!(text, "<!doctype html><title>x</title><p><a href=/x>First</a> ");
        charset.decode(b">\xc3", false, &mut text);
        charset.decode(b"\xbc</b>", true, &mut text);
        assert!(text.ends_with("<b>ü</b>"), "{text}");
    }

    #[test]
    fn utf_16_is_recognized_without_a_mark_and_xml_by_its_declaration() {
        assert_eq!(decoded(None, b"<\0p\0>\0\xfc\0"), "<p>ü");
        assert_eq!(decoded(None, b"\0<\0p\0>\0\xfc"), "<p>ü");
        assert_eq!(decoded(None, b"\xfe\xff\0a"), "a");
        let xml = b"<?xml version='1.0' encoding='windows-1251'?><html>\xcf\xf0";
        assert!(decoded(None, xml).ends_with("Пр"));
    }

    #[test]
    fn a_tag_that_is_not_ascii_is_one_tag_in_pieces() {
        for tag in [
            &b"<!\0<script>"[..],
            b"<a \x1b<style>",
            b"<!--\xff<script>-->",
            b"<p x=\xff<title>",
            b"x\xff<b \xff<script>",
        ] {
            let page = [tag, b"<meta charset=windows-1251>\xcf\xf0"].concat();
            let (mut charset, mut text) = (Charset::new(None), String::new());
            page.iter().for_each(|byte| charset.decode(&[*byte], false, &mut text));
            charset.decode(b"", true, &mut text);
            assert!(text.ends_with("Пр") && text == decoded(None, &page), "{}: {text}", tag.escape_ascii());
        }
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
