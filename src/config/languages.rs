//! `languages`: the closed list of language tags.

use crate::config::table_reader::TableReader;
use crate::fields::language::{LanguageListError, Languages};

/// Used if the file has no list. The first is the default of every request.
const DEFAULT_LANGUAGES: [&str; 7] = ["en", "de", "fr", "es", "pt-BR", "zh-Hans", "ja"];

/// Reads the list.
pub(super) fn read(root: &mut TableReader<'_>) -> Option<Languages> {
    let Some(tags) = root.string_list("languages") else { return Languages::new(DEFAULT_LANGUAGES).ok() };
    let error = match Languages::new(tags.iter().map(|tag| tag.value.as_str())) {
        Ok(languages) => return Some(languages),
        Err(error) => error,
    };
    match error {
        LanguageListError::Empty => {
            root.error_at_key("languages", "must have at least one entry, the default language")
        }
        LanguageListError::InvalidTag(index) => {
            if let Some(tag) = tags.get(index) {
                root.error_at(tag, "not a language tag (BCP 47); write one such as \"en\", \"pt-BR\" or \"zh-Hans\"");
            }
        }
        LanguageListError::Duplicate(index) => {
            if let Some(tag) = tags.get(index) {
                root.error_at(tag, "duplicate language; remove it");
            }
        }
    }
    None
}
