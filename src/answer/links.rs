//! Link targets: which ones are acceptable ([`check_target`]), what is removed from them, and how they are displayed.
//!
//! The target of an entry in JSON ([`entry_target`]), a URL in its parts ([`web_url`]), redirects of search engines ([`redirects`]), tracking parameters (`tracking`), and
//! patterns of URLs ([`pattern`]).

pub mod entry_target;
pub mod pattern;
mod percent;
pub mod redirects;
mod tracking;
pub mod web_url;

use std::borrow::Cow;

use crate::answer::links::web_url::WebUrl;
use crate::result_kind::ResultKind;
use crate::tokens::click::MAX_TARGET_BYTES;

/// The longest display URL, in characters: one line on a desktop.
const MAX_DISPLAY_CHARS: usize = 80;

/// Longer links are ignored without parsing them, in bytes: a target of 4 KB with every byte percent-encoded, and a
/// redirect around it, are shorter.
pub(super) const MAX_HREF_BYTES: usize = 16_384;

/// Most nested redirects that are resolved: Yahoo's around Bing's around a site's own are three.
pub(super) const MAX_REDIRECTS: usize = 4;

/// An acceptable target of a link.
#[derive(Debug, PartialEq, Eq)]
pub struct Target {
    /// The URL, in characters that are valid in a `Location` header.
    pub url: String,
    /// The URL as displayed.
    pub display_url: String,
}

/// Checks the target of a result. Sponsored targets stay as they are, because the partner bills by them; organic ones lose
/// tracking parameters and text fragments. Returns `None` for anything but an absolute web URL without credentials that
/// fits into a token.
#[must_use]
pub fn check_target(kind: ResultKind, address: &str) -> Option<Target> {
    let address = address.trim_matches(|c: char| c.is_ascii_whitespace());
    if address.len() > MAX_TARGET_BYTES {
        return None;
    }
    web_url::parse(None, address, |text, url| target(kind, text, url))?
}

/// The target that a URL passed on by [`web_url::parse`] is; `None` if it is too long.
pub(super) fn target(kind: ResultKind, text: &str, url: &WebUrl<'_>) -> Option<Target> {
    if text.len() > MAX_TARGET_BYTES {
        return None;
    }
    let cleaned = match kind {
        ResultKind::Sponsored => text.to_owned(),
        ResultKind::Organic => tracking::remove(text, url.site()),
    };
    Some(Target { url: cleaned, display_url: display_url(url) })
}

/// Host and path. The host stays in its ASCII form, in which look-alike letters cannot hide.
fn display_url(url: &WebUrl<'_>) -> String {
    let (host, path) = (url.host, url.path());
    let mut text = String::with_capacity(host.len() + path.len() + 8);
    text.push_str(host.strip_prefix("www.").unwrap_or(host));
    if let Some(port) = url.port {
        text.push(':');
        text.push_str(itoa::Buffer::new().format(port));
    }
    text.push_str(&decode_letters(path.trim_end_matches('/')));
    if text.len() <= MAX_DISPLAY_CHARS {
        return text;
    }
    match text.char_indices().nth(MAX_DISPLAY_CHARS) {
        Some((end, _)) => text.get(..end).unwrap_or_default().to_owned() + "…",
        None => text,
    }
}

/// The path with percent-encoded letters and digits of other scripts decoded. Everything else stays encoded: invisible
/// characters, characters that change the direction of text, and characters with a meaning in URLs.
fn decode_letters(path: &str) -> Cow<'_, str> {
    if memchr::memchr(b'%', path.as_bytes()).is_none() {
        return Cow::Borrowed(path);
    }
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let decoded = percent::decode_one(rest).filter(|byte| !byte.is_ascii());
        bytes.push(decoded.unwrap_or(byte));
        rest = if decoded.is_some() { after.get(2..).unwrap_or_default() } else { after };
    }
    match String::from_utf8(bytes) {
        Ok(text) if text.chars().all(|c| c.is_ascii() || c.is_alphanumeric()) => Cow::Owned(text),
        Ok(_) | Err(_) => Cow::Borrowed(path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use url::Url;

    fn organic(address: &str) -> Option<String> {
        check_target(ResultKind::Organic, address).map(|target| target.url)
    }

    #[test]
    fn accepts_web_urls_only() {
        for bad in [
            "javascript:alert(1)",
            "JaVaScRiPt:alert(1)",
            " java\nscript:alert(1)",
            "data:text/html,x",
            "vbscript:x",
            "ftp://a.example/",
            "/relative",
            "//a.example/",
            "",
            "https://",
            "https://user@a.example/",
            "https://user:pass@a.example/",
            "blob:https://a.example/x",
            "mailto:a@a.example",
            "https://a b.example/",
            "http://[::1",
            "file:///etc/passwd",
            "http:///x",
            "HTTPS:///a.example/x",
            "https:////a.example/",
            "https://\\a.example/",
            "https://?x",
            "http://#x",
        ] {
            assert_eq!(check_target(ResultKind::Sponsored, bad), None, "{bad}");
        }
        assert_eq!(organic(&format!("https://a.example/{}", "x".repeat(MAX_TARGET_BYTES))), None);
    }

    #[test]
    fn only_tracking_is_removed_from_organic_targets() {
        for (given, expected) in [
            ("https://a.example/?utm_source=x&b=2&gclid=1&UTM_Medium=y", "https://a.example/?b=2"),
            ("https://a.example/p?fbclid=1#part", "https://a.example/p#part"),
            ("https://a.example/p#part:~:text=blue%20shoes", "https://a.example/p#part"),
            ("https://a.example/p#:~:text=blue", "https://a.example/p"),
            ("https://a.example/p?q=a%20b&&x", "https://a.example/p?q=a%20b&&x"),
            ("https://A.example", "https://A.example"),
            ("https://a.example\\@b.example/", "https://a.example/@b.example/"),
            ("https:/a.example/x", "https://a.example/x"),
            ("https://é.example/ü?ö=ä", "https://xn--9ca.example/%C3%BC?%C3%B6=%C3%A4"),
            ("https://a.example/a b", "https://a.example/a%20b"),
        ] {
            assert_eq!(organic(given).as_deref(), Some(expected), "{given}");
        }
        let ad = "https://ads.example/aclk?gclid=1&utm_source=x#:~:text=y";
        assert_eq!(check_target(ResultKind::Sponsored, ad).unwrap().url, ad);
    }

    #[test]
    fn display_urls_are_short_and_cannot_deceive() {
        let shown = |address: &str| check_target(ResultKind::Organic, address).unwrap().display_url;
        assert_eq!(shown("https://www.a.example/path/"), "a.example/path");
        assert_eq!(shown("http://a.example:8080/?x=1"), "a.example:8080");
        assert_eq!(shown("https://a.example/wiki/%CA%BBOumuamua%2Fx"), "a.example/wiki/ʻOumuamua%2Fx");
        assert_eq!(shown("https://a.example/%E6%97%A5%E6%9C%AC"), "a.example/日本");
        for kept in ["%E2%80%AEx", "%FF", "%C3", "%E3%80%80", "%2", "%zz"] {
            assert_eq!(shown(&format!("https://a.example/{kept}")), format!("a.example/{kept}"));
        }
        assert_eq!(shown("https://аpple.example/"), "xn--pple-43d.example");
        assert_eq!(shown(&format!("https://a.example/{}", "x".repeat(200))).chars().count(), MAX_DISPLAY_CHARS + 1);
    }

    proptest! {
        #[test]
        fn every_target_is_a_web_url_and_a_valid_header_value(address in "(https?://|HTTP:/|javascript:|//)?[a-z.]{1,12}[ -~é\\t]{0,40}", sponsored: bool) {
            let kind = if sponsored { ResultKind::Sponsored } else { ResultKind::Organic };
            if let Some(target) = check_target(kind, &address) {
                let again = Url::parse(&target.url).unwrap();
                prop_assert!(matches!(again.scheme(), "http" | "https"));
                prop_assert!(http::HeaderValue::from_str(&target.url).is_ok() && target.url.is_ascii());
                let given = Url::parse(address.trim()).unwrap();
                prop_assert_eq!(again.host_str(), given.host_str());
                prop_assert_eq!(check_target(kind, &target.url).map(|target| target.url), Some(target.url));
            }
        }
    }
}
