//! What the admin listener withstands: connections that do nothing, clients that do not read, guessed tokens, pages of other sites,
//! and many reports at once; and that neither listener takes what the other needs.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use qsproxy_test_support::config::ConfigBuilder;
use qsproxy_test_support::http_client::{Client, Response, request_bytes};
use qsproxy_test_support::mock_partner::MockPartner;
use qsproxy_test_support::proxy::Proxy;
use qsproxy_test_support::test_env::{TestEnv, sample_results};
use qsproxy_test_support::wait_for;
use qsproxy_test_support::workdir::Workdir;

use crate::clients::connect_from;

const TOKEN: &str = "9f2c4f7d0b6e4c1d8a53";

/// Opens connections and sends nothing.
fn silent(n: usize, to: SocketAddr) -> Vec<Client> {
    (0..n).map(|_| Client::connect(to).unwrap()).collect()
}

/// Asks the admin listener over a new connection from this address.
#[track_caller]
fn ask_from(source: [u8; 4], proxy: &Proxy, target: &str, lines: &[&str]) -> Response {
    let request = request_bytes("GET", target, &proxy.admin.to_string(), lines);
    connect_from(source, proxy.admin).unwrap().send(&request).unwrap()
}

fn refusals(proxy: &Proxy, reason: &str) -> u64 {
    let text = proxy.admin_get("/metrics", &[]).text();
    let start = format!("qsproxy_admin_refusals_total{{reason=\"{reason}\"}} ");
    text.lines().find_map(|line| line.strip_prefix(&start)).unwrap().parse().unwrap()
}

fn with_token(partner: &MockPartner) -> Arc<Workdir> {
    let config = ConfigBuilder::new(partner).with("admin", "token_file", r#""secrets/admin""#);
    let workdir = Workdir::new(&config.text());
    workdir.write("secrets/admin", format!("{TOKEN}\n").as_bytes());
    workdir
}

#[test]
fn at_256_descriptors_neither_listener_can_be_used_up_through_the_other() {
    let partner = MockPartner::json(sample_results());
    let config = ConfigBuilder::new(&partner).with("listen", "workers", "2").text();
    for attacked in ["admin", "public", "both"] {
        let proxy = Workdir::with_open_files(&config, Some(256)).start();
        let mut held = Vec::new();
        for (name, address) in [("admin", proxy.admin), ("public", proxy.public)] {
            if attacked == name || attacked == "both" {
                held.extend(silent(400, address));
            }
        }
        for _ in 0..10 {
            if attacked == "admin" {
                assert_eq!(proxy.get("/search?q=boots&format=json", &[]).status, 200, "{attacked}");
            }
            assert_eq!(proxy.admin_get("/readyz", &[]).status, 200, "{attacked}");
            let search = request_bytes("GET", "/search?q=boots&format=json", &proxy.public.to_string(), &[]);
            let bystander = connect_from([127, 0, 77, 1], proxy.public).unwrap().send(&search);
            assert_eq!(bystander.unwrap().status, 200, "{attacked}");
        }
        let metrics = proxy.admin_get("/metrics", &[]).text();
        assert!(metrics.contains("\nqsproxy_accepts_failed_total 0\n"), "{attacked}: out of descriptors");
        drop(held);
    }
}

#[test]
fn a_newcomer_takes_the_place_of_a_connection_that_does_nothing() {
    let env = TestEnv::with(|config| config.with("admin", "connections", "8"));
    let mut held = silent(20, env.proxy.admin);
    for _ in 0..20 {
        assert_eq!(env.proxy.admin_get("/livez", &[]).status, 200);
        assert_eq!(ask_from([127, 0, 77, 1], &env.proxy, "/livez", &[]).status, 200);
    }
    assert!(refusals(&env.proxy, "evicted") >= 16, "half of the eight is one client's");
    assert_eq!(held[0].read_to_end(), b"", "the oldest is closed");
}

#[test]
fn connections_have_deadlines() {
    let env = TestEnv::new();
    let admin = env.proxy.admin;
    let began = Instant::now();
    let slow_head = std::thread::spawn(move || {
        let mut client = Client::connect(admin).unwrap();
        client.write(b"GET /livez HTTP/1.1\r\nX-Slow: ").unwrap();
        while client.write(b"x").is_ok() && began.elapsed() < Duration::from_secs(30) {
            std::thread::sleep(Duration::from_millis(200));
        }
        began.elapsed()
    });
    let mut idle = Client::connect(admin).unwrap();
    assert_eq!(idle.send(&request_bytes("GET", "/livez", &admin.to_string(), &[])).unwrap().status, 200);
    let mut silent = Client::connect(admin).unwrap();
    assert_eq!(silent.read_to_end(), b"");
    let silent_time = began.elapsed();
    let slow_time = slow_head.join().unwrap();
    for time in [silent_time, slow_time] {
        assert!((9..25).contains(&time.as_secs()), "{time:?}");
    }
    assert!(idle.is_silent_for(Duration::from_millis(100)), "an idle connection stays for longer");
    assert_eq!(idle.send(&request_bytes("GET", "/livez", &admin.to_string(), &[])).unwrap().status, 200);
    assert_eq!(refusals(&env.proxy, "deadline"), 2);
}

#[test]
fn a_head_is_bounded() {
    let env = TestEnv::new();
    let long = format!("X-Long: {}", "x".repeat(40_000));
    let request = request_bytes("GET", "/livez", &env.proxy.admin.to_string(), &[&long]);
    let response = Client::connect(env.proxy.admin).unwrap().send(&request);
    assert!(response.is_err() || response.unwrap().status == 431);
    let many: Vec<String> = (0..200).map(|n| format!("X-{n}: y")).collect();
    let lines: Vec<&str> = many.iter().map(String::as_str).collect();
    assert_eq!(env.proxy.admin_get("/livez", &lines).status, 431);
}

#[test]
fn a_page_of_another_site_gets_nothing_and_causes_no_work() {
    let env = TestEnv::new();
    let own = format!("Origin: http://{}", env.proxy.admin);
    let report = "/reports/clicks.csv?from=2026-11-01&to=2026-11-02";
    for path in ["/", "/metrics", "/livez", report, "/reports/partners.csv", "/nowhere"] {
        for lines in [
            &["Sec-Fetch-Site: cross-site"][..],
            &["Sec-Fetch-Site: same-site"],
            &["Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document"],
            &["Sec-Fetch-Site: none", "Sec-Fetch-Site: cross-site"],
            &["Origin: https://evil.example"],
            &["Origin: null"],
            &["Origin: https://evil.example", "Sec-Fetch-Site: same-origin"],
        ] {
            let response = env.proxy.admin_get(path, lines);
            assert_eq!(response.status, 403, "{path} {lines:?}");
            assert_eq!(response.header("cross-origin-resource-policy"), Some("same-origin"), "{path}");
            assert!(response.header("access-control-allow-origin").is_none() && response.body.len() < 200, "{path}");
        }
        for lines in [&["Sec-Fetch-Site: none"][..], &["Sec-Fetch-Site: same-origin", &own], &[]] {
            let status = env.proxy.admin_get(path, lines).status;
            assert_eq!(status, if path == "/nowhere" { 404 } else { 200 }, "{path} {lines:?}");
        }
    }
    // A preflight asks for permission, and gets none.
    for method in ["OPTIONS", "POST", "PUT", "DELETE", "TRACE", "PATCH"] {
        let lines = ["Origin: https://evil.example", "Access-Control-Request-Method: GET"];
        let request = request_bytes(method, "/metrics", &env.proxy.admin.to_string(), &lines);
        let response = Client::connect(env.proxy.admin).unwrap().send(&request).unwrap();
        assert_eq!(response.status, 405, "{method}");
        assert!(response.headers.iter().all(|(name, _)| !name.to_ascii_lowercase().starts_with("access-control")));
    }
}

#[test]
fn wrong_tokens_are_slowed_and_other_clients_are_not() {
    let partner = MockPartner::json(sample_results());
    let proxy = with_token(&partner).start();
    let right = format!("Authorization: Bearer {TOKEN}");
    let wrong = |end: &str| format!("Authorization: Bearer {}{end}", &TOKEN[..TOKEN.len() - 1]);
    let mut known = Client::connect(proxy.admin).unwrap();
    let request = |line: &str| request_bytes("GET", "/livez", &proxy.admin.to_string(), &[line]);
    assert_eq!(known.send(&request(&right)).unwrap().status, 200);
    for (line, expected) in
        [("", 401), ("Authorization: Basic x", 401), (&*wrong(""), 401), ("Authorization: Bearer", 401)]
    {
        let lines = if line.is_empty() { vec![] } else { vec![line] };
        for path in ["/", "/metrics", "/nowhere", "/reports/clicks.csv?from=zebra"] {
            let response = proxy.admin_get(path, &lines);
            assert_eq!((response.status, response.header("www-authenticate")), (expected, Some("Bearer")), "{path}");
        }
    }
    let mut guesser = Client::connect(proxy.admin).unwrap();
    let statuses: Vec<u16> =
        (0..100).map(|n| guesser.send(&request(&wrong(&format!("x{n}")))).unwrap().status).collect();
    let looked_at = statuses.iter().filter(|status| **status == 401).count();
    assert!((10..=20).contains(&looked_at) && statuses[statuses.len() - 50..].iter().all(|status| *status == 429));
    let refused = proxy_ask(&proxy, [127, 0, 0, 1], &right);
    assert_eq!(refused.status, 429, "the same client's next token is not looked at");
    assert!(refused.header("retry-after").unwrap().parse::<u64>().unwrap() <= 6);
    assert_eq!(proxy_ask(&proxy, [127, 0, 77, 1], &right).status, 200, "another client");
    assert_eq!(known.send(&request(&right)).unwrap().status, 200, "a connection that has shown it");
    proxy.wait_for_event("event=admin_tokens_rejected n=");
    assert_eq!(proxy.stderr().matches("admin_tokens_rejected").count(), 1, "once a minute");
    assert!(!proxy.stderr().contains("127.0.0.1:") || !proxy.stderr().contains(TOKEN));
    let metrics = connect_from([127, 0, 77, 1], proxy.admin)
        .unwrap()
        .send(&request_bytes("GET", "/metrics", &proxy.admin.to_string(), &[&right]))
        .unwrap()
        .text();
    assert!(!metrics.contains("admin_refusals_total{reason=\"token_rate\"} 0\n"));
}

fn proxy_ask(proxy: &Proxy, source: [u8; 4], line: &str) -> Response {
    ask_from(source, proxy, "/livez", &[line])
}

/// Somebody asks for large reports and does not read them.
#[test]
fn one_client_cannot_keep_others_from_reports() {
    let env = TestEnv::new();
    let mut store = rusqlite::Connection::open(env.proxy.store()).unwrap();
    store.busy_timeout(Duration::from_secs(10)).unwrap();
    let write = store.transaction().unwrap();
    for day in 1..=28 {
        for number in 0..5_000 {
            let sql = "insert into clicks_daily values (?1, 'first', ?2, 'sponsored', 'counted', 7)";
            write.execute(sql, rusqlite::params![format!("2024-02-{day:02}"), format!("code-{number:05}")]).unwrap();
        }
    }
    write.commit().unwrap();
    let (large, small) = ("/reports/clicks.json?from=2024-02-01&to=2024-02-28", "/reports/partners.csv");
    let request = request_bytes("GET", large, &env.proxy.admin.to_string(), &[]);
    let mut readers: Vec<Client> = (0..2).map(|_| Client::connect(env.proxy.admin).unwrap()).collect();
    for reader in &mut readers {
        reader.write(&request).unwrap();
        reader.peek_until("HTTP/1.1 200 OK").unwrap();
    }
    let refused = env.proxy.admin_get(small, &[]);
    assert_eq!((refused.status, refused.header("retry-after")), (503, Some("1")), "two of its reports are not taken");
    assert_eq!(ask_from([127, 0, 77, 1], &env.proxy, small, &[]).status, 200);
    assert_eq!(env.proxy.admin_get("/metrics", &[]).status, 200);
    let click = env.click_path();
    assert_eq!(env.proxy.get(&click, &[]).status, 303, "the writer does not wait for readers");
    let taken = readers.pop().unwrap().read_response().unwrap();
    assert!(taken.status == 200 && taken.body.len() > 10_000_000, "{} bytes", taken.body.len());
    wait_for("its place", || (env.proxy.admin_get(small, &[]).status == 200).then_some(()));
    drop(readers);
    wait_for("both places", || {
        let mut two: Vec<Client> = (0..2).map(|_| Client::connect(env.proxy.admin).unwrap()).collect();
        let statuses = two.iter_mut().map(|client| {
            let request = request_bytes("GET", small, &env.proxy.admin.to_string(), &[]);
            client.send(&request).map_or(0, |response| response.status)
        });
        statuses.into_iter().all(|status| status == 200).then_some(())
    });
}
