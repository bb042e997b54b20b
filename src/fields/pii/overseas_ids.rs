//! Validation of national identification numbers of countries outside Europe, over the compact form.

use crate::fields::pii::check_digits::{
    is_birth_year, is_day_of_month, luhn, parse_digits, parse_digits_at, weighted_sum,
};

/// Evaluates a check that fails if the number does not have the digits that it reads (`?`).
fn check(valid: impl FnOnce() -> Option<bool>) -> bool {
    valid() == Some(true)
}

fn has_date(n: &[u8], day: usize, month: usize) -> Option<bool> {
    Some(is_day_of_month(parse_digits_at(n, day, 2)?, parse_digits_at(n, month, 2)?))
}

/// Emirates ID: the country's code 784 and the year of birth.
pub(super) fn is_emirates_id(n: &[u8]) -> bool {
    n.starts_with(b"784") && check(|| Some(is_birth_year(parse_digits_at(n, 3, 4)?)))
}

/// Argentine CUIT and CUIL: the type, the DNI and a check digit modulo 11.
pub(super) fn is_argentine_cuit(n: &[u8]) -> bool {
    let valid = || {
        let sum = weighted_sum(n, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2])? % 11;
        let expected = (11 - sum) % 11;
        let valid_type = matches!(parse_digits_at(n, 0, 2)?, 20 | 23..=27 | 30 | 33 | 34);
        Some(valid_type && parse_digits_at(n, 10, 1)? == u64::from(expected % 10))
    };
    check(valid)
}

/// Chilean RUT: a check digit modulo 11, `K` for 10.
pub(super) fn is_chilean_rut(n: &[u8]) -> bool {
    let valid = || {
        let (&check, body) = n.split_last()?;
        let weights = [2, 3, 4, 5, 6, 7, 2, 3];
        let sum = body
            .iter()
            .rev()
            .zip(weights)
            .try_fold(0, |sum, (byte, weight)| Some(sum + char::from(*byte).to_digit(10)? * weight))?;
        let expected = match 11 - sum % 11 {
            11 => b'0',
            10 => b'K',
            digit => b'0' + u8::try_from(digit).ok()?,
        };
        Some(check == expected)
    };
    check(valid)
}

/// Egyptian national number: century, date of birth and governorate.
pub(super) fn is_egyptian_id(n: &[u8]) -> bool {
    let valid = || {
        let valid_governorate = matches!(parse_digits_at(n, 7, 2)?, 1..=35 | 88);
        Some(matches!(n.first()?, b'2' | b'3') && has_date(n, 5, 3)? && valid_governorate)
    };
    check(valid)
}

/// Indonesian NIK: region and date of birth; the day of women is 40 higher.
pub(super) fn is_indonesian_nik(n: &[u8]) -> bool {
    let valid = || {
        let day = parse_digits_at(n, 6, 2)?;
        let day = if day > 40 { day - 40 } else { day };
        let valid_region =
            matches!(parse_digits_at(n, 0, 2)?, 11..=21 | 31..=36 | 51..=53 | 61..=65 | 71..=76 | 81 | 82 | 91..=97);
        Some(valid_region && is_day_of_month(day, parse_digits_at(n, 8, 2)?) && parse_digits_at(n, 12, 4)? != 0)
    };
    check(valid)
}

/// Israeli identity number: nine digits with Luhn.
pub(super) fn is_israeli_id(n: &[u8]) -> bool {
    luhn(n) && check(|| Some(parse_digits(n)? > 1_000_000))
}

/// Georgian personal number: eleven digits, the first two of the region.
pub(super) fn is_georgian_id(n: &[u8]) -> bool {
    let is_sequence = n.iter().zip(n.iter().skip(1)).all(|(a, b)| a.wrapping_add(1) == *b || *b == b'0');
    check(|| Some(matches!(parse_digits_at(n, 0, 2)?, 1..=2))) && !is_sequence
}

/// Indian PAN of a person: the fourth letter is P.
pub(super) fn is_indian_pan(n: &[u8]) -> bool {
    n.get(3) == Some(&b'P')
}

/// Kazakh IIN: date of birth, century and sex, and a check digit with two sets of weights.
pub(super) fn is_kazakh_iin(n: &[u8]) -> bool {
    let valid = || {
        let first = weighted_sum(n, &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11])? % 11;
        let second = weighted_sum(n, &[3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2])? % 11;
        let expected = if first < 10 { first } else { second };
        Some(
            has_date(n, 4, 2)? && matches!(n.get(6)?, b'0'..=b'6') && parse_digits_at(n, 11, 1)? == u64::from(expected),
        )
    };
    check(valid)
}

/// Mexican CURP: date of birth and sex.
pub(super) fn is_mexican_curp(n: &[u8]) -> bool {
    matches!(n.get(10), Some(b'H' | b'M' | b'X')) && check(|| has_date(n, 8, 6))
}

/// Malaysian MyKad number: date of birth.
pub(super) fn is_malaysian_id(n: &[u8]) -> bool {
    check(|| has_date(n, 4, 2))
}

/// Singaporean NRIC and FIN: a check letter modulo 11.
pub(super) fn is_singaporean_nric(n: &[u8]) -> bool {
    let valid = || {
        let (first, digits, letter) = (*n.first()?, n.get(1..8)?, *n.get(8)?);
        let sum = weighted_sum(digits, &[2, 7, 6, 5, 4, 3, 2])?;
        let (offset, letters) = match first {
            b'S' => (0, b"JZIHGFEDCBA"),
            b'T' => (4, b"JZIHGFEDCBA"),
            b'F' => (0, b"XWUTRQPNMLK"),
            b'G' => (4, b"XWUTRQPNMLK"),
            b'M' => (3, b"KLJNPQRTUWX"),
            _ => return None,
        };
        letters.get(usize::try_from((sum + offset) % 11).ok()?).map(|expected| *expected == letter)
    };
    check(valid)
}

/// Thai identity number: a check digit modulo 11.
pub(super) fn is_thai_id(n: &[u8]) -> bool {
    let valid = || {
        let sum = weighted_sum(n, &[13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2])? % 11;
        Some(matches!(n.first()?, b'1'..=b'8') && parse_digits_at(n, 12, 1)? == u64::from((11 - sum) % 10))
    };
    check(valid)
}

/// Taiwanese identity number: a letter for the place, sex, and a check digit modulo 10.
pub(super) fn is_taiwanese_id(n: &[u8]) -> bool {
    let valid = || {
        let place = b"ABCDEFGHJKLMNPQRSTUVXYWZIO".iter().position(|letter| Some(letter) == n.first())?;
        let place = u32::try_from(place).ok()? + 10;
        let sum = place / 10 + place % 10 * 9 + weighted_sum(n.get(1..)?, &[8, 7, 6, 5, 4, 3, 2, 1, 1])?;
        Some(sum % 10 == 0 && matches!(n.get(1)?, b'1' | b'2' | b'8' | b'9'))
    };
    check(valid)
}

/// Medicare beneficiary identifier (CMS): digits, letters and either at fixed places; six letters are not used.
pub(super) fn is_medicare_identifier(n: &[u8]) -> bool {
    let is_letter = |b: u8| b.is_ascii_uppercase() && !b"SLOIBZ".contains(&b);
    n.first() != Some(&b'0')
        && n.iter().zip(b"9AX9AX9AA99").all(|(byte, symbol)| match symbol {
            b'9' => byte.is_ascii_digit(),
            b'A' => is_letter(*byte),
            _ => byte.is_ascii_digit() || is_letter(*byte),
        })
}
