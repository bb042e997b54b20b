//! More worlds with a bound, in which stamps or clocks are not where they should be: a node that is a day ahead,
//! profiles that were copied, stamps that somebody keeps and shows again.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use qsproxy::dedup::daily::DailyMarks;
use qsproxy::metrics::VisitOutcome;
use qsproxy::time::{DAY_SECONDS, Day, Time};

use super::clients::Browser;
use super::crowd::{Crowd, DAYS, START, time};
use super::figures::Cells;
use super::service::{CODES, IsFirst, Rules};
use super::truth::Truth;

/// What nodes with different clocks share: a memory that forgets by itself and not by anybody's clock, as Redis does.
fn common() -> impl Fn() -> IsFirst {
    let marks = Arc::new(Mutex::new(HashSet::new()));
    move || {
        let marks = marks.clone();
        Box::new(move |mark, _| marks.lock().unwrap().insert(mark))
    }
}

/// One of two nodes is a day ahead. A visit counts where its node's day is later than the stamp's: exactly the running
/// maxima of the days that nodes saw. Against the true days, no day is wrong by more than the person-days with a visit
/// to the node ahead, on it or the day before.
#[test]
fn a_clock_a_day_ahead_counts_running_maxima() {
    let is_first = common();
    let mut crowd = Crowd::new("a clock a day ahead", |service| {
        [0, DAY_SECONDS].map(|ahead| service.node(Rules::Real, ahead, is_first())).into()
    });
    let mut maxima = Truth::default();
    let mut told: Vec<(Option<usize>, Day)> = vec![(None, Day(0)); crowd.people.len()];
    let mut ahead = HashSet::new();
    for day in 0..DAYS {
        for (at, who) in crowd.agenda(day) {
            // A visit goes to one node with all of its requests, as a connection does.
            let node = crowd.net.random.below(2);
            let seen = Day(at.day().0 + u32::try_from(node).unwrap());
            let n = 1 + crowd.net.random.below(6);
            crowd.net.only = Some(node);
            crowd.net.visit(&mut crowd.people[who].0, at, n);
            if node == 1 && ahead.insert((who, at.day())) {
                crowd.allow(at.day(), 1);
            }
            crowd.saw(who, at.day());
            let (life, last) = &mut told[who];
            if life.is_none() || seen > *last {
                maxima.saw(life, crowd.people[who].0.code, seen);
                *last = seen;
            }
        }
    }
    let end = crowd.end();
    assert_eq!(end.tally.cells, maxima.cells(), "{}: the running maxima, exactly", end.seed);
    end.tell(&format!("person-days with a visit to the node ahead {}", ahead.len()));
    for name in ["new", "daily"] {
        for (day, error) in end.errors.of(name) {
            let bound = [day, day - 1].map(|day| end.most.get(&day).copied().unwrap_or(0)).into_iter().max().unwrap();
            assert!(error.unsigned_abs() <= bound, "{}: {name} of day {day} is wrong by {error}", end.seed);
        }
    }
    assert!(end.errors.sum("daily").unsigned_abs() <= ahead.len() as u64, "{}", end.seed);
}

/// A jar was copied into a second browser and a third. Copies that show the same serial on a day count once, as one
/// person; once they came on different days they are two. At most one too much for each copy and day.
#[test]
fn copied_profiles_count_as_their_serials_do() {
    let memory = Arc::new(DailyMarks::default());
    let mut crowd = Crowd::sharing("copied profiles", &memory);
    let mut expected = Cells::default();
    // What each browser of a person holds: the stamp, the days on which it was exchanged, that of birth first.
    let mut browsers: Vec<Vec<(Browser, Vec<u32>)>> =
        crowd.people.iter().map(|(browser, _)| vec![(browser.clone(), Vec::new())]).collect();
    for day in 0..DAYS {
        let mut counted = HashSet::new();
        let mut came = HashSet::new();
        for (at, who) in crowd.agenda(day) {
            let which = crowd.net.random.below(browsers[who].len());
            let n = 1 + crowd.net.random.below(6);
            let (browser, history) = &mut browsers[who][which];
            crowd.net.visit(browser, at, n);
            let today = at.day().0;
            if history.last() != Some(&today) {
                if counted.insert((who, history.clone())) {
                    let (gap, cohort) =
                        (history.last().map_or(0, |last| today - last), *history.first().unwrap_or(&today));
                    expected.count(CODES[browser.code], today, gap, cohort);
                }
                history.push(today);
            }
            if came.insert((who, which)) && came.iter().filter(|(other, _)| *other == who).count() > 1 {
                crowd.allow(at.day(), 1);
            }
            crowd.saw(who, at.day());
            if browsers[who].len() < 3 && crowd.net.random.one_in(20) {
                let copy = browsers[who][which].clone();
                browsers[who].push(copy);
            }
        }
    }
    let copies: usize = browsers.iter().map(|browsers| browsers.len() - 1).sum();
    let end = crowd.end();
    assert_eq!(end.tally.cells, expected, "{}: as many as there are serials, exactly", end.seed);
    end.tell(&format!("copies {copies}, copies' days {}", end.most.values().sum::<u64>()));
    for (day, error) in end.errors.of("daily") {
        let bound = i64::try_from(end.most.get(&day).copied().unwrap_or(0)).unwrap();
        assert!((0..=bound).contains(&error), "{}: day {day} is wrong by {error}, bound {bound}", end.seed);
    }
    for name in ["rolling 7", "rolling 28", "rolling 30"] {
        for (day, error) in end.errors.of(name) {
            let copies = i64::try_from(copies).unwrap();
            assert!((0..=copies).contains(&error), "{}: {name} of {day} is wrong by {error}", end.seed);
        }
    }
    assert!(end.errors.sum("daily") > 0 && end.errors.sum("new") == 0, "{}", end.seed);
}

/// Somebody keeps other people's stamps and shows them again on later days, many times a day, at every node: at most
/// one for each stamp and day, however often, and none once the stamp has ended.
#[test]
fn replays_count_once_for_each_stamp_and_day() {
    let memory = Arc::new(DailyMarks::default());
    let mut crowd = Crowd::sharing("replays on later days", &memory);
    let mut kept: Vec<(u32, String)> = Vec::new();
    let mut shown = HashSet::new();
    let stranger = Browser::new(0);
    for day in 0..DAYS {
        for (at, who) in crowd.agenda(day) {
            let n = 1 + crowd.net.random.below(6);
            let between = crowd.net.visit(&mut crowd.people[who].0, at, n).between;
            crowd.saw(who, at.day());
            // One of three kept is a first stamp, which was never confirmed as it left the jar.
            let stamp = if crowd.net.random.one_in(3) { between } else { crowd.people[who].0.brings(at) };
            if crowd.net.random.one_in(60) {
                kept.push((day, stamp.unwrap()));
            }
        }
        for (since, text) in &kept {
            if *since < day && crowd.net.random.one_in(4) {
                let at = time(day, &mut crowd.net.random);
                for _ in 0..1 + crowd.net.random.below(9) {
                    crowd.net.ask(&stranger, Some(text), at);
                }
                if shown.insert((text.clone(), day)) {
                    crowd.allow(at.day(), 1);
                }
            }
        }
    }
    for (_, text) in kept {
        let today = Time(u64::from(START + DAYS) * DAY_SECONDS);
        let stamp = crowd.net.nodes[0].read(&text, today).unwrap();
        // Thirteen months are never more than 397 days.
        let late = Time(u64::from(stamp.cohort.0 + 397) * DAY_SECONDS);
        assert_eq!(crowd.net.ask(&stranger, Some(&text), late).outcome, VisitOutcome::Ended, "{}", crowd.seed);
    }
    let end = crowd.end();
    end.assert_within();
    assert!(end.errors.sum("daily") > 0, "{}", end.seed);
}
