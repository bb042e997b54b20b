//! Keyword: the search terms, normalized and without personal data.
//!
//! Normalization ensures that no invisible character, alternative encoding of a letter or extra space can carry an ID to a
//! partner.

pub(crate) mod nfkc;
pub(crate) mod normalization;

mod compatibility;
mod hangul;
mod scripts;
mod truncation;

use std::borrow::Cow;
use std::fmt;

use crate::fields::keyword::normalization::visible;
use crate::fields::keyword::truncation::truncate;
use crate::fields::pii;

/// Maximum length of a keyword, in bytes of UTF-8 (`docs/http-api.md`): more than anyone types, too little for a document.
pub const MAX_KEYWORD_BYTES: usize = 256;

/// How much of a text is searched for personal data, in bytes: sixteen keywords. A body may be far longer, and one character may stand
/// for 33 bytes, so that 16 KB of them took five milliseconds, twenty times a whole search.
const MAX_READ_BYTES: usize = 4_096;

/// The longest personal data of several words, of which half could stand where reading ended: a seed phrase of 24 words of eight
/// letters (BIP 39) has 215 bytes. An address of mail has 254 at most (RFC 5321 section 4.5.3.1.3).
const LONGEST_PHRASE_BYTES: usize = 256;

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

/// What parsing changed in a keyword.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeywordChanges {
    /// Characters were replaced or removed.
    pub is_normalized: bool,
    /// Personal data was replaced.
    pub is_redacted: bool,
    /// The end was left off.
    pub is_truncated: bool,
}

/// Why a keyword is rejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeywordRejection {
    /// No visible character is left.
    Missing,
    /// The bytes are not UTF-8.
    Encoding,
    /// It contains personal data and the policy is [`PersonalData::Refuse`], or it is a long text of little else.
    Personal,
}

impl Keyword {
    /// Parses a decoded `q` parameter: strict UTF-8, NFKC (UAX #15), invisible and control characters removed, white space
    /// folded, personal data handled, and truncated to [`MAX_KEYWORD_BYTES`] at a grapheme boundary (UAX #29).
    ///
    /// # Errors
    /// A [`KeywordRejection`], which names the violated rule.
    pub fn parse(bytes: &[u8], policy: PersonalData) -> Result<Self, KeywordRejection> {
        Self::parse_with_changes(bytes, policy).map(|(keyword, _)| keyword)
    }

    /// Parses like [`Keyword::parse`], and returns what was changed.
    ///
    /// # Errors
    /// As [`Keyword::parse`].
    pub fn parse_with_changes(bytes: &[u8], policy: PersonalData) -> Result<(Self, KeywordChanges), KeywordRejection> {
        let typed = std::str::from_utf8(bytes).map_err(|_| KeywordRejection::Encoding)?;
        let (normalized, is_cut) = normalize_start(typed, policy);
        let is_normalized = normalized != typed;
        // Before truncation: half a card number would not be recognized.
        let redacted = match policy {
            PersonalData::Off => None,
            PersonalData::Refuse if !pii::find(&normalized).is_empty() => return Err(KeywordRejection::Personal),
            PersonalData::Refuse => None,
            PersonalData::Redact => pii::redact(&normalized),
        };
        let is_redacted = redacted.is_some();
        let text = redacted.map_or(normalized, Cow::Owned);
        let kept = match policy {
            PersonalData::Off => Cow::Borrowed(truncate(&text, MAX_KEYWORD_BYTES)),
            PersonalData::Refuse | PersonalData::Redact => truncate_redacted(&text),
        };
        // Next to nothing is left of so much text: it was personal data, and half a piece of it may stand at the end.
        if is_cut && policy != PersonalData::Off && text.len() <= MAX_KEYWORD_BYTES + LONGEST_PHRASE_BYTES {
            return Err(KeywordRejection::Personal);
        }
        if kept.is_empty() {
            return Err(KeywordRejection::Missing);
        }
        let changes = KeywordChanges { is_normalized, is_redacted, is_truncated: kept.len() < text.len() };
        Ok((Self(kept.into_owned()), changes))
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

/// The normalized start of a text, as much as is read of it. The second value is true if that is not all of it.
fn normalize_start(typed: &str, policy: PersonalData) -> (Cow<'_, str>, bool) {
    let start = match policy {
        PersonalData::Off => start,
        PersonalData::Redact | PersonalData::Refuse => start_of_whole_words,
    };
    if typed.len() <= MAX_READ_BYTES {
        return normalization::normalize_start(typed, start);
    }
    let visible = visible(typed);
    let (read, is_cut) = start(&visible).map_or((visible.as_str(), false), |start| (start, true));
    let (normalized, is_cut_again) = normalization::normalize_start(read, start);
    (Cow::Owned(normalized.into_owned()), is_cut || is_cut_again)
}

/// As much of a text as is read, `None` for all of it.
fn start(text: &str) -> Option<&str> {
    let start = text.get(..text.floor_char_boundary(MAX_READ_BYTES)).filter(|start| start.len() < text.len())?;
    Some(start.trim_end())
}

/// The same, without half a word of ASCII at the end, since keys and tokens are such words.
fn start_of_whole_words(text: &str) -> Option<&str> {
    start(text).map(|start| start.trim_end_matches(|c: char| c.is_ascii_graphic()).trim_end())
}

/// Truncates a keyword whose personal data is redacted.
///
/// Part of a harmless text can look like personal data: the first digits of a long number are a telephone number. What follows
/// from such a place is left off; at the start of the keyword it is redacted.
fn truncate_redacted(text: &str) -> Cow<'_, str> {
    if text.len() <= MAX_KEYWORD_BYTES {
        return Cow::Borrowed(text);
    }
    let mut kept = truncate(text, MAX_KEYWORD_BYTES);
    while let Some((_, range)) = pii::find(kept).pop() {
        let before = kept.get(..range.start).unwrap_or_default().trim_end();
        if before.is_empty() {
            return pii::redact(kept)
                .map_or(Cow::Borrowed(kept), |redacted| truncate(&redacted, MAX_KEYWORD_BYTES).to_owned().into());
        }
        kept = before;
    }
    Cow::Borrowed(kept)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use static_assertions::assert_not_impl_any;
    use strum::VariantArray as _;

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
            ("ﬁne ² ½", "fine 2 1/2"),
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

    /// Whatever stands at the place where reading ends, no part of it is sent.
    #[test]
    fn long_texts_are_read_in_part() {
        assert!((240..=256).contains(&parse(&"ﷺ".repeat(5_000)).unwrap().len()));
        assert_eq!(parse(&format!("shoes{}", "\u{200b}".repeat(9_000))).unwrap(), "shoes");
        assert_eq!(parse(&format!("blue{}shoes", " \n".repeat(4_000))).unwrap(), "blue shoes");
        for address in ["ann@example.com ", "4111 1111 1111 1111, ", "+49 170 1234567; "] {
            for shift in 0..address.len() {
                let text = format!("{} {}", "x".repeat(shift), address.repeat(1_000));
                match parse(&text) {
                    Ok(kept) => {
                        assert!(!kept.contains("ann@") && !kept.contains("1111") && !kept.contains("123"), "{kept}")
                    }
                    Err(rejection) => assert_eq!(rejection, KeywordRejection::Personal),
                }
            }
        }
        // Half of one word that is long itself, or of several words, right after what fills a keyword.
        let seed = "abandon ".repeat(23) + "art";
        let token = format!("eyJhbGciOiJIUzI1NiJ9.{}.{}", "eyJzdWIiOiIx".repeat(200), "x".repeat(43));
        let mail = format!("{}@example.com", "a.b".repeat(60));
        let key = format!(
            "-----BEGIN PRIVATE KEY----- {}-----END PRIVATE KEY-----",
            format!("{} ", "MIIEvQIBADANBgkq".repeat(4)).repeat(50)
        );
        for datum in [seed.as_str(), &token, &mail, &key] {
            for room in (0..datum.len()).step_by(7) {
                let filler = format!("{}@example.com ", "q".repeat(231)).repeat(17);
                let before = filler.get(filler.len().saturating_sub(MAX_READ_BYTES - room - 110)..).unwrap_or_default();
                if let Ok(kept) = parse(&format!("{before} {} {datum} shoes", "blue shoes ".repeat(9))) {
                    let parts = ["abandon abandon", "eyJhbGci", "a.ba.b", "MIIEvQ"];
                    assert!(!parts.iter().any(|part| kept.contains(part)), "{room}: {kept}");
                }
            }
        }
        assert_eq!(parse(&token.repeat(3)), Err(KeywordRejection::Personal), "one word, longer than what is read");
        let endless = format!("blue {}@example.com", "a.b".repeat(2_000));
        assert_eq!(parse(&endless), Err(KeywordRejection::Personal), "a word whose end was not read");
        assert!(parse(&"检索".repeat(2_000)).unwrap().len() > 250, "no white space, and no word of ASCII");
        let word = "a".repeat(5_000);
        assert_eq!(parse(&word), Err(KeywordRejection::Personal), "one word, of which the end was not read");
        assert_eq!(Keyword::parse(word.as_bytes(), PersonalData::Off).unwrap().0, "a".repeat(256));
        let mut long = format!("{}@example.com ", "a".repeat(240)).repeat(17);
        assert_eq!(parse(&long), Err(KeywordRejection::Personal), "only placeholders are left");
        long.push_str("blue shoes");
        assert_eq!(Keyword::parse(long.as_bytes(), PersonalData::Off).unwrap().0.len(), 256);
    }

    #[test]
    fn truncation_keeps_graphemes_whole() {
        let family = "👩\u{1f3fd}".repeat(60);
        let truncated = parse(&family).unwrap();
        assert!(truncated.len() <= MAX_KEYWORD_BYTES && truncated.len() > MAX_KEYWORD_BYTES - 8);
        assert!(truncated.chars().count().is_multiple_of(2), "an emoji lost its skin tone");
        assert_eq!(parse(&"ab ".repeat(200)).unwrap().len(), 256);
    }

    #[test]
    fn a_single_grapheme_over_the_maximum_is_cut() {
        let marks = format!("q{}", "\u{301}".repeat(400));
        assert_eq!(parse(&marks).unwrap(), format!("q{}", "\u{301}".repeat(127)), "255 bytes");
        assert_eq!(parse(&format!("ab {marks}")).unwrap(), "ab", "not the first grapheme");
        assert_eq!(parse(&"ㅋ".repeat(300)).unwrap(), "ㅋ".repeat(85));
        let zalgo = "z\u{336}\u{348}\u{30a}".repeat(100);
        assert_eq!(parse(&zalgo).unwrap(), "z\u{336}\u{348}\u{30a}".repeat(36));
    }

    #[test]
    fn placeholders_are_not_cut() {
        for kind in pii::PiiKind::VARIANTS {
            let placeholder = kind.placeholder();
            for length in 200..=MAX_KEYWORD_BYTES + 2 {
                let head = format!("{} ", "x".repeat(length - 1));
                let parsed = parse(&format!("{head}{placeholder} and more")).unwrap();
                if length + placeholder.len() <= MAX_KEYWORD_BYTES {
                    assert!(parsed.starts_with(&format!("{head}{placeholder}")), "{parsed}");
                } else {
                    assert_eq!(parsed, head[..parsed.len()], "no part of the placeholder");
                    assert!(parsed.len() >= MAX_KEYWORD_BYTES.min(length - 1));
                }
            }
        }
        let mail = format!("{}ann@example.com", "x ".repeat(124));
        assert_eq!(parse(&mail).unwrap(), format!("{}[email]", "x ".repeat(124)), "248 and 7 bytes");
        assert_eq!(parse(&format!("xy {mail}")).unwrap(), format!("xy {}", "x ".repeat(124)).trim_end());
    }

    #[test]
    fn truncation_creates_no_personal_data() {
        let is_clean = |text: &str| pii::find(text).is_empty();
        for (tail, half) in [("0171 2345678 x", "phone"), ("4111111111111111abcd", "card"), ("a@example.com.", "mail")]
        {
            for shift in 0..60 {
                let text = format!("{}{tail}{}", "y".repeat(200 + shift), "z".repeat(100));
                let kept = parse(&text).unwrap();
                assert!(is_clean(&kept) && kept.len() <= MAX_KEYWORD_BYTES, "{half} {kept}");
                assert_eq!(parse(&kept).unwrap(), kept);
            }
        }
        // A number that is too long for a telephone number, of which the limit leaves the length of one.
        for length in 8..40 {
            let text = format!("{} 0171{}", "y".repeat(MAX_KEYWORD_BYTES - 1 - length), "2345678".repeat(9));
            let kept = parse(&text).unwrap();
            assert!(is_clean(&kept), "{kept}");
            assert!(kept.len() <= MAX_KEYWORD_BYTES && kept.starts_with("yyy"), "{kept}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_normalized(text in "\\PC{0,80}|[\\x00-\\x7f]{0,80}|.{0,200}") {
            if let Ok(keyword) = parse(&text) {
                prop_assert!(keyword.len() <= MAX_KEYWORD_BYTES);
                prop_assert_eq!(keyword.trim(), &keyword);
                prop_assert!(!keyword.contains("  "));
                prop_assert_eq!(normalization::normalize(&keyword), keyword.as_str());
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
