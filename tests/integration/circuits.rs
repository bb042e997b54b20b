//! Circuits: a partner that fails is skipped at once, and asked again when it is back.

use std::time::{Duration, Instant};

use qsproxy_test_support::config::ConfigBuilder;
use qsproxy_test_support::mock_partner::{MockPartner, MockResponse};
use qsproxy_test_support::proxy::Proxy;
use qsproxy_test_support::test_env::{organic_entry, results_json, sample_results};
use qsproxy_test_support::wait_up_to;

const SEARCH: (&str, &[&str]) = ("/search?q=boots", &["Accept: application/json"]);

fn limited(retry_after: &str) -> MockResponse {
    let head = "HTTP/1.1 429 Too Many Requests\r\nContent-Length: 0\r\nConnection: close\r\nRetry-After: ";
    MockResponse::Raw(format!("{head}{retry_after}\r\n\r\n").into_bytes())
}

/// Two partners of one code with the default circuit. The second one answers.
fn two_partners(first: &MockPartner, second: &MockPartner, circuit: &str) -> ConfigBuilder {
    ConfigBuilder::new(first)
        .partner("second", &second.url())
        .with("code toolbar-main", "partners", r#"["first", "second"]"#)
        .with("partner first", "circuit", circuit)
}

fn answering(title: &str) -> MockPartner {
    MockPartner::json(results_json(&[organic_entry(title, "https://second.example/")]))
}

fn search(proxy: &Proxy) -> (u16, Duration) {
    let started = Instant::now();
    let response = proxy.get(SEARCH.0, SEARCH.1);
    (response.status, started.elapsed())
}

#[test]
fn a_partner_that_hangs_is_waited_for_ten_times_only() {
    let (first, second) = (MockPartner::responding(MockResponse::Hang), answering("second"));
    let config = two_partners(&first, &second, "{}").with("partner first", "timeout", r#""400ms""#);
    let proxy = Proxy::start(&config.text());
    let times: Vec<_> = (0..120).map(|_| search(&proxy)).collect();
    assert!(times.iter().all(|(status, _)| *status == 200), "{times:?}");
    assert!(times[..10].iter().all(|(_, time)| *time >= Duration::from_millis(400)), "{times:?}");
    let mut rest: Vec<_> = times[10..].iter().map(|(_, time)| *time).collect();
    rest.sort_unstable();
    println!("{} further searches: median {:?}, longest {:?}", rest.len(), rest[rest.len() / 2], rest[rest.len() - 1]);
    assert!(rest[rest.len() / 2] < Duration::from_millis(100), "{rest:?}");
    assert!(first.requests().len() <= 13, "ten requests, and few probes: {}", first.requests().len());
    assert_eq!(second.requests().len(), 120);
}

#[test]
fn retry_after_is_heeded() {
    for retry_after in ["3600", "Fri, 31 Dec 2100 23:59:59 GMT"] {
        let (first, second) = (MockPartner::responding(limited(retry_after)), answering("second"));
        let proxy = Proxy::start(&two_partners(&first, &second, r#"{ open = "100ms", max_open = "100ms" }"#).text());
        for _ in 0..120 {
            assert_eq!(search(&proxy).0, 200);
        }
        assert_eq!((first.requests().len(), second.requests().len()), (10, 120), "{retry_after}");
        assert_eq!(proxy.metric(r#"qsproxy_partner_skips_total{partner="first"}"#), 110);
        assert_eq!(proxy.metric(r#"qsproxy_partner_requests_total{partner="second",outcome="answered"}"#), 120);
    }
}

#[test]
fn all_partners_skipped_is_503_at_once_and_counted_as_refused() {
    let first = MockPartner::responding(MockResponse::Status(500));
    let proxy = Proxy::start(&ConfigBuilder::new(&first).with("partner first", "circuit", "{}").text());
    for _ in 0..10 {
        assert_eq!(search(&proxy).0, 502);
    }
    let response = proxy.get(SEARCH.0, SEARCH.1);
    assert_eq!((response.status, response.problem().as_str()), (503, "partner_unavailable"));
    assert!(response.header("retry-after").is_some());
    assert_eq!(first.requests().len(), 10);
    wait_up_to(Duration::from_secs(10), "the counts", || {
        let refused = proxy.searches().get(&["first", "toolbar-main", "refused"].map(str::to_owned)).copied();
        (refused == Some(1)).then_some(())
    });
    let table = proxy.admin_get("/reports/partners.csv", &[]).text().to_owned();
    assert!(table.contains("\nfirst,0,0,10,0,0,open,1,0,,\n"), "{table}");
    assert!(proxy.admin_get("/", &[]).text().contains("first (down), circuit open"));
    proxy.wait_for_event("event=circuit_opened partner=first\n");
}

#[test]
fn a_partner_that_is_back_is_asked_again() {
    let (first, second) = (MockPartner::responding(MockResponse::Status(503)), answering("second"));
    let circuit = r#"{ open = "200ms", max_open = "400ms" }"#;
    let proxy = Proxy::start(&two_partners(&first, &second, circuit).text());
    let state = |state: &str| proxy.metric(&format!(r#"qsproxy_partner_circuit{{partner="first",state="{state}"}}"#));
    for _ in 0..20 {
        assert_eq!(search(&proxy).0, 200);
    }
    assert_eq!((state("closed"), state("open") + state("half_open")), (0, 1));
    first.respond_with(MockResponse::Json(sample_results()));
    // 400 ms, a quarter more for the jitter, and as long again for a slow machine.
    wait_up_to(Duration::from_secs(1), "the circuit to close", || {
        assert_eq!(search(&proxy).0, 200);
        (state("closed") == 1).then_some(())
    });
    assert_eq!((state("open"), state("half_open")), (0, 0));
    let before = second.requests().len();
    assert_eq!(search(&proxy).0, 200);
    assert_eq!(second.requests().len(), before);
}

#[test]
fn what_one_search_causes_opens_nothing() {
    for status in [400, 404, 422] {
        let (first, second) = (MockPartner::responding(MockResponse::Status(status)), answering("second"));
        let proxy = Proxy::start(&two_partners(&first, &second, "{}").text());
        for _ in 0..40 {
            assert_eq!(search(&proxy).0, 200);
        }
        assert_eq!(first.requests().len(), 40, "{status}");
    }
}

#[test]
fn a_reload_keeps_the_circuit_of_an_unchanged_partner_only() {
    let (first, second) = (MockPartner::responding(limited("3600")), answering("second"));
    let config = two_partners(&first, &second, "{}");
    let proxy = Proxy::start(&config.text());
    let reload = |config: &ConfigBuilder, times: usize| {
        proxy.workdir().write("proxy.toml", config.text().as_bytes());
        proxy.signal("HUP");
        let is_reloaded = || (proxy.stderr().matches("event=reloaded").count() == times).then_some(());
        wait_up_to(Duration::from_secs(10), "the reload", is_reloaded);
        search(&proxy);
        first.requests().len()
    };
    for _ in 0..12 {
        search(&proxy);
    }
    assert_eq!(reload(&config.clone().with("counts", "k", "30"), 1), 10);
    let config = config.with("partner first", "headers", r#"{ X-Key = { file = "key" } }"#);
    proxy.workdir().write("key", b"old");
    assert_eq!(reload(&config, 2), 11, "another header");
    for _ in 0..12 {
        search(&proxy);
    }
    assert_eq!(reload(&config, 3), 20, "nothing changed");
    proxy.workdir().write("key", b"new");
    assert_eq!(reload(&config, 4), 21, "another secret");
}
