//! Bytes that are not of a text's encoding: where they are, and which encoding the text probably has.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{GB18030, GBK};

use crate::billing::profile::Encoding;

/// A byte that is not of a text's encoding.
pub(super) struct ByteError {
    /// Its line, from 1.
    pub line: u64,
    /// The number of bytes before it in the decompressed file.
    pub offset: u64,
    /// Its value, if it is known.
    pub byte: Option<u8>,
    pub encoding: Encoding,
}

impl ByteError {
    /// Returns what is wrong and what to do. `bytes` are some of the text, the wrong one among them: they name the likely encoding.
    pub(super) fn message(&self, bytes: &[u8]) -> String {
        let Self { line, offset, byte, encoding } = self;
        let name = encoding.decoding().name().to_ascii_lowercase();
        let byte = byte.map_or(String::new(), |byte| format!(" 0x{byte:02X}"));
        let place =
            format!("line {line}: the byte{byte} at offset {offset} of the text is invalid in its encoding, {name}");
        if let Encoding::Named(_) = encoding {
            return format!("{place}; set encoding to the right one, or export the file again in UTF-8");
        }
        let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
        detector.feed(bytes, true);
        let likely = detector.guess(None, Utf8Detection::Deny).name().to_ascii_lowercase();
        format!(
            "{place}; it is probably {likely}: check the names in it and set encoding = \"{likely}\", or export the file again in UTF-8"
        )
    }
}

/// Finds a control character U+0080 to U+009F, which no statement contains: the tables of the legacy encodings map bytes without a
/// character to them (WHATWG Encoding Standard section 9). Returns its position in the text and the number of encoded bytes before it.
pub(super) fn control_character(encoding: Encoding, text: &str) -> Option<(usize, u64)> {
    let Encoding::Named(_) = encoding else { return None };
    let decoding = encoding.decoding();
    // Their four-byte sequences reach all of Unicode, so every byte has a character.
    if [GB18030, GBK].contains(&decoding) {
        return None;
    }
    let position = text.find(|c: char| matches!(c, '\u{80}'..='\u{9f}'))?;
    let (before, _, _) = decoding.encode(text.get(..position)?);
    Some((position, before.len() as u64))
}

/// The number of lines that end in a text after `before`, which is empty or a carriage return.
pub(super) fn count_lines(before: &str, text: &str) -> u64 {
    let text = [before, text].concat().replace("\r\n", "\n");
    text.bytes().filter(|byte| matches!(byte, b'\n' | b'\r')).count() as u64
}
