//! Seeded chance: SplitMix64, which is enough to choose inputs with and needs no crate.

use std::time::{SystemTime, UNIX_EPOCH};

/// The variable that repeats a run.
const SEED_VARIABLE: &str = "LEAK_SEED";

/// A generator; equal seeds give equal choices.
#[derive(Clone)]
pub struct Random(u64);

impl Random {
    /// From the environment, or from the clock. Printed, so that a failure can be repeated.
    #[track_caller]
    pub fn from_environment(test: &str) -> Random {
        let given = std::env::var(SEED_VARIABLE).ok().map(|text| text.parse().expect("LEAK_SEED is a number"));
        let clock = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap().subsec_nanos().into();
        let seed = given.unwrap_or_else(clock);
        eprintln!("{test}: {SEED_VARIABLE}={seed}");
        Random(seed)
    }

    pub fn new(seed: u64) -> Random {
        Random(seed)
    }

    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number in `0..bound`.
    pub fn below(&mut self, bound: usize) -> usize {
        (self.number() % bound as u64) as usize
    }

    /// True once in `n` times.
    pub fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    pub fn pick<'a, T: ?Sized>(&mut self, list: &[&'a T]) -> &'a T {
        list[self.below(list.len())]
    }

    pub fn shuffle<T>(&mut self, list: &mut [T]) {
        for at in (1..list.len()).rev() {
            list.swap(at, self.below(at + 1));
        }
    }

    /// So many characters of an ASCII alphabet.
    pub fn text(&mut self, alphabet: &str, length: usize) -> String {
        (0..length).map(|_| char::from(alphabet.as_bytes()[self.below(alphabet.len())])).collect()
    }

    /// A lower-case word of 1 to 12 letters.
    pub fn word(&mut self) -> String {
        let length = 1 + self.below(12);
        self.text("abcdefghijklmnopqrstuvwxyz", length)
    }

    /// The text with each letter in either case.
    pub fn any_case(&mut self, text: &str) -> String {
        text.chars().map(|c| if self.one_in(2) { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() }).collect()
    }
}
