//! Tampering with the exported folders of closed months: every file, and what does not belong to one. Each change is found by
//! `verify --export`, which names the file.

use std::path::Path;

use crate::reconcile::{import_statement, october, october_statement};
use crate::tampering::{closed_in_sqlite, run, verify};
use qsproxy_test_support::workdir::Workdir;

/// What is done to a file of a folder.
fn file_changes(bytes: &[u8], seed: u64) -> Vec<(String, Vec<u8>)> {
    let mut changes = vec![
        ("truncated".to_owned(), bytes[..bytes.len() - 1].to_vec()),
        ("halved".to_owned(), bytes[..bytes.len() / 2].to_vec()),
        ("emptied".to_owned(), Vec::new()),
        ("a line added".to_owned(), [bytes, b"\n"].concat()),
        ("a byte added".to_owned(), [bytes, b"x"].concat()),
    ];
    let mut random = seed;
    for _ in 0..8 {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let at = usize::try_from(random >> 33).unwrap() % bytes.len();
        let bit = 1 << (random >> 29 & 7);
        let mut flipped = bytes.to_vec();
        flipped[at] ^= bit;
        changes.push((format!("byte {at} xor {bit}"), flipped));
    }
    changes
}

#[test]
fn every_changed_file_of_a_folder_is_found() {
    let workdir = closed_in_sqlite();
    for (n, folder) in ["october", "correction", "september"].into_iter().enumerate() {
        let export = ["--export", folder];
        let names: Vec<String> = std::fs::read_dir(workdir.path(folder))
            .unwrap()
            .flatten()
            .map(|entry| entry.file_name().into_string().unwrap())
            .collect();
        assert!(names.len() >= 7, "{names:?}");
        assert_eq!(verify(&workdir, &export).0, Some(0));
        for name in &names {
            let path = workdir.path(folder).join(name);
            let whole = std::fs::read(&path).unwrap();
            let find = |change: &str| {
                let (code, output) = verify(&workdir, &export);
                assert!(
                    code == Some(1) && output.contains(name.as_str()),
                    "{folder}/{name} {change}: {code:?} {output}"
                );
            };
            for (change, bytes) in file_changes(&whole, n as u64 + 1) {
                std::fs::write(&path, bytes).unwrap();
                find(&change);
            }
            std::fs::remove_file(&path).unwrap();
            find("removed");
            std::fs::write(workdir.path(folder).join(format!("{name}.old")), &whole).unwrap();
            find("renamed");
            std::fs::write(&path, &whole).unwrap();
            find("copied");
            std::fs::remove_file(workdir.path(folder).join(format!("{name}.old"))).unwrap();
        }
        assert_eq!(verify(&workdir, &export).0, Some(0));
        foreign_entries_are_found(&workdir, folder);
    }
}

fn foreign_entries_are_found(workdir: &Workdir, folder: &str) {
    let export = ["--export", folder];
    std::fs::create_dir(workdir.path(folder).join("notes")).unwrap();
    let (code, output) = verify(workdir, &export);
    assert!(code == Some(1) && output.contains("notes does not belong to this record"), "{output}");
    std::fs::remove_dir(workdir.path(folder).join("notes")).unwrap();
    let journal = Path::new("journal.hledger");
    std::os::unix::fs::symlink(journal, workdir.path(folder).join("link")).unwrap();
    assert_eq!(verify(workdir, &export).0, Some(1));
    std::fs::remove_file(workdir.path(folder).join("link")).unwrap();
}

#[test]
fn a_folder_with_other_files_is_not_written_to() {
    let workdir = october();
    import_statement(&workdir, &october_statement(|_| Some(240)));
    workdir.write("out/journal.hledger", b"; of last month\n");
    let close = ["close", "--partner", "first", "--month", "2026-10", "--out", "out"];
    let refused = |why: &str| {
        let done = workdir.run(&close);
        let output = String::from_utf8_lossy(&done.stderr).into_owned();
        assert!(done.status.code() == Some(2) && output.contains(why), "{output}");
    };
    refused("journal.hledger");
    assert_eq!(verify(&workdir, &[]).1, "no month is closed\n", "nothing is half done");
    std::fs::remove_file(workdir.path("out/journal.hledger")).unwrap();
    run(&workdir, &close);
    run(&workdir, &close);
    workdir.write("out/statement.csv", b"day\n");
    refused("statement.csv");
    std::fs::remove_file(workdir.path("out/statement.csv")).unwrap();
    workdir.write("out/more.csv", b"day\n");
    refused("more.csv");
    refused("record 1 is signed and stored, and its folder is not complete");
    std::fs::remove_file(workdir.path("out/more.csv")).unwrap();
    run(&workdir, &close);
    assert_eq!(verify(&workdir, &["--export", "out"]).0, Some(0));
}

/// A process that is killed while it writes a folder leaves some of its files, and one that is not finished.
#[test]
fn a_folder_that_was_not_finished_is_finished_by_the_same_command() {
    let workdir = october();
    import_statement(&workdir, &october_statement(|_| Some(240)));
    let close = ["close", "--partner", "first", "--month", "2026-10", "--out", "out"];
    run(&workdir, &close);
    import_statement(&workdir, &october_statement(|day| Some(if day == 9 { 241 } else { 240 })));
    let correct = ["close", "--correct", "--partner", "first", "--month", "2026-10", "--out", "correction"];
    run(&workdir, &correct);
    for (command, folder) in [(&close[..], "out"), (&correct[..], "correction")] {
        let whole = verify(&workdir, &["--export", folder]);
        std::fs::rename(workdir.path(folder).join("statement.csv"), workdir.path(folder).join("statement.csv.part"))
            .unwrap();
        std::fs::remove_file(workdir.path(folder).join("record.txt")).unwrap();
        assert_eq!(verify(&workdir, &["--export", folder]).0, Some(1));
        run(&workdir, command);
        assert_eq!((verify(&workdir, &["--export", folder]), whole.0), (whole, Some(0)));
    }
}
