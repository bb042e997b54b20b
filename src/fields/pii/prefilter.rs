//! Prefilter: one pass over a keyword that decides which detectors can match.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

use crate::fields::pii::seed_phrase;
use crate::fields::pii::spelled_email::AT_WORDS_SPELLED;

/// Minimum number of digits in a number without a word before it. The UK National Insurance number and the Finnish personal identity
/// code have the fewest: six.
const MIN_DIGITS: usize = 6;

/// Minimum number of digits in a number with letters (`C3J0RK7H2`) or an Internet address.
const MIN_MIXED_DIGITS: usize = 4;

/// Changes between digits and letters with which one digit less is enough (`C4VW1JKZ8`).
pub(super) const MIN_ALTERNATIONS: usize = 3;

/// Minimum number of digits of a house number and a postal code.
const MIN_ADDRESS_DIGITS: usize = 5;

/// Minimum number of dots in an Internet address of version 4.
const ADDRESS_DOTS: usize = 3;

/// Minimum length of a token that mixes letters and digits and may be a number of a person.
const MIN_MIXED_LEN: usize = 6;

/// Finds words for `@` between spaces.
static AT_WORDS: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    let words = AT_WORDS_SPELLED.map(|word| format!(" {word} "));
    AhoCorasick::builder().build(words).ok()
});

/// Minimum length of a token that a secret detector can match, below that of every format (an AWS key ID has 20).
const MIN_TOKEN_LEN: usize = 16;

/// Which detectors can match.
#[derive(Debug, Default)]
pub(super) struct Prefilter {
    /// Enough digits for a number.
    pub(super) digits: bool,
    /// An `@`.
    pub(super) at_sign: bool,
    /// A digit, without which no phrase gives a password.
    pub(super) digit: bool,
    /// Enough digits for a house number and a postal code.
    pub(super) postal_address: bool,
    /// As many words as a seed phrase has.
    pub(super) seed_phrase: bool,
    /// An `@`, or a word for it or for a dot between spaces.
    pub(super) may_spell_address: bool,
    /// A closing bracket that may end an `(at)`.
    pub(super) bracketed_at: bool,
    /// `//` or `=`, one of which is part of every link.
    pub(super) link: bool,
    /// `=` or `:`, one of which separates a key from its value.
    pub(super) assignment: bool,
    /// `--`, as in a PEM header.
    pub(super) pem: bool,
    /// A run of token characters with the length of a secret.
    pub(super) long_token: bool,
    /// A percent sign. The decoded text may match detectors that the text as written does not.
    pub(super) percent: bool,
}

impl Prefilter {
    pub(super) fn scan(text: &str) -> Prefilter {
        let mut prefilter = Prefilter::default();
        let (mut digits, mut token_len, mut previous) = (0_usize, 0_usize, b' ');
        let (mut dots, mut changes, mut spaces, mut mixed) = (0_usize, 0_usize, 0_usize, false);
        for &byte in text.as_bytes() {
            match byte {
                b'0'..=b'9' => {
                    digits += 1;
                    token_len += 1;
                }
                b'a'..=b'z' | b'A'..=b'Z' | b'_' | b'.' | b'+' => token_len += 1,
                b'-' => {
                    token_len += 1;
                    prefilter.pem |= previous == b'-';
                }
                b'/' => {
                    token_len += 1;
                    prefilter.link |= previous == b'/';
                }
                b'@' => {
                    token_len = 0;
                    prefilter.at_sign = true;
                }
                b'=' | b':' => {
                    token_len = 0;
                    prefilter.assignment = true;
                    prefilter.link |= byte == b'=';
                }
                b')' | b']' | b'}' => {
                    token_len = 0;
                    prefilter.bracketed_at |= matches!(previous, b't' | b'T' | b' ');
                }
                b'%' => {
                    token_len = 0;
                    prefilter.percent = true;
                }
                _ => token_len = 0,
            }
            let changed = previous.is_ascii_digit() && byte.is_ascii_alphabetic()
                || previous.is_ascii_alphabetic() && byte.is_ascii_digit();
            changes += usize::from(changed);
            spaces += usize::from(byte == b' ');
            dots += usize::from(byte == b'.' || byte == b':');
            mixed |= changes > 0 && token_len >= MIN_MIXED_LEN;
            prefilter.long_token |= token_len >= MIN_TOKEN_LEN;
            previous = byte;
        }
        prefilter.pem |= text.contains("PuTTY-");
        prefilter.may_spell_address = prefilter.at_sign || AT_WORDS.as_ref().is_some_and(|words| words.is_match(text));
        prefilter.digit = digits > 0;
        prefilter.postal_address = digits >= MIN_ADDRESS_DIGITS;
        prefilter.seed_phrase = spaces + 1 >= seed_phrase::MIN_WORDS;
        let may_alternate = digits + 1 >= MIN_MIXED_DIGITS && mixed && changes >= MIN_ALTERNATIONS;
        let may_be_mixed = digits >= MIN_MIXED_DIGITS && (mixed || dots >= ADDRESS_DOTS);
        prefilter.digits = digits >= MIN_DIGITS || may_be_mixed || may_alternate;
        prefilter
    }

    /// True if any detector can match the text as written.
    pub(super) fn any_detector(&self) -> bool {
        self.digits
            || self.digit
            || self.seed_phrase
            || self.at_sign
            || self.bracketed_at
            || self.may_spell_address
            || self.link
            || self.assignment
            || self.pem
            || self.long_token
    }
}
