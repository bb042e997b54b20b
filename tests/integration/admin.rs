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

const CLICKS: [&str; 8] = ["counted", "duplicate", "expired", "forged", "prefetch", "head", "bot", "cross_site"];
const SEARCHES: [&str; 5] = ["with_ads", "answered", "empty", "failed", "refused"];

/// The samples of an exposition: name and labels as written, and the value.
#[track_caller]
fn samples(text: &str) -> BTreeMap<String, f64> {
    let line_form = Regex::new(r#"^([a-zA-Z_:][a-zA-Z0-9_:]*(?:\{[^{}]*\})?) (\S+)$"#).unwrap();
    let mut found = BTreeMap::new();
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let parts = line_form.captures(line).unwrap_or_else(|| panic!("no sample: {line}"));
        let value = parts[2].parse().unwrap_or_else(|_| panic!("no number: {line}"));
        assert!(found.insert(parts[1].to_owned(), value).is_none(), "twice: {line}");
    }
    found
}

/// The sum of all series of clicks or searches with an outcome.
fn outcome(samples: &BTreeMap<String, f64>, what: &str, outcome: &str) -> Option<f64> {
    let label = format!("outcome=\"{outcome}\"");
    let mut values = samples
        .iter()
        .filter(|(series, _)| series.contains(what) && series.contains(&label))
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

/// One request of each fate, so that everything that is counted has something to count.
fn exercise(env: &TestEnv) {
    let proxy = &env.proxy;
    let paths: Vec<String> = (0..5).map(|_| env.click_path()).collect();
    for (path, lines) in [
        (&paths[0], &[][..]),
        (&paths[0], &[][..]),
        (&paths[1], &["Sec-Purpose: prefetch"][..]),
        (&paths[2], &["User-Agent: Mozilla/5.0 (compatible; Googlebot/2.1)"][..]),
        (&paths[3], &["Sec-Fetch-Site: cross-site"][..]),
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
fn every_series_is_there_from_the_start_and_no_other_comes() {
    let env = TestEnv::with(|config| {
        config.with("partner first", "timeout", r#""500ms""#).with("counts", "click_ttl", r#""1h""#)
    });
    let before = samples(&scrape(&env.proxy));
    for (what, outcomes) in [("click", &CLICKS[..]), ("search", &SEARCHES[..])] {
        for one in outcomes {
            assert_eq!(outcome(&before, what, one), Some(0.0), "{what} {one} at the start");
        }
    }
    exercise(&env);
    let text = scrape(&env.proxy);
    let after = samples(&text);
    let new: Vec<&String> = after.keys().filter(|series| !before.contains_key(*series)).collect();
    let gone: Vec<&String> = before.keys().filter(|series| !after.contains_key(*series)).collect();
    assert!(new.is_empty() && gone.is_empty(), "new: {new:?}; gone: {gone:?}");
    for untold in ["lisbon", "unheard-of", "evil.example", "example.org", "Googlebot"] {
        assert!(!text.contains(untold), "{untold}");
    }
}

#[test]
#[ignore = "needs promtool"]
fn the_exposition_is_the_text_format_and_promtool_likes_it() {
    let env = TestEnv::with(|config| config.with("partner first", "timeout", r#""500ms""#));
    exercise(&env);
    let response = env.proxy.admin_get("/metrics", &[]);
    let media = response.header("content-type").unwrap().to_owned();
    assert!(media.starts_with("text/plain; version=0.0.4"), "{media}");
    let text = response.text();
    assert!(text.ends_with('\n') && !text.contains("# EOF") && !text.contains("# UNIT"), "not the other format");
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
    let said = [verdict.stdout, verdict.stderr].concat();
    assert!(verdict.status.success() && said.is_empty(), "{}", String::from_utf8_lossy(&said));
}

#[test]
fn openmetrics_where_it_is_asked_for() {
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
        let counts = (outcome(&found, "click", "counted")?, outcome(&found, "search", "with_ads")?);
        (counts == (3.0, 3.0)).then_some(())
    });
}

#[test]
fn alive_and_ready() {
    let env = TestEnv::new();
    for path in ["/livez", "/readyz"] {
        assert_eq!(env.proxy.admin_get(path, &[]).status, 200, "{path}");
    }
    env.partner.respond_with(MockResponse::CloseImmediately);
    assert_eq!(env.search("q=x", &[]).status, 502);
    assert_eq!(env.proxy.admin_get("/readyz", &[]).status, 200, "a partner's outage is not ours");
}

#[test]
fn not_ready_while_draining() {
    let partner = MockPartner::responding(MockResponse::Delayed(Duration::from_millis(2500), sample_results()));
    let mut proxy = Proxy::start(&ConfigBuilder::new(&partner).with("partner first", "timeout", r#""8s""#).text());
    let public = proxy.public;
    let asking =
        std::thread::spawn(move || qsproxy_test_support::http_client::get(public, "/search?q=x&format=json", &[]));
    wait_for("the partner to be asked", || (!partner.requests().is_empty()).then_some(()));
    assert_eq!(proxy.admin_get("/readyz", &[]).status, 200);
    proxy.signal("TERM");
    wait_for("readiness to fail", || (proxy.admin_get("/readyz", &[]).status == 503).then_some(()));
    assert_eq!(proxy.admin_get("/livez", &[]).status, 200, "alive until it leaves");
    assert_eq!(asking.join().unwrap().status, 200);
    assert_eq!(proxy.wait().code(), Some(0));
}

#[test]
fn a_drain_ends_when_its_time_is_over() {
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
    assert!(status.code().is_some(), "left by itself: {status:?}");
    let _ = asking.join().unwrap();
}

#[test]
fn the_two_listeners_keep_to_themselves() {
    let env = TestEnv::new();
    for path in ["/metrics", "/livez", "/readyz", "/reports/clicks.csv"] {
        assert_eq!(env.proxy.get(path, &[]).status, 404, "{path} in public");
    }
    for path in ["/search?q=KANARIENVOGEL", "/click/KANARIENVOGEL", "/KANARIENVOGEL"] {
        let response = env.proxy.admin_get(path, &[]);
        assert_eq!(response.status, 404, "{path} at the admin's");
        assert!(!contains(&response.raw, b"KANARIENVOGEL"), "{path}");
    }
    assert!(env.partner.requests().is_empty());
}
