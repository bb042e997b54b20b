//! Patterns of addresses, as the configuration writes them: which links of a partner's page are sponsored, and
//! which are its own pages.
//!
//! A pattern is the beginning of an absolute address: `https://ads.example/aclk` fits `/aclk`, `/aclk?x=1` and
//! also `/aclkx`, since it is a beginning and nothing more; who means the one path writes `/aclk?` or `/aclk/`.
//! In the host `*` stands for one or more of its characters, dots among them, and the host fits as a whole; after
//! the host `*` stands for any characters, or none. Case matters after the host only.

use url::Url;

use crate::answer::links::address::Address;

/// The longest pattern, in bytes: longer than any ad server's beginning, short enough to be compared with every link.
const PATTERN_BYTES: usize = 512;

/// A checked pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    https: bool,
    /// The host's pieces between its stars, in small letters.
    host: Vec<String>,
    /// None for the scheme's own port.
    port: Option<u16>,
    /// The pieces, between stars, of path and query without their first slash.
    rest: Vec<String>,
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// Says what a pattern looks like.
    pub fn new(text: &str) -> Result<Self, &'static str> {
        if text.len() > PATTERN_BYTES {
            return Err("a pattern is at most 512 bytes long");
        }
        let (https, after) = scheme(text)?;
        let host_end = after.find(['/', '?', '#']).unwrap_or(after.len());
        let (authority, rest) = after.split_at_checked(host_end).unwrap_or((after, ""));
        if authority.contains('@') {
            return Err("a pattern has no user name: no such link is followed");
        }
        if rest.contains('#') {
            return Err("a pattern ends before the #: partners do not see what follows it");
        }
        if !rest.bytes().all(|byte| matches!(byte, b'!'..=b'~') && !matches!(byte, b'"' | b'<' | b'>' | b'\\')) {
            return Err("a pattern's path is written as in a link: ASCII, with percent escapes for all else");
        }
        let (host, port) = place(https, authority)?;
        let rest = rest.strip_prefix('/').unwrap_or(rest);
        if host.bytes().all(|byte| matches!(byte, b'*' | b'.')) && rest.trim_matches('*').is_empty() {
            return Err("this pattern fits every link: name a host or a path, as in \"https://*.example/aclk\"");
        }
        Ok(Self { https, host: pieces(&host), port, rest: pieces(rest) })
    }

    /// Whether an absolute address fits. One with credentials fits none.
    #[must_use]
    pub fn matches(&self, address: &str) -> bool {
        crate::answer::links::read(None, address, |_, parts| self.fits(parts)).unwrap_or(false)
    }

    /// As [`Self::matches`], for an address in its parts.
    #[must_use]
    pub fn fits(&self, address: &Address<'_>) -> bool {
        self.https == address.https && self.fits_place(address)
    }

    /// As [`Self::fits`], http and https alike.
    #[must_use]
    pub fn fits_place(&self, address: &Address<'_>) -> bool {
        let rest = address.path_and_query();
        self.port == address.port
            && host_fits(&self.host, address.host)
            && begins(&self.rest, rest.strip_prefix('/').unwrap_or(rest))
    }
}

fn scheme(text: &str) -> Result<(bool, &str), &'static str> {
    let after = |scheme: &str| {
        let (start, rest) = text.split_at_checked(scheme.len())?;
        start.eq_ignore_ascii_case(scheme).then_some(rest)
    };
    match (after("https://"), after("http://")) {
        (Some(rest), _) => Ok((true, rest)),
        (None, Some(rest)) => Ok((false, rest)),
        (None, None) => Err("a pattern is the beginning of a whole address, as in \"https://*.example/aclk\""),
    }
}

/// Host, as a parser spells it, and port. A host with stars no parser takes, so it is held to what they all leave
/// alone.
fn place(https: bool, authority: &str) -> Result<(String, Option<u16>), &'static str> {
    const HOST: &str =
        "a pattern's host is a domain or an address, with * for a part of it, as in \"https://*.example/aclk\"";
    if !authority.contains('*') {
        let scheme = if https { "https" } else { "http" };
        let url = Url::parse(&format!("{scheme}://{authority}/")).map_err(|_| HOST)?;
        let whole = authority.bytes().all(|byte| !byte.is_ascii_control() && byte != b'\\') && url.path() == "/";
        let host = url.host_str().filter(|_| whole).ok_or(HOST)?;
        return Ok((host.strip_suffix('.').unwrap_or(host).to_owned(), url.port()));
    }
    let (host, port) = match authority.split_once(':') {
        Some((host, digits)) if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            (host, Some(digits.parse().map_err(|_| "a port is at most 65535")?))
        }
        Some(_) => return Err("a pattern's port is a number"),
        None => (authority, None),
    };
    let known = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b'*');
    if !host.bytes().all(known) || host.contains("..") || host.starts_with('.') {
        return Err(HOST);
    }
    let usual = if https { 443 } else { 80 };
    Ok((host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase(), port.filter(|port| *port != usual)))
}

/// What stands between the stars; two stars in a row are one.
fn pieces(text: &str) -> Vec<String> {
    let mut pieces: Vec<String> = Vec::new();
    let count = text.split('*').count();
    for (index, piece) in text.split('*').enumerate() {
        if !piece.is_empty() || index == 0 || index + 1 == count {
            pieces.push(piece.to_owned());
        }
    }
    pieces
}

/// Whether the pieces are the whole host, with at least one character for each star between them.
fn host_fits(pieces: &[String], host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host);
    let Some(([first, middle @ ..], last)) = pieces.split_last().map(|(last, before)| (before, last)) else {
        // No star: the one piece is the host.
        return pieces.first().is_some_and(|only| only == host);
    };
    let Some(mut rest) = host.strip_prefix(first.as_str()) else { return false };
    for piece in middle {
        // Past the star's first character, then to the first place where the piece stands.
        let Some(after) = rest.get(1..) else { return false };
        let Some((_, after)) = after.split_once(piece.as_str()) else { return false };
        rest = after;
    }
    // The star's characters, at least one, and no literal address of version 6.
    rest.strip_suffix(last.as_str()).is_some_and(|star| !star.is_empty()) && !host.starts_with('[')
}

/// Whether the text begins with the pieces, with any characters between them.
fn begins(pieces: &[String], text: &str) -> bool {
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

    fn fits(pattern: &str, address: &str) -> bool {
        Pattern::new(pattern).unwrap().matches(address)
    }

    #[test]
    fn patterns_are_beginnings_with_stars() {
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
            assert!(fits(pattern, address), "{pattern} {address}");
        }
    }

    #[test]
    fn patterns_cannot_be_tricked() {
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
            assert!(!Pattern::new(pattern).is_ok_and(|read| read.matches(address)), "{pattern} {address}");
        }
    }

    #[test]
    fn a_pattern_is_a_whole_address() {
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
            assert!(Pattern::new(bad).is_err(), "{bad}");
        }
        assert!(Pattern::new(&format!("https://a.example/{}", "x".repeat(PATTERN_BYTES))).is_err());
    }

    proptest! {
        #[test]
        fn nothing_panics(pattern in "(https?://)?\\PC{0,40}", address in "(https?://)?\\PC{0,60}") {
            if let Ok(pattern) = Pattern::new(&pattern) {
                let _fits = pattern.matches(&address);
            }
        }

        #[test]
        fn an_address_fits_itself_and_what_follows_it(address in "https?://[a-z]{1,5}(\\.[a-z]{1,5}){0,2}(:[1-9][0-9]{1,3})?/[!$+,:;=0-9A-Z_a-z-]{0,20}", more in "[a-z/=&?]{0,9}") {
            prop_assert!(fits(&address, &address));
            let longer = address.clone() + &more;
            prop_assert!(fits(&address, &longer));
        }

        #[test]
        fn a_host_with_a_star_fits_only_below_it(address in "https://[a-z.@\\\\/?#:%0-9\\[\\]]{0,24}(ads\\.example)?[a-z./@:]{0,9}/aclk") {
            if fits("https://*.ads.example/aclk", &address) {
                let url = Url::parse(&address).unwrap();
                let host = url.host_str().unwrap().trim_end_matches('.');
                prop_assert!(host.ends_with(".ads.example") && host.len() > ".ads.example".len());
                prop_assert!(url.username().is_empty() && url.port().is_none() && url.path().starts_with("/aclk"));
            }
        }
    }
}
