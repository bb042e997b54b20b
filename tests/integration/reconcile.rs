//! `qsproxy reconcile`: output formats, exit codes, and months that do not match.

use std::fmt::Write as _;
use std::sync::Arc;

use rusqlite::{Connection, params};
use serde_json::Value;

use crate::statements::workdir_with_profile;
use qsproxy_test_support::workdir::Workdir;

const PROFILE: &str = r#"{ zone = "America/Los_Angeles", date = "Day", code = "Tag", searches = "Searches", clicks = "Clicks", revenue = "Money", currency = "USD" }"#;

/// A working directory whose store has ten counted clicks and thirty searches in each hour of October 2026 in Los Angeles.
pub fn october() -> Arc<Workdir> {
    let workdir = workdir_with_profile(PROFILE);
    let mut store = Connection::open(workdir.path("data/counts.db")).unwrap();
    let write = store.transaction().unwrap();
    // From 2026-09-30T07 to 2026-11-02T07 UTC: the month and one day more on each side.
    for hour in 0..(31 * 24 + 48) {
        let hour =
            jiff::Timestamp::from_second(1_790_751_600 + hour * 3_600).unwrap().strftime("%Y-%m-%dT%H").to_string();
        let click = "insert into clicks (hour, partner, code, kind, outcome, n) values (?1, 'first', ?2, ?3, ?4, ?5)";
        for (kind, outcome, n) in
            [("sponsored", "counted", 10), ("sponsored", "duplicate", 2), ("organic", "counted", 5)]
        {
            write.execute(click, params![hour, "toolbar-main", kind, outcome, n]).unwrap();
        }
        let search =
            "insert into searches (hour, partner, code, outcome, n) values (?1, 'first', 'toolbar-main', ?2, 30)";
        write.execute(search, params![hour, "with_ads"]).unwrap();
    }
    write.commit().unwrap();
    workdir
}

/// A statement of that month with this number of clicks for each day, and without the days that have none.
pub fn october_statement(clicks: impl Fn(u32) -> Option<i64>) -> String {
    let mut text = "Day,Tag,Searches,Clicks,Money\n".to_owned();
    for day in 1..=31 {
        if let Some(n) = clicks(day) {
            writeln!(text, "2026-10-{day:02},{TAG},720,{n},{}.{:02}", n * 31 / 100, n * 31 % 100).unwrap();
        }
    }
    text
}

const TAG: &str = "QX1";

#[track_caller]
pub fn import_statement(workdir: &Workdir, text: &str) {
    workdir.write("statement.csv", text.as_bytes());
    let done = workdir.run(&["statement", "import", "--partner", "first", "--replace", "statement.csv"]);
    assert_eq!(done.status.code(), Some(0), "{}", String::from_utf8_lossy(&done.stderr));
}

#[track_caller]
fn reconcile(workdir: &Workdir, format: &str) -> (Option<i32>, String) {
    let done = workdir.run(&["reconcile", "--partner", "first", "--month", "2026-10", "--format", format]);
    assert_eq!(String::from_utf8_lossy(&done.stderr), "");
    (done.status.code(), String::from_utf8(done.stdout).unwrap())
}

#[test]
fn a_matching_month_is_the_same_in_every_format() {
    let workdir = october();
    import_statement(&workdir, &october_statement(|_| Some(240)));
    let (code, json) = reconcile(&workdir, "json");
    assert_eq!(code, Some(0), "{json}");
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(
        (&json["partner"], &json["zone"], &json["currency"]),
        (&"first".into(), &"America/Los_Angeles".into(), &"USD".into())
    );
    let days = json["days"].as_array().unwrap();
    assert_eq!((days.len(), json["unmapped"].as_array().unwrap().len(), &json["shift"]), (31, 0, &Value::Null));
    for day in days {
        assert_eq!(
            (day["ours"].as_i64(), day["theirs"].as_i64(), day["difference"].as_i64()),
            (Some(240), Some(240), Some(0))
        );
        assert_eq!(
            (&day["status"], day["per_cent"].as_f64(), &day["revenue"]),
            (&"matched".into(), Some(0.0), &"74.40".into())
        );
        assert_eq!((day["outcomes"]["duplicate"].as_i64(), day["organic"].as_i64()), (Some(48), Some(120)));
        assert_eq!((day["searches"].as_i64(), day["their_searches"].as_i64()), (Some(720), Some(720)));
    }
    let month = &json["month"];
    assert_eq!(
        (month["month"].as_str(), month["ours"].as_i64(), month["theirs"].as_i64()),
        (Some("2026-10"), Some(7_440), Some(7_440))
    );
    assert_eq!((month["revenue"].as_str(), month["dispute"].as_bool()), (Some("2306.40"), Some(false)));
    let (_, csv) = reconcile(&workdir, "csv");
    let lines: Vec<&str> = csv.lines().collect();
    let header = "day,status,ours,theirs,difference,per_cent,revenue,duplicate,expired,forged,prefetch,head,bot,cross_site,\
                  library,embedded,excess,repeated,organic,searches,their_searches,partner,last,uncertain,code,days,compared_days,\
                  compared_ours,compared_theirs,compared_difference,compared_per_cent,revenue_days,differing_codes,currency";
    assert_eq!(lines[0], header);
    assert_eq!(
        lines[1],
        "2026-10-01,matched,240,240,0,0.00,74.40,48,0,0,0,0,0,0,0,0,0,0,120,720,720,first,2026-10-01,0,,,,,,,,,,USD"
    );
    assert!(lines[32].starts_with("2026-10,matched,7440,7440,0,0.00,2306.40,"), "{}", lines[32]);
    let (_, table) = reconcile(&workdir, "table");
    assert!(table.starts_with("first, 2026-10, days in America/Los_Angeles, revenue in USD\n"), "{table}");
    let words: Vec<Vec<&str>> = table.lines().map(|line| line.split_whitespace().collect()).collect();
    assert!(
        words.iter().any(|line| line.starts_with(&["2026-10-31", "matched", "240", "240", "0", "0.00"])),
        "{table}"
    );
}

#[test]
fn reports_days_out_of_tolerance_missing_days_and_unknown_codes() {
    let workdir = october();
    import_statement(&workdir, &october_statement(|day| Some(if day == 9 { 220 } else { 240 })));
    let (code, csv) = reconcile(&workdir, "csv");
    assert_eq!(code, Some(1));
    assert!(csv.contains("2026-10-09,under,240,220,20,8.33,"), "{csv}");
    assert_eq!(csv.matches(",matched,").count(), 30, "the other days; the month is within its tolerance of 1 %");
    let (_, table) = reconcile(&workdir, "table");
    assert!(table.ends_with("\nOut of tolerance: 2026-10-09 under by 20 clicks (8.33 %).\n"), "{table}");
    let summary = "\n2026-10: within: ours 7440, theirs 7420, difference 20 (0.27 %); revenue 2300.20 USD\n";
    assert!(table.contains(summary), "{table}");

    let workdir = october();
    let text = october_statement(|day| (day < 31).then_some(240)) + "2026-10-30,=QX9,0,-7,-1.5\n";
    import_statement(&workdir, &text);
    let (code, csv) = reconcile(&workdir, "csv");
    assert_eq!(code, Some(1));
    assert!(csv.contains("2026-10-31,missing_theirs,240,,,,,"), "{csv}");
    assert!(csv.contains(",31,30,7200,7200,0,0.00,30,,USD\n"), "the sums of the 30 days that both have: {csv}");
    assert!(csv.contains("2026-10-30,unmapped =QX9,,-7,,,-1.50,"), "{csv}");
    let (_, table) = reconcile(&workdir, "table");
    assert!(
        table.contains("2026-10-30: -7 clicks and -1.50 for \"=QX9\", which is not in the tags of any [[code]]"),
        "{table}"
    );
    let summary = "2026-10: missing_theirs: on the 30 of 31 days that can be compared ours 7200, theirs 7200, difference 0 (0.00 %) \
                   (matched); revenue 2232.00 USD for 30 of 31 days\n";
    assert!(table.contains(summary), "{table}");
    assert!(table.ends_with("Out of tolerance: 2026-10-31 without a row of theirs.\n"), "{table}");
}

#[test]
fn without_a_statement_it_says_so_and_lists_no_days() {
    let workdir = october();
    let (code, table) = reconcile(&workdir, "table");
    let wanted = "first, 2026-10, days in America/Los_Angeles\n2026-10: no_statement: no statement covers the month; ours 7440\n\
                  No statement of first covers 2026-10: import one with `qsproxy statement import --partner first FILE`.\n";
    assert_eq!((code, table.as_str()), (Some(1), wanted));
    let (code, csv) = reconcile(&workdir, "csv");
    assert_eq!((code, csv.lines().count()), (Some(1), 2), "{csv}");
    let json: Value = serde_json::from_str(&reconcile(&workdir, "json").1).unwrap();
    assert_eq!((&json["days"], &json["month"]["ours"]), (&Value::Array(Vec::new()), &7_440.into()));
    assert!(json["reason"].as_str().unwrap().starts_with("No statement of first covers 2026-10"));
    // A month without any data is no alarm.
    let done = workdir.run(&["reconcile", "--partner", "first", "--month", "2026-07"]);
    let text = String::from_utf8(done.stdout).unwrap();
    assert!(
        done.status.code() == Some(0) && text.contains("2026-07: no_data: no statement covers the month"),
        "{text}"
    );
}

#[test]
fn reports_a_zone_shift_and_a_dispute() {
    let workdir = october();
    // Odd days are busier than even ones, so that days differ. A day in UTC begins seven hours before one in Los Angeles.
    let store = Connection::open(workdir.path("data/counts.db")).unwrap();
    store
        .execute(
            "update clicks set n = n * (5 + 40 * (cast(substr(hour, 9, 2) as integer) % 2)) where outcome = 'counted'",
            [],
        )
        .unwrap();
    let clicks = |day: u32| Some(240 * if day % 2 == 1 { 45 } else { 5 });
    import_statement(&workdir, &october_statement(clicks));
    let (code, table) = reconcile(&workdir, "table");
    assert_eq!(code, Some(1));
    assert!(
        table.contains("The partner's days seem to begin 7 hours earlier than days in America/Los_Angeles"),
        "{table}"
    );

    let workdir = october();
    import_statement(&workdir, &october_statement(|_| Some(200)));
    let (_, table) = reconcile(&workdir, "table");
    assert!(table.contains("The difference of the month exceeds the contract's limit for disputes."), "{table}");
}

#[test]
fn money_of_statements_in_two_currencies_is_not_added_up() {
    let workdir = october();
    import_statement(&workdir, &october_statement(|_| Some(240)));
    let other = std::fs::read_to_string(workdir.path("proxy.toml")).unwrap().replace("\"USD\"", "\"EUR\"");
    workdir.write("proxy.toml", other.as_bytes());
    import_statement(&workdir, &october_statement(|day| (day > 20).then_some(240)));
    let done = workdir.run(&["reconcile", "--partner", "first", "--month", "2026-10"]);
    let output = String::from_utf8_lossy(&done.stdout).into_owned();
    assert!(done.status.code() == Some(0) && output.contains("in several currencies and is not added up"), "{output}");
    assert!(!output.contains("74.40"), "{output}");
}

#[test]
fn rejects_invalid_arguments() {
    let workdir = october();
    for (arguments, message) in [
        (
            ["--partner", "nobody", "--month", "2026-10"],
            "--partner nobody: no such partner in the configuration; choose one of first",
        ),
        (["--partner", "first", "--month", "2026-13"], "this must be a month, YYYY-MM"),
        (["--partner", "first", "--month", "2026-1"], "this must be a month, YYYY-MM"),
    ] {
        let done = workdir.run(&[&["reconcile"][..], &arguments].concat());
        let stderr = String::from_utf8_lossy(&done.stderr).into_owned();
        assert!(done.status.code() == Some(2) && stderr.contains(message), "{stderr}");
    }
}

#[test]
fn writes_the_files_for_a_dispute() {
    let workdir = october();
    import_statement(&workdir, &october_statement(|day| Some(if day % 7 == 0 { 90 } else { 225 })));
    let done =
        workdir.run(&["reconcile", "--partner", "first", "--month", "2026-10", "--format", "csv", "--pack", "pack"]);
    assert_eq!(done.status.code(), Some(1));
    let read = |name: &str| std::fs::read_to_string(workdir.path("pack").join(name)).unwrap();
    assert_eq!(read("reconciliation.csv").as_bytes(), done.stdout, "the same numbers as on standard output");
    assert_eq!(read("reconciliation.json"), reconcile(&workdir, "json").1);
    let page = read("reconciliation.html");
    assert!(page.contains("The difference is larger than the contract allows. Please look into it."), "{page}");
    assert!(page.contains("content=\"default-src 'none'; style-src 'sha256-") && !page.contains("<script"));
    assert_eq!(page.matches("<rect").count(), 62, "two bars for each day");
    assert_eq!(
        page.matches("<tr>").count(),
        33 + 11,
        "a header, the days, the month; a header and ten reasons not to count a click"
    );
}

#[test]
fn a_partner_that_is_no_longer_configured_stays_readable() {
    let workdir = october();
    import_statement(&workdir, &october_statement(|day| Some(if day == 9 { 220 } else { 240 })));
    let renamed = std::fs::read_to_string(workdir.path("proxy.toml")).unwrap().replace("first", "second");
    workdir.write("proxy.toml", renamed.as_bytes());
    let (code, table) = reconcile(&workdir, "table");
    assert_eq!(code, Some(1));
    assert!(table.starts_with("first, 2026-10, days in America/Los_Angeles, revenue in USD\n"), "{table}");
    assert!(table.ends_with("Out of tolerance: 2026-10-09 under by 20 clicks (8.33 %).\n"), "{table}");
    let done = workdir.run(&["reconcile", "--partner", "third", "--month", "2026-10"]);
    let stderr = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(done.status.code() == Some(2) && stderr.contains("choose one of second, first"), "{stderr}");
}

#[test]
fn a_day_of_rolled_up_hours_is_not_known_and_never_zero() {
    let workdir = october();
    import_statement(&workdir, &october_statement(|_| Some(240)));
    let store = Connection::open(workdir.path("data/counts.db")).unwrap();
    // As the roll-up does with hours before 2026-10-10T00 UTC.
    store
        .execute_batch(
            "insert into clicks_daily select substr(hour, 1, 10), partner, code, kind, outcome, sum(n) from clicks
             where hour < '2026-10-10' group by 1, 2, 3, 4, 5;
             delete from clicks where hour < '2026-10-10';",
        )
        .unwrap();
    let (code, csv) = reconcile(&workdir, "csv");
    assert_eq!(code, Some(1));
    assert!(csv.contains("\n2026-10-09,rolled_up,,240,,,74.40,,"), "the day begins at 07 UTC: {csv}");
    assert!(csv.contains("\n2026-10-10,matched,240,240,0,0.00,74.40,48,"), "{csv}");
    assert!(
        csv.contains("\n2026-10,rolled_up,,7440,,,2306.40,,") && csv.contains(",31,22,5280,5280,0,0.00,31,,USD\n"),
        "{csv}"
    );
    let (_, table) = reconcile(&workdir, "table");
    let reason = "Out of tolerance: 2026-10-01 to 2026-10-09 not known, as our hours were rolled up into UTC days.\n";
    assert!(table.ends_with(reason), "{table}");
    // In UTC, nothing is lost.
    let utc = std::fs::read_to_string(workdir.path("proxy.toml")).unwrap().replace("America/Los_Angeles", "UTC");
    workdir.write("proxy.toml", utc.as_bytes());
    let (code, csv) = reconcile(&workdir, "csv");
    assert!(code == Some(0) && csv.contains("\n2026-10-09,matched,240,240,0,0.00,74.40,48,"), "{csv}");
}
