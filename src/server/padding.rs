//! Padding of what is not compressed, to Padmé lengths ([`crate::padme`]), in a form that each format ignores.

use bytes::{BufMut as _, Bytes, BytesMut};

use crate::padme::{padded_body_length, padded_length};

/// The least bytes of the body of a padded redirect: so many that their number has four digits, whose Huffman code (RFC 7541 appendix B)
/// has three bytes whatever they are, since the first one is 1.
const MIN_REDIRECT_BODY: usize = 1_000;

/// The longest body of a padded redirect: with a target of 4,096 bytes of the longest code.
const REDIRECT_BODY: [u8; 1_600] = [b' '; 1_600];

/// Bytes of the header of a box of an ISO media file (ISO/IEC 14496-12 section 4.2).
const BOX_HEADER_BYTES: usize = 8;

/// How the length of a header's value shows on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeaderEncoding {
    /// HTTP/1.1: as it is.
    Plain,
    /// HTTP/2: as a Huffman-coded string literal (RFC 7541 section 5.2).
    Huffman,
}

/// The body with padding: white space after text, a box that is skipped after AVIF, zeros after other images, whose decoders read to
/// the mark of their end.
#[must_use]
pub fn padded(media_type: &str, body: &Bytes) -> Bytes {
    let is_avif = media_type == "image/avif";
    let least = if is_avif { body.len().saturating_add(BOX_HEADER_BYTES) } else { body.len() };
    let length = padded_body_length(least);
    let mut out = BytesMut::with_capacity(length);
    out.extend_from_slice(body);
    let filler = match media_type.split_once('/') {
        Some(("image", subtype)) if !subtype.starts_with("svg") => 0,
        Some(_) | None => b' ',
    };
    if is_avif && let Ok(size) = u32::try_from(length - body.len()) {
        out.put_u32(size);
        out.extend_from_slice(b"free");
    }
    out.resize(length, filler);
    out.freeze()
}

/// The body of a redirect to this target: target and body together have a Padmé length on the wire.
#[must_use]
pub fn redirect_body(target: &str, encoding: HeaderEncoding) -> Bytes {
    let length = match encoding {
        HeaderEncoding::Plain => target.len(),
        HeaderEncoding::Huffman => huffman_literal_bytes(target.as_bytes()),
    };
    let body = padded_length(length.saturating_add(MIN_REDIRECT_BODY)).saturating_sub(length);
    Bytes::from_static(REDIRECT_BODY.get(..body).unwrap_or(&REDIRECT_BODY))
}

/// Bytes of a Huffman-coded string literal of HPACK, with its length prefix (RFC 7541 sections 5.1 and 5.2).
fn huffman_literal_bytes(text: &[u8]) -> usize {
    let bits: usize = text.iter().map(|byte| code_bits(*byte)).sum();
    let bytes = bits.div_ceil(8);
    // The prefix has seven bits; what is more goes into bytes of seven bits each.
    let prefix = match bytes {
        0..127 => 1,
        127..255 => 2,
        255..16_511 => 3,
        _ => 4,
    };
    prefix + bytes
}

/// Bits of the Huffman code of a character (RFC 7541 appendix B). A target is a serialized URL, so it is printable ASCII; the few that no
/// URL contains unescaped count as the longest of these.
fn code_bits(byte: u8) -> usize {
    match byte {
        b'0'..=b'2' | b'a' | b'c' | b'e' | b'i' | b'o' | b's' | b't' => 5,
        b' '
        | b'%'
        | b'-'
        | b'.'
        | b'/'
        | b'3'..=b'9'
        | b'='
        | b'A'
        | b'_'
        | b'b'
        | b'd'
        | b'f'..=b'h'
        | b'l'..=b'n'
        | b'p'
        | b'r'
        | b'u' => 6,
        b':' | b'B'..=b'W' | b'Y' | b'j' | b'k' | b'q' | b'v'..=b'z' => 7,
        b'&' | b'*' | b',' | b';' | b'X' | b'Z' => 8,
        b'!' | b'"' | b'(' | b')' | b'?' => 10,
        b'\'' | b'+' | b'|' => 11,
        b'#' | b'>' => 12,
        b'$' | b'@' | b'[' | b']' | b'~' => 13,
        b'^' | b'}' => 14,
        b'<' | b'`' | b'{' => 15,
        _ => 19,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn knows_the_huffman_code() {
        // RFC 7541 appendices C.4 and C.6: the encoded lengths of these values.
        for (text, bytes) in [
            ("www.example.com", 12),
            ("no-cache", 6),
            ("custom-value", 9),
            ("private", 5),
            ("Mon, 21 Oct 2013 20:13:21 GMT", 22),
            ("https://www.example.com", 17),
            ("foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1", 45),
        ] {
            assert_eq!(huffman_literal_bytes(text.as_bytes()), 1 + bytes, "{text}");
        }
    }

    proptest! {
        #[test]
        fn pads_to_a_padme_length_and_keeps_the_content(
            body in proptest::collection::vec(any::<u8>(), 1..5_000),
            media_type in proptest::sample::select(vec!["application/json", "text/html; charset=utf-8", "image/png", "image/avif", "image/webp"]),
        ) {
            let padded = padded(media_type, &body.clone().into());
            prop_assert_eq!(padded_body_length(padded.len()), padded.len());
            prop_assert_eq!(&padded[..body.len()], &body);
            let padding = &padded[body.len()..];
            match media_type {
                "image/avif" => {
                    prop_assert_eq!(u32::from_be_bytes(*padding.first_chunk().unwrap()) as usize, padding.len());
                    prop_assert_eq!(&padding[4..8], b"free");
                }
                "image/png" | "image/webp" => prop_assert!(padding.iter().all(|byte| *byte == 0)),
                _ => prop_assert!(padding.iter().all(|byte| *byte == b' ')),
            }
        }

        #[test]
        fn a_redirect_has_a_padme_length_whatever_its_target(target in "https://[!-~]{1,4088}") {
            for (encoding, length) in
                [(HeaderEncoding::Plain, target.len()), (HeaderEncoding::Huffman, huffman_literal_bytes(target.as_bytes()))]
            {
                let total = length + redirect_body(&target, encoding).len();
                prop_assert_eq!(padded_length(total), total);
            }
            for encoding in [HeaderEncoding::Plain, HeaderEncoding::Huffman] {
                prop_assert!((1_000..2_000).contains(&redirect_body(&target, encoding).len()));
            }
        }
    }
}
