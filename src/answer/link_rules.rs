//! A partner's page, as far as judging its links needs it: where it stands, which of its links are sponsored and
//! which lead to the partner's own pages.

use url::Url;

use crate::answer::links::address::Address;
use crate::answer::links::pattern::Pattern;
use crate::answer::links::{self, Target, unwrap};
use crate::result_kind::ResultKind;

/// The longest link that is looked at, in bytes: a target of 4 KB with each of its bytes escaped, and the
/// redirect around it. What is longer is no link, and not worth the time of a parser.
const HREF_BYTES: usize = 16_384;

/// Most redirects that are taken off one link: Yahoo's around Bing's around a site's is three.
const MOST_LEVELS: usize = 4;

/// What of a partner's page the judging of its links needs.
#[derive(Debug, Clone)]
pub struct LinkRules {
    /// The page's address, as it was asked for.
    pub url: Url,
    /// Which links are sponsored (`sponsored_links`).
    pub sponsored: Vec<Pattern>,
    /// Which pages are the partner's own, besides those at the host of `url`; http and https alike.
    pub own: Vec<Pattern>,
}

/// What a link of a partner's page is.
#[derive(Debug, PartialEq, Eq)]
pub enum LinkClass {
    /// An advertisement: to the letter, with all redirects, since the partner bills by it.
    Sponsored(Target),
    /// A result: its target without redirects and tracking parameters.
    Organic(Target),
    /// A page of the partner's, or a place on this one.
    Own,
    /// Nothing that may be followed: no web address, or one that names a user, or too long.
    NoLink,
}

impl LinkRules {
    /// Judges a link. `href` is the attribute's value with its character references resolved; `base` is the page's
    /// `<base href>`, where it has one, already resolved against `url`.
    #[must_use]
    pub fn judge(&self, base: Option<&Url>, href: &str) -> LinkClass {
        // As the WHATWG URL standard trims; a parser drops white space within by itself.
        let href = href.trim_matches(|c: char| c <= ' ');
        if href.is_empty() || href.starts_with('#') {
            return LinkClass::Own;
        }
        if href.len() > HREF_BYTES {
            return LinkClass::NoLink;
        }
        let base = base.unwrap_or(&self.url);
        let verdict = links::read(Some(base), href, |text, parts| self.verdict(text, text, parts, MOST_LEVELS));
        verdict.unwrap_or(LinkClass::NoLink)
    }

    /// Judges an address that stood in `levels` redirects less than are looked into; `outermost` is the link around
    /// them all.
    fn verdict(&self, outermost: &str, text: &str, parts: &Address<'_>, levels: usize) -> LinkClass {
        if self.sponsored.iter().any(|pattern| pattern.fits(parts)) {
            let outermost = links::judge(ResultKind::Sponsored, outermost);
            return outermost.map_or(LinkClass::NoLink, LinkClass::Sponsored);
        }
        let is_here = self.is_here(parts);
        if let Some((inner, left)) = unwrap::target(parts, is_here).zip(levels.checked_sub(1)) {
            let inside = links::read(None, &inner, |text, parts| self.verdict(outermost, text, parts, left));
            return inside.unwrap_or(LinkClass::NoLink);
        }
        if (is_here || self.own.iter().any(|pattern| pattern.fits_place(parts))) && !unwrap::hides_target(parts) {
            return LinkClass::Own;
        }
        links::target(ResultKind::Organic, text, parts).map_or(LinkClass::NoLink, LinkClass::Organic)
    }

    /// Whether an address is at the host of the partner's page, `www.` and scheme aside.
    fn is_here(&self, parts: &Address<'_>) -> bool {
        Address::of(&self.url).is_some_and(|here| here.site() == parts.site() && here.port == parts.port)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn site() -> LinkRules {
        let pattern = |text| Pattern::new(text).unwrap();
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

    fn judged(href: &str) -> LinkClass {
        site().judge(None, href)
    }

    fn organic(href: &str) -> String {
        let LinkClass::Organic(target) = judged(href) else { panic!("{href}: {:?}", judged(href)) };
        target.url
    }

    fn sponsored(href: &str) -> String {
        let LinkClass::Sponsored(target) = judged(href) else { panic!("{href}: {:?}", judged(href)) };
        target.url
    }

    #[test]
    fn results_lose_redirects_and_tracking() {
        for (href, wanted) in [
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
            assert_eq!(organic(href), wanted, "{href}");
        }
    }

    #[test]
    fn advertisements_stay_to_the_letter() {
        let carried =
            "https://r.search.yahoo.com/cbclk2/RE=1/RU=https%3a%2f%2fwww.bing.com%2faclick%3fld%3dx%26u%3dy/RK=2";
        for same in [
            "https://x.ads.example/aclk?gclid=1&utm_source=x#:~:text=y",
            "HTTPS://X.ADS.EXAMPLE/aclk?gclid=1",
            "https://www.google.com/url?q=https://x.ads.example/aclk&gclid=1",
            carried,
        ] {
            assert_eq!(sponsored(same), same);
        }
        assert_eq!(sponsored("/aclk?sa=L&gclid=1"), "https://www.partner.example/aclk?sa=L&gclid=1");
        assert_eq!(sponsored("//x.ads.example/aclk"), "https://x.ads.example/aclk");
        let wrapped = "//duckduckgo.com/l/?uddg=https%3A%2F%2Fduckduckgo.com%2Fy.js%3Fad_domain%3Dx%26ad_provider%3Dy";
        assert_eq!(sponsored(wrapped), format!("https:{wrapped}"));
    }

    #[test]
    fn the_partners_own_pages_are_no_results() {
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
            assert_eq!(judged(own), LinkClass::Own, "{own}");
        }
    }

    #[test]
    fn what_may_not_be_followed_is_no_link() {
        for bad in [
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
            assert_eq!(judged(bad), LinkClass::NoLink, "{bad}");
        }
        assert_eq!(judged(&format!("https://a.example/{}", "x".repeat(5_000))), LinkClass::NoLink);
        assert_eq!(judged(&format!("/{}", "x".repeat(HREF_BYTES))), LinkClass::NoLink);
    }

    #[test]
    fn relative_links_follow_the_base() {
        let base = Url::parse("https://x.ads.example/").unwrap();
        let verdict = site().judge(Some(&base), "aclk?x");
        assert!(matches!(verdict, LinkClass::Sponsored(Target { url, .. }) if url == "https://x.ads.example/aclk?x"));
        // A scheme without slashes is relative to a page of the same scheme, as in a browser.
        assert_eq!(judged("https:settings"), LinkClass::Own);
    }

    #[test]
    fn redirects_end() {
        let mut link = "https://a.example/".to_owned();
        for _ in 0..6 {
            let escaped: String = url::form_urlencoded::byte_serialize(link.as_bytes()).collect();
            link = format!("https://www.google.com/url?q={escaped}");
        }
        assert!(organic(&link).starts_with("https://www.google.com/url?q=https"));
    }

    proptest! {
        #[test]
        fn whatever_is_judged_is_a_web_address_that_a_header_takes(
            href in "(https?:/{0,3}|//|/|/url\\?q=|javascript:|https://r.search.yahoo.com/RU=)?(https?(://|%3a%2f%2f))?[a-z.@%:]{0,12}[ -~é\\\\\\t]{0,40}",
        ) {
            let (LinkClass::Sponsored(target) | LinkClass::Organic(target)) = judged(&href) else { return Ok(()) };
            let url = Url::parse(&target.url).unwrap();
            prop_assert!(matches!(url.scheme(), "http" | "https") && url.has_host());
            prop_assert!(url.username().is_empty() && url.password().is_none());
            prop_assert!(target.url.is_ascii() && http::HeaderValue::from_str(&target.url).is_ok());
        }

        #[test]
        fn judging_again_changes_nothing(href in "(https://[a-z]{1,5}\\.example)?/(url\\?q=https://[a-z]{1,5}\\.example/)?[!-~]{0,30}") {
            if let LinkClass::Organic(target) = judged(&href) {
                let again = target.url.clone();
                prop_assert_eq!(judged(&again), LinkClass::Organic(target));
            }
        }

        #[test]
        fn no_text_makes_it_panic(href in "\\PC{0,80}") {
            let _verdict = judged(&href);
        }
    }
}
