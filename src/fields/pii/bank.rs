//! Payment cards and bank accounts.

use std::sync::LazyLock;

use crate::fields::pii::PiiKind;
use crate::fields::pii::checks::{luhn, mod_97_10, number_at, uniform};
use crate::fields::pii::pattern::{self, Compact};
use crate::fields::pii::spans::Claims;
use crate::fields::pii::tokenizer::{Sep, TokenizedText};

/// Lengths of the IBANs of all countries (SWIFT IBAN Registry, ISO 13616-1).
static IBAN_LENGTHS: [(usize, &[&[u8; 2]]); 20] = [
    (15, &[b"NO"]),
    (16, &[b"BE"]),
    (18, &[b"DK", b"FI", b"FO", b"GL", b"NL", b"SD", b"FK"]),
    (19, &[b"MK", b"SI"]),
    (20, &[b"AT", b"BA", b"EE", b"KZ", b"LT", b"LU", b"XK", b"MN"]),
    (21, &[b"CH", b"HR", b"LI", b"LV"]),
    (22, &[b"BG", b"BH", b"CR", b"DE", b"GB", b"GE", b"IE", b"ME", b"RS", b"VA"]),
    (23, &[b"AE", b"GI", b"IL", b"IQ", b"TL", b"OM", b"SO"]),
    (24, &[b"AD", b"CZ", b"ES", b"MD", b"PK", b"RO", b"SA", b"SE", b"SK", b"TN", b"VG"]),
    (25, &[b"PT", b"ST", b"LY"]),
    (26, &[b"IS", b"TR"]),
    (27, &[b"FR", b"GR", b"IT", b"MC", b"MR", b"SM", b"BI", b"DJ"]),
    (28, &[b"AL", b"AZ", b"BY", b"CY", b"DO", b"GT", b"HU", b"LB", b"PL", b"SV", b"NI"]),
    (29, &[b"BR", b"EG", b"PS", b"QA", b"UA"]),
    (30, &[b"JO", b"KW", b"MU", b"YE"]),
    (31, &[b"MT", b"SC"]),
    (32, &[b"LC"]),
    (33, &[b"RU"]),
    (24, &[b"DZ", b"HN"]),
    (27, &[b"CF", b"TD", b"GQ"]),
];

fn iban_length(country: &[u8]) -> Option<usize> {
    let holds = |list: &[&[u8; 2]]| list.iter().any(|code| country.eq_ignore_ascii_case(code.as_slice()));
    IBAN_LENGTHS.iter().find_map(|(length, list)| holds(list).then_some(*length))
}

/// Claims the IBANs: a country code and two check digits, however the rest is
/// grouped, if the country's length ends at the end of a group.
pub(super) fn find_ibans(text: &TokenizedText<'_>, claims: &mut Claims) {
    for (index, token) in text.starts() {
        let slice = text.slice(token).as_bytes();
        let plausible = match slice {
            [a, b] => a.is_ascii_alphabetic() && b.is_ascii_alphabetic(),
            [a, b, c, d, ..] => {
                a.is_ascii_alphabetic() && b.is_ascii_alphabetic() && c.is_ascii_digit() && d.is_ascii_digit()
            }
            _ => false,
        };
        if !plausible {
            continue;
        }
        if let Some(end) = slice.get(..2).and_then(iban_length).and_then(|length| {
            let (compact, end) = gather(text, index, length)?;
            let (head, tail) = compact.bytes().split_at_checked(4)?;
            mod_97_10(tail.iter().chain(head).copied()).then_some(end)
        }) {
            claims.claim(PiiKind::BankAccount, token.start..end);
        }
    }
}

/// The next `length` letters and digits over groups one space, dash or dot apart.
fn gather(text: &TokenizedText<'_>, index: usize, length: usize) -> Option<(Compact, usize)> {
    let mut compact = Compact::new();
    for token in text.tokens.iter().skip(index) {
        compact.push_str(text.slice(token));
        match compact.bytes().len() {
            got if got == length => return Some((compact, token.end)),
            got if got > length => return None,
            _ if !matches!(token.sep, Sep::Space | Sep::Dash | Sep::Dot) => return None,
            _ => {}
        }
    }
    None
}

/// How card numbers are grouped on cards, in forms and in mails.
const CARD_SHAPES: [&str; 20] = [
    "9999~9999~9999~9999~999",
    "9999~9999~9999~9999",
    "9999~999999~99999",
    "9999~999999~9999",
    "9999 99999999 9999",
    "9999 9999 99999999",
    "99999999~99999999",
    "999999~9999999999999",
    "9999~9999~99999",
    "9999~9999~9999~999",
    "9999~9999~9999~99",
    "9999~9999~9999~9",
    "9999999999999999999",
    "999999999999999999",
    "99999999999999999",
    "9999999999999999",
    "999999999999999",
    "99999999999999",
    "9999999999999",
    "999999999999",
];

static CARDS: LazyLock<pattern::ByHead<()>> =
    LazyLock::new(|| pattern::ByHead::new(CARD_SHAPES.into_iter().map(|shape| (shape, ()))));

/// Issuer ranges (ISO/IEC 7812-1 issuer identification numbers, as the schemes
/// publish them): first and last prefix, their length, and the card lengths.
static ISSUERS: [(u64, u64, usize, core::ops::RangeInclusive<usize>); 20] = [
    (4, 4, 1, 16..=16),
    (4, 4, 1, 13..=13),
    (4, 4, 1, 19..=19),
    (51, 55, 2, 16..=16),
    (2221, 2720, 4, 16..=16),
    (34, 34, 2, 15..=15),
    (37, 37, 2, 15..=15),
    (300, 305, 3, 14..=19),
    (309, 309, 3, 14..=19),
    (36, 36, 2, 14..=19),
    (38, 39, 2, 14..=19),
    (3528, 3589, 4, 16..=19),
    (6011, 6011, 4, 16..=19),
    (644, 659, 3, 16..=19),
    (60, 62, 2, 16..=19),
    (81, 82, 2, 16..=16),
    (2200, 2204, 4, 16..=19),
    (5018, 5083, 4, 13..=19),
    (6304, 6304, 4, 13..=19),
    (6759, 6770, 4, 13..=19),
];

fn is_card(n: &[u8]) -> bool {
    let known = ISSUERS.iter().any(|(first, last, length, lengths)| {
        number_at(n, 0, *length).is_some_and(|prefix| (*first..=*last).contains(&prefix)) && lengths.contains(&n.len())
    });
    known && luhn(n) && !uniform(n)
}

/// Claims the card numbers. Four digits that follow four others are the middle
/// of something longer (a parcel number), not the beginning of a card.
pub(super) fn find_cards(text: &TokenizedText<'_>, claims: &mut Claims) {
    for (index, token) in text.starts() {
        if !token.digits
            || token.len() < 4
            || token.len() > 19
            || token.glued
            || token.plus
            || !claims.free(&(token.start..token.end))
        {
            continue;
        }
        let middle = index.checked_sub(1).and_then(|before| text.token(before)).is_some_and(|t| {
            t.digits && t.len() == 4 && token.len() == 4 && t.sep != Sep::Other && claims.free(&(t.start..t.end))
        });
        if middle {
            continue;
        }
        for (shape, ()) in CARDS.starting(token.len()) {
            if let Some(fit) = pattern::fit(text, index, shape)
                && is_card(fit.compact.bytes())
                && claims.claim(PiiKind::Card, fit.range)
            {
                break;
            }
        }
    }
}
