//! Partners: one that answers well, and one that answers as a row says.

use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use qsproxy_test_support::test_env::organic_results;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::process::yield_to_the_program;

/// Results in a good answer.
const RESULTS: usize = 20;
/// Longer than any `timeout` of a partner.
const HANG: Duration = Duration::from_secs(30);

/// How a partner answers.
#[derive(Clone, Copy)]
pub enum Answer {
    /// 200 with results.
    Fine,
    /// These bytes, and then the end of the connection.
    Once(fn() -> Vec<u8>),
    /// The first bytes, and then the others again and again with pauses.
    Again { first: fn() -> Vec<u8>, piece: fn() -> Vec<u8>, pause_ms: u64, times: u64 },
    /// Nothing.
    Hang,
}

/// A running partner, until the program of the test ends.
pub struct Partner {
    pub address: SocketAddr,
    requests: Arc<AtomicU64>,
}

/// An answer, with its bytes made once.
enum Prepared {
    Fine { bytes: Vec<u8>, delay: Duration },
    Once(Vec<u8>),
    Again { first: Vec<u8>, piece: Vec<u8>, pause: Duration, times: u64 },
    Hang,
}

impl Partner {
    /// Starts a partner in a thread of its own. A hostile one yields to the program under test.
    pub fn start(answer: Answer, delay_ms: u64) -> Partner {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let partner = Partner { address: listener.local_addr().unwrap(), requests: Arc::default() };
        let requests = Arc::clone(&partner.requests);
        let prepared = prepared(answer, Duration::from_millis(delay_ms));
        std::thread::spawn(move || {
            if !matches!(prepared, Prepared::Fine { .. }) {
                yield_to_the_program();
            }
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            tokio::task::LocalSet::new().block_on(&runtime, async move {
                let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                let prepared = Rc::new(prepared);
                loop {
                    let Ok((stream, _)) = listener.accept().await else { continue };
                    let (prepared, requests) = (Rc::clone(&prepared), Arc::clone(&requests));
                    tokio::task::spawn_local(async move { serve(stream, &prepared, &requests).await.ok() });
                }
            });
        });
        partner
    }

    pub fn url(&self) -> String {
        format!("http://{}/search", self.address)
    }

    pub fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }
}

fn prepared(answer: Answer, delay: Duration) -> Prepared {
    match answer {
        Answer::Fine => Prepared::Fine { bytes: json(organic_results(RESULTS).as_bytes(), ""), delay },
        Answer::Once(bytes) => Prepared::Once(bytes()),
        Answer::Again { first, piece, pause_ms, times } => {
            Prepared::Again { first: first(), piece: piece(), pause: Duration::from_millis(pause_ms), times }
        }
        Answer::Hang => Prepared::Hang,
    }
}

/// A whole answer in JSON, with further header lines.
pub fn json(body: &[u8], lines: &str) -> Vec<u8> {
    let length = body.len();
    let head = format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n{lines}Content-Length: {length}\r\n\r\n");
    [head.as_bytes(), body].concat()
}

async fn serve(mut stream: TcpStream, prepared: &Prepared, requests: &AtomicU64) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut received = Vec::new();
    loop {
        // Searches are `GET`s without a body.
        while !received.ends_with(b"\r\n\r\n") {
            if stream.read_buf(&mut received).await? == 0 {
                return Ok(());
            }
        }
        received.clear();
        requests.fetch_add(1, Ordering::Relaxed);
        match prepared {
            Prepared::Fine { bytes, delay } => {
                tokio::time::sleep(*delay).await;
                stream.write_all(bytes).await?;
            }
            Prepared::Once(bytes) => return stream.write_all(bytes).await,
            Prepared::Again { first, piece, pause, times } => {
                stream.write_all(first).await?;
                for _ in 0..*times {
                    stream.write_all(piece).await?;
                    tokio::time::sleep(*pause).await;
                }
                return Ok(());
            }
            Prepared::Hang => {
                tokio::time::sleep(HANG).await;
                return Ok(());
            }
        }
    }
}
