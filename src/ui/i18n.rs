//! The texts of the pages, in every language they are available in. Each language is one table, a [`texts::Texts`], which
//! includes the sentences of the privacy statement. A text that is missing in a table is a compile error.

pub mod about_texts;
mod arabic;
mod chinese;
pub mod clause_texts;
mod country_names;
mod english;
mod formatting;
mod french;
mod german;
mod hebrew;
mod japanese;
pub mod language_names;
pub mod personal_data_texts;
mod portuguese;
pub mod privacy_texts;
pub mod punctuation;
pub mod results_texts;
mod spanish;
pub mod texts;
pub mod ui_language;

use crate::ui::i18n::texts::Texts;

pub use crate::ui::i18n::ui_language::UiLanguage;

impl UiLanguage {
    /// The texts in this language.
    #[must_use]
    pub fn texts(self) -> &'static Texts {
        match self {
            Self::English => &english::TEXTS,
            Self::German => &german::TEXTS,
            Self::French => &french::TEXTS,
            Self::Spanish => &spanish::TEXTS,
            Self::Portuguese => &portuguese::TEXTS,
            Self::Chinese => &chinese::TEXTS,
            Self::Japanese => &japanese::TEXTS,
            Self::Arabic => &arabic::TEXTS,
            Self::Hebrew => &hebrew::TEXTS,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use jiff::civil::Date;
    use strum::VariantArray as _;

    use super::*;
    use crate::fields::language::Languages;
    use crate::problem::Problem;

    #[test]
    fn languages_without_texts_are_in_english() {
        let tags =
            ["de", "DE-CH", "en", "da", "ar-EG", "ja", "zh", "zh-Hans", "zh-Hant", "pt-PT", "he", "es-419", "fr"];
        let tags = tags.map(|tag| {
            let languages = Languages::new([tag]).unwrap();
            UiLanguage::from_language(languages.iter().next().unwrap()).texts().tag
        });
        let expected = ["de", "de", "en", "en", "ar", "ja", "zh-Hans", "zh-Hans", "en", "pt-BR", "he", "es", "fr"];
        assert_eq!(tags, expected);
    }

    #[test]
    fn every_language_is_read_in_its_direction() {
        for language in UiLanguage::VARIANTS {
            let texts = language.texts();
            let languages = Languages::new([texts.tag]).unwrap();
            assert_eq!(texts.direction, languages.iter().next().unwrap().direction(), "{}", texts.tag);
        }
    }

    #[test]
    fn numbers_have_the_forms_of_their_language() {
        let found = |language: UiLanguage, results, ads| (language.texts().results.found)(results, ads, "Demo");
        assert_eq!(found(UiLanguage::English, 1, 0), "1 result from Demo");
        assert_eq!(found(UiLanguage::English, 1_234, 1), "1,234 results and 1 ad, from Demo");
        assert_eq!(found(UiLanguage::German, 1_234, 2), "1.234 Ergebnisse und 2 Anzeigen von Demo");
        for language in UiLanguage::VARIANTS {
            let texts: BTreeSet<String> = [1, 2, 5].map(|results| found(*language, results, 0)).into();
            assert_eq!(texts.len(), 3, "{texts:?}");
            assert!(texts.iter().all(|text| text.contains("Demo") && !text.contains("{}")), "{texts:?}");
        }
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
