//! Which answers are compressed, for whom, and that they say the same.

use std::io::Read as _;
use std::time::{Duration, Instant};

use qsproxy_test_support::chunked_page::{
    ChunkedPage, PageStep, link, page_env, page_env_with, raw_response, sample_page,
};
use qsproxy_test_support::config::ConfigBuilder;
use qsproxy_test_support::http_client::{Response, form_bytes, send_once};
use qsproxy_test_support::mock_partner::MockResponse;
use qsproxy_test_support::test_env::{ORGANIC, SPONSORED, TestEnv, organic_results, request_to};
use regex::Regex;

const ALL: &str = "Accept-Encoding: gzip, deflate, br, zstd";
const GZIP: &str = "Accept-Encoding: gzip";
const BR: &str = "Accept-Encoding: br";

/// The content of an answer, by its `Content-Encoding`.
#[track_caller]
pub fn content(response: &Response) -> Vec<u8> {
    let mut content = Vec::new();
    match response.header("content-encoding") {
        None => content.clone_from(&response.body),
        Some("gzip") => {
            let mut decoder = flate2::read::GzDecoder::new(&response.body[..]);
            decoder.read_to_end(&mut content).unwrap();
            assert!(decoder.into_inner().is_empty(), "bytes after the member");
        }
        Some("br") => brotli::BrotliDecompress(&mut &response.body[..], &mut content).unwrap(),
        Some(other) => panic!("{other}"),
    }
    content
}

/// The same without what differs in each answer.
#[track_caller]
fn text(response: &Response) -> String {
    let token = Regex::new("/click/[A-Za-z0-9_-]+").unwrap();
    token.replace_all(&String::from_utf8(content(response)).unwrap(), "/click/TOKEN").into_owned()
}

/// Names and values of all headers but those that may differ between two answers to one request.
fn headers(response: &Response) -> Vec<(String, String)> {
    let differing = ["date", "set-cookie", "visit-stamp", "content-encoding", "content-length"];
    let lower = response.headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.clone()));
    lower.filter(|(name, _)| !differing.contains(&name.as_str())).collect()
}

fn stylesheet(env: &TestEnv) -> String {
    let page = env.proxy.get("/", &[]).text();
    Regex::new("/assets/page-[0-9a-f]+\\.css").unwrap().find(&page).unwrap().as_str().to_owned()
}

#[test]
fn a_compressed_answer_says_what_the_other_says() {
    let env = TestEnv::responding(MockResponse::Json(organic_results(20)));
    let stylesheet = stylesheet(&env);
    let paths = [
        "/search?q=lisbon",
        "/search?q=lisbon&format=json",
        "/",
        "/privacy/personal-data",
        "/privacy.json",
        stylesheet.as_str(),
    ];
    for path in paths {
        let plain = env.proxy.get(path, &["Accept: text/html"]);
        assert_eq!((plain.status, plain.header("content-encoding")), (200, None), "{path}");
        assert_eq!(plain.header("vary"), Some("Accept-Encoding"), "{path}");
        // What is compressed once is compressed best.
        let of_all = if path == stylesheet { "br" } else { "gzip" };
        for (header, coding) in [(ALL, of_all), (GZIP, "gzip"), (BR, "br")] {
            let coded = env.proxy.get(path, &["Accept: text/html", header]);
            assert_eq!(coded.header("content-encoding"), Some(coding), "{path} {header}");
            assert_eq!(text(&coded), text(&plain), "{path} {header}");
            assert_eq!(headers(&coded), headers(&plain), "{path} {header}");
            assert!(coded.body.len() < plain.body.len(), "{path} {header}");
            assert_eq!(coded.header("content-length"), Some(coded.body.len().to_string().as_str()), "{path}");
        }
    }
    let posted = form_bytes("/search", &env.proxy.public.to_string(), &[ALL], b"q=lisbon&format=json");
    let posted = send_once(env.proxy.public, &posted).unwrap();
    assert_eq!(posted.header("content-encoding"), Some("gzip"));
    let plain = env.proxy.get("/search?q=lisbon&format=json", &[]);
    assert_eq!(text(&posted), text(&plain));
}

#[test]
fn a_client_gets_no_coding_that_it_does_not_accept() {
    let env = TestEnv::new();
    for (header, expected) in [
        ("X-Other: 1", None),
        ("Accept-Encoding:", None),
        ("Accept-Encoding: deflate, zstd", None),
        ("Accept-Encoding: gzip;q=0, br;q=0", None),
        ("Accept-Encoding: *;q=0", None),
        ("Accept-Encoding: identity, gzip;q=0.5", None),
        ("Accept-Encoding: gzip;q=1.001", None),
        ("Accept-Encoding: gzip;q=0.001", Some("gzip")),
        ("Accept-Encoding: GZip", Some("gzip")),
        ("Accept-Encoding: x-gzip, *;q=0", Some("gzip")),
        ("Accept-Encoding: *", Some("gzip")),
        ("Accept-Encoding: gzip;q=0.9, br", Some("br")),
        ("Accept-Encoding: zstd\r\nAccept-Encoding: gzip", Some("gzip")),
    ] {
        let page = env.search_page("q=lisbon", &[header]);
        assert_eq!((page.status, page.header("content-encoding")), (200, expected), "{header:?}");
    }
}

/// By default, what arrives within two round trips anyway is not compressed, nor is a page of which the partner says that it is short.
#[test]
fn only_long_answers_are_compressed_by_default() {
    let by_default = |config: ConfigBuilder| config.without("listen", "compress_bytes");
    let list = TestEnv::with(|config| by_default(config).with("partner first", "max_results", "1000"));
    let html = |kilobytes: usize| {
        let text = "<p>Words without end. ".repeat(kilobytes * 1_024 / 22);
        format!("<!DOCTYPE html><title>x</title><p>{}{text}", link(ORGANIC, "Result"))
    };
    let page = page_env_with(ChunkedPage::with_body(html(24)), by_default);
    let announced = |kilobytes: usize| raw_response(&["Content-Type: text/html"], html(kilobytes).as_bytes());
    for (env, response, coding) in [
        (&list, MockResponse::Json(organic_results(20)), None),
        (&list, MockResponse::Json(organic_results(400)), Some("gzip")),
        (&page, announced(24), None),
        (&page, announced(60), Some("gzip")),
        (&page, ChunkedPage::with_body(html(24)).into_response(), Some("gzip")),
    ] {
        env.partner.respond_with(response);
        let answer = env.search_page("q=lisbon", &[ALL]);
        assert_eq!(answer.header("content-encoding"), coding);
        assert!(content(&answer).len() > 1_024);
    }
}

/// A refusal must cost little, and errors are no different.
#[test]
fn errors_are_not_compressed() {
    let env =
        TestEnv::with(|config| config.with("client", "searches_burst", "1").with("client", "searches_per_minute", "1"));
    assert_eq!(env.search_page("q=lisbon", &[ALL]).header("content-encoding"), Some("gzip"));
    for (path, status) in [("/nothing-here", 404), ("/search?q=lisbon", 429)] {
        let answer = env.proxy.get(path, &["Accept: text/html", ALL]);
        assert_eq!((answer.status, answer.header("content-encoding")), (status, None), "{path}");
        assert!(answer.body.len() > 1_024, "{path}: a short one would not be compressed anyway");
    }
}

#[test]
fn short_answers_are_compressed_only_for_those_who_refuse_others() {
    let env = TestEnv::new();
    for path in ["/robots.txt", "/.well-known/gpc.json", "/opensearch.xml", "/nothing-here"] {
        assert_eq!(env.proxy.get(path, &[ALL]).header("content-encoding"), None, "{path}");
        let coded = env.proxy.get(path, &["Accept-Encoding: gzip, identity;q=0"]);
        assert_eq!(coded.header("content-encoding"), Some("gzip"), "{path}");
        assert_eq!(content(&coded), env.proxy.get(path, &[]).body, "{path}");
    }
}

#[track_caller]
pub fn head(env: &TestEnv, path: &str, lines: &[&str]) -> Response {
    send_once(env.proxy.public, &request_to(&env.proxy, "HEAD", path, lines)).unwrap()
}

/// A page that shows its reader's stamp, or the target of a token, could tell it to whoever sees lengths and chooses the rest.
#[test]
fn what_stands_beside_a_secret_is_not_compressed() {
    let env = TestEnv::new();
    let click = env.click_path();
    let cases: [(&str, &[&str]); 6] = [
        ("/privacy", &["Accept: text/html", ALL]),
        ("/privacy?lang=de", &["Accept: text/html", "Accept-Encoding: gzip, identity;q=0"]),
        (&click, &["Accept: text/html", ALL, "Sec-Fetch-Site: cross-site"]),
        (&click, &["Accept: text/html", ALL]),
        ("/click/forged", &["Accept: text/html", ALL]),
        ("/visit", &[ALL]),
    ];
    for (path, lines) in cases {
        let answer = env.proxy.get(path, lines);
        assert_eq!((answer.header("content-encoding"), answer.header("vary")), (None, None), "{path}");
    }
}

#[test]
fn head_has_the_headers_of_get() {
    let env = TestEnv::new();
    let stylesheet = stylesheet(&env);
    for path in ["/", "/privacy", "/privacy.json", "/privacy/personal-data", "/robots.txt", "/nothing", &stylesheet] {
        for header in [ALL, GZIP, "Accept-Encoding: identity"] {
            let (get, head) = (env.proxy.get(path, &[header]), head(&env, path, &[header]));
            let coding = |response: &Response| response.header("content-encoding").map(str::to_owned);
            let length = |response: &Response| response.header("content-length").map(str::to_owned);
            assert_eq!((coding(&head), length(&head)), (coding(&get), length(&get)), "{path} {header}");
            assert_eq!(headers(&head), headers(&get), "{path} {header}");
            assert!(head.body.is_empty());
        }
    }
}

#[test]
fn vary_names_the_origin_as_well_where_it_matters() {
    let env = TestEnv::with(|config| config.with("listen", "origins", r#"["https://toolbar.example"]"#));
    let page = env.search_page("q=lisbon", &[ALL, "Origin: https://toolbar.example"]);
    assert_eq!(page.header("vary"), Some("Accept-Encoding, Origin"));
    assert_eq!(page.header("access-control-allow-origin"), Some("https://toolbar.example"));
}

#[test]
fn a_streamed_page_shows_its_first_results_before_the_last_arrive() {
    let start = format!("<!DOCTYPE html><title>x</title><div><p>{}", link(ORGANIC, "First result"));
    let end = format!("<p>{}</div>", link(SPONSORED, "Last result"));
    let env = page_env(ChunkedPage::new().send(start).then(PageStep::AwaitRelease).send(end));
    let mut client = std::net::TcpStream::connect(env.proxy.public).unwrap();
    client.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let request = request_to(&env.proxy, "GET", "/search?q=lisbon", &["Accept: text/html", GZIP, "Connection: close"]);
    std::io::Write::write_all(&mut client, &request).unwrap();
    let (started, mut received) = (Instant::now(), Vec::new());
    while !shown(&received).contains("First result</a>") {
        let mut buffer = [0; 4_096];
        let read = client.read(&mut buffer).expect("the start of the page");
        assert!(read > 0, "{}", shown(&received));
        received.extend_from_slice(&buffer[..read]);
    }
    assert!(started.elapsed() < Duration::from_millis(1_500), "before the partner's timeout");
    assert!(!shown(&received).contains("Last result"));
    env.partner.release();
    client.read_to_end(&mut received).unwrap();
    let page = shown(&received);
    assert!(page.contains("Last result") && page.ends_with("</html>"), "{page}");
}

/// What a browser could show of the bytes received so far: a head, and chunks of a gzip stream.
fn shown(received: &[u8]) -> String {
    let Some(head) = received.windows(4).position(|window| window == b"\r\n\r\n") else { return String::new() };
    let (mut rest, mut coded) = (&received[head + 4..], Vec::new());
    while let Some(line) = rest.windows(2).position(|window| window == b"\r\n") {
        let length = usize::from_str_radix(std::str::from_utf8(&rest[..line]).unwrap(), 16).unwrap();
        let chunk = &rest[line + 2..];
        coded.extend_from_slice(&chunk[..length.min(chunk.len())]);
        let Some(next) = chunk.get(length + 2..) else { break };
        rest = next;
    }
    let mut decoder = flate2::write::GzDecoder::new(Vec::new());
    std::io::Write::write_all(&mut decoder, &coded).unwrap();
    std::io::Write::flush(&mut decoder).unwrap();
    String::from_utf8_lossy(decoder.get_ref()).into_owned()
}

#[test]
fn a_streamed_page_is_the_same_compressed_and_not() {
    let page = format!("<p>Größe — 東京</p>{}{}", "<p>More and more text</p>".repeat(5_000), sample_page());
    let env = page_env(ChunkedPage::with_body(&page));
    let plain = env.search_page("q=x", &[]);
    assert_eq!((plain.header("content-encoding"), plain.header("vary")), (None, Some("Accept-Encoding")));
    for (header, coding) in [(ALL, Some("gzip")), (GZIP, Some("gzip")), (BR, None)] {
        let coded = env.search_page("q=x", &[header]);
        assert_eq!(coded.header("content-encoding"), coding, "{header}");
        assert_eq!(text(&coded), text(&plain), "{header}");
        assert_eq!(headers(&coded), headers(&plain), "{header}");
    }
    let byte_by_byte =
        page_env(page[page.len() - 3_000..].bytes().fold(ChunkedPage::new(), |page, byte| page.send([byte])));
    let (plain, coded) = (byte_by_byte.search_page("q=x", &[]), byte_by_byte.search_page("q=x", &[GZIP]));
    assert_eq!(text(&coded), text(&plain));
}

/// A compressor is memory that a slow client keeps. Beyond its share its pages are sent as they are.
#[test]
fn a_client_without_room_for_a_compressor_gets_the_page_as_it_is() {
    let env =
        page_env_with(ChunkedPage::with_body(sample_page()), |config| config.with("client", "waiting_bytes", "800000"));
    let page = env.search_page("q=x", &[GZIP]);
    assert_eq!((page.status, page.header("content-encoding")), (200, None));
    assert!(page.text().contains("</html>"));
}
