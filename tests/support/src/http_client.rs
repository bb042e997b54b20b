//! A raw HTTP/1.1 client: sends exactly the bytes that it is given and keeps exactly the bytes that it receives.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

/// A response as received.
#[derive(Clone, Debug)]
pub struct Response {
    pub status: u16,
    /// In the order and case received.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// Head and body as received, before chunks are joined.
    pub raw: Vec<u8>,
}

impl Response {
    /// The first value of a header; the name is compared without case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(one, _)| one.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The media type of `Content-Type` without parameters, in lower case: `text/html`.
    pub fn media_type(&self) -> String {
        let value = self.header("content-type").unwrap_or_default();
        value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("not JSON ({error}), status {}: {}", self.status, self.text()))
    }

    /// The `code` of a problem document (RFC 9457). Panics if the body is not one, or if its `status` is not the status.
    #[track_caller]
    pub fn problem(&self) -> String {
        assert_eq!(self.media_type(), "application/problem+json", "status {}: {}", self.status, self.text());
        let body = self.json();
        assert_eq!(body["status"], self.status, "RFC 9457 status member");
        assert!(body["title"].as_str().is_some_and(|title| !title.is_empty()), "RFC 9457 title member");
        body["code"].as_str().expect("a code member").to_owned()
    }
}

/// One connection, reused for as long as the server keeps it open.
pub struct Client {
    stream: TcpStream,
    /// Bytes received after the last response.
    rest: Vec<u8>,
}

impl Client {
    pub fn connect(address: SocketAddr) -> std::io::Result<Client> {
        Client::from_stream(TcpStream::connect_timeout(&address, Duration::from_secs(5))?)
    }

    /// A client on a connection that the caller opened, for example from a chosen source address.
    pub fn from_stream(stream: TcpStream) -> std::io::Result<Client> {
        stream.set_read_timeout(Some(Duration::from_secs(20)))?;
        stream.set_nodelay(true)?;
        Ok(Client { stream, rest: Vec::new() })
    }

    /// Sends `bytes` and reads one response. Returns an error if the response is incomplete.
    pub fn send(&mut self, bytes: &[u8]) -> std::io::Result<Response> {
        let mut sink = self.stream.try_clone()?;
        // Read while writing: a server may respond before it has read everything.
        std::thread::scope(|scope| {
            scope.spawn(move || sink.write_all(bytes));
            let response = self.read(bytes.starts_with(b"HEAD "));
            let closing = response.as_ref().map_or(true, |response| {
                response.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"))
            });
            if closing || bytes.len() > 65_536 {
                let _ = self.stream.shutdown(Shutdown::Both);
            }
            response
        })
    }

    /// Sends bytes without reading.
    pub fn write(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.stream.write_all(bytes)
    }

    /// Waits until `marker` is received. Returns everything from the head of the response on, without consuming it.
    pub fn peek_until(&mut self, marker: &str) -> std::io::Result<String> {
        self.fill_past(0, marker.as_bytes())?;
        Ok(String::from_utf8_lossy(&self.rest).into_owned())
    }

    /// Reads the response to a request that was sent with [`Client::write`].
    pub fn read_response(&mut self) -> std::io::Result<Response> {
        self.read(false)
    }

    /// Closes the sending direction.
    pub fn shutdown_write(&self) {
        let _ = self.stream.shutdown(Shutdown::Write);
    }

    /// Reads to the end of the connection. Returns what was received even if the connection is reset.
    pub fn read_to_end(&mut self) -> Vec<u8> {
        while self.fill().is_ok_and(|got| got > 0) {}
        std::mem::take(&mut self.rest)
    }

    /// Whether nothing arrives for this time and the connection stays open.
    pub fn is_silent_for(&mut self, time: Duration) -> bool {
        let usual = self.stream.read_timeout().unwrap();
        self.stream.set_read_timeout(Some(time)).unwrap();
        let is_silent =
            matches!(self.stream.peek(&mut [0]), Err(error) if error.kind() == std::io::ErrorKind::WouldBlock);
        self.stream.set_read_timeout(usual).unwrap();
        is_silent
    }

    fn fill(&mut self) -> std::io::Result<usize> {
        let mut buffer = [0; 16_384];
        // A read with a timeout is interrupted when the process is stopped and continued.
        let got = loop {
            match self.stream.read(&mut buffer) {
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                read => break read?,
            }
        };
        self.rest.extend_from_slice(&buffer[..got]);
        Ok(got)
    }

    fn fill_to(&mut self, length: usize) -> std::io::Result<()> {
        while self.rest.len() < length {
            if self.fill()? == 0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(())
    }

    /// Receives until `marker` occurs at or after `start`. Returns the offset behind it.
    fn fill_past(&mut self, start: usize, marker: &[u8]) -> std::io::Result<usize> {
        loop {
            let found = self.rest[start..].windows(marker.len()).position(|window| window == marker);
            if let Some(at) = found {
                return Ok(start + at + marker.len());
            }
            self.fill_to(self.rest.len() + 1)?;
        }
    }

    fn read(&mut self, to_head: bool) -> std::io::Result<Response> {
        let head_end = self.fill_past(0, b"\r\n\r\n")?;
        let head = String::from_utf8_lossy(&self.rest[..head_end]).into_owned();
        let mut lines = head.trim_end().split("\r\n");
        let status_line = lines.next().unwrap_or_default();
        let status = status_line.split(' ').nth(1).and_then(|code| code.parse().ok()).expect("a status line");
        let headers: Vec<(String, String)> = lines
            .map(|line| line.split_once(':').expect("a header line"))
            .map(|(name, value)| (name.to_owned(), value.trim().to_owned()))
            .collect();
        let mut response = Response { status, headers, body: Vec::new(), raw: Vec::new() };
        let mut end = head_end;
        if to_head || status == 204 || status == 304 {
        } else if response.header("transfer-encoding").is_some_and(|value| value.eq_ignore_ascii_case("chunked")) {
            end = self.read_chunks(head_end, &mut response.body)?;
        } else if let Some(length) = response.header("content-length") {
            end = head_end + length.parse::<usize>().expect("a content length");
            self.fill_to(end)?;
            response.body = self.rest[head_end..end].to_vec();
        } else {
            while self.fill().is_ok_and(|got| got > 0) {}
            end = self.rest.len();
            response.body = self.rest[head_end..].to_vec();
        }
        response.raw = self.rest.drain(..end).collect();
        Ok(response)
    }

    fn read_chunks(&mut self, mut at: usize, body: &mut Vec<u8>) -> std::io::Result<usize> {
        loop {
            let line_end = self.fill_past(at, b"\r\n")?;
            let line = String::from_utf8_lossy(&self.rest[at..line_end]).into_owned();
            let size = usize::from_str_radix(line.trim().split(';').next().unwrap(), 16).expect("a chunk size");
            self.fill_to(line_end + size + 2)?;
            body.extend_from_slice(&self.rest[line_end..line_end + size]);
            at = line_end + size + 2;
            if size == 0 {
                return Ok(at);
            }
        }
    }
}

/// The bytes of a request without a body. `headers` are complete lines, sent after `Host`.
pub fn request_bytes(method: &str, target: &str, host: &str, headers: &[&str]) -> Vec<u8> {
    let mut text = format!("{method} {target} HTTP/1.1\r\nHost: {host}\r\n");
    for line in headers {
        text.push_str(line);
        text.push_str("\r\n");
    }
    text.push_str("\r\n");
    text.into_bytes()
}

/// The bytes of a `POST` with a form.
pub fn form_bytes(target: &str, host: &str, headers: &[&str], body: &[u8]) -> Vec<u8> {
    let length = format!("Content-Length: {}", body.len());
    let mut lines = vec!["Content-Type: application/x-www-form-urlencoded", length.as_str()];
    lines.extend_from_slice(headers);
    let mut bytes = request_bytes("POST", target, host, &lines);
    bytes.extend_from_slice(body);
    bytes
}

/// Sends one request on a new connection.
pub fn send_once(address: SocketAddr, bytes: &[u8]) -> std::io::Result<Response> {
    Client::connect(address)?.send(bytes)
}

/// Sends one `GET` on a new connection.
#[track_caller]
pub fn get(address: SocketAddr, target: &str, headers: &[&str]) -> Response {
    send_once(address, &request_bytes("GET", target, &address.to_string(), headers)).expect("a response")
}

/// Percent-encodes a value of a query or form.
pub fn percent_encode(value: &str) -> String {
    value
        .bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

/// The decoded pairs of a query or form, in order.
pub fn parse_form(query: &str) -> Vec<(String, String)> {
    query
        .split('&')
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(key, value)| (percent_decode(key), percent_decode(value)))
        .collect()
}

fn percent_decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let (mut out, mut at) = (Vec::new(), 0);
    while at < bytes.len() {
        match bytes[at] {
            b'+' => out.push(b' '),
            b'%' => {
                let pair = std::str::from_utf8(&bytes[at + 1..at + 3]).expect("two digits");
                out.push(u8::from_str_radix(pair, 16).expect("two hex digits"));
                at += 2;
            }
            byte => out.push(byte),
        }
        at += 1;
    }
    String::from_utf8(out).expect("UTF-8")
}
