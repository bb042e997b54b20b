//! What a stop waits for: requests that arrived in full are answered, and nothing else holds the process.

use std::io::Write as _;
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use qsproxy_test_support::config::ConfigBuilder;
use qsproxy_test_support::http_client::{Client, request_bytes};
use qsproxy_test_support::mock_partner::{MockPartner, MockResponse};
use qsproxy_test_support::proxy::Proxy;
use qsproxy_test_support::test_env::{TestEnv, request_to, sample_results};
use qsproxy_test_support::{send_signal, wait_for};

use crate::tls::TlsEnv;

/// `drain_time` in these tests: long enough to be told from an end at once on a busy machine.
const DRAIN_TIME: &str = "\"20s\"";
/// A process that does not wait ends within this time. It takes less than a second on an idle machine.
const AT_ONCE: Duration = Duration::from_secs(8);

/// Sends SIGTERM and returns how long the process ran after that.
fn stop(proxy: &mut Proxy) -> Duration {
    let start = Instant::now();
    let status = proxy.terminate();
    assert!(status.success(), "{status}");
    start.elapsed()
}

fn post(proxy: &Proxy, body: &str, length: usize) -> Vec<u8> {
    let content = [format!("Content-Length: {length}"), "Content-Type: application/x-www-form-urlencoded".into()];
    let head = request_to(proxy, "POST", "/search", &[&content[0], &content[1]]);
    [head, body.as_bytes().to_vec()].concat()
}

#[test]
fn incomplete_requests_do_not_hold_a_stop() {
    let get = |proxy: &Proxy| request_to(proxy, "GET", "/search?q=x&format=json", &[]);
    // What a client sends before the signal, and whether a response comes first.
    type Bytes = fn(&Proxy, &[u8]) -> Vec<u8>;
    let kinds: [(&str, Bytes, bool); 10] = [
        ("nothing", |_, _| Vec::new(), false),
        ("a part of a request line", |_, _| b"GET /sea".to_vec(), false),
        ("a part of a head", |_, get| get[..get.len() - 2].to_vec(), false),
        ("an empty line before a head", |_, _| b"\r\n".to_vec(), false),
        ("a kept connection", |_, get| get.to_vec(), true),
        ("a pipelined rest", |_, get| [get, b"GET /search?q=y HT"].concat(), true),
        ("a head without its body", |proxy, _| post(proxy, "", 10), false),
        ("half a body", |proxy, _| post(proxy, "q=a", 10), false),
        (
            "a body of a request that reads none",
            |proxy, _| request_to(proxy, "POST", "/nowhere", &["Content-Length: 10"]),
            true,
        ),
        (
            "half a chunk",
            |proxy, _| {
                let content = ["Transfer-Encoding: chunked", "Content-Type: application/x-www-form-urlencoded"];
                [request_to(proxy, "POST", "/search", &content), b"5\r\nq=".to_vec()].concat()
            },
            false,
        ),
    ];
    for (kind, bytes, is_answered) in kinds {
        let mut env = TestEnv::with(|config| config.with("limits", "drain_time", DRAIN_TIME));
        let bytes = bytes(&env.proxy, &get(&env.proxy));
        let mut client = Client::connect(env.proxy.public).unwrap();
        client.write(&bytes).unwrap();
        if is_answered {
            client.read_response().unwrap();
        }
        wait_for("the connection", || (env.proxy.metric("qsproxy_connections_open") == 1).then_some(()));
        let took = stop(&mut env.proxy);
        assert!(took < AT_ONCE, "{kind}: {took:?}");
    }
}

#[test]
fn an_incomplete_proxy_protocol_header_does_not_hold_a_stop() {
    for bytes in [&b""[..], b"PROXY TCP4 192.0.2.1 ", b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c", b"PROXY UNKNOWN\r\n"] {
        let mut env = TestEnv::with(|config| {
            let config = config.with("listen", "trusted_proxies", r#"["127.0.0.1"]"#);
            config.with("listen", "proxy_protocol", "true").with("limits", "drain_time", DRAIN_TIME)
        });
        let mut stream = TcpStream::connect(env.proxy.public).unwrap();
        stream.write_all(bytes).unwrap();
        wait_for("the connection", || (env.proxy.metric("qsproxy_connections_open") == 1).then_some(()));
        let took = stop(&mut env.proxy);
        assert!(took < AT_ONCE, "{bytes:?}: {took:?}");
    }
}

/// A client of openssl that keeps its connection.
fn openssl(proxy: &Proxy, protocol: &str, bytes: &[u8]) -> Child {
    let mut client = Command::new("openssl")
        .args(["s_client", "-quiet", "-alpn", protocol, "-servername", "search.example", "-connect"])
        .arg(proxy.public.to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    client.stdin.as_mut().unwrap().write_all(bytes).unwrap();
    client
}

/// The HEADERS frame of a posted search with a body of ten bytes (RFC 9113, RFC 7541).
fn half_body_headers() -> Vec<u8> {
    // POST, https; literal path, authority, content-type and content-length.
    let mut head = vec![0x83, 0x87];
    let fields: [(&[u8], &[u8]); 4] = [
        (&[0x04], b"/search"),
        (&[0x01], b"search.example"),
        (&[0x0f, 0x10], b"application/x-www-form-urlencoded"),
        (&[0x0f, 0x0d], b"10"),
    ];
    for (name, value) in fields {
        head.extend_from_slice(name);
        head.push(u8::try_from(value.len()).unwrap());
        head.extend_from_slice(value);
    }
    [&[0, 0, u8::try_from(head.len()).unwrap(), 1, 4, 0, 0, 0, 1], &head[..]].concat()
}

#[test]
fn connections_under_tls_without_a_request_do_not_hold_a_stop() {
    let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    let settings = [0, 0, 0, 4, 0, 0, 0, 0, 0];
    // A stream whose head is incomplete: HEADERS without END_HEADERS.
    let half_head = [0, 0, 1, 1, 1, 0, 0, 0, 1, 0x82];
    let half_body = [&half_body_headers()[..], &[0, 0, 3, 0, 0, 0, 0, 0, 1], b"q=a"].concat();
    let kinds = [
        ("a part of a handshake", None),
        ("HTTP/1.1, silent", Some(("http/1.1", Vec::new()))),
        ("HTTP/2, silent", Some(("h2", Vec::new()))),
        ("HTTP/2, a part of the preface", Some(("h2", preface[..9].to_vec()))),
        ("HTTP/2, no stream", Some(("h2", [&preface[..], &settings].concat()))),
        ("HTTP/2, a part of a head", Some(("h2", [&preface[..], &settings, &half_head].concat()))),
        ("HTTP/2, half a body", Some(("h2", [&preface[..], &settings, &half_body].concat()))),
    ];
    for (kind, client) in kinds {
        let partner = MockPartner::json(sample_results());
        let mut env = TlsEnv::with(partner, |config, _| config.with("limits", "drain_time", DRAIN_TIME));
        let handshake = TcpStream::connect(env.proxy.public);
        let mut child = client.map(|(protocol, bytes)| openssl(&env.proxy, protocol, &bytes));
        match &child {
            None => handshake.as_ref().unwrap().write_all(&[22, 3, 1, 0, 200, 1, 0]).unwrap(),
            Some(_) => std::thread::sleep(Duration::from_millis(500)),
        }
        wait_for("the connection", || (env.proxy.metric("qsproxy_connections_open") >= 1).then_some(()));
        let took = stop(&mut env.proxy);
        assert!(took < AT_ONCE, "{kind}: {took:?}");
        if let Some(child) = &mut child {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }
}

#[test]
fn requests_that_arrived_are_answered_and_their_connections_closed() {
    let mut env = TestEnv::responding(MockResponse::Delayed(Duration::from_millis(800), sample_results()));
    let mut clients: Vec<Client> = (0..5).map(|_| Client::connect(env.proxy.public).unwrap()).collect();
    for client in &mut clients {
        client.write(&request_to(&env.proxy, "GET", "/search?q=x&format=json", &[])).unwrap();
    }
    wait_for("the partner to be asked", || (env.partner.requests().len() == clients.len()).then_some(()));
    env.proxy.signal("TERM");
    for client in &mut clients {
        let response = client.read_response().unwrap();
        assert_eq!((response.status, response.header("connection")), (200, Some("close")));
    }
    assert!(env.proxy.wait().success());
    assert_eq!(env.proxy.searches().values().sum::<i64>(), 5);
}

/// The first request of a connection, and a body, may arrive a moment after the signal.
#[test]
fn a_request_that_is_under_way_is_answered() {
    let mut env = TestEnv::new();
    let get = request_to(&env.proxy, "GET", "/search?q=x&format=json", &[]);
    let posted = post(&env.proxy, "q=abcdefgh", 10);
    let parts = [(0, &get), (12, &get), (posted.len() - 10, &posted), (posted.len() - 4, &posted)];
    let mut clients: Vec<Client> = parts.iter().map(|_| Client::connect(env.proxy.public).unwrap()).collect();
    for (client, (sent, bytes)) in clients.iter_mut().zip(parts) {
        client.write(&bytes[..sent]).unwrap();
    }
    wait_for("the connections", || (env.proxy.metric("qsproxy_connections_open") == 4).then_some(()));
    env.proxy.signal("TERM");
    env.proxy.wait_for_event("event=draining");
    for (client, (sent, bytes)) in clients.iter_mut().zip(parts) {
        client.write(&bytes[sent..]).unwrap();
    }
    for client in &mut clients {
        assert_eq!(client.read_response().unwrap().status, 200);
        assert!(client.read_to_end().is_empty(), "the connection ends after the answer");
    }
    assert!(env.proxy.wait().success());
}

/// Connections that the kernel has queued are taken and answered.
#[test]
fn what_waits_in_the_queue_is_answered() {
    let mut env = TestEnv::new();
    let pid = env.proxy.pid();
    send_signal("STOP", pid);
    let mut clients: Vec<Client> = (0..40).map(|_| Client::connect(env.proxy.public).unwrap()).collect();
    for client in &mut clients {
        client.write(&request_to(&env.proxy, "GET", "/search?q=x&format=json", &[])).unwrap();
    }
    send_signal("TERM", pid);
    send_signal("CONT", pid);
    for client in &mut clients {
        assert_eq!(client.read_response().unwrap().status, 200);
    }
    assert!(env.proxy.wait().success());
    assert!(Client::connect(env.proxy.public).is_err(), "nobody listens any more");
}

/// Whoever does not read an answer holds a stop for `drain_time` at most.
#[test]
fn a_client_that_does_not_read_its_answer_holds_a_stop_for_drain_time_at_most() {
    let entries = sample_results();
    let partner = MockPartner::json(entries);
    let mut proxy = Proxy::start(&ConfigBuilder::new(&partner).with("limits", "drain_time", "\"2s\"").text());
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    socket.set_recv_buffer_size(2_048).unwrap();
    socket.connect(&proxy.public.into()).unwrap();
    let mut stream = TcpStream::from(socket);
    let get = request_bytes("GET", "/privacy", &proxy.public.to_string(), &[]);
    stream.set_write_timeout(Some(Duration::from_secs(1))).unwrap();
    for _ in 0..2_000 {
        if stream.write_all(&get).is_err() {
            break;
        }
    }
    let took = stop(&mut proxy);
    assert!(took < AT_ONCE, "{took:?}");
}
