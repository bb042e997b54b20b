//! Links: which targets a result may have, what is taken off them, and how a person reads them. An address in its
//! parts ([`address`]), redirects of search engines taken off ([`unwrap`]), tracking parameters taken off
//! (`tracking`), and patterns that say which addresses are meant ([`pattern`]).

pub mod address;
pub mod pattern;
mod percent;
mod tracking;
pub mod unwrap;

use std::borrow::Cow;

use url::Url;

use crate::answer::links::address::Address;
use crate::result_kind::ResultKind;
use crate::tokens::click::MAX_TARGET_BYTES;

/// The longest display URL, in characters: one line on a desktop.
const DISPLAY_CHARS: usize = 80;

/// A target that a link may lead to.
#[derive(Debug, PartialEq, Eq)]
pub struct Target {
    /// The address, in characters that a `Location` header takes.
    pub url: String,
    /// The address as a person reads it.
    pub display_url: String,
}

/// Judges a target. Sponsored ones stay to the letter, since the partner bills by them; organic ones
/// lose tracking parameters and text fragments. None for what is no plain web address: another scheme
/// (`javascript:`, `data:`), credentials in it, or longer than a token takes.
#[must_use]
pub fn judge(kind: ResultKind, address: &str) -> Option<Target> {
    let address = address.trim_matches(|c: char| c.is_ascii_whitespace());
    if address.len() > MAX_TARGET_BYTES {
        return None;
    }
    read(None, address, |spelled, parts| target(kind, spelled, parts))?
}

/// Reads an address, against `base` where it may be relative, and hands on its spelling as it is to be followed,
/// and its parts. None where it leads to no web page, or names a user.
pub(super) fn read<R>(base: Option<&Url>, text: &str, then: impl FnOnce(&str, &Address<'_>) -> R) -> Option<R> {
    if let Some(plain) = Address::plain(text) {
        return Some(then(text, &plain));
    }
    let url = Url::options().base_url(base).parse(text).ok()?;
    let parts = Address::of(&url)?;
    // To the letter where a header can carry it; the parser's spelling where not. What the parser
    // silently repairs (a backslash, a missing slash) is spelled its way too, so that the address shown
    // is the address followed.
    let carried = text.bytes().all(|byte| matches!(byte, b'!'..=b'~') && byte != b'\\') && is_spelled_out(text);
    Some(then(if carried { text } else { url.as_str() }, &parts))
}

/// The target that an address read by `read` is; None where it is too long.
pub(super) fn target(kind: ResultKind, spelled: &str, parts: &Address<'_>) -> Option<Target> {
    if spelled.len() > MAX_TARGET_BYTES {
        return None;
    }
    let url = match kind {
        ResultKind::Sponsored => spelled.to_owned(),
        ResultKind::Organic => tracking::without(spelled, parts.site()),
    };
    Some(Target { url, display_url: display_url(parts) })
}

/// Whether an address says its scheme and host by itself, whatever page it stands on.
pub(super) fn is_spelled_out(address: &str) -> bool {
    let after = |scheme: &str| address.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
    after("https://") || after("http://")
}

/// The path with letters of other scripts in the place of their percent escapes. Only letters and digits:
/// what is invisible, turns the direction of reading or means something in an address stays escaped.
fn readable(path: &str) -> Cow<'_, str> {
    if !path.contains("%") {
        return Cow::Borrowed(path);
    }
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let escaped = percent::escaped(rest).filter(|byte| !byte.is_ascii());
        bytes.push(escaped.unwrap_or(byte));
        rest = if escaped.is_some() { after.get(2..).unwrap_or_default() } else { after };
    }
    match String::from_utf8(bytes) {
        Ok(text) if text.chars().all(|c| c.is_ascii() || c.is_alphanumeric()) => Cow::Owned(text),
        Ok(_) | Err(_) => Cow::Borrowed(path),
    }
}

/// Host and path. The host stays in its ASCII form, in which look-alike letters cannot hide.
fn display_url(address: &Address<'_>) -> String {
    let (host, path) = (address.host, address.path());
    let mut shown = String::with_capacity(host.len() + path.len() + 8);
    shown.push_str(host.strip_prefix("www.").unwrap_or(host));
    if let Some(port) = address.port {
        shown.push(':');
        shown.push_str(itoa::Buffer::new().format(port));
    }
    shown.push_str(&readable(path.trim_end_matches('/')));
    if shown.len() <= DISPLAY_CHARS {
        return shown;
    }
    match shown.char_indices().nth(DISPLAY_CHARS) {
        Some((end, _)) => shown.get(..end).unwrap_or_default().to_owned() + "…",
        None => shown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn organic(address: &str) -> Option<String> {
        judge(ResultKind::Organic, address).map(|target| target.url)
    }

    #[test]
    fn only_web_addresses_pass() {
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
        ] {
            assert_eq!(judge(ResultKind::Sponsored, bad), None, "{bad}");
        }
        assert_eq!(organic(&format!("https://a.example/{}", "x".repeat(MAX_TARGET_BYTES))), None);
    }

    #[test]
    fn tracking_leaves_organic_targets_and_nothing_else_does() {
        for (given, wanted) in [
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
            assert_eq!(organic(given).as_deref(), Some(wanted), "{given}");
        }
        let ad = "https://ads.example/aclk?gclid=1&utm_source=x#:~:text=y";
        assert_eq!(judge(ResultKind::Sponsored, ad).unwrap().url, ad);
    }

    #[test]
    fn display_urls_are_short_and_honest() {
        let shown = |address: &str| judge(ResultKind::Organic, address).unwrap().display_url;
        assert_eq!(shown("https://www.a.example/path/"), "a.example/path");
        assert_eq!(shown("http://a.example:8080/?x=1"), "a.example:8080");
        assert_eq!(shown("https://a.example/wiki/%CA%BBOumuamua%2Fx"), "a.example/wiki/ʻOumuamua%2Fx");
        assert_eq!(shown("https://a.example/%E6%97%A5%E6%9C%AC"), "a.example/日本");
        for kept in ["%E2%80%AEx", "%FF", "%C3", "%E3%80%80", "%2", "%zz"] {
            assert_eq!(shown(&format!("https://a.example/{kept}")), format!("a.example/{kept}"));
        }
        assert_eq!(shown("https://аpple.example/"), "xn--pple-43d.example");
        assert_eq!(shown(&format!("https://a.example/{}", "x".repeat(200))).chars().count(), DISPLAY_CHARS + 1);
    }

    proptest! {
        #[test]
        fn what_passes_is_a_web_address_that_a_header_takes(address in "(https?://|HTTP:/|javascript:|//)?[a-z.]{1,12}[ -~é\\t]{0,40}", sponsored: bool) {
            let kind = if sponsored { ResultKind::Sponsored } else { ResultKind::Organic };
            if let Some(target) = judge(kind, &address) {
                let again = Url::parse(&target.url).unwrap();
                prop_assert!(matches!(again.scheme(), "http" | "https"));
                prop_assert!(http::HeaderValue::from_str(&target.url).is_ok() && target.url.is_ascii());
                let given = Url::parse(address.trim()).unwrap();
                prop_assert_eq!(again.host_str(), given.host_str());
                prop_assert_eq!(judge(kind, &target.url).map(|target| target.url), Some(target.url));
            }
        }
    }
}
