//! The population of the scenarios with a bound: browsers that keep their cookies, over a month and a half, so that only what a
//! scenario is about can cause a difference.

use std::collections::BTreeMap;
use std::sync::Arc;

use qsproxy::dedup::daily::DailyMarks;
use qsproxy::time::{DAY_SECONDS, Day, Time};
use qsproxy_test_support::random::Random;

use super::clients::{Browser, Network};
use super::figures::{Errors, StoreContents};
use super::oracle::Oracle;
use super::service::{Design, Node, Service, shared_marks};
use super::settings;

/// 2024-02-12: a leap day and the end of a month follow.
pub const START: u32 = 19_765;
pub const DAYS: u32 = 45;

/// One person: the browser, and the number of its life after the first visit.
pub struct Member {
    pub browser: Browser,
    pub life: Option<usize>,
}

/// People in front of a service, and what they did.
pub struct Population {
    pub service: Service,
    pub network: Network,
    pub members: Vec<Member>,
    pub oracle: Oracle,
    /// By day: how many visitors the scenario may count too many.
    pub allowed: BTreeMap<u32, u64>,
    pub seed: String,
}

impl Population {
    pub fn new(scenario: &str, nodes: impl FnOnce(&Service) -> Vec<Node>) -> Self {
        let (mut random, seed) = settings::seeded(scenario);
        let service = Service::start();
        let count = settings::people_count(120, 1_000);
        let members = (0..count).map(|_| Member { browser: Browser::new(random.below(2)), life: None }).collect();
        let network = Network::new(nodes(&service), random, 0);
        Self { service, network, members, oracle: Oracle::default(), allowed: BTreeMap::new(), seed }
    }

    /// Two nodes that share their deduplication.
    pub fn with_shared_marks(scenario: &str, marks: &Arc<DailyMarks>) -> Self {
        Self::new(scenario, |service| (0..2).map(|_| service.node(Design::Real, 0, shared_marks(marks))).collect())
    }

    /// The visits of one day in order: time and member. Everybody visits on two days of five, on one of them twice.
    pub fn schedule(&mut self, day: u32) -> Vec<(Time, usize)> {
        let random = &mut self.network.random;
        let mut schedule = Vec::new();
        for who in 0..self.members.len() {
            for _ in 0..[0, 0, 0, 1, 2][random.below(5)] {
                schedule.push((time_on(day, random), who));
            }
        }
        schedule.sort_unstable();
        schedule
    }

    /// Opens up to `most` pages at once, and records the visit. Returns the extra requests and the unconfirmed stamp.
    pub fn visit(&mut self, who: usize, at: Time, most: usize) -> super::clients::Visit {
        let n = 1 + self.network.random.below(most);
        let visit = self.network.visit(&mut self.members[who].browser, at, n);
        self.record_visit(who, at.day());
        visit
    }

    /// Records a visit in the oracle.
    pub fn record_visit(&mut self, who: usize, day: Day) {
        let Member { browser, life } = &mut self.members[who];
        self.oracle.visit_or_begin(life, browser.code, day);
    }

    /// Sends one request with this stamp. Returns the stamp update of the response.
    pub fn request(&mut self, who: usize, stamp: Option<&str>, at: Time) -> qsproxy::visit::StampUpdate {
        self.network.request(&self.members[who].browser, stamp, at).update
    }

    /// Allows that `n` visitors too many are counted on this day.
    pub fn allow_overcount(&mut self, day: Day, n: usize) {
        *self.allowed.entry(day.0).or_default() += n as u64;
    }

    /// Ends the scenario and compares the store with the oracle.
    pub fn finish(self) -> Outcome {
        let Self { service, network, oracle, allowed, seed, .. } = self;
        drop(network);
        let days = START..START + DAYS + 31;
        let store = StoreContents::read(service, days.clone());
        let errors = store.figures.errors(&oracle.figures(days));
        Outcome { errors, store, oracle, allowed, seed }
    }
}

/// A random time on a day of the scenario.
pub fn time_on(day: u32, random: &mut Random) -> Time {
    Time(u64::from(START + day) * DAY_SECONDS + random.below(DAY_SECONDS as usize) as u64)
}

/// The result of a scenario.
pub struct Outcome {
    pub errors: Errors,
    pub store: StoreContents,
    pub oracle: Oracle,
    pub allowed: BTreeMap<u32, u64>,
    pub seed: String,
}

impl Outcome {
    /// Asserts the bound day by day and prints the measured errors. Returns the bound of all days.
    pub fn assert_within(&self) -> i64 {
        self.errors.assert_within(&self.allowed, &self.seed);
        let bound = self.total_allowed();
        self.print(&format!("bound {bound}"));
        bound
    }

    /// The bound of all days.
    pub fn total_allowed(&self) -> i64 {
        i64::try_from(self.allowed.values().sum::<u64>()).unwrap()
    }

    pub fn print(&self, bound: &str) {
        let (lives, days) = (self.oracle.lives(), self.oracle.person_days());
        eprintln!("{}: {lives} lives, {days} person-days, {bound}: {}", self.seed, self.errors.summary());
    }
}
