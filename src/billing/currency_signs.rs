//! Signs of currencies in amounts, and which currencies (ISO 4217) use each: `$`, `US$`, `€`, `zł`, `USD`.

use crate::billing::money::Currency;

/// Each sign in lower case, without spaces and final points, with the currencies that write it, as in the Unicode Common Locale
/// Data Repository, and forms common in exports.
const SIGNS: [(&str, &[&str]); 84] = [
    (
        "$",
        &[
            "USD", "CAD", "AUD", "NZD", "HKD", "SGD", "TWD", "MXN", "ARS", "CLP", "COP", "BRL", "BSD", "BBD", "BZD",
            "BMD", "BND", "KYD", "XCD", "CUP", "DOP", "FJD", "GYD", "JMD", "LRD", "NAD", "SBD", "SRD", "TTD", "UYU",
        ],
    ),
    ("us$", &["USD"]),
    ("usd$", &["USD"]),
    ("ca$", &["CAD"]),
    ("cad$", &["CAD"]),
    ("c$", &["CAD", "NIO"]),
    ("a$", &["AUD"]),
    ("au$", &["AUD"]),
    ("aud$", &["AUD"]),
    ("nz$", &["NZD"]),
    ("hk$", &["HKD"]),
    ("nt$", &["TWD"]),
    ("s$", &["SGD"]),
    ("sg$", &["SGD"]),
    ("mx$", &["MXN"]),
    ("mex$", &["MXN"]),
    ("ar$", &["ARS"]),
    ("cl$", &["CLP"]),
    ("co$", &["COP"]),
    ("rd$", &["DOP"]),
    ("r$", &["BRL"]),
    ("$u", &["UYU"]),
    ("ec$", &["XCD"]),
    ("€", &["EUR"]),
    ("eur€", &["EUR"]),
    ("£", &["GBP", "EGP", "FKP", "GIP", "LBP", "SDG", "SHP", "SSP", "SYP"]),
    ("gb£", &["GBP"]),
    ("e£", &["EGP"]),
    ("¥", &["JPY", "CNY"]),
    // The byte 5C, which fonts of Japan and Korea show as their sign, and which Shift_JIS and EUC-KR decode to a backslash.
    ("\\", &["JPY", "KRW"]),
    ("jp¥", &["JPY"]),
    ("円", &["JPY"]),
    ("cn¥", &["CNY"]),
    ("rmb", &["CNY"]),
    ("rmb¥", &["CNY"]),
    ("元", &["CNY", "TWD", "HKD"]),
    ("₹", &["INR"]),
    ("rs", &["INR", "PKR", "LKR", "NPR", "MUR", "SCR"]),
    ("₨", &["INR", "PKR", "LKR", "NPR", "MUR", "SCR"]),
    ("৳", &["BDT"]),
    ("₽", &["RUB"]),
    ("руб", &["RUB"]),
    ("р", &["RUB"]),
    ("br", &["BYN", "ETB"]),
    ("₴", &["UAH"]),
    ("грн", &["UAH"]),
    ("₸", &["KZT"]),
    ("₩", &["KRW", "KPW"]),
    ("원", &["KRW"]),
    ("₺", &["TRY"]),
    ("tl", &["TRY"]),
    ("₫", &["VND"]),
    ("đ", &["VND"]),
    ("₪", &["ILS"]),
    ("₦", &["NGN"]),
    ("₱", &["PHP", "CUP"]),
    ("฿", &["THB"]),
    ("₡", &["CRC"]),
    ("₲", &["PYG"]),
    ("₼", &["AZN"]),
    ("₾", &["GEL"]),
    ("₵", &["GHS"]),
    ("gh₵", &["GHS"]),
    ("₭", &["LAK"]),
    ("₮", &["MNT"]),
    ("﷼", &["IRR", "OMR", "QAR", "SAR", "YER"]),
    ("zł", &["PLN"]),
    ("zl", &["PLN"]),
    ("kč", &["CZK"]),
    ("ft", &["HUF"]),
    ("lei", &["RON", "MDL"]),
    ("лв", &["BGN"]),
    ("kr", &["SEK", "NOK", "DKK", "ISK"]),
    ("fr", &["CHF"]),
    ("sfr", &["CHF"]),
    ("r", &["ZAR"]),
    ("rm", &["MYR"]),
    ("rp", &["IDR"]),
    ("s/", &["PEN"]),
    ("bs", &["BOB", "VES"]),
    ("q", &["GTQ"]),
    ("ksh", &["KES"]),
    ("tsh", &["TZS"]),
    ("dh", &["AED", "MAD"]),
];

/// Whether a word is the code of one of the currencies in the table, in capitals.
pub(super) fn is_known_code(word: &str) -> bool {
    SIGNS.iter().any(|(_, codes)| codes.contains(&word))
}

/// What a sign says about a currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SignMeaning {
    /// The currency is written with this sign.
    Fits,
    /// Only other currencies are written with it.
    Contradicts,
    /// It is no sign of a currency.
    Unknown,
}

/// Returns the currencies that a sign, without spaces, may stand for; the most used first. `None` if it is not a known sign.
pub(super) fn currencies(sign: &str) -> Option<&'static [&'static str]> {
    let folded = sign.to_lowercase().replace('\u{ffe5}', "¥").replace('\u{ff04}', "$");
    let folded = folded.trim_end_matches('.');
    SIGNS.iter().find(|(known, _)| *known == folded).map(|(_, codes)| *codes)
}

/// Whether a text is a sign of a currency, or three letters in capitals as of a code (ISO 4217).
pub(super) fn is_known(text: &str) -> bool {
    currencies(text).is_some() || Currency::new(text).is_some()
}

/// Returns whether a sign, without spaces, may stand for a currency.
pub(super) fn meaning(sign: &str, currency: Currency) -> SignMeaning {
    let verdict = |fits: bool| if fits { SignMeaning::Fits } else { SignMeaning::Contradicts };
    if let Some(codes) = currencies(sign) {
        return verdict(codes.contains(&currency.as_str()));
    }
    match Currency::new(&sign.trim_end_matches('.').to_ascii_uppercase()) {
        Some(code) => verdict(code == currency),
        None => SignMeaning::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sign_stands_for_its_currencies_and_no_other() {
        for (nth, (sign, codes)) in SIGNS.iter().enumerate() {
            assert!(SIGNS.iter().skip(nth + 1).all(|(other, _)| other != sign), "{sign} is listed twice");
            assert_eq!(*sign, sign.to_lowercase(), "{sign} would never match");
            for code in *codes {
                assert_eq!(meaning(sign, Currency::new(code).unwrap()), SignMeaning::Fits, "{sign} {code}");
            }
            assert_eq!(meaning(sign, Currency::new("XTS").unwrap()), SignMeaning::Contradicts, "{sign}");
        }
    }

    #[test]
    fn codes_and_other_forms_of_signs_are_known() {
        let eur = Currency::new("EUR").unwrap();
        for (sign, code, wanted) in [
            ("USD", "USD", SignMeaning::Fits),
            ("eur", "EUR", SignMeaning::Fits),
            ("\u{ffe5}", "JPY", SignMeaning::Fits),
            ("Kč", "CZK", SignMeaning::Fits),
            ("KR.", "DKK", SignMeaning::Fits),
            ("$", "EUR", SignMeaning::Contradicts),
            ("CHF", "EUR", SignMeaning::Contradicts),
            ("pcs", "EUR", SignMeaning::Contradicts),
            ("Euro", "EUR", SignMeaning::Unknown),
            (".", "EUR", SignMeaning::Unknown),
            ("", "EUR", SignMeaning::Unknown),
        ] {
            assert_eq!(meaning(sign, Currency::new(code).unwrap_or(eur)), wanted, "{sign}");
        }
    }
}
