//! Progress, not liveness: what keeps a connection, a stream or an answer must move bytes of its own, and what waits for a client is
//! bounded. A slow but honest reader gets everything, and bystanders are served.

pub(crate) mod http2;

use std::io::Read as _;
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use qsproxy_test_support::http_client::Client;
use qsproxy_test_support::mock_partner::MockPartner;
use qsproxy_test_support::proxy::Proxy;
use qsproxy_test_support::test_env::{TestEnv, organic_results, request_to};
use qsproxy_test_support::{contains, wait_for};
use socket2::{Domain, Socket, Type};

use crate::clients::{BYSTANDER, GREEDY, connect_from, refusals};
use crate::progress::http2::{DATA, HEADERS, Http2Client, PING, RESET};
use crate::tls::TlsEnv;

const SEARCH: &str = "/search?q=x&format=json";

/// A connection that receives few bytes before somebody reads.
fn narrow_stream(source: [u8; 4], to: SocketAddr) -> TcpStream {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.bind(&SocketAddr::from((source, 0)).into()).unwrap();
    socket.set_recv_buffer_size(4_096).unwrap();
    socket.connect(&SocketAddr::from(([127, 0, 0, 1], to.port())).into()).unwrap();
    TcpStream::from(socket)
}

/// A proxy with HTTP/2 whose answers to searches have some 20 KB, and with a short `idle_time`.
fn tls_env(more: &[(&str, &str, &str)]) -> TlsEnv {
    TlsEnv::with(MockPartner::json(organic_results(50)), |config, _| {
        let config = config.with("limits", "idle_time", r#""1500ms""#).with("client", "searches_in_flight", "1000");
        more.iter().fold(config, |config, (table, key, value)| config.with(table, key, value))
    })
}

fn open_connections(proxy: &Proxy) -> i64 {
    proxy.metric("qsproxy_connections_open")
}

fn resident_kib(proxy: &Proxy) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", proxy.pid())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches("kB").trim().parse().unwrap()
}

#[track_caller]
fn assert_bystander_is_served(env: &TlsEnv) {
    let output = env.curl_command(SEARCH, &[]).output().unwrap();
    assert!(contains(&output.stdout, b"\n2 200"), "{}", String::from_utf8_lossy(&output.stderr));
}

/// What a client does with the windows of its streams while it sends PINGs.
#[track_caller]
fn assert_connections_end(window: u32, opened: u32) {
    let env = tls_env(&[]);
    let mut clients: Vec<Http2Client> =
        (0..4).map(|_| Http2Client::new(narrow_stream(GREEDY, env.proxy.public), window)).collect();
    let streams: Vec<Vec<u32>> =
        clients.iter_mut().map(|client| (0..15).map(|_| client.get(SEARCH)).collect()).collect();
    wait_for("all searches", || (env.partner.requests().len() >= 60).then_some(()));
    assert_bystander_is_served(&env);
    wait_for("the connections to end", || {
        for (client, streams) in clients.iter_mut().zip(&streams) {
            client.send(PING, 0, 0, b"12345678");
            for stream in streams.iter().filter(|_| opened > 0) {
                client.open_window(*stream, opened);
            }
            // Some 40 bytes a second for the 15 streams of each connection.
            client.frames(Duration::from_millis(100), |_| false);
        }
        (open_connections(&env.proxy) == 0).then_some(())
    });
    assert_bystander_is_served(&env);
    assert_eq!(env.proxy.metric("qsproxy_panics_total"), 0);
}

#[test]
fn pings_keep_no_answers_that_have_no_window() {
    assert_connections_end(0, 0);
}

/// 960 requests a minute are one turn of 16 KiB a second, and 256 at once four.
#[test]
fn a_client_sends_no_more_than_its_requests_need() {
    let env = tls_env(&[
        ("limits", "idle_time", r#""60s""#),
        ("client", "requests_per_minute", "960"),
        ("client", "requests_burst", "256"),
    ]);
    let (turn, burst) = (16_384 / 17, 4);
    let mut client = Http2Client::new(narrow_stream(GREEDY, env.proxy.public), 65_535);
    let begun = Instant::now();
    client.send_pings(burst * turn + 10 * turn);
    let answers = |client: &mut Http2Client, time| {
        client.frames(time, |_| false).iter().filter(|frame| frame.kind == PING).count()
    };
    let at_once = answers(&mut client, Duration::from_millis(3_500));
    let seconds = usize::try_from(begun.elapsed().as_secs()).unwrap();
    assert!(at_once >= burst * turn, "{at_once}");
    assert!(at_once <= (burst + seconds + 3) * turn, "{at_once} in {seconds} s");
    assert!(env.proxy.metric(r#"qsproxy_client_limits_reached_total{limit="received_bytes"}"#) > 0);
    assert_bystander_is_served(&env);
    // The rest was not lost.
    let later = answers(&mut client, Duration::from_millis(2_500));
    assert!(later >= turn, "{later}");
    client.get(SEARCH);
    assert!(!client.is_closed);
}

#[test]
fn windows_of_one_byte_keep_no_answers() {
    assert_connections_end(1, 1);
}

#[test]
fn pings_keep_no_idle_connection() {
    let env = tls_env(&[]);
    let mut client = Http2Client::new(narrow_stream(GREEDY, env.proxy.public), 65_535);
    wait_for("the connection to end", || {
        client.send(PING, 0, 0, b"12345678");
        client.frames(Duration::from_millis(100), |_| false);
        client.is_closed.then_some(())
    });
}

#[test]
fn a_stream_without_a_window_is_reset_and_others_go_on() {
    let env = tls_env(&[]);
    let mut client = Http2Client::new(narrow_stream(GREEDY, env.proxy.public), 0);
    let stalled = client.get(SEARCH);
    let reset = wait_for("the reset", || {
        let other = client.get(SEARCH);
        client.open_window(other, 65_535);
        client.open_window(0, 65_535);
        let frames = client.frames(Duration::from_millis(300), |frame| frame.stream == other && frame.flags & 1 == 1);
        let bytes: usize = frames
            .iter()
            .filter(|frame| (frame.kind, frame.stream) == (DATA, other))
            .map(|frame| frame.body.len())
            .sum();
        assert!(!client.is_closed && bytes > 5_000, "the other stream is answered: {bytes} bytes");
        frames.into_iter().find(|frame| frame.kind == RESET)
    });
    assert_eq!((reset.stream, reset.body), (stalled, vec![0, 0, 0, 8]), "CANCEL");
    assert_eq!(env.proxy.metric("qsproxy_answers_stalled_total"), 1);
}

#[test]
fn trailers_are_read_and_those_of_pseudo_header_fields_alone_are_refused() {
    let env = tls_env(&[]);
    let mut client = Http2Client::new(narrow_stream(GREEDY, env.proxy.public), 65_535);
    // The statuses 200 and 400 of the static table (RFC 7541 appendix A).
    for (trailers, indexed_status) in [
        (&[("x-checksum", "1")][..], 0x88),
        (&[(":path", "/privacy")], 0x8c),
        (&[(":method", "GET"), (":scheme", "https")], 0x8c),
        (&[], 0x8c),
    ] {
        let stream = client.post_with_trailers("/search?format=json", b"q=shoes", trailers);
        let frames = client.frames(Duration::from_secs(5), |frame| frame.stream == stream && frame.kind == HEADERS);
        let status = frames.last().filter(|frame| frame.kind == HEADERS).and_then(|frame| frame.body.first().copied());
        assert_eq!(status, Some(indexed_status), "{trailers:?}");
    }
    assert_eq!(env.partner.requests().len(), 1);
}

#[test]
fn bytes_that_wait_for_one_client_are_bounded() {
    let env = tls_env(&[("client", "waiting_bytes", "200000"), ("limits", "idle_time", r#""20s""#)]);
    let mut client = Http2Client::new(narrow_stream(GREEDY, env.proxy.public), 0);
    for _ in 0..80 {
        client.get(SEARCH);
    }
    let heads = wait_for("a head for each request", || {
        let frames = client.frames(Duration::from_millis(500), |_| false);
        let heads = frames.iter().filter(|frame| frame.kind == HEADERS).count();
        (heads > 0).then_some(heads)
    });
    wait_for("refusals", || {
        let refused = env.proxy.metric("qsproxy_client_limits_reached_total{limit=\"waiting_bytes\"}");
        (refused > 0).then_some(())
    });
    assert!(heads > 1);
    assert_bystander_is_served(&env);
    drop(client);
    wait_for("the bytes to be returned", || {
        let mut client = Http2Client::new(narrow_stream(GREEDY, env.proxy.public), 65_535);
        let stream = client.get(SEARCH);
        let frames = client.frames(Duration::from_secs(2), |frame| frame.stream == stream && frame.flags & 1 == 1);
        (frames.iter().filter(|frame| frame.kind == DATA).map(|frame| frame.body.len()).sum::<usize>() > 5_000)
            .then_some(())
    });
}

/// Reads a response in small parts, `bytes` every `period`.
fn read_slowly(stream: &mut TcpStream, bytes: usize, period: Duration) -> Vec<u8> {
    let (mut all, mut part) = (Vec::new(), vec![0; bytes]);
    while let Ok(got @ 1..) = stream.read(&mut part) {
        all.extend_from_slice(&part[..got]);
        std::thread::sleep(period);
    }
    all
}

#[test]
fn a_slow_reader_gets_its_whole_answer_over_http1() {
    let env = TestEnv::with(|config| config.with("limits", "idle_time", r#""5s""#));
    env.partner.respond_with(qsproxy_test_support::mock_partner::MockResponse::Json(organic_results(100)));
    let mut stream = narrow_stream(GREEDY, env.proxy.public);
    let request = request_to(&env.proxy, "GET", SEARCH, &["Connection: close"]);
    std::io::Write::write_all(&mut stream, &request).unwrap();
    let start = Instant::now();
    let answer = read_slowly(&mut stream, 1_024, Duration::from_millis(250));
    assert!(answer.starts_with(b"HTTP/1.1 200") && answer.ends_with(b"}"), "{} bytes", answer.len());
    assert!(start.elapsed() > Duration::from_secs(5), "slower than idle_time: {:?}", start.elapsed());
    assert_eq!(env.proxy.metric("qsproxy_answers_stalled_total"), 0);
}

#[test]
fn a_client_that_reads_nothing_or_a_byte_at_a_time_is_closed_over_http1() {
    for bytes in [0, 1] {
        let env = TestEnv::with(|config| config.with("limits", "idle_time", r#""1s""#));
        env.partner.respond_with(qsproxy_test_support::mock_partner::MockResponse::Json(organic_results(100)));
        let mut stream = narrow_stream(GREEDY, env.proxy.public);
        let requests = request_to(&env.proxy, "GET", SEARCH, &[]).repeat(20);
        std::io::Write::write_all(&mut stream, &requests).unwrap();
        wait_for("the first search", || (!env.partner.requests().is_empty()).then_some(()));
        wait_for("the connection to end", || {
            let mut part = vec![0; bytes];
            stream.read_exact(&mut part).ok();
            (open_connections(&env.proxy) == 0).then_some(())
        });
        assert_eq!(env.proxy.metric("qsproxy_answers_stalled_total"), 1, "{bytes} bytes at a time");
    }
}

#[test]
fn heads_are_bounded_by_their_limits() {
    let env = TestEnv::new();
    for (start, status, code) in [
        ("GET /search?q=x HTTP/1.1\r\nX-A: ", 431, "headers_too_large"),
        ("GET /search?q=x HTTP/1.1\r\nX-A: b\r\nX-B: ", 431, "headers_too_large"),
        ("GET /search?q=", 414, "uri_too_long"),
    ] {
        for length in [50_000, 118_000, 500_000] {
            let mut client = Client::connect(env.proxy.public).unwrap();
            let response = client.send(format!("{start}{}", "a".repeat(length)).as_bytes()).unwrap();
            assert_eq!((response.status, response.problem().as_str()), (status, code), "{start:?} and {length}");
            assert_eq!(response.media_type(), "application/problem+json");
        }
    }
    let before = resident_kib(&env.proxy);
    let mut held = Vec::new();
    for _ in 0..90 {
        let mut client = connect_from(GREEDY, env.proxy.public).unwrap();
        client.write(format!("GET / HTTP/1.1\r\nX-A: {}", "a".repeat(38_000)).as_bytes()).unwrap();
        held.push(client);
    }
    wait_for("all connections", || (open_connections(&env.proxy) >= 90).then_some(()));
    assert!(held.iter_mut().all(|client| client.is_silent_for(Duration::from_millis(10))), "none is complete");
    let each = (resident_kib(&env.proxy).saturating_sub(before)) / 90;
    assert!(each < 100, "{each} KiB for an unfinished head of 38 kB");
}

#[test]
fn unfinished_heads_count_in_the_bytes_that_wait() {
    let env = TestEnv::with(|config| config.with("client", "waiting_bytes", "100000"));
    let mut held: Vec<Client> = (0..10).map(|_| connect_from(GREEDY, env.proxy.public).unwrap()).collect();
    for client in &mut held {
        client.write(format!("GET / HTTP/1.1\r\nX-A: {}", "a".repeat(20_000)).as_bytes()).unwrap();
    }
    wait_for("the others to be refused", || (refusals(&env, "waiting_bytes") >= 8).then_some(()));
    wait_for("the others to be closed", || (open_connections(&env.proxy) == 2).then_some(()));
    assert_eq!(refusals(&env, "waiting_bytes"), 8, "a head may have some 41 KB");
    let answer = connect_from(BYSTANDER, env.proxy.public).unwrap().send(&request_to(&env.proxy, "GET", SEARCH, &[]));
    assert_eq!(answer.unwrap().status, 200);
    let mut short = connect_from(GREEDY, env.proxy.public).unwrap();
    short.write(b"GET / HTTP/1.1\r\nX-A: ").unwrap();
    assert!(short.is_silent_for(Duration::from_millis(100)), "a short head does not count");
}

#[test]
fn a_kept_connection_serves_heads_however_they_arrive() {
    let env = TestEnv::with(|config| config.with("limits", "header_time", r#""2s""#));
    let request = request_to(&env.proxy, "GET", "/robots.txt", &[]);
    let mut client = Client::connect(env.proxy.public).unwrap();
    let is_answered = |client: &mut Client| client.read_response().unwrap().text().contains("Disallow");
    client.write(&request.repeat(3)).unwrap();
    assert!((0..3).all(|_| is_answered(&mut client)), "pipelined");
    // One and a half, then the rest.
    let (first, second) = request.split_at(request.len() / 2);
    client.write(&[&request, first].concat()).unwrap();
    assert!(is_answered(&mut client));
    std::thread::sleep(Duration::from_millis(300));
    client.write(second).unwrap();
    assert!(is_answered(&mut client), "a head in two parts");
    for byte in &request {
        client.write(&[*byte]).unwrap();
    }
    assert!(is_answered(&mut client), "byte by byte");
    // Idle for longer than a head may take.
    std::thread::sleep(Duration::from_millis(2_500));
    client.write(&[b"\r\n", request.as_slice()].concat()).unwrap();
    assert!(is_answered(&mut client), "after a pause");
}

/// What follows a body that was refused before it was read is not a request.
#[test]
fn the_rest_of_a_refused_body_is_no_request() {
    let env = TestEnv::new();
    let lines = ["Content-Type: application/x-www-form-urlencoded", "Content-Length: 100000"];
    let mut client = Client::connect(env.proxy.public).unwrap();
    client.write(&request_to(&env.proxy, "POST", "/search", &lines)).unwrap();
    assert_eq!(client.read_response().unwrap().status, 413);
    client.write(&request_to(&env.proxy, "GET", SEARCH, &[])).ok();
    assert!(client.read_to_end().is_empty());
    assert!(env.partner.requests().is_empty());
    let mut silent = Client::connect(env.proxy.public).unwrap();
    silent.write(&request_to(&env.proxy, "POST", "/search", &lines)).unwrap();
    assert_eq!(silent.read_response().unwrap().status, 413);
    wait_for("the connection to end", || (open_connections(&env.proxy) == 0).then_some(()));
}

/// The start of a request that was read with the one before is not forgotten, wherever it was cut.
#[test]
fn a_request_is_answered_wherever_the_one_before_was_read_to() {
    let env = TestEnv::new();
    let request = request_to(&env.proxy, "GET", "/robots.txt", &[]);
    for cut in 1..request.len() {
        let mut client = Client::connect(env.proxy.public).unwrap();
        client.write(&[&request, &request[..cut]].concat()).unwrap();
        assert_eq!(client.read_response().unwrap().status, 200);
        // Until the program waits for the rest.
        std::thread::sleep(Duration::from_millis(20));
        client.write(&request[cut..]).unwrap();
        let start = Instant::now();
        assert_eq!(client.read_response().unwrap().status, 200, "{:?}", request[..cut].escape_ascii().to_string());
        assert!(start.elapsed() < Duration::from_secs(5), "after {cut} bytes: {:?}", start.elapsed());
    }
}
