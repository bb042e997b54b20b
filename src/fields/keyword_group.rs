//! Keyword groups: the configured lists of terms (`[[keyword_group]]`), and the group in which a keyword is counted.
//!
//! A count of searches per group is the only use of keywords here. The group is not one of the six fields, and no partner
//! receives it.
//!
//! A term matches whole words: it must begin and end at word boundaries (UAX #29). "car" matches "used car" and
//! "car-sharing", but not "cart" or "car's". Chinese, kanji, hiragana and Thai have a boundary at each character, so terms
//! match within running text. Katakana and Korean words are separated like Latin ones, so a Korean word with a particle is a
//! different term. Terms and keywords are normalized ([`super::keyword`]) and compared without case (`case.rs`); marks,
//! hyphens and word order are significant.

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

use crate::fields::keyword::normalization::normalize;
use crate::fields::keyword::{Keyword, MAX_KEYWORD_BYTES};
use crate::fields::keyword_group::case::fold_case;
use crate::fields::pii::PiiKind;
use crate::name::ConfigName;

/// Maximum number of groups. Each is counted per day and partner, and a reader compares them.
pub const MAX_GROUPS: usize = 64;

/// Maximum number of terms in a group: more than anyone maintains by hand, so that a wrong file is noticed.
pub const MAX_TERMS_PER_GROUP: usize = 10_000;

/// Maximum bytes of all terms, normalized and case-folded. The automaton takes 9 to 12 times as much memory (at most 50 MB).
/// Building it temporarily takes four times that, and about two seconds.
pub const MAX_TERMS_BYTES: usize = 4 << 20;

/// The name under which reports combine values that are too rare to show. No group may use it.
pub const OTHER: &str = "other";

/// The configured groups. By default there are none.
#[derive(Clone, Default)]
pub struct KeywordGroups(Option<Arc<TermTable>>);

struct TermTable {
    groups: Vec<Group>,
    /// Matches all terms. Pattern IDs are ascending across the groups.
    automaton: AhoCorasick,
}

struct Group {
    name: ConfigName,
    /// The pattern ID after that of its last term.
    end: usize,
}

/// An invalid group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeywordGroupError {
    /// The index of the group.
    pub group: usize,
    /// Why it is invalid.
    pub kind: KeywordGroupErrorKind,
}

/// Why a group is invalid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeywordGroupErrorKind {
    /// There are more groups than [`MAX_GROUPS`].
    TooManyGroups,
    /// Its name is [`OTHER`].
    ReservedName,
    /// An earlier group has the same name or fingerprint.
    DuplicateName,
    /// It has no terms.
    NoTerms,
    /// It has more terms than [`MAX_TERMS_PER_GROUP`].
    TooManyTerms,
    /// All terms up to this group have more bytes than [`MAX_TERMS_BYTES`].
    TooLarge,
    /// The term with this index is invalid.
    Term(usize, TermError),
}

/// Why a term is invalid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TermError {
    /// Normalization leaves nothing visible.
    Empty,
    /// It is longer than [`MAX_KEYWORD_BYTES`].
    TooLong,
    /// After normalization and case folding it equals an earlier term.
    Duplicate {
        /// The index of the earlier term's group.
        group: usize,
        /// The index of the earlier term in that group.
        term: usize,
    },
}

impl KeywordGroups {
    /// Validates groups and their terms, in order of precedence.
    ///
    /// # Errors
    /// All errors, in the order of groups and terms. Groups and terms beyond a maximum are not examined.
    pub fn new(groups: Vec<(ConfigName, Vec<String>)>) -> Result<Self, Vec<KeywordGroupError>> {
        let mut errors = Vec::new();
        let mut valid: Vec<Group> = Vec::new();
        let mut all = GroupTerms::default();
        for (group, (name, terms)) in groups.into_iter().enumerate() {
            let mut error = |kind| errors.push(KeywordGroupError { group, kind });
            if group >= MAX_GROUPS {
                error(KeywordGroupErrorKind::TooManyGroups);
                break;
            }
            if name.as_str() == OTHER {
                error(KeywordGroupErrorKind::ReservedName);
            }
            if valid.iter().any(|earlier| earlier.name.fingerprint() == name.fingerprint()) {
                error(KeywordGroupErrorKind::DuplicateName);
            }
            if terms.is_empty() {
                error(KeywordGroupErrorKind::NoTerms);
            }
            if terms.len() > MAX_TERMS_PER_GROUP {
                error(KeywordGroupErrorKind::TooManyTerms);
            }
            for (at, term) in terms.iter().enumerate().take(MAX_TERMS_PER_GROUP) {
                if let Err(kind) = all.add(term, (group, at)) {
                    error(KeywordGroupErrorKind::Term(at, kind));
                }
            }
            if all.bytes > MAX_TERMS_BYTES {
                error(KeywordGroupErrorKind::TooLarge);
                break;
            }
            valid.push(Group { name, end: all.patterns.len() });
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        let Some(last) = valid.len().checked_sub(1) else { return Ok(Self::default()) };
        let automaton = all
            .automaton()
            .ok_or_else(|| vec![KeywordGroupError { group: last, kind: KeywordGroupErrorKind::TooLarge }])?;
        Ok(Self(Some(Arc::new(TermTable { groups: valid, automaton }))))
    }

    /// The group in which a keyword is counted: the first configured one with a term in the keyword.
    #[must_use]
    pub fn find(&self, keyword: &Keyword) -> Option<&ConfigName> {
        let table = self.0.as_ref()?;
        table.find(&fold_case(keyword.expose_to_keyword_groups()))
    }

    /// The names of all groups, in configuration order.
    pub fn iter(&self) -> impl Iterator<Item = &ConfigName> {
        self.groups().map(|group| &group.name)
    }

    fn groups(&self) -> impl Iterator<Item = &Group> {
        self.0.iter().flat_map(|table| &table.groups)
    }
}

/// Prints names and the number of terms. A list of terms is long, and may be confidential.
impl fmt::Debug for KeywordGroups {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let terms = self.groups().last().map_or(0, |group| group.end);
        f.debug_struct("KeywordGroups").field("names", &self.iter().collect::<Vec<_>>()).field("terms", &terms).finish()
    }
}

impl TermTable {
    /// The first group with a term in this case-folded text.
    fn find(&self, text: &str) -> Option<&ConfigName> {
        let mut first = None;
        let mut boundaries: Option<Vec<usize>> = None;
        // All overlapping matches: a longer term must not hide one of an earlier group.
        for found in self.automaton.try_find_overlapping_iter(text).ok()? {
            let (term, range) = (found.pattern().as_usize(), found.range());
            if first.is_some_and(|first| first < term) || is_placeholder(text, &range) {
                continue;
            }
            let boundaries = boundaries.get_or_insert_with(|| word_boundaries(text));
            if [range.start, range.end].iter().all(|at| boundaries.binary_search(at).is_ok()) {
                first = Some(term);
            }
        }
        let first = first?;
        self.groups.iter().find(|group| first < group.end).map(|group| &group.name)
    }
}

/// The byte offsets of all word boundaries (UAX #29), ascending.
fn word_boundaries(text: &str) -> Vec<usize> {
    text.split_word_bound_indices().map(|(at, _)| at).chain([text.len()]).collect()
}

/// True if the range is the word inside a placeholder: "phone" in "[phone]" replaces a number, and nobody searched for phones.
fn is_placeholder(text: &str, range: &Range<usize>) -> bool {
    let bracketed = range.start.checked_sub(1).and_then(|start| text.get(start..=range.end));
    bracketed.is_some_and(|bracketed| PiiKind::VARIANTS.iter().any(|kind| kind.placeholder() == bracketed))
}

/// Collects the terms of all groups.
#[derive(Default)]
struct GroupTerms {
    /// Normalized and case-folded, in the order of the groups.
    patterns: Vec<String>,
    /// The indexes of group and term by pattern.
    origins: HashMap<String, (usize, usize)>,
    /// The bytes of all patterns.
    bytes: usize,
}

impl GroupTerms {
    fn add(&mut self, term: &str, origin: (usize, usize)) -> Result<(), TermError> {
        let term = normalize(term);
        if term.is_empty() {
            return Err(TermError::Empty);
        }
        if term.len() > MAX_KEYWORD_BYTES {
            return Err(TermError::TooLong);
        }
        let term = fold_case(&term).into_owned();
        if let Some(&(group, term)) = self.origins.get(&term) {
            return Err(TermError::Duplicate { group, term });
        }
        self.bytes += term.len();
        self.patterns.push(term.clone());
        self.origins.insert(term, origin);
        Ok(())
    }

    fn automaton(self) -> Option<AhoCorasick> {
        let Self { patterns, origins, .. } = self;
        drop(origins);
        // A third of the size of the other kinds, and as fast on short texts.
        AhoCorasick::builder().kind(Some(AhoCorasickKind::ContiguousNFA)).build(patterns).ok()
    }
}
