//! How stamps travel: cookies on loopback and over TLS, the header, and toolbars of other origins.

use regex::Regex;

use super::{confirmed, env, provisional, visitors};
use crate::tls::TlsEnv;
use qsproxy_test_support::config::ConfigBuilder;
use qsproxy_test_support::http_client::{Response, request_bytes, send_once};
use qsproxy_test_support::mock_partner::MockPartner;
use qsproxy_test_support::proxy::Proxy;
use qsproxy_test_support::test_env::{TestEnv, sample_results};
use qsproxy_test_support::visit_stamp::{
    self, DecodedStamp, assert_no_stamp, cookie_line, cookie_stamp, header_line, header_stamp, issued_stamp,
};
use qsproxy_test_support::workdir::Workdir;

#[test]
fn the_next_stamp_uses_the_transport_of_the_last_one() {
    let env = env();
    let answer = env.proxy.get("/visit", &[&cookie_line(&provisional(&env.proxy))]);
    assert!(cookie_stamp(&answer).is_some() && header_stamp(&answer).is_none());
    let answer = env.proxy.get("/visit", &[&header_line(&provisional(&env.proxy))]);
    assert!(cookie_stamp(&answer).is_none() && header_stamp(&answer).is_some());
    // A client that sends an empty header stores stamps itself and has none yet.
    let answer = env.proxy.get("/visit", &["Visit-Stamp:"]);
    assert!(cookie_stamp(&answer).is_none());
    assert!(DecodedStamp::decode(&header_stamp(&answer).unwrap()).provisional);
}

#[test]
fn the_header_takes_precedence_over_the_cookie() {
    let env = env();
    let (held, first) = (confirmed(&env.proxy), provisional(&env.proxy));
    let answer = env.proxy.get("/visit", &[&cookie_line(&held), &header_line(&first)]);
    // Both are set, so that neither becomes outdated.
    assert!(header_stamp(&answer).is_some() && cookie_stamp(&answer).as_deref() == header_stamp(&answer).as_deref());
    assert_eq!(visitors(&env.proxy), 2);
    assert_no_stamp(
        "a header of today",
        &env.proxy.get("/visit", &[&cookie_line(&provisional(&env.proxy)), &header_line(&held)]),
    );
    assert_eq!(visitors(&env.proxy), 2, "the cookie was ignored");
}

#[test]
fn a_stamp_is_found_among_other_cookies() {
    let env = env();
    let stamp = confirmed(&env.proxy);
    for lines in [
        &[&*format!("Cookie: visits=1; a=b;visit={stamp};c=visit")][..],
        &[&*format!("cookie: visit={stamp}; __Host-visit=x")],
        &["Cookie: a=b; visited=2", &*format!("Cookie: x=y; visit={stamp}")],
        &[&*format!("Cookie:   a=b ;  visit={stamp}  ")],
    ] {
        assert_no_stamp(lines[0], &env.proxy.get("/visit", lines));
    }
    for line in
        [format!("Cookie: avisit={stamp}"), format!("Cookie: VISIT={stamp}"), format!("Cookie: a=visit={stamp}")]
    {
        assert!(issued_stamp(&env.proxy.get("/visit", &[&line])).is_some(), "{line}");
    }
    assert_eq!(env.proxy.visits_with_outcome("today"), 4);
}

#[test]
fn the_secure_cookie_is_ignored_without_tls() {
    let env = env();
    let stamp = confirmed(&env.proxy);
    let answer = env.proxy.get("/visit", &[&format!("Cookie: __Host-visit={stamp}")]);
    assert!(DecodedStamp::decode(&cookie_stamp(&answer).unwrap()).provisional);
}

/// Parses the head of a response that curl printed with `-i`.
fn read_head(printed: &[u8]) -> Response {
    let text = String::from_utf8_lossy(printed);
    let head = text.split("\r\n\r\n").next().unwrap();
    let mut lines = head.lines();
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let headers = lines.filter_map(|line| line.split_once(": ")).map(|(name, value)| (name.into(), value.into()));
    Response { status, headers: headers.collect(), body: Vec::new(), raw: printed.to_vec() }
}

#[test]
fn over_tls_the_cookie_is_bound_to_the_host() {
    let secure = TlsEnv::with(MockPartner::json(sample_results()), |config, _| config);
    let ask = |version: &str, lines: &[&str]| {
        let lines: Vec<&str> = lines.iter().flat_map(|line| ["-H", *line]).collect();
        let output = secure.curl_command("/visit", &[&[version, "-i"], &lines[..]].concat()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let answer = read_head(&output.stdout);
        assert_eq!(answer.status, 204);
        answer
    };
    for (at, version) in (1..).zip(["--http1.1", "--http2"]) {
        let first = ask(version, &[]);
        let stamp = visit_stamp::cookie_stamp_named("__Host-visit", &first).expect("a cookie");
        assert_eq!(header_stamp(&first).as_ref(), Some(&stamp));
        let not_ours = ask(version, &[&format!("Cookie: visit={stamp}")]);
        assert!(
            visit_stamp::cookie_stamp_named("__Host-visit", &not_ours).is_some() && visitors(&secure.proxy) == at - 1
        );
        // Over HTTP/2 a browser may send each cookie in a separate field (RFC 9113 section 8.2.3).
        let bring =
            |stamp: &str| ask(version, &["Cookie: a=b", &format!("Cookie: __Host-visit={stamp}"), "Cookie: c=d"]);
        let next = bring(&stamp);
        let next = visit_stamp::cookie_stamp_named("__Host-visit", &next).expect("a successor");
        assert_eq!(visitors(&secure.proxy), at, "{version}");
        assert_no_stamp(version, &bring(&next));
        assert_eq!(header_stamp(&ask(version, &[&header_line(&stamp)])).as_ref(), Some(&next), "{version}: a replay");
    }
}

/// A configuration with this public URL.
fn with_public_url(partner: &MockPartner, url: &str) -> ConfigBuilder {
    ConfigBuilder::new(partner).with("listen", "public_url", &format!("{url:?}"))
}

fn ask_as(proxy: &Proxy, host: &str, target: &str, lines: &[&str]) -> Response {
    send_once(proxy.public, &request_bytes("GET", target, host, lines)).unwrap()
}

#[test]
fn without_tls_cookies_are_used_on_loopback_only() {
    let partner = MockPartner::json(sample_results());
    for (url, host, cookies) in [
        ("http://search.example", "search.example", false),
        ("http://127.0.0.1.example:8080", "127.0.0.1.example:8080", false),
        ("http://10.0.0.1", "10.0.0.1", false),
        ("http://localhost:8080", "localhost:8080", true),
        ("http://[::1]:8080", "[::1]:8080", true),
        ("http://127.3.2.1:8080", "127.3.2.1:8080", true),
    ] {
        let proxy = Proxy::start(&with_public_url(&partner, url).text());
        let first = ask_as(&proxy, host, "/visit", &[]);
        assert_eq!((first.status, cookie_stamp(&first).is_some()), (204, cookies), "{url}");
        let stamp = header_stamp(&first).expect("a header");
        let by_cookie =
            ask_as(&proxy, host, "/visit", &[&cookie_line(&stamp), &format!("Cookie: __Host-visit={stamp}")]);
        assert_eq!((cookie_stamp(&by_cookie).is_some(), visitors(&proxy)), (cookies, i64::from(cookies)), "{url}");
        let next = header_stamp(&ask_as(&proxy, host, "/visit", &[&header_line(&stamp)])).expect("a successor");
        assert_eq!(visitors(&proxy), 1, "{url}");
        assert_no_stamp(url, &ask_as(&proxy, host, "/visit", &[&header_line(&next)]));
    }
}

#[test]
fn a_stamp_is_bound_to_its_host_and_not_to_a_port() {
    let partner = MockPartner::json(sample_results());
    let workdir = Workdir::new(&with_public_url(&partner, "http://127.0.0.1:8080").text());
    let mut proxy = workdir.start();
    let stamp = confirmed(&proxy);
    for (url, host, holds) in [
        ("http://127.0.0.1:9999", "127.0.0.1:9999", true),
        ("https://127.0.0.1", "127.0.0.1", true),
        ("http://localhost:8080", "localhost:8080", false),
        ("http://127.0.0.10:8080", "127.0.0.10:8080", false),
        ("http://127.0.0.1.example", "127.0.0.1.example", false),
    ] {
        workdir.write("proxy.toml", with_public_url(&partner, url).text().as_bytes());
        proxy.restart();
        let answer = ask_as(&proxy, host, "/visit", &[&header_line(&stamp)]);
        let next = header_stamp(&answer);
        assert_eq!(next.is_none(), holds, "{url}");
        assert!(next.is_none_or(|next| DecodedStamp::decode(&next).provisional), "{url}");
    }
    assert_eq!(visitors(&proxy), 1);
}

const TOOLBAR: &str = "https://toolbar.example";

/// Whether a list of a CORS header has this item.
fn lists(response: &Response, name: &str, item: &str) -> bool {
    response.header(name).is_some_and(|list| list.split(',').any(|one| one.trim().eq_ignore_ascii_case(item)))
}

#[test]
fn a_toolbar_of_an_allowed_origin_may_send_and_read_it_and_no_other() {
    let env = TestEnv::with(|config| config.with("listen", "origins", &format!("[{TOOLBAR:?}]")));
    let host = env.proxy.public.to_string();
    for origin in [TOOLBAR, "https://evil.example", "null"] {
        let line = format!("Origin: {origin}");
        let allowed = (origin == TOOLBAR).then_some(TOOLBAR);
        for target in ["/search?q=x&format=json", "/visit"] {
            let asks = ["Access-Control-Request-Method: GET", "Access-Control-Request-Headers: visit-stamp"];
            let preflight = request_bytes("OPTIONS", target, &host, &[&line, asks[0], asks[1]]);
            let preflight = send_once(env.proxy.public, &preflight).unwrap();
            assert_eq!(preflight.status, 204, "{origin} {target}");
            assert_eq!(preflight.header("access-control-allow-origin"), allowed, "{origin} {target}");
            assert_no_stamp("a preflight", &preflight);
            if allowed.is_some() {
                assert!(lists(&preflight, "access-control-allow-headers", "visit-stamp"), "{target}");
                assert!(lists(&preflight, "access-control-allow-methods", "GET"), "{target}");
            }
            let stamp = provisional(&env.proxy);
            let lines = [&*line, &*header_line(&stamp), "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: cors"];
            let answer = env.proxy.get(target, &lines);
            assert_eq!(answer.header("access-control-allow-origin"), allowed, "{origin} {target}");
            if allowed.is_some() {
                assert!(lists(&answer, "access-control-expose-headers", "visit-stamp"), "{target}");
                assert!(!DecodedStamp::decode(&header_stamp(&answer).unwrap()).provisional, "{target}");
            }
            for answer in [&preflight, &answer] {
                assert_eq!(answer.header("access-control-allow-credentials"), None, "{origin} {target}");
                assert!(!lists(answer, "access-control-allow-origin", "*"), "{origin} {target}");
            }
        }
    }
}

#[test]
fn the_privacy_page_shows_the_stamp_to_its_owner() {
    let env = env();
    let first = provisional(&env.proxy);
    let stamp = confirmed(&env.proxy);
    let date = jiff::civil::date(1970, 1, 1) + jiff::Span::new().days(i64::from(DecodedStamp::decode(&stamp).last));
    let date = date.strftime("%-d %B %Y").to_string();
    let says = |lines: &[&str]| {
        let page = env.proxy.get("/privacy", &[&["Accept: text/html"], lines].concat());
        assert_no_stamp("/privacy", &page);
        Regex::new(r#"<div class="clause" id="own-stamp">([^<]*)</div>"#).unwrap().captures(&page.text()).unwrap()[1]
            .to_owned()
    };
    for line in [cookie_line as fn(&str) -> String, header_line] {
        let text = says(&[&line(&stamp)]);
        assert!(text.matches(&date).count() == 2 && text.contains("random number"), "{date}: {text}");
        let text = says(&[&line(&first)]);
        assert!(text.contains(&date) && text.contains("your next visit will count it"), "{text}");
        assert!(says(&[&line("nonsense")]).contains("invalid or has expired"));
    }
    assert!(says(&[]).contains("no stamp"));
    assert!(!env.proxy.get("/privacy.json", &[&cookie_line(&stamp)]).text().contains(&stamp));
    assert_eq!(visitors(&env.proxy), 1, "reading counts nothing");
}
