//! HAProxy and nginx in front: what they say about clients is understood as they say it.

use std::net::SocketAddr;

use qsproxy_test_support::http_client::Response;
use qsproxy_test_support::reverse_proxy::ReverseProxy;
use qsproxy_test_support::test_env::TestEnv;

use super::{BYSTANDER, GREEDY, NEIGHBOUR, connect_from, search_bytes, two_searches};

/// The proxies connect from 127.0.0.1.
fn env(proxy_protocol: bool) -> TestEnv {
    TestEnv::with(|config| {
        let config = two_searches(config).with("listen", "trusted_proxies", r#"["127.0.0.1/32"]"#);
        config.with("listen", "proxy_protocol", &proxy_protocol.to_string())
    })
}

/// Two clients through the proxy, one of which tries to be another one with every request.
#[track_caller]
fn assert_tells_clients_apart(env: &TestEnv, front: SocketAddr) {
    let search = |source, headers: &[&str]| -> Response {
        connect_from(source, front).unwrap().send(&search_bytes(env, headers)).unwrap()
    };
    assert_eq!(search(GREEDY, &[]).status, 200);
    assert_eq!(search(NEIGHBOUR, &[]).status, 200);
    for n in 0..5 {
        let line = format!("X-Forwarded-For: 192.0.{n}.1, 198.51.{n}.1");
        assert_eq!(search(GREEDY, &[&line]).status, 429, "{line}");
    }
    assert_eq!((search(BYSTANDER, &[]).status, search(BYSTANDER, &[]).status), (200, 200));
    assert_eq!(search(BYSTANDER, &[]).status, 429);
    assert_eq!(env.proxy.metric("qsproxy_clients_unnamed_total"), 0);
    assert_eq!(env.proxy.metric("qsproxy_proxy_headers_rejected_total"), 0);
}

#[test]
#[ignore = "needs haproxy"]
fn haproxy_with_x_forwarded_for() {
    let env = env(false);
    let front = ReverseProxy::haproxy("http", "option forwardfor", "", env.proxy.public);
    assert_tells_clients_apart(&env, front.address);
}

#[test]
#[ignore = "needs haproxy"]
fn haproxy_with_forwarded() {
    let env = env(false);
    let lines =
        "http-request del-header X-Forwarded-For\n  http-request add-header Forwarded for=\"%[src]\";proto=http";
    let front = ReverseProxy::haproxy("http", lines, "", env.proxy.public);
    assert_tells_clients_apart(&env, front.address);
}

#[test]
#[ignore = "needs haproxy"]
fn haproxy_with_the_proxy_protocol() {
    for (mode, option) in
        [("tcp", "send-proxy"), ("tcp", "send-proxy-v2"), ("http", "send-proxy"), ("http", "send-proxy-v2")]
    {
        let env = env(true);
        let front = ReverseProxy::haproxy(mode, "", option, env.proxy.public);
        assert_tells_clients_apart(&env, front.address);
    }
}

/// A health check of the proxy itself is for nobody (LOCAL), and must pass.
#[test]
#[ignore = "needs haproxy"]
fn haproxy_checks_health_through_the_proxy_protocol() {
    for option in ["send-proxy check inter 100ms", "send-proxy-v2 check-send-proxy check inter 100ms"] {
        let env = env(true);
        let front = ReverseProxy::haproxy("tcp", "", option, env.proxy.public);
        std::thread::sleep(std::time::Duration::from_millis(500));
        assert_tells_clients_apart(&env, front.address);
    }
}

#[test]
#[ignore = "needs nginx"]
fn nginx_with_x_forwarded_for() {
    let env = env(false);
    let line = "proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;";
    let front = ReverseProxy::nginx(line, env.proxy.public);
    assert_tells_clients_apart(&env, front.address);
}

#[test]
#[ignore = "needs nginx"]
fn nginx_with_forwarded() {
    let env = env(false);
    let lines = "proxy_set_header X-Forwarded-For \"\"; proxy_set_header Forwarded \"for=$remote_addr:$remote_port\";";
    let front = ReverseProxy::nginx(lines, env.proxy.public);
    assert_tells_clients_apart(&env, front.address);
}
