//! Lists of words that are searched in agents: one word a line, `#` before a comment.

use aho_corasick::AhoCorasick;

/// Precedes the version of a list in its header.
const VERSION_PREFIX: &str = "# version: ";

/// The lines of a list, without comments and empty ones.
pub(super) fn lines(list: &'static str) -> impl Iterator<Item = &'static str> {
    list.lines().filter(|line| !line.starts_with('#') && !line.is_empty())
}

/// Name, version and date of a list.
pub(super) fn version(list: &'static str) -> &'static str {
    list.lines().find_map(|line| line.strip_prefix(VERSION_PREFIX)).unwrap_or("unknown")
}

/// Where a word may stand.
#[derive(Clone, Copy, Default)]
struct Position {
    /// Only at the start of the agent (`^` before the word).
    at_start: bool,
    /// Only at its end (`$` after the word).
    at_end: bool,
}

/// Words that are searched at once.
pub(super) struct WordList {
    words: AhoCorasick,
    positions: Vec<Position>,
    end: WordEnd,
}

/// Whether a word that ends in a letter may be continued by letters.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum WordEnd {
    /// It may.
    Open,
    /// It may not: `Sogou` is not in `SogouMobileBrowser`.
    Closed,
}

impl WordList {
    /// The words of these lines. `None` if they are too many for the automaton, which the bundled lists never are.
    pub(super) fn new(lines: impl Iterator<Item = &'static str>, ignores_case: bool, end: WordEnd) -> Option<Self> {
        let (words, positions): (Vec<&str>, Vec<Position>) = lines
            .map(|line| {
                let at_start = line.strip_prefix('^');
                let word = at_start.unwrap_or(line);
                let at_end = word.strip_suffix('$');
                let position = Position { at_start: at_start.is_some(), at_end: at_end.is_some() };
                (at_end.unwrap_or(word), position)
            })
            .unzip();
        let words = AhoCorasick::builder().ascii_case_insensitive(ignores_case).build(words).ok()?;
        Some(Self { words, positions, end })
    }

    /// The number of words.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.positions.len()
    }

    /// Whether the agent contains one of the words. A word that starts with a letter or a digit does not match within a word.
    pub(super) fn is_in(&self, agent: &[u8]) -> bool {
        self.words.find_overlapping_iter(agent).any(|found| {
            let position = self.positions.get(found.pattern().as_usize()).copied().unwrap_or_default();
            let byte_at = |at: Option<usize>| at.and_then(|at| agent.get(at)).copied().unwrap_or(b' ');
            let starts = !byte_at(Some(found.start())).is_ascii_alphanumeric()
                || !byte_at(found.start().checked_sub(1)).is_ascii_alphanumeric();
            let ends = self.end == WordEnd::Open
                || !byte_at(found.end().checked_sub(1)).is_ascii_alphabetic()
                || !byte_at(Some(found.end())).is_ascii_alphabetic();
            let is_at_start = !position.at_start || found.start() == 0;
            let is_at_end = !position.at_end || found.end() == agent.len();
            starts && ends && is_at_start && is_at_end
        })
    }
}
