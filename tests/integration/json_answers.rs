//! JSON answers as partners send them: what one odd entry costs, and what is a failure.

use serde_json::Value;

use qsproxy_test_support::mock_partner::MockResponse;
use qsproxy_test_support::test_env::TestEnv;

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
