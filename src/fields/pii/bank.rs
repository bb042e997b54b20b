//! Payment card numbers and IBANs.

use core::ops::RangeInclusive;
use std::sync::LazyLock;

use crate::fields::pii::check_digits::{all_same, luhn, parse_digits_at};
use crate::fields::pii::kind::PiiKind;
use crate::fields::pii::pattern::{self, CompactForm};
use crate::fields::pii::spans::Spans;
use crate::fields::pii::tokenizer::{Separator, TokenizedText};

/// Lengths of IBANs (ISO 13616-1).
const IBAN_LENGTHS: RangeInclusive<usize> = 15..=34;

/// Finds IBANs: a country code and two check digits, then any grouping, if a valid IBAN of the country ends at the end of a
/// group.
pub(super) fn find_ibans(text: &TokenizedText<'_>, spans: &mut Spans) {
    for (index, token) in text.number_starts() {
        let bytes = text.token_text(token).as_bytes();
        let starts_like_iban = match bytes {
            [a, b] => a.is_ascii_alphabetic() && b.is_ascii_alphabetic(),
            [a, b, c, d, ..] => {
                a.is_ascii_alphabetic() && b.is_ascii_alphabetic() && c.is_ascii_digit() && d.is_ascii_digit()
            }
            _ => false,
        };
        if starts_like_iban && let Some(end) = iban_end(text, index) {
            spans.add(PiiKind::BankAccount, token.start..end);
        }
    }
}

/// The countries whose IBANs are recognized, in order. The library has no list, so it is asked about every code.
pub(super) fn iban_countries() -> Vec<String> {
    let letters = || ('A'..='Z').zip(10_u32..);
    let codes = letters().flat_map(|(a, first)| letters().map(move |(b, second)| (a, b, first * 100 + second)));
    let is_known = |(a, b, value): &(char, char, u32)| {
        // Check digits of an account number of zeros (ISO 7064 MOD 97-10).
        let check = 98 - value * 100 % 97;
        let account = format!("{a}{b}{check:02}00000000000");
        !matches!(account.parse::<iban::Iban>(), Err(iban::ParseIbanError::UnknownCountry(_)))
    };
    codes.filter(is_known).map(|(a, b, _)| format!("{a}{b}")).collect()
}

/// The end of the IBAN that begins at token `index`, in groups separated by a space, dash or dot.
fn iban_end(text: &TokenizedText<'_>, index: usize) -> Option<usize> {
    let mut compact = CompactForm::new();
    for token in text.tokens.iter().skip(index) {
        compact.push_str(text.token_text(token));
        let len = compact.bytes().len();
        if IBAN_LENGTHS.contains(&len) {
            let account = core::str::from_utf8(compact.bytes()).ok()?;
            if account.parse::<iban::Iban>().is_ok() {
                return Some(token.end);
            }
        }
        let joins = matches!(token.separator, Separator::Space | Separator::Dash | Separator::Dot);
        if len > *IBAN_LENGTHS.end() || !joins {
            return None;
        }
    }
    None
}

/// Card number formats, as on cards, in forms and in e-mails.
const CARD_PATTERNS: [&str; 24] = [
    "9999,9999,9999,9999",
    "9999,999999,99999",
    "9999/9999/9999/9999",
    "9999/999999/99999",
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

static CARD_INDEX: LazyLock<pattern::PatternIndex<()>> =
    LazyLock::new(|| pattern::PatternIndex::new(CARD_PATTERNS.into_iter().map(|pattern| (pattern, ()))));

/// A range of issuer identification numbers (ISO/IEC 7812-1), as card schemes publish them.
struct IssuerRange {
    /// The first and last prefix of the range.
    prefixes: RangeInclusive<u64>,
    /// The number of digits of a prefix.
    prefix_len: usize,
    /// The number of digits of a card number.
    card_lens: RangeInclusive<usize>,
}

const fn issuer(prefixes: RangeInclusive<u64>, prefix_len: usize, card_lens: RangeInclusive<usize>) -> IssuerRange {
    IssuerRange { prefixes, prefix_len, card_lens }
}

static ISSUERS: [IssuerRange; 20] = [
    issuer(4..=4, 1, 16..=16),
    issuer(4..=4, 1, 13..=13),
    issuer(4..=4, 1, 19..=19),
    issuer(51..=55, 2, 16..=16),
    issuer(2221..=2720, 4, 16..=16),
    issuer(34..=34, 2, 15..=15),
    issuer(37..=37, 2, 15..=15),
    issuer(300..=305, 3, 14..=19),
    issuer(309..=309, 3, 14..=19),
    issuer(36..=36, 2, 14..=19),
    issuer(38..=39, 2, 14..=19),
    issuer(3528..=3589, 4, 16..=19),
    issuer(6011..=6011, 4, 16..=19),
    issuer(644..=659, 3, 16..=19),
    issuer(60..=62, 2, 16..=19),
    issuer(81..=82, 2, 16..=16),
    issuer(2200..=2204, 4, 16..=19),
    issuer(5018..=5083, 4, 13..=19),
    issuer(6304..=6304, 4, 13..=19),
    issuer(6759..=6770, 4, 13..=19),
];

/// True for a payment card number: an issuer's prefix and length, and a valid check digit.
pub(super) fn is_card_number(n: &[u8]) -> bool {
    let has_issuer = ISSUERS.iter().any(|issuer| {
        parse_digits_at(n, 0, issuer.prefix_len).is_some_and(|prefix| issuer.prefixes.contains(&prefix))
            && issuer.card_lens.contains(&n.len())
    });
    has_issuer && luhn(n) && !all_same(n)
}

/// Finds card numbers. Four digits after four others are the middle of something longer (a parcel number), not the
/// beginning of a card number.
pub(super) fn find_cards(text: &TokenizedText<'_>, spans: &mut Spans) {
    for (index, token) in text.number_starts() {
        if !token.all_digits
            || token.len() < 4
            || token.len() > 19
            || token.touches_letter
            || token.after_plus
            || !spans.is_free(&(token.start..token.end))
        {
            continue;
        }
        let is_middle = index.checked_sub(1).and_then(|previous| text.token(previous)).is_some_and(|previous| {
            previous.all_digits
                && previous.len() == 4
                && token.len() == 4
                && previous.separator != Separator::Other
                && spans.is_free(&(previous.start..previous.end))
        });
        if is_middle {
            continue;
        }
        for (pattern, ()) in CARD_INDEX.with_first_group_len(token.len()) {
            if let Some(found) = pattern::match_at(text, index, pattern)
                && is_card_number(found.compact.bytes())
                && spans.add(PiiKind::Card, found.range)
            {
                break;
            }
        }
    }
}
