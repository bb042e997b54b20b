//! Keyword: the search terms, normalized and without personal data.
//!
//! Normalization ensures that no invisible character, alternative encoding of a letter or extra space can carry an ID to a
//! partner.

use std::borrow::Cow;
use std::fmt;

use icu_normalizer::ComposingNormalizerBorrowed;
use icu_properties::props::{DefaultIgnorableCodePoint, GeneralCategory, WhiteSpace};
use icu_properties::{CodePointMapData, CodePointMapDataBorrowed, CodePointSetData, CodePointSetDataBorrowed};
use unicode_segmentation::UnicodeSegmentation as _;

use crate::fields::pii;

/// Maximum length of a keyword, in bytes of UTF-8 (`docs/http-api.md`): more than anyone types, too little for a document.
pub const MAX_KEYWORD_BYTES: usize = 256;

/// Characters that Unicode classifies as letters, symbols or marks but that are invisible or a replacement: blank Braille
/// pattern, null notehead, Khitan filler and object replacement character.
const BLANK: [char; 4] = ['\u{2800}', '\u{1d159}', '\u{16fe4}', '\u{fffc}'];

/// Maximum number of normalization passes. Removing a character can join two others that compose; real text is stable after
/// one pass, hostile text after two.
const MAX_PASSES: usize = 4;

/// The Unicode normalization form of keywords (UAX #15).
pub(super) const NFKC: ComposingNormalizerBorrowed<'static> = ComposingNormalizerBorrowed::new_nfkc();
const CATEGORY: CodePointMapDataBorrowed<'static, GeneralCategory> = CodePointMapData::<GeneralCategory>::new();
const IGNORABLE: CodePointSetDataBorrowed<'static> = CodePointSetData::new::<DefaultIgnorableCodePoint>();
const SPACE: CodePointSetDataBorrowed<'static> = CodePointSetData::new::<WhiteSpace>();

/// The policy for personal data in a keyword (`personal_data`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PersonalData {
    /// Replace it by a placeholder.
    Redact,
    /// Reject the search.
    Refuse,
    /// Do not detect it.
    Off,
}

/// The search terms: normalized, limited in length, and without `Display`, `Clone` and `Serialize`, so that they cannot be
/// logged, copied or stored by accident.
pub struct Keyword(String);

/// Why a keyword is rejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeywordRejection {
    /// No visible character is left.
    Missing,
    /// The bytes are not UTF-8.
    Encoding,
    /// It contains personal data and the policy is [`PersonalData::Refuse`].
    Personal,
}

impl Keyword {
    /// Parses a decoded `q` parameter: strict UTF-8, NFKC (UAX #15), invisible and control characters removed, white space
    /// folded, personal data handled, and truncated to [`MAX_KEYWORD_BYTES`] at a grapheme boundary (UAX #29).
    ///
    /// # Errors
    /// A [`KeywordRejection`], which names the violated rule.
    pub fn parse(bytes: &[u8], policy: PersonalData) -> Result<Self, KeywordRejection> {
        let text = std::str::from_utf8(bytes).map_err(|_| KeywordRejection::Encoding)?;
        let text = normalize(text);
        // Before truncation: half a card number would not be recognized.
        let text = match policy {
            PersonalData::Off => text,
            PersonalData::Refuse if !pii::find(&text).is_empty() => return Err(KeywordRejection::Personal),
            PersonalData::Refuse => text,
            PersonalData::Redact => pii::redact(&text).map_or(text, Cow::Owned),
        };
        let text = truncate(&text);
        if text.is_empty() { Err(KeywordRejection::Missing) } else { Ok(Self(text.to_owned())) }
    }

    /// The keyword, for the partner's request and the client's own page. The name is conspicuous so that any other use stands
    /// out in review; `tests/tidy.rs` lists the callers.
    #[must_use]
    pub fn expose_to_partner_or_client(&self) -> &str {
        &self.0
    }

    /// The keyword, to match the terms of keyword groups. Nothing else may call this.
    pub(super) fn expose_to_keyword_groups(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Keyword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keyword(…)")
    }
}

/// True for printable ASCII with single inner spaces, which needs no normalization. Most keywords are.
fn is_normal_ascii(text: &str) -> bool {
    let bytes = text.as_bytes();
    let printable = bytes.iter().all(|byte| (b' '..=b'~').contains(byte));
    let double = bytes.windows(2).any(|pair| pair == b"  ");
    printable && !double && bytes.first() != Some(&b' ') && bytes.last() != Some(&b' ')
}

/// Normalizes a text, without the maximum length and the policy for personal data.
pub(super) fn normalize(text: &str) -> Cow<'_, str> {
    if is_normal_ascii(text) {
        return Cow::Borrowed(text);
    }
    let mut text = text.to_owned();
    for _ in 0..MAX_PASSES {
        let next = fold_spaces(&NFKC.normalize(&remove_invisible(&text)));
        if next == text {
            break;
        }
        text = next;
    }
    Cow::Owned(text)
}

/// Removes invisible characters: default-ignorable, control, format, private-use and unassigned code points. White space is
/// kept for [`fold_spaces`]: a line break separates words.
fn remove_invisible(text: &str) -> String {
    let is_visible = |c: &char| {
        SPACE.contains(*c)
            || !(IGNORABLE.contains(*c)
                || BLANK.contains(c)
                || matches!(
                    CATEGORY.get(*c),
                    GeneralCategory::Control
                        | GeneralCategory::Format
                        | GeneralCategory::PrivateUse
                        | GeneralCategory::Surrogate
                        | GeneralCategory::Unassigned
                ))
    };
    text.chars().filter(is_visible).collect()
}

/// Replaces each run of white space by one space, and trims.
fn fold_spaces(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for word in text.split(|c| SPACE.contains(c)).filter(|word| !word.is_empty()) {
        if !folded.is_empty() {
            folded.push(' ');
        }
        folded.push_str(word);
    }
    folded
}

/// The longest prefix of whole graphemes within [`MAX_KEYWORD_BYTES`], without a trailing space.
fn truncate(text: &str) -> &str {
    if text.len() <= MAX_KEYWORD_BYTES {
        return text;
    }
    let ends = text.grapheme_indices(true).map(|(start, grapheme)| start + grapheme.len());
    let end = ends.take_while(|&end| end <= MAX_KEYWORD_BYTES).last().unwrap_or(0);
    text.get(..end).unwrap_or_default().trim_end()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use static_assertions::assert_not_impl_any;

    assert_not_impl_any!(Keyword: fmt::Display, serde::Serialize, Clone);

    fn parse(text: &str) -> Result<String, KeywordRejection> {
        Keyword::parse(text.as_bytes(), PersonalData::Redact).map(|keyword| keyword.0)
    }

    #[test]
    fn normalizes_text() {
        for (input, expected) in [
            ("blue shoes", "blue shoes"),
            ("  blue \t\n shoes  ", "blue shoes"),
            ("ｆｕｌｌ　ｗｉｄｔｈ", "full width"),
            ("e\u{301}te\u{301}", "été"),
            ("e\u{200d}\u{301}", "é"),
            ("zero\u{200b}width\u{feff}", "zerowidth"),
            ("nul\0byte", "nulbyte"),
            ("tag\u{e0041}\u{e0042}s", "tags"),
            ("rtl \u{202e}override", "rtl override"),
            ("variation\u{fe0f} \u{e0100}selector", "variation selector"),
            ("private\u{e000}", "private"),
            ("hangul\u{3164}filler", "hangulfiller"),
            ("blank\u{2800}\u{1d159}\u{16fe4}\u{fffc}s", "blanks"),
            ("no\u{a0}break\u{2003}em", "no break em"),
            ("ﬁne ² ½", "fine 2 1⁄2"),
            ("日本語 検索", "日本語 検索"),
        ] {
            assert_eq!(parse(input).unwrap(), expected, "{input:?}");
        }
    }

    #[test]
    fn rejects_empty_undecodable_and_personal_keywords() {
        assert_eq!(parse(""), Err(KeywordRejection::Missing));
        assert_eq!(parse(" \u{200b}\0\u{feff} "), Err(KeywordRejection::Missing));
        assert_eq!(Keyword::parse(b"\xff\xfe", PersonalData::Off).unwrap_err(), KeywordRejection::Encoding);
        let rejected = Keyword::parse(b"mail ann@example.com", PersonalData::Refuse);
        assert_eq!(rejected.unwrap_err(), KeywordRejection::Personal);
        assert_eq!(parse("mail ann@example.com").unwrap(), "mail [email]");
        let unchanged = Keyword::parse(b"mail ann@example.com", PersonalData::Off).unwrap();
        assert_eq!(unchanged.0, "mail ann@example.com");
        assert!(!format!("{unchanged:?}").contains("ann"));
    }

    #[test]
    fn truncation_keeps_graphemes_whole() {
        let family = "👩\u{1f3fd}".repeat(60);
        let truncated = parse(&family).unwrap();
        assert!(truncated.len() <= MAX_KEYWORD_BYTES && truncated.len() > MAX_KEYWORD_BYTES - 8);
        assert!(truncated.chars().count().is_multiple_of(2), "an emoji lost its skin tone");
        assert_eq!(parse(&"ab ".repeat(200)).unwrap().len(), 256);
        let marks = format!("a{}", "\u{301}".repeat(400));
        assert!(parse(&marks).is_err(), "a single grapheme over the maximum is removed");
    }

    proptest! {
        #[test]
        fn any_text_is_normalized(text in "\\PC{0,80}|[\\x00-\\x7f]{0,80}|.{0,200}") {
            if let Ok(keyword) = parse(&text) {
                prop_assert!(keyword.len() <= MAX_KEYWORD_BYTES);
                prop_assert!(NFKC.is_normalized(&keyword));
                prop_assert_eq!(keyword.trim(), &keyword);
                prop_assert!(!keyword.contains("  "));
                prop_assert_eq!(remove_invisible(&keyword), keyword.clone());
                prop_assert_eq!(parse(&keyword).unwrap(), keyword);
            }
        }

        #[test]
        fn invisible_characters_change_nothing(
            words in "[a-zé漢]{1,9}( [a-z]{1,9}){0,3}",
            at in 0_usize..40,
            hidden in "[\u{200b}\u{200c}\u{200d}\u{2060}\u{feff}\u{ad}\u{e0061}\u{fe0f}\u{0}\u{7}\u{202e}]{1,8}",
        ) {
            let position = words.char_indices().map(|(index, _)| index).nth(at).unwrap_or(words.len());
            let (head, tail) = words.split_at(position);
            prop_assert_eq!(parse(&format!("{head}{hidden}{tail}")).unwrap(), parse(&words).unwrap());
        }

        #[test]
        fn accepts_any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
            let result = Keyword::parse(&bytes, PersonalData::Redact);
            prop_assert_eq!(std::str::from_utf8(&bytes).is_err(), matches!(result, Err(KeywordRejection::Encoding)));
        }
    }
}
