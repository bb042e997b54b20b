//! The names of countries in the languages of the pages, from CLDR (`scripts/country-names`).

use std::collections::BTreeMap;
use std::sync::LazyLock;

use strum::VariantArray as _;

use crate::ui::i18n::ui_language::UiLanguage;

const NAMES: &str = include_str!("country_names.tsv");

/// The names of each country in the order of [`UiLanguage`], by its ISO 3166-1 code.
static BY_CODE: LazyLock<BTreeMap<&str, Vec<&str>>> = LazyLock::new(|| {
    let parse = |line: &'static str| line.split_once('\t').map(|(code, names)| (code, names.split('\t').collect()));
    NAMES.lines().skip(1).filter_map(parse).collect()
});

/// The name of a country in a language; its code, if it has none.
#[must_use]
pub(super) fn name(language: UiLanguage, code: &str) -> &str {
    let names = BY_CODE.get(code).map(Vec::as_slice).unwrap_or_default();
    UiLanguage::VARIANTS
        .iter()
        .position(|one| *one == language)
        .and_then(|column| names.get(column))
        .copied()
        .unwrap_or(code)
}
