//! The service under test: the real key ring on disk, the real rules, the real memory, ledger and store; only the clock
//! and the network are ours. A [`Node`] does what `visit::follow` does, in the same order, without waiting for the
//! disk.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use qsproxy::counts::cells::Age;
use qsproxy::dedup::daily::DailyMarks;
use qsproxy::metrics::VisitOutcome;
use qsproxy::name::ConfigName;
use qsproxy::storage::sqlite::SqliteStore;
use qsproxy::storage::writer::{CountWriter, WriterThread};
use qsproxy::time::{Day, Time};
use qsproxy::tokens::key_ring::KeyRing;
use qsproxy::tokens::keys::VisitKey;
use qsproxy::tokens::visit_stamp::{StampCodec, VisitStamp};
use qsproxy::visit::{self, ClassifiedVisit, NextStamp, StampUpdate, TrackingPreference, VisitCounts};
use tempfile::TempDir;

/// The codes that people come with; each person keeps to one.
pub const CODES: [&str; 2] = ["main", "partner-b"];

const HOST: &str = "search.example";

/// Says whether a mark is shown for the first time on its day: the one thing that nodes may share.
pub type IsFirst = Box<dyn Fn(u64, Time) -> bool + Send>;

/// The real memory, which several nodes may share as they share a Redis.
pub fn remembering(memory: &Arc<DailyMarks>) -> IsFirst {
    let memory = memory.clone();
    Box::new(move |mark, now| memory.is_first(mark, now, true))
}

/// By which rules a node goes. All but the first are what one would build without thinking, and fail.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Rules {
    Real,
    /// Whoever brings no stamp is new at once.
    OnePhase,
    /// A cookie with the day of the last visit, set at once; no stamp, no memory.
    PlainCookie,
}

/// The part of a service that its nodes share.
pub struct Service {
    folder: TempDir,
    ledger: CountWriter,
    writer: WriterThread,
}

impl Service {
    pub fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (ledger, writer) =
            CountWriter::start(SqliteStore::open(&folder.path().join("counts.db"), "one").unwrap()).unwrap();
        Self { folder, ledger, writer }
    }

    /// A node whose clock is so many seconds ahead.
    pub fn node(&self, rules: Rules, ahead: u64, is_first: IsFirst) -> Node {
        let ring = KeyRing::new(&self.folder.path().join("keys"), Duration::from_secs(3_600));
        let codes = CODES.map(|code| ConfigName::new(code).unwrap());
        Node { ring, keys: None, rules, ahead, is_first, ledger: self.ledger.clone(), codes }
    }

    /// Brings all counts to the disk. The folder goes with what is returned.
    pub fn close(self) -> (TempDir, PathBuf) {
        assert_eq!(self.writer.close(Duration::from_secs(60)), 0, "every count reaches the store");
        let store = self.folder.path().join("counts.db");
        (self.folder, store)
    }
}

/// What a node answers.
pub struct Reply {
    pub outcome: VisitOutcome,
    pub hand: StampUpdate,
}

/// One machine.
pub struct Node {
    ring: KeyRing,
    /// The keys of the day on which they were read: once a day, as in service.
    keys: Option<(Day, Vec<VisitKey>)>,
    rules: Rules,
    ahead: u64,
    is_first: IsFirst,
    ledger: CountWriter,
    codes: [ConfigName; 2],
}

impl Node {
    /// One request, at this time of the world.
    pub fn ask(
        &mut self,
        brought: Option<&str>,
        wish: TrackingPreference,
        code: usize,
        (at, chance): (Time, u64),
    ) -> Reply {
        let now = Time(at.0 + self.ahead);
        let judged = match self.rules {
            Rules::Real => visit::classify(&self.sealer(now), brought.map(str::as_bytes), wish, now.day(), chance),
            Rules::OnePhase => {
                let judged = visit::classify(&self.sealer(now), brought.map(str::as_bytes), wish, now.day(), chance);
                at_once(judged, now.day())
            }
            Rules::PlainCookie => return self.plain(brought, code, now.day()),
        };
        let ClassifiedVisit { outcome, dedup_id: mark, counts, next } = judged;
        let first = match (counts, mark) {
            (Some(_), Some(mark)) => (self.is_first)(mark, now),
            (_, _) => true,
        };
        if let Some(counts) = counts.filter(|_| first) {
            visit::cells(counts, now.day(), &self.codes[code]).for_each(|cell| self.ledger.add(cell));
        }
        let hand = match next {
            NextStamp::Unchanged => StampUpdate::Unchanged,
            NextStamp::Replace(stamp) => StampUpdate::Replace(self.sealer(now).encode(&stamp).unwrap()),
            NextStamp::Expire => StampUpdate::Expire,
        };
        Reply { outcome: if first { outcome } else { VisitOutcome::Repeated }, hand }
    }

    /// A stamp as this service makes it, or as one of another name with the same keys would.
    pub fn stamp(&mut self, host: Option<&str>, stamp: &VisitStamp, at: Time) -> String {
        let sealer = self.sealer(at);
        StampCodec { host: host.unwrap_or(HOST), ..sealer }.encode(stamp).unwrap()
    }

    /// What a stamp of this service says.
    pub fn read(&mut self, text: &str, at: Time) -> Option<VisitStamp> {
        self.sealer(at).decode(text.as_bytes()).ok()
    }

    fn sealer(&mut self, now: Time) -> StampCodec<'_> {
        let today = now.day();
        let keys = match self.keys.take() {
            Some((day, keys)) if day == today => keys,
            Some(_) | None => self.ring.rotate(now).unwrap().visit,
        };
        StampCodec { keys: &self.keys.insert((today, keys)).1, host: HOST }
    }

    fn plain(&mut self, brought: Option<&str>, code: usize, today: Day) -> Reply {
        let last = brought.map(|text| Day(text.parse().unwrap()));
        let counts = match last {
            None => Some(VisitCounts { gap: 0, retention: Some((today, Age::New)) }),
            Some(last) => (last < today).then(|| {
                let gap = u8::try_from(today.days_since(last).min(30)).unwrap();
                VisitCounts { gap, retention: None }
            }),
        };
        if let Some(counts) = counts {
            visit::cells(counts, today, &self.codes[code]).for_each(|cell| self.ledger.add(cell));
        }
        let outcome = if last.is_none() { VisitOutcome::Born } else { VisitOutcome::Returned };
        Reply { outcome, hand: StampUpdate::Replace(today.0.to_string()) }
    }
}

/// Counts whoever would get a first stamp, and gives them one that counts as theirs.
fn at_once(judged: ClassifiedVisit, today: Day) -> ClassifiedVisit {
    match judged.next {
        NextStamp::Replace(stamp) if stamp.provisional => {
            let next = NextStamp::Replace(VisitStamp { provisional: false, ..stamp });
            ClassifiedVisit {
                outcome: VisitOutcome::Born,
                dedup_id: None,
                counts: Some(VisitCounts { gap: 0, retention: Some((today, Age::New)) }),
                next,
            }
        }
        NextStamp::Replace(_) | NextStamp::Unchanged | NextStamp::Expire => judged,
    }
}
