//! Classifies the links of a partner's page: sponsored, organic, or the partner's own pages.

use url::Url;

use crate::answer::links::pattern::Pattern;
use crate::answer::links::web_url::{self, WebUrl};
use crate::answer::links::{self, MAX_HREF_BYTES, MAX_REDIRECTS, Target, redirects};
use crate::result_kind::ResultKind;

/// Hosts of services that protect sites, of their help, and of default pages of servers. A link to one is no result of a wall.
const VENDOR_DOMAINS: [&str; 18] = [
    "cloudflare.com",
    "hcaptcha.com",
    "recaptcha.net",
    "datadome.co",
    "perimeterx.com",
    "humansecurity.com",
    "imperva.com",
    "incapsula.com",
    "akamai.com",
    "ddos-guard.net",
    "sucuri.net",
    "geetest.com",
    "arkoselabs.com",
    "techaro.lol",
    "anubis.techaro.lol",
    "enable-javascript.com",
    "nginx.org",
    "nginx.com",
];

/// What is needed to classify the links of a partner's page.
#[derive(Debug, Clone)]
pub struct LinkRules {
    /// The URL of the page.
    pub url: Url,
    /// Matches sponsored links (`sponsored_links`).
    pub sponsored: Vec<Pattern>,
    /// Matches the partner's own pages, in addition to those at the host of `url`; the scheme is ignored.
    pub own: Vec<Pattern>,
}

/// The class of a link.
#[derive(Debug, PartialEq, Eq)]
pub enum LinkClass {
    /// An advertisement. Its target is unchanged, with all redirects, because the partner bills by it.
    Sponsored(Target),
    /// An organic result. Its target has no redirects and tracking parameters.
    Organic(Target),
    /// A page of the partner, or a fragment of this page.
    Own,
    /// Not to be followed: not a web URL, with credentials, or too long.
    Invalid,
}

/// How the host of a target is related to the partner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkRelation {
    /// Not at all.
    Elsewhere,
    /// A redirect of an engine's whose target only the engine knows.
    Opaque,
    /// Another host of its domain, such as a help page. It may be a result, too.
    Sibling,
    /// A service that protects sites from robots.
    Vendor,
}

impl LinkRules {
    /// How a target is related to the partner. Redirects of engines with an opaque target lead elsewhere.
    #[must_use]
    pub fn relation(&self, target: &str) -> LinkRelation {
        let relation = |_: &str, url: &WebUrl<'_>| {
            let site = url.site();
            let own = WebUrl::from_url(&self.url).map(|own| own.site()).and_then(domain);
            match own {
                _ if redirects::is_opaque(url) => LinkRelation::Opaque,
                _ if VENDOR_DOMAINS.iter().any(|vendor| redirects::is_in_domain(site, vendor)) => LinkRelation::Vendor,
                Some(domain) if redirects::is_in_domain(site, domain) => LinkRelation::Sibling,
                Some(_) | None => LinkRelation::Elsewhere,
            }
        };
        web_url::parse(None, target, relation).unwrap_or(LinkRelation::Elsewhere)
    }

    /// Classifies a link. `href` is the attribute's value with its character references decoded. `base` is the page's
    /// `<base href>`, if it has one, resolved against `url`.
    #[must_use]
    pub fn classify(&self, base: Option<&Url>, href: &str) -> LinkClass {
        // The WHATWG URL standard strips C0 control characters and spaces at both ends.
        let href = href.trim_matches(|c: char| c <= ' ');
        if href.is_empty() || href.starts_with('#') {
            return LinkClass::Own;
        }
        if href.len() > MAX_HREF_BYTES {
            return LinkClass::Invalid;
        }
        let base = base.unwrap_or(&self.url);
        let class = web_url::parse(Some(base), href, |text, url| self.classify_url(text, text, url, MAX_REDIRECTS));
        class.unwrap_or(LinkClass::Invalid)
    }

    /// Classifies the URL `text` found inside the redirects of the link `outermost`; up to `depth` more redirects are
    /// resolved.
    fn classify_url(&self, outermost: &str, text: &str, url: &WebUrl<'_>, depth: usize) -> LinkClass {
        if self.sponsored.iter().any(|pattern| pattern.matches_url(url)) {
            let target = links::check_target(ResultKind::Sponsored, outermost);
            return target.map_or(LinkClass::Invalid, LinkClass::Sponsored);
        }
        let is_same_site = self.is_same_site(url);
        if let Some((inner, depth)) = redirects::target(url, is_same_site).zip(depth.checked_sub(1)) {
            let class = web_url::parse(None, &inner, |text, url| self.classify_url(outermost, text, url, depth));
            return class.unwrap_or(LinkClass::Invalid);
        }
        let is_own = is_same_site || self.own.iter().any(|pattern| pattern.matches_any_scheme(url));
        if is_own && !redirects::is_opaque(url) {
            return LinkClass::Own;
        }
        links::target(ResultKind::Organic, text, url).map_or(LinkClass::Invalid, LinkClass::Organic)
    }

    /// Whether a URL has the host and port of the partner's page, ignoring `www.` and the scheme.
    fn is_same_site(&self, url: &WebUrl<'_>) -> bool {
        WebUrl::from_url(&self.url).is_some_and(|own| own.site() == url.site() && own.port == url.port)
    }
}

/// The domain that a site is in, as far as can be told without a list: the site without its first label, unless that is a
/// public suffix, such as `com` or `co.uk`. `None` for an IP address or a single label.
fn domain(site: &str) -> Option<&str> {
    let (_, parent) = site.split_once('.')?;
    if site.starts_with('[') || site.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        return None;
    }
    let is_suffix = parent.split_once('.').is_none_or(|(first, last)| first.len() <= 3 && last.len() == 2);
    Some(if is_suffix { site } else { parent })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rules() -> LinkRules {
        let pattern = |text| Pattern::parse(text).unwrap();
        LinkRules {
            url: Url::parse("https://www.partner.example/search?q=x").unwrap(),
            sponsored: vec![
                pattern("https://*.ads.example/aclk"),
                pattern("https://www.partner.example/aclk"),
                pattern("https://www.bing.com/aclick?"),
                pattern("https://duckduckgo.com/y.js?*ad_provider="),
            ],
            own: vec![pattern("https://images.partner.example/")],
        }
    }

    fn classified(href: &str) -> LinkClass {
        rules().classify(None, href)
    }

    fn organic(href: &str) -> String {
        let LinkClass::Organic(target) = classified(href) else { panic!("{href}: {:?}", classified(href)) };
        target.url
    }

    fn sponsored(href: &str) -> String {
        let LinkClass::Sponsored(target) = classified(href) else { panic!("{href}: {:?}", classified(href)) };
        target.url
    }

    #[test]
    fn organic_links_lose_redirects_and_tracking() {
        for (href, expected) in [
            ("https://a.example/?utm_source=x&b=1", "https://a.example/?b=1"),
            ("//a.example/x", "https://a.example/x"),
            (" https://a.example/x\n", "https://a.example/x"),
            ("/url?q=https%3A%2F%2Fa.example%2F%3Fgclid%3D1&sa=U", "https://a.example/"),
            ("https://www.google.com/url?url=https://a.example/", "https://a.example/"),
            (
                "https://r.search.yahoo.com/RU=https%3a%2f%2fwww.bing.com%2fck%2fa%3fu%3da1aHR0cHM6Ly9hLmV4YW1wbGUv/RK=2",
                "https://a.example/",
            ),
            ("https://www.baidu.com/link?url=abc", "https://www.baidu.com/link?url=abc"),
            ("https://www.partner.example.:8443/", "https://www.partner.example.:8443/"),
            ("https://xpartner.example/", "https://xpartner.example/"),
        ] {
            assert_eq!(organic(href), expected, "{href}");
        }
    }

    #[test]
    fn sponsored_links_are_unchanged() {
        let redirect =
            "https://r.search.yahoo.com/cbclk2/RE=1/RU=https%3a%2f%2fwww.bing.com%2faclick%3fld%3dx%26u%3dy/RK=2";
        for unchanged in [
            "https://x.ads.example/aclk?gclid=1&utm_source=x#:~:text=y",
            "HTTPS://X.ADS.EXAMPLE/aclk?gclid=1",
            "https://www.google.com/url?q=https://x.ads.example/aclk&gclid=1",
            redirect,
        ] {
            assert_eq!(sponsored(unchanged), unchanged);
        }
        assert_eq!(sponsored("/aclk?sa=L&gclid=1"), "https://www.partner.example/aclk?sa=L&gclid=1");
        assert_eq!(sponsored("//x.ads.example/aclk"), "https://x.ads.example/aclk");
        let wrapped = "//duckduckgo.com/l/?uddg=https%3A%2F%2Fduckduckgo.com%2Fy.js%3Fad_domain%3Dx%26ad_provider%3Dy";
        assert_eq!(sponsored(wrapped), format!("https:{wrapped}"));
    }

    #[test]
    fn recognizes_the_partners_own_pages() {
        for own in [
            "",
            " \n",
            "#top",
            "?q=x&page=2",
            "/settings",
            "search?q=y",
            "https://partner.example/about",
            "http://www.partner.example/",
            "HTTPS://WWW.PARTNER.EXAMPLE./",
            "http://images.partner.example/?q=x",
            "/url?q=/search%3Fq%3Dy",
            "/url?q=https://www.partner.example/",
            "https://www.google.com/url?q=https://images.partner.example/",
        ] {
            assert_eq!(classified(own), LinkClass::Own, "{own}");
        }
    }

    #[test]
    fn rejects_links_that_must_not_be_followed() {
        for invalid in [
            "javascript:alert(1)",
            "\u{1}java\nscript:alert(1)",
            "data:text/html,x",
            "mailto:a@a.example",
            "ftp://a.example/",
            "https://user@a.example/",
            "https://x@x.ads.example/aclk",
            "https://x.ads.example@evil.example/",
            "//user:x@www.partner.example/",
            "https://[::1",
            "/url?q=https://user@a.example/",
        ] {
            assert_eq!(classified(invalid), LinkClass::Invalid, "{invalid}");
        }
        assert_eq!(classified(&format!("https://a.example/{}", "x".repeat(5_000))), LinkClass::Invalid);
        assert_eq!(classified(&format!("/{}", "x".repeat(MAX_HREF_BYTES))), LinkClass::Invalid);
    }

    #[test]
    fn relative_links_are_resolved_against_the_base() {
        let base = Url::parse("https://x.ads.example/").unwrap();
        let class = rules().classify(Some(&base), "aclk?x");
        assert!(matches!(class, LinkClass::Sponsored(Target { url, .. }) if url == "https://x.ads.example/aclk?x"));
        // As in a browser, a URL with the scheme of its base but no slashes is relative.
        assert_eq!(classified("https:settings"), LinkClass::Own);
    }

    #[test]
    fn nested_redirects_are_limited() {
        let mut link = "https://a.example/".to_owned();
        for _ in 0..6 {
            let escaped: String = url::form_urlencoded::byte_serialize(link.as_bytes()).collect();
            link = format!("https://www.google.com/url?q={escaped}");
        }
        assert!(organic(&link).starts_with("https://www.google.com/url?q=https"));
    }

    proptest! {
        #[test]
        fn every_target_is_a_web_url_and_a_valid_header_value(
            href in "(https?:/{0,3}|//|/|/url\\?q=|javascript:|https://r.search.yahoo.com/RU=)?(https?(://|%3a%2f%2f))?[a-z.@%:]{0,12}[ -~é\\\\\\t]{0,40}",
        ) {
            let (LinkClass::Sponsored(target) | LinkClass::Organic(target)) = classified(&href) else { return Ok(()) };
            let url = Url::parse(&target.url).unwrap();
            prop_assert!(matches!(url.scheme(), "http" | "https") && url.has_host());
            prop_assert!(url.username().is_empty() && url.password().is_none());
            prop_assert!(target.url.is_ascii() && http::HeaderValue::from_str(&target.url).is_ok());
        }

        #[test]
        fn classifying_a_target_again_does_not_change_it(href in "(https://[a-z]{1,5}\\.example)?/(url\\?q=https://[a-z]{1,5}\\.example/)?[!-~]{0,30}") {
            if let LinkClass::Organic(target) = classified(&href) {
                let again = target.url.clone();
                prop_assert_eq!(classified(&again), LinkClass::Organic(target));
            }
        }

        #[test]
        fn never_panics(href in "\\PC{0,80}") {
            let _class = classified(&href);
        }
    }
}
