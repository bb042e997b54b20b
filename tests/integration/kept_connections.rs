//! A kept connection that the partner closes as it is used: the search goes out once more, over a new connection.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::time::{Duration, Instant};

use qsproxy_test_support::config::ConfigBuilder;
use qsproxy_test_support::mock_partner::MockResponse;
use qsproxy_test_support::proxy::Proxy;
use qsproxy_test_support::test_env::{TestEnv, sample_results};
use qsproxy_test_support::tls_partner::{Identity, TlsPartner};
use qsproxy_test_support::{wait_for, wait_up_to};

fn json() -> MockResponse {
    MockResponse::Json(sample_results())
}

fn raw(text: &str) -> MockResponse {
    MockResponse::Raw(text.as_bytes().to_vec())
}

/// An environment whose partner has answered one search and keeps its connection, and then sends these responses.
#[track_caller]
fn env_with_kept_connection(method: &str, responses: Vec<MockResponse>) -> TestEnv {
    let env = TestEnv::with(|config| {
        config.with("partner first", "method", &format!("{method:?}")).with("partner first", "timeout", r#""900ms""#)
    });
    env.partner.respond_in_order([vec![json()], responses].concat());
    assert_eq!(env.search("q=lisbon", &[]).status, 200);
    env
}

#[track_caller]
fn assert_searches(env: &TestEnv, expected: &[(&str, i64)]) {
    let mut expected: Vec<_> = expected.iter().map(|(outcome, n)| ((*outcome).to_owned(), *n)).collect();
    expected.sort_unstable();
    wait_for("the searches to be counted", || {
        let counted: Vec<_> = env.proxy.searches().into_iter().map(|(key, n)| (key[2].clone(), n)).collect();
        (counted == expected).then_some(())
    });
}

#[test]
fn a_request_goes_out_once_more_over_a_new_connection() {
    for method in ["GET", "POST", "POST-JSON"] {
        for (name, close) in [
            ("end", MockResponse::CloseImmediately),
            ("reset", MockResponse::Reset { after: Duration::ZERO }),
            ("late reset", MockResponse::Reset { after: Duration::from_millis(100) }),
            ("half a status line", raw("HTTP/1.1 20")),
            ("half a head", raw("HTTP/1.1 200 OK\r\nContent-Type: app")),
            ("a timeout", raw("HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")),
        ] {
            let env = env_with_kept_connection(method, vec![close, json()]);
            let response = env.search("q=lisbon&id=0123456789abcdefXYZ", &[]);
            assert_eq!(response.status, 200, "{method}, {name}: {}", response.text());
            let (requests, ports) = (env.partner.requests(), env.partner.source_ports());
            assert_eq!(requests.len(), 3, "{method}, {name}");
            assert_eq!(requests[1], requests[2], "{method}, {name}: the same bytes");
            assert_eq!(ports[0], ports[1], "{method}, {name}: the second search uses the kept connection");
            assert_ne!(ports[1], ports[2], "{method}, {name}: a new connection");
            assert_searches(&env, &[("with_ads", 2)]);
        }
    }
}

#[test]
fn a_repeated_request_is_one_request_in_metrics() {
    let env = env_with_kept_connection("GET", vec![MockResponse::CloseImmediately, json()]);
    assert_eq!(env.search("q=lisbon", &[]).status, 200);
    let metric = |outcome: &str, n: u64| {
        format!("qsproxy_partner_requests_total{{partner=\"first\",outcome=\"{outcome}\"}} {n}")
    };
    wait_up_to(Duration::from_secs(40), "the metric", || {
        env.proxy.admin_get("/metrics", &[]).text().contains(&metric("answered", 2)).then_some(())
    });
    let metrics = env.proxy.admin_get("/metrics", &[]).text();
    assert!(metrics.contains(&metric("failed", 0)), "{metrics}");
    assert!(metrics.contains("qsproxy_partner_failures_total{partner=\"first\",reason=\"connection_closed\"} 0"));
    assert!(metrics.contains("qsproxy_partner_duration_seconds_count{partner=\"first\"} 2"), "{metrics}");
}

#[test]
fn a_request_is_never_repeated_twice() {
    for close in [MockResponse::CloseImmediately, MockResponse::Reset { after: Duration::ZERO }] {
        let env = env_with_kept_connection("GET", vec![close]);
        assert_eq!(env.search("q=lisbon", &[]).status, 502);
        assert_eq!(env.partner.requests().len(), 3, "once on the kept connection, once on a new one");
        assert_searches(&env, &[("failed", 1), ("with_ads", 1)]);
        assert_eq!(env.search("q=lisbon", &[]).status, 502);
        assert_eq!(env.partner.requests().len(), 4, "no connection is kept now");
    }
}

#[test]
fn a_partner_that_is_down_is_not_asked_twice() {
    for close in [MockResponse::CloseImmediately, MockResponse::Reset { after: Duration::ZERO }] {
        let env = TestEnv::responding(close);
        for asked in 1..=3 {
            assert_eq!(env.search("q=lisbon", &[]).status, 502);
            assert_eq!(env.partner.requests().len(), asked);
        }
    }
}

#[test]
fn what_was_answered_is_not_repeated() {
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";
    for (name, answer, status) in [
        ("an error", MockResponse::Status(503), 502),
        ("half a body", MockResponse::TruncatedBody, 502),
        ("no body", raw(&format!("{head}Content-Length: 99\r\n\r\n")), 502),
        ("half a chunk", raw(&format!("{head}Transfer-Encoding: chunked\r\n\r\n99\r\n{{")), 502),
        ("not HTTP", raw("SSH-2.0-OpenSSH_9.2\r\n\r\n"), 502),
        ("an unusable answer", MockResponse::Json("[]".to_owned()), 502),
        ("nothing", MockResponse::Hang, 504),
    ] {
        let env = env_with_kept_connection("GET", vec![answer, json()]);
        assert_eq!(env.search("q=lisbon", &[]).status, status, "{name}");
        assert_eq!(env.partner.requests().len(), 2, "{name}");
    }
}

#[test]
fn both_attempts_share_one_deadline() {
    let late = MockResponse::Reset { after: Duration::from_millis(600) };
    let env = env_with_kept_connection("GET", vec![late, MockResponse::Hang]);
    let start = Instant::now();
    assert_eq!(env.search("q=lisbon", &[]).status, 504);
    assert!(start.elapsed() < Duration::from_millis(1_400), "{:?}", start.elapsed());
    assert_eq!(env.partner.requests().len(), 3);
}

#[test]
fn the_new_connection_is_no_kept_one() {
    let env = TestEnv::with(|config| config.with("partner first", "timeout", r#""3s""#));
    env.partner.respond_with(MockResponse::Delayed(Duration::from_millis(300), sample_results()));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| assert_eq!(env.search("q=lisbon", &[]).status, 200));
        }
    });
    env.partner.respond_in_order(vec![MockResponse::CloseImmediately, json()]);
    assert_eq!(env.search("q=lisbon", &[]).status, 200);
    let ports = env.partner.source_ports();
    assert_eq!(ports.len(), 6);
    assert!(ports[..4].contains(&ports[4]), "{ports:?}");
    assert!(!ports[..5].contains(&ports[5]), "{ports:?}");
}

#[test]
fn the_next_partner_is_asked_after_the_second_attempt() {
    let second = qsproxy_test_support::mock_partner::MockPartner::json(sample_results());
    let env = TestEnv::with(|config| {
        config.with("code toolbar-main", "partners", r#"["first", "second"]"#).partner("second", &second.url())
    });
    env.partner.respond_in_order(vec![json(), MockResponse::CloseImmediately]);
    assert_eq!(env.search("q=x", &[]).json()["partner"], "first");
    assert_eq!(env.search("q=x", &[]).json()["partner"], "second");
    assert_eq!((env.partner.requests().len(), second.requests().len()), (3, 1));
}

/// A server that answers the first request of each connection, and then sends `after` and closes the connection.
fn server_that_closes_when_idle(after: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/search", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            std::thread::spawn(move || {
                let mut bytes = [0; 4_096];
                let _ = stream.read(&mut bytes);
                let (body, head) = (sample_results(), "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n");
                let _ = write!(stream, "{head}Content-Length: {}\r\n\r\n{body}", body.len());
                std::thread::sleep(Duration::from_millis(30));
                let _ = stream.write_all(after.as_bytes());
            });
        }
    });
    url
}

#[test]
fn what_comes_on_an_idle_connection_is_nobodys_answer() {
    let crossing = [0, 10, 28, 29, 30, 31, 32, 60];
    for (after, pauses) in [
        ("", &crossing[..]),
        ("HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", &crossing),
        (
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 14\r\n\r\n{\"results\":[]}",
            &[60, 60, 60],
        ),
        ("garbage", &[60, 60, 60]),
    ] {
        let url = server_that_closes_when_idle(after);
        let proxy = Proxy::start(&ConfigBuilder::with_partner_url(&url).text());
        for pause in pauses {
            let response = proxy.get("/search?q=x&format=json", &[]);
            assert_eq!(response.status, 200, "{after:?}: {}", response.text());
            std::thread::sleep(Duration::from_millis(*pause));
        }
    }
}

/// A response to the first request and, in the same bytes, one to the next request, which was not sent.
#[test]
fn a_second_response_is_nobodys_answer() {
    let (body, head) = (sample_results(), "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n");
    let answer = format!("{head}Content-Length: {}\r\n\r\n{body}", body.len());
    let chunked = format!("{head}Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
    for answer in [answer, chunked] {
        let both = format!("{answer}{head}Content-Length: 14\r\n\r\n{{\"results\":[]}}");
        let env = TestEnv::responding(raw(&both));
        let partner = TlsPartner::responding(&Identity::issued(|_| {}), vec![both.into_bytes(); 9], false);
        let tls = partner.proxy("localhost");
        for _ in 0..3 {
            assert_eq!(env.search("q=x", &[]).json()["results"].as_array().unwrap().len(), 2);
            let found = tls.get("/search?q=x&format=json", &[]).json();
            assert_eq!(found["results"].as_array().unwrap().len(), 2, "over TLS");
        }
        assert_eq!(partner.sessions.lock().unwrap().len(), 3, "no connection is kept");
    }
}

/// A client that leaves at any moment of its search: it is counted once, with what its partner answered.
#[test]
fn a_search_counts_once_whenever_its_client_leaves() {
    let env = TestEnv::new();
    env.partner.respond_with(MockResponse::Delayed(Duration::from_millis(200), sample_results()));
    let request = format!("GET /search?q=x&format=json HTTP/1.1\r\nHost: {}\r\n\r\n", env.proxy.public);
    let delays = [20, 60, 100, 150, 180, 195, 200, 205, 210, 220, 250, 300];
    std::thread::scope(|scope| {
        for (number, delay) in delays.into_iter().enumerate() {
            let (request, address) = (&request, env.proxy.public);
            scope.spawn(move || {
                let mut stream = std::net::TcpStream::connect(address).unwrap();
                stream.write_all(request.as_bytes()).unwrap();
                std::thread::sleep(Duration::from_millis(delay));
                if number % 2 == 0 {
                    // The rest of what the client has sent is not read: its system resets the connection.
                    stream.write_all(&[b'x'; 64]).ok();
                }
            });
        }
    });
    assert_searches(&env, &[("with_ads", i64::try_from(delays.len()).unwrap())]);
    assert_eq!(env.partner.requests().len(), delays.len());
}
