//! Faults under load: each round injects another one. Every answered click is stored, and none is stored twice. Every check runs a
//! short run; `FAULTS=long` runs 50 rounds, `FAULTS_SEED=…` sets the seed.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use rusqlite::Connection;

use crate::durability::{CODES, four_codes_config};
use qsproxy_test_support::http_client::Client;
use qsproxy_test_support::mock_partner::MockPartner;
use qsproxy_test_support::proxy::Proxy;
use qsproxy_test_support::redis::RedisProcess;
use qsproxy_test_support::test_env::{click_paths, organic_results, request_to};
use qsproxy_test_support::tmpfs::Tmpfs;
use qsproxy_test_support::workdir::Workdir;
use qsproxy_test_support::{wait_for, wait_up_to};

/// Rounds of a short run: each fault three times on average.
const SHORT_ROUNDS: u64 = 12;
/// Rounds of a long run.
const LONG_ROUNDS: u64 = 50;

/// The number of rounds, and the seed.
pub fn rounds_and_seed() -> (u64, u64) {
    let long = std::env::var("FAULTS").is_ok_and(|value| value == "long");
    let seed = std::env::var("FAULTS_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(5);
    (if long { LONG_ROUNDS } else { SHORT_ROUNDS }, seed)
}

/// The fault of a round.
#[derive(Debug, Clone, Copy)]
pub enum Fault {
    /// SIGKILL while clicks are under way.
    Killed,
    /// The disk fills, is emptied, and the process is killed right after.
    DiskFull,
    /// Shared deduplication is killed and restarted.
    MemoryGone,
    /// SIGTERM.
    Stopped,
}

impl Fault {
    const ALL: [Self; 4] = [Self::Killed, Self::DiskFull, Self::MemoryGone, Self::Stopped];
}

/// Clicks of one code: answered, and sent without an answer.
#[derive(Debug, Default)]
pub struct ClickTally {
    answered: AtomicU64,
    open: AtomicU64,
    second: AtomicU64,
    second_open: AtomicU64,
}

impl ClickTally {
    /// First clicks that were answered.
    pub fn answered(&self) -> u64 {
        self.answered.load(Ordering::SeqCst)
    }
}

/// One user of a code, until the process has exited: searches, and clicks every result twice.
fn user(proxy: &Proxy, code: &str, clicks: &ClickTally, gone: &AtomicBool) {
    let count = |count: &AtomicU64| {
        count.fetch_add(1, Ordering::SeqCst);
    };
    let Ok(mut client) = Client::connect(proxy.public) else { return };
    while !gone.load(Ordering::SeqCst) {
        let search = request_to(proxy, "GET", &format!("/search?q=x&format=json&code={code}"), &[]);
        let Ok(found) = client.send(&search) else { return };
        for path in click_paths(&found) {
            let click = request_to(proxy, "GET", &path, &[]);
            for (answered, open) in [(&clicks.answered, &clicks.open), (&clicks.second, &clicks.second_open)] {
                match client.send(&click) {
                    Ok(answer) if answer.status == 303 => count(answered),
                    // Draining: rejected, and not counted.
                    Ok(answer) => assert_eq!(answer.status, 503),
                    Err(_) => return count(open),
                }
            }
        }
    }
}

/// Generates load until `fault` has stopped the process.
pub fn round(proxy: &mut Proxy, clicks_by_code: &[ClickTally; 4], fault: impl FnOnce(&Proxy)) {
    let gone = AtomicBool::new(false);
    let sum = || clicks_by_code.iter().map(ClickTally::answered).sum::<u64>();
    let before = sum();
    std::thread::scope(|scope| {
        for (code, clicks) in CODES.iter().zip(clicks_by_code) {
            let (proxy, gone) = (&*proxy, &gone);
            scope.spawn(move || user(proxy, code, clicks, gone));
        }
        // Generous, because the machine may be building at the same time.
        wait_up_to(Duration::from_secs(60), "some clicks", || (sum() >= before + 60).then_some(()));
        fault(proxy);
        gone.store(true, Ordering::SeqCst);
    });
}

/// Compares the stored clicks with the answered ones: no answered click is missing, and none is stored that was not sent. A second
/// click that counted would show here.
#[track_caller]
pub fn check(clicks_by_code: &[ClickTally; 4], stored: &BTreeMap<(String, String), u64>, context: &str) {
    for (code, clicks) in CODES.iter().zip(clicks_by_code) {
        let of = |outcome: &str| stored.get(&((*code).to_owned(), outcome.to_owned())).copied().unwrap_or(0);
        let number = |count: &AtomicU64| count.load(Ordering::SeqCst);
        let (answered, open) = (number(&clicks.answered), number(&clicks.open));
        let (second, second_open) = (number(&clicks.second), number(&clicks.second_open));
        let (counted, duplicate) = (of("counted"), of("duplicate"));
        assert!(
            (answered..=answered + open).contains(&counted),
            "{context}, {code}: {counted} counted, {answered} answered and {open} without an answer"
        );
        assert!(
            (second..=second + second_open).contains(&duplicate),
            "{context}, {code}: {duplicate} duplicates, {second} answered and {second_open} without an answer"
        );
    }
}

/// The clicks in a store's file, by code and outcome.
pub fn in_file(path: &std::path::Path) -> BTreeMap<(String, String), u64> {
    let store = Connection::open(path).unwrap();
    let mut query = store.prepare("select code, outcome, sum(n) from clicks group by code, outcome").unwrap();
    let rows =
        query.query_map([], |row| Ok(((row.get(0)?, row.get(1)?), row.get::<_, i64>(2)?.unsigned_abs()))).unwrap();
    rows.map(Result::unwrap).collect()
}

/// The next pseudorandom number (SplitMix64).
pub fn next_random(seed: &mut u64) -> u64 {
    *seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (*seed ^ (*seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

fn inject(fault: Fault, proxy: &Proxy, disk: &Tmpfs, redis: &mut RedisProcess, wait: Duration) {
    match fault {
        Fault::Killed => {}
        Fault::DiskFull => {
            disk.fill();
            std::thread::sleep(wait);
            disk.free();
            // Counts that waited for the full disk are in the next batch, before anything that is answered from now on.
            let before = in_file(&proxy.store());
            wait_for("the store to take counts again", || (in_file(&proxy.store()) != before).then_some(()));
        }
        Fault::MemoryGone => {
            redis.kill();
            std::thread::sleep(wait);
            redis.restart();
        }
        Fault::Stopped => return proxy.signal("TERM"),
    }
    proxy.signal("KILL");
}

#[test]
#[ignore = "needs redis-server, and root to mount a tmpfs"]
fn answered_clicks_are_stored_once_whatever_fails() {
    let (rounds, mut seed) = rounds_and_seed();
    let partner = MockPartner::json(organic_results(20));
    let mut redis = RedisProcess::start();
    // While the disk is full, no click is answered, so every answered click is on it.
    let config = four_codes_config(&partner).dedupe(&redis.url()).with("counts", "click_wait", r#""30s""#);
    let workdir = Workdir::new(&config.with("limits", "drain_time", r#""30s""#).text());
    let disk = Tmpfs::mount(workdir.path("data"));
    let mut proxy = workdir.start();
    let clicks_by_code: [ClickTally; 4] = std::array::from_fn(|_| ClickTally::default());
    for number in 0..rounds {
        let chance = next_random(&mut seed);
        let fault = Fault::ALL[usize::try_from(chance % 4).unwrap()];
        let wait = Duration::from_millis(chance / 4 % 400);
        let context = format!("round {number}, {fault:?} for {wait:?}, next seed {seed}");
        round(&mut proxy, &clicks_by_code, |proxy| inject(fault, proxy, &disk, &mut redis, wait));
        wait_up_to(Duration::from_secs(40), "the process to exit", || proxy.has_exited().then_some(()));
        check(&clicks_by_code, &in_file(&proxy.store()), &context);
        proxy.restart();
        check(&clicks_by_code, &in_file(&proxy.store()), &context);
    }
    assert!(clicks_by_code.iter().all(|clicks| clicks.answered() > rounds), "every user clicked");
}
