//! What a stamp says is on disk: while the store is locked, and while the disk is full.

use std::time::{Duration, Instant};

use super::{holds, provisional, visitors};
use qsproxy_test_support::config::ConfigBuilder;
use qsproxy_test_support::http_client::Response;
use qsproxy_test_support::mock_partner::MockPartner;
use qsproxy_test_support::proxy::Proxy;
use qsproxy_test_support::test_env::sample_results;
use qsproxy_test_support::tmpfs::Tmpfs;
use qsproxy_test_support::visit_stamp::{DecodedStamp, assert_no_stamp, cookie_line, issued_stamp};
use qsproxy_test_support::workdir::Workdir;
use qsproxy_test_support::{wait_for, wait_up_to};

/// `click_wait`, and what a loaded machine may take on top of it.
const WAIT: Duration = Duration::from_millis(400);
const SLACK: Duration = Duration::from_millis(1_500);

fn config(partner: &MockPartner) -> String {
    ConfigBuilder::new(partner).with("counts", "click_wait", r#""400ms""#).text()
}

/// An answer, and how long it took.
fn timed(ask: impl FnOnce() -> Response) -> (Response, Duration) {
    let start = Instant::now();
    (ask(), start.elapsed())
}

/// Returns of one first stamp while the store takes nothing: answered in time, without a stamp.
#[track_caller]
fn returns_in_vain(proxy: &Proxy, first: &str) {
    for target in ["/visit", "/", "/search?q=x"] {
        let (answer, taken) = timed(|| proxy.get(target, &[&cookie_line(first)]));
        assert!([200, 204].contains(&answer.status), "{target}");
        assert_no_stamp(target, &answer);
        assert!(
            taken >= WAIT - Duration::from_millis(100),
            "{target}: before its commit or the wait was over: {taken:?}"
        );
        assert!(taken < WAIT + SLACK, "{target}: {taken:?}");
    }
    // Who counts nothing waits for nothing.
    let (answer, taken) = timed(|| proxy.get("/visit", &[]));
    assert!(issued_stamp(&answer).is_some() && taken < WAIT, "{taken:?}");
    assert_eq!(visitors(proxy), 0, "the store took nothing; or else this test tests nothing");
}

/// Now it does: the count has come once, and the next request gets the stamp.
#[track_caller]
fn comes_late_and_once(proxy: &Proxy, first: &str) {
    wait_up_to(Duration::from_secs(20), "the count", || (visitors(proxy) >= 1).then_some(()));
    let next = issued_stamp(&proxy.get("/visit", &[&cookie_line(first)])).expect("the stamp of what was counted");
    assert!(!DecodedStamp::decode(&next).provisional);
    holds(proxy, &next, &[("toolbar-main", 1)]);
    assert_no_stamp("of today", &proxy.get("/visit", &[&cookie_line(&next)]));
    let waits = proxy.admin_get("/metrics", &[]).text();
    assert!(waits.contains("\nqsproxy_visit_waits_exceeded_total 3\n"), "{waits}");
}

#[test]
fn while_the_store_is_locked_a_visit_is_answered_and_counted_later() {
    let partner = MockPartner::json(sample_results());
    let proxy = Proxy::start(&config(&partner));
    let first = provisional(&proxy);
    let mut store = rusqlite::Connection::open(proxy.store()).unwrap();
    store.busy_timeout(Duration::from_secs(10)).unwrap();
    let lock = store.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate).unwrap();
    returns_in_vain(&proxy, &first);
    drop(lock);
    comes_late_and_once(&proxy, &first);
}

#[test]
#[ignore = "needs root, to mount a tmpfs"]
fn on_a_full_disk_a_visit_is_answered_and_counted_later() {
    let partner = MockPartner::json(sample_results());
    let workdir = Workdir::new(&config(&partner));
    let disk = Tmpfs::mount(workdir.path("data"));
    let proxy = workdir.start();
    let first = provisional(&proxy);
    // Whatever is to be written of searches is written before.
    assert_eq!(proxy.get("/search?q=x", &[]).status, 200);
    wait_for("the search to be committed", || (!proxy.searches().is_empty()).then_some(()));
    disk.fill();
    returns_in_vain(&proxy, &first);
    wait_for("readiness to fail", || (proxy.admin_get("/readyz", &[]).status == 503).then_some(()));
    disk.free();
    comes_late_and_once(&proxy, &first);
}

#[test]
fn what_waits_for_the_store_is_there_after_sigterm() {
    let partner = MockPartner::json(sample_results());
    let mut proxy = Proxy::start(&config(&partner));
    let first = provisional(&proxy);
    let mut store = rusqlite::Connection::open(proxy.store()).unwrap();
    let lock = store.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate).unwrap();
    assert_no_stamp("locked", &proxy.get("/visit", &[&cookie_line(&first)]));
    drop(lock);
    drop(store);
    assert!(proxy.terminate().success(), "{}", proxy.stderr());
    assert_eq!(visitors(&proxy), 1);
    // And after a restart the stamp is born a second time: what was seen is known in memory only.
    proxy.restart();
    assert!(issued_stamp(&proxy.get("/visit", &[&cookie_line(&first)])).is_some());
}
