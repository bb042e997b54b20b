//! The target of an entry in JSON, from its URL as the partner wrote it.

use url::Url;

use crate::answer::links::web_url::{self, WebUrl, is_absolute};
use crate::answer::links::{self, MAX_HREF_BYTES, MAX_REDIRECTS, Target, redirects};
use crate::result_kind::ResultKind;

/// Reads the URL of an entry. It may be relative to `base`, the partner's URL, and it may lack its scheme. The redirects of
/// engines and tracking parameters are removed from an organic one; a sponsored one is resolved and stays as it is otherwise,
/// because the partner bills by it. Returns `None` where no link may lead to it.
#[must_use]
pub fn entry_target(base: &Url, kind: ResultKind, href: &str) -> Option<Target> {
    // The WHATWG URL standard strips C0 control characters and spaces at both ends.
    let href = href.trim_matches(|c: char| c <= ' ');
    // A replaced character or byte: the link would lead elsewhere.
    if href.len() > MAX_HREF_BYTES || href.contains('\u{fffd}') {
        return None;
    }
    let absolute = with_scheme(href)?;
    web_url::parse(Some(base), absolute.as_deref().unwrap_or(href), |text, url| match kind {
        ResultKind::Sponsored => links::target(kind, text, url),
        ResultKind::Organic => organic_target(base, text, url, MAX_REDIRECTS),
    })?
}

/// The target behind at most `depth` redirects.
fn organic_target(base: &Url, text: &str, url: &WebUrl<'_>, depth: usize) -> Option<Target> {
    let is_same_site =
        WebUrl::from_url(base).is_some_and(|partner| partner.site() == url.site() && partner.port == url.port);
    match redirects::target(url, is_same_site).zip(depth.checked_sub(1)) {
        Some((inner, depth)) => web_url::parse(None, &inner, |text, url| organic_target(base, text, url, depth))?,
        None => links::target(ResultKind::Organic, text, url),
    }
}

/// The URL with a scheme if only its scheme is missing: `//a.example/` and `a.example/path` are sites, while `/path`,
/// `page.html` and `?id=1` are relative, which is `Some(None)` as an absolute URL is. `None` for a single word, such as `none`
/// or `1984`: it is no address.
fn with_scheme(href: &str) -> Option<Option<String>> {
    if is_absolute(href) {
        return Some(None);
    }
    if href.starts_with("//") {
        return Some(Some(format!("https:{href}")));
    }
    if !href.contains(['/', '.', '?', ':']) {
        return None;
    }
    let (host, has_path) = match href.split_once('/') {
        Some((host, _)) => (host, true),
        None => (href, false),
    };
    let is_host = host.contains('.')
        && host
            .split('.')
            .all(|label| !label.is_empty() && !label.contains(|c: char| c.is_ascii() && !is_host_byte(c)))
        && !host.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let is_site = is_host && (has_path || host.starts_with("www."));
    Some(is_site.then(|| format!("https://{href}")))
}

fn is_host_byte(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '-'
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn target_of(kind: ResultKind, href: &str) -> Option<String> {
        let base = Url::parse("http://api.partner.example:8090/v1/search?q=x").unwrap();
        entry_target(&base, kind, href).map(|target| target.url)
    }

    #[test]
    fn completes_relative_urls() {
        for (href, expected) in [
            ("https://a.example/1", Some("https://a.example/1")),
            ("//a.example/1", Some("https://a.example/1")),
            (" \n//a.example/1\t", Some("https://a.example/1")),
            ("/path?x=1", Some("http://api.partner.example:8090/path?x=1")),
            ("../page", Some("http://api.partner.example:8090/page")),
            ("page.html", Some("http://api.partner.example:8090/v1/page.html")),
            ("docs/page", Some("http://api.partner.example:8090/v1/docs/page")),
            ("?id=1", Some("http://api.partner.example:8090/v1/search?id=1")),
            ("a.example/1?x", Some("https://a.example/1?x")),
            ("www.a.example", Some("https://www.a.example")),
            ("bücher.example/ü", Some("https://xn--bcher-kva.example/%C3%BC")),
            ("HTTPS://A.example/", Some("HTTPS://A.example/")),
            ("none", None),
            ("1984", None),
            ("", None),
            ("#", None),
            ("javascript:alert(1)", None),
            ("data:text/html,x", None),
            ("mailto:a@a.example", None),
            ("//user@a.example/", None),
            ("https://a.example/\u{fffd}", None),
        ] {
            for kind in [ResultKind::Organic, ResultKind::Sponsored] {
                assert_eq!(target_of(kind, href).as_deref(), expected, "{href}");
            }
        }
        assert_eq!(target_of(ResultKind::Organic, &format!("/{}", "x".repeat(MAX_HREF_BYTES))), None);
    }

    #[test]
    fn redirects_and_tracking_are_removed_from_organic_targets_only() {
        for (href, expected) in [
            ("https://www.google.com/url?q=https%3A%2F%2Fb.example%2F", "https://b.example/"),
            ("//duckduckgo.com/l/?uddg=https%3A%2F%2Fb.example%2F%3Fa%3D1&rut=0", "https://b.example/?a=1"),
            ("/url?q=https%3A%2F%2Fb.example%2F%3Fgclid%3D1", "https://b.example/"),
            ("https://www.bing.com/ck/a?!&u=a1aHR0cHM6Ly9iLmV4YW1wbGUv", "https://b.example/"),
            ("https://b.example/?utm_source=x&a=1#:~:text=y", "https://b.example/?a=1"),
        ] {
            assert_eq!(target_of(ResultKind::Organic, href).as_deref(), Some(expected), "{href}");
            let sponsored = target_of(ResultKind::Sponsored, href).unwrap();
            assert!(sponsored.ends_with(href), "{href}: {sponsored}");
        }
        assert_eq!(target_of(ResultKind::Organic, "/url?q=https%3A%2F%2Fuser%40b.example%2F"), None);
    }

    proptest! {
        #[test]
        fn every_target_is_a_web_url_and_a_valid_header_value(href in "(https?:/{0,2}|//|/|/url\\?q=|javascript:|\\?|www\\.)?[a-z.@%:]{0,12}[ -~é\\\\\\t]{0,40}", sponsored: bool) {
            let kind = if sponsored { ResultKind::Sponsored } else { ResultKind::Organic };
            let Some(target) = target_of(kind, &href) else { return Ok(()) };
            let url = Url::parse(&target).unwrap();
            prop_assert!(matches!(url.scheme(), "http" | "https") && url.has_host());
            prop_assert!(url.username().is_empty() && url.password().is_none());
            prop_assert!(target.is_ascii() && http::HeaderValue::from_str(&target).is_ok());
        }
    }
}
