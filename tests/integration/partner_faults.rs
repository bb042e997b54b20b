//! Partners that fail: the status and code a user gets, the hand-over to the next, and what is booked.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use qsproxy_test_support::config::ConfigBuilder;
use qsproxy_test_support::http_client::{Client, Response};
use qsproxy_test_support::mock_partner::{MockPartner, MockResponse};
use qsproxy_test_support::proxy::Proxy;
use qsproxy_test_support::test_env::{TestEnv, organic_entry, request_to, results_json, sample_results};
use qsproxy_test_support::{contains, wait_for};

/// Stands in the keyword and in what the partner says; neither comes back in an error.
const CANARY: &str = "KANARIENVOGEL";

fn raw(head: &str, body: &str) -> MockResponse {
    MockResponse::Raw(format!("HTTP/1.1 200 OK\r\n{head}\r\n\r\n{body}").into_bytes())
}

fn json(body: impl Into<String>) -> MockResponse {
    MockResponse::Json(body.into())
}

/// Each fault at a program of its own, since a partner that failed may be left alone for a while.
#[track_caller]
fn each_fails(faults: Vec<(&str, MockResponse)>, status: u16, code: &str) {
    for (name, fault) in faults {
        let env = TestEnv::with(|config| config.with("partner first", "timeout", r#""700ms""#));
        env.partner.respond_with(fault);
        let start = Instant::now();
        let response = env.search(&format!("q={CANARY}"), &[]);
        let taken = start.elapsed();
        assert_eq!((response.status, response.problem().as_str()), (status, code), "{name}");
        assert!(taken < Duration::from_secs(4), "{name}: {taken:?}");
        assert!(!contains(&response.raw, CANARY.as_bytes()), "{name}: {}", response.text());
        let key = ["first", "toolbar-main", "failed"].map(str::to_owned);
        wait_for("the failed search", || (env.proxy.searches() == [(key.clone(), 1)].into()).then_some(()));
        let stderr = env.proxy.stderr();
        assert!(!stderr.contains(CANARY) && !stderr.contains("panicked"), "{name}: {stderr}");
    }
}

#[test]
fn broken_connections_and_bodies_are_502() {
    each_fails(
        vec![
            ("closed at once", MockResponse::CloseImmediately),
            ("truncated", MockResponse::TruncatedBody),
            ("no HTTP", MockResponse::Raw(format!("{CANARY}\r\n\r\n").into_bytes())),
            ("no such length", raw("Content-Type: application/json\r\nContent-Length: KANARIENVOGEL", "{}")),
            (
                "a broken chunk",
                raw("Content-Type: application/json\r\nTransfer-Encoding: chunked", "ZZ\r\n{}\r\n0\r\n\r\n"),
            ),
            (
                "an endless head",
                MockResponse::Raw([b"HTTP/1.1 200 OK\r\nX-A: ".as_slice(), &[b'x'; 2_000_000]].concat()),
            ),
            (
                "gzip in name only",
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
fn wrong_statuses_and_types_are_502() {
    let status = |code| MockResponse::Status(code);
    each_fails(
        vec![
            ("500", status(500)),
            ("503", status(503)),
            ("429", status(429)),
            ("403", status(403)),
            ("404", status(404)),
            ("text/html", MockResponse::WrongContentType(sample_results())),
            ("no type", raw("Content-Length: 14", r#"{"results":[]}"#)),
        ],
        502,
        "partner_failed",
    );
}

#[test]
fn wrong_json_is_502() {
    each_fails(vec![
        ("empty", json("")),
        ("no JSON", json(CANARY)),
        ("cut", json(r#"{"results":[{"title":"KANARIENVOGEL"#)),
        ("more behind it", json(format!("{} KANARIENVOGEL", sample_results()))),
        ("a list at the top", json(format!("[{}]", sample_results()))),
        ("null", json("null")),
        ("an object for the list", json(r#"{"results":{"title":"KANARIENVOGEL"}}"#)),
        ("a string for the list", json(r#"{"results":"KANARIENVOGEL"}"#)),
        ("deep", json("[".repeat(200_000))),
        ("deep in an entry", json(format!(r#"{{"results":[{{"title":{}"#, "[".repeat(200_000)))),
        ("not UTF-8", MockResponse::Raw(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\r\n{\"results\":\"\xff\xfe\"}".to_vec())),
    ], 502, "partner_failed");
}

#[test]
fn silence_is_504() {
    each_fails(
        vec![
            ("says nothing", MockResponse::Hang),
            ("a head and no body", MockResponse::HangAfterHead),
            ("a byte now and then", MockResponse::SlowBytes),
            ("late", MockResponse::Delayed(Duration::from_secs(2), sample_results())),
        ],
        504,
        "partner_timeout",
    );
}

#[test]
fn nobody_there_is_502() {
    let proxy = Proxy::start(&ConfigBuilder::with_partner_url(&MockPartner::unreachable_url()).text());
    let response = proxy.get(&format!("/search?q={CANARY}"), &["Accept: application/json"]);
    assert_eq!((response.status, response.problem().as_str()), (502, "partner_failed"));
    assert!(!contains(&response.raw, CANARY.as_bytes()));
    wait_for("the failed search", || (proxy.searches_with_outcome("failed") == 1).then_some(()));
}

#[test]
fn a_browser_gets_a_page_that_says_so() {
    let env = TestEnv::responding(MockResponse::Status(500));
    let response = env.search_page(&format!("q={CANARY}"), &[]);
    assert_eq!((response.status, response.media_type().as_str()), (502, "text/html"));
    assert!(!contains(&response.raw, CANARY.as_bytes()), "{}", response.text());
    assert_eq!(response.header("location"), None, "never redirected to a partner instead");
}

#[test]
fn a_redirect_is_not_followed() {
    let target = MockPartner::json(sample_results());
    let env = TestEnv::responding(MockResponse::Redirect(target.url()));
    let response = env.search("q=x", &[]);
    assert_eq!((response.status, response.problem().as_str()), (502, "partner_failed"));
    assert_eq!(response.header("location"), None);
    assert!(target.requests().is_empty(), "the keyword went to someone else");
}

#[test]
fn gzip_is_understood() {
    let env = TestEnv::responding(MockResponse::Gzip(sample_results()));
    let response = env.search("q=x", &[]);
    assert_eq!(response.status, 200);
    assert_eq!(response.header("content-encoding"), None);
    assert_eq!(response.json()["results"].as_array().unwrap().len(), 2);
}

/// The answer to a flood comes soon and costs little memory, and an honest partner is served afterwards.
#[track_caller]
fn flood(answer: MockResponse, sent_at_most: u64) {
    let env = TestEnv::with(|config| config.with("partner first", "timeout", r#""8s""#));
    assert_eq!(env.search("q=x", &[]).status, 200);
    let (before, sent) = (env.proxy.peak_kib(), env.partner.bytes_sent());
    env.partner.respond_with(answer);
    let start = Instant::now();
    let response = env.search("q=x", &[]);
    assert_eq!((response.status, response.problem().as_str()), (502, "partner_failed"));
    assert!(start.elapsed() < Duration::from_secs(6), "refused at the limit: {:?}", start.elapsed());
    let grown = env.proxy.peak_kib() - before;
    assert!(grown < 64 * 1024, "{grown} KiB for one answer");
    std::thread::sleep(Duration::from_millis(200)); // were it still reading, more would have gone by now
    let sent = env.partner.bytes_sent() - sent;
    assert!(sent <= sent_at_most, "{sent} bytes were taken");
}

#[test]
fn a_gzip_bomb_is_refused_at_the_limit() {
    flood(MockResponse::GzipBomb, 2 << 20);
}

#[test]
fn a_gigabyte_is_refused_at_the_limit() {
    flood(MockResponse::Endless { announced: true }, 32 << 20);
}

#[test]
fn a_gigabyte_in_chunks_is_refused_at_the_limit() {
    flood(MockResponse::Endless { announced: false }, 32 << 20);
}

#[test]
fn an_answer_just_within_the_limit_is_served() {
    let filler = "x".repeat(1_900_000);
    let body = results_json(&[organic_entry("One", "https://example.org/")])
        .replace("}]}", &format!("}}],\"filler\":\"{filler}\"}}"));
    let env = TestEnv::responding(MockResponse::Json(body));
    assert_eq!(env.search("q=x", &[]).status, 200);
}

/// A code that asks `first`, which does `fault`, and then `second`, which is well.
fn pair(fault: MockResponse, partners: &str) -> (TestEnv, MockPartner) {
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
fn the_next_partner_is_asked_and_booked() {
    for fault in [
        MockResponse::Status(500),
        MockResponse::CloseImmediately,
        MockResponse::Hang,
        json("[]"),
        MockResponse::GzipBomb,
    ] {
        let (env, second) = pair(fault, r#"["first", "second"]"#);
        let response = env.search("q=x&id=person-7", &[]);
        assert_eq!(response.status, 200, "{}", response.text());
        assert_eq!(response.json()["partner"], "second");
        assert_eq!(response.json()["results"][0]["title"], "From the second");
        let asked = qsproxy_test_support::test_env::PartnerRequest::new(&second.requests()[0]);
        assert_eq!(asked.value("pc").as_deref(), Some("ZZ9"), "its own tag");
        let first = qsproxy_test_support::test_env::PartnerRequest::new(&env.partner.requests()[0]);
        assert_ne!(asked.value("uid"), first.value("uid"), "its own pseudonym");
        let key = ["second", "toolbar-main", "answered"].map(str::to_owned);
        wait_for("one search, to the second", || (env.proxy.searches() == [(key.clone(), 1)].into()).then_some(()));
    }
}

#[test]
fn the_second_is_left_alone_while_the_first_is_well() {
    let (env, second) = pair(json(sample_results()), r#"["first", "second"]"#);
    for _ in 0..5 {
        assert_eq!(env.search("q=x", &[]).json()["partner"], "first");
    }
    assert!(second.requests().is_empty());
}

#[test]
fn an_empty_answer_is_an_answer() {
    let (env, second) = pair(json(results_json(&[])), r#"["first", "second"]"#);
    assert_eq!(env.search("q=x", &[]).json()["partner"], "first");
    assert!(second.requests().is_empty());
}

#[test]
fn when_all_fail_the_search_failed_once() {
    let (env, second) = pair(MockResponse::Status(500), r#"["first", "second"]"#);
    second.respond_with(MockResponse::CloseImmediately);
    let response = env.search("q=x", &[]);
    assert_eq!((response.status, response.problem().as_str()), (502, "partner_failed"));
    wait_for("the failed search", || (env.proxy.searches_with_outcome("failed") == 1).then_some(()));
    assert_eq!(env.proxy.searches().values().sum::<i64>(), 1);
}

#[test]
fn weights_share_the_searches() {
    let (env, second) = pair(json(sample_results()), "{ first = 3, second = 1 }");
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
    assert!((240..=360).contains(&first), "300 ± 60, which chance leaves once in 10^11 runs: {first}");
}

#[test]
fn a_partner_without_weight_still_helps_out() {
    let (env, second) = pair(MockResponse::Status(500), "{ first = 1000000, second = 1 }");
    let answers: Vec<Response> = (0..3).map(|_| env.search("q=x", &[])).collect();
    assert!(answers.iter().all(|answer| answer.status == 200));
    assert_eq!(second.requests().len(), 3, "the one that chance passed over is asked next");
}

#[test]
fn a_partner_that_recovers_is_asked_again() {
    let env = TestEnv::responding(MockResponse::CloseImmediately);
    assert_eq!(env.search("q=x", &[]).status, 502);
    env.partner.respond_with(json(sample_results()));
    wait_for("an answer", || (env.search("q=x", &[]).status == 200).then_some(()));
    wait_for("both to be counted", || {
        let by_outcome: BTreeMap<String, i64> =
            env.proxy.searches().into_iter().map(|(key, n)| (key[2].clone(), n)).collect();
        (by_outcome.get("with_ads") == Some(&1) && by_outcome.get("failed").is_some_and(|n| *n >= 1)).then_some(())
    });
}
