//! `qsproxy backup`: a complete copy while the proxy runs, and a store restored from it.

use std::os::unix::fs::PermissionsExt as _;

use rusqlite::{Connection, OpenFlags};

use crate::durability::{four_codes_config, run_users};
use qsproxy_test_support::mock_partner::MockPartner;
use qsproxy_test_support::proxy::Proxy;
use qsproxy_test_support::test_env::{TestEnv, organic_results, request_to};
use qsproxy_test_support::tmpfs::Tmpfs;
use qsproxy_test_support::workdir::Workdir;

fn number(file: &std::path::Path, sql: &str) -> i64 {
    let copy = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    copy.query_row(sql, [], |row| row.get(0)).unwrap()
}

#[test]
fn a_backup_made_under_load_is_complete_and_can_be_restored() {
    let partner = MockPartner::json(organic_results(20));
    let mut proxy = Proxy::start(&four_codes_config(&partner).text());
    let (workdir, copy) = (proxy.workdir().clone(), proxy.workdir().path("copy.db"));
    let pid = proxy.pid().to_string();
    run_users(&proxy, 150, || {
        let done = workdir.run(&["backup", copy.to_str().unwrap()]);
        assert_eq!((done.status.code(), String::from_utf8_lossy(&done.stderr).as_ref()), (Some(0), ""));
        assert!(std::process::Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    });
    assert_eq!(proxy.wait().code(), Some(0));
    assert_eq!(std::fs::metadata(&copy).unwrap().permissions().mode() & 0o777, 0o600);
    let (clicks, whole) = (
        number(&copy, "select sum(n) from clicks"),
        number(&copy, "select quick_check = 'ok' from pragma_quick_check"),
    );
    assert!(clicks >= 100 && clicks <= proxy.clicks_with_outcome("counted"), "{clicks}");
    assert_eq!(whole, 1);
    // Restored as docs/operations.md describes.
    std::fs::copy(&copy, proxy.store()).unwrap();
    proxy.restart();
    assert_eq!(proxy.clicks_with_outcome("counted"), clicks);
    let found = proxy.get("/search?q=x&format=json&code=one", &[]);
    let path = qsproxy_test_support::test_env::click_paths(&found).remove(0);
    assert_eq!(proxy.get(&path, &[]).status, 303);
    assert_eq!(proxy.clicks_with_outcome("counted"), clicks + 1, "batches continue from the number in the copy");
    let leftovers = std::fs::read_dir(proxy.folder()).unwrap();
    assert!(leftovers.flatten().all(|entry| !entry.file_name().to_string_lossy().ends_with(".part")));
}

#[test]
fn a_backup_overwrites_nothing_and_leaves_no_partial_file() {
    let env = TestEnv::new();
    let workdir = env.proxy.workdir();
    workdir.write("there.db", b"mine");
    let rejected = workdir.run(&["backup", "there.db"]);
    let text = String::from_utf8_lossy(&rejected.stderr).into_owned();
    assert_eq!((rejected.status.code(), text.contains("already exists")), (Some(2), true), "{text}");
    assert_eq!(std::fs::read(workdir.path("there.db")).unwrap(), b"mine");
    let nowhere = workdir.run(&["backup", "no/such/folder/copy.db"]);
    assert_eq!(nowhere.status.code(), Some(2));
}

#[test]
#[ignore = "needs root, to mount a tmpfs"]
fn a_full_disk_leaves_no_backup() {
    let env = TestEnv::new();
    let workdir = env.proxy.workdir();
    let small = Tmpfs::mount(workdir.path("small"));
    small.fill();
    let failed = workdir.run(&["backup", "small/copy.db"]);
    let text = String::from_utf8_lossy(&failed.stderr).into_owned();
    assert_eq!((failed.status.code(), text.contains("full")), (Some(2), true), "{text}");
    let left: Vec<_> =
        std::fs::read_dir(workdir.path("small")).unwrap().flatten().map(|entry| entry.file_name()).collect();
    assert_eq!(left, ["filler"]);
    let found = request_to(&env.proxy, "GET", "/search?q=x&format=json", &[]);
    assert!(!found.is_empty() && env.proxy.get("/search?q=x&format=json", &[]).status == 200);
}

#[test]
fn a_backup_needs_a_store() {
    let partner = MockPartner::json(organic_results(1));
    let workdir = Workdir::new(&four_codes_config(&partner).text());
    let rejected = workdir.run(&["backup", "copy.db"]);
    let text = String::from_utf8_lossy(&rejected.stderr).into_owned();
    assert!(text.contains("does not exist yet; `qsproxy serve` creates it"), "{text}");
    assert_eq!(rejected.status.code(), Some(2));
}
