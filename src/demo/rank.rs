//! The inverted index of the demo partner and its ranking.
//!
//! Organic entries are ranked by BM25F, the form of BM25 for documents with
//! several fields (Robertson and Zaragoza, "The Probabilistic Relevance
//! Framework: BM25 and Beyond", 2009, section 3.6). Sponsored entries are not
//! ranked by text: they show when a keyword they bid on is in the query.

use crate::demo::words::words;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound;

/// How slowly further occurrences of a word stop counting. The low end of the
/// usual range of 1.2 to 2: in texts this short a second occurrence says
/// little that the first did not.
const K1: f64 = 1.2;

/// The fields of an entry: title, terms and snippet, as in [`DemoEntry::fields`].
///
/// Titles count most because most queries name the thing they look for, and
/// terms more than snippets because a snippet names other places too
/// ("borders Austria"). `b`, how far a long field is held against its entry,
/// is high for titles ("Guinea" before "Equatorial Guinea"), and low for terms
/// and snippets, whose lengths depend on how much was written down.
const FIELDS: [FieldWeight; 3] =
    [FieldWeight { weight: 8.0, b: 0.75 }, FieldWeight { weight: 3.0, b: 0.3 }, FieldWeight { weight: 1.0, b: 0.3 }];

/// What a completed word counts against a full one. Longer words are rarer and
/// so score higher; at less than half of that, an entry with the word itself
/// (Niger) stays before one with a longer word (Nigeria).
const PREFIX_FACTOR: f64 = 0.4;

/// What a corrected word counts against a correctly written one: less than in
/// full, so that the words the user did spell right decide.
const TYPO_FACTOR: f64 = 0.5;

/// Fewest letters of a word for a typo to be corrected; in shorter words one
/// edit makes another word too often (Mali, Bali).
const TYPO_LETTERS: usize = 5;

/// Most words of a query that are looked up. It bounds the work one request
/// can cause; no sensible query is longer.
const MAX_QUERY_WORDS: usize = 32;

/// Most sponsored entries in one answer, as on common result pages.
const MAX_SPONSORED: usize = 3;

/// Weight and length normalisation of one field.
struct FieldWeight {
    /// Multiplies the occurrences of a word in the field; unitless.
    weight: f64,
    /// From 0, length is ignored, to 1, fully normalised.
    b: f64,
}

/// One result of a search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hit<'a> {
    /// Headline of the result, plain text.
    pub title: &'a str,
    /// Absolute https address the result leads to.
    pub url: &'a str,
    /// One to three sentences of plain text, at most 300 bytes.
    pub snippet: &'a str,
    /// Whether an advertiser pays for it.
    pub sponsored: bool,
}

/// One row of the data set.
struct DemoEntry {
    hit: Hit<'static>,
    /// Extra search words, or for sponsored entries the keywords bid on.
    terms: &'static str,
}

impl DemoEntry {
    /// Reads a line of five tab-separated columns: title, url, snippet, terms
    /// and sponsored (`0` or `1`).
    fn parse(line: &'static str) -> Option<Self> {
        let mut columns = line.split('\t');
        let (title, url, snippet) = (columns.next()?, columns.next()?, columns.next()?);
        let terms = columns.next()?;
        let sponsored = columns.next()? == "1";
        let hit = Hit { title, url, snippet, sponsored };
        columns.next().is_none().then_some(Self { hit, terms })
    }

    /// The words of each of [`FIELDS`].
    fn fields(&self) -> [Vec<String>; 3] {
        [self.hit.title, self.terms, self.hit.snippet].map(words)
    }
}

/// One organic entry that has a word.
struct Posting {
    /// Index among the organic entries.
    entry: usize,
    /// Occurrences over all fields, weighted and normalised by length; the
    /// pseudo-frequency of BM25F.
    frequency: f64,
}

/// A search engine over a fixed data set, held in memory.
pub struct Engine {
    organic: Vec<DemoEntry>,
    sponsored: Vec<DemoEntry>,
    /// Words to entries; ordered, so that all words of a prefix are adjacent.
    postings: BTreeMap<String, Vec<Posting>>,
    /// Keywords to indices of the sponsored entries that bid on them.
    keywords: HashMap<String, BTreeSet<usize>>,
}

impl Engine {
    /// How many entries it knows, sponsored ones included.
    #[must_use]
    pub fn entries(&self) -> usize {
        self.organic.len() + self.sponsored.len()
    }

    /// Indexes `data`: tab-separated lines with the columns title, url,
    /// snippet, terms and sponsored, after one header line. A line of another
    /// shape is left out.
    #[must_use]
    pub fn new(data: &'static str) -> Self {
        let (sponsored, organic): (Vec<_>, Vec<_>) =
            data.lines().skip(1).filter_map(DemoEntry::parse).partition(|entry| entry.hit.sponsored);
        let mut keywords: HashMap<String, BTreeSet<usize>> = HashMap::new();
        for (index, entry) in sponsored.iter().enumerate() {
            for keyword in words(entry.terms) {
                keywords.entry(keyword).or_default().insert(index);
            }
        }
        let postings = index(&organic);
        Self { organic, sponsored, postings, keywords }
    }

    /// The best `count` results for `query`, best first: at most three
    /// sponsored ones, then the organic ones by score. Equal scores keep the
    /// order of the data set, so that the same query always gives the same
    /// answer.
    #[must_use]
    pub fn search(&self, query: &str, count: usize) -> Vec<Hit<'_>> {
        let mut asked = words(query);
        asked.truncate(MAX_QUERY_WORDS);
        let mut hits = self.matching_sponsored(&asked);
        hits.extend(self.matching_organic(&asked));
        hits.truncate(count);
        hits
    }

    /// Sponsored entries with a keyword among `asked`, most keywords first.
    fn matching_sponsored(&self, asked: &[String]) -> Vec<Hit<'_>> {
        let mut matched: BTreeMap<usize, usize> = BTreeMap::new();
        for word in asked.iter().collect::<BTreeSet<_>>() {
            for &entry in self.keywords.get(word).into_iter().flatten() {
                *matched.entry(entry).or_default() += 1;
            }
        }
        let mut order: Vec<_> = matched.into_iter().collect();
        order.sort_by_key(|&(entry, keywords)| (std::cmp::Reverse(keywords), entry));
        let entries = order.iter().filter_map(|&(entry, _)| self.sponsored.get(entry));
        entries.map(|entry| entry.hit).take(MAX_SPONSORED).collect()
    }

    /// All organic entries with one of the words `asked`, best first.
    fn matching_organic(&self, asked: &[String]) -> Vec<Hit<'_>> {
        let mut totals: BTreeMap<usize, f64> = BTreeMap::new();
        let mut seen = BTreeSet::new();
        for (position, word) in asked.iter().enumerate().rev() {
            // From the end, so that of a repeated word the last one, which may
            // be a prefix, is the one that counts.
            if !seen.insert(word) {
                continue;
            }
            for (entry, score) in self.scores(word, position + 1 == asked.len()) {
                *totals.entry(entry).or_default() += score;
            }
        }
        let mut order: Vec<_> = totals.into_iter().collect();
        order.sort_by(|(entry, score), (other, rival)| rival.total_cmp(score).then(entry.cmp(other)));
        let entries = order.iter().filter_map(|&(entry, _)| self.organic.get(entry));
        entries.map(|entry| entry.hit).collect()
    }

    /// The score of each entry for one word of the query. Of several spellings
    /// only the best counts, or an entry would gain by having many of them.
    fn scores(&self, word: &str, last: bool) -> BTreeMap<usize, f64> {
        let mut best: BTreeMap<usize, f64> = BTreeMap::new();
        for (postings, factor) in self.spellings(word, last) {
            let rarity = factor * self.inverse_document_frequency(postings.len());
            for posting in postings {
                let score = rarity * posting.frequency / (K1 + posting.frequency);
                let entry = best.entry(posting.entry).or_default();
                *entry = entry.max(score);
            }
        }
        best
    }

    /// The indexed words that `word` may stand for, each with the factor it
    /// counts by: itself, its completions when it is the `last` word, which
    /// the user may still be typing, and failing both its corrections.
    fn spellings(&self, word: &str, last: bool) -> Vec<(&[Posting], f64)> {
        let mut found = Vec::new();
        if let Some(postings) = self.postings.get(word) {
            found.push((postings.as_slice(), 1.0));
        }
        if last {
            let from = self.postings.range::<str, _>((Bound::Included(word), Bound::Unbounded));
            let longer = from.take_while(|(known, _)| known.starts_with(word));
            let longer = longer.filter(|(known, _)| *known != word);
            found.extend(longer.map(|(_, postings)| (postings.as_slice(), PREFIX_FACTOR)));
        }
        let letters = word.chars().count();
        if found.is_empty() && letters >= TYPO_LETTERS {
            let near = self.postings.iter().filter(|(known, _)| {
                // The distance is at least the difference in length, which is
                // far cheaper to tell.
                known.chars().count().abs_diff(letters) <= 1 && strsim::osa_distance(known, word) == 1
            });
            found.extend(near.map(|(_, postings)| (postings.as_slice(), TYPO_FACTOR)));
        }
        found
    }

    /// How much a word in `entries` entries tells. One is added under the
    /// logarithm so that a word in most entries cannot count against them.
    fn inverse_document_frequency(&self, entries: usize) -> f64 {
        let (all, with) = (self.organic.len() as f64, entries as f64);
        ((all - with + 0.5) / (with + 0.5)).ln_1p()
    }
}

/// The inverted index over `entries`, with the pseudo-frequencies worked out.
fn index(entries: &[DemoEntry]) -> BTreeMap<String, Vec<Posting>> {
    let texts: Vec<_> = entries.iter().map(DemoEntry::fields).collect();
    let mut totals = [0_usize; FIELDS.len()];
    for text in &texts {
        for (total, field) in totals.iter_mut().zip(text) {
            *total += field.len();
        }
    }
    // At least one: no entries, or an empty column, must not divide by zero.
    let means = totals.map(|total| total.max(1) as f64 / texts.len().max(1) as f64);
    let mut index: BTreeMap<String, Vec<Posting>> = BTreeMap::new();
    for (entry, text) in texts.into_iter().enumerate() {
        let mut frequencies: BTreeMap<String, f64> = BTreeMap::new();
        for ((field, mean), words) in FIELDS.iter().zip(means).zip(text) {
            let length = words.len() as f64 / mean;
            let step = field.weight / (1.0 - field.b + field.b * length);
            for word in words {
                *frequencies.entry(word).or_default() += step;
            }
        }
        for (word, frequency) in frequencies {
            index.entry(word).or_default().push(Posting { entry, frequency });
        }
    }
    index
}

#[cfg(test)]
mod tests;
