//! Builds requests in which every input contains a canary.

use super::canary::{Canaries, CanaryKind};
use super::ignored_input::HEADERS;
use super::raw_request::RawRequest;

/// How many of [`HEADERS`] one request has. Together with the others they stay below `header_count`, which is 100.
const HEADERS_PER_REQUEST: usize = 60;
/// Requests that are needed to send every header once. Even ones accept JSON, odd ones accept pages.
pub const HEADER_BATCHES: usize = HEADERS.len().div_ceil(HEADERS_PER_REQUEST);

/// A request to change and build.
pub struct RequestBuilder<'a> {
    pub canaries: &'a mut Canaries,
    pub request: RawRequest,
    pub path: String,
    pub pairs: Vec<String>,
    /// The pairs are sent as a form with `POST`.
    pub posted: bool,
}

impl<'a> RequestBuilder<'a> {
    /// A request with one batch of the headers in `docs/privacy-requirements.md`, section B, and all parameters.
    pub fn new(canaries: &'a mut Canaries, host: &str, keyword: CanaryKind, batch: usize) -> RequestBuilder<'a> {
        let mut request = RawRequest::get("");
        request.header("Host", host);
        let all: Vec<_> = HEADERS.chunks(HEADERS_PER_REQUEST).nth(batch).into_iter().flatten().collect();
        for (name, form) in all {
            request.header(name, &canaries.insert(CanaryKind::Input, &format!("header {name}"), form));
        }
        let accept = if batch.is_multiple_of(2) { "application/json;x={}" } else { "text/html;x={}, */*;q=0.5" };
        let own = [
            ("User-Agent", "Mozilla/5.0 (X11; {}) Gecko/20100101 Firefox/140.0"),
            ("Accept-Language", "de-x-{}, fr;q=0.5"),
            ("DNT", "{}"),
            ("Sec-GPC", "{}"),
            ("Accept", accept),
        ];
        for (name, form) in own {
            request.header(name, &canaries.insert(CanaryKind::Input, &format!("header {name}"), form));
        }
        let name = canaries.insert(CanaryKind::Input, "the name of a header", "X-{}");
        request.header(&name, &canaries.insert(CanaryKind::Input, "an unknown header", "{}"));
        let mut builder =
            RequestBuilder { canaries, request, path: "/search".to_owned(), pairs: Vec::new(), posted: false };
        builder.parameters(keyword);
        builder
    }

    fn parameters(&mut self, keyword: CanaryKind) {
        self.pair("q", keyword, "weather {}");
        for name in ["lang", "id", "code", "visit", "gclid", "uid"] {
            self.pair(name, CanaryKind::Input, "{}");
        }
        let unknown = self.canaries.insert(CanaryKind::Input, "the name of a parameter", "{}");
        self.pairs.push(format!("{unknown}=1"));
        for name in ["q", "lang", "id", "code"] {
            let value = self.canaries.insert(CanaryKind::Input, &format!("parameter {name}, repeated"), "{}");
            self.pairs.push(format!("{name}={value}"));
        }
    }

    /// Sets the first parameter with this name, or adds it.
    pub fn pair(&mut self, name: &str, kind: CanaryKind, form: &str) {
        let value = self.canaries.insert(kind, &format!("parameter {name}"), form);
        let pair = format!("{name}={}", value.replace(' ', "+"));
        match self.pairs.iter_mut().find(|pair| pair.starts_with(&format!("{name}="))) {
            Some(old) => *old = pair,
            None => self.pairs.push(pair),
        }
    }

    /// Replaces a header.
    pub fn header(&mut self, name: &str, form: &str) {
        let value = self.canaries.insert(CanaryKind::Input, &format!("header {name}"), form);
        self.request.set(name, &value);
    }

    /// The request.
    pub fn build(mut self) -> RawRequest {
        let words = self.pairs.join("&");
        if self.posted {
            let decoy = self.canaries.insert(CanaryKind::Input, "the query of a posted search", "q={}");
            self.request.target = format!("{}?{decoy}", self.path);
            let media_type = self.request.headers.iter().find(|(name, _)| name == "Content-Type").cloned();
            self.request.post(words.into_bytes());
            if let Some((name, value)) = media_type {
                self.request.set(&name, &value);
            }
        } else {
            self.request.target = format!("{}?{words}", self.path);
        }
        self.request
    }
}
