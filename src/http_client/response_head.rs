//! Reads the heads of responses (RFC 9112 sections 2 to 6), within bounds: interim responses are skipped, and of the headers only those
//! are kept that somebody reads.

use std::mem::MaybeUninit;

use bytes::{Buf as _, Bytes, BytesMut};
use http::header::{self, HeaderName, HeaderValue};
use httparse::{Header, ParserConfig, Response, Status};

use crate::http_client::body_framing::BodyFraming;
use crate::http_client::failure::ExchangeError;
use crate::mutants::leak;

/// Most interim responses (1xx, RFC 9110 section 15.2) before a response. Servers send one or two, such as `103 Early Hints`; Go's client
/// stops after five.
const MAX_INTERIM_RESPONSES: usize = 16;

/// Most bytes before the body of a response: its head, interim responses, and empty lines. Browsers stop at 256 KiB, too.
const MAX_HEAD_BYTES: usize = 262_144;

/// Header lines for which there is room on the stack: more than servers usually send.
const USUAL_HEADERS: usize = 64;
/// Most header lines: servers that set many cookies and policies send some hundred.
const MAX_HEADERS: usize = 512;

/// The headers that are kept. Those of the message body and the connection are read here.
const KEPT: [HeaderName; 4] = [header::CONTENT_TYPE, header::CONTENT_ENCODING, header::RETRY_AFTER, header::LOCATION];

/// How every response begins, but for the minor version.
const START: &[u8] = b"HTTP/1.";

/// The head of a response, and what it says of the rest.
#[derive(Debug)]
pub(super) struct ResponseHead {
    /// Status and kept headers.
    pub(super) response: http::Response<()>,
    pub(super) framing: BodyFraming,
    /// Whether the server takes another request over this connection.
    pub(super) is_kept_alive: bool,
}

/// Reads the head of one response, as it arrives.
#[derive(Debug, Default)]
pub(super) struct HeadReader {
    /// Bytes of what was read before the current head.
    skipped: usize,
    interim: usize,
    /// Bytes of the current head that contain no empty line.
    scanned: usize,
}

impl HeadReader {
    /// Reads the head at the start of the buffer and removes it; `None` if it is not complete.
    ///
    /// # Errors
    /// [`ExchangeError::NotHttp`] or [`ExchangeError::HeadTooLong`].
    pub(super) fn read(&mut self, buffer: &mut BytesMut) -> Result<Option<ResponseHead>, ExchangeError> {
        loop {
            self.skip_empty_lines(buffer);
            let known = buffer.len().min(START.len());
            if buffer.get(..known) != START.get(..known) {
                return Err(ExchangeError::NotHttp);
            }
            let end = self.end(buffer);
            if self.skipped + end.unwrap_or(buffer.len()) > MAX_HEAD_BYTES {
                return Err(ExchangeError::HeadTooLong);
            }
            let Some(end) = end else { return Ok(None) };
            let head = parse(buffer.get(..end).unwrap_or_default())?;
            buffer.advance(end);
            if !is_interim(head.response.status()) {
                return Ok(Some(head));
            }
            self.interim += 1;
            self.skipped += end;
            self.scanned = 0;
            if self.interim > MAX_INTERIM_RESPONSES {
                return Err(ExchangeError::HeadTooLong);
            }
        }
    }

    /// Empty lines may precede a response (RFC 9112 section 2.2).
    fn skip_empty_lines(&mut self, buffer: &mut BytesMut) {
        if self.scanned == 0 {
            let length = buffer.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
            buffer.advance(length);
            self.skipped += length;
        }
    }

    /// Where the empty line after the current head ends. No byte is looked at twice, however small the pieces are.
    fn end(&mut self, buffer: &[u8]) -> Option<usize> {
        while let Some(found) = memchr::memchr(b'\n', buffer.get(self.scanned..)?) {
            let next = self.scanned + found + 1;
            match buffer.get(next..)? {
                [b'\n', ..] => return Some(next + 1),
                [b'\r', b'\n', ..] => return Some(next + 2),
                // It may become an empty line.
                [] | [b'\r'] => {
                    self.scanned = next - 1;
                    return None;
                }
                _ => self.scanned = next,
            }
        }
        self.scanned = buffer.len();
        None
    }
}

/// Whether another response follows (RFC 9110 section 15.2). After 101, another protocol would.
fn is_interim(status: http::StatusCode) -> bool {
    status.is_informational() && status != http::StatusCode::SWITCHING_PROTOCOLS
}

/// One odd header line costs that line, as in browsers. RFC 9112 sections 5.1 and 5.2 ask for the first two.
fn parser() -> ParserConfig {
    let mut parser = ParserConfig::default();
    parser
        .allow_spaces_after_header_name_in_responses(true)
        .allow_obsolete_multiline_headers_in_responses(true)
        .ignore_invalid_headers_in_responses(true);
    parser
}

fn parse(bytes: &[u8]) -> Result<ResponseHead, ExchangeError> {
    let mut usual = [const { MaybeUninit::uninit() }; USUAL_HEADERS];
    let mut response = Response::new(&mut []);
    match parser().parse_response_with_uninit_headers(&mut response, bytes, &mut usual) {
        Ok(Status::Complete(_)) => head(&response),
        Err(httparse::Error::TooManyHeaders) => {
            let mut all = vec![MaybeUninit::<Header<'_>>::uninit(); MAX_HEADERS];
            let mut response = Response::new(&mut []);
            match parser().parse_response_with_uninit_headers(&mut response, bytes, &mut all) {
                Ok(Status::Complete(_)) => head(&response),
                Ok(Status::Partial) | Err(_) => Err(ExchangeError::NotHttp),
            }
        }
        Ok(Status::Partial) | Err(_) => Err(ExchangeError::NotHttp),
    }
}

fn head(parsed: &Response<'_, '_>) -> Result<ResponseHead, ExchangeError> {
    let mut response = http::Response::builder().status(parsed.code.unwrap_or_default());
    let mut message = MessageHeaders { is_http_1_1: parsed.version == Some(1), ..MessageHeaders::default() };
    for line in &*parsed.headers {
        message.read(line)?;
        leak::see_answer(line.name, line.value);
        // A value that is none is left out, as an odd line is.
        if let Some(name) = KEPT.iter().find(|name| line.name.eq_ignore_ascii_case(name.as_str()))
            && let Some(value) = value(line.value)
        {
            response = response.header(name, value);
        }
    }
    let response = response.body(()).map_err(|_| ExchangeError::NotHttp)?;
    let framing = message.framing(response.status())?;
    let is_kept_alive = message.is_kept_alive() && response.status() != http::StatusCode::SWITCHING_PROTOCOLS;
    Ok(ResponseHead { response, framing, is_kept_alive })
}

/// The value of a header. One over several lines becomes one with spaces in place of the line ends (RFC 9112 section 5.2).
fn value(bytes: &[u8]) -> Option<HeaderValue> {
    let bytes: Bytes = bytes.iter().map(|byte| if matches!(byte, b'\r' | b'\n') { b' ' } else { *byte }).collect();
    HeaderValue::from_maybe_shared(bytes).ok()
}

/// What the headers say of the connection and of how the body ends (RFC 9112 sections 6 and 9.3).
#[derive(Debug, Default)]
struct MessageHeaders {
    is_http_1_1: bool,
    says_close: bool,
    says_keep_alive: bool,
    length: Option<u64>,
    /// Whether there is a transfer coding, and whether the last one is `chunked`.
    has_coding: bool,
    is_chunked: bool,
}

impl MessageHeaders {
    fn read(&mut self, line: &Header<'_>) -> Result<(), ExchangeError> {
        let is = |name: &HeaderName| line.name.eq_ignore_ascii_case(name.as_str());
        if is(&header::CONTENT_LENGTH) {
            for item in items(line.value) {
                let length = length(item).ok_or(ExchangeError::NotHttp)?;
                if self.length.is_some_and(|other| other != length) {
                    return Err(ExchangeError::NotHttp);
                }
                self.length = Some(length);
            }
        } else if is(&header::TRANSFER_ENCODING) {
            self.has_coding = true;
            self.is_chunked = items(line.value).last().is_some_and(|coding| coding.eq_ignore_ascii_case(b"chunked"));
        } else if is(&header::CONNECTION) {
            for option in items(line.value) {
                self.says_close |= option.eq_ignore_ascii_case(b"close");
                self.says_keep_alive |= option.eq_ignore_ascii_case(b"keep-alive");
            }
        }
        Ok(())
    }

    fn is_kept_alive(&self) -> bool {
        // With both, one of two recipients may end the body elsewhere than the other (RFC 9112 section 6.3).
        let is_ambiguous = self.has_coding && self.length.is_some();
        (self.is_http_1_1 || self.says_keep_alive) && !self.says_close && !is_ambiguous
    }

    /// How the body ends (RFC 9112 section 6.3). No request is `HEAD` or `CONNECT`.
    fn framing(&self, status: http::StatusCode) -> Result<BodyFraming, ExchangeError> {
        if status.is_informational() || matches!(status.as_u16(), 204 | 304) {
            return Ok(BodyFraming::with_length(0));
        }
        match (self.has_coding, self.length) {
            // RFC 9112 section 6.1: HTTP/1.0 has no transfer codings.
            (true, _) if !self.is_http_1_1 => Err(ExchangeError::NotHttp),
            (true, _) if self.is_chunked => Ok(BodyFraming::chunked()),
            (false, Some(length)) => Ok(BodyFraming::with_length(length)),
            (true | false, _) => Ok(BodyFraming::UntilClose),
        }
    }
}

/// The members of a list (RFC 9110 section 5.6.1).
fn items(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    value.split(|&byte| byte == b',').map(<[u8]>::trim_ascii)
}

/// Digits only (RFC 9110 section 8.6): no sign.
fn length(digits: &[u8]) -> Option<u64> {
    let text = str::from_utf8(digits).ok()?;
    if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests;
