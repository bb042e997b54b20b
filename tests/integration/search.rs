//! The request that a partner receives: exact bytes at its socket.

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
fn get_sends_fixed_parameters_then_the_fields_with_the_keyword_last() {
    let env = TestEnv::new();
    let (request, hour) = within_one_hour(|| {
        env.forwarded_request("id=person-7-Kd93mZ2q&lang=de&q=hello+world&code=toolbar-main", &[FIREFOX])
    });
    let uid = request.value("uid").expect("a pseudonym");
    let expected = format!("GET /search?count=20&pc=QX1&lang=de&b=firefox&h={hour}&uid={uid}&q=hello+world HTTP/1.1");
    assert_eq!(request.line, expected);
    assert_eq!(request.body, "");
    assert_eq!(request.header("host"), Some(env.partner.address().to_string().as_str()));
}

#[test]
fn fixed_parameters_are_in_the_order_of_the_file_and_before_the_fields() {
    let env =
        TestEnv::with(|config| config.with("partner first", "fixed", r#"{ zeta = "1", alpha = "a b&c", mid = "é" }"#));
    let request = env.forwarded_request("q=x", &[]);
    assert!(request.line.starts_with("GET /search?zeta=1&alpha=a+b%26c&mid=%C3%A9&pc=QX1&"), "{}", request.line);
}

#[test]
fn the_query_of_the_partners_url_comes_first() {
    let partner = MockPartner::json(sample_results());
    let proxy = Proxy::start(&ConfigBuilder::with_partner_url(&format!("{}?feed=main", partner.url())).text());
    assert_eq!(proxy.get("/search?q=x&format=json", &[]).status, 200);
    let line = PartnerRequest::new(&partner.requests()[0]).line;
    assert!(line.starts_with("GET /search?feed=main&count=20&pc=QX1&"), "{line}");
}

#[test]
fn post_sends_the_parameters_as_a_form() {
    let env = TestEnv::with(|config| config.with("partner first", "method", r#""POST""#));
    let (request, hour) = within_one_hour(|| env.forwarded_request("q=hello+w%C3%B6rld&lang=fr", &[CHROME]));
    assert_eq!(request.line, "POST /search HTTP/1.1");
    assert_eq!(request.header("content-type"), Some("application/x-www-form-urlencoded"));
    assert_eq!(request.body, format!("count=20&pc=QX1&lang=fr&b=chrome&h={hour}&q=hello+w%C3%B6rld"));
    assert_eq!(request.header("content-length"), Some(request.body.len().to_string().as_str()));
}

#[test]
fn post_json_sends_the_parameters_as_an_object() {
    let env = TestEnv::with(|config| config.with("partner first", "method", r#""POST-JSON""#));
    let query = format!("lang=fr&q={}", percent_encode(r#"quote " and back\slash é"#));
    let (request, hour) = within_one_hour(|| env.forwarded_request(&query, &[CHROME]));
    assert_eq!(request.line, "POST /search HTTP/1.1");
    assert_eq!(request.header("content-type"), Some("application/json"));
    let keyword = r#"quote \" and back\\slash é"#;
    let expected = format!(r#"{{"count":"20","pc":"QX1","lang":"fr","b":"chrome","h":"{hour}","q":"{keyword}"}}"#);
    assert_eq!(request.body, expected);
}

#[test]
fn a_field_without_a_parameter_name_is_not_sent() {
    let env = TestEnv::with(|config| config.with("partner first", "send", r#"{ keyword = "query" }"#));
    let request = env.forwarded_request("q=lisbon&id=person-7-Kd93mZ2q&lang=de&code=toolbar-main", &[FIREFOX]);
    assert_eq!(request.line, "GET /search?count=20&query=lisbon HTTP/1.1");
}

#[test]
fn fixed_parameters_are_optional() {
    let env = TestEnv::with(|config| {
        config.with("partner first", "fixed", "{}").with("partner first", "send", r#"{ keyword = "q" }"#)
    });
    assert_eq!(env.forwarded_request("q=lisbon", &[]).line, "GET /search?q=lisbon HTTP/1.1");
}

#[test]
fn a_secret_header_is_read_from_its_file_and_sent_to_its_partner_only() {
    let other = MockPartner::json(sample_results());
    let env = TestEnv::with_file("secrets/first", b"s3cret-of-first\n", |config| {
        config
            .with("partner first", "headers", r#"{ "X-Key" = { file = "secrets/first" } }"#)
            .partner("second", &other.url())
            .code("other-code", r#"["second"]"#)
    });
    assert_eq!(
        env.forwarded_request("q=x", &[]).header("x-key"),
        Some("s3cret-of-first"),
        "without the trailing newline"
    );
    let response = env.search("q=x&code=other-code", &["X-Key: from-the-client"]);
    assert_eq!(response.status, 200);
    assert_eq!(PartnerRequest::new(&other.requests()[0]).header("x-key"), None);
    let stderr = env.proxy.stderr();
    assert!(!stderr.contains("s3cret-of-first"), "the log contains a secret");
}

#[test]
fn a_code_without_a_tag_is_sent_by_its_name() {
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
fn an_unknown_or_absent_code_counts_as_the_default_code() {
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
fn without_an_id_the_parameter_is_absent() {
    let env = TestEnv::new();
    for query in ["q=x", "q=x&id="] {
        assert_eq!(env.forwarded_request(query, &[]).value("uid"), None, "{query}");
    }
    assert!(env.forwarded_request("q=x&id=person-7-Kd93mZ2q", &[]).value("uid").is_some_and(|uid| !uid.is_empty()));
}

#[test]
fn a_privacy_signal_removes_the_id() {
    let env = TestEnv::new();
    for signal in ["Sec-GPC: 1", "DNT: 1", "sec-gpc: 1", "dnt: 1"] {
        assert_eq!(env.forwarded_request("q=x&id=person-7-Kd93mZ2q", &[signal]).value("uid"), None, "{signal}");
    }
    for no_signal in ["Sec-GPC: 0", "DNT: 0"] {
        assert!(
            env.forwarded_request("q=x&id=person-7-Kd93mZ2q", &[no_signal]).value("uid").is_some(),
            "{no_signal} is not a signal"
        );
    }
}

#[test]
fn a_pseudonym_is_stable_per_partner_and_day_and_unrelated_to_the_id() {
    let other = MockPartner::json(sample_results());
    let env = TestEnv::with(|config| config.partner("second", &other.url()).code("other-code", r#"["second"]"#));
    let first = |id: &str| env.forwarded_request(&format!("q=x&id={id}"), &[]).value("uid").unwrap();
    let second = |id: &str| {
        let response = env.search(&format!("q=x&code=other-code&id={id}"), &[]);
        assert_eq!(response.status, 200);
        PartnerRequest::new(other.requests().last().unwrap()).value("uid").unwrap()
    };
    let (one, again) = (first("person-7-Kd93mZ2q"), first("person-7-Kd93mZ2q"));
    assert_eq!(one, again, "same person, partner and day (unless midnight UTC just passed)");
    let all: BTreeSet<String> =
        [one.clone(), first("person-8-Kd93mZ2q"), second("person-7-Kd93mZ2q"), second("person-8-Kd93mZ2q")].into();
    assert_eq!(all.len(), 4, "different for each person and each partner: {all:?}");
    let is_base64url = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    for uid in &all {
        assert!(uid.len() >= 16 && uid.bytes().all(is_base64url), "{uid}");
        assert!(!uid.contains("person"), "{uid}");
    }
}

#[test]
fn pseudonyms_of_two_installations_differ() {
    let (one, two) = (TestEnv::new(), TestEnv::new());
    let uid = |env: &TestEnv| env.forwarded_request("q=x&id=person-7-Kd93mZ2q", &[]).value("uid").unwrap();
    assert_ne!(uid(&one), uid(&two), "the pseudonym must depend on a key");
}

#[test]
fn equal_fields_give_equal_bytes_whatever_else_differs() {
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
fn no_header_of_the_client_is_forwarded() {
    let env = TestEnv::new();
    let request =
        env.forwarded_request("q=lisbon", &[FIREFOX, "Accept-Language: de", "Accept-Encoding: zstd", "X-Other: 1"]);
    let allowed = ["host", "accept", "accept-encoding", "user-agent", "connection"];
    for (name, value) in &request.headers {
        assert!(allowed.contains(&name.to_ascii_lowercase().as_str()), "{name}: {value}");
        assert!(!["Firefox", "Mozilla", "zstd", "de"].contains(&value.as_str()), "{name}: {value}");
    }
    let agent = request.header("user-agent").unwrap_or_default();
    assert!(!agent.contains("Firefox") && !agent.contains("128"), "{agent}");
}

#[test]
fn post_and_get_searches_give_equal_partner_requests() {
    let env = TestEnv::new();
    let host = env.proxy.public.to_string();
    let (pair, _) = within_one_hour(|| {
        let before = env.partner.requests().len();
        let query = "q=hello+world&lang=de&id=person-7-Kd93mZ2q&code=toolbar-main";
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
