//! Slow clients and partners: timeouts and concurrency limits, and that a request beyond a limit is rejected at once.

use std::time::{Duration, Instant};

use qsproxy_test_support::http_client::Client;
use qsproxy_test_support::mock_partner::MockResponse;
use qsproxy_test_support::test_env::{TestEnv, request_to, sample_results};
use qsproxy_test_support::{contains, wait_for};

/// Opens a connection and sends `bytes`. Returns what arrived until the proxy closed it, and how long that took.
fn until_closed(env: &TestEnv, bytes: &[u8]) -> (Vec<u8>, Duration) {
    let mut client = Client::connect(env.proxy.public).unwrap();
    client.write(bytes).unwrap();
    let start = Instant::now();
    let answer = client.read_to_end();
    (answer, start.elapsed())
}

#[test]
fn an_incomplete_head_times_out() {
    let env = TestEnv::with(|config| config.with("limits", "header_time", r#""700ms""#));
    for bytes in [b"GET /search?q=KANARIENVOGEL HTTP/1.1\r\nHost: ".as_slice(), b"G"] {
        let (answer, taken) = until_closed(&env, bytes);
        assert!(taken < Duration::from_secs(5), "{taken:?} for {bytes:?}");
        assert!(!contains(&answer, b"KANARIENVOGEL") && !answer.starts_with(b"HTTP/1.1 2"));
    }
}

#[test]
fn a_slowly_sent_head_times_out() {
    let env = TestEnv::with(|config| config.with("limits", "header_time", r#""700ms""#));
    let mut client = Client::connect(env.proxy.public).unwrap();
    let start = Instant::now();
    client.write(b"GET /search?q=x HTTP/1.1\r\nX-A: ").unwrap();
    wait_for("the proxy to close", || client.write(b"x").is_err().then_some(()));
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
}

#[test]
fn an_incomplete_body_times_out() {
    let env = TestEnv::with(|config| config.with("limits", "body_time", r#""700ms""#));
    let lines = ["Content-Type: application/x-www-form-urlencoded", "Content-Length: 100"];
    let mut bytes = request_to(&env.proxy, "POST", "/search", &lines);
    bytes.extend_from_slice(b"q=KANARIENVOGEL");
    let (answer, taken) = until_closed(&env, &bytes);
    assert!(taken < Duration::from_secs(5), "{taken:?}");
    assert!(!contains(&answer, b"KANARIENVOGEL") && !answer.starts_with(b"HTTP/1.1 2"));
    assert!(env.partner.requests().is_empty());
}

#[test]
fn an_idle_connection_is_closed() {
    let env = TestEnv::with(|config| config.with("limits", "idle_time", r#""700ms""#));
    let mut client = Client::connect(env.proxy.public).unwrap();
    let bytes = request_to(&env.proxy, "GET", "/search?q=x", &["Accept: application/json"]);
    assert_eq!(client.send(&bytes).unwrap().status, 200);
    assert_eq!(client.send(&bytes).unwrap().status, 200, "the connection was kept alive");
    let start = Instant::now();
    assert_eq!(client.read_to_end(), b"");
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
}

/// One search waits for the partner. The next one exceeds the limit and is rejected at once.
#[track_caller]
fn assert_second_search_is_rejected(limit: &str) {
    let env = TestEnv::with(|config| config.with("limits", limit, "1").with("partner first", "timeout", r#""10s""#));
    env.partner.respond_in_order(vec![
        MockResponse::Delayed(Duration::from_millis(1500), sample_results()),
        MockResponse::Json(sample_results()),
    ]);
    let bytes = request_to(&env.proxy, "GET", "/search?q=first", &["Accept: application/json"]);
    let mut slow = Client::connect(env.proxy.public).unwrap();
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| slow.send(&bytes).unwrap());
        wait_for("the partner to be asked", || (env.partner.requests().len() == 1).then_some(()));
        let start = Instant::now();
        let response = env.search("q=second", &[]);
        assert_eq!((response.status, response.problem().as_str()), (503, "overloaded"));
        assert!(start.elapsed() < Duration::from_millis(700), "rejected without queueing: {:?}", start.elapsed());
        assert_eq!(waiting.join().unwrap().status, 200, "the search in flight continues");
    });
    assert_eq!(env.search("q=third", &[]).status, 200, "the permit was returned");
    assert_eq!(env.partner.requests().len(), 2);
}

#[test]
fn limits_searches_in_flight() {
    assert_second_search_is_rejected("searches_in_flight");
}

#[test]
fn limits_partner_requests_in_flight() {
    assert_second_search_is_rejected("partner_requests_in_flight");
}

#[test]
fn limits_connections_and_accepts_new_ones_when_others_close() {
    let env = TestEnv::with(|config| config.with("limits", "connections", "4"));
    let bytes = request_to(&env.proxy, "GET", "/search?q=x", &["Accept: application/json"]);
    let mut held: Vec<Client> = (0..4).map(|_| Client::connect(env.proxy.public).unwrap()).collect();
    for client in &mut held {
        assert_eq!(client.send(&bytes).unwrap().status, 200);
    }
    let (answer, served) = std::thread::scope(|scope| {
        let fifth = scope.spawn(|| {
            let mut client = Client::connect(env.proxy.public)?;
            client.send(&bytes)
        });
        std::thread::sleep(Duration::from_millis(300));
        let served = env.partner.requests().len();
        held.clear();
        (fifth.join().unwrap(), served)
    });
    assert_eq!(served, 4, "no fifth search while four connections are open");
    assert!(
        answer.map_or(true, |answer| [200, 503].contains(&answer.status)),
        "rejected, or served once a connection was closed"
    );
    wait_for("a connection to be accepted", || {
        let mut client = Client::connect(env.proxy.public).ok()?;
        (client.send(&bytes).ok()?.status == 200).then_some(())
    });
}

#[test]
fn a_client_that_closes_its_sending_side_gets_the_response() {
    let env = TestEnv::new();
    let mut client = Client::connect(env.proxy.public).unwrap();
    client.write(&request_to(&env.proxy, "GET", "/search?q=x&format=json", &["Connection: close"])).unwrap();
    client.shutdown_write();
    let answer = client.read_to_end();
    assert!(answer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&answer));
}

#[test]
fn a_connection_beyond_the_limit_gets_a_problem_document() {
    let env = TestEnv::with(|config| config.with("limits", "connections", "1"));
    let mut first = Client::connect(env.proxy.public).unwrap();
    let search = request_to(&env.proxy, "GET", "/search?q=x&format=json", &[]);
    assert_eq!(first.send(&search).unwrap().status, 200);
    let mut second = Client::connect(env.proxy.public).unwrap();
    let answer = String::from_utf8(second.read_to_end()).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").expect("a response");
    assert!(head.starts_with("HTTP/1.1 503 ") && head.contains("application/problem+json"), "{head}");
    assert!(head.contains(&format!("content-length: {}", body.len())), "{head}");
    let body: serde_json::Value = serde_json::from_str(body).unwrap();
    assert_eq!((&body["code"], &body["status"]), (&"overloaded".into(), &503.into()));
    assert_eq!(first.send(&search).unwrap().status, 200, "the first connection still works");
}
