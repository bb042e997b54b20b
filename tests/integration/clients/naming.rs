//! Who the client of a request is: the address of the socket, or what a trusted proxy names.

use std::time::Duration;

use qsproxy_test_support::config::ConfigBuilder;
use qsproxy_test_support::http_client::Client;
use qsproxy_test_support::mock_partner::MockPartner;
use qsproxy_test_support::proxy::Proxy;
use qsproxy_test_support::test_env::{TestEnv, sample_results};
use qsproxy_test_support::wait_for;

use super::{
    BYSTANDER, GREEDY, NEIGHBOUR, assert_is_one_client, connect_from, refusals, search_bytes, search_from, two_searches,
};

/// Trusts the connections that come from 127.0.0.1.
fn behind_a_proxy(keys: &[(&str, &str)]) -> TestEnv {
    TestEnv::with(|config| {
        let config = two_searches(config).with("listen", "trusted_proxies", r#"["127.0.0.1", "10.0.0.0/8"]"#);
        keys.iter().fold(config, |config, (key, value)| config.with("listen", key, value))
    })
}

#[test]
fn a_client_is_a_network_and_is_told_how_long_to_wait() {
    let env = TestEnv::with(two_searches);
    assert_eq!(search_from(GREEDY, &env, &[]).status, 200);
    assert_eq!(search_from(NEIGHBOUR, &env, &[]).status, 200);
    let refused = search_from(GREEDY, &env, &[]);
    assert_eq!((refused.status, refused.problem().as_str()), (429, "too_many_requests"));
    let wait: u64 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!((50..=60).contains(&wait), "{wait}");
    assert_eq!(refused.header("ratelimit-policy"), Some("\"searches\";q=2;w=120"));
    assert_eq!(refused.header("ratelimit"), Some(format!("\"searches\";r=0;t={wait}").as_str()));
    assert_eq!(search_from(NEIGHBOUR, &env, &[]).status, 429, "the same /24");
    let served = search_from(BYSTANDER, &env, &[]);
    assert_eq!(served.status, 200, "another /24");
    assert!(served.headers.iter().all(|(name, _)| !name.to_ascii_lowercase().starts_with("ratelimit")));
    assert_eq!(env.partner.requests().len(), 3, "a refused search asks no partner");
    assert_eq!(refusals(&env, "searches"), 2);
}

#[test]
fn a_page_says_the_same_as_the_problem_document() {
    let env = TestEnv::with(two_searches);
    (0..2).for_each(|_| assert_eq!(search_from(GREEDY, &env, &[]).status, 200));
    let bytes = qsproxy_test_support::test_env::request_to(&env.proxy, "GET", "/search?q=x", &["Accept: text/html"]);
    let page = connect_from(GREEDY, env.proxy.public).unwrap().send(&bytes).unwrap();
    assert_eq!((page.status, page.media_type().as_str()), (429, "text/html"));
    assert!(page.header("retry-after").is_some() && page.header("ratelimit").is_some());
}

#[test]
fn headers_of_others_name_nobody() {
    let env = TestEnv::with(two_searches);
    let mut n = 0;
    assert_is_one_client("without trusted proxies", || {
        n += 1;
        search_from(GREEDY, &env, &[&format!("X-Forwarded-For: 192.0.{n}.1"), &format!("Forwarded: for=192.0.{n}.1")])
    });
    let env = behind_a_proxy(&[]);
    assert_is_one_client("a peer that is not among them", || {
        n += 1;
        search_from(GREEDY, &env, &[&format!("X-Forwarded-For: 192.0.{n}.1")])
    });
    assert_eq!(env.proxy.metric("qsproxy_clients_unnamed_total"), 0);
}

#[test]
fn requests_of_one_connection_have_their_own_clients() {
    let env = behind_a_proxy(&[]);
    let mut proxy = Client::connect(env.proxy.public).unwrap();
    let mut send = |headers: &[&str]| proxy.send(&search_bytes(&env, headers)).unwrap().status;
    for headers in [
        &["X-Forwarded-For: 192.0.2.1"][..],
        &["X-Forwarded-For: 198.51.100.7, 203.0.113.1, 10.1.2.3"],
        &["X-Forwarded-For: 198.51.100.7", "X-Forwarded-For: 192.0.3.1"],
        &["X-Forwarded-For: 2001:db8:0:100::1"],
        &["Forwarded: for=192.0.4.1;proto=https"],
        &["Forwarded: for=\"[2001:db8:0:200::1]:4711\""],
        &["Forwarded: for=192.0.5.1", "X-Forwarded-For: 192.0.5.1"],
    ] {
        assert_eq!([send(headers), send(headers), send(headers)], [200, 200, 429], "{headers:?}");
    }
    assert_eq!(send(&["X-Forwarded-For: ::ffff:192.0.2.200"]), 429, "IPv4-mapped, of the first network");
    assert_eq!(send(&["X-Forwarded-For: 203.0.113.77"]), 429, "of the second network");
    assert_eq!(env.proxy.metric("qsproxy_clients_unnamed_total"), 0);
}

/// Ten shares for all of them together.
#[test]
fn requests_that_name_nobody_share_the_limits_of_ten_clients() {
    let env = behind_a_proxy(&[]);
    let mut proxy = Client::connect(env.proxy.public).unwrap();
    let lines: [&[&str]; 6] = [
        &[],
        &["X-Forwarded-For: unknown"],
        &["X-Forwarded-For: 192.0.2.1, _hidden"],
        &["Forwarded: for=\"192.0.2.1"],
        &["Forwarded: proto=https"],
        &["Forwarded: for=192.0.2.1", "X-Forwarded-For: 192.0.3.1"],
    ];
    let mut send = |headers: &[&str]| proxy.send(&search_bytes(&env, headers)).unwrap().status;
    for at in 0..20 {
        assert_eq!(send(lines[at % lines.len()]), 200, "{at}");
    }
    for headers in lines {
        assert_eq!(send(headers), 429, "{headers:?}");
    }
    assert_eq!(send(&["X-Forwarded-For: 192.0.2.1"]), 200, "who is named is not affected");
    assert_eq!(env.proxy.metric("qsproxy_clients_unnamed_total"), 26);
}

/// The same header in version 1 and in version 2 of the PROXY protocol.
fn proxy_headers(address: [u8; 4]) -> [Vec<u8>; 2] {
    let text = address.map(|byte| byte.to_string()).join(".");
    let binary =
        [b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x10".as_slice(), &address, &[127, 0, 0, 1, 0, 1, 0, 2], &[4, 0, 1, 0]];
    [format!("PROXY TCP4 {text} 127.0.0.1 1 2\r\n").into_bytes(), binary.concat()]
}

#[test]
fn the_proxy_protocol_names_the_client() {
    let env = behind_a_proxy(&[("proxy_protocol", "true")]);
    for (at, address) in [[192, 0, 2, 1], [192, 0, 3, 1]].into_iter().enumerate() {
        let header = proxy_headers(address)[at].clone();
        assert_is_one_client("by the PROXY protocol", || {
            let mut client = Client::connect(env.proxy.public).unwrap();
            client.send(&[header.clone(), search_bytes(&env, &["X-Forwarded-For: 192.0.9.9"])].concat()).unwrap()
        });
    }
    // A proxy behind that proxy, and a connection that is for nobody.
    let mut client = Client::connect(env.proxy.public).unwrap();
    let chained = search_bytes(&env, &["X-Forwarded-For: 192.0.9.9"]);
    assert_eq!(client.send(&[proxy_headers([10, 1, 1, 1])[0].clone(), chained].concat()).unwrap().status, 200);
    let mut client = Client::connect(env.proxy.public).unwrap();
    assert_eq!(client.send(&[b"PROXY UNKNOWN\r\n".to_vec(), search_bytes(&env, &[])].concat()).unwrap().status, 200);
    // A peer that is not trusted speaks for itself.
    assert_eq!(search_from(GREEDY, &env, &[]).status, 200);
    let mut client = connect_from(GREEDY, env.proxy.public).unwrap();
    client.write(&[proxy_headers([192, 0, 7, 1])[0].clone(), search_bytes(&env, &[])].concat()).unwrap();
    assert!(client.read_to_end().starts_with(b"HTTP/1.1 400"), "not HTTP");
    assert_eq!(env.proxy.metric("qsproxy_proxy_headers_rejected_total"), 0);
}

#[test]
fn a_trusted_connection_without_a_proxy_header_is_closed() {
    let env = TestEnv::with(|config| {
        let config =
            config.with("listen", "trusted_proxies", r#"["127.0.0.1"]"#).with("listen", "proxy_protocol", "true");
        config.with("limits", "header_time", r#""500ms""#)
    });
    for bytes in
        [search_bytes(&env, &[]), b"PROXY TCP4 192.0.2.1\r\n".to_vec(), b"PROXY TCP4 192.0".to_vec(), Vec::new()]
    {
        let mut client = Client::connect(env.proxy.public).unwrap();
        client.write(&bytes).unwrap();
        assert_eq!(client.read_to_end(), b"");
    }
    wait_for("the metric", || (env.proxy.metric("qsproxy_proxy_headers_rejected_total") == 4).then_some(()));
    assert!(env.partner.requests().is_empty());
}

/// The event must not occur once per request.
#[test]
fn a_proxy_that_is_not_trusted_is_reported_once() {
    let env = TestEnv::with(two_searches);
    for _ in 0..5 {
        search_from(GREEDY, &env, &[]);
    }
    assert!(!env.proxy.stderr().contains("proxy_untrusted"), "nothing says that this is a proxy");
    for n in 0..5 {
        search_from(GREEDY, &env, &[&format!("X-Forwarded-For: 192.0.{n}.1")]);
    }
    let events = || env.proxy.stderr().matches("event=proxy_untrusted cause=requests\n").count();
    wait_for("the event", || (events() > 0).then_some(()));
    std::thread::sleep(Duration::from_millis(100));
    assert_eq!(events(), 1);
    assert!(!env.proxy.stderr().contains("192.0."), "{}", env.proxy.stderr());
}

#[test]
fn https_without_a_certificate_and_trusted_proxies_is_reported_at_the_start() {
    let env = TestEnv::with(|config| config.with("listen", "public_url", r#""https://search.example""#));
    assert!(env.proxy.stderr().contains("event=proxy_untrusted cause=configuration\n"), "{}", env.proxy.stderr());
    let check = env.proxy.workdir().run(&["check"]);
    let error = String::from_utf8(check.stderr).unwrap();
    assert!(check.status.success() && error.contains("[listen] trusted_proxies"), "{error}");
}

#[test]
fn a_reload_changes_limits_and_trusted_proxies() {
    let partner = MockPartner::json(sample_results());
    let config = two_searches(ConfigBuilder::new(&partner));
    let env = TestEnv { proxy: Proxy::start(&config.text()), partner };
    let reload = |config: &ConfigBuilder, event: &str, n: usize| {
        env.proxy.workdir().write("proxy.toml", config.text().as_bytes());
        env.proxy.signal("HUP");
        wait_for(event, || (env.proxy.stderr().matches(event).count() == n).then_some(()));
    };
    let named: &[&str] = &["X-Forwarded-For: 192.0.2.1"];
    let mut kept = connect_from(GREEDY, env.proxy.public).unwrap();
    let mut search = |headers: &[&str]| kept.send(&search_bytes(&env, headers)).unwrap().status;
    assert_eq!([search(named), search(named), search(named)], [200, 200, 429]);
    let config = config.with("listen", "trusted_proxies", r#"["127.0.1.1"]"#);
    reload(&config, "event=reloaded", 1);
    assert_eq!([search(named), search(named), search(named)], [200, 200, 429], "on the connection that is open");
    let config = config.with("client", "searches_burst", "4");
    reload(&config, "event=reloaded", 2);
    assert_eq!([search(named), search(named), search(named)], [200, 200, 429], "what was used up counts");
    reload(&config.with("listen", "proxy_protocol", "true"), "event=reload_needs_restart key=listen.proxy_protocol", 1);
}
