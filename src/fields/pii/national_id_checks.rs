//! Validation of national identification numbers: one function per scheme, over the compact form.

use crate::fields::pii::check_digits::{
    all_same, gs1, is_birth_year, is_day_of_month, isbn_10, luhn, mod_11_2, mod_11_10, parse_digits, parse_digits_at,
    verhoeff, weighted_sum,
};

/// Evaluates a check that fails if the number does not have the digits that it reads (`?`).
fn check(valid: impl FnOnce() -> Option<bool>) -> bool {
    valid() == Some(true)
}

/// Checks the two-digit day and month at these offsets.
fn has_date(n: &[u8], day: usize, month: usize) -> Option<bool> {
    Some(is_day_of_month(parse_digits_at(n, day, 2)?, parse_digits_at(n, month, 2)?))
}

/// US social security number (SSA, since 2011): no area 000 or 666, no group 00, no serial 0000. Areas 9xx are individual
/// taxpayer identification numbers, which have their own groups.
pub(super) fn is_us_ssn(n: &[u8]) -> bool {
    let valid = || {
        let (area, group, serial) = (parse_digits_at(n, 0, 3)?, parse_digits_at(n, 3, 2)?, parse_digits_at(n, 5, 4)?);
        let taxpayer = matches!(group, 50..=65 | 70..=88 | 90..=92 | 94..=99);
        Some(area != 0 && area != 666 && group != 0 && serial != 0 && (area < 900 || taxpayer))
    };
    check(valid)
}

/// German Steuer-ID (§ 139b AO): ISO 7064 MOD 11,10. Among the first ten digits, exactly one occurs twice or three times.
pub(super) fn is_german_tax_id(n: &[u8]) -> bool {
    let body = n.get(..10).unwrap_or_default();
    // How often the digit at each place occurs. A digit that occurs twice contributes two such places.
    let mut occurrences = body.iter().map(|a| body.iter().filter(|b| *b == a).count());
    let (twice, thrice) = occurrences.by_ref().fold((0, 0), |(twice, thrice), count| match count {
        1 => (twice, thrice),
        2 => (twice + 1, thrice),
        3 => (twice, thrice + 1),
        _ => (twice + 99, thrice),
    });
    n.first() != Some(&b'0') && matches!((twice, thrice), (2, 0) | (0, 3)) && mod_11_10(n)
}

/// NHS number of England, Wales and the Isle of Man: the ISBN-10 check, without a check digit of 10.
pub(super) fn is_nhs_number(n: &[u8]) -> bool {
    n.last() != Some(&b'X') && !all_same(n) && isbn_10(n)
}

/// UK National Insurance number (HMRC NIM39110). `QQ` is never issued, but forms show it as an example and people copy it.
pub(super) fn is_uk_nino(n: &[u8]) -> bool {
    let [first, second, .., suffix] = n else {
        return false;
    };
    let prefix = [*first, *second];
    let unissued = [b"BG", b"GB", b"NK", b"KN", b"TN", b"NT", b"ZZ"];
    let valid_letters = !b"DFIQUV".contains(first) && !b"DFIOQUV".contains(second);
    (valid_letters && !unissued.contains(&&prefix) || prefix == *b"QQ") && b"ABCD".contains(suffix)
}

/// French NIR (INSEE): sex, year, month, place and serial, then 97 minus the remainder modulo 97. The Corsican departments
/// 2A and 2B are replaced by 19 and 18.
pub(super) fn is_french_nir(n: &[u8]) -> bool {
    let valid = || {
        let (body, key) = n.split_at_checked(13)?;
        let corsican = match body.get(5..7)? {
            b"2A" => Some(19),
            b"2B" => Some(18),
            _ => None,
        };
        let value = match corsican {
            None => parse_digits(body)?,
            Some(department) => {
                let (head, tail) = (parse_digits_at(body, 0, 5)?, parse_digits_at(body, 7, 6)?);
                (head * 100 + department) * 1_000_000 + tail
            }
        };
        let valid_sex = matches!(body.first()?, b'1' | b'2' | b'3' | b'4' | b'7' | b'8');
        let valid_month = matches!(parse_digits_at(body, 3, 2)?, 1..=12 | 20..=42 | 50..=99);
        Some(valid_sex && valid_month && value % 97 + parse_digits(key)? == 97)
    };
    check(valid)
}

/// Spanish DNI and NIE (Real Decreto 1553/2005): the letter encodes the number modulo 23. A leading X, Y or Z is 0, 1 or 2.
pub(super) fn is_spanish_dni(n: &[u8]) -> bool {
    let valid = || {
        let (&letter, body) = n.split_last()?;
        let (&first, tail) = body.split_first()?;
        let head = match first {
            b'X' => 0,
            b'Y' => 1,
            b'Z' => 2,
            digit => parse_digits(&[digit])?,
        };
        let remainder = usize::try_from((head * 10_000_000 + parse_digits(tail)?) % 23).ok()?;
        Some(tail.len() == 7 && b"TRWAGMYFPDXBNJZSQVHLCKE".get(remainder) == Some(&letter))
    };
    check(valid)
}

/// A digit of a codice fiscale, or the letter that replaces it to tell apart two people with the same code (omocodia).
fn italian_digit(byte: u8) -> Option<u64> {
    let replacement = b"LMNPQRSTUV".iter().position(|&other| other == byte);
    let digit = char::from(byte).to_digit(10).map(u64::from);
    digit.or(replacement.and_then(|place| u64::try_from(place).ok()))
}

/// Italian codice fiscale (DM 23.12.1976): a sum modulo 26, with table values at odd places.
pub(super) fn is_italian_codice_fiscale(n: &[u8]) -> bool {
    const ODD_VALUES: [u32; 26] =
        [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];
    let valid = || {
        let (&check, body) = n.split_last()?;
        let sum = body.iter().enumerate().try_fold(0, |sum, (place, &byte)| {
            let value = char::from(byte).to_digit(36)?;
            let even = if value < 10 { value } else { value - 10 };
            let odd = ODD_VALUES.get(usize::try_from(even).ok()?)?;
            Some(sum + if place % 2 == 0 { *odd } else { even })
        })?;
        let day = italian_digit(*n.get(9)?)? * 10 + italian_digit(*n.get(10)?)?;
        let valid_month = b"ABCDEHLMPRST".contains(n.get(8)?);
        let check = u32::from(check.checked_sub(b'A')?);
        Some(valid_month && matches!(day, 1..=31 | 41..=71) && sum % 26 == check)
    };
    check(valid)
}

/// Dutch burgerservicenummer: the "elfproef", weights 9 to 2 and -1, modulo 11.
pub(super) fn is_dutch_bsn(n: &[u8]) -> bool {
    let valid = || {
        let sum = weighted_sum(n, &[9, 8, 7, 6, 5, 4, 3, 2])?;
        let check = u32::from(n.last()?.checked_sub(b'0')?);
        Some(sum != 0 && sum % 11 == check % 11 && check < 10)
    };
    check(valid)
}

/// Brazilian CPF: two check digits modulo 11.
pub(super) fn is_brazilian_cpf(n: &[u8]) -> bool {
    let valid = || {
        let first = weighted_sum(n, &[10, 9, 8, 7, 6, 5, 4, 3, 2])? * 10 % 11 % 10;
        let second = weighted_sum(n, &[11, 10, 9, 8, 7, 6, 5, 4, 3, 2])? * 10 % 11 % 10;
        Some(parse_digits_at(n, 9, 2)? == u64::from(first * 10 + second))
    };
    !all_same(n) && check(valid)
}

/// Polish PESEL: the month encodes the century. Only the 1900s and 2000s are accepted; nobody alive has another.
pub(super) fn is_polish_pesel(n: &[u8]) -> bool {
    let valid = || {
        let month = parse_digits_at(n, 2, 2)?;
        let month = if month > 20 { month - 20 } else { month };
        let sum = weighted_sum(n, &[1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1])?;
        Some(is_day_of_month(parse_digits_at(n, 4, 2)?, month) && sum % 10 == 0)
    };
    check(valid)
}

/// Swedish personnummer and samordningsnummer (SKV 704): Luhn over the last ten digits, and a date. A samordningsnummer adds
/// 60 to the day.
pub(super) fn is_swedish_personnummer(n: &[u8]) -> bool {
    let valid = || {
        let (century, short) = n.split_at_checked(n.len().checked_sub(10)?)?;
        let valid_century = century.is_empty() || matches!(century, b"19" | b"20");
        let day = parse_digits_at(short, 4, 2)?;
        let day = if day > 60 { day - 60 } else { day };
        Some(valid_century && is_day_of_month(day, parse_digits_at(short, 2, 2)?) && luhn(short))
    };
    check(valid)
}

/// Finnish henkilötunnus: date, century sign, serial and a check character modulo 31. The century sign is a dash (not part of
/// the compact form) or one of the letters below.
pub(super) fn is_finnish_hetu(n: &[u8]) -> bool {
    let valid = || {
        let (birth_date, tail) = n.split_at_checked(6)?;
        let serial = match tail {
            [b'A'..=b'F' | b'U'..=b'Y', rest @ ..] => rest,
            other => other,
        };
        let (&check, serial) = serial.split_last()?;
        let remainder = usize::try_from((parse_digits(birth_date)? * 1000 + parse_digits(serial)?) % 31).ok()?;
        let expected = b"0123456789ABCDEFHJKLMNPRSTUVWXY".get(remainder);
        Some(serial.len() == 3 && has_date(birth_date, 0, 2)? && expected == Some(&check))
    };
    check(valid)
}

/// Danish CPR: only the date. Numbers issued since 2007 need not satisfy the modulus.
pub(super) fn is_danish_cpr(n: &[u8]) -> bool {
    check(|| has_date(n, 0, 2)) && n.len() == 10
}

/// Norwegian fødselsnummer and D-number: two checks modulo 11, and a date. A D-number adds 40 to the day.
pub(super) fn is_norwegian_id(n: &[u8]) -> bool {
    let valid = || {
        let day = parse_digits_at(n, 0, 2)?;
        let day = if day > 40 { day - 40 } else { day };
        let first = weighted_sum(n, &[3, 7, 6, 1, 8, 9, 4, 5, 2, 1])?;
        let second = weighted_sum(n, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1])?;
        Some(is_day_of_month(day, parse_digits_at(n, 2, 2)?) && first % 11 == 0 && second % 11 == 0)
    };
    check(valid)
}

/// Belgian rijksregisternummer and BIS number: 97 minus the remainder modulo 97, with a leading 2 for people born since 2000,
/// and a date. A BIS number adds 20 or 40 to the month.
pub(super) fn is_belgian_id(n: &[u8]) -> bool {
    let valid = || {
        let body = parse_digits_at(n, 0, 9)?;
        let check = parse_digits_at(n, 9, 2)?;
        let month = parse_digits_at(n, 2, 2)? % 20;
        let valid_check = [body, 2_000_000_000 + body].iter().any(|body| 97 - body % 97 == check);
        Some(valid_check && is_day_of_month(parse_digits_at(n, 4, 2)?, month) && parse_digits_at(n, 2, 2)? < 60)
    };
    check(valid)
}

/// Indian Aadhaar (UIDAI): Verhoeff. The first digit is 2 to 9. Three years in a row are not an Aadhaar number.
pub(super) fn is_indian_aadhaar(n: &[u8]) -> bool {
    let is_years = n.chunks(4).all(|year| year.starts_with(b"19") || year.starts_with(b"20"));
    matches!(n.first(), Some(b'2'..=b'9')) && !is_years && !all_same(n) && verhoeff(n)
}

/// Chinese resident identity number (GB 11643): region, date and MOD 11-2.
pub(super) fn is_chinese_id(n: &[u8]) -> bool {
    let valid = || {
        let valid_region = matches!(parse_digits_at(n, 0, 2)?, 11..=15 | 21..=23 | 31..=37 | 41..=46
            | 50..=54 | 61..=65 | 71 | 81..=83);
        Some(valid_region && is_birth_year(parse_digits_at(n, 6, 4)?) && has_date(n, 12, 10)? && mod_11_2(n))
    };
    check(valid)
}

/// Korean RRN with a hyphen: a date and a sex digit. Numbers issued since October 2020 have no check digit.
pub(super) fn is_korean_rrn(n: &[u8]) -> bool {
    matches!(n.get(6), Some(b'1'..=b'8')) && check(|| has_date(n, 4, 2))
}

/// Korean RRN without a hyphen: only with the check digit of older numbers.
pub(super) fn is_korean_rrn_with_check_digit(n: &[u8]) -> bool {
    let sum = weighted_sum(n, &[2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5]);
    let check_digit = sum.map(|sum| u64::from((11 - sum % 11) % 10));
    is_korean_rrn(n) && check_digit.is_some() && check_digit == parse_digits_at(n, 12, 1)
}

/// Turkish TCKN: two check digits.
pub(super) fn is_turkish_tckn(n: &[u8]) -> bool {
    let valid = || {
        let first = weighted_sum(n, &[7, 9, 7, 9, 7, 9, 7, 9, 7])? % 10;
        let second = weighted_sum(n, &[1; 10])? % 10;
        Some(n.first()? != &b'0' && parse_digits_at(n, 9, 2)? == u64::from(first * 10 + second))
    };
    check(valid)
}

/// South African identity number: date, citizenship and Luhn.
pub(super) fn is_south_african_id(n: &[u8]) -> bool {
    let valid_citizenship = matches!(n.get(10), Some(b'0'..=b'2')) && matches!(n.get(11), Some(b'8' | b'9'));
    valid_citizenship && check(|| has_date(n, 4, 2)) && luhn(n)
}

/// Swiss AHV number (since 2008): country prefix 756 and the GS1 check.
pub(super) fn is_swiss_ahv(n: &[u8]) -> bool {
    n.starts_with(b"756") && gs1(n)
}
