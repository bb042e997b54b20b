//! A request in the making: every input of it holds a canary.

use super::canary::{Canaries, CanaryKind};
use super::ignored_input::HEADERS;
use super::raw_request::RawRequest;

/// Header lines from [`HEADERS`] in one request; with the others below `header_count`, which is 100.
const HEADERS_A_WAVE: usize = 60;
/// Requests that it takes to send every header once. The odd ones ask for a page, the even ones for JSON.
pub const WAVES: usize = HEADERS.len().div_ceil(HEADERS_A_WAVE);

/// A request in the making.
pub struct RequestBuilder<'a> {
    pub canaries: &'a mut Canaries,
    pub request: RawRequest,
    pub path: String,
    pub pairs: Vec<String>,
    /// The pairs are posted.
    pub posted: bool,
}

impl<'a> RequestBuilder<'a> {
    /// Headers and parameters of `PRIVACY.md` section 2 B, as many headers as one wave has.
    pub fn new(canaries: &'a mut Canaries, host: &str, keyword: CanaryKind, wave: usize) -> RequestBuilder<'a> {
        let mut request = RawRequest::get("");
        request.header("Host", host);
        let all: Vec<_> = HEADERS.chunks(HEADERS_A_WAVE).nth(wave).into_iter().flatten().collect();
        for (name, form) in all {
            request.header(name, &canaries.put(CanaryKind::Input, &format!("header {name}"), form));
        }
        let accept = if wave.is_multiple_of(2) { "application/json;x={}" } else { "text/html;x={}, */*;q=0.5" };
        let own = [
            ("User-Agent", "Mozilla/5.0 (X11; {}) Gecko/20100101 Firefox/140.0"),
            ("Accept-Language", "de-x-{}, fr;q=0.5"),
            ("DNT", "{}"),
            ("Sec-GPC", "{}"),
            ("Accept", accept),
        ];
        for (name, form) in own {
            request.header(name, &canaries.put(CanaryKind::Input, &format!("header {name}"), form));
        }
        let name = canaries.put(CanaryKind::Input, "a header's name", "X-{}");
        request.header(&name, &canaries.put(CanaryKind::Input, "an unknown header", "{}"));
        let mut draft =
            RequestBuilder { canaries, request, path: "/search".to_owned(), pairs: Vec::new(), posted: false };
        draft.parameters(keyword);
        draft
    }

    fn parameters(&mut self, keyword: CanaryKind) {
        self.pair("q", keyword, "weather {}");
        for name in ["lang", "id", "code", "visit", "gclid", "uid"] {
            self.pair(name, CanaryKind::Input, "{}");
        }
        let unknown = self.canaries.put(CanaryKind::Input, "a parameter's name", "{}");
        self.pairs.push(format!("{unknown}=1"));
        for name in ["q", "lang", "id", "code"] {
            let value = self.canaries.put(CanaryKind::Input, &format!("parameter {name}, repeated"), "{}");
            self.pairs.push(format!("{name}={value}"));
        }
    }

    /// Sets the first parameter of a name, or adds it.
    pub fn pair(&mut self, name: &str, kind: CanaryKind, form: &str) {
        let value = self.canaries.put(kind, &format!("parameter {name}"), form);
        let pair = format!("{name}={}", value.replace(' ', "+"));
        match self.pairs.iter_mut().find(|pair| pair.starts_with(&format!("{name}="))) {
            Some(old) => *old = pair,
            None => self.pairs.push(pair),
        }
    }

    /// Replaces a header.
    pub fn header(&mut self, name: &str, form: &str) {
        let value = self.canaries.put(CanaryKind::Input, &format!("header {name}"), form);
        self.request.set(name, &value);
    }

    pub fn build(mut self) -> RawRequest {
        let words = self.pairs.join("&");
        if self.posted {
            let decoy = self.canaries.put(CanaryKind::Input, "the query of a posted search", "q={}");
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
