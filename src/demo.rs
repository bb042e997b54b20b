//! The built-in demo partner: a small but real search engine.
//!
//! It lets the proxy be tried, and tested end to end, without a contract with
//! a search partner and without any traffic leaving the machine. It indexes a
//! bundled data set of countries, territories, rivers, mountains, cities,
//! islands and lakes, ranks them by BM25F and mixes in sponsored entries the
//! way a commercial partner does.
//!
//! Source of the data (`demo/data.tsv`): public facts, written down for this
//! project as of 2026-11; every organic entry links to the English Wikipedia
//! article on its subject, and no text was taken from there. Populations are
//! rounded estimates. All sponsored entries are invented, and their addresses
//! lie under `.example`, which RFC 2606 reserves: no click can reach anybody.

mod rank;
mod serve;
mod words;

use std::sync::LazyLock;

pub use crate::demo::rank::{Engine, Hit};
pub use crate::demo::serve::serve;

/// The bundled data set, one entry a line after a header line.
const DATA: &str = include_str!("demo/data.tsv");

/// The engine over the bundled data set.
///
/// The index is built at the first call, so that a proxy that never serves
/// the demo partner spends neither time nor memory on it.
#[must_use]
pub fn engine() -> &'static Engine {
    static ENGINE: LazyLock<Engine> = LazyLock::new(|| Engine::new(DATA));
    &ENGINE
}

#[cfg(test)]
mod tests {
    use super::DATA;
    use std::collections::HashSet;
    use url::Url;

    /// Longest snippet in bytes: about two lines of a result page.
    const LONGEST_SNIPPET: usize = 300;

    fn rows() -> Vec<Vec<&'static str>> {
        DATA.lines().skip(1).map(|line| line.split('\t').collect()).collect()
    }

    #[test]
    fn the_first_line_is_the_header() {
        assert_eq!(DATA.lines().next(), Some("title\turl\tsnippet\tterms\tsponsored"));
    }

    #[test]
    fn every_row_is_whole() {
        for row in rows() {
            assert_eq!(row.len(), 5, "{row:?}");
            assert!(row.iter().all(|field| !field.trim().is_empty()), "{row:?}");
            assert!(row[2].len() <= LONGEST_SNIPPET, "{row:?}");
            assert!(matches!(row[4], "0" | "1"), "{row:?}");
        }
    }

    #[test]
    fn there_are_enough_rows_of_both_sorts() {
        let (sponsored, organic): (Vec<_>, Vec<_>) = rows().into_iter().partition(|row| row[4] == "1");
        assert!(organic.len() >= 240, "{}", organic.len());
        assert!(sponsored.len() >= 16, "{}", sponsored.len());
    }

    #[test]
    fn organic_entries_link_to_wikipedia_and_none_twice() {
        let mut seen = HashSet::new();
        for row in rows().iter().filter(|row| row[4] == "0") {
            let url = Url::parse(row[1]).unwrap();
            assert_eq!(url.as_str(), row[1], "not percent-encoded");
            assert_eq!(url.scheme(), "https");
            assert_eq!(url.host_str(), Some("en.wikipedia.org"));
            assert!(url.path().starts_with("/wiki/"), "{url}");
            assert!(seen.insert(row[1]), "twice: {url}");
        }
    }

    #[test]
    fn sponsored_entries_stay_on_reserved_domains() {
        for row in rows().iter().filter(|row| row[4] == "1") {
            let url = Url::parse(row[1]).unwrap();
            assert_eq!(url.scheme(), "https");
            assert!(url.host_str().unwrap().ends_with(".example"), "{url}");
        }
    }

    #[test]
    fn the_engine_is_built_once() {
        assert!(std::ptr::eq(super::engine(), super::engine()));
    }
}
