//! Columns that name the currency of a row although the profile takes it from elsewhere: what they say must not contradict the profile.

use crate::billing::import::header::HeaderName;
use crate::billing::import::name_folding::fold_name;

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
