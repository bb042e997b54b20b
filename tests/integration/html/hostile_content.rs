//! Hostile headers and markup of a partner must not reach the user (`docs/privacy-requirements.md`). All of it contains the
//! word `poison`, so that a single search finds it in any output.

use regex::Regex;

use super::{assert_complete, click_links, wait_for_searches};
use crate::headers::assert_common_headers;
use qsproxy_test_support::chunked_page::{ChunkedPage, link, page_env, page_env_with, sample_page};
use qsproxy_test_support::contains;
use qsproxy_test_support::hostile_content::{HEADERS, SNIPPETS};
use qsproxy_test_support::http_client::Response;
use qsproxy_test_support::test_env::{ORGANIC, SPONSORED};
use qsproxy_test_support::visit_stamp::without_image;

/// Elements that the partner's part of a page may contain: text, lists, tables, links, and the search form.
const ELEMENTS: &str = " form input button label \
    a abbr address article aside b bdi bdo blockquote br caption cite code col colgroup data dd del details dfn div dl dt \
    em figcaption figure footer h1 h2 h3 h4 h5 h6 header hgroup hr i ins kbd li mark menu nav ol p pre q rp rt ruby s samp \
    section small span strong sub summary sup table tbody td tfoot th thead time tr u ul var wbr ";
const ATTRIBUTES: &str = " lang dir title hidden href rel open start value type reversed span colspan rowspan scope datetime \
    action method role name aria-label autocomplete required ";

/// Asserts that the partner's part contains allowed elements and attributes only, and no external URL.
#[track_caller]
fn assert_clean(name: &str, page: &str) {
    assert_complete(page);
    let page = &without_image(page);
    assert!(!page.to_ascii_lowercase().contains("poison"), "{name}: {page}");
    // Every `<` starts a simple tag, so the patterns below find all tags.
    let tags = Regex::new(r#"<!DOCTYPE html>|</[a-z0-9]+>|<[a-z0-9]+(?:\s[a-z-]+(?:="[^"<>]*")?)*>"#).unwrap();
    assert_eq!(page.matches('<').count(), tags.find_iter(page).count(), "{name}: {page}");
    let (_, part) = page.split_once("<main").expect("the main element");
    let (part, rest) = part.split_once("</main>").expect("its end");
    assert!(!part.contains("<main") && !rest.contains("</main"), "{name}: the partner opened or closed it: {page}");
    let part = part.split_once('>').unwrap().1;
    let attribute = Regex::new(r#"\s([a-z-]+)(?:="([^"]*)")?"#).unwrap();
    for tag in Regex::new(r"<([a-z0-9]+)([^>]*)>").unwrap().captures_iter(part) {
        assert!(ELEMENTS.contains(&format!(" {} ", &tag[1])), "{name}: {}", &tag[0]);
        for found in attribute.captures_iter(&tag[2]) {
            let (key, value) = (&found[1], found.get(2).map_or("", |value| value.as_str()));
            assert!(ATTRIBUTES.contains(&format!(" {key} ")), "{name}: {}", &tag[0]);
            if ["href", "action"].contains(&key) {
                assert!(value.starts_with("/click/") || value == "/search", "{name}: {}", &tag[0]);
            }
        }
    }
}

#[test]
fn no_hostile_markup_reaches_the_user() {
    let env = page_env(ChunkedPage::with_body("x"));
    for snippet in SNIPPETS {
        let page =
            format!("<!DOCTYPE html><html><body>{}\n{snippet}\n{}", link(ORGANIC, "One"), link(SPONSORED, "Two"));
        env.partner.respond_with(ChunkedPage::with_body(&page).into_response());
        assert_clean(snippet, &env.search_page("q=x", &[]).text());
        // The same for a page that ends in the middle of the snippet.
        let cut = snippet.char_indices().nth(snippet.chars().count() / 2).unwrap().0;
        env.partner.respond_with(ChunkedPage::with_body(&page[..page.find(snippet).unwrap() + cut]).into_response());
        assert_clean(snippet, &env.search_page("q=x", &[]).text());
    }
}

#[test]
fn all_hostile_markup_together_does_not_reach_the_user() {
    // `<image>` has a test of its own, the next one.
    let all =
        SNIPPETS.iter().filter(|snippet| !snippet.contains("<image")).fold(link(ORGANIC, "One"), |page, snippet| {
            // Close the elements that would contain the rest of the page.
            page + snippet
                + "</select></textarea></style></script></title></xmp></noscript></template></svg></math></button>"
        });
    let env = page_env(ChunkedPage::with_body(all + &link(SPONSORED, "Last")));
    let page = env.search_page("q=x", &[]).text();
    assert_clean("all", &page);
    assert!(page.contains(">Last</a>"), "the link after them is kept: {page}");
    let list = env.search("q=x", &[]);
    assert!(!contains(&list.raw.to_ascii_lowercase(), b"poison"), "{}", list.text());
}

/// An element without an end tag does not hide what follows it. `image` is one, since browsers parse it as `img`, and so is
/// `frame`, which they ignore outside of a frameset (WHATWG HTML section 13.2.6.4.7).
#[test]
fn void_elements_do_not_remove_what_follows() {
    let voids =
        "area base basefont bgsound br col embed hr img input keygen link meta param source track wbr frame image";
    let env = page_env(ChunkedPage::with_body("x"));
    let lost = voids.split(' ').filter(|name| {
        env.partner.respond_with(
            ChunkedPage::with_body(format!("<{name} src=https://poison.example/>{}", link(SPONSORED, "Two")))
                .into_response(),
        );
        let page = env.search_page("q=x", &[]).text();
        assert_clean(name, &page);
        !page.contains(">Two</a>")
    });
    assert_eq!(lost.collect::<Vec<_>>(), [""; 0], "elements that hide the following result");
}

#[test]
fn escaped_markup_stays_escaped() {
    let env = page_env(ChunkedPage::with_body(
        "<p>&lt;script&gt;alert(1)&lt;/script&gt; &amp;lt;b&amp;gt; a < b > c <3 &#60;img src=x&#62; <!-- middle --></p>\
         <a href=https://example.org/>Lisbon</a>",
    ));
    let page = env.search_page("q=%3Cscript%3Ealert(2)%3C/script%3E%22%20autofocus%3C!--%20middle%20--%3E", &[]).text();
    assert_clean("text", &page);
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt; &amp;lt;b&amp;gt; a &lt; b"), "{page}");
}

/// Header names and values, except the date and the visit stamp.
fn headers(response: &Response) -> Vec<(String, String)> {
    let all = response.headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.clone()));
    all.filter(|(name, _)| !["date", "set-cookie", "visit-stamp"].contains(&name.as_str())).collect()
}

#[test]
fn no_header_of_the_partner_is_forwarded() {
    let env = page_env(ChunkedPage::with_body(sample_page()));
    let before = [headers(&env.search_page("q=x", &[])), headers(&env.search("q=x", &[]))];
    let poisoned = HEADERS.iter().fold(ChunkedPage::with_body(sample_page()), |page, line| page.header_line(*line));
    env.partner.respond_with(poisoned.into_response());
    let (page, list) = (env.search_page("q=x", &[]), env.search("q=x", &[]));
    let without_length = |headers: Vec<(String, String)>| -> Vec<_> {
        headers.into_iter().filter(|(name, _)| name != "content-length").collect()
    };
    assert_eq!([headers(&page), headers(&list)].map(without_length), before.map(without_length));
    for answer in [&page, &list] {
        assert!(!contains(&answer.raw.to_ascii_lowercase(), b"poison"), "{}", String::from_utf8_lossy(&answer.raw));
    }
    assert_common_headers("poisoned", &page);
    wait_for_searches(&env, &[("with_ads", 4)]);
}

/// A partner may send trailers after the page (RFC 9110 section 6.5).
#[test]
fn no_trailer_of_the_partner_is_forwarded() {
    use qsproxy_test_support::mock_partner::MockResponse;
    let env = page_env(ChunkedPage::with_body("x"));
    let page = sample_page();
    let bytes = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\nTrailer: Set-Cookie, Server-Timing\r\n\r\n\
         {:x};poison=1\r\n{page}\r\n0\r\nSet-Cookie: poison=1\r\nServer-Timing: poison\r\n\r\n",
        page.len()
    );
    env.partner.respond_with(MockResponse::Raw(bytes.into_bytes()));
    let answer = env.search_page("q=x", &[]);
    assert_clean("trailers", &answer.text());
    assert!(!contains(&answer.raw.to_ascii_lowercase(), b"poison") && answer.raw.ends_with(b"\r\n0\r\n\r\n"));
}

/// A partner that knows the URLs of this service gains nothing by linking to them.
#[test]
fn links_to_the_service_itself_are_ordinary_results() {
    let own_urls = [
        "http://127.0.0.1:8080/search?q=planted&amp;code=other",
        "http://127.0.0.1:8080/click/AAAA",
        "http://127.0.0.1:8080/privacy",
    ];
    let page: String = own_urls.iter().map(|href| format!("<p><a href=\"{href}\">Link</a>")).collect();
    let env = page_env_with(ChunkedPage::with_body(page), |config| config.code("other", r#"["first"]"#));
    let text = env.search_page("q=x", &[]).text();
    assert!(!text.contains("planted") && !text.contains("/click/AAAA\""), "{text}");
    for path in click_links(&text) {
        assert_eq!(env.proxy.get(&path, &[]).status, 303);
    }
    wait_for_searches(&env, &[("answered", 1)]);
}
