//! Letters without their case, so that "IPHONE" is found by "iPhone". What is folded is in a keyword's normal form.
//!
//! Full case folding without a language (Unicode section 3.13, D144 to D146, and `CaseFolding.txt`), made of the
//! standard library's mappings: upper case, then lower case, each letter by itself. So a Greek sigma is one letter
//! wherever it stands, and ß, ẞ and ss are the same, as German spells them in capitals and Switzerland always does.
//! One rule is ours: the four letters i, I, İ and ı are one. Which of them are a pair depends on the language, that of a
//! term is not known, and to miss a search in Turkish capitals is worse than to count ı for i.

use std::borrow::Cow;

use crate::fields::keyword::NFKC;

/// The dot that lower case leaves of İ where software knows no Turkish: "i̇".
const DOT_ABOVE: char = '\u{307}';

/// The text without case; as it is where it is ASCII without capitals, as most keywords are.
pub(super) fn fold(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        let capitals = text.bytes().any(|byte| byte.is_ascii_uppercase());
        return if capitals { Cow::Owned(text.to_ascii_lowercase()) } else { Cow::Borrowed(text) };
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
    // Some letters have come apart into a letter and marks.
    Cow::Owned(NFKC.normalize(&folded).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn examples() {
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
            assert_eq!(fold(one), fold(other), "{one} {other}");
        }
        for [one, other] in [["é", "e"], ["日本", "日木"], ["ö", "oe"], ["и", "й"]] {
            assert_ne!(fold(one), fold(other), "{one} {other}");
        }
        assert!(matches!(fold("blue shoes 42"), Cow::Borrowed(_)), "nothing is copied");
    }

    /// Every letter that a keyword may hold; beyond these planes none has a case.
    #[test]
    fn no_letter_has_a_case_left() {
        for letter in ('\0'..='\u{1ffff}').map(String::from).filter(|letter| NFKC.is_normalized(letter)) {
            let folded = fold(&letter).into_owned();
            assert_eq!(fold(&folded), folded, "{letter:?}");
            for cased in [letter.to_uppercase(), letter.to_lowercase()] {
                assert_eq!(fold(&NFKC.normalize(&cased)), folded, "{letter:?} {cased:?}");
            }
        }
    }

    proptest! {
        #[test]
        fn ascii_is_folded_as_all_else_is(text in "[ -~]{0,40}") {
            let among_others = fold(&format!("é{text}")).into_owned();
            prop_assert_eq!(format!("é{}", fold(&text)), among_others);
        }
    }
}
