//! Money in integer millionths of a currency unit, never in floating point. Partners report more decimals than a currency has
//! (a click may earn a third of a cent), and some report millionths.

use std::fmt;

/// Millionths in a unit.
const MICROS_PER_UNIT: u64 = 1_000_000;

/// An amount in millionths of a currency unit; negative in a partner's corrections.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Micros(pub i64);

impl Micros {
    /// Returns the sum; None above 9 223 372 036 854 units.
    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }
}

/// As a decimal number with a point and two to six decimals.
impl fmt::Display for Micros {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, micros) = (if self.0 < 0 { "-" } else { "" }, self.0.unsigned_abs());
        let decimals = format!("{:06}", micros % MICROS_PER_UNIT);
        let shown = decimals.trim_end_matches('0').len().max(2);
        write!(f, "{sign}{}.{}", micros / MICROS_PER_UNIT, decimals.get(..shown).unwrap_or(&decimals))
    }
}

/// A currency code (ISO 4217).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

impl Currency {
    /// Accepts three capital letters, whether or not the code is assigned.
    #[must_use]
    pub fn new(code: &str) -> Option<Self> {
        let code: [u8; 3] = code.as_bytes().try_into().ok()?;
        code.iter().all(u8::is_ascii_uppercase).then_some(Self(code))
    }

    /// The three letters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_written_with_two_to_six_decimals() {
        let written =
            [0, 1, 1_000_000, -1_500_000, 4_675_123_450, -1, i64::MAX, i64::MIN].map(|n| Micros(n).to_string());
        let wanted = [
            "0.00",
            "0.000001",
            "1.00",
            "-1.50",
            "4675.12345",
            "-0.000001",
            "9223372036854.775807",
            "-9223372036854.775808",
        ];
        assert_eq!(written, wanted);
    }

    #[test]
    fn a_currency_is_three_capital_letters() {
        assert_eq!(Currency::new("USD").unwrap().as_str(), "USD");
        assert!(["usd", "US", "USDT", "U D", "€"].iter().all(|code| Currency::new(code).is_none()));
    }
}
