//! What the pages say, in each language that there are words for. A text that one of them lacks is a compile
//! error. The privacy statement's words stand with its facts, in `privacy`.

mod english;
mod german;
pub mod privacy;

use jiff::civil::Date;
use strum::VariantArray;

use crate::fields::language::Language;
use crate::problem::Problem;

/// A language that the pages can be told in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, VariantArray)]
pub enum UiLanguage {
    /// English, also where the language asked for has no words here.
    English,
    /// German.
    German,
}

impl UiLanguage {
    /// The one that is nearest to a language of the closed list.
    #[must_use]
    pub fn of(language: &Language) -> Self {
        let primary = language.as_str().split('-').next().unwrap_or_default();
        if primary.eq_ignore_ascii_case("de") { Self::German } else { Self::English }
    }

    /// Its words.
    #[must_use]
    pub fn texts(self) -> &'static Texts {
        match self {
            Self::English => &english::TEXTS,
            Self::German => &german::TEXTS,
        }
    }
}

/// The words of the pages.
#[derive(Debug)]
pub struct Texts {
    /// The language that these words are in, as the attribute `lang` says it (BCP 47).
    pub tag: &'static str,
    /// Of the link that leads keyboards past the search box.
    pub skip: &'static str,
    /// Names the search box.
    pub search_for: &'static str,
    /// On its button.
    pub search: &'static str,
    /// Of the link to the privacy statement.
    pub privacy: &'static str,
    /// Beside it.
    pub promise: &'static str,

    /// How many results there are, and from whom.
    pub found: fn(usize, &str) -> String,
    /// Marks a sponsored result.
    pub sponsored: &'static str,
    /// Stands where a partner's page ended before its end.
    pub broken_off: &'static str,

    /// Over the home page.
    pub home: &'static str,
    /// What this is.
    pub about: &'static str,
    /// Of the link below that.
    pub statement: &'static str,
    /// Introduces what changed in the privacy statement, and when.
    pub statement_changed: fn(Date) -> String,
    /// Introduces a thing that the statement says anew.
    pub added: &'static str,
    /// Introduces a thing that it no longer says.
    pub removed: &'static str,
    /// How many more changes there are, for which there was no room.
    pub more_changes: fn(usize) -> String,

    /// Over the page of an error.
    pub heading: fn(Problem) -> &'static str,
    /// What is wrong and what to do.
    pub advice: fn(Problem) -> &'static str,
    /// Before an error's code.
    pub code: &'static str,
    /// Over a link that is too old.
    pub too_old: &'static str,
    /// Over a link that another site's page led to.
    pub from_elsewhere: &'static str,
    /// What that means.
    pub not_followed: &'static str,

    /// Over the page that confirms a withdrawal.
    pub forgotten: &'static str,
    /// What was done.
    pub nothing_left: &'static str,

    /// A date.
    pub date: fn(Date) -> String,
    /// A whole number of seconds, in the largest unit that fits.
    pub duration: fn(u64) -> String,
}

/// A number of seconds as a number of the largest unit that fits: days (0), hours (1), minutes (2) or seconds (3).
fn largest_unit(seconds: u64) -> (u64, usize) {
    let units = [86_400, 3_600, 60];
    let unit = units.iter().position(|unit| seconds >= *unit && seconds.is_multiple_of(*unit));
    let length = unit.and_then(|unit| units.get(unit)).copied().unwrap_or(1);
    (seconds / length, unit.unwrap_or(units.len()))
}

/// The name of a date's month, of a list that begins with January.
fn month(date: Date, names: &'static [&'static str; 12]) -> &'static str {
    usize::try_from(date.month() - 1).ok().and_then(|index| names.get(index)).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fields::language::Languages;

    #[test]
    fn german_is_told_in_german_and_all_else_in_english() {
        let languages = Languages::new(["de", "de-AT", "DE-CH", "en", "da", "ar", "ja"]).unwrap();
        let tags: Vec<_> = languages.iter().map(|language| UiLanguage::of(language).texts().tag).collect();
        assert_eq!(tags, ["de", "de", "de", "en", "en", "en", "en"]);
    }

    #[test]
    fn every_problem_has_words_of_its_own() {
        for tongue in UiLanguage::VARIANTS {
            let texts = tongue.texts();
            let mut advice: Vec<_> = Problem::VARIANTS.iter().copied().map(texts.advice).collect();
            advice.sort_unstable();
            advice.dedup();
            assert_eq!(advice.len(), Problem::VARIANTS.len());
            assert!(Problem::VARIANTS.iter().copied().all(|problem| !(texts.heading)(problem).is_empty()));
        }
    }

    #[test]
    fn dates_and_durations() {
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
