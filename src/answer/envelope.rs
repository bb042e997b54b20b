//! An answer inside an answer: some partners send the document with the results as a text of a JSON object, often as
//! base64 (RFC 4648). [`Envelope::open`] takes it out and returns JSON, which [`crate::answer::json`] reads like any
//! other answer.

mod text_at;
mod xml;

use std::borrow::Cow;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use crate::answer::json_pointer::JsonPointer;

pub use crate::answer::envelope::text_at::text_at;
pub use crate::answer::envelope::xml::{XmlList, XmlPaths};

/// Reads base64 with and without padding, as encoders differ. Bits that no byte uses must be zero.
const BASE64: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, BASE64);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, BASE64);

/// How the document is encoded (`results.body.encoding`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DocumentEncoding {
    /// It is the text itself.
    Text,
    /// Base64 in the standard or the URL-safe alphabet (RFC 4648, sections 4 and 5), with or without line breaks.
    Base64,
}

/// What the document is (`results.body.format`).
#[derive(Debug, Clone)]
pub enum DocumentFormat {
    /// JSON.
    Json,
    /// XML 1.0.
    Xml(XmlPaths),
}

/// Where an answer contains the document with the results (`results.body`).
#[derive(Debug, Clone)]
pub struct Envelope {
    /// The string that contains the document.
    pub at: JsonPointer,
    /// How the document is encoded.
    pub encoding: DocumentEncoding,
    /// What the document is.
    pub format: DocumentFormat,
}

impl Envelope {
    /// Returns the document as JSON. It is at most as long as the answer, apart from the names that the configuration
    /// contributes: nothing is decompressed, and no entity is expanded. `None` if the answer is not structured like this.
    #[must_use]
    pub fn open(&self, answer: &[u8]) -> Option<Vec<u8>> {
        let text = text_at(answer, &self.at)?;
        let document = match self.encoding {
            DocumentEncoding::Text => Cow::Borrowed(text.as_bytes()),
            DocumentEncoding::Base64 => Cow::Owned(decode_base64(&text)?),
        };
        match &self.format {
            DocumentFormat::Json => Some(document.into_owned()),
            DocumentFormat::Xml(paths) => xml::to_json(&document, paths),
        }
    }
}

/// Decodes base64. White space, which encoders for mail insert (RFC 2045), is ignored.
fn decode_base64(text: &str) -> Option<Vec<u8>> {
    let mut compact = text.as_bytes().to_vec();
    compact.retain(|byte| !byte.is_ascii_whitespace());
    let is_url_safe = compact.iter().any(|byte| matches!(byte, b'-' | b'_'));
    let engine = if is_url_safe { &URL_SAFE } else { &STANDARD };
    engine.decode(compact).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pointer(text: &str) -> JsonPointer {
        JsonPointer::parse(text).unwrap()
    }

    fn envelope(at: &str, encoding: DocumentEncoding) -> Envelope {
        Envelope { at: pointer(at), encoding, format: DocumentFormat::Json }
    }

    #[test]
    fn takes_out_a_text_at_any_depth() {
        for (answer, at) in [
            (r#"{"rawData":"eyJyIjpbXX0="}"#, "/rawData"),
            (r#"{"id":[{"rawData":1}],"a":[0,{"b":"eyJyIjpbXX0="},null],"z":{}}"#, "/a/1/b"),
            (r#""eyJyIjpbXX0=""#, ""),
            ("\u{feff}{\"rawData\":\"eyJyI\\njpbX\\/X0\"}", "/none"),
        ] {
            let opened = envelope(at, DocumentEncoding::Base64).open(answer.as_bytes());
            let expected = if at == "/none" { None } else { Some(b"{\"r\":[]}".to_vec()) };
            assert_eq!(opened, expected, "{answer}");
        }
        let opened = envelope("/d", DocumentEncoding::Text).open(br#"{"d":"{\"r\":[\"\u00e9\"]}"}"#);
        assert_eq!(opened.unwrap(), "{\"r\":[\"é\"]}".as_bytes());
    }

    #[test]
    fn rejects_answers_of_another_structure() {
        for answer in [
            "",
            "{",
            "{}",
            "[]",
            "null",
            r#"{"rawData":null}"#,
            r#"{"rawData":7}"#,
            r#"{"rawData":["e30="]}"#,
            r#"{"rawData":{"rawData":"e30="}}"#,
            r#"{"rawData":"e30="} x"#,
            r#"{"rawData":"e30=""#,
            r#"{"rawData":"e30=\ud800"}"#,
        ] {
            assert_eq!(envelope("/rawData", DocumentEncoding::Base64).open(answer.as_bytes()), None, "{answer}");
        }
        let deep = format!("{{\"rawData\":{}", "[".repeat(100_000));
        assert_eq!(envelope("/rawData", DocumentEncoding::Base64).open(deep.as_bytes()), None, "deep nesting");
    }

    #[test]
    fn base64_is_read_as_encoders_write_it() {
        for (text, decoded) in [
            ("", &b""[..]),
            ("+/8=", b"\xfb\xff"),
            ("-_8=", b"\xfb\xff"),
            ("-_8", b"\xfb\xff"),
            ("aGVs\r\nbG8h\r\n", b"hello!"),
            (" aGVsbG8h ", b"hello!"),
        ] {
            assert_eq!(decode_base64(text).unwrap(), decoded, "{text:?}");
        }
        for text in ["a", "aGVs=", "aGVsbG8h====", "=", "aGVs!G8h", "aGVsbG9=", "+_8=", "aGVs\u{a0}bG8h", "ёё", "a\0=="]
        {
            assert_eq!(decode_base64(text), None, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_survive(bytes in proptest::collection::vec(any::<u8>(), 0..200), url_safe: bool, padded: bool) {
            let mut text = if url_safe { URL_SAFE.encode(&bytes) } else { STANDARD.encode(&bytes) };
            if !padded {
                text.truncate(text.trim_end_matches('=').len());
            }
            prop_assert_eq!(decode_base64(&text), Some(bytes));
        }

        #[test]
        fn never_panics(answer in proptest::collection::vec(any::<u8>(), 0..200), text in ".{0,80}") {
            drop(envelope("/a/0", DocumentEncoding::Base64).open(&answer));
            drop(decode_base64(&text));
        }
    }
}
