//! Partners that fail: the status and code a user gets, the hand-over to the next, and what is booked.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::support::client::{Client, Response};
use crate::support::config::Config;
use crate::support::partner::{Answer, Partner};
use crate::support::proxy::Proxy;
use crate::support::stage::{Stage, organic, request, results, sample};
use crate::support::{contains, wait_for};

/// Stands in the keyword and in what the partner says; neither comes back in an error.
const CANARY: &str = "KANARIENVOGEL";

fn raw(head: &str, body: &str) -> Answer {
    Answer::Raw(format!("HTTP/1.1 200 OK\r\n{head}\r\n\r\n{body}").into_bytes())
}

fn json(body: impl Into<String>) -> Answer {
    Answer::Json(body.into())
}

/// Each fault at a program of its own, since a partner that failed may be left alone for a while.
#[track_caller]
fn each_fails(faults: Vec<(&str, Answer)>, status: u16, code: &str) {
    for (name, fault) in faults {
        let stage = Stage::with(|config| config.with("partner first", "timeout", r#""700ms""#));
        stage.partner.set(fault);
        let start = Instant::now();
        let response = stage.search(&format!("q={CANARY}"), &[]);
        let taken = start.elapsed();
        assert_eq!((response.status, response.problem().as_str()), (status, code), "{name}");
        assert!(taken < Duration::from_secs(4), "{name}: {taken:?}");
        assert!(!contains(&response.raw, CANARY.as_bytes()), "{name}: {}", response.text());
        let key = ["first", "toolbar-main", "failed"].map(str::to_owned);
        wait_for("the failed search", || (stage.proxy.searches() == [(key.clone(), 1)].into()).then_some(()));
        let stderr = stage.proxy.stderr();
        assert!(!stderr.contains(CANARY) && !stderr.contains("panicked"), "{name}: {stderr}");
    }
}

#[test]
fn broken_connections_and_bodies_are_502() {
    each_fails(
        vec![
            ("closed at once", Answer::CloseAtOnce),
            ("truncated", Answer::TruncatedBody),
            ("no HTTP", Answer::Raw(format!("{CANARY}\r\n\r\n").into_bytes())),
            ("no such length", raw("Content-Type: application/json\r\nContent-Length: KANARIENVOGEL", "{}")),
            (
                "a broken chunk",
                raw("Content-Type: application/json\r\nTransfer-Encoding: chunked", "ZZ\r\n{}\r\n0\r\n\r\n"),
            ),
            ("an endless head", Answer::Raw([b"HTTP/1.1 200 OK\r\nX-A: ".as_slice(), &[b'x'; 2_000_000]].concat())),
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
    let status = |code| Answer::Status(code);
    each_fails(
        vec![
            ("500", status(500)),
            ("503", status(503)),
            ("429", status(429)),
            ("403", status(403)),
            ("404", status(404)),
            ("text/html", Answer::WrongContentType(sample())),
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
        ("more behind it", json(format!("{} KANARIENVOGEL", sample()))),
        ("a list at the top", json(format!("[{}]", sample()))),
        ("null", json("null")),
        ("an object for the list", json(r#"{"results":{"title":"KANARIENVOGEL"}}"#)),
        ("a string for the list", json(r#"{"results":"KANARIENVOGEL"}"#)),
        ("deep", json("[".repeat(200_000))),
        ("deep in an entry", json(format!(r#"{{"results":[{{"title":{}"#, "[".repeat(200_000)))),
        ("not UTF-8", Answer::Raw(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\r\n{\"results\":\"\xff\xfe\"}".to_vec())),
    ], 502, "partner_failed");
}

#[test]
fn silence_is_504() {
    each_fails(
        vec![
            ("says nothing", Answer::Hang),
            ("a head and no body", Answer::HangAfterHead),
            ("a byte now and then", Answer::Drip),
            ("late", Answer::Late(Duration::from_secs(2), sample())),
        ],
        504,
        "partner_timeout",
    );
}

#[test]
fn nobody_there_is_502() {
    let proxy = Proxy::start(&Config::at(&Partner::nobody()).text());
    let response = proxy.get(&format!("/search?q={CANARY}"), &["Accept: application/json"]);
    assert_eq!((response.status, response.problem().as_str()), (502, "partner_failed"));
    assert!(!contains(&response.raw, CANARY.as_bytes()));
    wait_for("the failed search", || (proxy.searches_as("failed") == 1).then_some(()));
}

#[test]
fn a_browser_gets_a_page_that_says_so() {
    let stage = Stage::answering(Answer::Status(500));
    let response = stage.page(&format!("q={CANARY}"), &[]);
    assert_eq!((response.status, response.media_type().as_str()), (502, "text/html"));
    assert!(!contains(&response.raw, CANARY.as_bytes()), "{}", response.text());
    assert_eq!(response.header("location"), None, "never redirected to a partner instead");
}

#[test]
fn a_redirect_is_not_followed() {
    let target = Partner::json(sample());
    let stage = Stage::answering(Answer::Redirect(target.url()));
    let response = stage.search("q=x", &[]);
    assert_eq!((response.status, response.problem().as_str()), (502, "partner_failed"));
    assert_eq!(response.header("location"), None);
    assert!(target.requests().is_empty(), "the keyword went to someone else");
}

#[test]
fn gzip_is_understood() {
    let stage = Stage::answering(Answer::Gzip(sample()));
    let response = stage.search("q=x", &[]);
    assert_eq!(response.status, 200);
    assert_eq!(response.header("content-encoding"), None);
    assert_eq!(response.json()["results"].as_array().unwrap().len(), 2);
}

/// The answer to a flood comes soon and costs little memory, and an honest partner is served afterwards.
#[track_caller]
fn flood(answer: Answer, sent_at_most: u64) {
    let stage = Stage::with(|config| config.with("partner first", "timeout", r#""8s""#));
    assert_eq!(stage.search("q=x", &[]).status, 200);
    let (before, sent) = (stage.proxy.peak_kib(), stage.partner.sent());
    stage.partner.set(answer);
    let start = Instant::now();
    let response = stage.search("q=x", &[]);
    assert_eq!((response.status, response.problem().as_str()), (502, "partner_failed"));
    assert!(start.elapsed() < Duration::from_secs(6), "refused at the limit: {:?}", start.elapsed());
    let grown = stage.proxy.peak_kib() - before;
    assert!(grown < 64 * 1024, "{grown} KiB for one answer");
    std::thread::sleep(Duration::from_millis(200)); // were it still reading, more would have gone by now
    let sent = stage.partner.sent() - sent;
    assert!(sent <= sent_at_most, "{sent} bytes were taken");
}

#[test]
fn a_gzip_bomb_is_refused_at_the_limit() {
    flood(Answer::GzipBomb, 2 << 20);
}

#[test]
fn a_gigabyte_is_refused_at_the_limit() {
    flood(Answer::Endless { announced: true }, 32 << 20);
}

#[test]
fn a_gigabyte_in_chunks_is_refused_at_the_limit() {
    flood(Answer::Endless { announced: false }, 32 << 20);
}

#[test]
fn an_answer_just_within_the_limit_is_served() {
    let filler = "x".repeat(1_900_000);
    let body =
        results(&[organic("One", "https://example.org/")]).replace("}]}", &format!("}}],\"filler\":\"{filler}\"}}"));
    let stage = Stage::answering(Answer::Json(body));
    assert_eq!(stage.search("q=x", &[]).status, 200);
}

/// A code that asks `first`, which does `fault`, and then `second`, which is well.
fn pair(fault: Answer, partners: &str) -> (Stage, Partner) {
    let second = Partner::json(results(&[organic("From the second", "https://second.example/")]));
    let stage = Stage::with(|config| {
        config
            .with("code toolbar-main", "partners", partners)
            .with("code toolbar-main", "tags", r#"{ first = "QX1", second = "ZZ9" }"#)
            .with("partner first", "timeout", r#""700ms""#)
            .partner("second", &second.url())
    });
    stage.partner.set(fault);
    (stage, second)
}

#[test]
fn the_next_partner_is_asked_and_booked() {
    for fault in [Answer::Status(500), Answer::CloseAtOnce, Answer::Hang, json("[]"), Answer::GzipBomb] {
        let (stage, second) = pair(fault, r#"["first", "second"]"#);
        let response = stage.search("q=x&id=person-7", &[]);
        assert_eq!(response.status, 200, "{}", response.text());
        assert_eq!(response.json()["partner"], "second");
        assert_eq!(response.json()["results"][0]["title"], "From the second");
        let asked = crate::support::stage::Asked::new(&second.requests()[0]);
        assert_eq!(asked.value("pc").as_deref(), Some("ZZ9"), "its own tag");
        let first = crate::support::stage::Asked::new(&stage.partner.requests()[0]);
        assert_ne!(asked.value("uid"), first.value("uid"), "its own pseudonym");
        let key = ["second", "toolbar-main", "answered"].map(str::to_owned);
        wait_for("one search, to the second", || (stage.proxy.searches() == [(key.clone(), 1)].into()).then_some(()));
    }
}

#[test]
fn the_second_is_left_alone_while_the_first_is_well() {
    let (stage, second) = pair(json(sample()), r#"["first", "second"]"#);
    for _ in 0..5 {
        assert_eq!(stage.search("q=x", &[]).json()["partner"], "first");
    }
    assert!(second.requests().is_empty());
}

#[test]
fn an_empty_answer_is_an_answer() {
    let (stage, second) = pair(json(results(&[])), r#"["first", "second"]"#);
    assert_eq!(stage.search("q=x", &[]).json()["partner"], "first");
    assert!(second.requests().is_empty());
}

#[test]
fn when_all_fail_the_search_failed_once() {
    let (stage, second) = pair(Answer::Status(500), r#"["first", "second"]"#);
    second.set(Answer::CloseAtOnce);
    let response = stage.search("q=x", &[]);
    assert_eq!((response.status, response.problem().as_str()), (502, "partner_failed"));
    wait_for("the failed search", || (stage.proxy.searches_as("failed") == 1).then_some(()));
    assert_eq!(stage.proxy.searches().values().sum::<i64>(), 1);
}

#[test]
fn weights_share_the_searches() {
    let (stage, second) = pair(json(sample()), "{ first = 3, second = 1 }");
    let proxy = &stage.proxy;
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(move || {
                let mut client = Client::connect(proxy.public).unwrap();
                for _ in 0..100 {
                    let bytes = request(proxy, "GET", "/search?q=x&format=json", &[]);
                    assert_eq!(client.send(&bytes).unwrap().status, 200);
                }
            });
        }
    });
    let (first, second) = (stage.partner.requests().len(), second.requests().len());
    assert_eq!(first + second, 400);
    assert!((240..=360).contains(&first), "300 ± 60, which chance leaves once in 10^11 runs: {first}");
}

#[test]
fn a_partner_without_weight_still_helps_out() {
    let (stage, second) = pair(Answer::Status(500), "{ first = 1000000, second = 1 }");
    let answers: Vec<Response> = (0..3).map(|_| stage.search("q=x", &[])).collect();
    assert!(answers.iter().all(|answer| answer.status == 200));
    assert_eq!(second.requests().len(), 3, "the one that chance passed over is asked next");
}

#[test]
fn a_partner_that_recovers_is_asked_again() {
    let stage = Stage::answering(Answer::CloseAtOnce);
    assert_eq!(stage.search("q=x", &[]).status, 502);
    stage.partner.set(json(sample()));
    wait_for("an answer", || (stage.search("q=x", &[]).status == 200).then_some(()));
    wait_for("both to be counted", || {
        let by_outcome: BTreeMap<String, i64> =
            stage.proxy.searches().into_iter().map(|(key, n)| (key[2].clone(), n)).collect();
        (by_outcome.get("with_ads") == Some(&1) && by_outcome.get("failed").is_some_and(|n| *n >= 1)).then_some(())
    });
}
