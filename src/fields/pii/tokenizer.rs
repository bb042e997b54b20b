//! Splits a text into tokens and classifies the separators between them.

/// The separator between two tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Separator {
    Space,
    Dash,
    Dot,
    Slash,
    Comma,
    Open,
    Close,
    Other,
}

impl Separator {
    fn from_gap(gap: &str) -> Separator {
        match gap {
            " " => Separator::Space,
            "-" | "\u{2010}" | "\u{2011}" | "\u{2012}" | "\u{2013}" | "\u{2212}" | " - " | " \u{2013} " => {
                Separator::Dash
            }
            "." | " . " | "\u{b7}" | "\u{2022}" => Separator::Dot,
            "/" | " / " => Separator::Slash,
            "," => Separator::Comma,
            "(" | " (" => Separator::Open,
            ")" | ") " | ")-" | ")/" | ") - " => Separator::Close,
            _ => Separator::Other,
        }
    }

    /// True if both sides form one expression: `3.14`, `12-34`, `1/2`.
    fn joins(self) -> bool {
        matches!(self, Separator::Dash | Separator::Dot | Separator::Slash)
    }
}

/// A maximal run of ASCII letters and digits. A run that begins with a label (`ssn078051120`) is two tokens.
#[derive(Debug, Clone)]
pub(super) struct Token {
    /// Byte offset of the first character.
    pub(super) start: usize,
    /// Byte offset after the last character.
    pub(super) end: usize,
    /// True if all characters are digits.
    pub(super) all_digits: bool,
    /// True if a character is a digit.
    pub(super) has_digit: bool,
    /// True if a non-ASCII letter, `_`, `#`, `@` or a currency sign is adjacent.
    pub(super) touches_letter: bool,
    /// True if a `+` directly precedes the token.
    pub(super) after_plus: bool,
    /// The separator after the token.
    pub(super) separator: Separator,
    /// The length of this token and the following ones that may belong to the same number, up to
    /// [`MIN_UNLABELED_LEN`].
    number_len: usize,
}

impl Token {
    pub(super) fn len(&self) -> usize {
        self.end - self.start
    }
}

/// Minimum length of a number without a label.
const MIN_UNLABELED_LEN: usize = 8;

/// Maximum number of groups in a number without a label.
const MAX_GROUPS: usize = 8;

fn number_len(tokens: &[Token], first: usize) -> usize {
    let mut len = 0;
    for token in tokens.iter().skip(first).take(MAX_GROUPS) {
        len += token.len();
        if token.separator == Separator::Other || len >= MIN_UNLABELED_LEN {
            break;
        }
    }
    len
}

/// Labels that people write directly before a number, without a space. Lower case.
const LABELS: [&str; 27] = [
    "ssn",
    "cpf",
    "cnpj",
    "dni",
    "nif",
    "rut",
    "pesel",
    "oib",
    "jmbg",
    "cnic",
    "nik",
    "tckn",
    "passport",
    "aadhaar",
    "imei",
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

/// Lengths of a card number or of its first group. `no` and `nr` are labels only before these, because they also begin
/// order and part numbers.
const CARD_GROUP_LENGTHS: [usize; 3] = [4, 15, 16];

/// The length of the label that a token begins with: `ssn078051120`, `IBANDE89`.
fn label_len(token: &str) -> Option<usize> {
    let digits_start = token.bytes().position(|b| b.is_ascii_digit())?;
    let (word, number) = token.split_at_checked(digits_start)?;
    let is_number = number.bytes().all(|b| b.is_ascii_digit());
    let is = |label: &str| word.eq_ignore_ascii_case(label);
    let is_label = is_number && LABELS.iter().any(|label| is(label));
    let is_no = is_number && CARD_GROUP_LENGTHS.contains(&number.len()) && (is("no") || is("nr"));
    let is_iban = word.len() == "iban".len() + 2 && word.get(..4).is_some_and(|word| word.eq_ignore_ascii_case("iban"));
    match is_iban {
        true => Some("iban".len()),
        false => (is_label || is_no).then_some(digits_start),
    }
}

/// Adds a token, or two if it begins with a label.
fn push(tokens: &mut Vec<Token>, mut token: Token, text: &str) {
    let token_text = text.get(token.start..token.end).unwrap_or_default();
    if token.has_digit
        && !token.all_digits
        && !token.touches_letter
        && let Some(label_len) = label_len(token_text)
    {
        let start = token.start + label_len;
        let all_digits = token_text.get(label_len..).is_some_and(|number| number.bytes().all(|b| b.is_ascii_digit()));
        tokens.push(Token { end: start, has_digit: false, ..token.clone() });
        token = Token { start, all_digits, after_plus: false, ..token };
    }
    tokens.push(token);
}

/// A text and its tokens.
#[derive(Debug)]
pub(super) struct TokenizedText<'a> {
    pub(super) text: &'a str,
    pub(super) tokens: Vec<Token>,
}

impl<'a> TokenizedText<'a> {
    pub(super) fn new(text: &'a str) -> TokenizedText<'a> {
        let mut tokens: Vec<Token> = Vec::new();
        let mut open: Option<Token> = None;
        let mut previous = ' ';
        for (at, c) in text.char_indices() {
            if c.is_ascii_alphanumeric() {
                let token = open.get_or_insert_with(|| Token {
                    start: at,
                    end: at,
                    all_digits: true,
                    has_digit: false,
                    touches_letter: attaches_before(previous),
                    after_plus: previous == '+',
                    separator: Separator::Other,
                    number_len: 0,
                });
                token.end = at + 1;
                token.all_digits &= c.is_ascii_digit();
                token.has_digit |= c.is_ascii_digit();
            } else if let Some(mut token) = open.take() {
                token.touches_letter |= attaches(c);
                push(&mut tokens, token, text);
            }
            previous = c;
        }
        if let Some(token) = open {
            push(&mut tokens, token, text);
        }
        let next_starts: Vec<usize> = tokens.iter().skip(1).map(|token| token.start).collect();
        for (token, next_start) in tokens.iter_mut().zip(next_starts) {
            token.separator = Separator::from_gap(text.get(token.end..next_start).unwrap_or_default());
        }
        let number_lens: Vec<usize> = (0..tokens.len()).map(|first| number_len(&tokens, first)).collect();
        for (token, number_len) in tokens.iter_mut().zip(number_lens) {
            token.number_len = number_len;
        }
        TokenizedText { text, tokens }
    }

    /// The tokens that a number without a label can begin with, and their indexes.
    pub(super) fn number_starts(&self) -> impl Iterator<Item = (usize, &Token)> {
        let is_start = |(_, token): &(usize, &Token)| !token.touches_letter && token.number_len >= MIN_UNLABELED_LEN;
        self.tokens.iter().enumerate().filter(is_start)
    }

    pub(super) fn token(&self, index: usize) -> Option<&Token> {
        self.tokens.get(index)
    }

    pub(super) fn token_text(&self, token: &Token) -> &'a str {
        self.text.get(token.start..token.end).unwrap_or_default()
    }

    fn previous(&self, index: usize) -> Option<&Token> {
        index.checked_sub(1).and_then(|index| self.tokens.get(index))
    }

    /// True if nothing directly before token `first` or after token `last` reads as part of the same number.
    pub(super) fn is_delimited(&self, first: usize, last: usize) -> bool {
        let separates = |separator: Separator, other: &Token| {
            !(other.has_digit && (separator.joins() || separator == Separator::Comma && other.len() <= 3))
        };
        let left = self.previous(first).is_none_or(|token| separates(token.separator, token));
        let right = match (self.token(last), self.token(last + 1)) {
            (Some(token), Some(next)) => separates(token.separator, next),
            _ => true,
        };
        let touches_letter = |index| self.token(index).is_some_and(|token| token.touches_letter);
        left && right && !touches_letter(first) && !touches_letter(last)
    }

    /// True if, in addition, no digits are one space away.
    pub(super) fn is_isolated(&self, first: usize, last: usize) -> bool {
        let left = self.previous(first).is_none_or(|token| !(token.all_digits && token.separator == Separator::Space));
        let right = match (self.token(last), self.token(last + 1)) {
            (Some(token), Some(next)) => !(next.all_digits && token.separator == Separator::Space),
            _ => true,
        };
        left && right && self.is_delimited(first, last)
    }

    /// True if one of `keywords` (lower case) is close before `start`, with no placeholder in between.
    pub(super) fn has_keyword_before(&self, start: usize, keywords: &[&str]) -> bool {
        const WINDOW_CHARS: usize = 28;
        let before = self.text.get(..start).unwrap_or_default();
        let from = before.char_indices().rev().take(WINDOW_CHARS).last().map_or(start, |(at, _)| at);
        let window = before.get(from..).unwrap_or_default();
        contains_keyword(window.rsplit(['[', ']']).next().unwrap_or_default(), keywords)
    }

    /// True if one of `keywords` (lower case) is close after `end`: "9434765919 nhs".
    pub(super) fn has_keyword_after(&self, end: usize, keywords: &[&str]) -> bool {
        const WINDOW_CHARS: usize = 16;
        let after = self.text.get(end..).unwrap_or_default();
        let to = after.char_indices().nth(WINDOW_CHARS).map_or(after.len(), |(at, _)| at);
        let window = after.get(..to).unwrap_or_default();
        contains_keyword(window.split(['[', ']']).next().unwrap_or_default(), keywords)
    }
}

/// True if the text contains one of `keywords` (lower case) as a whole word. Keywords in scripts without spaces match
/// anywhere.
pub(super) fn contains_keyword(text: &str, keywords: &[&str]) -> bool {
    if text.is_ascii() {
        return text
            .split(|c: char| !c.is_ascii_alphanumeric())
            .any(|word| keywords.iter().any(|keyword| word.eq_ignore_ascii_case(keyword)));
    }
    let lower = text.to_lowercase();
    lower.split(|c: char| !c.is_alphanumeric()).any(|word| keywords.contains(&word))
        || keywords.iter().any(|keyword| keyword.chars().all(is_unspaced_script) && lower.contains(keyword))
}

/// True for a character of a script that is written without spaces between words: Thai, Lao, Burmese, Khmer and CJK.
pub(super) fn is_unspaced_script(c: char) -> bool {
    matches!(c, '\u{0E00}'..='\u{0EFF}' | '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{17FF}') || c >= '\u{2E80}'
}

/// True for a character that continues an identifier.
fn attaches(c: char) -> bool {
    c == '_' || (!c.is_ascii() && c < '\u{0E00}' && c.is_alphabetic())
}

/// True for a character before a token that makes it part of something else: an identifier, a tag, a handle or a price.
fn attaches_before(c: char) -> bool {
    attaches(c) || matches!(c, '#' | '@' | '$' | '€' | '£')
}
