//! Addresses that a page prints beside its results: whether they name the host that the link leads to.

use std::borrow::Cow;

use crate::answer::html::phrases::normalize;

/// Whether a printed address, as the source contains it, names another host than the target's display URL. False if it names
/// none.
pub(super) fn names_another_host(printed: &str, display_url: &str) -> bool {
    let printed = normalize(printed);
    let Some(host) = host(&printed) else { return false };
    let target =
        self::host(display_url).unwrap_or_else(|| display_url.split(['/', ':']).next().unwrap_or_default().into());
    !(is_part(&host, &target) || is_part(&target, &host))
}

/// Whether the whole of a normalized text is an address, with a scheme or `www.`, so that it is not the name of something like
/// `Node.js`.
pub(super) fn is_address(text: &str) -> bool {
    let text = normalize(text);
    let is_marked = ["https://", "http://", "www."].into_iter().any(|start| text.starts_with(start));
    is_marked && (!text.contains(' ') || text.contains('›')) && host(&text).is_some()
}

/// The host at the start of an address, in ASCII and without `www.`.
fn host(text: &str) -> Option<Cow<'_, str>> {
    let text = text.split_once("://").map_or(text, |(_, rest)| rest);
    let is_end = |c: char| c.is_whitespace() || matches!(c, '/' | '?' | '#' | ':' | '›' | '»' | '>' | '·');
    let end = if text.is_ascii() {
        text.bytes().position(|byte| is_end(char::from(byte))).unwrap_or(text.len())
    } else {
        text.find(is_end).unwrap_or(text.len())
    };
    let host = text.get(..end)?.trim_end_matches("...").trim_end_matches('.');
    let host = host.strip_prefix("www.").unwrap_or(host);
    let (_, last) = host.rsplit_once('.')?;
    let is_domain = last.chars().count() >= 2
        && last.chars().any(char::is_alphabetic)
        && host.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_') || !c.is_ascii());
    if !is_domain {
        return None;
    }
    if host.is_ascii() {
        return Some(Cow::Borrowed(host));
    }
    url::Host::parse(host).ok().map(|host| Cow::Owned(host.to_string()))
}

/// Whether a host is another one or a part of it, as `example.org` is of `m.example.org`.
fn is_part(host: &str, whole: &str) -> bool {
    whole.strip_suffix(host).is_some_and(|before| before.is_empty() || before.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compares_hosts_in_every_notation() {
        for (printed, shown) in [
            ("https://www.a.example › guides", "a.example/guides/lamps"),
            ("a.example/…/lamps", "a.example/guides"),
            ("A.Example", "a.example"),
            ("m.a.example", "a.example/x"),
            ("a.example", "de.m.a.example/x"),
            ("https://a.example:8443/x", "a.example:8443/x"),
            ("энциклопедия.example", "xn--d1abichgllj9dyd8a.example/x"),
            ("a.example &rsaquo; b.example", "a.example/b.example"),
            ("Wikipedia", "a.example"),
            ("2 Jan. 2024", "a.example"),
            ("3.5", "a.example"),
            ("", "a.example"),
        ] {
            assert!(!names_another_host(printed, shown), "{printed} {shown}");
        }
        for (printed, shown) in [
            ("bank.example", "evil.example/login"),
            ("https://www.bank.example › login", "evil.example"),
            ("bank.example/evil.example", "evil.example"),
            ("notevil.example", "evil.example"),
            ("evil.example.bank.example", "evil.example"),
            ("&#98;ank.example", "evil.example"),
            ("банк.example", "xn--d1abichgllj9dyd8a.example"),
        ] {
            assert!(names_another_host(printed, shown), "{printed} {shown}");
        }
    }

    #[test]
    fn a_whole_text_is_an_address_only_if_marked() {
        for address in ["https://a.example/x", "www.a.example", "http://a.example › b › c"] {
            assert!(is_address(address), "{address}");
        }
        for title in ["Node.js", "a.example", "www. what is it", "https:// in short", "https://a.example is down"] {
            assert!(!is_address(title), "{title}");
        }
    }
}
