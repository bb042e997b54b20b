//! What a dump of the process's memory tells of searches that were answered: nothing.
//!
//! The tests read all writable memory of the running program and look for keywords and IDs, whole or in halves, in five forms.
//! Connections stay open meanwhile: a buffer that lives as long as its connection must not keep what it held.

mod process_memory;

use std::net::TcpStream;
use std::time::Duration;

use qsproxy_test_support::config::ConfigBuilder;
use qsproxy_test_support::http_client::{Client, form_bytes, percent_encode, request_bytes};
use qsproxy_test_support::mock_partner::{MockPartner, MockResponse, gzip};
use qsproxy_test_support::proxy::Proxy;
use qsproxy_test_support::test_env::{organic_entry, results_json};
use qsproxy_test_support::wait_for;

use crate::memory::process_memory::{Findings, id, keyword};
use crate::progress::http2::{DATA, HEADERS, Http2Client};
use crate::tls::TlsEnv;

/// The searches that an attacker looks for.
const SEARCHES: usize = 200;
/// The searches after them.
const FURTHER_SEARCHES: usize = 2_000;
/// How long after the last answer nothing of any search may be in memory: HTTP/2 connections that are idle end after 15 seconds, and
/// have a second to close.
const BOUND: Duration = Duration::from_secs(17);
/// The same for HTTP/1.1, whose connections stay open.
const HTTP1_BOUND: Duration = Duration::from_secs(2);

/// The codes of the partners below.
const CODES: [&str; 5] = ["toolbar-main", "form", "page", "gzip", "zstd"];

fn results(encoded: &str) -> String {
    let text = encoded.replace('+', " ").replace("%20", " ");
    let entry = organic_entry(&text, "https://result.example/");
    results_json(&[qsproxy_test_support::test_env::ResultEntry { snippet: &text, ..entry }; 5])
}

fn page(encoded: &str) -> MockResponse {
    let text = encoded.replace('+', " ").replace("%20", " ");
    let entry = format!("<div><a href=\"https://result.example/\"><h3>{text}</h3></a><p>All about {text}</p></div>");
    let body =
        format!("<!DOCTYPE html><html><head><title>{text}</title></head><body>{}</body></html>", entry.repeat(5));
    raw("text/html", "identity", body.as_bytes())
}

fn raw(media_type: &str, coding: &str, body: &[u8]) -> MockResponse {
    let length = body.len();
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: {media_type}\r\nContent-Encoding: {coding}\r\nContent-Length: {length}\r\n\r\n"
    );
    MockResponse::Raw([head.as_bytes(), body].concat())
}

/// Partners that repeat the keyword in their answers: by GET and POST, kept connections and closed ones, compressed and not.
struct Partners(Vec<MockPartner>);

impl Partners {
    fn new() -> Partners {
        let echo = |respond| MockPartner::responding(MockResponse::Echo(respond));
        let zstd =
            |text: &str| raw("application/json", "zstd", &zstd::encode_all(results(text).as_bytes(), 3).unwrap());
        Partners(vec![
            echo(|text| MockResponse::Json(results(text))),
            echo(|text| MockResponse::Json(results(text))),
            echo(page),
            echo(|text| raw("application/json", "gzip", &gzip(results(text).as_bytes()))),
            echo(zstd),
        ])
    }

    /// Adds a code for each partner to a configuration that has the first.
    fn configure(&self, mut config: ConfigBuilder) -> ConfigBuilder {
        for (code, partner) in CODES.iter().zip(&self.0).skip(1) {
            config = config.partner(code, &partner.url()).code(code, &format!("[{code:?}]"));
        }
        config
            .with("limits", "idle_time", r#""10m""#)
            .with("partner form", "method", r#""POST""#)
            .with("partner page", "format", r#""html""#)
            .without("partner page", "results")
    }
}

fn query(number: usize) -> String {
    let code = CODES[number % CODES.len()];
    // Some clients encode every letter.
    let keyword = if number % 7 == 3 {
        keyword(number).bytes().map(|byte| format!("%{byte:02x}")).collect()
    } else {
        percent_encode(&keyword(number))
    };
    format!("q={keyword}&id={}&code={code}", id(number))
}

fn connect_http2(secure: &TlsEnv) -> KeptClient {
    let stream = TcpStream::connect(secure.proxy.public).unwrap();
    KeptClient::Http2(Box::new(Http2Client::new(stream, 65_535)))
}

/// A client that keeps its connection.
enum KeptClient {
    Http1(Client),
    Http2(Box<Http2Client>),
}

/// Clients that search in turn. Their connections stay open.
struct Clients {
    plain: Proxy,
    secure: TlsEnv,
    kept: Vec<KeptClient>,
    partners: [Partners; 2],
}

impl Clients {
    fn start() -> Clients {
        let partners = [Partners::new(), Partners::new()];
        let plain = Proxy::start(&partners[0].configure(ConfigBuilder::new(&partners[0].0[0])).text());
        let first = MockPartner::responding(MockResponse::Echo(|text| MockResponse::Json(results(text))));
        let secure = TlsEnv::with(first, |config, _| partners[1].configure(config));
        let mut kept: Vec<_> = (0..12).map(|_| KeptClient::Http1(Client::connect(plain.public).unwrap())).collect();
        kept.extend((0..8).map(|_| connect_http2(&secure)));
        Clients { plain, secure, kept, partners }
    }

    fn pids(&self) -> [u32; 2] {
        [self.plain.pid(), self.secure.proxy.pid()]
    }

    /// One search over a kept connection, and now and then over another one.
    fn search(&mut self, number: usize) {
        let (query, host) = (query(number), self.plain.public.to_string());
        let accept = ["Accept: text/html"];
        let get = request_bytes("GET", &format!("/search?{query}"), &host, &accept);
        let post = form_bytes("/search", &host, &accept, query.as_bytes());
        let bytes = if number.is_multiple_of(3) { &post } else { &get };
        if number % 11 == 5 {
            let response = Client::connect(self.plain.public).unwrap().send(bytes).unwrap();
            assert_eq!(response.status, 200, "{}", response.text());
            return;
        }
        if number % 11 == 7 {
            let curl = self.secure.curl_command(&format!("/search?{query}"), &["--http1.1"]).output().unwrap();
            assert!(curl.stdout.ends_with(b"1.1 200"), "{}", String::from_utf8_lossy(&curl.stdout));
            return;
        }
        let client = number % self.kept.len();
        match &mut self.kept[client] {
            KeptClient::Http1(client) => {
                let response = client.send(bytes).unwrap();
                assert_eq!(response.status, 200, "{}", response.text());
            }
            KeptClient::Http2(client) => {
                let target = format!("/search?{query}");
                let stream = if number.is_multiple_of(2) { client.get(&target) } else { client.get_indexed(&target) };
                let is_end =
                    move |frame: &crate::progress::http2::Frame| frame.stream == stream && frame.flags & 1 == 1;
                let frames = client.frames(Duration::from_secs(10), is_end);
                let bytes: usize = frames.iter().filter(|frame| frame.kind == DATA).map(|frame| frame.body.len()).sum();
                assert!(frames.last().is_some_and(is_end), "{frames:?}");
                client.open_window(0, u32::try_from(bytes).unwrap());
                let head = frames.iter().find(|frame| frame.stream == stream && frame.kind == HEADERS).unwrap();
                assert_eq!(head.body[0], 0x88, "status 200 (RFC 7541 appendix A)");
            }
        }
    }

    /// Opens the HTTP/2 connections again, which the server has closed.
    fn reconnect(&mut self) {
        for client in &mut self.kept {
            if let KeptClient::Http2(one) = client {
                one.frames(Duration::from_secs(5), |_| false);
                assert!(one.is_closed, "idle HTTP/2 connections end");
                *client = connect_http2(&self.secure);
            }
        }
    }

    fn search_memory(&self) -> [Findings; 2] {
        self.pids().map(process_memory::search)
    }
}

#[track_caller]
fn assert_empty(when: &str, found: &Findings) {
    assert!(found.bytes > 1 << 20, "{} bytes were read", found.bytes);
    let places: Vec<_> = found.all.iter().take(20).collect();
    let (secrets, forms) = (found.secrets(), found.forms());
    assert!(found.all.is_empty(), "{when}: {secrets} secrets, {forms:?}: {places:#?}");
}

#[test]
#[ignore = "needs root"]
fn nothing_of_a_search_stays_in_memory() {
    let mut clients = Clients::start();
    for number in 0..SEARCHES {
        clients.search(number);
    }
    std::thread::sleep(HTTP1_BOUND);
    let [plain, secure] = clients.search_memory();
    assert_empty("HTTP/1.1, two seconds later", &plain);
    // HTTP/2 connections are open: each may contain its last requests.
    assert!(secure.secrets() <= SEARCHES / 2, "{:?}", secure.all);
    std::thread::sleep(BOUND);
    for found in clients.search_memory() {
        assert_empty("idle", &found);
    }
    clients.reconnect();
    for number in SEARCHES..SEARCHES + FURTHER_SEARCHES {
        clients.search(number);
    }
    let [plain, secure] = clients.search_memory();
    assert_eq!((plain.secrets_below(SEARCHES), secure.secrets_below(SEARCHES)), (0, 0));
    std::thread::sleep(BOUND);
    for found in clients.search_memory() {
        assert_empty("after further searches", &found);
    }
}

/// The search of memory finds what is there: a search that is under way.
#[test]
#[ignore = "needs root"]
fn a_search_under_way_is_found_in_memory() {
    let clients = Clients::start();
    for partner in clients.partners.iter().flat_map(|partners| &partners.0) {
        partner.respond_with(MockResponse::Hang);
    }
    let mut client = Client::connect(clients.plain.public).unwrap();
    for number in [0, 1] {
        let target = format!("/search?{}", query(number));
        client.write(&request_bytes("GET", &target, &clients.plain.public.to_string(), &[])).unwrap();
        wait_for("the request", || (!clients.partners[0].0[number].requests().is_empty()).then_some(()));
        let found = process_memory::search(clients.plain.pid());
        assert!(found.all.iter().any(|one| one.number == Some(number)), "{number} of {:?}", found.all);
        client = Client::connect(clients.plain.public).unwrap();
    }
}
