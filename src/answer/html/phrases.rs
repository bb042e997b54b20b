//! Words of walls and of pages without results, in the languages of the large engines. They are consulted only for a page on which
//! there are no results, or hardly any: who searches for such words gets results all the same.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickBuilder};
use foldhash::fast::FixedState;

use crate::answer::html::attributes::unescape_text;

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
static LINKS: LazyLock<HashMap<&'static str, LinkPhrase, FixedState>> = LazyLock::new(|| {
    let lines = LIST.lines().filter_map(|line| line.split_once('\t'));
    let known = |(kind, phrase)| match kind {
        "debris" => Some((phrase, LinkPhrase::Debris)),
        "link" => Some((phrase, LinkPhrase::Furniture)),
        "shell" => Some((phrase, LinkPhrase::Shell)),
        _ => None,
    };
    lines.filter_map(known).collect()
});

/// Prepares a text for comparison with the phrases: character references decoded, in lowercase, with straight apostrophes and
/// single spaces.
pub(super) fn normalize(text: &str) -> String {
    let text = unescape_text(text);
    let mut normalized = NormalizedText { text: String::with_capacity(text.len()), has_space: false };
    // The lowercase of this letter depends on those around it.
    let text = if text.contains(CAPITAL_SIGMA) { text.to_lowercase().into() } else { text };
    for character in text.chars() {
        if character.is_ascii() {
            normalized.push(character.to_ascii_lowercase());
        } else {
            character.to_lowercase().for_each(|character| normalized.push(character));
        }
    }
    normalized.text
}

const CAPITAL_SIGMA: char = '\u{3a3}';

/// A text that is being normalized.
struct NormalizedText {
    text: String,
    /// A space is due before the next character.
    has_space: bool,
}

impl NormalizedText {
    #[inline]
    fn push(&mut self, lowercase: char) {
        if lowercase.is_whitespace() {
            self.has_space = !self.text.is_empty();
            return;
        }
        if std::mem::take(&mut self.has_space) {
            self.text.push(' ');
        }
        match lowercase {
            '\u{2019}' | '\u{2018}' | '\u{2bc}' => self.text.push('\''),
            '\u{2026}' => self.text.push_str("..."),
            _ => self.text.push(lowercase),
        }
    }
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

/// What the normalized text of a link or a heading says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LinkPhrase {
    /// A link to something beside a result.
    Debris,
    /// A link to a page about the engine.
    Furniture,
    /// The heading of a list that scripts fill.
    Shell,
}

/// What such a text says, if it is one of the phrases.
pub(super) fn link_phrase(text: &str) -> Option<LinkPhrase> {
    LINKS.get(text).copied()
}

/// Whether the normalized text of a heading is that of a list that scripts fill.
pub(super) fn is_shell_heading(text: &str) -> bool {
    link_phrase(text) == Some(LinkPhrase::Shell)
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
        #[test]
        fn normalizes_in_one_pass_as_step_by_step(text in "([ -~\t\n\x0b\x0c\r\x00\x1c\x7f]|&amp;|&nbsp;|[ßİΣσςé’…\u{85}\u{a0}]){0,40}") {
            let lowercase = htmlize::unescape(text.as_str()).to_lowercase();
            let straight = lowercase.replace(['\u{2019}', '\u{2018}', '\u{2bc}'], "'").replace('\u{2026}', "...");
            let expected = straight.split_whitespace().collect::<Vec<_>>().join(" ");
            proptest::prop_assert_eq!(normalize(&text), expected);
        }
    }

    #[test]
    fn normalizes_as_pages_write() {
        assert_eq!(normalize(" Didn&rsquo;t\n <match&nbsp;ANY… "), "didn't <match any...");
    }
}
