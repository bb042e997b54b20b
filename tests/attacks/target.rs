//! The program as an attacker sees it: addresses, connections from chosen sources, and a tally of what the attack achieved.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::{ClientConfig, RootCertStore, pki_types};

/// The name in the certificate.
pub const NAME: &str = "localhost";
/// How long a single answer may take, much longer than any that holds.
const ANSWER_TIME: Duration = Duration::from_secs(8);

/// What one round attacks.
pub struct Target {
    pub public: SocketAddr,
    pub admin: SocketAddr,
    pub host: String,
    pub tls: Option<Arc<ClientConfig>>,
    /// Each round attacks from another network, because a network's burst is spent after its first round.
    round: AtomicU8,
    tally: Mutex<BTreeMap<&'static str, u64>>,
}

/// The whole answer to one request.
pub struct Answered {
    pub status: u16,
    head: String,
    pub body: Vec<u8>,
}

impl Answered {
    /// The first value of a header; the name is compared without case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.filter(|(one, _)| one.eq_ignore_ascii_case(name)).map(|(_, value)| value).next()
    }
}

impl Target {
    pub fn new(public: SocketAddr, admin: SocketAddr, host: String, tls: Option<Arc<ClientConfig>>) -> Target {
        let (round, tally) = (AtomicU8::new(0), Mutex::default());
        Target { public, admin, host, tls, round, tally }
    }

    pub fn begin_round(&self) {
        self.round.fetch_add(1, Ordering::Relaxed);
    }

    /// The attacker's address in this round.
    pub fn attacker(&self) -> [u8; 4] {
        [127, 20, self.round.load(Ordering::Relaxed), 1]
    }

    /// One of many further attackers, each in a network of its own.
    pub fn attacker_number(&self, n: u8) -> [u8; 4] {
        [127, 30 + self.round.load(Ordering::Relaxed), n, 1]
    }

    pub fn count(&self, what: &'static str, n: u64) {
        *self.tally.lock().unwrap().entry(what).or_default() += n;
    }

    pub fn counted(&self, what: &'static str) -> u64 {
        self.tally.lock().unwrap().get(what).copied().unwrap_or_default()
    }

    pub async fn connect(&self, source: [u8; 4]) -> io::Result<TcpStream> {
        connect(source, self.public).await
    }

    /// A TLS connection with this protocol (ALPN, RFC 7301).
    pub async fn connect_tls(&self, source: [u8; 4], protocol: &str) -> io::Result<TlsStream<TcpStream>> {
        let stream = self.connect(source).await?;
        connect_tls(self.tls.as_ref().expect("a row over TLS"), stream, protocol).await
    }

    /// The bytes of a `GET`.
    pub fn get(&self, path: &str, lines: &str) -> Vec<u8> {
        format!("GET {path} HTTP/1.1\r\nHost: {}\r\n{lines}\r\n", self.host).into_bytes()
    }

    /// The bytes of a `POST` with a form.
    pub fn post(&self, path: &str, form: &str) -> Vec<u8> {
        let head =
            format!("POST {path} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/x-www-form-urlencoded", self.host);
        format!("{head}\r\nContent-Length: {}\r\n\r\n{form}", form.len()).into_bytes()
    }
}

pub async fn connect(source: [u8; 4], to: SocketAddr) -> io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.bind(SocketAddr::from((source, 0)))?;
    let stream = socket.connect(to).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

pub async fn connect_tls(
    config: &Arc<ClientConfig>,
    stream: TcpStream,
    protocol: &str,
) -> io::Result<TlsStream<TcpStream>> {
    let mut config = ClientConfig::clone(config);
    config.alpn_protocols = vec![protocol.as_bytes().to_vec()];
    TlsConnector::from(Arc::new(config)).connect(NAME.try_into().expect("a name"), stream).await
}

/// A client's TLS settings that trust this certificate only.
pub fn tls_config(certificate: &rcgen::Certificate) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots.add(pki_types::CertificateDer::clone(certificate.der())).unwrap();
    let provider = Arc::new(tokio_rustls::rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    Arc::new(builder.with_root_certificates(roots).with_no_client_auth())
}

/// Sends a request and reads its answer, which must have `Content-Length` or no body.
pub async fn exchange<S>(stream: &mut S, request: &[u8]) -> io::Result<Answered>
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
{
    stream.write_all(request).await?;
    tokio::time::timeout(ANSWER_TIME, read_answer(stream)).await.map_err(|_| io::ErrorKind::TimedOut)?
}

async fn read_answer<S: tokio::io::AsyncRead + Unpin>(stream: &mut S) -> io::Result<Answered> {
    let mut received = Vec::new();
    let head_end = loop {
        if let Some(at) = received.windows(4).position(|window| window == b"\r\n\r\n") {
            break at + 4;
        }
        if stream.read_buf(&mut received).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    };
    let head = String::from_utf8_lossy(&received[..head_end]).into_owned();
    let status = head.get(9..12).and_then(|code| code.parse().ok()).ok_or(io::ErrorKind::InvalidData)?;
    let mut answer = Answered { status, head, body: Vec::new() };
    let length = answer.header("content-length").and_then(|value| value.parse().ok());
    let end = head_end + length.unwrap_or(0usize);
    while received.len() < end {
        if stream.read_buf(&mut received).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    answer.body = received[head_end..end].to_vec();
    Ok(answer)
}
