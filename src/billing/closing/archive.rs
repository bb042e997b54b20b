//! The archive of a record: the files that its hashes are of, compressed, so that a month verifies and is exported again for ever, after
//! its hours were rolled up into days. The record contains the digest of the archive's text.

use std::io::{Read as _, Write as _};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::read::GzDecoder;
use flate2::{Compression, GzBuilder};
use serde_json::{Map, Value};

/// The most bytes that an archive may expand to: ten times the files of a month with 1,000 codes. A larger one is not of this program.
const MAX_BYTES: u64 = 2 << 30;

/// A text by its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedText {
    /// The name of the file.
    pub name: String,
    /// Its content.
    pub text: String,
}

/// Why an archive cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// The text is not an archive.
    #[error("the archive cannot be read: {0}")]
    Invalid(&'static str),
    /// It cannot be compressed or expanded.
    #[error("the archive cannot be read or written: {0}")]
    Io(#[from] std::io::Error),
}

/// Returns the files as the text of an archive: a JSON object of names and contents (RFC 8259), gzip (RFC 1952), Base64 (RFC 4648). Equal
/// files have equal archives.
///
/// # Errors
/// Errors of the compressor, which do not occur in memory.
pub fn encode(files: &[NamedText]) -> Result<String, ArchiveError> {
    let object: Map<String, Value> = files.iter().map(|file| (file.name.clone(), file.text.clone().into())).collect();
    // No time and no operating system in the header, so that the bytes depend on the files only.
    let mut writer = GzBuilder::new().mtime(0).operating_system(255).write(Vec::new(), Compression::best());
    writer.write_all(Value::Object(object).to_string().as_bytes())?;
    Ok(STANDARD.encode(writer.finish()?))
}

/// Returns the files of an archive, in their order. Compare its digest with the record's first.
///
/// # Errors
/// A text that [`encode`] does not return.
pub fn decode(archive: &str) -> Result<Vec<NamedText>, ArchiveError> {
    let compressed = STANDARD.decode(archive).map_err(|_| ArchiveError::Invalid("it is not Base64"))?;
    let mut text = String::new();
    GzDecoder::new(compressed.as_slice()).take(MAX_BYTES).read_to_string(&mut text)?;
    let object: Map<String, Value> =
        serde_json::from_str(&text).map_err(|_| ArchiveError::Invalid("it is not a JSON object"))?;
    let file = |(name, text): (String, Value)| match text {
        Value::String(text) => Ok(NamedText { name, text }),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            Err(ArchiveError::Invalid("a file is not a text"))
        }
    };
    object.into_iter().map(file).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

        #[test]
        fn an_archive_returns_its_files(texts in prop::collection::vec(".{0,200}", 0..5)) {
            let named = (0..).zip(texts).map(|(n, text): (usize, _)| NamedText { name: format!("f{n}"), text });
            let files: Vec<NamedText> = named.collect();
            let archive = encode(&files).unwrap();
            prop_assert_eq!(&encode(&files).unwrap(), &archive);
            prop_assert_eq!(decode(&archive).unwrap(), files);
        }
    }

    #[test]
    fn other_texts_are_errors() {
        let list = |json: &str| {
            let mut writer = GzBuilder::new().write(Vec::new(), Compression::fast());
            writer.write_all(json.as_bytes()).unwrap();
            STANDARD.encode(writer.finish().unwrap())
        };
        for text in ["", "!", "AAAA", &list("[]"), &list("{\"a\": 1}"), &list("")] {
            assert!(decode(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_month_of_hours_is_compact() {
        use std::fmt::Write as _;
        let mut text = String::new();
        for hour in 0..744 {
            for code in 0..20 {
                writeln!(
                    text,
                    "clicks,2026-10-{:02}T{:02},c{code},sponsored,counted,{}",
                    hour / 24,
                    hour % 24,
                    (hour * 37 + code * 11) % 97
                )
                .unwrap();
            }
        }
        let archive = encode(&[NamedText { name: "counts.csv".to_owned(), text: text.clone() }]).unwrap();
        assert!(archive.len() * 8 < text.len(), "{} of {}", archive.len(), text.len());
    }
}
