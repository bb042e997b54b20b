//! The service under test: the real key ring on disk, the real rules, deduplication, writer and store. Only the clock and the
//! network are simulated. A [`Node`] does what `visit::handle` does, in the same order, without waiting for the disk.

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

/// The codes of the clients; a client never changes its code.
pub const CODES: [&str; 2] = ["main", "partner-b"];

const HOST: &str = "search.example";

/// Returns true the first time that a mark is seen on a day. This is the only thing that nodes may share.
pub type DedupCheck = Box<dyn Fn(u64, Time) -> bool + Send>;

/// The real deduplication, which several nodes may share as they share a Redis.
pub fn shared_marks(marks: &Arc<DailyMarks>) -> DedupCheck {
    let marks = marks.clone();
    Box::new(move |mark, now| marks.is_first(mark, now, true))
}

/// The rules that a node follows. All but [`Design::Real`] are simpler designs that count wrongly.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Design {
    Real,
    /// A request without a stamp counts as a new visitor immediately.
    WithoutProvisionalStamps,
    /// A cookie with the day of the last visit, counted and set immediately; no stamp, no deduplication.
    PlainCookie,
}

/// What the nodes of a service share.
pub struct Service {
    folder: TempDir,
    writer: CountWriter,
    writer_thread: WriterThread,
}

impl Service {
    pub fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(&folder.path().join("counts.db"), "one").unwrap();
        let (writer, writer_thread) = CountWriter::start(store).unwrap();
        Self { folder, writer, writer_thread }
    }

    /// A node whose clock is ahead by this many seconds.
    pub fn node(&self, design: Design, clock_ahead: u64, dedup: DedupCheck) -> Node {
        let ring = KeyRing::new(&self.folder.path().join("keys"), Duration::from_secs(3_600));
        let codes = CODES.map(|code| ConfigName::new(code).unwrap());
        Node { ring, keys: None, design, clock_ahead, dedup, writer: self.writer.clone(), codes }
    }

    /// Writes all counts to disk. Returns the path of the store, and its folder, which is deleted on drop.
    pub fn close(self) -> (TempDir, PathBuf) {
        assert_eq!(self.writer_thread.close(Duration::from_secs(60)), 0, "every count reaches the store");
        let store = self.folder.path().join("counts.db");
        (self.folder, store)
    }
}

/// What a node responds.
pub struct NodeResponse {
    pub outcome: VisitOutcome,
    pub update: StampUpdate,
}

/// One machine.
pub struct Node {
    ring: KeyRing,
    /// The keys and the day on which they were read; the service reads them once a day.
    keys: Option<(Day, Vec<VisitKey>)>,
    design: Design,
    clock_ahead: u64,
    dedup: DedupCheck,
    writer: CountWriter,
    codes: [ConfigName; 2],
}

impl Node {
    /// Processes one request at this simulated time.
    pub fn request(
        &mut self,
        stamp: Option<&str>,
        preference: TrackingPreference,
        code: usize,
        (at, random): (Time, u64),
    ) -> NodeResponse {
        let now = Time(at.0 + self.clock_ahead);
        let bytes = stamp.map(str::as_bytes);
        let classified = match self.design {
            Design::Real => visit::classify(&self.codec(now), bytes, preference, now.day(), random),
            Design::WithoutProvisionalStamps => {
                let classified = visit::classify(&self.codec(now), bytes, preference, now.day(), random);
                confirm_immediately(classified, now.day())
            }
            Design::PlainCookie => return self.plain_cookie(stamp, code, now.day()),
        };
        let ClassifiedVisit { outcome, dedup_id, counts, next } = classified;
        let first = match (counts, dedup_id) {
            (Some(_), Some(id)) => (self.dedup)(id, now),
            (_, _) => true,
        };
        if let Some(counts) = counts.filter(|_| first) {
            visit::cells(counts, now.day(), &self.codes[code]).for_each(|cell| self.writer.add(cell));
        }
        let update = match next {
            NextStamp::Unchanged => StampUpdate::Unchanged,
            NextStamp::Replace(stamp) => StampUpdate::Replace(self.codec(now).encode(&stamp).unwrap()),
            NextStamp::Expire => StampUpdate::Expire,
        };
        NodeResponse { outcome: if first { outcome } else { VisitOutcome::Repeated }, update }
    }

    /// A stamp encoded with this service's keys, for this host or for another one.
    pub fn encode(&mut self, host: Option<&str>, stamp: &VisitStamp, at: Time) -> String {
        let codec = self.codec(at);
        StampCodec { host: host.unwrap_or(HOST), ..codec }.encode(stamp).unwrap()
    }

    /// The contents of a stamp that this service issued.
    pub fn decode(&mut self, text: &str, at: Time) -> Option<VisitStamp> {
        self.codec(at).decode(text.as_bytes()).ok()
    }

    fn codec(&mut self, now: Time) -> StampCodec<'_> {
        let today = now.day();
        let keys = match self.keys.take() {
            Some((day, keys)) if day == today => keys,
            Some(_) | None => self.ring.rotate(now).unwrap().visit,
        };
        StampCodec { keys: &self.keys.insert((today, keys)).1, host: HOST }
    }

    fn plain_cookie(&mut self, cookie: Option<&str>, code: usize, today: Day) -> NodeResponse {
        let last = cookie.map(|text| Day(text.parse().unwrap()));
        let counts = match last {
            None => Some(VisitCounts { gap: 0, retention: Some((today, Age::New)) }),
            Some(last) => (last < today).then(|| {
                let gap = u8::try_from(today.days_since(last).min(30)).unwrap();
                VisitCounts { gap, retention: None }
            }),
        };
        if let Some(counts) = counts {
            visit::cells(counts, today, &self.codes[code]).for_each(|cell| self.writer.add(cell));
        }
        let outcome = if last.is_none() { VisitOutcome::Born } else { VisitOutcome::Returned };
        NodeResponse { outcome, update: StampUpdate::Replace(today.0.to_string()) }
    }
}

/// Counts a visit that would get a provisional stamp, and gives it a confirmed one.
fn confirm_immediately(classified: ClassifiedVisit, today: Day) -> ClassifiedVisit {
    match classified.next {
        NextStamp::Replace(stamp) if stamp.provisional => {
            let next = NextStamp::Replace(VisitStamp { provisional: false, ..stamp });
            ClassifiedVisit {
                outcome: VisitOutcome::Born,
                dedup_id: None,
                counts: Some(VisitCounts { gap: 0, retention: Some((today, Age::New)) }),
                next,
            }
        }
        NextStamp::Replace(_) | NextStamp::Unchanged | NextStamp::Expire => classified,
    }
}
