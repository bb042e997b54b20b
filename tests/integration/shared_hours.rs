//! Clicks that arrive late in an hour that two months share, since the partner's zone is off the whole hour: each of them is signed once.

use std::sync::Arc;

use rusqlite::Connection;
use serde_json::Value;

use crate::settlement::{run, succeed};
use crate::statements::workdir_with_profile;
use qsproxy_test_support::workdir::Workdir;

const PROFILE: &str =
    r#"{ zone = "Asia/Kolkata", date = "Day", code = "Tag", clicks = "Clicks", revenue = "Money", currency = "USD" }"#;

/// A store with thirty clicks at 18 UTC, around midnight in India, on each day from 31 August to 31 October, which the partner states.
fn months() -> Arc<Workdir> {
    let workdir = workdir_with_profile(PROFILE);
    execute(
        &workdir,
        "with recursive days(n) as (select 0 union all select n + 1 from days where n < 61)
         insert into clicks (hour, partner, code, kind, outcome, n)
         select strftime('%Y-%m-%dT18', '2026-08-31', n || ' days'), 'first', 'toolbar-main', 'sponsored', 'counted', 30 from days",
    );
    for (month, days) in [("2026-09", 30), ("2026-10", 31)] {
        let rows: String = (1..=days).map(|day| format!("{month}-{day:02},QX1,30,3.00\n")).collect();
        workdir.write("statement.csv", format!("Day,Tag,Clicks,Money\n{rows}").as_bytes());
        succeed(&workdir, &["statement", "import", "--partner", "first", "statement.csv"]);
    }
    workdir
}

fn execute(workdir: &Workdir, sql: &str) {
    Connection::open(workdir.path("data/counts.db")).unwrap().execute_batch(sql).unwrap();
}

/// Clicks that arrive late in the hour that September and October share.
fn arrive(workdir: &Workdir, code: &str, clicks: u32) {
    execute(
        workdir,
        &format!(
            "insert into adjustments values ('clicks', '2026-09-30T18', 'first', '{code}', 'sponsored', 'counted', {clicks})"
        ),
    );
}

fn close(workdir: &Workdir, month: &str, more: &[&str]) -> String {
    succeed(workdir, &[&["close", "--partner", "first", "--month", month], more].concat())
}

/// How many clicks a correction of the month adds.
fn correct(workdir: &Workdir, month: &str) -> i64 {
    let text = close(workdir, month, &["--correct", "--accept", "late clicks"]);
    let line = text.lines().find(|line| line.starts_with("our clicks: ")).unwrap_or_else(|| panic!("{text}"));
    line.rsplit(' ').next().unwrap().parse().unwrap()
}

/// The row of a month in `overview`, and the first lines of `reconcile`.
fn shown(workdir: &Workdir, month: &str) -> (Value, String) {
    let text = String::from_utf8(workdir.run(&["overview", "--from", month, "--to", month, "--format", "json"]).stdout);
    let rows: Value = serde_json::from_str(&text.unwrap()).unwrap();
    let reconciled = run(workdir, &["reconcile", "--partner", "first", "--month", month]).1;
    (rows[0].clone(), reconciled.lines().nth(1).unwrap().to_owned())
}

#[test]
fn corrections_of_neighbours_add_up_to_what_arrived() {
    let workdir = months();
    close(&workdir, "2026-09", &[]);
    close(&workdir, "2026-10", &[]);
    for (code, clicks, of_september) in [("toolbar-main", 1001, 500), ("other", 4, 2)] {
        arrive(&workdir, code, clicks);
        let september = correct(&workdir, "2026-09");
        let october = correct(&workdir, "2026-10");
        assert_eq!((september, october), (of_september, i64::from(clicks) - of_september), "{code}");
    }
    for (month, ours, difference, later) in [("2026-09", 1402, 502, 502), ("2026-10", 1433, 503, 503)] {
        let (row, line) = shown(&workdir, month);
        assert_eq!((row["ours"].as_i64(), &row["difference"]), (Some(ours), &difference.to_string().into()), "{row}");
        assert!(line.contains(&format!("; {later} clicks more were counted after the month was closed")), "{line}");
        assert_eq!(row["state"], "closed");
    }
    succeed(&workdir, &["verify"]);
}

#[test]
fn clicks_that_arrive_while_the_later_month_is_open_are_in_its_record() {
    let workdir = months();
    close(&workdir, "2026-09", &[]);
    arrive(&workdir, "toolbar-main", 1001);
    let (row, line) = shown(&workdir, "2026-10");
    assert_eq!(row["ours"], 1431, "{row}");
    assert!(line.contains("ours 1431, ") && !line.contains("after the month was closed"), "{line}");
    close(&workdir, "2026-10", &["--accept", "late clicks", "--out", "october"]);
    assert_eq!(shown(&workdir, "2026-10").0["state"], "closed");
    let record = std::fs::read_to_string(workdir.path("october/record.txt")).unwrap();
    assert!(
        record.contains("\nclicks_counted: 1431\n") && workdir.path("october/adjustments.csv").exists(),
        "{record}"
    );
    assert_eq!(correct(&workdir, "2026-09"), 500);
    assert!(close(&workdir, "2026-10", &["--correct"]).contains("nothing came since record 2"));
    arrive(&workdir, "other", 4);
    assert_eq!(correct(&workdir, "2026-09") + correct(&workdir, "2026-10"), 4);
    assert_eq!(
        (shown(&workdir, "2026-09").0["ours"].as_i64(), shown(&workdir, "2026-10").0["ours"].as_i64()),
        (Some(1402), Some(1433))
    );
    for arguments in [&["verify"][..], &["verify", "--export", "october"]] {
        succeed(&workdir, arguments);
    }
    // What was signed as having arrived is compared with the store.
    execute(&workdir, "drop trigger if exists adjustments_fixed; update adjustments set n = 1000 where n = 1001");
    let (code, text) = run(&workdir, &["verify"]);
    assert!(
        code == 1
            && text.contains("record 2")
            && text.contains("adjustments in the store are not those that were signed"),
        "{text}"
    );
}

/// Changes the zone of the partner's days.
fn set_zone(workdir: &Workdir, zone: &str) {
    let config = std::fs::read_to_string(workdir.path("proxy.toml")).unwrap();
    let (before, rest) = config.split_once("zone = \"").unwrap();
    let (_, after) = rest.split_once('"').unwrap();
    workdir.write("proxy.toml", format!("{before}zone = \"{zone}\"{after}").as_bytes());
}

#[test]
fn hours_between_months_of_two_zones_are_accepted_by_name() {
    let (india, pacific) = ("Asia/Kolkata", "America/Los_Angeles");
    for (first, second, order, hours) in [
        (
            india,
            pacific,
            ["2026-09", "2026-10"],
            "12 UTC hours from 2026-09-30T19 up to 2026-10-01T07 are in neither month",
        ),
        (
            pacific,
            india,
            ["2026-09", "2026-10"],
            "12 UTC hours from 2026-09-30T19 up to 2026-10-01T07 are in both months",
        ),
        (
            pacific,
            india,
            ["2026-10", "2026-09"],
            "13 UTC hours from 2026-09-30T18 up to 2026-10-01T07 are in neither month",
        ),
        (
            india,
            pacific,
            ["2026-10", "2026-09"],
            "13 UTC hours from 2026-09-30T18 up to 2026-10-01T07 are in both months",
        ),
    ] {
        let workdir = months();
        set_zone(&workdir, first);
        let [closed, next] = order;
        close(&workdir, closed, &[]);
        set_zone(&workdir, second);
        let (code, text) = run(&workdir, &["close", "--partner", "first", "--month", next]);
        let extent = format!(
            "{hours}, since {closed} was closed with the days of {first}, and this month is closed with the days of {second}"
        );
        assert!(code == 1 && text.contains("other_hours: ") && text.contains(&extent), "{text}\nlacks {extent}");
        let (code, text) =
            run(&workdir, &["close", "--partner", "first", "--month", next, "--accept", "for any reason"]);
        assert!(code == 1 && text.contains("other_hours: "), "a reason without a name does not accept it: {text}");
        close(&workdir, next, &["--accept", "other_hours=the contract changed", "--out", "record"]);
        let record = std::fs::read_to_string(workdir.path("record/record.txt")).unwrap();
        assert!(record.contains(&format!("\naccepted: other_hours; {extent}; the contract changed\n")), "{record}");
        // A correction of either month has its own hours, and asks nothing anew.
        for month in order {
            assert!(close(&workdir, month, &["--correct"]).contains("nothing came since"), "{month}");
        }
        succeed(&workdir, &["verify"]);
    }
}

#[test]
fn months_of_one_zone_need_no_word_for_the_hour_that_they_share() {
    let workdir = months();
    close(&workdir, "2026-10", &[]);
    close(&workdir, "2026-09", &[]);
    succeed(&workdir, &["verify"]);
}
