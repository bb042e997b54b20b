//! Tokenizer: splits documents and queries into normalized tokens.

use icu_normalizer::{ComposingNormalizerBorrowed, DecomposingNormalizerBorrowed};
use icu_properties::CodePointMapData;
use icu_properties::props::{GeneralCategory, Script};
use unicode_segmentation::UnicodeSegmentation;

/// The normalized tokens of `text`, in order and with repetitions.
///
/// Scripts without spaces have no word boundaries without a dictionary, so a run of them becomes overlapping character
/// bigrams: 日本国 becomes 日本 and 本国. A run of one character is one token.
pub(super) fn tokenize(text: &str) -> Vec<String> {
    let normalized = normalize(text);
    let mut tokens = Vec::new();
    let mut run: Vec<&str> = Vec::new();
    let mut run_end = 0;
    for (start, word) in normalized.unicode_word_indices() {
        if !is_unspaced_script(word) {
            push_bigrams(&mut run, &mut tokens);
            tokens.push(word.to_owned());
            continue;
        }
        if start != run_end {
            push_bigrams(&mut run, &mut tokens);
        }
        run.push(word);
        run_end = start + word.len();
    }
    push_bigrams(&mut run, &mut tokens);
    tokens
}

/// Appends the bigrams of `run` to `tokens`, and clears `run`.
fn push_bigrams(run: &mut Vec<&str>, tokens: &mut Vec<String>) {
    if let [only] = run.as_slice() {
        tokens.push((*only).to_owned());
    }
    tokens.extend(run.windows(2).map(<[&str]>::concat));
    run.clear();
}

/// True if `word` starts with a script without spaces. Katakana is not included: UAX #29 already keeps its runs together,
/// most of which are one foreign name.
fn is_unspaced_script(word: &str) -> bool {
    let scripts = CodePointMapData::<Script>::new();
    word.chars().next().is_some_and(|first| {
        [Script::Han, Script::Hiragana, Script::Thai, Script::Lao, Script::Khmer, Script::Myanmar]
            .contains(&scripts.get(first))
    })
}

/// Lowercases `text` and removes diacritics, so that "Cote d'Ivoire" matches "Côte d’Ivoire" and "Turkiye" matches "Türkiye".
///
/// The result is composed again (NFC): decomposed Hangul syllables would make a two-syllable name long enough for fuzzy
/// matching.
fn normalize(text: &str) -> String {
    let categories = CodePointMapData::<GeneralCategory>::new();
    let lower = text.to_lowercase();
    let mut stripped = String::with_capacity(lower.len());
    for letter in DecomposingNormalizerBorrowed::new_nfkd().normalize(&lower).chars() {
        if categories.get(letter) == GeneralCategory::NonspacingMark {
            continue;
        }
        match transliterate(letter) {
            Some(replacement) => stripped.push_str(replacement),
            None => stripped.push(letter),
        }
    }
    ComposingNormalizerBorrowed::new_nfc().normalize(&stripped).into_owned()
}

/// The ASCII spelling of letters that Unicode does not decompose.
///
/// Apostrophes separate words, so that "ivoire" matches "d'Ivoire". The ʻokina is a letter inside words that few keyboards
/// have, so it is removed.
fn transliterate(letter: char) -> Option<&'static str> {
    match letter {
        'ß' => Some("ss"),
        'æ' => Some("ae"),
        'œ' => Some("oe"),
        'ø' => Some("o"),
        'ł' => Some("l"),
        'đ' | 'ð' => Some("d"),
        'ı' => Some("i"),
        'þ' => Some("th"),
        'ʻ' | 'ʼ' => Some(""),
        '\'' | '’' | '‘' => Some(" "),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::tokenize;

    #[test]
    fn removes_case_and_diacritics() {
        assert_eq!(tokenize("Türkiye, ÅLAND"), ["turkiye", "aland"]);
        assert_eq!(tokenize("Việt Nam"), ["viet", "nam"]);
        assert_eq!(tokenize("İstanbul"), ["istanbul"]);
        assert_eq!(tokenize("złoty Großbritannien"), ["zloty", "grossbritannien"]);
    }

    #[test]
    fn apostrophes_separate_words_and_okinas_do_not() {
        assert_eq!(tokenize("Côte d’Ivoire"), ["cote", "d", "ivoire"]);
        assert_eq!(tokenize("Nukuʻalofa"), ["nukualofa"]);
    }

    #[test]
    fn unspaced_scripts_become_bigrams() {
        assert_eq!(tokenize("日本国"), ["日本", "本国"]);
        assert_eq!(tokenize("日"), ["日"]);
        assert_eq!(tokenize("北京 Peking 中国"), ["北京", "peking", "中国"]);
        assert_eq!(tokenize("ไทย"), ["ไท", "ทย"]);
    }

    #[test]
    fn hangul_syllables_are_not_decomposed() {
        assert_eq!(tokenize("한국"), ["한국"]);
    }

    #[test]
    fn punctuation_has_no_tokens() {
        assert!(tokenize("").is_empty());
        assert!(tokenize(" -- !? ").is_empty());
    }
}
