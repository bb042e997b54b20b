//! `qsproxy backup`: a whole copy beside a running proxy, and a store put back from one.

use std::os::unix::fs::PermissionsExt as _;

use rusqlite::{Connection, OpenFlags};

use crate::durability::{crowd, crowd_config};
use crate::support::partner::Partner;
use crate::support::proxy::{Home, Proxy};
use crate::support::stage::{Stage, many, request};
use crate::support::tmpfs::Tmpfs;

fn number(file: &std::path::Path, sql: &str) -> i64 {
    let copy = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    copy.query_row(sql, [], |row| row.get(0)).unwrap()
}

#[test]
fn a_copy_made_under_load_is_whole_and_can_be_put_back() {
    let partner = Partner::json(many(20));
    let mut proxy = Proxy::start(&crowd_config(&partner).text());
    let (home, copy) = (proxy.home().clone(), proxy.home().path("copy.db"));
    let pid = proxy.pid().to_string();
    crowd(&proxy, 150, || {
        let done = home.run(&["backup", copy.to_str().unwrap()]);
        assert_eq!((done.status.code(), String::from_utf8_lossy(&done.stderr).as_ref()), (Some(0), ""));
        assert!(std::process::Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    });
    assert_eq!(proxy.wait().code(), Some(0));
    assert_eq!(std::fs::metadata(&copy).unwrap().permissions().mode() & 0o777, 0o600);
    let (clicks, whole) = (
        number(&copy, "select sum(n) from clicks"),
        number(&copy, "select quick_check = 'ok' from pragma_quick_check"),
    );
    assert!(clicks >= 100 && clicks <= proxy.clicks_as("counted"), "{clicks}");
    assert_eq!(whole, 1);
    // Put back: as README says.
    std::fs::copy(&copy, proxy.store()).unwrap();
    proxy.restart();
    assert_eq!(proxy.clicks_as("counted"), clicks);
    let found = proxy.get("/search?q=x&format=json&code=one", &[]);
    let path = crate::support::stage::click_paths(&found).remove(0);
    assert_eq!(proxy.get(&path, &[]).status, 303);
    assert_eq!(proxy.clicks_as("counted"), clicks + 1, "batches go on from the copy's own number");
    let leftovers = std::fs::read_dir(proxy.folder()).unwrap();
    assert!(leftovers.flatten().all(|entry| !entry.file_name().to_string_lossy().ends_with(".part")));
}

#[test]
fn nothing_is_overwritten_and_no_part_stays() {
    let stage = Stage::new();
    let home = stage.proxy.home();
    home.write("there.db", b"mine");
    let refused = home.run(&["backup", "there.db"]);
    let text = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!((refused.status.code(), text.contains("is there already")), (Some(2), true), "{text}");
    assert_eq!(std::fs::read(home.path("there.db")).unwrap(), b"mine");
    let nowhere = home.run(&["backup", "no/such/folder/copy.db"]);
    assert_eq!(nowhere.status.code(), Some(2));
}

#[test]
fn a_full_disk_leaves_no_copy() {
    let stage = Stage::new();
    let home = stage.proxy.home();
    let small = Tmpfs::mount(home.path("small"));
    small.fill();
    let failed = home.run(&["backup", "small/copy.db"]);
    let text = String::from_utf8_lossy(&failed.stderr).into_owned();
    assert_eq!((failed.status.code(), text.contains("full")), (Some(2), true), "{text}");
    let left: Vec<_> =
        std::fs::read_dir(home.path("small")).unwrap().flatten().map(|entry| entry.file_name()).collect();
    assert_eq!(left, ["ballast"]);
    let found = request(&stage.proxy, "GET", "/search?q=x&format=json", &[]);
    assert!(!found.is_empty() && stage.proxy.get("/search?q=x&format=json", &[]).status == 200);
}

#[test]
fn there_must_be_a_store() {
    let partner = Partner::json(many(1));
    let home = Home::new(&crowd_config(&partner).text());
    let refused = home.run(&["backup", "copy.db"]);
    let text = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(text.contains("does not exist yet; `qsproxy serve` makes it"), "{text}");
    assert_eq!(refused.status.code(), Some(2));
}
