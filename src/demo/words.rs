//! From text to the words that are indexed and looked up.

use icu_normalizer::{ComposingNormalizerBorrowed, DecomposingNormalizerBorrowed};
use icu_properties::CodePointMapData;
use icu_properties::props::{GeneralCategory, Script};
use unicode_segmentation::UnicodeSegmentation;

/// The words of `text`, folded, in reading order and with repetitions.
///
/// Scripts written without spaces have no word boundaries short of a
/// dictionary, so a run of them becomes its overlapping pairs of characters:
/// 日本国 gives 日本 and 本国. A run of one character stays as it is.
pub(super) fn words(text: &str) -> Vec<String> {
    let folded = fold(text);
    let mut found = Vec::new();
    let mut run: Vec<&str> = Vec::new();
    let mut run_end = 0;
    for (start, word) in folded.unicode_word_indices() {
        if !is_unspaced(word) {
            end_run(&mut run, &mut found);
            found.push(word.to_owned());
            continue;
        }
        if start != run_end {
            end_run(&mut run, &mut found);
        }
        run.push(word);
        run_end = start + word.len();
    }
    end_run(&mut run, &mut found);
    found
}

/// Moves the pairs of `run` to `found` and leaves `run` empty.
fn end_run(run: &mut Vec<&str>, found: &mut Vec<String>) {
    if let [only] = run.as_slice() {
        found.push((*only).to_owned());
    }
    found.extend(run.windows(2).map(<[&str]>::concat));
    run.clear();
}

/// Whether `word` starts in a script that puts no spaces between words.
/// Katakana is missing on purpose: Unicode keeps its runs, mostly one foreign
/// name each, in one piece already.
fn is_unspaced(word: &str) -> bool {
    let scripts = CodePointMapData::<Script>::new();
    word.chars().next().is_some_and(|first| {
        [Script::Han, Script::Hiragana, Script::Thai, Script::Lao, Script::Khmer, Script::Myanmar]
            .contains(&scripts.get(first))
    })
}

/// `text` in lower case and without diacritics, so that "Cote d'Ivoire" finds
/// "Côte d’Ivoire" and "Turkiye" finds "Türkiye".
///
/// Composed again at the end: decomposition takes Hangul syllables apart into
/// letters, which would make a two-syllable name look long enough for typos.
fn fold(text: &str) -> String {
    let categories = CodePointMapData::<GeneralCategory>::new();
    let lower = text.to_lowercase();
    let mut plain = String::with_capacity(lower.len());
    for letter in DecomposingNormalizerBorrowed::new_nfkd().normalize(&lower).chars() {
        if categories.get(letter) == GeneralCategory::NonspacingMark {
            continue;
        }
        match without_stroke(letter) {
            Some(replacement) => plain.push_str(replacement),
            None => plain.push(letter),
        }
    }
    ComposingNormalizerBorrowed::new_nfc().normalize(&plain).into_owned()
}

/// The plain spelling of letters whose mark Unicode does not take apart.
/// Apostrophes part words, or "ivoire" would not find "d'Ivoire"; the ʻokina
/// is a letter inside a word that few keyboards offer, so it vanishes.
fn without_stroke(letter: char) -> Option<&'static str> {
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
    use super::words;

    #[test]
    fn case_and_diacritics_are_folded() {
        assert_eq!(words("Türkiye, ÅLAND"), ["turkiye", "aland"]);
        assert_eq!(words("Việt Nam"), ["viet", "nam"]);
        assert_eq!(words("İstanbul"), ["istanbul"]);
        assert_eq!(words("złoty Großbritannien"), ["zloty", "grossbritannien"]);
    }

    #[test]
    fn apostrophes_part_words_and_okinas_do_not() {
        assert_eq!(words("Côte d’Ivoire"), ["cote", "d", "ivoire"]);
        assert_eq!(words("Nukuʻalofa"), ["nukualofa"]);
    }

    #[test]
    fn unspaced_scripts_become_pairs() {
        assert_eq!(words("日本国"), ["日本", "本国"]);
        assert_eq!(words("日"), ["日"]);
        assert_eq!(words("北京 Peking 中国"), ["北京", "peking", "中国"]);
        assert_eq!(words("ไทย"), ["ไท", "ทย"]);
    }

    #[test]
    fn hangul_syllables_stay_whole() {
        assert_eq!(words("한국"), ["한국"]);
    }

    #[test]
    fn punctuation_gives_no_words() {
        assert!(words("").is_empty());
        assert!(words(" -- !? ").is_empty());
    }
}
