//! The links and forms of a page: which links are results, where they lead, and how they are counted.

use regex::Regex;
use serde_json::json;

use super::{assert_complete, click_links, wait_for_searches};
use qsproxy_test_support::chunked_page::{ChunkedPage, html_partner, link, page_env, page_env_with, sample_page};
use qsproxy_test_support::http_client::{Response, form_bytes, send_once};
use qsproxy_test_support::mock_partner::MockPartner;
use qsproxy_test_support::test_env::{ORGANIC, PartnerRequest, SPONSORED, TestEnv, click_path_of};

/// The `href` of a link and its target. `HERE` stands for the partner's host and port.
type Link = (&'static str, &'static str);

/// Sponsored links. Their targets are unchanged, because the partner bills by them.
const SPONSORED_LINKS: &[Link] = &[
    (
        "https://ads.example/aclk?gclid=1&utm_source=x&fbclid=2",
        "https://ads.example/aclk?gclid=1&utm_source=x&fbclid=2",
    ),
    (
        "https://ads.example/aclk?u=https%3A%2F%2Fa.example%2F%3Fgclid%3D1&sig=%2b#frag:~:text=x",
        "https://ads.example/aclk?u=https%3A%2F%2Fa.example%2F%3Fgclid%3D1&sig=%2b#frag:~:text=x",
    ),
    ("HTTPS://ADS.Example:443/aclk?x", "HTTPS://ADS.Example:443/aclk?x"),
    (
        "https://www.google.com/url?q=https://ads.example/aclk%3Fgclid%3D1&usg=x",
        "https://www.google.com/url?q=https://ads.example/aclk%3Fgclid%3D1&usg=x",
    ),
    ("//ads.example/aclk?x=1&&y", "http://ads.example/aclk?x=1&&y"),
    ("/aclk?sa=L&gclid=3", "http://HERE/aclk?sa=L&gclid=3"),
    ("aclk?sa=L&utm_id=4", "http://HERE/aclk?sa=L&utm_id=4"),
];

/// Organic links.
const ORGANIC_LINKS: &[Link] = &[
    ("https://example.org/lisbon?page=2", "https://example.org/lisbon?page=2"),
    ("https://example.org/a?utm_source=x&page=2&utm_medium=y&gclid=1", "https://example.org/a?page=2"),
    ("https://example.org/b?fbclid=1&msclkid=2", "https://example.org/b"),
    ("https://example.org/c?msclkid=2&q=a%20b+c#part", "https://example.org/c?q=a%20b+c#part"),
    ("//example.org/d?x=1", "http://example.org/d?x=1"),
    (
        "https://www.google.com/url?q=https%3A%2F%2Fexample.org%2Fe%3Fgclid%3D1%26x%3D2&sa=U",
        "https://example.org/e?x=2",
    ),
    ("/url?q=https://example.org/f&sa=U&ved=1", "https://example.org/f"),
    ("https://example.org:8443/g", "https://example.org:8443/g"),
    ("https://ads.example/other", "https://ads.example/other"),
    ("https://ads.example.org/aclk?x=1", "https://ads.example.org/aclk?x=1"),
    ("https://example.org/h?b=1&amp;c=2", "https://example.org/h?b=1&c=2"),
    (" https://example.org/i ", "https://example.org/i"),
];

/// Links that are not results: the partner's own pages, and URLs that must not be followed.
const OTHER_LINKS: &[&str] = &[
    "/search?p=lisbon&page=2",
    "?p=lisbon&page=3",
    "/settings?uid=POISON",
    "http://HERE/about",
    "#top",
    "",
    "javascript:alert(1)",
    " java\tscript:alert(1)",
    "data:text/html,POISON",
    "mailto:POISON@example.org",
    "https://POISON@example.org/",
    "https://user:POISON@ads.example/aclk",
    "blob:https://example.org/POISON",
    "https://[::1",
];

fn anchor(href: &str, text: &str) -> String {
    format!("<p><a target=_blank href=\"{href}\" ping=\"https://poison.example/\">{text}</a></p>")
}

/// A page with all links of the tables, each with a text of its own.
fn page() -> String {
    let ads = SPONSORED_LINKS.iter().enumerate().map(|(at, (href, _))| anchor(href, &format!("Ad {at}.")));
    let results = ORGANIC_LINKS.iter().enumerate().map(|(at, (href, _))| anchor(href, &format!("Result {at}.")));
    let others = OTHER_LINKS.iter().enumerate().map(|(at, href)| anchor(href, &format!("None {at}.")));
    format!("<!DOCTYPE html><body>{}</body>", ads.chain(results).chain(others).collect::<String>())
}

/// The start tag of the link with this text.
fn tag<'p>(page: &'p str, text: &str) -> Option<&'p str> {
    let end = page.find(&format!(">{text}</a>"))?;
    let start = page[..end].rfind("<a ")?;
    Some(&page[start..=end])
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let found = Regex::new(&format!(r#"\s{name}="([^"]*)""#)).unwrap().captures(tag)?;
    Some(found[1].replace("&amp;", "&"))
}

/// Text and target of every link of a table.
fn links_of(list: &'static [Link], text: &str, partner: &MockPartner) -> Vec<(String, String)> {
    let here = partner.address().to_string();
    list.iter().enumerate().map(|(at, (_, to))| (format!("{text} {at}."), to.replace("HERE", &here))).collect()
}

/// An environment whose partner sends all links. The page contains the partner's address, so it is set later.
#[track_caller]
fn env_with_all_links(
    change: impl FnOnce(qsproxy_test_support::config::ConfigBuilder) -> qsproxy_test_support::config::ConfigBuilder,
) -> TestEnv {
    let env = page_env_with(ChunkedPage::with_body("x"), change);
    env.partner.respond_with(
        ChunkedPage::with_body(page().replace("HERE", &env.partner.address().to_string())).into_response(),
    );
    env
}

#[track_caller]
fn assert_leads_to(env: &TestEnv, path: &str, target: &str) -> Response {
    let answer = env.proxy.get(path, &[]);
    assert_eq!((answer.status, answer.header("location")), (303, Some(target)));
    answer
}

#[test]
fn every_link_counts_by_its_kind_and_leads_to_its_target() {
    let env = env_with_all_links(|config| config);
    let page = env.search_page("q=x", &[]).text();
    assert_complete(&page);
    assert!(!page.contains("POISON") && !page.contains("poison") && !page.contains("example.org"), "{page}");
    let name = Regex::new(r"\s([a-z-]+)=").unwrap();
    for (text, target) in
        [links_of(SPONSORED_LINKS, "Ad", &env.partner), links_of(ORGANIC_LINKS, "Result", &env.partner)].concat()
    {
        let tag = tag(&page, &text).unwrap_or_else(|| panic!("{text} ({target}) is not linked: {page}"));
        assert_eq!(attribute(tag, "rel").as_deref(), Some("noreferrer noopener"), "{tag}");
        let names: Vec<_> = name.captures_iter(tag).map(|one| one[1].to_owned()).collect();
        assert_eq!(names, ["href", "rel"], "{tag}");
        let href = attribute(tag, "href").unwrap();
        assert!(href.starts_with("/click/"), "{text}: {href}");
        assert_leads_to(&env, &href, &target);
    }
    for (at, href) in OTHER_LINKS.iter().enumerate() {
        assert_eq!(tag(&page, &format!("None {at}.")), None, "{href}");
    }
    let key = |kind: &str| ["first", "toolbar-main", kind, "counted"].map(str::to_owned);
    let expected =
        [(key("sponsored"), SPONSORED_LINKS.len() as i64), (key("organic"), ORGANIC_LINKS.len() as i64)].into();
    assert_eq!(env.proxy.clicks(), expected);
    wait_for_searches(&env, &[("with_ads", 1)]);
}

#[test]
fn direct_links_lead_to_their_target() {
    let env = env_with_all_links(|config| config.with("partner first", "links", r#""direct""#));
    let page = env.search_page("q=x", &[]).text();
    assert_complete(&page);
    assert!(!page.contains("/click/") && !page.contains("POISON") && !page.contains("poison"), "{page}");
    for (text, target) in
        [links_of(SPONSORED_LINKS, "Ad", &env.partner), links_of(ORGANIC_LINKS, "Result", &env.partner)].concat()
    {
        let tag = tag(&page, &text).unwrap_or_else(|| panic!("{text} ({target}) is not linked: {page}"));
        assert_eq!(attribute(tag, "href"), Some(target), "{tag}");
        assert_eq!(attribute(tag, "rel").as_deref(), Some("noreferrer noopener"), "{tag}");
    }
    for (at, href) in OTHER_LINKS.iter().enumerate() {
        assert_eq!(tag(&page, &format!("None {at}.")), None, "{href}");
    }
    assert!(env.proxy.clicks().is_empty());
    wait_for_searches(&env, &[("with_ads", 1)]);
}

#[test]
fn relative_links_are_resolved_against_the_base_element() {
    let page = r#"<head><base href="https://example.org/dir/"><base href="https://poison.example/"></head>
        <a href="e?utm_source=x&amp;y=1">Relative</a> <a href="/f">Rooted</a>
        <a href="//ads.example/aclk?g">Advertisement</a>"#;
    let env = page_env(ChunkedPage::with_body(page));
    let text = env.search_page("q=x", &[]).text();
    assert!(!text.contains("<base") && !text.contains("poison"), "{text}");
    let paths = click_links(&text);
    for (path, target) in
        paths.iter().zip(["https://example.org/dir/e?y=1", "https://example.org/f", "https://ads.example/aclk?g"])
    {
        assert_leads_to(&env, path, target);
    }
    assert_eq!((paths.len(), env.proxy.clicks_with_outcome("counted")), (3, 3));
    wait_for_searches(&env, &[("with_ads", 1)]);
}

#[test]
fn json_clients_get_the_links_as_a_list() {
    let page = format!(
        "<a href=\"{ORGANIC}\"><img src=/x></a><h3>{}</h3>{}{}<a href=\"https://example.org/b\"> Two\n <b>&amp; more</b> </a>{}",
        link(ORGANIC, "Lisbon"),
        link(ORGANIC, "Lisbon once more"),
        link(SPONSORED, "Flights to <i>Lisbon</i>"),
        link("/settings", "Settings"),
    );
    let env = page_env(ChunkedPage::with_body(page));
    let answer = env.search("q=x", &[]);
    assert_eq!((answer.status, answer.media_type().as_str()), (200, "application/json"));
    let body = answer.json();
    assert_eq!(body["partner"], "first");
    let list = body["results"].as_array().unwrap();
    let shown: Vec<_> = list.iter().map(|one| (&one["title"], &one["kind"], &one["snippet"])).collect();
    let no_snippet = json!("");
    assert_eq!(
        shown,
        [
            (&json!("Lisbon"), &json!("organic"), &no_snippet),
            (&json!("Flights to Lisbon"), &json!("sponsored"), &no_snippet),
            (&json!("Two & more"), &json!("organic"), &no_snippet),
        ]
    );
    assert_eq!(list[0]["display_url"], "example.org/lisbon");
    for (one, target) in list.iter().zip([ORGANIC, SPONSORED, "https://example.org/b"]) {
        let mut keys: Vec<_> = one.as_object().unwrap().keys().collect();
        keys.sort();
        assert_eq!(keys, ["display_url", "kind", "snippet", "title", "url"]);
        assert_leads_to(&env, &click_path_of(one["url"].as_str().unwrap()), target);
    }
    wait_for_searches(&env, &[("with_ads", 1)]);
}

/// The forms of a page: their start tags, and the names and values of their controls.
fn forms(page: &str) -> Vec<(String, Vec<(String, String)>)> {
    let whole = Regex::new("(?s)(<form[^>]*>)(.*?)</form>").unwrap();
    let input = Regex::new("<input[^>]*>").unwrap();
    let controls = |inside: &str| {
        let named = input.find_iter(inside).filter_map(|tag| {
            Some((attribute(tag.as_str(), "name")?, attribute(tag.as_str(), "value").unwrap_or_default()))
        });
        named.collect()
    };
    whole.captures_iter(page).map(|found| (found[1].to_owned(), controls(&found[2]))).collect()
}

#[test]
fn search_forms_are_replaced() {
    let page = r#"<form action="/search" method="post" onsubmit="poison()" target="_top"><input type=hidden name=sid value=poison>
            <input name="p" value="red &amp; blue &quot;shoes&quot;" onfocus=poison()><input type=file name=poison>
            <button name=poison formaction="https://poison.example/">Go</button></form>
        <form action="https://poison.example/search"><input name=p><input type=password name=q></form>
        <form action="/poison"><input name=p></form>
        <input form=x name=poison formaction="https://poison.example">"#;
    let env = page_env_with(ChunkedPage::with_body(page), |config| {
        config.code("beta", r#"["first"]"#).with("code beta", "tags", r#"{ first = "QX2" }"#)
    });
    let text = env.search_page("q=shoes&code=beta&lang=fr&id=person-7-Kd93mZ2q", &[]).text();
    assert_complete(&text);
    assert!(!text.contains("poison") && !text.contains("person-7"), "{text}");
    let forms = forms(&text);
    let own =
        [("q", "shoes"), ("code", "beta"), ("lang", "fr")].map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(forms.len(), 3, "the form in the header, that of the partner, and the one after the results: {text}");
    for (tag, controls) in forms {
        assert!(tag.contains("action=\"/search\"") && !tag.contains("target"), "{tag}");
        assert_eq!(controls, own);
    }
    let query = "q=red+%26+blue&code=beta&lang=fr";
    assert_eq!(env.proxy.get(&format!("/search?{query}"), &[]).status, 200);
    let request = PartnerRequest::new(env.partner.requests().last().unwrap());
    assert_eq!(request.value("p").as_deref(), Some("red & blue"));
    assert_eq!((request.value("pc").as_deref(), request.value("lang").as_deref()), (Some("QX2"), Some("fr")));
}

#[test]
fn a_posted_search_gets_a_page_without_the_keyword_in_urls() {
    let env = page_env(ChunkedPage::with_body(sample_page()));
    let host = env.proxy.public.to_string();
    let answer =
        send_once(env.proxy.public, &form_bytes("/search", &host, &["Accept: text/html"], b"q=KANARIENVOGEL")).unwrap();
    assert_eq!(answer.status, 200);
    assert_complete(&answer.text());
    let shown = answer.text();
    assert!(
        forms(&shown).iter().all(|(tag, _)| tag.contains("method=\"post\"")),
        "further searches are posted, too: {shown}"
    );
    assert!(
        shown.contains("value=\"KANARIENVOGEL\"") && !shown.contains("q=KANARIENVOGEL"),
        "the keyword must not be in a URL: {shown}"
    );
}

#[test]
fn every_request_method_works_with_pages() {
    for method in ["GET", "POST", "POST-JSON"] {
        let env = page_env_with(ChunkedPage::with_body(sample_page()), |config| {
            config.with("partner first", "method", &format!("{method:?}"))
        });
        assert_eq!(click_links(&env.search_page("q=red+shoes", &[]).text()).len(), 2, "{method}");
        let request = PartnerRequest::new(&env.partner.requests()[0]);
        assert_eq!(request.header("accept"), Some("text/html"), "{method}");
        assert!(request.header("cookie").is_none() && request.header("referer").is_none());
    }
}

#[test]
fn clicks_count_for_the_partner_of_the_page() {
    let second = MockPartner::responding(ChunkedPage::with_body(link(SPONSORED, "Ad")).into_response());
    let env = page_env_with(ChunkedPage::with_body(sample_page()), |config| {
        html_partner(config.partner("second", &second.url()).code("other", r#"["second"]"#), "second", &second)
    });
    for query in ["q=x", "q=x&code=other"] {
        for path in click_links(&env.search_page(query, &[]).text()) {
            assert_eq!(env.proxy.get(&path, &[]).status, 303);
        }
    }
    let key = |partner: &str, code: &str, kind: &str| [partner, code, kind, "counted"].map(str::to_owned);
    let expected = [
        (key("first", "toolbar-main", "organic"), 1),
        (key("first", "toolbar-main", "sponsored"), 1),
        (key("second", "other", "sponsored"), 1),
    ];
    assert_eq!(env.proxy.clicks(), expected.into());
}
