//! Detection figures on a corpus of search queries: misses, false positives and wrong redactions.

use strum::VariantArray as _;

use crate::fields::pii::coverage::{Figures, PUBLISHED};
use crate::fields::pii::{PiiKind, find, redact};

const TUNED: &str = include_str!("../../../tests/golden/queries.tsv");

/// Queries in 30 languages that were written before the detectors of announced numbers, from public descriptions of number
/// formats. No detector was tuned to them.
const HELD_OUT: &str = include_str!("../../../tests/golden/queries-held-out.tsv");

/// Minimum number of queries in both parts.
const MIN_QUERIES: usize = 2_000;

#[derive(Debug, Default)]
struct CorpusResult {
    clean: usize,
    personal: usize,
    kinds: [usize; PiiKind::VARIANTS.len()],
    false_positives: Vec<String>,
    misses: Vec<String>,
    wrong: Vec<String>,
}

impl CorpusResult {
    fn add(&mut self, kinds: &str, query: &str, expected: &str) {
        let found: Vec<&str> = find(query).iter().map(|(kind, _)| kind.name()).collect();
        let redacted = redact(query);
        if kinds == "-" {
            self.clean += 1;
            if let Some(redacted) = redacted {
                self.false_positives.push(format!("{query} -> {redacted}"));
            }
            return;
        }
        self.personal += 1;
        for (kind, count) in PiiKind::VARIANTS.iter().zip(&mut self.kinds) {
            *count += kinds.split(',').filter(|expected| *expected == kind.name()).count();
        }
        match redacted {
            None => self.misses.push(query.to_owned()),
            Some(redacted) if redacted != expected || found.join(",") != kinds => {
                self.wrong.push(format!("{query} -> {redacted}"));
            }
            Some(_) => {}
        }
    }

    fn print(&self) {
        println!("{} queries without, {} with personal data", self.clean, self.personal);
        for (kind, count) in PiiKind::VARIANTS.iter().zip(self.kinds) {
            println!("{:>9} {count}", kind.name());
        }
        let lists =
            [("false positives", &self.false_positives), ("misses", &self.misses), ("wrong redactions", &self.wrong)];
        for (title, list) in lists {
            println!("{} {title}", list.len());
            for line in list {
                println!("    {line}");
            }
        }
    }
}

fn measure(title: &str, corpus: &str) -> CorpusResult {
    let mut result = CorpusResult::default();
    for line in corpus.lines().skip(1) {
        let mut columns = line.split('\t');
        let (Some(kinds), Some(query), Some(expected), None) =
            (columns.next(), columns.next(), columns.next(), columns.next())
        else {
            unreachable!("every line has three columns");
        };
        result.add(kinds, query, expected);
    }
    println!("{title}");
    result.print();
    result
}

#[test]
fn figures_of_the_corpus_are_the_published_ones() {
    let mut queries = 0;
    for (published, corpus) in PUBLISHED.iter().zip([TUNED, HELD_OUT]) {
        let result = measure(published.part, corpus);
        queries += result.clean + result.personal;
        let measured = Figures {
            part: published.part,
            without_personal_data: result.clean,
            taken_wrongly: result.false_positives.len(),
            with_personal_data: result.personal,
            missed: result.misses.len(),
            wrong_kind_or_extent: result.wrong.len(),
        };
        assert_eq!(measured, *published, "update coverage.rs and docs/personal-data.md, unless the figures are worse");
    }
    assert!(queries >= MIN_QUERIES, "{queries}");
}
