//! What an announced number looks like.

use core::net::{Ipv4Addr, Ipv6Addr};
use core::ops::RangeInclusive;

use crate::fields::pii::check_digits::is_day_of_month;
use crate::fields::pii::pattern::{CompactForm, group_matches};
use crate::fields::pii::prefilter::MIN_ALTERNATIONS;
use crate::fields::pii::tokenizer::{Separator, Token, TokenizedText, is_unspaced_script};

/// Minimum number of digits among letters. Fewer are a model name.
const MIN_MIXED_DIGITS: usize = 4;

/// Minimum length of a number with one digit less whose digits and letters alternate.
const MIN_ALTERNATING: usize = 9;

/// Maximum letters of a group without a digit within a number: `SMITH 905180 J99AB`.
const MAX_LETTER_GROUP: usize = 5;

/// Maximum number of groups of an announced number (NIDA: `19930518-12345-00001-20`, an IBAN has nine).
const MAX_GROUPS: usize = 10;

/// Years between which two groups of four digits are a range and not a number.
const YEARS: RangeInclusive<u32> = 1000..=2099;

/// The form of a number after the word that announces it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Shape {
    /// This many digits (`d8-12`).
    Digits(RangeInclusive<usize>),
    /// This many digits and letters (`x6-12`).
    Mixed(RangeInclusive<usize>),
    /// A pattern of `pattern` without separators.
    Pattern(&'static str),
    /// A telephone number.
    Phone,
    /// A date in digits.
    Date,
    /// An Internet address.
    Ip,
    /// A hardware address (IEEE 802).
    Mac,
    /// An IBAN, whatever its check digits are.
    Iban,
}

impl Shape {
    /// Reads a shape of `words.tsv`. None for one that is not known.
    pub(super) fn parse(text: &'static str) -> Option<Shape> {
        let lengths = |text: &str| -> Option<RangeInclusive<usize>> {
            let (min, max) = text.split_once('-').unwrap_or((text, text));
            Some(min.parse().ok()?..=max.parse().ok()?)
        };
        Some(match text {
            "phone" => Shape::Phone,
            "date" => Shape::Date,
            "ip" => Shape::Ip,
            "mac" => Shape::Mac,
            "iban" => Shape::Iban,
            _ => match text.strip_prefix('d').and_then(lengths) {
                Some(lengths) => Shape::Digits(lengths),
                None => match text.strip_prefix('x').and_then(lengths) {
                    Some(lengths) => Shape::Mixed(lengths),
                    None if text.bytes().all(|b| b"9AX".contains(&b)) && !text.is_empty() => Shape::Pattern(text),
                    None => return None,
                },
            },
        })
    }

    fn accepts(&self, compact: &[u8]) -> bool {
        let digits = compact.iter().filter(|b| b.is_ascii_digit()).count();
        match self {
            Shape::Digits(lengths) => digits == compact.len() && lengths.contains(&digits),
            Shape::Mixed(lengths) => {
                lengths.contains(&compact.len())
                    && (digits >= MIN_MIXED_DIGITS || digits + 1 >= MIN_MIXED_DIGITS && alternates(compact))
                    && digits * 3 >= compact.len()
            }
            Shape::Pattern(pattern) => compact.len() == pattern.len() && group_matches(compact, pattern),
            Shape::Iban => {
                (15..=34).contains(&compact.len())
                    && matches!(compact, [a, b, c, d, ..] if a.is_ascii_alphabetic()
                    && b.is_ascii_alphabetic() && c.is_ascii_digit() && d.is_ascii_digit())
            }
            Shape::Phone | Shape::Date | Shape::Ip | Shape::Mac => false,
        }
    }
}

/// True if digits and letters alternate as in no word or model name: `C4VW1JKZ8`, a German passport (ICAO 9303 serial number).
fn alternates(compact: &[u8]) -> bool {
    let is_change = |pair: &[u8]| matches!(pair, [a, b] if a.is_ascii_digit() != b.is_ascii_digit());
    compact.len() >= MIN_ALTERNATING && compact.windows(2).filter(|pair| is_change(pair)).count() >= MIN_ALTERNATIONS
}

/// The byte offset after the number that begins at token `first` and has one of `shapes`; the longest counts.
pub(super) fn number_end(text: &TokenizedText<'_>, first: usize, shapes: &[Shape]) -> Option<usize> {
    let token = text.token(first)?;
    let special = shapes.iter().find_map(|shape| match shape {
        Shape::Date => date_end(text, first),
        Shape::Ip => ip_end(text.text, token.start),
        Shape::Mac => mac_end(text.text, token.start),
        Shape::Phone | Shape::Digits(_) | Shape::Mixed(_) | Shape::Pattern(_) | Shape::Iban => None,
    });
    special.or_else(|| grouped_end(text, first, shapes))
}

/// True if the group `next` can continue a number after `token`.
fn continues(text: &TokenizedText<'_>, token: &Token, next: usize) -> bool {
    let Some(group) = text.token(next) else {
        return false;
    };
    let is_separator = match token.separator {
        Separator::Space | Separator::Dash | Separator::Dot | Separator::Slash => true,
        Separator::Open | Separator::Close => true,
        Separator::Comma | Separator::Other => false,
    };
    let letters = text.token_text(group);
    let is_group_of_letters = group.len() <= MAX_LETTER_GROUP
        && letters.bytes().all(|b| b.is_ascii_uppercase())
        && (token.separator != Separator::Space
            || group.len() <= 2
            || text.token(next + 1).is_some_and(|after| after.has_digit && group.separator == Separator::Space));
    is_separator && !group.after_plus && (group.has_digit || is_group_of_letters)
}

fn grouped_end(text: &TokenizedText<'_>, first: usize, shapes: &[Shape]) -> Option<usize> {
    let mut compact = CompactForm::new();
    let (mut end, mut last) = (None, first);
    for index in first..first + MAX_GROUPS {
        let Some(token) = text.token(index) else { break };
        compact.push_str(text.token_text(token));
        if shapes.iter().any(|shape| shape.accepts(compact.bytes())) && ends_number(text, index) {
            end = Some(token.end + closing_bracket_len(text, first, index));
            last = index;
        }
        if !continues(text, token, index + 1) {
            break;
        }
    }
    let groups = text.tokens.get(first..=last)?;
    (!is_date(text, groups) && !are_years(text, groups)).then_some(end).flatten()
}

/// True if nothing after token `index` belongs to the same expression: more digits, a letter or a unit.
fn ends_number(text: &TokenizedText<'_>, index: usize) -> bool {
    let Some(token) = text.token(index) else {
        return false;
    };
    let after = text.text.get(token.end..).unwrap_or_default();
    let joins_letter = after.starts_with(|c: char| {
        matches!(c, '_' | '@' | '%' | '€' | '$' | '£' | '°') || c.is_alphabetic() && !is_unspaced_script(c)
    });
    let joined = matches!(token.separator, Separator::Dash | Separator::Dot | Separator::Slash);
    let joins_digits = joined && text.token(index + 1).is_some_and(|next| next.has_digit);
    let is_decimal = token.separator == Separator::Comma && text.token(index + 1).is_some_and(|next| next.len() <= 2);
    !joins_letter && !joins_digits && !is_decimal && !is_unit(after)
}

/// Units of amounts and measures, which no number of a person has.
const UNITS: [&str; 30] = [
    "euro",
    "euros",
    "eur",
    "€",
    "usd",
    "dollar",
    "dollars",
    "gbp",
    "pounds",
    "chf",
    "franken",
    "pln",
    "zl",
    "zł",
    "kr",
    "kč",
    "ft",
    "lei",
    "rub",
    "руб",
    "рублей",
    "грн",
    "tl",
    "km",
    "mm",
    "cm",
    "kg",
    "mah",
    "people",
    "views",
];

fn is_unit(after: &str) -> bool {
    let word = after.strip_prefix(' ').unwrap_or_default();
    let word = word.split([' ', ',', '.', '?']).next().unwrap_or_default();
    UNITS.contains(&word)
}

/// The length of the bracket that closes one within the number: `A123456(3)`.
fn closing_bracket_len(text: &TokenizedText<'_>, first: usize, last: usize) -> usize {
    let (Some(from), Some(to)) = (text.token(first), text.token(last)) else {
        return 0;
    };
    let inside = text.text.get(from.start..to.end).unwrap_or_default();
    let after = text.text.get(to.end..).unwrap_or_default();
    usize::from(inside.contains('(') && !inside.contains(')') && after.starts_with(')'))
}

fn number(text: &TokenizedText<'_>, token: &Token) -> Option<u64> {
    text.token_text(token).parse().ok().filter(|_| token.all_digits)
}

/// True for two or three groups that are all years.
fn are_years(text: &TokenizedText<'_>, groups: &[Token]) -> bool {
    (1..=3).contains(&groups.len())
        && groups.iter().all(|token| {
            let year = number(text, token).and_then(|year| u32::try_from(year).ok());
            token.len() == 4 && year.is_some_and(|year| YEARS.contains(&year))
        })
}

/// True for a date: day, month and year in three groups, the year at one end, or in one group of eight digits.
fn is_date(text: &TokenizedText<'_>, groups: &[Token]) -> bool {
    let is_day = |day: Option<u64>, month: Option<u64>| match (day, month) {
        (Some(day), Some(month)) => is_day_of_month(day, month) || is_day_of_month(month, day),
        _ => false,
    };
    match groups {
        [a, b, c] => {
            let (x, y, z) = (number(text, a), number(text, b), number(text, c));
            let is_year = |token: &Token, value: Option<u64>| {
                token.len() == 4 && value.is_some_and(|year| (1800..=2099).contains(&year))
            };
            let short = |token: &Token| token.len() <= 2;
            is_year(a, x) && short(b) && short(c) && is_day(z, y)
                || is_year(c, z) && short(a) && short(b) && is_day(x, y)
        }
        _ => false,
    }
}

/// The end of a date of birth.
fn date_end(text: &TokenizedText<'_>, first: usize) -> Option<usize> {
    let groups = text.tokens.get(first..first + 3)?;
    let [a, b, c] = groups else {
        return None;
    };
    let is_joined = a.separator == b.separator
        && matches!(a.separator, Separator::Dash | Separator::Dot | Separator::Slash | Separator::Space);
    let (x, y) = (number(text, a)?, number(text, b)?);
    let is_short = c.len() == 2
        && c.all_digits
        && a.len() <= 2
        && b.len() <= 2
        && (is_day_of_month(x, y) || is_day_of_month(y, x))
        && a.separator != Separator::Space;
    (is_joined && (is_short || is_date(text, groups))).then_some(c.end)
}

/// The end of an Internet address that identifies a connection: no private, local or documentation-free special address.
fn ip_end(text: &str, start: usize) -> Option<usize> {
    let rest = text.get(start..)?;
    let len = rest.find(|c: char| !(c.is_ascii_hexdigit() || matches!(c, ':' | '.'))).unwrap_or(rest.len());
    let address = rest.get(..len)?.trim_end_matches(['.', ':']);
    let is_public = match address.parse() {
        Ok(address) => is_public_v4(address),
        Err(_) => is_global_v6(address.parse().ok()?),
    };
    is_public.then_some(start + address.len())
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    !(address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_unspecified()
        || address.is_multicast()
        || address.octets().first().is_some_and(|first| matches!(first, 0 | 240..=255)))
}

/// True for a global unicast address (2000::/3, RFC 4291 section 2.5.4).
pub(super) fn is_global_v6(address: Ipv6Addr) -> bool {
    address.segments().first().is_some_and(|first| first >> 13 == 1)
}

/// The end of a hardware address: six pairs of hexadecimal digits.
fn mac_end(text: &str, start: usize) -> Option<usize> {
    const LEN: usize = 17;
    let address = text.get(start..start + LEN)?;
    let separator = address.chars().nth(2).filter(|c| matches!(c, ':' | '-'))?;
    let mut pairs = 0;
    for pair in address.split(separator) {
        if pair.len() != 2 || !pair.bytes().all(|b| b.is_ascii_hexdigit()) {
            return None;
        }
        pairs += 1;
    }
    (pairs == 6).then_some(start + LEN)
}
