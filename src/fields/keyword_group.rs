//! Keyword groups: the operator's lists of terms (`[[keyword_group]]`), and which of them a keyword is counted in. A
//! count of searches by group is all that is made of keywords here; the group is no field, and no partner is told.
//!
//! A term is found as whole words: it begins and ends where a word does by UAX #29, so "car" is in "used car" and in
//! "car-sharing", and neither in "cart" nor in "car's". Chinese, Japanese kanji and hiragana, and Thai have such a place
//! at each character, so that their terms are found within running text; katakana and Korean words are whole as Latin
//! ones are, so a Korean word with a particle is a term of its own. Terms and keywords have one normal form
//! ([`super::keyword`]) and no case (`case`); marks, hyphens and order of words count.

mod case;

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use strum::VariantArray as _;
use unicode_segmentation::UnicodeSegmentation as _;

use crate::fields::keyword::{KEYWORD_BYTES, Keyword, normalise};
use crate::fields::pii;
use crate::name::ConfigName;

/// The most groups: each is counted by day and partner, and a reader compares them with one another.
pub const GROUPS: usize = 64;

/// The most terms of one group: more than anyone keeps in order by hand, so that a wrong file is noticed.
pub const GROUP_TERMS: usize = 10_000;

/// The most bytes of all terms together, in normal form and without case. The automaton takes 9 to 12 times as many
/// (50 MB at most); four times that, and some two seconds, while it is built.
pub const TERMS_BYTES: usize = 4 << 20;

/// The name that reports give to all values that are not shown by themselves; no group may take it.
pub const OTHER: &str = "other";

/// The groups of a configuration; by default there are none.
#[derive(Clone, Default)]
pub struct KeywordGroups(Option<Arc<TermTable>>);

struct TermTable {
    groups: Vec<Group>,
    /// Finds every term; their numbers run through the groups in order.
    automaton: AhoCorasick,
}

struct Group {
    name: ConfigName,
    fingerprint: u32,
    /// The number after that of its last term.
    end: usize,
}

/// A mistake in the groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadGroup {
    /// The group's place.
    pub group: usize,
    /// What is wrong with it.
    pub what: Wrong,
}

/// What may be wrong with a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrong {
    /// It is one more than [`GROUPS`].
    TooMany,
    /// It has the name [`OTHER`].
    Other,
    /// A group before it has its name, or one with the same fingerprint.
    Taken,
    /// It has no term and would count nothing.
    Empty,
    /// It has more terms than [`GROUP_TERMS`].
    TooManyTerms,
    /// With it all terms have more bytes than [`TERMS_BYTES`].
    TooLarge,
    /// The term at this place is wrong.
    Term(usize, BadTerm),
}

/// What may be wrong with a term.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadTerm {
    /// Nothing visible is left of it in normal form.
    Empty,
    /// It is longer than the longest keyword, [`KEYWORD_BYTES`].
    TooLong,
    /// It is the same, but for case and form, as one before it.
    Twice {
        /// The other one's group.
        group: usize,
        /// Its place in that group.
        term: usize,
    },
}

impl KeywordGroups {
    /// The groups with their terms, in the order in which they are looked for.
    ///
    /// # Errors
    /// Every mistake, in the order of the groups and their terms. What comes after one group or one term too many is
    /// not looked at.
    pub fn new(groups: Vec<(ConfigName, Vec<String>)>) -> Result<Self, Vec<BadGroup>> {
        let mut mistakes = Vec::new();
        let mut known: Vec<Group> = Vec::new();
        let mut all = GroupTerms::default();
        for (group, (name, terms)) in groups.into_iter().enumerate() {
            let mut wrong = |what| mistakes.push(BadGroup { group, what });
            if group >= GROUPS {
                wrong(Wrong::TooMany);
                break;
            }
            let fingerprint = name.fingerprint();
            if name.as_str() == OTHER {
                wrong(Wrong::Other);
            }
            if known.iter().any(|before| before.fingerprint == fingerprint) {
                wrong(Wrong::Taken);
            }
            if terms.is_empty() {
                wrong(Wrong::Empty);
            }
            if terms.len() > GROUP_TERMS {
                wrong(Wrong::TooManyTerms);
            }
            for (at, term) in terms.iter().enumerate().take(GROUP_TERMS) {
                if let Err(what) = all.add(term, (group, at)) {
                    wrong(Wrong::Term(at, what));
                }
            }
            if all.bytes > TERMS_BYTES {
                wrong(Wrong::TooLarge);
                break;
            }
            known.push(Group { name, fingerprint, end: all.patterns.len() });
        }
        if !mistakes.is_empty() {
            return Err(mistakes);
        }
        let Some(last) = known.len().checked_sub(1) else { return Ok(Self::default()) };
        let automaton = all.automaton().ok_or_else(|| vec![BadGroup { group: last, what: Wrong::TooLarge }])?;
        Ok(Self(Some(Arc::new(TermTable { groups: known, automaton }))))
    }

    /// The group that a keyword is counted in: the first, in the order of the configuration, that has a term in it.
    /// Without groups this costs nothing.
    #[must_use]
    pub fn find(&self, keyword: &Keyword) -> Option<&ConfigName> {
        let table = self.0.as_ref()?;
        table.find(&case::fold(keyword.expose_to_groups()))
    }

    /// The group whose name has this fingerprint.
    #[must_use]
    pub fn name_of(&self, fingerprint: u32) -> Option<&ConfigName> {
        self.groups().find(|group| group.fingerprint == fingerprint).map(|group| &group.name)
    }

    /// Every group, in the order of the configuration.
    pub fn iter(&self) -> impl Iterator<Item = &ConfigName> {
        self.groups().map(|group| &group.name)
    }

    fn groups(&self) -> impl Iterator<Item = &Group> {
        self.0.iter().flat_map(|table| &table.groups)
    }
}

/// Names and a number: a list of terms is long, and may be something that an operator keeps to himself.
impl fmt::Debug for KeywordGroups {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let terms = self.groups().last().map_or(0, |group| group.end);
        f.debug_struct("KeywordGroups").field("names", &self.iter().collect::<Vec<_>>()).field("terms", &terms).finish()
    }
}

impl TermTable {
    /// The first group with a term in this text, which has no case.
    fn find(&self, text: &str) -> Option<&ConfigName> {
        let mut first = None;
        let mut borders: Option<Vec<usize>> = None;
        // All terms that overlap: a longer one must not hide the one of an earlier group.
        for found in self.automaton.try_find_overlapping_iter(text).ok()? {
            let (term, place) = (found.pattern().as_usize(), found.range());
            if first.is_some_and(|first| first < term) || is_placeholder(text, &place) {
                continue;
            }
            let borders = borders.get_or_insert_with(|| borders_of_words(text));
            if [place.start, place.end].iter().all(|at| borders.binary_search(at).is_ok()) {
                first = Some(term);
            }
        }
        let first = first?;
        self.groups.iter().find(|group| first < group.end).map(|group| &group.name)
    }
}

/// Where words begin and end, in bytes, in ascending order.
fn borders_of_words(text: &str) -> Vec<usize> {
    text.split_word_bound_indices().map(|(at, _)| at).chain([text.len()]).collect()
}

/// Whether this is the word of a placeholder: "phone" in "[phone]" is what we wrote in the place of a number, and
/// nobody has searched for phones.
fn is_placeholder(text: &str, place: &Range<usize>) -> bool {
    let around = place.start.checked_sub(1).and_then(|start| text.get(start..=place.end));
    around.is_some_and(|around| pii::PiiKind::VARIANTS.iter().any(|kind| kind.placeholder() == around))
}

/// The terms of all groups, as they are read.
#[derive(Default)]
struct GroupTerms {
    /// As they are looked for, in the order of the groups.
    patterns: Vec<String>,
    /// Group and place of each.
    places: HashMap<String, (usize, usize)>,
    bytes: usize,
}

impl GroupTerms {
    fn add(&mut self, term: &str, place: (usize, usize)) -> Result<(), BadTerm> {
        let term = normalise(term);
        if term.is_empty() {
            return Err(BadTerm::Empty);
        }
        if term.len() > KEYWORD_BYTES {
            return Err(BadTerm::TooLong);
        }
        let term = case::fold(&term).into_owned();
        if let Some(&(group, term)) = self.places.get(&term) {
            return Err(BadTerm::Twice { group, term });
        }
        self.bytes += term.len();
        self.patterns.push(term.clone());
        self.places.insert(term, place);
        Ok(())
    }

    fn automaton(self) -> Option<AhoCorasick> {
        let Self { patterns, places, .. } = self;
        drop(places);
        // A third of the size of the others, and no slower on texts as short as keywords.
        AhoCorasick::builder().kind(Some(AhoCorasickKind::ContiguousNFA)).build(patterns).ok()
    }
}
