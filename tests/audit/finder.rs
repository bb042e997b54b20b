//! Searches for many byte strings in one pass, ignoring the case of ASCII letters.

use std::collections::HashMap;

/// The minimum length of a needle. Its first bytes are the key of the hash table.
pub const KEY: usize = 8;
/// Size of the filter that avoids most look-ups; a power of two.
const FILTER: usize = 1 << 22;
/// Multiplier that distributes keys over the filter (Fibonacci hashing).
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

struct Needle {
    bytes: Vec<u8>,
    /// The number of the canary, and the encoding.
    owner: usize,
    form: &'static str,
}

/// An occurrence of a needle.
#[derive(Clone, Debug, PartialEq)]
pub struct Match {
    pub owner: usize,
    pub form: &'static str,
    pub at: usize,
}

/// A set of needles.
pub struct Finder {
    needles: Vec<Needle>,
    by_key: HashMap<u64, Vec<usize>>,
    filter: Vec<bool>,
}

impl Finder {
    pub fn new() -> Finder {
        Finder { needles: Vec::new(), by_key: HashMap::new(), filter: vec![false; FILTER] }
    }

    #[track_caller]
    pub fn add(&mut self, owner: usize, form: &'static str, bytes: &[u8]) {
        assert!(bytes.len() >= KEY, "{form}: {bytes:?} is shorter than a key");
        let bytes = bytes.to_ascii_lowercase();
        let key = key(&bytes);
        let known = self.by_key.entry(key).or_default();
        if known.iter().any(|&at| self.needles[at].owner == owner && self.needles[at].bytes == bytes) {
            return;
        }
        known.push(self.needles.len());
        self.filter[place(key)] = true;
        self.needles.push(Needle { bytes, owner, form });
    }

    /// The first occurrence of each needle in `hay`.
    pub fn find(&self, haystack: &[u8]) -> Vec<Match> {
        let haystack = haystack.to_ascii_lowercase();
        let mut matches: Vec<Match> = Vec::new();
        let mut window = 0_u64;
        for (end, byte) in haystack.iter().enumerate() {
            window = window << 8 | u64::from(*byte);
            if end + 1 < KEY || !self.filter[place(window)] {
                continue;
            }
            let at = end + 1 - KEY;
            for &number in self.by_key.get(&window).into_iter().flatten() {
                let Needle { bytes, owner, form } = &self.needles[number];
                let again = || matches.iter().any(|found| found.owner == *owner && found.form == *form);
                if haystack[at..].starts_with(bytes) && !again() {
                    matches.push(Match { owner: *owner, form, at });
                }
            }
        }
        matches
    }
}

fn key(bytes: &[u8]) -> u64 {
    bytes[..KEY].iter().fold(0, |key, byte| key << 8 | u64::from(*byte))
}

fn place(key: u64) -> usize {
    (key.wrapping_mul(SPREAD) >> (64 - FILTER.trailing_zeros())) as usize
}
