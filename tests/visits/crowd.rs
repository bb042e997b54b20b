//! A smaller crowd for the worlds with a bound: plain browsers that stay, over a month and a half, so that nothing but
//! what a world is about can make a difference.

use std::collections::BTreeMap;
use std::sync::Arc;

use qsproxy::dedup::daily::DailyMarks;
use qsproxy::time::{DAY_SECONDS, Day, Time};

use super::clients::{Browser, Net};
use super::figures::{Errors, Tally};
use super::form;
use super::service::{Node, Rules, Service, remembering};
use super::truth::Truth;
use qsproxy_test_support::random::Random;

/// 2024-02-12: a leap day and a month's end follow.
pub const START: u32 = 19_765;
pub const DAYS: u32 = 45;

/// A world with a bound: its service, its net, its people, and what is true of them.
pub struct Crowd {
    pub service: Service,
    pub net: Net,
    pub people: Vec<(Browser, Option<usize>)>,
    pub truth: Truth,
    /// By day, the most that the world may count too much.
    pub most: BTreeMap<u32, u64>,
    pub seed: String,
}

impl Crowd {
    /// People before these nodes.
    pub fn new(scenario: &str, nodes: impl FnOnce(&Service) -> Vec<Node>) -> Self {
        let (mut random, seed) = form::chance(scenario);
        let service = Service::start();
        let people = (0..form::pick(120, 1_000)).map(|_| (Browser::new(random.below(2)), None)).collect();
        let net = Net::new(nodes(&service), random, 0);
        Self { service, net, people, truth: Truth::default(), most: BTreeMap::new(), seed }
    }

    /// Two nodes that share this memory.
    pub fn sharing(scenario: &str, memory: &Arc<DailyMarks>) -> Self {
        Self::new(scenario, |service| (0..2).map(|_| service.node(Rules::Real, 0, remembering(memory))).collect())
    }

    /// Who comes on a day and when, in order: everybody on two days of five, sometimes twice.
    pub fn agenda(&mut self, day: u32) -> Vec<(Time, usize)> {
        let random = &mut self.net.random;
        let mut agenda = Vec::new();
        for who in 0..self.people.len() {
            for _ in 0..[0, 0, 0, 1, 2][random.below(5)] {
                agenda.push((time(day, random), who));
            }
        }
        agenda.sort_unstable();
        agenda
    }

    /// This person came.
    pub fn saw(&mut self, who: usize, day: Day) {
        let (browser, life) = &mut self.people[who];
        self.truth.saw(life, browser.code, day);
    }

    /// So many may be counted too much on this day.
    pub fn allow(&mut self, day: Day, n: usize) {
        *self.most.entry(day.0).or_default() += n as u64;
    }

    /// The errors of this world, the bound, and the rest of what is known of it.
    pub fn end(self) -> End {
        let Self { service, net, truth, most, seed, .. } = self;
        drop(net);
        let days = START..START + DAYS + 31;
        let tally = Tally::of(service, days.clone());
        let errors = tally.figures.errors(&truth.figures(days));
        End { errors, tally, truth, most, seed }
    }
}

/// A time on a day of the world.
pub fn time(day: u32, random: &mut Random) -> Time {
    Time(u64::from(START + day) * DAY_SECONDS + random.below(DAY_SECONDS as usize) as u64)
}

/// What came of a world.
pub struct End {
    pub errors: Errors,
    pub tally: Tally,
    pub truth: Truth,
    pub most: BTreeMap<u32, u64>,
    pub seed: String,
}

impl End {
    /// The errors are within the bound, day by day; says both. Returns the bound of all days together.
    pub fn assert_within(&self) -> i64 {
        self.errors.assert_within(&self.most, &self.seed);
        self.tell(&format!("bound {}", self.most.values().sum::<u64>()));
        i64::try_from(self.most.values().sum::<u64>()).unwrap()
    }

    pub fn tell(&self, bound: &str) {
        let (lives, days) = (self.truth.lives(), self.truth.person_days());
        eprintln!("{}: {lives} lives, {days} person-days, {bound}: {}", self.seed, self.errors.told());
    }
}
