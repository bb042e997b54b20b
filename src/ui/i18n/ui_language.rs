//! The languages of the pages.

use strum::VariantArray;

use crate::fields::language::Language;

/// Subtags by which a Chinese text is in traditional characters: the script, and the regions that write it.
const TRADITIONAL: [&str; 4] = ["Hant", "TW", "HK", "MO"];

/// A language of the user interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, VariantArray)]
pub enum UiLanguage {
    /// English, which is also the fallback for languages without a table.
    English,
    /// German.
    German,
    /// French.
    French,
    /// Spanish.
    Spanish,
    /// Portuguese of Brazil.
    Portuguese,
    /// Chinese in simplified characters.
    Chinese,
    /// Japanese.
    Japanese,
    /// Arabic.
    Arabic,
    /// Hebrew.
    Hebrew,
}

impl UiLanguage {
    /// The user interface language for the language of a search, by its primary subtag (RFC 5646 section 2.2.1). Chinese in traditional
    /// characters has none of its own.
    #[must_use]
    pub fn from_language(language: &Language) -> Self {
        let mut subtags = language.as_str().split('-');
        let primary = subtags.next().unwrap_or_default().to_ascii_lowercase();
        match primary.as_str() {
            "de" => Self::German,
            "fr" => Self::French,
            "es" => Self::Spanish,
            "pt" => Self::Portuguese,
            "zh" if !subtags.any(|subtag| TRADITIONAL.iter().any(|one| one.eq_ignore_ascii_case(subtag))) => {
                Self::Chinese
            }
            "ja" => Self::Japanese,
            "ar" => Self::Arabic,
            "he" | "iw" => Self::Hebrew,
            _ => Self::English,
        }
    }
}
