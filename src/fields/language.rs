//! Language: one tag of the configured closed list.
//!
//! Requested tags are parsed as BCP 47 (RFC 5646), canonicalized and maximized with likely subtags (UTS #35 section 4.3).
//! Language and script must match; regions are then compared along CLDR's parent locales. ICU4X provides the data, but no
//! matcher.

use std::fmt;
use std::sync::{Arc, LazyLock};

use icu_locale::fallback::LocaleFallbacker;
use icu_locale::{Direction, LanguageIdentifier, Locale, LocaleCanonicalizer, LocaleDirectionality, LocaleExpander};

/// Bytes of `Accept-Language` that are examined (`docs/privacy-requirements.md`). Real ones have fewer than 100.
const MAX_ACCEPT_BYTES: usize = 256;
/// Items of `Accept-Language` that are examined.
const MAX_ACCEPT_ITEMS: usize = 10;
/// Maximum length of a tag, in bytes (RFC 5646 section 4.4.1 recommends buffers of 35).
const MAX_TAG_BYTES: usize = 35;
/// The weight `q=1`, in thousandths (RFC 9110 section 12.4.2).
const WEIGHT_ONE: u16 = 1_000;

static CANONICALIZER: LazyLock<LocaleCanonicalizer> = LazyLock::new(LocaleCanonicalizer::new_common);
static EXPANDER: LazyLock<LocaleExpander> = LazyLock::new(LocaleExpander::new_common);
static DIRECTIONALITY: LazyLock<LocaleDirectionality> = LazyLock::new(LocaleDirectionality::new_common);

/// An entry of the closed list.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Language {
    tag: Arc<str>,
    right_to_left: bool,
}

impl Language {
    /// The tag, as spelled in the configuration.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.tag
    }

    /// The writing direction as a value of `dir`: `ltr` or `rtl` (HTML section 3.2.6.4).
    #[must_use]
    pub fn direction(&self) -> &'static str {
        if self.right_to_left { "rtl" } else { "ltr" }
    }
}

impl fmt::Debug for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.tag)
    }
}

/// The closed list `languages`. The first entry is the default.
#[derive(Debug, Clone)]
pub struct Languages {
    entries: Vec<LanguageEntry>,
}

#[derive(Debug, Clone)]
struct LanguageEntry {
    language: Language,
    locale: LocaleKey,
}

/// The properties by which locales are matched.
#[derive(Debug, Clone, PartialEq, Eq)]
struct LocaleKey {
    /// The tag with its likely script and region.
    maximized: LanguageIdentifier,
    /// The tag and its parent locales, up to the language.
    ancestors: Vec<String>,
}

/// Why a configured list is invalid. The number is the index of the entry.
#[derive(Debug, PartialEq, Eq)]
pub enum LanguageListError {
    /// The list has no entry, and so no default.
    Empty,
    /// The entry is not a BCP 47 language tag.
    InvalidTag(usize),
    /// The list already contains this language.
    Duplicate(usize),
}

impl Languages {
    /// Validates a configured list.
    ///
    /// # Errors
    /// The first invalid entry.
    pub fn new<'a>(tags: impl IntoIterator<Item = &'a str>) -> Result<Self, LanguageListError> {
        let mut entries: Vec<LanguageEntry> = Vec::new();
        for (index, tag) in tags.into_iter().enumerate() {
            let locale = LocaleKey::parse(tag.as_bytes()).ok_or(LanguageListError::InvalidTag(index))?;
            if entries.iter().any(|entry| entry.locale == locale) {
                return Err(LanguageListError::Duplicate(index));
            }
            let right_to_left = DIRECTIONALITY.get(&locale.maximized) == Some(Direction::RightToLeft);
            entries.push(LanguageEntry { language: Language { tag: tag.into(), right_to_left }, locale });
        }
        if entries.is_empty() { Err(LanguageListError::Empty) } else { Ok(Self { entries }) }
    }

    /// All languages, default first.
    pub fn iter(&self) -> impl Iterator<Item = &Language> {
        self.entries.iter().map(|entry| &entry.language)
    }

    /// Selects a language: by the parameter `lang` if it matches an entry, otherwise by `Accept-Language`, otherwise the
    /// default.
    #[must_use]
    pub fn select(&self, lang: Option<&[u8]>, accept: Option<&[u8]>) -> Language {
        lang.and_then(|tag| self.find(tag))
            .or_else(|| accept.and_then(|header| self.negotiate(header)))
            .or_else(|| self.entries.first().map(|entry| entry.language.clone()))
            .unwrap_or_else(|| Language { tag: "und".into(), right_to_left: false })
    }

    /// Selects by `Accept-Language` (RFC 9110 section 12.5.4): by descending weight, in order among equal weights.
    fn negotiate(&self, header: &[u8]) -> Option<Language> {
        let header = header.get(..MAX_ACCEPT_BYTES).unwrap_or(header);
        let mut items: Vec<(u16, &[u8])> = header
            .split(|&byte| byte == b',')
            .take(MAX_ACCEPT_ITEMS)
            .map(parse_accept_item)
            .filter(|(weight, _)| *weight > 0)
            .collect();
        items.sort_by_key(|(weight, _)| std::cmp::Reverse(*weight));
        items.into_iter().find_map(|(_, tag)| self.find(tag))
    }

    fn find(&self, tag: &[u8]) -> Option<Language> {
        let is_spelled_alike = |entry: &&LanguageEntry| entry.language.tag.as_bytes().eq_ignore_ascii_case(tag);
        if let Some(entry) = self.entries.iter().find(is_spelled_alike) {
            return Some(entry.language.clone());
        }
        let locale = LocaleKey::parse(tag)?;
        let matches = self.entries.iter().filter_map(|entry| Some((entry.locale.distance(&locale)?, entry)));
        matches.min_by_key(|(distance, _)| *distance).map(|(_, entry)| entry.language.clone())
    }
}

impl LocaleKey {
    /// Parses a tag up to its first extension or private-use subtag (`-u-`, `-x-`), which could carry anything.
    fn parse(tag: &[u8]) -> Option<Self> {
        let end = tag.windows(3).position(|at| matches!(at, [b'-' | b'_', _, b'-' | b'_'])).unwrap_or(tag.len());
        let mut tag = tag.get(..end).filter(|tag| tag.len() <= MAX_TAG_BYTES)?.to_vec();
        // Some toolbars send POSIX locale names: `pt_BR`.
        tag.iter_mut().filter(|byte| **byte == b'_').for_each(|byte| *byte = b'-');
        let mut locale = Locale::try_from_utf8(&tag).ok().filter(|locale| !locale.id.language.is_unknown())?;
        CANONICALIZER.canonicalize(&mut locale);
        let mut maximized = locale.id.clone();
        maximized.variants.clear();
        let mut ancestors = Vec::new();
        let mut fallback = LocaleFallbacker::new().for_config(Default::default()).fallback_for((&maximized).into());
        while !fallback.get().is_unknown() {
            ancestors.push(fallback.get().to_string());
            fallback.step();
        }
        EXPANDER.maximize(&mut maximized);
        Some(Self { maximized, ancestors })
    }

    /// The distance between a requested locale and this entry, smaller being better. None if language or script differ:
    /// readers of one cannot be expected to read the other.
    fn distance(&self, requested: &Self) -> Option<(usize, usize)> {
        if (self.maximized.language, self.maximized.script)
            != (requested.maximized.language, requested.maximized.script)
        {
            return None;
        }
        if self.maximized.region == requested.maximized.region {
            return Some((0, 0));
        }
        let depth = |tag: &String| self.ancestors.iter().position(|own| own == tag);
        let common = requested.ancestors.iter().enumerate().find_map(|(up, tag)| Some((up, depth(tag)?)));
        let (up, down) = common.unwrap_or((requested.ancestors.len(), self.ancestors.len()));
        Some((up + 1, down))
    }
}

/// Parses an item of `Accept-Language`: its weight in thousandths and its tag.
fn parse_accept_item(item: &[u8]) -> (u16, &[u8]) {
    let mut parts = item.split(|&byte| byte == b';').map(<[u8]>::trim_ascii);
    let tag = parts.next().unwrap_or_default();
    let weight = parts.find_map(|part| part.strip_prefix(b"q=").or_else(|| part.strip_prefix(b"Q=")));
    (weight.map_or(WEIGHT_ONE, parse_weight), tag)
}

/// Parses a weight: `0.8` is 800. An invalid weight is 0, so that a malformed item is not preferred.
fn parse_weight(weight: &[u8]) -> u16 {
    let text = std::str::from_utf8(weight).unwrap_or_default();
    match text.split_once('.').unwrap_or((text, "")) {
        ("1", _) => WEIGHT_ONE,
        ("0", digits) if digits.len() <= 3 && digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            format!("{digits:0<3}").parse().unwrap_or(0)
        }
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LIST: [&str; 7] = ["en", "de", "fr", "es", "pt-BR", "zh-Hans", "ja"];

    fn languages() -> Languages {
        Languages::new(LIST).unwrap()
    }

    #[test]
    fn matches_requested_tags() {
        for (requested, expected) in [
            ("de", "de"),
            ("DE-at", "de"),
            ("pt", "pt-BR"),
            ("pt-PT", "pt-BR"),
            ("zh-CN", "zh-Hans"),
            ("zh", "zh-Hans"),
            ("zh-TW", "en"),
            ("zh-Hant-HK", "en"),
            ("ja-JP-u-ca-japanese", "ja"),
            ("fr-x-user42", "fr"),
            ("x-fr", "en"),
            ("es_419", "es"),
            ("nl", "en"),
            ("*", "en"),
            ("", "en"),
            ("de-DE-1996", "de"),
        ] {
            assert_eq!(languages().select(Some(requested.as_bytes()), None).as_str(), expected, "{requested}");
        }
        let english = Languages::new(["en-US", "en-GB", "nb", "he"]).unwrap();
        for (requested, expected) in
            [("en", "en-US"), ("en-AU", "en-GB"), ("en-IE", "en-GB"), ("en-PR", "en-US"), ("iw", "he")]
        {
            assert_eq!(english.select(Some(requested.as_bytes()), None).as_str(), expected, "{requested}");
        }
    }

    #[test]
    fn accept_language_is_ordered_by_weight() {
        for (header, expected) in [
            ("nl,de;q=0.5,fr;q=0.8", "fr"),
            ("de-CH, de;q=0.9, en;q=0.8", "de"),
            ("fr;q=0, es;q=0.1", "es"),
            ("de;q=2, ja;q=0.3", "ja"),
            ("nl, *;q=0.5", "en"),
            (";;;,,,;q=", "en"),
        ] {
            assert_eq!(languages().select(None, Some(header.as_bytes())).as_str(), expected, "{header}");
        }
        let late = format!("{}de", "xx,".repeat(10));
        assert_eq!(languages().select(None, Some(late.as_bytes())).as_str(), "en", "the eleventh item is ignored");
        assert_eq!(
            languages().select(Some(b"nl"), Some(b"fr")).as_str(),
            "fr",
            "falls back to the header if lang matches no entry"
        );
    }

    #[test]
    fn rejects_invalid_lists() {
        assert_eq!(Languages::new([]).unwrap_err(), LanguageListError::Empty);
        assert_eq!(Languages::new(["en", "not a tag"]).unwrap_err(), LanguageListError::InvalidTag(1));
        assert_eq!(Languages::new(["zh-Hans", "de", "zh-Hans"]).unwrap_err(), LanguageListError::Duplicate(2));
    }

    #[test]
    fn direction_follows_the_script() {
        let tags = ["ar", "he", "fa", "ur", "ug", "az-Arab", "pa-PK", "en", "ja", "az", "pa", "de-CH"];
        let directions: Vec<_> =
            Languages::new(tags).unwrap().iter().map(Language::direction).map(str::to_owned).collect();
        assert_eq!(directions, [["rtl"; 7].as_slice(), ["ltr"; 5].as_slice()].concat());
    }

    proptest! {
        #[test]
        fn selects_listed_languages_only(lang in proptest::collection::vec(any::<u8>(), 0..60), accept in ".{0,300}") {
            let language = languages().select(Some(&lang), Some(accept.as_bytes()));
            prop_assert!(LIST.contains(&language.as_str()));
        }

        #[test]
        fn ignores_extensions(index in 0..LIST.len(), tail in "(-u-[a-z]{2}-[a-z0-9]{3,8}|-x-[a-z0-9]{1,8}|-t-[a-z]{2})") {
            let tag = LIST[index];
            prop_assert_eq!(languages().select(Some(format!("{tag}{tail}").as_bytes()), None).as_str().to_owned(), tag);
        }
    }
}
