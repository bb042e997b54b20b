//! The books when something breaks: SIGKILL at every moment of an import and of a closing, a full disk, two at once. All of it
//! is in the books, or nothing. And what a statement says of keywords goes nowhere.

use std::fmt::Write as _;
use std::process::Stdio;
use std::time::Duration;

use rusqlite::Connection;

use crate::reconcile::{enter, october, statement};
use crate::statements::workdir_with_profile;
use qsproxy_test_support::tmpfs::Tmpfs;
use qsproxy_test_support::workdir::Workdir;

/// How much later each round kills: small beside what an import or a closing takes.
const STEP: Duration = Duration::from_millis(1);

/// Kills a command later and later, until one comes to its end. How many were killed.
fn kill_until_done(workdir: &Workdir, arguments: &[&str], mut check: impl FnMut()) -> u32 {
    for round in 0.. {
        let mut child = workdir.command().args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(STEP * round);
        let ended = child.try_wait().unwrap();
        let _ = child.kill();
        let status = child.wait().unwrap();
        check();
        if ended.is_some() {
            assert_eq!(status.code(), Some(0), "{arguments:?}");
            return round;
        }
    }
    0
}

fn numbers(workdir: &Workdir, sql: &[&str]) -> Vec<i64> {
    let store = Connection::open(workdir.path("data/counts.db")).unwrap();
    sql.iter().map(|sql| store.query_row(sql, [], |row| row.get(0)).unwrap()).collect()
}

const STATEMENTS: [&str; 2] = ["select count(*) from statements", "select count(*) from statement_rows"];
const CLOSINGS: [&str; 1] = ["select count(*) from closings"];

#[test]
fn an_import_that_is_killed_has_entered_all_of_it_or_nothing() {
    let workdir = workdir_with_profile(r#"{ zone = "UTC", date = "Day", code = "Tag", clicks = "Clicks" }"#);
    // Large enough that its rows are written for as long as it is read.
    let mut text = "Day,Tag,Clicks\n".to_owned();
    for day in 1..=31 {
        for code in 0..200 {
            writeln!(text, "2026-10-{day:02},C{code},{code}").unwrap();
        }
    }
    workdir.write("statement.csv", text.as_bytes());
    let killed = kill_until_done(&workdir, &["statement", "import", "--partner", "first", "statement.csv"], || {
        let found = numbers(&workdir, &STATEMENTS);
        assert!(found == [0, 0] || found == [1, 6_200], "{found:?}");
    });
    assert!(killed >= 10, "{killed} were killed before one came to its end");
    assert_eq!(numbers(&workdir, &STATEMENTS), [1, 6_200]);
}

#[test]
fn a_closing_that_is_killed_is_whole_or_is_none_and_can_be_done_again() {
    let workdir = october();
    enter(&workdir, &statement(|_| Some(240)));
    let close = ["close", "--partner", "first", "--month", "2026-10", "--out", "october"];
    let killed = kill_until_done(&workdir, &close, || {
        let [closed] = numbers(&workdir, &CLOSINGS)[..] else { panic!() };
        let verified = workdir.run(&["verify"]);
        let told = String::from_utf8_lossy(&verified.stdout).into_owned() + &String::from_utf8_lossy(&verified.stderr);
        assert_eq!(verified.status.code(), Some(0), "{told}");
        assert_eq!(told.starts_with("nothing is closed yet"), closed == 0, "{told}");
        // A file that is there is whole.
        for file in ["record.txt", "counts.csv", "statement.csv", "journal.hledger", "counts.json"] {
            let path = workdir.path("october").join(file);
            assert!(!path.exists() || std::fs::read_to_string(path).unwrap().ends_with('\n'), "{file}");
        }
    });
    assert!(killed >= 10, "{killed} were killed before one came to its end");
    assert_eq!(numbers(&workdir, &CLOSINGS), [1]);
    assert_eq!(workdir.run(&["verify", "--export", "october"]).status.code(), Some(0));
    let left = std::fs::read_dir(workdir.path("october")).unwrap().flatten();
    assert!(left.map(|entry| entry.file_name()).all(|name| !name.to_string_lossy().ends_with(".part")));
}

#[test]
#[ignore = "needs root, to mount a tmpfs"]
fn a_full_disk_refuses_an_import_and_a_closing_and_nothing_is_half_done() {
    let workdir = october();
    let store = std::fs::read(workdir.path("data/counts.db")).unwrap();
    let disk = Tmpfs::mount(workdir.path("data"));
    workdir.write("data/counts.db", &store);
    workdir.write("statement.csv", statement(|_| Some(240)).as_bytes());
    let import = ["statement", "import", "--partner", "first", "statement.csv"];
    let close = ["close", "--partner", "first", "--month", "2026-10"];
    for (arguments, sql) in [(&import[..], STATEMENTS[0]), (&close[..], CLOSINGS[0])] {
        disk.fill();
        let refused = workdir.run(arguments);
        let told = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert_eq!(refused.status.code(), Some(2), "{told}");
        assert!(told.contains("has room") || told.contains("No space left"), "{told}");
        disk.free();
        assert_eq!(numbers(&workdir, &[sql]), [0]);
        let done = workdir.run(arguments);
        assert_eq!(done.status.code(), Some(0), "{}", String::from_utf8_lossy(&done.stderr));
        assert_eq!(numbers(&workdir, &[sql]), [1]);
    }
    assert_eq!(workdir.run(&["verify"]).status.code(), Some(0));
}

#[test]
fn three_closings_at_once_are_one() {
    let workdir = october();
    enter(&workdir, &statement(|_| Some(240)));
    let close = ["close", "--partner", "first", "--month", "2026-10", "--out", "october"];
    let spawn = || workdir.command().args(close).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    for child in [spawn(), spawn(), spawn()] {
        let done = child.wait_with_output().unwrap();
        assert_eq!(done.status.code(), Some(0), "{}", String::from_utf8_lossy(&done.stderr));
    }
    assert_eq!(numbers(&workdir, &CLOSINGS), [1]);
    assert_eq!(workdir.run(&["verify", "--export", "october"]).status.code(), Some(0));
}

#[test]
fn keywords_of_a_statement_go_nowhere() {
    let canary = "zebrawurst";
    let workdir = workdir_with_profile(r#"{ preset = "tonic" }"#);
    let row = |day: u32| {
        serde_json::json!({"date": format!("2026-10-{day:02}"), "campaign_id": "771", "clicks": "120", "revenueUsd": "41.23",
            "subid1": "QX1", "subid2": "", "subid3": canary, "subid4": "", "keyword": canary, "final": "yes"})
    };
    let file: Vec<serde_json::Value> = (1..=31).map(row).collect();
    workdir.write("tonic.json", serde_json::Value::Array(file).to_string().as_bytes());
    let commands: [&[&str]; 6] = [
        &["statement", "import", "--partner", "first", "tonic.json"],
        &["statement", "list"],
        &["reconcile", "--partner", "first", "--month", "2026-10", "--pack", "pack"],
        &["close", "--partner", "first", "--month", "2026-10", "--out", "closed", "--accept", "a test"],
        &["verify"],
        &["backup", "copy.db"],
    ];
    for arguments in commands {
        let done = workdir.run(arguments);
        assert_ne!(done.status.code(), Some(2), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
        let told = [done.stdout, done.stderr].concat();
        assert!(!String::from_utf8_lossy(&told).contains(canary), "{arguments:?}");
    }
    let proxy = workdir.start();
    for path in
        ["/?from=2026-10-01&to=2026-10-31", "/reports/reconciliation.json?from=2026-10-01&to=2026-10-31", "/metrics"]
    {
        assert!(!proxy.admin_get(path, &[]).text().contains(canary), "{path}");
    }
    std::fs::remove_file(workdir.path("tonic.json")).unwrap();
    let found = std::process::Command::new("grep").args(["-rl", canary]).arg(workdir.path(".")).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&found.stdout), "", "the file alone said it");
    assert!(workdir.path("pack/reconciliation.html").exists() && workdir.path("closed/record.txt").exists());
}
