//! A confirmed stamp is sent only after its count is on disk: with a locked store, and with a full disk.

use std::time::{Duration, Instant};

use super::{assert_new_visitors, provisional, visitors};
use qsproxy_test_support::config::ConfigBuilder;
use qsproxy_test_support::http_client::Response;
use qsproxy_test_support::mock_partner::MockPartner;
use qsproxy_test_support::proxy::Proxy;
use qsproxy_test_support::test_env::sample_results;
use qsproxy_test_support::tmpfs::Tmpfs;
use qsproxy_test_support::visit_stamp::{DecodedStamp, assert_no_stamp, cookie_line, issued_stamp};
use qsproxy_test_support::workdir::Workdir;
use qsproxy_test_support::{wait_for, wait_up_to};

/// `click_wait`, and the additional time that a loaded machine may need.
const WAIT: Duration = Duration::from_millis(400);
const SLACK: Duration = Duration::from_millis(1_500);

fn config(partner: &MockPartner) -> String {
    ConfigBuilder::new(partner).with("counts", "click_wait", r#""400ms""#).text()
}

/// A response and how long it took.
fn timed(ask: impl FnOnce() -> Response) -> (Response, Duration) {
    let start = Instant::now();
    (ask(), start.elapsed())
}

/// Returns a provisional stamp several times while the store cannot be written: responses are in time and without a stamp.
#[track_caller]
fn assert_no_stamp_while_blocked(proxy: &Proxy, first: &str) {
    for target in ["/visit", "/", "/search?q=x"] {
        let (answer, taken) = timed(|| proxy.get(target, &[&cookie_line(first)]));
        assert!([200, 204].contains(&answer.status), "{target}");
        assert_no_stamp(target, &answer);
        assert!(
            taken >= WAIT - Duration::from_millis(100),
            "{target}: sent before the commit or the timeout: {taken:?}"
        );
        assert!(taken < WAIT + SLACK, "{target}: {taken:?}");
    }
    // A request that counts nothing does not wait.
    let (answer, taken) = timed(|| proxy.get("/visit", &[]));
    assert!(issued_stamp(&answer).is_some() && taken < WAIT, "{taken:?}");
    assert_eq!(visitors(proxy), 0, "the store must be blocked for this test to be meaningful");
}

/// The store is writable again: the visit is counted once, and the next request gets the stamp.
#[track_caller]
fn assert_counted_once(proxy: &Proxy, first: &str) {
    wait_up_to(Duration::from_secs(20), "the count", || (visitors(proxy) >= 1).then_some(()));
    let next = issued_stamp(&proxy.get("/visit", &[&cookie_line(first)])).expect("the stamp of the counted visit");
    assert!(!DecodedStamp::decode(&next).provisional);
    assert_new_visitors(proxy, &next, &[("toolbar-main", 1)]);
    assert_no_stamp("of today", &proxy.get("/visit", &[&cookie_line(&next)]));
    let waits = proxy.admin_get("/metrics", &[]).text();
    assert!(waits.contains("\nqsproxy_visit_waits_exceeded_total 3\n"), "{waits}");
}

#[test]
fn with_a_locked_store_a_visit_is_answered_and_counted_later() {
    let partner = MockPartner::json(sample_results());
    let proxy = Proxy::start(&config(&partner));
    let first = provisional(&proxy);
    let mut store = rusqlite::Connection::open(proxy.store()).unwrap();
    store.busy_timeout(Duration::from_secs(10)).unwrap();
    let lock = store.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate).unwrap();
    assert_no_stamp_while_blocked(&proxy, &first);
    drop(lock);
    assert_counted_once(&proxy, &first);
}

#[test]
#[ignore = "needs root, to mount a tmpfs"]
fn with_a_full_disk_a_visit_is_answered_and_counted_later() {
    let partner = MockPartner::json(sample_results());
    let workdir = Workdir::new(&config(&partner));
    let disk = Tmpfs::mount(workdir.path("data"));
    let proxy = workdir.start();
    let first = provisional(&proxy);
    // Wait until all writes of searches are done.
    assert_eq!(proxy.get("/search?q=x", &[]).status, 200);
    wait_for("the search to be committed", || (!proxy.searches().is_empty()).then_some(()));
    disk.fill();
    assert_no_stamp_while_blocked(&proxy, &first);
    wait_for("readiness to fail", || (proxy.admin_get("/readyz", &[]).status == 503).then_some(()));
    disk.free();
    assert_counted_once(&proxy, &first);
}

#[test]
fn counts_that_wait_for_the_store_are_written_on_sigterm() {
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
    // After a restart the stamp counts as new again: deduplication is in memory only.
    proxy.restart();
    assert!(issued_stamp(&proxy.get("/visit", &[&cookie_line(&first)])).is_some());
}
