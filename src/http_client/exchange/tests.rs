//! hyper's client is the outside judge: it was ours before, and reads what servers send.

use super::*;
use http_body_util::{BodyExt as _, Empty};
use hyper::client::conn::http1::Builder;
use hyper_util::rt::TokioIo;
use proptest::prelude::*;
use tokio::net::{TcpListener, TcpStream};
use url::Url;

use crate::http_client::connection::Transport;
use crate::http_client::socket::PartnerSocket;

/// Status and body, or none.
type Answer = Option<(u16, Vec<u8>)>;

const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nhost: a\r\n\r\n";

/// A connection to a server that reads a request, sends these bytes in pieces, and closes.
async fn connect(response: &[u8], cut: usize) -> TcpStream {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let response = response.to_vec();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = [0; 1_024];
        let _ = stream.read(&mut request).await;
        for piece in response.chunks(cut) {
            let _ = stream.write_all(piece).await;
            tokio::task::yield_now().await;
        }
        let _ = stream.shutdown().await;
        // Until the client has gone: a reset could overtake the response.
        while matches!(stream.read(&mut request).await, Ok(1..)) {}
    });
    TcpStream::connect(address).await.unwrap()
}

/// Beside the answer: whether the connection was kept.
async fn ours(response: &[u8], cut: usize) -> (Answer, bool) {
    let connection = Connection::new(Transport::Plain(PartnerSocket::Registered(connect(response, cut).await)));
    let pool = Arc::new(ConnectionPool::new(1));
    let origin = Origin::of(&Url::parse("http://a/").unwrap());
    let answer = async {
        let (head, mut body) = send(connection, REQUEST, origin.clone(), pool.clone()).await.ok()?.into_parts();
        let mut bytes = Vec::new();
        while let Some(piece) = body.next().await.ok()? {
            bytes.extend_from_slice(&piece);
        }
        Some((head.status.as_u16(), bytes))
    };
    let answer = answer.await;
    (answer, pool.has_idle(&origin))
}

async fn hypers(response: &[u8], cut: usize) -> Answer {
    let stream = TokioIo::new(connect(response, cut).await);
    let mut builder = Builder::new();
    builder
        .allow_spaces_after_header_name_in_responses(true)
        .allow_obsolete_multiline_headers_in_responses(true)
        .ignore_invalid_headers_in_responses(true);
    let (mut sender, driver) = builder.handshake(stream).await.unwrap();
    tokio::spawn(driver);
    let request = http::Request::builder().uri("/").header("host", "a").body(Empty::<Bytes>::new()).unwrap();
    let (head, body) = sender.send_request(request).await.ok()?.into_parts();
    Some((head.status.as_u16(), body.collect().await.ok()?.to_bytes().to_vec()))
}

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

/// Parts of responses, most of them valid.
fn line() -> impl Strategy<Value = String> {
    prop_oneof![
        "Content-Length: [0-9]{1,2}",
        Just("Content-Length: 5, 5".to_owned()),
        Just("Transfer-Encoding: chunked".to_owned()),
        Just("Transfer-Encoding: gzip".to_owned()),
        Just("Connection: close".to_owned()),
        Just("Connection: keep-alive".to_owned()),
        "[A-Za-z-]{1,8} ?: ?[ -~]{0,8}",
        "[ -~\t]{0,10}",
        "X: a\r?\n b",
    ]
}

fn body() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z\r\n]{0,30}",
        Just("5\r\nhello\r\n0\r\n\r\n".to_owned()),
        "[0-9a-f]{1,2} ?(;a=b)?\r\n[a-z]{0,12}\r\n0\r\n(A: b\r\n)?\r\n",
        "(1\r\n[a-z]\r\n){0,5}0?(\r\n){0,2}",
    ]
}

fn response() -> impl Strategy<Value = String> {
    let status = prop_oneof![4 => Just("200 OK"), 1 => Just("204 No"), 1 => Just("404"), 1 => Just("100 Continue"), 1 => Just("304 x"), 1 => Just("20 x")];
    let start = ("(\r\n){0,2}", "HTTP/1.[01] ", status)
        .prop_map(|(empty, version, status)| format!("{empty}{version}{status}\r\n"));
    let head = (start, proptest::collection::vec(line(), 0..4));
    let head =
        head.prop_map(|(start, lines)| lines.into_iter().fold(start, |head, line| head + &line + "\r\n") + "\r\n");
    ("((HTTP/1.1 103 x\r\nA: b\r\n\r\n){1,2})?", head, body()).prop_map(|(interim, head, body)| interim + &head + &body)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]
    #[test]
    fn reads_what_hyper_reads(response in response(), cut in prop_oneof![1_usize..20, Just(10_000)]) {
        let (ours, hypers) = run(async { (ours(response.as_bytes(), cut).await.0, hypers(response.as_bytes(), cut).await) });
        prop_assert_eq!(ours, hypers);
    }
}

#[test]
fn a_connection_is_kept_only_if_nothing_is_left_over() {
    for (response, is_kept) in [
        ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab", true),
        ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nabc", false),
        ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nab", false),
        ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nabHTTP/1.1 200 OK\r\n", false),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n", true),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 12\r\n\r\n2\r\nab\r\n0\r\n\r\n", false),
        ("HTTP/1.1 200 OK\r\n\r\nab", false),
        ("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nab", false),
    ] {
        let (answer, kept) = run(ours(response.as_bytes(), 1_000));
        assert_eq!(answer.map(|(_, body)| body[..2].to_vec()), Some(b"ab".to_vec()), "{response}");
        assert_eq!(kept, is_kept, "{response}");
    }
}

#[test]
fn an_end_at_any_byte_is_an_error() {
    for response in [
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab",
        "HTTP/1.1 103 x\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\nA: b\r\n\r\n",
    ] {
        for length in 0..response.len() {
            assert_eq!(run(ours(&response.as_bytes()[..length], 1_000)), (None, false), "{length} bytes of {response}");
        }
    }
}
