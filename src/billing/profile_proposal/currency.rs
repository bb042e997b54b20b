//! Finds the currency of a file's amounts: in the name of their column, or beside the digits.

use std::collections::BTreeSet;

use crate::billing::currency_signs::currencies;

/// What a file says of its currency.
pub(super) enum FoundCurrency {
    /// Nothing.
    Nothing,
    /// It is one of these; the first is the most likely.
    OneOf(Vec<String>),
    /// Amounts have signs that no currency has in common.
    Contradiction,
}

/// Codes (ISO 4217) that are looked for in names of columns. Other words of three letters are not currencies.
const CODES: [&str; 39] = [
    "USD", "EUR", "GBP", "JPY", "CNY", "CHF", "CAD", "AUD", "NZD", "SEK", "NOK", "DKK", "PLN", "CZK", "HUF", "RON",
    "BGN", "RUB", "UAH", "TRY", "INR", "BRL", "MXN", "ARS", "CLP", "COP", "KRW", "TWD", "HKD", "SGD", "THB", "IDR",
    "MYR", "PHP", "VND", "ILS", "AED", "SAR", "ZAR",
];

/// A currency in the name of a column.
pub(super) struct NamedCurrency {
    pub code: String,
    /// The name with `{currency}` in the place of the code, if it has the code as a word.
    pub placeholder: Option<String>,
}

/// Returns the currency in the name of a column: `Umsatz (EUR)`, `Revenue €`, `revenueUsd`.
pub(super) fn in_name(name: &str) -> Option<NamedCurrency> {
    for (start, word) in words(name) {
        if CODES.contains(&word) {
            let after = name.get(start + word.len()..)?;
            let placeholder = Some(format!("{}{{currency}}{after}", name.get(..start)?));
            return Some(NamedCurrency { code: word.to_owned(), placeholder });
        }
    }
    let end = name.len().checked_sub(3).and_then(|start| name.get(start..)).unwrap_or_default();
    let is_camel_case = name.len() > 3 && end.starts_with(|c: char| c.is_ascii_uppercase());
    let is_snake_case = name.len() > 4 && name.get(..name.len() - 3).is_some_and(|start| start.ends_with('_'));
    let upper = end.to_ascii_uppercase();
    if (is_camel_case || is_snake_case) && CODES.contains(&upper.as_str()) {
        return Some(NamedCurrency { code: upper, placeholder: None });
    }
    let sign: String =
        name.chars().filter(|c| !c.is_alphanumeric() && !c.is_whitespace() && !"()[]_-./:,".contains(*c)).collect();
    let known = currencies(&sign).filter(|_| !sign.is_empty())?;
    let [only] = known else { return None };
    Some(NamedCurrency { code: (*only).to_owned(), placeholder: None })
}

/// The words of a name, with their places in bytes.
fn words(name: &str) -> impl Iterator<Item = (usize, &str)> {
    name.split(|c: char| !c.is_alphanumeric()).filter_map(|word| {
        let place = (word.as_ptr() as usize).checked_sub(name.as_ptr() as usize)?;
        Some((place, word))
    })
}

/// Returns a name without its currency: `Umsatz in EUR` is `Umsatz`.
pub(super) fn without_currency(name: &str) -> String {
    let name = name.replace("{currency}", "");
    let Some(NamedCurrency { code, placeholder }) = in_name(&name) else { return name };
    let rest = match placeholder {
        Some(placeholder) => placeholder.replace("{currency}", ""),
        None if name.to_ascii_uppercase().ends_with(&code) => {
            name.get(..name.len() - code.len()).unwrap_or(&name).to_owned()
        }
        None => name,
    };
    let rest = rest.trim();
    let without_word = [" in", " en", " em"].iter().find_map(|word| rest.strip_suffix(word));
    without_word.unwrap_or(rest).to_owned()
}

/// Returns the currencies that fit all of these signs.
pub(super) fn in_amounts(signs: impl Iterator<Item = String>) -> FoundCurrency {
    let signs: BTreeSet<String> = signs.collect();
    let mut common: Option<Vec<String>> = None;
    for sign in &signs {
        let known: Vec<String> = match currencies(sign) {
            Some(codes) => codes.iter().map(|code| (*code).to_owned()).collect(),
            None if CODES.contains(&sign.to_ascii_uppercase().as_str()) => vec![sign.to_ascii_uppercase()],
            None => continue,
        };
        common = Some(match common {
            None => known,
            Some(common) => common.into_iter().filter(|code| known.contains(code)).collect(),
        });
    }
    match common {
        None => FoundCurrency::Nothing,
        Some(common) if common.is_empty() => FoundCurrency::Contradiction,
        Some(common) => FoundCurrency::OneOf(common),
    }
}

/// What stands before and after the digits of an amount, without its sign of plus or minus.
pub(super) fn signs(amount: &str) -> Vec<String> {
    let is_digit = |c: char| c.is_ascii_digit();
    let (Some(start), Some(end)) = (amount.find(is_digit), amount.rfind(is_digit)) else { return Vec::new() };
    let sign = |text: Option<&str>| -> String {
        let is_sign = |c: &char| !c.is_whitespace() && !"()+-\u{2212}\u{2013}".contains(*c);
        text.unwrap_or_default().chars().filter(is_sign).collect()
    };
    [sign(amount.get(..start)), sign(amount.get(end + 1..))].into_iter().filter(|sign| !sign.is_empty()).collect()
}
