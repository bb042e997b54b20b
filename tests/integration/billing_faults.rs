//! Faults while statements are imported and months are closed: SIGKILL at any moment, a full disk, concurrent commands. Either
//! everything is stored or nothing. Also tests that keywords in a statement are not stored.

use std::fmt::Write as _;
use std::process::Stdio;
use std::time::Duration;

use rusqlite::Connection;

use crate::reconcile::{import_statement, october, october_statement};
use crate::statements::workdir_with_profile;
use qsproxy_test_support::tmpfs::Tmpfs;
use qsproxy_test_support::workdir::Workdir;

/// How much later each round kills the command; short compared to the duration of an import or a closing.
const STEP: Duration = Duration::from_millis(1);

/// Runs a command again and again and kills it later each time, until one run completes. Returns the number of killed runs.
fn kill_until_one_completes(workdir: &Workdir, arguments: &[&str], mut check: impl FnMut()) -> u32 {
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
fn a_killed_import_stores_everything_or_nothing() {
    let workdir = workdir_with_profile(r#"{ zone = "UTC", date = "Day", code = "Tag", clicks = "Clicks" }"#);
    // Large enough that writing the rows takes as long as parsing them.
    let mut text = "Day,Tag,Clicks\n".to_owned();
    for day in 1..=31 {
        for code in 0..200 {
            writeln!(text, "2026-10-{day:02},C{code},{code}").unwrap();
        }
    }
    workdir.write("statement.csv", text.as_bytes());
    let killed =
        kill_until_one_completes(&workdir, &["statement", "import", "--partner", "first", "statement.csv"], || {
            let found = numbers(&workdir, &STATEMENTS);
            assert!(found == [0, 0] || found == [1, 6_200], "{found:?}");
        });
    assert!(killed >= 10, "{killed} runs were killed before one completed");
    assert_eq!(numbers(&workdir, &STATEMENTS), [1, 6_200]);
}

#[test]
fn a_killed_closing_is_complete_or_absent_and_can_be_repeated() {
    let workdir = october();
    import_statement(&workdir, &october_statement(|_| Some(240)));
    let close = ["close", "--partner", "first", "--month", "2026-10", "--out", "october"];
    let killed = kill_until_one_completes(&workdir, &close, || {
        let [closed] = numbers(&workdir, &CLOSINGS)[..] else { panic!() };
        let verified = workdir.run(&["verify"]);
        let output =
            String::from_utf8_lossy(&verified.stdout).into_owned() + &String::from_utf8_lossy(&verified.stderr);
        assert_eq!(verified.status.code(), Some(0), "{output}");
        assert_eq!(output.starts_with("no month is closed"), closed == 0, "{output}");
        // A file that exists is complete.
        for file in ["record.txt", "counts.csv", "statement.csv", "journal.hledger", "counts.json"] {
            let path = workdir.path("october").join(file);
            assert!(!path.exists() || std::fs::read_to_string(path).unwrap().ends_with('\n'), "{file}");
        }
    });
    assert!(killed >= 10, "{killed} runs were killed before one completed");
    assert_eq!(numbers(&workdir, &CLOSINGS), [1]);
    assert_eq!(workdir.run(&["verify", "--export", "october"]).status.code(), Some(0));
    let left = std::fs::read_dir(workdir.path("october")).unwrap().flatten();
    assert!(left.map(|entry| entry.file_name()).all(|name| !name.to_string_lossy().ends_with(".part")));
}

#[test]
#[ignore = "needs root, to mount a tmpfs"]
fn an_import_and_a_closing_fail_completely_on_a_full_disk() {
    let workdir = october();
    let store = std::fs::read(workdir.path("data/counts.db")).unwrap();
    let disk = Tmpfs::mount(workdir.path("data"));
    workdir.write("data/counts.db", &store);
    workdir.write("statement.csv", october_statement(|_| Some(240)).as_bytes());
    let import = ["statement", "import", "--partner", "first", "statement.csv"];
    let close = ["close", "--partner", "first", "--month", "2026-10"];
    for (arguments, sql) in [(&import[..], STATEMENTS[0]), (&close[..], CLOSINGS[0])] {
        disk.fill();
        let refused = workdir.run(arguments);
        let output = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert_eq!(refused.status.code(), Some(2), "{output}");
        assert!(output.contains("has free space") || output.contains("No space left"), "{output}");
        disk.free();
        assert_eq!(numbers(&workdir, &[sql]), [0]);
        let done = workdir.run(arguments);
        assert_eq!(done.status.code(), Some(0), "{}", String::from_utf8_lossy(&done.stderr));
        assert_eq!(numbers(&workdir, &[sql]), [1]);
    }
    assert_eq!(workdir.run(&["verify"]).status.code(), Some(0));
}

#[test]
fn three_concurrent_closings_create_one_record() {
    let workdir = october();
    import_statement(&workdir, &october_statement(|_| Some(240)));
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
fn keywords_in_a_statement_are_not_stored() {
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
        let output = [done.stdout, done.stderr].concat();
        assert!(!String::from_utf8_lossy(&output).contains(canary), "{arguments:?}");
    }
    let proxy = workdir.start();
    for path in
        ["/?from=2026-10-01&to=2026-10-31", "/reports/reconciliation.json?from=2026-10-01&to=2026-10-31", "/metrics"]
    {
        assert!(!proxy.admin_get(path, &[]).text().contains(canary), "{path}");
    }
    std::fs::remove_file(workdir.path("tonic.json")).unwrap();
    let found = std::process::Command::new("grep").args(["-rl", canary]).arg(workdir.path(".")).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&found.stdout), "", "only the imported file contained it");
    assert!(workdir.path("pack/reconciliation.html").exists() && workdir.path("closed/record.txt").exists());
}

/// Runs a command that must fail because of the store, and returns its error message.
#[track_caller]
fn store_error(workdir: &Workdir, arguments: &[&str]) -> String {
    let done = workdir.run(arguments);
    let stderr = String::from_utf8_lossy(&done.stderr).into_owned();
    let stdout = String::from_utf8_lossy(&done.stdout);
    assert_eq!((done.status.code(), stdout.as_ref()), (Some(2), ""), "{arguments:?}: {stderr}");
    stderr
}

/// Each change puts a row into the store that no version of the program writes.
#[test]
fn a_row_that_cannot_be_decoded_stops_reconcile_and_close() {
    let insert = "insert into clicks (hour, partner, code, kind, outcome, n) values ('2026-10-05T12', 'first', 'x',";
    for (change, places) in [
        (format!("{insert} 'sponsored', 'sold', 1)"), ["table clicks", "2026-10-05T12", "column outcome"]),
        (format!("{insert} 'sold', 'counted', 1)"), ["table clicks", "2026-10-05T12", "column kind"]),
        (format!("{insert} 'organic', 'counted', -1)"), ["table clicks", "2026-10-05T12", "column n"]),
        (
            "update searches set outcome = 'sold' where hour = '2026-10-05T12'".to_owned(),
            ["table searches", "2026-10-05T12", "column outcome"],
        ),
        (
            "drop trigger statement_rows_fixed; update statement_rows set final = 7 where day = '2026-10-05'"
                .to_owned(),
            ["table statement_rows", "2026-10-05", "column final"],
        ),
        (
            "drop trigger statement_rows_fixed; update statement_rows set day = '2026-10-5' where day = '2026-10-05'"
                .to_owned(),
            ["table statement_rows", "2026-10-5", "column day"],
        ),
        // Columns of another type, in tables that are not strict.
        (
            "create table copy as select * from statement_rows; drop table statement_rows;
             alter table copy rename to statement_rows; update statement_rows set clicks = 1.5 where day = '2026-10-05'"
                .to_owned(),
            ["table statement_rows", "2026-10-05", "column clicks"],
        ),
        (
            "pragma legacy_alter_table = on; create table copy as select * from clicks; drop table clicks; alter table copy rename to clicks;
             update clicks set n = 'many' where hour = '2026-10-05T12'"
                .to_owned(),
            ["table clicks", "2026-10-05T12", "column n"],
        ),
        (
            "drop trigger statements_fixed; update statements set currency = 'euros'".to_owned(),
            ["table statements", "first", "column currency"],
        ),
    ] {
        let workdir = october();
        import_statement(&workdir, &october_statement(|_| Some(240)));
        Connection::open(workdir.path("data/counts.db")).unwrap().execute_batch(&change).unwrap();
        let month = ["--partner", "first", "--month", "2026-10"];
        for command in [&["reconcile"][..], &["close"], &["close", "--accept", "a reason"]] {
            let error = store_error(&workdir, &[command, &month].concat());
            assert!(places.iter().all(|place| error.contains(place)), "{change}: {error}");
        }
        assert_eq!(numbers(&workdir, &CLOSINGS), [0], "{change}");
    }
}

#[test]
fn a_closing_that_cannot_be_decoded_stops_close_and_verify() {
    for (change, places) in [
        ("update closings set month = 'October'", ["table closings", "\"October\"", "column month"]),
        ("update closings set to_hour = '2026-11-01'", ["table closings", "\"2026-10\"", "column to_hour"]),
        ("update closings set partner = ''", ["table closings", "2026-10", "column partner"]),
    ] {
        let workdir = october();
        import_statement(&workdir, &october_statement(|_| Some(240)));
        let close = ["close", "--partner", "first", "--month", "2026-10"];
        assert_eq!(workdir.run(&close).status.code(), Some(0));
        let store = Connection::open(workdir.path("data/counts.db")).unwrap();
        store.execute_batch(&format!("drop trigger closings_fixed; {change}")).unwrap();
        for arguments in [&close[..], &["verify"]] {
            let error = store_error(&workdir, arguments);
            assert!(places.iter().all(|place| error.contains(place)), "{change}: {error}");
        }
    }
}

#[test]
fn counts_that_cannot_be_decoded_stop_verify_and_not_an_export() {
    let workdir = october();
    import_statement(&workdir, &october_statement(|_| Some(240)));
    let close = ["close", "--partner", "first", "--month", "2026-10", "--out", "october"];
    assert_eq!(workdir.run(&close).status.code(), Some(0));
    let store = Connection::open(workdir.path("data/counts.db")).unwrap();
    store
        .execute_batch(
            "drop trigger clicks_closed_update; update clicks set outcome = 'sold' where hour = '2026-10-05T12' and outcome = 'duplicate'",
        )
        .unwrap();
    let error = store_error(&workdir, &["verify"]);
    assert!(error.contains("table clicks") && error.contains("column outcome") && error.contains("sold"), "{error}");
    // The archive of the closing has what was closed.
    assert_eq!(workdir.run(&close).status.code(), Some(0));
}

#[test]
fn an_export_needs_no_file_of_a_key() {
    let workdir = october();
    import_statement(&workdir, &october_statement(|_| Some(240)));
    let close = ["close", "--partner", "first", "--month", "2026-10", "--out", "october"];
    assert_eq!(workdir.run(&close).status.code(), Some(0));
    let key = std::fs::read(workdir.path("data/closing.key.pub")).unwrap();
    for file in ["data/closing.key.pub", "data/closing.key", "october/closing.pub"] {
        std::fs::remove_file(workdir.path(file)).unwrap();
    }
    assert_eq!(workdir.run(&close).status.code(), Some(0));
    assert_eq!(std::fs::read(workdir.path("october/closing.pub")).unwrap(), key);
    assert_eq!(workdir.run(&["verify"]).status.code(), Some(2), "the key to verify with is missing");
}
