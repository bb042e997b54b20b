//! Language: one tag of the configured closed list.
//!
//! Requested tags are parsed as BCP 47 (RFC 5646), canonicalized and maximized with likely subtags (UTS #35 section 4.3).
//! Language and script must match, or be related by CLDR; regions are then compared by CLDR's groups and parent locales. ICU4X
//! provides the data, but no matcher.

mod locale;
mod related;
mod tag;

#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;

use crate::fields::language::locale::LocaleKey;
use crate::fields::language::related::Relatives;

/// Bytes of `Accept-Language` that are examined (`docs/privacy-requirements.md`). Real ones have fewer than 100.
const MAX_ACCEPT_BYTES: usize = 256;
/// Items of `Accept-Language` that are examined.
const MAX_ACCEPT_ITEMS: usize = 10;
/// The weight `q=1`, in thousandths (RFC 9110 section 12.4.2).
const WEIGHT_ONE: u16 = 1_000;

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
    relatives: Relatives,
}

/// An item of `Accept-Language`.
struct AcceptItem<'h> {
    tag: &'h [u8],
    /// In thousandths. 0 excludes the language.
    weight: u16,
}

/// Which entries match a request.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Match {
    /// The language itself, or one that its readers read as well.
    Near,
    /// Also their second languages.
    SecondLanguage,
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
            let locale = tag::parse(tag.as_bytes()).ok_or(LanguageListError::InvalidTag(index))?;
            let locale = LocaleKey::new(&locale);
            if entries.iter().any(|entry| entry.locale == locale) {
                return Err(LanguageListError::Duplicate(index));
            }
            let language = Language { tag: tag.into(), right_to_left: locale.is_right_to_left() };
            entries.push(LanguageEntry { language, relatives: locale.relatives(), locale });
        }
        if entries.is_empty() { Err(LanguageListError::Empty) } else { Ok(Self { entries }) }
    }

    /// All languages, default first.
    pub fn iter(&self) -> impl Iterator<Item = &Language> {
        self.entries.iter().map(|entry| &entry.language)
    }

    /// Selects a language: by the parameter `lang` if it matches an entry, otherwise by `Accept-Language`, otherwise the first
    /// entry that the header does not exclude with `q=0` (RFC 9110 section 12.4.2).
    ///
    /// A second language of the readers, as French for Breton, is selected only if nothing that was requested matches.
    #[must_use]
    pub fn select(&self, lang: Option<&[u8]>, accept: Option<&[u8]>) -> Language {
        let mut items = accept.map(parse_accept_language).unwrap_or_default();
        items.sort_by_key(|item| std::cmp::Reverse(item.weight));
        let unwanted = items.iter().filter(|item| item.weight == 0);
        let excluded: Vec<_> =
            unwanted.filter_map(|item| self.spelled_alike(item.tag)).map(|entry| &entry.language).collect();
        let is_allowed = |entry: &&LanguageEntry| !excluded.contains(&&entry.language);
        let wanted = items.iter().filter(|item| item.weight > 0).map(|item| item.tag);
        let mut unmatched = Vec::new();
        for tag in lang.into_iter().chain(wanted) {
            // Nearly every request, without parsing.
            if let Some(entry) = self.spelled_alike(tag).filter(is_allowed) {
                return entry.language.clone();
            }
            let Some(locale) = tag::parse_requested(tag) else { continue };
            let locale = LocaleKey::new(&locale);
            if let Some(entry) = self.nearest(&locale, Match::Near, &is_allowed) {
                return entry.language.clone();
            }
            unmatched.push(locale);
        }
        let mut second = unmatched.iter().filter_map(|locale| self.nearest(locale, Match::SecondLanguage, &is_allowed));
        let selected = second.next().or_else(|| self.entries.iter().find(is_allowed)).or_else(|| self.entries.first());
        selected.map_or_else(|| Language { tag: "und".into(), right_to_left: false }, |entry| entry.language.clone())
    }

    fn spelled_alike(&self, tag: &[u8]) -> Option<&LanguageEntry> {
        self.entries.iter().find(|entry| entry.language.tag.as_bytes().eq_ignore_ascii_case(tag))
    }

    fn nearest(
        &self,
        requested: &LocaleKey,
        kind: Match,
        is_allowed: &impl Fn(&&LanguageEntry) -> bool,
    ) -> Option<&LanguageEntry> {
        let allowed = self.entries.iter().filter(is_allowed);
        let matches = allowed.filter_map(|entry| Some((entry.locale.distance(&entry.relatives, requested)?, entry)));
        let matches =
            matches.filter(|(distance, _)| kind == Match::SecondLanguage || !distance.relation.is_second_language);
        matches.min_by_key(|(distance, _)| *distance).map(|(_, entry)| entry)
    }
}

/// Parses `Accept-Language` (RFC 9110 section 12.5.4). Items without a valid weight are left out, and so is an item that the
/// maximum length cuts.
fn parse_accept_language(header: &[u8]) -> Vec<AcceptItem<'_>> {
    let header = match header.get(..MAX_ACCEPT_BYTES) {
        Some(head) if header.len() > MAX_ACCEPT_BYTES => {
            head.get(..head.iter().rposition(|&byte| byte == b',').unwrap_or(0)).unwrap_or_default()
        }
        _ => header,
    };
    header.split(|&byte| byte == b',').take(MAX_ACCEPT_ITEMS).filter_map(parse_accept_item).collect()
}

fn parse_accept_item(item: &[u8]) -> Option<AcceptItem<'_>> {
    let mut parts = item.split(|&byte| byte == b';').map(<[u8]>::trim_ascii);
    let tag = parts.next()?;
    let weight = parts.find_map(|part| part.strip_prefix(b"q=").or_else(|| part.strip_prefix(b"Q=")));
    let weight = weight.map_or(Some(WEIGHT_ONE), parse_weight)?;
    Some(AcceptItem { tag, weight })
}

/// Parses a weight in thousandths: `0.8` is 800. Some clients send no zero (`.8`) or more than three digits. None if it is
/// invalid.
fn parse_weight(weight: &[u8]) -> Option<u16> {
    let text = std::str::from_utf8(weight).ok()?;
    let (whole, digits) = text.split_once('.').unwrap_or((text, ""));
    let is_fraction = digits.bytes().all(|byte| byte.is_ascii_digit());
    match whole {
        "1" => Some(WEIGHT_ONE),
        "0" | "" if is_fraction && !(whole.is_empty() && digits.is_empty()) => {
            let thousandths = digits.get(..3).unwrap_or(digits);
            format!("{thousandths:0<3}").parse().ok()
        }
        _ => None,
    }
}
