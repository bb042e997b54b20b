//! Invalid requests: their status, problem code and page, and that no response repeats what was sent.

use qsproxy_test_support::http_client::{Response, form_bytes, percent_encode, request_bytes, send_once};
use qsproxy_test_support::test_env::TestEnv;
use qsproxy_test_support::{contains, wait_for};

/// Part of every request below. It must not occur in any response.
const CANARY: &str = "KANARIENVOGEL";

/// An invalid request: what is invalid, the request, and the expected status and problem code.
struct Case {
    name: &'static str,
    bytes: Vec<u8>,
    status: u16,
    code: &'static str,
}

fn case(name: &'static str, bytes: Vec<u8>, status: u16, code: &'static str) -> Case {
    Case { name, bytes, status, code }
}

/// Inserts header lines after the request line.
fn insert(bytes: &[u8], lines: &str) -> Vec<u8> {
    let at = bytes.windows(2).position(|window| window == b"\r\n").unwrap() + 2;
    [&bytes[..at], lines.as_bytes(), &bytes[at..]].concat()
}

#[track_caller]
fn assert_no_canary(name: &str, response: &Response) {
    let lower = response.raw.to_ascii_lowercase();
    assert!(
        !contains(&lower, CANARY.to_ascii_lowercase().as_bytes()),
        "{name}: {}",
        String::from_utf8_lossy(&response.raw)
    );
}

/// Sends each request twice, as a program and as a browser. Then checks that a valid search still works.
#[track_caller]
fn assert_rejected(env: &TestEnv, cases: &[Case]) {
    for Case { name, bytes, status, code } in cases {
        let ask = |lines: &str| {
            send_once(env.proxy.public, &insert(bytes, lines))
                .unwrap_or_else(|error| panic!("{name}: no response: {error}"))
        };
        let response = ask("");
        assert_eq!(response.status, *status, "{name}: {}", response.text());
        assert_eq!(response.problem(), *code, "{name}");
        assert_eq!(response.header("location"), None, "{name}");
        assert_no_canary(name, &response);
        let problem = response.json();
        let [title, detail] =
            ["title", "detail"].map(|member| problem[member].as_str().unwrap().replace('\'', "&#39;"));
        let page = ask("Accept: text/html\r\n");
        assert_eq!((page.status, page.media_type().as_str()), (*status, "text/html"), "{name}");
        let text = page.text();
        assert!(text.contains(&format!("<code>{code}</code>")) && text.contains(&detail), "{name}: {text}");
        let heading = text.split_once("<h1>").unwrap().1.split_once("</h1>").unwrap().0;
        assert!(!heading.is_empty() && heading != title, "{name}: the heading is words, not the phrase of the status");
        assert_no_canary(name, &page);
    }
    assert!(env.partner.requests().is_empty(), "an invalid request reached the partner");
    assert_eq!(env.search("q=lisbon", &[]).status, 200);
    let stderr = env.proxy.stderr();
    assert!(!stderr.contains(CANARY) && !stderr.contains("panicked"), "{stderr}");
    assert_eq!(env.proxy.stdout(), "");
}

#[test]
fn rejects_invalid_keywords() {
    let env = TestEnv::new();
    let host = env.proxy.public.to_string();
    let get = |target: &str| request_bytes("GET", target, &host, &[]);
    let post = |body: &[u8]| form_bytes("/search", &host, &[], body);
    let broken = |kind: &str| get(&format!("/search?q={kind}{CANARY}"));
    assert_rejected(
        &env,
        &[
            case("missing", get(&format!("/search?x={CANARY}")), 400, "keyword_missing"),
            case("no query at all", get("/search"), 400, "keyword_missing"),
            case("empty", get(&format!("/search?q=&x={CANARY}")), 400, "keyword_missing"),
            case("without a value", get(&format!("/search?q&x={CANARY}")), 400, "keyword_missing"),
            case("white space", get(&format!("/search?q=%20+%09%C2%A0&x={CANARY}")), 400, "keyword_missing"),
            case(
                "nothing visible",
                get(&format!("/search?q={}&x={CANARY}", percent_encode("\u{200b}\u{0}\u{ad}\u{e0041}"))),
                400,
                "keyword_missing",
            ),
            case("posted and missing", post(format!("x={CANARY}").as_bytes()), 400, "keyword_missing"),
            case("posted and empty", post(b""), 400, "keyword_missing"),
            case(
                "in the URL of a POST only",
                form_bytes(&format!("/search?q={CANARY}"), &host, &[], b"x=1"),
                400,
                "keyword_missing",
            ),
            case("not UTF-8", broken("%FF%FE"), 400, "bad_encoding"),
            case("Latin-1", get(&format!("/search?q=Gr%F6%DFe+{CANARY}")), 400, "bad_encoding"),
            case("overlong UTF-8", broken("%C0%AF"), 400, "bad_encoding"),
            case("a surrogate", broken("%ED%A0%80"), 400, "bad_encoding"),
            case("cut UTF-8", get(&format!("/search?q={CANARY}%E2%82")), 400, "bad_encoding"),
            case("posted, not UTF-8", post(&[b"q=", CANARY.as_bytes(), b"\xff\xfe"].concat()), 400, "bad_encoding"),
            case("a per cent sign before bytes that are not UTF-8", broken("%ZZ%E9"), 400, "bad_encoding"),
            case("posted, the same", post(format!("q=%G1{CANARY}%C3").as_bytes()), 400, "bad_encoding"),
        ],
    );
}

#[test]
fn rejects_an_id_that_is_too_long() {
    let env = TestEnv::new();
    let host = env.proxy.public.to_string();
    let long = format!("{CANARY}{}", "i".repeat(129 - CANARY.len()));
    assert_rejected(
        &env,
        &[
            case(
                "129 bytes",
                request_bytes("GET", &format!("/search?q=x&id={long}"), &host, &[]),
                400,
                "bad_parameter",
            ),
            case(
                "posted",
                form_bytes("/search", &host, &[], format!("q=x&id={long}").as_bytes()),
                400,
                "bad_parameter",
            ),
        ],
    );
    assert!(
        env.forwarded_request(&format!("q=x&id={}", &long[1..]), &[]).value("uid").is_some(),
        "128 bytes are accepted"
    );
}

#[test]
fn rejects_unknown_paths_methods_and_media_types() {
    let env = TestEnv::new();
    let host = env.proxy.public.to_string();
    let ask = |method: &str, target: &str| request_bytes(method, target, &host, &[]);
    let query = format!("q={CANARY}");
    let typed = |media: &str| {
        let text = String::from_utf8(form_bytes("/search", &host, &[], query.as_bytes())).unwrap();
        text.replace("Content-Type: application/x-www-form-urlencoded\r\n", media).into_bytes()
    };
    let search = format!("/search?{query}");
    let click = format!("/click/{CANARY}");
    let empty_post = |target: &str| request_bytes("POST", target, &host, &["Content-Length: 0"]);
    assert_rejected(
        &env,
        &[
            case("unknown path", ask("GET", &format!("/{CANARY}")), 404, "not_found"),
            case("a path below", ask("GET", &format!("/search/{CANARY}")), 404, "not_found"),
            case("dots", ask("GET", &format!("/search/../{CANARY}/..%2f..%2fetc/passwd")), 404, "not_found"),
            case("a broken path", ask("GET", &format!("/%ZZ%FF{CANARY}")), 404, "not_found"),
            case("of the admin listener", ask("GET", &format!("/metrics?{CANARY}")), 404, "not_found"),
            case("no token", ask("GET", "/click/"), 404, "not_found"),
            case("PUT", ask("PUT", &search), 405, "method_not_allowed"),
            case("DELETE", ask("DELETE", &search), 405, "method_not_allowed"),
            case("PATCH", ask("PATCH", &search), 405, "method_not_allowed"),
            case("TRACE", ask("TRACE", &search), 405, "method_not_allowed"),
            case("an unknown method", ask(CANARY, "/search?q=x"), 405, "method_not_allowed"),
            case("POST to a click", empty_post(&click), 405, "method_not_allowed"),
            case("text", typed("Content-Type: text/plain\r\n"), 415, "unsupported_media_type"),
            case("JSON", typed("Content-Type: application/json\r\n"), 415, "unsupported_media_type"),
            case(
                "multipart",
                typed("Content-Type: multipart/form-data; boundary=x\r\n"),
                415,
                "unsupported_media_type",
            ),
            case("an unknown type", typed(&format!("Content-Type: {CANARY}\r\n")), 415, "unsupported_media_type"),
            case("no type", typed(""), 415, "unsupported_media_type"),
        ],
    );
}

#[test]
fn a_405_lists_the_supported_methods() {
    let env = TestEnv::new();
    let host = env.proxy.public.to_string();
    for (target, expected) in [("/search?q=x", "POST"), ("/click/x", "GET"), ("/forget", "POST"), ("/privacy", "GET")] {
        let response = send_once(env.proxy.public, &request_bytes("DELETE", target, &host, &[])).unwrap();
        assert_eq!(response.status, 405);
        assert!(
            response.header("allow").is_some_and(|allow| allow.contains(expected)),
            "{target}: RFC 9110 section 15.5.6"
        );
    }
}

#[test]
fn rejects_other_hosts() {
    let env = TestEnv::new();
    let port = env.proxy.public.port();
    let search = format!("/search?q={CANARY}");
    let ask = |host: &str| request_bytes("GET", &search, host, &[]);
    let absolute = format!("http://{CANARY}.example{search}");
    assert_rejected(
        &env,
        &[
            case("another", ask(&format!("{CANARY}.example")), 421, "wrong_host"),
            case("a subdomain as an ID", ask(&format!("{CANARY}.localhost:{port}")), 421, "wrong_host"),
            case("another port", ask("127.0.0.1:1"), 421, "wrong_host"),
            case("of the admin listener", ask(&env.proxy.admin.to_string()), 421, "wrong_host"),
            case("with a user", ask(&format!("{CANARY}@127.0.0.1:{port}")), 421, "wrong_host"),
            case(
                "in the request line",
                request_bytes("GET", &absolute, &format!("127.0.0.1:{port}"), &[]),
                421,
                "wrong_host",
            ),
            case(
                "for a click",
                request_bytes("GET", &format!("/click/{CANARY}"), "evil.example", &[]),
                421,
                "wrong_host",
            ),
            case(
                "for an unknown path",
                request_bytes("GET", &format!("/{CANARY}"), "evil.example", &[]),
                421,
                "wrong_host",
            ),
        ],
    );
    let public_url = "127.0.0.1:8080".to_owned();
    for host in [public_url, format!("127.0.0.1:{port}"), format!("localhost:{port}"), format!("LOCALHOST:{port}")] {
        assert_eq!(send_once(env.proxy.public, &ask(&host)).unwrap().status, 200, "{host}");
    }
    for lines in ["", &format!("Host: 127.0.0.1:{port}\r\nHost: {CANARY}.example\r\n")] {
        let bytes = format!("GET {search} HTTP/1.1\r\n{lines}\r\n");
        let response = send_once(env.proxy.public, bytes.as_bytes()).unwrap();
        assert!([400, 421].contains(&response.status), "no host, or two: {}", response.status);
        assert_no_canary("no host, or two", &response);
    }
}

#[test]
fn rejects_oversized_requests() {
    let env = TestEnv::new();
    let host = env.proxy.public.to_string();
    let get = |target: &str, lines: &[&str]| request_bytes("GET", target, &host, lines);
    let many_parameters = format!("q={CANARY}{}", "&p=1".repeat(10_000));
    let canary_header = format!("X-Canary: {CANARY}");
    let headers = vec![canary_header.as_str(); 150];
    let big = format!("X-Canary: {CANARY}{}", "x".repeat(40_000));
    let bigs: Vec<String> = (0..9).map(|at| format!("X-Canary-{at}: {CANARY}{}", "x".repeat(4000))).collect();
    let bigs: Vec<&str> = bigs.iter().map(String::as_str).collect();
    let agent = format!("User-Agent: {CANARY}{}", "x".repeat(40_000));
    let body = format!("q={CANARY}&x={}", "x".repeat(16_384));
    let type_line = "Content-Type: application/x-www-form-urlencoded";
    let claim = |length: &str| {
        request_bytes("POST", "/search", &host, &[type_line, &format!("Content-Length: {length}"), &canary_header])
    };
    let mut chunked = request_bytes("POST", "/search", &host, &[type_line, "Transfer-Encoding: chunked"]);
    chunked.extend_from_slice(format!("d\r\n{CANARY}\r\n").as_bytes());
    for _ in 0..20 {
        chunked.extend_from_slice(format!("400\r\n{}\r\n", "x".repeat(1024)).as_bytes());
    }
    chunked.extend_from_slice(b"0\r\n\r\n");
    assert_rejected(
        &env,
        &[
            case("a long query", get(&format!("/search?q={CANARY}{}", "x".repeat(9000)), &[]), 414, "uri_too_long"),
            case("a long path", get(&format!("/{CANARY}{}", "x".repeat(9000)), &[]), 414, "uri_too_long"),
            case("a long token", get(&format!("/click/{CANARY}{}", "x".repeat(9000)), &[]), 414, "uri_too_long"),
            case("10,000 parameters", get(&format!("/search?{many_parameters}"), &[]), 414, "uri_too_long"),
            case(
                "10,000 parameters posted",
                form_bytes("/search", &host, &[], many_parameters.as_bytes()),
                413,
                "body_too_large",
            ),
            case("a large body", form_bytes("/search", &host, &[], body.as_bytes()), 413, "body_too_large"),
            case("a megabyte", form_bytes("/search", &host, &[], &body.as_bytes().repeat(64)), 413, "body_too_large"),
            case("a body of 10 GB, announced", claim("10737418240"), 413, "body_too_large"),
            case("a large body in chunks", chunked, 413, "body_too_large"),
            case("150 headers", get("/search?q=x", &headers), 431, "headers_too_large"),
            case("a header of 40 KB", get("/search?q=x", &[&big]), 431, "headers_too_large"),
            case("headers of 36 KB in sum", get("/search?q=x", &bigs), 431, "headers_too_large"),
            case("an agent of 40 KB", get("/search?q=x", &[&agent]), 431, "headers_too_large"),
        ],
    );
}

#[test]
fn accepts_requests_within_the_limits() {
    let env = TestEnv::new();
    let host = env.proxy.public.to_string();
    let parameters = format!("q=lisbon{}", "&p".repeat(4000));
    assert!(parameters.len() < 8192 - 20);
    assert_eq!(env.forwarded_request(&parameters, &[]).value("q").as_deref(), Some("lisbon"));
    let posted = format!("q=lisbon{}", "&p=1".repeat(4000));
    assert_eq!(send_once(env.proxy.public, &form_bytes("/search", &host, &[], posted.as_bytes())).unwrap().status, 200);
    let header = format!("X-Other: {}", "x".repeat(30_000));
    assert_eq!(env.search("q=x", &[&header]).status, 200);
    assert_eq!(env.search("q=x", &["X-Other: 1"; 90]).status, 200);
    let spread = "%20".repeat(1200);
    assert_eq!(env.forwarded_request(&format!("q=lis{spread}bon"), &[]).value("q").as_deref(), Some("lis bon"));
    assert_eq!(
        env.forwarded_request("q=lis%00bon", &[]).value("q").as_deref(),
        Some("lisbon"),
        "control characters are removed"
    );
    assert_eq!(
        env.forwarded_request("%FF=%ZZ&q=x&%=%&x=%FF%FE", &[]).value("q").as_deref(),
        Some("x"),
        "other parameters are not read"
    );
}

#[test]
fn rejects_bytes_that_are_not_http_without_an_echo() {
    let env = TestEnv::new();
    let host = env.proxy.public;
    let cases: &[&[u8]] = &[
        b"KANARIENVOGEL\r\n\r\n",
        b"GET /search?q=\0KANARIENVOGEL HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /search?q=KANARIENVOGEL HTTP/9.9\r\nHost: x\r\n\r\n",
        b"GET /search?q=x HTTP/1.1\r\nHost: x\r\nKANARIEN VOGEL\r\n\r\n",
        b"POST /search HTTP/1.1\r\nHost: x\r\nContent-Length: KANARIENVOGEL\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03KANARIENVOGEL",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nKANARIENVOGEL",
    ];
    for bytes in cases {
        let mut client = qsproxy_test_support::http_client::Client::connect(host).unwrap();
        client.write(bytes).unwrap();
        client.shutdown_write();
        let answer = client.read_to_end();
        assert!(!contains(&answer, CANARY.as_bytes()), "{}", String::from_utf8_lossy(&answer));
        assert!(!answer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&answer));
    }
    assert_eq!(env.search("q=lisbon", &[]).status, 200, "and the next one is served");
    let stderr = env.proxy.stderr();
    assert!(!stderr.contains("VOGEL") && !stderr.contains("panicked"), "{stderr}");
}

#[test]
fn personal_data_is_refused_where_the_operator_wants_that() {
    let env = TestEnv::with(|config| config.with("", "personal_data", r#""refuse""#));
    let host = env.proxy.public.to_string();
    let typed = percent_encode(&format!("write to {CANARY}@example.org"));
    assert_rejected(
        &env,
        &[
            case("by GET", request_bytes("GET", &format!("/search?q={typed}"), &host, &[]), 422, "keyword_refused"),
            case("by POST", form_bytes("/search", &host, &[], format!("q={typed}").as_bytes()), 422, "keyword_refused"),
        ],
    );
    wait_for("four refused searches", || (env.proxy.searches_with_outcome("refused") == 4).then_some(()));
    assert_eq!(env.proxy.searches_with_outcome("failed"), 0);
}

#[test]
fn every_refusal_is_counted_under_its_code() {
    let env = TestEnv::new();
    let total = |code: &str| -> f64 {
        let text = env.proxy.admin_get("/metrics", &[]).text();
        let label = format!("=\"{code}\"");
        let samples: Vec<&str> = text.lines().filter(|line| !line.starts_with('#') && line.contains(&label)).collect();
        assert!(!samples.is_empty(), "no series for {code}");
        samples.iter().map(|line| line.rsplit(' ').next().unwrap().parse::<f64>().unwrap()).sum()
    };
    let host = env.proxy.public.to_string();
    for (target, host, code) in [
        ("/search", host.as_str(), "keyword_missing"),
        ("/search?q=%FF", host.as_str(), "bad_encoding"),
        ("/click/no-token", host.as_str(), "not_found"),
        ("/search?q=x", "evil.example", "wrong_host"),
    ] {
        let before = total(code);
        let response = send_once(env.proxy.public, &request_bytes("GET", target, host, &[])).unwrap();
        assert_eq!(response.problem(), code);
        assert!((total(code) - before - 1.0).abs() < 1e-9, "{code}: from {before} to {}", total(code));
    }
}
