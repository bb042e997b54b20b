//! The names of countries in the languages of the pages, from CLDR (`scripts/country-names`).

use std::collections::BTreeMap;
use std::sync::LazyLock;

const NAMES: &str = include_str!("country_names.tsv");

/// The English and the German name of each country, by its ISO 3166-1 code.
static BY_CODE: LazyLock<BTreeMap<&str, (&str, &str)>> = LazyLock::new(|| {
    let parse = |line: &'static str| {
        let (code, names) = line.split_once('\t')?;
        Some((code, names.split_once('\t')?))
    };
    NAMES.lines().skip(1).filter_map(parse).collect()
});

/// The English name of a country; its code, if it has none.
pub(super) fn english(code: &str) -> &str {
    BY_CODE.get(code).map_or(code, |(english, _)| english)
}

/// The German name of a country; its code, if it has none.
pub(super) fn german(code: &str) -> &str {
    BY_CODE.get(code).map_or(code, |(_, german)| german)
}
