//! Decimal numbers of reports: shares, ratios and amounts of money, computed exactly and rounded once.

use std::fmt;

/// Decimal places of an amount in millionths.
const MICROS_PLACES: u32 = 6;
/// Decimal places that an amount has at least, as in [`crate::billing::money::Micros`].
const AMOUNT_PLACES: u32 = 2;
/// The base of decimal numbers.
const TEN: i128 = 10;

/// A decimal number with a fixed number of places.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decimal {
    /// The number times ten to the power of `places`.
    scaled: i128,
    places: u32,
}

impl Decimal {
    /// Returns `numerator ÷ denominator` with this number of places, rounded once, halves away from zero. None if the denominator is 0, or
    /// if the result is beyond all numbers that occur.
    #[must_use]
    pub fn ratio(numerator: i128, denominator: i128, places: u32) -> Option<Self> {
        let doubled = numerator.checked_mul(TEN.checked_pow(places)?)?.checked_mul(2)?;
        let magnitude = denominator.checked_abs()?;
        let doubled = if denominator < 0 { doubled.checked_neg()? } else { doubled };
        let rounded = doubled.checked_add(magnitude.checked_mul(doubled.signum())?)?;
        Some(Self { scaled: rounded.checked_div(magnitude.checked_mul(2)?)?, places })
    }

    /// The number in units of the decimal place `places`, rounded down, for a chart: 0 if it is negative.
    #[must_use]
    pub fn scaled_to(self, places: u32) -> u64 {
        let scaled = match self.places.checked_sub(places) {
            Some(fewer) => TEN.checked_pow(fewer).map(|unit| self.scaled / unit),
            None => TEN.checked_pow(places.saturating_sub(self.places)).and_then(|unit| self.scaled.checked_mul(unit)),
        };
        scaled.map_or(u64::MAX, |scaled| u64::try_from(scaled.max(0)).unwrap_or(u64::MAX))
    }

    /// An amount of money in millionths, with two to six places.
    #[must_use]
    pub fn amount(micros: i128) -> Self {
        Self::amount_with(micros, AMOUNT_PLACES)
    }

    /// An amount of money in millionths, with as many places as it needs, and at least these.
    #[must_use]
    pub fn amount_with(micros: i128, least_places: u32) -> Self {
        let (mut scaled, mut places) = (micros, MICROS_PLACES);
        while places > least_places && scaled % TEN == 0 {
            scaled /= TEN;
            places -= 1;
        }
        Self { scaled, places }
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.scaled < 0 { "-" } else { "" };
        let digits = self.scaled.unsigned_abs().to_string();
        let places = usize::try_from(self.places).unwrap_or_default();
        let digits = format!("{digits:0>width$}", width = places + 1);
        let (whole, decimals) = digits.split_at_checked(digits.len() - places).unwrap_or((&digits, ""));
        let point = if places == 0 { "" } else { "." };
        write!(f, "{sign}{whole}{point}{decimals}")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::billing::money::Micros;

    fn ratio(numerator: i128, denominator: i128, places: u32) -> Option<String> {
        Decimal::ratio(numerator, denominator, places).map(|ratio| ratio.to_string())
    }

    #[test]
    fn ratios_are_rounded_once_with_halves_away_from_zero() {
        for (numerator, denominator, places, wanted) in [
            (1, 3, 2, "0.33"),
            (2, 3, 2, "0.67"),
            (1, 8, 2, "0.13"),
            (-1, 8, 2, "-0.13"),
            (1, -8, 2, "-0.13"),
            (0, 7, 4, "0.0000"),
            (12_345, 100, 0, "123"),
            (5, 1_000, 2, "0.01"),
            (49, 10_000, 2, "0.00"),
            (-49, 10_000, 2, "0.00"),
        ] {
            assert_eq!(ratio(numerator, denominator, places).as_deref(), Some(wanted), "{numerator} / {denominator}");
        }
        assert_eq!(
            [ratio(1, 0, 2), ratio(0, 0, 2), ratio(i128::MAX, 1, 2), ratio(1, i128::MIN, 2)],
            [None, None, None, None]
        );
    }

    proptest! {
        #[test]
        fn no_ratio_is_further_from_the_exact_one_than_half_a_unit(n in -1_000_000_000_i128..1_000_000_000, d in 1_i128..1_000_000) {
            let Decimal { scaled, .. } = Decimal::ratio(n, d, 3).unwrap();
            prop_assert!((scaled * d - n * 1_000).abs() * 2 <= d);
        }

        #[test]
        fn amounts_are_written_as_money_is(micros: i64) {
            prop_assert_eq!(Decimal::amount(micros.into()).to_string(), Micros(micros).to_string());
        }
    }
}
