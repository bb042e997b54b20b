//! `qsproxy close` and `qsproxy verify`, with the real minisign and hledger.

use std::path::Path;
use std::process::{Command, Output};

use rusqlite::Connection;

use crate::reconcile::{import_statement, october, october_statement};
use qsproxy_test_support::workdir::Workdir;

fn close(workdir: &Workdir, more: &[&str]) -> Output {
    workdir.run(&[&["close", "--partner", "first", "--month", "2026-10"][..], more].concat())
}

#[track_caller]
fn close_successfully(workdir: &Workdir, more: &[&str]) -> String {
    let done = close(workdir, more);
    assert_eq!((done.status.code(), String::from_utf8_lossy(&done.stderr).as_ref()), (Some(0), ""));
    String::from_utf8(done.stdout).unwrap()
}

fn verify(workdir: &Workdir, more: &[&str]) -> (Option<i32>, String) {
    let done = workdir.run(&[&["verify"][..], more].concat());
    (done.status.code(), String::from_utf8(done.stdout).unwrap() + &String::from_utf8_lossy(&done.stderr))
}

/// Runs a tool that a finance department has. It must be installed.
#[track_caller]
fn tool(folder: &Path, name: &str, arguments: &[&str]) -> String {
    let done = Command::new(name).args(arguments).current_dir(folder).output();
    let done = done.unwrap_or_else(|error| panic!("this test needs {name}, which is a Debian package: {error}"));
    let output = String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{name}: {output}");
    output
}

/// A month whose statement has the same clicks, except one day that is within tolerance.
pub fn settled_month() -> std::sync::Arc<Workdir> {
    let workdir = october();
    import_statement(&workdir, &october_statement(|day| Some(if day == 9 { 238 } else { 240 })));
    workdir
}

#[test]
#[ignore = "needs hledger and minisign"]
fn a_closed_month_is_exported_and_verified_also_by_other_tools() {
    let workdir = settled_month();
    let output = close_successfully(&workdir, &["--out", "october"]);
    assert!(output.starts_with("first 2026-10 is closed: record 1, sha256 "), "{output}");
    let folder = workdir.path("october");
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    let record = read("record.txt");
    for line in [
        "qsproxy closing 2",
        "partner: first",
        "zone: America/Los_Angeles",
        "from_hour: 2026-10-01T07",
        "to_hour: 2026-11-01T07",
        "clicks_counted: 7440",
        "clicks_duplicate: 1488",
        "clicks_organic: 3720",
        "searches: 22320",
        "statement_clicks: 7438",
        "statement_revenue: 2305.78 USD",
        "status: within",
        "reason: none",
        "previous: 0000000000000000000000000000000000000000000000000000000000000000",
    ] {
        assert!(record.lines().any(|found| found == line), "{line} is not in\n{record}");
    }
    assert!(record.contains("bots crawler-user-agents "), "{record}");
    // minisign, sha256sum and hledger need nothing of this program.
    let output = tool(&folder, "minisign", &["-V", "-m", "record.txt", "-p", "closing.pub"]);
    assert!(output.contains("qsproxy closing 1: first 2026-10"), "{output}");
    for (file, key) in [("counts.csv", "counts_sha256: "), ("statement.csv", "statement_sha256: ")] {
        let hash = tool(&folder, "sha256sum", &[file]);
        assert!(record.contains(&format!("{key}{}", hash.split(' ').next().unwrap())), "{file}");
    }
    tool(&folder, "hledger", &["-f", "journal.hledger", "check"]);
    let balance =
        tool(&folder, "hledger", &["-f", "journal.hledger", "balance", "assets:receivable", "-N", "-O", "csv"]);
    assert!(balance.contains("\"assets:receivable:first\",\"2305.78 USD\""), "{balance}");
    let counts = read("counts.csv");
    assert_eq!(counts.lines().count(), 1 + 31 * 24 * 4, "{}", counts.lines().take(3).collect::<Vec<_>>().join("\n"));
    let json: serde_json::Value = serde_json::from_str(&read("counts.json")).unwrap();
    assert_eq!(json["clicks"].as_array().unwrap().len(), 31 * 24 * 3);
    assert_eq!(verify(&workdir, &[]).0, Some(0));
    let (code, output) = verify(&workdir, &["--export", "october", "--key", "data/closing.key.pub"]);
    assert!(code == Some(0) && output.starts_with("record 1: first 2026-10: valid, sha256 "), "{output}");
    // A second run writes the same bytes and no second record.
    let before: Vec<_> = ["record.txt", "record.txt.minisig", "counts.csv", "journal.hledger"].map(read).into();
    assert!(close_successfully(&workdir, &["--out", "october"]).contains("was closed before"));
    assert_eq!(before, ["record.txt", "record.txt.minisig", "counts.csv", "journal.hledger"].map(read));
}

#[test]
fn later_counts_are_rejected_and_later_statements_are_reported() {
    let workdir = settled_month();
    close_successfully(&workdir, &[]);
    let store = Connection::open(workdir.path("data/counts.db")).unwrap();
    let refused = store.execute("update clicks set n = n + 1 where hour = '2026-10-05T12'", []).unwrap_err();
    assert!(refused.to_string().contains("this period is closed"), "{refused}");
    import_statement(&workdir, &october_statement(|day| Some(if day == 9 { 239 } else { 240 })));
    let (code, output) = verify(&workdir, &[]);
    assert!(code == Some(0) && output.contains("valid; 1 statements were imported later"), "{output}");
}

#[test]
fn detects_tampering() {
    for (change, message) in [
        (
            "drop trigger clicks_closed_update; update clicks set n = n + 1 where hour = '2026-10-05T12'",
            "the counts in the store are not those that were closed",
        ),
        (
            "drop trigger statement_rows_fixed; update statement_rows set revenue = revenue + 1 where day = '2026-10-05'",
            "the statement in the store is not the one that was closed",
        ),
        (
            "drop trigger closings_fixed; update closings set record = replace(record, 'within', 'matched')",
            "record 1: the signature does not match this record and this key",
        ),
        ("drop trigger closings_fixed; update closings set number = 2", "record 1: this record is missing"),
        (
            "drop trigger closings_fixed; update closings set month = '2026-09'",
            "the store has another month than the record",
        ),
    ] {
        let workdir = settled_month();
        close_successfully(&workdir, &[]);
        Connection::open(workdir.path("data/counts.db")).unwrap().execute_batch(change).unwrap();
        let (code, output) = verify(&workdir, &[]);
        assert!(code == Some(1) && output.contains(message), "{change}: {output}");
    }
    let workdir = settled_month();
    close_successfully(&workdir, &["--out", "october"]);
    for name in ["record.txt", "counts.csv", "statement.csv"] {
        let whole = std::fs::read(workdir.path("october").join(name)).unwrap();
        let mut changed = whole.clone();
        let last = changed.len() - 2;
        changed[last] ^= 1;
        workdir.write(&format!("october/{name}"), &changed);
        let (code, output) = verify(&workdir, &["--export", "october"]);
        assert!(code == Some(1) && output.contains(name), "{output}");
        workdir.write(&format!("october/{name}"), &whole);
    }
    assert_eq!(verify(&workdir, &["--export", "october"]).0, Some(0));
}

#[test]
fn a_month_that_cannot_be_closed_changes_nothing() {
    let workdir = october();
    let output =
        |done: &Output| String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr);
    let none = close(&workdir, &[]);
    assert!(
        none.status.code() == Some(1) && output(&none).contains("\nno_statement: 31 days; accept it with "),
        "{}",
        output(&none)
    );
    import_statement(&workdir, &october_statement(|_| Some(200)));
    let out = close(&workdir, &[]);
    assert!(
        out.status.code() == Some(1) && output(&out).contains("is not closed: the month is under"),
        "{}",
        output(&out)
    );
    let lines = close(&workdir, &["--accept", "a\nb"]);
    assert!(
        lines.status.code() == Some(2) && output(&lines).contains("the reason must be one line"),
        "{}",
        output(&lines)
    );
    let now = jiff::Timestamp::now().strftime("%Y-%m").to_string();
    let open = workdir.run(&["close", "--partner", "first", "--month", &now, "--accept", "x"]);
    assert!(open.status.code() == Some(2) && output(&open).contains("the month is not over"), "{}", output(&open));
    assert_eq!(verify(&workdir, &[]).1, "no month is closed\n");
    close_successfully(&workdir, &["--accept", "agreed by telephone"]);
    let record: String = Connection::open(workdir.path("data/counts.db"))
        .unwrap()
        .query_row("select record from closings", [], |row| row.get(0))
        .unwrap();
    assert!(record.contains("\nstatus: under\nreason: agreed by telephone\n"), "{record}");
    use std::os::unix::fs::PermissionsExt as _;
    let mode = std::fs::metadata(workdir.path("data/closing.key")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}
