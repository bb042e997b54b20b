//! The fault run: load, and in each round something else breaks. Answered clicks are stored clicks, every time, and none is
//! stored twice. A short form runs in every check; `FAULTS=long` runs 50 rounds, `FAULTS_SEED=…` takes another chance.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use rusqlite::Connection;

use crate::durability::{CODES, crowd_config};
use qsproxy_test_support::http_client::Client;
use qsproxy_test_support::mock_partner::MockPartner;
use qsproxy_test_support::proxy::Proxy;
use qsproxy_test_support::redis::RedisProcess;
use qsproxy_test_support::test_env::{click_paths, organic_results, request_to};
use qsproxy_test_support::tmpfs::Tmpfs;
use qsproxy_test_support::workdir::Workdir;
use qsproxy_test_support::{wait_for, wait_up_to};

/// Rounds of the short form: each fault three times on average.
const SHORT: u64 = 12;
/// Rounds of the long form.
const LONG: u64 = 50;

/// How many rounds are run, and from which seed.
pub fn form() -> (u64, u64) {
    let long = std::env::var("FAULTS").is_ok_and(|form| form == "long");
    let seed = std::env::var("FAULTS_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(5);
    (if long { LONG } else { SHORT }, seed)
}

/// What breaks.
#[derive(Debug, Clone, Copy)]
pub enum Fault {
    /// SIGKILL while clicks are under way.
    Killed,
    /// The disk fills, is emptied, and the process is killed right after.
    DiskFull,
    /// The memory that nodes share dies and comes back.
    MemoryGone,
    /// SIGTERM.
    Stopped,
}

impl Fault {
    const ALL: [Self; 4] = [Self::Killed, Self::DiskFull, Self::MemoryGone, Self::Stopped];
}

/// Clicks of one code, by what became of them: answered, and sent without an answer.
#[derive(Debug, Default)]
pub struct Tally {
    answered: AtomicU64,
    open: AtomicU64,
    again: AtomicU64,
    again_open: AtomicU64,
}

impl Tally {
    /// First clicks that were answered.
    pub fn answered(&self) -> u64 {
        self.answered.load(Ordering::SeqCst)
    }
}

/// One user of a code until the process is gone: searches, clicks on all that is found, and each link a second time.
fn user(proxy: &Proxy, code: &str, tally: &Tally, gone: &AtomicBool) {
    let count = |count: &AtomicU64| {
        count.fetch_add(1, Ordering::SeqCst);
    };
    let Ok(mut client) = Client::connect(proxy.public) else { return };
    while !gone.load(Ordering::SeqCst) {
        let search = request_to(proxy, "GET", &format!("/search?q=x&format=json&code={code}"), &[]);
        let Ok(found) = client.send(&search) else { return };
        for path in click_paths(&found) {
            let click = request_to(proxy, "GET", &path, &[]);
            for (answered, open) in [(&tally.answered, &tally.open), (&tally.again, &tally.again_open)] {
                match client.send(&click) {
                    Ok(answer) if answer.status == 303 => count(answered),
                    // Draining: refused, and not counted.
                    Ok(answer) => assert_eq!(answer.status, 503),
                    Err(_) => return count(open),
                }
            }
        }
    }
}

/// Load, until `fault` has brought the process down.
pub fn round(proxy: &mut Proxy, tallies: &[Tally; 4], fault: impl FnOnce(&Proxy)) {
    let gone = AtomicBool::new(false);
    let sum = || tallies.iter().map(Tally::answered).sum::<u64>();
    let before = sum();
    std::thread::scope(|scope| {
        for (code, tally) in CODES.iter().zip(tallies) {
            let (proxy, gone) = (&*proxy, &gone);
            scope.spawn(move || user(proxy, code, tally, gone));
        }
        // A machine that builds at the same time is slow.
        wait_up_to(Duration::from_secs(60), "some clicks", || (sum() >= before + 60).then_some(()));
        fault(proxy);
        gone.store(true, Ordering::SeqCst);
    });
}

/// Holds what is stored against what was answered: no click that was answered is missing, and nothing is there that was not
/// sent. What was counted of second clicks would show here.
#[track_caller]
pub fn check(tallies: &[Tally; 4], stored: &BTreeMap<(String, String), u64>, told: &str) {
    for (code, tally) in CODES.iter().zip(tallies) {
        let of = |outcome: &str| stored.get(&((*code).to_owned(), outcome.to_owned())).copied().unwrap_or(0);
        let number = |count: &AtomicU64| count.load(Ordering::SeqCst);
        let (answered, open) = (number(&tally.answered), number(&tally.open));
        let (again, again_open) = (number(&tally.again), number(&tally.again_open));
        let (counted, duplicate) = (of("counted"), of("duplicate"));
        assert!(
            (answered..=answered + open).contains(&counted),
            "{told}, {code}: {counted} counted, {answered} answered and {open} without an answer"
        );
        assert!(
            (again..=again + again_open).contains(&duplicate),
            "{told}, {code}: {duplicate} duplicates, {again} answered and {again_open} without an answer"
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

/// The next of a series that looks like chance (SplitMix64).
pub fn next(seed: &mut u64) -> u64 {
    *seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (*seed ^ (*seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

fn bring_about(fault: Fault, proxy: &Proxy, disk: &Tmpfs, redis: &mut RedisProcess, wait: Duration) {
    match fault {
        Fault::Killed => {}
        Fault::DiskFull => {
            disk.fill();
            std::thread::sleep(wait);
            disk.free();
            // What waited while the disk was full is in the next batch, and so before whatever is answered from now on.
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
    let (rounds, mut seed) = form();
    let partner = MockPartner::json(organic_results(20));
    let mut redis = RedisProcess::start();
    // As long as the disk is full nobody is answered, so that what is answered is always on it.
    let config = crowd_config(&partner).dedupe(&redis.url()).with("counts", "click_wait", r#""30s""#);
    let workdir = Workdir::new(&config.with("limits", "drain_time", r#""30s""#).text());
    let disk = Tmpfs::mount(workdir.path("data"));
    let mut proxy = workdir.start();
    let tallies: [Tally; 4] = std::array::from_fn(|_| Tally::default());
    for number in 0..rounds {
        let chance = next(&mut seed);
        let fault = Fault::ALL[usize::try_from(chance % 4).unwrap()];
        let wait = Duration::from_millis(chance / 4 % 400);
        let told = format!("round {number}, {fault:?} for {wait:?}, next seed {seed}");
        round(&mut proxy, &tallies, |proxy| bring_about(fault, proxy, &disk, &mut redis, wait));
        wait_up_to(Duration::from_secs(40), "the process to be gone", || proxy.has_exited().then_some(()));
        check(&tallies, &in_file(&proxy.store()), &told);
        proxy.restart();
        check(&tallies, &in_file(&proxy.store()), &told);
    }
    assert!(tallies.iter().all(|tally| tally.answered() > rounds), "every user clicked");
}
