//! The words that announce a number: what they announce, and where they occur in a text.
//!
//! `words.tsv` is the only list. `announcement` decides with it.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};
use icu_normalizer::properties::{CanonicalDecompositionBorrowed, Decomposed};

use crate::fields::pii::kind::PiiKind;
use crate::fields::pii::shape::Shape;
use crate::fields::pii::tokenizer::is_unspaced_script;

const WORDS: &str = include_str!("words.tsv");

/// Words of at most this many letters have other meanings as well, so that nothing but fillers may follow them.
const MAX_AMBIGUOUS_LETTERS: usize = 3;

/// Words of at least this many letters are recognized with an inflectional ending.
const MIN_INFLECTED_LETTERS: usize = 5;

/// Maximum letters of an inflectional ending (`паспорта`, `dowodu`, `passports`).
const MAX_ENDING_LETTERS: usize = 3;

/// Nouns that form a compound with the word before them: `Reisepassnummer`.
const COMPOUND_ENDINGS: [&str; 9] =
    ["nummer", "nummern", "number", "numbers", "numero", "nr", "no", "numarasi", "numarası"];

/// What a word announces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Announces {
    /// Personal data of this kind.
    Personal(PiiKind),
    /// A number that belongs to a thing, an order or a company.
    Harmless,
    /// A product, whose part number may follow after another word.
    Product,
}

/// A line of `words.tsv`.
#[derive(Debug)]
pub(super) struct Announcement {
    pub(super) announces: Announces,
    /// What the number is, in English.
    pub(super) name: &'static str,
    /// The ISO 3166-1 codes of the countries that issue it, or `all`.
    pub(super) countries: &'static str,
    pub(super) shapes: Vec<Shape>,
}

/// An occurrence of a word in a text, as a byte range.
#[derive(Debug, Clone, Copy)]
pub(super) struct WordHit {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) announcement: &'static Announcement,
    /// The word has other meanings as well.
    pub(super) ambiguous: bool,
}

/// The lines of the list and an automaton over all words.
struct Vocabulary {
    announcements: Vec<Announcement>,
    fillers: Vec<String>,
    automaton: Option<AhoCorasick>,
    /// For each pattern of the automaton, its line.
    lines: Vec<usize>,
}

static VOCABULARY: LazyLock<Vocabulary> = LazyLock::new(Vocabulary::parse);

fn announces(class: &str) -> Option<Announces> {
    Some(match class {
        "number" => Announces::Personal(PiiKind::NationalNumber),
        "date" => Announces::Personal(PiiKind::NationalNumber),
        "phone" => Announces::Personal(PiiKind::Phone),
        "card" => Announces::Personal(PiiKind::Card),
        "iban" => Announces::Personal(PiiKind::BankAccount),
        "harmless" => Announces::Harmless,
        "product" => Announces::Product,
        _ => return None,
    })
}

impl Vocabulary {
    fn parse() -> Vocabulary {
        let (mut announcements, mut fillers) = (Vec::new(), Vec::new());
        let (mut patterns, mut lines) = (Vec::new(), Vec::new());
        for line in WORDS.lines().skip(1) {
            let mut columns = line.split('\t');
            let mut column = || columns.next().unwrap_or_default();
            let (class, name, countries, shapes, words) = (column(), column(), column(), column(), column());
            let words = words.split('|').map(|word| FoldedWords::new(word).text);
            let Some(announces) = announces(class) else {
                fillers.extend(words);
                continue;
            };
            for word in words {
                patterns.push(word);
                lines.push(announcements.len());
            }
            let shapes = shapes.split('|').filter_map(Shape::parse).collect();
            announcements.push(Announcement { announces, name, countries, shapes });
        }
        fillers.sort_unstable();
        let automaton = AhoCorasick::builder().match_kind(MatchKind::Standard).build(patterns).ok();
        Vocabulary { announcements, fillers, automaton, lines }
    }
}

/// The lines of the list, in its order.
pub(super) fn announcements() -> &'static [Announcement] {
    &VOCABULARY.announcements
}

/// True for a word that may stand between an announcement and its number: `is`, `no.`, `номер`.
pub(super) fn is_filler(word: &str) -> bool {
    let word = FoldedWords::new(word).text;
    VOCABULARY.fillers.binary_search(&word).is_ok()
}

/// A text in lower case and without accents, so that `Numéro`, `NUMERO` and `numero` are one word.
#[derive(Debug)]
struct FoldedWords {
    text: String,
    /// For each byte of `text` and for its end, the offset of its character in the original.
    offsets: Vec<usize>,
}

impl FoldedWords {
    fn new(original: &str) -> FoldedWords {
        let mut folded = FoldedWords { text: String::with_capacity(original.len()), offsets: Vec::new() };
        for (at, c) in original.char_indices() {
            folded.text.push(fold_letter(c));
            folded.offsets.resize(folded.text.len(), at);
        }
        folded.offsets.push(original.len());
        folded
    }

    fn original_offset(&self, at: usize) -> usize {
        self.offsets.get(at).copied().unwrap_or_default()
    }
}

/// The lower-case base letter. Letters of one sound that keyboards distinguish (Persian and Arabic kaf, dotless i) are one.
fn fold_letter(c: char) -> char {
    let mut base = c.to_lowercase().next().unwrap_or(c);
    if base.is_ascii() {
        return base;
    }
    // Composed letters of Latin, Greek, Cyrillic and Arabic; Vietnamese vowels have two marks.
    while matches!(base, '\u{c0}'..='\u{6ff}' | '\u{1e00}'..='\u{1fff}') {
        match CanonicalDecompositionBorrowed::new().decompose(base) {
            Decomposed::Expansion(first, _) => base = first,
            Decomposed::Singleton(other) => base = other,
            Decomposed::Default => break,
        }
    }
    match base {
        'ı' => 'i',
        'ł' => 'l',
        'ø' => 'o',
        'đ' => 'd',
        'ς' => 'σ',
        'ی' | 'ى' => 'ي',
        'ک' => 'ك',
        'ة' => 'ه',
        '’' => '\'',
        other => other,
    }
}

/// The words of the list in a text, in text order. A word within a longer one of the list is not returned.
pub(super) fn find_words(text: &str) -> Vec<WordHit> {
    let Vocabulary { announcements, automaton: Some(automaton), lines, .. } = &*VOCABULARY else {
        return Vec::new();
    };
    let folded = FoldedWords::new(text);
    let mut hits: Vec<WordHit> = Vec::new();
    for found in automaton.find_overlapping_iter(&folded.text) {
        let announcement = lines.get(found.pattern().as_usize()).and_then(|line| announcements.get(*line));
        let (Some(announcement), Some(end)) = (announcement, word_end(&folded.text, found.start(), found.end())) else {
            continue;
        };
        let letters = folded.text.get(found.range()).unwrap_or_default();
        hits.push(WordHit {
            start: folded.original_offset(found.start()),
            end: folded.original_offset(end),
            announcement,
            ambiguous: letters.is_ascii() && letters.chars().count() <= MAX_AMBIGUOUS_LETTERS,
        });
    }
    hits.sort_by_key(|hit| (hit.start, core::cmp::Reverse(hit.end)));
    hits.dedup_by_key(|hit| (hit.start, hit.end, hit.announcement.name, hit.announcement.countries));
    let mut last = 0..0;
    hits.retain(|hit| {
        let is_inside = hit.end <= last.end && (hit.start, hit.end) != (last.start, last.end);
        if !is_inside {
            last = hit.start..hit.end;
        }
        !is_inside
    });
    hits
}

/// The end of the word at `start..end` with its ending. None if it is part of another word.
fn word_end(text: &str, start: usize, end: usize) -> Option<usize> {
    let word = text.get(start..end)?;
    let (first, last) = (word.chars().next()?, word.chars().next_back()?);
    let before = text.get(..start)?.chars().next_back();
    let joins_before = before.is_some_and(|c| c.is_alphanumeric() && !is_unspaced_script(c));
    if joins_before && first.is_alphanumeric() && !is_unspaced_script(first) {
        return None;
    }
    let after = text.get(end..)?;
    if is_unspaced_script(last) || !last.is_alphanumeric() {
        return Some(end);
    }
    // Digits directly after a word are its number (`ssn078051120`), with more letters it is no word (`CCCD829335ABC`).
    let rest = after.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
    if rest.starts_with(|c: char| c.is_ascii_digit()) && !rest.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let ending_len = after.find(|c: char| !c.is_alphabetic() || is_unspaced_script(c)).unwrap_or(after.len());
    let ending = after.get(..ending_len)?;
    let is_inflection = word.chars().count() >= MIN_INFLECTED_LETTERS && ending.chars().count() <= MAX_ENDING_LETTERS;
    (ending.is_empty() || is_inflection || COMPOUND_ENDINGS.contains(&ending)).then_some(end + ending_len)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_list_is_read() {
        for (number, line) in WORDS.lines().enumerate().skip(1) {
            let columns: Vec<&str> = line.split('\t').collect();
            let [class, _, _, shapes, words] = columns.as_slice() else {
                unreachable!("line {number} has {} columns", columns.len());
            };
            assert!(announces(class).is_some() || *class == "filler", "{class}");
            assert!(words.split('|').all(|word| !word.trim().is_empty() && word.trim() == word), "{number}");
            let personal = matches!(announces(class), Some(Announces::Personal(_)));
            assert_eq!(shapes.split('|').all(|shape| Shape::parse(shape).is_some()), personal, "{number}");
        }
        assert!(VOCABULARY.automaton.is_some());
    }

    #[test]
    fn finds_words_in_any_case_with_accents_endings_and_compounds() {
        let names = |text: &str| -> Vec<&str> { find_words(text).iter().map(|hit| hit.announcement.name).collect() };
        for text in ["PASSPORT", "Numéro passeport", "Reisepassnummer", "паспорта", "我的护照是", "pásaporte"]
        {
            assert_eq!(names(text), ["passport"], "{text}");
        }
        assert_eq!(names("compassport hotels"), Vec::<&str>::new());
        assert_eq!(names("national insurance number"), ["social insurance"]);
    }
}
