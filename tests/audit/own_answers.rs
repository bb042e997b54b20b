//! Our own answers (`docs/privacy-requirements.md`, section E): the stamp is the one thing that differs between two users who send the
//! same request.

use std::collections::BTreeMap;

use regex::Regex;

use super::coverage;
use super::ignored_input;
use super::raw_request::{self, RawRequest};
use super::rows::Row;
use qsproxy_test_support::http_client::Response;
use qsproxy_test_support::mock_partner::MockPartner;
use qsproxy_test_support::proxy::Proxy;
use qsproxy_test_support::random::Random;
use qsproxy_test_support::test_env::{TestEnv, click_paths, sample_results, within_one_hour};
use qsproxy_test_support::visit_stamp::{self, DecodedStamp};

/// Requests: method and target.
const REQUESTS: &[(&str, &str)] = &[
    ("GET", "/"),
    ("GET", "/privacy"),
    ("GET", "/privacy.json"),
    ("GET", "/personal-data"),
    ("GET", "/opensearch.xml"),
    ("GET", "/opensearch-post.xml"),
    ("GET", "/robots.txt"),
    ("GET", "/.well-known/gpc.json"),
    ("GET", "/favicon.ico"),
    ("GET", "/visit"),
    ("GET", "/search?q=weather&format=json"),
    ("GET", "/search?q=weather&format=html"),
    ("HEAD", "/"),
    ("GET", "/search"),
    ("GET", "/search?q=x&format=xml"),
    ("GET", "/nowhere"),
    ("DELETE", "/search"),
    ("OPTIONS", "/search"),
    ("GET", "/click/AAAA"),
    ("GET", "/image/AAAA"),
];

/// Headers that a response may have. Whatever is not listed here would need a reason.
const HEADERS: &[&str] = &[
    "access-control-allow-headers",
    "access-control-allow-methods",
    "access-control-max-age",
    "allow",
    "cache-control",
    "connection",
    "content-encoding",
    "content-length",
    "content-security-policy",
    "content-type",
    "cross-origin-opener-policy",
    "cross-origin-resource-policy",
    "date",
    "location",
    "referrer-policy",
    "retry-after",
    "set-cookie",
    "transfer-encoding",
    "vary",
    "visit-stamp",
    "x-content-type-options",
];

/// Headers that carry the stamp or the time.
const VARYING: [&str; 3] = ["set-cookie", "visit-stamp", "date"];

/// The answer without what may differ: stamps, the time, and the text of tokens, whose lengths must be equal.
fn comparable(response: &Response, tokens: &Regex) -> (u16, BTreeMap<String, String>, String) {
    let names = |name: &str| VARYING.contains(&name.to_ascii_lowercase().as_str());
    let headers = response
        .headers
        .iter()
        .filter(|(name, _)| !names(name))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.clone()))
        .collect();
    let text = response.text();
    let body = tokens
        .replace_all(&text, |found: &regex::Captures<'_>| format!("/{}/{}", &found[1], "x".repeat(found[2].len())));
    (response.status, headers, body.into_owned())
}

/// One user: an address, an ID, and headers that are read by nobody.
fn request_of(user: usize, method: &str, target: &str, proxy: &Proxy, random: &mut Random) -> Response {
    let has_keyword = target.contains("q=weather");
    let id = if has_keyword { format!("&id=user-{}", random.text("bcdfghjkmnpqrstvwxz", 20)) } else { String::new() };
    let mut request = RawRequest::get(format!("{target}{id}"));
    method.clone_into(&mut request.method);
    // A stamp is told its state, `Accept-Encoding` and `Accept` choose a representation, and `Origin` who may read it.
    let read = [
        "cookie",
        "visit-stamp",
        "accept",
        "accept-encoding",
        "origin",
        "sec-fetch-site",
        "sec-purpose",
        "purpose",
        "x-moz",
        "expect",
    ];
    request.headers = ignored_input::headers(random);
    request.headers.retain(|(name, _)| !read.contains(&name.to_ascii_lowercase().as_str()));
    request.set("Accept", "text/html");
    request.set("Host", &proxy.public.to_string());
    request.set("User-Agent", &format!("Mozilla/5.0 ({}; rv:140.0) Gecko/20100101 Firefox/140.0", random.word()));
    let mut client = raw_request::connect_from(100 + user as u8, proxy.public);
    client.send(&request.bytes()).expect("a response")
}

pub fn equal_answers() {
    const USERS: usize = 4;
    let mut random = Random::from_env_or_clock("AUDIT_SEED", "own answers");
    let env = TestEnv::new();
    let tokens = Regex::new("/(click|image)/([A-Za-z0-9_-]+)").unwrap();
    for (method, target) in REQUESTS {
        let (answers, _) = within_one_hour(|| {
            let answer_to = |user| request_of(user, method, target, &env.proxy, &mut random);
            (0..USERS).map(answer_to).collect::<Vec<_>>()
        });
        let first = comparable(&answers[0], &tokens);
        for answer in &answers {
            assert_eq!(comparable(answer, &tokens), first, "{method} {target}");
            assert_headers(answer, method, target);
            coverage::count(Row::OwnAnswers, 1);
        }
    }
}

#[track_caller]
fn assert_headers(answer: &Response, method: &str, target: &str) {
    for (name, value) in &answer.headers {
        let name = name.to_ascii_lowercase();
        assert!(HEADERS.contains(&name.as_str()), "{method} {target}: {name}: {value}");
    }
    assert_eq!(answer.header("referrer-policy"), Some("no-referrer"), "{method} {target}");
    if answer.media_type() == "text/html" {
        let policy = answer.header("content-security-policy").unwrap_or_default();
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{method} {target}: {policy}");
        coverage::count(Row::ContentPolicy, 1);
    }
}

/// A token has the same length whatever the keyword, the ID and the agent are: it holds nothing of them.
pub fn token_lengths() {
    let mut random = Random::from_env_or_clock("AUDIT_SEED", "token lengths");
    let env = TestEnv::new();
    let mut lengths = Vec::new();
    for length in [1, 2, 3, 9, 60, 200] {
        let [keyword, id, agent] = [length, 20 + length / 4, length].map(|length| random.text("bcdfghjk", length));
        let agent = format!("User-Agent: Mozilla/5.0 ({agent}) Gecko/20100101 Firefox/140.0");
        let forwarded = format!("X-Forwarded-For: {}", random.text("0123456789", length));
        let response = env.search(&format!("q={keyword}&id={id}"), &[&agent, &forwarded]);
        lengths.push(click_paths(&response).iter().map(String::len).collect::<Vec<_>>());
        coverage::count(Row::Fields, 1);
    }
    assert!(lengths.iter().all(|one| *one == lengths[0]), "{lengths:?}");
}

/// `Sec-GPC: 1` gets a stamp without serial, `DNT: 1` none, neither an ID at the partner.
pub fn objections() {
    let partner = MockPartner::json(sample_results());
    let env =
        TestEnv { proxy: Proxy::start(&qsproxy_test_support::config::ConfigBuilder::new(&partner).text()), partner };
    for target in ["/search?q=x&format=json&id=user-c0ffee-4711-Kd93", "/", "/visit"] {
        for (objection, has_stamp) in [("Sec-GPC: 1", true), ("DNT: 1", false)] {
            let mut headers = vec![objection.to_owned()];
            // The first stamp, and the one that confirms it.
            for _ in 0..2 {
                let lines: Vec<&str> = headers.iter().map(String::as_str).collect();
                let response = env.proxy.get(target, &lines);
                let stamp = visit_stamp::issued_stamp(&response);
                assert!(has_stamp || stamp.is_none(), "{target}, {objection}: a stamp");
                // A confirmed stamp of today stays.
                assert!(stamp.is_some() || !has_stamp || headers.len() > 1, "{target}, {objection}: no stamp");
                coverage::count(Row::Objections, 1);
                let Some(stamp) = stamp else { continue };
                let decoded = DecodedStamp::decode(&stamp);
                assert!(decoded.anonymous && decoded.serial == [0; 8], "{target}, {objection}: {decoded:?}");
                headers.push(format!("Visit-Stamp: {stamp}"));
            }
        }
    }
    let requests = env.partner.take_requests();
    assert_eq!(requests.len(), 4);
    for request in requests {
        assert!(!String::from_utf8_lossy(&request).contains("uid="), "an ID in spite of an objection");
    }
}
