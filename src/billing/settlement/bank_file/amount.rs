//! Amounts in files of payments, exactly.

use crate::billing::money::{Currency, Micros};
use crate::billing::number::{MoneyUnit, NumberMarks, parse_money};
use crate::billing::settlement::payment::Money;

/// The marks of amounts in XML and on the command line.
pub const POINT: NumberMarks = NumberMarks { decimal: '.', group: None };

/// Parses an amount that must not be rounded.
///
/// # Errors
/// What is wrong with it, in words for the operator.
pub fn parse_exact(text: &str, marks: NumberMarks) -> Result<Micros, &'static str> {
    match parse_money(text, marks, MoneyUnit::Units)? {
        (amount, false) => Ok(amount),
        (_, true) => Err("this amount has more than six decimals"),
    }
}

/// Parses an amount with its currency, such as `1234.50 USD`.
///
/// # Errors
/// What is wrong with it, in words for the operator.
pub fn parse_with_currency(text: &str) -> Result<Money, &'static str> {
    let (amount, code) =
        text.trim().rsplit_once(' ').ok_or("write the amount with its currency, such as \"1234.50 USD\"")?;
    let currency = Currency::assigned(code).ok_or("the currency must be a code of ISO 4217, such as USD")?;
    Ok(Money { amount: parse_exact(amount, POINT)?, currency })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_read_exactly_or_not_at_all() {
        assert_eq!(parse_with_currency("-1234.5 USD").unwrap().amount, Micros(-1_234_500_000));
        for text in [
            "",
            "5",
            "5 usd",
            "5USD",
            "1,5 USD",
            "0.0000001 USD",
            "99999999999999 USD",
            "USD 5",
            "NaN USD",
            "1 2 USD",
            "5 UDS",
        ] {
            assert!(parse_with_currency(text).is_err(), "{text}");
        }
    }
}
