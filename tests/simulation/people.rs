//! People with browsers: one place for a stamp in each jar, answers that arrive in any order, and habits.

use qsproxy::time::Day;
use qsproxy::visit::TrackingPreference;

use crate::random::Random;
use crate::service::{Answer, Memory, Service, Way};
use crate::truth::Life;
use crate::{DAYS, FIRST};

/// How long a browser keeps the cookie, in days: its `Max-Age`.
const KEPT_DAYS: u32 = 60;

/// What happens in a world. Shares are in per cent, but for wipes, which are in a thousand.
#[derive(Debug, Clone, Copy)]
pub struct World {
    pub way: Way,
    /// Each node's clock, in days ahead of the right one.
    pub ahead: &'static [u32],
    /// A session stays with one node.
    pub sticky: bool,
    /// Most pages that are opened at once at the beginning of a session.
    pub burst: usize,
    /// Answers that are lost.
    pub loss: u64,
    /// A lost answer is not asked for again.
    pub for_good: bool,
    /// Restarts between sessions, and between the requests of one.
    pub wipes_between: u64,
    pub wipes_inside: u64,
    /// Each page confirms as soon as its own answer is there.
    pub interleaved: bool,
    /// People with Global Privacy Control, and whether they too open pages at once.
    pub alike: u64,
    pub alike_burst: bool,
    /// Sessions whose jar is copied to another browser, and stamps kept to be shown on a later day.
    pub copies: u64,
    pub later_replays: u64,
}

/// Where the design promises no error.
pub const EXACT: World = World {
    way: Way::Ours,
    ahead: &[0, 0],
    sticky: false,
    burst: 6,
    loss: 2,
    for_good: false,
    wipes_between: 2,
    wipes_inside: 0,
    interleaved: false,
    alike: 5,
    alike_burst: false,
    copies: 0,
    later_replays: 0,
};

/// How often there was what a bound is made of.
#[derive(Debug, Default, Clone, Copy)]
pub struct Tally {
    pub sessions: u64,
    pub wipes_inside: u64,
    pub pages_beside_the_first: u64,
    pub incomplete: u64,
    pub ahead: u64,
    pub by_copies: u64,
    pub replays: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Plain,
    /// Keeps no cookie.
    Blocker,
    /// Global Privacy Control.
    Alike,
    /// Do Not Track.
    Objector,
}

struct Person {
    kind: Kind,
    /// How often they come, in a thousand days, and the days on which they stay away.
    often: usize,
    away: std::ops::Range<u32>,
    jar: Option<(String, Day)>,
    life: Option<usize>,
    /// Somebody's copied jar: what it does is in no truth.
    copy: bool,
}

/// A world as it goes by.
pub struct Run {
    pub world: World,
    pub service: Service,
    pub random: Random,
    pub lives: Vec<Life>,
    pub tally: Tally,
    people: Vec<Person>,
    kept: Vec<String>,
}

impl Run {
    pub fn new(world: World, memory: Memory, people: usize, seed: u64) -> Self {
        let mut random = Random::new(seed);
        let service = Service::new(world.way, memory, world.ahead, random.next());
        let people = (0..people).map(|_| person(&mut random, world)).collect();
        Self { world, service, random, lives: Vec::new(), tally: Tally::default(), people, kept: Vec::new() }
    }

    /// Lets the days go by.
    pub fn live(&mut self) {
        for day in (FIRST.0..FIRST.0 + DAYS).map(Day) {
            self.replay(day);
            let mut order: Vec<usize> = (0..self.people.len()).collect();
            self.random.shuffle(&mut order);
            for place in order {
                let person = &self.people[place];
                if self.random.below(1_000) < person.often && !person.away.contains(&day.0) {
                    self.session(place, day);
                }
                if self.random.below(1_000) < usize::try_from(self.world.wipes_between).unwrap() {
                    let node = self.random.below(self.service.nodes());
                    self.service.wipe(node);
                }
            }
            self.forge(day);
        }
    }

    /// Somebody makes up stamps, and changes real ones.
    fn forge(&mut self, day: Day) {
        let real = self.people.iter().find_map(|person| person.jar.as_ref()).map(|(stamp, _)| stamp.clone());
        let mut forged = real.unwrap_or_else(|| "A".repeat(42)).into_bytes();
        let place = self.random.below(forged.len());
        forged[place] = if forged[place] == b'x' { b'y' } else { b'x' };
        for text in [String::from_utf8(forged).unwrap(), String::new(), "é".repeat(21)] {
            let answer = self.service.request(0, day, Some(&text), TrackingPreference::Unset);
            assert!(matches!(answer, Answer::Stamp(_)), "whoever forges gets what everybody gets");
        }
    }

    /// Somebody shows stamps of earlier days again.
    fn replay(&mut self, day: Day) {
        for stamp in std::mem::take(&mut self.kept) {
            self.tally.replays += 1;
            self.service.request(0, day, Some(&stamp), TrackingPreference::Unset);
        }
    }

    fn session(&mut self, place: usize, day: Day) {
        let sticky = self.random.below(self.service.nodes());
        let node_day = if self.world.sticky { self.service.day_of(sticky, day) } else { day };
        let person = &mut self.people[place];
        person.jar = person.jar.take().filter(|(_, set)| node_day.0 < set.0 + KEPT_DAYS);
        let before = person.jar.clone();
        self.note_truth(place, node_day);
        self.tally.sessions += 1;
        self.tally.ahead += u64::from(node_day != day);
        self.tally.by_copies += u64::from(self.people[place].copy);
        let alike = self.people[place].kind == Kind::Alike;
        let burst = if alike && !self.world.alike_burst { 1 } else { 1 + self.random.below(self.world.burst) };
        let mut complete = false;
        for page in 0..1 + self.random.below(3) {
            let at_once = if page == 0 { burst } else { 1 };
            self.tally.pages_beside_the_first += u64::try_from(at_once).unwrap() - 1;
            complete |= self.pages(place, day, sticky, at_once);
        }
        self.tally.incomplete += u64::from(!complete);
        // The jar of before, once more on the same day: a profile that was put back.
        if let Some((stamp, _)) = before.filter(|_| !alike && self.random.per_cent(3)) {
            let node =
                if self.world.sticky || self.unshared() { sticky } else { self.random.below(self.service.nodes()) };
            if !self.unshared() {
                self.service.request(node, day, Some(&stamp), TrackingPreference::Unset);
            }
            if self.random.per_cent(self.world.later_replays) {
                self.kept.push(stamp);
            }
        }
        if self.random.per_cent(self.world.copies) && self.people.len() < 2_000 {
            let person = &self.people[place];
            let copy = Person { copy: true, life: None, away: person.away.clone(), jar: person.jar.clone(), ..*person };
            self.people.push(copy);
        }
    }

    fn unshared(&self) -> bool {
        matches!(self.service.memory, Memory::Own(_)) && self.service.nodes() > 1
    }

    /// Who is counted, and as what: somebody with a stamp that is worth something has come again, anybody else is new.
    fn note_truth(&mut self, place: usize, today: Day) {
        let person = &mut self.people[place];
        if matches!(person.kind, Kind::Blocker | Kind::Objector) || person.copy {
            return;
        }
        let life = person.life.filter(|life| person.jar.is_some() && !self.lives[*life].is_over(today));
        match life {
            Some(life) if *self.lives[life].days.last().unwrap() < today => self.lives[life].visit(today),
            Some(_) => {}
            None => {
                person.life = Some(self.lives.len());
                self.lives.push(Life::begin(today));
            }
        }
    }

    /// Pages opened at once, each of which then confirms. True where the jar ends with what was handed out last.
    fn pages(&mut self, place: usize, day: Day, sticky: usize, at_once: usize) -> bool {
        let mut answers = Vec::new();
        for _ in 0..at_once {
            answers.extend(self.ask(place, day, sticky, !self.world.for_good));
        }
        self.random.shuffle(&mut answers);
        let pages = answers.len();
        let mut confirmed = Vec::new();
        if self.world.interleaved {
            for answer in answers {
                self.take(place, day, answer);
                confirmed.extend(self.ask(place, day, sticky, false));
            }
        } else {
            answers.into_iter().for_each(|answer| self.take(place, day, answer));
            for _ in 0..pages {
                confirmed.extend(self.ask(place, day, sticky, false));
            }
        }
        if confirmed.is_empty() && !self.world.for_good {
            confirmed.extend(self.ask(place, day, sticky, true));
        }
        self.random.shuffle(&mut confirmed);
        let complete = !confirmed.is_empty();
        confirmed.into_iter().for_each(|answer| self.take(place, day, answer));
        complete
    }

    /// One request with what is in the jar, and its answer where it arrives; asked for until it does, where so wanted.
    fn ask(&mut self, place: usize, day: Day, sticky: usize, until_answered: bool) -> Option<Answer> {
        let person = &self.people[place];
        let stamp = person.jar.as_ref().map(|(stamp, _)| stamp.clone());
        let wish = match person.kind {
            Kind::Plain | Kind::Blocker => TrackingPreference::Unset,
            Kind::Alike => TrackingPreference::GlobalPrivacyControl,
            Kind::Objector => TrackingPreference::DoNotTrack,
        };
        // Who has no serial is not known again, so a lost answer counts twice: that is another world's error.
        let loss = if person.kind == Kind::Alike { 0 } else { self.world.loss };
        loop {
            if self.random.below(1_000) < usize::try_from(self.world.wipes_inside).unwrap() {
                self.tally.wipes_inside += 1;
                (0..self.service.nodes()).for_each(|node| self.service.wipe(node));
            }
            let node = if self.world.sticky { sticky } else { self.random.below(self.service.nodes()) };
            let answer = self.service.request(node, day, stamp.as_deref(), wish);
            if !self.random.per_cent(loss) {
                return Some(answer);
            }
            if !until_answered {
                return None;
            }
        }
    }

    fn take(&mut self, place: usize, day: Day, answer: Answer) {
        let person = &mut self.people[place];
        match answer {
            Answer::Stamp(stamp) if person.kind != Kind::Blocker => person.jar = Some((stamp, day)),
            Answer::Stamp(_) | Answer::Nothing => {}
            Answer::Expire => person.jar = None,
        }
    }
}

fn person(random: &mut Random, world: World) -> Person {
    let kind = match random.next() % 100 {
        0..3 => Kind::Blocker,
        3..5 => Kind::Objector,
        other if other < 5 + world.alike => Kind::Alike,
        _ => Kind::Plain,
    };
    // Daily, weekly, monthly, and once in a while; a third is away for a time: weeks, or more than the cookie lives.
    let often = [900, 400, 140, 35, 12][random.below(5)];
    let from = FIRST.0 + u32::try_from(random.below(usize::try_from(DAYS).unwrap())).unwrap();
    let gone = [0, 0, 0, 20, 45, 90][random.below(6)];
    Person { kind, often, away: from..from + gone, jar: None, life: None, copy: false }
}
