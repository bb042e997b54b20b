//! Numbers as a cell of a statement has them: a number with a sign before or after it, in parentheses if negative, and money
//! with a sign of its currency. What stands between the first and the last digit is parsed by [`super::number`].

use crate::billing::currency_signs::{SignMeaning, meaning};
use crate::billing::money::{Currency, Micros};
use crate::billing::number::{MoneyUnit, NumberStyle, parse_integer, parse_money};

/// Characters that mean a minus sign: hyphen-minus, minus sign, en dash, and the small and full-width forms.
const MINUS_SIGNS: [char; 5] = ['-', '\u{2212}', '\u{2013}', '\u{fe63}', '\u{ff0d}'];
/// Marks of the direction of writing (Unicode Standard Annex #9), which programs put before signs; they are not visible.
const DIRECTION_MARKS: [char; 6] = ['\u{200e}', '\u{200f}', '\u{61c}', '\u{2066}', '\u{2068}', '\u{2069}'];

/// Parses a number of searches or clicks.
///
/// # Errors
/// The cell is not a whole number, has a percent sign, or a sign of a currency; in words for the operator.
pub fn parse_count(cell: &str, format: NumberStyle) -> Result<i64, &'static str> {
    let Parts { negative, sign, digits } = parts(cell)?;
    if !sign.is_empty() {
        return Err(
            "this is not a number: letters or signs are before or after the digits; name the column with the counts",
        );
    }
    let count = parse_integer(digits, format)?;
    Ok(if negative { -count } else { count })
}

/// Parses an amount of money in this unit. Returns the amount, and whether it was rounded to a millionth.
///
/// # Errors
/// The cell is not an amount, or has the sign of another currency; in words for the operator.
pub fn parse_amount(
    cell: &str,
    format: NumberStyle,
    unit: MoneyUnit,
    currency: Option<Currency>,
) -> Result<(Micros, bool), String> {
    let Parts { negative, sign, digits } = parts(cell)?;
    for sign in sign {
        let told = currency.map_or(SignMeaning::Unknown, |currency| meaning(&sign, currency));
        let currency = currency.as_ref().map_or("unknown", Currency::as_str);
        match told {
            SignMeaning::Fits => {}
            SignMeaning::Contradicts => {
                return Err(format!(
                    "the sign of this amount is not one of {currency}, the currency of this row; correct currency in the profile"
                ));
            }
            SignMeaning::Unknown => {
                return Err("this is not an amount: what stands beside the digits is no sign of a currency".to_owned());
            }
        }
    }
    let (Micros(micros), is_rounded) = parse_money(digits, format, unit)?;
    Ok((Micros(if negative { -micros } else { micros }), is_rounded))
}

/// A cell's parts.
struct Parts<'c> {
    negative: bool,
    /// The signs of currencies before and after the digits, without spaces.
    sign: Vec<String>,
    /// From the first to the last digit.
    digits: &'c str,
}

fn parts(cell: &str) -> Result<Parts<'_>, &'static str> {
    let not_a_number = "this is not a number; correct the cell, or name the column that has the numbers";
    let is_digit = |c: char| c.is_ascii_digit();
    let (Some(start), Some(last)) = (cell.find(is_digit), cell.rfind(is_digit)) else { return Err(not_a_number) };
    let (before, digits, after) = (cell.get(..start), cell.get(start..=last), cell.get(last + 1..));
    let (Some(before), Some(digits), Some(after)) = (before, digits, after) else { return Err(not_a_number) };
    if [before, after].iter().any(|text| text.contains(['%', '\u{2030}', '\u{ff05}', '\u{66a}'])) {
        return Err("this is a percentage; name the column that has the number itself");
    }
    let count = |text: &str, wanted: &[char]| text.chars().filter(|c| wanted.contains(c)).count();
    let opening = [count(before, &['(']), count(after, &['('])];
    let closing = [count(before, &[')']), count(after, &[')'])];
    let in_parentheses = match (opening, closing) {
        ([0, 0], [0, 0]) => 0,
        ([1, 0], [0, 1]) => 1,
        _ => return Err("the parentheses of this number do not match"),
    };
    let minus = count(before, &MINUS_SIGNS) + count(after, &MINUS_SIGNS) + in_parentheses;
    if minus + count(before, &['+']) + count(after, &['+']) > 1 {
        return Err("this number has more than one sign");
    }
    let is_other = |c: &char| {
        !c.is_whitespace() && !MINUS_SIGNS.contains(c) && !DIRECTION_MARKS.contains(c) && !['+', '(', ')'].contains(c)
    };
    let sign = [before, after].map(|text| text.chars().filter(is_other).collect::<String>());
    let sign: Vec<String> = sign.into_iter().filter(|sign| !sign.is_empty()).collect();
    Ok(Parts { negative: minus == 1, sign, digits })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::billing::number::{Grouping, NumberMarks};

    const fn format(decimal: char, group: Option<char>, grouping: Grouping) -> NumberStyle {
        NumberStyle { marks: NumberMarks { decimal, group }, grouping, has_exponents: false }
    }

    const POINT: NumberStyle = format('.', Some(','), Grouping::Thousands);
    const COMMA: NumberStyle = format(',', Some('.'), Grouping::Thousands);
    const LAKH: NumberStyle = format('.', Some(','), Grouping::Lakh);
    const EITHER: NumberStyle = format('.', Some(','), Grouping::ThousandsOrLakh);
    const SWISS: NumberStyle = format('.', Some('\''), Grouping::Thousands);
    const SPACE: NumberStyle = format(',', Some(' '), Grouping::Thousands);

    fn amount(cell: &str, format: NumberStyle, currency: &str) -> Result<i64, String> {
        parse_amount(cell, format, MoneyUnit::Units, Currency::new(currency)).map(|(Micros(micros), _)| micros)
    }

    #[test]
    fn amounts_are_read_as_partners_write_them() {
        for (cell, format, currency, micros) in [
            ("$41.23", POINT, "USD", 41_230_000),
            ("$1,250.05", POINT, "CAD", 1_250_050_000),
            ("US$ 1", POINT, "USD", 1_000_000),
            ("US $ 1", POINT, "USD", 1_000_000),
            ("USD 1.00", POINT, "USD", 1_000_000),
            ("1.00USD", POINT, "USD", 1_000_000),
            ("$1.00 USD", POINT, "USD", 1_000_000),
            ("R$ 1.234,50", COMMA, "BRL", 1_234_500_000),
            ("¥120", POINT, "JPY", 120_000_000),
            ("\u{ffe5}120", POINT, "CNY", 120_000_000),
            ("₹1,00,000.50", LAKH, "INR", 100_000_500_000),
            ("₹12,34,56,789", EITHER, "INR", 123_456_789_000_000),
            ("₹1,234,567", EITHER, "INR", 1_234_567_000_000),
            ("41,23 €", COMMA, "EUR", 41_230_000),
            ("41,23\u{a0}€", COMMA, "EUR", 41_230_000),
            ("1250,05 €", COMMA, "EUR", 1_250_050_000),
            ("1\u{202f}250,05 €", SPACE, "EUR", 1_250_050_000),
            ("CHF 1'250.05", SWISS, "CHF", 1_250_050_000),
            ("1\u{2019}250.05 Fr.", SWISS, "CHF", 1_250_050_000),
            ("12,50 kr.", COMMA, "DKK", 12_500_000),
            ("(3.10)", POINT, "USD", -3_100_000),
            ("($3.10)", POINT, "USD", -3_100_000),
            ("$(3.10)", POINT, "USD", -3_100_000),
            ("-$3.10", POINT, "USD", -3_100_000),
            ("$-3.10", POINT, "USD", -3_100_000),
            ("3.10-", POINT, "USD", -3_100_000),
            ("3,10- €", COMMA, "EUR", -3_100_000),
            ("\u{2212}3.10", POINT, "USD", -3_100_000),
            ("\u{200e}-3.10", POINT, "USD", -3_100_000),
            ("+3.10", POINT, "USD", 3_100_000),
            ("1e-05", POINT, "USD", 10),
            ("-0.00", POINT, "USD", 0),
        ] {
            assert_eq!(amount(cell, format, currency), Ok(micros), "{cell}");
        }
    }

    #[test]
    fn what_contradicts_the_profile_or_is_no_amount_is_an_error() {
        for (cell, format, currency, part) in [
            ("$41.23", POINT, "EUR", "not one of EUR"),
            ("41.23 €", POINT, "USD", "not one of USD"),
            ("CAD 1.00", POINT, "USD", "not one of USD"),
            ("US$1", POINT, "AUD", "not one of AUD"),
            ("$1 CAD", POINT, "USD", "not one of USD"),
            ("1,00,000", POINT, "USD", "grouping = \"lakh\""),
            ("1,234,567", LAKH, "INR", "not a number"),
            ("1,2345", POINT, "USD", "not a number"),
            ("12,34", POINT, "USD", "not a number"),
            ("1.234.56", COMMA, "EUR", "not a number"),
            ("1,234.50", COMMA, "EUR", "not a number"),
            ("1'2'3", SWISS, "CHF", "not a number"),
            ("12 %", POINT, "USD", "percentage"),
            ("%5", POINT, "USD", "percentage"),
            ("(3.10", POINT, "USD", "parentheses"),
            ("3.10)", POINT, "USD", "parentheses"),
            (")3.10(", POINT, "USD", "parentheses"),
            ("-(3.10)", POINT, "USD", "more than one sign"),
            ("--3", POINT, "USD", "more than one sign"),
            ("-3-", POINT, "USD", "more than one sign"),
            ("+-3", POINT, "USD", "more than one sign"),
            ("5,-", COMMA, "EUR", "no sign of a currency"),
            (".5", POINT, "USD", "no sign of a currency"),
            ("5 clicks", POINT, "USD", "no sign of a currency"),
            ("1e3", POINT, "USD", "power of ten"),
            ("1.25E+05", POINT, "USD", "power of ten"),
            ("NaN", POINT, "USD", "not a number"),
            ("Infinity", POINT, "USD", "not a number"),
            ("-", POINT, "USD", "not a number"),
            ("", POINT, "USD", "not a number"),
            ("9223372036854.775808", POINT, "USD", "too large"),
            ("0x10", POINT, "USD", "not a number"),
            ("1 2", POINT, "USD", "not a number"),
        ] {
            let error = amount(cell, format, currency).unwrap_err();
            assert!(error.contains(part), "{cell}: {error}");
        }
        assert!(amount(&format!("1{}", "0".repeat(400)), POINT, "USD").unwrap_err().contains("too large"));
        assert!(amount(&"9".repeat(5_000), POINT, "USD").unwrap_err().contains("too large"));
        assert_eq!(amount("9223372036854.775807", POINT, "USD"), Ok(i64::MAX));
        assert_eq!(amount("-9223372036854.775807", POINT, "USD"), Ok(-i64::MAX));
        assert_eq!(amount(&format!("0.{}", "3".repeat(5_000)), POINT, "USD"), Ok(333_333));
    }

    #[test]
    fn counts_have_no_currency_and_no_percentage() {
        for (cell, n) in [("1,143", 1_143), ("(40)", -40), ("40-", -40), ("\u{2212}40", -40), ("12.0", 12), ("0", 0)] {
            assert_eq!(parse_count(cell, POINT), Ok(n), "{cell}");
        }
        for cell in ["12%", "$12", "12 USD", "1.5", "1e3", "9223372036854775808", "1,1", "NaN", "n/a", "", "1:2", "1/2"]
        {
            assert!(parse_count(cell, POINT).is_err(), "{cell}");
        }
        assert_eq!(parse_count("9223372036854775807", POINT), Ok(i64::MAX));
    }

    /// Writes digits with group marks.
    fn grouped(digits: &str, mark: &str, is_lakh: bool) -> String {
        let mut text = String::new();
        for (nth, digit) in digits.chars().enumerate() {
            let left = digits.len() - nth;
            let is_boundary =
                if is_lakh { left == 3 || (left > 3 && !left.is_multiple_of(2)) } else { left.is_multiple_of(3) };
            if nth > 0 && is_boundary {
                text += mark;
            }
            text.push(digit);
        }
        text
    }

    proptest! {
        #[test]
        fn written_amounts_parse_back(
            micros in prop_oneof![any::<i64>(), -9_999_999_999i64..9_999_999_999], marks in 0..6_usize, sign in 0..7_usize,
            minus in 0..5_usize, is_grouped in any::<bool>(),
        ) {
            prop_assume!(micros != i64::MIN);
            let (decimal, mark, format) = [
                (".", ",", POINT), (",", ".", COMMA), (".", ",", LAKH), (".", "\u{2019}", SWISS), (",", "\u{202f}", SPACE), (".", ",", EITHER),
            ][marks];
            let (before, after, currency) = [
                ("", "", "USD"), ("$", "", "USD"), ("", "\u{a0}€", "EUR"), ("USD ", "", "USD"), ("", " zł", "PLN"), ("CA$", "", "CAD"), ("Fr. ", "", "CHF"),
            ][sign];
            let text = Micros(micros.abs()).to_string();
            let (whole, decimals) = text.split_once('.').unwrap();
            let whole = if is_grouped { grouped(whole, mark, format.grouping == Grouping::Lakh) } else { whole.to_owned() };
            let number = format!("{whole}{decimal}{decimals}");
            let cell = if micros >= 0 {
                format!("{before}{number}{after}")
            } else {
                match minus {
                    0 => format!("-{before}{number}{after}"),
                    1 => format!("{before}-{number}{after}"),
                    2 => format!("{before}{number}{after}-"),
                    3 => format!("({before}{number}{after})"),
                    _ => format!("\u{2212}{before}{number}{after}"),
                }
            };
            prop_assert_eq!(parse_amount(&cell, format, MoneyUnit::Units, Currency::new(currency)), Ok((Micros(micros), false)), "{}", cell);
            if before.is_empty() && after.is_empty() && micros % 1_000_000 == 0 {
                prop_assert_eq!(parse_count(&cell, format), Ok(micros / 1_000_000));
            }
        }

        #[test]
        fn a_group_mark_at_a_wrong_place_is_an_error(n in 1_000_i64..1_000_000_000_000, at in any::<prop::sample::Index>()) {
            let digits = n.to_string();
            let at = 1 + at.index(digits.len() - 1);
            let cell = format!("{},{}", &digits[..at], &digits[at..]);
            let is_right = digits.len() - at == 3 && at <= 3;
            prop_assert_eq!(parse_count(&cell, POINT).is_ok(), is_right, "{}", cell);
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,40}", digits in "[-+()0-9.,eE%$€ ]{0,60}") {
            for cell in [text, digits] {
                for format in [POINT, COMMA, LAKH, EITHER, SWISS, SPACE] {
                    for unit in [MoneyUnit::Units, MoneyUnit::Cents, MoneyUnit::Micros] {
                        let _ = (parse_count(&cell, format), parse_amount(&cell, format, unit, Currency::new("USD")));
                    }
                }
            }
        }
    }
}
