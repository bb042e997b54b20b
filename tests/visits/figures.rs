//! Figures and their errors: what is read off the store, by SQL written from CONTRACT section 6 and by the report that
//! operators get, and what is true. All are of one shape, so that they are compared key by key.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use qsproxy::report::table::TableValue;
use qsproxy::report::usage::CohortGrain;
use qsproxy::report::{CountsReader, ReportFilter, TOTAL};
use qsproxy::storage::query::StoreLocation;
use qsproxy::time::Day;
use rusqlite::{Connection, Row};

use super::service::Service;

/// What is reported, in order: of a day, of the window that ends on it, of a cohort.
pub const NAMES: [&str; 8] = ["new", "daily", "rolling 7", "rolling 28", "rolling 30", "D1", "D7", "D30"];

/// The windows among them, and the ages.
pub const WINDOWS: [(&str, u32); 3] = [("rolling 7", 7), ("rolling 28", 28), ("rolling 30", 30)];
pub const AGES: [(&str, u32); 3] = [("D1", 1), ("D7", 7), ("D30", 30)];

/// One figure: its name, its code or [`TOTAL`], and its day.
pub type Key = (&'static str, String, u32);

/// Figures other than 0.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Figures(BTreeMap<Key, u64>);

/// The rows of `active` and of `retention`.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Cells {
    pub active: BTreeMap<(u32, String, u32), u64>,
    pub retention: BTreeMap<(u32, u32, String), u64>,
}

impl Cells {
    /// Somebody who comes on a day, so long after the visit before (0: new) and after being new.
    pub fn count(&mut self, code: &str, day: u32, gap: u32, cohort: u32) {
        *self.active.entry((day, code.to_owned(), gap.min(30))).or_default() += 1;
        let age = day - cohort;
        if [0, 1, 7, 30].contains(&age) {
            *self.retention.entry((cohort, age, code.to_owned())).or_default() += 1;
        }
    }
}

impl Figures {
    /// Adds to a figure, and to that of all codes together.
    pub fn add(&mut self, name: &'static str, code: &str, day: u32, n: u64) {
        for code in [code, TOTAL] {
            *self.0.entry((name, code.to_owned(), day)).or_default() += n;
        }
    }

    /// Where these differ from what is true, by how much.
    pub fn errors(&self, truth: &Self) -> Errors {
        let keys: BTreeSet<&Key> = self.0.keys().chain(truth.0.keys()).collect();
        let value = |figures: &Self, key| i64::try_from(figures.0.get(key).copied().unwrap_or(0)).unwrap();
        let errors = keys.into_iter().map(|key| (key.clone(), value(self, key) - value(truth, key)));
        Errors { errors: errors.filter(|(_, error)| *error != 0).collect(), truth: truth.totals() }
    }

    /// The figure of all codes together.
    pub fn of(&self, name: &'static str, day: u32) -> u64 {
        self.0.get(&(name, TOTAL.to_owned(), day)).copied().unwrap_or(0)
    }

    fn totals(&self) -> BTreeMap<&'static str, u64> {
        NAMES.map(|name| (name, self.0.iter().filter(|(key, _)| is_total(key, name)).map(|(_, n)| n).sum())).into()
    }
}

fn is_total((known, code, _): &Key, name: &str) -> bool {
    *known == name && code == TOTAL
}

/// Where figures are wrong, and by how much.
#[derive(Debug)]
pub struct Errors {
    errors: BTreeMap<Key, i64>,
    /// What all figures of a name come to.
    truth: BTreeMap<&'static str, u64>,
}

impl Errors {
    /// Of one name, all codes together: by day.
    pub fn of<'e>(&'e self, name: &'e str) -> impl Iterator<Item = (u32, i64)> + 'e {
        self.errors.iter().filter(move |(key, _)| is_total(key, name)).map(|((_, _, day), error)| (*day, *error))
    }

    /// By how much a name is wrong in all.
    pub fn sum(&self, name: &str) -> i64 {
        self.of(name).map(|(_, error)| error).sum()
    }

    /// A line for each name that is wrong.
    pub fn told(&self) -> String {
        let told = NAMES.iter().filter(|name| self.of(name).next().is_some()).map(|name| {
            let (sum, truth) = (self.sum(name), self.truth[name]);
            let most = self.of(name).max_by_key(|(_, error)| error.abs()).unwrap_or_default().1;
            format!("{name}: {sum:+} of {truth}, at most {most:+} a day")
        });
        let told: Vec<String> = told.collect();
        if told.is_empty() { "error 0".to_owned() } else { told.join("; ") }
    }

    /// # Panics
    /// Where anything is wrong.
    pub fn assert_none(&self, what: &str) {
        let first: Vec<_> = self.errors.iter().take(8).collect();
        assert!(self.errors.is_empty(), "{what}: {}; {first:?}", self.told());
    }

    /// No more than the bound: `most[day]` counts too many on a day, and none too few; in a window, those of its days;
    /// of a cohort, those of the day on which it is counted, and none too few of it but what a second birth takes away.
    pub fn assert_within(&self, most: &BTreeMap<u32, u64>, what: &str) {
        let bound = |from: u32, to: u32| i64::try_from(most.range(from..=to).map(|(_, n)| n).sum::<u64>()).unwrap();
        for (name, days) in WINDOWS.into_iter().chain([("new", 1), ("daily", 1)]) {
            for (day, error) in self.of(name) {
                let bound = bound((day + 1).saturating_sub(days), day);
                assert!((0..=bound).contains(&error), "{what}: {name} of day {day} is wrong by {error}, bound {bound}");
            }
        }
        for (name, age) in AGES {
            for (cohort, error) in self.of(name) {
                let bound = bound(cohort + age, cohort + age);
                assert!((0..=bound).contains(&error), "{what}: {name} of {cohort} is wrong by {error}, bound {bound}");
            }
        }
    }
}

/// What a store says.
pub struct Tally {
    pub figures: Figures,
    pub cells: Cells,
}

impl Tally {
    /// Closes a service and reads its store, for the days of these windows: by our own SQL, which must agree with the
    /// report.
    pub fn of(service: Service, days: std::ops::Range<u32>) -> Self {
        let (_folder, path) = service.close();
        let store = Connection::open(&path).unwrap();
        let (figures, cells) = (by_sql(&store, days.clone()), cells(&store));
        assert_eq!(by_report(&path, days), figures, "the report and SQL written from the contract agree");
        Self { figures, cells }
    }
}

fn number(text: &str) -> u32 {
    Day::from_date(text.parse().unwrap()).0
}

fn count(row: &Row<'_>, column: usize) -> u64 {
    u64::try_from(row.get::<_, i64>(column).unwrap()).unwrap()
}

/// The rows as they stand.
fn cells(store: &Connection) -> Cells {
    let mut cells = Cells::default();
    let mut active = store.prepare("select day, code, gap, n from active").unwrap();
    let mut rows = active.query([]).unwrap();
    while let Some(row) = rows.next().unwrap() {
        let day: String = row.get(0).unwrap();
        cells.active.insert((number(&day), row.get(1).unwrap(), row.get(2).unwrap()), count(row, 3));
    }
    let mut retention = store.prepare("select cohort, age, code, n from retention").unwrap();
    let mut rows = retention.query([]).unwrap();
    while let Some(row) = rows.next().unwrap() {
        let cohort: String = row.get(0).unwrap();
        cells.retention.insert((number(&cohort), row.get(1).unwrap(), row.get(2).unwrap()), count(row, 3));
    }
    cells
}

/// Every figure by the contract's own words: somebody is active in a window if they come on one of its days, and counts
/// on the first of them, which is the one whose gap reaches before the window, or on which they are new. SQLite does
/// the arithmetic of dates, so that nothing of ours is trusted with it.
fn by_sql(store: &Connection, days: std::ops::Range<u32>) -> Figures {
    let mut figures = Figures::default();
    let mut add = |name, sql: &str, values: &[String]| {
        let mut query = store.prepare_cached(sql).unwrap();
        let mut rows = query.query(rusqlite::params_from_iter(values)).unwrap();
        while let Some(row) = rows.next().unwrap() {
            let (day, code): (String, String) = (row.get(0).unwrap(), row.get(1).unwrap());
            figures.add(name, &code, number(&day), count(row, 2));
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

/// Every figure as `qsproxy report` tells it to an operator who hides nothing.
fn by_report(path: &Path, days: std::ops::Range<u32>) -> Figures {
    let mut figures = Figures::default();
    let question =
        ReportFilter { from: Day(days.start).date(), to: Day(days.end - 1).date(), ..ReportFilter::default() };
    let counts = CountsReader::open(&StoreLocation::Sqlite(path.to_owned())).unwrap();
    let active = counts.active(&question, 0, Day(days.end)).unwrap();
    let retention = counts.retention(&question, CohortGrain::Day, 0, Day(days.end + 31)).unwrap();
    let active_names = ["new", "daily", "rolling 7", "rolling 28", "rolling 30"];
    for (names, rows) in [(&active_names[..], active.rows), (&["", "D1", "D7", "D30"], retention.rows)] {
        for row in rows {
            let [TableValue::Text(day), TableValue::Text(code), values @ ..] = &row[..] else {
                panic!("a day and a code")
            };
            for (name, value) in names.iter().zip(values) {
                let TableValue::Count(n) = value else { panic!("{name} of {day} is told: {value:?}") };
                if *n > 0 && !name.is_empty() {
                    figures.0.insert((name, code.clone(), number(day)), *n);
                }
            }
        }
    }
    figures
}
