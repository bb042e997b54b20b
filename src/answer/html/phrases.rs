//! Words of walls and of pages without results, in the languages of the large engines. They are consulted only for a page on which
//! there are no results, or hardly any: who searches for such words gets results all the same.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickBuilder};

/// The list. A line contains a kind and a phrase, separated by a tab.
const LIST: &str = include_str!("phrases.tsv");

fn of_kind(kind: &str) -> impl Iterator<Item = &'static str> {
    LIST.lines().filter_map(|line| line.split_once('\t')).filter(move |line| line.0 == kind).map(|line| line.1)
}

/// A search for any phrase of a kind; `None` never happens, because the list is small and constant.
fn searcher(kind: &str) -> Option<AhoCorasick> {
    AhoCorasickBuilder::new().build(of_kind(kind)).ok()
}

static NOTHING_FOUND: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| searcher("none"));
static WALL: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| searcher("wall"));

static TITLES: LazyLock<HashSet<&'static str>> = LazyLock::new(|| of_kind("title").collect());

/// The kind of each phrase that is the whole text of a link or a heading.
static LINKS: LazyLock<HashMap<&'static str, &'static str>> = LazyLock::new(|| {
    let lines = LIST.lines().filter_map(|line| line.split_once('\t'));
    lines
        .filter(|(kind, _)| matches!(*kind, "debris" | "link" | "shell"))
        .map(|(kind, phrase)| (phrase, kind))
        .collect()
});

/// Prepares a text for comparison with the phrases: character references decoded, in lowercase, with straight apostrophes and
/// single spaces.
pub(super) fn normalize(text: &str) -> String {
    if text.is_ascii() && memchr::memchr(b'&', text.as_bytes()).is_none() {
        return normalize_ascii(text);
    }
    let text = htmlize::unescape(text)
        .to_lowercase()
        .replace(['\u{2019}', '\u{2018}', '\u{2bc}'], "'")
        .replace('\u{2026}', "...");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The same for most texts, which have neither other characters than those of ASCII nor character references.
fn normalize_ascii(text: &str) -> String {
    let mut normalized = String::with_capacity(text.len());
    let mut has_space = false;
    for byte in text.bytes() {
        // As `char::is_whitespace` has it: with the vertical tab.
        if matches!(byte, b'\t'..=b'\r' | b' ') {
            has_space = !normalized.is_empty();
            continue;
        }
        if std::mem::take(&mut has_space) {
            normalized.push(' ');
        }
        normalized.push(char::from(byte.to_ascii_lowercase()));
    }
    normalized
}

/// Whether a normalized text says that nothing was found.
pub(super) fn says_nothing_found(text: &str) -> bool {
    NOTHING_FOUND.as_ref().is_some_and(|phrases| phrases.is_match(text))
}

/// Whether a normalized text contains words of a wall.
pub(super) fn says_wall(text: &str) -> bool {
    WALL.as_ref().is_some_and(|phrases| phrases.is_match(text))
}

/// Whether a normalized title is that of a wall.
pub(super) fn is_wall_title(title: &str) -> bool {
    TITLES.contains(title)
}

/// Whether the normalized text of a link is that of something beside a result.
pub(super) fn is_debris_link(text: &str) -> bool {
    LINKS.get(text).is_some_and(|kind| *kind == "debris")
}

/// Whether the normalized text of a heading is that of a list that scripts fill.
pub(super) fn is_shell_heading(text: &str) -> bool {
    LINKS.get(text).is_some_and(|kind| *kind == "shell")
}

/// Whether the normalized text of a link is that of a page about the engine.
pub(super) fn is_furniture_link(text: &str) -> bool {
    LINKS.get(text).is_some_and(|kind| *kind == "link")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_phrase_is_normalized_and_found() {
        for kind in ["none", "wall", "title", "debris", "link", "shell"] {
            assert!(of_kind(kind).count() > 30, "{kind}");
            for phrase in of_kind(kind) {
                assert_eq!(normalize(phrase), phrase);
            }
        }
        for line in LIST.lines().filter(|line| !line.starts_with('#')) {
            assert!(
                matches!(line.split_once('\t'), Some(("none" | "wall" | "title" | "debris" | "link" | "shell", _))),
                "{line}"
            );
        }
        assert!(of_kind("none").all(says_nothing_found) && of_kind("wall").all(says_wall));
    }

    #[test]
    fn the_two_kinds_of_phrases_do_not_contain_one_another() {
        assert_eq!(of_kind("none").filter(|phrase| says_wall(phrase)).collect::<Vec<_>>(), Vec::<&str>::new());
        assert_eq!(of_kind("wall").filter(|phrase| says_nothing_found(phrase)).collect::<Vec<_>>(), Vec::<&str>::new());
    }

    proptest::proptest! {
        /// A character of another script at the end leads by the long way.
        #[test]
        fn the_short_way_normalizes_the_same(text in "[ -~\t\n\x0b\x0c\r\x00\x1c\x7f]{0,40}") {
            let long_way = normalize(&format!("{text} é"));
            let expected = long_way.strip_suffix('é').map(str::trim_end);
            let normalized = normalize(&text);
            proptest::prop_assert_eq!(Some(normalized.as_str()), expected);
        }
    }

    #[test]
    fn normalizes_as_pages_write() {
        assert_eq!(normalize(" Didn&rsquo;t\n <match&nbsp;ANY… "), "didn't <match any...");
    }
}
