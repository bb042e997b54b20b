//! A search partner on a raw socket: records every byte that it receives and sends the responses that a test configures.

use std::collections::VecDeque;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::chunked_page::{ChunkedPage, PageStep};

/// The size of the responses that must be cut off: one gigabyte.
const GIGABYTE: u64 = 1 << 30;

/// How the partner responds to a request.
#[derive(Clone)]
pub enum MockResponse {
    /// 200, `application/json`.
    Json(String),
    /// The same, after a delay.
    Delayed(Duration, String),
    /// 200, `application/json`, with additional header lines.
    WithHeaders(Vec<&'static str>, String),
    /// Exactly these bytes, then closes the connection.
    Raw(Vec<u8>),
    /// 200, JSON with `Content-Encoding: gzip`.
    Gzip(String),
    /// About one megabyte that decompresses to a gigabyte of spaces inside a JSON list.
    GzipBomb,
    /// Reads the request and sends nothing.
    Hang,
    /// Sends the head of a response and nothing more.
    HangAfterHead,
    /// Closes the connection without sending a byte.
    CloseImmediately,
    /// The same after a delay, with a reset (RST) instead of an end (FIN).
    Reset { after: Duration },
    /// Sends half of the body that `Content-Length` announces, then closes.
    TruncatedBody,
    /// Sends one byte every 50 ms without end.
    SlowBytes,
    /// Sends a gigabyte of JSON, with `Content-Length` if `announced`, otherwise chunked.
    Endless { announced: bool },
    /// A correct JSON body with `Content-Type: text/html`.
    WrongContentType(String),
    /// This status with a small JSON body.
    Status(u16),
    /// 500 for a request that contains these bytes, otherwise 200 with this JSON.
    FailingFor(&'static str, String),
    /// 302 to this address.
    Redirect(String),
    /// What this function makes of the encoded value of the request's parameter `q`.
    Echo(fn(&str) -> MockResponse),
    /// A page, step by step.
    Chunked(ChunkedPage),
}

impl MockResponse {
    /// What is sent to this request.
    fn resolve(self, request: &[u8]) -> MockResponse {
        match self {
            MockResponse::FailingFor(word, _) if request.windows(word.len()).any(|part| part == word.as_bytes()) => {
                MockResponse::Status(500)
            }
            MockResponse::FailingFor(_, body) => MockResponse::Json(body),
            MockResponse::Echo(respond) => {
                let text = String::from_utf8_lossy(request);
                let value = text.split_once("q=").map_or("", |(_, rest)| rest);
                respond(value.split(['&', ' ', '\r']).next().unwrap())
            }
            other => other,
        }
    }
}

struct State {
    /// The source port of each request, in the order of the requests.
    source_ports: Mutex<Vec<u16>>,
    requests: Mutex<Vec<Vec<u8>>>,
    /// Sent in order; the last one is sent to all further requests.
    responses: Mutex<VecDeque<MockResponse>>,
    bytes_sent: AtomicU64,
    /// The calls of [`MockPartner::release`] that no [`PageStep::AwaitRelease`] has used yet.
    releases: AtomicU64,
    stopped: AtomicBool,
}

/// A partner on 127.0.0.1 that runs until it is dropped.
pub struct MockPartner {
    address: SocketAddr,
    state: Arc<State>,
}

impl MockPartner {
    pub fn responding(response: MockResponse) -> MockPartner {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(State {
            requests: Mutex::default(),
            source_ports: Mutex::default(),
            responses: Mutex::new(VecDeque::from([response])),
            bytes_sent: AtomicU64::new(0),
            releases: AtomicU64::new(0),
            stopped: AtomicBool::new(false),
        });
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if shared.stopped.load(Ordering::SeqCst) {
                    return;
                }
                let (Ok(stream), shared) = (stream, Arc::clone(&shared)) else { continue };
                std::thread::spawn(move || serve(&shared, stream));
            }
        });
        MockPartner { address, state }
    }

    pub fn json(body: impl Into<String>) -> MockPartner {
        MockPartner::responding(MockResponse::Json(body.into()))
    }

    /// A URL that refuses connections.
    pub fn unreachable_url() -> String {
        "http://127.0.0.1:1/search".to_owned()
    }

    /// Sends this response to all further requests.
    pub fn respond_with(&self, response: MockResponse) {
        *self.state.responses.lock().unwrap() = VecDeque::from([response]);
    }

    /// Sends these responses in order, one for each request, and the last one to all further requests.
    pub fn respond_in_order(&self, responses: Vec<MockResponse>) {
        assert!(!responses.is_empty());
        *self.state.responses.lock().unwrap() = responses.into();
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn url(&self) -> String {
        format!("http://{}/search", self.address)
    }

    /// The bytes of every request so far, head and body, in the order in which they were completely received.
    pub fn requests(&self) -> Vec<Vec<u8>> {
        self.state.requests.lock().unwrap().clone()
    }

    /// Returns and removes the recorded requests.
    pub fn take_requests(&self) -> Vec<Vec<u8>> {
        std::mem::take(&mut *self.state.requests.lock().unwrap())
    }

    /// The source port of each request.
    pub fn source_ports(&self) -> Vec<u16> {
        self.state.source_ports.lock().unwrap().clone()
    }

    /// Lets one response continue that is waiting at a [`PageStep::AwaitRelease`], or the next one that reaches it.
    pub fn release(&self) {
        self.state.releases.fetch_add(1, Ordering::SeqCst);
    }

    /// The number of bytes that this partner has sent.
    pub fn bytes_sent(&self) -> u64 {
        self.state.bytes_sent.load(Ordering::SeqCst)
    }
}

impl Drop for MockPartner {
    fn drop(&mut self) {
        self.state.stopped.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
    }
}

fn serve(state: &State, mut stream: TcpStream) {
    let _ = stream.set_nodelay(true);
    let port = stream.peer_addr().map_or(0, |address| address.port());
    let mut rest = Vec::new();
    while let Some(request) = read_request(&mut stream, &mut rest) {
        let response = {
            let mut responses = state.responses.lock().unwrap();
            let response = if responses.len() > 1 { responses.pop_front().unwrap() } else { responses[0].clone() };
            let response = response.resolve(&request);
            state.requests.lock().unwrap().push(request);
            state.source_ports.lock().unwrap().push(port);
            response
        };
        if !matches!(send_response(state, &mut stream, response), Ok(true)) {
            return;
        }
    }
}

/// Reads one request to the end of its body. Returns `None` at the end of the connection.
fn read_request(stream: &mut TcpStream, rest: &mut Vec<u8>) -> Option<Vec<u8>> {
    let mut buffer = [0; 16_384];
    loop {
        if let Some(head) = rest.windows(4).position(|window| window == b"\r\n\r\n") {
            let text = String::from_utf8_lossy(&rest[..head]).to_ascii_lowercase();
            assert!(!text.contains("transfer-encoding"), "the mock partner does not read chunked requests");
            let length = text.lines().find_map(|line| line.strip_prefix("content-length:"));
            let end = head + 4 + length.map_or(0, |length| length.trim().parse::<usize>().unwrap());
            if rest.len() >= end {
                return Some(rest.drain(..end).collect());
            }
        }
        match stream.read(&mut buffer) {
            Ok(got @ 1..) => rest.extend_from_slice(&buffer[..got]),
            _ => return None,
        }
    }
}

/// Sends the response. Returns true if the connection stays open for the next request.
fn send_response(state: &State, stream: &mut TcpStream, response: MockResponse) -> std::io::Result<bool> {
    let head =
        |length: usize| format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n");
    match response {
        MockResponse::Json(body) => send_whole(state, stream, &head(body.len()), body.as_bytes()),
        MockResponse::Delayed(delay, body) => {
            std::thread::sleep(delay);
            send_whole(state, stream, &head(body.len()), body.as_bytes())
        }
        MockResponse::WithHeaders(lines, body) => {
            let lines: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
            send_whole(state, stream, &format!("{}{lines}", head(body.len())), body.as_bytes())
        }
        MockResponse::Gzip(body) => {
            let compressed = gzip(body.as_bytes());
            send_whole(state, stream, &format!("{}Content-Encoding: gzip\r\n", head(compressed.len())), &compressed)
        }
        MockResponse::GzipBomb => {
            let compressed = gzip_bomb();
            send_whole(state, stream, &format!("{}Content-Encoding: gzip\r\n", head(compressed.len())), &compressed)
        }
        MockResponse::WrongContentType(body) => {
            let head = head(body.len()).replace("application/json", "text/html");
            send_whole(state, stream, &head, body.as_bytes())
        }
        MockResponse::Status(code) => {
            let head = head(2).replace("200 OK", &format!("{code} Whatever"));
            send_whole(state, stream, &head, b"{}")
        }
        MockResponse::Redirect(to) => {
            let head = head(2).replace("200 OK", "302 Found");
            send_whole(state, stream, &format!("{head}Location: {to}\r\n"), b"{}")
        }
        MockResponse::FailingFor(..) | MockResponse::Echo(_) => unreachable!("resolved before"),
        MockResponse::Raw(bytes) => send(state, stream, &bytes).map(|()| false),
        MockResponse::CloseImmediately => Ok(false),
        MockResponse::Reset { after } => {
            std::thread::sleep(after);
            socket2::SockRef::from(&*stream).set_linger(Some(Duration::ZERO)).map(|()| false)
        }
        MockResponse::TruncatedBody => {
            let body = r#"{"results":[{"title":"Half","url":"https://half.example/"},"#;
            send(state, stream, format!("{}\r\n{body}", head(2 * body.len())).as_bytes()).map(|()| false)
        }
        MockResponse::Hang => hang(state, stream),
        MockResponse::HangAfterHead => {
            send(state, stream, format!("{}\r\n", head(100)).as_bytes())?;
            hang(state, stream)
        }
        MockResponse::SlowBytes => {
            send(state, stream, format!("{}\r\n", head(100_000)).as_bytes())?;
            while !state.stopped.load(Ordering::SeqCst) {
                send(state, stream, b" ")?;
                std::thread::sleep(Duration::from_millis(50));
            }
            Ok(false)
        }
        MockResponse::Endless { announced } => endless(state, stream, announced),
        MockResponse::Chunked(page) => send_page(state, stream, &page),
    }
}

/// Sends a page in chunks.
fn send_page(state: &State, stream: &mut TcpStream, page: &ChunkedPage) -> std::io::Result<bool> {
    send(state, stream, page.head().as_bytes())?;
    for step in &page.steps {
        match step {
            PageStep::Send(bytes) => send(state, stream, &chunk(bytes))?,
            PageStep::Repeat(bytes, times) => {
                let piece = chunk(bytes);
                for _ in 0..*times {
                    send(state, stream, &piece)?;
                }
            }
            PageStep::Wait(time) => std::thread::sleep(*time),
            PageStep::AwaitRelease => await_release(state),
            PageStep::Hang => return hang(state, stream),
            PageStep::Close => return Ok(false),
        }
    }
    send(state, stream, b"0\r\n\r\n").map(|()| true)
}

fn chunk(bytes: &[u8]) -> Vec<u8> {
    assert!(!bytes.is_empty(), "an empty chunk is the end");
    [format!("{:x}\r\n", bytes.len()).as_bytes(), bytes, b"\r\n"].concat()
}

fn await_release(state: &State) {
    let end = Instant::now() + Duration::from_secs(60);
    let mine = |releases: u64| releases.checked_sub(1);
    while state.releases.fetch_update(Ordering::SeqCst, Ordering::SeqCst, mine).is_err() {
        if state.stopped.load(Ordering::SeqCst) || Instant::now() > end {
            return;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn send(state: &State, stream: &mut TcpStream, bytes: &[u8]) -> std::io::Result<()> {
    stream.write_all(bytes)?;
    state.bytes_sent.fetch_add(bytes.len() as u64, Ordering::SeqCst);
    Ok(())
}

fn send_whole(state: &State, stream: &mut TcpStream, head: &str, body: &[u8]) -> std::io::Result<bool> {
    send(state, stream, &[head.as_bytes(), b"\r\n", body].concat()).map(|()| true)
}

/// Keeps the connection open without sending anything until the other side closes it or the partner is dropped.
fn hang(state: &State, stream: &mut TcpStream) -> std::io::Result<bool> {
    stream.set_read_timeout(Some(Duration::from_millis(100)))?;
    let end = Instant::now() + Duration::from_secs(60);
    let mut byte = [0];
    while !state.stopped.load(Ordering::SeqCst) && Instant::now() < end {
        match stream.read(&mut byte) {
            Ok(0) => break,
            Err(error) if !matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut) => {
                break;
            }
            _ => {}
        }
    }
    Ok(false)
}

fn endless(state: &State, stream: &mut TcpStream, announced: bool) -> std::io::Result<bool> {
    let length =
        if announced { format!("Content-Length: {GIGABYTE}") } else { "Transfer-Encoding: chunked".to_owned() };
    let head = format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n{length}\r\n\r\n");
    send(state, stream, head.as_bytes())?;
    let spaces = vec![b' '; 65_536];
    let piece = if announced { spaces } else { [b"10000\r\n".as_slice(), &spaces, b"\r\n"].concat() };
    while state.bytes_sent.load(Ordering::SeqCst) < GIGABYTE && !state.stopped.load(Ordering::SeqCst) {
        send(state, stream, &piece)?;
    }
    Ok(false)
}

/// Compresses `bytes` with gzip.
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A gzip stream of a JSON list that contains a gigabyte of spaces. One megabyte of spaces is compressed once and repeated:
/// after a full flush nothing refers back, thus the compressed piece can be repeated any number of times.
pub fn gzip_bomb() -> Vec<u8> {
    let mut stream = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    stream.extend(full_flush(br#"{"results":["#));
    let megabyte = full_flush(&vec![b' '; 1 << 20]);
    for _ in 0..1024 {
        stream.extend_from_slice(&megabyte);
    }
    stream
}

fn full_flush(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::Compress::new(flate2::Compression::best(), false);
    let mut out = Vec::with_capacity(bytes.len() / 8 + 1024);
    encoder.compress_vec(bytes, &mut out, flate2::FlushCompress::Full).unwrap();
    assert_eq!(encoder.total_in(), bytes.len() as u64, "the whole piece is compressed");
    out
}
