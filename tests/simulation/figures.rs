//! Reported figures and their errors. The figures are read from the store twice: with SQL written from the definitions in
//! `docs/http-api.md`, and with the report that operators get. The oracle returns figures of the same type, thus they can be
//! compared key by key.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use qsproxy::report::table::TableValue;
use qsproxy::report::usage::CohortGrain;
use qsproxy::report::{CountsReader, ReportFilter, TOTAL};
use qsproxy::storage::query::StoreLocation;
use qsproxy::time::Day;
use rusqlite::{Connection, Row};

use super::service::Service;

/// The figures of a day, of the window that ends on a day, and of a cohort.
pub const NAMES: [&str; 8] = ["new", "daily", "rolling 7", "rolling 28", "rolling 30", "D1", "D7", "D30"];

/// The figures of windows with their lengths in days, and the figures of cohorts with their ages in days.
pub const WINDOWS: [(&str, u32); 3] = [("rolling 7", 7), ("rolling 28", 28), ("rolling 30", 30)];
pub const AGES: [(&str, u32); 3] = [("D1", 1), ("D7", 7), ("D30", 30)];

/// The key of a figure: its name, its code or [`TOTAL`], and its day.
pub type Key = (&'static str, String, u32);

/// Figures that are not zero.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Figures(BTreeMap<Key, u64>);

/// The rows of `active` and of `retention`.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct StoredRows {
    pub active: BTreeMap<(u32, String, u32), u64>,
    pub retention: BTreeMap<(u32, u32, String), u64>,
}

impl StoredRows {
    /// Counts a visitor: `gap` days after the previous visit (0: new), in this cohort.
    pub fn count(&mut self, code: &str, day: u32, gap: u32, cohort: u32) {
        *self.active.entry((day, code.to_owned(), gap.min(30))).or_default() += 1;
        let age = day - cohort;
        if [0, 1, 7, 30].contains(&age) {
            *self.retention.entry((cohort, age, code.to_owned())).or_default() += 1;
        }
    }
}

impl Figures {
    /// Adds to the figure of a code and to the total.
    pub fn add(&mut self, name: &'static str, code: &str, day: u32, n: u64) {
        for code in [code, TOTAL] {
            *self.0.entry((name, code.to_owned(), day)).or_default() += n;
        }
    }

    /// The differences from the expected figures.
    pub fn errors(&self, expected: &Self) -> Errors {
        let keys: BTreeSet<&Key> = self.0.keys().chain(expected.0.keys()).collect();
        let value = |figures: &Self, key| i64::try_from(figures.0.get(key).copied().unwrap_or(0)).unwrap();
        let errors = keys.into_iter().map(|key| (key.clone(), value(self, key) - value(expected, key)));
        Errors { errors: errors.filter(|(_, error)| *error != 0).collect(), expected: expected.totals() }
    }

    /// The total of a figure on a day.
    pub fn total(&self, name: &'static str, day: u32) -> u64 {
        self.0.get(&(name, TOTAL.to_owned(), day)).copied().unwrap_or(0)
    }

    fn totals(&self) -> BTreeMap<&'static str, u64> {
        NAMES.map(|name| (name, self.0.iter().filter(|(key, _)| is_total(key, name)).map(|(_, n)| n).sum())).into()
    }
}

fn is_total((known, code, _): &Key, name: &str) -> bool {
    *known == name && code == TOTAL
}

/// Differences between counted and expected figures; positive: too many were counted.
#[derive(Debug)]
pub struct Errors {
    errors: BTreeMap<Key, i64>,
    /// The expected sum of each figure over all days.
    expected: BTreeMap<&'static str, u64>,
}

impl Errors {
    /// The errors of the total of one figure by day.
    pub fn by_day<'e>(&'e self, name: &'e str) -> impl Iterator<Item = (u32, i64)> + 'e {
        self.errors.iter().filter(move |(key, _)| is_total(key, name)).map(|((_, _, day), error)| (*day, *error))
    }

    /// The sum of the errors of one figure.
    pub fn sum(&self, name: &str) -> i64 {
        self.by_day(name).map(|(_, error)| error).sum()
    }

    /// The sum of the absolute errors of one figure.
    pub fn absolute_sum(&self, name: &str) -> u64 {
        self.by_day(name).map(|(_, error)| error.unsigned_abs()).sum()
    }

    /// The errors of each figure in words.
    pub fn summary(&self) -> String {
        let parts = NAMES.iter().filter(|name| self.by_day(name).next().is_some()).map(|name| {
            let (sum, expected) = (self.sum(name), self.expected[name]);
            let largest = self.by_day(name).max_by_key(|(_, error)| error.abs()).unwrap_or_default().1;
            format!("{name}: {sum:+} of {expected}, at most {largest:+} a day")
        });
        let parts: Vec<String> = parts.collect();
        if parts.is_empty() { "error 0".to_owned() } else { parts.join("; ") }
    }

    /// # Panics
    /// If any figure is wrong.
    pub fn assert_none(&self, what: &str) {
        let first: Vec<_> = self.errors.iter().take(8).collect();
        assert!(self.errors.is_empty(), "{what}: {}; {first:?}", self.summary());
    }

    /// Asserts the bound. On a day at most `allowed[day]` visitors too many and none too few may be counted; in a window the
    /// sum of its days; in a cohort those of the day on which it is counted.
    pub fn assert_within(&self, allowed: &BTreeMap<u32, u64>, what: &str) {
        let bound = |from: u32, to: u32| i64::try_from(allowed.range(from..=to).map(|(_, n)| n).sum::<u64>()).unwrap();
        for (name, days) in WINDOWS.into_iter().chain([("new", 1), ("daily", 1)]) {
            for (day, error) in self.by_day(name) {
                let bound = bound((day + 1).saturating_sub(days), day);
                assert!((0..=bound).contains(&error), "{what}: {name} of day {day} is wrong by {error}, bound {bound}");
            }
        }
        for (name, age) in AGES {
            for (cohort, error) in self.by_day(name) {
                let bound = bound(cohort + age, cohort + age);
                assert!((0..=bound).contains(&error), "{what}: {name} of {cohort} is wrong by {error}, bound {bound}");
            }
        }
    }
}

/// The contents of a store.
pub struct StoreContents {
    pub figures: Figures,
    pub rows: StoredRows,
}

impl StoreContents {
    /// Closes a service and reads its store. `days` are the last days of the windows to compute. Asserts that the report
    /// agrees with the SQL.
    pub fn read(service: Service, days: std::ops::Range<u32>) -> Self {
        let (_folder, path) = service.close();
        let store = Connection::open(&path).unwrap();
        let (figures, rows) = (figures_by_sql(&store, days.clone()), stored_rows(&store));
        assert_eq!(figures_by_report(&path, days), figures, "the report agrees with the SQL");
        Self { figures, rows }
    }
}

fn day_number(text: &str) -> u32 {
    Day::from_date(text.parse().unwrap()).0
}

fn count(row: &Row<'_>, column: usize) -> u64 {
    u64::try_from(row.get::<_, i64>(column).unwrap()).unwrap()
}

/// The rows of both tables.
fn stored_rows(store: &Connection) -> StoredRows {
    let mut stored = StoredRows::default();
    let mut active = store.prepare("select day, code, gap, n from active").unwrap();
    let mut rows = active.query([]).unwrap();
    while let Some(row) = rows.next().unwrap() {
        let day: String = row.get(0).unwrap();
        stored.active.insert((day_number(&day), row.get(1).unwrap(), row.get(2).unwrap()), count(row, 3));
    }
    let mut retention = store.prepare("select cohort, age, code, n from retention").unwrap();
    let mut rows = retention.query([]).unwrap();
    while let Some(row) = rows.next().unwrap() {
        let cohort: String = row.get(0).unwrap();
        stored.retention.insert((day_number(&cohort), row.get(1).unwrap(), row.get(2).unwrap()), count(row, 3));
    }
    stored
}

/// Every figure by its definition: a visitor is active in a window if they visit on one of its days. They are counted on the
/// first of these days, on which they are new or whose gap reaches back before the window. SQLite does the date arithmetic, thus
/// none of the program's code is involved.
fn figures_by_sql(store: &Connection, days: std::ops::Range<u32>) -> Figures {
    let mut figures = Figures::default();
    let mut add = |name, sql: &str, values: &[String]| {
        let mut query = store.prepare_cached(sql).unwrap();
        let mut rows = query.query(rusqlite::params_from_iter(values)).unwrap();
        while let Some(row) = rows.next().unwrap() {
            let (day, code): (String, String) = (row.get(0).unwrap(), row.get(1).unwrap());
            figures.add(name, &code, day_number(&day), count(row, 2));
        }
    };
    add("new", "select day, code, sum(n) from active where gap = 0 group by day, code", &[]);
    add("daily", "select day, code, sum(n) from active group by day, code", &[]);
    for end in days {
        for (name, window) in WINDOWS {
            let [first, last] = [end + 1 - window, end].map(|day| Day(day).date().to_string());
            let sql = "select ?2, code, sum(n) from active where day between ?1 and ?2
                       and (gap = 0 or julianday(day) - gap < julianday(?1)) group by code";
            add(name, sql, &[first, last]);
        }
    }
    for (name, age) in AGES {
        add(name, "select cohort, code, n from retention where age = cast(?1 as integer)", &[age.to_string()]);
    }
    figures
}

/// Every figure as `qsproxy report` prints it without small-count suppression.
fn figures_by_report(path: &Path, days: std::ops::Range<u32>) -> Figures {
    let mut figures = Figures::default();
    let filter = ReportFilter { from: Day(days.start).date(), to: Day(days.end - 1).date(), ..ReportFilter::default() };
    let counts = CountsReader::open(&StoreLocation::Sqlite(path.to_owned())).unwrap();
    let active = counts.active(&filter, 0, Day(days.end)).unwrap();
    let retention = counts.retention(&filter, CohortGrain::Day, 0, Day(days.end + 31)).unwrap();
    let active_names = ["new", "daily", "rolling 7", "rolling 28", "rolling 30"];
    for (names, rows) in [(&active_names[..], active.rows), (&["", "D1", "D7", "D30"], retention.rows)] {
        for row in rows {
            let [TableValue::Text(day), TableValue::Text(code), values @ ..] = &row[..] else {
                panic!("a day and a code")
            };
            for (name, value) in names.iter().zip(values) {
                let TableValue::Count(n) = value else { panic!("{name} of {day} is suppressed: {value:?}") };
                if *n > 0 && !name.is_empty() {
                    figures.0.insert((name, code.clone(), day_number(day)), *n);
                }
            }
        }
    }
    figures
}
