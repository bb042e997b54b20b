//! The usual scene: one recording partner, the program in front of it, and what tests ask of the two.

use serde_json::json;

use super::client::{self, Response, decode};
use super::config::Config;
use super::partner::{Answer, Partner};
use super::proxy::{Home, Proxy};

/// One entry of a partner's answer.
#[derive(Clone, Copy)]
pub struct Entry<'a> {
    pub title: &'a str,
    pub url: &'a str,
    pub snippet: &'a str,
    pub sponsored: bool,
}

/// An organic entry.
pub fn organic<'a>(title: &'a str, url: &'a str) -> Entry<'a> {
    Entry { title, url, snippet: "A snippet.", sponsored: false }
}

/// A sponsored entry.
pub fn sponsored<'a>(title: &'a str, url: &'a str) -> Entry<'a> {
    Entry { sponsored: true, ..organic(title, url) }
}

/// The body in which a partner of the default configuration gives entries.
pub fn results(entries: &[Entry<'_>]) -> String {
    let list: Vec<_> = entries
        .iter()
        .map(|one| json!({"title": one.title, "url": one.url, "snippet": one.snippet, "ad": one.sponsored}))
        .collect();
    json!({ "results": list }).to_string()
}

/// The organic target of [`sample`].
pub const ORGANIC: &str = "https://example.org/lisbon?page=2";
/// The sponsored target of [`sample`], with parameters that the partner bills by.
pub const SPONSORED: &str = "https://ads.example/aclk?gclid=abc123&utm_source=feed";

/// One organic and one sponsored result.
pub fn sample() -> String {
    results(&[organic("Lisbon", ORGANIC), sponsored("Flights to Lisbon", SPONSORED)])
}

/// `count` organic results with different targets.
pub fn many(count: usize) -> String {
    let urls: Vec<String> = (0..count).map(|at| format!("https://example.org/{at}")).collect();
    results(&urls.iter().map(|url| organic("One of many", url)).collect::<Vec<_>>())
}

/// A partner, and the program that asks it. The program goes first.
pub struct Stage {
    pub proxy: Proxy,
    pub partner: Partner,
}

impl Stage {
    /// The default configuration, and a partner that answers with [`sample`].
    #[track_caller]
    pub fn new() -> Stage {
        Stage::with(|config| config)
    }

    /// The default configuration, changed.
    #[track_caller]
    pub fn with(change: impl FnOnce(Config) -> Config) -> Stage {
        let partner = Partner::json(sample());
        let config = change(Config::new(&partner));
        Stage { proxy: Proxy::start(&config.text()), partner }
    }

    /// As [`Stage::with`], with one more file in the folder before the start.
    #[track_caller]
    pub fn with_file(name: &str, bytes: &[u8], change: impl FnOnce(Config) -> Config) -> Stage {
        let partner = Partner::json(sample());
        let home = Home::new(&change(Config::new(&partner)).text());
        home.write(name, bytes);
        Stage { proxy: home.start(), partner }
    }

    /// The default configuration, and a partner that does this.
    #[track_caller]
    pub fn answering(answer: Answer) -> Stage {
        let stage = Stage::new();
        stage.partner.set(answer);
        stage
    }

    /// `GET /search?query`, for JSON.
    #[track_caller]
    pub fn search(&self, query: &str, headers: &[&str]) -> Response {
        self.proxy.get(&format!("/search?{query}"), &[&["Accept: application/json"], headers].concat())
    }

    /// `GET /search?query`, as a browser asks.
    #[track_caller]
    pub fn page(&self, query: &str, headers: &[&str]) -> Response {
        self.proxy.get(&format!("/search?{query}"), &[&["Accept: text/html"], headers].concat())
    }

    /// Searches, which must go well, and gives what the partner got for it.
    #[track_caller]
    pub fn asked(&self, query: &str, headers: &[&str]) -> Asked {
        let before = self.partner.requests().len();
        let response = self.search(query, headers);
        assert_eq!(response.status, 200, "{}", response.text());
        let requests = self.partner.requests();
        assert_eq!(requests.len(), before + 1, "one search is one request to the partner");
        Asked::new(requests.last().unwrap())
    }

    /// The `/click/…` paths of one search, in the order of the results.
    #[track_caller]
    pub fn click_paths(&self, query: &str) -> Vec<String> {
        let response = self.search(query, &[]);
        assert_eq!(response.status, 200, "{}", response.text());
        click_paths(&response)
    }

    /// The `/click/…` path of the organic result of a fresh search.
    #[track_caller]
    pub fn click_path(&self) -> String {
        self.click_paths("q=lisbon").swap_remove(0)
    }
}

/// The `/click/…` paths in a JSON answer.
#[track_caller]
pub fn click_paths(response: &Response) -> Vec<String> {
    let body = response.json();
    let list = body["results"].as_array().expect("a list of results");
    list.iter().map(|one| click_part(one["url"].as_str().expect("an address"))).collect()
}

/// The path of a click link, absolute or not.
#[track_caller]
pub fn click_part(url: &str) -> String {
    let at = url.find("/click/").unwrap_or_else(|| panic!("no click link: {url}"));
    url[at..].to_owned()
}

/// One request as the partner got it.
pub struct Asked {
    pub bytes: Vec<u8>,
    /// `GET /search?… HTTP/1.1`.
    pub line: String,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Asked {
    #[track_caller]
    pub fn new(bytes: &[u8]) -> Asked {
        let text = String::from_utf8(bytes.to_vec()).expect("ASCII");
        let (head, body) = text.split_once("\r\n\r\n").expect("a head");
        let mut lines = head.split("\r\n");
        let line = lines.next().unwrap().to_owned();
        let headers = lines
            .map(|line| line.split_once(": ").expect("a header line"))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        Asked { bytes: bytes.to_vec(), line, headers, body: body.to_owned() }
    }

    /// The parameters in order: of the query, or of a form where there is a body.
    pub fn pairs(&self) -> Vec<(String, String)> {
        if !self.body.is_empty() {
            return decode(&self.body);
        }
        let target = self.line.split(' ').nth(1).unwrap();
        target.split_once('?').map_or_else(Vec::new, |(_, query)| decode(query))
    }

    /// The value of one parameter, or nothing where it was not sent.
    pub fn value(&self, name: &str) -> Option<String> {
        self.pairs().into_iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(one, _)| one.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// The current UTC hour, as a partner is told it.
pub fn utc_hour() -> String {
    let seconds = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    format!("{:02}", seconds / 3600 % 24)
}

/// Runs `attempt` with the current UTC hour, once more where the hour turned in the middle of it.
pub fn in_one_hour<T>(mut attempt: impl FnMut() -> T) -> (T, String) {
    loop {
        let before = utc_hour();
        let value = attempt();
        if utc_hour() == before {
            return (value, before);
        }
    }
}

/// A request with `Host` of the public listener.
pub fn request(proxy: &Proxy, method: &str, target: &str, headers: &[&str]) -> Vec<u8> {
    client::request(method, target, &proxy.public.to_string(), headers)
}
