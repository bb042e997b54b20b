//! A share of an amount, exactly: millionths, applied with one rounding at the end.

use std::fmt;

use crate::billing::money::{Currency, Micros};
use crate::billing::settlement::minor_unit::unit;

/// Millionths in a whole.
const WHOLE: u32 = 1_000_000;
/// The most decimals of a percentage: a share is a whole number of millionths.
const MAX_DECIMALS: usize = 4;

/// A part of a whole, in millionths: from nothing to all of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Share(u32);

impl Share {
    /// All of it.
    pub const ALL: Self = Self(WHOLE);

    /// Parses a percentage with at most four decimals, such as `70%` or `66.6667%`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let number = text.strip_suffix('%')?.trim_end();
        let (whole, decimals) = number.split_once('.').unwrap_or((number, "0"));
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !is_number(whole) || !is_number(decimals) || whole.len() > 3 || decimals.len() > MAX_DECIMALS {
            return None;
        }
        let millionths: u32 = format!("{whole}{decimals:0<MAX_DECIMALS$}").parse().ok()?;
        (millionths <= WHOLE).then_some(Self(millionths))
    }

    /// Returns the exact share of an amount, in millionths of its millionths.
    #[must_use]
    pub fn exact(self, amount: Micros) -> i128 {
        i128::from(amount.0) * i128::from(self.0)
    }
}

/// Rounds a sum of exact shares to millionths of the currency's unit, half away from zero.
#[must_use]
pub fn rounded_micros(exact: i128) -> i128 {
    let whole = i128::from(WHOLE);
    exact.abs().saturating_add(whole / 2) / whole * exact.signum()
}

/// As a percentage without needless zeros: `70%`, `66.6667%`.
impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let decimals = format!("{:04}", self.0 % 10_000);
        let decimals = decimals.trim_end_matches('0');
        let point = if decimals.is_empty() { "" } else { "." };
        write!(f, "{}{point}{decimals}%", self.0 / 10_000)
    }
}

/// Returns the share of a share of an amount, rounded once to the minor unit of its currency, half away from zero; None if the result
/// does not fit. `of` is [`Share::ALL`] for a simple share.
#[must_use]
pub fn rounded_share(amount: Micros, share: Share, of: Share, currency: Currency) -> Option<Micros> {
    round(i128::from(amount.0) * i128::from(share.0) * i128::from(of.0), currency)
}

/// Splits a sum of shares over its parts, each an amount with its share: rounds the running sum, and gives each part what that grows by.
/// So the parts add up to the sum, rounded once. All are shares `of` a share. None if a sum does not fit.
#[must_use]
pub fn rounded_parts(parts: &[(Micros, Share)], of: Share, currency: Currency) -> Option<Vec<Micros>> {
    let (mut exact, mut before) = (0_i128, 0_i64);
    let mut rounded = Vec::with_capacity(parts.len());
    for (amount, share) in parts {
        exact = exact.checked_add(i128::from(amount.0) * i128::from(share.0) * i128::from(of.0))?;
        let after = round(exact, currency)?.0;
        rounded.push(Micros(after.checked_sub(before)?));
        before = after;
    }
    Some(rounded)
}

/// Rounds an amount in millionths of millionths of millionths.
fn round(exact: i128, currency: Currency) -> Option<Micros> {
    let (unit, whole) = (i128::from(unit(currency)), i128::from(WHOLE));
    let divisor = whole * whole * unit;
    let units = exact.abs().checked_add(divisor / 2)? / divisor * exact.signum();
    i64::try_from(units * unit).ok().map(Micros)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn currency(code: &str) -> Currency {
        Currency::new(code).unwrap()
    }

    #[test]
    fn parses_percentages_and_writes_them_the_same() {
        for text in ["0%", "70%", "66.6667%", "0.5%", "100%", "33.3%"] {
            assert_eq!(Share::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Share::parse("70.00 %"), Share::parse("70%"));
        for text in ["", "%", "70", "-1%", "100.0001%", "101%", "1e1%", ".5%", "5.%", "66.66667%", "1000%", "７0%"] {
            assert_eq!(Share::parse(text), None, "{text}");
        }
    }

    #[test]
    fn rounds_once_to_the_minor_unit_half_away_from_zero() {
        let share = |amount, percent: &str, code| {
            rounded_share(Micros(amount), Share::parse(percent).unwrap(), Share::ALL, currency(code)).unwrap().0
        };
        assert_eq!(share(10_000, "50%", "USD"), 10_000, "half a cent");
        assert_eq!(share(-10_000, "50%", "USD"), -10_000);
        assert_eq!(share(9_999, "50%", "USD"), 0);
        assert_eq!(share(1_000_000, "50%", "JPY"), 1_000_000, "half a yen");
        assert_eq!(share(999_999, "50%", "JPY"), 0);
        assert_eq!(share(1_500, "50%", "BHD"), 1_000, "three quarters of a fils");
        assert_eq!(rounded_share(Micros(i64::MAX), Share::ALL, Share::ALL, currency("USD")), None);
        // A quarter of 0.024, as a share of a share: 0.005333… is a cent once rounded, and would be 0.00 if rounded in between.
        let (two_thirds, third) = (Share::parse("66.67%").unwrap(), Share::parse("33.33%").unwrap());
        assert_eq!(rounded_share(Micros(24_000), two_thirds, third, currency("USD")), Some(Micros(10_000)));
    }

    proptest! {
        #[test]
        fn parts_add_up_and_each_is_within_a_minor_unit(
            parts in prop::collection::vec(-1_000_000_000_000_i64..1_000_000_000_000, 0..20),
            millionths in 0..=WHOLE,
            code in prop::sample::select(vec!["USD", "JPY", "BHD", "CLF"]),
        ) {
            let (share, currency) = (Share(millionths), currency(code));
            let parts: Vec<(Micros, Share)> = parts.into_iter().map(|part| (Micros(part), share)).collect();
            let rounded = rounded_parts(&parts, Share::ALL, currency).unwrap();
            let whole: i64 = parts.iter().map(|(part, _)| part.0).sum();
            let sum: i64 = rounded.iter().map(|part| part.0).sum();
            prop_assert_eq!(Some(Micros(sum)), rounded_share(Micros(whole), share, Share::ALL, currency));
            for ((part, _), rounded) in parts.iter().zip(&rounded) {
                let exact = i128::from(part.0) * i128::from(millionths);
                let error = (i128::from(rounded.0) * i128::from(WHOLE) - exact).abs();
                prop_assert!(rounded.0 % unit(currency) == 0 && error <= i128::from(unit(currency)) * i128::from(WHOLE));
            }
        }
    }
}
