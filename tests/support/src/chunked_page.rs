//! HTML pages that a partner sends in chunks with pauses between them, and a test environment with such a partner.

use std::io::Write as _;
use std::time::Duration;

use crate::config::ConfigBuilder;
use crate::mock_partner::{MockPartner, MockResponse};
use crate::proxy::Proxy;
use crate::test_env::{self, TestEnv};

/// One step of a partner that sends a page.
#[derive(Clone)]
pub enum PageStep {
    /// Sends these bytes as one chunk.
    Send(Vec<u8>),
    /// Sends these bytes as a chunk this many times.
    Repeat(Vec<u8>, u64),
    /// Pauses.
    Wait(Duration),
    /// Waits for [`MockPartner::release`].
    AwaitRelease,
    /// Sends nothing more and keeps the connection open.
    Hang,
    /// Closes the connection.
    Close,
}

/// A chunked response; `text/html; charset=utf-8` by default.
#[derive(Clone)]
pub struct ChunkedPage {
    media_type: String,
    header_lines: Vec<String>,
    pub steps: Vec<PageStep>,
}

impl ChunkedPage {
    pub fn new() -> ChunkedPage {
        ChunkedPage { media_type: "text/html; charset=utf-8".to_owned(), header_lines: Vec::new(), steps: Vec::new() }
    }

    /// A page in one chunk.
    pub fn with_body(body: impl AsRef<[u8]>) -> ChunkedPage {
        ChunkedPage::new().send(body)
    }

    /// A page compressed with gzip. Each piece is flushed and sent as a chunk, with the steps `between` two pieces. The
    /// last chunk contains the end of the gzip stream.
    pub fn gzipped(pieces: &[&str], between: &[PageStep]) -> ChunkedPage {
        let mut page = ChunkedPage::new().header_line("Content-Encoding: gzip");
        for (at, piece) in gzip_pieces(pieces).into_iter().enumerate() {
            if at > 0 {
                page.steps.extend_from_slice(between);
            }
            page.steps.push(PageStep::Send(piece));
        }
        page
    }

    pub fn media_type(mut self, value: &str) -> ChunkedPage {
        value.clone_into(&mut self.media_type);
        self
    }

    /// Adds a header line.
    pub fn header_line(mut self, line: impl Into<String>) -> ChunkedPage {
        self.header_lines.push(line.into());
        self
    }

    pub fn send(self, bytes: impl AsRef<[u8]>) -> ChunkedPage {
        self.then(PageStep::Send(bytes.as_ref().to_vec()))
    }

    pub fn then(mut self, step: PageStep) -> ChunkedPage {
        self.steps.push(step);
        self
    }

    pub fn into_response(self) -> MockResponse {
        MockResponse::Chunked(self)
    }

    pub fn head(&self) -> String {
        let lines: String = self.header_lines.iter().map(|line| format!("{line}\r\n")).collect();
        format!("HTTP/1.1 200 OK\r\nContent-Type: {}\r\nTransfer-Encoding: chunked\r\n{lines}\r\n", self.media_type)
    }
}

/// One gzip stream, split so that each piece can be decompressed as soon as it is received.
pub fn gzip_pieces(pieces: &[&str]) -> Vec<Vec<u8>> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let mut compressed: Vec<Vec<u8>> = Vec::new();
    for piece in pieces {
        encoder.write_all(piece.as_bytes()).unwrap();
        encoder.flush().unwrap();
        compressed.push(std::mem::take(encoder.get_mut()));
    }
    let end = encoder.finish().unwrap();
    compressed.last_mut().expect("a piece").extend_from_slice(&end);
    compressed
}

/// A complete response with `Content-Length` that closes the connection.
pub fn raw_response(header_lines: &[&str], body: &[u8]) -> MockResponse {
    let lines: String = header_lines.iter().map(|line| format!("{line}\r\n")).collect();
    let head = format!("HTTP/1.1 200 OK\r\n{lines}Content-Length: {}\r\nConnection: close\r\n\r\n", body.len());
    MockResponse::Raw([head.as_bytes(), body].concat())
}

/// The TOML of `sponsored_links`: `/aclk` at the partner's own host and at `ads.example`. With both schemes, because a
/// link without a scheme has the page's.
pub fn sponsored_links(partner: &MockPartner) -> String {
    format!(r#"["https://ads.example/aclk", "http://ads.example/aclk", "http://{}/aclk"]"#, partner.address())
}

/// Changes a partner of the configuration to one that sends pages and calls the keyword `p`.
pub fn html_partner(config: ConfigBuilder, name: &str, partner: &MockPartner) -> ConfigBuilder {
    let table = format!("partner {name}");
    config
        .without(&table, "results")
        .with(&table, "format", r#""html""#)
        .with(&table, "send", r#"{ keyword = "p", language = "lang", partner_code = "pc", anonymous_id = "uid" }"#)
        .with(&table, "sponsored_links", &sponsored_links(partner))
}

/// A small page with an organic and a sponsored result.
pub fn sample_page() -> String {
    let organic = link(test_env::ORGANIC, "Lisbon");
    let sponsored = link(test_env::SPONSORED, "Flights to Lisbon");
    format!("<!DOCTYPE html><html><body><ul><li>{organic}<li>{sponsored}</ul></body></html>")
}

/// An `a` element; escapes `&` in the address.
pub fn link(url: &str, text: &str) -> String {
    format!(r#"<a href="{}">{text}</a>"#, url.replace('&', "&amp;"))
}

/// A [`TestEnv`] whose partner sends this page.
#[track_caller]
pub fn page_env(page: ChunkedPage) -> TestEnv {
    page_env_with(page, |config| config)
}

/// Like [`page_env`], with a changed configuration.
#[track_caller]
pub fn page_env_with(page: ChunkedPage, change: impl FnOnce(ConfigBuilder) -> ConfigBuilder) -> TestEnv {
    let partner = MockPartner::responding(page.into_response());
    let config = change(html_partner(ConfigBuilder::new(&partner), "first", &partner));
    TestEnv { proxy: Proxy::start(&config.text()), partner }
}
