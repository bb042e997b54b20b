//! Seen before? What is known of clicked links, of today's stamps and of today's IDs: in this process ([`ReplayCache`],
//! [`DailyMarks`]) and, where several nodes count together, in a memory that they share ([`RedisDedup`]).
//!
//! The process's own memory is asked first, and takes the mark whatever comes of it: what it knows needs no second
//! opinion, and its answer stands where the shared one is away or late. A mark is a keyed hash, in both.

pub mod daily;
pub mod redis;
pub mod replay;

use std::time::{Duration, Instant};

use crate::dedup::daily::DailyMarks;
use crate::dedup::redis::{Mark, RedisDedup};
use crate::dedup::replay::ReplayCache;
use crate::time::{DAY_SECONDS, HOUR_SECONDS, Time};

/// By how much the clocks of nodes may differ without a link being forgotten that one of them still takes, in seconds.
const CLOCKS_APART: u64 = HOUR_SECONDS;

/// What was seen.
#[derive(Debug)]
pub struct Dedup {
    clicks: ReplayCache,
    /// How long a link may be clicked.
    lifetime: Duration,
    stamps: DailyMarks,
    ids: DailyMarks,
    shared: Option<RedisDedup>,
}

/// Whether a mark was seen before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// It was, here or at another node.
    Before,
    /// Not here, and whatever is shared was not asked: there is nothing, or it is away or late.
    NotHere,
    /// At no node, and the memory that says so is older than this process, as a rule.
    Nowhere,
}

/// How much is held.
#[derive(Debug, Clone, Copy)]
pub struct DedupSize {
    /// Marks of clicked links.
    pub clicks: usize,
    /// Those that had to go before their link's time.
    pub forgotten: u64,
    /// Marks of stamps and IDs.
    pub visits: usize,
    /// Those that were not kept, as their day was full.
    pub visits_forgotten: u64,
}

impl Dedup {
    /// An empty memory, for links that live `lifetime`, of which it holds at most `clicks`, and for at most `visits` stamps, and
    /// as many IDs, of a day.
    #[must_use]
    pub fn new(lifetime: Duration, clicks: usize, visits: usize, now: Instant, shared: Option<RedisDedup>) -> Self {
        let clicks = ReplayCache::new(lifetime, clicks, now);
        Self { clicks, lifetime, stamps: DailyMarks::new(visits), ids: DailyMarks::new(visits), shared }
    }

    /// Takes note of a clicked link.
    pub async fn click(&self, mark: u64, now: Instant) -> Seen {
        let first = self.clicks.is_first(mark, now);
        self.elsewhere(first, Mark::Click(mark), self.lifetime + Duration::from_secs(CLOCKS_APART)).await
    }

    /// True the first time that this stamp is shown on the day of `now`, as far as memory goes; a full one takes each for the
    /// first, since a person must not go uncounted.
    pub async fn stamp_is_first(&self, mark: u64, now: Time) -> bool {
        let first = self.stamps.is_first(mark, now, true);
        self.elsewhere(first, Mark::Stamp(now.day(), mark), kept_for(now)).await != Seen::Before
    }

    /// Likewise of the ID of a toolbar; a full memory takes none for the first, as anybody can make up IDs.
    pub async fn id_is_first(&self, mark: u64, now: Time) -> bool {
        let first = self.ids.is_first(mark, now, false);
        self.elsewhere(first, Mark::Id(now.day(), mark), kept_for(now)).await != Seen::Before
    }

    async fn elsewhere(&self, first_here: bool, mark: Mark, life: Duration) -> Seen {
        if !first_here {
            return Seen::Before;
        }
        let Some(shared) = &self.shared else { return Seen::NotHere };
        match shared.is_first(mark, life).await {
            Some(true) => Seen::Nowhere,
            Some(false) => Seen::Before,
            None => Seen::NotHere,
        }
    }

    /// Does work that asks this memory and then counts. Where memory is shared there is a wait between the two, so the
    /// work is a task of its own: a client that leaves must not take a mark along whose count is still to come.
    /// Without, nothing comes between, and it is done here. None where it panicked.
    pub async fn to_the_end<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> Option<T> {
        match &self.shared {
            None => Some(work.await),
            Some(_) => tokio::task::spawn(work).await.ok(),
        }
    }

    /// How much is held here.
    #[must_use]
    pub fn held(&self) -> DedupSize {
        let (clicks, forgotten) = self.clicks.held_and_forgotten();
        let visits_forgotten = self.stamps.untold() + self.ids.untold();
        DedupSize { clicks, forgotten, visits: self.stamps.held() + self.ids.held(), visits_forgotten }
    }
}

/// How long what was seen on a day is shared: until that day is over at a node whose clock is a day behind this one, so
/// that it counts once for its day even there.
fn kept_for(now: Time) -> Duration {
    Duration::from_secs(2 * DAY_SECONDS - now.0 % DAY_SECONDS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time;

    #[test]
    fn a_day_is_shared_until_it_is_over_everywhere() {
        let midnight = 20_000 * DAY_SECONDS;
        assert_eq!(kept_for(Time(midnight)).as_secs(), 2 * DAY_SECONDS);
        assert_eq!(kept_for(Time(midnight - 1)).as_secs(), DAY_SECONDS + 1);
    }

    #[tokio::test]
    async fn alone_it_says_what_it_knows_itself() {
        let (now, time) = (time::instant(), Time(20_000 * DAY_SECONDS));
        let memory = Dedup::new(Duration::from_secs(3_600), 10, 10, now, None);
        assert_eq!((memory.click(1, now).await, memory.click(1, now).await), (Seen::NotHere, Seen::Before));
        assert!(memory.stamp_is_first(1, time).await && memory.id_is_first(1, time).await, "each use by itself");
        assert!(!memory.stamp_is_first(1, time).await && !memory.id_is_first(1, time).await);
        let held = memory.held();
        assert_eq!((held.clicks, held.forgotten, held.visits), (1, 0, 2));
    }
}
