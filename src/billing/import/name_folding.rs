//! Folds names of columns, so that `Données`, `donnees` and ` DONNÉES ` are one name.

use icu_normalizer::DecomposingNormalizerBorrowed;
use icu_properties::CodePointMapData;
use icu_properties::props::GeneralCategory;

/// Returns a name in lower case, without diacritics, white space, and invisible characters (NFKD, Unicode Standard Annex #15).
#[must_use]
pub fn fold_name(name: &str) -> String {
    if name.bytes().all(|byte| byte.is_ascii_graphic()) {
        // Most cells are plain ASCII, and this runs for each row.
        return name.to_ascii_lowercase();
    }
    let categories = CodePointMapData::<GeneralCategory>::new();
    let decomposed = DecomposingNormalizerBorrowed::new_nfkd().normalize(name);
    let is_kept = |c: &char| {
        !c.is_whitespace()
            && !matches!(
                categories.get(*c),
                GeneralCategory::NonspacingMark | GeneralCategory::Format | GeneralCategory::Control
            )
    };
    decomposed.chars().filter(is_kept).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding_ignores_case_diacritics_spaces_and_invisible_characters() {
        for name in [
            "Geschätzte Einnahmen",
            "geschatzteeinnahmen",
            "GESCHA\u{308}TZTE\u{a0}EINNAHMEN",
            "\u{feff}Geschätzte\tEinnahmen",
        ] {
            assert_eq!(fold_name(name), "geschatzteeinnahmen", "{name:?}");
        }
    }
}
