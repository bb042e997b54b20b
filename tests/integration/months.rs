//! Simulated months of three partners whose statements come in twelve formats. A seed puts differences into them, and `qsproxy
//! reconcile` must report each difference and no other. This file computes the expected result independently.

mod formats;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use rusqlite::{Connection, params};
use serde_json::{Value, json};

use formats::{FORMATS, ReportedRow, StatementFormat};
use qsproxy_test_support::workdir::Workdir;

/// The partners' tag for our code.
const TAG: &str = "QX1";
/// A tag that is not configured.
const UNKNOWN_TAG: &str = "QX9";

/// The difference that is put into a day.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Difference {
    None,
    WithinTolerance,
    TooFew,
    TooMany,
    UnknownCodeToo,
    UnknownCodeOnly,
    NoneCounted,
    Withheld,
    NotFinal,
}

impl Difference {
    /// Draws the difference of a day; most days have none.
    fn draw(rng: &mut StdRng, format: &StatementFormat) -> Self {
        match rng.random_range(0..40) {
            0..6 => Self::WithinTolerance,
            6..10 => Self::TooFew,
            10..12 => Self::TooMany,
            12 if format.has_code => Self::UnknownCodeToo,
            13 if format.has_code => Self::UnknownCodeOnly,
            14 => Self::NoneCounted,
            15..17 if format.withholds => Self::Withheld,
            17 if format.withholds => Self::NotFinal,
            _ => Self::None,
        }
    }
}

/// The expected row of a day.
struct ExpectedDay {
    ours: i64,
    theirs: Option<i64>,
    status: &'static str,
    cents: Option<i64>,
}

/// A partner's month.
struct SimulatedMonth {
    /// Our counted clicks by UTC hour.
    hours: Vec<(String, i64)>,
    /// The rows of the partner's statement.
    reported: Vec<ReportedRow>,
    /// The expected result.
    days: BTreeMap<Date, ExpectedDay>,
    /// The expected rows for unknown codes.
    unmapped: Vec<Value>,
}

fn tolerance(ours: i64) -> i64 {
    (ours * 2 / 100).max(5)
}

/// The status of two known counts.
fn status(ours: i64, theirs: i64, tolerance: i64) -> &'static str {
    match ours - theirs {
        0 => "matched",
        difference if difference.abs() <= tolerance => "within",
        difference if difference > 0 => "under",
        _ if ours == 0 => "missing_ours",
        _ => "over",
    }
}

impl SimulatedMonth {
    fn draw(rng: &mut StdRng, format: &StatementFormat, first: Date) -> Self {
        let zone = TimeZone::get(format.zone).unwrap();
        let last = first.last_of_month();
        let mut differences: BTreeMap<Date, Difference> = BTreeMap::new();
        for day in first.series(jiff::Span::new().days(1)).take_while(|day| *day <= last) {
            differences.insert(day, Difference::draw(rng, format));
        }
        // A statement covers every day from its first to its last, so that only days at its ends can be missing.
        let last_reported = if rng.random_range(0..3) == 0 { last.yesterday().unwrap() } else { last };
        let mut ours: BTreeMap<Date, i64> = BTreeMap::new();
        let mut hours = Vec::new();
        let start = TimeZone::UTC.to_timestamp(first.yesterday().unwrap().at(0, 0, 0, 0)).unwrap();
        for hour in 0..(24 * 34) {
            let time = start + jiff::Span::new().hours(hour);
            let day = zone.to_datetime(time).date();
            let n = if differences.get(&day) == Some(&Difference::NoneCounted) { 0 } else { rng.random_range(10..40) };
            *ours.entry(day).or_default() += n;
            hours.push((time.strftime("%Y-%m-%dT%H").to_string(), n));
        }
        let mut month = Self { hours, reported: Vec::new(), days: BTreeMap::new(), unmapped: Vec::new() };
        for (day, difference) in differences {
            let ours = ours[&day];
            if day > last_reported {
                month.days.insert(day, ExpectedDay { ours, theirs: None, status: "missing_theirs", cents: None });
            } else {
                month.report(rng, (day, ours), difference, format);
            }
        }
        month
    }

    /// Adds a day to the statement and to the expected result.
    fn report(&mut self, rng: &mut StdRng, (day, ours): (Date, i64), difference: Difference, format: &StatementFormat) {
        let max = tolerance(ours);
        let clicks = match difference {
            Difference::None | Difference::UnknownCodeToo | Difference::UnknownCodeOnly | Difference::NotFinal => ours,
            Difference::WithinTolerance => ours + rng.random_range(-max..=max),
            Difference::TooFew => ours - max - rng.random_range(1..30),
            Difference::TooMany => ours + max + rng.random_range(1..30),
            Difference::NoneCounted => rng.random_range(20..60),
            Difference::Withheld => 0,
        };
        let row = |code: &str, clicks: i64| ReportedRow {
            day,
            code: code.to_owned(),
            clicks,
            searches: clicks * 9,
            cents: clicks * 31,
            is_final: difference != Difference::NotFinal,
        };
        let mut rows = vec![row(TAG, clicks)];
        if difference == Difference::UnknownCodeOnly {
            rows.clear();
        }
        if matches!(difference, Difference::UnknownCodeToo | Difference::UnknownCodeOnly) {
            let (clicks, cents) = (33, 33 * 31);
            rows.push(row(UNKNOWN_TAG, clicks));
            let revenue = format!("{}.{:02}", cents / 100, cents % 100);
            self.unmapped
                .push(json!({"day": day.to_string(), "code": UNKNOWN_TAG, "theirs": clicks, "revenue": revenue}));
        }
        let (theirs, status) = match difference {
            Difference::UnknownCodeOnly => (None, "unmapped"),
            Difference::Withheld => (None, "suppressed"),
            Difference::NotFinal => (Some(clicks), "provisional"),
            Difference::None
            | Difference::WithinTolerance
            | Difference::TooFew
            | Difference::TooMany
            | Difference::UnknownCodeToo
            | Difference::NoneCounted => (Some(clicks), status(ours, clicks, max)),
        };
        assert!(!format.withholds || clicks == 0 || clicks >= 10, "fewer clicks would be withheld");
        // Money of unknown codes is in the unmapped rows.
        let known: Vec<i64> = rows.iter().filter(|row| row.code == TAG).map(|row| row.cents).collect();
        let cents = (!known.is_empty()).then(|| known.iter().sum());
        self.days.insert(day, ExpectedDay { ours, theirs, status, cents });
        self.reported.extend(rows);
    }

    /// The expected row of the month: our clicks, their clicks, the status, and whether it is a dispute.
    fn total(&self) -> (i64, Option<i64>, &'static str, bool) {
        let ours: i64 = self.days.values().map(|day| day.ours).sum();
        let theirs: Option<i64> = self.days.values().map(|day| day.theirs).sum();
        let not_compared = ["provisional", "missing_theirs", "unmapped", "suppressed"];
        let not_compared = not_compared.into_iter().find(|status| self.days.values().any(|day| day.status == *status));
        let status = not_compared.unwrap_or_else(|| status(ours, theirs.unwrap(), ours / 100));
        let is_dispute = theirs.is_some_and(|theirs| (ours - theirs).abs() > ours / 10);
        (ours, theirs, status, is_dispute)
    }
}

/// Creates a working directory whose configuration has three partners that share a code.
fn workdir_with_formats(formats: &[&StatementFormat]) -> Arc<Workdir> {
    let names = ["first", "second", "third"];
    let mut config = "[listen]\naddress = \"127.0.0.1:0\"\npublic_url = \"http://127.0.0.1:8080\"\n[admin]\naddress = \"127.0.0.1:0\"\n\
        [[code]]\nname = \"toolbar-main\"\npartners = [\"first\", \"second\", \"third\"]\n\
        tags = { first = \"QX1\", second = \"QX1\", third = \"QX1\" }\n"
        .to_owned();
    for (name, format) in names.iter().zip(formats) {
        writeln!(
            config,
            "[[partner]]\nname = \"{name}\"\nurl = \"http://127.0.0.1:9/\"\nsend = {{ keyword = \"q\" }}\n\
             results = {{ list = \"/r\", title = \"/t\", url = \"/u\" }}\nstatement = {}",
            format.profile
        )
        .unwrap();
    }
    let workdir = Workdir::new(&config);
    assert!(workdir.start().terminate().success());
    workdir
}

fn insert_clicks(workdir: &Workdir, partner: &str, month: &SimulatedMonth) {
    let mut store = Connection::open(workdir.path("data/counts.db")).unwrap();
    let write = store.transaction().unwrap();
    let sql = "insert into clicks (hour, partner, code, kind, outcome, n) values (?1, ?2, 'toolbar-main', ?3, ?4, ?5)";
    for (hour, n) in &month.hours {
        for (kind, outcome, n) in [
            ("sponsored", "counted", *n),
            ("sponsored", "duplicate", 3),
            ("organic", "counted", 8),
            ("sponsored", "bot", 1),
        ] {
            write.execute(sql, params![hour, partner, kind, outcome, n]).unwrap();
        }
    }
    write.commit().unwrap();
}

/// Compares the output of `qsproxy reconcile` with the expected result. Returns the number of days out of tolerance.
fn check_reconciliation(
    workdir: &Workdir,
    partner: &str,
    first: Date,
    month: &SimulatedMonth,
    format: &StatementFormat,
) -> usize {
    let name = first.strftime("%Y-%m").to_string();
    let done = workdir.run(&["reconcile", "--partner", partner, "--month", &name, "--format", "json"]);
    let found: Value = serde_json::from_slice(&done.stdout).unwrap_or_else(|_| panic!("{}: {done:?}", format.profile));
    let place = |day: &Date| format!("{}: {day}", format.profile);
    let days = found["days"].as_array().unwrap();
    assert_eq!(days.len(), month.days.len(), "{}", format.profile);
    for (row, (day, expected)) in days.iter().zip(&month.days) {
        assert_eq!(row["day"], day.to_string(), "{}", place(day));
        assert_eq!(row["ours"], expected.ours, "{}", place(day));
        let status = (row["theirs"].as_i64(), row["status"].as_str().unwrap());
        assert_eq!(status, (expected.theirs, expected.status), "{}", place(day));
        assert_eq!(row["difference"].as_i64(), expected.theirs.map(|theirs| expected.ours - theirs), "{}", place(day));
        let money = expected.cents.map(|cents| format!("{}.{:02}", cents / 100, cents % 100));
        assert_eq!(row["revenue"].as_str(), money.as_deref(), "{}", place(day));
    }
    assert_eq!(found["unmapped"], Value::Array(month.unmapped.clone()), "{}", format.profile);
    assert_eq!(found["shift"], Value::Null, "{}: no zone shift was put in", format.profile);
    let (ours, theirs, status, is_dispute) = month.total();
    let total = &found["month"];
    assert_eq!((total["ours"].as_i64(), total["theirs"].as_i64()), (Some(ours), theirs), "{}", format.profile);
    assert_eq!((&total["status"], &total["dispute"]), (&json!(status), &json!(is_dispute)), "{}", format.profile);
    let out_of_tolerance = ["under", "over", "missing_theirs", "missing_ours", "unmapped"];
    let days_out_of_tolerance = month.days.values().filter(|day| out_of_tolerance.contains(&day.status)).count();
    assert_eq!(
        done.status.code(),
        Some(i32::from(days_out_of_tolerance > 0 || out_of_tolerance.contains(&status))),
        "{}",
        format.profile
    );
    days_out_of_tolerance
}

#[test]
fn reconcile_reports_every_difference_and_no_other() {
    // The clock goes forward in Los Angeles in March, back in Berlin in October, and back in Los Angeles in November.
    let months = [date(2025, 11, 1), date(2026, 3, 1), date(2026, 10, 1)];
    let (mut reconciled, mut differences) = (0, 0);
    for (seed, first) in (1..).zip(months) {
        let mut rng = StdRng::seed_from_u64(seed);
        for formats in FORMATS.iter().collect::<Vec<_>>().chunks(3) {
            let workdir = workdir_with_formats(formats);
            let drawn: Vec<SimulatedMonth> =
                formats.iter().map(|format| SimulatedMonth::draw(&mut rng, format, first)).collect();
            for ((partner, format), month) in ["first", "second", "third"].into_iter().zip(formats).zip(&drawn) {
                insert_clicks(&workdir, partner, month);
                workdir.write("statement", &(format.write)(&month.reported, format.zone));
                let done = workdir.run(&["statement", "import", "--partner", partner, "statement"]);
                assert_eq!(
                    done.status.code(),
                    Some(0),
                    "{}: {}",
                    format.profile,
                    String::from_utf8_lossy(&done.stderr)
                );
            }
            for ((partner, format), month) in ["first", "second", "third"].into_iter().zip(formats).zip(&drawn) {
                differences += check_reconciliation(&workdir, partner, first, month, format);
                reconciled += 1;
            }
        }
    }
    assert_eq!(reconciled, 36, "twelve formats in three months");
    assert!(differences > 100, "{differences} days out of tolerance are too few for a test");
}
