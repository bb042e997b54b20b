//! Worlds in which figures may be wrong, each with its bound and the error measured: requests that meet a wipe, a
//! midnight, each other or nothing at all, and people who do not want to be told apart.

use std::sync::Arc;

use qsproxy::dedup::daily::DailyMarks;
use qsproxy::time::Time;
use qsproxy::visit::{StampUpdate, TrackingPreference};

use super::crowd::{Crowd, DAYS};
use super::figures::{AGES, WINDOWS};
use super::service::{Rules, remembering};

/// Groups of people have requests under way when the memory is lost: whoever had one answered before and one after is
/// counted twice on that day. At most one for each client in flight and wipe.
#[test]
fn wipes_cost_one_for_each_client_in_flight() {
    let memory = Arc::new(DailyMarks::default());
    let mut crowd = Crowd::sharing("wipes in flight", &memory);
    let mut in_flight = 0;
    for day in 0..DAYS {
        let agenda = crowd.agenda(day);
        for group in agenda.chunks(5) {
            let at = group[0].0;
            let mut people: Vec<usize> = group.iter().map(|(_, who)| *who).collect();
            people.dedup();
            people.sort_unstable();
            people.dedup();
            // Pages, then what confirms them.
            for _ in 0..2 {
                in_flight += crossed_by_a_wipe(&mut crowd, &memory, (&people, at));
            }
            people.iter().for_each(|who| crowd.saw(*who, at.day()));
        }
    }
    let end = crowd.end();
    let bound = end.assert_within();
    assert!(bound <= in_flight && end.errors.sum("daily") > 0, "{}: {bound} of {in_flight}", end.seed);
}

/// Everybody's requests in any order, and once in four times a wipe among them. Who had requests on both sides of it
/// may count once more. Returns how many clients were in flight at it.
fn crossed_by_a_wipe(crowd: &mut Crowd, memory: &DailyMarks, (people, at): (&[usize], Time)) -> i64 {
    let mut requests = Vec::new();
    for who in people {
        let brought = crowd.people[*who].0.brings(at);
        (0..1 + crowd.net.random.below(6)).for_each(|_| requests.push((*who, brought.clone())));
    }
    crowd.net.random.shuffle(&mut requests);
    let wipe = crowd.net.random.one_in(4).then(|| crowd.net.random.below(requests.len()));
    let mut answers = Vec::new();
    for (place, (who, brought)) in requests.iter().enumerate() {
        if wipe == Some(place) {
            memory.wipe();
        }
        answers.push((*who, crowd.net.ask(&crowd.people[*who].0.clone(), brought.as_deref(), at).hand));
    }
    crowd.net.random.shuffle(&mut answers);
    answers.into_iter().for_each(|(who, hand)| crowd.people[who].0.take(hand, at));
    let Some(place) = wipe else { return 0 };
    let (before, after) = requests.split_at(place);
    let on_both = |who: &&usize| [before, after].iter().all(|side| side.iter().any(|(other, _)| other == *who));
    let crossed = people.iter().filter(on_both).count();
    crowd.allow(at.day(), crossed);
    i64::try_from(people.len()).unwrap()
}

/// Where a page confirms before the others have arrived, their answers replace the stamp with which it did: at most as
/// many births as first pages at once.
#[test]
fn first_pages_that_cross_are_born_once_each_at_most() {
    let memory = Arc::new(DailyMarks::default());
    let mut crowd = Crowd::sharing("crossing first pages", &memory);
    for day in 0..DAYS {
        for (at, who) in crowd.agenda(day) {
            let n = 1 + crowd.net.random.below(6);
            if crowd.people[who].0.brings(at).is_none() {
                crowd.allow(at.day(), n - 1);
            }
            cross(&mut crowd, who, (at, n));
            crowd.saw(who, at.day());
        }
    }
    let end = crowd.end();
    let bound = end.assert_within();
    assert!((1..=bound).contains(&end.errors.sum("new")), "{}", end.seed);
}

/// Pages sent at once, each of which confirms some time after its answer, with what is in the jar then; requests and
/// answers cross at random.
fn cross(crowd: &mut Crowd, who: usize, (at, n): (Time, usize)) {
    enum Step {
        Asks(bool, Option<String>),
        Comes(bool, StampUpdate),
        Confirms,
    }
    let brought = crowd.people[who].0.brings(at);
    let mut steps: Vec<Step> = (0..n).map(|_| Step::Asks(true, brought.clone())).collect();
    while !steps.is_empty() {
        let place = crowd.net.random.below(steps.len());
        match steps.swap_remove(place) {
            Step::Asks(is_page, brought) => {
                let hand = crowd.net.ask(&crowd.people[who].0.clone(), brought.as_deref(), at).hand;
                steps.push(Step::Comes(is_page, hand));
            }
            Step::Comes(is_page, hand) => {
                crowd.people[who].0.take(hand, at);
                if is_page {
                    steps.push(Step::Confirms);
                }
            }
            Step::Confirms => steps.push(Step::Asks(false, crowd.people[who].0.brings(at))),
        }
    }
}

/// People who give up, all of whose answers of the day are lost: they were counted, and the service cannot know later
/// that they were. Days are right; windows and births count them once more for each day on which they gave up.
#[test]
fn answers_lost_for_good_cost_one_each() {
    let memory = Arc::new(DailyMarks::default());
    let mut crowd = Crowd::sharing("answers lost for good", &memory);
    for day in 0..DAYS {
        let mut given_up = vec![false; crowd.people.len()];
        for (at, who) in crowd.agenda(day) {
            if given_up[who] {
                continue;
            }
            if !crowd.net.random.one_in(10) {
                let n = 1 + crowd.net.random.below(6);
                crowd.net.visit(&mut crowd.people[who].0, at, n);
                crowd.saw(who, at.day());
                continue;
            }
            given_up[who] = true;
            let mut browser = crowd.people[who].0.clone();
            if browser.brings(at).is_none() {
                // The page arrives, and what confirms it does not.
                crowd.net.volley(&mut crowd.people[who].0, at, 1);
                browser = crowd.people[who].0.clone();
            }
            crowd.net.volley(&mut browser, at, 2);
            crowd.saw(who, at.day());
            crowd.allow(at.day(), 1);
        }
    }
    let end = crowd.end();
    let bound = i64::try_from(end.most.values().sum::<u64>()).unwrap();
    end.tell(&format!("given up {bound}"));
    assert_eq!(end.errors.of("daily").next(), None, "{}: days are right", end.seed);
    let given_up = |from: u32, to: u32| end.most.range(from..=to).map(|(_, n)| n).sum::<u64>();
    for (name, window) in WINDOWS {
        for (day, error) in end.errors.of(name) {
            let is_within = error >= 0 && error.unsigned_abs() <= given_up(day + 1 - window, day);
            assert!(is_within, "{}: {name} of day {day} is wrong by {error}", end.seed);
        }
    }
    for (name, age) in AGES.into_iter().chain([("new", 0)]) {
        for (day, error) in end.errors.of(name) {
            let is_within = error.unsigned_abs() <= given_up(0, day + age);
            assert!(is_within, "{}: {name} of day {day} is wrong by {error}", end.seed);
        }
    }
    assert!((1..=bound).contains(&end.errors.sum("new")), "{}", end.seed);
}

/// Without a serial there is nothing to remember: each request that shows a stamp of an earlier day counts. At most as
/// many too much as requests beyond the first of a visit, repeated ones included.
#[test]
fn those_alike_count_for_each_request_at_once() {
    let memory = Arc::new(DailyMarks::default());
    let mut crowd = Crowd::sharing("alike, in parallel", &memory);
    crowd.net.lost = 2;
    crowd.people.iter_mut().for_each(|(browser, _)| browser.wish = TrackingPreference::GlobalPrivacyControl);
    let mut seen = vec![0; crowd.people.len()];
    for day in 1..=DAYS {
        for (at, who) in crowd.agenda(day - 1) {
            let n = 1 + crowd.net.random.below(6);
            let more = crowd.net.visit(&mut crowd.people[who].0, at, n).more;
            if seen[who] < day {
                crowd.allow(at.day(), more);
            }
            seen[who] = day;
            crowd.saw(who, at.day());
        }
    }
    let end = crowd.end();
    let bound = end.assert_within();
    assert_eq!(end.errors.sum("daily"), bound, "{}: no more and no less", end.seed);
}

/// Requests of one moment that fall on two days: the stamp of before counts on both, and where that of the first day is
/// the last to arrive, it counts on the second once more. At most one for each such visit, on the second day.
#[test]
fn midnight_costs_one_for_each_visit_across_it() {
    let memory = Arc::new(DailyMarks::default());
    let mut crowd = Crowd::sharing("visits across midnight", &memory);
    for day in 0..DAYS {
        for (at, who) in crowd.agenda(day) {
            let n = 1 + crowd.net.random.below(6);
            crowd.net.visit(&mut crowd.people[who].0, at, n);
            crowd.saw(who, at.day());
        }
        let midnight = Time((u64::from(super::crowd::START + day) + 1) * 86_400);
        for who in 0..crowd.people.len() {
            if crowd.people[who].1.is_some() && crowd.net.random.one_in(10) {
                across(&mut crowd, who, midnight);
            }
        }
    }
    let end = crowd.end();
    end.assert_within();
    assert!(end.errors.sum("daily") > 0, "{}", end.seed);
}

/// Requests of somebody whom we know, the first before midnight and the last after it.
fn across(crowd: &mut Crowd, who: usize, midnight: Time) {
    let brought = crowd.people[who].0.brings(midnight);
    let before = Time(midnight.0 - 1);
    let mut hands = Vec::new();
    for at in [before, before, midnight, midnight] {
        hands.push(crowd.net.ask(&crowd.people[who].0.clone(), brought.as_deref(), at).hand);
    }
    crowd.net.random.shuffle(&mut hands);
    hands.into_iter().for_each(|hand| crowd.people[who].0.take(hand, midnight));
    // All pages are there, and each confirms.
    crowd.net.volley(&mut crowd.people[who].0, midnight, 4);
    crowd.saw(who, before.day());
    crowd.saw(who, midnight.day());
    crowd.allow(midnight.day(), 1);
}

/// Nodes that remember apart: requests of one moment that go to several of them count once at each. At most one for
/// each further node, client and day. The same nodes with one memory are exact.
#[test]
fn nodes_that_share_no_memory_cost_one_for_each_further_node() {
    for (nodes, is_shared) in [(2, false), (3, false), (3, true)] {
        let shared = Arc::new(DailyMarks::default());
        let memory = || if is_shared { shared.clone() } else { Arc::new(DailyMarks::default()) };
        let scenario = format!("{nodes} nodes, {} memory", if is_shared { "one" } else { "no common" });
        let mut crowd = Crowd::new(&scenario, |service| {
            (0..nodes).map(|_| service.node(Rules::Real, 0, remembering(&memory()))).collect()
        });
        crowd.net.lost = 2;
        let mut seen = vec![0; crowd.people.len()];
        for day in 1..=DAYS {
            for (at, who) in crowd.agenda(day - 1) {
                let n = 1 + crowd.net.random.below(6);
                let more = crowd.net.visit(&mut crowd.people[who].0, at, n).more;
                if seen[who] < day && !is_shared {
                    crowd.allow(at.day(), more.min(nodes - 1));
                }
                seen[who] = day;
                crowd.saw(who, at.day());
            }
        }
        let end = crowd.end();
        end.assert_within();
        assert_eq!(end.errors.sum("daily") > 0, !is_shared, "{}", end.seed);
    }
}
