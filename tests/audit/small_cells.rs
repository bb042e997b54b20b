//! Small cells (`docs/privacy-requirements.md`, "Small cells"): what few people did leaves nothing on disk, in the metrics or at the store of all
//! nodes, and nothing shows the moment of an event.

use std::time::{Duration, Instant};

use qsproxy_test_support::config::ConfigBuilder;
use qsproxy_test_support::fake_clock::FakeClock;
use qsproxy_test_support::mock_partner::MockPartner;
use qsproxy_test_support::postgres::PostgresProcess;
use qsproxy_test_support::proxy::Proxy;
use qsproxy_test_support::test_env::{TestEnv, click_paths, sample_results};
use qsproxy_test_support::wait_for;
use qsproxy_test_support::workdir::Workdir;

use super::coverage;
use super::rows::Row;

/// `[counts] k` of these tests.
const K: usize = 5;
/// Longer than the second within which counts are written, and the second within which the turn of an hour is noticed.
const FLUSHED: Duration = Duration::from_millis(2_500);

/// Searches of people in different networks, whom a trusted proxy names.
#[track_caller]
fn search(proxy: &Proxy, people: impl IntoIterator<Item = usize>, query: &str) {
    for person in people {
        let response =
            proxy.get(&format!("/search?q=x&format=json&{query}"), &[&format!("X-Forwarded-For: 10.7.{person}.1")]);
        assert_eq!(response.status, 200, "{}", response.text());
        coverage::count(Row::Counts, 1);
    }
}

/// The languages of the slices in the store, with their counts.
fn languages(proxy: &Proxy) -> Vec<(String, i64)> {
    let slices = proxy.slices();
    let of_languages = slices.iter().filter(|(key, _)| key[2] == "language");
    of_languages.map(|(key, n)| (key[3].clone(), *n)).collect()
}

/// One person's twenty searches and a search each of too few people leave nothing of their languages; `k` people leave a count, at the turn of
/// the hour.
pub fn slices() {
    let partner = MockPartner::json(sample_results());
    let clock = FakeClock::starting_at("2026-03-05 12:00:00");
    let config = ConfigBuilder::new(&partner).with("counts", "k", &K.to_string());
    let config = config.with("listen", "trusted_proxies", r#"["127.0.0.0/8"]"#);
    let config = config.with("", "languages", r#"["en", "de", "fr", "es", "is"]"#);
    let workdir = Workdir::with_env_vars(&config.text(), &clock.env_vars());
    let mut proxy = workdir.start();
    search(&proxy, [1; 20], "lang=fr");
    search(&proxy, 1..K, "lang=is");
    search(&proxy, 1..=K, "lang=es");
    std::thread::sleep(FLUSHED);
    assert_eq!(languages(&proxy), [], "written within the hour");
    clock.set("2026-03-05 13:00:01");
    wait_for("the turn of the hour", || (!languages(&proxy).is_empty()).then_some(()));
    std::thread::sleep(FLUSHED);
    let written = |n| [("es".to_owned(), n)];
    assert_eq!(languages(&proxy), written(5), "what few had is written");
    // A stop writes nothing else.
    search(&proxy, 1..=K, "lang=es");
    assert!(proxy.terminate().success());
    assert_eq!(languages(&proxy), written(5), "a stop tells what was not due");
}

/// The metrics change every 15 seconds only, whatever happens meanwhile.
pub fn metrics() {
    let env = TestEnv::with(|config| config.without("admin", "metrics_interval"));
    let shown = || env.proxy.admin_get("/metrics", &[]).text();
    let (begun, first) = (Instant::now(), shown());
    for path in env.click_paths("q=x&id=toolbar-c0ffee-4711-Kd93") {
        assert_eq!(env.proxy.get(&path, &[]).status, 303);
    }
    assert_eq!(env.proxy.get("/nowhere", &[]).status, 404);
    wait_for("the counts", || (env.proxy.searches_with_outcome("with_ads") == 1).then_some(()));
    let second = shown();
    assert!(begun.elapsed() < Duration::from_secs(14), "too slow to tell");
    coverage::count(Row::Counts, second.lines().count());
    let changed = first.lines().zip(second.lines()).find(|(one, other)| one != other);
    assert_eq!(changed, None, "a scrape shows single requests");
    assert_eq!(first.lines().count(), second.lines().count(), "a scrape shows single requests by new series");
}

/// PostgreSQL gets batches of at least `k` counts within an hour.
pub fn postgres_batches() {
    let (partner, server) = (MockPartner::json(sample_results()), PostgresProcess::start());
    let clock = FakeClock::starting_at("2026-03-05 12:20:00");
    let config = ConfigBuilder::new(&partner).with("counts", "store", &format!("{:?}", server.url()));
    let config = config.with("counts", "k", "10").with("counts", "deliver_every", r#""200ms""#);
    let proxy = Workdir::with_env_vars(&config.text(), &clock.env_vars_read_once()).start();
    let clicks_in_store = || {
        let sum = server.try_query("select coalesce(sum(n), 0) from clicks").ok()?;
        sum[0].parse::<usize>().ok()
    };
    let search_and_click = || {
        let paths = click_paths(&proxy.get("/search?q=x&format=json", &[]));
        paths.iter().for_each(|path| assert_eq!(proxy.get(path, &[]).status, 303));
        coverage::count(Row::Counts, paths.len());
        paths.len()
    };
    wait_for("the tables", clicks_in_store);
    let mut clicks = search_and_click();
    // Several times `deliver_every`, and the second within which counts are written.
    std::thread::sleep(FLUSHED);
    assert_eq!(clicks_in_store(), Some(0), "the store is told of single events");
    while clicks < 20 {
        clicks += search_and_click();
    }
    wait_for("a batch", || clicks_in_store().filter(|n| *n >= 10));
}
