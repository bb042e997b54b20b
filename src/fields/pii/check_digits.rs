//! Check digits and dates.
//!
//! All functions take the compact form: ASCII digits and upper-case letters without separators. A character that a scheme
//! does not allow fails its check.

fn digit(byte: u8) -> Option<u32> {
    char::from(byte).to_digit(10)
}

/// Parses up to 18 digits.
pub(super) fn parse_digits(bytes: &[u8]) -> Option<u64> {
    if bytes.len() > 18 {
        return None;
    }
    bytes.iter().try_fold(0_u64, |sum, &byte| Some(sum * 10 + u64::from(digit(byte)?)))
}

/// Parses the `len` digits at offset `from`.
pub(super) fn parse_digits_at(bytes: &[u8], from: usize, len: usize) -> Option<u64> {
    parse_digits(bytes.get(from..from + len)?)
}

/// The sum of each digit times its weight. Stops at the end of the shorter list.
pub(super) fn weighted_sum(bytes: &[u8], weights: &[u32]) -> Option<u32> {
    bytes.iter().zip(weights).try_fold(0, |sum, (&byte, weight)| Some(sum + digit(byte)? * weight))
}

/// Luhn algorithm: ISO/IEC 7812-1, annex B.
pub(super) fn luhn(bytes: &[u8]) -> bool {
    let sum = bytes.iter().rev().enumerate().try_fold(0, |sum, (place, &byte)| {
        let digit = digit(byte)?;
        let twice = if place % 2 == 0 { digit } else { digit * 2 };
        Some(sum + twice / 10 + twice % 10)
    });
    sum.is_some_and(|sum| sum % 10 == 0)
}

/// ISO/IEC 7064 MOD 11,10, a hybrid system (German tax ID).
pub(super) fn mod_11_10(bytes: &[u8]) -> bool {
    let Some((&check, body)) = bytes.split_last() else {
        return false;
    };
    let product = body.iter().try_fold(10, |product, &byte| {
        let sum = (product + digit(byte)?) % 10;
        Some((if sum == 0 { 10 } else { sum }) * 2 % 11)
    });
    match (product, digit(check)) {
        (Some(product), Some(check)) => (11 - product) % 10 == check,
        _ => false,
    }
}

/// ISO/IEC 7064 MOD 11-2, a pure system with `X` for 10 (GB 11643, China).
pub(super) fn mod_11_2(bytes: &[u8]) -> bool {
    let Some((&check, body)) = bytes.split_last() else {
        return false;
    };
    let remainder = body.iter().try_fold(0, |remainder, &byte| Some((remainder + digit(byte)?) * 2 % 11));
    let check = if check == b'X' { Some(10) } else { digit(check) };
    match (remainder, check) {
        (Some(remainder), Some(check)) => (remainder + check) % 11 == 1,
        _ => false,
    }
}

/// ISBN-10 check (ISO 2108:1992), which NHS numbers share: weights 10 to 1, remainder 0 modulo 11, `X` for a check digit
/// of 10.
pub(super) fn isbn_10(bytes: &[u8]) -> bool {
    let Some((&check, body)) = bytes.split_last() else {
        return false;
    };
    let check = if check == b'X' { Some(10) } else { digit(check) };
    match (weighted_sum(body, &[10, 9, 8, 7, 6, 5, 4, 3, 2]), check) {
        (Some(sum), Some(check)) => body.len() == 9 && (sum + check) % 11 == 0,
        _ => false,
    }
}

/// GS1 check digit (GS1 General Specifications 7.9) of EAN-8, EAN-13, UPC-A, ISBN-13 (ISO 2108) and the Swiss AHV number:
/// weights 1 and 3 from the right.
pub(super) fn gs1(bytes: &[u8]) -> bool {
    let sum = bytes
        .iter()
        .rev()
        .enumerate()
        .try_fold(0, |sum, (place, &byte)| Some(sum + digit(byte)? * if place % 2 == 0 { 1 } else { 3 }));
    sum.is_some_and(|sum| sum % 10 == 0)
}

/// Multiplication in the dihedral group D5, which the Verhoeff algorithm uses.
fn dihedral(a: u32, b: u32) -> u32 {
    match (a < 5, b < 5) {
        (true, true) => (a + b) % 5,
        (true, false) => (a + b) % 5 + 5,
        (false, true) => (a + 5 - b) % 5 + 5,
        (false, false) => (a + 5 - b) % 5,
    }
}

/// Verhoeff algorithm (J. Verhoeff, Error Detecting Decimal Codes, 1969).
pub(super) fn verhoeff(bytes: &[u8]) -> bool {
    const PERMUTATION: [u32; 10] = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
    let sum = bytes.iter().rev().enumerate().try_fold(0, |sum, (place, &byte)| {
        let mut digit = digit(byte)?;
        for _ in 0..place % 8 {
            digit = PERMUTATION.iter().copied().nth(usize::try_from(digit).ok()?)?;
        }
        Some(dihedral(sum, digit))
    });
    sum == Some(0)
}

/// True if all characters are equal: 000… and 111… pass many checks.
pub(super) fn all_same(bytes: &[u8]) -> bool {
    bytes.iter().zip(bytes.iter().skip(1)).all(|(a, b)| a == b)
}

/// True if the month has this day in some year.
pub(super) fn is_day_of_month(day: u64, month: u64) -> bool {
    let last = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 => 29,
        _ => return false,
    };
    (1..=last).contains(&day)
}

/// True for a four-digit year in which a living person or their parents can have been born.
pub(super) fn is_birth_year(year: u64) -> bool {
    (1880..=2049).contains(&year)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_published_examples_and_rejects_a_changed_digit() {
        assert!(luhn(b"4111111111111111") && !luhn(b"4111111111111112"));
        assert!(mod_11_10(b"86095742719") && !mod_11_10(b"86095742718"));
        assert!(mod_11_2(b"11010519491231002X") && !mod_11_2(b"110105194912310021"));
        assert!(isbn_10(b"0306406152") && isbn_10(b"080442957X") && !isbn_10(b"0306406158"));
        assert!(gs1(b"9783161484100") && gs1(b"96385074") && gs1(b"036000291452"));
        assert!(verhoeff(b"2363") && !verhoeff(b"2364"));
    }

    #[test]
    fn every_check_rejects_other_characters() {
        for check in [luhn, mod_11_10, mod_11_2, isbn_10, gs1, verhoeff] {
            assert!(!check(b"12?4"));
        }
        assert_eq!(parse_digits(b"1234567890123456789"), None);
        assert!(!is_day_of_month(30, 2) && is_day_of_month(29, 2) && !is_day_of_month(1, 13));
    }
}
