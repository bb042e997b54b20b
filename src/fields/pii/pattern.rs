//! How a number is written: its groups and what stands between them.
//!
//! A shape is a string: `9` is a digit, `A` a letter, `X` either; ` `, `-`, `.`
//! and `/` are themselves, `(` and `)` a bracket with or without a space, and
//! `~` is a space, a dash or a dot, the same one wherever it occurs in a shape.
//! Shapes are matched against whole tokens, so they cost a few comparisons per
//! token and cannot backtrack.

use core::ops::Range;

use crate::fields::pii::tokenizer::{Sep, TokenizedText};

/// A check over the compact form of a candidate.
pub(super) type Check = fn(&[u8]) -> bool;

/// The longest compact form of any scheme (an IBAN has up to 34 characters).
const CAPACITY: usize = 40;

/// Letters and digits of a candidate, upper case, without separators.
#[derive(Debug)]
pub(super) struct Compact {
    buffer: [u8; CAPACITY],
    len: usize,
}

impl Compact {
    pub(super) fn new() -> Compact {
        Compact { buffer: [0; CAPACITY], len: 0 }
    }

    /// Appends; what does not fit makes the candidate too long for any check.
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

/// Shapes by the length of their first group, so that a token is only held
/// against those it can begin.
#[derive(Debug)]
pub(super) struct ByHead<T> {
    lists: Vec<Vec<(&'static str, T)>>,
}

impl<T> ByHead<T> {
    pub(super) fn new(shapes: impl Iterator<Item = (&'static str, T)>) -> ByHead<T> {
        let mut lists: Vec<Vec<(&'static str, T)>> = Vec::new();
        lists.resize_with(CAPACITY, Vec::new);
        for (shape, with) in shapes {
            if let Some(list) = lists.get_mut(head_length(shape)) {
                list.push((shape, with));
            }
        }
        ByHead { lists }
    }

    pub(super) fn starting(&self, length: usize) -> &[(&'static str, T)] {
        self.lists.get(length).map_or(&[], Vec::as_slice)
    }
}

fn head_length(shape: &str) -> usize {
    shape.bytes().position(|sign| !sign.is_ascii_alphanumeric()).unwrap_or(shape.len())
}

/// A place where a shape fits.
#[derive(Debug)]
pub(super) struct Fit {
    pub(super) compact: Compact,
    pub(super) first: usize,
    pub(super) last: usize,
    pub(super) range: Range<usize>,
}

fn separator(sign: u8, sep: Sep, any: &mut Option<Sep>) -> bool {
    match sign {
        b' ' => sep == Sep::Space,
        b'-' => sep == Sep::Dash,
        b'.' => sep == Sep::Dot,
        b'/' => sep == Sep::Slash,
        b'(' => sep == Sep::Open,
        b')' => sep == Sep::Close,
        _ => matches!(sep, Sep::Space | Sep::Dash | Sep::Dot) && *any.get_or_insert(sep) == sep,
    }
}

fn group(token: &str, shape: &str) -> bool {
    token.bytes().zip(shape.bytes()).all(|(byte, sign)| match sign {
        b'9' => byte.is_ascii_digit(),
        b'A' => byte.is_ascii_alphabetic(),
        _ => byte.is_ascii_alphanumeric(),
    })
}

/// The last token of `shape` if the lengths of its groups and what stands between
/// them fit: what most tokens fail on, so it is looked at first.
fn outline(text: &TokenizedText<'_>, first: usize, shape: &str) -> Option<usize> {
    let mut any = None;
    let (mut last, mut length) = (first, 0);
    let mut token = text.token(first)?;
    for sign in shape.bytes() {
        if sign.is_ascii_alphanumeric() {
            length += 1;
            continue;
        }
        if token.len() != length || !separator(sign, token.sep, &mut any) {
            return None;
        }
        last += 1;
        length = 0;
        token = text.token(last)?;
    }
    (token.len() == length).then_some(last)
}

/// Matches `shape` against the tokens from `first` on.
pub(super) fn fit(text: &TokenizedText<'_>, first: usize, shape: &str) -> Option<Fit> {
    let last = outline(text, first, shape)?;
    let tokens = text.tokens.get(first..=last)?;
    let mut compact = Compact::new();
    for (token, head) in tokens.iter().zip(shape.split(|c: char| !c.is_ascii_alphanumeric())) {
        let slice = text.slice(token);
        if !group(slice, head) {
            return None;
        }
        compact.push_str(slice);
    }
    let range = text.token(first)?.start..text.token(last)?.end;
    Some(Fit { compact, first, last, range })
}
