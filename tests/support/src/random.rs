//! A seeded random number generator: SplitMix64 (Steele, Lea and Flood 2014, "Fast splittable pseudorandom number
//! generators"). Equal seeds give equal choices on every machine and in every version of a crate.

use std::time::{SystemTime, UNIX_EPOCH};

/// A stream of numbers.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Random {
        Random(seed)
    }

    /// Seeded from the environment variable if it is set, otherwise from the clock. Prints the variable with its value,
    /// so that a failed run can be repeated.
    #[track_caller]
    pub fn from_env_or_clock(variable: &str, test: &str) -> Random {
        let clock = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap().subsec_nanos().into();
        let seed = seed_from_env(variable).unwrap_or_else(clock);
        eprintln!("{test}: {variable}={seed}");
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
        usize::try_from(self.number() % bound as u64).unwrap()
    }

    /// True with probability 1/`n`.
    pub fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    /// True with this probability in per cent.
    pub fn percent(&mut self, share: usize) -> bool {
        self.below(100) < share
    }

    pub fn pick<'a, T: ?Sized>(&mut self, list: &[&'a T]) -> &'a T {
        list[self.below(list.len())]
    }

    pub fn shuffle<T>(&mut self, list: &mut [T]) {
        for at in (1..list.len()).rev() {
            list.swap(at, self.below(at + 1));
        }
    }

    /// A text of `length` characters of an ASCII alphabet.
    pub fn text(&mut self, alphabet: &str, length: usize) -> String {
        (0..length).map(|_| char::from(alphabet.as_bytes()[self.below(alphabet.len())])).collect()
    }

    /// A lower-case word of 1 to 12 letters.
    pub fn word(&mut self) -> String {
        let length = 1 + self.below(12);
        self.text("abcdefghijklmnopqrstuvwxyz", length)
    }

    /// The text with each ASCII letter in either case.
    pub fn any_case(&mut self, text: &str) -> String {
        text.chars().map(|c| if self.one_in(2) { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() }).collect()
    }
}

/// The seed in an environment variable.
///
/// # Panics
/// If the variable is set and is not a number.
#[track_caller]
pub fn seed_from_env(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{variable}={text} is not a number")))
}
