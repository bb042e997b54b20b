//! Money in integer millionths of a currency unit, never in floating point. Partners report more decimals than a currency has
//! (a click may earn a third of a cent), and some report millionths.

use std::fmt;

/// Millionths in a unit.
const MICROS_PER_UNIT: u64 = 1_000_000;

/// The codes of ISO 4217, list one, as the Swiss Financial Market Association (SIX) published it for 2026-01-01 (amendments up to 180), in which
/// the currencies that `iso-codes` 4.15 lists and later amendments agree. Codes of metals, of bonds, for tests and for no currency are left out:
/// nobody is paid in them.
const ASSIGNED: &str = "\
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF \
    CHW CLF CLP CNY COP COU CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD \
    HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD \
    MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN \
    PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD \
    TWD TZS UAH UGX USD USN UYI UYU UYW UZS VED VES VND VUV WST XAD XAF XCD XCG XDR XOF XPF XSU XUA YER ZAR ZMW ZWG";

/// Codes of list three that were withdrawn since 2016: statements may be ten years old.
const WITHDRAWN: &str = "ANG BGN BYR CUC HRK MRO SLL STD VEF ZWL";

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
    /// Accepts three capital letters, whether or not the code is assigned: for what was checked before, such as stored amounts.
    #[must_use]
    pub fn new(code: &str) -> Option<Self> {
        let code: [u8; 3] = code.as_bytes().try_into().ok()?;
        code.iter().all(u8::is_ascii_uppercase).then_some(Self(code))
    }

    /// Accepts the code of a currency that exists, or that existed in the last ten years: for what people and partners write.
    #[must_use]
    pub fn assigned(code: &str) -> Option<Self> {
        let mut codes = ASSIGNED.split(' ').chain(WITHDRAWN.split(' '));
        Self::new(code).filter(|currency| codes.any(|known| known == currency.as_str()))
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
    fn the_codes_of_currencies_are_assigned() {
        for list in [ASSIGNED, WITHDRAWN] {
            let codes: Vec<&str> = list.split(' ').collect();
            assert!(codes.is_sorted_by(|before, after| before < after), "{codes:?}");
            assert!(codes.iter().all(|code| Currency::assigned(code).is_some()), "{codes:?}");
        }
        assert!(
            ["USD", "EUR", "JPY", "CNY", "XOF", "XCG", "ZWG", "SLE", "BGN", "HRK"]
                .iter()
                .all(|code| Currency::assigned(code).is_some())
        );
        let others = ["UDS", "ERU", "XYZ", "XTS", "XXX", "XAU", "RMB", "DEM", "usd", "BTC", ""];
        assert!(others.iter().all(|code| Currency::assigned(code).is_none()));
    }

    #[test]
    fn a_currency_is_three_capital_letters() {
        assert_eq!(Currency::new("USD").unwrap().as_str(), "USD");
        assert!(["usd", "US", "USDT", "U D", "€"].iter().all(|code| Currency::new(code).is_none()));
    }
}
