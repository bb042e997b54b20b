//! Addresses that a page prints beside its results: whether they name the host that the link leads to.

use std::borrow::Cow;

use crate::answer::html::phrases::normalize;

/// Whether a printed address, as the source contains it, names another host than the target's display URL. False if it names
/// none.
pub(super) fn names_another_host(printed: &str, display_url: &str) -> bool {
    let printed = match before_path(printed) {
        Some(start) => start.to_ascii_lowercase(),
        None => normalize(printed),
    };
    let Some(host) = host(&printed) else { return false };
    let target =
        self::host(display_url).unwrap_or_else(|| display_url.split(['/', ':']).next().unwrap_or_default().into());
    !(is_part(&host, &target) || is_part(&target, &host))
}

/// The part of an address before the first space or slash after its scheme, if it is written in ASCII: what follows makes no difference.
fn before_path(printed: &str) -> Option<&str> {
    let printed = printed.trim_ascii_start();
    let scheme = printed.len() - without_scheme(printed).len();
    let bytes = printed.as_bytes();
    let length = bytes.get(scheme..)?.iter().position(|byte| matches!(byte, b' ' | b'/'))?;
    let start = printed.get(..scheme + length)?;
    // A character reference, a line end or another script is for the long way.
    start.bytes().all(|byte| matches!(byte, b'!'..=b'~') && byte != b'&').then_some(start)
}

/// Whether the whole of a normalized text is an address, with a scheme or `www.`, so that it is not the name of something like
/// `Node.js`.
pub(super) fn is_address(text: &str) -> bool {
    // Nearly all texts of links are none, which their first letter tells.
    if matches!(text.trim_ascii_start().bytes().next(), None | Some(b'a'..=b'g' | b'A'..=b'G' | b'i'..=b'v' | b'I'..=b'V' | b'0'..=b'9'))
    {
        return false;
    }
    let text = normalize(text);
    let is_marked = ["https://", "http://", "www."].into_iter().any(|start| text.starts_with(start));
    is_marked && (!text.contains(' ') || text.contains('›')) && host(&text).is_some()
}

/// What follows `://`, or all.
fn without_scheme(text: &str) -> &str {
    let mut colons = memchr::memchr_iter(b':', text.as_bytes());
    let rest = colons.find_map(|colon| text.get(colon..)?.strip_prefix("://"));
    rest.unwrap_or(text)
}

/// The host at the start of an address, in ASCII and without `www.`.
fn host(text: &str) -> Option<Cow<'_, str>> {
    let text = without_scheme(text);
    let is_end = |c: char| c.is_whitespace() || matches!(c, '/' | '?' | '#' | ':' | '›' | '»' | '>' | '·');
    let end = if text.is_ascii() {
        text.bytes().position(|byte| is_end(char::from(byte))).unwrap_or(text.len())
    } else {
        text.find(is_end).unwrap_or(text.len())
    };
    let host = text.get(..end)?.trim_end_matches("...").trim_end_matches('.');
    let host = host.strip_prefix("www.").unwrap_or(host);
    let (_, last) = host.rsplit_once('.')?;
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_') || !byte.is_ascii();
    let is_domain = last.chars().nth(1).is_some() && last.chars().any(char::is_alphabetic) && host.bytes().all(is_name);
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

    proptest::proptest! {
        /// A no-break space at the beginning leads by the long way, and is no part of the text.
        #[test]
        fn the_short_way_finds_the_same_host(
            printed in "(https?://|HTTPS://|[a-z]{1,5}://)?[A-Za-z.:&;é/? -]{0,12}(example|\\.example)?[ /›?:#&.]{0,2}[ -~é]{0,8}",
            shown in "(a\\.)?example(\\.com)?(/x)?",
        ) {
            let by_the_long_way = names_another_host(&format!("&nbsp;{printed}"), &shown);
            proptest::prop_assert_eq!(names_another_host(&printed, &shown), by_the_long_way);
        }
    }

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
