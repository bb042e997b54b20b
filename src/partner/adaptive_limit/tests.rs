//! The limit, against simulated partners in virtual time.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use proptest::prelude::*;

use super::*;

/// Microseconds of virtual time.
type Micros = u64;
const SECOND: Micros = 1_000_000;

/// A partner that works on `places` requests at once; further ones wait for one another there.
#[derive(Debug, Clone, Copy)]
struct SimulatedPartner {
    /// Mean time of one request, in microseconds.
    service: Micros,
    places: usize,
}

/// Searches that arrive at random, a partner, and the limit between them. Without a place a search is refused.
struct Simulation {
    limit: AdaptiveLimit,
    start: Instant,
    now: Micros,
    random: u64,
    /// When each request in flight ends and began, and how many were in flight then.
    in_flight: BinaryHeap<Reverse<(Micros, Micros, usize)>>,
    /// When each place of the partner is free again.
    places: BinaryHeap<Reverse<Micros>>,
    answered: u64,
    refused: u64,
    /// Sum of latencies.
    waited: Micros,
    highest: usize,
}

impl Simulation {
    fn new(max: usize, seed: u64) -> Self {
        Self {
            limit: AdaptiveLimit::new(max),
            start: crate::time::instant(),
            now: 0,
            random: seed | 1,
            in_flight: BinaryHeap::new(),
            places: BinaryHeap::new(),
            answered: 0,
            refused: 0,
            waited: 0,
            highest: 0,
        }
    }

    /// xorshift64*: a number between 0 and 1.
    fn random(&mut self) -> f64 {
        self.random ^= self.random >> 12;
        self.random ^= self.random << 25;
        self.random ^= self.random >> 27;
        let bits = u32::try_from(self.random.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 32).unwrap();
        f64::from(bits) / f64::from(u32::MAX)
    }

    fn at(&self, micros: Micros) -> Instant {
        self.start + Duration::from_micros(micros)
    }

    /// A random time with this mean: a third to five thirds of it.
    fn vary(&mut self, mean: Micros) -> Micros {
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "small"
        )]
        let time = (mean as f64 * (1.0 / 3.0 + self.random() * 4.0 / 3.0)) as Micros;
        time.max(1)
    }

    fn end_requests(&mut self) {
        while let Some(Reverse((ends, began, in_flight))) =
            self.in_flight.peek().copied().filter(|next| next.0.0 <= self.now)
        {
            self.in_flight.pop();
            let duration = Duration::from_micros(ends - began);
            (self.answered, self.waited) = (self.answered + 1, self.waited + ends - began);
            let (started, ended) = (self.at(began), self.at(ends));
            self.limit.record(LatencySample { started, ended, duration, own_delay: Duration::ZERO, in_flight });
        }
    }

    /// When the partner answers a request that is sent at this time.
    fn answered_at(&mut self, partner: SimulatedPartner, sent: Micros) -> Micros {
        while self.places.len() > partner.places {
            self.places.pop();
        }
        let free = if self.places.len() < partner.places { sent } else { self.places.pop().unwrap().0 };
        let ends = free.max(sent) + self.vary(partner.service);
        self.places.push(Reverse(ends));
        ends
    }

    fn search(&mut self, partner: SimulatedPartner) {
        self.end_requests();
        if self.in_flight.len() >= self.limit.limit() {
            self.refused += 1;
            return;
        }
        let ends = self.answered_at(partner, self.now);
        let in_flight = self.in_flight.len() + 1;
        self.in_flight.push(Reverse((ends, self.now, in_flight)));
        self.highest = self.highest.max(self.in_flight.len());
    }

    /// Lets so many searches a second arrive for so many seconds, and returns the answered ones, the refused ones and the mean latency
    /// of the second half.
    fn run(&mut self, partner: SimulatedPartner, per_second: u64, seconds: u64) -> (u64, u64, Micros) {
        let (begin, end) = (self.now, self.now + seconds * SECOND);
        let mut is_second_half = false;
        while self.now < end {
            if !is_second_half && self.now >= begin + (end - begin) / 2 {
                is_second_half = true;
                (self.answered, self.refused, self.waited) = (0, 0, 0);
            }
            self.now += self.vary(SECOND / per_second);
            self.search(partner);
        }
        (self.answered, self.refused, self.waited / self.answered.max(1))
    }
}

/// Answers 200 searches a second at most.
const TWENTY_PLACES: SimulatedPartner = SimulatedPartner { service: 100_000, places: 20 };

#[test]
fn a_partner_that_keeps_up_is_not_held_back() {
    let mut simulation = Simulation::new(256, 1);
    let (_, refused, _) = simulation.run(TWENTY_PLACES, 120, 120);
    assert_eq!((refused, simulation.limit.limit()), (0, 256));
}

#[test]
fn a_partner_that_is_asked_too_much_answers_as_much_as_before_and_as_fast() {
    for seed in 1..20 {
        let mut simulation = Simulation::new(256, seed);
        simulation.run(TWENTY_PLACES, 100, 20);
        let (answered, refused, latency) = simulation.run(TWENTY_PLACES, 600, 60);
        assert!(answered >= 5_400, "at least 90 per cent of 6,000: {answered}");
        assert!(refused > 10_000);
        assert!(latency < 300_000, "not 1.28 s, as with 256 in flight: {latency}");
        // And back: nobody is refused when it is over.
        let (_, refused, latency) = simulation.run(TWENTY_PLACES, 100, 60);
        assert!(refused == 0 && latency < 110_000, "{refused} {latency}");
    }
}

#[test]
fn overload_from_the_start_is_found_out_too() {
    let mut simulation = Simulation::new(256, 7);
    let (answered, _, latency) = simulation.run(TWENTY_PLACES, 600, 120);
    assert!(answered >= 10_800 && latency < 1_280_000, "{answered} {latency}");
}

#[test]
fn a_partner_that_is_slow_for_another_reason_is_not_held_back_for_long() {
    let many = SimulatedPartner { service: 100_000, places: 100_000 };
    let slow = SimulatedPartner { service: 1_000_000, ..many };
    for seed in 1..20 {
        let mut simulation = Simulation::new(256, seed);
        simulation.run(many, 100, 20);
        let before = simulation.refused;
        let (_, refused, latency) = simulation.run(slow, 100, 60);
        assert!(refused < 60, "of 3,000 in the second half: {refused}, {before} before");
        assert!((900_000..1_100_000).contains(&latency), "{latency}");
        let (_, refused, latency) = simulation.run(many, 100, 60);
        assert!(refused == 0 && latency < 120_000, "{refused} {latency}");
        assert_eq!(simulation.limit.limit(), 256, "recovered");
    }
}

#[test]
fn a_slow_partner_does_not_stay_at_the_lowest_limit() {
    let mut simulation = Simulation::new(256, 3);
    let few = SimulatedPartner { service: 20_000, places: 3 };
    simulation.run(few, 100, 10);
    simulation.run(few, 1_000, 30);
    assert!(simulation.limit.limit() < 40, "{}", simulation.limit.limit());
    let slow = SimulatedPartner { service: 400_000, places: 100_000 };
    let (answered, refused, _) = simulation.run(slow, 200, 240);
    assert!(refused * 20 < answered, "{refused} refused, {answered} answered, limit {}", simulation.limit.limit());
}

/// At the lowest limit, half of it in flight: chance alone reaches it now and then.
#[test]
fn a_limit_that_is_reached_by_chance_is_raised() {
    let mut simulation = Simulation::new(21, 2_019_603_290_572_476_016);
    simulation.run(SimulatedPartner { service: 2_339, places: 1 }, 194, 15);
    simulation.run(SimulatedPartner { service: 123_439, places: 3 }, 29, 15);
    simulation.run(TWENTY_PLACES, 5, 600);
    let (_, refused, _) = simulation.run(TWENTY_PLACES, 60, 120);
    assert!(refused == 0, "{refused} refused, limit {}", simulation.limit.limit());
}

#[test]
fn a_low_maximum_is_the_limit() {
    for max in [1, 2, 9, 10] {
        let mut simulation = Simulation::new(max, 5);
        simulation.run(TWENTY_PLACES, 50, 5);
        simulation.run(SimulatedPartner { service: 900_000, places: 1 }, 300, 30);
        assert_eq!(simulation.limit.limit(), max);
    }
}

/// When a search or an answer arrives at a process; of an answer also when its search was sent, and how many were in flight then.
type Arrival = (Micros, Option<(Micros, usize)>);

/// A process that works on one thing at a time, between clients that each send the next search once the last one is answered, and a
/// partner.
struct BusyProcess {
    simulation: Simulation,
    /// Until when the process is busy.
    busy_until: Micros,
    /// Work of this process before a search is sent, and after it is answered.
    work: Micros,
    /// The estimate of how long the process lets an answer wait, and by what it is wrong.
    own_delay: f64,
    bias: f64,
}

impl BusyProcess {
    /// Searches of so many clients for so many seconds; returns how many were answered and refused.
    fn run(&mut self, clients: usize, partner: SimulatedPartner, seconds: u64) -> (u64, u64) {
        let end = self.simulation.now + seconds * SECOND;
        let (mut answered, mut refused) = (0, 0);
        let first = (0..clients).map(|_| Reverse((self.simulation.now, None)));
        let mut events: BinaryHeap<Reverse<Arrival>> = first.collect();
        let mut in_flight = 0;
        while let Some(Reverse((arrived, answer))) = events.pop().filter(|next| next.0.0 < end) {
            let begins = arrived.max(self.busy_until);
            self.simulation.now = arrived;
            self.busy_until = begins + self.simulation.vary(self.work);
            let Some((sent, in_flight_then)) = answer else {
                if in_flight >= self.simulation.limit.limit() {
                    refused += 1;
                    events.push(Reverse((self.busy_until, None)));
                } else {
                    in_flight += 1;
                    let answers = self.simulation.answered_at(partner, self.busy_until);
                    events.push(Reverse((answers, Some((self.busy_until, in_flight)))));
                }
                continue;
            };
            in_flight -= 1;
            answered += 1;
            self.own_delay += 0.2 * (micros(begins - arrived) * self.bias - self.own_delay);
            let own_delay = Duration::from_secs_f64(self.own_delay / 1e6);
            let (started, ended) = (self.simulation.at(sent), self.simulation.at(begins));
            let (duration, in_flight) = (Duration::from_micros(begins - sent), in_flight_then);
            self.simulation.limit.record(LatencySample { started, ended, duration, own_delay, in_flight });
            events.push(Reverse((self.busy_until, None)));
        }
        (answered, refused)
    }
}

#[allow(clippy::cast_precision_loss, reason = "small")]
fn micros(micros: Micros) -> f64 {
    micros as f64
}

/// A partner that answers whatever is sent to it as fast as ever.
fn fast(service: Micros) -> SimulatedPartner {
    SimulatedPartner { service, places: 100_000 }
}

impl BusyProcess {
    fn new(work: Micros, bias: f64, seed: u64) -> Self {
        Self { simulation: Simulation::new(256, seed), busy_until: 0, work, own_delay: 0.0, bias }
    }
}

#[test]
fn a_slow_partner_of_a_busy_process_is_limited_all_the_same() {
    for seed in 1..10 {
        let mut process = BusyProcess::new(100, 1.5, seed);
        let one_place = SimulatedPartner { service: 20_000, places: 1 };
        process.run(2, one_place, 20);
        process.run(200, one_place, 60);
        let limit = process.simulation.limit.limit();
        assert!(limit < 40, "answers take {} ms at a limit of {limit}", limit * 20);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// However long searches wait for a process that has more to do than it can, a partner that is as fast as ever is no reason to refuse
    /// any. The estimate may be half as long again as the truth.
    #[test]
    fn nobody_is_refused_because_this_process_is_busy(
        work in 20..2_000_u64, service in 200..200_000_u64, clients in 1..256_usize, bias in 1.0..1.5_f64, seed: u64,
    ) {
        let mut process = BusyProcess::new(work, bias, seed);
        for clients in [1, clients, 1 + clients / 8, 256, 16] {
            let (answered, refused) = process.run(clients, fast(service), 6);
            prop_assert!(answered > 0 && refused == 0, "{refused} of {clients} clients, limit {}", process.simulation.limit.limit());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever partners do one after another, the limit stays within its bounds, and a partner that is well is not held back in the end.
    #[test]
    fn bounds_hold_and_it_recovers(
        phases in proptest::collection::vec((1_000..2_000_000_u64, 1..300_usize, 1..400_u64), 1..5), max in 1..300_usize, seed: u64,
    ) {
        let mut simulation = Simulation::new(max, seed);
        for (service, places, per_second) in phases {
            simulation.run(SimulatedPartner { service, places }, per_second, 15);
            let limit = simulation.limit.limit();
            prop_assert!(limit <= max && limit >= MIN_LIMIT.min(max) && simulation.highest <= max);
        }
        // The time that 300 requests of 2 s need at a partner with one place: some may still be in flight there.
        simulation.run(TWENTY_PLACES, 5, 600);
        let (_, refused, _) = simulation.run(TWENTY_PLACES, 60, 120);
        prop_assert!(refused == 0 || max < 20, "{refused} refused, limit {}", simulation.limit.limit());
    }
}
