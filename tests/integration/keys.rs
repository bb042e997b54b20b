//! `qsproxy keys`: listing, and a new sealing key under load, on nodes that share the ring, and under faults.

use std::collections::BTreeSet;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;
use std::process::{Output, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use qsproxy::time;
use qsproxy::tokens::click;
use qsproxy::tokens::key_ring::KeyRing;
use qsproxy::tokens::key_ring::key_set::KeySet;
use qsproxy_test_support::config::ConfigBuilder;
use qsproxy_test_support::mock_partner::MockPartner;
use qsproxy_test_support::postgres::NOBODY;
use qsproxy_test_support::proxy::Proxy;
use qsproxy_test_support::test_env::{TestEnv, click_paths, organic_results, sample_results};
use qsproxy_test_support::tmpfs::Tmpfs;
use qsproxy_test_support::wait_for;
use qsproxy_test_support::workdir::Workdir;
use serde_json::Value as Json;

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[track_caller]
fn succeed(workdir: &Workdir, arguments: &[&str]) -> String {
    let output = workdir.run(arguments);
    assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
    text(&output.stdout)
}

#[track_caller]
fn listed(workdir: &Workdir) -> Vec<Json> {
    serde_json::from_str(&succeed(workdir, &["keys", "list", "--format", "json"])).unwrap()
}

/// The IDs of the keys with this use that are in this state.
fn ids(keys: &[Json], key_use: &str, state: &str) -> Vec<String> {
    let wanted = keys.iter().filter(|key| key["use"] == key_use && key["state"] == state);
    wanted.map(|key| key["id"].as_str().unwrap().to_owned()).collect()
}

fn key_set(workdir: &Workdir) -> KeySet {
    let ring = KeyRing::new(&workdir.path("data/keys"), Duration::from_secs(3_600));
    ring.load(time::now()).unwrap().expect("today's keys")
}

/// Whether the key that is to seal now has sealed this link.
fn is_sealed_by_primary(workdir: &Workdir, path: &str) -> bool {
    let token = path.strip_prefix("/click/").unwrap();
    click::open([&key_set(workdir).primary], token.as_bytes()).is_ok()
}

#[track_caller]
fn assert_error(output: &Output, message: &str) {
    let stderr = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert!(stderr.contains(message) && output.stdout.is_empty(), "{stderr}");
}

#[test]
fn lists_what_each_key_does_and_no_key() {
    let env = TestEnv::new();
    let workdir = env.proxy.workdir();
    let keys = listed(workdir);
    let members: BTreeSet<&str> =
        keys.iter().flat_map(|key| key.as_object().unwrap().keys()).map(String::as_str).collect();
    assert_eq!(members, BTreeSet::from(["age_days", "id", "since", "state", "until", "use"]));
    let count = |key_use, state| ids(&keys, key_use, state).len();
    assert_eq!((count("click", "seals"), count("click", "waits"), count("click", "opens")), (1, 1, 0));
    assert_eq!((count("pseudonym", "seals"), count("visit", "seals"), count("release", "seals")), (1, 1, 1));

    let ring = std::fs::read_to_string(workdir.path("data/keys")).unwrap();
    let secrets: Vec<&str> = ring.lines().map(|line| line.rsplit(' ').next().unwrap()).collect();
    for format in ["table", "csv", "json"] {
        let output = succeed(workdir, &["keys", "list", "--format", format]);
        for secret in &secrets {
            assert!(!output.contains(&secret[..8]) && !output.contains(&secret[56..]), "{output}");
        }
    }
    let table = succeed(workdir, &["keys", "list"]);
    assert!(table.lines().count() == keys.len() + 1 && table.contains("seals"), "{table}");
}

#[test]
fn before_the_first_start_there_is_no_key() {
    let partner = MockPartner::json(sample_results());
    let workdir = Workdir::new(&ConfigBuilder::new(&partner).text());
    for arguments in [&["keys", "list"][..], &["keys", "rotate"]] {
        let output = workdir.run(arguments);
        let is_told = text(&output.stderr).contains("data");
        assert!(output.status.code() == Some(2) && is_told, "{}", text(&output.stderr));
    }
    std::fs::create_dir(workdir.path("data")).unwrap();
    for arguments in [&["keys", "list"][..], &["keys", "rotate"]] {
        assert_error(&workdir.run(arguments), "there are no keys yet; `qsproxy serve` creates them");
    }
    assert_eq!(std::fs::read_dir(workdir.path("data")).unwrap().count(), 0, "nothing was written");
}

#[test]
fn rejects_times_that_are_none_or_too_long() {
    let env = TestEnv::new();
    let before = std::fs::read(env.proxy.workdir().path("data/keys")).unwrap();
    for lead in ["25h", "soon", "", "5"] {
        assert_error(&env.proxy.workdir().run(&["keys", "rotate", "--in", lead]), "from 0s to 24h");
    }
    assert_eq!(std::fs::read(env.proxy.workdir().path("data/keys")).unwrap(), before);
}

#[test]
fn a_running_service_seals_with_the_new_key_and_old_links_still_count() {
    let env = TestEnv::new();
    let workdir = env.proxy.workdir();
    let [old_used, old] = [env.click_path(), env.click_path()];
    assert_eq!(env.proxy.get(&old_used, &[]).status, 303);
    let before = ids(&listed(workdir), "click", "seals");

    let output = succeed(workdir, &["keys", "rotate", "--in", "0s"]);
    let keys = listed(workdir);
    let [new] = &ids(&keys, "click", "seals")[..] else { panic!("{keys:?}") };
    assert!(output.contains(new.as_str()) && ids(&keys, "click", "opens") == before, "{output} {keys:?}");

    env.proxy.wait_for_event("event=keys_rotated");
    let link = env.click_path();
    assert!(is_sealed_by_primary(workdir, &link) && !is_sealed_by_primary(workdir, &old));
    for path in [&link, &old] {
        assert_eq!(env.proxy.get(path, &[]).status, 303);
    }
    assert_eq!(env.proxy.get(&old_used, &[]).status, 303);
    let counted = |outcome| env.proxy.clicks_with_outcome(outcome);
    assert_eq!((counted("counted"), counted("duplicate"), counted("forged")), (3, 1, 0));
}

#[test]
fn links_from_before_still_count_after_a_rotation_and_a_crash() {
    let mut env = TestEnv::new();
    let old = env.click_path();
    succeed(env.proxy.workdir(), &["keys", "rotate", "--in", "0s"]);
    env.proxy.restart();
    assert_eq!(env.proxy.get(&old, &[]).status, 303);
    assert!(is_sealed_by_primary(env.proxy.workdir(), &env.click_path()));
    assert_eq!(env.proxy.clicks_with_outcome("counted"), 1);
}

/// Every node must know a key before any of them seals with it.
#[test]
fn links_of_nodes_that_share_a_ring_open_on_all_of_them_during_rotations() {
    let partner = MockPartner::json(organic_results(1));
    let shared = tempfile::tempdir().unwrap();
    let ring = format!("{:?}", shared.path().join("keys"));
    let config = ConfigBuilder::new(&partner).with("counts", "keys", &ring).text();
    let nodes = [(); 3].map(|()| Proxy::start(&config));
    let mut opened = 0;
    for rotation in 0..3 {
        succeed(nodes[rotation].workdir(), &["keys", "rotate", "--in", "3s"]);
        let end = Instant::now() + Duration::from_secs(5);
        while Instant::now() < end {
            for from in &nodes {
                let found = from.get("/search?q=x&format=json", &[]);
                let path = &click_paths(&found)[0];
                for to in &nodes {
                    assert_eq!(to.get(path, &[]).status, 303, "in rotation {rotation}");
                    opened += 1;
                }
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }
    for node in &nodes {
        assert_eq!(node.clicks_with_outcome("forged"), 0);
        // A node shows that it has read a key, and that the key begins to seal.
        assert!(node.stderr().matches("event=keys_rotated").count() >= 6, "{}", node.stderr());
    }
    assert!(opened > 100, "{opened}");
}

fn inode_and_owner(path: &Path) -> (u32, u32, u32) {
    let file = std::fs::metadata(path).unwrap();
    (file.uid(), file.gid(), file.permissions().mode() & 0o7777)
}

#[test]
fn rotations_at_the_same_time_lose_no_key() {
    let env = TestEnv::new();
    let workdir = env.proxy.workdir();
    let children: Vec<_> = (0..6)
        .map(|_| {
            let mut command = workdir.command();
            command
                .args(["keys", "rotate", "--in", "1h"])
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap()
        })
        .collect();
    let outputs: Vec<Output> = children.into_iter().map(|child| child.wait_with_output().unwrap()).collect();
    let keys = listed(workdir);
    let waiting = ids(&keys, "click", "waits");
    for output in outputs {
        assert!(output.status.success(), "{}", text(&output.stderr));
        let id = text(&output.stdout).split(' ').nth(1).unwrap().to_owned();
        assert!(waiting.contains(&id), "{id} of {keys:?}");
    }
    assert_eq!(inode_and_owner(&workdir.path("data/keys")).2, 0o600);
}

#[test]
fn a_rotation_that_is_killed_leaves_the_old_ring_or_the_new_one() {
    let env = TestEnv::new();
    let workdir = env.proxy.workdir();
    let ring = workdir.path("data/keys");
    let mut killed_before = 0;
    for step in 0..40_u64 {
        let before = std::fs::read_to_string(&ring).unwrap();
        let mut child = workdir
            .command()
            .args(["keys", "rotate", "--in", "1h"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_micros(step * 700));
        child.kill().unwrap();
        child.wait().unwrap();
        let after = std::fs::read_to_string(&ring).unwrap();
        killed_before += u32::from(before == after);
        key_set(workdir);
        let kept = before.lines().filter(|line| after.contains(line)).count();
        assert!(kept + 1 >= before.lines().count(), "all but tomorrow's key:\n{before}\n{after}");
        // So that the ring has room for the next one.
        if after.lines().filter(|line| line.contains('@')).count() > 10 {
            let kept: String =
                after.lines().filter(|line| !line.contains('@')).map(|line| format!("{line}\n")).collect();
            workdir.write("data/keys", kept.as_bytes());
        }
    }
    assert!(killed_before > 0, "no child was killed before it had written");
    succeed(workdir, &["keys", "rotate", "--in", "1h"]);
    let names: BTreeSet<_> =
        std::fs::read_dir(workdir.path("data")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(!names.contains(std::ffi::OsStr::new("keys.part")), "{names:?}");
}

#[test]
#[ignore = "needs root to mount a file system"]
fn a_full_disk_leaves_the_ring_as_it_is() {
    let partner = MockPartner::json(sample_results());
    let workdir: Arc<Workdir> =
        Workdir::new(&ConfigBuilder::new(&partner).with("counts", "keys", "\"small/keys\"").text());
    let disk = Tmpfs::mount(workdir.path("small"));
    let proxy = workdir.start();
    let before = std::fs::read(workdir.path("small/keys")).unwrap();
    disk.fill();
    assert_error(&workdir.run(&["keys", "rotate"]), "[counts] keys: ");
    assert_eq!(std::fs::read(workdir.path("small/keys")).unwrap(), before);
    assert!(!workdir.path("small/keys.part").exists());
    disk.free();
    succeed(&workdir, &["keys", "rotate", "--in", "0s"]);
    assert_ne!(std::fs::read(workdir.path("small/keys")).unwrap(), before);
    drop(proxy);
}

#[test]
#[ignore = "needs root to act for two users"]
fn the_ring_keeps_its_owner_when_root_rotates_and_nobody_else_can() {
    use std::os::unix::process::CommandExt as _;
    let env = TestEnv::new();
    let workdir = env.proxy.workdir();
    let ring = workdir.path("data/keys");
    std::os::unix::fs::chown(&ring, Some(NOBODY), Some(NOBODY)).unwrap();
    succeed(workdir, &["keys", "rotate", "--in", "0s"]);
    assert_eq!(inode_and_owner(&ring), (NOBODY, NOBODY, 0o600));

    // A user who may neither read the ring nor enter its folder is told so.
    std::os::unix::fs::chown(&ring, Some(0), Some(0)).unwrap();
    let before = std::fs::read(&ring).unwrap();
    for folder in ["", "data"] {
        std::fs::set_permissions(workdir.path(folder), std::fs::Permissions::from_mode(0o755)).unwrap();
        std::fs::set_permissions(workdir.path("proxy.toml"), std::fs::Permissions::from_mode(0o644)).unwrap();
        for arguments in [&["keys", "list"][..], &["keys", "rotate"]] {
            let output = workdir.command().args(arguments).uid(NOBODY).gid(NOBODY).output().unwrap();
            assert_error(&output, "Permission denied");
        }
    }
    assert_eq!(std::fs::read(&ring).unwrap(), before);
}

#[test]
fn a_damaged_ring_is_reported_once_and_the_old_keys_stay_in_use() {
    let env = TestEnv::new();
    let workdir = env.proxy.workdir();
    let (good, link) = (std::fs::read(workdir.path("data/keys")).unwrap(), env.click_path());
    workdir.write("data/keys", b"click\n");
    env.proxy.wait_for_event("event=keys_failed");
    assert_eq!(env.proxy.get(&link, &[]).status, 303);
    workdir.write("data/keys", &good);
    succeed(workdir, &["keys", "rotate", "--in", "0s"]);
    env.proxy.wait_for_event("event=keys_rotated");
    wait_for("the new key", || is_sealed_by_primary(workdir, &env.click_path()).then_some(()));
    assert_eq!(env.proxy.stderr().matches("event=keys_failed").count(), 1);
}
