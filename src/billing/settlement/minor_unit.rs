//! The smallest amount of a currency that is paid: its minor unit (ISO 4217, list one, column "Minor unit").

use crate::billing::money::{Currency, Micros};

/// Currencies whose minor unit is not a hundredth, with its decimals. Amounts have six decimals at most, so a fund or a metal ("N.A.")
/// counts as one with hundredths.
const OTHER_DECIMALS: [(u32, &str); 3] = [
    (0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"),
    (3, "BHD IQD JOD KWD LYD OMR TND"),
    (4, "CLF UYW"),
];

/// Decimals of all other currencies.
const DECIMALS: u32 = 2;

/// Decimals of a millionth.
const MICRO_DECIMALS: u32 = 6;

/// Returns the decimals in which a currency is paid.
#[must_use]
pub fn decimals(currency: Currency) -> u32 {
    let others = OTHER_DECIMALS.iter().find(|(_, codes)| codes.split(' ').any(|code| code == currency.as_str()));
    others.map_or(DECIMALS, |(decimals, _)| *decimals)
}

/// Returns the minor unit of a currency, in millionths of the unit.
#[must_use]
pub fn unit(currency: Currency) -> i64 {
    10_i64.pow(MICRO_DECIMALS.saturating_sub(decimals(currency)))
}

/// Returns an amount with the decimals of its currency, or with more if it has more: `1500` yen, `12.50` dollars, `0.3333` dollars.
#[must_use]
pub fn amount_text(amount: Micros, currency: Currency) -> String {
    let (sign, micros) = (if amount.0 < 0 { "-" } else { "" }, amount.0.unsigned_abs());
    let digits = format!("{:07}", micros);
    let (whole, decimals) = digits.split_at_checked(digits.len().saturating_sub(6)).unwrap_or((&digits, ""));
    let least = usize::try_from(self::decimals(currency)).unwrap_or_default();
    let kept = decimals.trim_end_matches('0').len().max(least);
    match decimals.get(..kept).unwrap_or(decimals) {
        "" => format!("{sign}{whole}"),
        decimals => format!("{sign}{whole}.{decimals}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_has_the_decimals_of_its_currency() {
        for (micros, code, text) in [
            (1_500_000_000, "JPY", "1500"),
            (500_000, "JPY", "0.5"),
            (12_500_000, "USD", "12.50"),
            (333_300, "USD", "0.3333"),
            (-1_234_000, "BHD", "-1.234"),
            (1, "CLF", "0.000001"),
            (0, "EUR", "0.00"),
            (0, "KRW", "0"),
            (i64::MIN, "USD", "-9223372036854.775808"),
        ] {
            assert_eq!(amount_text(Micros(micros), Currency::new(code).unwrap()), text);
        }
        assert_eq!(
            ["JPY", "KWD", "UYW", "USD", "XXX"].map(|code| unit(Currency::new(code).unwrap())),
            [1_000_000, 1_000, 100, 10_000, 10_000]
        );
    }
}
