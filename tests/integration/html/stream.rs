//! A page is sent on while it arrives, with the same headers as every other page.

use std::io::Read as _;
use std::process::Stdio;
use std::time::{Duration, Instant};

use regex::Regex;

use super::{assert_complete, click_links, start_search, wait_for_searches};
use crate::headers::assert_common_headers;
use crate::tls::TlsEnv;
use qsproxy_test_support::chunked_page::{
    ChunkedPage, PageStep, html_partner, link, page_env, page_env_with, sample_page,
};
use qsproxy_test_support::http_client::{Client, Response, send_once};
use qsproxy_test_support::mock_partner::{MockPartner, MockResponse};
use qsproxy_test_support::test_env::{ORGANIC, SPONSORED, TestEnv, request_to, sample_results};
use qsproxy_test_support::wait_for;

/// A page of results that stops before the last one.
fn page_start() -> String {
    format!("<!DOCTYPE html><title>x</title><div><p>{}", link(ORGANIC, "First result"))
}

fn page_end() -> String {
    format!("<p>{}</div>", link(SPONSORED, "Last result"))
}

fn paused_page() -> ChunkedPage {
    ChunkedPage::new().send(page_start()).then(PageStep::AwaitRelease).send(page_end())
}

/// Asserts that headers and first result arrive while the partner withholds the last result.
#[track_caller]
fn assert_streams(answer: ChunkedPage) {
    let env = page_env(answer);
    let start = Instant::now();
    let mut client = start_search(&env, "q=lisbon");
    let start_of_page = client.peek_until("First result</a>").expect("the start of the page");
    assert!(start.elapsed() < Duration::from_millis(1500), "before the partner's timeout: {:?}", start.elapsed());
    assert!(
        start_of_page.starts_with("HTTP/1.1 200 OK\r\n") && start_of_page.contains("<!DOCTYPE html>"),
        "{start_of_page}"
    );
    assert!(start_of_page.contains("name=\"q\"") && !start_of_page.contains("Last result"), "{start_of_page}");
    assert_eq!(
        env.proxy.get(&click_links(&start_of_page)[0], &[]).header("location"),
        Some(ORGANIC),
        "its links work already"
    );
    env.partner.release();
    let page = client.read_response().unwrap().text();
    assert_complete(&page);
    assert!(page.contains("Last result") && click_links(&page).len() == 2, "{page}");
    wait_for_searches(&env, &[("with_ads", 1)]);
}

#[test]
fn first_results_are_sent_before_the_last_arrive() {
    assert_streams(paused_page());
}

#[test]
fn a_compressed_page_is_streamed() {
    assert_streams(ChunkedPage::gzipped(&[&page_start(), &page_end()], &[PageStep::AwaitRelease]));
}

/// If the charset is not declared, a kilobyte is buffered to determine it.
#[test]
fn a_page_without_a_declared_charset_is_streamed() {
    let filler = "<p>Results and more results</p>".repeat(40);
    let page = ChunkedPage::new().media_type("text/html");
    assert_streams(page.send(page_start() + &filler).then(PageStep::AwaitRelease).send(page_end()));
}

#[test]
fn splits_between_chunks_do_not_change_the_page() {
    let text = format!("<p>Größe — 東京 &amp; <b>more</b></p>{}", sample_page());
    let token = Regex::new("/click/[A-Za-z0-9_-]+").unwrap();
    let output = |answer: ChunkedPage| {
        let env = page_env(answer);
        let page = env.search_page("q=x", &[]).text();
        wait_for_searches(&env, &[("with_ads", 1)]);
        token.replace_all(&page, "/click/TOKEN").into_owned()
    };
    let unsplit = output(ChunkedPage::with_body(&text));
    assert_complete(&unsplit);
    assert!(unsplit.contains("Größe — 東京 &amp; <b>more</b>"), "{unsplit}");
    let byte_by_byte = text.bytes().fold(ChunkedPage::new(), |page, byte| page.send([byte]));
    assert_eq!(output(byte_by_byte), unsplit);
    let chunks: Vec<String> = text.chars().map(String::from).collect();
    let chunks: Vec<&str> = chunks.iter().map(String::as_str).collect();
    assert_eq!(output(ChunkedPage::gzipped(&chunks, &[])), unsplit);
}

/// Header names and values, except the date, the visit stamp, and those that frame the body.
fn headers(response: &Response) -> Vec<(String, String)> {
    let framing = ["date", "content-length", "transfer-encoding", "connection", "set-cookie", "visit-stamp"];
    let lower = response.headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.clone()));
    lower.filter(|(name, _)| !framing.contains(&name.as_str())).collect()
}

#[test]
fn a_streamed_page_has_the_headers_of_every_page() {
    let other = TestEnv::new();
    let env = page_env(
        ChunkedPage::with_body(sample_page()).header_line("Content-Language: de").header_line("Server: partner"),
    );
    let (page, other) = (env.search_page("q=x", &[]), other.search_page("q=x", &[]));
    assert_common_headers("a streamed page", &page);
    assert_eq!(headers(&page), headers(&other));
    assert_eq!((page.status, page.header("content-length")), (200, None), "the length is not known");
    assert_eq!(page.header("transfer-encoding"), Some("chunked"));
    assert_eq!(page.header("date").is_some(), other.header("date").is_some());
}

#[test]
fn a_connection_is_reused_for_several_pages() {
    let env = page_env(ChunkedPage::with_body(sample_page()));
    let mut client = Client::connect(env.proxy.public).unwrap();
    for _ in 0..3 {
        let answer = client.send(&request_to(&env.proxy, "GET", "/search?q=x", &[])).unwrap();
        assert_complete(&answer.text());
        let click = client.send(&request_to(&env.proxy, "GET", &click_links(&answer.text())[0], &[])).unwrap();
        assert_eq!(click.status, 303);
    }
    wait_for_searches(&env, &[("with_ads", 3)]);
    assert_eq!(env.proxy.clicks_with_outcome("counted"), 3);
}

/// HTTP/1.0 has no chunked encoding: the page ends with the connection.
#[test]
fn an_http_1_0_client_gets_the_page() {
    let env = page_env(paused_page());
    env.partner.release();
    let host = env.proxy.public;
    let answer =
        send_once(env.proxy.public, format!("GET /search?q=x HTTP/1.0\r\nHost: {host}\r\n\r\n").as_bytes()).unwrap();
    assert_eq!((answer.status, answer.header("transfer-encoding")), (200, None));
    assert_common_headers("HTTP/1.0", &answer);
    assert_complete(&answer.text());
    wait_for_searches(&env, &[("with_ads", 1)]);
}

/// A TLS environment whose partner sends this page, with this `idle_time`.
fn secure_env(answer: ChunkedPage, idle: &str) -> TlsEnv {
    let partner = MockPartner::responding(answer.into_response());
    TlsEnv::with(partner, |config, partner| {
        let config = html_partner(config, "first", partner).with("limits", "idle_time", idle);
        config.with("partner first", "timeout", r#""5s""#)
    })
}

/// The bytes of an HTTP/2 client with a flow-control window of 0: preface, settings, and one search per stream (RFC 9113,
/// RFC 7541).
fn zero_window_searches(streams: u32) -> Vec<u8> {
    let mut bytes = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
    bytes.extend_from_slice(&[0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0]);
    for stream in 0..streams {
        // GET, https, a literal path, a literal authority.
        let mut head = vec![0x82, 0x87, 0x04, 11];
        head.extend_from_slice(b"/search?q=x");
        head.extend_from_slice(&[0x01, 14]);
        head.extend_from_slice(b"search.example");
        let id = (2 * stream + 1).to_be_bytes();
        bytes.extend_from_slice(&[0, 0, u8::try_from(head.len()).unwrap(), 1, 5, id[0], id[1], id[2], id[3]]);
        bytes.extend_from_slice(&head);
    }
    bytes
}

/// It blocks neither the partner for others nor its own connection.
#[test]
fn a_client_with_a_zero_window_blocks_nobody() {
    let long = ChunkedPage::new().send(sample_page()).then(PageStep::Repeat(b"<p>more</p>".repeat(1_000), 30));
    let partner = MockPartner::responding(long.into_response());
    let secure = TlsEnv::with(partner, |config, partner| {
        let config = html_partner(config, "first", partner).with("limits", "idle_time", r#""1500ms""#);
        config.with("limits", "partner_requests_in_flight", "4").with("limits", "searches_in_flight", "4")
    });
    let mut client = std::process::Command::new("openssl")
        .args(["s_client", "-quiet", "-alpn", "h2", "-servername", "search.example", "-connect"])
        .arg(secure.proxy.public.to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut input = client.stdin.take().unwrap();
    std::io::Write::write_all(&mut input, &zero_window_searches(4)).unwrap();
    wait_for("four counted searches", || (secure.proxy.searches_with_outcome("with_ads") == 4).then_some(()));
    let other = secure.curl_command("/search?q=y", &["--http2"]).output().unwrap();
    assert!(String::from_utf8_lossy(&other.stdout).ends_with("2 200"), "other clients are served");
    let start = Instant::now();
    client.wait().unwrap();
    assert!(start.elapsed() < Duration::from_secs(20), "its connection must be closed");
    drop(input);
}

#[test]
fn a_page_is_streamed_over_http_2() {
    let secure = secure_env(paused_page(), r#""75s""#);
    let mut curl = secure.curl_command("/search?q=x", &["--http2", "-N", "-i"]);
    let mut child = curl.stdout(Stdio::piped()).spawn().unwrap();
    let (mut out, mut seen, mut buffer) = (child.stdout.take().unwrap(), Vec::new(), [0; 4096]);
    while !String::from_utf8_lossy(&seen).contains("First result</a>") {
        let got = out.read(&mut buffer).unwrap();
        assert!(got > 0, "{}", String::from_utf8_lossy(&seen));
        seen.extend_from_slice(&buffer[..got]);
    }
    assert!(!String::from_utf8_lossy(&seen).contains("Last result"));
    secure.partner.release();
    out.read_to_end(&mut seen).unwrap();
    assert!(child.wait().unwrap().success());
    let text = String::from_utf8(seen).unwrap();
    let (head, page) = text.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/2 200"), "{head}");
    for line in ["content-type: text/html; charset=utf-8", "cache-control: no-store", "referrer-policy: no-referrer"] {
        assert!(head.contains(line), "{head}");
    }
    assert!(head.contains("content-security-policy: default-src 'none'") && !head.contains("content-length"), "{head}");
    assert_complete(page.trim_end_matches("\n2 200"));
}

fn slow_page() -> ChunkedPage {
    ChunkedPage::new().send(page_start()).then(PageStep::Wait(Duration::from_millis(1200))).send(page_end())
}

/// A search is in flight until its page ends; `idle_time` applies to connections without a search.
#[test]
fn idle_time_does_not_apply_while_the_partner_pauses() {
    let env = page_env_with(slow_page(), |config| {
        config.with("limits", "idle_time", r#""500ms""#).with("partner first", "timeout", r#""5s""#)
    });
    let answer = start_search(&env, "q=x").read_response();
    assert_complete(&answer.expect("the whole page").text());
}

#[test]
fn idle_time_does_not_apply_over_http_2_either() {
    let secure = secure_env(slow_page(), r#""500ms""#);
    let output = secure.curl_command("/search?q=x", &["--http2"]).output().unwrap();
    let page = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success() && page.contains("Last result"), "truncated: {page}");
}

#[test]
fn a_reload_does_not_affect_a_streaming_page() {
    let env = page_env(paused_page());
    let mut client = start_search(&env, "q=x");
    client.peek_until("First result").unwrap();
    let config = std::fs::read_to_string(env.proxy.workdir().path("proxy.toml")).unwrap();
    env.proxy.workdir().write("proxy.toml", config.replace("counted", "direct").as_bytes());
    env.proxy.signal("HUP");
    wait_for("the reload", || env.proxy.stderr().contains("event=reloaded").then_some(()));
    env.partner.release();
    let page = client.read_response().unwrap().text();
    assert_complete(&page);
    assert_eq!(click_links(&page).len(), 2);
    for path in click_links(&page) {
        assert_eq!(env.proxy.get(&path, &[]).status, 303);
    }
    wait_for_searches(&env, &[("with_ads", 1)]);
}

#[test]
fn sigterm_lets_a_page_finish() {
    let mut env = page_env_with(paused_page(), |config| config.with("partner first", "timeout", r#""8s""#));
    let mut client = start_search(&env, "q=x");
    let start_of_page = client.peek_until("First result").unwrap();
    env.proxy.signal("TERM");
    std::thread::sleep(Duration::from_millis(300));
    assert!(!start_of_page.contains("Last result"));
    env.partner.release();
    assert_complete(&client.read_response().unwrap().text());
    assert!(env.proxy.wait().success(), "{}", env.proxy.stderr());
    wait_for_searches(&env, &[("with_ads", 1)]);
}

/// After `drain_time` a page is truncated recognizably, and its search is counted.
#[test]
fn sigterm_truncates_a_page_after_drain_time() {
    let mut env = page_env_with(paused_page(), |config| {
        config.with("partner first", "timeout", r#""30s""#).with("limits", "drain_time", r#""700ms""#)
    });
    let mut client = start_search(&env, "q=x");
    client.peek_until("First result").unwrap();
    let start = Instant::now();
    assert!(env.proxy.terminate().success(), "{}", env.proxy.stderr());
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    assert!(client.read_response().is_err(), "the truncation must be recognizable");
    assert_eq!(env.proxy.searches().values().sum::<i64>(), 1, "{:?}", env.proxy.searches());
}

#[test]
fn sigkill_during_a_page_loses_no_click() {
    let mut env = page_env(paused_page());
    let mut client = start_search(&env, "q=x");
    let start_of_page = client.peek_until("First result</a>").unwrap();
    assert_eq!(env.proxy.get(&click_links(&start_of_page)[0], &[]).status, 303);
    env.proxy.kill();
    assert_eq!(env.proxy.clicks_with_outcome("counted"), 1);
    assert!(client.read_response().is_err());
    env.proxy.restart();
    assert_eq!(env.proxy.clicks_with_outcome("counted"), 1);
    assert_eq!(
        env.proxy.get(&click_links(&start_of_page)[0], &[]).header("location"),
        Some(ORGANIC),
        "its links still work"
    );
}

#[test]
fn partners_of_both_formats_can_be_combined() {
    let json = MockPartner::responding(MockResponse::Json(sample_results()));
    let env = page_env_with(ChunkedPage::with_body(sample_page()), |config| {
        config.partner("list", &json.url()).code("listed", r#"["list"]"#)
    });
    assert!(env.search_page("q=x", &[]).text().contains("Flights to Lisbon"));
    assert!(env.search_page("q=x&code=listed", &[]).text().contains("Flights to Lisbon"));
    let accept = |partner: &MockPartner| {
        let request = qsproxy_test_support::test_env::PartnerRequest::new(&partner.requests()[0]);
        request.header("accept").unwrap().to_owned()
    };
    assert_eq!(accept(&env.partner), "text/html");
    assert_eq!(accept(&json), "application/json");
}
