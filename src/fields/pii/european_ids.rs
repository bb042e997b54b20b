//! Validation of the national identification numbers of more European countries, over the compact form.

use crate::fields::pii::check_digits::{is_day_of_month, luhn, mod_11_10, parse_digits, parse_digits_at, weighted_sum};

/// Evaluates a check that fails if the number does not have the digits that it reads (`?`).
fn check(valid: impl FnOnce() -> Option<bool>) -> bool {
    valid() == Some(true)
}

/// Checks the two-digit day and month at these offsets, the month less one of `offsets`.
fn has_date(n: &[u8], day: usize, month: usize, offsets: &[u64]) -> Option<bool> {
    let (day, month) = (parse_digits_at(n, day, 2)?, parse_digits_at(n, month, 2)?);
    Some(offsets.iter().any(|offset| month.checked_sub(*offset).is_some_and(|month| is_day_of_month(day, month))))
}

/// Austrian Sozialversicherungsnummer: serial, check digit (modulo 11) and date of birth.
pub(super) fn is_austrian_svnr(n: &[u8]) -> bool {
    let valid = || {
        let sum = weighted_sum(n, &[3, 7, 9, 0, 5, 8, 4, 2, 1, 6])? % 11;
        Some(has_date(n, 4, 6, &[0])? && parse_digits_at(n, 3, 1)? == u64::from(sum) && n.first()? != &b'0')
    };
    check(valid)
}

/// Bulgarian EGN: the month tells the century; one check digit.
pub(super) fn is_bulgarian_egn(n: &[u8]) -> bool {
    let valid = || {
        let sum = weighted_sum(n, &[2, 4, 8, 5, 10, 9, 7, 3, 6])? % 11 % 10;
        Some(has_date(n, 4, 2, &[0, 20, 40])? && parse_digits_at(n, 9, 1)? == u64::from(sum))
    };
    check(valid)
}

/// Czech and Slovak rodné číslo: the month of women is 50 higher; ten digits are divisible by 11.
pub(super) fn is_czech_rodne_cislo(n: &[u8]) -> bool {
    let valid = || {
        let divisible = n.len() == 9 || parse_digits(n)? % 11 == 0 || parse_digits_at(n, 0, 9)? % 11 == 10;
        Some(divisible && has_date(n, 4, 2, &[0, 20, 50, 70])?)
    };
    check(valid)
}

/// German Versicherungsnummer (VKVV § 2): area, date of birth, initial letter, serial and check digit.
pub(super) fn is_german_insurance_number(n: &[u8]) -> bool {
    let valid = || {
        let letter = n.get(8)?.checked_sub(b'A')? + 1;
        let digits = [n.get(..8)?, &[b'0' + letter / 10, b'0' + letter % 10], n.get(9..11)?].concat();
        let weights = [2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1];
        let sum = digits.iter().zip(weights).try_fold(0, |sum, (byte, weight)| {
            let product = char::from(*byte).to_digit(10)? * weight;
            Some(sum + product / 10 + product % 10)
        })?;
        Some(has_date(n, 2, 4, &[0])? && parse_digits_at(n, 11, 1)? == u64::from(sum % 10))
    };
    check(valid)
}

/// Estonian isikukood and Lithuanian asmens kodas: century and sex, date of birth, and a check digit with two sets of weights.
pub(super) fn is_baltic_code(n: &[u8]) -> bool {
    let valid = || {
        let first = weighted_sum(n, &[1, 2, 3, 4, 5, 6, 7, 8, 9, 1])? % 11;
        let second = weighted_sum(n, &[3, 4, 5, 6, 7, 8, 9, 1, 2, 3])? % 11 % 10;
        let expected = if first < 10 { first } else { second };
        let valid_century = matches!(n.first()?, b'1'..=b'8');
        Some(valid_century && has_date(n, 5, 3, &[0])? && parse_digits_at(n, 10, 1)? == u64::from(expected))
    };
    check(valid)
}

/// Latvian personas kods: a date of birth, or 32 for numbers issued since 2017.
pub(super) fn is_latvian_personas_kods(n: &[u8]) -> bool {
    n.starts_with(b"32") || check(|| has_date(n, 0, 2, &[0]))
}

/// Greek AMKA: date of birth and Luhn.
pub(super) fn is_greek_amka(n: &[u8]) -> bool {
    check(|| has_date(n, 0, 2, &[0])) && luhn(n)
}

/// Croatian OIB: ISO 7064 MOD 11,10.
pub(super) fn is_croatian_oib(n: &[u8]) -> bool {
    /// Fewer are a round number.
    const MIN_DIFFERENT_DIGITS: usize = 4;
    let different = (b'0'..=b'9').filter(|digit| n.contains(digit)).count();
    different >= MIN_DIFFERENT_DIGITS && mod_11_10(n)
}

/// Romanian CNP: sex and century, date of birth, county and check digit.
pub(super) fn is_romanian_cnp(n: &[u8]) -> bool {
    let valid = || {
        let sum = weighted_sum(n, &[2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9])? % 11;
        let expected = if sum == 10 { 1 } else { sum };
        let valid_county = matches!(parse_digits_at(n, 7, 2)?, 1..=48 | 51 | 52 | 70);
        let valid_date = n.first()? != &b'0' && has_date(n, 5, 3, &[0])?;
        Some(valid_date && valid_county && parse_digits_at(n, 12, 1)? == u64::from(expected))
    };
    check(valid)
}

/// JMBG and EMŠO of the countries of former Yugoslavia: date of birth with three digits of the year, region, check digit.
pub(super) fn is_jmbg(n: &[u8]) -> bool {
    let valid = || {
        let sum = weighted_sum(n, &[7, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2])? % 11;
        let expected = if sum < 2 { 0 } else { 11 - sum };
        let valid_year = matches!(parse_digits_at(n, 4, 3)?, 0..=49 | 900..=999);
        Some(valid_year && has_date(n, 0, 2, &[0])? && parse_digits_at(n, 12, 1)? == u64::from(expected))
    };
    check(valid)
}

/// Irish PPS number: seven digits, a check letter modulo 23 and, since 2013, a second letter.
pub(super) fn is_irish_pps(n: &[u8]) -> bool {
    let valid = || {
        let second = match n.get(8) {
            Some(b'W') | None => 0,
            Some(letter) => u32::from(letter.checked_sub(b'A')?) + 1,
        };
        let remainder = (weighted_sum(n.get(..7)?, &[8, 7, 6, 5, 4, 3, 2])? + second * 9) % 23;
        let letter = if remainder == 0 { b'W' } else { b'A' + u8::try_from(remainder - 1).ok()? };
        Some(n.get(7) == Some(&letter))
    };
    check(valid)
}

/// Any number of its form, which no other number has.
pub(super) fn is_any(n: &[u8]) -> bool {
    !n.is_empty()
}
