//! The texts of the pages, in every language they are available in. Each language is one table, a [`texts::Texts`], which
//! includes the sentences of the privacy statement. A text that is missing in a table is a compile error.

pub mod clause_texts;
mod country_names;
mod english;
mod formatting;
mod german;
pub mod personal_data_texts;
pub mod privacy_texts;
pub mod texts;

use strum::VariantArray;

use crate::fields::language::Language;
use crate::ui::i18n::texts::Texts;

/// A language of the user interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, VariantArray)]
pub enum UiLanguage {
    /// English, which is also the fallback for languages without a table.
    English,
    /// German.
    German,
}

impl UiLanguage {
    /// The user interface language for the language of a search, by its primary subtag (RFC 5646 section 2.2.1).
    #[must_use]
    pub fn from_language(language: &Language) -> Self {
        let primary = language.as_str().split('-').next().unwrap_or_default();
        if primary.eq_ignore_ascii_case("de") { Self::German } else { Self::English }
    }

    /// The texts in this language.
    #[must_use]
    pub fn texts(self) -> &'static Texts {
        match self {
            Self::English => &english::TEXTS,
            Self::German => &german::TEXTS,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use jiff::civil::Date;

    use super::*;
    use crate::fields::language::Languages;
    use crate::problem::Problem;

    #[test]
    fn german_is_used_for_german_and_english_for_all_other_languages() {
        let languages = Languages::new(["de", "de-AT", "DE-CH", "en", "da", "ar", "ja"]).unwrap();
        let tags: Vec<_> = languages.iter().map(|language| UiLanguage::from_language(language).texts().tag).collect();
        assert_eq!(tags, ["de", "de", "de", "en", "en", "en", "en"]);
    }

    #[test]
    fn every_problem_has_its_own_advice() {
        for language in UiLanguage::VARIANTS {
            let texts = language.texts();
            let problems = || Problem::VARIANTS.iter().copied();
            let advice: BTreeSet<_> = problems().map(texts.problem_advice).collect();
            assert_eq!(advice.len(), Problem::VARIANTS.len());
            assert!(problems().all(|problem| !(texts.problem_title)(problem).is_empty()));
        }
    }

    #[test]
    fn formats_dates_and_durations() {
        let [english, german] = [UiLanguage::English, UiLanguage::German].map(UiLanguage::texts);
        let date = Date::constant(2026, 3, 1);
        assert_eq!((english.date)(date), "1 March 2026");
        assert_eq!((german.date)(date), "1. März 2026");
        for (seconds, in_english, in_german) in [
            (1, "1 second", "1 Sekunde"),
            (90, "90 seconds", "90 Sekunden"),
            (60, "1 minute", "1 Minute"),
            (5_400, "90 minutes", "90 Minuten"),
            (3_600, "1 hour", "1 Stunde"),
            (86_400, "1 day", "1 Tag"),
            (172_800, "2 days", "2 Tage"),
            (0, "0 seconds", "0 Sekunden"),
        ] {
            assert_eq!((english.duration)(seconds), in_english);
            assert_eq!((german.duration)(seconds), in_german);
        }
    }
}
