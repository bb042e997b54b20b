//! Failing partners: the status and problem code, failover to the next partner, and how the search is counted.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use qsproxy_test_support::config::ConfigBuilder;
use qsproxy_test_support::http_client::{Client, Response};
use qsproxy_test_support::mock_partner::{MockPartner, MockResponse};
use qsproxy_test_support::proxy::Proxy;
use qsproxy_test_support::test_env::{TestEnv, organic_entry, request_to, results_json, sample_results};
use qsproxy_test_support::{contains, wait_for};

/// Part of the keyword and of partner responses. Errors must contain neither.
const CANARY: &str = "KANARIENVOGEL";

fn raw(head: &str, body: &str) -> MockResponse {
    MockResponse::Raw(format!("HTTP/1.1 200 OK\r\n{head}\r\n\r\n{body}").into_bytes())
}

fn json(body: impl Into<String>) -> MockResponse {
    MockResponse::Json(body.into())
}

/// Tests each fault with a proxy of its own, because a failed partner may not be asked again for a while.
#[track_caller]
fn assert_each_fails(faults: Vec<(&str, MockResponse)>, status: u16, code: &str) {
    for (name, fault) in faults {
        let env = TestEnv::with(|config| config.with("partner first", "timeout", r#""700ms""#));
        env.partner.respond_with(fault);
        let start = Instant::now();
        let response = env.search(&format!("q={CANARY}"), &[]);
        let elapsed = start.elapsed();
        assert_eq!((response.status, response.problem().as_str()), (status, code), "{name}");
        assert!(elapsed < Duration::from_secs(4), "{name}: {elapsed:?}");
        assert!(!contains(&response.raw, CANARY.as_bytes()), "{name}: {}", response.text());
        let key = ["first", "toolbar-main", "failed"].map(str::to_owned);
        wait_for("the failed search", || (env.proxy.searches() == [(key.clone(), 1)].into()).then_some(()));
        let stderr = env.proxy.stderr();
        assert!(!stderr.contains(CANARY) && !stderr.contains("panicked"), "{name}: {stderr}");
    }
}

#[test]
fn broken_connections_and_bodies_give_502() {
    assert_each_fails(
        vec![
            ("closed at once", MockResponse::CloseImmediately),
            ("truncated", MockResponse::TruncatedBody),
            ("not HTTP", MockResponse::Raw(format!("{CANARY}\r\n\r\n").into_bytes())),
            ("invalid length", raw("Content-Type: application/json\r\nContent-Length: KANARIENVOGEL", "{}")),
            (
                "an invalid chunk",
                raw("Content-Type: application/json\r\nTransfer-Encoding: chunked", "ZZ\r\n{}\r\n0\r\n\r\n"),
            ),
            (
                "an endless head",
                MockResponse::Raw([b"HTTP/1.1 200 OK\r\nX-A: ".as_slice(), &[b'x'; 2_000_000]].concat()),
            ),
            (
                "gzip by its header only",
                raw(
                    "Content-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: 14",
                    r#"{"results":[]}"#,
                ),
            ),
        ],
        502,
        "partner_failed",
    );
}

#[test]
fn wrong_statuses_and_media_types_give_502() {
    let status = |code| MockResponse::Status(code);
    assert_each_fails(
        vec![
            ("500", status(500)),
            ("503", status(503)),
            ("429", status(429)),
            ("403", status(403)),
            ("404", status(404)),
            ("text/html", MockResponse::WrongContentType(sample_results())),
            ("a page", raw("Content-Type: text/html; charset=utf-8\r\nContent-Length: 14", r#"{"results":[]}"#)),
        ],
        502,
        "partner_failed",
    );
}

#[test]
fn invalid_json_gives_502() {
    assert_each_fails(vec![
        ("empty", json("")),
        ("not JSON", json(CANARY)),
        ("truncated", json(r#"{"results":[{"title":"KANARIENVOGEL"#)),
        ("trailing data", json(format!("{} KANARIENVOGEL", sample_results()))),
        ("a text at the top", json(r#""KANARIENVOGEL""#)),
        ("an array of another structure at the top", json(r#"[[{"results":"KANARIENVOGEL"}]]"#)),
        ("null", json("null")),
        ("an object instead of the list", json(r#"{"results":{"title":"KANARIENVOGEL"}}"#)),
        ("a string instead of the list", json(r#"{"results":"KANARIENVOGEL"}"#)),
        ("deeply nested", json("[".repeat(200_000))),
        ("deeply nested entry", json(format!(r#"{{"results":[{{"title":{}"#, "[".repeat(200_000)))),
        ("not UTF-8", MockResponse::Raw(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\r\n{\"results\":\"\xff\xfe\"}".to_vec())),
    ], 502, "partner_failed");
}

#[test]
fn timeouts_give_504() {
    assert_each_fails(
        vec![
            ("no response", MockResponse::Hang),
            ("headers without a body", MockResponse::HangAfterHead),
            ("slow bytes", MockResponse::SlowBytes),
            ("late", MockResponse::Delayed(Duration::from_secs(2), sample_results())),
        ],
        504,
        "partner_timeout",
    );
}

#[test]
fn an_unreachable_partner_gives_502() {
    let proxy = Proxy::start(&ConfigBuilder::with_partner_url(&MockPartner::unreachable_url()).text());
    let response = proxy.get(&format!("/search?q={CANARY}"), &["Accept: application/json"]);
    assert_eq!((response.status, response.problem().as_str()), (502, "partner_failed"));
    assert!(!contains(&response.raw, CANARY.as_bytes()));
    wait_for("the failed search", || (proxy.searches_with_outcome("failed") == 1).then_some(()));
}

#[test]
fn a_browser_gets_an_error_page() {
    let env = TestEnv::responding(MockResponse::Status(500));
    let program = env.search_page(&format!("q={CANARY}"), &[]);
    assert_eq!((program.status, program.media_type().as_str()), (502, "text/html"));
    assert!(!contains(&program.raw, CANARY.as_bytes()), "{}", program.text());
    let response = env.search_page(&format!("q={CANARY}"), &["Sec-Fetch-Dest: document"]);
    assert_eq!((response.status, response.media_type().as_str()), (502, "text/html"));
    // In a window, the search box and the button that tries again have the keyword, and nothing else has it.
    let page = response.text();
    let kept = page.matches(&format!("name=\"q\" value=\"{CANARY}\"")).count();
    assert_eq!((kept, page.matches(CANARY).count()), (2, 2), "{page}");
    let head = response.raw.windows(4).position(|bytes| bytes == b"\r\n\r\n").unwrap();
    assert!(!contains(&response.raw[..head], CANARY.as_bytes()), "no header has it");
    assert_eq!(response.header("location"), None, "a browser must never be redirected to a partner");
}

#[test]
fn a_redirect_is_not_followed() {
    let target = MockPartner::json(sample_results());
    let env = TestEnv::responding(MockResponse::Redirect(target.url()));
    let response = env.search("q=x", &[]);
    assert_eq!((response.status, response.problem().as_str()), (502, "partner_failed"));
    assert_eq!(response.header("location"), None);
    assert!(target.requests().is_empty(), "the keyword was sent to another server");
}

#[test]
fn gzip_is_decoded() {
    let env = TestEnv::responding(MockResponse::Gzip(sample_results()));
    let response = env.search("q=x", &[]);
    assert_eq!(response.status, 200);
    assert_eq!(response.header("content-encoding"), None);
    assert_eq!(response.json()["results"].as_array().unwrap().len(), 2);
}

/// Asserts that an oversized response is rejected early and with little memory.
#[track_caller]
fn assert_rejected_at_limit(answer: MockResponse, max_sent: u64) {
    let env = TestEnv::with(|config| config.with("partner first", "timeout", r#""8s""#));
    assert_eq!(env.search("q=x", &[]).status, 200);
    let (before, sent) = (env.proxy.peak_kib(), env.partner.bytes_sent());
    env.partner.respond_with(answer);
    let start = Instant::now();
    let response = env.search("q=x", &[]);
    assert_eq!((response.status, response.problem().as_str()), (502, "partner_failed"));
    assert!(start.elapsed() < Duration::from_secs(6), "rejected at the limit: {:?}", start.elapsed());
    let grown = env.proxy.peak_kib() - before;
    assert!(grown < 64 * 1024, "{grown} KiB for one response");
    std::thread::sleep(Duration::from_millis(200)); // if the proxy still read, more would have been sent by now
    let sent = env.partner.bytes_sent() - sent;
    assert!(sent <= max_sent, "{sent} bytes were read");
}

#[test]
fn a_gzip_bomb_is_rejected_at_the_limit() {
    assert_rejected_at_limit(MockResponse::GzipBomb, 2 << 20);
}

#[test]
fn a_gigabyte_is_rejected_at_the_limit() {
    assert_rejected_at_limit(MockResponse::Endless { announced: true }, 32 << 20);
}

#[test]
fn a_chunked_gigabyte_is_rejected_at_the_limit() {
    assert_rejected_at_limit(MockResponse::Endless { announced: false }, 32 << 20);
}

#[test]
fn a_response_just_within_the_limit_is_accepted() {
    let filler = "x".repeat(1_900_000);
    let body = results_json(&[organic_entry("One", "https://example.org/")])
        .replace("}]}", &format!("}}],\"filler\":\"{filler}\"}}"));
    let env = TestEnv::responding(MockResponse::Json(body));
    assert_eq!(env.search("q=x", &[]).status, 200);
}

/// An environment whose code asks `first`, which responds with `fault`, and then `second`, which works.
fn failover_env(fault: MockResponse, partners: &str) -> (TestEnv, MockPartner) {
    let second = MockPartner::json(results_json(&[organic_entry("From the second", "https://second.example/")]));
    let env = TestEnv::with(|config| {
        config
            .with("code toolbar-main", "partners", partners)
            .with("code toolbar-main", "tags", r#"{ first = "QX1", second = "ZZ9" }"#)
            .with("partner first", "timeout", r#""700ms""#)
            .partner("second", &second.url())
    });
    env.partner.respond_with(fault);
    (env, second)
}

#[test]
fn the_next_partner_is_asked_and_counted() {
    for fault in [
        MockResponse::Status(500),
        MockResponse::CloseImmediately,
        MockResponse::Hang,
        json("[]"),
        MockResponse::GzipBomb,
    ] {
        let (env, second) = failover_env(fault, r#"["first", "second"]"#);
        let response = env.search("q=x&id=person-7-Kd93mZ2q", &[]);
        assert_eq!(response.status, 200, "{}", response.text());
        assert_eq!(response.json()["partner"], "second");
        assert_eq!(response.json()["results"][0]["title"], "From the second");
        let asked = qsproxy_test_support::test_env::PartnerRequest::new(&second.requests()[0]);
        assert_eq!(asked.value("pc").as_deref(), Some("ZZ9"), "its own tag");
        let first = qsproxy_test_support::test_env::PartnerRequest::new(&env.partner.requests()[0]);
        assert_ne!(asked.value("uid"), first.value("uid"), "its own pseudonym");
        let key = ["second", "toolbar-main", "answered"].map(str::to_owned);
        wait_for("one search for the second partner", || {
            (env.proxy.searches() == [(key.clone(), 1)].into()).then_some(())
        });
    }
}

#[test]
fn the_second_partner_is_not_asked_while_the_first_works() {
    let (env, second) = failover_env(json(sample_results()), r#"["first", "second"]"#);
    for _ in 0..5 {
        assert_eq!(env.search("q=x", &[]).json()["partner"], "first");
    }
    assert!(second.requests().is_empty());
}

#[test]
fn an_empty_list_does_not_fail_over() {
    let (env, second) = failover_env(json(results_json(&[])), r#"["first", "second"]"#);
    assert_eq!(env.search("q=x", &[]).json()["partner"], "first");
    assert!(second.requests().is_empty());
}

#[test]
fn a_search_that_fails_at_all_partners_counts_once() {
    let (env, second) = failover_env(MockResponse::Status(500), r#"["first", "second"]"#);
    second.respond_with(MockResponse::CloseImmediately);
    let response = env.search("q=x", &[]);
    assert_eq!((response.status, response.problem().as_str()), (502, "partner_failed"));
    wait_for("the failed search", || (env.proxy.searches_with_outcome("failed") == 1).then_some(()));
    assert_eq!(env.proxy.searches().values().sum::<i64>(), 1);
}

#[test]
fn weights_distribute_the_searches() {
    let (env, second) = failover_env(json(sample_results()), "{ first = 3, second = 1 }");
    let proxy = &env.proxy;
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(move || {
                let mut client = Client::connect(proxy.public).unwrap();
                for _ in 0..100 {
                    let bytes = request_to(proxy, "GET", "/search?q=x&format=json", &[]);
                    assert_eq!(client.send(&bytes).unwrap().status, 200);
                }
            });
        }
    });
    let (first, second) = (env.partner.requests().len(), second.requests().len());
    assert_eq!(first + second, 400);
    assert!((240..=360).contains(&first), "300 ± 60, exceeded once in 10^11 runs: {first}");
}

#[test]
fn a_partner_with_little_weight_is_asked_after_a_failure() {
    let (env, second) = failover_env(MockResponse::Status(500), "{ first = 1000000, second = 1 }");
    let answers: Vec<Response> = (0..3).map(|_| env.search("q=x", &[])).collect();
    assert!(answers.iter().all(|answer| answer.status == 200));
    assert_eq!(second.requests().len(), 3, "the partner that was not drawn is asked next");
}

#[test]
fn a_recovered_partner_is_asked_again() {
    let env = TestEnv::responding(MockResponse::CloseImmediately);
    assert_eq!(env.search("q=x", &[]).status, 502);
    env.partner.respond_with(json(sample_results()));
    wait_for("an answer", || (env.search("q=x", &[]).status == 200).then_some(()));
    wait_for("both searches to be counted", || {
        let by_outcome: BTreeMap<String, i64> =
            env.proxy.searches().into_iter().map(|(key, n)| (key[2].clone(), n)).collect();
        (by_outcome.get("with_ads") == Some(&1) && by_outcome.get("failed").is_some_and(|n| *n >= 1)).then_some(())
    });
}
