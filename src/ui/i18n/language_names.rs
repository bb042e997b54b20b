//! The names of languages in themselves, from CLDR (`scripts/language-names`).

use std::collections::HashMap;
use std::sync::LazyLock;

const NAMES: &str = include_str!("language_names.tsv");

static BY_TAG: LazyLock<HashMap<&str, &str>> =
    LazyLock::new(|| NAMES.lines().skip(1).filter_map(|line| line.split_once('\t')).collect());

/// The name of a language in itself: that of the tag, or of as much of its beginning as has a name; the tag itself without one.
#[must_use]
pub fn name(tag: &str) -> &str {
    let mut known = tag;
    loop {
        if let Some(name) = BY_TAG.get(known) {
            return name;
        }
        match known.rsplit_once('-') {
            Some((shorter, _)) => known = shorter,
            None => return tag,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_have_their_own_names() {
        let tags = ["de", "pt-BR", "zh-Hans", "de-AT", "de-1996", "ar", "qaa"];
        let names =
            ["Deutsch", "Português (Brasil)", "中文 (简体)", "Deutsch (Österreich)", "Deutsch", "العربية", "qaa"];
        assert_eq!(tags.map(name), names);
    }
}
