//! The books as a person keeps them: statements imported, replaced, withdrawn and used again, for all codes or some, on SQLite and with
//! the same words on PostgreSQL.

use std::sync::Arc;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::Value;

use crate::postgres::postgres_config;
use qsproxy_test_support::config::ConfigBuilder;
use qsproxy_test_support::mock_partner::MockPartner;
use qsproxy_test_support::postgres::PostgresProcess;
use qsproxy_test_support::test_env::sample_results;
use qsproxy_test_support::workdir::Workdir;

const PROFILE: &str =
    r#"{ zone = "UTC", date = "Date", code = "Channel", clicks = "Clicks", revenue = "Revenue", currency = "USD" }"#;
/// A file for each code, without a column of it, with the day first.
const DAY_FIRST: &str = r#"{ zone = "UTC", date = "Date", date_format = "%d/%m/%Y", clicks = "Clicks" }"#;

/// A folder whose store has its tables.
fn books(config: ConfigBuilder, profile: &str) -> Arc<Workdir> {
    let config = config.with("partner first", "statement", profile).code("toolbar-two", r#"["first"]"#);
    let config = config.with("code toolbar-main", "tags", r#"{ first = "TAG1" }"#);
    let config = config.with("code toolbar-two", "tags", r#"{ first = "TAG2" }"#);
    let workdir = Workdir::new(&config.text());
    assert!(workdir.start().terminate().success());
    workdir
}

fn sqlite_books(profile: &str) -> Arc<Workdir> {
    books(ConfigBuilder::new(&MockPartner::json(sample_results())), profile)
}

/// Runs a command. Returns its exit code and all that it printed.
fn run(workdir: &Workdir, command: &str) -> (Option<i32>, String) {
    let done = workdir.run(&command.split(' ').collect::<Vec<_>>());
    let text = String::from_utf8([done.stdout, done.stderr].concat()).unwrap();
    assert!(!text.contains("panicked"), "{command}: {text}");
    (done.status.code(), text)
}

/// Runs a command, and checks its exit code and that it printed these parts.
#[track_caller]
fn expect(workdir: &Workdir, command: &str, exit: i32, parts: &[&str]) -> String {
    let (code, text) = run(workdir, command);
    assert_eq!(code, Some(exit), "{command}: {text}");
    let one_line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for part in parts {
        assert!(one_line.contains(part), "{command}: {part:?} is not in {text}");
    }
    text
}

/// The states in `statement list`, in order.
fn states(workdir: &Workdir) -> Vec<String> {
    let (_, text) = run(workdir, "statement list --format json");
    let list: Value = serde_json::from_str(&text).unwrap();
    list.as_array().unwrap().iter().map(|row| row["state"].as_str().unwrap().to_owned()).collect()
}

/// Their revenue of a day, as reconciled.
fn revenue(workdir: &Workdir, day: &str) -> String {
    let (_, text) = run(workdir, &format!("reconcile --partner first --month {} --format csv", &day[..7]));
    let header: Vec<&str> = text.lines().next().unwrap().split(',').collect();
    let column = header.iter().position(|name| *name == "revenue").unwrap();
    // Without a statement there are no rows of days.
    let row = text.lines().find(|line| line.starts_with(day)).unwrap_or_default();
    row.split(',').nth(column).unwrap_or_default().to_owned()
}

/// Each file, by name.
const FILES: [(&str, &str); 9] = [
    (
        "right.csv",
        "2026-10-01,TAG1,120,41.23\n2026-10-01,TAG2,10,1.00\n2026-10-02,TAG1,98,33.90\n2026-10-02,TAG2,20,2.00\n",
    ),
    (
        "wrong.csv",
        "2026-10-01,TAG1,12,4.12\n2026-10-01,TAG2,10,1.00\n2026-10-02,TAG1,98,33.90\n2026-10-02,TAG2,20,2.00\n",
    ),
    ("tag1.csv", "2026-10-01,TAG1,121,42.00\n2026-10-02,TAG1,99,33.90\n"),
    ("tag2.csv", "2026-10-01,TAG2,11,1.50\n2026-10-02,TAG2,21,2.00\n"),
    ("short.csv", "2026-10-01,TAG1,500,50.00\n2026-10-01,TAG2,500,50.00\n"),
    ("august.csv", "2026-08-15,TAG1,100,50.00\n2026-08-16,TAG1,100,50.00\n"),
    ("late.csv", "2026-08-15,TAG1,-40,-12.30\n2026-10-03,TAG1,5,1.00\n2026-10-04,TAG1,6,1.00\n"),
    ("ancient.csv", "2010-10-01,TAG1,5,1.00\n"),
    ("huge.csv", "2026-10-05,TAG1,9223372036854775807,1.00\n2026-10-05,TAG2,9223372036854775807,1.00\n"),
];

fn write_files(workdir: &Workdir) {
    for (name, rows) in FILES {
        workdir.write(name, format!("Date,Channel,Clicks,Revenue\n{rows}").as_bytes());
    }
}

#[test]
fn the_right_file_is_in_force_after_a_wrong_one() {
    let workdir = sqlite_books(PROFILE);
    write_files(&workdir);
    let import = "statement import --partner first";
    expect(&workdir, &format!("{import} right.csv"), 0, &["imported as statement 1 of first"]);
    let refused = ["1 row has fewer clicks or less revenue", "--replace", "2026-10-01 TAG1 120 12 41.23 4.12 USD"];
    expect(&workdir, &format!("{import} wrong.csv"), 2, &refused);
    assert_eq!((states(&workdir), revenue(&workdir, "2026-10-01")), (vec!["in force".to_owned()], "42.23".to_owned()));
    let tried = ["clicks 248, revenue 78.13 USD", "clicks 140, revenue 41.02 USD", "nothing was imported (--dry-run)"];
    expect(&workdir, &format!("{import} wrong.csv --replace --dry-run"), 0, &tried);
    assert_eq!(states(&workdir).len(), 1);
    expect(&workdir, &format!("{import} wrong.csv --replace"), 0, &["statement 2 of first, revision 2"]);
    assert_eq!(
        (states(&workdir), revenue(&workdir, "2026-10-01")),
        (vec!["replaced".into(), "in force".into()], "5.12".into())
    );
    let known = ["statement 1, 2026-10-01 to 2026-10-02, is not in force", "statement 2", "`qsproxy statement use 1`"];
    expect(&workdir, &format!("{import} right.csv"), 2, &known);
    expect(&workdir, &format!("{import} right.csv --replace"), 0, &["statement 1 of first is in force again"]);
    assert_eq!(
        (states(&workdir), revenue(&workdir, "2026-10-01")),
        (vec!["in force".into(), "replaced".into()], "42.23".into())
    );
    let same = ["is in force", "this file was imported before, as statement 1; nothing changes"];
    expect(&workdir, &format!("{import} right.csv"), 0, &same);
    expect(&workdir, "statement use 1", 0, &["statement 1 is in force; nothing changes"]);
}

#[test]
fn a_withdrawn_statement_leaves_its_days_to_the_one_before_or_to_none() {
    let workdir = sqlite_books(PROFILE);
    write_files(&workdir);
    expect(&workdir, "statement import --partner first right.csv", 0, &[]);
    expect(&workdir, "statement import --partner first wrong.csv --replace", 0, &[]);
    expect(
        &workdir,
        "statement withdraw 2 --dry-run",
        0,
        &["2026-10-01 TAG1 12 120", "nothing was changed (--dry-run)"],
    );
    let withdrawn = workdir.run(&["statement", "withdraw", "2", "--reason", "the partner's mistake"]);
    assert!(withdrawn.status.success());
    assert_eq!(
        (states(&workdir), revenue(&workdir, "2026-10-01")),
        (vec!["in force".into(), "withdrawn".into()], "42.23".into())
    );
    expect(
        &workdir,
        "statement show 2",
        0,
        &["withdrawn: the partner's mistake", "state: not in force", "sha256 of the file: "],
    );
    expect(&workdir, "statement withdraw 1", 0, &["statement 1 of first is withdrawn"]);
    assert_eq!(revenue(&workdir, "2026-10-01"), "");
    expect(&workdir, "statement withdraw 1", 0, &["nothing changes"]);
    expect(
        &workdir,
        "statement import --partner first right.csv",
        2,
        &["it was withdrawn", "`qsproxy statement use 1`"],
    );
    expect(&workdir, "statement use 2", 0, &["statement 2 of first is in force again"]);
    assert_eq!(revenue(&workdir, "2026-10-01"), "5.12");
    for command in ["withdraw", "use", "show"] {
        expect(&workdir, &format!("statement {command} 9"), 2, &["there is no statement 9", "qsproxy statement list"]);
    }
    let lines = workdir.run(&["statement", "withdraw", "2", "--reason", "two\nlines"]);
    assert_eq!(lines.status.code(), Some(2));
    let (_, shown) = run(&workdir, "statement show 2 --format json");
    let shown: Value = serde_json::from_str(&shown).unwrap();
    assert_eq!((shown["state"].as_str(), shown["rows"].as_array().unwrap().len()), (Some("in force"), 4));
    let events: Vec<_> =
        shown["events"].as_array().unwrap().iter().map(|event| event["event"].as_str().unwrap()).collect();
    assert_eq!(events, ["imported", "withdrawn", "used"]);
    assert_eq!(expect(&workdir, "statement show 2 --format csv", 0, &[]).lines().count(), 5);
}

#[test]
fn the_list_of_statements_is_of_a_partner_and_a_month() {
    let workdir = sqlite_books(PROFILE);
    write_files(&workdir);
    expect(&workdir, "statement import --partner first right.csv", 0, &[]);
    // Of November, with a correction of a day of September.
    workdir.write(
        "later.csv",
        b"Date,Channel,Clicks,Revenue\n2026-09-30,TAG1,-1,-0.10\n2026-11-01,TAG1,5,1.00\n2026-11-02,TAG1,5,1.00\n",
    );
    expect(&workdir, "statement import --partner first later.csv", 0, &[]);
    for (more, numbers) in [
        ("", &["1", "2"][..]),
        (" --partner first", &["1", "2"]),
        (" --partner first --month 2026-10", &["1"]),
        (" --month 2026-11", &["2"]),
        (" --month 2026-09", &["2"]),
        (" --month 2026-08", &[]),
    ] {
        let text = expect(&workdir, &format!("statement list --format csv{more}"), 0, &[]);
        let found: Vec<&str> = text.lines().skip(1).filter_map(|line| line.split(',').next()).collect();
        assert_eq!(found, numbers, "{more}: {text}");
    }
    expect(&workdir, "statement list --partner frist", 2, &["--partner frist: no such partner", "choose one of first"]);
    expect(&workdir, "statement list --month 2026-13", 2, &["--month 2026-13: this must be a month, YYYY-MM"]);
}

#[test]
fn a_statement_of_some_codes_replaces_these_only() {
    let workdir = sqlite_books(PROFILE);
    write_files(&workdir);
    let import = "statement import --partner first";
    expect(&workdir, &format!("{import} right.csv"), 0, &[]);
    expect(&workdir, &format!("{import} tag1.csv"), 2, &["2 rows that are in force would be gone", "--replace"]);
    expect(&workdir, &format!("{import} tag1.csv --codes TAG2"), 2, &["rows of other codes, too: \"TAG1\""]);
    expect(&workdir, &format!("{import} tag1.csv --codes TAG1"), 0, &["it speaks for code TAG1 only", "statement 2"]);
    expect(
        &workdir,
        &format!("{import} tag2.csv --codes-of-file"),
        0,
        &["it speaks for code TAG2 only", "statement 3"],
    );
    assert_eq!(
        (states(&workdir), revenue(&workdir, "2026-10-01")),
        (["in part", "in force", "in force"].map(String::from).into(), "43.50".into())
    );
    expect(&workdir, "statement withdraw 3", 0, &[]);
    assert_eq!((states(&workdir)[0].as_str(), revenue(&workdir, "2026-10-01").as_str()), ("in part", "43.00"));

    let workdir = sqlite_books(DAY_FIRST);
    workdir.write("a.csv", b"Date,Clicks\n13/10/2026,0\n");
    expect(&workdir, &format!("{import} a.csv --codes TAG1,TAG2"), 2, &["no column of codes", "one code only"]);
    expect(&workdir, &format!("{import} a.csv --codes-of-file"), 2, &["does not name codes"]);
    expect(&workdir, &format!("{import} a.csv --codes TAG1"), 0, &["imported as statement 1"]);
    expect(&workdir, &format!("{import} a.csv --codes TAG2"), 0, &["imported as statement 2 of first"]);
    assert_eq!(states(&workdir), ["in force", "in force"]);
    expect(&workdir, "statement show 2 --format csv", 0, &["2026-10-13,2026-10-13,TAG2,,0"]);
}

#[test]
fn older_preliminary_and_impossible_files_are_refused() {
    let workdir = sqlite_books(PROFILE);
    write_files(&workdir);
    let import = "statement import --partner first";
    expect(&workdir, &format!("{import} tag1.csv --codes TAG1 --preliminary"), 0, &["statement 1"]);
    expect(&workdir, &format!("{import} right.csv --replace"), 0, &["statement 2"]);
    let refused = ["a preliminary number would replace one that is not", "withdraw"];
    expect(&workdir, &format!("{import} tag1.csv --codes TAG1 --preliminary --replace"), 2, &refused);
    expect(&workdir, "statement use 1", 2, &refused);
    expect(
        &workdir,
        &format!("{import} short.csv"),
        2,
        &["it ends earlier than statement 2", "2026-10-02", "--replace"],
    );
    expect(&workdir, &format!("{import} ancient.csv"), 2, &["2010-10-01 is more than 3653 days ago"]);
    expect(&workdir, &format!("{import} huge.csv"), 2, &["the sum of clicks is too large"]);
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let now = jiff::Timestamp::from_second(i64::try_from(now).unwrap()).unwrap();
    let tomorrow = jiff::tz::Offset::UTC.to_datetime(now).date().tomorrow().unwrap();
    workdir.write("future.csv", format!("Date,Channel,Clicks,Revenue\n{tomorrow},TAG1,5,1.00\n").as_bytes());
    expect(&workdir, &format!("{import} future.csv"), 2, &[&format!("{tomorrow} is after today")]);
    assert_eq!(states(&workdir), ["replaced", "in force"]);

    let workdir = sqlite_books(DAY_FIRST);
    workdir.write("one.csv", b"Date,Clicks\n01/10/2026,10\n");
    workdir.write("other.csv", b"Date,Clicks\n01/10/2026,11\n");
    expect(&workdir, &format!("{import} one.csv"), 0, &[]);
    let asked = [
        "with date_format = \"%d/%m/%Y\" it is about 2026-10-01 to 2026-10-01",
        "exchanged it would be about 2026-01-10",
        "--replace",
    ];
    expect(&workdir, &format!("{import} other.csv"), 2, &asked);
    expect(&workdir, &format!("{import} other.csv --replace"), 0, &["statement 2"]);
}

#[test]
fn a_correction_of_an_older_day_is_added_to_it() {
    let workdir = sqlite_books(PROFILE);
    write_files(&workdir);
    expect(&workdir, "statement import --partner first august.csv", 0, &[]);
    let close = workdir.run(&[
        "close",
        "--partner",
        "first",
        "--month",
        "2026-08",
        "--accept",
        "a trial",
        "--accept",
        "missing_days=a trial",
    ]);
    assert!(close.status.success(), "{}", String::from_utf8_lossy(&close.stderr));
    let shown = [
        "late.csv: 2026-10-03 to 2026-10-04, 2 rows",
        "1 row corrects an older day",
        "2026-08-15 TAG1 100 60 50.00 37.70 USD",
        "2026-08 is closed and stays as it was signed",
        "imported as statement 2 of first",
    ];
    expect(&workdir, "statement import --partner first late.csv", 0, &shown);
    expect(&workdir, "verify", 0, &["2026-08: valid"]);
    expect(&workdir, "statement show 2 --format csv", 0, &["2026-08-15,2026-08-15,TAG1,,-40,-12.30,USD,,correction"]);
    expect(&workdir, "statement withdraw 2", 0, &["2026-08-15 TAG1 60 100 37.70 50.00 USD"]);
}

/// The commands of a random month: imports of random files for all codes or some, withdrawals and uses.
fn random_commands(workdir: &Workdir, seed: u64) -> Vec<String> {
    let mut rng = StdRng::seed_from_u64(seed);
    (1..=14)
        .map(|n| {
            if n > 2 && rng.random_bool(0.4) {
                let command = if rng.random_bool(0.5) { "withdraw" } else { "use" };
                return format!("statement {command} {}", rng.random_range(1..n));
            }
            let (first, days) = (rng.random_range(1..8), rng.random_range(1..5));
            let codes = ["TAG1", "TAG2"][..rng.random_range(1..=2)].to_vec();
            let mut text = "Date,Channel,Clicks,Revenue\n".to_owned();
            for day in first..first + days {
                for code in &codes {
                    let clicks = rng.random_range(0..50);
                    text += &format!("2026-10-{day:02},{code},{clicks},{clicks}.50\n");
                }
            }
            workdir.write(&format!("{n}.csv"), text.as_bytes());
            let scope = if rng.random_bool(0.5) { " --codes-of-file" } else { "" };
            let replace = if rng.random_bool(0.7) { " --replace" } else { "" };
            format!("statement import --partner first {n}.csv{scope}{replace}")
        })
        .collect()
}

#[test]
#[ignore = "needs PostgreSQL"]
fn postgresql_keeps_the_same_books_in_the_same_words() {
    let server = PostgresProcess::start();
    let on_server = books(postgres_config(&MockPartner::json(sample_results()), &server.url()), PROFILE);
    let on_sqlite = sqlite_books(PROFILE);
    write_files(&on_server);
    write_files(&on_sqlite);
    let mut commands = random_commands(&on_sqlite, 16);
    random_commands(&on_server, 16);
    let more = ["august.csv", "late.csv", "huge.csv", "tag1.csv --preliminary", "right.csv --replace --dry-run"];
    commands.extend(more.map(|rest| format!("statement import --partner first {rest}")));
    commands.push("statement show 1".to_owned());
    commands.push("reconcile --partner first --month 2026-08".to_owned());
    let mut exits = std::collections::BTreeSet::new();
    for command in commands {
        for command in [command.as_str(), "statement list", "reconcile --partner first --month 2026-10 --format csv"] {
            let (one, other) = (run(&on_sqlite, command), run(&on_server, command));
            assert_eq!(one, other, "{command}");
            exits.insert(one.0);
        }
    }
    assert!(exits.contains(&Some(0)) && exits.contains(&Some(2)), "{exits:?}");
    for change in
        ["delete from statement_events", "update statement_codes set code = ''", "truncate statement_corrections"]
    {
        assert!(server.try_query(change).unwrap_err().contains("are kept"), "{change}");
    }
}

/// A month that has nothing but a correction of a later file is in the settlement.
#[test]
fn a_correction_of_a_month_without_a_statement_is_settled() {
    let workdir = sqlite_books(PROFILE);
    write_files(&workdir);
    expect(&workdir, "statement import --partner first late.csv", 0, &[]);
    let (_, text) = run(&workdir, "settlement --format csv");
    let months: Vec<&str> = text.lines().filter_map(|line| line.split(',').nth(2)).collect();
    assert_eq!(months, ["month", "2026-08", "2026-10", "total"], "{text}");
    assert!(text.contains(",2026-08,credit,statement,-12.30,"), "{text}");
    // Every month of a long statement that is open is named.
    let days: Vec<String> = (1..=31 + 28 + 31)
        .map(|n| {
            let day = jiff::civil::date(2026, 1, 1).saturating_add(jiff::Span::new().days(n - 1));
            format!("{day},TAG1,1,1.00\n")
        })
        .collect();
    workdir.write("long.csv", format!("Date,Channel,Clicks,Revenue\n{}", days.concat()).as_bytes());
    expect(&workdir, "statement import --partner first long.csv", 0, &[]);
    let (_, text) = run(&workdir, "overview --from 2026-09 --to 2026-10");
    assert!(text.contains("first 2026-01, first 2026-02, first 2026-03"), "{text}");
}

/// A file has a part of a day that is not over; the same file is not another partner's; and a file that was replaced is no alarm of a job.
#[test]
fn unfinished_days_foreign_files_and_known_files_are_told() {
    let workdir = sqlite_books(PROFILE);
    write_files(&workdir);
    let today = jiff::tz::Offset::UTC.to_datetime(jiff::Timestamp::now()).date();
    workdir.write("today.csv", format!("Date,Channel,Clicks,Revenue\n{today},TAG1,5,1.00\n").as_bytes());
    let import = "statement import --partner first";
    expect(&workdir, &format!("{import} today.csv"), 0, &["1 row is of days that are not over, and preliminary"]);
    let rows = run(&workdir, "statement show 1 --format csv").1;
    assert!(rows.contains(&format!("{today},{today},TAG1,,5,1.00,USD,no,stated")), "{rows}");
    expect(&workdir, &format!("{import} right.csv"), 0, &[]);
    expect(&workdir, &format!("{import} wrong.csv --replace"), 0, &[]);
    expect(&workdir, &format!("{import} right.csv"), 2, &["statement use 2"]);
    expect(
        &workdir,
        &format!("{import} right.csv --skip-known"),
        0,
        &["imported before, as statement 2; nothing changes (--skip-known)"],
    );
    assert_eq!(states(&workdir)[1..], ["replaced", "in force"]);
    let store = rusqlite::Connection::open(workdir.path("data/counts.db")).unwrap();
    let other = "insert into statements (number, partner, imported, sha256, revision, first, last, currency, profile)
         select 9, 'another', imported, '{sha256}', 1, first, last, currency, profile from statements where number = 2";
    workdir.write("new.csv", b"Date,Channel,Clicks,Revenue\n2026-09-01,TAG1,5,1.00\n");
    let sha256 = std::process::Command::new("sha256sum").arg(workdir.path("new.csv")).output().unwrap().stdout;
    let sha256 = String::from_utf8_lossy(&sha256[..64]).into_owned();
    store.execute_batch(&other.replace("{sha256}", &sha256)).unwrap();
    let foreign = "the same file was imported for another partner, another, as statement 9";
    expect(&workdir, &format!("{import} new.csv"), 2, &[foreign, "--replace"]);
}
