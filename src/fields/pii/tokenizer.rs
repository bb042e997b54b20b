//! The tokens of a text and what stands around them.

/// What stands between two tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sep {
    Space,
    Dash,
    Dot,
    Slash,
    Comma,
    Open,
    Close,
    Other,
}

impl Sep {
    fn of(gap: &str) -> Sep {
        match gap {
            " " => Sep::Space,
            "-" | "\u{2010}" | "\u{2011}" | "\u{2012}" | "\u{2013}" | "\u{2212}" | " - " | " \u{2013} " => Sep::Dash,
            "." => Sep::Dot,
            "/" | " / " => Sep::Slash,
            "," => Sep::Comma,
            "(" | " (" => Sep::Open,
            ")" | ") " | ")-" | ")/" | ") - " => Sep::Close,
            _ => Sep::Other,
        }
    }

    /// Whether both sides read as one thing: `3.14`, `12-34`, `1/2`.
    fn joins(self) -> bool {
        matches!(self, Sep::Dash | Sep::Dot | Sep::Slash)
    }
}

/// A maximal run of ASCII letters and digits; two of them where a label begins it.
#[derive(Debug, Clone)]
pub(super) struct Token {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) digits: bool,
    has_digit: bool,
    /// A letter of an alphabet, `_`, `#`, `@` or a currency sign touches it.
    pub(super) glued: bool,
    /// A `+` stands directly before it.
    pub(super) plus: bool,
    /// What stands between this token and the next one.
    pub(super) sep: Sep,
    /// How many characters this token and those that may belong to it have.
    reach: usize,
}

impl Token {
    pub(super) fn len(&self) -> usize {
        self.end - self.start
    }
}

/// The fewest characters of a number no word announces, and the most groups any
/// number is written in.
const SHORTEST_NUMBER: usize = 9;
const MOST_GROUPS: usize = 8;

fn reach(tokens: &[Token], first: usize) -> usize {
    let mut reach = 0;
    for token in tokens.iter().skip(first).take(MOST_GROUPS) {
        reach += token.len();
        if token.sep == Sep::Other || reach >= SHORTEST_NUMBER {
            break;
        }
    }
    reach
}

/// Words people write without a gap before the number they announce, lower case.
const LABELS: [&str; 13] = [
    "ssn",
    "nhs",
    "bsn",
    "card",
    "visa",
    "mastercard",
    "amex",
    "kreditkarte",
    "karte",
    "tel",
    "phone",
    "handy",
    "mobile",
];

/// The lengths of a card number, or of its first group, behind `no` and `nr`,
/// which also begin the numbers of orders and parts.
const CARD_GROUPS: [usize; 3] = [4, 15, 16];

/// Where the label a token begins with ends: `ssn078051120`, `IBANDE89`.
fn label(slice: &str) -> Option<usize> {
    let end = slice.bytes().position(|b| b.is_ascii_digit())?;
    let (word, number) = slice.split_at_checked(end)?;
    let digits = number.bytes().all(|b| b.is_ascii_digit());
    let is = |label: &str| word.eq_ignore_ascii_case(label);
    let named = digits && LABELS.iter().any(|label| is(label));
    let short = digits && CARD_GROUPS.contains(&number.len()) && (is("no") || is("nr"));
    let iban = word.len() == "iban".len() + 2 && word.get(..4).is_some_and(|word| word.eq_ignore_ascii_case("iban"));
    match iban {
        true => Some("iban".len()),
        false => (named || short).then_some(end),
    }
}

/// Adds a token, in two if it begins with a label.
fn push(tokens: &mut Vec<Token>, mut token: Token, text: &str) {
    let slice = text.get(token.start..token.end).unwrap_or_default();
    if token.has_digit
        && !token.digits
        && !token.glued
        && let Some(end) = label(slice)
    {
        let start = token.start + end;
        let digits = slice.get(end..).is_some_and(|number| number.bytes().all(|b| b.is_ascii_digit()));
        tokens.push(Token { end: start, has_digit: false, ..token.clone() });
        token = Token { start, digits, plus: false, ..token };
    }
    tokens.push(token);
}

/// A text with its tokens.
#[derive(Debug)]
pub(super) struct TokenizedText<'a> {
    pub(super) text: &'a str,
    pub(super) tokens: Vec<Token>,
}

impl<'a> TokenizedText<'a> {
    pub(super) fn new(text: &'a str) -> TokenizedText<'a> {
        let mut tokens: Vec<Token> = Vec::new();
        let mut open: Option<Token> = None;
        let mut before = ' ';
        for (at, c) in text.char_indices() {
            if c.is_ascii_alphanumeric() {
                let token = open.get_or_insert_with(|| Token {
                    start: at,
                    end: at,
                    digits: true,
                    has_digit: false,
                    glued: glues_before(before),
                    plus: before == '+',
                    sep: Sep::Other,
                    reach: 0,
                });
                token.end = at + 1;
                token.digits &= c.is_ascii_digit();
                token.has_digit |= c.is_ascii_digit();
            } else if let Some(mut token) = open.take() {
                token.glued |= glues(c);
                push(&mut tokens, token, text);
            }
            before = c;
        }
        if let Some(token) = open {
            push(&mut tokens, token, text);
        }
        let starts: Vec<usize> = tokens.iter().skip(1).map(|token| token.start).collect();
        for (token, next) in tokens.iter_mut().zip(starts) {
            token.sep = Sep::of(text.get(token.end..next).unwrap_or_default());
        }
        let reaches: Vec<usize> = (0..tokens.len()).map(|first| reach(&tokens, first)).collect();
        for (token, reach) in tokens.iter_mut().zip(reaches) {
            token.reach = reach;
        }
        TokenizedText { text, tokens }
    }

    /// The tokens a number can begin with, and their places.
    pub(super) fn starts(&self) -> impl Iterator<Item = (usize, &Token)> {
        let can = |(_, token): &(usize, &Token)| !token.glued && token.reach >= SHORTEST_NUMBER;
        self.tokens.iter().enumerate().filter(can)
    }

    pub(super) fn token(&self, index: usize) -> Option<&Token> {
        self.tokens.get(index)
    }

    pub(super) fn slice(&self, token: &Token) -> &'a str {
        self.text.get(token.start..token.end).unwrap_or_default()
    }

    fn before(&self, index: usize) -> Option<&Token> {
        index.checked_sub(1).and_then(|index| self.tokens.get(index))
    }

    /// Whether nothing that reads as part of the same number stands directly
    /// before token `first` or behind token `last`.
    pub(super) fn apart(&self, first: usize, last: usize) -> bool {
        let cut =
            |sep: Sep, other: &Token| !(other.has_digit && (sep.joins() || sep == Sep::Comma && other.len() <= 3));
        let left = self.before(first).is_none_or(|token| cut(token.sep, token));
        let right = match (self.token(last), self.token(last + 1)) {
            (Some(token), Some(next)) => cut(token.sep, next),
            _ => true,
        };
        let glued = |index| self.token(index).is_some_and(|token| token.glued);
        left && right && !glued(first) && !glued(last)
    }

    /// Whether, in addition, no other digits stand one space away.
    pub(super) fn alone(&self, first: usize, last: usize) -> bool {
        let left = self.before(first).is_none_or(|token| !(token.digits && token.sep == Sep::Space));
        let right = match (self.token(last), self.token(last + 1)) {
            (Some(token), Some(next)) => !(next.digits && token.sep == Sep::Space),
            _ => true,
        };
        left && right && self.apart(first, last)
    }

    /// Whether one of `words` (lower case) announces what begins at `start`: it
    /// stands among the last characters before it, with no placeholder between.
    pub(super) fn announced(&self, start: usize, words: &[&str]) -> bool {
        const REACH: usize = 28;
        let before = self.text.get(..start).unwrap_or_default();
        let from = before.char_indices().rev().take(REACH).last().map_or(start, |(at, _)| at);
        let stretch = before.get(from..).unwrap_or_default();
        mentions(stretch.rsplit(['[', ']']).next().unwrap_or_default(), words)
    }

    /// Whether one of `words` stands close behind `end`: "9434765919 nhs".
    pub(super) fn explained(&self, end: usize, words: &[&str]) -> bool {
        const REACH: usize = 16;
        let after = self.text.get(end..).unwrap_or_default();
        let to = after.char_indices().nth(REACH).map_or(after.len(), |(at, _)| at);
        let stretch = after.get(..to).unwrap_or_default();
        mentions(stretch.split(['[', ']']).next().unwrap_or_default(), words)
    }
}

/// Whether a stretch of text holds one of `words` (lower case) as a word. Words
/// of scripts without spaces are looked for anywhere in it.
pub(super) fn mentions(stretch: &str, words: &[&str]) -> bool {
    if stretch.is_ascii() {
        return stretch
            .split(|c: char| !c.is_ascii_alphanumeric())
            .any(|part| words.iter().any(|word| part.eq_ignore_ascii_case(word)));
    }
    let folded = stretch.to_lowercase();
    folded.split(|c: char| !c.is_alphanumeric()).any(|part| words.contains(&part))
        || words.iter().any(|word| word.chars().all(is_spaceless) && folded.contains(word))
}

/// A character of a script that is written without spaces between words.
pub(super) fn is_spaceless(c: char) -> bool {
    c >= '\u{2E80}'
}

fn glues(c: char) -> bool {
    c == '_' || (!c.is_ascii() && c < '\u{0E00}' && c.is_alphabetic())
}

fn glues_before(c: char) -> bool {
    glues(c) || matches!(c, '#' | '@' | '$' | '€' | '£')
}
