//! The inverted index and its ranking.
//!
//! Organic documents are ranked by BM25F, the variant of BM25 for documents with several fields (Robertson and Zaragoza,
//! "The Probabilistic Relevance Framework: BM25 and Beyond", 2009, section 3.6). Sponsored documents are not ranked by text:
//! they match if the query contains a keyword that they bid on.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound;

use crate::demo::tokenizer::tokenize;

/// BM25's term frequency saturation. The low end of the usual range of 1.2 to 2: in short texts, a second occurrence of a
/// term adds little.
const K1: f64 = 1.2;

/// The fields of a document: title, terms and snippet, as in [`DemoDocument::fields`].
///
/// Titles have the highest weight because most queries name their subject. Terms have a higher weight than snippets because
/// a snippet names other places too ("borders Austria"). `b` is high for titles, so that "Guinea" ranks before "Equatorial
/// Guinea", and low for terms and snippets, whose lengths are arbitrary.
const FIELDS: [FieldWeight; 3] =
    [FieldWeight { weight: 8.0, b: 0.75 }, FieldWeight { weight: 3.0, b: 0.3 }, FieldWeight { weight: 1.0, b: 0.3 }];

/// The weight of a prefix match. Longer terms are rarer and have a higher score; with less than half the weight, a document
/// with the exact term (Niger) still ranks before one with a longer term (Nigeria).
const PREFIX_WEIGHT: f64 = 0.4;

/// The weight of a fuzzy match: less than 1, so that correctly spelled terms decide.
const FUZZY_WEIGHT: f64 = 0.5;

/// Minimum length of a term for fuzzy matching. One edit turns a shorter term into another one too often (Mali, Bali).
const MIN_FUZZY_CHARS: usize = 5;

/// Maximum number of query terms, which limits the work per request. Further terms are ignored.
const MAX_QUERY_TERMS: usize = 32;

/// Maximum number of sponsored results, as on common results pages.
const MAX_SPONSORED: usize = 3;

/// BM25F parameters of a field.
struct FieldWeight {
    /// The weight of an occurrence in this field.
    weight: f64,
    /// The strength of length normalization, from 0 (none) to 1 (full).
    b: f64,
}

/// A search result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hit<'a> {
    /// Plain text.
    pub title: &'a str,
    /// An absolute HTTPS URL.
    pub url: &'a str,
    /// One to three sentences of plain text, at most 300 bytes.
    pub snippet: &'a str,
    /// True if an advertiser pays for it.
    pub sponsored: bool,
}

/// A row of the data set.
struct DemoDocument {
    hit: Hit<'static>,
    /// Additional search terms. For a sponsored document, the keywords that it bids on.
    terms: &'static str,
}

impl DemoDocument {
    /// Parses a line of five tab-separated columns: title, url, snippet, terms and sponsored (`0` or `1`).
    fn parse(line: &'static str) -> Option<Self> {
        let mut columns = line.split('\t');
        let (title, url, snippet) = (columns.next()?, columns.next()?, columns.next()?);
        let terms = columns.next()?;
        let sponsored = columns.next()? == "1";
        let hit = Hit { title, url, snippet, sponsored };
        columns.next().is_none().then_some(Self { hit, terms })
    }

    /// The tokens of each of [`FIELDS`].
    fn fields(&self) -> [Vec<String>; 3] {
        [self.hit.title, self.terms, self.hit.snippet].map(tokenize)
    }
}

/// An organic document that contains a term.
struct Posting {
    /// Index among the organic documents.
    document: usize,
    /// The pseudo-frequency of BM25F: occurrences in all fields, weighted and normalized by length.
    frequency: f64,
}

/// A search engine over a fixed data set, in memory.
pub struct DemoEngine {
    organic: Vec<DemoDocument>,
    sponsored: Vec<DemoDocument>,
    /// The inverted index: postings by term. Ordered, so that all terms with a prefix are adjacent.
    postings: BTreeMap<String, Vec<Posting>>,
    /// The indexes of sponsored documents by the keywords that they bid on.
    keywords: HashMap<String, BTreeSet<usize>>,
}

impl DemoEngine {
    /// The number of documents, including sponsored ones.
    #[must_use]
    pub fn document_count(&self) -> usize {
        self.organic.len() + self.sponsored.len()
    }

    /// Indexes `data`: tab-separated lines with the columns title, url, snippet, terms and sponsored, after one header line.
    /// Malformed lines are skipped.
    #[must_use]
    pub fn new(data: &'static str) -> Self {
        let (sponsored, organic): (Vec<_>, Vec<_>) =
            data.lines().skip(1).filter_map(DemoDocument::parse).partition(|document| document.hit.sponsored);
        let mut keywords: HashMap<String, BTreeSet<usize>> = HashMap::new();
        for (index, document) in sponsored.iter().enumerate() {
            for keyword in tokenize(document.terms) {
                keywords.entry(keyword).or_default().insert(index);
            }
        }
        let postings = build_index(&organic);
        Self { organic, sponsored, postings, keywords }
    }

    /// The best `count` results for `query`: at most three sponsored ones, then organic ones by descending score. Ties are in
    /// the order of the data set, so results are deterministic.
    #[must_use]
    pub fn search(&self, query: &str, count: usize) -> Vec<Hit<'_>> {
        let mut terms = tokenize(query);
        terms.truncate(MAX_QUERY_TERMS);
        let mut hits = self.match_sponsored(&terms);
        hits.extend(self.match_organic(&terms));
        hits.truncate(count);
        hits
    }

    /// Sponsored documents that bid on one of `terms`, those with most matches first.
    fn match_sponsored(&self, terms: &[String]) -> Vec<Hit<'_>> {
        let mut match_counts: BTreeMap<usize, usize> = BTreeMap::new();
        for term in terms.iter().collect::<BTreeSet<_>>() {
            for &document in self.keywords.get(term).into_iter().flatten() {
                *match_counts.entry(document).or_default() += 1;
            }
        }
        let mut ranking: Vec<_> = match_counts.into_iter().collect();
        ranking.sort_by_key(|&(document, matches)| (Reverse(matches), document));
        let documents = ranking.iter().filter_map(|&(document, _)| self.sponsored.get(document));
        documents.map(|document| document.hit).take(MAX_SPONSORED).collect()
    }

    /// Organic documents that contain one of `terms`, by descending score.
    fn match_organic(&self, terms: &[String]) -> Vec<Hit<'_>> {
        let mut scores: BTreeMap<usize, f64> = BTreeMap::new();
        let mut seen = BTreeSet::new();
        for (position, term) in terms.iter().enumerate().rev() {
            // From the end: of a repeated term, the last occurrence counts, which may be a prefix.
            if !seen.insert(term) {
                continue;
            }
            for (document, score) in self.term_scores(term, position + 1 == terms.len()) {
                *scores.entry(document).or_default() += score;
            }
        }
        let mut ranking: Vec<_> = scores.into_iter().collect();
        ranking.sort_by(|(a, score_a), (b, score_b)| score_b.total_cmp(score_a).then(a.cmp(b)));
        let documents = ranking.iter().filter_map(|&(document, _)| self.organic.get(document));
        documents.map(|document| document.hit).collect()
    }

    /// The score of each document for one query term. Of several matching index terms only the best counts; otherwise a
    /// document would gain by containing many of them.
    fn term_scores(&self, term: &str, is_last: bool) -> BTreeMap<usize, f64> {
        let mut best: BTreeMap<usize, f64> = BTreeMap::new();
        for (postings, weight) in self.expand(term, is_last) {
            let weighted_idf = weight * self.inverse_document_frequency(postings.len());
            for posting in postings {
                let score = weighted_idf * posting.frequency / (K1 + posting.frequency);
                let best_score = best.entry(posting.document).or_default();
                *best_score = best_score.max(score);
            }
        }
        best
    }

    /// Expands a query term to index terms, each with its weight: the term itself; terms with this prefix if it is the last
    /// one, which the user may still be typing; and if there are none, fuzzy matches.
    fn expand(&self, term: &str, is_last: bool) -> Vec<(&[Posting], f64)> {
        let mut found = Vec::new();
        if let Some(postings) = self.postings.get(term) {
            found.push((postings.as_slice(), 1.0));
        }
        if is_last {
            let from = self.postings.range::<str, _>((Bound::Included(term), Bound::Unbounded));
            let longer = from.take_while(|(indexed, _)| indexed.starts_with(term));
            let longer = longer.filter(|(indexed, _)| *indexed != term);
            found.extend(longer.map(|(_, postings)| (postings.as_slice(), PREFIX_WEIGHT)));
        }
        let chars = term.chars().count();
        if found.is_empty() && chars >= MIN_FUZZY_CHARS {
            let similar = self.postings.iter().filter(|(indexed, _)| {
                // The edit distance is at least the difference in length, which is much cheaper to compute.
                indexed.chars().count().abs_diff(chars) <= 1 && strsim::osa_distance(indexed, term) == 1
            });
            found.extend(similar.map(|(_, postings)| (postings.as_slice(), FUZZY_WEIGHT)));
        }
        found
    }

    /// The inverse document frequency of a term in `document_frequency` documents. `ln(1 + x)` instead of BM25's `ln(x)`
    /// keeps the IDF of a term in most documents above zero.
    fn inverse_document_frequency(&self, document_frequency: usize) -> f64 {
        let (all, containing) = (self.organic.len() as f64, document_frequency as f64);
        ((all - containing + 0.5) / (containing + 0.5)).ln_1p()
    }
}

/// Builds the inverted index with the pseudo-frequencies of BM25F.
fn build_index(documents: &[DemoDocument]) -> BTreeMap<String, Vec<Posting>> {
    let texts: Vec<_> = documents.iter().map(DemoDocument::fields).collect();
    let mut total_lengths = [0_usize; FIELDS.len()];
    for text in &texts {
        for (total, field) in total_lengths.iter_mut().zip(text) {
            *total += field.len();
        }
    }
    // At least 1: no documents or an empty column must not divide by zero.
    let mean_lengths = total_lengths.map(|total| total.max(1) as f64 / texts.len().max(1) as f64);
    let mut index: BTreeMap<String, Vec<Posting>> = BTreeMap::new();
    for (document, text) in texts.into_iter().enumerate() {
        let mut frequencies: BTreeMap<String, f64> = BTreeMap::new();
        for ((field, mean_length), tokens) in FIELDS.iter().zip(mean_lengths).zip(text) {
            let relative_length = tokens.len() as f64 / mean_length;
            let per_occurrence = field.weight / (1.0 - field.b + field.b * relative_length);
            for token in tokens {
                *frequencies.entry(token).or_default() += per_occurrence;
            }
        }
        for (term, frequency) in frequencies {
            index.entry(term).or_default().push(Posting { document, frequency });
        }
    }
    index
}

#[cfg(test)]
mod tests;
