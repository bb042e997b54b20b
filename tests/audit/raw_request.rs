//! A request that is serialized byte by byte, and connections from chosen source addresses.

use std::io::{Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

use socket2::{Domain, Socket, Type};

use qsproxy_test_support::http_client::Client;

/// Timeout for opening a connection.
const CONNECT: Duration = Duration::from_secs(5);
/// After this time without data, no response to a malformed request is expected.
const SILENCE: Duration = Duration::from_millis(250);

/// The parts of a request. Headers are sent in this order; `Host` is not added.
#[derive(Clone)]
pub struct RawRequest {
    pub method: String,
    pub target: String,
    pub version: &'static str,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// Sends the body in chunks, with these trailers.
    pub chunked: Option<Vec<(String, String)>>,
}

impl RawRequest {
    pub fn get(target: impl Into<String>) -> RawRequest {
        let (method, target) = ("GET".to_owned(), target.into());
        RawRequest { method, target, version: "HTTP/1.1", headers: Vec::new(), body: Vec::new(), chunked: None }
    }

    pub fn header(&mut self, name: &str, value: &str) {
        self.headers.push((name.to_owned(), value.to_owned()));
    }

    /// Replaces all headers with this name.
    pub fn set(&mut self, name: &str, value: &str) {
        self.headers.retain(|(one, _)| !one.eq_ignore_ascii_case(name));
        self.header(name, value);
    }

    /// Makes it a `POST` of a form.
    pub fn post(&mut self, body: Vec<u8>) {
        "POST".clone_into(&mut self.method);
        self.set("Content-Type", "application/x-www-form-urlencoded");
        self.body = body;
    }

    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = format!("{} {} {}\r\n", self.method, self.target, self.version).into_bytes();
        let mut line = |name: &str, value: &str| bytes.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
        for (name, value) in &self.headers {
            line(name, value);
        }
        match &self.chunked {
            Some(_) => line("Transfer-Encoding", "chunked"),
            None if !self.body.is_empty() => line("Content-Length", &self.body.len().to_string()),
            None => {}
        }
        bytes.extend_from_slice(b"\r\n");
        let Some(trailers) = &self.chunked else {
            bytes.extend_from_slice(&self.body);
            return bytes;
        };
        for piece in self.body.chunks(CHUNK) {
            bytes.extend_from_slice(format!("{:x}\r\n", piece.len()).as_bytes());
            bytes.extend_from_slice(piece);
            bytes.extend_from_slice(b"\r\n");
        }
        bytes.extend_from_slice(b"0\r\n");
        for (name, value) in trailers {
            bytes.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
        }
        bytes.extend_from_slice(b"\r\n");
        bytes
    }
}

/// Bytes of a chunk: few and odd, thus forms are split within pairs.
const CHUNK: usize = 37;

/// A connection from 127.0.0.`host`.
#[track_caller]
pub fn connect_from(host: u8, to: SocketAddr) -> Client {
    connect_from_address([127, 0, 0, host], to)
}

/// A connection from this address, which must be of this machine: 127.0.0.0/8.
#[track_caller]
pub fn connect_from_address(from: [u8; 4], to: SocketAddr) -> Client {
    Client::from_stream(stream_from(from, to)).unwrap()
}

/// Sends bytes that need not be a request, and returns what is received until nothing more arrives. Keeps the connection open in
/// both directions meanwhile, because the program does not respond to a client that closes its side.
pub fn response_to(host: u8, to: SocketAddr, bytes: &[u8]) -> Vec<u8> {
    response_if_any(host, to, bytes).expect("a connection")
}

/// Likewise; an error if the program accepts no connection.
pub fn response_if_any(host: u8, to: SocketAddr, bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut stream = try_stream_from([127, 0, 0, host], to)?;
    stream.set_read_timeout(Some(SILENCE)).unwrap();
    // The program may close the connection before it has read everything.
    let _ = stream.write_all(bytes);
    let mut response = Vec::new();
    let _ = stream.read_to_end(&mut response);
    Ok(response)
}

fn stream_from(from: [u8; 4], to: SocketAddr) -> TcpStream {
    try_stream_from(from, to).expect("a connection")
}

fn try_stream_from(from: [u8; 4], to: SocketAddr) -> std::io::Result<TcpStream> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.bind(&SocketAddr::new(IpAddr::V4(Ipv4Addr::from(from)), 0).into()).unwrap();
    socket.connect_timeout(&to.into(), CONNECT)?;
    Ok(socket.into())
}
