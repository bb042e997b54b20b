//! Redirects of search engines. Many engines link to a redirect of their own, which counts the click and contains the
//! target. The target is read from it, so that nobody but this service learns of the click.
//!
//! | engine | redirect | target |
//! |---|---|---|
//! | Google | `/url?q=…`, `/url?url=…` | in a parameter |
//! | DuckDuckGo | `/l/?uddg=…` | in a parameter |
//! | Bing | `/ck/a?…&u=a1…` | base64url (RFC 4648 section 5) after the prefix `a1` |
//! | Yahoo, AOL | `r.search.yahoo.com/…/RU=…/RK=…` | percent-encoded in the path |
//! | Google Images | `/imgres?…&imgrefurl=…` | in a parameter |
//! | Yandex | `/clck/jsredir?…&url=…` | in a parameter |
//! | Facebook, Instagram, VK, YouTube | `/l.php?u=…`, `l.instagram.com/?u=…`, `/away.php?to=…`, `/redirect?q=…` | in a parameter |
//! | Baidu, Sogou, 360 | `/link?url=…`, `/link?m=…` | opaque: known to the engine only |
//!
//! Sponsored links look the same. The caller must recognize them first.

use std::borrow::Cow;

use base64::Engine as _;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use crate::answer::links::percent;
use crate::answer::links::web_url::{WebUrl, is_absolute};

/// Bing's base64: without padding, but some copies of its links have some.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Bing's prefix of the base64 of a target.
const BING_PREFIX: &str = "a1";

/// The target of a redirect, one level of it: an absolute `http` or `https` URL, unchecked. Returns `None` if the URL is
/// not a redirect of a known engine. With `at_partner` the host is not compared, because white-label feeds have the same
/// redirects at their own hosts.
#[must_use]
pub fn target(url: &WebUrl<'_>, at_partner: bool) -> Option<String> {
    let is_at = |is_engine: fn(&str) -> bool| at_partner || (url.port.is_none() && is_engine(url.site()));
    match url.path() {
        "/url" if is_at(is_google) => parameter(url, "q").or_else(|| parameter(url, "url")),
        "/l" | "/l/" if is_at(|site| is_in_domain(site, "duckduckgo.com")) => parameter(url, "uddg"),
        "/ck/a" if is_at(|site| is_in_domain(site, "bing.com")) => bing(url),
        "/imgres" if is_at(is_google) => parameter(url, "imgrefurl"),
        "/clck/jsredir" if is_at(is_yandex) => parameter(url, "url"),
        "/l.php" if is_of(url, "facebook.com") => parameter(url, "u"),
        "/" if is_of(url, "l.instagram.com") => parameter(url, "u"),
        "/away.php" if is_of(url, "vk.com") || is_of(url, "vk.ru") => parameter(url, "to"),
        "/redirect" if is_of(url, "youtube.com") => parameter(url, "q"),
        path if is_at(is_yahoo) && path.contains("/RU=") => yahoo(url, path),
        _ => None,
    }
}

/// Whether this is an engine's redirect with an opaque target: such a link leads away from the engine, though only the
/// engine knows where.
#[must_use]
pub fn is_opaque(url: &WebUrl<'_>) -> bool {
    let site = url.site();
    match url.path() {
        "/link" => {
            let engines = ["baidu.com", "sogou.com", "so.com"];
            !url.query().is_empty() && engines.iter().any(|domain| is_in_domain(site, domain))
        }
        "/ck/a" => is_in_domain(site, "bing.com"),
        _ => false,
    }
}

fn parameter(url: &WebUrl<'_>, name: &str) -> Option<String> {
    values(url, name).find_map(|value| absolute(url, &value))
}

/// The values of a parameter, decoded as those of a form (WHATWG URL section 5.1).
fn values<'u>(url: &WebUrl<'u>, name: &str) -> impl Iterator<Item = Cow<'u, str>> {
    let pairs = url.query().split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    pairs.filter(move |(key, _)| *key == name || form_decoded(key) == name).map(|(_, value)| form_decoded(value))
}

fn form_decoded(text: &str) -> Cow<'_, str> {
    if memchr::memchr2(b'%', b'+', text.as_bytes()).is_none() {
        return Cow::Borrowed(text);
    }
    let bytes: Vec<u8> = percent::decode(&text.replace('+', " ")).collect();
    Cow::Owned(String::from_utf8_lossy(&bytes).into_owned())
}

fn bing(url: &WebUrl<'_>) -> Option<String> {
    let value = values(url, "u").next()?;
    let bytes = BASE64.decode(value.strip_prefix(BING_PREFIX)?).ok()?;
    absolute(url, std::str::from_utf8(&bytes).ok()?)
}

fn yahoo(url: &WebUrl<'_>, path: &str) -> Option<String> {
    let (_, after) = path.split_once("/RU=")?;
    let segment = after.split('/').next().unwrap_or_default();
    absolute(url, std::str::from_utf8(&percent::decode(segment).collect::<Vec<u8>>()).ok()?)
}

/// The target as an absolute URL. Engines write targets at their own host as a path.
fn absolute(url: &WebUrl<'_>, target: &str) -> Option<String> {
    if is_absolute(target) {
        return Some(target.to_owned());
    }
    let is_path = target.starts_with('/') && !target.starts_with("//") && !target.starts_with("/\\");
    let scheme = if url.https { "https" } else { "http" };
    is_path.then(|| match url.port {
        Some(port) => format!("{scheme}://{}:{port}{target}", url.host),
        None => format!("{scheme}://{}{target}", url.host),
    })
}

/// Whether a site is a domain or one of its subdomains.
pub(in crate::answer) fn is_in_domain(site: &str, domain: &str) -> bool {
    site.strip_suffix(domain).is_some_and(|before| before.is_empty() || before.ends_with('.'))
}

/// Whether a site is `google.` with a country's suffix: at most two labels of two or three letters.
fn is_google(site: &str) -> bool {
    let Some(suffix) = site.strip_prefix("google.") else { return false };
    let mut labels = suffix.split('.');
    labels.by_ref().take(2).all(|label| matches!(label.len(), 2 | 3)) && labels.next().is_none()
}

/// Whether a URL is at a domain or one of its subdomains, at the default port.
fn is_of(url: &WebUrl<'_>, domain: &str) -> bool {
    url.port.is_none() && is_in_domain(url.site(), domain)
}

/// Whether a site is Yandex's in one of its countries.
fn is_yandex(site: &str) -> bool {
    ["ya.ru", "yandex.ru", "yandex.com", "yandex.by", "yandex.kz", "yandex.uz", "yandex.eu", "yandex.com.tr"]
        .iter()
        .any(|domain| is_in_domain(site, domain))
}

fn is_yahoo(site: &str) -> bool {
    is_in_domain(site, "r.search.yahoo.com") || site == "search.aol.com"
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use proptest::prelude::*;
    use url::Url;

    fn resolved(link: &str, at_partner: bool) -> Option<String> {
        let url = Url::parse(link).unwrap();
        target(&WebUrl::from_url(&url).unwrap(), at_partner)
    }

    #[test]
    fn reads_targets_of_known_redirects() {
        let bing = |target: &str| format!("/ck/a?!&&p=1&u=a1{}&ntb=1", URL_SAFE_NO_PAD.encode(target));
        for (link, expected) in [
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
            (
                "https://www.google.com/imgres?imgurl=https://i.example/&imgrefurl=https://a.example/",
                "https://a.example/",
            ),
            ("https://yandex.com.tr/clck/jsredir?text=&url=https%3A%2F%2Fa.example%2F", "https://a.example/"),
            ("https://l.facebook.com/l.php?u=https%3A%2F%2Fa.example%2F&h=AT", "https://a.example/"),
            ("https://lm.facebook.com/l.php?h=AT&u=https%3A%2F%2Fa.example%2F", "https://a.example/"),
            ("https://l.instagram.com/?u=https%3A%2F%2Fa.example%2F&e=AT", "https://a.example/"),
            ("https://vk.com/away.php?to=https%3A%2F%2Fa.example%2F", "https://a.example/"),
            ("https://www.youtube.com/redirect?event=x&q=https%3A%2F%2Fa.example%2F", "https://a.example/"),
            ("https://www.bing.com/ck/a?u=a1aHR0cHM6Ly9hLmV4YW1wbGUv", "https://a.example/"),
            ("https://www.bing.com/ck/a?u=a1aHR0cHM6Ly9hLmV4YW1wbGU%3D", "https://a.example"),
        ] {
            assert_eq!(resolved(link, false).as_deref(), Some(expected), "{link}");
        }
        assert_eq!(
            resolved("http://p.example:81/url?q=/search?q=x", true).as_deref(),
            Some("http://p.example:81/search?q=x")
        );
    }

    #[test]
    fn ignores_other_urls() {
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
            "https://a.example/l.php?u=https://b.example/",
            "https://www.facebook.com/sharer.php?u=https://b.example/",
            "https://l.facebook.com/l.php?u=javascript:alert(1)",
            "https://www.instagram.com/?u=https://b.example/",
            "https://notvk.com/away.php?to=https://b.example/",
            "https://a.example/redirect?q=https://b.example/",
            "https://yandex.evil.example/clck/jsredir?url=https://b.example/",
            "https://evilduckduckgo.com/l/?uddg=https://b.example/",
            "https://www.bing.com/ck/a?u=aHR0cHM6Ly9hLmV4YW1wbGU",
            "https://www.bing.com/ck/a?u=a1%%%",
            "https://www.bing.com/ck/a?u=a1_____w",
            "https://www.bing.com/aclick?ld=x&u=aHR0cHM6Ly9hLmV4YW1wbGU",
            "https://r.search.yahoo.com/RU=%ff%fe/RK=2",
            "https://r.search.yahoo.com/RK=2?x=/RU=https%3a%2f%2fb.example",
            "https://search.yahoo.com/search?p=x",
        ] {
            assert_eq!(resolved(link, false), None, "{link}");
        }
    }

    #[test]
    fn recognizes_opaque_redirects() {
        let opaque = |link: &str| is_opaque(&WebUrl::parse_simple(link).unwrap());
        assert!(opaque("https://www.baidu.com/link?url=abc") && opaque("https://www.so.com/link?m=abc"));
        assert!(!opaque("https://www.baidu.com/link") && !opaque("https://www.baidu.com/s?wd=x"));
        assert!(!opaque("https://also.com/link?url=abc"));
    }

    proptest! {
        #[test]
        fn parameters_are_decoded_as_the_standard_says(query in "(q|u|%71|q%|a|[+%]|=|&|[a-zé]|%3a|%C3%A9|%ff|%2){0,12}") {
            let text = format!("https://a.example/?{query}");
            let url = Url::parse(&text).unwrap();
            let url = WebUrl::from_url(&url).unwrap();
            let expected = url::form_urlencoded::parse(url.query().as_bytes()).filter(|(name, _)| name == "q");
            prop_assert_eq!(values(&url, "q").collect::<Vec<_>>(), expected.map(|(_, value)| value).collect::<Vec<_>>());
        }

        #[test]
        fn every_target_is_absolute(
            start in "https://(www\\.google\\.com/url\\?q=|duckduckgo\\.com/l/\\?uddg=|www\\.bing\\.com/ck/a\\?u=a1|r\\.search\\.yahoo\\.com/x/RU=)",
            value in "(https?://|aHR0cHM6Ly9|http%3a%2f%2f|/)?\\PC{0,40}",
        ) {
            let url = Url::parse(&format!("{start}{value}")).unwrap();
            if let Some(target) = target(&WebUrl::from_url(&url).unwrap(), false) {
                prop_assert!(is_absolute(&target));
            }
        }
    }
}
