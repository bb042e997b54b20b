//! The six fields on their way to the partner, as the exact bytes at its socket.

use std::collections::BTreeSet;

use qsproxy_test_support::config::ConfigBuilder;
use qsproxy_test_support::http_client::{form_bytes, percent_encode, send_once};
use qsproxy_test_support::mock_partner::MockPartner;
use qsproxy_test_support::proxy::Proxy;
use qsproxy_test_support::test_env::{PartnerRequest, TestEnv, sample_results, within_one_hour};
use qsproxy_test_support::wait_for;

const FIREFOX: &str = "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0";
const CHROME: &str = "User-Agent: Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36";

#[test]
fn get_carries_fixed_parameters_then_the_fields_and_the_keyword_last() {
    let env = TestEnv::new();
    let (asked, hour) =
        within_one_hour(|| env.forwarded_request("id=person-7&lang=de&q=hello+world&code=toolbar-main", &[FIREFOX]));
    let uid = asked.value("uid").expect("a pseudonym");
    let expected = format!("GET /search?count=20&pc=QX1&lang=de&b=firefox&h={hour}&uid={uid}&q=hello+world HTTP/1.1");
    assert_eq!(asked.line, expected);
    assert_eq!(asked.body, "");
    assert_eq!(asked.header("host"), Some(env.partner.address().to_string().as_str()));
}

#[test]
fn fixed_parameters_keep_the_order_of_the_file_and_the_place_before_the_fields() {
    let env =
        TestEnv::with(|config| config.with("partner first", "fixed", r#"{ zeta = "1", alpha = "a b&c", mid = "é" }"#));
    let asked = env.forwarded_request("q=x", &[]);
    assert!(asked.line.starts_with("GET /search?zeta=1&alpha=a+b%26c&mid=%C3%A9&pc=QX1&"), "{}", asked.line);
}

#[test]
fn a_query_in_the_partners_url_stays_in_front() {
    let partner = MockPartner::json(sample_results());
    let proxy = Proxy::start(&ConfigBuilder::with_partner_url(&format!("{}?feed=main", partner.url())).text());
    assert_eq!(proxy.get("/search?q=x&format=json", &[]).status, 200);
    let line = PartnerRequest::new(&partner.requests()[0]).line;
    assert!(line.starts_with("GET /search?feed=main&count=20&pc=QX1&"), "{line}");
}

#[test]
fn post_carries_the_same_as_a_form() {
    let env = TestEnv::with(|config| config.with("partner first", "method", r#""POST""#));
    let (asked, hour) = within_one_hour(|| env.forwarded_request("q=hello+w%C3%B6rld&lang=fr", &[CHROME]));
    assert_eq!(asked.line, "POST /search HTTP/1.1");
    assert_eq!(asked.header("content-type"), Some("application/x-www-form-urlencoded"));
    assert_eq!(asked.body, format!("count=20&pc=QX1&lang=fr&b=chrome&h={hour}&q=hello+w%C3%B6rld"));
    assert_eq!(asked.header("content-length"), Some(asked.body.len().to_string().as_str()));
}

#[test]
fn post_json_carries_the_same_as_an_object() {
    let env = TestEnv::with(|config| config.with("partner first", "method", r#""POST-JSON""#));
    let query = format!("lang=fr&q={}", percent_encode(r#"quote " and back\slash é"#));
    let (asked, hour) = within_one_hour(|| env.forwarded_request(&query, &[CHROME]));
    assert_eq!(asked.line, "POST /search HTTP/1.1");
    assert_eq!(asked.header("content-type"), Some("application/json"));
    let keyword = r#"quote \" and back\\slash é"#;
    let expected = format!(r#"{{"count":"20","pc":"QX1","lang":"fr","b":"chrome","h":"{hour}","q":"{keyword}"}}"#);
    assert_eq!(asked.body, expected);
}

#[test]
fn a_field_that_the_partner_does_not_name_is_not_sent_to_it() {
    let env = TestEnv::with(|config| config.with("partner first", "send", r#"{ keyword = "query" }"#));
    let asked = env.forwarded_request("q=lisbon&id=person-7&lang=de&code=toolbar-main", &[FIREFOX]);
    assert_eq!(asked.line, "GET /search?count=20&query=lisbon HTTP/1.1");
}

#[test]
fn nothing_fixed_is_nothing_sent() {
    let env = TestEnv::with(|config| {
        config.with("partner first", "fixed", "{}").with("partner first", "send", r#"{ keyword = "q" }"#)
    });
    assert_eq!(env.forwarded_request("q=lisbon", &[]).line, "GET /search?q=lisbon HTTP/1.1");
}

#[test]
fn a_secret_header_comes_from_its_file_and_only_to_its_partner() {
    let other = MockPartner::json(sample_results());
    let env = TestEnv::with_file("secrets/first", b"s3cret-of-first\n", |config| {
        config
            .with("partner first", "headers", r#"{ "X-Key" = { file = "secrets/first" } }"#)
            .partner("second", &other.url())
            .code("other-code", r#"["second"]"#)
    });
    assert_eq!(env.forwarded_request("q=x", &[]).header("x-key"), Some("s3cret-of-first"), "without the line's end");
    let response = env.search("q=x&code=other-code", &["X-Key: from-the-client"]);
    assert_eq!(response.status, 200);
    assert_eq!(PartnerRequest::new(&other.requests()[0]).header("x-key"), None);
    let stderr = env.proxy.stderr();
    assert!(!stderr.contains("s3cret-of-first"), "a secret stands in a log line");
}

#[test]
fn each_code_has_its_tag_and_its_own_name_where_it_has_none() {
    let env = TestEnv::with(|config| {
        config
            .code("toolbar-beta", r#"["first"]"#)
            .with("code toolbar-beta", "tags", r#"{ first = "QX2" }"#)
            .code("toolbar-plain", r#"["first"]"#)
    });
    let tag = |query: &str| env.forwarded_request(query, &[]).value("pc");
    assert_eq!(tag("q=x&code=toolbar-main").as_deref(), Some("QX1"));
    assert_eq!(tag("q=x&code=toolbar-beta").as_deref(), Some("QX2"));
    assert_eq!(tag("q=x&code=toolbar-plain").as_deref(), Some("toolbar-plain"));
}

#[test]
fn an_unknown_or_absent_code_becomes_the_default_and_is_booked_to_it() {
    let env = TestEnv::with(|config| config.code("toolbar-beta", r#"["first"]"#));
    for query in ["q=x", "q=x&code=", "q=x&code=toolbar-unheard-of", "q=x&code=TOOLBAR-BETA", "q=x&code=QX1"] {
        assert_eq!(env.forwarded_request(query, &[]).value("pc").as_deref(), Some("QX1"), "{query}");
    }
    let expected = ["first", "toolbar-main", "with_ads"].map(str::to_owned);
    wait_for("five searches under the default code", || {
        (env.proxy.searches() == [(expected.clone(), 5)].into()).then_some(())
    });
}

#[test]
fn no_id_is_no_parameter() {
    let env = TestEnv::new();
    for query in ["q=x", "q=x&id="] {
        assert_eq!(env.forwarded_request(query, &[]).value("uid"), None, "{query}");
    }
    assert!(env.forwarded_request("q=x&id=person-7", &[]).value("uid").is_some_and(|uid| !uid.is_empty()));
}

#[test]
fn a_privacy_signal_drops_the_id() {
    let env = TestEnv::new();
    for signal in ["Sec-GPC: 1", "DNT: 1", "sec-gpc: 1", "dnt: 1"] {
        assert_eq!(env.forwarded_request("q=x&id=person-7", &[signal]).value("uid"), None, "{signal}");
    }
    for none in ["Sec-GPC: 0", "DNT: 0"] {
        assert!(env.forwarded_request("q=x&id=person-7", &[none]).value("uid").is_some(), "{none} asks for nothing");
    }
}

#[test]
fn a_pseudonym_is_stable_within_a_partner_and_day_and_tells_nothing() {
    let other = MockPartner::json(sample_results());
    let env = TestEnv::with(|config| config.partner("second", &other.url()).code("other-code", r#"["second"]"#));
    let first = |id: &str| env.forwarded_request(&format!("q=x&id={id}"), &[]).value("uid").unwrap();
    let second = |id: &str| {
        let response = env.search(&format!("q=x&code=other-code&id={id}"), &[]);
        assert_eq!(response.status, 200);
        PartnerRequest::new(other.requests().last().unwrap()).value("uid").unwrap()
    };
    let (one, again) = (first("person-7"), first("person-7"));
    assert_eq!(one, again, "one person, one partner, one day (unless midnight UTC just passed)");
    let all: BTreeSet<String> = [one.clone(), first("person-8"), second("person-7"), second("person-8")].into();
    assert_eq!(all.len(), 4, "no two people and no two partners share one: {all:?}");
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    for uid in &all {
        assert!(uid.len() >= 16 && uid.bytes().all(plain), "a keyed pseudonym: {uid}");
        assert!(!uid.contains("person"), "{uid}");
    }
}

#[test]
fn a_pseudonym_does_not_outlive_another_installation() {
    let (one, two) = (TestEnv::new(), TestEnv::new());
    let uid = |env: &TestEnv| env.forwarded_request("q=x&id=person-7", &[]).value("uid").unwrap();
    assert_ne!(uid(&one), uid(&two), "keyed, not hashed");
}

#[test]
fn equal_fields_are_equal_bytes_whatever_else_differed() {
    let env = TestEnv::new();
    let plain = "/search?q=lisbon&lang=de&format=json";
    let noisy = format!(
        "/search?utm_source=me&gclid=abc&format=json&lang=de&q={}&cursor=9&q=second&x=%FF",
        percent_encode("  \u{200b}lisbon\u{00ad} \t")
    );
    let (pair, _) = within_one_hour(|| {
        let before = env.partner.requests().len();
        assert_eq!(env.proxy.get(plain, &[CHROME]).status, 200);
        let other = env.proxy.get(&noisy, &[
            "user-agent: Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.6778.39 Mobile Safari/537.36",
            "Accept: */*",
            "Accept-Language: fr-CA,fr;q=0.8",
            "Accept-Encoding: br, zstd",
            "Cookie: session=1; visit=2",
            "Referer: https://example.org/?q=private",
            "Origin: https://example.org",
            "X-Forwarded-For: 192.0.2.77",
            "Forwarded: for=192.0.2.77",
            "X-Real-IP: 192.0.2.77",
            "Via: 1.1 carrier",
            "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "X-Request-ID: 12345",
            "Authorization: Basic dXNlcjpwYXNz",
            "Sec-CH-UA-Platform-Version: \"14.0.0\"",
            "If-None-Match: \"tag-of-a-user\"",
            "Range: bytes=0-1",
            "Priority: u=0, i",
            "X-UIDH: carrier-id",
        ]);
        assert_eq!(other.status, 200);
        env.partner.requests().split_off(before)
    });
    assert_eq!(pair.len(), 2);
    assert_eq!(String::from_utf8_lossy(&pair[0]), String::from_utf8_lossy(&pair[1]));
}

#[test]
fn the_outbound_headers_are_few_and_none_is_the_clients() {
    let env = TestEnv::new();
    let asked =
        env.forwarded_request("q=lisbon", &[FIREFOX, "Accept-Language: de", "Accept-Encoding: zstd", "X-Other: 1"]);
    let allowed = ["host", "accept", "accept-encoding", "user-agent", "connection"];
    for (name, value) in &asked.headers {
        assert!(allowed.contains(&name.to_ascii_lowercase().as_str()), "{name}: {value}");
        assert!(!["Firefox", "Mozilla", "zstd", "de"].contains(&value.as_str()), "{name}: {value}");
    }
    let agent = asked.header("user-agent").unwrap_or_default();
    assert!(!agent.contains("Firefox") && !agent.contains("128"), "{agent}");
}

#[test]
fn a_posted_search_asks_the_same_as_one_by_get() {
    let env = TestEnv::new();
    let host = env.proxy.public.to_string();
    let (pair, _) = within_one_hour(|| {
        let before = env.partner.requests().len();
        let query = "q=hello+world&lang=de&id=person-7&code=toolbar-main";
        assert_eq!(env.search(query, &[]).status, 200);
        for media in ["application/x-www-form-urlencoded", "application/x-www-form-urlencoded; charset=UTF-8"] {
            let bytes = form_bytes("/search", &host, &["Accept: application/json"], query.as_bytes());
            let bytes = String::from_utf8(bytes).unwrap().replace("application/x-www-form-urlencoded", media);
            let response = send_once(env.proxy.public, bytes.as_bytes()).unwrap();
            assert_eq!(response.status, 200, "{media}: {}", response.text());
            assert_eq!(response.json()["results"].as_array().unwrap().len(), 2);
        }
        env.partner.requests().split_off(before)
    });
    assert_eq!(pair.len(), 3);
    assert_eq!(pair[0], pair[1]);
    assert_eq!(pair[0], pair[2]);
}
