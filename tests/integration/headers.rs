//! Response headers of every endpoint, for successful and rejected requests.

use regex::Regex;

use qsproxy_test_support::contains;
use qsproxy_test_support::http_client::{Response, form_bytes, request_bytes, send_once};
use qsproxy_test_support::test_env::{ORGANIC, TestEnv};
use qsproxy_test_support::visit_stamp;

/// Headers that could distinguish users or reveal the software.
const FORBIDDEN: [&str; 23] = [
    "etag",
    "last-modified",
    "server",
    "x-powered-by",
    "via",
    "x-request-id",
    "x-correlation-id",
    "request-id",
    "traceparent",
    "tracestate",
    "server-timing",
    "timing-allow-origin",
    "alt-svc",
    "nel",
    "report-to",
    "reporting-endpoints",
    "accept-ch",
    "critical-ch",
    "link",
    "refresh",
    "age",
    "expires",
    "x-cache",
];

/// Checks the headers that every response of the public listener must and must not have. Only the visit stamp may differ
/// between users, in the one cookie and the one header that carry it.
#[track_caller]
pub fn assert_common_headers(name: &str, response: &Response) {
    assert_eq!(response.header("referrer-policy"), Some("no-referrer"), "{name}");
    assert_eq!(response.header("cache-control"), Some("no-store"), "{name}");
    assert_eq!(response.header("x-content-type-options"), Some("nosniff"), "{name}");
    assert_eq!(response.header("cross-origin-resource-policy"), Some("same-origin"), "{name}");
    let opener_policy = (response.media_type() == "text/html").then_some("same-origin");
    assert_eq!(response.header("cross-origin-opener-policy"), opener_policy, "{name}");
    assert_eq!(response.header("strict-transport-security"), None, "{name}: without TLS");
    visit_stamp::issued_stamp(response).as_deref().map(visit_stamp::DecodedStamp::decode);
    for (header, value) in &response.headers {
        assert!(!FORBIDDEN.contains(&header.to_ascii_lowercase().as_str()), "{name}: {header}: {value}");
        let same = response.headers.iter().filter(|(other, _)| other.eq_ignore_ascii_case(header)).count();
        assert_eq!(same, 1, "{name}: {header} occurs {same} times");
    }
    if response.media_type() == "text/html" {
        let policy =
            response.header("content-security-policy").unwrap_or_else(|| panic!("{name}: no content security policy"));
        assert!(policy.starts_with("default-src 'none'"), "{name}: {policy}");
        for hole in [
            "unsafe-inline",
            "unsafe-eval",
            "unsafe-hashes",
            "*",
            "data:",
            "http:",
            "https:",
            "report-uri",
            "report-to",
        ] {
            assert!(!policy.contains(hole), "{name}: {policy}");
        }
        assert!(policy.contains("frame-ancestors 'none'"), "{name}: default-src does not cover framing: {policy}");
        assert!(policy.contains("base-uri 'none'"), "{name}: default-src does not cover the base URL: {policy}");
        assert!(policy.contains("form-action"), "{name}: default-src does not cover forms: {policy}");
        assert_eq!(response.header("content-type").unwrap().to_ascii_lowercase(), "text/html; charset=utf-8", "{name}");
    }
}

/// One response for each endpoint and outcome, with its expected status.
fn responses(env: &TestEnv) -> Vec<(&'static str, u16, Response)> {
    let host = env.proxy.public.to_string();
    let send = |bytes: &[u8]| send_once(env.proxy.public, bytes).unwrap();
    let get = |target: &str, lines: &[&str]| env.proxy.get(target, lines);
    let html = ["Accept: text/html"];
    let path = env.click_path();
    vec![
        ("search page", 200, env.search_page("q=lisbon", &[])),
        ("search JSON", 200, env.search("q=lisbon", &[])),
        ("search posted", 200, send(&form_bytes("/search", &host, &html, b"q=lisbon"))),
        ("click", 303, get(&path, &[])),
        ("click again", 303, get(&path, &[])),
        ("click by HEAD", 303, send(&request_bytes("HEAD", &path, &host, &[]))),
        ("cross-site click", 200, get(&env.click_path(), &["Sec-Fetch-Site: cross-site"])),
        ("click prefetched", 503, get(&env.click_path(), &["Sec-Purpose: prefetch"])),
        ("click forged", 404, get("/click/forged", &[])),
        ("click forged, page", 404, get("/click/forged", &html)),
        ("image forged", 404, get("/image/forged", &[])),
        ("home page", 200, get("/", &html)),
        ("privacy page", 200, get("/privacy", &html)),
        ("personal data page", 200, get("/privacy/personal-data", &html)),
        ("privacy JSON", 200, get("/privacy.json", &[])),
        ("OpenSearch", 200, get("/opensearch.xml", &[])),
        ("OpenSearch, posted", 200, get("/opensearch-post.xml", &[])),
        ("GPC", 200, get("/.well-known/gpc.json", &[])),
        ("robots", 200, get("/robots.txt", &[])),
        ("favicon", 200, get("/favicon.ico", &[])),
        ("withdrawal by GET", 405, get("/forget", &html)),
        ("no keyword", 400, get("/search", &[])),
        ("no keyword, page", 400, get("/search", &html)),
        ("bad encoding", 400, get("/search?q=%FF", &html)),
        ("not found", 404, get("/nowhere", &[])),
        ("not found, page", 404, get("/nowhere", &html)),
        ("method not allowed", 405, send(&request_bytes("DELETE", "/search", &host, &html))),
        ("wrong host", 421, send(&request_bytes("GET", "/search?q=x", "evil.example", &html))),
        (
            "unsupported media type",
            415,
            send(&request_bytes("POST", "/search", &host, &["Content-Type: text/plain", "Content-Length: 0"])),
        ),
        ("large body", 413, send(&form_bytes("/search", &host, &html, &[b'x'; 20_000]))),
        ("long URI", 414, get(&format!("/search?q={}", "x".repeat(9000)), &html)),
        ("large head", 431, get("/search?q=x", &[&format!("X-A: {}", "x".repeat(40_000))])),
    ]
}

#[test]
fn every_response_has_the_common_headers() {
    let env = TestEnv::new();
    for (name, status, response) in responses(&env) {
        assert_eq!(response.status, status, "{name}: {}", response.text());
        assert_common_headers(name, &response);
    }
}

#[test]
fn responses_to_partner_faults_and_expired_clicks_have_the_common_headers() {
    let env = TestEnv::with(|config| config.with("counts", "click_ttl", r#""1s""#));
    let path = env.click_path();
    env.partner.respond_with(qsproxy_test_support::mock_partner::MockResponse::Status(500));
    assert_common_headers("partner failed", &env.search("q=x", &[]));
    assert_common_headers("partner failed, page", &env.search_page("q=x", &[]));
    std::thread::sleep(std::time::Duration::from_millis(2200)); // longer than the token is valid
    let expired = env.proxy.get(&path, &["Accept: text/html"]);
    assert_eq!(expired.status, 410);
    assert_common_headers("expired", &expired);
}

#[test]
fn a_redirect_contains_the_target_and_not_the_keyword() {
    let env = TestEnv::new();
    let response =
        env.proxy.get(&env.click_path(), &["Accept: text/html", "Referer: http://127.0.0.1:8080/search?q=lisbon"]);
    assert_eq!((response.status, response.header("location")), (303, Some(ORGANIC)));
    assert!(!contains(&response.body, b"q=lisbon"));
}

#[test]
fn the_policy_allows_the_stylesheet_and_nothing_is_inline() {
    let env = TestEnv::new();
    let inline = Regex::new(r"<[^>]+\sstyle=").unwrap();
    let sheets = Regex::new(r#"<link[^>]*rel="stylesheet"[^>]*href="([^"]+)""#).unwrap();
    for response in [env.search_page("q=lisbon", &[]), env.proxy.get("/", &["Accept: text/html"])] {
        let (page, policy) = (response.text(), response.header("content-security-policy").unwrap().to_owned());
        assert!(!inline.is_match(&page), "the policy blocks style attributes");
        if page.contains("<style") {
            assert!(policy.contains("style-src 'sha256-") || policy.contains("style-src 'nonce-"), "{policy}");
            assert!(!policy.contains("nonce-"), "a nonce differs between responses; a hash does not");
        }
        for found in sheets.captures_iter(&page) {
            assert!(policy.contains("style-src 'self'"), "{policy}");
            let style = env.proxy.get(&found[1], &[]);
            assert_eq!((style.status, style.media_type().as_str()), (200, "text/css"));
            assert_eq!(style.header("x-content-type-options"), Some("nosniff"));
        }
        assert!(page.contains("<style") || page.contains("stylesheet"), "the page has a stylesheet");
    }
}

#[test]
fn responses_to_two_people_differ_only_in_tokens_and_stamps() {
    let env = TestEnv::new();
    let token = Regex::new(r"/click/[A-Za-z0-9_-]+").unwrap();
    let user_specific = Regex::new(r"(?i)\r\n(?:date|set-cookie|visit-stamp): [^\r]+").unwrap();
    let plain = |response: Response| {
        let text = String::from_utf8(response.raw).unwrap();
        user_specific.replace_all(&token.replace_all(&text, "/click/TOKEN"), "").into_owned()
    };
    let first =
        ["User-Agent: one", "Cookie: a=1", "If-None-Match: \"x\"", "X-Forwarded-For: 192.0.2.1", "X-Request-ID: 11"];
    let second = [
        "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
        "Accept-Encoding: deflate, zstd",
        "Range: bytes=0-3",
        "X-Forwarded-For: 192.0.2.2",
    ];
    // The page shows its own search to the person who sent it: the browser family differs, and nothing else does.
    let field = Regex::new(r"<code>b=[a-z]+</code>").unwrap();
    for format in ["format=json", "lang=en"] {
        let ask = |id: &str, lines: &[&str]| plain(env.search_page(&format!("q=lisbon&{format}&id={id}"), lines));
        let answers = [ask("person-7-Kd93mZ2q", &first), ask("person-8-with-a-longer-name", &second)];
        let without_fields = answers.each_ref().map(|answer| {
            let lines = field.replace_all(answer, "<code>b</code>").into_owned();
            lines
                .lines()
                .filter(|line| !line.to_ascii_lowercase().starts_with("content-length"))
                .collect::<Vec<_>>()
                .join("\n")
        });
        assert_eq!(without_fields[0], without_fields[1]);
        let shown = answers.each_ref().map(|answer| field.find_iter(answer).count());
        assert_eq!(shown, if format == "lang=en" { [1, 1] } else { [0, 0] });
    }
}
