//! Links: which targets a result may have, what is taken off them, and how a person reads them.

use std::borrow::Cow;

use url::Url;

use crate::kind::Kind;
use crate::seal::click_token::TARGET_BYTES;

/// Parameters that tell a site who clicked or where, taken off organic targets. The names that Firefox's
/// query stripping, Brave and ClearURLs agree on as of 2026-11.
const TRACKING: [&str; 34] = [
    "__hsfp",
    "__hssc",
    "__hstc",
    "_hsenc",
    "_openstat",
    "dclid",
    "fbclid",
    "gad_source",
    "gbraid",
    "gclid",
    "gclsrc",
    "hsctatracking",
    "igshid",
    "mc_cid",
    "mc_eid",
    "mkt_tok",
    "ml_subscriber",
    "ml_subscriber_hash",
    "msclkid",
    "oly_anon_id",
    "oly_enc_id",
    "rb_clickid",
    "s_cid",
    "srsltid",
    "ttclid",
    "twclid",
    "vero_conv",
    "vero_id",
    "wbraid",
    "wickedid",
    "yclid",
    "ymclid",
    "ysclid",
    "zanpid",
];

/// Families of such parameters, by how they begin.
const TRACKING_PREFIXES: [&str; 3] = ["utm_", "mtm_", "matomo_"];

/// The longest display URL, in characters: one line on a desktop.
const DISPLAY_CHARS: usize = 80;

/// A target that a link may lead to.
#[derive(Debug, PartialEq, Eq)]
pub struct Target {
    /// The address, in characters that a `Location` header takes.
    pub url: String,
    /// The address as a person reads it.
    pub display: String,
}

/// Judges a target. Sponsored ones stay to the letter, since the partner bills by them; organic ones
/// lose tracking parameters and text fragments. None for what is no plain web address: another scheme
/// (`javascript:`, `data:`), credentials in it, or longer than a token takes.
#[must_use]
pub fn judge(kind: Kind, address: &str) -> Option<Target> {
    let address = address.trim_matches(|c: char| c.is_ascii_whitespace());
    if address.len() > TARGET_BYTES {
        return None;
    }
    let (spelled, display) = match plain(address) {
        Some((host, path)) => (Cow::Borrowed(address), display(host, None, path)),
        None => parse(address)?,
    };
    let url = match kind {
        Kind::Sponsored => spelled.into_owned(),
        Kind::Organic => without_tracking(&spelled),
    };
    (url.len() <= TARGET_BYTES).then_some(Target { url, display })
}

/// Host and path of an address that is plainly a web address and that a parser would leave as it is:
/// almost all are, and need no parser. Anything unusual is left to [`parse`].
fn plain(address: &str) -> Option<(&str, &str)> {
    let rest = address.strip_prefix("https://").or_else(|| address.strip_prefix("http://"))?;
    let host_end = rest.bytes().position(|byte| matches!(byte, b'/' | b'?' | b'#')).unwrap_or(rest.len());
    let (host, tail) = rest.split_at_checked(host_end)?;
    let usual = |byte| matches!(byte, b'!' | b'#'..=b';' | b'=' | b'?'..=b'Z' | b'_' | b'a'..=b'z' | b'~');
    let odd = tail.bytes().fold(false, |odd, byte| odd | !usual(byte));
    let repaired = |pair: &[u8]| pair == b"/." || pair == b"%2";
    if odd || !is_plain_host(host.as_bytes()) || tail.as_bytes().windows(2).any(repaired) {
        return None;
    }
    let path_end = tail.bytes().position(|byte| matches!(byte, b'?' | b'#')).unwrap_or(tail.len());
    Some((host, tail.get(..path_end)?))
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

/// The address as it is to be followed and as it is shown, by the WHATWG URL standard.
fn parse(address: &str) -> Option<(Cow<'_, str>, String)> {
    let parsed = Url::parse(address).ok()?;
    let web = matches!(parsed.scheme(), "http" | "https") && parsed.has_host();
    if !web || !parsed.username().is_empty() || parsed.password().is_some() {
        return None;
    }
    let display = display(parsed.host_str().unwrap_or_default(), parsed.port(), parsed.path());
    // To the letter where a header can carry it; the parser's spelling where not. What the parser
    // silently repairs (a backslash, a missing slash) is spelled its way too, so that the address shown
    // is the address followed.
    let plain = address.bytes().all(|byte| matches!(byte, b'!'..=b'~') && byte != b'\\') && is_spelled_out(address);
    Some((if plain { Cow::Borrowed(address) } else { Cow::Owned(String::from(parsed)) }, display))
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
        let escaped = after.first_chunk::<2>().filter(|_| byte == b'%').and_then(|pair| {
            let pair = std::str::from_utf8(pair).ok()?;
            u8::from_str_radix(pair, 16).ok().filter(|byte| !byte.is_ascii())
        });
        bytes.push(escaped.unwrap_or(byte));
        rest = if escaped.is_some() { after.get(2..).unwrap_or_default() } else { after };
    }
    match String::from_utf8(bytes) {
        Ok(text) if text.chars().all(|c| c.is_ascii() || c.is_alphanumeric()) => Cow::Owned(text),
        Ok(_) | Err(_) => Cow::Borrowed(path),
    }
}

fn is_spelled_out(address: &str) -> bool {
    let after = |scheme: &str| address.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
    after("https://") || after("http://")
}

/// The address without its tracking parameters; all else keeps its spelling and order.
fn without_tracking(address: &str) -> String {
    if !address.bytes().any(|byte| matches!(byte, b'?' | b'#')) {
        return address.to_owned();
    }
    let (rest, fragment) = address.split_once('#').map_or((address, None), |(rest, fragment)| (rest, Some(fragment)));
    let mut clean = String::with_capacity(address.len());
    let (path, query) = rest.split_once('?').map_or((rest, None), |(path, query)| (path, Some(query)));
    clean.push_str(path);
    let mut separator = '?';
    for pair in query.into_iter().flat_map(|query| query.split('&')).filter(|pair| !is_tracking(pair)) {
        clean.push(separator);
        clean.push_str(pair);
        separator = '&';
    }
    // A text fragment quotes the page, and so what was searched for (WICG scroll-to-text-fragment).
    let fragment = fragment.map(|fragment| fragment.split_once(":~:").map_or(fragment, |(kept, _)| kept));
    if let Some(fragment) = fragment.filter(|fragment| !fragment.is_empty()) {
        clean.push('#');
        clean.push_str(fragment);
    }
    clean
}

fn is_tracking(pair: &str) -> bool {
    let name = pair.split_once('=').map_or(pair, |(name, _)| name);
    let begins = |prefix: &&str| name.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix));
    TRACKING_PREFIXES.iter().any(begins) || TRACKING.iter().any(|known| name.eq_ignore_ascii_case(known))
}

/// Host and path. The host stays in its ASCII form, in which look-alike letters cannot hide.
fn display(host: &str, port: Option<u16>, path: &str) -> String {
    let mut shown = String::with_capacity(host.len() + path.len() + 8);
    shown.push_str(host.strip_prefix("www.").unwrap_or(host));
    if let Some(port) = port {
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
        judge(Kind::Organic, address).map(|target| target.url)
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
            assert_eq!(judge(Kind::Sponsored, bad), None, "{bad}");
        }
        assert_eq!(organic(&format!("https://a.example/{}", "x".repeat(TARGET_BYTES))), None);
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
        assert_eq!(judge(Kind::Sponsored, ad).unwrap().url, ad);
    }

    #[test]
    fn display_urls_are_short_and_honest() {
        let shown = |address: &str| judge(Kind::Organic, address).unwrap().display;
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
        fn the_short_way_agrees_with_the_parser(address in "https?://[a-z0-9.:-]{1,16}([/?#][!-~]{0,30})?") {
            if let Some((host, path)) = plain(&address) {
                prop_assert_eq!(parse(&address), Some((Cow::Borrowed(address.as_str()), display(host, None, path))));
            }
        }

        #[test]
        fn what_passes_is_a_web_address_that_a_header_takes(address in "(https?://|HTTP:/|javascript:|//)?[a-z.]{1,12}[ -~é\\t]{0,40}", sponsored: bool) {
            let kind = if sponsored { Kind::Sponsored } else { Kind::Organic };
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
