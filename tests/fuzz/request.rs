//! A search request and what partners receive for it. An input is lines: a query, the headers; after an empty line, further
//! parameters and further headers. The partners are five that receive the fields in different ways.
//!
//! - Further parameters and headers that none of the six fields is read from change no byte of any outward request.
//! - A request made of the fields alone (the keyword, the tag of the language, an agent of the family, the ID, the code) leads to the
//!   same outward requests: they contain the six fields and nothing else.
//! - A response to a rejected request depends on the problem, the language and the code alone: it repeats nothing of the target.

use std::path::Path;
use std::sync::{Arc, LazyLock};

use futures_util::FutureExt as _;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Uri};
use http_body_util::BodyExt as _;
use qsproxy::config::Config;
use qsproxy::fields::browser::Browser;
use qsproxy::fields::{FieldRules, SixFields};
use qsproxy::partner::request::PartnerRequest;
use qsproxy::problem::Problem;
use qsproxy::server::error_response::RequestError;
use qsproxy::server::form::SearchForm;
use qsproxy::server::page_request::PageRequest;
use qsproxy::server::search_request::{RejectedSearch, SearchRequest, from_form};
use qsproxy::tokens::keys::PseudonymKey;
use url::form_urlencoded;

use super::input::Input;

const CONFIG: &str = r#"
languages = ["en", "de", "fr-CA", "zh-Hant", "ar"]
[[code]]
name = "main"
partners = ["query"]
[[code]]
name = "beta.2"
partners = ["page"]
[[partner]]
name = "query"
url = "https://query.example/search?v=1"
send = { keyword = "q", time = "h", language = "lang", browser = "b", anonymous_id = "uid", partner_code = "pc" }
results = { list = "/r", title = "/t", url = "/u" }
[[partner]]
name = "form"
url = "https://form.example/"
method = "POST"
send = { keyword = "text", anonymous_id = "user" }
fixed = { limit = 10 }
headers = { X-Key = "k" }
results = { list = "/r", title = "/t", url = "/u" }
[[partner]]
name = "object"
url = "https://object.example/"
method = "POST-JSON"
send = { keyword = "query.text", time = "query.hour", language = "query.language", browser = "agent", anonymous_id = "user" }
results = { list = "/r", title = "/t", url = "/u" }
[[partner]]
name = "agent"
url = "https://agent.example/"
user_agent = "by-browser"
send = { keyword = "q", language = "l" }
languages = { de = "german" }
results = { list = "/r", title = "/t", url = "/u" }
[[partner]]
name = "page"
url = "https://page.example/search"
format = "html"
send = { keyword = "q", partner_code = "pc", anonymous_id = "uid" }
"#;

static SERVICE: LazyLock<(Config, FieldRules)> = LazyLock::new(|| {
    let config = Config::parse(CONFIG, Path::new("no-such-folder")).unwrap();
    let (languages, codes) = (config.languages.clone(), config.codes.clone());
    let rules =
        FieldRules { languages, codes, personal_data: config.personal_data, groups: config.keyword_groups.clone() };
    (config, rules)
});

/// The headers that the six fields are read from, and the format of the response.
const READ: [&str; 5] = ["accept", "accept-language", "user-agent", "dnt", "sec-gpc"];

/// A header line, if it is one.
fn header(line: &[u8]) -> Option<(HeaderName, HeaderValue)> {
    let (name, value) = line.split_at(line.iter().position(|&byte| byte == b':')?);
    Some((HeaderName::from_bytes(name).ok()?, HeaderValue::from_bytes(value.get(1..)?.trim_ascii()).ok()?))
}

fn read(form: &[u8], headers: &HeaderMap) -> Result<SearchRequest, RejectedSearch> {
    from_form(&SERVICE.1, headers, form)
}

/// The bytes that every partner receives for these fields.
fn outward(fields: &SixFields) -> Vec<Vec<u8>> {
    let key = PseudonymKey::new(&[1; 32]);
    let request = |partner| PartnerRequest::build(partner, fields.code().name().as_str(), fields, &key);
    let requests = SERVICE.0.partners.iter().map(request);
    requests.map(|request| [request.url.authority().as_bytes(), b" ", &request.to_bytes()].concat()).collect()
}

/// An agent of this family.
fn agent(browser: Browser) -> &'static str {
    match browser {
        Browser::Chrome => "Chrome/1",
        Browser::Firefox => "Firefox/1",
        Browser::Safari => "Safari/1",
        Browser::Edge => "Edg/1",
        Browser::Opera => "OPR/1",
        Browser::Samsung => "SamsungBrowser/1",
        Browser::Other => "",
    }
}

/// The fields of a request that has nothing but these fields.
fn from_fields_alone(fields: &SixFields) -> SixFields {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.append_pair("q", fields.keyword().expose_to_partner_or_client());
    form.append_pair("lang", fields.language().as_str()).append_pair("code", fields.code().name().as_str());
    let mut form = form.finish();
    if let Some(id) = fields.anonymous_id() {
        form.push_str("&id=");
        form.extend(form_urlencoded::byte_serialize(id.expose_for_pseudonym()));
    }
    let mut headers = HeaderMap::new();
    headers.insert("user-agent", HeaderValue::from_static(agent(fields.browser())));
    let Ok(request) = read(form.as_bytes(), &headers) else { panic!("the fields alone are rejected: {form:?}") };
    assert!(!request.unknown_code && !request.wants_json);
    request.fields
}

/// The response to a request that is rejected for this problem.
fn response(problem: Problem, target: &str, headers: &HeaderMap) -> Option<String> {
    let mut request = Request::get(target).body(()).ok()?;
    *request.headers_mut() = headers.clone();
    let context = PageRequest::from_request(&request).error_context(&SERVICE.1, &Arc::default());
    let response = RequestError::from(problem).into_response(context.as_ref());
    let head = format!("{} {:?}", response.status(), response.headers());
    let body = response.into_body().collect().now_or_never()?.ok()?.to_bytes();
    Some(head + &String::from_utf8(body.to_vec()).ok()?)
}

/// Compares the response with that to a request which has nothing but the language and the code.
fn check_response(problem: Problem, form: &[u8], headers: &HeaderMap) {
    let target = Uri::try_from([b"/search?", form].concat());
    let Ok(Some(query)) = target.as_ref().map(Uri::query) else { return };
    let target = format!("/search?{query}");
    let Some(rejected) = response(problem, &target, headers) else { return };
    let parsed = SearchForm::parse(query.as_bytes());
    let value = |header: &str| headers.get(header).map(HeaderValue::as_bytes);
    let lang = parsed.lang.filter(|lang| !lang.is_empty());
    let language = SERVICE.1.languages.select(lang.as_deref(), value("accept-language"));
    let code = SERVICE.1.codes.iter().find(|code| Some(code.as_str().as_bytes()) == parsed.code.as_deref());
    let mut plain = code.map(|code| format!("/search?code={code}")).unwrap_or("/search?".to_owned());
    let mut plain_headers = HeaderMap::new();
    if lang.is_some() {
        plain.push_str(&format!("&lang={}", language.as_str()));
    } else {
        plain_headers.insert("accept-language", HeaderValue::from_str(language.as_str()).unwrap());
    }
    let media_type = if rejected.contains("<!DOCTYPE html>") { "text/html" } else { "application/json" };
    plain_headers.insert("accept", HeaderValue::from_static(media_type));
    assert_eq!(Some(rejected), response(problem, &plain, &plain_headers), "{target}");
}

pub fn check(input: &[u8]) {
    let mut input = Input(input);
    let form = input.line();
    let headers: HeaderMap = input.lines().into_iter().filter_map(header).collect();
    let noisy_form = [form, b"&", input.line()].concat();
    let mut noisy_headers = headers.clone();
    for (name, value) in input.lines().into_iter().filter_map(header).filter(|(name, _)| !READ.contains(&name.as_str()))
    {
        noisy_headers.append(name, value);
    }
    let has_same_parameters = SearchForm::parse(form) == SearchForm::parse(&noisy_form);
    let noisy_form = if has_same_parameters { &noisy_form } else { form };

    match (read(form, &headers), read(noisy_form, &noisy_headers)) {
        (Ok(request), Ok(noisy)) => {
            assert_eq!((request.wants_json, request.unknown_code), (noisy.wants_json, noisy.unknown_code));
            let alone = from_fields_alone(&request.fields);
            if [&noisy.fields, &alone].iter().all(|fields| fields.time() == request.fields.time()) {
                let expected = outward(&request.fields);
                assert_eq!(outward(&noisy.fields), expected, "further parameters and headers");
                assert_eq!(outward(&alone), expected, "the fields alone");
            }
        }
        (Err(rejected), Err(noisy)) => {
            assert_eq!((rejected.problem, &rejected.code), (noisy.problem, &noisy.code));
            check_response(rejected.problem, form, &headers);
            check_response(noisy.problem, noisy_form, &noisy_headers);
        }
        _ => panic!("further parameters and headers decide whether a request is rejected"),
    }
}
