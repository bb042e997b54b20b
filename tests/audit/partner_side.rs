//! What a partner gets beyond the bytes of one request (`docs/privacy-requirements.md`, section C): nothing that joins two requests, and
//! nothing that leads elsewhere.

use qsproxy_test_support::config::ConfigBuilder;
use qsproxy_test_support::fake_clock::FakeClock;
use qsproxy_test_support::mock_partner::{MockPartner, MockResponse};
use qsproxy_test_support::proxy::Proxy;
use qsproxy_test_support::test_env::{PartnerRequest, TestEnv, sample_results, within_one_hour};
use qsproxy_test_support::tls_partner::{Identity, TlsPartner};
use qsproxy_test_support::workdir::Workdir;

use super::coverage;
use super::raw_request;
use super::rows::Row;

/// An ID that is used.
const ID: &str = "toolbar-c0ffee-4711-Kd93";

/// The status codes that lead elsewhere (RFC 9110 section 15.4).
const REDIRECTS: &[&str] = &[
    "300 Multiple Choices",
    "301 Moved Permanently",
    "302 Found",
    "303 See Other",
    "307 Temporary Redirect",
    "308 Permanent Redirect",
];

/// Neither the place to which a partner redirects nor the partner itself is asked again.
pub fn redirects() {
    let elsewhere = MockPartner::json(sample_results());
    for format in ["json", "html"] {
        let env = TestEnv::with(|config| match format {
            "html" => config.without("partner first", "results").with("partner first", "format", r#""html""#),
            _ => config,
        });
        for status in REDIRECTS {
            for more in ["", "Refresh: 0; url=", "Content-Location: ", "Link: <x>; rel=preload, "] {
                let url = elsewhere.url();
                let more = if more.is_empty() { String::new() } else { format!("{more}{url}\r\n") };
                let head = format!("HTTP/1.1 {status}\r\nLocation: {url}\r\n{more}Content-Length: 0\r\n\r\n");
                env.partner.respond_with(MockResponse::Raw(head.into_bytes()));
                let asked = env.partner.take_requests().len();
                let response = env.search("q=x", &[]);
                assert_eq!(response.status, 502, "{status}: {}", response.text());
                assert_eq!((asked, env.partner.take_requests().len()), (0, 1), "{status}");
                coverage::count(Row::Redirects, 1);
            }
        }
    }
    assert!(elsewhere.requests().is_empty(), "a redirect was followed");
}

/// Whatever a partner sets, the next request is the same.
pub fn cookies() {
    const SET: [&str; 5] = [
        "Set-Cookie: sid=1f2e3d; Path=/; Max-Age=999999",
        "ETag: \"user-1f2e3d\"",
        "Last-Modified: Sun, 01 Nov 2026 00:00:00 GMT",
        "Accept-CH: Sec-CH-UA-Model, DPR",
        "Alt-Svc: h3=\":1\"; ma=9999",
    ];
    let (requests, _) = within_one_hour(|| {
        let env = TestEnv::new();
        for line in SET {
            env.partner.respond_with(MockResponse::WithHeaders(vec![line], sample_results()));
            for client in [1, 2, 2] {
                let mut client = raw_request::connect_from(client, env.proxy.public);
                let request = format!("GET /search?q=x&format=json HTTP/1.1\r\nHost: {}\r\n\r\n", env.proxy.public);
                assert_eq!(client.send(request.as_bytes()).unwrap().status, 200);
                coverage::count(Row::CookieJar, 1);
            }
        }
        env.partner.take_requests()
    });
    assert_eq!(requests.len(), 3 * SET.len());
    for request in &requests {
        assert!(*request == requests[0], "{}\n{}", requests[0].escape_ascii(), request.escape_ascii());
    }
}

/// The variables name a proxy that works.
pub fn proxy_variables() {
    let (proxy, partner) = (MockPartner::json(sample_results()), MockPartner::json(sample_results()));
    let url = format!("http://{}", proxy.address());
    let names = ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];
    let env_vars: Vec<(&str, &str)> = names.iter().map(|name| (*name, url.as_str())).collect();
    let program = Workdir::with_env_vars(&ConfigBuilder::new(&partner).text(), &env_vars).start();
    for _ in names {
        assert_eq!(program.get("/search?q=x&format=json", &[]).status, 200);
    }
    coverage::count(Row::ProxyVariables, names.len());
    assert!(proxy.requests().is_empty(), "the proxy was asked");
    assert_eq!(partner.requests().len(), names.len());
}

/// Each connection begins a session of its own, and no key of it is written anywhere.
pub fn tls_sessions() {
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: 14\r\n\r\n";
    let response = format!("{head}{}", r#"{"results":[]}"#).into_bytes();
    let partner = TlsPartner::responding(&Identity::issued(|_| {}), vec![response], true);
    // The only folder in which the program can write.
    let proxy = partner.proxy_with_env_vars("localhost", &[("SSLKEYLOGFILE", "data/session-keys")]);
    let file = proxy.folder().join("data/session-keys");
    for _ in 0..4 {
        assert_eq!(proxy.get("/search?q=x&format=json", &[]).status, 200);
    }
    let sessions = partner.sessions.lock().unwrap();
    coverage::count(Row::Resumption, sessions.len());
    let expected = (Some(b"http/1.1".to_vec()), Some(rustls::HandshakeKind::Full));
    assert_eq!(*sessions, vec![expected; 4]);
    assert!(!file.exists(), "the keys of a session were written");
}

/// A request whose kept connection was closed goes out a second time, with the same bytes.
pub fn retries() {
    let ((), _) = within_one_hour(|| {
        for method in ["GET", "POST", "POST-JSON"] {
            let env = TestEnv::with(|config| config.with("partner first", "method", &format!("{method:?}")));
            let good = || MockResponse::Json(sample_results());
            env.partner.respond_in_order(vec![good(), MockResponse::CloseImmediately, good()]);
            for _ in 0..2 {
                assert_eq!(env.search(&format!("q=x&id={ID}"), &[]).status, 200);
            }
            let requests = env.partner.take_requests();
            assert_eq!(requests.len(), 3, "{method}: one request goes out twice");
            coverage::count(Row::Retry, 1);
            assert!(requests[1] == requests[2], "{}\n{}", requests[1].escape_ascii(), requests[2].escape_ascii());
        }
    });
}

/// `check` refuses headers and parameters that depend on the user, by their names.
pub fn configuration() {
    let headers =
        ["X-MSEdge-ClientID", "X-Search-ClientIP", "X-Search-Location", "X-Forwarded-For", "Cookie", "Referer"];
    let parameters = ["affilData", "ip", "ua", "userContext.ipAddress"];
    let partner = MockPartner::json(sample_results());
    let refused = |key: &str, name: &str| {
        let config = ConfigBuilder::new(&partner).with("partner first", key, &format!("{{ {name:?} = \"x\" }}"));
        let output = Workdir::new(&config.text()).run(&["check"]);
        let text = [output.stdout, output.stderr].concat();
        assert_eq!(output.status.code(), Some(1), "{name}: {}", text.escape_ascii());
        coverage::count(Row::Configuration, 1);
    };
    headers.iter().for_each(|name| refused("headers", name));
    parameters.iter().for_each(|name| refused("fixed", name));
}

#[track_caller]
fn pseudonym_at(partner: &MockPartner, proxy: &Proxy, code: &str) -> String {
    assert_eq!(proxy.get(&format!("/search?q=x&format=json&id={ID}&code={code}"), &[]).status, 200);
    coverage::count(Row::Fields, 1);
    let request = PartnerRequest::new(partner.take_requests().last().expect("a request"));
    request.value("uid").expect("a pseudonym")
}

/// Two partners get two pseudonyms, and neither gets the ID.
pub fn pseudonyms_of_partners() {
    let partners = [MockPartner::json(sample_results()), MockPartner::json(sample_results())];
    let config = ConfigBuilder::new(&partners[0]).code("other", r#"["other"]"#).partner("other", &partners[1].url());
    let proxy = Proxy::start(&config.text());
    let both = || [pseudonym_at(&partners[0], &proxy, "toolbar-main"), pseudonym_at(&partners[1], &proxy, "other")];
    let [one, other] = both();
    assert_ne!(one, other, "partners can join their users");
    assert_eq!(both(), [one.clone(), other], "a pseudonym lasts for the day");
    assert!(!one.contains(ID));
}

/// Two days have two pseudonyms.
pub fn pseudonyms_of_days() {
    let partner = MockPartner::json(sample_results());
    let clock = FakeClock::starting_at("2026-03-05 10:00:00");
    let workdir = Workdir::with_env_vars(&ConfigBuilder::new(&partner).text(), &clock.env_vars());
    let at = |time: &str| {
        clock.set(time);
        pseudonym_at(&partner, &workdir.start(), "toolbar-main")
    };
    let days =
        [at("2026-03-05 10:00:00"), at("2026-03-05 22:00:00"), at("2026-03-06 10:00:00"), at("2026-03-12 10:00:00")];
    assert_eq!(days[0], days[1], "a pseudonym lasts for the day");
    assert!(days[0] != days[2] && days[2] != days[3] && days[0] != days[3], "{days:?}");
}
