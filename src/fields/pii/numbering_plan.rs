//! Telephone numbering plans: valid numbers by country, and which of them belong to services.

use std::sync::LazyLock;

use crate::fields::pii::check_digits::{is_day_of_month, parse_digits_at};
use crate::fields::pii::country_plans::split_international;
use crate::fields::pii::pattern::{PatternIndex, Validator};

/// National formats without a trunk prefix 0.
const NATIONAL_PATTERNS: [(&str, Validator); 15] = [
    ("999-999-9999", is_north_american),
    ("999.999.9999", is_north_american),
    ("999)999-9999", is_north_american),
    ("999)999 9999", is_north_american),
    ("999 999 9999", is_north_american),
    ("999 999-9999", is_north_american),
    ("9~999~999~9999", is_north_american),
    ("9(999)999-9999", is_north_american),
    ("99)99999-9999", is_brazilian),
    ("99)9999-9999", is_brazilian),
    ("9(999)999-99-99", is_russian),
    ("9-999-999-99-99", is_russian),
    ("9 999 999-99-99", is_russian),
    ("199~9999~9999", is_chinese_mobile),
    ("999 99 99 99", is_spanish),
];

pub(super) static NATIONAL_INDEX: LazyLock<PatternIndex<Validator>> =
    LazyLock::new(|| PatternIndex::new(NATIONAL_PATTERNS.into_iter()));

/// North American Numbering Plan: area and exchange begin with 2 to 9 and are no service code. Freephone and premium-rate
/// areas belong to companies.
fn is_north_american(n: &[u8]) -> bool {
    let n = match n {
        [b'1', national @ ..] if national.len() == 10 => national,
        national => national,
    };
    let [a, b, c, d, e, f, ..] = n else {
        return false;
    };
    let is_service_area = (b == c && (*a == b'8' || *b == b'0' && *a == b'9')) || (*b == b'1' && *c == b'1');
    n.len() == 10
        && (b'2'..=b'9').contains(a)
        && (b'2'..=b'9').contains(d)
        && *b != b'9'
        && !is_service_area
        && !(*e == b'1' && *f == b'1')
}

fn is_brazilian(n: &[u8]) -> bool {
    matches!(n, [b'1'..=b'9', b'1'..=b'9', b'2'..=b'9', ..])
}

fn is_russian(n: &[u8]) -> bool {
    matches!(n, [b'7' | b'8', b'3' | b'4' | b'9', ..])
}

fn is_chinese_mobile(n: &[u8]) -> bool {
    matches!(n, [b'1', b'3'..=b'9', ..])
}

fn is_spanish(n: &[u8]) -> bool {
    matches!(n, [b'6' | b'7' | b'9', ..])
}

/// Mobile prefixes and total lengths of national numbers without spaces. Only mobile numbers are typed without spaces.
pub(super) const MOBILE_PREFIXES: [(&str, core::ops::RangeInclusive<usize>); 12] = [
    ("015", 11..=12),
    ("016", 11..=12),
    ("017", 11..=12),
    ("071", 11..=11),
    ("073", 11..=11),
    ("074", 11..=11),
    ("075", 11..=11),
    ("077", 11..=11),
    ("078", 11..=11),
    ("079", 11..=11),
    ("06", 10..=10),
    ("07", 10..=10),
];

/// National prefixes of service numbers, which do not belong to people.
const SERVICE_PREFIXES: [&str; 9] = ["0800", "0808", "0900", "0901", "0180", "0137", "0190", "0845", "0870"];

/// True if these digits, country code first, have the form of an E.164 number that can belong to a person.
pub(super) fn is_personal_e164(digits: &str) -> bool {
    let Some((code, national)) = split_international(digits) else {
        return false;
    };
    let is_service = national.starts_with("800") || national.starts_with("900");
    !is_service && (code != "1" || is_north_american(national.as_bytes()))
}

/// True for eight digits that are a date of the years 1900 to 2099, year first or last.
pub(super) fn is_date(digits: &str) -> bool {
    let number = |from: usize, len: usize| parse_digits_at(digits.as_bytes(), from, len);
    let is_year = |year: Option<u64>| year.is_some_and(|year| (1900..=2099).contains(&year));
    let is_day = |day: Option<u64>, month: Option<u64>| match (day, month) {
        (Some(day), Some(month)) => is_day_of_month(day, month) || is_day_of_month(month, day),
        _ => false,
    };
    digits.len() == 8
        && (is_year(number(0, 4)) && is_day(number(6, 2), number(4, 2))
            || is_year(number(4, 4)) && is_day(number(0, 2), number(2, 2)))
}

/// True if the first group or all digits are those of a service number.
pub(super) fn is_service_number(group: &str, digits: &str) -> bool {
    let freephone = ["800", "888", "1800", "1888"];
    SERVICE_PREFIXES.iter().any(|prefix| group.starts_with(prefix))
        || freephone.iter().any(|prefix| digits.starts_with(prefix))
}
