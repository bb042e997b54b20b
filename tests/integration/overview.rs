//! `qsproxy overview` and `close --if-matched`: a month from its first day to its closing, as a job that runs every night sees it.

use std::process::Output;
use std::sync::Arc;

use rusqlite::Connection;
use serde_json::Value;

use qsproxy_test_support::fake_clock::FakeClock;
use qsproxy_test_support::workdir::Workdir;

use crate::reconcile::{import_statement, october, october_statement};

/// A workdir with October's counts, and a clock that its commands run by.
struct Night {
    workdir: Arc<Workdir>,
    clock: FakeClock,
}

impl Night {
    fn new() -> Self {
        Self { workdir: october(), clock: FakeClock::starting_at("2026-11-12 04:00:00") }
    }

    fn run(&self, time: &str, arguments: &[&str]) -> Output {
        self.clock.set(time);
        self.workdir.command().envs(self.clock.env_vars()).args(arguments).output().unwrap()
    }

    /// The overview at this time: the exit code, and the month of October.
    #[track_caller]
    fn october(&self, time: &str) -> (Option<i32>, Value) {
        let done = self.run(time, &["overview", "--from", "2026-10", "--to", "2026-10", "--format", "json"]);
        let text = String::from_utf8_lossy(&done.stdout);
        let rows: Value =
            serde_json::from_str(&text).unwrap_or_else(|_| panic!("{text}{}", String::from_utf8_lossy(&done.stderr)));
        assert_eq!(rows.as_array().map(Vec::len), Some(1), "{rows}");
        (done.status.code(), rows[0].clone())
    }

    #[track_caller]
    fn assert_state(&self, time: &str, state: &str, attention: &str, next: &Value) {
        let (code, row) = self.october(time);
        assert_eq!(
            (&row["state"], &row["attention"], &row["next"]),
            (&state.into(), &attention.into(), next),
            "{time}: {row}"
        );
        assert_eq!(code, Some(i32::from(attention == "yes")), "{time}: {row}");
        assert_eq!(row["statement_due"], "2026-11-10");
    }

    /// Imports a statement on the day after the month.
    #[track_caller]
    fn import(&self, text: &str) {
        self.workdir.write("statement.csv", text.as_bytes());
        let done = self.run(IMPORTED, &["statement", "import", "--partner", "first", "--replace", "statement.csv"]);
        assert_eq!(done.status.code(), Some(0), "{}", String::from_utf8_lossy(&done.stderr));
    }

    /// Closes October if it agrees: the exit code and what is printed.
    fn close(&self, time: &str) -> (Option<i32>, String) {
        let done = self.run(time, &["close", "--partner", "first", "--month", "2026-10", "--if-matched"]);
        let text = [done.stdout, done.stderr].concat();
        (done.status.code(), String::from_utf8(text).unwrap())
    }
}

const IN_OCTOBER: &str = "2026-10-20 04:00:00";
const IMPORTED: &str = "2026-11-01 07:00:00";
const BEFORE_DUE: &str = "2026-11-10 23:59:00";
const AFTER_DUE: &str = "2026-11-11 00:01:00";
const RECONCILE: &str = "qsproxy reconcile --partner first --month 2026-10";
const CLOSE: &str = "qsproxy close --partner first --month 2026-10 --if-matched --out first-2026-10";

#[test]
fn a_month_is_an_alarm_only_while_it_is_open_after_its_due_day() {
    let night = Night::new();
    let import: Value = "qsproxy statement import --partner first FILE".into();
    night.assert_state(IN_OCTOBER, "running", "no", &Value::Null);
    night.assert_state(BEFORE_DUE, "waiting", "no", &import);
    night.assert_state(AFTER_DUE, "no_statement", "yes", &import);
    // A statement that covers 30 of 31 days.
    night.import(&october_statement(|day| (day < 31).then_some(240)));
    night.assert_state(BEFORE_DUE, "waiting", "no", &import);
    night.assert_state(AFTER_DUE, "incomplete", "yes", &import);
    let (_, row) = night.october(AFTER_DUE);
    assert_eq!((&row["first"], &row["last"]), (&"2026-10-01".into(), &"2026-10-30".into()));
    assert_eq!((row["days"].as_i64(), row["of_days"].as_i64()), (Some(30), Some(31)));
    let (code, text) = night.close(AFTER_DUE);
    assert!(code == Some(1) && text.contains("\nmissing_days: 1 day: 2026-10-31; "), "{text}");
    // A day out of tolerance, and then a difference beyond the contract's limit.
    night.import(&october_statement(|day| Some(if day == 9 { 220 } else { 240 })));
    night.assert_state(BEFORE_DUE, "differs", "no", &RECONCILE.into());
    night.assert_state(AFTER_DUE, "differs", "yes", &RECONCILE.into());
    let (code, text) = night.close(AFTER_DUE);
    assert!(code == Some(1) && text.contains("\nout_of_tolerance: 1 day"), "{text}");
    night.import(&october_statement(|_| Some(200)));
    night.assert_state(AFTER_DUE, "disputed", "yes", &format!("{RECONCILE} --pack dispute-first-2026-10").into());
    // It agrees: the night's job closes it.
    night.import(&october_statement(|day| Some(if day == 3 { 239 } else { 240 })));
    night.assert_state(BEFORE_DUE, "matched", "no", &CLOSE.into());
    night.assert_state(AFTER_DUE, "matched", "yes", &CLOSE.into());
    let (code, text) = night.close(AFTER_DUE);
    assert!(code == Some(0) && text.starts_with("first 2026-10 is closed: record 1, "), "{text}");
    night.assert_state(AFTER_DUE, "closed", "no", &Value::Null);
    assert_eq!(night.october(AFTER_DUE).1["closed"], 1);
    let (code, text) = night.close(AFTER_DUE);
    assert!(code == Some(0) && text.starts_with("first 2026-10 was closed before: record 1, "), "{text}");
    // Another statement comes afterwards.
    night.import(&october_statement(|_| Some(238)));
    night.assert_state(AFTER_DUE, "changed", "yes", &RECONCILE.into());
}

#[test]
fn a_month_is_not_closed_unattended_before_it_is_final() {
    let night = Night::new();
    // The month ends at 07:00 UTC; links of its last hour can be clicked for a while.
    night.import(&october_statement(|_| Some(240)));
    let morning = "2026-11-01 07:30:00";
    let why = "first 2026-10 is not closed: the month is not over, or its links can still be clicked; close it later\n";
    assert_eq!(night.close(morning), (Some(1), why.to_owned()));
    night.assert_state(morning, "matched", "no", &CLOSE.into());
    // A code that nobody configured.
    night.import(&(october_statement(|_| Some(240)) + "2026-10-12,QX9,1,7,0.50\n"));
    let (code, text) = night.close(AFTER_DUE);
    assert!(code == Some(1) && text.contains("\nunmapped: "), "{text}");
    night.assert_state(AFTER_DUE, "differs", "yes", &RECONCILE.into());
    // Months without counts and statements are no alarm.
    let done = night.run(AFTER_DUE, &["overview", "--from", "2026-01", "--to", "2026-08"]);
    let text = String::from_utf8_lossy(&done.stdout);
    assert!(done.status.code() == Some(0) && text.contains("No month needs attention.\n"), "{text}");
    assert_eq!(text.matches("idle").count(), 8, "{text}");
    // The default is the current month and three before it; what is older and open is shown, too, and an alarm.
    let done = night.run("2027-03-20 04:00:00", &["overview"]);
    let text = String::from_utf8_lossy(&done.stdout);
    let alarm = "3 months need attention: first 2026-09, first 2026-10, first 2026-11.\n";
    assert!(done.status.code() == Some(1) && text.contains(alarm), "{text}");
    assert!(text.contains("2026-12") && text.contains("2027-03"), "{text}");
}

#[test]
fn the_due_day_is_the_contracts() {
    let night = Night::new();
    let config = std::fs::read_to_string(night.workdir.path("proxy.toml")).unwrap();
    let with = |value: &str| config.replacen("statement = ", &format!("statement_due = {value}\nstatement = "), 1);
    night.workdir.write("proxy.toml", with("25").as_bytes());
    assert_eq!(night.october("2026-11-25 23:00:00").1["attention"], "no");
    let (code, row) = night.october("2026-11-26 01:00:00");
    assert_eq!((code, &row["attention"], &row["statement_due"]), (Some(1), &"yes".into(), &"2026-11-25".into()));
    for value in ["0", "29", "\"10\"", "-1"] {
        night.workdir.write("proxy.toml", with(value).as_bytes());
        let done = night.workdir.run(&["check"]);
        let text = String::from_utf8([done.stdout, done.stderr].concat()).unwrap();
        assert!(done.status.code() == Some(1) && text.contains("statement_due"), "{value}: {text}");
    }
}

#[test]
fn the_admin_listener_and_its_page_show_the_same() {
    let workdir = october();
    import_statement(&workdir, &october_statement(|day| Some(if day == 9 { 220 } else { 240 })));
    let store = Connection::open(workdir.path("data/counts.db")).unwrap();
    // A partner that was removed from the configuration.
    store
        .execute_batch(
            "insert into statements (number, partner, imported, sha256, revision, first, last, currency, profile)
             select 9, 'gone', imported, sha256, revision, first, last, currency, profile from statements",
        )
        .unwrap();
    let proxy = workdir.start();
    for format in ["csv", "json"] {
        for (query, arguments) in
            [("", &[][..]), ("?from=2026-09&to=2026-10", &["--from", "2026-09", "--to", "2026-10"])]
        {
            let printed = workdir.run(&[&["overview", "--format", format], arguments].concat());
            let answer = proxy.admin_get(&format!("/reports/overview.{format}{query}"), &[]);
            assert_eq!(answer.status, 200);
            assert_eq!(String::from_utf8_lossy(&printed.stdout), answer.text(), "{query}");
        }
    }
    let answer = proxy.admin_get("/reports/overview.json?from=2026-10&to=2026-10", &[]);
    let json: Value = serde_json::from_str(&answer.text()).unwrap();
    let states: Vec<_> = json.as_array().unwrap().iter().map(|row| (&row["partner"], &row["state"])).collect();
    assert_eq!(states, [(&"first".into(), &"differs".into()), (&"gone".into(), &"removed".into())]);
    let page = proxy.admin_get("/", &[]).text().to_owned();
    assert!(page.contains("<section id=\"overview\">") && page.contains("/reports/overview.csv\""), "{page}");
}
