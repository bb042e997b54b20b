//! A search partner at a raw socket, which keeps every byte it was sent and answers as it is told.

use std::collections::VecDeque;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::page::{Page, Step};

/// One gigabyte: what a partner gone mad sends.
const GIGABYTE: u64 = 1 << 30;

/// What the partner does with a request.
#[derive(Clone)]
pub enum Answer {
    /// 200, `application/json`.
    Json(String),
    /// The same, after a while.
    Late(Duration, String),
    /// 200, `application/json`, with further header lines.
    Headed(Vec<&'static str>, String),
    /// These bytes and nothing else, then the connection closes.
    Raw(Vec<u8>),
    /// 200, JSON under `Content-Encoding: gzip`.
    Gzip(String),
    /// About one megabyte that unpacks to a gigabyte of spaces inside a JSON list.
    GzipBomb,
    /// Takes the request and says nothing.
    Hang,
    /// Sends the head of an answer and nothing after it.
    HangAfterHead,
    /// Closes without a byte.
    CloseAtOnce,
    /// Half of the body that the head announced, then closes.
    TruncatedBody,
    /// A byte every 50 ms, for ever.
    Drip,
    /// A gigabyte of JSON, announced by `Content-Length` or in chunks of unknown number.
    Endless { announced: bool },
    /// A right body under `Content-Type: text/html`.
    WrongContentType(String),
    /// That status, with a small JSON body.
    Status(u16),
    /// 302 to that address.
    Redirect(String),
    /// A page, step by step.
    Page(Page),
}

struct State {
    /// The port that each request came from, in the order of the requests.
    ports: Mutex<Vec<u16>>,
    requests: Mutex<Vec<Vec<u8>>>,
    /// The last one is given for ever.
    answers: Mutex<VecDeque<Answer>>,
    sent: AtomicU64,
    /// How many times [`Partner::release`] was called, less the [`Step::Hold`]s that ended by it.
    releases: AtomicU64,
    stopped: AtomicBool,
}

/// A partner on loopback, for as long as it is not dropped.
pub struct Partner {
    address: SocketAddr,
    state: Arc<State>,
}

impl Partner {
    pub fn answering(answer: Answer) -> Partner {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(State {
            requests: Mutex::default(),
            ports: Mutex::default(),
            answers: Mutex::new(VecDeque::from([answer])),
            sent: AtomicU64::new(0),
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
        Partner { address, state }
    }

    pub fn json(body: impl Into<String>) -> Partner {
        Partner::answering(Answer::Json(body.into()))
    }

    /// An address at which nobody listens.
    pub fn nobody() -> String {
        "http://127.0.0.1:1/search".to_owned()
    }

    /// From now on, this answer.
    pub fn set(&self, answer: Answer) {
        *self.state.answers.lock().unwrap() = VecDeque::from([answer]);
    }

    /// These answers, one by request; the last for ever.
    pub fn script(&self, answers: Vec<Answer>) {
        assert!(!answers.is_empty());
        *self.state.answers.lock().unwrap() = answers.into();
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn url(&self) -> String {
        format!("http://{}/search", self.address)
    }

    /// Every request so far, head and body, byte by byte, in the order in which they were complete.
    pub fn requests(&self) -> Vec<Vec<u8>> {
        self.state.requests.lock().unwrap().clone()
    }

    /// As [`Partner::requests`], and forgets them.
    pub fn take_requests(&self) -> Vec<Vec<u8>> {
        std::mem::take(&mut *self.state.requests.lock().unwrap())
    }

    /// The port that each request came from.
    pub fn ports(&self) -> Vec<u16> {
        self.state.ports.lock().unwrap().clone()
    }

    /// Lets one answer that stands at a [`Step::Hold`] go on, now or when it comes to it.
    pub fn release(&self) {
        self.state.releases.fetch_add(1, Ordering::SeqCst);
    }

    /// How many bytes this partner got rid of.
    pub fn sent(&self) -> u64 {
        self.state.sent.load(Ordering::SeqCst)
    }
}

impl Drop for Partner {
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
        let answer = {
            let mut answers = state.answers.lock().unwrap();
            state.requests.lock().unwrap().push(request);
            state.ports.lock().unwrap().push(port);
            if answers.len() > 1 { answers.pop_front().unwrap() } else { answers[0].clone() }
        };
        if !matches!(play(state, &mut stream, answer), Ok(true)) {
            return;
        }
    }
}

/// One request up to the end of its body; `None` at the end of the connection.
fn read_request(stream: &mut TcpStream, rest: &mut Vec<u8>) -> Option<Vec<u8>> {
    let mut buffer = [0; 16_384];
    loop {
        if let Some(head) = rest.windows(4).position(|window| window == b"\r\n\r\n") {
            let text = String::from_utf8_lossy(&rest[..head]).to_ascii_lowercase();
            assert!(!text.contains("transfer-encoding"), "the recording partner reads no chunked requests");
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

/// Gives the answer; `true` where the connection stays open for the next request.
fn play(state: &State, stream: &mut TcpStream, answer: Answer) -> std::io::Result<bool> {
    let head =
        |length: usize| format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n");
    match answer {
        Answer::Json(body) => whole(state, stream, &head(body.len()), body.as_bytes()),
        Answer::Late(wait, body) => {
            std::thread::sleep(wait);
            whole(state, stream, &head(body.len()), body.as_bytes())
        }
        Answer::Headed(lines, body) => {
            let lines: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
            whole(state, stream, &format!("{}{lines}", head(body.len())), body.as_bytes())
        }
        Answer::Gzip(body) => {
            let packed = gzip(body.as_bytes());
            whole(state, stream, &format!("{}Content-Encoding: gzip\r\n", head(packed.len())), &packed)
        }
        Answer::GzipBomb => {
            let packed = bomb();
            whole(state, stream, &format!("{}Content-Encoding: gzip\r\n", head(packed.len())), &packed)
        }
        Answer::WrongContentType(body) => {
            let head = head(body.len()).replace("application/json", "text/html");
            whole(state, stream, &head, body.as_bytes())
        }
        Answer::Status(code) => {
            let head = head(2).replace("200 OK", &format!("{code} Whatever"));
            whole(state, stream, &head, b"{}")
        }
        Answer::Redirect(to) => {
            let head = head(2).replace("200 OK", "302 Found");
            whole(state, stream, &format!("{head}Location: {to}\r\n"), b"{}")
        }
        Answer::Raw(bytes) => put(state, stream, &bytes).map(|()| false),
        Answer::CloseAtOnce => Ok(false),
        Answer::TruncatedBody => {
            let body = r#"{"results":[{"title":"Half","url":"https://half.example/"},"#;
            put(state, stream, format!("{}\r\n{body}", head(2 * body.len())).as_bytes()).map(|()| false)
        }
        Answer::Hang => hang(state, stream),
        Answer::HangAfterHead => {
            put(state, stream, format!("{}\r\n", head(100)).as_bytes())?;
            hang(state, stream)
        }
        Answer::Drip => {
            put(state, stream, format!("{}\r\n", head(100_000)).as_bytes())?;
            while !state.stopped.load(Ordering::SeqCst) {
                put(state, stream, b" ")?;
                std::thread::sleep(Duration::from_millis(50));
            }
            Ok(false)
        }
        Answer::Endless { announced } => endless(state, stream, announced),
        Answer::Page(page) => walk(state, stream, &page),
    }
}

/// Sends a page in chunks.
fn walk(state: &State, stream: &mut TcpStream, page: &Page) -> std::io::Result<bool> {
    put(state, stream, page.head().as_bytes())?;
    for step in &page.steps {
        match step {
            Step::Send(bytes) => put(state, stream, &chunk(bytes))?,
            Step::Repeat(bytes, times) => {
                let piece = chunk(bytes);
                for _ in 0..*times {
                    put(state, stream, &piece)?;
                }
            }
            Step::Wait(time) => std::thread::sleep(*time),
            Step::Hold => hold(state),
            Step::Hang => return hang(state, stream),
            Step::Cut => return Ok(false),
        }
    }
    put(state, stream, b"0\r\n\r\n").map(|()| true)
}

fn chunk(bytes: &[u8]) -> Vec<u8> {
    assert!(!bytes.is_empty(), "an empty chunk is the end");
    [format!("{:x}\r\n", bytes.len()).as_bytes(), bytes, b"\r\n"].concat()
}

fn hold(state: &State) {
    let end = Instant::now() + Duration::from_secs(60);
    let mine = |releases: u64| releases.checked_sub(1);
    while state.releases.fetch_update(Ordering::SeqCst, Ordering::SeqCst, mine).is_err() {
        if state.stopped.load(Ordering::SeqCst) || Instant::now() > end {
            return;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn put(state: &State, stream: &mut TcpStream, bytes: &[u8]) -> std::io::Result<()> {
    stream.write_all(bytes)?;
    state.sent.fetch_add(bytes.len() as u64, Ordering::SeqCst);
    Ok(())
}

fn whole(state: &State, stream: &mut TcpStream, head: &str, body: &[u8]) -> std::io::Result<bool> {
    put(state, stream, &[head.as_bytes(), b"\r\n", body].concat()).map(|()| true)
}

/// Holds the connection without a word until the other side gives up, or the partner is dropped.
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
    put(state, stream, head.as_bytes())?;
    let spaces = vec![b' '; 65_536];
    let piece = if announced { spaces } else { [b"10000\r\n".as_slice(), &spaces, b"\r\n"].concat() };
    while state.sent.load(Ordering::SeqCst) < GIGABYTE && !state.stopped.load(Ordering::SeqCst) {
        put(state, stream, &piece)?;
    }
    Ok(false)
}

/// Packs `bytes` as gzip.
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A gzip stream of a JSON list with a gigabyte of spaces in it. The megabyte of spaces is packed once and repeated:
/// after a full flush nothing refers back, so the packed piece can stand any number of times.
fn bomb() -> Vec<u8> {
    let mut packed = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    packed.extend(full_flush(br#"{"results":["#));
    let megabyte = full_flush(&vec![b' '; 1 << 20]);
    for _ in 0..1024 {
        packed.extend_from_slice(&megabyte);
    }
    packed
}

fn full_flush(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::Compress::new(flate2::Compression::best(), false);
    let mut out = Vec::with_capacity(bytes.len() / 8 + 1024);
    encoder.compress_vec(bytes, &mut out, flate2::FlushCompress::Full).unwrap();
    assert_eq!(encoder.total_in(), bytes.len() as u64, "room for the whole piece");
    out
}
