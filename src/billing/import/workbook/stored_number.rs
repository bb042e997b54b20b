//! Numbers of spreadsheets as a person sees them. A spreadsheet stores numbers in binary with 15 reliable decimal digits, so what was
//! entered as 41.23, or summed up to it, may be stored as 41.230000000000004.

use crate::billing::import::cell::{CellKind, FileCell};

/// Digits of a number that a spreadsheet stores and shows exactly.
const DIGITS: usize = 15;
/// How far a number may be from the one with [`DIGITS`] digits: half a millionth, the unit in which money is kept.
const MAX_ERROR: f64 = 0.5e-6;

/// Returns the decimal text of a stored number, rounded to 15 digits and without trailing zeros.
///
/// # Errors
/// It is no number, or has more digits than a spreadsheet stores exactly; the message is for the operator.
pub(super) fn decimal(stored: &str) -> Result<String, String> {
    let number = parse(stored)?;
    let rounded = format!("{number:.*e}", DIGITS - 1);
    let back: f64 = rounded.parse().map_err(|_| not_a_number())?;
    if (number - back).abs() > MAX_ERROR {
        return Err(
            "this number has more digits than a spreadsheet stores exactly (15); ask for it as text, or for a CSV file"
                .to_owned(),
        );
    }
    plain(&rounded).ok_or_else(not_a_number)
}

/// Returns the cell of a percentage, such as 2.5% for 0.025.
///
/// # Errors
/// As [`decimal`].
pub(super) fn percentage(stored: &str) -> Result<FileCell, String> {
    let number = decimal(stored)?;
    // Shifting the decimal point of the text is exact.
    let (mantissa, exponent) = (format!("{number}e2"), DIGITS - 1);
    let shifted: f64 = mantissa.parse().map_err(|_| not_a_number())?;
    let text = plain(&format!("{shifted:.exponent$e}")).ok_or_else(not_a_number)?;
    Ok(FileCell::new(text + "%", CellKind::Number))
}

/// Parses a stored number (XML Schema part 2 section 3.2.5).
///
/// # Errors
/// It is no number; the message is for the operator.
pub(super) fn parse(stored: &str) -> Result<f64, String> {
    let is_decimal = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.' | b'e' | b'E');
    let text = stored.trim();
    let number = Some(text).filter(|text| text.bytes().all(is_decimal)).and_then(|text| text.parse::<f64>().ok());
    number.filter(|number| number.is_finite()).ok_or_else(not_a_number)
}

fn not_a_number() -> String {
    "the file stores no number in this cell; save it again".to_owned()
}

/// Writes a number in scientific notation without an exponent: `4.12300e1` becomes `41.23`.
fn plain(scientific: &str) -> Option<String> {
    let (mantissa, exponent) = scientific.split_once('e')?;
    let exponent: i32 = exponent.parse().ok()?;
    let (sign, mantissa) = mantissa.strip_prefix('-').map_or(("", mantissa), |rest| ("-", rest));
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let digits = digits.trim_end_matches('0');
    if digits.is_empty() {
        return Some("0".to_owned());
    }
    let whole_digits = exponent.checked_add(1)?;
    let Ok(whole_digits) = usize::try_from(whole_digits) else {
        let zeros = usize::try_from(whole_digits.unsigned_abs()).ok()?;
        return Some(format!("{sign}0.{}{digits}", "0".repeat(zeros)));
    };
    Some(match digits.split_at_checked(whole_digits) {
        Some(("", decimals)) => format!("{sign}0.{decimals}"),
        Some((whole, "")) => format!("{sign}{whole}"),
        Some((whole, decimals)) => format!("{sign}{whole}.{decimals}"),
        None => format!("{sign}{digits}{}", "0".repeat(whole_digits.saturating_sub(digits.len()))),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_are_what_a_person_sees() {
        for (stored, text) in [
            ("41.230000000000004", "41.23"),
            ("0.30000000000000004", "0.3"),
            ("1365.7499999999998", "1365.75"),
            ("120", "120"),
            ("120.0", "120"),
            ("1E3", "1000"),
            ("4.1230000000000004E1", "41.23"),
            ("1E-7", "0.0000001"),
            ("-0.01", "-0.01"),
            ("0", "0"),
            ("-0", "0"),
            ("999999999.999999", "999999999.999999"),
            ("123456789012345", "123456789012345"),
            ("1000000000000000", "1000000000000000"),
            ("1234567890.1200001", "1234567890.12"),
        ] {
            assert_eq!(decimal(stored).as_deref(), Ok(text), "{stored}");
        }
        for stored in ["1234567890123456", "1234567890123.4567", "12345678901.1234567"] {
            assert!(decimal(stored).unwrap_err().contains("more digits"), "{stored}");
        }
        for stored in ["", "NaN", "inf", "1e999", "x", "0x10", "1,5", "--1"] {
            assert!(decimal(stored).unwrap_err().contains("no number"), "{stored}");
        }
        for (stored, text) in [("0.025", "2.5%"), ("1", "100%"), ("7.0000000000000007E-2", "7%"), ("0", "0%")] {
            assert_eq!(&*percentage(stored).unwrap(), text, "{stored}");
        }
    }

    proptest! {
        #[test]
        fn what_was_entered_comes_back(micros in -999_999_999_999_999_i64..999_999_999_999_999) {
            let entered = format!("{}{}.{:06}", if micros < 0 { "-" } else { "" }, micros.abs() / 1_000_000, micros.abs() % 1_000_000);
            let number: f64 = entered.parse().unwrap();
            let text = decimal(&format!("{number:?}")).unwrap();
            let expected = entered.trim_end_matches('0').trim_end_matches('.');
            prop_assert_eq!(text, if expected == "-0" { "0" } else { expected });
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,20}", digits in "[-+0-9.eE]{0,30}", bits in any::<u64>()) {
            for text in [text, digits, f64::from_bits(bits).to_string(), format!("{:e}", f64::from_bits(bits))] {
                drop((decimal(&text), percentage(&text)));
            }
        }
    }
}
