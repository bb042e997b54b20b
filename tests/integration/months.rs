//! Months of three partners with twelve shapes of statements between them, in which shortfalls and other differences are put by
//! a seed: `qsproxy reconcile` finds every one, and invents none. What is expected is worked out here, by a clock of its own.

mod shapes;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use rusqlite::{Connection, params};
use serde_json::{Value, json};

use qsproxy_test_support::workdir::Workdir;
use shapes::{SHAPES, Said, Shape};

/// What our code is called by partners, and a code that nobody knows.
const TAG: &str = "QX1";
const UNKNOWN: &str = "QX9";

/// What is wrong with a day.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Wrong {
    Nothing,
    Little,
    Short,
    Long,
    UnknownToo,
    UnknownAlone,
    NoneOfOurs,
    HeldBack,
    NotFinal,
}

impl Wrong {
    /// What befalls a day of a partner with this shape: nothing, mostly.
    fn draw(rng: &mut StdRng, shape: &Shape) -> Self {
        match rng.random_range(0..40) {
            0..6 => Self::Little,
            6..10 => Self::Short,
            10..12 => Self::Long,
            12 if shape.has_code => Self::UnknownToo,
            13 if shape.has_code => Self::UnknownAlone,
            14 => Self::NoneOfOurs,
            15..17 if shape.holds_back => Self::HeldBack,
            17 if shape.holds_back => Self::NotFinal,
            _ => Self::Nothing,
        }
    }
}

/// What is to be found of a day.
struct Expected {
    ours: i64,
    theirs: Option<i64>,
    status: &'static str,
    cents: Option<i64>,
}

/// A partner's month: our clicks by the hour, what the partner says, and what is to be found.
struct Month {
    hours: Vec<(String, i64)>,
    said: Vec<Said>,
    days: BTreeMap<Date, Expected>,
    unmapped: Vec<Value>,
}

fn tolerance(ours: i64) -> i64 {
    (ours * 2 / 100).max(5)
}

/// How `theirs` stands to `ours`, as PARTNERS.md has it.
fn status(ours: i64, theirs: i64, tolerance: i64) -> &'static str {
    match ours - theirs {
        0 => "matched",
        apart if apart.abs() <= tolerance => "within",
        apart if apart > 0 => "under",
        _ if ours == 0 => "missing_ours",
        _ => "over",
    }
}

impl Month {
    fn draw(rng: &mut StdRng, shape: &Shape, first: Date) -> Self {
        let zone = TimeZone::get(shape.zone).unwrap();
        let last = first.last_of_month();
        let mut wrong: BTreeMap<Date, Wrong> = BTreeMap::new();
        for day in first.series(jiff::Span::new().days(1)).take_while(|day| *day <= last) {
            wrong.insert(day, Wrong::draw(rng, shape));
        }
        // A file tells of every day from its first to its last, so that only its ends can be missing.
        let told_until = if rng.random_range(0..3) == 0 { last.yesterday().unwrap() } else { last };
        let mut ours: BTreeMap<Date, i64> = BTreeMap::new();
        let mut hours = Vec::new();
        let start = TimeZone::UTC.to_timestamp(first.yesterday().unwrap().at(0, 0, 0, 0)).unwrap();
        for hour in 0..(24 * 34) {
            let at = start + jiff::Span::new().hours(hour);
            let day = zone.to_datetime(at).date();
            let n = if wrong.get(&day) == Some(&Wrong::NoneOfOurs) { 0 } else { rng.random_range(10..40) };
            *ours.entry(day).or_default() += n;
            hours.push((at.strftime("%Y-%m-%dT%H").to_string(), n));
        }
        let mut month = Self { hours, said: Vec::new(), days: BTreeMap::new(), unmapped: Vec::new() };
        for (day, wrong) in wrong {
            let ours = ours[&day];
            if day > told_until {
                month.days.insert(day, Expected { ours, theirs: None, status: "missing_theirs", cents: None });
            } else {
                month.say(rng, (day, ours), wrong, shape);
            }
        }
        month
    }

    /// What the partner says of a day, and what is to be found of that.
    fn say(&mut self, rng: &mut StdRng, (day, ours): (Date, i64), wrong: Wrong, shape: &Shape) {
        let most = tolerance(ours);
        let clicks = match wrong {
            Wrong::Nothing | Wrong::UnknownToo | Wrong::UnknownAlone | Wrong::NotFinal => ours,
            Wrong::Little => ours + rng.random_range(-most..=most),
            Wrong::Short => ours - most - rng.random_range(1..30),
            Wrong::Long => ours + most + rng.random_range(1..30),
            Wrong::NoneOfOurs => rng.random_range(20..60),
            Wrong::HeldBack => 0,
        };
        let row = |code: &str, clicks: i64| Said {
            day,
            code: code.to_owned(),
            clicks,
            searches: clicks * 9,
            cents: clicks * 31,
            is_final: wrong != Wrong::NotFinal,
        };
        let mut rows = vec![row(TAG, clicks)];
        if wrong == Wrong::UnknownAlone {
            rows.clear();
        }
        if matches!(wrong, Wrong::UnknownToo | Wrong::UnknownAlone) {
            let (clicks, cents) = (33, 33 * 31);
            rows.push(row(UNKNOWN, clicks));
            let revenue = format!("{}.{:02}", cents / 100, cents % 100);
            self.unmapped.push(json!({"day": day.to_string(), "code": UNKNOWN, "theirs": clicks, "revenue": revenue}));
        }
        let (theirs, status) = match wrong {
            Wrong::UnknownAlone => (None, "unmapped"),
            Wrong::HeldBack => (None, "suppressed"),
            Wrong::NotFinal => (Some(clicks), "provisional"),
            Wrong::Nothing | Wrong::Little | Wrong::Short | Wrong::Long | Wrong::UnknownToo | Wrong::NoneOfOurs => {
                (Some(clicks), status(ours, clicks, most))
            }
        };
        assert!(!shape.holds_back || clicks == 0 || clicks >= 10, "fewer would be held back");
        let cents = Some(rows.iter().map(|row| row.cents).sum());
        self.days.insert(day, Expected { ours, theirs, status, cents });
        self.said.extend(rows);
    }

    /// How the month stands, and whether it is a dispute.
    fn whole(&self) -> (i64, Option<i64>, &'static str, bool) {
        let ours: i64 = self.days.values().map(|day| day.ours).sum();
        let theirs: Option<i64> = self.days.values().map(|day| day.theirs).sum();
        let open = ["provisional", "missing_theirs", "unmapped", "suppressed"];
        let open = open.into_iter().find(|status| self.days.values().any(|day| day.status == *status));
        let found = open.unwrap_or_else(|| status(ours, theirs.unwrap(), ours / 100));
        let is_dispute = theirs.is_some_and(|theirs| (ours - theirs).abs() > ours / 10);
        (ours, theirs, found, is_dispute)
    }
}

/// Three partners that share a code.
fn office(shapes: &[&Shape]) -> Arc<Workdir> {
    let names = ["first", "second", "third"];
    let mut config = "[listen]\naddress = \"127.0.0.1:0\"\npublic_url = \"http://127.0.0.1:8080\"\n[admin]\naddress = \"127.0.0.1:0\"\n\
        [[code]]\nname = \"toolbar-main\"\npartners = [\"first\", \"second\", \"third\"]\n\
        tags = { first = \"QX1\", second = \"QX1\", third = \"QX1\" }\n"
        .to_owned();
    for (name, shape) in names.iter().zip(shapes) {
        writeln!(
            config,
            "[[partner]]\nname = \"{name}\"\nurl = \"http://127.0.0.1:9/\"\nsend = {{ keyword = \"q\" }}\n\
             results = {{ list = \"/r\", title = \"/t\", url = \"/u\" }}\nstatement = {}",
            shape.profile
        )
        .unwrap();
    }
    let workdir = Workdir::new(&config);
    assert!(workdir.start().terminate().success());
    workdir
}

fn count(workdir: &Workdir, partner: &str, month: &Month) {
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

/// Holds what is found against what was put in. How many days were out of order.
fn compare(workdir: &Workdir, partner: &str, first: Date, month: &Month, shape: &Shape) -> usize {
    let name = first.strftime("%Y-%m").to_string();
    let done = workdir.run(&["reconcile", "--partner", partner, "--month", &name, "--format", "json"]);
    let found: Value = serde_json::from_slice(&done.stdout).unwrap_or_else(|_| panic!("{}: {done:?}", shape.profile));
    let at = |day: &Date| format!("{}: {day}", shape.profile);
    let days = found["days"].as_array().unwrap();
    assert_eq!(days.len(), month.days.len(), "{}", shape.profile);
    for (found, (day, expected)) in days.iter().zip(&month.days) {
        assert_eq!(found["day"], day.to_string(), "{}", at(day));
        assert_eq!(found["ours"], expected.ours, "{}", at(day));
        let status = (found["theirs"].as_i64(), found["status"].as_str().unwrap());
        assert_eq!(status, (expected.theirs, expected.status), "{}", at(day));
        assert_eq!(found["difference"].as_i64(), expected.theirs.map(|theirs| expected.ours - theirs), "{}", at(day));
        let money = expected.cents.map(|cents| format!("{}.{:02}", cents / 100, cents % 100));
        assert_eq!(found["revenue"].as_str(), money.as_deref(), "{}", at(day));
    }
    assert_eq!(found["unmapped"], Value::Array(month.unmapped.clone()), "{}", shape.profile);
    assert_eq!(found["shift"], Value::Null, "{}: no other zone was put in", shape.profile);
    let (ours, theirs, status, is_dispute) = month.whole();
    let whole = &found["month"];
    assert_eq!((whole["ours"].as_i64(), whole["theirs"].as_i64()), (Some(ours), theirs), "{}", shape.profile);
    assert_eq!((&whole["status"], &whole["dispute"]), (&json!(status), &json!(is_dispute)), "{}", shape.profile);
    let out = ["under", "over", "missing_theirs", "missing_ours", "unmapped"];
    let of_days = month.days.values().filter(|day| out.contains(&day.status)).count();
    assert_eq!(done.status.code(), Some(i32::from(of_days > 0 || out.contains(&status))), "{}", shape.profile);
    of_days
}

#[test]
fn every_difference_that_was_put_in_is_found_and_no_other() {
    // The clock goes ahead in Los Angeles in March, back in Berlin in October, and back in Los Angeles in November.
    let months = [date(2025, 11, 1), date(2026, 3, 1), date(2026, 10, 1)];
    let (mut reconciled, mut differences) = (0, 0);
    for (seed, first) in (1..).zip(months) {
        let mut rng = StdRng::seed_from_u64(seed);
        for shapes in SHAPES.iter().collect::<Vec<_>>().chunks(3) {
            let workdir = office(shapes);
            let drawn: Vec<Month> = shapes.iter().map(|shape| Month::draw(&mut rng, shape, first)).collect();
            for ((partner, shape), month) in ["first", "second", "third"].into_iter().zip(shapes).zip(&drawn) {
                count(&workdir, partner, month);
                workdir.write("statement", &(shape.write)(&month.said, shape.zone));
                let done = workdir.run(&["statement", "import", "--partner", partner, "statement"]);
                assert_eq!(done.status.code(), Some(0), "{}: {}", shape.profile, String::from_utf8_lossy(&done.stderr));
            }
            for ((partner, shape), month) in ["first", "second", "third"].into_iter().zip(shapes).zip(&drawn) {
                differences += compare(&workdir, partner, first, month, shape);
                reconciled += 1;
            }
        }
    }
    assert_eq!(reconciled, 36, "twelve shapes in three months");
    assert!(differences > 100, "{differences} days were out of order, which proves little");
}
