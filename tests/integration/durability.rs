//! Everything answered is stored exactly once: under SIGKILL, under SIGTERM, and on a full disk.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use qsproxy_test_support::config::ConfigBuilder;
use qsproxy_test_support::http_client::Client;
use qsproxy_test_support::mock_partner::{MockPartner, MockResponse};
use qsproxy_test_support::proxy::Proxy;
use qsproxy_test_support::test_env::{click_paths, organic_results, request_to, sample_results};
use qsproxy_test_support::tmpfs::Tmpfs;
use qsproxy_test_support::workdir::Workdir;
use qsproxy_test_support::{wait_for, wait_up_to};

pub const CODES: [&str; 4] = ["one", "two", "three", "four"];

/// The responses to one user of one code.
#[derive(Clone, Copy, Default)]
pub struct UserLog {
    pub searches: i64,
    /// Searches sent without an answer: 0 or 1 in each run.
    pub searches_open: i64,
    pub clicks: i64,
    pub clicks_open: i64,
}

pub fn four_codes_config(partner: &MockPartner) -> ConfigBuilder {
    CODES.iter().fold(ConfigBuilder::new(partner), |config, code| config.code(code, r#"["first"]"#))
}

/// Searches and clicks every result over one connection, until the process has exited (or for half a minute).
fn user(proxy: &Proxy, code: &str, clicks_so_far: &AtomicU64) -> UserLog {
    let mut logs = UserLog::default();
    let Ok(mut client) = Client::connect(proxy.public) else { return logs };
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(30) {
        let target = format!("/search?q=x&format=json&code={code}");
        let Ok(found) = client.send(&request_to(proxy, "GET", &target, &[])) else {
            logs.searches_open += 1;
            return logs;
        };
        if found.status != 200 {
            return logs; // draining: refused, not lost
        }
        logs.searches += 1;
        for path in click_paths(&found) {
            match client.send(&request_to(proxy, "GET", &path, &[])) {
                Ok(answer) if answer.status == 303 => logs.clicks += 1,
                Ok(answer) => assert_eq!(answer.status, 503, "only a draining process rejects a click"),
                Err(_) => {
                    logs.clicks_open += 1;
                    return logs;
                }
            }
            clicks_so_far.fetch_add(1, Ordering::SeqCst);
        }
    }
    logs
}

/// Runs one user for each code, and calls `end` once `clicks` clicks were answered.
pub fn run_users(proxy: &Proxy, clicks: u64, end: impl FnOnce()) -> [UserLog; 4] {
    let so_far = AtomicU64::new(0);
    std::thread::scope(|scope| {
        let users = CODES.map(|code| {
            let so_far = &so_far;
            scope.spawn(move || user(proxy, code, so_far))
        });
        wait_for("clicks enough", || (so_far.load(Ordering::SeqCst) >= clicks).then_some(()));
        end();
        users.map(|user| user.join().unwrap())
    })
}

/// Asserts that nothing answered is missing from the store, and that nothing is stored that was not sent.
#[track_caller]
pub fn assert_stored_once(what: &str, code: &str, stored: i64, answered: i64, open: i64) {
    assert!(
        (answered..=answered + open).contains(&stored),
        "{what} of {code}: {stored} stored, {answered} answered and {open} without an answer"
    );
}

#[track_caller]
fn assert_clicks_stored_once(proxy: &Proxy, logs: &[UserLog; 4]) {
    let stored = stored_clicks(proxy);
    for (code, logs) in CODES.iter().zip(logs) {
        let n = stored.get(*code).copied().unwrap_or_default();
        assert_stored_once("clicks", code, n, logs.clicks, logs.clicks_open);
    }
}

fn stored_clicks(proxy: &Proxy) -> BTreeMap<String, i64> {
    let mut by_code = BTreeMap::new();
    for ([_, code, _, outcome], n) in proxy.clicks() {
        assert_eq!(outcome, "counted", "each token was clicked once");
        *by_code.entry(code).or_default() += n;
    }
    by_code
}

#[test]
fn sigkill_under_load_neither_loses_nor_doubles_an_answered_click() {
    let partner = MockPartner::json(organic_results(50));
    let mut proxy = Proxy::start(&four_codes_config(&partner).text());
    let mut total = [UserLog::default(); 4];
    for round in 0..6 {
        let pid = proxy.pid().to_string();
        let logs = run_users(&proxy, 80 + 37 * round, || {
            assert!(Command::new("kill").args(["-KILL", &pid]).status().unwrap().success());
        });
        proxy.kill();
        for (sum, logs) in total.iter_mut().zip(&logs) {
            sum.clicks += logs.clicks;
            sum.clicks_open += logs.clicks_open;
        }
        assert_clicks_stored_once(&proxy, &total); // in the file as it was left
        proxy.restart();
        assert_clicks_stored_once(&proxy, &total); // and as the program took it up again
    }
    assert!(total.iter().all(|sum| sum.clicks > 0), "every user clicked");
}

#[test]
fn sigterm_under_load_loses_no_click_and_no_search() {
    let partner = MockPartner::json(organic_results(10));
    let mut proxy = Proxy::start(&four_codes_config(&partner).text());
    let pid = proxy.pid().to_string();
    let logs = run_users(&proxy, 200, || {
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    });
    assert_eq!(proxy.wait().code(), Some(0), "{}", proxy.stderr());
    assert_clicks_stored_once(&proxy, &logs);
    let searches = proxy.searches();
    for (code, logs) in CODES.iter().zip(&logs) {
        let key = ["first", code, "answered"].map(str::to_owned);
        let n = searches.get(&key).copied().unwrap_or_default();
        assert_stored_once("searches", code, n, logs.searches, logs.searches_open);
    }
}

#[test]
fn sigterm_finishes_and_counts_a_search_in_flight() {
    let partner = MockPartner::responding(MockResponse::Delayed(Duration::from_millis(1200), sample_results()));
    let mut proxy = Proxy::start(&ConfigBuilder::new(&partner).text());
    let address = proxy.public;
    let asking =
        std::thread::spawn(move || qsproxy_test_support::http_client::get(address, "/search?q=x&format=json", &[]));
    wait_for("the partner to be asked", || (!partner.requests().is_empty()).then_some(()));
    let status = proxy.terminate();
    assert_eq!((asking.join().unwrap().status, status.code()), (200, Some(0)));
    assert_eq!(proxy.searches_with_outcome("with_ads"), 1, "everything is committed when the process exits");
}

#[test]
fn a_second_process_on_the_same_store_does_not_start() {
    let partner = MockPartner::json(sample_results());
    let workdir = Workdir::new(&ConfigBuilder::new(&partner).text());
    let first = workdir.start();
    let refusal = workdir.try_start().err().expect("the first process has locked the store");
    assert_eq!(refusal.status, Some(2), "{refusal:?}");
    assert!(refusal.stderr.contains("counts.db"), "names the store: {}", refusal.stderr);
    assert!(!refusal.stderr.contains("panicked"), "{}", refusal.stderr);
    let found = first.get("/search?q=x&format=json", &[]);
    assert_eq!(first.get(&click_paths(&found)[0], &[]).status, 303);
    assert_eq!(first.clicks_with_outcome("counted"), 1, "the first process continues");
}

#[test]
fn writes_no_file_but_the_store_and_the_keys() {
    use std::os::unix::fs::PermissionsExt as _;
    let partner = MockPartner::json(sample_results());
    let mut proxy = Proxy::start(&ConfigBuilder::new(&partner).text());
    let found = proxy.get("/search?q=x&format=json&id=person-7-Kd93mZ2q", &[]);
    assert_eq!(proxy.get(&click_paths(&found)[0], &[]).status, 303);
    assert!(proxy.terminate().success());
    let mut files = Vec::new();
    list(proxy.folder(), &mut files);
    for file in &files {
        let name = file.strip_prefix(proxy.folder()).unwrap().to_str().unwrap();
        let store = name.starts_with("data/counts.db");
        let key = name.starts_with("data/keys");
        assert!(store || key || name == "proxy.toml", "{name}");
        if key {
            assert_eq!(std::fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600, "{name}");
        }
    }
    assert!(files.iter().any(|file| file.starts_with(proxy.folder().join("data/keys"))), "{files:?}");
    assert!(proxy.store().exists());
}

fn list(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            list(&entry.path(), files);
        } else {
            files.push(entry.path());
        }
    }
}

/// Starts with the data folder on a small disk, searches for six click links, then fills the disk.
fn start_with_full_disk(partner: &MockPartner) -> (Proxy, Tmpfs, Vec<String>) {
    let workdir = Workdir::new(&ConfigBuilder::new(partner).with("counts", "click_wait", r#""400ms""#).text());
    let disk = Tmpfs::mount(workdir.path("data"));
    let proxy = workdir.start();
    let paths = click_paths(&proxy.get("/search?q=x&format=json", &[]));
    wait_for("the search to be committed", || (proxy.searches_with_outcome("answered") == 1).then_some(()));
    disk.fill();
    (proxy, disk, paths)
}

#[test]
#[ignore = "needs root, to mount a tmpfs"]
fn a_full_disk_delays_no_user_and_loses_no_count() {
    let partner = MockPartner::json(organic_results(6));
    let (proxy, disk, paths) = start_with_full_disk(&partner);
    std::thread::scope(|scope| {
        for path in &paths {
            let proxy = &proxy;
            scope.spawn(move || {
                let start = Instant::now();
                assert_eq!(proxy.get(path, &[]).status, 303, "redirected although the disk is full");
                let taken = start.elapsed();
                assert!(
                    taken >= Duration::from_millis(300),
                    "answered before the commit or the end of the wait: {taken:?}"
                );
                assert!(taken < Duration::from_secs(4), "{taken:?}");
            });
        }
    });
    assert_eq!(proxy.get(&paths[0], &[]).status, 303);
    assert_eq!(proxy.clicks_with_outcome("counted"), 0, "the disk was full; otherwise this tests nothing");
    wait_for("readiness to fail", || (proxy.admin_get("/readyz", &[]).status == 503).then_some(()));
    disk.free();
    wait_up_to(Duration::from_secs(20), "the counts", || (proxy.clicks_with_outcome("counted") >= 6).then_some(()));
    wait_for("the duplicate", || (proxy.clicks_with_outcome("duplicate") == 1).then_some(()));
    wait_for("readiness", || (proxy.admin_get("/readyz", &[]).status == 200).then_some(()));
    assert_eq!(proxy.get(&paths[5], &[]).status, 303);
    assert_eq!((proxy.clicks_with_outcome("counted"), proxy.clicks_with_outcome("duplicate")), (6, 2), "exactly once");
}

#[test]
#[ignore = "needs root, to mount a tmpfs"]
fn sigterm_after_a_full_disk_commits_queued_counts() {
    let partner = MockPartner::json(organic_results(6));
    let (mut proxy, disk, paths) = start_with_full_disk(&partner);
    for path in &paths[..3] {
        assert_eq!(proxy.get(path, &[]).status, 303);
    }
    disk.free();
    assert!(proxy.terminate().success(), "{}", proxy.stderr());
    assert_eq!(proxy.clicks_with_outcome("counted"), 3);
}

#[test]
#[ignore = "needs root, to mount a tmpfs"]
fn a_search_is_answered_while_the_disk_is_full() {
    let partner = MockPartner::json(organic_results(6));
    let (proxy, disk, _) = start_with_full_disk(&partner);
    for _ in 0..5 {
        let start = Instant::now();
        assert_eq!(proxy.get("/search?q=x&format=json", &[]).status, 200);
        assert!(start.elapsed() < Duration::from_secs(2), "a search does not wait for the disk");
    }
    disk.free();
    wait_up_to(Duration::from_secs(20), "all six searches", || {
        (proxy.searches_with_outcome("answered") == 6).then_some(())
    });
}
