//! Pages that a partner sends in pieces, and the configuration of a partner that answers with one.

use std::io::Write as _;
use std::time::Duration;

use super::config::Config;
use super::partner::{Answer, Partner};
use super::proxy::Proxy;
use super::stage::Stage;

/// What the partner does next on its way through a page.
#[derive(Clone)]
pub enum Step {
    /// Sends these bytes as one chunk.
    Send(Vec<u8>),
    /// Sends these bytes as a chunk, this many times.
    Repeat(Vec<u8>, u64),
    /// Pauses.
    Wait(Duration),
    /// Pauses until [`Partner::release`].
    Hold,
    /// Says nothing more, and keeps the connection.
    Hang,
    /// Closes the connection.
    Cut,
}

/// An answer in chunks: `text/html; charset=utf-8`, unless told otherwise.
#[derive(Clone)]
pub struct Page {
    media_type: String,
    lines: Vec<String>,
    pub steps: Vec<Step>,
}

impl Page {
    pub fn new() -> Page {
        Page { media_type: "text/html; charset=utf-8".to_owned(), lines: Vec::new(), steps: Vec::new() }
    }

    /// The page in one chunk.
    pub fn of(body: impl AsRef<[u8]>) -> Page {
        Page::new().send(body)
    }

    /// The page as gzip, each of these pieces flushed and sent by itself, with these steps between them; the last
    /// piece has the end of the stream.
    pub fn packed(pieces: &[&str], between: &[Step]) -> Page {
        let packed = gzip_pieces(pieces);
        let mut page = Page::new().line("Content-Encoding: gzip");
        for (at, piece) in packed.into_iter().enumerate() {
            if at > 0 {
                page.steps.extend_from_slice(between);
            }
            page.steps.push(Step::Send(piece));
        }
        page
    }

    pub fn media_type(mut self, value: &str) -> Page {
        value.clone_into(&mut self.media_type);
        self
    }

    /// Adds a header line.
    pub fn line(mut self, line: impl Into<String>) -> Page {
        self.lines.push(line.into());
        self
    }

    pub fn send(self, bytes: impl AsRef<[u8]>) -> Page {
        self.then(Step::Send(bytes.as_ref().to_vec()))
    }

    pub fn then(mut self, step: Step) -> Page {
        self.steps.push(step);
        self
    }

    pub fn answer(self) -> Answer {
        Answer::Page(self)
    }

    pub fn head(&self) -> String {
        let lines: String = self.lines.iter().map(|line| format!("{line}\r\n")).collect();
        format!("HTTP/1.1 200 OK\r\nContent-Type: {}\r\nTransfer-Encoding: chunked\r\n{lines}\r\n", self.media_type)
    }
}

/// One gzip stream in as many pieces, each of which can be unpacked when it is there.
pub fn gzip_pieces(pieces: &[&str]) -> Vec<Vec<u8>> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let mut packed: Vec<Vec<u8>> = Vec::new();
    for piece in pieces {
        encoder.write_all(piece.as_bytes()).unwrap();
        encoder.flush().unwrap();
        packed.push(std::mem::take(encoder.get_mut()));
    }
    let end = encoder.finish().unwrap();
    packed.last_mut().expect("a piece").extend_from_slice(&end);
    packed
}

/// A complete answer with a body of known length, which closes.
pub fn raw(lines: &[&str], body: &[u8]) -> Answer {
    let lines: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
    let head = format!("HTTP/1.1 200 OK\r\n{lines}Content-Length: {}\r\nConnection: close\r\n\r\n", body.len());
    Answer::Raw([head.as_bytes(), body].concat())
}

/// The `/aclk` links at this partner's own host, and those at `ads.example`, are sponsored. Scheme and all: a link
/// without one has the page's.
pub fn sponsored_links(partner: &Partner) -> String {
    format!(r#"["https://ads.example/aclk", "http://ads.example/aclk", "http://{}/aclk"]"#, partner.address())
}

/// The partner of this name answers with pages, and calls the keyword `p`.
pub fn html(config: Config, name: &str, partner: &Partner) -> Config {
    let table = format!("partner {name}");
    config
        .without(&table, "results")
        .with(&table, "format", r#""html""#)
        .with(&table, "send", r#"{ keyword = "p", language = "lang", partner_code = "pc", anonymous_id = "uid" }"#)
        .with(&table, "sponsored_links", &sponsored_links(partner))
}

/// A small page: an organic result and a sponsored one.
pub fn sample_page() -> String {
    let organic = link(super::stage::ORGANIC, "Lisbon");
    let sponsored = link(super::stage::SPONSORED, "Flights to Lisbon");
    format!("<!DOCTYPE html><html><body><ul><li>{organic}<li>{sponsored}</ul></body></html>")
}

/// A link of a page; the address is escaped as HTML wants it.
pub fn link(url: &str, text: &str) -> String {
    format!(r#"<a href="{}">{text}</a>"#, url.replace('&', "&amp;"))
}

/// The usual stage with a partner that answers with pages.
#[track_caller]
pub fn stage(answer: Page) -> Stage {
    stage_with(answer, |config| config)
}

/// As [`stage`], the configuration changed.
#[track_caller]
pub fn stage_with(answer: Page, change: impl FnOnce(Config) -> Config) -> Stage {
    let partner = Partner::answering(answer.answer());
    let config = change(html(Config::new(&partner), "first", &partner));
    Stage { proxy: Proxy::start(&config.text()), partner }
}
