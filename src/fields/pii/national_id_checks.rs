//! The checks of the national numbers: one function for each scheme, over the
//! compact form. The table that names them is in `national`.

use crate::fields::pii::checks::{
    birth_year, day_month, gs1, isbn_10, luhn, mod_11_2, mod_11_10, number, number_at, uniform, verhoeff, weighted,
};

/// `bool` functions read better with `?`, which needs an `Option`.
fn holds(test: Option<bool>) -> bool {
    test == Some(true)
}

/// A date written as three pairs of digits, at the places given.
fn date(n: &[u8], day: usize, month: usize) -> Option<bool> {
    Some(day_month(number_at(n, day, 2)?, number_at(n, month, 2)?))
}

/// US social security number: no area 000, 666 or 9xx, no zero group or serial
/// (SSA, since 2011); 9xx areas are taxpayer numbers with groups of their own.
pub(super) fn us_ssn(n: &[u8]) -> bool {
    let test = || {
        let (area, group, serial) = (number_at(n, 0, 3)?, number_at(n, 3, 2)?, number_at(n, 5, 4)?);
        let taxpayer = matches!(group, 50..=65 | 70..=88 | 90..=92 | 94..=99);
        Some(area != 0 && area != 666 && group != 0 && serial != 0 && (area < 900 || taxpayer))
    };
    holds(test())
}

/// German Steuer-ID (§ 139b AO): ISO 7064 MOD 11,10, and among the first ten
/// digits exactly one occurs twice or three times.
pub(super) fn german_tax(n: &[u8]) -> bool {
    let body = n.get(..10).unwrap_or_default();
    let mut repeated = body.iter().map(|a| body.iter().filter(|b| *b == a).count());
    let (twice, thrice) = repeated.by_ref().fold((0, 0), |(two, three), count| match count {
        1 => (two, three),
        2 => (two + 1, three),
        3 => (two, three + 1),
        _ => (two + 99, three),
    });
    n.first() != Some(&b'0') && matches!((twice, thrice), (2, 0) | (0, 3)) && mod_11_10(n)
}

/// NHS number of England, Wales and the Isle of Man: the ISBN-10 check, with no
/// check digit of ten.
pub(super) fn uk_nhs(n: &[u8]) -> bool {
    n.last() != Some(&b'X') && !uniform(n) && isbn_10(n)
}

/// UK National Insurance number (HMRC NIM39110). `QQ` is never issued, but is
/// what every form shows as an example, and what people copy.
pub(super) fn uk_insurance(n: &[u8]) -> bool {
    let [first, second, .., suffix] = n else {
        return false;
    };
    let prefix = [*first, *second];
    let never = [b"BG", b"GB", b"NK", b"KN", b"TN", b"NT", b"ZZ"];
    let letters = !b"DFIQUV".contains(first) && !b"DFIOQUV".contains(second);
    (letters && !never.contains(&&prefix) || prefix == *b"QQ") && b"ABCD".contains(suffix)
}

/// French NIR (INSEE): sex, year, month, place, and 97 minus the remainder; the
/// Corsican departments 2A and 2B count as 19 and 18.
pub(super) fn french_nir(n: &[u8]) -> bool {
    let test = || {
        let (body, key) = n.split_at_checked(13)?;
        let corsica = match body.get(5..7)? {
            b"2A" => Some(19),
            b"2B" => Some(18),
            _ => None,
        };
        let value = match corsica {
            None => number(body)?,
            Some(department) => {
                let (head, tail) = (number_at(body, 0, 5)?, number_at(body, 7, 6)?);
                (head * 100 + department) * 1_000_000 + tail
            }
        };
        let sex = matches!(body.first()?, b'1' | b'2' | b'3' | b'4' | b'7' | b'8');
        let month = matches!(number_at(body, 3, 2)?, 1..=12 | 20..=42 | 50..=99);
        Some(sex && month && value % 97 + number(key)? == 97)
    };
    holds(test())
}

/// Spanish DNI and NIE (Real Decreto 1553/2005): the letter is the number modulo
/// 23; X, Y and Z stand for 0, 1 and 2.
pub(super) fn spanish(n: &[u8]) -> bool {
    let test = || {
        let (&letter, body) = n.split_last()?;
        let (&first, tail) = body.split_first()?;
        let head = match first {
            b'X' => 0,
            b'Y' => 1,
            b'Z' => 2,
            digit => number(&[digit])?,
        };
        let rest = usize::try_from((head * 10_000_000 + number(tail)?) % 23).ok()?;
        Some(tail.len() == 7 && b"TRWAGMYFPDXBNJZSQVHLCKE".get(rest) == Some(&letter))
    };
    holds(test())
}

/// A digit of a codice fiscale, or the letter that replaces it where two people
/// would have had the same code (omocodia).
fn italian_digit(byte: u8) -> Option<u64> {
    let letter = b"LMNPQRSTUV".iter().position(|&other| other == byte);
    let digit = char::from(byte).to_digit(10).map(u64::from);
    digit.or(letter.and_then(|place| u64::try_from(place).ok()))
}

/// Italian codice fiscale (DM 23.12.1976): a table of odd places, modulo 26.
pub(super) fn italian(n: &[u8]) -> bool {
    const ODD: [u32; 26] =
        [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];
    let test = || {
        let (&check, body) = n.split_last()?;
        let sum = body.iter().enumerate().try_fold(0, |sum, (place, &byte)| {
            let value = char::from(byte).to_digit(36)?;
            let even = if value < 10 { value } else { value - 10 };
            let odd = ODD.get(usize::try_from(even).ok()?)?;
            Some(sum + if place % 2 == 0 { *odd } else { even })
        })?;
        let day = italian_digit(*n.get(9)?)? * 10 + italian_digit(*n.get(10)?)?;
        let month = b"ABCDEHLMPRST".contains(n.get(8)?);
        let check = u32::from(check.checked_sub(b'A')?);
        Some(month && matches!(day, 1..=31 | 41..=71) && sum % 26 == check)
    };
    holds(test())
}

/// Dutch burgerservicenummer: the "elfproef", weights 9 to 2 and minus one.
pub(super) fn dutch(n: &[u8]) -> bool {
    let test = || {
        let sum = weighted(n, &[9, 8, 7, 6, 5, 4, 3, 2])?;
        let check = u32::from(n.last()?.checked_sub(b'0')?);
        Some(sum != 0 && sum % 11 == check % 11 && check < 10)
    };
    holds(test())
}

/// Brazilian CPF: two check digits modulo 11.
pub(super) fn brazilian(n: &[u8]) -> bool {
    let test = || {
        let one = weighted(n, &[10, 9, 8, 7, 6, 5, 4, 3, 2])? * 10 % 11 % 10;
        let two = weighted(n, &[11, 10, 9, 8, 7, 6, 5, 4, 3, 2])? * 10 % 11 % 10;
        Some(number_at(n, 9, 2)? == u64::from(one * 10 + two))
    };
    !uniform(n) && holds(test())
}

/// Polish PESEL: the month carries the century (only the 1900s and 2000s are
/// accepted, the others have no living bearer).
pub(super) fn polish(n: &[u8]) -> bool {
    let test = || {
        let month = number_at(n, 2, 2)?;
        let month = if month > 20 { month - 20 } else { month };
        let sum = weighted(n, &[1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1])?;
        Some(day_month(number_at(n, 4, 2)?, month) && sum % 10 == 0)
    };
    holds(test())
}

/// Swedish personnummer and samordningsnummer (SKV 704): Luhn over the last ten
/// digits, a date whose day may be raised by 60.
pub(super) fn swedish(n: &[u8]) -> bool {
    let test = || {
        let (century, ten) = n.split_at_checked(n.len().checked_sub(10)?)?;
        let century = century.is_empty() || matches!(century, b"19" | b"20");
        let day = number_at(ten, 4, 2)?;
        let day = if day > 60 { day - 60 } else { day };
        Some(century && day_month(day, number_at(ten, 2, 2)?) && luhn(ten))
    };
    holds(test())
}

/// Finnish henkilötunnus: date, century sign, serial, and a sign modulo 31.
/// The century sign is a dash (already dropped) or one of the letters below.
pub(super) fn finnish(n: &[u8]) -> bool {
    let test = || {
        let (head, tail) = n.split_at_checked(6)?;
        let serial = match tail {
            [b'A'..=b'F' | b'U'..=b'Y', rest @ ..] => rest,
            other => other,
        };
        let (&check, serial) = serial.split_last()?;
        let rest = usize::try_from((number(head)? * 1000 + number(serial)?) % 31).ok()?;
        let sign = b"0123456789ABCDEFHJKLMNPRSTUVWXY".get(rest);
        Some(serial.len() == 3 && date(head, 0, 2)? && sign == Some(&check))
    };
    holds(test())
}

/// Danish CPR: only the date can be checked; its modulus was given up in 2007.
pub(super) fn danish(n: &[u8]) -> bool {
    holds(date(n, 0, 2)) && n.len() == 10
}

/// Norwegian fødselsnummer and D-number (day raised by 40): two checks modulo 11.
pub(super) fn norwegian(n: &[u8]) -> bool {
    let test = || {
        let day = number_at(n, 0, 2)?;
        let day = if day > 40 { day - 40 } else { day };
        let one = weighted(n, &[3, 7, 6, 1, 8, 9, 4, 5, 2, 1])?;
        let two = weighted(n, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1])?;
        Some(day_month(day, number_at(n, 2, 2)?) && one % 11 == 0 && two % 11 == 0)
    };
    holds(test())
}

/// Belgian rijksregisternummer and BIS number (month raised by 20 or 40): 97
/// minus the remainder, with a 2 in front for those born since 2000.
pub(super) fn belgian(n: &[u8]) -> bool {
    let test = || {
        let body = number_at(n, 0, 9)?;
        let key = number_at(n, 9, 2)?;
        let month = number_at(n, 2, 2)? % 20;
        let keyed = [body, 2_000_000_000 + body].iter().any(|body| 97 - body % 97 == key);
        Some(keyed && day_month(number_at(n, 4, 2)?, month) && number_at(n, 2, 2)? < 60)
    };
    holds(test())
}

/// Indian Aadhaar (UIDAI): Verhoeff; the first digit is 2 to 9. Three years in a
/// row are years.
pub(super) fn indian(n: &[u8]) -> bool {
    let years = n.chunks(4).all(|year| year.starts_with(b"19") || year.starts_with(b"20"));
    matches!(n.first(), Some(b'2'..=b'9')) && !years && !uniform(n) && verhoeff(n)
}

/// Chinese resident identity number (GB 11643): region, date, MOD 11-2.
pub(super) fn chinese(n: &[u8]) -> bool {
    let test = || {
        let region = matches!(number_at(n, 0, 2)?, 11..=15 | 21..=23 | 31..=37 | 41..=46
            | 50..=54 | 61..=65 | 71 | 81..=83);
        Some(region && birth_year(number_at(n, 6, 4)?) && date(n, 12, 10)? && mod_11_2(n))
    };
    holds(test())
}

/// Korean RRN, hyphenated: date and a sex digit. Numbers issued since October
/// 2020 have no check digit any more.
pub(super) fn korean(n: &[u8]) -> bool {
    matches!(n.get(6), Some(b'1'..=b'8')) && holds(date(n, 4, 2))
}

/// Korean RRN without its hyphen: only with the check digit of the older ones.
pub(super) fn korean_bare(n: &[u8]) -> bool {
    let sum = weighted(n, &[2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5]);
    let key = sum.map(|sum| u64::from((11 - sum % 11) % 10));
    korean(n) && key.is_some() && key == number_at(n, 12, 1)
}

/// Turkish TCKN: two check digits.
pub(super) fn turkish(n: &[u8]) -> bool {
    let test = || {
        let one = weighted(n, &[7, 9, 7, 9, 7, 9, 7, 9, 7])? % 10;
        let two = weighted(n, &[1; 10])? % 10;
        Some(n.first()? != &b'0' && number_at(n, 9, 2)? == u64::from(one * 10 + two))
    };
    holds(test())
}

/// South African identity number: date, citizenship, Luhn.
pub(super) fn south_african(n: &[u8]) -> bool {
    let status = matches!(n.get(10), Some(b'0'..=b'2')) && matches!(n.get(11), Some(b'8' | b'9'));
    status && holds(date(n, 4, 2)) && luhn(n)
}

/// Swiss AHV number (since 2008): country prefix 756 and the GS1 check.
pub(super) fn swiss(n: &[u8]) -> bool {
    n.starts_with(b"756") && gs1(n)
}
