//! Redirects of search engines, taken off: many engines link to a redirect of their own that counts the click and
//! carries the target with it. Read from there, nobody is told of the click but us.
//!
//! | engine | redirect | target |
//! |---|---|---|
//! | Google | `/url?q=…`, `/url?url=…` | as a parameter |
//! | DuckDuckGo | `/l/?uddg=…` | as a parameter |
//! | Bing | `/ck/a?…&u=a1…` | base64url (RFC 4648 section 5) after the mark `a1` |
//! | Yahoo, AOL | `r.search.yahoo.com/…/RU=…/RK=…` | a part of the path, with percent escapes |
//! | Baidu, Sogou, 360 | `/link?url=…`, `/link?m=…` | hidden: known to the engine alone |
//!
//! Sponsored links have the same shapes: who calls this has let them pass before.

use base64::Engine as _;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use url::form_urlencoded;

use crate::answer::links::address::Address;
use crate::answer::links::{is_spelled_out, percent};

/// How Bing writes base64: without padding, but some copies of it have some.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// What Bing writes before the base64 of a target.
const BING_MARK: &str = "a1";

/// The target that a redirect carries, one level of it: an absolute `http` or `https` address, not yet judged.
/// None where the address is no redirect of a known engine's, or of the partner's own if it is `at_partner`:
/// white-label feeds have the same redirects at their own hosts.
#[must_use]
pub fn target(link: &Address<'_>, at_partner: bool) -> Option<String> {
    let at = |known: fn(&str) -> bool| at_partner || (link.port.is_none() && known(link.site()));
    match link.path() {
        "/url" if at(is_google) => parameter(link, "q").or_else(|| parameter(link, "url")),
        "/l" | "/l/" if at(|site| is_in(site, "duckduckgo.com")) => parameter(link, "uddg"),
        "/ck/a" if at(|site| is_in(site, "bing.com")) => bing(link),
        path if path.contains("/RU=") && at(is_yahoo) => yahoo(link, path),
        _ => None,
    }
}

/// Whether this is an engine's redirect that hides its target: such a link leads away from the engine, though
/// nobody but the engine knows where to.
#[must_use]
pub fn hides_target(link: &Address<'_>) -> bool {
    let site = link.site();
    match link.path() {
        "/link" => {
            !link.query().is_empty() && ["baidu.com", "sogou.com", "so.com"].iter().any(|known| is_in(site, known))
        }
        "/ck/a" => is_in(site, "bing.com"),
        _ => false,
    }
}

fn parameter(link: &Address<'_>, name: &str) -> Option<String> {
    let mut named = form_urlencoded::parse(link.query().as_bytes()).filter(|(found, _)| found == name);
    named.find_map(|(_, value)| absolute(link, &value))
}

fn bing(link: &Address<'_>) -> Option<String> {
    let (_, value) = form_urlencoded::parse(link.query().as_bytes()).find(|(name, _)| name == "u")?;
    let bytes = BASE64.decode(value.strip_prefix(BING_MARK)?).ok()?;
    absolute(link, std::str::from_utf8(&bytes).ok()?)
}

fn yahoo(link: &Address<'_>, path: &str) -> Option<String> {
    let (_, after) = path.split_once("/RU=")?;
    let part = after.split('/').next().unwrap_or_default();
    absolute(link, std::str::from_utf8(&percent::decoded(part).collect::<Vec<u8>>()).ok()?)
}

/// A carried target as an absolute address. Engines carry pages of their own without a host.
fn absolute(link: &Address<'_>, target: &str) -> Option<String> {
    if is_spelled_out(target) {
        return Some(target.to_owned());
    }
    let own = target.starts_with('/') && !target.starts_with("//") && !target.starts_with("/\\");
    let scheme = if link.https { "https" } else { "http" };
    own.then(|| match link.port {
        Some(port) => format!("{scheme}://{}:{port}{target}", link.host),
        None => format!("{scheme}://{}{target}", link.host),
    })
}

/// Whether a site is a domain or below it.
fn is_in(site: &str, domain: &str) -> bool {
    site.strip_suffix(domain).is_some_and(|before| before.is_empty() || before.ends_with('.'))
}

/// `google.` with the endings of countries: at most two labels of two or three letters.
fn is_google(site: &str) -> bool {
    let Some(ending) = site.strip_prefix("google.") else { return false };
    let mut labels = ending.split('.');
    labels.by_ref().take(2).all(|label| matches!(label.len(), 2 | 3)) && labels.next().is_none()
}

fn is_yahoo(site: &str) -> bool {
    is_in(site, "r.search.yahoo.com") || site == "search.aol.com"
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use proptest::prelude::*;
    use url::Url;

    fn unwrapped(link: &str, at_partner: bool) -> Option<String> {
        let url = Url::parse(link).unwrap();
        target(&Address::of(&url).unwrap(), at_partner)
    }

    #[test]
    fn redirects_of_engines_carry_their_target() {
        let bing = |target: &str| format!("/ck/a?!&&p=1&u=a1{}&ntb=1", URL_SAFE_NO_PAD.encode(target));
        for (link, wanted) in [
            ("https://www.google.com/url?q=https://a.example/x%3Fy%3D1%26z&sa=U", "https://a.example/x?y=1&z"),
            ("https://www.google.co.uk/url?sa=t&url=http%3A%2F%2Fa.example%2F%25C3%25BC", "http://a.example/%C3%BC"),
            ("https://google.de/url?q=nothing&url=https://a.example/", "https://a.example/"),
            ("https://duckduckgo.com/l/?uddg=https%3A%2F%2Fa.example%2F&rut=1", "https://a.example/"),
            ("https://html.duckduckgo.com/l/?uddg=https%3A%2F%2Fa.example%2F", "https://a.example/"),
            (
                "https://r.search.yahoo.com/_ylt=A;_ylu=B/RV=2/RE=1/RO=10/RU=https%3a%2f%2fa.example%2fb+c/RK=2/RS=x-",
                "https://a.example/b+c",
            ),
            ("https://search.aol.com/click/_ylt=A/RU=https%3a%2f%2fa.example%2f/RK=0/RS=x", "https://a.example/"),
            (&format!("https://www.bing.com{}", bing("https://a.example/?b=ü")), "https://a.example/?b=ü"),
            (&format!("https://cn.bing.com{}", bing("/images/search?q=x")), "https://cn.bing.com/images/search?q=x"),
            ("https://www.bing.com/ck/a?u=a1aHR0cHM6Ly9hLmV4YW1wbGUv", "https://a.example/"),
            ("https://www.bing.com/ck/a?u=a1aHR0cHM6Ly9hLmV4YW1wbGU%3D", "https://a.example"),
        ] {
            assert_eq!(unwrapped(link, false).as_deref(), Some(wanted), "{link}");
        }
        assert_eq!(
            unwrapped("http://p.example:81/url?q=/search?q=x", true).as_deref(),
            Some("http://p.example:81/search?q=x")
        );
    }

    #[test]
    fn what_is_no_redirect_stays() {
        for link in [
            "https://a.example/url?q=https://b.example/",
            "https://google.evil.example/url?q=https://b.example/",
            "https://notgoogle.com/url?q=https://b.example/",
            "https://www.google.com:8443/url?q=https://b.example/",
            "https://www.google.com/search?q=https://b.example/",
            "https://www.google.com/url?q=javascript:alert(1)",
            "https://www.google.com/url?q=//b.example/",
            "https://www.google.com/url?q=/%5Cb.example/",
            "https://www.google.com/url",
            "https://evilduckduckgo.com/l/?uddg=https://b.example/",
            "https://www.bing.com/ck/a?u=aHR0cHM6Ly9hLmV4YW1wbGU",
            "https://www.bing.com/ck/a?u=a1%%%",
            "https://www.bing.com/ck/a?u=a1_____w",
            "https://www.bing.com/aclick?ld=x&u=aHR0cHM6Ly9hLmV4YW1wbGU",
            "https://r.search.yahoo.com/RU=%ff%fe/RK=2",
            "https://r.search.yahoo.com/RK=2?x=/RU=https%3a%2f%2fb.example",
            "https://search.yahoo.com/search?p=x",
        ] {
            assert_eq!(unwrapped(link, false), None, "{link}");
        }
    }

    #[test]
    fn some_redirects_hide_their_target() {
        let hides = |link: &str| hides_target(&Address::plain(link).unwrap());
        assert!(hides("https://www.baidu.com/link?url=abc") && hides("https://www.so.com/link?m=abc"));
        assert!(!hides("https://www.baidu.com/link") && !hides("https://www.baidu.com/s?wd=x"));
        assert!(!hides("https://also.com/link?url=abc"));
    }

    proptest! {
        #[test]
        fn what_is_unwrapped_is_spelled_out(
            start in "https://(www\\.google\\.com/url\\?q=|duckduckgo\\.com/l/\\?uddg=|www\\.bing\\.com/ck/a\\?u=a1|r\\.search\\.yahoo\\.com/x/RU=)",
            carried in "(https?://|aHR0cHM6Ly9|http%3a%2f%2f|/)?\\PC{0,40}",
        ) {
            let url = Url::parse(&format!("{start}{carried}")).unwrap();
            if let Some(found) = target(&Address::of(&url).unwrap(), false) {
                prop_assert!(is_spelled_out(&found));
            }
        }
    }
}
