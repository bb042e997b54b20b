//! The bundled data set (`data.tsv`).
//!
//! It consists of public facts, written for this project as of 2026-11. Every organic document links to the English
//! Wikipedia article on its subject, without any text from there. Populations are rounded estimates. All sponsored
//! documents are invented, and their URLs are under `.example`, which RFC 2606 reserves; the demo partner has the pages itself.

use std::sync::LazyLock;

use crate::demo::index::DemoEngine;

/// One document per line, after a header line.
const DATA: &str = include_str!("data.tsv");

/// The search engine over the bundled data set. The index is built on the first call.
#[must_use]
pub fn engine() -> &'static DemoEngine {
    static ENGINE: LazyLock<DemoEngine> = LazyLock::new(|| DemoEngine::new(DATA));
    &ENGINE
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use url::Url;

    use super::*;

    /// Maximum length of a snippet, in bytes: about two lines of a results page.
    const MAX_SNIPPET_BYTES: usize = 300;

    fn rows() -> Vec<Vec<&'static str>> {
        DATA.lines().skip(1).map(|line| line.split('\t').collect()).collect()
    }

    #[test]
    fn the_first_line_is_the_header() {
        assert_eq!(DATA.lines().next(), Some("title\turl\tsnippet\tterms\tsponsored"));
    }

    #[test]
    fn every_row_has_five_valid_columns() {
        for row in rows() {
            assert_eq!(row.len(), 5, "{row:?}");
            assert!(row.iter().all(|field| !field.trim().is_empty()), "{row:?}");
            assert!(row[2].len() <= MAX_SNIPPET_BYTES, "{row:?}");
            assert!(matches!(row[4], "0" | "1"), "{row:?}");
        }
    }

    #[test]
    fn has_enough_organic_and_sponsored_documents() {
        let (sponsored, organic): (Vec<_>, Vec<_>) = rows().into_iter().partition(|row| row[4] == "1");
        assert!(organic.len() >= 240, "{}", organic.len());
        assert!(sponsored.len() >= 16, "{}", sponsored.len());
    }

    #[test]
    fn organic_documents_link_to_distinct_wikipedia_articles() {
        let mut seen = HashSet::new();
        for row in rows().iter().filter(|row| row[4] == "0") {
            let url = Url::parse(row[1]).unwrap();
            assert_eq!(url.as_str(), row[1], "not percent-encoded");
            assert_eq!(url.scheme(), "https");
            assert_eq!(url.host_str(), Some("en.wikipedia.org"));
            assert!(url.path().starts_with("/wiki/"), "{url}");
            assert!(seen.insert(row[1]), "duplicate: {url}");
        }
    }

    #[test]
    fn sponsored_documents_link_to_reserved_domains() {
        for row in rows().iter().filter(|row| row[4] == "1") {
            let url = Url::parse(row[1]).unwrap();
            assert_eq!(url.scheme(), "https");
            assert!(url.host_str().unwrap().ends_with(".example"), "{url}");
        }
    }

    #[test]
    fn results_are_deterministic() {
        let query = "river city island euro";
        assert_eq!(engine().search(query, 50), DemoEngine::new(DATA).search(query, 50));
    }

    #[test]
    fn the_engine_is_built_once() {
        assert!(std::ptr::eq(engine(), engine()));
    }
}
