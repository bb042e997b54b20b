//! More scenarios with a bound, in which a clock is wrong or a stamp is used by somebody else: a node whose clock is a day ahead,
//! copied browser profiles, and stamps that somebody records and sends again.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use qsproxy::dedup::daily::DailyMarks;
use qsproxy::metrics::VisitOutcome;
use qsproxy::time::{DAY_SECONDS, Day, Time};

use super::clients::Browser;
use super::figures::StoredRows;
use super::oracle::Oracle;
use super::population::{DAYS, Population, START, time_on};
use super::service::{CODES, DedupCheck, Design};

/// Deduplication that nodes with different clocks share: its marks do not expire by anybody's clock, like those in a Redis.
fn marks_without_expiry() -> impl Fn() -> DedupCheck {
    let marks = Arc::new(Mutex::new(HashSet::new()));
    move || {
        let marks = marks.clone();
        Box::new(move |mark, _| marks.lock().unwrap().insert(mark))
    }
}

/// The clock of one of two nodes is a day ahead. A visit counts if the day of its node is later than that of the stamp: exactly
/// the running maximum of the days that a client's nodes saw. Compared with the true days, no day is wrong by more than the
/// person-days with a visit to the node ahead on that day or the day before.
#[test]
fn a_clock_a_day_ahead_counts_the_running_maximum_of_days() {
    let dedup = marks_without_expiry();
    let mut population = Population::new("a clock a day ahead", |service| {
        [0, DAY_SECONDS].map(|ahead| service.node(Design::Real, ahead, dedup())).into()
    });
    let mut maxima = Oracle::default();
    let mut last_seen: Vec<(Option<usize>, Day)> = vec![(None, Day(0)); population.members.len()];
    let mut ahead = HashSet::new();
    for day in 0..DAYS {
        for (at, who) in population.schedule(day) {
            // A visit goes to one node with all of its requests, as a connection does.
            let node = population.network.random.below(2);
            let seen = Day(at.day().0 + u32::try_from(node).unwrap());
            population.network.only = Some(node);
            population.visit(who, at, 6);
            if node == 1 && ahead.insert((who, at.day())) {
                population.allow_overcount(at.day(), 1);
            }
            let (life, last) = &mut last_seen[who];
            if life.is_none() || seen > *last {
                maxima.visit_or_begin(life, population.members[who].browser.code, seen);
                *last = seen;
            }
        }
    }
    let outcome = population.finish();
    assert_eq!(outcome.store.rows, maxima.rows(), "{}: exactly the running maxima", outcome.seed);
    outcome.print(&format!("person-days with a visit to the node ahead {}", ahead.len()));
    assert!(ahead.len() > 1_000, "{}: {}", outcome.seed, ahead.len());
    for name in ["new", "daily"] {
        for (day, error) in outcome.errors.by_day(name) {
            let allowed = |day| outcome.allowed.get(&day).copied().unwrap_or(0);
            let bound = allowed(day).max(allowed(day - 1));
            assert!(error.unsigned_abs() <= bound, "{}: {name} of day {day} is wrong by {error}", outcome.seed);
        }
    }
    assert!(outcome.errors.sum("daily").unsigned_abs() <= ahead.len() as u64, "{}", outcome.seed);
}

/// A browser and its history: the days on which its stamp was exchanged.
#[derive(Clone)]
struct Copy {
    browser: Browser,
    history: Vec<u32>,
}

/// A profile is copied to a second browser and a third. Copies that send the same serial on a day count as one visitor. After
/// visits on different days they count as two. At most one too many for each copy and day.
#[test]
fn copied_profiles_count_once_for_each_serial() {
    let marks = Arc::new(DailyMarks::default());
    let mut population = Population::with_shared_marks("copied profiles", &marks);
    let mut expected = StoredRows::default();
    let mut copies: Vec<Vec<Copy>> = population
        .members
        .iter()
        .map(|member| vec![Copy { browser: member.browser.clone(), history: Vec::new() }])
        .collect();
    for day in 0..DAYS {
        let mut counted = HashSet::new();
        let mut visited = HashSet::new();
        for (at, who) in population.schedule(day) {
            let which = population.network.random.below(copies[who].len());
            let n = 1 + population.network.random.below(6);
            let Copy { browser, history } = &mut copies[who][which];
            population.network.visit(browser, at, n);
            let today = at.day().0;
            if history.last() != Some(&today) {
                if counted.insert((who, history.clone())) {
                    let gap = history.last().map_or(0, |last| today - last);
                    expected.count(CODES[browser.code], today, gap, *history.first().unwrap_or(&today));
                }
                history.push(today);
            }
            if visited.insert((who, which)) && visited.iter().filter(|(other, _)| *other == who).count() > 1 {
                population.allow_overcount(at.day(), 1);
            }
            population.record_visit(who, at.day());
            if copies[who].len() < 3 && population.network.random.one_in(20) {
                let copy = copies[who][which].clone();
                copies[who].push(copy);
            }
        }
    }
    let copies: i64 = copies.iter().map(|copies| i64::try_from(copies.len()).unwrap() - 1).sum();
    let outcome = population.finish();
    assert_eq!(outcome.store.rows, expected, "{}: exactly one for each serial", outcome.seed);
    let days_of_copies = outcome.total_allowed();
    outcome.print(&format!("copies {copies}, days of copies {days_of_copies}"));
    assert!(days_of_copies > 100, "{}", outcome.seed);
    for (day, error) in outcome.errors.by_day("daily") {
        let bound = i64::try_from(outcome.allowed.get(&day).copied().unwrap_or(0)).unwrap();
        assert!((0..=bound).contains(&error), "{}: day {day} is wrong by {error}, bound {bound}", outcome.seed);
    }
    for name in ["rolling 7", "rolling 28", "rolling 30"] {
        for (day, error) in outcome.errors.by_day(name) {
            assert!((0..=copies).contains(&error), "{}: {name} of {day} is wrong by {error}", outcome.seed);
        }
    }
    assert!(outcome.errors.sum("daily") > 0 && outcome.errors.sum("new") == 0, "{}", outcome.seed);
}

/// Somebody records stamps and sends them again on later days, several times a day and to every node: at most one visitor for
/// each stamp and day, and none after the stamp has expired. Confirmed stamps never count as a new visitor; a stamp that was
/// recorded before its confirmation may.
#[test]
fn replayed_stamps_count_once_for_each_stamp_and_day() {
    for with_unconfirmed in [true, false] {
        let marks = Arc::new(DailyMarks::default());
        let name = if with_unconfirmed { "replays on later days" } else { "replays of confirmed stamps on later days" };
        let mut population = Population::with_shared_marks(name, &marks);
        let mut recorded: Vec<(u32, String)> = Vec::new();
        let mut replayed = HashSet::new();
        let stranger = Browser::new(0);
        for day in 0..DAYS {
            for (at, who) in population.schedule(day) {
                let unconfirmed = population.visit(who, at, 6).unconfirmed;
                let use_unconfirmed = with_unconfirmed && population.network.random.one_in(3);
                let stamp = if use_unconfirmed { unconfirmed } else { population.members[who].browser.stamp_at(at) };
                if population.network.random.one_in(60) {
                    recorded.push((day, stamp.unwrap()));
                }
            }
            for (since, text) in &recorded {
                if *since < day && population.network.random.one_in(4) {
                    let at = time_on(day, &mut population.network.random);
                    for _ in 0..1 + population.network.random.below(9) {
                        population.network.request(&stranger, Some(text), at);
                    }
                    if replayed.insert((text.clone(), day)) {
                        population.allow_overcount(at.day(), 1);
                    }
                }
            }
        }
        for (_, text) in recorded {
            let today = Time(u64::from(START + DAYS) * DAY_SECONDS);
            let stamp = population.network.nodes[0].decode(&text, today).unwrap();
            // Thirteen months are at most 397 days.
            let expired = Time(u64::from(stamp.cohort.0 + 397) * DAY_SECONDS);
            let outcome = population.network.request(&stranger, Some(&text), expired).outcome;
            assert_eq!(outcome, VisitOutcome::Ended, "{}", population.seed);
        }
        let outcome = population.finish();
        outcome.assert_within();
        assert!(replayed.len() > 100, "{}: {}", outcome.seed, replayed.len());
        assert!(outcome.errors.sum("daily") > 0, "{}", outcome.seed);
        assert!(with_unconfirmed || outcome.errors.sum("new") == 0, "{}: a new visitor", outcome.seed);
    }
}
