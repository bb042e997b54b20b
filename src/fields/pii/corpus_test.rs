//! The corpus of search queries: what is found, what is missed, what is found
//! where nothing is.

use strum::VariantArray as _;

use crate::fields::pii::{PiiKind, find, redact};

const CORPUS: &str = include_str!("../../../tests/golden/queries.tsv");

/// Measured when the corpus was written. They may fall, not rise: a change that
/// makes one of them worse has to say which queries it gives up, and why.
///
/// The failures are queries on which doing better would do harm elsewhere: three
/// groups of three and four digits are what people in North America also type as
/// their number; `01234567890` is a CPF with two right check digits; a lower-case
/// sentence ("at … dot", "is") is no form; eight bare digits in pairs are a draw.
/// The last 87 lines were written after the code and are not tuned against.
const MOST_FALSE_POSITIVES: usize = 6;
const MOST_MISSES: usize = 7;
const MOST_WRONG_REDACTIONS: usize = 0;

fn name(kind: PiiKind) -> &'static str {
    kind.placeholder().trim_matches(['[', ']'])
}

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
    fn add(&mut self, expect: &str, query: &str, expected: &str) {
        let found: Vec<&str> = find(query).iter().map(|(kind, _)| name(*kind)).collect();
        let got = redact(query);
        if expect == "-" {
            self.clean += 1;
            if let Some(got) = got {
                self.false_positives.push(format!("{query} -> {got}"));
            }
            return;
        }
        self.personal += 1;
        for (kind, count) in PiiKind::VARIANTS.iter().zip(&mut self.kinds) {
            *count += expect.split(',').filter(|expect| *expect == name(*kind)).count();
        }
        match got {
            None => self.misses.push(query.to_owned()),
            Some(got) if got != expected || found.join(",") != expect => {
                self.wrong.push(format!("{query} -> {got}"));
            }
            Some(_) => {}
        }
    }

    fn print(&self) {
        println!("{} queries without, {} with personal data", self.clean, self.personal);
        for (kind, count) in PiiKind::VARIANTS.iter().zip(self.kinds) {
            println!("{:>9} {count}", name(*kind));
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

#[test]
fn the_corpus_gets_no_worse() {
    let mut tally = CorpusResult::default();
    for line in CORPUS.lines().skip(1) {
        let mut columns = line.split('\t');
        let (Some(expect), Some(query), Some(expected), None) =
            (columns.next(), columns.next(), columns.next(), columns.next())
        else {
            unreachable!("every line has three columns");
        };
        tally.add(expect, query, expected);
    }
    tally.print();
    assert!(tally.clean + tally.personal >= 420);
    assert!(tally.false_positives.len() <= MOST_FALSE_POSITIVES);
    assert!(tally.misses.len() <= MOST_MISSES);
    assert_eq!(tally.wrong.len(), MOST_WRONG_REDACTIONS);
}
