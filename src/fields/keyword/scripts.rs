//! Superscripts and subscripts: runs of them, and how a run is spelled in plain characters.

use std::str::Chars;

use crate::fields::keyword::nfkc;

/// Superscript letters that name an exponent if they are alone: `xⁿ`, `2ᵏ`, `Aᵀ`. Other letters are ordinals and abbreviations.
const EXPONENTS: [char; 8] = ['n', 'i', 'k', 'm', 'x', 'y', 'z', 'T'];

/// A run of superscripts or of subscripts, in plain characters.
pub(super) struct Run {
    plain: String,
    is_superscript: bool,
}

impl Run {
    /// Takes the run that the text begins with, which may be empty.
    pub(super) fn take(rest: &mut Chars<'_>) -> Self {
        let is_superscript = rest.clone().next().is_some_and(|c| superscript(c).is_some());
        let plain_of = if is_superscript { superscript } else { subscript };
        let mut plain = String::new();
        while let Some(c) = rest.clone().next().and_then(plain_of) {
            plain.push(c);
            rest.next();
        }
        Self { plain, is_superscript }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.plain.is_empty()
    }

    /// The plain characters.
    pub(super) fn text(&self) -> &str {
        &self.plain
    }

    /// The run as it follows a base or none, or a digit.
    pub(super) fn spell(&self, has_base: bool, after_digit: bool) -> String {
        let plain = &self.plain;
        let has_digit = plain.contains(|c: char| c.is_ascii_digit());
        let has_letter = plain.contains(char::is_alphabetic);
        let has_operator = plain.contains(['+', '-', '=', '(']);
        let sign = if self.is_superscript {
            let is_exponent = has_digit || has_letter && has_operator || plain.chars().all(|c| EXPONENTS.contains(&c));
            if has_base && is_exponent { "^" } else { "" }
        } else {
            let is_index = has_operator && (has_digit || has_letter);
            if has_base && (is_index || after_digit && has_digit) { "_" } else { "" }
        };
        if !sign.is_empty() && self.is_sum() { format!("{sign}({plain})") } else { format!("{sign}{plain}") }
    }

    /// True if an operator is between two terms and no parentheses surround them.
    fn is_sum(&self) -> bool {
        let is_between = |at: usize| at > 0 && at + 1 < self.plain.len();
        let has_operator = self.plain.match_indices(['+', '-', '=']).any(|(at, _)| is_between(at));
        has_operator && !(self.plain.starts_with('(') && self.plain.ends_with(')'))
    }
}

/// The plain character of a superscript digit, operator or letter.
fn superscript(c: char) -> Option<char> {
    match c {
        '⁻' => Some('-'),
        'ª' | '²' | '³' | '¹' | 'º' | '\u{2b0}'..='\u{2b8}' | '\u{2e0}'..='\u{2e4}' => mapped(c),
        '\u{1d2c}'..='\u{1d61}' | '\u{1d78}' | '\u{1d9b}'..='\u{1dbf}' => mapped(c),
        '\u{2070}'..='\u{207f}' | '\u{2c7d}' => mapped(c),
        _ => None,
    }
}

/// The plain character of a subscript digit, operator or letter.
fn subscript(c: char) -> Option<char> {
    match c {
        '₋' => Some('-'),
        '\u{1d62}'..='\u{1d6a}' | '\u{2080}'..='\u{208e}' | '\u{2090}'..='\u{209c}' | '\u{2c7c}' => mapped(c),
        _ => None,
    }
}

/// The character to which NFKC maps another, if it does.
fn mapped(c: char) -> Option<char> {
    nfkc::map(c).chars().next().filter(|plain| *plain != c)
}
