//! Keyword: what is searched for, in one normal form, so that no invisible character, odd spelling of a
//! letter or stray space can carry an ID to a partner, and with personal data taken out.

use std::borrow::Cow;
use std::fmt;

use icu_normalizer::ComposingNormalizerBorrowed;
use icu_properties::props::{DefaultIgnorableCodePoint, GeneralCategory, WhiteSpace};
use icu_properties::{CodePointMapData, CodePointMapDataBorrowed, CodePointSetData, CodePointSetDataBorrowed};
use unicode_segmentation::UnicodeSegmentation as _;

use crate::fields::pii;

/// The longest keyword that goes on, in bytes of UTF-8 (CONTRACT section 1): longer than what anyone
/// types, shorter than what would carry a document.
pub const KEYWORD_BYTES: usize = 256;

/// Characters that Unicode calls letters, symbols or marks and that show nothing, or a stand-in: a blank
/// Braille pattern, a null notehead, a Khitan filler, the object replacement character.
const BLANK: [char; 4] = ['\u{2800}', '\u{1d159}', '\u{16fe4}', '\u{fffc}'];

/// How often the form is recomputed until it is stable. Removing a character can bring two others
/// together that compose; real text settles in one round, hostile text in two.
const ROUNDS: usize = 4;

/// The Unicode form of keywords (UAX #15).
pub(super) const NFKC: ComposingNormalizerBorrowed<'static> = ComposingNormalizerBorrowed::new_nfkc();
const CATEGORY: CodePointMapDataBorrowed<'static, GeneralCategory> = CodePointMapData::<GeneralCategory>::new();
const IGNORABLE: CodePointSetDataBorrowed<'static> = CodePointSetData::new::<DefaultIgnorableCodePoint>();
const SPACE: CodePointSetDataBorrowed<'static> = CodePointSetData::new::<WhiteSpace>();

/// What to do about personal data in a keyword (`personal_data`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PersonalData {
    /// Put a placeholder in its place.
    Redact,
    /// Refuse the search.
    Refuse,
    /// Let it pass.
    Off,
}

/// What is searched for: normalised, bounded, and unable to be printed, copied or written by accident.
pub struct Keyword(String);

/// Why there is no keyword.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeywordRejection {
    /// Nothing visible is left.
    Missing,
    /// The bytes are not UTF-8.
    Encoding,
    /// It holds personal data and the policy is [`PersonalData::Refuse`].
    Personal,
}

impl Keyword {
    /// Reads a keyword from decoded bytes: strict UTF-8, NFKC (UAX #15), invisible and control
    /// characters removed, white space folded, personal data handled, at most [`KEYWORD_BYTES`] cut at a
    /// grapheme (UAX #29).
    ///
    /// # Errors
    /// A [`KeywordRejection`] that names the rule.
    pub fn read(bytes: &[u8], policy: PersonalData) -> Result<Self, KeywordRejection> {
        let text = std::str::from_utf8(bytes).map_err(|_| KeywordRejection::Encoding)?;
        let text = normalise(text);
        // Before the cut: half a card number would no longer be recognised as one.
        let text = match policy {
            PersonalData::Off => text,
            PersonalData::Refuse if !pii::find(&text).is_empty() => return Err(KeywordRejection::Personal),
            PersonalData::Refuse => text,
            PersonalData::Redact => pii::redact(&text).map_or(text, Cow::Owned),
        };
        let text = cut(&text);
        if text.is_empty() { Err(KeywordRejection::Missing) } else { Ok(Self(text.to_owned())) }
    }

    /// The keyword, for the partner's request and the page of the one who asked. Nothing else may call
    /// this; the name is meant to stand out in review.
    #[must_use]
    pub fn expose_to_partner_or_asker(&self) -> &str {
        &self.0
    }

    /// The keyword, to look for the terms of keyword groups in it. Nothing else may call this.
    pub(super) fn expose_to_groups(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Keyword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keyword(…)")
    }
}

/// Printable ASCII with single spaces inside is in normal form already: most keywords, at no cost.
fn is_plain(text: &str) -> bool {
    let bytes = text.as_bytes();
    let printable = bytes.iter().all(|byte| (b' '..=b'~').contains(byte));
    let double = bytes.windows(2).any(|pair| pair == b"  ");
    printable && !double && bytes.first() != Some(&b' ') && bytes.last() != Some(&b' ')
}

/// The normal form of a text, without its bound and without a look for personal data.
pub(super) fn normalise(text: &str) -> Cow<'_, str> {
    if is_plain(text) {
        return Cow::Borrowed(text);
    }
    let mut text = text.to_owned();
    for _ in 0..ROUNDS {
        let next = fold(&NFKC.normalize(&visible(&text)));
        if next == text {
            break;
        }
        text = next;
    }
    Cow::Owned(text)
}

/// Drops what cannot be seen: default-ignorable code points, controls, format characters, private use
/// and unassigned ones. White space stays for [`fold`]: a line break separates words.
fn visible(text: &str) -> String {
    let seen = |c: &char| {
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
    text.chars().filter(seen).collect()
}

/// Every run of white space becomes one space; none leads or trails.
fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for word in text.split(|c| SPACE.contains(c)).filter(|word| !word.is_empty()) {
        if !folded.is_empty() {
            folded.push(' ');
        }
        folded.push_str(word);
    }
    folded
}

/// The longest run of whole graphemes within [`KEYWORD_BYTES`], without a space at its end.
fn cut(text: &str) -> &str {
    if text.len() <= KEYWORD_BYTES {
        return text;
    }
    let ends = text.grapheme_indices(true).map(|(start, grapheme)| start + grapheme.len());
    let end = ends.take_while(|&end| end <= KEYWORD_BYTES).last().unwrap_or(0);
    text.get(..end).unwrap_or_default().trim_end()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use static_assertions::assert_not_impl_any;

    assert_not_impl_any!(Keyword: fmt::Display, serde::Serialize, Clone);

    fn read(text: &str) -> Result<String, KeywordRejection> {
        Keyword::read(text.as_bytes(), PersonalData::Redact).map(|keyword| keyword.0)
    }

    #[test]
    fn examples() {
        for (given, wanted) in [
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
            assert_eq!(read(given).unwrap(), wanted, "{given:?}");
        }
    }

    #[test]
    fn refusals() {
        assert_eq!(read(""), Err(KeywordRejection::Missing));
        assert_eq!(read(" \u{200b}\0\u{feff} "), Err(KeywordRejection::Missing));
        assert_eq!(Keyword::read(b"\xff\xfe", PersonalData::Off).unwrap_err(), KeywordRejection::Encoding);
        let refused = Keyword::read(b"mail ann@example.com", PersonalData::Refuse);
        assert_eq!(refused.unwrap_err(), KeywordRejection::Personal);
        assert_eq!(read("mail ann@example.com").unwrap(), "mail [email]");
        let passed = Keyword::read(b"mail ann@example.com", PersonalData::Off).unwrap();
        assert_eq!(passed.0, "mail ann@example.com");
        assert!(!format!("{passed:?}").contains("ann"));
    }

    #[test]
    fn the_cut_keeps_graphemes_whole() {
        let family = "👩\u{1f3fd}".repeat(60);
        let cut = read(&family).unwrap();
        assert!(cut.len() <= KEYWORD_BYTES && cut.len() > KEYWORD_BYTES - 8);
        assert!(cut.chars().count().is_multiple_of(2), "an emoji lost its skin tone");
        assert_eq!(read(&"ab ".repeat(200)).unwrap().len(), 256);
        let marks = format!("a{}", "\u{301}".repeat(400));
        assert!(read(&marks).is_err(), "one grapheme longer than the bound leaves nothing");
    }

    proptest! {
        #[test]
        fn normal_form_holds_for_any_text(text in "\\PC{0,80}|[\\x00-\\x7f]{0,80}|.{0,200}") {
            if let Ok(keyword) = read(&text) {
                prop_assert!(keyword.len() <= KEYWORD_BYTES);
                prop_assert!(NFKC.is_normalized(&keyword));
                prop_assert_eq!(keyword.trim(), &keyword);
                prop_assert!(!keyword.contains("  "));
                prop_assert_eq!(visible(&keyword), keyword.clone());
                prop_assert_eq!(read(&keyword).unwrap(), keyword);
            }
        }

        #[test]
        fn what_cannot_be_seen_changes_nothing(
            words in "[a-zé漢]{1,9}( [a-z]{1,9}){0,3}",
            at in 0_usize..40,
            hidden in "[\u{200b}\u{200c}\u{200d}\u{2060}\u{feff}\u{ad}\u{e0061}\u{fe0f}\u{0}\u{7}\u{202e}]{1,8}",
        ) {
            let position = words.char_indices().map(|(index, _)| index).nth(at).unwrap_or(words.len());
            let (head, tail) = words.split_at(position);
            prop_assert_eq!(read(&format!("{head}{hidden}{tail}")).unwrap(), read(&words).unwrap());
        }

        #[test]
        fn any_bytes_are_read_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
            let result = Keyword::read(&bytes, PersonalData::Redact);
            prop_assert_eq!(std::str::from_utf8(&bytes).is_err(), matches!(result, Err(KeywordRejection::Encoding)));
        }
    }
}
