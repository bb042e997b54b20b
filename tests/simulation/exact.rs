//! The scenario in which every figure must be exact: 420 days with everything that the design promises to make no difference.
//! The days include a leap day, the end of 2020 with its ISO week 53, and the expiry of stamps.

use std::sync::Arc;

use qsproxy::dedup::daily::DailyMarks;
use qsproxy::metrics::VisitOutcome;
use qsproxy::time::{DAY_SECONDS, Day, Time};
use qsproxy::tokens::visit_stamp::VisitStamp;
use qsproxy::visit::{StampUpdate, TrackingPreference};
use qsproxy_test_support::random::Random;

use super::clients::{Browser, Network, Visit};
use super::figures::StoreContents;
use super::oracle::{ExpectedClient, Oracle};
use super::service::{Design, Node, Service, shared_marks};
use super::settings;

/// 2020-01-15: a leap day and the end of an ISO year of 53 weeks follow.
const START: u32 = 18_276;
const DAYS: u32 = 420;

/// How often a person visits.
#[derive(Clone, Copy)]
enum Habit {
    Daily,
    Weekly,
    Monthly,
    /// After pauses of one to two and a half months: some cookies expire in between, some do not.
    Rarely,
    Once,
}

/// The tracking preference that a client sends, and on which days of the scenario.
#[derive(Clone, Copy)]
enum Objection {
    None,
    /// `Sec-GPC: 1` on these days.
    Gpc(u32, u32),
    /// `DNT: 1` on these days.
    Dnt(u32, u32),
}

struct Person {
    browser: Browser,
    expected: ExpectedClient,
    /// The stamp of another response of the same moment, equivalent to the one in the jar. It may arrive late.
    twin: Option<String>,
    habit: Habit,
    objection: Objection,
    /// The day of the next visit.
    next: u32,
}

impl Person {
    fn new(random: &mut Random) -> Self {
        let mut browser = Browser::new(random.below(2));
        let percent = random.below(100);
        browser.blocks_cookies = percent < 3;
        browser.is_browser = !(3..13).contains(&percent);
        let (from, to) = (random.below(300), 30 + random.below(200));
        let (from, to) = (u32::try_from(from).unwrap(), u32::try_from(from + to).unwrap());
        let objection = match percent {
            13 => Objection::Dnt(0, DAYS),
            14 => Objection::Dnt(from, to),
            15..=18 => Objection::Gpc(0, DAYS),
            19..=22 => Objection::Gpc(from, to),
            _ => Objection::None,
        };
        let habit = match random.below(10) {
            0..=2 => Habit::Daily,
            3..=5 => Habit::Weekly,
            6 => Habit::Monthly,
            7..=8 => Habit::Rarely,
            _ => Habit::Once,
        };
        let next = if random.one_in(2) { random.below(20) } else { random.below(DAYS as usize) };
        let next = u32::try_from(next).unwrap();
        Self { browser, expected: ExpectedClient::default(), twin: None, habit, objection, next }
    }

    /// Days until the next visit.
    fn pause(&self, random: &mut Random) -> u32 {
        let days = match self.habit {
            Habit::Daily => 1 + if random.one_in(6) { random.below(5) } else { 0 },
            Habit::Weekly => 5 + random.below(5),
            Habit::Monthly => 26 + random.below(8),
            Habit::Rarely if !self.browser.is_browser && random.one_in(4) => 100 + random.below(280),
            Habit::Rarely if random.one_in(4) => 60,
            Habit::Rarely => 31 + random.below(45),
            Habit::Once => DAYS as usize,
        };
        u32::try_from(days).unwrap()
    }

    fn preference(&self, day: u32) -> TrackingPreference {
        match self.objection {
            Objection::Gpc(from, to) if (from..to).contains(&day) => TrackingPreference::GlobalPrivacyControl,
            Objection::Dnt(from, to) if (from..to).contains(&day) => TrackingPreference::DoNotTrack,
            Objection::None | Objection::Gpc(..) | Objection::Dnt(..) => TrackingPreference::Unset,
        }
    }

    /// A stamp without a serial cannot be deduplicated. Clients that send `Sec-GPC` at some time are exact only if they send
    /// one request at a time and every response arrives.
    fn sends_gpc(&self) -> bool {
        matches!(self.objection, Objection::Gpc(..))
    }
}

/// The state of the scenario.
struct Simulation {
    network: Network,
    oracle: Oracle,
    people: Vec<Person>,
}

/// How often each thing happened that must make no difference.
#[derive(Default)]
pub struct Events {
    replays: u64,
    forgeries: u64,
    wipes: u64,
    cleared_jars: u64,
    expired_cookies: u64,
    expired_stamps: u64,
}

impl Events {
    fn all_happened(&self) -> bool {
        let Self { replays, forgeries, wipes, cleared_jars, expired_cookies, expired_stamps } = self;
        [replays, forgeries, wipes, cleared_jars, expired_cookies, expired_stamps].iter().all(|n| **n > 0)
    }
}

#[test]
fn everything_promised_is_exact() {
    let (random, seed) = settings::seeded("exact");
    let marks = Arc::new(DailyMarks::default());
    let service = Service::start();
    let nodes = (0..2).map(|_| service.node(Design::Real, 0, shared_marks(&marks))).collect();
    let people = settings::people_count(800, 10_000);
    let run = run(service, nodes, || marks.clear(), (random, people, &seed));
    assert!(run.events.all_happened(), "{seed}: something did not happen");
    assert!(run.person_days > 10_000 && run.requests > 2 * run.person_days as u64, "{seed}: too little happened");
}

#[test]
fn one_node_is_exact() {
    let (random, seed) = settings::seeded("exact, one node");
    let marks = Arc::new(DailyMarks::default());
    let service = Service::start();
    let nodes = vec![service.node(Design::Real, 0, shared_marks(&marks))];
    run(service, nodes, || marks.clear(), (random, settings::people_count(80, 2_000), &seed));
}

/// What happened in a run.
pub struct Run {
    events: Events,
    person_days: usize,
    requests: u64,
}

/// Runs the scenario on nodes that share their deduplication, which `wipe` empties. Asserts that every stored row and every
/// reported figure is exact.
pub fn run(
    service: Service,
    nodes: Vec<Node>,
    wipe: impl Fn(),
    (mut random, people, seed): (Random, usize, &str),
) -> Run {
    let people: Vec<Person> = (0..people).map(|_| Person::new(&mut random)).collect();
    let mut simulation = Simulation { network: Network::new(nodes, random, 2), oracle: Oracle::default(), people };
    let mut events = Events::default();
    for day in 0..DAYS {
        for (at, who) in simulation.schedule(day) {
            if simulation.network.random.one_in(simulation.people.len().div_ceil(4)) {
                wipe();
                events.wipes += 1;
            }
            if simulation.network.random.one_in(50) {
                simulation.forge(at, seed);
                events.forgeries += 1;
            }
            simulation.session(who, day, at, &mut events);
        }
    }
    let Simulation { network, oracle, people } = simulation;
    let requests = network.requests;
    drop(network);
    let days = START..START + DAYS + 30;
    let store = StoreContents::read(service, days.clone());
    store.figures.errors(&oracle.figures(days)).assert_none(seed);
    assert_eq!(store.rows, oracle.rows(), "{seed}: every row is right");
    let Events { replays, forgeries, wipes, cleared_jars, expired_cookies, expired_stamps } = &events;
    let person_days = oracle.person_days();
    eprintln!(
        "{seed}: {} people, {DAYS} days, {requests} requests, {} lives, {person_days} person-days, {replays} replays, \
         {forgeries} forgeries, {wipes} wipes, {cleared_jars} jars cleared, {expired_cookies} cookies and {expired_stamps} \
         stamps expired: error 0",
        people.len(),
        oracle.lives(),
    );
    Run { events, person_days, requests }
}

impl Simulation {
    /// The visits of one day in order: one to three for each person who visits today.
    fn schedule(&mut self, day: u32) -> Vec<(Time, usize)> {
        let (random, mut schedule) = (&mut self.network.random, Vec::new());
        for (who, person) in self.people.iter_mut().enumerate().filter(|(_, person)| person.next == day) {
            person.next = day + person.pause(random);
            for _ in 0..[1, 1, 1, 2, 3][random.below(5)] {
                let second = random.below(DAY_SECONDS as usize) as u64;
                schedule.push((Time(u64::from(START + day) * DAY_SECONDS + second), who));
            }
        }
        schedule.sort_unstable();
        schedule
    }

    /// One visit of one to six pages at once, and sometimes a replay or the clearing of the jar.
    fn session(&mut self, who: usize, day: u32, at: Time, events: &mut Events) {
        let Self { network, oracle, people } = self;
        let person = &mut people[who];
        let preference = person.preference(day);
        person.browser.preference = preference;
        let n = if person.sends_gpc() { 1 } else { 1 + network.random.below(6) };
        if person.browser.blocks_cookies || preference == TrackingPreference::DoNotTrack {
            network.visit(&mut person.browser, at, n);
            person.expected.forget();
            person.twin = None;
            return;
        }
        network.loss = if person.sends_gpc() { 0 } else { 2 };
        let sent = person.browser.stamp_at(at);
        let expired = person.expected.expire_before(at, person.browser.is_browser);
        events.expired_cookies += u64::from(expired.cookie);
        events.expired_stamps += u64::from(expired.stamp);
        let had_life = person.expected.life.is_some();
        let had_unconfirmed = person.expected.unconfirmed_since.is_some();
        let Visit { unconfirmed, twin, .. } = network.visit(&mut person.browser, at, n);
        network.loss = 2;
        let late = person.twin.clone();
        person.twin = twin.or(person.twin.take());
        if !(person.browser.is_browser || had_life || had_unconfirmed) {
            person.expected.unconfirmed_since = Some(at.day().date());
            return;
        }
        let first_of_day = person.expected.confirm(oracle, person.browser.code, at);
        if !person.sends_gpc() && network.random.one_in(10) {
            // Sends again what was counted today: the stamp of this visit, or its twin, whose response arrives only now, or
            // the stamp that the page confirmed.
            let old = match (had_life, had_unconfirmed) {
                (true, _) => late.filter(|_| first_of_day && network.random.one_in(2)).or(sent),
                (false, true) => sent,
                (false, false) => unconfirmed,
            };
            replay(network, person, &old.expect("there was a stamp"), (at, first_of_day));
            events.replays += 1;
        }
        if network.random.one_in(200) {
            person.browser.jar = None;
            person.twin = None;
            person.expected.forget();
            events.cleared_jars += 1;
        }
    }

    /// Sends a stamp that this service did not issue: a changed one, random characters, one for another host, an empty one, or
    /// one that is not ASCII. It is not counted, and the response has a new stamp as for any client.
    fn forge(&mut self, at: Time, seed: &str) {
        let who = self.network.random.below(self.people.len());
        let serial = Some(self.network.random.number());
        let last = Day(at.day().0 - 1);
        let stamp = VisitStamp { cohort: Day(last.0 - 3), last, serial, provisional: self.network.random.one_in(2) };
        let random = &mut self.network.random;
        let mut text = match (random.below(3), &self.people[who].browser.jar) {
            (0, Some((own, _))) => own.clone(),
            (1, _) => random.text("ABCDEFabcdef0123456789-_", 42),
            (_, _) => self.network.nodes[0].encode(Some("other.example"), &stamp, at),
        };
        if self.people[who].browser.jar.as_ref().is_some_and(|(own, _)| *own == text) {
            let changed = self.network.random.below(text.len());
            let other = if text.as_bytes()[changed] == b'A' { "B" } else { "A" };
            text.replace_range(changed..=changed, other);
        }
        let stranger = Browser::new(0);
        let response = self.network.request(&stranger, Some(&text), at);
        assert_eq!(response.outcome, VisitOutcome::Invalid, "{seed}: a forgery is not counted");
        assert!(matches!(response.update, StampUpdate::Replace(_)), "{seed}: a forger gets what everybody gets");
        for text in ["", &"é".repeat(21)] {
            let update = self.network.request(&stranger, Some(text), at).update;
            assert!(matches!(update, StampUpdate::Replace(_)), "{seed}: a forger gets what everybody gets");
        }
    }
}

/// Sends an old stamp again, to any node, up to three times. In one of two cases the browser itself restored its jar and
/// receives the responses.
fn replay(network: &mut Network, person: &mut Person, old: &str, (at, first_of_day): (Time, bool)) {
    let restored = network.random.one_in(2);
    for _ in 0..1 + network.random.below(3) {
        let update = network.request(&person.browser, Some(old), at).update;
        if restored {
            let expected =
                if first_of_day { matches!(update, StampUpdate::Replace(_)) } else { update == StampUpdate::Unchanged };
            assert!(expected, "the stamp is sent again only if it was new today");
            person.browser.receive(update, at);
            if first_of_day {
                person.expected.renew(at);
            }
        }
    }
}
