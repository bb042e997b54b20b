//! The service in the simulation: the real rules, keys, memory, store and report, with the clock as an argument.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::time::Duration;

use qsproxy::dedup::daily::DailyMarks;
use qsproxy::metrics::VisitOutcome;
use qsproxy::name::ConfigName;
use qsproxy::report::CountsReader;
use qsproxy::storage::query::StoreLocation;
use qsproxy::storage::sqlite::{SqliteStore, Sums};
use qsproxy::time::{DAY_SECONDS, Day, Time};
use qsproxy::tokens::key_ring::{KeyRing, KeySet};
use qsproxy::tokens::visit_stamp::{StampCodec, VisitStamp};
use qsproxy::visit::{self, NextStamp, TrackingPreference};

use crate::random::Random;

/// How a service counts: as ours does, or one of the ways that it was made to be better than.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Ours.
    Ours,
    /// Every stamp that should count counts, however often it was seen today.
    WithoutMemory,
    /// Whoever brings no stamp is new at once.
    WithoutTwoPhases,
    /// A cookie that holds a random number and the last day, made and counted at once: no derived successor, no memory.
    PlainCookie,
}

/// Where is remembered what was seen today.
pub enum Memory {
    /// In each node by itself.
    Own(Vec<DailyMarks>),
    /// In one place for all nodes: what the Redis protocol gives, without the way there.
    Shared(Box<DailyMarks>),
    /// In a real Redis.
    Redis(Redis),
}

/// What a client gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Nothing about stamps.
    Nothing,
    /// This stamp.
    Stamp(String),
    /// Its stamp goes.
    Expire,
}

/// Some nodes with one ring and one store.
pub struct Service {
    way: Way,
    folder: tempfile::TempDir,
    keys: HashMap<u32, KeySet>,
    pub memory: Memory,
    /// By how many days each node's clock is ahead.
    ahead: Vec<u32>,
    sums: Sums,
    code: ConfigName,
    random: Random,
}

impl Service {
    /// As many nodes as `ahead` has entries.
    pub fn new(way: Way, memory: Memory, ahead: &[u32], seed: u64) -> Self {
        Self {
            way,
            folder: tempfile::tempdir().unwrap(),
            keys: HashMap::new(),
            memory,
            ahead: ahead.to_vec(),
            sums: Sums::new(),
            code: ConfigName::new("toolbar").unwrap(),
            random: Random::new(seed),
        }
    }

    pub fn nodes(&self) -> usize {
        self.ahead.len()
    }

    /// The day by a node's clock.
    pub fn day_of(&self, node: usize, day: Day) -> Day {
        Day(day.0 + self.ahead[node])
    }

    /// Forgets what was seen, as a restart does.
    pub fn wipe(&self, node: usize) {
        match &self.memory {
            Memory::Own(nodes) => nodes[node].wipe(),
            Memory::Shared(all) => all.wipe(),
            Memory::Redis(_) => {}
        }
    }

    /// A node's ring in the morning of a day: the file is read, brought up to the day and kept, as every node does.
    fn keys_of(&mut self, node_day: Day) {
        let path = self.folder.path().join("keys");
        let noon = Time(u64::from(node_day.0) * DAY_SECONDS + DAY_SECONDS / 2);
        self.keys.retain(|day, _| day + 2 > node_day.0);
        self.keys
            .entry(node_day.0)
            .or_insert_with(|| KeyRing::new(&path, Duration::from_secs(3_600)).rotate(noon).unwrap());
    }

    /// One request to a node.
    pub fn request(&mut self, node: usize, day: Day, brought: Option<&str>, wish: TrackingPreference) -> Answer {
        let today = self.day_of(node, day);
        self.keys_of(today);
        let keys = &self.keys[&today.0].visit;
        let sealer = StampCodec { keys, host: "search.example" };
        let chance = self.random.next();
        let mut judged = visit::classify(&sealer, brought.map(str::as_bytes), wish, today, chance);
        let plain = self.way == Way::PlainCookie;
        if (self.way == Way::WithoutTwoPhases || plain) && judged.outcome == VisitOutcome::Absent {
            let first = VisitStamp { cohort: today, last: today, serial: Some(chance), provisional: true };
            let text = sealer.encode(&first).unwrap();
            judged = visit::classify(&sealer, Some(text.as_bytes()), wish, today, chance);
        }
        let now = Time(u64::from(today.0) * DAY_SECONDS + DAY_SECONDS / 2);
        let first = match (self.way, judged.dedup_id) {
            (Way::WithoutMemory | Way::PlainCookie, _) | (_, None) => true,
            (_, Some(_)) if judged.counts.is_none() => true,
            (Way::Ours | Way::WithoutTwoPhases, Some(mark)) => match &mut self.memory {
                Memory::Own(nodes) => nodes[node].is_first(mark, now, true),
                Memory::Shared(all) => all.is_first(mark, now, true),
                Memory::Redis(redis) => redis.is_first(today, mark),
            },
        };
        if let Some(counts) = judged.counts.filter(|_| first) {
            for cell in visit::cells(counts, today, &self.code) {
                *self.sums.entry(cell).or_default() += 1;
            }
        }
        match judged.next {
            NextStamp::Unchanged => Answer::Nothing,
            NextStamp::Expire => Answer::Expire,
            NextStamp::Replace(stamp) => {
                // A cookie of the plain kind says nothing of the one before.
                let serial = if plain { stamp.serial.map(|_| self.random.next()) } else { stamp.serial };
                Answer::Stamp(sealer.encode(&VisitStamp { serial, ..stamp }).unwrap())
            }
        }
    }

    /// What was counted, as `report` reads it out of the store.
    pub fn counts(self) -> (tempfile::TempDir, CountsReader) {
        let path: PathBuf = self.folder.path().join("counts.db");
        let mut store = SqliteStore::open(&path, "one").unwrap();
        store.apply(1, &self.sums).unwrap();
        drop(store);
        let counts = CountsReader::open(&StoreLocation::Sqlite(path.clone())).unwrap();
        (self.folder, counts)
    }
}

/// A connection to a real Redis, in the words of its protocol (RESP 2).
pub struct Redis {
    stream: BufReader<TcpStream>,
}

impl Redis {
    pub fn connect(port: u16) -> Option<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
        stream.set_nodelay(true).unwrap();
        Some(Self { stream: BufReader::new(stream) })
    }

    /// `SET key 1 NX EX 172800`: `+OK` for the first, a null for all others.
    fn is_first(&mut self, day: Day, mark: u64) -> bool {
        let key = format!("v:{}:{mark:016x}", day.0);
        let words = ["SET", &key, "1", "NX", "EX", "172800"];
        let words: String = words.iter().map(|word| format!("${}\r\n{word}\r\n", word.len())).collect();
        self.stream.get_mut().write_all(format!("*6\r\n{words}").as_bytes()).unwrap();
        let mut line = String::new();
        self.stream.read_line(&mut line).unwrap();
        assert!(line == "+OK\r\n" || line == "$-1\r\n", "{line:?}");
        line == "+OK\r\n"
    }
}
