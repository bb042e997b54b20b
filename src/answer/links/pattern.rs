//! URL patterns of the configuration: which links of a partner's page are sponsored, and which lead to its own pages.
//!
//! A pattern is a prefix of an absolute URL: `https://ads.example/aclk` matches `/aclk`, `/aclk?x=1` and also `/aclkx`. To
//! match a single path only, write `/aclk?` or `/aclk/`. In the host, `*` stands for one or more characters including dots,
//! and the whole host must match. After the host, `*` stands for any number of characters. Only the part after the host is
//! case-sensitive.

use url::Url;

use crate::answer::links::web_url::{self, WebUrl};

/// The longest pattern, in bytes: longer than the prefix of any ad server, short enough to be compared with every link.
const MAX_PATTERN_BYTES: usize = 512;

/// A valid pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    https: bool,
    /// The host, split at its asterisks, in lowercase.
    host: Vec<String>,
    /// `None` for the scheme's default port.
    port: Option<u16>,
    /// Path and query without the first slash, split at their asterisks.
    rest: Vec<String>,
}

impl Pattern {
    /// Parses a pattern.
    ///
    /// # Errors
    /// A message that states what a valid pattern is.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        if text.len() > MAX_PATTERN_BYTES {
            return Err("a pattern must not be longer than 512 bytes");
        }
        let (https, after) = parse_scheme(text)?;
        let host_end = after.find(['/', '?', '#']).unwrap_or(after.len());
        let (authority, rest) = after.split_at_checked(host_end).unwrap_or((after, ""));
        if authority.contains('@') {
            return Err("a pattern must not contain a user name: links with one are never followed");
        }
        if rest.contains('#') {
            return Err("a pattern must end before the #: fragments are not sent to servers");
        }
        if !rest.bytes().all(|byte| matches!(byte, b'!'..=b'~') && !matches!(byte, b'"' | b'<' | b'>' | b'\\')) {
            return Err("the path of a pattern must be ASCII, with everything else percent-encoded as in a link");
        }
        let (host, port) = parse_authority(https, authority)?;
        let rest = rest.strip_prefix('/').unwrap_or(rest);
        if host.bytes().all(|byte| matches!(byte, b'*' | b'.')) && rest.trim_matches('*').is_empty() {
            return Err("this pattern matches every link: add a host or a path, as in \"https://*.example/aclk\"");
        }
        Ok(Self { https, host: split_at_asterisks(&host), port, rest: split_at_asterisks(rest) })
    }

    /// Whether an absolute URL matches. A URL with credentials never does.
    #[must_use]
    pub fn matches(&self, url: &str) -> bool {
        web_url::parse(None, url, |_, url| self.matches_url(url)).unwrap_or(false)
    }

    /// Whether a parsed URL matches.
    #[must_use]
    pub fn matches_url(&self, url: &WebUrl<'_>) -> bool {
        self.https == url.https && self.matches_any_scheme(url)
    }

    /// Whether a parsed URL matches, regardless of its scheme.
    #[must_use]
    pub fn matches_any_scheme(&self, url: &WebUrl<'_>) -> bool {
        let rest = url.path_and_query();
        self.port == url.port
            && host_matches(&self.host, url.host)
            && starts_with(&self.rest, rest.strip_prefix('/').unwrap_or(rest))
    }
}

/// Whether the scheme is `https`, and the text after it.
fn parse_scheme(text: &str) -> Result<(bool, &str), &'static str> {
    let after = |scheme: &str| {
        let (start, rest) = text.split_at_checked(scheme.len())?;
        start.eq_ignore_ascii_case(scheme).then_some(rest)
    };
    match (after("https://"), after("http://")) {
        (Some(rest), _) => Ok((true, rest)),
        (None, Some(rest)) => Ok((false, rest)),
        (None, None) => Err("a pattern must be the start of an absolute URL, as in \"https://*.example/aclk\""),
    }
}

/// The host as the URL parser serializes it, and the port. The URL parser rejects a host with asterisks, so such a host may
/// only contain characters that the parser would not change.
fn parse_authority(https: bool, authority: &str) -> Result<(String, Option<u16>), &'static str> {
    const INVALID_HOST: &str = "the host of a pattern must be a domain or an IP address, in which * may replace a part, as in \"https://*.example/aclk\"";
    if !authority.contains('*') {
        let scheme = if https { "https" } else { "http" };
        let url = Url::parse(&format!("{scheme}://{authority}/")).map_err(|_| INVALID_HOST)?;
        let is_whole = authority.bytes().all(|byte| !byte.is_ascii_control() && byte != b'\\') && url.path() == "/";
        let host = url.host_str().filter(|_| is_whole).ok_or(INVALID_HOST)?;
        return Ok((host.strip_suffix('.').unwrap_or(host).to_owned(), url.port()));
    }
    let (host, port) = match authority.split_once(':') {
        Some((host, digits)) if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            (host, Some(digits.parse().map_err(|_| "a port must not be greater than 65535")?))
        }
        Some(_) => return Err("the port of a pattern must be a number"),
        None => (authority, None),
    };
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b'*');
    if !host.bytes().all(is_allowed) || host.contains("..") || host.starts_with('.') {
        return Err(INVALID_HOST);
    }
    let default_port = if https { 443 } else { 80 };
    Ok((host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase(), port.filter(|port| *port != default_port)))
}

/// The texts between asterisks. Consecutive asterisks count as one.
fn split_at_asterisks(text: &str) -> Vec<String> {
    let mut pieces: Vec<String> = Vec::new();
    let count = text.split('*').count();
    for (index, piece) in text.split('*').enumerate() {
        if !piece.is_empty() || index == 0 || index + 1 == count {
            pieces.push(piece.to_owned());
        }
    }
    pieces
}

/// Whether the pieces make up the whole host, with at least one character between any two.
fn host_matches(pieces: &[String], host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host);
    let Some(([first, middle @ ..], last)) = pieces.split_last().map(|(last, before)| (before, last)) else {
        // Without an asterisk, the only piece is the host.
        return pieces.first().is_some_and(|only| only == host);
    };
    let Some(mut rest) = host.strip_prefix(first.as_str()) else { return false };
    for piece in middle {
        // Skip the first character of the asterisk, then up to the first occurrence of the piece.
        let Some(after) = rest.get(1..) else { return false };
        let Some((_, after)) = after.split_once(piece.as_str()) else { return false };
        rest = after;
    }
    // The last asterisk stands for at least one character, and no asterisk matches within an IPv6 address.
    rest.strip_suffix(last.as_str()).is_some_and(|asterisk| !asterisk.is_empty()) && !host.starts_with('[')
}

/// Whether the text starts with the pieces, with any characters between them.
fn starts_with(pieces: &[String], text: &str) -> bool {
    let Some((first, others)) = pieces.split_first() else { return true };
    let Some(mut rest) = text.strip_prefix(first.as_str()) else { return false };
    for piece in others {
        let Some((_, after)) = rest.split_once(piece.as_str()) else { return false };
        rest = after;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn matches(pattern: &str, address: &str) -> bool {
        Pattern::parse(pattern).unwrap().matches(address)
    }

    #[test]
    fn a_pattern_is_a_prefix_with_asterisks() {
        for (pattern, address) in [
            ("https://*.example/aclk", "https://ads.example/aclk?x=1"),
            ("https://*.example/aclk", "https://a.b.example/aclk"),
            ("https://*.example/aclk", "https://ads.example/aclkx"),
            ("https://*.example/aclk", "HTTPS://ADS.EXAMPLE/aclk"),
            ("HTTPS://*.EXAMPLE/aclk", "https://ads.example:443/aclk"),
            ("https://*.example/aclk", "https://ads.example./aclk"),
            ("https://*.example/aclk", "https://%61ds.example/aclk"),
            ("https://*.example/aclk", "https:\\\\ads.example\\aclk"),
            ("https://*.example/aclk", "https://ads.exa\tmple/ac\nlk"),
            ("https://*.xn--p1ai/", "https://сайт.рф/"),
            ("https://сайт.рф/", "https://xn--80aswg.xn--p1ai/x"),
            ("https://ads.example", "https://ads.example"),
            ("https://ads.example/", "https://ads.example?x"),
            ("https://ads.example?x", "https://ads.example/?x=1"),
            ("https://ads.example:8443/", "https://ads.example:8443/x"),
            ("https://ads.example:443/", "https://ads.example/"),
            ("http://127.0.0.1:8090/ad?", "http://127.0.0.1:8090/ad?id=1"),
            ("http://[::1]:8090/", "http://[0:0::1]:8090/x"),
            ("https://ad*s.*.example/", "https://adxs.a.example/"),
            ("https://www.google.*/aclk", "https://www.google.co.uk/aclk?sa=L"),
            ("https://d.example/y.js?*ad_provider=", "https://d.example/y.js?a=b&ad_provider=c"),
            ("https://y.example/*/RU=*aclick", "https://y.example/_x/RE=1/RU=https%3a%2f%2fb%2faclick/RK=2"),
            ("https://a.example/**x", "https://a.example/x"),
        ] {
            assert!(matches(pattern, address), "{pattern} {address}");
        }
    }

    #[test]
    fn a_pattern_cannot_be_bypassed() {
        for (pattern, address) in [
            ("https://*.example/aclk", "https://example/aclk"),
            ("https://*.example/aclk", "https://.example/aclk"),
            ("https://*.example/aclk", "https://evil.test/.example/aclk"),
            ("https://*.example/aclk", "https://evil.test?.example/aclk"),
            ("https://*.example/aclk", "https://evil.test#.example/aclk"),
            ("https://*.example/aclk", "https://evil.test\\.example/aclk"),
            ("https://*.example/aclk", "https://x@ads.example/aclk"),
            ("https://*.example/aclk", "https://ads.example@evil.test/aclk"),
            ("https://*.example/aclk", "https://ads.example:8443/aclk"),
            ("https://*.example/aclk", "http://ads.example/aclk"),
            ("https://*.example/aclk", "https://ads.example.evil.test/aclk"),
            ("https://*.example/aclk", "https://ads.example/ACLK"),
            ("https://*.example/aclk", "https://ads.example/x/aclk"),
            ("https://*.example/aclk", "https://ads.example/#/aclk"),
            ("https://*.example/aclk", "//ads.example/aclk"),
            ("https://*.example/aclk", "/aclk"),
            ("https://*.example/aclk", ""),
            ("https://*.*/aclk", "https://[::1.2.3.4]/aclk"),
            ("https://ads.example:8443/", "https://ads.example/"),
            ("https://a*.*.example/", "https://ab.example/"),
            ("https://a.example/*#x", "https://a.example/#x"),
        ] {
            assert!(!Pattern::parse(pattern).is_ok_and(|pattern| pattern.matches(address)), "{pattern} {address}");
        }
    }

    #[test]
    fn rejects_invalid_patterns() {
        for bad in [
            "",
            "/aclk",
            "ads.example/aclk",
            "//ads.example/",
            "ftp://a.example/",
            "https://",
            "https:///x",
            "https://a b/",
            "https://*",
            "https://*/",
            "https://*.*",
            "https://*/*",
            "https://x@a.example/",
            "https://*:x/",
            "https://*.a:/",
            "https://*.a:99999/",
            "https://*.[::1]/",
            "https://a.example:*/",
            "https://a.example/#x",
            "https://a.example/ä",
            "https://a.example/a b",
            "https://*.ä/",
            "https://a..*/",
            "https://.*/",
            "https://a\\b/",
            "https://a\tb/",
            "https://%/",
            "https://*%2e.a/",
        ] {
            assert!(Pattern::parse(bad).is_err(), "{bad}");
        }
        assert!(Pattern::parse(&format!("https://a.example/{}", "x".repeat(MAX_PATTERN_BYTES))).is_err());
    }

    proptest! {
        #[test]
        fn never_panics(pattern in "(https?://)?\\PC{0,40}", address in "(https?://)?\\PC{0,60}") {
            if let Ok(pattern) = Pattern::parse(&pattern) {
                let _matches = pattern.matches(&address);
            }
        }

        #[test]
        fn a_url_matches_itself_and_everything_longer(address in "https?://[a-z]{1,5}(\\.[a-z]{1,5}){0,2}(:[1-9][0-9]{1,3})?/[!$+,:;=0-9A-Z_a-z-]{0,20}", more in "[a-z/=&?]{0,9}") {
            prop_assert!(matches(&address, &address));
            let longer = address.clone() + &more;
            prop_assert!(matches(&address, &longer));
        }

        #[test]
        fn an_asterisk_in_the_host_matches_subdomains_only(address in "https://[a-z.@\\\\/?#:%0-9\\[\\]]{0,24}(ads\\.example)?[a-z./@:]{0,9}/aclk") {
            if matches("https://*.ads.example/aclk", &address) {
                let url = Url::parse(&address).unwrap();
                let host = url.host_str().unwrap().trim_end_matches('.');
                prop_assert!(host.ends_with(".ads.example") && host.len() > ".ads.example".len());
                prop_assert!(url.username().is_empty() && url.port().is_none() && url.path().starts_with("/aclk"));
            }
        }
    }
}
