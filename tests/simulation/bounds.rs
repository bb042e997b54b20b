//! Scenarios in which counts may be wrong, each with its bound: requests that meet a restart, midnight, each other or a lost
//! response, clients without a serial, and nodes that share nothing. Each prints the measured errors.

use std::sync::Arc;

use qsproxy::dedup::daily::DailyMarks;
use qsproxy::time::{DAY_SECONDS, Time};
use qsproxy::visit::{StampUpdate, TrackingPreference};

use super::figures::{AGES, WINDOWS};
use super::population::{DAYS, Population, START};
use super::service::{Design, shared_marks};

/// Groups of people have requests in flight when the deduplication is wiped. A client with one response before and one after
/// the wipe may be counted twice on that day: at most once too often for each client in flight and wipe.
#[test]
fn a_wipe_costs_at_most_one_for_each_client_in_flight() {
    let marks = Arc::new(DailyMarks::default());
    let mut population = Population::with_shared_marks("wipes in flight", &marks);
    let mut in_flight = 0;
    for day in 0..DAYS {
        let schedule = population.schedule(day);
        for group in schedule.chunks(5) {
            let at = group[0].0;
            let mut people: Vec<usize> = group.iter().map(|(_, who)| *who).collect();
            people.sort_unstable();
            people.dedup();
            // Pages, then their confirmations.
            for _ in 0..2 {
                in_flight += requests_with_a_wipe(&mut population, &marks, (&people, at));
            }
            people.iter().for_each(|who| population.record_visit(*who, at.day()));
        }
    }
    let outcome = population.finish();
    let bound = outcome.assert_within();
    assert!(in_flight > 100, "{}: only {in_flight} in flight", outcome.seed);
    assert!(bound <= in_flight && outcome.errors.sum("daily") > 0, "{}: {bound} of {in_flight}", outcome.seed);
}

/// Sends everybody's requests in random order, in one of four cases with a wipe among them. Allows one visitor too many for
/// each client with requests on both sides of the wipe. Returns how many clients were in flight at the wipe.
fn requests_with_a_wipe(population: &mut Population, marks: &DailyMarks, (people, at): (&[usize], Time)) -> i64 {
    let mut requests = Vec::new();
    for who in people {
        let stamp = population.members[*who].browser.stamp_at(at);
        (0..1 + population.network.random.below(6)).for_each(|_| requests.push((*who, stamp.clone())));
    }
    population.network.random.shuffle(&mut requests);
    let wipe = population.network.random.one_in(4).then(|| population.network.random.below(requests.len()));
    let mut responses = Vec::new();
    for (number, (who, stamp)) in requests.iter().enumerate() {
        if wipe == Some(number) {
            marks.clear();
        }
        responses.push((*who, population.request(*who, stamp.as_deref(), at)));
    }
    population.network.random.shuffle(&mut responses);
    responses.into_iter().for_each(|(who, update)| population.members[who].browser.receive(update, at));
    let Some(wipe) = wipe else { return 0 };
    let (before, after) = requests.split_at(wipe);
    let on_both_sides = |who: &&usize| [before, after].iter().all(|side| side.iter().any(|(other, _)| other == *who));
    let affected = people.iter().filter(on_both_sides).count();
    population.allow_overcount(at.day(), affected);
    i64::try_from(people.len()).unwrap()
}

/// If a page confirms before the other first pages have arrived, their responses replace the confirmed stamp. Each of these pages
/// may then count as a new visitor, once in a life.
#[test]
fn first_pages_that_cross_count_as_a_new_visitor_once_each_at_most() {
    const MOST_PAGES: usize = 6;
    let marks = Arc::new(DailyMarks::default());
    let mut population = Population::with_shared_marks("crossing first pages", &marks);
    for day in 0..DAYS {
        for (at, who) in population.schedule(day) {
            let n = 1 + population.network.random.below(MOST_PAGES);
            if population.members[who].browser.stamp_at(at).is_none() {
                population.allow_overcount(at.day(), n - 1);
            }
            crossing_pages(&mut population, who, (at, n));
            population.record_visit(who, at.day());
        }
    }
    let lives = population.members.len();
    let outcome = population.finish();
    let bound = outcome.assert_within();
    assert!((1..=bound).contains(&outcome.errors.sum("new")), "{}", outcome.seed);
    assert!(bound <= i64::try_from((MOST_PAGES - 1) * lives).unwrap(), "{}: only first pages", outcome.seed);
}

/// Sends pages at once. Each confirms some time after its response, with the stamp that is in the jar then. Requests and
/// responses cross at random.
fn crossing_pages(population: &mut Population, who: usize, (at, n): (Time, usize)) {
    enum Step {
        Request { is_page: bool, stamp: Option<String> },
        Response { is_page: bool, update: StampUpdate },
        Confirm,
    }
    let stamp = population.members[who].browser.stamp_at(at);
    let mut steps: Vec<Step> = (0..n).map(|_| Step::Request { is_page: true, stamp: stamp.clone() }).collect();
    while !steps.is_empty() {
        let next = population.network.random.below(steps.len());
        match steps.swap_remove(next) {
            Step::Request { is_page, stamp } => {
                let update = population.request(who, stamp.as_deref(), at);
                steps.push(Step::Response { is_page, update });
            }
            Step::Response { is_page, update } => {
                population.members[who].browser.receive(update, at);
                if is_page {
                    steps.push(Step::Confirm);
                }
            }
            Step::Confirm => {
                let stamp = population.members[who].browser.stamp_at(at);
                steps.push(Step::Request { is_page: false, stamp });
            }
        }
    }
}

/// People whose last responses of a day are all lost: they were counted, and the service cannot know that later. Days are exact;
/// windows and new visitors count them once more for each day on which they gave up.
#[test]
fn counted_visits_whose_responses_are_lost_cost_one_each() {
    let marks = Arc::new(DailyMarks::default());
    let mut population = Population::with_shared_marks("answers lost for good", &marks);
    for day in 0..DAYS {
        let mut gave_up = vec![false; population.members.len()];
        for (at, who) in population.schedule(day) {
            if gave_up[who] {
                continue;
            }
            if !population.network.random.one_in(10) {
                population.visit(who, at, 6);
                continue;
            }
            gave_up[who] = true;
            let mut browser = population.members[who].browser.clone();
            if browser.stamp_at(at).is_none() {
                // The page arrives, and the response to its confirmation does not.
                population.network.send_at_once(&mut population.members[who].browser, at, 1);
                browser = population.members[who].browser.clone();
            }
            population.network.send_at_once(&mut browser, at, 2);
            population.record_visit(who, at.day());
            population.allow_overcount(at.day(), 1);
        }
    }
    let outcome = population.finish();
    let bound = outcome.total_allowed();
    outcome.print(&format!("gave up {bound} times"));
    let seed = &outcome.seed;
    assert_eq!(outcome.errors.by_day("daily").next(), None, "{seed}: days are exact");
    let gave_up = |from: u32, to: u32| outcome.allowed.range(from..=to).map(|(_, n)| n).sum::<u64>();
    for (name, window) in WINDOWS {
        for (day, error) in outcome.errors.by_day(name) {
            let is_within = error >= 0 && error.unsigned_abs() <= gave_up(day + 1 - window, day);
            assert!(is_within, "{seed}: {name} of day {day} is wrong by {error}");
        }
    }
    for (name, age) in AGES.into_iter().chain([("new", 0)]) {
        for (day, error) in outcome.errors.by_day(name) {
            let is_within = error.unsigned_abs() <= gave_up(0, day + age);
            assert!(is_within, "{seed}: {name} of day {day} is wrong by {error}");
        }
    }
    assert!((1..=bound).contains(&outcome.errors.sum("new")), "{seed}");
}

/// Any response may be lost for good, also that of a first page, and nothing is repeated: a visit is then not counted, or
/// counted as new on the next visit. At most one visitor for each incomplete visit; a new visitor moves to another day (one
/// less here, one more there) or is counted twice.
#[test]
fn responses_lost_for_good_cost_a_visit_each_at_most() {
    const LOSS: usize = 2;
    let marks = Arc::new(DailyMarks::default());
    let mut population = Population::with_shared_marks("answers lost at random", &marks);
    let mut incomplete = 0;
    for day in 0..DAYS {
        for (at, who) in population.schedule(day) {
            let mut complete = true;
            // A page, and its confirmation if the page arrived.
            for _ in 0..2 {
                let stamp = population.members[who].browser.stamp_at(at);
                let update = population.request(who, stamp.as_deref(), at);
                complete = !population.network.random.percent(LOSS);
                if !complete {
                    break;
                }
                population.members[who].browser.receive(update, at);
            }
            incomplete += u64::from(!complete);
            population.record_visit(who, at.day());
        }
    }
    let outcome = population.finish();
    outcome.print(&format!("incomplete visits {incomplete}"));
    let (daily, new) = (outcome.errors.absolute_sum("daily"), outcome.errors.absolute_sum("new"));
    assert!(incomplete > 50, "{}: {incomplete}", outcome.seed);
    assert!(daily <= incomplete, "{}: {daily} of {incomplete}", outcome.seed);
    assert!(new <= 2 * incomplete, "{}: {new} of {incomplete}", outcome.seed);
}

/// Without a serial nothing can be deduplicated: each request with a stamp of an earlier day is counted. The error is exactly
/// the number of requests after the first of the first visit of a day, including repeated ones.
#[test]
fn clients_with_gpc_are_counted_for_each_request_of_a_burst() {
    let marks = Arc::new(DailyMarks::default());
    let mut population = Population::with_shared_marks("alike, in parallel", &marks);
    population.network.loss = 2;
    population
        .members
        .iter_mut()
        .for_each(|member| member.browser.preference = TrackingPreference::GlobalPrivacyControl);
    let mut visited = vec![0; population.members.len()];
    for day in 1..=DAYS {
        for (at, who) in population.schedule(day - 1) {
            let extra = population.visit(who, at, 6).extra_requests;
            if visited[who] < day {
                population.allow_overcount(at.day(), extra);
            }
            visited[who] = day;
        }
    }
    let outcome = population.finish();
    let bound = outcome.assert_within();
    assert_eq!(outcome.errors.sum("daily"), bound, "{}: no more and no less", outcome.seed);
}

/// Requests of one moment that fall on two days: the old stamp counts on both days, and if the response of the first day arrives
/// last, its stamp counts again on the second. At most one for each such visit, on the second day.
#[test]
fn a_visit_across_midnight_costs_at_most_one() {
    let marks = Arc::new(DailyMarks::default());
    let mut population = Population::with_shared_marks("visits across midnight", &marks);
    for day in 0..DAYS {
        for (at, who) in population.schedule(day) {
            population.visit(who, at, 6);
        }
        let midnight = Time((u64::from(START + day) + 1) * DAY_SECONDS);
        for who in 0..population.members.len() {
            if population.members[who].life.is_some() && population.network.random.one_in(10) {
                visit_across(&mut population, who, midnight);
            }
        }
    }
    let outcome = population.finish();
    outcome.assert_within();
    assert!(outcome.errors.sum("daily") > 0, "{}", outcome.seed);
}

/// Requests of a known visitor, two before midnight and two after it.
fn visit_across(population: &mut Population, who: usize, midnight: Time) {
    let stamp = population.members[who].browser.stamp_at(midnight);
    let before = Time(midnight.0 - 1);
    let mut updates: Vec<StampUpdate> =
        [before, before, midnight, midnight].map(|at| population.request(who, stamp.as_deref(), at)).into();
    population.network.random.shuffle(&mut updates);
    updates.into_iter().for_each(|update| population.members[who].browser.receive(update, midnight));
    // All pages have arrived, and each confirms.
    population.network.send_at_once(&mut population.members[who].browser, midnight, 4);
    population.record_visit(who, before.day());
    population.record_visit(who, midnight.day());
    population.allow_overcount(midnight.day(), 1);
}

/// Nodes that do not share their deduplication count requests of one moment once each. At most one for each further node, client
/// and day. The same nodes with shared deduplication are exact.
#[test]
fn nodes_that_share_nothing_cost_one_for_each_further_node() {
    for (nodes, is_shared) in [(2, false), (3, false), (3, true)] {
        let shared = Arc::new(DailyMarks::default());
        let marks = || if is_shared { shared.clone() } else { Arc::new(DailyMarks::default()) };
        let scenario = format!("{nodes} nodes, {} memory", if is_shared { "one" } else { "no common" });
        let mut population = Population::new(&scenario, |service| {
            (0..nodes).map(|_| service.node(Design::Real, 0, shared_marks(&marks()))).collect()
        });
        population.network.loss = 2;
        let mut visited = vec![0; population.members.len()];
        for day in 1..=DAYS {
            for (at, who) in population.schedule(day - 1) {
                let extra = population.visit(who, at, 6).extra_requests;
                if visited[who] < day && !is_shared {
                    population.allow_overcount(at.day(), extra.min(nodes - 1));
                }
                visited[who] = day;
            }
        }
        let outcome = population.finish();
        outcome.assert_within();
        assert_eq!(outcome.errors.sum("daily") > 0, !is_shared, "{}", outcome.seed);
    }
}
