//! Format patterns of numbers: groups of characters and the separators between them.
//!
//! In a pattern, `9` is a digit, `A` a letter and `X` either. ` `, `-`, `.` and `/` match themselves, `(` and `)` a
//! bracket with or without a space. `~` is a space, a dash or a dot, the same one wherever it occurs in a pattern.
//! Patterns match whole tokens, so a match costs a few comparisons per token and never backtracks.

use core::ops::Range;

use crate::fields::pii::tokenizer::{Separator, TokenizedText};

/// Validates the compact form of a candidate.
pub(super) type Validator = fn(&[u8]) -> bool;

/// More than the longest compact form (an IBAN has up to 34 characters).
const CAPACITY: usize = 40;

/// The letters and digits of a candidate, in upper case and without separators.
#[derive(Debug)]
pub(super) struct CompactForm {
    buffer: [u8; CAPACITY],
    len: usize,
}

impl CompactForm {
    pub(super) fn new() -> CompactForm {
        CompactForm { buffer: [0; CAPACITY], len: 0 }
    }

    /// Appends text. Beyond the capacity it is dropped, which no validator accepts.
    pub(super) fn push_str(&mut self, text: &str) {
        for byte in text.bytes() {
            if let Some(slot) = self.buffer.get_mut(self.len) {
                *slot = byte.to_ascii_uppercase();
                self.len += 1;
            }
        }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        self.buffer.get(..self.len).unwrap_or_default()
    }
}

/// Patterns, each with a value, indexed by the length of their first group: a token is compared only with patterns that it
/// can begin.
#[derive(Debug)]
pub(super) struct PatternIndex<T> {
    by_first_group_len: Vec<Vec<(&'static str, T)>>,
}

impl<T> PatternIndex<T> {
    pub(super) fn new(patterns: impl Iterator<Item = (&'static str, T)>) -> PatternIndex<T> {
        let mut by_first_group_len: Vec<Vec<(&'static str, T)>> = Vec::new();
        by_first_group_len.resize_with(CAPACITY, Vec::new);
        for (pattern, value) in patterns {
            if let Some(list) = by_first_group_len.get_mut(first_group_len(pattern)) {
                list.push((pattern, value));
            }
        }
        PatternIndex { by_first_group_len }
    }

    pub(super) fn with_first_group_len(&self, len: usize) -> &[(&'static str, T)] {
        self.by_first_group_len.get(len).map_or(&[], Vec::as_slice)
    }
}

fn first_group_len(pattern: &str) -> usize {
    pattern.bytes().position(|symbol| !symbol.is_ascii_alphanumeric()).unwrap_or(pattern.len())
}

/// A match of a pattern.
#[derive(Debug)]
pub(super) struct PatternMatch {
    pub(super) compact: CompactForm,
    /// Index of the first token.
    pub(super) first: usize,
    /// Index of the last token.
    pub(super) last: usize,
    /// The byte range in the text.
    pub(super) range: Range<usize>,
}

/// Matches one separator. `wildcard` is what `~` stands for, once that is known.
fn separator_matches(symbol: u8, separator: Separator, wildcard: &mut Option<Separator>) -> bool {
    match symbol {
        b' ' => separator == Separator::Space,
        b'-' => separator == Separator::Dash,
        b'.' => separator == Separator::Dot,
        b'/' => separator == Separator::Slash,
        b',' => separator == Separator::Comma,
        b'(' => separator == Separator::Open,
        b')' => separator == Separator::Close,
        _ => {
            matches!(separator, Separator::Space | Separator::Dash | Separator::Dot)
                && *wildcard.get_or_insert(separator) == separator
        }
    }
}

/// Compares a group, without its length, with the symbols of a pattern.
pub(super) fn group_matches(group: &[u8], pattern: &str) -> bool {
    group.iter().zip(pattern.bytes()).all(|(byte, symbol)| match symbol {
        b'9' => byte.is_ascii_digit(),
        b'A' => byte.is_ascii_alphabetic(),
        _ => byte.is_ascii_alphanumeric(),
    })
}

/// Matches group lengths and separators only, and returns the index of the last token. Most tokens fail here, so this
/// comes first.
fn match_layout(text: &TokenizedText<'_>, first: usize, pattern: &str) -> Option<usize> {
    let mut wildcard = None;
    let (mut last, mut len) = (first, 0);
    let mut token = text.token(first)?;
    for symbol in pattern.bytes() {
        if symbol.is_ascii_alphanumeric() {
            len += 1;
            continue;
        }
        if token.len() != len || !separator_matches(symbol, token.separator, &mut wildcard) {
            return None;
        }
        last += 1;
        len = 0;
        token = text.token(last)?;
    }
    (token.len() == len).then_some(last)
}

/// Matches `pattern` against the tokens from index `first` on.
pub(super) fn match_at(text: &TokenizedText<'_>, first: usize, pattern: &str) -> Option<PatternMatch> {
    let last = match_layout(text, first, pattern)?;
    let tokens = text.tokens.get(first..=last)?;
    let mut compact = CompactForm::new();
    for (token, group) in tokens.iter().zip(pattern.split(|c: char| !c.is_ascii_alphanumeric())) {
        let token = text.token_text(token);
        if !group_matches(token.as_bytes(), group) {
            return None;
        }
        compact.push_str(token);
    }
    let range = text.token(first)?.start..text.token(last)?.end;
    Some(PatternMatch { compact, first, last, range })
}
