//! SIGKILL under load: every new visitor whose stamp was sent is in the store, and none that did not make a request.

use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::visitors;
use qsproxy_test_support::config::ConfigBuilder;
use qsproxy_test_support::http_client::Client;
use qsproxy_test_support::mock_partner::MockPartner;
use qsproxy_test_support::proxy::Proxy;
use qsproxy_test_support::test_env::{request_to, sample_results};
use qsproxy_test_support::visit_stamp::{DecodedStamp, header_line, issued_stamp};
use qsproxy_test_support::wait_for;

const ROUNDS: u64 = 50;
const TOOLBARS: usize = 6;

/// What one toolbar saw: confirmed stamps it received, and requests without a response.
#[derive(Clone, Copy, Default)]
struct Seen {
    confirmed: i64,
    unanswered: i64,
}

/// Becomes a new visitor again and again over one connection, until the proxy is killed.
fn toolbar(proxy: &Proxy, so_far: &AtomicU64) -> Seen {
    let mut seen = Seen::default();
    let Ok(mut client) = Client::connect(proxy.public) else { return seen };
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(20) {
        let Ok(first) = client.send(&request_to(proxy, "GET", "/visit", &["Visit-Stamp:"])) else { return seen };
        let first = issued_stamp(&first).expect("a first stamp");
        let Ok(next) = client.send(&request_to(proxy, "GET", "/visit", &[&header_line(&first)])) else {
            seen.unanswered += 1;
            return seen;
        };
        match issued_stamp(&next) {
            Some(next) => assert!(!DecodedStamp::decode(&next).provisional),
            // The commit took longer than `click_wait`.
            None => {
                seen.unanswered += 1;
                continue;
            }
        }
        seen.confirmed += 1;
        so_far.fetch_add(1, Ordering::SeqCst);
    }
    seen
}

#[test]
fn sigkill_loses_no_new_visitor_whose_stamp_was_sent() {
    let partner = MockPartner::json(sample_results());
    let mut proxy = Proxy::start(&ConfigBuilder::new(&partner).text());
    let mut total = Seen::default();
    for round in 0..ROUNDS {
        let so_far = AtomicU64::new(0);
        let pid = proxy.pid().to_string();
        let seen: Vec<Seen> = std::thread::scope(|scope| {
            let toolbars: Vec<_> = (0..TOOLBARS).map(|_| scope.spawn(|| toolbar(&proxy, &so_far))).collect();
            wait_for("enough new visitors", || (so_far.load(Ordering::SeqCst) > round % 7 * 5).then_some(()));
            assert!(Command::new("kill").args(["-KILL", &pid]).status().unwrap().success());
            toolbars.into_iter().map(|one| one.join().unwrap()).collect()
        });
        proxy.kill();
        for seen in seen {
            (total.confirmed, total.unanswered) =
                (total.confirmed + seen.confirmed, total.unanswered + seen.unanswered);
        }
        let stored = visitors(&proxy);
        assert!(
            (total.confirmed..=total.confirmed + total.unanswered).contains(&stored),
            "round {round}: {stored} stored, {} stamps received and {} requests without a response",
            total.confirmed,
            total.unanswered
        );
        assert_eq!(proxy.retention().values().sum::<i64>(), stored, "round {round}: the tables disagree");
        proxy.restart();
    }
    assert!(
        total.confirmed > total.unanswered,
        "{} stamps received, {} requests without a response",
        total.confirmed,
        total.unanswered
    );
}
