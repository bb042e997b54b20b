//! Deduplication: was this click token, visit stamp or anonymous ID seen before? Known in this process ([`ReplayCache`],
//! [`DailyMarks`]) and, where several nodes count together, in a Redis server that they share ([`RedisDedup`]).
//!
//! The process's own memory is asked first and always records the mark: a duplicate that it knows needs no second lookup, and its answer
//! is used while the shared server is unreachable or slow. A mark is a 64-bit keyed hash, in both.

pub mod daily;
pub mod redis;
pub mod replay;

use std::time::{Duration, Instant};

use crate::dedup::daily::DailyMarks;
use crate::dedup::redis::{RedisDedup, RedisKey};
use crate::dedup::replay::ReplayCache;
use crate::mutants::fail_point::{FailPoint, fail_at};
use crate::time::{self, Time};

/// The marks of clicks, stamps and IDs.
#[derive(Debug)]
pub struct Dedup {
    clicks: ReplayCache,
    /// How long a click token is valid.
    lifetime: Duration,
    stamps: DailyMarks,
    ids: DailyMarks,
    shared: Option<RedisDedup>,
}

/// The result of recording a mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DedupResult {
    /// Recorded before, here or at another node.
    Duplicate,
    /// New here. The shared server was not asked, since there is none, or did not answer in time.
    NewHere,
    /// New at every node. The shared server that says so has usually been running longer than this process.
    NewEverywhere,
}

/// The number of marks in this process.
#[derive(Debug, Clone, Copy)]
pub struct DedupSize {
    /// Marks of clicked tokens.
    pub clicks: usize,
    /// Marks of tokens that were evicted before the token expired.
    pub clicks_evicted: u64,
    /// Marks of stamps and IDs.
    pub visits: usize,
    /// Marks of stamps and IDs that were not recorded, since the day's capacity was reached.
    pub visits_rejected: u64,
}

impl Dedup {
    /// No marks yet. Keeps at most `clicks` marks of tokens that are valid for `lifetime`, and for each day at most `visits` stamps and
    /// as many IDs.
    #[must_use]
    pub fn new(lifetime: Duration, clicks: usize, visits: usize, now: Instant, shared: Option<RedisDedup>) -> Self {
        let clicks = ReplayCache::new(lifetime, clicks, now);
        Self { clicks, lifetime, stamps: DailyMarks::new(visits), ids: DailyMarks::new(visits), shared }
    }

    /// Records a clicked token that expires at `expiry`.
    pub async fn click(&self, mark: u64, expiry: Time, now: Instant) -> DedupResult {
        let first_here = self.clicks.is_first(mark, time::until(expiry), now);
        // The page states the lifetime, and the clock of tokens has whole seconds: the fraction of one is this node's to remember.
        self.check_shared(first_here, RedisKey::Click(mark), time::until(expiry).min(self.lifetime)).await
    }

    /// Records a visit stamp. True the first time on the day of `now`; at the day's capacity, true for every unknown stamp, so that no
    /// person goes uncounted.
    pub async fn stamp_is_first(&self, mark: u64, now: Time) -> bool {
        fail_at(FailPoint::Dedup, || mark.to_string());
        let first_here = self.stamps.is_first(mark, now, true);
        self.check_shared(first_here, RedisKey::Stamp(now.day(), mark), time::until(now.day().end())).await
            != DedupResult::Duplicate
    }

    /// Records a toolbar's anonymous ID. True the first time on the day of `now`; at the day's capacity, false for every unknown ID,
    /// since anyone can invent IDs.
    pub async fn id_is_first(&self, mark: u64, now: Time) -> bool {
        let first_here = self.ids.is_first(mark, now, false);
        self.check_shared(first_here, RedisKey::Id(now.day(), mark), time::until(now.day().end())).await
            != DedupResult::Duplicate
    }

    /// Forgets the marks of tokens that have expired and of days that have ended. Called every second.
    pub fn forget_old(&self, time: Time, now: Instant) {
        self.clicks.forget_old(now);
        self.stamps.forget_old(time);
        self.ids.forget_old(time);
    }

    /// A mark is shared for `ttl`: for what is left of what it marks, and not longer, so nodes must agree on the time.
    async fn check_shared(&self, first_here: bool, key: RedisKey, ttl: Duration) -> DedupResult {
        if !first_here {
            return DedupResult::Duplicate;
        }
        let Some(shared) = &self.shared else { return DedupResult::NewHere };
        match shared.is_first(key, ttl).await {
            Some(true) => DedupResult::NewEverywhere,
            Some(false) => DedupResult::Duplicate,
            None => DedupResult::NewHere,
        }
    }

    /// Runs work that records a mark and then counts it, even if the client disconnects. With a shared server there is an `await`
    /// between the two, so the work becomes a task of its own: otherwise a client that leaves would keep its mark recorded and its
    /// count unwritten. Without one, nothing can be cancelled in between, and the work runs here. None if it panicked.
    pub async fn run_to_completion<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Option<T> {
        match &self.shared {
            None => Some(work.await),
            // The panic hook has reported a panic.
            Some(_) => tokio::task::spawn(work).await.ok(),
        }
    }

    /// The number of marks.
    #[must_use]
    pub fn size(&self) -> DedupSize {
        let (clicks, clicks_evicted) = self.clicks.size_and_evicted();
        let visits_rejected = self.stamps.rejected() + self.ids.rejected();
        DedupSize { clicks, clicks_evicted, visits: self.stamps.len() + self.ids.len(), visits_rejected }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time;

    #[tokio::test]
    async fn answers_from_its_own_marks_without_a_shared_server() {
        let (now, time, hour) = (time::instant(), time::now(), Duration::from_secs(3_600));
        let (dedup, expiry) = (Dedup::new(hour, 10, 10, now, None), Time(time.0 + 3_600));
        let results = (dedup.click(1, expiry, now).await, dedup.click(1, expiry, now).await);
        assert_eq!(results, (DedupResult::NewHere, DedupResult::Duplicate));
        assert!(dedup.stamp_is_first(1, time).await && dedup.id_is_first(1, time).await, "each use is separate");
        assert!(!dedup.stamp_is_first(1, time).await && !dedup.id_is_first(1, time).await);
        let size = dedup.size();
        assert_eq!((size.clicks, size.clicks_evicted, size.visits), (1, 0, 2));
        dedup.forget_old(time.day().end(), now + hour / 2);
        assert_eq!((dedup.size().clicks, dedup.size().visits), (1, 0), "the day has ended");
        dedup.forget_old(time, now + 2 * hour);
        assert_eq!(dedup.size().clicks, 0);
    }
}
