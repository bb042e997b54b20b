//! Answers that cost their partner little and this service much: they end in a failure or are cut short, within bounded memory, and
//! searches at another partner are answered meanwhile.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use qsproxy_test_support::chunked_page::{ChunkedPage, PageStep, html_partner};
use qsproxy_test_support::config::ConfigBuilder;
use qsproxy_test_support::mock_partner::{MockPartner, MockResponse, gzip};
use qsproxy_test_support::proxy::Proxy;
use qsproxy_test_support::test_env::{organic_results, results_json, sample_results};
use qsproxy_test_support::wait_for;

const OK: &str = "HTTP/1.1 200 OK\r\n";
const EARLY_HINTS: &str = "HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n";

/// Searches at the costly partner at once: each worker thread of a small machine has several.
const SEARCHES: usize = 6;

/// The longest that a search at another partner may take, even in a program without optimization on a busy machine.
const PATIENCE: Duration = Duration::from_secs(5);

/// Most memory that all of these answers together may need.
const MAX_GROWTH_KIB: u64 = 128 * 1024;

/// The costly partner `first`, and `second`, which answers.
struct Neighbours {
    proxy: Proxy,
    costly: MockPartner,
    _other: MockPartner,
}

impl Neighbours {
    fn with_list() -> Self {
        Self::new(|config, _| config)
    }

    fn with_page() -> Self {
        Self::new(|config, costly| html_partner(config, "first", costly))
    }

    fn new(change: impl FnOnce(ConfigBuilder, &MockPartner) -> ConfigBuilder) -> Self {
        let (costly, other) = (MockPartner::json(sample_results()), MockPartner::json(sample_results()));
        // Work and size decide, not time.
        let config = ConfigBuilder::new(&costly).with("partner first", "timeout", r#""60s""#);
        let config = config.partner("second", &other.url()).code("other", r#"["second"]"#);
        let config = change(config, &costly);
        Self { proxy: Proxy::start(&config.text()), costly, _other: other }
    }

    /// Searches at the costly partner, several times at once, and meanwhile at the other one. Returns the statuses of the former
    /// and their bodies.
    #[track_caller]
    fn search(&self, name: &str, answer: MockResponse) -> Vec<(u16, String)> {
        self.costly.respond_with(answer);
        let before = self.proxy.peak_kib();
        let is_over = AtomicBool::new(false);
        let answers = std::thread::scope(|scope| {
            let bystander = scope.spawn(|| {
                let mut answered = 0;
                while answered == 0 || !is_over.load(Ordering::Relaxed) {
                    let started = Instant::now();
                    let response = self.proxy.get("/search?q=y&code=other", &["Accept: application/json"]);
                    assert_eq!(response.status, 200, "{name}: {}", response.text());
                    assert!(started.elapsed() < PATIENCE, "{name}: a bystander waited {:?}", started.elapsed());
                    answered += 1;
                }
            });
            let searches: Vec<_> = (0..SEARCHES)
                .map(|_| scope.spawn(|| self.proxy.get("/search?q=x", &["Accept: application/json"])))
                .collect();
            let answers = searches.into_iter().map(|search| search.join().unwrap());
            let answers = answers.map(|response| (response.status, response.text())).collect();
            is_over.store(true, Ordering::Relaxed);
            bystander.join().unwrap();
            answers
        });
        let grown = self.proxy.peak_kib().saturating_sub(before);
        assert!(grown < MAX_GROWTH_KIB, "{name}: {grown} KiB");
        answers
    }

    /// Every search fails for this reason.
    #[track_caller]
    fn assert_fails(&self, name: &str, answer: MockResponse, reason: &str) {
        let series = format!("qsproxy_partner_failures_total{{partner=\"first\",reason=\"{reason}\"}}");
        let before = self.proxy.metric(&series);
        for (status, text) in self.search(name, answer) {
            assert!(status == 502 && text.contains("partner_failed"), "{name}: {status} {text}");
        }
        assert_eq!(self.proxy.metric(&series) - before, i64::try_from(SEARCHES).unwrap(), "{name}: {reason}");
    }

    /// Every search is answered, with this many results.
    #[track_caller]
    fn assert_answers(&self, name: &str, answer: MockResponse, results: usize) {
        for (status, text) in self.search(name, answer) {
            assert_eq!(status, 200, "{name}: {text}");
            let answer: serde_json::Value = serde_json::from_str(&text).unwrap();
            assert_eq!(answer["results"].as_array().unwrap().len(), results, "{name}");
        }
    }
}

fn json(header_lines: &str, body: &[u8]) -> MockResponse {
    let head = format!("{OK}Content-Type: application/json\r\n{header_lines}Content-Length: {}\r\n\r\n", body.len());
    MockResponse::Raw([head.as_bytes(), body].concat())
}

/// `start` and as many of `unit` as two megabytes hold, which is the limit on the wire.
fn filled(start: &str, unit: &str) -> String {
    start.to_owned() + &unit.repeat((1_990_000 - start.len()) / unit.len())
}

#[test]
fn what_precedes_a_response_is_bounded() {
    let env = Neighbours::with_list();
    let good = format!("{OK}Content-Type: application/json\r\nContent-Length: {}\r\n\r\n", sample_results().len());
    let with_hints = |hints: usize| EARLY_HINTS.repeat(hints) + &good + &sample_results();
    env.assert_answers("16 early hints", MockResponse::Raw(with_hints(16).into_bytes()), 2);
    env.assert_fails("17 early hints", MockResponse::Raw(with_hints(17).into_bytes()), "too_long");
    for interim in [EARLY_HINTS, "HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 102 \n\n"] {
        env.assert_fails(interim, MockResponse::Raw(interim.repeat(200_000).into_bytes()), "too_long");
    }
    let long_line = format!("{OK}X: {}", "x".repeat(4_000_000));
    env.assert_fails("one long line", MockResponse::Raw(long_line.into_bytes()), "too_long");
    let cookies = |count: usize, bytes: usize| {
        let lines: String = (0..count).map(|at| format!("Set-Cookie: n{at}={}\r\n", "x".repeat(bytes))).collect();
        json(&lines, sample_results().as_bytes())
    };
    env.assert_answers("400 cookies", cookies(400, 500), 2);
    env.assert_fails("400 long cookies", cookies(400, 1_000), "too_long");
    env.assert_fails("5,000 cookies", cookies(5_000, 20), "not_http");
    let trailers = format!("{OK}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n");
    let trailers = trailers + &"X: y\r\n".repeat(500_000);
    let statuses = env.search("trailers", MockResponse::Raw(trailers.into_bytes()));
    assert!(statuses.iter().all(|(status, _)| *status == 502));
}

#[test]
fn what_is_compressed_is_bounded() {
    let env = Neighbours::with_list();
    let gz = |body: &[u8]| json("Content-Encoding: gzip\r\n", body);
    env.assert_fails("a bomb", MockResponse::GzipBomb, "too_long");
    env.assert_fails("90,000 members", gz(&gzip(b"").repeat(90_000)), "too_long");
    env.assert_answers("1,000 members", gz(&[gzip(b"").repeat(1_000), gzip(sample_results().as_bytes())].concat()), 2);
    let empty_blocks = [&b"\x78\x9c"[..], &[0, 0, 0, 0xff, 0xff].repeat(390_000)].concat();
    env.assert_fails("empty blocks", json("Content-Encoding: deflate\r\n", &empty_blocks), "encoding");
    // Beyond a megabyte, each byte may become 250.
    let spaces = |mebibytes: usize| format!("{}{}", " ".repeat(mebibytes << 20), sample_results());
    env.assert_answers("one megabyte of spaces", gz(&gzip(&spaces(1).as_bytes()[40..])), 2);
    let bomb = zstd::encode_all(spaces(3).as_bytes(), 1).unwrap();
    env.assert_fails("three megabytes of spaces", json("Content-Encoding: zstd\r\n", &bomb), "too_long");
    let repeated = format!(
        "{}]}}",
        filled("{\"results\":[", r#"{"title":"a","url":"https://a.example/"},"#).trim_end_matches(',')
    );
    env.assert_answers("equal results", gz(&gzip(repeated.as_bytes())), 100);
}

#[test]
fn lists_are_bounded() {
    let env = Neighbours::with_list();
    env.assert_answers("18,000 results", MockResponse::Json(organic_results(18_000)), 100);
    let entry = r#"{"title":"\x","url":"https://a.example/"},"#;
    let broken = filled(r#"{"results":["#, entry) + "{}]}";
    env.assert_answers("results to repair", MockResponse::Json(broken), 100);
    let without_links = filled(r#"{"results":["#, r#"{"title":1},"#) + "{}]}";
    env.assert_fails("entries without links", MockResponse::Json(without_links), "shape");
    let empty = filled(r#"{"results":[],"more":["#, "1,") + "1]}";
    env.assert_answers("an empty list and much else", MockResponse::Json(empty), 0);
    let deep = format!(r#"{{"results":{}{}}}"#, "[".repeat(900_000), "]".repeat(900_000));
    env.assert_fails("deep lists", MockResponse::Json(deep), "shape");
    let number = format!(r#"{{"results":[{{"title":{},"url":"https://a.example/"}}]}}"#, "1".repeat(1_900_000));
    env.assert_answers("a long number", MockResponse::Json(number), 1);
    let words = format!(
        r#"{{"results":[{{"title":"{}","url":"https://a.example/"}}]}}"#,
        "<b>a</b> &amp; &#x1f600;".repeat(80_000)
    );
    let answers = env.search("a title of two megabytes", MockResponse::Json(words));
    for (status, text) in answers {
        assert!(status == 200 && text.len() < 4_000, "{status}, {} bytes", text.len());
    }
    let mut pieces = format!("{OK}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n");
    pieces.push_str(&"1\r\n \r\n".repeat(300_000));
    env.assert_fails("pieces of a byte", MockResponse::Raw(pieces.into_bytes()), "too_long");
}

#[test]
fn a_result_of_usual_length_is_not_shortened() {
    let env = Neighbours::with_list();
    let title = "word ".repeat(400).trim().to_owned();
    let entry = qsproxy_test_support::test_env::organic_entry(&title, "https://a.example/");
    for (_, text) in env.search("a long title", MockResponse::Json(results_json(&[entry]))) {
        assert!(text.contains(&title));
    }
}

/// A page that costs too much has no list; as a page, it is sent up to there.
#[test]
fn pages_are_bounded() {
    let env = Neighbours::with_page();
    let result = "<!doctype html><h2><a href=https://a.example/1>One</a></h2>";
    let page = |start: &str, unit: &str| {
        MockResponse::Chunked(ChunkedPage::with_body(filled(&format!("{result}{start}"), unit)))
    };
    let deep = "<div>".repeat(500);
    for (name, start, unit) in [
        ("deep list items", deep.as_str(), "<li>x</li>"),
        ("deep cells", deep.as_str(), "<td></td>"),
        ("nested headings", &"<h2>".repeat(500), "x<b></b>"),
    ] {
        env.assert_fails(name, page(start, unit), "too_long");
    }
    let long = gzip(format!("{result}{}", "<b>x</b>".repeat(1_000_000)).as_bytes());
    let long = ChunkedPage::new().header_line("Content-Encoding: gzip").send(long);
    env.assert_fails("eight megabytes of elements", MockResponse::Chunked(long), "too_long");
    for (name, unit) in [
        ("text", "word "),
        ("references", "&amp;"),
        ("links", "<a href=https://a.example/1>x</a>"),
        ("hidden elements", "<br hidden>"),
        ("comments", "<!---->"),
    ] {
        for (status, text) in env.search(name, page("", unit)) {
            assert!(status == 200 && text.contains("\"a.example/1\""), "{name}: {status} {text}");
        }
    }
    let attributes: String = (0..100_000).map(|at| format!(" a{at}=x")).collect();
    env.search("attributes", page("", &format!("<b{attributes}>x</b>")));
}

#[test]
fn a_page_that_becomes_costly_is_truncated_after_its_results() {
    let env = Neighbours::with_page();
    let start = "<!doctype html><h2><a href=https://a.example/1>One</a></h2><p>Summary</p>";
    let steps = ChunkedPage::with_body(start).then(PageStep::Wait(Duration::from_millis(200)));
    let steps = steps.send(filled(&"<div>".repeat(500), "<li>x</li>"));
    env.costly.respond_with(MockResponse::Chunked(steps));
    let response = env.proxy.get("/search?q=x", &["Accept: text/html"]);
    assert!(response.status == 200 && response.text().contains("Summary"), "{}", response.status);
    let metrics = env.proxy.admin_get("/metrics", &[]).text();
    let failures =
        metrics.lines().filter(|line| line.starts_with("qsproxy_partner_failures_total") && !line.ends_with(" 0"));
    let expected = "qsproxy_partner_failures_total{partner=\"first\",reason=\"too_long\"} 1";
    assert_eq!(failures.collect::<Vec<_>>(), [expected]);
    wait_for("the count", || (env.proxy.searches_with_outcome("failed") == 1).then_some(()));
}
