//! Columns that name the currency of a row although the profile takes it from elsewhere: what they say must not contradict the profile.

use crate::billing::currency_signs::{SignMeaning, currencies, is_known_code, meaning};
use crate::billing::import::header::HeaderName;
use crate::billing::import::name_folding::fold_name;
use crate::billing::money::Currency;

/// What such a column is called in the languages in which partners write their reports; letter case, accents, spaces, underscores
/// and hyphens do not matter.
const NAMES: [&str; 33] = [
    "currency",
    "currency code",
    "currency iso",
    "iso currency",
    "ccy",
    "report currency",
    "reporting currency",
    "account currency",
    "account currency code",
    "payment currency",
    "payout currency",
    "revenue currency",
    "revenue currency code",
    "earnings currency",
    "währung",
    "waehrung",
    "währungscode",
    "devise",
    "code devise",
    "moneda",
    "código de moneda",
    "moeda",
    "código da moeda",
    "valuta",
    "codice valuta",
    "waluta",
    "měna",
    "pénznem",
    "para birimi",
    "валюта",
    "通貨",
    "货币",
    "통화",
];

fn folded(name: &str) -> String {
    fold_name(name).replace(['_', '-'], "")
}

/// Returns the columns of a header that are called so, but for those that the profile has among its `dimensions`. Of a path into
/// JSON or XML, the last name counts.
pub(super) fn currency_columns(header: &[HeaderName], dimensions: &[String]) -> Vec<usize> {
    let known: Vec<String> = NAMES.iter().map(|name| folded(name)).collect();
    let is_currency = |shown: &str| {
        let last = folded(shown.rsplit(['/', '.', '@']).next().unwrap_or(shown));
        known.contains(&last) && !dimensions.iter().any(|name| folded(name) == folded(shown))
    };
    (0..).zip(header).filter(|(_, name)| is_currency(&name.shown)).map(|(index, _)| index).collect()
}

/// Names of currencies in reports, and the sign that means the same.
const WORDS: [(&str, &str); 12] = [
    ("euro", "€"),
    ("euros", "€"),
    ("dollar", "$"),
    ("dollars", "$"),
    ("pound", "£"),
    ("pounds", "£"),
    ("yen", "jp¥"),
    ("yuan", "cn¥"),
    ("renminbi", "cn¥"),
    ("rupee", "rs"),
    ("rupees", "rs"),
    ("złoty", "zł"),
];

/// Returns what of a text (a header of money, or a cell of a currency column) names another currency than this one: a code in capitals, a
/// sign, or a name.
pub(super) fn other_currency(text: &str, currency: Currency) -> Option<String> {
    let is_other = |sign: &str| meaning(sign, currency) == SignMeaning::Contradicts;
    let sign = text.chars().map(String::from).find(|sign| sign.chars().all(is_sign) && is_other(sign));
    let mut words = text.split(|c: char| !c.is_alphanumeric());
    let word = words.find(|word| {
        let name = WORDS.iter().find(|(name, _)| *name == word.to_lowercase());
        let is_code = is_known_code(word) && is_other(word);
        is_code || name.is_some_and(|(_, sign)| is_other(sign))
    });
    // `US$` and `C$` are signs of their own.
    let is_longer = |sign: &str| {
        text.split_whitespace().any(|part| part.contains(sign) && meaning(part, currency) == SignMeaning::Fits)
    };
    sign.filter(|sign| !is_longer(sign)).or_else(|| word.map(str::to_owned))
}

/// Returns the currency of a cell of a currency column: its code in any letter case, or a sign that only one currency has.
pub(super) fn cell_currency(text: &str) -> Option<Currency> {
    let only = || match currencies(text)? {
        [only] => Currency::new(only),
        _ => None,
    };
    Currency::assigned(&text.to_ascii_uppercase()).or_else(only)
}

/// What is wrong with another cell of a currency column.
pub(super) const NO_CURRENCY: &str =
    "not a currency code; expected three letters (ISO 4217), or a sign that only one currency has";

/// Whether a character is a sign of a currency by itself.
fn is_sign(c: char) -> bool {
    matches!(c, '$' | '£' | '¥' | '฿' | '\u{20a0}'..='\u{20cf}')
}
