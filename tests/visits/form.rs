//! How large a run is, and which chance it takes.

use qsproxy_test_support::random::Random;

/// The seed of a run that names none: runs are to be repeatable.
const SEED: u64 = 20_200_229;

/// `SIMULATION=long`: 10,000 people over 420 days.
pub fn is_long() -> bool {
    match std::env::var("SIMULATION").ok().as_deref() {
        None | Some("") | Some("short") => false,
        Some("long") => true,
        Some(other) => panic!("SIMULATION={other}: it is short or long"),
    }
}

/// How many, in the form asked for.
pub fn pick(short: usize, long: usize) -> usize {
    if is_long() { long } else { short }
}

/// The chance of a scenario, and what every message of it begins with. Scenarios draw apart from one another, so that
/// one can be repeated alone.
pub fn chance(scenario: &str) -> (Random, String) {
    let given = std::env::var("SIMULATION_SEED").ok();
    let seed = given.map_or(SEED, |text| text.parse().expect("SIMULATION_SEED is a number"));
    let apart = scenario.bytes().fold(seed, |sum, byte| Random::new(sum ^ u64::from(byte)).number());
    (Random::new(apart), format!("SIMULATION_SEED={seed} {scenario}"))
}
