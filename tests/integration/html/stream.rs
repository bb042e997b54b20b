//! A page goes on as it arrives, under the head of every other page.

use std::io::Read as _;
use std::process::Stdio;
use std::time::{Duration, Instant};

use regex::Regex;

use super::{ask, clicks, is_whole, searched};
use crate::headers::upright;
use crate::tls::Secure;
use qsproxy_test_support::chunked_page::{
    ChunkedPage, PageStep, html_partner, link, page_env, page_env_with, sample_page,
};
use qsproxy_test_support::http_client::{Client, Response, send_once};
use qsproxy_test_support::mock_partner::{MockPartner, MockResponse};
use qsproxy_test_support::test_env::{ORGANIC, SPONSORED, TestEnv, request_to, sample_results};
use qsproxy_test_support::wait_for;

/// A page of results that stops before the last one.
fn beginning() -> String {
    format!("<!DOCTYPE html><title>x</title><div><p>{}", link(ORGANIC, "First result"))
}

fn end() -> String {
    format!("<p>{}</div>", link(SPONSORED, "Last result"))
}

fn held() -> ChunkedPage {
    ChunkedPage::new().send(beginning()).then(PageStep::AwaitRelease).send(end())
}

/// The head and the first result are here while the partner holds the last one back.
#[track_caller]
fn streams(answer: ChunkedPage) {
    let env = page_env(answer);
    let start = Instant::now();
    let mut client = ask(&env, "q=lisbon");
    let begun = client.peek_until("First result</a>").expect("the beginning, without the end");
    assert!(start.elapsed() < Duration::from_millis(1500), "before the partner's time is up: {:?}", start.elapsed());
    assert!(begun.starts_with("HTTP/1.1 200 OK\r\n") && begun.contains("<!DOCTYPE html>"), "{begun}");
    assert!(begun.contains("name=\"q\"") && !begun.contains("Last result"), "{begun}");
    assert_eq!(env.proxy.get(&clicks(&begun)[0], &[]).header("location"), Some(ORGANIC), "links work already");
    env.partner.release();
    let page = client.read_response().unwrap().text();
    is_whole(&page);
    assert!(page.contains("Last result") && clicks(&page).len() == 2, "{page}");
    searched(&env, &[("with_ads", 1)]);
}

#[test]
fn the_first_results_are_shown_while_the_last_are_awaited() {
    streams(held());
}

#[test]
fn a_packed_page_streams_too() {
    streams(ChunkedPage::gzipped(&[&beginning(), &end()], &[PageStep::AwaitRelease]));
}

/// Where neither header nor mark nor page says the charset, a kilobyte is enough to go by.
#[test]
fn a_page_that_does_not_say_its_charset_streams_too() {
    let filler = "<p>Results and more results</p>".repeat(40);
    let page = ChunkedPage::new().media_type("text/html");
    streams(page.send(beginning() + &filler).then(PageStep::AwaitRelease).send(end()));
}

#[test]
fn a_page_cut_anywhere_comes_out_the_same() {
    let text = format!("<p>Größe — 東京 &amp; <b>more</b></p>{}", sample_page());
    let token = Regex::new("/click/[A-Za-z0-9_-]+").unwrap();
    let shown = |answer: ChunkedPage| {
        let env = page_env(answer);
        let page = env.search_page("q=x", &[]).text();
        searched(&env, &[("with_ads", 1)]);
        token.replace_all(&page, "/click/TOKEN").into_owned()
    };
    let whole = shown(ChunkedPage::with_body(&text));
    is_whole(&whole);
    assert!(whole.contains("Größe — 東京 &amp; <b>more</b>"), "{whole}");
    let bytewise = text.bytes().fold(ChunkedPage::new(), |page, byte| page.send([byte]));
    assert_eq!(shown(bytewise), whole);
    let pieces: Vec<String> = text.chars().map(String::from).collect();
    let pieces: Vec<&str> = pieces.iter().map(String::as_str).collect();
    assert_eq!(shown(ChunkedPage::gzipped(&pieces, &[])), whole);
}

/// Names and values but for the date, the visit stamp and what frames the body.
fn headers(response: &Response) -> Vec<(String, String)> {
    let framing = ["date", "content-length", "transfer-encoding", "connection", "set-cookie", "visit-stamp"];
    let lower = response.headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.clone()));
    lower.filter(|(name, _)| !framing.contains(&name.as_str())).collect()
}

#[test]
fn its_head_is_that_of_every_page() {
    let other = TestEnv::new();
    let env = page_env(
        ChunkedPage::with_body(sample_page()).header_line("Content-Language: de").header_line("Server: partner"),
    );
    let (page, other) = (env.search_page("q=x", &[]), other.search_page("q=x", &[]));
    upright("a streamed page", &page);
    assert_eq!(headers(&page), headers(&other));
    assert_eq!((page.status, page.header("content-length")), (200, None), "its length is not known");
    assert_eq!(page.header("transfer-encoding"), Some("chunked"));
    assert_eq!(page.header("date").is_some(), other.header("date").is_some());
}

#[test]
fn one_connection_takes_page_after_page() {
    let env = page_env(ChunkedPage::with_body(sample_page()));
    let mut client = Client::connect(env.proxy.public).unwrap();
    for _ in 0..3 {
        let answer = client.send(&request_to(&env.proxy, "GET", "/search?q=x", &[])).unwrap();
        is_whole(&answer.text());
        let click = client.send(&request_to(&env.proxy, "GET", &clicks(&answer.text())[0], &[])).unwrap();
        assert_eq!(click.status, 303);
    }
    searched(&env, &[("with_ads", 3)]);
    assert_eq!(env.proxy.clicks_with_outcome("counted"), 3);
}

/// HTTP/1.0 knows no chunks: the end of the connection is the end of the page.
#[test]
fn an_old_client_gets_the_page_too() {
    let env = page_env(held());
    env.partner.release();
    let host = env.proxy.public;
    let answer =
        send_once(env.proxy.public, format!("GET /search?q=x HTTP/1.0\r\nHost: {host}\r\n\r\n").as_bytes()).unwrap();
    assert_eq!((answer.status, answer.header("transfer-encoding")), (200, None));
    upright("HTTP/1.0", &answer);
    is_whole(&answer.text());
    searched(&env, &[("with_ads", 1)]);
}

/// A partner of pages behind TLS, with these limits.
fn secure(answer: ChunkedPage, idle: &str) -> Secure {
    let partner = MockPartner::responding(answer.into_response());
    Secure::with(partner, |config, partner| {
        let config = html_partner(config, "first", partner).with("limits", "idle_time", idle);
        config.with("partner first", "timeout", r#""5s""#)
    })
}

/// A client that speaks HTTP/2 and has no room for any answer: its preface with settings whose window is 0, and
/// searches on streams of their own (RFC 9113, RFC 7541).
fn without_room(streams: u32) -> Vec<u8> {
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

/// It keeps neither the partner from others nor its own connection.
#[test]
fn a_client_without_room_over_http_2_holds_nothing() {
    let long = ChunkedPage::new().send(sample_page()).then(PageStep::Repeat(b"<p>more</p>".repeat(1_000), 30));
    let partner = MockPartner::responding(long.into_response());
    let secure = Secure::with(partner, |config, partner| {
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
    std::io::Write::write_all(&mut input, &without_room(4)).unwrap();
    wait_for("four searches that are counted", || (secure.proxy.searches_with_outcome("with_ads") == 4).then_some(()));
    let other = secure.curl_command("/search?q=y", &["--http2"]).output().unwrap();
    assert!(String::from_utf8_lossy(&other.stdout).ends_with("2 200"), "others are served");
    let began = Instant::now();
    client.wait().unwrap();
    assert!(began.elapsed() < Duration::from_secs(20), "its connection is closed");
    drop(input);
}

#[test]
fn it_streams_over_http_2() {
    let secure = secure(held(), r#""75s""#);
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
    is_whole(page.trim_end_matches("\n2 200"));
}

fn paused() -> ChunkedPage {
    ChunkedPage::new().send(beginning()).then(PageStep::Wait(Duration::from_millis(1200))).send(end())
}

/// A search is under way as long as its page is: `idle_time` is about connections on which none is.
#[test]
fn a_pause_of_the_partners_is_no_idleness_of_the_clients() {
    let env = page_env_with(paused(), |config| {
        config.with("limits", "idle_time", r#""500ms""#).with("partner first", "timeout", r#""5s""#)
    });
    let answer = ask(&env, "q=x").read_response();
    is_whole(&answer.expect("the whole page").text());
}

#[test]
fn nor_is_it_over_http_2() {
    let secure = secure(paused(), r#""500ms""#);
    let output = secure.curl_command("/search?q=x", &["--http2"]).output().unwrap();
    let page = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success() && page.contains("Last result"), "it broke off: {page}");
}

#[test]
fn a_reload_in_the_middle_does_not_touch_it() {
    let env = page_env(held());
    let mut client = ask(&env, "q=x");
    client.peek_until("First result").unwrap();
    let config = std::fs::read_to_string(env.proxy.workdir().path("proxy.toml")).unwrap();
    env.proxy.workdir().write("proxy.toml", config.replace("counted", "direct").as_bytes());
    env.proxy.signal("HUP");
    wait_for("the reload", || env.proxy.stderr().contains("event=reloaded").then_some(()));
    env.partner.release();
    let page = client.read_response().unwrap().text();
    is_whole(&page);
    assert_eq!(clicks(&page).len(), 2);
    for path in clicks(&page) {
        assert_eq!(env.proxy.get(&path, &[]).status, 303);
    }
    searched(&env, &[("with_ads", 1)]);
}

#[test]
fn sigterm_lets_it_come_to_its_end() {
    let mut env = page_env_with(held(), |config| config.with("partner first", "timeout", r#""8s""#));
    let mut client = ask(&env, "q=x");
    let begun = client.peek_until("First result").unwrap();
    env.proxy.signal("TERM");
    std::thread::sleep(Duration::from_millis(300));
    assert!(!begun.contains("Last result"));
    env.partner.release();
    is_whole(&client.read_response().unwrap().text());
    assert!(env.proxy.wait().success(), "{}", env.proxy.stderr());
    searched(&env, &[("with_ads", 1)]);
}

/// Past `drain_time` a page is cut off, so that it looks like none that is whole, and its search is counted.
#[test]
fn sigterm_does_not_wait_for_ever() {
    let mut env = page_env_with(held(), |config| {
        config.with("partner first", "timeout", r#""30s""#).with("limits", "drain_time", r#""700ms""#)
    });
    let mut client = ask(&env, "q=x");
    client.peek_until("First result").unwrap();
    let start = Instant::now();
    assert!(env.proxy.terminate().success(), "{}", env.proxy.stderr());
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    assert!(client.read_response().is_err(), "nobody takes it for whole");
    assert_eq!(env.proxy.searches().values().sum::<i64>(), 1, "{:?}", env.proxy.searches());
}

#[test]
fn sigkill_in_the_middle_loses_no_click() {
    let mut env = page_env(held());
    let mut client = ask(&env, "q=x");
    let begun = client.peek_until("First result</a>").unwrap();
    assert_eq!(env.proxy.get(&clicks(&begun)[0], &[]).status, 303);
    env.proxy.kill();
    assert_eq!(env.proxy.clicks_with_outcome("counted"), 1);
    assert!(client.read_response().is_err());
    env.proxy.restart();
    assert_eq!(env.proxy.clicks_with_outcome("counted"), 1);
    assert_eq!(env.proxy.get(&clicks(&begun)[0], &[]).header("location"), Some(ORGANIC), "its links still lead on");
}

#[test]
fn partners_of_both_formats_stand_side_by_side() {
    let json = MockPartner::responding(MockResponse::Json(sample_results()));
    let env = page_env_with(ChunkedPage::with_body(sample_page()), |config| {
        config.partner("list", &json.url()).code("listed", r#"["list"]"#)
    });
    assert!(env.search_page("q=x", &[]).text().contains("Flights to Lisbon"));
    assert!(env.search_page("q=x&code=listed", &[]).text().contains("Flights to Lisbon"));
    let accept = |partner: &MockPartner| {
        let asked = qsproxy_test_support::test_env::PartnerRequest::new(&partner.requests()[0]);
        asked.header("accept").unwrap().to_owned()
    };
    assert_eq!(accept(&env.partner), "text/html");
    assert_eq!(accept(&json), "application/json");
}
