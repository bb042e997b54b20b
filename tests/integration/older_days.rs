//! Rows of a file that correct days of an older month: which later file takes them away, and that none does so unseen.

use std::sync::Arc;

use crate::settlement::{close, run, succeed};
use crate::statements::workdir_with_profile;
use qsproxy_test_support::workdir::Workdir;

const PROFILE: &str = r#"{ zone = "UTC", date = "Day", code = "Tag", clicks = "Clicks", revenue = "Money", currency = "USD", older_rows = "add" }"#;

/// Rows of one click and 10.00 for the days from `first` to `last` of a month.
fn days(month: &str, first: u32, last: u32) -> String {
    (first..=last).map(|day| format!("{month}-{day:02},QX1,20,10.00\n")).collect()
}

/// Imports a file with these rows: the exit code, and what is printed.
fn import(workdir: &Workdir, rows: &[&str], options: &[&str]) -> (i32, String) {
    workdir.write("statement.csv", format!("Day,Tag,Clicks,Money\n{}", rows.concat()).as_bytes());
    run(workdir, &[&["statement", "import", "--partner", "first", "statement.csv"], options].concat())
}

/// The revenue of August.
fn august(workdir: &Workdir) -> String {
    let text = String::from_utf8(workdir.run(&["settlement", "--format", "csv"]).stdout).unwrap();
    let row = text.lines().find(|line| line.contains(",2026-08,")).unwrap_or_else(|| panic!("{text}"));
    row.split(',').nth(5).unwrap().to_owned()
}

/// August with 310.00, and October with this correction of it.
fn corrected(correction: &str) -> Arc<Workdir> {
    let workdir = workdir_with_profile(PROFILE);
    assert_eq!(import(&workdir, &[&days("2026-08", 1, 31)], &[]).0, 0);
    let (code, text) = import(&workdir, &[correction, &days("2026-10", 1, 31)], &[]);
    assert_eq!(code, 0, "{text}");
    workdir
}

const TAKEN: &str = "2026-08-15,QX1,-5,-100.00\n";
const GIVEN: &str = "2026-08-15,QX1,5,100.00\n";

#[test]
fn a_file_that_has_only_some_days_of_another_leaves_its_corrections() {
    for (correction, revenue) in [(TAKEN, "210.00"), (GIVEN, "410.00")] {
        let workdir = corrected(correction);
        assert_eq!(august(&workdir), revenue);
        let (code, text) = import(&workdir, &[&days("2026-10", 31, 31), &days("2026-11", 1, 19)], &[]);
        assert_eq!((code, august(&workdir)), (0, revenue.to_owned()), "{text}");
        succeed(&workdir, &["statement", "withdraw", "3", "--reason", "a test"]);
        assert_eq!(august(&workdir), revenue);
        // One that corrects the same day, too, replaces the correction.
        let (code, text) = import(&workdir, &[correction, &days("2026-10", 31, 31), &days("2026-11", 1, 18)], &[]);
        assert_eq!((code, august(&workdir)), (0, revenue.to_owned()), "{text}");
        // A file of other days adds its own.
        assert_eq!(import(&workdir, &[TAKEN, &days("2026-09", 1, 30)], &[]).0, 0);
        assert_eq!(august(&workdir), if correction == TAKEN { "110.00" } else { "310.00" });
    }
}

#[test]
fn a_revision_without_the_correction_is_shown_and_needs_a_word() {
    for (correction, revenue) in [(TAKEN, "210.00"), (GIVEN, "410.00")] {
        let workdir = corrected(correction);
        let october = days("2026-10", 1, 31).replace("2026-10-31,QX1,20,10.00", "2026-10-31,QX1,20,10.01");
        let (code, text) = import(&workdir, &[&october], &[]);
        assert!(
            code == 2 && text.contains("1 correction of an older day is in the statement that it replaces"),
            "{text}"
        );
        assert!(text.contains(" 2026-08-15  QX1 "), "{text}");
        assert_eq!(august(&workdir), revenue);
        let lower = correction.replace("100.00", if correction == TAKEN { "100.01" } else { "99.99" });
        let (code, text) = import(&workdir, &[&lower, &october], &[]);
        assert!(code == 2 && text.contains("or lower in it"), "{text}");
        let (code, text) = import(&workdir, &[correction, &october], &[]);
        assert_eq!((code, august(&workdir)), (0, revenue.to_owned()), "{text}");
        let more = october.replace("10.01", "10.02");
        assert_eq!(import(&workdir, &[&more], &["--replace"]).0, 0);
        assert_eq!(august(&workdir), "310.00");
        // What is taken back comes back, and is shown.
        let text = succeed(&workdir, &["statement", "withdraw", "4", "--reason", "a test"]);
        assert!(text.contains(" 2026-08-15  QX1 ") && august(&workdir) == revenue, "{text}");
    }
}

#[test]
fn a_preliminary_correction_makes_its_day_preliminary_and_replaces_nothing() {
    let workdir = workdir_with_profile(PROFILE);
    assert_eq!(import(&workdir, &[&days("2026-08", 1, 31)], &[]).0, 0);
    let (code, text) = import(&workdir, &[TAKEN, &days("2026-10", 1, 31)], &["--preliminary"]);
    assert_eq!(code, 0, "{text}");
    let close = ["close", "--partner", "first", "--month", "2026-08", "--if-matched"];
    let (code, text) = run(&workdir, &close);
    assert!(code == 1 && text.contains("\nprovisional: 1 day: 2026-08-15; "), "{text}");
    // The final file with the same correction makes the day final again.
    let (code, text) = import(&workdir, &[TAKEN, &days("2026-10", 1, 30), "2026-10-31,QX1,20,10.01\n"], &[]);
    assert_eq!(code, 0, "{text}");
    let (_, text) = run(&workdir, &close);
    assert!(!text.contains("provisional"), "{text}");
}

/// A file of August that was made after the correction may contain it, or not: it is never taken twice unseen.
#[test]
fn a_revision_of_a_corrected_month_is_asked_whether_it_contains_the_correction() {
    let workdir = workdir_with_profile(PROFILE);
    let file = days("2026-08", 1, 31);
    assert_eq!(import(&workdir, &[&file], &[]).0, 0);
    close(&workdir, "first", "2026-08");
    assert_eq!(import(&workdir, &[TAKEN, &days("2026-10", 1, 31)], &[]).0, 0);
    let correct = || {
        let accept = ["--accept", "a test", "--accept", "compensating=a test"];
        let (code, text) =
            run(&workdir, &[&["close", "--correct", "--partner", "first", "--month", "2026-08"][..], &accept].concat());
        assert_eq!(code, 0, "{text}");
        text
    };
    assert!(correct().contains("their money changes by -100.00 USD"));
    let in_force = || {
        let text = run(&workdir, &["reconcile", "--partner", "first", "--month", "2026-08"]).1;
        text.split("revenue ").nth(2).unwrap_or_else(|| panic!("{text}")).lines().next().unwrap().to_owned()
    };
    assert_eq!(in_force(), "210.00 USD");
    // The day of the correction is as it was, so the file does not contain it; nobody needs to be asked.
    let other_day = file.replace("2026-08-16,QX1,20,10.00", "2026-08-16,QX1,20,10.01");
    assert_eq!(import(&workdir, &[&other_day], &[]).0, 0);
    assert_eq!(in_force(), "210.01 USD");
    let with = other_day.replace("2026-08-15,QX1,20,10.00", "2026-08-15,QX1,15,-90.00");
    let (code, text) = import(&workdir, &[&with], &["--replace"]);
    let question = "1 correction of its days is in other statements, such as that of 2026-08-15 in statement 2, and would be added to it";
    assert!(code == 2 && text.contains(question), "{text}");
    let (code, text) = import(&workdir, &[&with], &["--corrections", "contained"]);
    assert_eq!((code, in_force().as_str()), (0, "210.01 USD"), "{text}");
    assert!(correct().contains("their money changes by 0.01 USD"));
    assert!(
        succeed(&workdir, &["statement", "show", "4"]).contains("its file contains what other statements corrected")
    );
    // Again, it changes nothing, whatever is said; with --replace, another word counts.
    assert!(import(&workdir, &[&with], &["--corrections", "added"]).1.contains("nothing changes"));
    assert_eq!(import(&workdir, &[&with], &["--corrections", "added", "--replace"]).0, 0);
    assert_eq!(in_force(), "110.01 USD");
    assert_eq!(import(&workdir, &[&with], &["--corrections", "contained", "--replace"]).0, 0);
    assert_eq!(in_force(), "210.01 USD");
    // A correction that comes later is added, and what is withdrawn leaves what was before.
    assert_eq!(import(&workdir, &["2026-08-16,QX1,-1,-0.01\n", &days("2026-11", 1, 20)], &[]).0, 0);
    assert_eq!(in_force(), "210.00 USD");
    succeed(&workdir, &["statement", "withdraw", "4", "--reason", "a test"]);
    assert_eq!(in_force(), "210.00 USD");
    succeed(&workdir, &["statement", "use", "4"]);
    assert_eq!(in_force(), "210.00 USD");
    let (code, text) =
        import(&workdir, &[&with.replace(",-90.00", ",-90.01")], &["--replace", "--corrections", "added"]);
    assert_eq!((code, in_force().as_str()), (0, "109.99 USD"), "{text}");
    succeed(&workdir, &["verify"]);
}
