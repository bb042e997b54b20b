//! Faults while a closed month is corrected, and what makes a chain ambiguous: a disk with little space, a clock that is far off, hand-overs
//! of one key to two, an older copy of a folder or of the store, archives in each other's place. Each is refused or found, and nothing is half
//! done.

use std::fs;
use std::sync::Arc;

use rusqlite::Connection;

use crate::reconcile::{import_statement, october, october_statement};
use crate::tampering::{closed_in_sqlite, run, verify};
use qsproxy_test_support::fake_clock::FakeClock;
use qsproxy_test_support::tmpfs::Tmpfs;
use qsproxy_test_support::workdir::Workdir;

const MONTH: [&str; 4] = ["--partner", "first", "--month", "2026-10"];
const CORRECT: [&str; 6] = ["close", "--correct", "--partner", "first", "--month", "2026-10"];

/// The exit code and the output of a command.
fn outcome(workdir: &Workdir, arguments: &[&str]) -> (Option<i32>, String) {
    let done = workdir.run(arguments);
    (done.status.code(), String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr))
}

fn store(workdir: &Workdir) -> Connection {
    Connection::open(workdir.path("data/counts.db")).unwrap()
}

/// The rows of the chain's tables: closings, corrections, hand-overs, archives.
fn chain(workdir: &Workdir) -> [i64; 4] {
    let store = store(workdir);
    ["closings", "corrections", "key_hand_overs", "closing_archives"]
        .map(|table| store.query_row(&format!("select count(*) from {table}"), [], |row| row.get(0)).unwrap())
}

/// A working directory with a closed October, for which a statement with other numbers came since.
fn restated_october() -> Arc<Workdir> {
    let workdir = october();
    import_statement(&workdir, &october_statement(|day| Some(if day == 9 { 238 } else { 240 })));
    run(&workdir, &[&["close"][..], &MONTH, &["--out", "october"]].concat());
    import_statement(&workdir, &october_statement(|_| Some(240)));
    workdir
}

/// Runs a command on a disk with more and more space, until it succeeds. Whenever it fails, it says why, the chain verifies, and has
/// as much as before or all that the command adds.
#[track_caller]
fn on_a_small_disk(workdir: &Workdir, disk: &Tmpfs, arguments: &[&str]) {
    let before = chain(workdir);
    for pages in 0..200 {
        disk.fill_but(pages);
        let (code, output) = outcome(workdir, arguments);
        disk.free();
        let (verified, found) = verify(workdir, &[]);
        assert_eq!(verified, Some(0), "{arguments:?} with {pages} pages: {output}\n{found}");
        if code == Some(0) {
            assert!(pages > 3, "{pages} pages are no small disk");
            return;
        }
        let is_clear = output.contains("has free space") || output.contains("No space left");
        assert!(code == Some(2) && is_clear, "{arguments:?} with {pages} pages: {code:?} {output}");
        assert!(
            chain(workdir) == before || output.contains("is signed and stored") || output.contains("hands the chain"),
            "{arguments:?} with {pages} pages: {output}"
        );
    }
    panic!("{arguments:?} never succeeded");
}

#[test]
#[ignore = "needs root, to mount a tmpfs"]
fn closing_correcting_and_handing_over_fail_completely_on_a_full_disk() {
    let workdir = october();
    import_statement(&workdir, &october_statement(|day| Some(if day == 9 { 238 } else { 240 })));
    let bytes = fs::read(workdir.path("data/counts.db")).unwrap();
    let disk = Tmpfs::mount(workdir.path("data"));
    workdir.write("data/counts.db", &bytes);
    on_a_small_disk(&workdir, &disk, &[&["close"][..], &MONTH, &["--out", "data/october"]].concat());
    import_statement(&workdir, &october_statement(|_| Some(240)));
    on_a_small_disk(&workdir, &disk, &[&CORRECT[..], &["--out", "data/correction"]].concat());
    on_a_small_disk(&workdir, &disk, &["keys", "closing", "rotate"]);
    let september = ["close", "--partner", "first", "--month", "2026-09", "--accept", "a trial"];
    on_a_small_disk(&workdir, &disk, &september);
    for folder in ["data/october", "data/correction"] {
        run(&workdir, &["verify", "--export", folder]);
    }
}

/// A command that is run while the clock says this.
fn outcome_at(workdir: &Workdir, time: &str, arguments: &[&str]) -> (Option<i32>, String) {
    let clock = FakeClock::starting_at(time);
    let done = workdir.command().envs(clock.env_vars()).args(arguments).output().unwrap();
    (done.status.code(), String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr))
}

#[test]
#[ignore = "needs faketime"]
fn a_clock_that_is_far_off_signs_nothing() {
    let workdir = restated_october();
    let before = chain(&workdir);
    let september = ["close", "--partner", "first", "--month", "2026-09", "--accept", "a trial"];
    let store = store(&workdir);
    let closed: String = store.query_row("select max(day) from statement_events", [], |row| row.get(0)).unwrap();
    let year: i32 = closed[..4].parse().unwrap();
    let times = [
        ("1970-01-02 00:00:00".to_owned(), "before"),
        ("1999-12-31 23:59:59".to_owned(), "before"),
        ("2020-02-29 12:00:00".to_owned(), "before"),
        ("2026-10-20 12:00:00".to_owned(), "before"),
        (format!("{}-12-31 12:00:00", year - 1), "before"),
        (format!("{}-02-20 03:14:08", year + 2), "days after"),
        ("2099-12-31 23:59:59".to_owned(), "days after"),
        ("2200-01-01 00:00:00".to_owned(), "days after"),
    ];
    for (time, why) in &times {
        for arguments in [&CORRECT[..], &september] {
            let (code, output) = outcome_at(&workdir, time, arguments);
            let is_named =
                output.contains("clock: the clock says ") && output.contains("accept it with --accept clock=REASON");
            assert!(code == Some(1) && is_named && output.contains(why), "{time} {arguments:?}: {output}");
        }
        // What was closed before is still written out.
        assert_eq!(outcome_at(&workdir, time, &[&["close"][..], &MONTH].concat()).0, Some(0), "{time}");
        assert_eq!(chain(&workdir), before);
    }
    // Whoever insists has it in the record, and the next record, by the right clock, needs a reason once.
    let accept = ["--accept", "clock=the battery was empty"];
    let (code, output) =
        outcome_at(&workdir, "2099-12-31 23:59:59", &[&CORRECT[..], &accept, &["--out", "out"]].concat());
    assert_eq!(code, Some(0), "{output}");
    let record = fs::read_to_string(workdir.path("out/record.txt")).unwrap();
    assert!(
        record.contains("clock; the clock says 2099-12-31") && record.contains("the battery was empty"),
        "{record}"
    );
    let (code, output) = outcome(&workdir, &september);
    assert!(code == Some(1) && output.contains("which is before record 2 on 2099-12-31"), "{output}");
    run(&workdir, &[&september[..], &["--accept", "clock=it is right again"]].concat());
    let (code, output) = verify(&workdir, &[]);
    assert!(
        code == Some(0) && output.contains("record 3: first 2026-09: valid; its day is before 2099-12-31"),
        "{output}"
    );
    run(&workdir, &["close", "--partner", "first", "--month", "2026-08", "--accept", "a trial"]);
}

#[test]
fn archives_in_each_others_place_are_found_by_every_command_that_reads_them() {
    let workdir = closed_in_sqlite();
    let store = store(&workdir);
    let swap = "drop trigger if exists closing_archives_fixed;
         create temp table a as select * from closing_archives;
         update closing_archives set archive = (select archive from a where number = 4) where number = 1;
         update closing_archives set archive = (select archive from a where number = 1) where number = 4;
         drop table a";
    store.execute_batch(swap).unwrap();
    let before = chain(&workdir);
    for arguments in [
        &["verify"][..],
        &CORRECT,
        &["close", "--partner", "first", "--month", "2026-10", "--out", "again"],
        &["reconcile", "--partner", "first", "--month", "2026-10"],
        &["reconcile", "--partner", "first", "--month", "2026-09"],
    ] {
        let (code, output) = outcome(&workdir, arguments);
        let is_named = output.contains("closing_archives: the row of record ")
            && output.contains(" is not the archive that was signed");
        assert!(code != Some(0) && is_named, "{arguments:?}: {output}");
    }
    assert!(chain(&workdir) == before && !workdir.path("again").exists());
    let (_, found) = verify(&workdir, &[]);
    assert!(found.contains("row of record 1 is not") && found.contains("row of record 4 is not"), "{found}");
    let (code, overview) = outcome(&workdir, &["overview", "--from", "2026-10", "--to", "2026-10"]);
    assert!(code == Some(1) && overview.contains("unreadable") && overview.contains("qsproxy verify"), "{overview}");
    store.execute_batch(swap).unwrap();
    assert_eq!(verify(&workdir, &[]).0, Some(0), "they are in their places again");
}

/// Hands the chain of a copy of `workdir` over, and returns the row of the hand-over.
fn other_hand_over(workdir: &Workdir, copy: &Workdir) -> [String; 3] {
    for file in ["data/counts.db", "data/closing.key", "data/closing.key.pub"] {
        copy.write(file, &fs::read(workdir.path(file)).unwrap());
    }
    run(copy, &["keys", "closing", "rotate"]);
    let row = "select record, signature, new_signature from key_hand_overs order by number desc limit 1";
    store(copy).query_row(row, [], |row| Ok([row.get(0)?, row.get(1)?, row.get(2)?])).unwrap()
}

#[test]
fn two_hand_overs_of_one_key_are_found_in_the_store_and_in_a_folder() {
    let (workdir, copy) = (october(), october());
    import_statement(&workdir, &october_statement(|_| Some(240)));
    let close = [&["close"][..], &MONTH, &["--out", "october"]].concat();
    run(&workdir, &close);
    store(&workdir).execute_batch("pragma wal_checkpoint(truncate)").unwrap();
    let [record, signature, new_signature] = other_hand_over(&workdir, &copy);
    run(&workdir, &["keys", "closing", "rotate"]);
    run(&workdir, &close);
    assert_eq!(verify(&workdir, &["--export", "october"]).0, Some(0));
    let refused = |arguments: &[&str], why: &str| {
        let (code, output) = verify(&workdir, arguments);
        assert!(code == Some(1) && output.contains(why), "{arguments:?}: {output}");
    };
    // The other hand-over of record 2, in the place of a record 3.
    let store = store(&workdir);
    let insert = "insert into key_hand_overs (number, record, signature, new_signature) values (3, ?1, ?2, ?3)";
    store.execute(insert, [&record, &signature, &new_signature]).unwrap();
    refused(&[], "record 3: this hand-over is not from the key that signed the records before it");
    let (code, output) =
        outcome(&workdir, &["close", "--partner", "first", "--month", "2026-09", "--accept", "a trial"]);
    assert!(code == Some(2) && output.contains("this is not the key that signs the chain"), "{output}");
    assert_eq!(chain(&workdir), [1, 0, 2, 1]);
    // Its files in a folder, under its own number and under another.
    let folder = |name: &str, text: &str| workdir.write(&format!("october/{name}"), text.as_bytes());
    let own: Vec<(String, Vec<u8>)> = ["hand-over-2.txt", "hand-over-2.txt.minisig", "hand-over-2.txt.new.minisig"]
        .map(|name| (name.to_owned(), fs::read(workdir.path("october").join(name)).unwrap()))
        .into();
    for number in [2, 3] {
        folder(&format!("hand-over-{number}.txt"), &record);
        folder(&format!("hand-over-{number}.txt.minisig"), &signature);
        folder(&format!("hand-over-{number}.txt.new.minisig"), &new_signature);
        if number == 3 {
            refused(&["--export", "october"], "hand-over-3.txt: this record is at the position of another one");
        } else {
            refused(&["--export", "october", "--key", "data/closing.key.pub"], "no hand-over in this folder leads");
            for (name, bytes) in &own {
                workdir.write(&format!("october/{name}"), bytes);
            }
        }
    }
    // What the key signs after it handed over is of no chain.
    let september = ["close", "--partner", "first", "--month", "2026-09", "--accept", "a trial"];
    let old = october();
    for file in ["data/counts.db", "data/closing.key", "data/closing.key.pub"] {
        old.write(file, &fs::read(copy.path(file)).unwrap());
    }
    run(&old, &[&september[..], &["--out", "september"]].concat());
    for (name, bytes) in &own {
        old.write(&format!("september/{name}"), bytes);
    }
    let (code, output) = verify(&old, &["--export", "september"]);
    assert!(code == Some(1) && output.contains("hand-over-2.txt"), "{output}");
}

#[test]
fn an_older_copy_of_a_folder_or_of_the_store_is_found() {
    let workdir = restated_october();
    store(&workdir).execute_batch("pragma wal_checkpoint(truncate)").unwrap();
    let older_store = fs::read(workdir.path("data/counts.db")).unwrap();
    let correct = |folder: &'static str| [&CORRECT[..], &["--out", folder]].concat();
    run(&workdir, &correct("first-correction"));
    import_statement(&workdir, &october_statement(|day| Some(if day == 9 { 239 } else { 240 })));
    run(&workdir, &correct("correction"));
    let (_, verified) = verify(&workdir, &[]);
    let digest = verified.trim_end().rsplit(' ').next().unwrap().to_owned();
    assert_eq!(verify(&workdir, &["--contains", &digest]), (Some(0), verified));
    assert_eq!(verify(&workdir, &["--contains", "abc"]).0, Some(2));
    // The first correction in the place of the second: the same command does not write to it, and says what is wrong.
    fs::rename(workdir.path("correction"), workdir.path("second")).unwrap();
    fs::rename(workdir.path("first-correction"), workdir.path("correction")).unwrap();
    let (code, output) = outcome(&workdir, &correct("correction"));
    assert!(code == Some(2) && output.contains("is not of this closing, or has another content"), "{output}");
    let (_, output) = verify(&workdir, &["--export", "correction"]);
    assert!(output.contains("record 2: first 2026-10, correction: valid") && !output.contains(&digest), "{output}");
    // Files of one in the other.
    for file in ["statement.csv", "journal.hledger", "record.txt.minisig", "books.csv"] {
        let newer = fs::read(workdir.path("second").join(file)).unwrap();
        let older = fs::read(workdir.path("correction").join(file)).unwrap();
        workdir.write(&format!("correction/{file}"), &newer);
        let (code, output) = verify(&workdir, &["--export", "correction"]);
        assert!(code == Some(1) && output.contains(file), "{output}");
        workdir.write(&format!("correction/{file}"), &older);
    }
    // The store as it was before: its chain is valid, and does not have the record that was printed.
    for end in ["-wal", "-shm"] {
        let _ = fs::remove_file(workdir.path(&format!("data/counts.db{end}")));
    }
    workdir.write("data/counts.db", &older_store);
    assert_eq!(verify(&workdir, &[]).0, Some(0));
    let (code, output) = verify(&workdir, &["--contains", &digest]);
    assert!(code == Some(1) && output.contains("or the store is an older copy of what it was"), "{output}");
    // A folder of what was lost is not overwritten with the record that takes its number.
    let (code, output) = outcome(&workdir, &correct("second"));
    assert!(code == Some(2) && output.contains("which is not of this closing"), "{output}");
    assert_eq!(chain(&workdir), [1, 0, 0, 1]);
}
