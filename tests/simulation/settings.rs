//! The size of a run and its seed, from the environment.

use qsproxy_test_support::random::{Random, seed_from_env};

/// The default seed: runs are repeatable unless another seed is given.
const SEED: u64 = 20_200_229;

/// True for `SIMULATION=long`: 10,000 people over 420 days.
pub fn is_long() -> bool {
    match std::env::var("SIMULATION").ok().as_deref() {
        None | Some("") | Some("short") => false,
        Some("long") => true,
        Some(other) => panic!("SIMULATION={other}: expected short or long"),
    }
}

/// The number of people in a short and in a long run.
pub fn people_count(short: usize, long: usize) -> usize {
    if is_long() { long } else { short }
}

/// A generator for this scenario, and the beginning of all its messages, which contains the seed. Each scenario has its own
/// random numbers, thus it can be repeated alone.
pub fn seeded(scenario: &str) -> (Random, String) {
    let seed = seed_from_env("SIMULATION_SEED").unwrap_or(SEED);
    let scenario_seed = scenario.bytes().fold(seed, |sum, byte| Random::new(sum ^ u64::from(byte)).number());
    (Random::new(scenario_seed), format!("SIMULATION_SEED={seed} {scenario}"))
}
