//! A raw HTTP/1.1 client: sends exactly the bytes it is given, and keeps exactly the bytes that come back.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

/// An answer as it came.
#[derive(Clone, Debug)]
pub struct Response {
    pub status: u16,
    /// In the order and spelling received.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// Head and body as they came, before any chunk was put together.
    pub raw: Vec<u8>,
}

impl Response {
    /// The first value of a header, whatever the case of its name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(one, _)| one.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The header's value without parameters, in lower case: `text/html`.
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

    /// The `code` of a problem document; fails where the body is none, or where it disagrees with the status.
    #[track_caller]
    pub fn problem(&self) -> String {
        assert_eq!(self.media_type(), "application/problem+json", "status {}: {}", self.status, self.text());
        let body = self.json();
        assert_eq!(body["status"], self.status, "RFC 9457 status member");
        assert!(body["title"].as_str().is_some_and(|title| !title.is_empty()), "RFC 9457 title member");
        body["code"].as_str().expect("a code member").to_owned()
    }
}

/// One connection, kept alive between requests for as long as the other side allows.
pub struct Client {
    stream: TcpStream,
    /// Bytes that came after the last answer.
    rest: Vec<u8>,
}

impl Client {
    pub fn connect(address: SocketAddr) -> std::io::Result<Client> {
        Client::over(TcpStream::connect_timeout(&address, Duration::from_secs(5))?)
    }

    /// A client over a connection that the caller opened, from an address of its own choice, say.
    pub fn over(stream: TcpStream) -> std::io::Result<Client> {
        stream.set_read_timeout(Some(Duration::from_secs(20)))?;
        stream.set_nodelay(true)?;
        Ok(Client { stream, rest: Vec::new() })
    }

    /// Sends `bytes` and reads one answer. An error means that no whole answer came.
    pub fn send(&mut self, bytes: &[u8]) -> std::io::Result<Response> {
        let mut sink = self.stream.try_clone()?;
        // Read while writing: a server may well answer before it has taken everything.
        std::thread::scope(|scope| {
            scope.spawn(move || sink.write_all(bytes));
            let answer = self.read(bytes.starts_with(b"HEAD "));
            let closing = answer.as_ref().map_or(true, |answer| {
                answer.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"))
            });
            if closing || bytes.len() > 65_536 {
                let _ = self.stream.shutdown(Shutdown::Both);
            }
            answer
        })
    }

    /// Sends without waiting for anything.
    pub fn write(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.stream.write_all(bytes)
    }

    /// Waits until `mark` has come, and gives everything from the head of the answer on; it stays to be read.
    pub fn seen_past(&mut self, mark: &str) -> std::io::Result<String> {
        self.fill_past(0, mark.as_bytes())?;
        Ok(String::from_utf8_lossy(&self.rest).into_owned())
    }

    /// The answer to what was written.
    pub fn answer(&mut self) -> std::io::Result<Response> {
        self.read(false)
    }

    /// Says that nothing more will be sent.
    pub fn finish(&self) {
        let _ = self.stream.shutdown(Shutdown::Write);
    }

    /// Everything up to the end of the connection; what came before a reset counts as received.
    pub fn read_to_end(&mut self) -> Vec<u8> {
        while self.fill().is_ok_and(|got| got > 0) {}
        std::mem::take(&mut self.rest)
    }

    fn fill(&mut self) -> std::io::Result<usize> {
        let mut buffer = [0; 16_384];
        // A read with a time limit is interrupted when the machine or the process was stopped and goes on.
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

    /// Reads up to and with `mark`, from `start` on; gives the place behind it.
    fn fill_past(&mut self, start: usize, mark: &[u8]) -> std::io::Result<usize> {
        loop {
            let found = self.rest[start..].windows(mark.len()).position(|window| window == mark);
            if let Some(at) = found {
                return Ok(start + at + mark.len());
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

/// The bytes of a request without a body. `headers` follow `Host`, each line as given.
pub fn request(method: &str, target: &str, host: &str, headers: &[&str]) -> Vec<u8> {
    let mut text = format!("{method} {target} HTTP/1.1\r\nHost: {host}\r\n");
    for line in headers {
        text.push_str(line);
        text.push_str("\r\n");
    }
    text.push_str("\r\n");
    text.into_bytes()
}

/// The bytes of a form that is posted.
pub fn form(target: &str, host: &str, headers: &[&str], body: &[u8]) -> Vec<u8> {
    let length = format!("Content-Length: {}", body.len());
    let mut lines = vec!["Content-Type: application/x-www-form-urlencoded", length.as_str()];
    lines.extend_from_slice(headers);
    let mut bytes = request("POST", target, host, &lines);
    bytes.extend_from_slice(body);
    bytes
}

/// One request over a connection of its own.
pub fn once(address: SocketAddr, bytes: &[u8]) -> std::io::Result<Response> {
    Client::connect(address)?.send(bytes)
}

/// One `GET` over a connection of its own.
#[track_caller]
pub fn get(address: SocketAddr, target: &str, headers: &[&str]) -> Response {
    once(address, &request("GET", target, &address.to_string(), headers)).expect("an answer")
}

/// Percent-encodes a value of a query or form.
pub fn encode(value: &str) -> String {
    value
        .bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

/// The pairs of a query or form, decoded, in order.
pub fn decode(query: &str) -> Vec<(String, String)> {
    query
        .split('&')
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(key, value)| (unescape(key), unescape(value)))
        .collect()
}

fn unescape(text: &str) -> String {
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
