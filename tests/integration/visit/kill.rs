//! SIGKILL under load: every birth whose stamp was handed out is in the store, and none is there that was not sent.

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

/// What one toolbar saw: births whose stamp came, and whether one was sent whose answer did not.
#[derive(Clone, Copy, Default)]
struct Seen {
    born: i64,
    open: i64,
}

/// Is new again and again over one connection, until the program is gone.
fn toolbar(proxy: &Proxy, so_far: &AtomicU64) -> Seen {
    let mut seen = Seen::default();
    let Ok(mut client) = Client::connect(proxy.public) else { return seen };
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(20) {
        let Ok(first) = client.send(&request_to(proxy, "GET", "/visit", &["Visit-Stamp:"])) else { return seen };
        let first = issued_stamp(&first).expect("a first stamp");
        let Ok(next) = client.send(&request_to(proxy, "GET", "/visit", &[&header_line(&first)])) else {
            seen.open += 1;
            return seen;
        };
        match issued_stamp(&next) {
            Some(next) => assert!(!DecodedStamp::decode(&next).provisional),
            // The disk took longer than `click_wait`.
            None => {
                seen.open += 1;
                continue;
            }
        }
        seen.born += 1;
        so_far.fetch_add(1, Ordering::SeqCst);
    }
    seen
}

#[test]
fn sigkill_loses_no_birth_whose_stamp_was_handed_out() {
    let partner = MockPartner::json(sample_results());
    let mut proxy = Proxy::start(&ConfigBuilder::new(&partner).text());
    let mut total = Seen::default();
    for round in 0..ROUNDS {
        let so_far = AtomicU64::new(0);
        let pid = proxy.pid().to_string();
        let seen: Vec<Seen> = std::thread::scope(|scope| {
            let toolbars: Vec<_> = (0..TOOLBARS).map(|_| scope.spawn(|| toolbar(&proxy, &so_far))).collect();
            wait_for("births enough", || (so_far.load(Ordering::SeqCst) > round % 7 * 5).then_some(()));
            assert!(Command::new("kill").args(["-KILL", &pid]).status().unwrap().success());
            toolbars.into_iter().map(|one| one.join().unwrap()).collect()
        });
        proxy.kill();
        for seen in seen {
            (total.born, total.open) = (total.born + seen.born, total.open + seen.open);
        }
        let stored = visitors(&proxy);
        assert!(
            (total.born..=total.born + total.open).contains(&stored),
            "round {round}: {stored} stored, {} handed out and {} without an answer",
            total.born,
            total.open
        );
        assert_eq!(proxy.retention().values().sum::<i64>(), stored, "round {round}: both tables or none");
        proxy.restart();
    }
    assert!(total.born > total.open, "{} handed out, {} open", total.born, total.open);
}
