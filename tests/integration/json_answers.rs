//! JSON answers as partners send them: what one odd entry costs, and what is a failure.

use regex::Regex;
use serde_json::{Value, json};

use qsproxy_test_support::mock_partner::{MockPartner, MockResponse};
use qsproxy_test_support::test_env::{ORGANIC, TestEnv, organic_entry, results_json};
use qsproxy_test_support::wait_for;

const GOOD: &str = r#"{"title":"A","url":"https://a.example/1"}"#;

/// A proxy whose links are direct, with these keys of its partner's `results` in addition.
fn env_with(results: &str) -> TestEnv {
    TestEnv::with(|config| {
        config.with("partner first", "links", r#""direct""#).with("partner first", "results", results)
    })
}

fn env() -> TestEnv {
    env_with(r#"{ list = "/results", title = "/title", url = "/url", snippet = "/snippet", sponsored = "/ad" }"#)
}

#[track_caller]
fn results(env: &TestEnv, body: &str) -> Vec<Value> {
    env.partner.respond_with(MockResponse::Json(body.to_owned()));
    let response = env.search("q=x", &[]);
    assert_eq!(response.status, 200, "{body}: {}", response.text());
    response.json()["results"].as_array().unwrap().clone()
}

#[test]
fn an_odd_entry_costs_that_entry() {
    let env = env();
    for odd in [
        "null",
        "\"https://a.example/\"",
        "[]",
        "7",
        "{}",
        "NaN",
        r#"{"title":"x","url":null}"#,
        r#"{"title":"x\ud83d"}"#,
    ] {
        for body in [format!("{odd},{GOOD}"), format!("{GOOD},{odd}")] {
            let found = results(&env, &format!("{{\"results\":[{body}]}}"));
            assert_eq!(found.iter().map(|result| &result["title"]).collect::<Vec<_>>(), ["A"], "{odd}");
        }
    }
    let cut = format!(r#"{{"results":[{GOOD},{{"title":"cut \ud83d","url":"https://a.example/2"}}]}}"#);
    assert_eq!(results(&env, &cut).len(), 2);
    let metrics = env.proxy.admin_get("/metrics", &[]).text();
    for (outcome, n) in [("shown", 18), ("unreadable", 10), ("no_url", 6), ("invalid_url", 0), ("over_limit", 0)] {
        let series = format!("qsproxy_answer_entries_total{{partner=\"first\",outcome=\"{outcome}\"}} {n}\n");
        assert!(metrics.contains(&series), "{series}: {metrics}");
    }
}

#[test]
fn every_result_has_words_and_a_target() {
    let env = env();
    for (entry, title, url) in [
        (r#"{"title":"","url":"https://a.example/1"}"#, "a.example/1", "https://a.example/1"),
        (r#"{"url":"https://a.example/1"}"#, "a.example/1", "https://a.example/1"),
        (r#"{"title":1984,"url":"https://a.example/1"}"#, "1984", "https://a.example/1"),
        (
            r#"{"title":"AT&amp;T &#x27;x&#x27; <strong>rust</strong>","url":"https://a.example/1"}"#,
            "AT&T 'x' rust",
            "https://a.example/1",
        ),
        (r#"{"title":"std::vector<int>","url":"https://a.example/1"}"#, "std::vector<int>", "https://a.example/1"),
        (r#"{"title":"A","url":"//a.example/1"}"#, "A", "https://a.example/1"),
        (r#"{"title":"A","url":"https://www.google.com/url?q=https%3A%2F%2Fb.example%2F"}"#, "A", "https://b.example/"),
        (r#"{"title":"A","url":"https://b.example/?utm_source=x"}"#, "A", "https://b.example/"),
        (r#"{"title":"A","ad":1,"url":"https://b.example/?utm_source=x"}"#, "A", "https://b.example/?utm_source=x"),
    ] {
        let found = results(&env, &format!("{{\"results\":[{entry}]}}"));
        assert_eq!((found.len(), &found[0]["title"], &found[0]["url"]), (1, &title.into(), &url.into()), "{entry}");
    }
    env.partner.respond_with(MockResponse::Json(format!(
        r#"{{"results":[{{"title":"<b>blue</b> <img src=x> &lt;script>","url":"https://a.example/"}},{GOOD}]}}"#
    )));
    let page = env.search_page("q=x", &[]).text();
    assert!(page.contains("<b>blue</b> &lt;img src=x&gt; &lt;script&gt;"), "{page}");
}

#[test]
fn a_list_that_is_null_is_absent() {
    let mapping = |without| {
        env_with(&format!(r#"{{ list = "/web/results", title = "/title", url = "/url", without_list = "{without}" }}"#))
    };
    let (optional, required) = (mapping("empty"), mapping("failure"));
    for body in ["{}", r#"{"web":null}"#, r#"{"web":{"results":null}}"#, r#"{"web":[]}"#] {
        assert_eq!(results(&optional, body).len(), 0, "{body}");
        required.partner.respond_with(MockResponse::Json(body.to_owned()));
        assert_eq!(required.search("q=x", &[]).status, 502, "{body}");
    }
}

#[test]
fn entries_without_a_result_are_a_failure() {
    let env = env();
    for body in [
        r#"{"results":[null]}"#,
        r#"{"results":[{"title":"A","link":"https://a.example/1"}]}"#,
        r#"{"results":[{"title":"A","url":"javascript:alert(1)"}]}"#,
        r#"{"results":{"error":"quota"}}"#,
        r#"{"results":[{"title":"cut"#,
        "<html>Sorry</html>",
    ] {
        env.partner.respond_with(MockResponse::Json(body.to_owned()));
        let response = env.search("q=x", &[]);
        assert_eq!((response.status, response.problem().as_str()), (502, "partner_failed"), "{body}");
    }
    assert_eq!(results(&env, r#"{"results":[]}"#).len(), 0);
    let metrics = env.proxy.admin_get("/metrics", &[]).text();
    assert!(metrics.contains("qsproxy_partner_failures_total{partner=\"first\",reason=\"shape\"} 6\n"), "{metrics}");
    assert!(metrics.contains("qsproxy_partner_up{partner=\"first\"} 0\n"), "{metrics}");
    let series = "qsproxy_answer_fields_total{partner=\"first\",field=\"url\",found=\"false\"} 3\n";
    assert!(metrics.contains(series), "{metrics}");
}

/// Waits until the searches with these outcomes are as many as this.
#[track_caller]
fn wait_for_searches(env: &TestEnv, expected: &[(&str, i64)]) {
    wait_for("every search to be counted", || {
        expected.iter().all(|(outcome, n)| env.proxy.searches_with_outcome(outcome) == *n).then_some(())
    });
}

#[test]
fn a_partner_that_renames_a_field_is_passed_over_and_reported() {
    for renamed in ["title", "url"] {
        let second = MockPartner::json(results_json(&[organic_entry("From the second", ORGANIC)]));
        let env = TestEnv::with(|config| {
            let config = config.with("code toolbar-main", "partners", r#"["first", "second"]"#);
            config.partner("second", &second.url()).with("partner first", "links", "\"direct\"")
        });
        let answer = results_json(&[organic_entry("From the first", ORGANIC)]).replace(renamed, "renamed");
        env.partner.respond_with(MockResponse::Json(answer));
        for _ in 0..25 {
            let shown = env.search("q=KANARIENVOGEL", &[]).json();
            let result = (&shown["partner"], &shown["results"][0]["title"]);
            assert_eq!(result, (&json!("second"), &json!("From the second")), "{renamed}");
        }
        let series = |name: &str| env.proxy.metric(&format!("qsproxy_{name}"));
        assert_eq!(series("partner_up{partner=\"first\"}"), 0);
        let shape = series("partner_failures_total{partner=\"first\",reason=\"shape\"}");
        assert_eq!(shape, 25, "{renamed}");
        let missing = format!("answer_fields_total{{partner=\"first\",field={renamed:?},found=\"false\"}}");
        assert_eq!(series(&missing), 25);
        let lost = format!("event=pointer_lost partner=first field={renamed}\n");
        env.proxy.wait_for_event(&lost);
        assert_eq!(env.proxy.stderr().matches(&lost).count(), 1, "{}", env.proxy.stderr());
        let down = "event=partner_down partner=first failure=shape\n";
        env.proxy.wait_for_event(down);
        assert_eq!(env.proxy.stderr().matches(down).count(), 1);
        // The first partner is asked again, and its answers count at once.
        env.partner.respond_with(MockResponse::Json(results_json(&[organic_entry("Back", ORGANIC)])));
        assert_eq!(env.search("q=x", &[]).json()["partner"], "first");
        assert_eq!(
            series("answer_fields_total{partner=\"first\",field=\"url\",found=\"true\"}"),
            1 + 25 * i64::from(renamed != "url")
        );
        wait_for_searches(&env, &[("answered", 26), ("failed", 0), ("empty", 0)]);
    }
}

#[test]
fn several_lists_are_one_page() {
    let env = TestEnv::with(|config| {
        config.with("partner first", "links", r#""direct""#).with(
            "partner first",
            "results",
            r#"[{ list = "/ads", title = "/headline", url = "/link", sponsored = true },
                { list = ["/web/hits", "/more"], title = "/name", url = "/url", sponsored = "/type", sponsored_values = ["ad"] }]"#,
        )
    });
    let ads = r#""ads":[{"headline":"1","link":"https://ads.example/?gclid=1"}]"#;
    let web = r#""web":{"hits":[{"name":"2","url":"https://a.example/?gclid=1","type":"page"},{"name":"3","url":"b.example/","type":"AD"}]}"#;
    let more = r#""more":{"x":{"name":"4","url":"//c.example/"}}"#;
    let kinds = |body: &str| -> Vec<String> {
        let row =
            |result: &Value| format!("{}{}", result["title"].as_str().unwrap(), &result["kind"].as_str().unwrap()[..1]);
        results(&env, body).iter().map(row).collect()
    };
    // In the order of the configuration, whatever the order in the answer.
    assert_eq!(kinds(&format!("{{{more},{web},{ads}}}")), ["1s", "2o", "3s", "4o"]);
    assert_eq!(kinds(&format!("{{{web}}}")), ["2o", "3s"]);
    assert_eq!(kinds(&format!("{{\"ads\":null,{more}}}")), ["4o"]);
    assert_eq!(kinds(r#"{"ads":[],"web":{"hits":[]}}"#), [""; 0]);
    let urls: Vec<Value> =
        results(&env, &format!("{{{web},{ads}}}")).iter().map(|result| result["url"].clone()).collect();
    assert_eq!(
        urls,
        ["https://ads.example/?gclid=1", "https://a.example/", "https://b.example/"],
        "only organic ones lose parameters"
    );
    env.partner.respond_with(MockResponse::Json("{}".to_owned()));
    assert_eq!(env.search("q=x", &[]).status, 502, "no list at all");
    wait_for_searches(&env, &[("with_ads", 3), ("answered", 1), ("empty", 1), ("failed", 1)]);
}

#[test]
fn damage_costs_what_is_damaged() {
    let env = env_with(r#"{ list = "", title = "/title", url = "/url", snippet = "/snippet" }"#);
    let good = |n: u32| format!(r#"{{"title":"{n}","url":"https://a.example/{n}"}}"#);
    let lines = format!("{}\n\n{{\"title\":\"cut\n[]\r\n{}\n", good(1), good(2));
    let sequence = format!("\u{1e}{}\n\u{1e}{}\n", good(1), good(2));
    let by_key = format!("{{\"a\":{},\"b\":null,\"c\":{}}}", good(1), good(2));
    let deep = format!(
        "[{{\"title\":{}7{},\"url\":\"https://a.example/3\"}},{},{}]",
        "[".repeat(60),
        "]".repeat(60),
        good(1),
        good(2)
    );
    for body in [lines, sequence, by_key, deep, format!("\u{feff}[{},{},]", good(1), good(2))] {
        let found = results(&env, &body);
        let titles: Vec<&str> = found.iter().map(|result| result["title"].as_str().unwrap()).collect();
        assert!(titles.ends_with(&["1", "2"]), "{body}: {titles:?}");
    }
    // Bytes that are not UTF-8, and halves of surrogate pairs, in texts and in keys.
    let damaged: [&[u8]; 3] = [
        b"[{\"title\":\"caf\xe9 x\",\"url\":\"https://a.example/1\",\"snippet\":\"\xff\xfe\"}]",
        br#"[{"title":"\ud83d half","url":"https://a.example/1","\ude00":1}]"#,
        b"[{\"title\":\"a\x01b\tc\",\"url\":\"https://a.example/1\",\"\xc3\":\"\"}]",
    ];
    for body in damaged {
        let head =
            format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n", body.len());
        env.partner.respond_with(MockResponse::Raw([head.as_bytes(), body].concat()));
        let response = env.search("q=x", &[]);
        let shown = response.json();
        assert_eq!((response.status, &shown["results"][0]["url"]), (200, &json!("https://a.example/1")), "{body:?}");
        let title = shown["results"][0]["title"].as_str().unwrap();
        assert!(!title.is_empty() && !title.contains(|c: char| c.is_control()), "{title:?}");
    }
    // An address that was damaged leads elsewhere, so it is none.
    env.partner.respond_with(MockResponse::Json(r#"[{"title":"A","url":"https://a.example/\ud83d"}]"#.to_owned()));
    assert_eq!(env.search("q=x", &[]).status, 502);
    for (open, close) in [("[", "]"), ("{\"url\":", "}")] {
        env.partner.respond_with(MockResponse::Json(format!("{}1{}", open.repeat(100_000), close.repeat(100_000))));
        assert_eq!(env.search("q=x", &[]).status, 502, "deep nesting");
    }
    assert!(!env.proxy.stderr().contains("event=panicked"), "{}", env.proxy.stderr());
}

/// The list of results of a page.
fn result_list(page: &str) -> &str {
    page.split("<ol").nth(1).unwrap().split("</ol>").next().unwrap()
}

/// Tags in the list of results of a page, without the attributes of links.
fn tags(page: &str) -> Vec<String> {
    let list = result_list(page);
    let tags = Regex::new(r"<(/?[^\s>]*)").unwrap();
    tags.captures_iter(list).map(|found| found[1].to_owned()).collect()
}

#[test]
fn no_text_of_a_partner_becomes_markup() {
    let hostile = [
        "<script>alert(1)</script>",
        "<b onclick=alert(1)>x</b>",
        "<b><img src=x onerror=alert(1)></b>",
        "<mark><script>alert(1)</mark>",
        "&lt;script&gt;alert(1)&lt;/script&gt;",
        "&amp;lt;script&amp;gt;",
        "<b>&lt;b&gt;&lt;img src=x&gt;</b>",
        "</a></h2></li></ol><form action=//evil.example><button>",
        "<em><a href=javascript:alert(1)>x</em>",
        "<b><b><b>x",
        "</b></b>x<b>",
        "<!--<b>--><svg onload=alert(1)>",
        "<strong\u{0}>x</strong>&#0;&#x3c;script>",
        "\u{e000}x\u{e001}<\u{feff}script>",
        "<em title='\"><script>alert(1)</script>'>x</em>",
        "<<b>script>alert(1)<</b>/script>",
    ];
    let allowed =
        ["li", "/li", "h2", "/h2", "h3", "/h3", "a", "/a", "b", "/b", "p", "/p", "bdi", "/bdi", "span", "/span", "/ol"];
    for format in [None, Some("\"html\""), Some("\"plain\"")] {
        let env = TestEnv::with(|config| match format {
            Some(format) => config.with("partner first", "text", format),
            None => config,
        });
        for text in hostile {
            let entry = json!({"title": text, "url": "https://a.example/\"><script>", "snippet": text, "ad": text});
            env.partner.respond_with(MockResponse::Json(json!({ "results": [entry] }).to_string()));
            let page = env.search_page("q=x", &[]).text();
            let tags = tags(&page);
            assert!(tags.iter().all(|tag| allowed.contains(&tag.as_str())), "{format:?} {text}: {tags:?}");
            let count = |tag: &str| tags.iter().filter(|found| *found == tag).count();
            assert_eq!((count("b"), count("li"), count("a")), (count("/b"), 1, 1), "{format:?} {text}: {tags:?}");
            let has_attributes =
                result_list(&page).split("<b").skip(1).any(|rest| rest.starts_with(char::is_whitespace));
            assert!(!has_attributes, "{format:?} {text}: {page}");
            // Highlights by private-use characters are known in plain text, too.
            let may_highlight = format != Some("\"plain\"") || text.contains('\u{e000}');
            assert!(may_highlight || count("b") == 0, "{text}: highlights of a plain text");
        }
        let shown =
            results(&env, r#"{"results":[{"title":"<b>blue</b> &amp; <em>red</em>","url":"https://a.example/"}]}"#);
        let expected = if format == Some("\"plain\"") { "<b>blue</b> &amp; <em>red</em>" } else { "blue & red" };
        assert_eq!(shown[0]["title"], expected, "JSON has no markup: {format:?}");
    }
}

#[test]
fn an_error_with_status_200_is_a_failure_where_the_partner_says_so() {
    let second = MockPartner::json(results_json(&[organic_entry("From the second", ORGANIC)]));
    let env = TestEnv::with(|config| {
        let config = config.with("code toolbar-main", "partners", r#"["first", "second"]"#);
        let results = r#"{ list = "/results", title = "/title", url = "/url", without_list = "empty" }"#;
        let config = config.with("partner first", "failure_if", r#"["/unresponsive_engines", "/error/code"]"#);
        config.with("partner first", "results", results).partner("second", &second.url())
    });
    for body in [
        r#"{"results":[],"unresponsive_engines":[["google","CAPTCHA"]]}"#,
        r#"{"unresponsive_engines":["google"],"results":null}"#,
        r#"{"error":{"code":429,"message":"KANARIENVOGEL"}}"#,
        r#"{"error":{"code":"quota \ud83d"}}"#,
        r#"{"results":[],"error":[{"code":0},{"code":7}]}"#,
    ] {
        env.partner.respond_with(MockResponse::Json(body.to_owned()));
        assert_eq!(env.search("q=x", &[]).json()["partner"], "second", "{body}");
    }
    let reported = "qsproxy_partner_failures_total{partner=\"first\",reason=\"reported\"}";
    assert_eq!(env.proxy.metric(reported), 5);
    env.proxy.wait_for_event("event=partner_down partner=first failure=reported\n");
    for (body, count) in [
        (r#"{"results":[],"unresponsive_engines":[]}"#.to_owned(), 0),
        (r#"{"results":[],"unresponsive_engines":null,"error":{"code":0}}"#.to_owned(), 0),
        (r#"{"error":{}}"#.to_owned(), 0),
        (format!(r#"{{"results":[{GOOD}],"unresponsive_engines":[["bing","timeout"]]}}"#), 1),
        (format!(r#"{{"error":{{"code":7}},"results":[null,{GOOD}]}}"#), 1),
    ] {
        env.partner.respond_with(MockResponse::Json(body.clone()));
        let shown = env.search("q=x", &[]).json();
        assert_eq!(shown["partner"], "first", "{body}");
        assert_eq!(shown["results"].as_array().unwrap().len(), count, "{body}");
    }
    assert_eq!(env.proxy.metric(reported), 5);
    wait_for_searches(&env, &[("answered", 7), ("empty", 3), ("failed", 0)]);
    // What says that nothing was found is read in a damaged answer, too.
    let env = TestEnv::with(|config| config.with("partner first", "empty_if", r#"{ at = "/status", is = "NONE" }"#));
    assert_eq!(results(&env, r#"{"status":"NONE","q":"\ud83d"}"#).len(), 0);
    env.partner.respond_with(MockResponse::Json(r#"{"status":"ERROR","q":"\ud83d"}"#.to_owned()));
    assert_eq!(env.search("q=x", &[]).status, 502);
}

#[test]
fn json_lines_are_results() {
    let env = env_with(r#"{ list = "", title = "/title", url = "/url" }"#);
    let lines = format!("{GOOD}\n\n{{\"title\":\"cut\n{}\r\n", GOOD.replace("A", "B"));
    let found = results(&env, &lines);
    assert_eq!(found.iter().map(|result| &result["title"]).collect::<Vec<_>>(), ["A", "B"]);
}
