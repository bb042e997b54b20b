//! Parsing of requested language tags: BCP 47 (RFC 5646), and what browsers, toolbars and operating systems send instead.

use std::sync::LazyLock;

use icu_locale::{Locale, LocaleCanonicalizer};

/// Maximum length of a tag, in bytes (RFC 5646 section 4.4.1 recommends buffers of 35).
const MAX_TAG_BYTES: usize = 35;

/// Length of an extended language subtag (RFC 5646 section 2.2.2).
const EXTLANG_LEN: usize = 3;

/// Modifiers of POSIX locale names that name a script, and its subtag.
const POSIX_SCRIPTS: [(&[u8], &str); 3] = [(b"@latin", "-Latn"), (b"@cyrillic", "-Cyrl"), (b"@devanagari", "-Deva")];

static CANONICALIZER: LazyLock<LocaleCanonicalizer> = LazyLock::new(LocaleCanonicalizer::new_extended);

/// Grandfathered tags that are not well-formed locale identifiers, and their replacements (RFC 5646 section 2.2.8; the list is
/// closed).
const GRANDFATHERED: [(&str, &str); 16] = [
    ("en-gb-oed", "en-GB"),
    ("i-ami", "ami"),
    ("i-bnn", "bnn"),
    ("i-hak", "hak"),
    ("i-klingon", "tlh"),
    ("i-lux", "lb"),
    ("i-navajo", "nv"),
    ("i-pwn", "pwn"),
    ("i-tao", "tao"),
    ("i-tay", "tay"),
    ("i-tsu", "tsu"),
    ("no-bok", "nb"),
    ("no-nyn", "nn"),
    ("sgn-be-fr", "sfb"),
    ("zh-min", "zh"),
    ("zh-min-nan", "nan"),
];

/// Parses a tag of the configuration, which must be valid. The locale is canonical (UTS #35 section 3.2.1).
pub(super) fn parse(tag: &[u8]) -> Option<Locale> {
    parse_subtags(&prepare(tag)?)
}

/// Parses a requested tag. Subtags that cannot be read are dropped from the end, as in lookup (RFC 4647 section 3.4).
pub(super) fn parse_requested(tag: &[u8]) -> Option<Locale> {
    let mut tag = prepare(tag)?;
    loop {
        if let Some(locale) = parse_subtags(&tag) {
            return Some(locale);
        }
        let end = tag.rfind('-')?;
        tag.truncate(end);
    }
}

/// A tag in the syntax of RFC 5646, without what could carry anything: extensions and private use (`-u-`, `-x-`), and the
/// character set and modifier of POSIX locale names (`pt_BR.UTF-8`, `de_DE@euro`).
fn prepare(tag: &[u8]) -> Option<String> {
    let end = tag.iter().position(|byte| matches!(byte, b'.' | b'@')).unwrap_or(tag.len());
    let (tag, posix) = tag.split_at_checked(end)?;
    let script = POSIX_SCRIPTS.into_iter().find(|(modifier, _)| posix.to_ascii_lowercase().ends_with(modifier));
    let end = tag.windows(3).position(|at| matches!(at, [b'-' | b'_', _, b'-' | b'_'])).unwrap_or(tag.len());
    let tag = std::str::from_utf8(tag.get(..end)?).ok()?;
    if tag.len() > MAX_TAG_BYTES {
        return None;
    }
    let mut tag = tag.replace('_', "-");
    if let Some((_, script)) = script {
        let language = tag.find('-').unwrap_or(tag.len());
        tag.insert_str(language, script);
    }
    let replacement = GRANDFATHERED.into_iter().find(|(old, _)| old.eq_ignore_ascii_case(&tag));
    Some(replacement.map_or_else(|| without_extlang(&tag), |(_, new)| new.to_owned()))
}

/// The canonical form of a tag with an extended language, which is a language of its own: `zh-yue-HK` is `yue-HK` (RFC 5646
/// section 4.5).
fn without_extlang(tag: &str) -> String {
    let mut rest = tag;
    while let Some((language, after)) = rest.split_once('-') {
        let next = after.split('-').next().unwrap_or_default();
        let is_extlang = next.len() == EXTLANG_LEN && next.bytes().all(|byte| byte.is_ascii_alphabetic());
        if !is_extlang || language.len() > EXTLANG_LEN {
            break;
        }
        rest = after;
    }
    rest.to_owned()
}

fn parse_subtags(tag: &str) -> Option<Locale> {
    let mut locale = Locale::try_from_str(tag).ok().filter(|locale| !locale.id.language.is_unknown())?;
    CANONICALIZER.canonicalize(&mut locale);
    Some(locale)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_tags_in_many_spellings() {
        for (tag, expected) in [
            ("en", "en"),
            ("EN-us", "en-US"),
            ("en_US", "en-US"),
            ("pt_BR.UTF-8", "pt-BR"),
            ("de_DE@euro", "de-DE"),
            ("sr_RS@latin", "sr-Latn-RS"),
            ("sr_RS.UTF-8@latin", "sr-Latn-RS"),
            ("uz_UZ@cyrillic", "uz-Cyrl-UZ"),
            ("ca_ES@valencia", "ca-ES"),
            ("iw", "he"),
            ("in", "id"),
            ("ji", "yi"),
            ("mo", "ro"),
            ("tl", "fil"),
            ("sh", "sr-Latn"),
            ("jw", "jv"),
            ("cmn", "zh"),
            ("cmn-Hant-TW", "zh-Hant-TW"),
            ("zh-cmn-Hans-CN", "zh-Hans-CN"),
            ("zh-yue", "yue"),
            ("zh-min-nan", "nan"),
            ("zh-min", "zh"),
            ("i-klingon", "tlh"),
            ("i-lux", "lb"),
            ("no-bok", "nb"),
            ("en-GB-oed", "en-GB"),
            ("ar-arb", "ar"),
            ("ms-zsm", "ms"),
            ("eng", "en"),
            ("deu-AT", "de-AT"),
            ("ger", "de"),
            ("fre", "fr"),
            ("chi", "zh"),
            ("cnr", "sr-ME"),
            ("en-US-x-user", "en-US"),
            ("ja-JP-u-ca-japanese", "ja-JP"),
            ("en-US-toolongsubtag", "en-US"),
            ("de-DE-1", "de-DE"),
            ("fr-FR-!!", "fr-FR"),
        ] {
            let found = parse_requested(tag.as_bytes()).map(|locale| locale.to_string());
            assert_eq!(found.as_deref(), Some(expected), "{tag}");
        }
        for tag in
            ["", "*", "-", "x-fr", "und", "und-DE", "C", "POSIX", "root", "e", "i-default", "not a tag", "日本語"]
        {
            assert_eq!(parse_requested(tag.as_bytes()), None, "{tag}");
        }
        for tag in ["en-US-toolongsubtag", "de-DE-1", "fr FR"] {
            assert_eq!(parse(tag.as_bytes()), None, "a configured tag is not repaired: {tag}");
        }
    }

    #[test]
    fn grandfathered_tags_are_canonical() {
        for (old, new) in GRANDFATHERED {
            assert_eq!(parse(old.as_bytes()), parse(new.as_bytes()), "{old}");
            assert!(parse(new.as_bytes()).is_some(), "{new}");
        }
    }
}
