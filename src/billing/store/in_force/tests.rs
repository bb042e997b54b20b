//! Random imports, withdrawals and uses on SQLite, compared with a model that applies them one after the other to a map.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use jiff::civil::{Date, date};
use proptest::prelude::*;

use crate::billing::code_scope::CodeScope;
use crate::billing::digest::Sha256Digest;
use crate::billing::statement::{LeftOut, Statement, StatementRow};
use crate::billing::statement_event::StatementEventKind;
use crate::billing::store::{BillingStore, StatementState};
use crate::name::ConfigName;
use crate::storage::query::StoreLocation;
use crate::storage::sqlite::SqliteStore;
use crate::time::Day;

const CODES: [&str; 3] = ["A", "B", "C"];
/// Days of the model, and days before them that are only corrected.
const DAYS: i8 = 12;

/// What a test does.
#[derive(Debug, Clone)]
enum Step {
    /// Imports a statement: its first day and number of days, its codes (0: all), days of a row, a seed for its numbers, and the day and
    /// the code of a correction.
    Import { first: i8, days: i8, codes: u8, row_days: i8, seed: i64, correction: Option<(i8, usize)> },
    /// Withdraws a statement, by its place among those that there are.
    Withdraw(prop::sample::Index),
    /// Uses one again.
    Use(prop::sample::Index),
    /// Says that one contains the corrections that there are, or that it does not.
    Contains(prop::sample::Index, bool),
}

fn step() -> impl Strategy<Value = Step> {
    let correction = prop::option::weighted(0.3, (1..=DAYS, 0..CODES.len()));
    let import = (1..=DAYS, 1..=6_i8, 0..8_u8, prop_oneof![4 => Just(1_i8), 1 => Just(3_i8)], 0..1_000_i64, correction);
    let import = import.prop_map(|(first, days, codes, row_days, seed, correction)| Step::Import {
        first,
        days: days.min(DAYS + 1 - first),
        codes,
        row_days,
        seed,
        correction,
    });
    let place = any::<prop::sample::Index>;
    let contains = (place(), prop::bool::weighted(0.8)).prop_map(|(place, is_so)| Step::Contains(place, is_so));
    prop_oneof![6 => import, 2 => place().prop_map(Step::Withdraw), 2 => place().prop_map(Step::Use), 1 => contains]
}

fn day(number: i8) -> Date {
    date(2026, 10, number)
}

/// The number of a day.
fn number(day: Date) -> i8 {
    day.day()
}

fn row(first: i8, last: i8, code: &str, clicks: i64) -> StatementRow {
    let (day, last, code) = (day(first), day(last), code.to_owned());
    StatementRow {
        day,
        last,
        code,
        searches: None,
        clicks: Some(clicks),
        revenue: None,
        currency: None,
        is_final: None,
    }
}

/// Builds the statement of an import; `n` makes its file unlike others.
fn statement(step: &Step, n: usize) -> Option<Statement> {
    let Step::Import { first, days, codes, row_days, seed, correction } = step else { return None };
    let named: Vec<&str> =
        CODES.iter().enumerate().filter(|(at, _)| codes & (1 << at) != 0).map(|(_, code)| *code).collect();
    let scope = if named.is_empty() {
        CodeScope::All
    } else {
        CodeScope::Only(named.iter().map(|code| (*code).to_owned()).collect())
    };
    let spoken = if named.is_empty() { CODES.to_vec() } else { named };
    let last = first + days - 1;
    let mut rows = Vec::new();
    let mut from = *first;
    while from <= last {
        let to = (from + row_days - 1).min(last);
        for (at, code) in spoken.iter().enumerate() {
            // Some codes have no row on some days.
            let clicks = (seed * 31 + i64::from(from) * 7 + at as i64 * 13) % 100;
            rows.extend((clicks > 20).then(|| row(from, to, code, clicks)));
        }
        from = to + 1;
    }
    let correction = correction.filter(|(day, at)| !(*first..=last).contains(day) && scope.contains(CODES[*at]));
    Some(Statement {
        sha256: Sha256Digest::of(&n.to_string()).to_string(),
        profile: "p = 1".to_owned(),
        first: day(*first),
        last: day(last),
        codes: scope,
        currency: None,
        rows,
        corrections: correction.map(|(day, at)| row(day, day, CODES[at], -5)).into_iter().collect(),
        left_out: LeftOut::default(),
    })
}

/// Rows by first day, code and last day.
type Rows = BTreeMap<(i8, String, i8), i64>;

/// A correction in the model: the days of its file, and those that no later statement took.
struct ModelCorrection {
    imported: usize,
    own: RangeInclusive<i8>,
    left: BTreeSet<i8>,
    row: StatementRow,
}

/// What is in force after some events: each statement removes what it speaks for, and adds its rows. A correction goes with the last of its
/// file's days that is taken, or with a statement of one of them that corrects the same day. It is not added to a statement that contains it:
/// of which that was said after the correction was imported.
fn model(statements: &[Statement], events: &[(usize, StatementEventKind)]) -> Rows {
    let mut in_order: Vec<usize> = Vec::new();
    let mut imported: BTreeMap<usize, usize> = BTreeMap::new();
    let mut contains: BTreeMap<usize, usize> = BTreeMap::new();
    for (time, (at, kind)) in events.iter().enumerate() {
        match kind {
            StatementEventKind::WithCorrections => drop(contains.insert(*at, time)),
            StatementEventKind::WithoutCorrections => drop(contains.remove(at)),
            StatementEventKind::Imported | StatementEventKind::Used | StatementEventKind::Withdrawn => {
                imported.entry(*at).or_insert(time);
                in_order.retain(|other| other != at);
                if *kind != StatementEventKind::Withdrawn {
                    in_order.push(*at);
                }
            }
        }
    }
    let mut rows = Rows::new();
    let mut corrections: Vec<ModelCorrection> = Vec::new();
    let mut speakers: BTreeMap<(i8, &str), usize> = BTreeMap::new();
    for at in in_order {
        let Statement { first, last, codes, rows: own, corrections: own_corrections, .. } = &statements[at];
        let (first, last) = (number(*first), number(*last));
        rows.retain(|(from, code, to), _| !codes.contains(code) || *to < first || last < *from);
        corrections.retain_mut(|ModelCorrection { own, left, row, .. }| {
            if !codes.contains(&row.code) {
                return true;
            }
            left.retain(|day| !(first..=last).contains(day));
            let is_repeated = own_corrections.iter().any(|other| (other.day, &other.code) == (row.day, &row.code));
            !(left.is_empty() || is_repeated && *own.start() <= last && first <= *own.end())
        });
        rows.extend(own.iter().map(|row| ((number(row.day), row.code.clone(), number(row.last)), row.clicks.unwrap())));
        for code in CODES.iter().filter(|code| codes.contains(code)) {
            speakers.extend((first..=last).map(|day| ((day, *code), at)));
        }
        corrections.extend(own_corrections.iter().map(|row| ModelCorrection {
            imported: imported[&at],
            own: first..=last,
            left: (first..=last).collect(),
            row: row.clone(),
        }));
    }
    for ModelCorrection { row: correction, imported, .. } in corrections {
        let on = number(correction.day);
        let speaker = speakers.get(&(on, correction.code.as_str()));
        if speaker.and_then(|speaker| contains.get(speaker)).is_some_and(|said| imported < *said) {
            continue;
        }
        let covering =
            rows.iter_mut().find(|((from, code, to), _)| *code == correction.code && (*from..=*to).contains(&on));
        let clicks = correction.clicks.unwrap();
        match covering {
            Some((_, sum)) => *sum += clicks,
            None => drop(rows.insert((on, correction.code, on), clicks)),
        }
    }
    rows
}

fn found(store: &BillingStore, partner: &ConfigName, until: i64) -> Rows {
    let rows = store.statement_rows_until(partner, day(1)..=day(DAYS), until).unwrap();
    let key = |row: &StatementRow| (number(row.day), row.code.clone(), number(row.last));
    rows.iter().map(|(_, row)| (key(row), row.clicks.unwrap())).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_in_force_equals_the_model_at_every_event(steps in prop::collection::vec(step(), 1..14)) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("counts.db");
        drop(SqliteStore::open(&path, "one").unwrap());
        let store = BillingStore::open(&StoreLocation::Sqlite(path)).unwrap();
        let (partner, today) = (ConfigName::new("a").unwrap(), Day(20_780));
        let mut statements: Vec<Statement> = Vec::new();
        let mut events: Vec<(usize, StatementEventKind)> = Vec::new();
        for (n, step) in steps.iter().enumerate() {
            match step {
                Step::Import { .. } => {
                    let statement = statement(step, n).unwrap();
                    store.change(|store| store.add_statement(&partner, &statement, today)).unwrap();
                    events.push((statements.len(), StatementEventKind::Imported));
                    statements.push(statement);
                }
                Step::Withdraw(place) | Step::Use(place) | Step::Contains(place, _) if !statements.is_empty() => {
                    let kind = match step {
                        Step::Withdraw(_) => StatementEventKind::Withdrawn,
                        Step::Contains(_, true) => StatementEventKind::WithCorrections,
                        Step::Contains(_, false) => StatementEventKind::WithoutCorrections,
                        Step::Import { .. } | Step::Use(_) => StatementEventKind::Used,
                    };
                    let at = place.index(statements.len());
                    store.change(|store| store.add_event(at as i64 + 1, kind, today, "why")).unwrap();
                    events.push((at, kind));
                }
                Step::Withdraw(_) | Step::Use(_) | Step::Contains(..) => {}
            }
        }
        for until in 0..=events.len() {
            prop_assert_eq!(found(&store, &partner, until as i64), model(&statements, &events[..until]), "until {}", until);
        }
        // A statement is in force as a whole, in part or not at all, by what each of its days and codes has.
        let stored = store.statements(Some(&partner)).unwrap();
        let happened = store.statement_events(Some(&partner)).unwrap();
        let in_force = super::StatementsInForce::new(&stored, &happened, i64::MAX);
        for statement in &stored {
            let codes = CODES.iter().chain(&["another"]).filter(|code| statement.codes.contains(code));
            let cells = codes.flat_map(|code| (number(statement.first)..=number(statement.last)).map(move |on| (*code, day(on))));
            let own = |(code, day): (&str, Date)| in_force.of(day, code).is_some_and(|other| other.number == statement.number);
            let (has, lacks) = cells.fold((false, false), |(has, lacks), cell| if own(cell) { (true, lacks) } else { (has, true) });
            let expected = match (has, lacks) {
                (true, false) => "in force",
                (true, true) => "in part",
                (false, _) if in_force.state(statement) == StatementState::Withdrawn => "withdrawn",
                (false, _) => "replaced",
            };
            prop_assert_eq!(in_force.state(statement).as_str(), expected);
        }
    }
}
