//! The admin listener: metrics and health.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::Duration;

use regex::Regex;

use qsproxy_test_support::config::ConfigBuilder;
use qsproxy_test_support::http_client::{request_bytes, send_once};
use qsproxy_test_support::mock_partner::{MockPartner, MockResponse};
use qsproxy_test_support::proxy::Proxy;
use qsproxy_test_support::test_env::{TestEnv, organic_entry, results_json, sample_results};
use qsproxy_test_support::{contains, wait_for};

const CLICKS: [&str; 12] = [
    "counted",
    "duplicate",
    "expired",
    "forged",
    "prefetch",
    "head",
    "bot",
    "cross_site",
    "library",
    "embedded",
    "excess",
    "repeated",
];
const SEARCHES: [&str; 6] = ["with_ads", "answered", "empty", "failed", "refused", "robot"];

/// Parses an exposition: series (name and labels as written) with their values.
#[track_caller]
fn samples(text: &str) -> BTreeMap<String, f64> {
    let line_form = Regex::new(r#"^([a-zA-Z_:][a-zA-Z0-9_:]*(?:\{[^{}]*\})?) (\S+)$"#).unwrap();
    let mut found = BTreeMap::new();
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let parts = line_form.captures(line).unwrap_or_else(|| panic!("not a sample: {line}"));
        let value = parts[2].parse().unwrap_or_else(|_| panic!("not a number: {line}"));
        assert!(found.insert(parts[1].to_owned(), value).is_none(), "duplicate series: {line}");
    }
    found
}

/// The sum of all series whose name contains `name` and that have this outcome. None if there is no such series.
fn outcome_total(samples: &BTreeMap<String, f64>, name: &str, outcome: &str) -> Option<f64> {
    let label = format!("outcome=\"{outcome}\"");
    let mut values = samples
        .iter()
        .filter(|(series, _)| series.contains(name) && series.contains(&label))
        .map(|(_, value)| *value)
        .peekable();
    values.peek()?;
    Some(values.sum())
}

fn scrape(proxy: &Proxy) -> String {
    let response = proxy.admin_get("/metrics", &[]);
    assert_eq!(response.status, 200);
    response.text()
}

/// Sends requests with every outcome, so that every metric has something to count.
fn send_all_kinds_of_requests(env: &TestEnv) {
    let proxy = &env.proxy;
    let paths: Vec<String> = (0..7).map(|_| env.click_path()).collect();
    for (path, lines) in [
        (&paths[0], &[][..]),
        (&paths[0], &[][..]),
        (&paths[1], &["Sec-Purpose: prefetch"][..]),
        (&paths[2], &["User-Agent: Mozilla/5.0 (compatible; Googlebot/2.1)"][..]),
        (&paths[3], &["Sec-Fetch-Site: cross-site"][..]),
        (&paths[5], &["User-Agent: curl/8.5.0"][..]),
        (&paths[6], &["Sec-Fetch-Dest: image"][..]),
        (&"/search?q=x".to_owned(), &["User-Agent: Mozilla/5.0 (compatible; Googlebot/2.1)"][..]),
    ] {
        let _ = proxy.get(path, lines);
    }
    send_once(proxy.public, &request_bytes("HEAD", &paths[4], &proxy.public.to_string(), &[])).unwrap();
    send_once(proxy.public, &request_bytes("GET", "/search?q=x", "evil.example", &[])).unwrap();
    send_once(proxy.public, &request_bytes("DELETE", "/search", &proxy.public.to_string(), &[])).unwrap();
    let long = format!("/search?q={}", "x".repeat(9000));
    for target in ["/click/forged", "/search", "/search?q=%FF", "/search?q=x&code=unheard-of", "/nowhere", "/", &long] {
        let _ = proxy.get(target, &[]);
    }
    for answer in [
        MockResponse::Json(results_json(&[])),
        MockResponse::Json(results_json(&[organic_entry("One", "https://example.org/")])),
        MockResponse::Status(500),
        MockResponse::CloseImmediately,
        MockResponse::Hang,
        MockResponse::Json("no JSON".to_owned()),
    ] {
        env.partner.respond_with(answer);
        let _ = env.search("q=x", &[]);
    }
}

#[test]
fn all_series_exist_from_the_start() {
    let env = TestEnv::with(|config| {
        config.with("partner first", "timeout", r#""500ms""#).with("counts", "click_ttl", r#""1h""#)
    });
    let before = samples(&scrape(&env.proxy));
    for (name, outcomes) in [("click", &CLICKS[..]), ("search", &SEARCHES[..])] {
        for outcome in outcomes {
            assert_eq!(outcome_total(&before, name, outcome), Some(0.0), "{name} {outcome} at the start");
        }
    }
    send_all_kinds_of_requests(&env);
    let text = scrape(&env.proxy);
    let after = samples(&text);
    let new: Vec<&String> = after.keys().filter(|series| !before.contains_key(*series)).collect();
    let gone: Vec<&String> = before.keys().filter(|series| !after.contains_key(*series)).collect();
    assert!(new.is_empty() && gone.is_empty(), "new: {new:?}; gone: {gone:?}");
    for request_data in ["lisbon", "unheard-of", "evil.example", "example.org", "Googlebot"] {
        assert!(!text.contains(request_data), "{request_data}");
    }
}

#[test]
#[ignore = "needs promtool"]
fn metrics_are_valid_prometheus_text() {
    let env = TestEnv::with(|config| config.with("partner first", "timeout", r#""500ms""#));
    send_all_kinds_of_requests(&env);
    let response = env.proxy.admin_get("/metrics", &[]);
    let media = response.header("content-type").unwrap().to_owned();
    assert!(media.starts_with("text/plain; version=0.0.4"), "{media}");
    let text = response.text();
    assert!(
        text.ends_with('\n') && !text.contains("# EOF") && !text.contains("# UNIT"),
        "OpenMetrics syntax in the Prometheus format"
    );
    let typed: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next()).collect();
    for series in samples(&text).keys() {
        let name = series.split('{').next().unwrap();
        let known = |suffix: &str| name.strip_suffix(suffix).is_some_and(|base| typed.contains(&base));
        assert!(["", "_bucket", "_sum", "_count"].into_iter().any(known), "{name} has no TYPE");
        assert!(name.starts_with("qsproxy_") || name.starts_with("process_"), "{name}");
    }
    let mut promtool = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("promtool on the PATH (Debian: prometheus)");
    promtool.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let verdict = promtool.wait_with_output().unwrap();
    let output = [verdict.stdout, verdict.stderr].concat();
    assert!(verdict.status.success() && output.is_empty(), "{}", String::from_utf8_lossy(&output));
}

#[test]
fn metrics_are_openmetrics_if_accepted() {
    let env = TestEnv::new();
    let prometheus = "Accept: application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.2";
    for accept in [prometheus, "Accept: application/openmetrics-text; version=1.0.0"] {
        let response = env.proxy.admin_get("/metrics", &[accept]);
        assert_eq!(
            (response.status, response.media_type().as_str()),
            (200, "application/openmetrics-text"),
            "{accept}"
        );
        assert!(response.text().ends_with("# EOF\n"));
    }
    for accept in ["Accept: text/plain", "Accept: */*"] {
        assert_eq!(env.proxy.admin_get("/metrics", &[accept]).media_type(), "text/plain", "{accept}");
    }
}

#[test]
fn business_counters_survive_a_restart() {
    let mut env = TestEnv::new();
    for _ in 0..3 {
        let path = env.click_path();
        assert_eq!(env.proxy.get(&path, &[]).status, 303);
    }
    wait_for("three searches", || (env.proxy.searches_with_outcome("with_ads") == 3).then_some(()));
    env.proxy.restart();
    wait_for("the store's counts in the metrics", || {
        let found = samples(&scrape(&env.proxy));
        let counts = (outcome_total(&found, "click", "counted")?, outcome_total(&found, "search", "with_ads")?);
        (counts == (3.0, 3.0)).then_some(())
    });
}

/// Whoever reads the metrics all the time sees neither a request nor its moment, in neither format.
#[test]
fn metrics_change_at_intervals_only() {
    let env = TestEnv::with(|config| config.with("admin", "metrics_interval", r#""4s""#));
    let openmetrics = "Accept: application/openmetrics-text; version=1.0.0";
    let started = std::time::Instant::now();
    let before = scrape(&env.proxy);
    let (mut seen, mut other) = (0, before.clone());
    while started.elapsed() < Duration::from_millis(3_500) {
        assert_eq!(env.search("q=x&id=short", &[]).status, 200);
        let (text, open) = (scrape(&env.proxy), env.proxy.admin_get("/metrics", &[openmetrics]).text());
        if started.elapsed() < Duration::from_millis(3_900) {
            assert_eq!(text, before, "after {seen} searches");
            assert!(open.contains("qsproxy_requests_total{route=\"search\"} 0\n"), "{open}");
        }
        (seen, other) = (seen + 1, text);
    }
    assert!(seen > 1, "the machine is too slow to tell");
    wait_for("the next snapshot", || (scrape(&env.proxy) != other).then_some(()));
    assert!(started.elapsed() >= Duration::from_secs(4), "{:?}", started.elapsed());
    assert_eq!(env.proxy.metric("qsproxy_requests_total{route=\"search\"}"), seen);
    assert_eq!(env.proxy.metric("qsproxy_countable_ids_total"), seen);
}

/// People are published in multiples of `k`, over all codes.
#[test]
fn metrics_show_no_small_count_of_people() {
    let mut env = TestEnv::new();
    assert!(env.proxy.terminate().success());
    let store = rusqlite::Connection::open(env.proxy.workdir().path("data/counts.db")).unwrap();
    let rows = "insert into active values ('2026-10-05', 'toolbar-main', 0, 19), ('2026-10-06', 'gone', 3, 26);
        insert into retention values ('2026-10-05', 0, 'toolbar-main', 19), ('2026-10-05', 7, 'toolbar-main', 41);
        insert into active_by_id values ('2026-10-05', 'toolbar-main', 59)";
    store.execute_batch(rows).unwrap();
    drop(store);
    env.proxy.restart();
    let metric = |series: &str| env.proxy.metric(series);
    wait_for("the store's counts", || (metric("qsproxy_active_total") > 0).then_some(()));
    assert_eq!(metric("qsproxy_active_total"), 40, "45 in all");
    assert_eq!(metric("qsproxy_retention_total{age=\"0\"}"), 0, "19");
    assert_eq!(metric("qsproxy_retention_total{age=\"7\"}"), 40, "41");
    assert_eq!(metric("qsproxy_active_by_id_total"), 40, "59");
    assert!(!scrape(&env.proxy).contains("qsproxy_active_total{"), "by code and gap the counts would be small");
}

#[test]
fn livez_and_readyz_answer_200() {
    let env = TestEnv::new();
    for path in ["/livez", "/readyz"] {
        assert_eq!(env.proxy.admin_get(path, &[]).status, 200, "{path}");
    }
    env.partner.respond_with(MockResponse::CloseImmediately);
    assert_eq!(env.search("q=x", &[]).status, 502);
    assert_eq!(env.proxy.admin_get("/readyz", &[]).status, 200, "readiness does not depend on partners");
}

#[test]
fn readyz_fails_while_draining() {
    let partner = MockPartner::responding(MockResponse::Delayed(Duration::from_millis(2500), sample_results()));
    let mut proxy = Proxy::start(&ConfigBuilder::new(&partner).with("partner first", "timeout", r#""8s""#).text());
    let public = proxy.public;
    let asking =
        std::thread::spawn(move || qsproxy_test_support::http_client::get(public, "/search?q=x&format=json", &[]));
    wait_for("the partner to be asked", || (!partner.requests().is_empty()).then_some(()));
    assert_eq!(proxy.admin_get("/readyz", &[]).status, 200);
    proxy.signal("TERM");
    wait_for("readiness to fail", || (proxy.admin_get("/readyz", &[]).status == 503).then_some(()));
    assert_eq!(proxy.admin_get("/livez", &[]).status, 200, "alive while draining");
    assert_eq!(asking.join().unwrap().status, 200);
    assert_eq!(proxy.wait().code(), Some(0));
}

#[test]
fn a_drain_ends_after_drain_time() {
    let partner = MockPartner::responding(MockResponse::Hang);
    let config = ConfigBuilder::new(&partner).with("partner first", "timeout", r#""60s""#).with(
        "limits",
        "drain_time",
        r#""1s""#,
    );
    let mut proxy = Proxy::start(&config.text());
    let public = proxy.public;
    let asking =
        std::thread::spawn(move || send_once(public, &request_bytes("GET", "/search?q=x", &public.to_string(), &[])));
    wait_for("the partner to be asked", || (!partner.requests().is_empty()).then_some(()));
    let start = std::time::Instant::now();
    let status = proxy.terminate();
    assert!(start.elapsed() < Duration::from_secs(6), "{:?}", start.elapsed());
    assert!(status.code().is_some(), "killed by a signal: {status:?}");
    let _ = asking.join().unwrap();
}

#[test]
fn the_two_listeners_share_no_paths() {
    let env = TestEnv::new();
    for path in ["/metrics", "/livez", "/readyz", "/reports/clicks.csv"] {
        assert_eq!(env.proxy.get(path, &[]).status, 404, "{path} at the public listener");
    }
    for path in ["/search?q=KANARIENVOGEL", "/click/KANARIENVOGEL", "/KANARIENVOGEL"] {
        let response = env.proxy.admin_get(path, &[]);
        assert_eq!(response.status, 404, "{path} at the admin listener");
        assert!(!contains(&response.raw, b"KANARIENVOGEL"), "{path}");
    }
    assert!(env.partner.requests().is_empty());
}
