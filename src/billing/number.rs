//! Numbers as partners write them: by marks that the profile names, never by a guess, and never by way of floating point.

use crate::billing::money::Micros;

/// How many decimals a millionth has.
const DECIMALS: i64 = 6;
/// The largest power of ten that is read; no sum of money needs more.
const LARGEST_EXPONENT: i64 = 18;

/// How numbers are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NumberMarks {
    /// Between whole and parts: `.` or `,`.
    pub decimal: char,
    /// Between groups of three digits, where there is one: `,`, `.`, a space (narrow and unbreakable ones, too), `'`.
    pub group: Option<char>,
}

/// The number of a cell in whole numbers, such as clicks. A decimal part must be zeros.
///
/// # Errors
/// What is wrong with the text.
pub fn whole(text: &str, marks: NumberMarks) -> Result<i64, &'static str> {
    let NumberParts { negative, whole, decimals, exponent } = parts(text, marks)?;
    let fits = "this number is too large";
    let digits = [whole, decimals.clone()].concat();
    let shift = exponent - i64::try_from(decimals.len()).map_err(|_| fits)?;
    let value = shifted(&digits, shift).ok_or(fits)?;
    if value.1 {
        return Err("this must be a whole number");
    }
    let value = i64::try_from(value.0).map_err(|_| fits)?;
    Ok(if negative { -value } else { value })
}

/// The amount of a cell, to the nearest millionth. `unit` is how many millionths its 1 stands for: 1 000 000, or 1 where the
/// partner counts in millionths. Whether decimals beyond the millionth were rounded is told, too.
///
/// # Errors
/// What is wrong with the text.
pub fn money(text: &str, marks: NumberMarks, in_micros: bool) -> Result<(Micros, bool), &'static str> {
    let NumberParts { negative, whole, decimals, exponent } = parts(text, marks)?;
    let fits = "this amount is too large";
    let digits = [whole, decimals.clone()].concat();
    let unit = if in_micros { 0 } else { DECIMALS };
    let shift = exponent + unit - i64::try_from(decimals.len()).map_err(|_| fits)?;
    let (value, rounded) = shifted(&digits, shift).ok_or(fits)?;
    let value = i64::try_from(value).map_err(|_| fits)?;
    Ok((Micros(if negative { -value } else { value }), rounded))
}

/// How many decimals a number is written with.
#[must_use]
pub fn decimals(text: &str, marks: NumberMarks) -> usize {
    parts(text, marks).map_or(0, |parts| parts.decimals.len())
}

struct NumberParts {
    negative: bool,
    whole: String,
    decimals: String,
    exponent: i64,
}

fn parts(text: &str, marks: NumberMarks) -> Result<NumberParts, &'static str> {
    let what = "this is no number as the profile's decimal_mark and group_mark say";
    let text = text.trim();
    let (negative, text) = match text.strip_prefix(['-', '\u{2212}']) {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (text, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => {
            (mantissa, exponent.parse().ok().filter(|e: &i64| e.abs() <= LARGEST_EXPONENT).ok_or(what)?)
        }
        None => (text, 0),
    };
    let (whole, decimals) = text.split_once(marks.decimal).unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let is_mark = |c: char| match marks.group {
        Some(' ') => matches!(c, ' ' | '\u{a0}' | '\u{202f}' | '\u{2009}'),
        Some(mark) => c == mark,
        None => false,
    };
    let groups: Vec<&str> = whole.split(is_mark).collect();
    let grouped = match groups.split_first() {
        Some((first, rest)) => {
            !first.is_empty() && (rest.is_empty() || first.len() <= 3) && rest.iter().all(|group| group.len() == 3)
        }
        None => false,
    };
    if !grouped || !groups.iter().all(|group| digits(group)) || !digits(decimals) {
        return Err(what);
    }
    if decimals.is_empty() && text.ends_with(marks.decimal) {
        return Err(what);
    }
    Ok(NumberParts { negative, whole: groups.concat(), decimals: decimals.to_owned(), exponent })
}

/// These digits with the point moved to the right (or to the left), rounded half away from zero; and whether anything was lost.
fn shifted(digits: &str, shift: i64) -> Option<(u64, bool)> {
    let digits = digits.trim_start_matches('0');
    if digits.is_empty() {
        return Some((0, false));
    }
    let length = i64::try_from(digits.len()).ok()?;
    if shift >= 0 {
        let zeros = usize::try_from(shift).ok()?;
        return (length + shift <= 19)
            .then(|| format!("{digits}{}", "0".repeat(zeros)).parse().ok())?
            .map(|n| (n, false));
    }
    let kept = length + shift;
    if kept < 0 {
        return Some((0, true));
    }
    let (whole, lost) = digits.split_at_checked(usize::try_from(kept).ok()?)?;
    let whole: u64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let up = lost.bytes().next().is_some_and(|digit| digit >= b'5');
    Some((whole.checked_add(u64::from(up))?, lost.bytes().any(|digit| digit != b'0')))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const POINT: NumberMarks = NumberMarks { decimal: '.', group: Some(',') };
    const COMMA: NumberMarks = NumberMarks { decimal: ',', group: Some('.') };
    const SPACE: NumberMarks = NumberMarks { decimal: ',', group: Some(' ') };
    const PLAIN: NumberMarks = NumberMarks { decimal: '.', group: None };

    #[test]
    fn whole_numbers_follow_their_marks() {
        for (text, marks, n) in [
            ("4,675", POINT, 4_675),
            ("107", POINT, 107),
            ("1.234.567", COMMA, 1_234_567),
            ("1\u{202f}234", SPACE, 1_234),
            ("12 345", SPACE, 12_345),
            (" -12 ", PLAIN, -12),
            ("\u{2212}3", PLAIN, -3),
            ("+5", PLAIN, 5),
            ("12.0", PLAIN, 12),
            ("1e3", PLAIN, 1_000),
            ("0", PLAIN, 0),
            ("9223372036854775807", PLAIN, i64::MAX),
        ] {
            assert_eq!(whole(text, marks), Ok(n), "{text}");
        }
        for (text, marks) in [
            ("4,675", PLAIN),
            ("4,67", POINT),
            ("4675,123", POINT),
            (",675", POINT),
            ("4,,675", POINT),
            ("1.5", PLAIN),
            ("", PLAIN),
            ("-", PLAIN),
            ("1.", PLAIN),
            ("--1", PLAIN),
            ("1-", PLAIN),
            ("0x10", PLAIN),
            ("NaN", PLAIN),
            ("1e99", PLAIN),
            ("9223372036854775808", PLAIN),
            ("١٢", PLAIN),
        ] {
            assert!(whole(text, marks).is_err(), "{text}");
        }
    }

    #[test]
    fn money_is_exact_to_the_millionth() {
        for (text, marks, micros) in [
            ("1,234.56", POINT, 1_234_560_000),
            ("1.234,56", COMMA, 1_234_560_000),
            ("-0.01", PLAIN, -10_000),
            ("0.1", PLAIN, 100_000),
            ("1.5e-3", PLAIN, 1_500),
            (".5", PLAIN, -1),
        ] {
            let wanted = if micros == -1 { Err(()) } else { Ok((Micros(micros), false)) };
            assert_eq!(money(text, marks, false).map_err(drop), wanted, "{text}");
        }
        assert_eq!(money("12.34000000001", PLAIN, false), Ok((Micros(12_340_000), true)));
        assert_eq!(money("0.0000005", PLAIN, false), Ok((Micros(1), true)));
        assert_eq!(money("0.00000049", PLAIN, false), Ok((Micros(0), true)));
        assert_eq!(money("12340000", PLAIN, true), Ok((Micros(12_340_000), false)));
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(n in -9_000_000_000_000_000i64..9_000_000_000_000_000) {
            prop_assert_eq!(money(&Micros(n).to_string(), PLAIN, false), Ok((Micros(n), false)));
            prop_assert_eq!(whole(&n.to_string(), PLAIN), Ok(n));
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,40}", digits in "[-+0-9.,eE ]{0,60}") {
            for text in [text, digits] {
                for marks in [POINT, COMMA, SPACE, PLAIN] {
                    let _ = (whole(&text, marks), money(&text, marks, false), money(&text, marks, true));
                    let _ = decimals(&text, marks);
                }
            }
        }
    }
}
