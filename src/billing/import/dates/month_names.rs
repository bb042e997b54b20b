//! The names of the months in the languages of the Unicode Common Locale Data Repository (CLDR), found inside the text of a date.

use std::collections::HashMap;
use std::sync::LazyLock;

use icu_normalizer::{ComposingNormalizerBorrowed, DecomposingNormalizerBorrowed};

/// Made by `scripts/month-names`; the first line names CLDR's version.
const TABLE: &str = include_str!("month_names.tsv");
/// The longest name, in characters.
const MAX_NAME_CHARS: usize = 32;

/// English names, as strftime knows them: abbreviated, and in full.
const ENGLISH: [(&str, &str); 12] = [
    ("Jan", "January"),
    ("Feb", "February"),
    ("Mar", "March"),
    ("Apr", "April"),
    ("May", "May"),
    ("Jun", "June"),
    ("Jul", "July"),
    ("Aug", "August"),
    ("Sep", "September"),
    ("Oct", "October"),
    ("Nov", "November"),
    ("Dec", "December"),
];

/// The months, from 1, that each folded name may mean.
type NamesToMonths = HashMap<String, Vec<u8>>;

/// The names of the languages that are tried where none is configured.
static COMMON: LazyLock<NamesToMonths> = LazyLock::new(|| collect(|_, is_common| is_common));

/// The names of months in one language, or in all common ones.
#[derive(Debug, Default, Clone)]
pub(crate) struct MonthNames(Option<NamesToMonths>);

impl MonthNames {
    /// Returns the names in a language, or in all common ones. `None` if CLDR has no such language.
    pub(crate) fn new(language: Option<&str>) -> Option<Self> {
        let Some(language) = language else { return Some(Self(None)) };
        let names = collect(|known, _| known.eq_ignore_ascii_case(language));
        (!names.is_empty()).then_some(Self(Some(names)))
    }

    /// Returns the text once for each month that one of its words may name, with that word in English: abbreviated or in full.
    /// A final point of an abbreviation is kept in one text and dropped in another.
    pub(crate) fn in_english(&self, text: &str, in_full: bool) -> Vec<String> {
        let names = self.0.as_ref().unwrap_or_else(|| &COMMON);
        let mut texts = Vec::new();
        let starts = text.char_indices().map(|(start, _)| start);
        for start in starts.filter(|start| begins_word(text, *start)) {
            let Some((end, months)) = longest_name(names, text, start) else { continue };
            let (Some(before), Some(after)) = (text.get(..start), text.get(end..)) else { continue };
            for (short, full) in months.iter().filter_map(|month| ENGLISH.get(usize::from(*month).checked_sub(1)?)) {
                let name = if in_full { full } else { short };
                texts.push(format!("{before}{name}{after}"));
                texts.extend(after.strip_prefix('.').map(|after| format!("{before}{name}{after}")));
            }
        }
        texts
    }
}

/// Reads the table: the names of each language that is wanted, folded.
fn collect(is_wanted: impl Fn(&str, bool) -> bool) -> NamesToMonths {
    let mut names = NamesToMonths::new();
    for line in TABLE.lines().filter(|line| !line.starts_with('#')) {
        let mut cells = line.split('\t');
        let language = cells.next().unwrap_or_default();
        let common = language.strip_suffix('*');
        if !is_wanted(common.unwrap_or(language), common.is_some()) {
            continue;
        }
        for (month, cell) in (1..=12_u8).zip(cells) {
            for name in cell.split('|') {
                let months = names.entry(fold(name)).or_default();
                if !months.contains(&month) {
                    months.push(month);
                }
            }
        }
    }
    names
}

/// A name without differences of case, of accents and of the forms of letters (NFKD), but with the marks that other scripts need.
fn fold(name: &str) -> String {
    if name.is_ascii() {
        return name.to_ascii_lowercase();
    }
    let decomposed = DecomposingNormalizerBorrowed::new_nfkd().normalize(name);
    let is_kept = |c: &char| !('\u{300}'..='\u{36f}').contains(c);
    let kept: String = decomposed.chars().filter(is_kept).flat_map(char::to_lowercase).collect();
    // Three small letters have the capital letters of others: the sigma at the end of a Greek word, the sharp s and the dotless i.
    let kept = kept.replace('ς', "σ").replace('ß', "ss").replace('ı', "i");
    ComposingNormalizerBorrowed::new_nfc().normalize(&kept).into_owned()
}

/// Returns where the longest name that begins at `start` ends, and its months. A name ends where a word or a number ends.
fn longest_name<'n>(names: &'n NamesToMonths, text: &str, start: usize) -> Option<(usize, &'n [u8])> {
    let rest = text.get(start..)?;
    let ends = rest.char_indices().map(|(at, c)| at + c.len_utf8()).take(MAX_NAME_CHARS);
    let ends: Vec<usize> = ends.filter(|end| ends_word(rest, *end)).collect();
    ends.into_iter().rev().find_map(|end| {
        let months = names.get(&fold(rest.get(..end)?))?;
        Some((start + end, months.as_slice()))
    })
}

/// Whether a word or a number may begin here: letters and digits are not of one word.
fn begins_word(text: &str, at: usize) -> bool {
    let (before, after) = (text.get(..at).and_then(|before| before.chars().next_back()), text.get(at..));
    let Some(first) = after.and_then(|after| after.chars().next()) else { return false };
    !first.is_whitespace() && before.is_none_or(|before| !is_one_word(before, first))
}

fn ends_word(text: &str, at: usize) -> bool {
    let last = text.get(..at).and_then(|before| before.chars().next_back());
    let next = text.get(at..).and_then(|after| after.chars().next());
    match (last, next) {
        (Some(last), Some(next)) => !is_one_word(last, next),
        (_, None) => true,
        (None, Some(_)) => false,
    }
}

/// Whether two neighbouring characters belong to one word or number. Chinese, Japanese and Korean write no spaces between words.
fn is_one_word(one: char, other: char) -> bool {
    let is_ideograph = |c: char| ('\u{2e80}'..='\u{9fff}').contains(&c) || ('\u{ac00}'..='\u{d7af}').contains(&c);
    let is_letter = |c: char| c.is_alphabetic() && !is_ideograph(c);
    (is_letter(one) && is_letter(other)) || (one.is_numeric() && other.is_numeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_of_every_language_is_found_by_itself() {
        let languages: Vec<&str> = TABLE.lines().skip(1).filter_map(|line| line.split(['\t', '*']).next()).collect();
        assert!(languages.len() > 300, "{}", languages.len());
        for line in TABLE.lines().skip(1) {
            let mut cells = line.split('\t');
            let language = cells.next().unwrap().trim_end_matches('*');
            let names = MonthNames::new(Some(language)).unwrap();
            for (month, cell) in cells.enumerate() {
                for name in cell.split('|') {
                    for text in [format!("1 {name} 2026"), format!("1 {} 2026", name.to_uppercase())] {
                        let wanted = format!("1 {} 2026", ENGLISH[month].0);
                        assert!(names.in_english(&text, false).contains(&wanted), "{language} {text}");
                    }
                }
            }
        }
        assert!(MonthNames::new(Some("xx")).is_none() && MonthNames::new(Some("pt")).is_some());
    }

    #[test]
    fn common_languages_are_found_without_naming_one() {
        let names = MonthNames::new(None).unwrap();
        for (text, wanted) in [
            ("1. Okt. 2026", "1. Oct 2026"),
            ("01 oct. 2026", "01 Oct 2026"),
            ("2026年10月1日", "2026年Oct1日"),
            ("1 жовтня 2026", "1 Oct 2026"),
            ("1 PAŹDZIERNIKA 2026", "1 Oct 2026"),
            ("1 Mrz 2026", "1 Mar 2026"),
            ("1 fevrier 2026", "1 Feb 2026"),
            ("1 de outubro de 2026", "1 de Oct de 2026"),
            ("thg 10 1, 2026", "Oct 1, 2026"),
        ] {
            assert!(
                names.in_english(text, false).contains(&wanted.to_owned()),
                "{text}: {:?}",
                names.in_english(text, false)
            );
        }
        let listopad = names.in_english("1 listopada 2026", true);
        assert!(listopad.contains(&"1 October 2026".to_owned()) && listopad.contains(&"1 November 2026".to_owned()));
        for text in ["", "2026-10-01", "Oktober1926x", "11月", "éé"] {
            assert!(!names.in_english(text, false).iter().any(|text| text.contains("Jan")), "{text}");
        }
    }

    #[test]
    fn the_common_languages_contradict_one_another_in_five_names() {
        let mut several: Vec<&str> =
            COMMON.iter().filter(|(_, months)| months.len() > 1).map(|(name, _)| name.as_str()).collect();
        several.sort_unstable();
        assert_eq!(several, ["lip", "lis", "listopad", "listopada", "srp"]);
    }
}
