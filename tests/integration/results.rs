//! Results for the user, as JSON and as a page.

use std::time::Duration;

use regex::Regex;
use serde_json::json;

use qsproxy_test_support::http_client::{Response, form_bytes, send_once};
use qsproxy_test_support::mock_partner::{MockPartner, MockResponse};
use qsproxy_test_support::test_env::{
    ORGANIC, PartnerRequest, SPONSORED, TestEnv, click_path_of, organic_entry, results_json, sponsored_entry,
};
use qsproxy_test_support::visit_stamp::without_image;
use qsproxy_test_support::{contains, wait_for};

/// Every `<a …>` start tag of a page.
fn anchors(page: &str) -> Vec<String> {
    Regex::new(r"<a\s[^>]*>").unwrap().find_iter(page).map(|found| found.as_str().to_owned()).collect()
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let found = Regex::new(&format!(r#"\s{name}="([^"]*)""#)).unwrap().captures(tag)?;
    Some(found[1].replace("&amp;", "&"))
}

#[track_caller]
fn target_of(env: &TestEnv, url: &str) -> String {
    let answer = env.proxy.get(&click_path_of(url), &[]);
    assert_eq!(answer.status, 303);
    answer.header("location").expect("a location").to_owned()
}

#[test]
fn json_results_have_the_documented_fields() {
    let env = TestEnv::new();
    let response = env.search("q=lisbon", &[]);
    assert_eq!((response.status, response.media_type().as_str()), (200, "application/json"));
    let body = response.json();
    assert_eq!(body["partner"], "first");
    let list = body["results"].as_array().unwrap();
    assert_eq!(list.len(), 2);
    let mut keys: Vec<&String> = list[0].as_object().unwrap().keys().collect();
    keys.sort();
    assert_eq!(keys, ["display_url", "kind", "snippet", "title", "url"]);
    assert_eq!((&list[0]["title"], &list[0]["kind"]), (&json!("Lisbon"), &json!("organic")));
    assert_eq!((&list[1]["title"], &list[1]["kind"]), (&json!("Flights to Lisbon"), &json!("sponsored")));
    assert_eq!(list[0]["snippet"], "A snippet.");
    let shown = list[0]["display_url"].as_str().unwrap();
    assert!(shown.contains("example.org"), "{shown}");
    assert_eq!(target_of(&env, list[0]["url"].as_str().unwrap()), ORGANIC);
    assert_eq!(target_of(&env, list[1]["url"].as_str().unwrap()), SPONSORED);
}

#[test]
fn json_is_returned_on_request_and_a_page_otherwise() {
    let env = TestEnv::new();
    assert_eq!(env.proxy.get("/search?q=x&format=json", &[]).media_type(), "application/json");
    assert_eq!(env.proxy.get("/search?q=x", &["Accept: application/json"]).media_type(), "application/json");
    let browser = "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
    assert_eq!(env.proxy.get("/search?q=x", &[browser]).media_type(), "text/html");
    assert_eq!(env.proxy.get("/search?q=x", &[]).media_type(), "text/html");
    let host = env.proxy.public.to_string();
    let posted = send_once(env.proxy.public, &form_bytes("/search", &host, &[browser], b"q=x")).unwrap();
    assert_eq!((posted.status, posted.media_type().as_str()), (200, "text/html"));
}

#[test]
fn the_page_shows_every_result_with_a_click_link() {
    let env = TestEnv::new();
    let response = env.search_page("q=lisbon", &[]);
    assert_eq!(response.status, 200);
    let page = response.text();
    assert!(page.contains("Flights to Lisbon") && page.contains("A snippet."), "{page}");
    let links: Vec<String> = anchors(&page).iter().filter_map(|tag| attribute(tag, "href")).collect();
    let clicks: Vec<&String> = links.iter().filter(|link| link.contains("/click/")).collect();
    let mut targets: Vec<String> = clicks.iter().map(|link| target_of(&env, link)).collect();
    targets.sort();
    targets.dedup();
    assert_eq!(targets, [SPONSORED, ORGANIC]);
    assert!(!links.iter().any(|link| link.contains("example.org/lisbon")), "a link that bypasses counting: {links:?}");
}

#[test]
fn the_page_has_no_script_and_no_external_resource() {
    let env = TestEnv::new();
    let page = without_image(&env.search_page("q=lisbon", &[]).text()).to_ascii_lowercase();
    for absent in ["<script", "<iframe", "<object", "<img", "javascript:", " onload=", " onclick=", " ping=", "@import"]
    {
        assert!(!page.contains(absent), "{absent}");
    }
    let sources = Regex::new(r#"(?:src|srcset|action|formaction)="([^"]*)""#).unwrap();
    for found in sources.captures_iter(&page) {
        assert!(found[1].starts_with('/') && !found[1].starts_with("//"), "{}", &found[0]);
    }
    assert!(page.contains(r#"name="viewport""#), "mobile viewport");
}

#[test]
fn hostile_text_is_escaped() {
    let hostile = r#"</title><script>alert(1)</script><img src=x onerror="alert(2)"> "quoted" 'single' &amp; &"#;
    let env = TestEnv::with(|config| config.with("partner first", "text", "\"plain\""));
    env.partner.respond_with(MockResponse::Json(json!({"results": [
        {"title": hostile, "url": "https://example.org/?a=\"><script>alert(3)</script>", "snippet": hostile, "ad": false},
    ]}).to_string()));
    let page = without_image(&env.search_page("q=%3Cscript%3Ealert(4)%3C/script%3E%22%20autofocus", &[]).text());
    assert!(!page.contains("<script") && !page.contains("<img"), "{page}");
    assert!(page.contains("&lt;script&gt;alert(1)"), "shown as text: {page}");
    assert!(!Regex::new(r#"value="[^"]*<"#).unwrap().is_match(&page), "{page}");
    let body = env.search("q=x", &[]).json();
    assert_eq!(body["results"][0]["title"], hostile, "no HTML escapes in JSON");
}

#[test]
fn tracking_parameters_are_removed_from_organic_targets_only() {
    let env = TestEnv::with(|config| config.with("partner first", "links", r#""direct""#));
    let cases = [
        ("https://example.org/?utm_source=a&utm_medium=b&utm_campaign=c", "https://example.org/"),
        ("https://example.org/a?gclid=1&page=2&fbclid=3&msclkid=4#part", "https://example.org/a?page=2#part"),
        ("https://example.org/a?page=2&q=utm_source", "https://example.org/a?page=2&q=utm_source"),
        ("https://example.org/a?b=%20c&d=e+f&g", "https://example.org/a?b=%20c&d=e+f&g"),
    ];
    for (given, expected) in cases {
        env.partner.respond_with(MockResponse::Json(results_json(&[
            organic_entry("Organic", given),
            sponsored_entry("Sponsored", given),
        ])));
        let list = env.search("q=x", &[]).json()["results"].clone();
        assert_eq!(list[0]["url"], expected, "organic: {given}");
        assert_eq!(list[1]["url"], given, "sponsored: the partner bills by it");
    }
}

#[test]
fn direct_links_lead_to_the_target_without_referrer() {
    let env = TestEnv::with(|config| config.with("partner first", "links", r#""direct""#));
    let list = env.search("q=lisbon", &[]).json()["results"].clone();
    assert_eq!((&list[0]["url"], &list[1]["url"]), (&json!(ORGANIC), &json!(SPONSORED)));
    let page = env.search_page("q=lisbon", &[]).text();
    assert!(!page.contains("/click/"), "{page}");
    for target in [ORGANIC, SPONSORED] {
        let tags: Vec<String> =
            anchors(&page).into_iter().filter(|tag| attribute(tag, "href").as_deref() == Some(target)).collect();
        assert!(!tags.is_empty(), "{target} is not linked: {page}");
        for tag in tags {
            let rel = attribute(&tag, "rel").unwrap_or_default();
            assert!(rel.contains("noreferrer") && rel.contains("noopener"), "{tag}");
        }
    }
}

#[test]
fn results_without_a_web_url_are_dropped() {
    let env = TestEnv::new();
    env.partner.respond_with(MockResponse::Json(results_json(&[
        organic_entry("Bad one", "javascript:alert(1)"),
        organic_entry("Bad two", " JaVaScRiPt:alert(1)"),
        sponsored_entry("Bad three", "data:text/html,<script>alert(1)</script>"),
        organic_entry("Bad four", "file:///etc/passwd"),
        organic_entry("Bad five", "//"),
        organic_entry("Bad six", "java\nscript:alert(1)"),
        organic_entry("Bad seven", ""),
        organic_entry("Good", "https://example.org/good"),
    ])));
    let body = env.search("q=x", &[]).json();
    let titles: Vec<&str> =
        body["results"].as_array().unwrap().iter().map(|one| one["title"].as_str().unwrap()).collect();
    assert_eq!(titles, ["Good"]);
    let page = env.search_page("q=x", &[]).text().to_ascii_lowercase();
    assert!(!page.contains("javascript:") && !page.contains("data:text") && !page.contains("bad one"), "{page}");
}

#[test]
fn missing_or_null_fields_are_accepted() {
    let env = TestEnv::new();
    env.partner.respond_with(MockResponse::Json(
        r#"{"results":[{"title":"No snippet","url":"https://example.org/1"},{"title":"Null","url":"https://example.org/2","snippet":null,"ad":null}]}"#.to_owned(),
    ));
    let body = env.search("q=x", &[]).json();
    assert_eq!(body["results"].as_array().unwrap().len(), 2, "{body}");
    assert_eq!(body["results"][1]["kind"], "organic");
}

#[test]
fn no_header_of_the_partner_is_forwarded() {
    const POISON: [&str; 13] = [
        "Set-Cookie: poison=1; Path=/",
        "ETag: \"poison\"",
        "Last-Modified: Mon, 01 Jan 2001 00:00:00 GMT",
        "Alt-Svc: h3=\":443\"",
        "NEL: {\"report_to\":\"poison\"}",
        "Report-To: {\"group\":\"poison\"}",
        "Server-Timing: poison;dur=1",
        "Link: <https://poison.example/>; rel=preconnect",
        "Refresh: 0; url=https://poison.example/",
        "Accept-CH: Sec-CH-UA-Model",
        "Clear-Site-Data: \"*\"",
        "Server: poison",
        "X-Poison: poison",
    ];
    let env = TestEnv::new();
    let names_and_status = |response: &Response| {
        let names: Vec<String> = response.headers.iter().map(|(name, _)| name.to_ascii_lowercase()).collect();
        (names, response.status)
    };
    let before = [names_and_status(&env.search("q=x", &[])), names_and_status(&env.search_page("q=x", &[]))];
    env.partner
        .respond_with(MockResponse::WithHeaders(POISON.to_vec(), qsproxy_test_support::test_env::sample_results()));
    let (json, page) = (env.search("q=x", &[]), env.search_page("q=x", &[]));
    assert_eq!([names_and_status(&json), names_and_status(&page)], before, "the same headers as before");
    for response in [json, page] {
        assert!(!contains(&response.raw, b"poison"), "{}", String::from_utf8_lossy(&response.raw));
    }
}

#[test]
fn searches_are_counted_by_their_results() {
    let env = TestEnv::new();
    let answers = [
        results_json(&[organic_entry("One", "https://example.org/")]),
        results_json(&[]),
        results_json(&[organic_entry("One", "https://example.org/"), sponsored_entry("Two", "https://ads.example/")]),
        // Nothing understood is not nothing found.
        results_json(&[organic_entry("Nothing usable", "javascript:alert(1)")]),
    ];
    for (body, status) in answers.into_iter().zip([200, 200, 200, 502]) {
        env.partner.respond_with(MockResponse::Json(body));
        assert_eq!(env.search("q=x", &[]).status, status);
    }
    wait_for("one answered, one empty, one with ads, one failed", || {
        let outcomes = ["answered", "empty", "with_ads", "failed"];
        let counts = outcomes.map(|outcome| env.proxy.searches_with_outcome(outcome));
        (counts == [1, 1, 1, 1]).then_some(())
    });
    assert_eq!(env.proxy.searches().values().sum::<i64>(), 4);
}

#[test]
fn a_client_that_disconnects_early_does_not_affect_others() {
    let env = TestEnv::new();
    env.partner.respond_in_order(vec![
        MockResponse::Delayed(Duration::from_millis(600), qsproxy_test_support::test_env::sample_results()),
        MockResponse::Json(qsproxy_test_support::test_env::sample_results()),
    ]);
    let bytes =
        qsproxy_test_support::test_env::request_to(&env.proxy, "GET", "/search?q=x", &["Accept: application/json"]);
    let mut client = qsproxy_test_support::http_client::Client::connect(env.proxy.public).unwrap();
    client.write(&bytes).unwrap();
    wait_for("the partner to be asked", || (env.partner.requests().len() == 1).then_some(()));
    drop(client);
    assert_eq!(env.search("q=y", &[]).status, 200);
    wait_for("the search that was answered to be counted", || {
        (env.proxy.searches_with_outcome("with_ads") >= 1).then_some(())
    });
}

#[test]
fn text_survives_gzip_and_nested_pointers() {
    let env = TestEnv::with(|config| {
        let pointers =
            r#"{ list = "/web/results", title = "/t", url = "/meta/url", snippet = "/d", sponsored = "/ad" }"#;
        config.with("partner first", "results", pointers)
    });
    let body = json!({"web": {"results": [
        {"t": "東京 – Größe", "meta": {"url": "https://example.org/東京"}, "d": "مرحبا", "ad": true},
    ]}});
    env.partner.respond_with(MockResponse::Gzip(body.to_string()));
    let list = env.search("q=x", &[]).json()["results"].clone();
    assert_eq!((&list[0]["title"], &list[0]["snippet"]), (&json!("東京 – Größe"), &json!("مرحبا")));
    assert_eq!(list[0]["kind"], "sponsored");
    let location = target_of(&env, list[0]["url"].as_str().unwrap());
    assert!(location == "https://example.org/%E6%9D%B1%E4%BA%AC", "Location must be ASCII: {location}");
}

#[test]
fn json_names_the_partner_that_answered() {
    let other = MockPartner::json(results_json(&[organic_entry("Other", "https://other.example/")]));
    let env = TestEnv::with(|config| config.partner("second", &other.url()).code("other-code", r#"["second"]"#));
    assert_eq!(env.search("q=x", &[]).json()["partner"], "first");
    assert_eq!(env.search("q=x&code=other-code", &[]).json()["partner"], "second");
    wait_for("both searches to be counted", || {
        let key = ["second", "other-code", "answered"].map(str::to_owned);
        (env.proxy.searches().get(&key) == Some(&1) && env.proxy.searches_with_outcome("with_ads") == 1).then_some(())
    });
}

/// The text of the panel of a page, in English.
fn sent_panel(page: &str) -> String {
    let panel = page.split_once("<details class=\"sent\">").expect("a panel").1.split_once("</details>").unwrap().0;
    Regex::new("<[^>]*>").unwrap().replace_all(panel, " ").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The panel names partners that got a request and no others, and what a header tells, too.
#[test]
fn the_panel_says_who_received_what() {
    let failing = MockPartner::responding(MockResponse::Status(500));
    let env = TestEnv::with(|config| {
        let config = config.with("code toolbar-main", "partners", r#"["refusing", "failing", "first"]"#);
        let config = config.partner("refusing", "http://127.0.0.1:1/").partner("failing", &failing.url());
        let config = config.with("partner first", "user_agent", r#""by-browser""#).with(
            "partner first",
            "send",
            r#"{ keyword = "q" }"#,
        );
        config.with("partner first", "display_name", r#""First & Co""#)
    });
    let agent = "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
    let panel = sent_panel(&env.search_page("q=lisbon&id=person-7-Kd93mZ2q", &[agent]).text());
    assert!(panel.contains("First &amp; Co received") && panel.contains("q=lisbon"), "{panel}");
    assert!(panel.contains("User-Agent=firefox") && !panel.contains("person-7"), "{panel}");
    assert!(panel.contains("we asked failing") && !panel.contains("refusing"), "{panel}");
    let sent = PartnerRequest::new(env.partner.requests().last().unwrap());
    assert!(sent.value("q").as_deref() == Some("lisbon") && sent.value("lang").is_none());
}
