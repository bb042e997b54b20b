//! What a partner puts into its headers and its page to reach the user: none of it arrives (PRIVACY section 2 D, and
//! section 4 item 7). Whatever tries holds the word `poison`, so that one search finds it, wherever it went.

use regex::Regex;

use super::{clicks, is_whole, searched};
use crate::headers::upright;
use qsproxy_test_support::chunked_page::{ChunkedPage, link, page_env, page_env_with, sample_page};
use qsproxy_test_support::contains;
use qsproxy_test_support::hostile_content::{HEADERS, SNIPPETS};
use qsproxy_test_support::http_client::Response;
use qsproxy_test_support::test_env::{ORGANIC, SPONSORED};
use qsproxy_test_support::visit_stamp::without_image;

/// Elements that may stand in the partner's part: those that hold text, lists, tables and links, and its search form.
const ELEMENTS: &str = " form input button label \
    a abbr address article aside b bdi bdo blockquote br caption cite code col colgroup data dd del details dfn div dl dt \
    em figcaption figure footer h1 h2 h3 h4 h5 h6 header hgroup hr i ins kbd li mark menu nav ol p pre q rp rt ruby s samp \
    section small span strong sub summary sup table tbody td tfoot th thead time tr u ul var wbr ";
const ATTRIBUTES: &str = " lang dir title hidden href rel open start value type reversed span colspan rowspan scope datetime \
    action method role name aria-label autocomplete required ";

/// Every element and attribute of the partner's part is known, and nothing in it leads or loads from elsewhere.
#[track_caller]
fn is_clean(name: &str, page: &str) {
    is_whole(page);
    let page = &without_image(page);
    assert!(!page.to_ascii_lowercase().contains("poison"), "{name}: {page}");
    // Each `<` begins a tag of the plainest kind: none is passed over below for being odd.
    let tags = Regex::new(r#"<!DOCTYPE html>|</[a-z0-9]+>|<[a-z0-9]+(?:\s[a-z-]+(?:="[^"<>]*")?)*>"#).unwrap();
    assert_eq!(page.matches('<').count(), tags.find_iter(page).count(), "{name}: {page}");
    let (_, part) = page.split_once("<main").expect("the frame's main part");
    let (part, rest) = part.split_once("</main>").expect("its end");
    assert!(!part.contains("<main") && !rest.contains("</main"), "{name}: the partner ended or began it: {page}");
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
fn no_trick_of_a_page_arrives() {
    let env = page_env(ChunkedPage::with_body("x"));
    for trick in SNIPPETS {
        let page = format!("<!DOCTYPE html><html><body>{}\n{trick}\n{}", link(ORGANIC, "One"), link(SPONSORED, "Two"));
        env.partner.respond_with(ChunkedPage::with_body(&page).into_response());
        is_clean(trick, &env.search_page("q=x", &[]).text());
        // Cut in the middle of everything, what is unfinished does not arrive either.
        let cut = trick.char_indices().nth(trick.chars().count() / 2).unwrap().0;
        env.partner.respond_with(ChunkedPage::with_body(&page[..page.find(trick).unwrap() + cut]).into_response());
        is_clean(trick, &env.search_page("q=x", &[]).text());
    }
}

#[test]
fn nor_do_all_of_them_together() {
    // `<image>` is a trick of its own: see the next test.
    let all = SNIPPETS.iter().filter(|trick| !trick.contains("<image")).fold(link(ORGANIC, "One"), |page, trick| {
        // What takes all the rest of a page as its own text is ended.
        page + trick + "</select></textarea></style></script></title></xmp></noscript></template></svg></math></button>"
    });
    let env = page_env(ChunkedPage::with_body(all + &link(SPONSORED, "Last")));
    let page = env.search_page("q=x", &[]).text();
    is_clean("all", &page);
    assert!(page.contains(">Last</a>"), "what follows them does: {page}");
    let list = env.search("q=x", &[]);
    assert!(!contains(&list.raw.to_ascii_lowercase(), b"poison"), "{}", list.text());
}

/// An element without an end hides nothing of what follows it. `image` is one: a browser reads it as `img`; and a
/// `frame` outside of a frameset it passes over (WHATWG HTML section 13.2.6.4.7).
#[test]
fn elements_without_an_end_take_nothing_with_them() {
    let voids =
        "area base basefont bgsound br col embed hr img input keygen link meta param source track wbr frame image";
    let env = page_env(ChunkedPage::with_body("x"));
    let lost = voids.split(' ').filter(|name| {
        env.partner.respond_with(
            ChunkedPage::with_body(format!("<{name} src=https://poison.example/>{}", link(SPONSORED, "Two")))
                .into_response(),
        );
        let page = env.search_page("q=x", &[]).text();
        is_clean(name, &page);
        !page.contains(">Two</a>")
    });
    assert_eq!(lost.collect::<Vec<_>>(), [""; 0], "the results behind these are gone");
}

#[test]
fn text_that_looks_like_markup_stays_text() {
    let env = page_env(ChunkedPage::with_body(
        "<p>&lt;script&gt;alert(1)&lt;/script&gt; &amp;lt;b&amp;gt; a < b > c <3 &#60;img src=x&#62; <!-- middle --></p>",
    ));
    let page = env.search_page("q=%3Cscript%3Ealert(2)%3C/script%3E%22%20autofocus%3C!--%20middle%20--%3E", &[]).text();
    is_clean("text", &page);
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt; &amp;lt;b&amp;gt; a &lt; b"), "{page}");
}

/// Names of an answer's headers with their values, but for the date and the visit stamp.
fn headers(response: &Response) -> Vec<(String, String)> {
    let all = response.headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.clone()));
    all.filter(|(name, _)| !["date", "set-cookie", "visit-stamp"].contains(&name.as_str())).collect()
}

#[test]
fn no_header_of_the_partners_arrives() {
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
    upright("poisoned", &page);
    searched(&env, &[("with_ads", 4)]);
}

/// After the page a partner may send trailers (RFC 9110 section 6.5); none passes.
#[test]
fn no_trailer_of_the_partners_arrives() {
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
    is_clean("trailers", &answer.text());
    assert!(!contains(&answer.raw.to_ascii_lowercase(), b"poison") && answer.raw.ends_with(b"\r\n0\r\n\r\n"));
}

/// A partner that knows our addresses gains nothing by linking to them.
#[test]
fn links_into_the_service_are_links_like_others() {
    let mischief = [
        "http://127.0.0.1:8080/search?q=planted&amp;code=other",
        "http://127.0.0.1:8080/click/AAAA",
        "http://127.0.0.1:8080/privacy",
    ];
    let page: String = mischief.iter().map(|href| format!("<p><a href=\"{href}\">Link</a>")).collect();
    let env = page_env_with(ChunkedPage::with_body(page), |config| config.code("other", r#"["first"]"#));
    let text = env.search_page("q=x", &[]).text();
    assert!(!text.contains("planted") && !text.contains("/click/AAAA\""), "{text}");
    for path in clicks(&text) {
        assert_eq!(env.proxy.get(&path, &[]).status, 303);
    }
    searched(&env, &[("answered", 1)]);
}
