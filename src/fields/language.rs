//! Language: one tag of the operator's closed list. Requested tags are read as BCP 47 (RFC 5646), made
//! canonical and completed with likely subtags (UTS #35 section 4.3), and matched by language and
//! script first, then by region along CLDR's parent locales. ICU4X has the data; it has no matcher.

use std::fmt;
use std::sync::{Arc, LazyLock};

use icu_locale::fallback::LocaleFallbacker;
use icu_locale::{Direction, LanguageIdentifier, Locale, LocaleCanonicalizer, LocaleDirectionality, LocaleExpander};

/// How much of `Accept-Language` is read, in bytes (PRIVACY section 2 B): a real one stays below 100.
const ACCEPT_BYTES: usize = 256;
/// How many of its items are read.
const ACCEPT_ITEMS: usize = 10;
/// The longest tag that is looked at, in bytes (RFC 5646 section 4.4.1 advises room for 35).
const TAG_BYTES: usize = 35;
/// Weights count in thousandths (RFC 9110 section 12.4.2).
const WEIGHT_ONE: u16 = 1_000;

static CANONICALIZER: LazyLock<LocaleCanonicalizer> = LazyLock::new(LocaleCanonicalizer::new_common);
static EXPANDER: LazyLock<LocaleExpander> = LazyLock::new(LocaleExpander::new_common);
static DIRECTIONALITY: LazyLock<LocaleDirectionality> = LazyLock::new(LocaleDirectionality::new_common);

/// One entry of the closed list.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Language {
    tag: Arc<str>,
    right_to_left: bool,
}

impl Language {
    /// The tag, spelled as in the configuration.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.tag
    }

    /// The direction it is written in, as HTML's `dir` says it (HTML section 3.2.6.4).
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

/// The closed list `languages`; its first entry is the default.
#[derive(Debug, Clone)]
pub struct Languages {
    entries: Vec<LanguageEntry>,
}

#[derive(Debug, Clone)]
struct LanguageEntry {
    language: Language,
    place: LocaleKey,
}

/// Where a tag stands among locales.
#[derive(Debug, Clone, PartialEq, Eq)]
struct LocaleKey {
    /// The tag with its likely script and region.
    full: LanguageIdentifier,
    /// The tag and its parents, up to the language alone.
    chain: Vec<String>,
}

/// Why a configured list is refused; the index says which entry.
#[derive(Debug, PartialEq, Eq)]
pub enum BadList {
    /// A closed list needs an entry, to be the default.
    Empty,
    /// The entry is no BCP 47 language tag.
    NotATag(usize),
    /// The entry stands in the list before.
    Twice(usize),
}

impl Languages {
    /// Checks a configured list.
    ///
    /// # Errors
    /// The first entry that is wrong.
    pub fn new<'a>(tags: impl IntoIterator<Item = &'a str>) -> Result<Self, BadList> {
        let mut entries: Vec<LanguageEntry> = Vec::new();
        for (index, tag) in tags.into_iter().enumerate() {
            let place = LocaleKey::of(tag.as_bytes()).ok_or(BadList::NotATag(index))?;
            if entries.iter().any(|entry| entry.place == place) {
                return Err(BadList::Twice(index));
            }
            let right_to_left = DIRECTIONALITY.get(&place.full) == Some(Direction::RightToLeft);
            entries.push(LanguageEntry { language: Language { tag: tag.into(), right_to_left }, place });
        }
        if entries.is_empty() { Err(BadList::Empty) } else { Ok(Self { entries }) }
    }

    /// Every language, default first.
    pub fn iter(&self) -> impl Iterator<Item = &Language> {
        self.entries.iter().map(|entry| &entry.language)
    }

    /// Chooses from the `lang` parameter where it names a listed language, else from
    /// `Accept-Language`, else the default.
    #[must_use]
    pub fn read(&self, lang: Option<&[u8]>, accept: Option<&[u8]>) -> Language {
        lang.and_then(|tag| self.find(tag))
            .or_else(|| accept.and_then(|header| self.negotiate(header)))
            .or_else(|| self.entries.first().map(|entry| entry.language.clone()))
            .unwrap_or_else(|| Language { tag: "und".into(), right_to_left: false })
    }

    /// RFC 9110 section 12.5.4: items by weight, the order breaking ties.
    fn negotiate(&self, header: &[u8]) -> Option<Language> {
        let header = header.get(..ACCEPT_BYTES).unwrap_or(header);
        let mut items: Vec<(u16, &[u8])> = header
            .split(|&byte| byte == b',')
            .take(ACCEPT_ITEMS)
            .map(weighted)
            .filter(|(weight, _)| *weight > 0)
            .collect();
        items.sort_by_key(|(weight, _)| std::cmp::Reverse(*weight));
        items.into_iter().find_map(|(_, tag)| self.find(tag))
    }

    fn find(&self, tag: &[u8]) -> Option<Language> {
        let spelled = |entry: &&LanguageEntry| entry.language.tag.as_bytes().eq_ignore_ascii_case(tag);
        if let Some(entry) = self.entries.iter().find(spelled) {
            return Some(entry.language.clone());
        }
        let place = LocaleKey::of(tag)?;
        let near = self.entries.iter().filter_map(|entry| Some((entry.place.distance(&place)?, entry)));
        near.min_by_key(|(distance, _)| *distance).map(|(_, entry)| entry.language.clone())
    }
}

impl LocaleKey {
    /// Reads a tag up to its first extension or private part: `-u-` and `-x-` could carry anything.
    fn of(tag: &[u8]) -> Option<Self> {
        let end = tag.windows(3).position(|at| matches!(at, [b'-' | b'_', _, b'-' | b'_'])).unwrap_or(tag.len());
        let mut tag = tag.get(..end).filter(|tag| tag.len() <= TAG_BYTES)?.to_vec();
        // Some toolbars send POSIX names: `pt_BR`.
        tag.iter_mut().filter(|byte| **byte == b'_').for_each(|byte| *byte = b'-');
        let mut locale = Locale::try_from_utf8(&tag).ok().filter(|locale| !locale.id.language.is_unknown())?;
        CANONICALIZER.canonicalize(&mut locale);
        let mut full = locale.id.clone();
        full.variants.clear();
        let mut chain = Vec::new();
        let mut parents = LocaleFallbacker::new().for_config(Default::default()).fallback_for((&full).into());
        while !parents.get().is_unknown() {
            chain.push(parents.get().to_string());
            parents.step();
        }
        EXPANDER.maximize(&mut full);
        Some(Self { full, chain })
    }

    /// How far a request for `asked` is from being served by this entry; None where they differ in
    /// language or script, which readers of one cannot be expected to read in the other.
    fn distance(&self, asked: &Self) -> Option<(usize, usize)> {
        if (self.full.language, self.full.script) != (asked.full.language, asked.full.script) {
            return None;
        }
        if self.full.region == asked.full.region {
            return Some((0, 0));
        }
        let shared = |tag: &String| self.chain.iter().position(|own| own == tag);
        let meeting = asked.chain.iter().enumerate().find_map(|(up, tag)| Some((up, shared(tag)?)));
        let (up, down) = meeting.unwrap_or((asked.chain.len(), self.chain.len()));
        Some((up + 1, down))
    }
}

/// One item of `Accept-Language`: its weight in thousandths and its tag.
fn weighted(item: &[u8]) -> (u16, &[u8]) {
    let mut parts = item.split(|&byte| byte == b';').map(<[u8]>::trim_ascii);
    let tag = parts.next().unwrap_or_default();
    let weight = parts.find_map(|part| part.strip_prefix(b"q=").or_else(|| part.strip_prefix(b"Q=")));
    (weight.map_or(WEIGHT_ONE, thousandths), tag)
}

/// `0.8` as 800; what is no weight counts as none, so that a broken item is not preferred.
fn thousandths(weight: &[u8]) -> u16 {
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
    fn tags_find_their_language() {
        for (asked, wanted) in [
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
            assert_eq!(languages().read(Some(asked.as_bytes()), None).as_str(), wanted, "{asked}");
        }
        let english = Languages::new(["en-US", "en-GB", "nb", "he"]).unwrap();
        for (asked, wanted) in
            [("en", "en-US"), ("en-AU", "en-GB"), ("en-IE", "en-GB"), ("en-PR", "en-US"), ("iw", "he")]
        {
            assert_eq!(english.read(Some(asked.as_bytes()), None).as_str(), wanted, "{asked}");
        }
    }

    #[test]
    fn accept_language_goes_by_weight() {
        for (header, wanted) in [
            ("nl,de;q=0.5,fr;q=0.8", "fr"),
            ("de-CH, de;q=0.9, en;q=0.8", "de"),
            ("fr;q=0, es;q=0.1", "es"),
            ("de;q=2, ja;q=0.3", "ja"),
            ("nl, *;q=0.5", "en"),
            (";;;,,,;q=", "en"),
        ] {
            assert_eq!(languages().read(None, Some(header.as_bytes())).as_str(), wanted, "{header}");
        }
        let late = format!("{}de", "xx,".repeat(10));
        assert_eq!(languages().read(None, Some(late.as_bytes())).as_str(), "en", "the eleventh item is not read");
        assert_eq!(
            languages().read(Some(b"nl"), Some(b"fr")).as_str(),
            "fr",
            "an unlisted lang leaves the choice to the header"
        );
    }

    #[test]
    fn lists_are_checked() {
        assert_eq!(Languages::new([]).unwrap_err(), BadList::Empty);
        assert_eq!(Languages::new(["en", "not a tag"]).unwrap_err(), BadList::NotATag(1));
        assert_eq!(Languages::new(["zh-Hans", "de", "zh-Hans"]).unwrap_err(), BadList::Twice(2));
    }

    #[test]
    fn directions_follow_the_script() {
        let tags = ["ar", "he", "fa", "ur", "ug", "az-Arab", "pa-PK", "en", "ja", "az", "pa", "de-CH"];
        let directions: Vec<_> =
            Languages::new(tags).unwrap().iter().map(Language::direction).map(str::to_owned).collect();
        assert_eq!(directions, [["rtl"; 7].as_slice(), ["ltr"; 5].as_slice()].concat());
    }

    proptest! {
        #[test]
        fn nothing_but_the_list_comes_out(lang in proptest::collection::vec(any::<u8>(), 0..60), accept in ".{0,300}") {
            let language = languages().read(Some(&lang), Some(accept.as_bytes()));
            prop_assert!(LIST.contains(&language.as_str()));
        }

        #[test]
        fn extensions_do_not_matter(index in 0..LIST.len(), tail in "(-u-[a-z]{2}-[a-z0-9]{3,8}|-x-[a-z0-9]{1,8}|-t-[a-z]{2})") {
            let tag = LIST[index];
            prop_assert_eq!(languages().read(Some(format!("{tag}{tail}").as_bytes()), None).as_str().to_owned(), tag);
        }
    }
}
