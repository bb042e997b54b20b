//! The world in which every figure is exact: the people of the issue over 420 days, with everything that is promised to
//! make no difference. The days cross a leap day, the change of 2020 with its ISO week 53, and the ends of stamps'
//! lives.

use std::sync::Arc;

use qsproxy::dedup::daily::DailyMarks;
use qsproxy::metrics::VisitOutcome;
use qsproxy::time::{DAY_SECONDS, Day, Time};
use qsproxy::tokens::visit_stamp::VisitStamp;
use qsproxy::visit::{StampUpdate, TrackingPreference};

use super::clients::{Browser, Net, Visit};
use super::figures::Tally;
use super::form;
use super::service::{Node, Rules, Service, remembering};
use super::truth::{Diary, Truth};
use qsproxy_test_support::random::Random;

/// 2020-01-15: a leap day and the end of an ISO year of 53 weeks follow.
const START: u32 = 18_276;
pub const DAYS: u32 = 420;

/// How often somebody comes.
#[derive(Clone, Copy)]
enum Habit {
    Daily,
    Weekly,
    Monthly,
    /// Away for one to two and a half months at a time: some cookies live to see the next visit, some do not.
    Seldom,
    Once,
}

/// What somebody's client says, and when.
#[derive(Clone, Copy)]
enum Says {
    Nothing,
    /// `Sec-GPC` on these days of the world.
    Alike(u32, u32),
    /// `DNT` on these.
    Objects(u32, u32),
}

struct Person {
    browser: Browser,
    diary: Diary,
    /// A stamp like the one in the jar, from another answer of the same moment: it may arrive late.
    twin: Option<String>,
    habit: Habit,
    says: Says,
    next: u32,
}

impl Person {
    fn new(random: &mut Random) -> Self {
        let mut browser = Browser::new(random.below(2));
        let percent = random.below(100);
        browser.blocks = percent < 3;
        browser.is_browser = !(3..13).contains(&percent);
        let (from, to) = (random.below(300), 30 + random.below(200));
        let (from, to) = (u32::try_from(from).unwrap(), u32::try_from(from + to).unwrap());
        let says = match percent {
            13 => Says::Objects(0, DAYS),
            14 => Says::Objects(from, to),
            15..=18 => Says::Alike(0, DAYS),
            19..=22 => Says::Alike(from, to),
            _ => Says::Nothing,
        };
        let habit = match random.below(10) {
            0..=2 => Habit::Daily,
            3..=5 => Habit::Weekly,
            6 => Habit::Monthly,
            7..=8 => Habit::Seldom,
            _ => Habit::Once,
        };
        let next = if random.one_in(2) { random.below(20) } else { random.below(DAYS as usize) };
        Self { browser, diary: Diary::default(), twin: None, habit, says, next: u32::try_from(next).unwrap() }
    }

    /// After how many days they come again.
    fn pause(&self, random: &mut Random) -> u32 {
        let days = match self.habit {
            Habit::Daily => 1 + if random.one_in(6) { random.below(5) } else { 0 },
            Habit::Weekly => 5 + random.below(5),
            Habit::Monthly => 26 + random.below(8),
            Habit::Seldom if !self.browser.is_browser && random.one_in(4) => 100 + random.below(280),
            Habit::Seldom if random.one_in(4) => 60,
            Habit::Seldom => 31 + random.below(45),
            Habit::Once => DAYS as usize,
        };
        u32::try_from(days).unwrap()
    }

    fn wish(&self, day: u32) -> TrackingPreference {
        match self.says {
            Says::Alike(from, to) if (from..to).contains(&day) => TrackingPreference::GlobalPrivacyControl,
            Says::Objects(from, to) if (from..to).contains(&day) => TrackingPreference::DoNotTrack,
            Says::Nothing | Says::Alike(..) | Says::Objects(..) => TrackingPreference::Unset,
        }
    }

    /// Whoever says, now or then, that they shall not be told from others cannot be told from themselves either: they
    /// are exact where they ask for one thing at a time and every answer arrives.
    fn is_careful(&self) -> bool {
        matches!(self.says, Says::Alike(..))
    }
}

/// Everything that goes on.
struct World {
    net: Net,
    truth: Truth,
    people: Vec<Person>,
}

/// What happened, so that a run is known to have met it all.
#[derive(Default)]
pub struct Met {
    replays: u64,
    forgeries: u64,
    wipes: u64,
    cleared: u64,
    /// Cookies that their browser dropped, and stamps past their life.
    gone: u64,
    old: u64,
}

#[test]
fn everything_promised_is_exact() {
    let (random, seed) = form::chance("exact");
    let memory = Arc::new(DailyMarks::default());
    let service = Service::start();
    let nodes = (0..2).map(|_| service.node(Rules::Real, 0, remembering(&memory))).collect();
    let people = form::pick(800, 10_000);
    let Met { replays, forgeries, wipes, cleared, gone, old } =
        run(service, nodes, || memory.wipe(), (random, people, &seed));
    assert!([replays, forgeries, wipes, cleared, gone, old].iter().all(|n| *n > 0), "{seed}: everything happened");
}

/// Runs the world on these nodes, which share their memory; `wipe` empties it.
pub fn run(
    service: Service,
    nodes: Vec<Node>,
    wipe: impl Fn(),
    (mut random, people, seed): (Random, usize, &str),
) -> Met {
    let people: Vec<Person> = (0..people).map(|_| Person::new(&mut random)).collect();
    let mut world = World { net: Net::new(nodes, random, 2), truth: Truth::default(), people };
    let mut met = Met::default();
    for day in 0..DAYS {
        for (at, who) in world.agenda(day) {
            if world.net.random.one_in(world.people.len().div_ceil(4)) {
                wipe();
                met.wipes += 1;
            }
            if world.net.random.one_in(50) {
                world.forge(at, seed);
                met.forgeries += 1;
            }
            world.session(who, day, at, &mut met);
        }
    }
    let World { net, truth, people } = world;
    let requests = net.requests;
    drop(net);
    let days = START..START + DAYS + 30;
    let tally = Tally::of(service, days.clone());
    tally.figures.errors(&truth.figures(days)).assert_none(seed);
    assert_eq!(tally.cells, truth.cells(), "{seed}: every row is right");
    let Met { replays, forgeries, wipes, cleared, gone, old } = met;
    eprintln!(
        "{seed}: {} people, {DAYS} days, {requests} requests, {} lives, {} person-days, {replays} replays, {forgeries} \
         forgeries, {wipes} wipes, {cleared} jars cleared, {gone} cookies and {old} stamps at their end: error 0",
        people.len(),
        truth.lives(),
        truth.person_days(),
    );
    met
}

impl World {
    /// Who comes today and when, in order: one to three times.
    fn agenda(&mut self, day: u32) -> Vec<(Time, usize)> {
        let (random, mut agenda) = (&mut self.net.random, Vec::new());
        for (who, person) in self.people.iter_mut().enumerate().filter(|(_, person)| person.next == day) {
            person.next = day + person.pause(random);
            for _ in 0..[1, 1, 1, 2, 3][random.below(5)] {
                let second = random.below(DAY_SECONDS as usize) as u64;
                agenda.push((Time(u64::from(START + day) * DAY_SECONDS + second), who));
            }
        }
        agenda.sort_unstable();
        agenda
    }

    /// One person with one to six pages at once, and what else they do then.
    fn session(&mut self, who: usize, day: u32, at: Time, met: &mut Met) {
        let Self { net, truth, people } = self;
        let person = &mut people[who];
        let wish = person.wish(day);
        person.browser.wish = wish;
        let n = if person.is_careful() { 1 } else { 1 + net.random.below(6) };
        if person.browser.blocks || wish == TrackingPreference::DoNotTrack {
            net.visit(&mut person.browser, at, n);
            person.diary.forget();
            person.twin = None;
            return;
        }
        net.lost = if person.is_careful() { 0 } else { 2 };
        let brought = person.browser.brings(at);
        let (is_gone, is_old) = person.diary.ends_before(at, person.browser.is_browser);
        met.gone += u64::from(is_gone);
        met.old += u64::from(is_old);
        let was_alive = person.diary.life.is_some();
        let was_offered = person.diary.offered.is_some();
        let Visit { between, twin, .. } = net.visit(&mut person.browser, at, n);
        net.lost = 2;
        let late = person.twin.clone();
        person.twin = twin.or(person.twin.take());
        if !(person.browser.is_browser || was_alive || was_offered) {
            person.diary.offered = Some(at.day().date());
            return;
        }
        let is_first = person.diary.confirms(truth, person.browser.code, at);
        if !person.is_careful() && net.random.one_in(10) {
            // Once more what counted today: what was brought or an answer that came with it and arrives only now, or
            // what the jar held before the page confirmed.
            let old = match (was_alive, was_offered) {
                (true, _) => late.filter(|_| is_first && net.random.one_in(2)).or(brought),
                (false, true) => brought,
                (false, false) => between,
            };
            replay(net, person, &old.expect("there was a stamp"), (at, is_first));
            met.replays += 1;
        }
        if net.random.one_in(200) {
            person.browser.jar = None;
            person.twin = None;
            person.diary.forget();
            met.cleared += 1;
        }
    }

    /// What nobody here made, or made for another house, counts for nothing.
    fn forge(&mut self, at: Time, seed: &str) {
        let who = self.net.random.below(self.people.len());
        let serial = Some(self.net.random.number());
        let last = Day(at.day().0 - 1);
        let stamp = VisitStamp { cohort: Day(last.0 - 3), last, serial, provisional: self.net.random.one_in(2) };
        let random = &mut self.net.random;
        let mut text = match (random.below(3), &self.people[who].browser.jar) {
            (0, Some((own, _))) => own.clone(),
            (1, _) => random.text("ABCDEFabcdef0123456789-_", 42),
            (_, _) => self.net.nodes[0].stamp(Some("other.example"), &stamp, at),
        };
        if self.people[who].browser.jar.as_ref().is_some_and(|(own, _)| *own == text) {
            let place = self.net.random.below(text.len());
            let other = if text.as_bytes()[place] == b'A' { "B" } else { "A" };
            text.replace_range(place..=place, other);
        }
        let stranger = Browser::new(0);
        let reply = self.net.ask(&stranger, Some(&text), at);
        assert_eq!(reply.outcome, VisitOutcome::Invalid, "{seed}: a forgery counts for nothing");
    }
}

/// Shows an old stamp again, at any node, a few times; sometimes it is the browser itself that restored its jar.
fn replay(net: &mut Net, person: &mut Person, old: &str, (at, is_first): (Time, bool)) {
    let is_restored = net.random.one_in(2);
    for _ in 0..1 + net.random.below(3) {
        let hand = net.ask(&person.browser, Some(old), at).hand;
        if is_restored {
            let expected =
                if is_first { matches!(hand, StampUpdate::Replace(_)) } else { hand == StampUpdate::Unchanged };
            assert!(expected, "a stamp comes again where it was new today, and only there");
            person.browser.take(hand, at);
            if is_first {
                person.diary.renewed(at);
            }
        }
    }
}
