//! SIGKILL under load: every birth whose stamp was handed out is in the store, and none is there that was not sent.

use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::visitors;
use crate::support::client::Client;
use crate::support::config::Config;
use crate::support::partner::Partner;
use crate::support::proxy::Proxy;
use crate::support::stage::{request, sample};
use crate::support::stamp::{Stamp, handed, header};
use crate::support::wait_for;

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
        let Ok(first) = client.send(&request(proxy, "GET", "/visit", &["Visit-Stamp:"])) else { return seen };
        let first = handed(&first).expect("a first stamp");
        let Ok(next) = client.send(&request(proxy, "GET", "/visit", &[&header(&first)])) else {
            seen.open += 1;
            return seen;
        };
        match handed(&next) {
            Some(next) => assert!(!Stamp::read(&next).provisional),
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
    let partner = Partner::json(sample());
    let mut proxy = Proxy::start(&Config::new(&partner).text());
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
