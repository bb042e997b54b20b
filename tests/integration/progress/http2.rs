//! An HTTP/2 client that sends and reads frames by hand (RFC 9113), so that it can be slow, greedy or silent. Fields are literals
//! without indexing (RFC 7541 section 6.2.2).

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, ClientConnection, DigitallySignedStruct, Error, SignatureScheme, StreamOwned};

pub const DATA: u8 = 0;
pub const HEADERS: u8 = 1;
pub const RESET: u8 = 3;
pub const SETTINGS: u8 = 4;
pub const PING: u8 = 6;
pub const WINDOW_UPDATE: u8 = 8;

/// END_STREAM and END_HEADERS.
const WHOLE_HEAD: u8 = 5;
/// END_STREAM: no frame of this stream follows.
const END_STREAM: u8 = 1;

const NAME: &str = "search.example";

/// A frame that was received.
#[derive(Debug, Clone)]
pub struct Frame {
    pub kind: u8,
    pub flags: u8,
    pub stream: u32,
    pub body: Vec<u8>,
}

pub struct Http2Client {
    stream: StreamOwned<ClientConnection, TcpStream>,
    received: Vec<u8>,
    next_stream: u32,
    pub is_closed: bool,
}

/// Accepts every certificate: the one of the tests signs itself, which rustls refuses. Other tests verify it.
#[derive(Debug)]
struct AnyCertificate;

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        rustls::crypto::aws_lc_rs::default_provider().signature_verification_algorithms.supported_schemes()
    }
}

/// A literal field that begins with this byte: 0 for one that is not to be indexed, 0x40 for one that is (RFC 7541 section 6.2).
fn literal(first: u8, name: &str, value: &str) -> Vec<u8> {
    let mut field = vec![first];
    for text in [name, value] {
        match u8::try_from(text.len()).unwrap() {
            short @ ..127 => field.push(short),
            long => field.extend([127, long - 127]),
        }
        field.extend_from_slice(text.as_bytes());
    }
    field
}

impl Http2Client {
    /// Connects over this stream, with this window for each stream.
    pub fn new(stream: TcpStream, window: u32) -> Http2Client {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let builder = builder.dangerous().with_custom_certificate_verifier(Arc::new(AnyCertificate));
        let mut config = builder.with_no_client_auth();
        config.alpn_protocols = vec![b"h2".to_vec()];
        let name = ServerName::try_from(NAME).unwrap();
        let connection = ClientConnection::new(Arc::new(config), name).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let stream = StreamOwned::new(connection, stream);
        let mut client = Http2Client { stream, received: Vec::new(), next_stream: 1, is_closed: false };
        let mut setting = vec![0, 4];
        setting.extend_from_slice(&window.to_be_bytes());
        client.write(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
        client.send(SETTINGS, 0, 0, &setting);
        assert!(!client.is_closed, "the handshake succeeds");
        client
    }

    fn write(&mut self, bytes: &[u8]) {
        let written = self.stream.write_all(bytes).and_then(|()| self.stream.flush());
        self.is_closed |= written.is_err();
    }

    pub fn send(&mut self, kind: u8, flags: u8, stream: u32, body: &[u8]) {
        let length = u32::try_from(body.len()).unwrap().to_be_bytes();
        let mut frame = length[1..].to_vec();
        frame.extend_from_slice(&[kind, flags]);
        frame.extend_from_slice(&stream.to_be_bytes());
        frame.extend_from_slice(body);
        self.write(&frame);
    }

    /// Sends so many PINGs at once.
    pub fn send_pings(&mut self, number: usize) {
        self.write(&[&[0, 0, 8, PING, 0, 0, 0, 0, 0], b"12345678".as_slice()].concat().repeat(number));
    }

    /// Asks for a target and returns the stream.
    pub fn get(&mut self, target: &str) -> u32 {
        self.get_with(target, 0)
    }

    /// Asks for a target, and tells the server to remember it for later requests (RFC 7541 section 6.2.1).
    pub fn get_indexed(&mut self, target: &str) -> u32 {
        self.get_with(target, 0x40)
    }

    fn get_with(&mut self, target: &str, first: u8) -> u32 {
        self.send_head(WHOLE_HEAD, "GET", first, &[(":path", target)])
    }

    /// Posts a form and then these trailers, and returns the stream.
    pub fn post_with_trailers(&mut self, target: &str, form: &[u8], trailers: &[(&str, &str)]) -> u32 {
        let fields = [(":path", target), ("content-type", "application/x-www-form-urlencoded")];
        let stream = self.send_head(WHOLE_HEAD & !END_STREAM, "POST", 0, &fields);
        self.send(DATA, 0, stream, form);
        let block: Vec<u8> = trailers.iter().flat_map(|(name, value)| literal(0, name, value)).collect();
        self.send(HEADERS, WHOLE_HEAD, stream, &block);
        stream
    }

    fn send_head(&mut self, flags: u8, method: &str, first: u8, more: &[(&str, &str)]) -> u32 {
        let fields = [(":method", method), (":scheme", "https"), (":authority", NAME)];
        let block: Vec<u8> = fields.iter().chain(more).flat_map(|(name, value)| literal(first, name, value)).collect();
        let stream = self.next_stream;
        self.next_stream += 2;
        self.send(HEADERS, flags, stream, &block);
        stream
    }

    pub fn open_window(&mut self, stream: u32, bytes: u32) {
        self.send(WINDOW_UPDATE, 0, stream, &bytes.to_be_bytes());
    }

    /// The frames that arrive within this time, up to the first for which `is_last` is true.
    pub fn frames(&mut self, time: Duration, is_last: impl Fn(&Frame) -> bool) -> Vec<Frame> {
        let (end, mut frames) = (Instant::now() + time, Vec::new());
        loop {
            while let Some(frame) = self.take_frame() {
                frames.push(frame.clone());
                if is_last(&frame) {
                    return frames;
                }
            }
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() || self.is_closed {
                return frames;
            }
            self.stream.sock.set_read_timeout(Some(left)).unwrap();
            let mut buffer = [0; 16_384];
            match self.stream.read(&mut buffer) {
                Ok(0) => self.is_closed = true,
                Ok(got) => self.received.extend_from_slice(&buffer[..got]),
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
                Err(_) => self.is_closed = true,
            }
        }
    }

    fn take_frame(&mut self) -> Option<Frame> {
        let head = self.received.get(..9)?;
        let length = usize::from(head[0]) << 16 | usize::from(head[1]) << 8 | usize::from(head[2]);
        let (kind, flags) = (head[3], head[4]);
        let stream = u32::from_be_bytes(head[5..9].try_into().unwrap()) & 0x7fff_ffff;
        let body = self.received.get(9..9 + length)?.to_vec();
        self.received.drain(..9 + length);
        Some(Frame { kind, flags, stream, body })
    }
}
