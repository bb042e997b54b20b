//! A web address in its parts, so that rules about hosts and paths need not read it letter by letter again.

use url::{Position, Url};

/// An absolute `http` or `https` address without credentials, spelled as the WHATWG URL standard spells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Address<'a> {
    /// `https`, else `http`.
    pub https: bool,
    /// The host, in small ASCII letters.
    pub host: &'a str,
    /// The port; None where it is the scheme's own.
    pub port: Option<u16>,
    /// Path, query and fragment; may be empty.
    pub rest: &'a str,
}

impl<'a> Address<'a> {
    /// An address that is plainly a web address and that a parser would leave as it is: almost all are, and
    /// need no parser. None for anything unusual: that is left to [`Url`] and [`Self::of`].
    #[must_use]
    pub fn plain(text: &'a str) -> Option<Self> {
        let (https, after) = match text.strip_prefix("https://") {
            Some(after) => (true, after),
            None => (false, text.strip_prefix("http://")?),
        };
        let host_end = after.bytes().position(|byte| matches!(byte, b'/' | b'?' | b'#')).unwrap_or(after.len());
        let (host, rest) = after.split_at_checked(host_end)?;
        let usual =
            |byte| matches!(byte, b'!' | b'#'..=b'&' | b'('..=b';' | b'=' | b'?'..=b'Z' | b'_' | b'a'..=b'z' | b'~');
        let odd = rest.bytes().fold(false, |odd, byte| odd | !usual(byte));
        let repaired = |pair: &[u8]| pair == b"/." || pair == b"%2";
        let plain = !odd && is_plain_host(host.as_bytes()) && !rest.as_bytes().windows(2).any(repaired);
        plain.then_some(Self { https, host, port: None, rest })
    }

    /// The parts of a parsed address; None where it is no web address, or has credentials.
    #[must_use]
    pub fn of(url: &'a Url) -> Option<Self> {
        let web = matches!(url.scheme(), "http" | "https");
        if !web || !url.username().is_empty() || url.password().is_some() {
            return None;
        }
        let host = url.host_str().filter(|host| !host.is_empty())?;
        Some(Self { https: url.scheme() == "https", host, port: url.port(), rest: &url[Position::BeforePath..] })
    }

    /// The path, without query and fragment.
    #[must_use]
    pub fn path(&self) -> &'a str {
        self.rest.split(['?', '#']).next().unwrap_or_default()
    }

    /// Path and query, without the fragment.
    #[must_use]
    pub fn path_and_query(&self) -> &'a str {
        self.rest.split('#').next().unwrap_or_default()
    }

    /// The query, without its question mark; empty where there is none.
    #[must_use]
    pub fn query(&self) -> &'a str {
        self.path_and_query().split_once('?').map_or("", |(_, query)| query)
    }

    /// The host as names of sites compare: without `www.`, and without the root's dot at its end.
    #[must_use]
    pub fn site(&self) -> &'a str {
        let host = self.host.strip_suffix('.').unwrap_or(self.host);
        host.strip_prefix("www.").unwrap_or(host)
    }
}

/// Labels of small letters, digits and hyphens, none of them Punycode and the last no number.
fn is_plain_host(host: &[u8]) -> bool {
    let mut label_start = true;
    let mut last_begins = 0;
    for (index, &byte) in host.iter().enumerate() {
        match byte {
            b'.' if label_start => return false,
            b'.' => label_start = true,
            b'a'..=b'z' | b'0'..=b'9' | b'-' => {
                if label_start {
                    last_begins = index;
                }
                label_start = false;
            }
            _ => return false,
        }
    }
    let puny = host.windows(4).any(|part| part == b"xn--");
    !label_start && !puny && host.get(last_begins).is_some_and(u8::is_ascii_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn parts_are_what_the_parser_says() {
        let url = Url::parse("HTTP://WWW.Ads.EXAMPLE.:8080/a/../b?c=d#e").unwrap();
        let address = Address::of(&url).unwrap();
        assert_eq!((address.https, address.host, address.port), (false, "www.ads.example.", Some(8080)));
        assert_eq!((address.site(), address.path(), address.query()), ("ads.example", "/b", "c=d"));
        assert_eq!((address.rest, address.path_and_query()), ("/b?c=d#e", "/b?c=d"));
        for bad in
            ["https://a@b.example/", "https://:x@b.example/", "ftp://a.example/", "mailto:a@b.example", "data:,x"]
        {
            assert_eq!(Address::of(&Url::parse(bad).unwrap()), None, "{bad}");
        }
        let odd =
            ["https://", "https://A.example/", "https://a.example:1/", "https://a.example/./", "https://1.2/", "//a"];
        for bad in odd {
            assert_eq!(Address::plain(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn the_short_way_agrees_with_the_parser(text in "https?://[a-z0-9.:-]{1,16}([/?#][!-~]{0,30})?") {
            if let Some(plain) = Address::plain(&text) {
                let url = Url::parse(&text).unwrap();
                let parsed = Address::of(&url).unwrap();
                // A parser writes the slash of an empty path.
                prop_assert_eq!(parsed.rest.trim_start_matches('/'), plain.rest.trim_start_matches('/'));
                prop_assert_eq!(Address { rest: "", ..parsed }, Address { rest: "", ..plain });
            }
        }
    }
}
