//! Parses numbers as partners write them: with the marks that the profile names, without guessing and without floating point.

use crate::billing::money::Micros;

/// The largest power of ten accepted; no amount of money needs more.
const MAX_EXPONENT: i64 = 18;

/// The marks inside numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NumberMarks {
    /// Decimal mark: `.` or `,`.
    pub decimal: char,
    /// Mark between groups of three digits, if any: `,`, `.`, `'` or a space. A space also matches no-break and thin spaces.
    pub group: Option<char>,
}

/// How the digits before the decimal mark are grouped, where a group mark is configured. A number without any group mark is
/// always accepted.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum Grouping {
    /// Groups of three: `1,234,567`.
    #[default]
    Thousands,
    /// The last group has three digits, the others two, as in South Asia: `12,34,567`.
    Lakh,
    /// Either of these.
    ThousandsOrLakh,
}

/// The unit in which a file states its money.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum MoneyUnit {
    /// Units of the currency.
    #[default]
    Units,
    /// Hundredths of a unit, whatever the currency.
    Cents,
    /// Millionths of a unit.
    Micros,
}

impl MoneyUnit {
    /// Returns the decimals that a millionth has in this unit.
    #[must_use]
    pub const fn decimals(self) -> u32 {
        match self {
            Self::Units => 6,
            Self::Cents => 4,
            Self::Micros => 0,
        }
    }
}

/// How numbers are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NumberStyle {
    /// The marks inside numbers.
    pub marks: NumberMarks,
    /// Where group marks stand.
    pub grouping: Grouping,
    /// Whether `1.5E+07` is a number. Programs write JSON so, with all digits; a spreadsheet that writes it has dropped digits.
    pub has_exponents: bool,
}

impl From<NumberMarks> for NumberStyle {
    fn from(marks: NumberMarks) -> Self {
        Self { marks, grouping: Grouping::Thousands, has_exponents: true }
    }
}

/// Parses an integer, such as a number of clicks. Decimals must be zeros.
///
/// # Errors
/// A text that is not such a number, in words for the operator.
pub fn parse_integer(text: &str, format: impl Into<NumberStyle>) -> Result<i64, &'static str> {
    let NumberParts { negative, whole, decimals, exponent } = split(text, format.into())?;
    let too_large = "this number is too large";
    let digits = [whole, decimals.clone()].concat();
    let shift = exponent - i64::try_from(decimals.len()).map_err(|_| too_large)?;
    let (value, is_rounded) = scale(&digits, shift).ok_or(too_large)?;
    if is_rounded {
        return Err("this must be a whole number");
    }
    let value = i64::try_from(value).map_err(|_| too_large)?;
    Ok(if negative { -value } else { value })
}

/// Parses an amount of money in this unit. Returns the amount, rounded to the nearest millionth, and whether rounding changed it.
///
/// # Errors
/// A text that is not an amount, in words for the operator.
pub fn parse_money(
    text: &str,
    format: impl Into<NumberStyle>,
    unit: MoneyUnit,
) -> Result<(Micros, bool), &'static str> {
    let NumberParts { negative, whole, decimals, exponent } = split(text, format.into())?;
    let too_large = "this amount is too large";
    let digits = [whole, decimals.clone()].concat();
    let shift = exponent + i64::from(unit.decimals()) - i64::try_from(decimals.len()).map_err(|_| too_large)?;
    let (value, rounded) = scale(&digits, shift).ok_or(too_large)?;
    let value = i64::try_from(value).map_err(|_| too_large)?;
    Ok((Micros(if negative { -value } else { value }), rounded))
}

/// Returns the number of decimals that a number is written with; 0 if it is not a number.
#[must_use]
pub fn decimal_places(text: &str, format: impl Into<NumberStyle>) -> usize {
    split(text, format.into()).map_or(0, |parts| parts.decimals.len())
}

struct NumberParts {
    negative: bool,
    whole: String,
    decimals: String,
    exponent: i64,
}

const NOT_A_NUMBER: &str = "this is not a number in the format of decimal_mark and group_mark";

fn split(text: &str, format: NumberStyle) -> Result<NumberParts, &'static str> {
    let NumberStyle { marks, grouping, has_exponents } = format;
    let text = text.trim();
    let (negative, text) = match text.strip_prefix(['-', '\u{2212}']) {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (text, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => {
            (mantissa, exponent.parse().ok().filter(|e: &i64| e.abs() <= MAX_EXPONENT).ok_or(NOT_A_NUMBER)?)
        }
        None => (text, 0),
    };
    if exponent > 0 && !has_exponents {
        return Err(
            "a spreadsheet has shortened this number to a power of ten; export the file again, with all digits",
        );
    }
    let (whole, decimals) = text.split_once(marks.decimal).unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let groups: Vec<&str> = whole.split(|c| is_group_mark(c, marks.group)).collect();
    if !groups.iter().all(|group| digits(group)) || !digits(decimals) {
        return Err(NOT_A_NUMBER);
    }
    check_groups(&groups, grouping)?;
    if decimals.is_empty() && text.ends_with(marks.decimal) {
        return Err(NOT_A_NUMBER);
    }
    Ok(NumberParts { negative, whole: groups.concat(), decimals: decimals.to_owned(), exponent })
}

/// Whether a character is the configured group mark, or another form of it: no-break and thin spaces, both apostrophes.
fn is_group_mark(c: char, group: Option<char>) -> bool {
    match group {
        Some(' ') => matches!(c, ' ' | '\u{a0}' | '\u{202f}' | '\u{2009}' | '\u{2007}'),
        Some('\'' | '\u{2019}') => matches!(c, '\'' | '\u{2019}'),
        Some(mark) => c == mark,
        None => false,
    }
}

/// Checks that group marks stand where they belong.
fn check_groups(groups: &[&str], grouping: Grouping) -> Result<(), &'static str> {
    let (Some((first, rest)), Some(last)) = (groups.split_first(), groups.last()) else { return Err(NOT_A_NUMBER) };
    if first.is_empty() {
        return Err(NOT_A_NUMBER);
    }
    if rest.is_empty() {
        return Ok(());
    }
    let middle = rest.split_last().map_or(&[][..], |(_, middle)| middle);
    let is_thousands = first.len() <= 3 && rest.iter().all(|group| group.len() == 3);
    let is_lakh = first.len() <= 2 && middle.iter().all(|group| group.len() == 2) && last.len() == 3;
    match grouping {
        Grouping::Thousands if is_lakh && !is_thousands => {
            Err("the group marks stand as in lakh and crore; set grouping = \"lakh\" if the partner writes numbers so")
        }
        Grouping::Thousands if is_thousands => Ok(()),
        Grouping::Lakh if is_lakh => Ok(()),
        Grouping::ThousandsOrLakh if is_thousands || is_lakh => Ok(()),
        Grouping::Thousands | Grouping::Lakh | Grouping::ThousandsOrLakh => Err(NOT_A_NUMBER),
    }
}

/// Returns `digits × 10^shift`, rounded half away from zero, and whether rounding changed it. None if it does not fit.
fn scale(digits: &str, shift: i64) -> Option<(u64, bool)> {
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
    fn integers_are_parsed_with_the_marks_of_the_profile() {
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
            assert_eq!(parse_integer(text, marks), Ok(n), "{text}");
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
            assert!(parse_integer(text, marks).is_err(), "{text}");
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
            assert_eq!(parse_money(text, marks, MoneyUnit::Units).map_err(drop), wanted, "{text}");
        }
        assert_eq!(parse_money("12.34000000001", PLAIN, MoneyUnit::Units), Ok((Micros(12_340_000), true)));
        assert_eq!(parse_money("0.0000005", PLAIN, MoneyUnit::Units), Ok((Micros(1), true)));
        assert_eq!(parse_money("0.00000049", PLAIN, MoneyUnit::Units), Ok((Micros(0), true)));
        assert_eq!(parse_money("12340000", PLAIN, MoneyUnit::Micros), Ok((Micros(12_340_000), false)));
        for (text, micros, rounded) in
            [("4123", 41_230_000, false), ("-1", -10_000, false), ("0.00015", 2, true), ("1,250", 12_500_000, false)]
        {
            assert_eq!(parse_money(text, POINT, MoneyUnit::Cents), Ok((Micros(micros), rounded)), "{text}");
        }
    }

    proptest! {
        #[test]
        fn formatted_numbers_parse_back(n in -9_000_000_000_000_000i64..9_000_000_000_000_000) {
            prop_assert_eq!(parse_money(&Micros(n).to_string(), PLAIN, MoneyUnit::Units), Ok((Micros(n), false)));
            prop_assert_eq!(parse_integer(&n.to_string(), PLAIN), Ok(n));
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,40}", digits in "[-+0-9.,eE ]{0,60}") {
            for text in [text, digits] {
                for marks in [POINT, COMMA, SPACE, PLAIN] {
                    let _ = (parse_integer(&text, marks), parse_money(&text, marks, MoneyUnit::Units), parse_money(&text, marks, MoneyUnit::Micros));
                    let _ = decimal_places(&text, marks);
                }
            }
        }
    }
}
