//! The usual test environment: a recording partner, and the program configured to use it.

use serde_json::json;

use crate::config::ConfigBuilder;
use crate::http_client::{self, Response, parse_form};
use crate::mock_partner::{MockPartner, MockResponse};
use crate::proxy::Proxy;
use crate::workdir::Workdir;

/// One result in a partner's response.
#[derive(Clone, Copy)]
pub struct ResultEntry<'a> {
    pub title: &'a str,
    pub url: &'a str,
    pub snippet: &'a str,
    pub sponsored: bool,
}

pub fn organic_entry<'a>(title: &'a str, url: &'a str) -> ResultEntry<'a> {
    ResultEntry { title, url, snippet: "A snippet.", sponsored: false }
}

pub fn sponsored_entry<'a>(title: &'a str, url: &'a str) -> ResultEntry<'a> {
    ResultEntry { sponsored: true, ..organic_entry(title, url) }
}

/// The body of a response with these results, as the partner of the default configuration sends it.
pub fn results_json(entries: &[ResultEntry<'_>]) -> String {
    let list: Vec<_> = entries
        .iter()
        .map(|one| json!({"title": one.title, "url": one.url, "snippet": one.snippet, "ad": one.sponsored}))
        .collect();
    json!({ "results": list }).to_string()
}

/// The organic target in [`sample_results`].
pub const ORGANIC: &str = "https://example.org/lisbon?page=2";
/// The sponsored target in [`sample_results`], with parameters that the partner needs for billing.
pub const SPONSORED: &str = "https://ads.example/aclk?gclid=abc123&utm_source=feed";

/// The body of a response with one organic and one sponsored result.
pub fn sample_results() -> String {
    results_json(&[organic_entry("Lisbon", ORGANIC), sponsored_entry("Flights to Lisbon", SPONSORED)])
}

/// The body of a response with `count` organic results, each with another target.
pub fn organic_results(count: usize) -> String {
    let urls: Vec<String> = (0..count).map(|at| format!("https://example.org/{at}")).collect();
    results_json(&urls.iter().map(|url| organic_entry("One of many", url)).collect::<Vec<_>>())
}

/// A partner, and the program that sends searches to it. The program is dropped first.
pub struct TestEnv {
    pub proxy: Proxy,
    pub partner: MockPartner,
}

impl TestEnv {
    /// The default configuration, and a partner that responds with [`sample_results`].
    #[track_caller]
    pub fn new() -> TestEnv {
        TestEnv::with(|config| config)
    }

    /// Like [`TestEnv::new`], with a changed configuration.
    #[track_caller]
    pub fn with(change: impl FnOnce(ConfigBuilder) -> ConfigBuilder) -> TestEnv {
        let partner = MockPartner::json(sample_results());
        let config = change(ConfigBuilder::new(&partner));
        TestEnv { proxy: Proxy::start(&config.text()), partner }
    }

    /// Like [`TestEnv::with`], with an additional file in the working directory.
    #[track_caller]
    pub fn with_file(name: &str, bytes: &[u8], change: impl FnOnce(ConfigBuilder) -> ConfigBuilder) -> TestEnv {
        let partner = MockPartner::json(sample_results());
        let workdir = Workdir::new(&change(ConfigBuilder::new(&partner)).text());
        workdir.write(name, bytes);
        TestEnv { proxy: workdir.start(), partner }
    }

    /// The default configuration, and a partner with this response.
    #[track_caller]
    pub fn responding(response: MockResponse) -> TestEnv {
        let env = TestEnv::new();
        env.partner.respond_with(response);
        env
    }

    /// `GET /search?query` with `Accept: application/json`.
    #[track_caller]
    pub fn search(&self, query: &str, headers: &[&str]) -> Response {
        self.proxy.get(&format!("/search?{query}"), &[&["Accept: application/json"], headers].concat())
    }

    /// `GET /search?query` with `Accept: text/html`.
    #[track_caller]
    pub fn search_page(&self, query: &str, headers: &[&str]) -> Response {
        self.proxy.get(&format!("/search?{query}"), &[&["Accept: text/html"], headers].concat())
    }

    /// Searches and returns the request that the partner received. Panics if the search fails.
    #[track_caller]
    pub fn forwarded_request(&self, query: &str, headers: &[&str]) -> PartnerRequest {
        let before = self.partner.requests().len();
        let response = self.search(query, headers);
        assert_eq!(response.status, 200, "{}", response.text());
        let requests = self.partner.requests();
        assert_eq!(requests.len(), before + 1, "one search is one request to the partner");
        PartnerRequest::new(requests.last().unwrap())
    }

    /// The `/click/…` paths of one search, in the order of the results.
    #[track_caller]
    pub fn click_paths(&self, query: &str) -> Vec<String> {
        let response = self.search(query, &[]);
        assert_eq!(response.status, 200, "{}", response.text());
        click_paths(&response)
    }

    /// The `/click/…` path of the first result of a new search.
    #[track_caller]
    pub fn click_path(&self) -> String {
        self.click_paths("q=lisbon").swap_remove(0)
    }
}

/// The `/click/…` paths in a JSON response, in the order of the results.
#[track_caller]
pub fn click_paths(response: &Response) -> Vec<String> {
    let body = response.json();
    let list = body["results"].as_array().expect("a list of results");
    list.iter().map(|one| click_path_of(one["url"].as_str().expect("a URL"))).collect()
}

/// The path of a click link, which may be absolute or relative.
#[track_caller]
pub fn click_path_of(url: &str) -> String {
    let at = url.find("/click/").unwrap_or_else(|| panic!("not a click link: {url}"));
    url[at..].to_owned()
}

/// One request as the partner received it.
pub struct PartnerRequest {
    pub bytes: Vec<u8>,
    /// The request line: `GET /search?… HTTP/1.1`.
    pub line: String,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl PartnerRequest {
    #[track_caller]
    pub fn new(bytes: &[u8]) -> PartnerRequest {
        let text = String::from_utf8(bytes.to_vec()).expect("ASCII");
        let (head, body) = text.split_once("\r\n\r\n").expect("a head");
        let mut lines = head.split("\r\n");
        let line = lines.next().unwrap().to_owned();
        let headers = lines
            .map(|line| line.split_once(": ").expect("a header line"))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        PartnerRequest { bytes: bytes.to_vec(), line, headers, body: body.to_owned() }
    }

    /// The parameters in order: of the form if there is a body, otherwise of the query.
    pub fn pairs(&self) -> Vec<(String, String)> {
        if !self.body.is_empty() {
            return parse_form(&self.body);
        }
        let target = self.line.split(' ').nth(1).unwrap();
        target.split_once('?').map_or_else(Vec::new, |(_, query)| parse_form(query))
    }

    /// The value of the first parameter with this name.
    pub fn value(&self, name: &str) -> Option<String> {
        self.pairs().into_iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(one, _)| one.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// The current UTC hour in the format that partners receive: two digits.
pub fn utc_hour() -> String {
    let seconds = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    format!("{:02}", seconds / 3600 % 24)
}

/// Runs `attempt` and returns its value with the UTC hour in which it ran. Repeats it if the hour changed meanwhile.
pub fn within_one_hour<T>(mut attempt: impl FnMut() -> T) -> (T, String) {
    loop {
        let before = utc_hour();
        let value = attempt();
        if utc_hour() == before {
            return (value, before);
        }
    }
}

/// The bytes of a request to the public listener.
pub fn request_to(proxy: &Proxy, method: &str, target: &str, headers: &[&str]) -> Vec<u8> {
    http_client::request_bytes(method, target, &proxy.public.to_string(), headers)
}
