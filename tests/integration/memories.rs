//! What is remembered in memory, and in a shared Redis, ends when docs/operations.md says, whether or not another request comes.

use std::time::Duration;

use qsproxy_test_support::config::ConfigBuilder;
use qsproxy_test_support::fake_clock::FakeClock;
use qsproxy_test_support::mock_partner::MockPartner;
use qsproxy_test_support::proxy::Proxy;
use qsproxy_test_support::redis::RedisProcess;
use qsproxy_test_support::test_env::{TestEnv, click_paths, organic_results};
use qsproxy_test_support::visit_stamp::{header_line, issued_stamp};
use qsproxy_test_support::wait_up_to;
use qsproxy_test_support::workdir::Workdir;

/// Time for the program to forget, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(40);
const DAY: &str = "2026-03-05";
const LINKS: &str = "qsproxy_tokens_remembered";
const VISITS: &str = "qsproxy_visits_remembered";

/// A visit with a stamp and a search with an ID and no stamp. Each is counted once in a day.
fn visit(proxy: &Proxy) {
    let provisional = issued_stamp(&proxy.get("/visit", &["Visit-Stamp:"])).expect("a provisional stamp");
    assert!(issued_stamp(&proxy.get("/visit", &[&header_line(&provisional)])).is_some());
    assert_eq!(proxy.get("/search?q=x&format=json&id=toolbar-4711-Kd93", &[]).status, 200);
}

fn wait_for_metric(proxy: &Proxy, series: &str, value: i64) {
    wait_up_to(PATIENCE, series, || (proxy.metric(series) == value).then_some(()));
}

#[test]
fn a_clicked_link_is_forgotten_when_it_stops_working_although_nobody_clicks() {
    let env = TestEnv::with(|config| config.with("counts", "click_ttl", r#""6s""#));
    let path = env.click_path();
    assert_eq!(env.proxy.get(&path, &[]).status, 303);
    assert_eq!(env.proxy.metric(LINKS), 1);
    let is_forgotten = || env.proxy.metric(LINKS) == 0;
    wait_up_to(PATIENCE, "the link to be forgotten", || is_forgotten().then_some(()));
    assert_eq!(env.proxy.get(&path, &[]).status, 410, "a link that works is remembered");
    assert_eq!(env.proxy.metric("qsproxy_tokens_forgotten_total"), 0, "it had expired");
}

#[test]
#[ignore = "needs faketime"]
fn stamps_and_ids_are_forgotten_at_midnight_although_nobody_comes() {
    let clock = FakeClock::starting_at(&format!("{DAY} 23:59:30"));
    let partner = MockPartner::json(organic_results(1));
    let text = ConfigBuilder::new(&partner).text();
    let proxy = Workdir::with_env_vars(&text, &clock.env_vars_read_once()).start();
    visit(&proxy);
    assert_eq!(proxy.metric(VISITS), 2, "or half a minute was too short for the start");
    wait_for_metric(&proxy, VISITS, 0);
}

/// Every mark in the Redis server whose key begins so, with its remaining life in milliseconds.
fn marks(redis: &RedisProcess, start: &str) -> Vec<i64> {
    let keys = redis.keys().into_iter().filter(|(key, _)| key.starts_with(start));
    keys.map(|(key, _)| redis.command(&format!("PTTL {key}"))[0].trim_start_matches(':').parse().unwrap()).collect()
}

/// A node that shares its marks, and the Redis server.
fn shared(
    change: impl Fn(ConfigBuilder) -> ConfigBuilder,
    environment: &[(&str, &str)],
) -> (Proxy, RedisProcess, MockPartner) {
    let (partner, redis) = (MockPartner::json(organic_results(20)), RedisProcess::start());
    let text = change(ConfigBuilder::new(&partner).dedupe(&redis.url())).text();
    (Workdir::with_env_vars(&text, environment).start(), redis, partner)
}

#[test]
#[ignore = "needs redis-server"]
fn a_shared_mark_of_a_link_ends_with_the_link() {
    let (proxy, redis, _partner) = shared(|config| config.with("counts", "click_ttl", r#""30s""#), &[]);
    let links = click_paths(&proxy.get("/search?q=x&format=json", &[]));
    let issued = std::time::Instant::now();
    let age = || i64::try_from(issued.elapsed().as_millis()).unwrap();
    let mut links = links.iter();
    let mut click = || assert_eq!(proxy.get(links.next().unwrap(), &[]).status, 303);
    // The first answer of a busy server may be late, and its mark missing.
    wait_up_to(PATIENCE, "a mark", || {
        click();
        (!marks(&redis, "qsproxy:c:").is_empty()).then_some(())
    });
    std::thread::sleep(Duration::from_secs(5));
    click();
    let read_after = age();
    let remaining = marks(&redis, "qsproxy:c:");
    assert!(remaining.iter().all(|left| *left <= 30_000), "{remaining:?}");
    assert!(read_after >= 5_000 && remaining.len() > 1, "{remaining:?}");
    // Both were set at different ages of links of one search, and end together. Tokens have a resolution of one second.
    assert!(remaining.iter().all(|left| (1..=31_000 - 5_000).contains(left)), "{remaining:?} after {read_after} ms");
    let (least, most) = (remaining.iter().min().unwrap(), remaining.iter().max().unwrap());
    assert!(most - least < 2_000, "{remaining:?}");
}

#[test]
#[ignore = "needs redis-server and faketime"]
fn shared_marks_of_stamps_and_ids_end_with_the_day() {
    let clock = FakeClock::starting_at(&format!("{DAY} 23:50:00"));
    let (proxy, redis, _partner) = shared(|config| config, &clock.env_vars_read_once());
    for start in ["qsproxy:v:", "qsproxy:i:"] {
        let remaining = wait_up_to(PATIENCE, start, || {
            visit(&proxy);
            Some(marks(&redis, start)).filter(|marks| !marks.is_empty())
        });
        assert!(remaining.iter().all(|left| (500_000..=600_000).contains(left)), "{start} {remaining:?}");
    }
}
