//! The words of a search, to highlight them where the partner did not.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation as _;

/// The shortest word that is highlighted, in characters: single letters are everywhere.
const MIN_WORD_CHARS: usize = 2;

/// From this code point on are scripts whose words are not separated by spaces (Thai, Lao, Han, kana …), and Hangul, whose words take endings.
const FIRST_UNSPACED: char = '\u{e00}';

/// The words of a keyword.
#[derive(Debug)]
pub(super) struct SearchTerms {
    /// Words in lower case, which match whole words.
    words: Vec<String>,
    /// Words of scripts without spaces, which match anywhere.
    parts: Vec<String>,
}

impl SearchTerms {
    pub(super) fn new(keyword: &str) -> Self {
        let (mut words, mut parts) = (Vec::new(), Vec::new());
        for text in keyword.split_whitespace() {
            if text.chars().any(|c| c >= FIRST_UNSPACED && c.is_alphanumeric()) {
                parts.push(text.to_owned());
            } else {
                let long = text.unicode_words().filter(|word| word.chars().count() >= MIN_WORD_CHARS);
                words.extend(long.map(str::to_lowercase));
            }
        }
        Self { words, parts }
    }

    /// The parts of a text, each with whether it is a word of the keyword.
    pub(super) fn split<'t>(&self, text: &'t str) -> Vec<(&'t str, bool)> {
        let (mut split, mut end) = (Vec::new(), 0);
        for range in self.matches(text) {
            split.extend(text.get(end..range.start).map(|before| (before, false)));
            split.extend(text.get(range.clone()).map(|word| (word, true)));
            end = range.end;
        }
        split.extend(text.get(end..).map(|rest| (rest, false)));
        split.retain(|(part, _)| !part.is_empty());
        split
    }

    /// The byte ranges of the matches, in order and without overlaps.
    fn matches(&self, text: &str) -> Vec<Range<usize>> {
        let is_word = |word: &str| self.words.iter().any(|known| *known == word.to_lowercase());
        let words = text.unicode_word_indices().filter(|(_, word)| !self.words.is_empty() && is_word(word));
        let parts = self.parts.iter().flat_map(|part| text.match_indices(part.as_str()));
        let mut ranges: Vec<_> = words.chain(parts).map(|(start, word)| start..start + word.len()).collect();
        ranges.sort_unstable_by_key(|range| (range.start, range.end));
        let mut end = 0;
        ranges.retain(|range| {
            let is_free = range.start >= end;
            if is_free {
                end = range.end;
            }
            is_free
        });
        ranges
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn marked(keyword: &str, text: &str) -> String {
        let parts = SearchTerms::new(keyword).split(text);
        parts
            .into_iter()
            .map(|(part, is_marked)| if is_marked { format!("[{part}]") } else { part.to_owned() })
            .collect()
    }

    #[test]
    fn words_match_as_words_and_other_scripts_anywhere() {
        for (keyword, text, expected) in [
            ("japan", "Japan is in Asia; Japanese islands.", "[Japan] is in Asia; Japanese islands."),
            ("ÉCOLE", "Une école, l’école", "Une [école], l’école"),
            ("a b", "a b", "a b"),
            ("\"mount fuji\"", "Mount Fuji", "[Mount] [Fuji]"),
            ("日本", "日本語と日本", "[日本]語と[日本]"),
            ("서울 weather", "서울의 Weather", "[서울]의 [Weather]"),
            ("<b>", "<b>", "<b>"),
            ("", "text", "text"),
        ] {
            assert_eq!(marked(keyword, text), expected, "{keyword}");
        }
    }

    proptest! {
        #[test]
        fn nothing_of_a_text_is_lost(keyword in ".{0,20}", text in ".{0,60}") {
            let parts: String = SearchTerms::new(&keyword).split(&text).into_iter().map(|(part, _)| part).collect();
            prop_assert_eq!(parts, text);
        }
    }
}
