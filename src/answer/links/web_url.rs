//! An `http` or `https` URL in its parts, so that rules about hosts and paths need not parse it again.

use url::{Position, Url};

/// An absolute `http` or `https` URL without credentials, serialized as the WHATWG URL standard specifies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WebUrl<'a> {
    /// True for `https`, false for `http`.
    pub https: bool,
    /// The host, in lowercase ASCII.
    pub host: &'a str,
    /// The port; `None` for the scheme's default port.
    pub port: Option<u16>,
    /// Path, query and fragment; may be empty.
    pub rest: &'a str,
}

impl<'a> WebUrl<'a> {
    /// Parses a URL that is already in the form in which the standard serializes it. Almost all URLs are, and this is
    /// faster than a full parser. Returns `None` for anything unusual, which [`Url`] and [`Self::from_url`] handle.
    #[must_use]
    pub fn parse_simple(text: &'a str) -> Option<Self> {
        let (https, after) = match text.strip_prefix("https://") {
            Some(after) => (true, after),
            None => (false, text.strip_prefix("http://")?),
        };
        let (host, rest) = after.split_at_checked(simple_host_length(after.as_bytes())?)?;
        is_simple_rest(rest.as_bytes()).then_some(Self { https, host, port: None, rest })
    }

    /// A URL at the host of `base`; `rest` is its path with what follows it. Returns `None` as [`Self::parse_simple`] does.
    fn simple_at(base: &'a Url, rest: &'a str) -> Option<Self> {
        let base = Self::from_url(base)?;
        is_simple_rest(rest.as_bytes()).then_some(Self { rest, ..base })
    }

    /// The parts of a parsed URL; `None` if it is not a web URL or has credentials.
    #[must_use]
    pub fn from_url(url: &'a Url) -> Option<Self> {
        let is_web = matches!(url.scheme(), "http" | "https");
        if !is_web || !url.username().is_empty() || url.password().is_some() {
            return None;
        }
        let host = url.host_str().filter(|host| !host.is_empty())?;
        Some(Self { https: url.scheme() == "https", host, port: url.port(), rest: &url[Position::BeforePath..] })
    }

    /// The path.
    #[must_use]
    pub fn path(&self) -> &'a str {
        let end = memchr::memchr2(b'?', b'#', self.rest.as_bytes()).unwrap_or(self.rest.len());
        self.rest.get(..end).unwrap_or_default()
    }

    /// Path and query.
    #[must_use]
    pub fn path_and_query(&self) -> &'a str {
        let end = memchr::memchr(b'#', self.rest.as_bytes()).unwrap_or(self.rest.len());
        self.rest.get(..end).unwrap_or_default()
    }

    /// The query without its question mark; empty if there is none.
    #[must_use]
    pub fn query(&self) -> &'a str {
        self.path_and_query().split_once('?').map_or("", |(_, query)| query)
    }

    /// The host without `www.` and without a trailing dot, for comparing sites.
    #[must_use]
    pub fn site(&self) -> &'a str {
        let host = self.host.strip_suffix('.').unwrap_or(self.host);
        host.strip_prefix("www.").unwrap_or(host)
    }
}

/// Parses a URL, relative to `base` if there is one, and passes its text and its parts on. The text is as given if it is
/// valid in a header, else as the parser serializes it. Returns `None` if it is not a web URL, has credentials, or names no host.
pub(in crate::answer) fn parse<R>(
    base: Option<&Url>,
    text: &str,
    then: impl FnOnce(&str, &WebUrl<'_>) -> R,
) -> Option<R> {
    if let Some(simple) = WebUrl::parse_simple(text) {
        return Some(then(text, &simple));
    }
    if let Some((base, absolute)) = base.and_then(|base| Some((base, at_host_of(base, text)?)))
        && let Some(rest) = absolute.get(base[..Position::BeforePath].len()..)
        && let Some(simple) = WebUrl::simple_at(base, rest)
    {
        return Some(then(&absolute, &simple));
    }
    if names_no_host(text) {
        return None;
    }
    let url = Url::options().base_url(base).parse(text).ok()?;
    let parts = WebUrl::from_url(&url)?;
    // What the parser silently repairs (a backslash, a missing slash) is not kept as given, so that the URL displayed is
    // the URL followed.
    let keeps_text = text.bytes().all(|byte| matches!(byte, b'!'..=b'~') && byte != b'\\') && is_absolute(text);
    Some(then(if keeps_text { text } else { url.as_str() }, &parts))
}

/// The absolute URL of a path or a query at the host of `base`; `None` for any other reference.
fn at_host_of(base: &Url, text: &str) -> Option<String> {
    let until = match text.as_bytes() {
        [b'/', b'/' | b'\\', ..] => return None,
        [b'/', ..] => Position::BeforePath,
        [b'?', ..] => Position::AfterPath,
        _ => return None,
    };
    Some([&base[..until], text].concat())
}

/// Whether a URL has nothing between the slashes after its scheme and the next one: `http:///x`. The WHATWG URL standard skips the
/// surplus slash and takes the first part of the path for the host, which nobody meant (section 4.4, special authority ignore
/// slashes state).
fn names_no_host(text: &str) -> bool {
    ["https://", "http://"].into_iter().any(|scheme| {
        let split = text.trim_start().split_at_checked(scheme.len());
        split.is_some_and(|(start, rest)| {
            start.eq_ignore_ascii_case(scheme) && (rest.is_empty() || rest.starts_with(['/', '\\', '?', '#']))
        })
    })
}

/// Whether a URL starts with `http://` or `https://`, and thus does not depend on a base.
pub(super) fn is_absolute(text: &str) -> bool {
    let starts_with = |scheme: &str| text.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
    starts_with("https://") || starts_with("http://")
}

/// The length of a host that consists of labels of lowercase letters, digits and hyphens, without Punycode, the last one not a
/// number, and that a path, a query, a fragment or nothing follows.
fn simple_host_length(text: &[u8]) -> Option<usize> {
    const PUNYCODE: &[u8] = b"xn--";
    let is_end = |byte: &u8| matches!(byte, b'/' | b'?' | b'#');
    let (mut length, mut label) = (0, 0);
    for byte in text.iter().take_while(|byte| !is_end(byte)) {
        match byte {
            b'a'..=b'z' | b'0'..=b'9' | b'-' => {}
            b'.' if length > label && !text.get(label..)?.starts_with(PUNYCODE) => label = length + 1,
            _ => return None,
        }
        length += 1;
    }
    let last = text.get(label..length)?;
    (last.first().is_some_and(u8::is_ascii_lowercase) && !last.starts_with(PUNYCODE)).then_some(length)
}

/// Whether a parser changes nothing in a path with its query and fragment.
fn is_simple_rest(rest: &[u8]) -> bool {
    let is_plain =
        |byte| matches!(byte, b'!' | b'#'..=b'&' | b'('..=b';' | b'=' | b'?'..=b'Z' | b'_' | b'a'..=b'z' | b'~');
    // Without a short circuit, so that the loop is vectorized.
    if rest.iter().fold(false, |found, &byte| found | !is_plain(byte)) {
        return false;
    }
    // A parser resolves dot segments, which start with `/.` or `/%2e`.
    !memchr::memchr2_iter(b'.', b'%', rest).any(|at| match rest.get(at..).unwrap_or_default() {
        [b'.', ..] => at.checked_sub(1).and_then(|before| rest.get(before)) == Some(&b'/'),
        escape => matches!(escape, [b'%', b'2', b'e' | b'E', ..]),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn splits_a_url_into_its_parts() {
        let url = Url::parse("HTTP://WWW.Ads.EXAMPLE.:8080/a/../b?c=d#e").unwrap();
        let parts = WebUrl::from_url(&url).unwrap();
        assert_eq!((parts.https, parts.host, parts.port), (false, "www.ads.example.", Some(8080)));
        assert_eq!((parts.site(), parts.path(), parts.query()), ("ads.example", "/b", "c=d"));
        assert_eq!((parts.rest, parts.path_and_query()), ("/b?c=d#e", "/b?c=d"));
        for bad in
            ["https://a@b.example/", "https://:x@b.example/", "ftp://a.example/", "mailto:a@b.example", "data:,x"]
        {
            assert_eq!(WebUrl::from_url(&Url::parse(bad).unwrap()), None, "{bad}");
        }
        let unusual =
            ["https://", "https://A.example/", "https://a.example:1/", "https://a.example/./", "https://1.2/", "//a"];
        for text in unusual {
            assert_eq!(WebUrl::parse_simple(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn the_simple_parser_agrees_with_the_full_parser(text in "https?://[a-z0-9.:-]{1,16}([/?#][!-~]{0,30})?") {
            if let Some(simple) = WebUrl::parse_simple(&text) {
                let url = Url::parse(&text).unwrap();
                let parsed = WebUrl::from_url(&url).unwrap();
                // The full parser adds the slash of an empty path.
                prop_assert_eq!(parsed.rest.trim_start_matches('/'), simple.rest.trim_start_matches('/'));
                prop_assert_eq!(WebUrl { rest: "", ..parsed }, WebUrl { rest: "", ..simple });
            }
        }

        #[test]
        fn a_simple_reference_is_resolved_as_by_the_full_parser(
            reference in "[/?][!-~]{0,4}[/?.]{0,3}[!-~]{0,24}",
            base in "https?://[a-z]{1,6}\\.example(:8080)?(/[a-z%.]{0,6}){0,3}(\\?[a-z=]{0,4})?(#[a-z]{0,3})?",
        ) {
            let base = Url::parse(&base).unwrap();
            let show = |text: &str, url: &WebUrl<'_>| {
                (text.to_owned(), url.https, url.host.to_owned(), url.port, url.rest.to_owned())
            };
            let expected = base.join(&reference).ok().and_then(|url| WebUrl::from_url(&url).map(|parts| show(url.as_str(), &parts)));
            prop_assert_eq!(parse(Some(&base), &reference, show), expected);
        }
    }
}
