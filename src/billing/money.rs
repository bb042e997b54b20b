//! Money: whole millionths of a currency's unit, never a floating point number. Partners state more decimals than a
//! currency has (a click may earn a third of a cent), and some count in millionths themselves.

use std::fmt;

/// How many parts a unit has.
const PARTS: u64 = 1_000_000;

/// An amount in millionths of a unit; below zero for a partner's corrections.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Micros(pub i64);

impl Micros {
    /// The sum; None past 9 223 372 036 854 units.
    #[must_use]
    pub fn plus(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }
}

/// As a decimal number with a point: two decimals at least, six at most.
impl fmt::Display for Micros {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, parts) = (if self.0 < 0 { "-" } else { "" }, self.0.unsigned_abs());
        let decimals = format!("{:06}", parts % PARTS);
        let told = decimals.trim_end_matches('0').len().max(2);
        write!(f, "{sign}{}.{}", parts / PARTS, decimals.get(..told).unwrap_or(&decimals))
    }
}

/// A currency by its three letters (ISO 4217).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

impl Currency {
    /// A code of three capital letters. Which codes are in use is the partner's matter.
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
    fn amounts_are_written_with_the_decimals_that_they_have() {
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
