//! The key of closings: missing, another one, handed over, and lost.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Child, Stdio};
use std::time::Duration;

use rusqlite::Connection;

use crate::reconcile::{import_statement, october, october_statement};
use qsproxy_test_support::workdir::Workdir;

fn run(workdir: &Workdir, arguments: &[&str]) -> (Option<i32>, String) {
    let done = workdir.run(arguments);
    (done.status.code(), String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr))
}

#[track_caller]
fn fails(workdir: &Workdir, arguments: &[&str], why: &str) {
    let (code, output) = run(workdir, arguments);
    assert!(code != Some(0) && output.contains(why), "{arguments:?}: {code:?} {output}");
}

#[track_caller]
fn succeeds(workdir: &Workdir, arguments: &[&str]) -> String {
    let (code, output) = run(workdir, arguments);
    assert_eq!(code, Some(0), "{arguments:?}: {output}");
    output
}

const CLOSE: [&str; 5] = ["close", "--partner", "first", "--month", "2026-10"];
const CLOSE_SEPTEMBER: [&str; 7] = ["close", "--partner", "first", "--month", "2026-09", "--accept", "a trial"];

#[test]
fn a_missing_or_foreign_key_is_refused_while_there_are_records() {
    let workdir = october();
    fails(&workdir, &["keys", "closing", "rotate"], "no month is closed yet");
    import_statement(&workdir, &october_statement(|_| Some(240)));
    succeeds(&workdir, &CLOSE);
    let (key, away) = (workdir.path("data/closing.key"), workdir.path("away.key"));
    fs::rename(&key, &away).unwrap();
    fails(&workdir, &CLOSE_SEPTEMBER, "the key that signed 1 record is missing; restore it from a copy, or hand over");
    assert!(!key.exists(), "no key is generated");
    fails(&workdir, &["keys", "closing", "rotate"], "is missing; restore it");
    let (code, doctor) = run(&workdir, &["doctor", "--offline"]);
    assert!(code == Some(1) && doctor.contains("the key that signed 1 record is missing"), "{doctor}");
    // The key of another installation.
    let other = october();
    import_statement(&other, &october_statement(|_| Some(240)));
    succeeds(&other, &CLOSE);
    fs::copy(other.path("data/closing.key"), &key).unwrap();
    fails(&workdir, &CLOSE_SEPTEMBER, "this is not the key that signs the chain");
    fails(&workdir, &["keys", "closing", "rotate", "--accept", "lost"], "move it away first");
    fs::write(&key, "").unwrap();
    fails(&workdir, &CLOSE_SEPTEMBER, "restore it from a copy, or, if no month is closed yet");
    fs::rename(&away, &key).unwrap();
    fs::set_permissions(&key, fs::Permissions::from_mode(0o640)).unwrap();
    fails(&workdir, &CLOSE_SEPTEMBER, "mode 0640 lets others sign with the key; run `chmod 600` on it");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    fs::remove_file(workdir.path("data/closing.key.pub")).unwrap();
    succeeds(&workdir, &CLOSE_SEPTEMBER);
    succeeds(&workdir, &["verify"]);
}

#[test]
fn a_chain_is_handed_over_and_verifies_with_both_keys() {
    let workdir = october();
    import_statement(&workdir, &october_statement(|_| Some(240)));
    succeeds(&workdir, &[&CLOSE[..], &["--out", "october"]].concat());
    fs::copy(workdir.path("data/closing.key.pub"), workdir.path("old.pub")).unwrap();
    fails(&workdir, &["keys", "closing", "rotate", "--accept", "x"], "leave the reason out");
    let output = succeeds(&workdir, &["keys", "closing", "rotate"]);
    assert!(output.contains("record 2 hands the chain over from key "), "{output}");
    use std::os::unix::fs::PermissionsExt as _;
    let mode = fs::metadata(workdir.path("data/closing.key")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    succeeds(&workdir, &[&CLOSE_SEPTEMBER[..], &["--out", "september"]].concat());
    succeeds(&workdir, &["verify"]);
    succeeds(&workdir, &["verify", "--key", "old.pub"]);
    // The folder of before the hand-over knows the old key only, until it is written again.
    let verify = |folder: &str, key: &str| run(&workdir, &["verify", "--export", folder, "--key", key]).0;
    assert_eq!(verify("october", "old.pub"), Some(0));
    assert_eq!(verify("october", "data/closing.key.pub"), Some(1));
    succeeds(&workdir, &[&CLOSE[..], &["--out", "october"]].concat());
    for folder in ["october", "september"] {
        for key in ["old.pub", "data/closing.key.pub"] {
            assert_eq!(verify(folder, key), Some(0), "{folder} {key}");
        }
    }
    let other = october();
    import_statement(&other, &october_statement(|_| Some(240)));
    succeeds(&other, &CLOSE);
    fs::copy(other.path("data/closing.key.pub"), workdir.path("other.pub")).unwrap();
    fails(&workdir, &["verify", "--export", "september", "--key", "other.pub"], "no hand-over in this folder leads");
    fails(&workdir, &["verify", "--key", "other.pub"], "is none of its keys");
}

#[test]
fn a_lost_key_is_handed_over_by_the_new_one_alone_and_verify_says_so() {
    let workdir = october();
    import_statement(&workdir, &october_statement(|_| Some(240)));
    succeeds(&workdir, &CLOSE);
    fs::copy(workdir.path("data/closing.key.pub"), workdir.path("old.pub")).unwrap();
    fs::remove_file(workdir.path("data/closing.key")).unwrap();
    succeeds(&workdir, &["keys", "closing", "rotate", "--accept", "the disk broke"]);
    succeeds(&workdir, &[&CLOSE_SEPTEMBER[..], &["--out", "september"]].concat());
    let output = succeeds(&workdir, &["verify"]);
    assert!(
        output.contains("the new key alone signed it, because the old one was lost: \"the disk broke\""),
        "{output}"
    );
    fails(
        &workdir,
        &["verify", "--key", "old.pub"],
        "record 2: the new key alone signed this hand-over (the disk broke)",
    );
    fails(&workdir, &["verify", "--export", "september", "--key", "old.pub"], "no hand-over in this folder leads");
    succeeds(&workdir, &["verify", "--export", "september", "--key", "data/closing.key.pub"]);
}

#[test]
fn a_rotation_that_was_killed_is_finished_or_repeated() {
    let workdir = october();
    import_statement(&workdir, &october_statement(|_| Some(240)));
    succeeds(&workdir, &CLOSE);
    let (key, next) = (workdir.path("data/closing.key"), workdir.path("data/closing.key.next"));
    let old = fs::read(&key).unwrap();
    succeeds(&workdir, &["keys", "closing", "rotate"]);
    let new = fs::read(&key).unwrap();
    // Killed after the hand-over was signed and before the key was put in place.
    fs::copy(&key, &next).unwrap();
    fs::write(&key, &old).unwrap();
    succeeds(&workdir, &CLOSE_SEPTEMBER);
    assert!(fs::read(&key).unwrap() == new && !next.exists());
    // Killed before it was signed.
    let other = october();
    import_statement(&other, &october_statement(|_| Some(240)));
    succeeds(&other, &CLOSE);
    fs::copy(other.path("data/closing.key"), &next).unwrap();
    let output = succeeds(&workdir, &["keys", "closing", "rotate"]);
    assert!(output.contains("record 4 hands"), "{output}");
    assert!(!next.exists());
    succeeds(&workdir, &["verify"]);
}

/// Starts a command, and waits until it waits for the store.
fn spawn(workdir: &Workdir, arguments: &[&str]) -> Child {
    let mut command = workdir.command();
    command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    std::thread::sleep(Duration::from_millis(700));
    child
}

#[test]
fn a_hand_over_beside_a_closing_leaves_a_chain_that_verifies() {
    let workdir = october();
    import_statement(&workdir, &october_statement(|_| Some(240)));
    succeeds(&workdir, &CLOSE);
    // Both have read the key and the chain, and wait for the store.
    let held = Connection::open(workdir.path("data/counts.db")).unwrap();
    held.execute_batch("begin immediate").unwrap();
    let (close, rotate) = (spawn(&workdir, &CLOSE_SEPTEMBER), spawn(&workdir, &["keys", "closing", "rotate"]));
    held.execute_batch("rollback").unwrap();
    let (close, rotate) = (close.wait_with_output().unwrap(), rotate.wait_with_output().unwrap());
    assert!(rotate.status.success(), "{rotate:?}");
    let refused =
        String::from_utf8_lossy(&close.stderr).contains("meanwhile; nothing was signed; run the command again");
    assert!(close.status.success() || refused, "{close:?}");
    succeeds(&workdir, &["verify"]);
    succeeds(&workdir, &CLOSE_SEPTEMBER);
    succeeds(&workdir, &["verify"]);
}

#[test]
fn of_two_first_keys_the_later_one_signs_nothing() {
    let workdir = october();
    import_statement(&workdir, &october_statement(|_| Some(240)));
    let config = fs::read_to_string(workdir.path("proxy.toml")).unwrap();
    let other = config.replace("[counts]", "[counts]\nclosing_key = \"data/other.key\"");
    assert_ne!(other, config);
    workdir.write("other.toml", other.as_bytes());
    let held = Connection::open(workdir.path("data/counts.db")).unwrap();
    held.execute_batch("begin immediate").unwrap();
    let with_other = [&["--config", "other.toml"], &CLOSE_SEPTEMBER[..]].concat();
    let (one, two) = (spawn(&workdir, &CLOSE), spawn(&workdir, &with_other));
    held.execute_batch("rollback").unwrap();
    let done = [one, two].map(|child| child.wait_with_output().unwrap());
    assert_eq!(done.iter().filter(|done| done.status.success()).count(), 1, "{done:?}");
    let (code, output) = run(&workdir, &["verify"]);
    assert!(code == Some(0) || run(&workdir, &["--config", "other.toml", "verify"]).0 == Some(0), "{output}");
}
