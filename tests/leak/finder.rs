//! Finds any of very many byte strings in one pass, whatever the case of ASCII letters.

use std::collections::HashMap;

/// Every needle is at least this long: its first bytes are what it is looked up by.
pub const KEY: usize = 8;
/// Places of the filter that spares most look-ups; a power of two.
const FILTER: usize = 1 << 22;
/// An odd number that spreads keys over the filter (Fibonacci hashing).
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

struct Needle {
    bytes: Vec<u8>,
    /// Whose it is, and in which form.
    owner: usize,
    form: &'static str,
}

/// A place at which something was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit {
    pub owner: usize,
    pub form: &'static str,
    pub at: usize,
}

/// Needles, ready to be looked for.
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
        assert!(bytes.len() >= KEY, "{form}: {bytes:?} is too short to be searched for");
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

    /// The first place of each needle that stands in `hay`.
    pub fn find(&self, hay: &[u8]) -> Vec<Hit> {
        let hay = hay.to_ascii_lowercase();
        let mut hits: Vec<Hit> = Vec::new();
        let mut window = 0_u64;
        for (end, byte) in hay.iter().enumerate() {
            window = window << 8 | u64::from(*byte);
            if end + 1 < KEY || !self.filter[place(window)] {
                continue;
            }
            let at = end + 1 - KEY;
            for &number in self.by_key.get(&window).into_iter().flatten() {
                let Needle { bytes, owner, form } = &self.needles[number];
                let again = || hits.iter().any(|hit| hit.owner == *owner && hit.form == *form);
                if hay[at..].starts_with(bytes) && !again() {
                    hits.push(Hit { owner: *owner, form, at });
                }
            }
        }
        hits
    }
}

fn key(bytes: &[u8]) -> u64 {
    bytes[..KEY].iter().fold(0, |key, byte| key << 8 | u64::from(*byte))
}

fn place(key: u64) -> usize {
    (key.wrapping_mul(SPREAD) >> (64 - FILTER.trailing_zeros())) as usize
}
