//! The admin listener: metrics and health.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::Duration;

use regex::Regex;

use crate::support::client::{once, request};
use crate::support::config::Config;
use crate::support::partner::{Answer, Partner};
use crate::support::proxy::Proxy;
use crate::support::stage::{Stage, organic, results, sample};
use crate::support::{contains, wait_for};

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
fn exercise(stage: &Stage) {
    let proxy = &stage.proxy;
    let paths: Vec<String> = (0..5).map(|_| stage.click_path()).collect();
    for (path, lines) in [
        (&paths[0], &[][..]),
        (&paths[0], &[][..]),
        (&paths[1], &["Sec-Purpose: prefetch"][..]),
        (&paths[2], &["User-Agent: Mozilla/5.0 (compatible; Googlebot/2.1)"][..]),
        (&paths[3], &["Sec-Fetch-Site: cross-site"][..]),
    ] {
        let _ = proxy.get(path, lines);
    }
    once(proxy.public, &request("HEAD", &paths[4], &proxy.public.to_string(), &[])).unwrap();
    once(proxy.public, &request("GET", "/search?q=x", "evil.example", &[])).unwrap();
    once(proxy.public, &request("DELETE", "/search", &proxy.public.to_string(), &[])).unwrap();
    let long = format!("/search?q={}", "x".repeat(9000));
    for target in ["/click/forged", "/search", "/search?q=%FF", "/search?q=x&code=unheard-of", "/nowhere", "/", &long] {
        let _ = proxy.get(target, &[]);
    }
    for answer in [
        Answer::Json(results(&[])),
        Answer::Json(results(&[organic("One", "https://example.org/")])),
        Answer::Status(500),
        Answer::CloseAtOnce,
        Answer::Hang,
        Answer::Json("no JSON".to_owned()),
    ] {
        stage.partner.set(answer);
        let _ = stage.search("q=x", &[]);
    }
}

#[test]
fn every_series_is_there_from_the_start_and_no_other_comes() {
    let stage = Stage::with(|config| {
        config.with("partner first", "timeout", r#""500ms""#).with("counts", "click_ttl", r#""1h""#)
    });
    let before = samples(&scrape(&stage.proxy));
    for (what, outcomes) in [("click", &CLICKS[..]), ("search", &SEARCHES[..])] {
        for one in outcomes {
            assert_eq!(outcome(&before, what, one), Some(0.0), "{what} {one} at the start");
        }
    }
    exercise(&stage);
    let text = scrape(&stage.proxy);
    let after = samples(&text);
    let new: Vec<&String> = after.keys().filter(|series| !before.contains_key(*series)).collect();
    let gone: Vec<&String> = before.keys().filter(|series| !after.contains_key(*series)).collect();
    assert!(new.is_empty() && gone.is_empty(), "new: {new:?}; gone: {gone:?}");
    for untold in ["lisbon", "unheard-of", "evil.example", "example.org", "Googlebot"] {
        assert!(!text.contains(untold), "{untold}");
    }
}

#[test]
fn the_exposition_is_the_text_format_and_promtool_likes_it() {
    let stage = Stage::with(|config| config.with("partner first", "timeout", r#""500ms""#));
    exercise(&stage);
    let response = stage.proxy.admin_get("/metrics", &[]);
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
    let stage = Stage::new();
    let prometheus = "Accept: application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.2";
    for accept in [prometheus, "Accept: application/openmetrics-text; version=1.0.0"] {
        let response = stage.proxy.admin_get("/metrics", &[accept]);
        assert_eq!(
            (response.status, response.media_type().as_str()),
            (200, "application/openmetrics-text"),
            "{accept}"
        );
        assert!(response.text().ends_with("# EOF\n"));
    }
    for accept in ["Accept: text/plain", "Accept: */*"] {
        assert_eq!(stage.proxy.admin_get("/metrics", &[accept]).media_type(), "text/plain", "{accept}");
    }
}

#[test]
fn business_counters_survive_a_restart() {
    let mut stage = Stage::new();
    for _ in 0..3 {
        let path = stage.click_path();
        assert_eq!(stage.proxy.get(&path, &[]).status, 303);
    }
    wait_for("three searches", || (stage.proxy.searches_as("with_ads") == 3).then_some(()));
    stage.proxy.restart();
    wait_for("the store's counts in the metrics", || {
        let found = samples(&scrape(&stage.proxy));
        let counts = (outcome(&found, "click", "counted")?, outcome(&found, "search", "with_ads")?);
        (counts == (3.0, 3.0)).then_some(())
    });
}

#[test]
fn alive_and_ready() {
    let stage = Stage::new();
    for path in ["/livez", "/readyz"] {
        assert_eq!(stage.proxy.admin_get(path, &[]).status, 200, "{path}");
    }
    stage.partner.set(Answer::CloseAtOnce);
    assert_eq!(stage.search("q=x", &[]).status, 502);
    assert_eq!(stage.proxy.admin_get("/readyz", &[]).status, 200, "a partner's outage is not ours");
}

#[test]
fn not_ready_while_draining() {
    let partner = Partner::answering(Answer::Late(Duration::from_millis(2500), sample()));
    let mut proxy = Proxy::start(&Config::new(&partner).with("partner first", "timeout", r#""8s""#).text());
    let public = proxy.public;
    let asking = std::thread::spawn(move || crate::support::client::get(public, "/search?q=x&format=json", &[]));
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
    let partner = Partner::answering(Answer::Hang);
    let config =
        Config::new(&partner).with("partner first", "timeout", r#""60s""#).with("limits", "drain_time", r#""1s""#);
    let mut proxy = Proxy::start(&config.text());
    let public = proxy.public;
    let asking = std::thread::spawn(move || once(public, &request("GET", "/search?q=x", &public.to_string(), &[])));
    wait_for("the partner to be asked", || (!partner.requests().is_empty()).then_some(()));
    let start = std::time::Instant::now();
    let status = proxy.terminate();
    assert!(start.elapsed() < Duration::from_secs(6), "{:?}", start.elapsed());
    assert!(status.code().is_some(), "left by itself: {status:?}");
    let _ = asking.join().unwrap();
}

#[test]
fn the_two_listeners_keep_to_themselves() {
    let stage = Stage::new();
    for path in ["/metrics", "/livez", "/readyz", "/reports/clicks.csv"] {
        assert_eq!(stage.proxy.get(path, &[]).status, 404, "{path} in public");
    }
    for path in ["/search?q=KANARIENVOGEL", "/click/KANARIENVOGEL", "/KANARIENVOGEL"] {
        let response = stage.proxy.admin_get(path, &[]);
        assert_eq!(response.status, 404, "{path} at the admin's");
        assert!(!contains(&response.raw, b"KANARIENVOGEL"), "{path}");
    }
    assert!(stage.partner.requests().is_empty());
}
