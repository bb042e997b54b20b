//! Case folding, so that the term "iPhone" matches "IPHONE". Input is a normalized keyword or term.
//!
//! Full, language-independent case folding (Unicode section 3.13, D144 to D146, and `CaseFolding.txt`), built from the standard
//! library's mappings: upper case, then lower case, per character. Thus all forms of the Greek sigma are equal, and so are ß,
//! ẞ and ss, as in German capitals and in Switzerland.
//!
//! One rule is added: i, I, İ and ı are equal. Which of them form a pair depends on the language, and that of a term is not
//! known. Missing a search in Turkish capitals would be worse than counting ı as i.

use std::borrow::Cow;

use crate::fields::keyword::nfkc::NFKC;

/// The combining dot that lowercasing İ leaves behind in software without Turkish rules: "i̇".
const DOT_ABOVE: char = '\u{307}';

/// Folds the case of a text. ASCII without capitals, as most keywords are, is returned without a copy.
pub(super) fn fold_case(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        let has_capitals = text.bytes().any(|byte| byte.is_ascii_uppercase());
        return if has_capitals { Cow::Owned(text.to_ascii_lowercase()) } else { Cow::Borrowed(text) };
    }
    let mut folded = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            'ẞ' => folded.push_str("ss"),
            'İ' => folded.push('i'),
            DOT_ABOVE if folded.ends_with('i') => {}
            _ => folded.extend(letter.to_uppercase().flat_map(char::to_lowercase)),
        }
    }
    // Some mappings decompose a letter into a letter and marks.
    Cow::Owned(NFKC.normalize(&folded).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn folds_case_and_nothing_else() {
        for [one, other] in [
            ["iPhone", "IPHONE"],
            ["Größe", "GRÖSSE"],
            ["große", "GROẞE"],
            ["fussball", "Fußball"],
            ["ΟΔΟΣ ΣΟΦΟΣ", "οδος σοφος"],
            ["οδός", "ΟΔΌΣ"],
            ["istanbul", "İSTANBUL"],
            ["istanbul", "i\u{307}stanbul"],
            ["ısparta", "ISPARTA"],
            ["страховка", "СТРАХОВКА"],
            ["\u{1f0}", "J\u{30c}"],
            ["ᾳ", "ΑΙ"],
        ] {
            assert_eq!(fold_case(one), fold_case(other), "{one} {other}");
        }
        for [one, other] in [["é", "e"], ["日本", "日木"], ["ö", "oe"], ["и", "й"]] {
            assert_ne!(fold_case(one), fold_case(other), "{one} {other}");
        }
        assert!(matches!(fold_case("blue shoes 42"), Cow::Borrowed(_)), "not copied");
    }

    /// All normalized characters of the first two planes. Other planes have no cased characters.
    #[test]
    fn every_cased_form_folds_to_the_same_text() {
        for letter in ('\0'..='\u{1ffff}').map(String::from).filter(|letter| NFKC.is_normalized(letter)) {
            let folded = fold_case(&letter).into_owned();
            assert_eq!(fold_case(&folded), folded, "{letter:?}");
            for cased in [letter.to_uppercase(), letter.to_lowercase()] {
                assert_eq!(fold_case(&NFKC.normalize(&cased)), folded, "{letter:?} {cased:?}");
            }
        }
    }

    proptest! {
        #[test]
        fn ascii_is_folded_like_other_text(text in "[ -~]{0,40}") {
            let in_other_text = fold_case(&format!("é{text}")).into_owned();
            prop_assert_eq!(format!("é{}", fold_case(&text)), in_other_text);
        }
    }
}
