//! A toolbar's request under construction, byte by byte, and the connection it goes over.

use std::io::{Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

use socket2::{Domain, Socket, Type};

use qsproxy_test_support::http_client::Client;

/// How long a connection to the program may take to open.
const CONNECT: Duration = Duration::from_secs(5);
/// Silence after which no answer is expected to what was hardly a request.
const SILENCE: Duration = Duration::from_millis(250);

/// The parts of a request. Headers are sent in this order; `Host` and `Content-Length` are among them or absent.
#[derive(Clone)]
pub struct RawRequest {
    pub method: String,
    pub target: String,
    pub version: &'static str,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// The body goes in chunks, with these trailers.
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

    /// Replaces every header of a name.
    pub fn set(&mut self, name: &str, value: &str) {
        self.headers.retain(|(one, _)| !one.eq_ignore_ascii_case(name));
        self.header(name, value);
    }

    /// Makes it a posted form.
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

/// Bytes of a chunk: odd and small, so that a form is cut in bad places.
const CHUNK: usize = 37;

/// A connection from 127.0.0.`host`.
#[track_caller]
pub fn connect_from(host: u8, to: SocketAddr) -> Client {
    Client::from_stream(stream_from(host, to)).unwrap()
}

/// Sends bytes that may be no request at all, and gives what comes back until nothing more does. The connection stays
/// open in both directions until then: who closes theirs is not answered.
pub fn answer_to(host: u8, to: SocketAddr, bytes: &[u8]) -> Vec<u8> {
    let mut stream = stream_from(host, to);
    stream.set_read_timeout(Some(SILENCE)).unwrap();
    // The program may well close in the middle.
    let _ = stream.write_all(bytes);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    answer
}

fn stream_from(host: u8, to: SocketAddr) -> TcpStream {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.bind(&SocketAddr::new(IpAddr::V4(Ipv4Addr::new(127, 0, 0, host)), 0).into()).unwrap();
    socket.connect_timeout(&to.into(), CONNECT).expect("a connection");
    socket.into()
}
